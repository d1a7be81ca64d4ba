#!/usr/bin/python3
"""What coverage.py asks of a small build: every line and branch of the engine but checks, nine lines of ten of the rest."""

import importlib.util
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

COVERAGE = pathlib.Path(__file__).resolve().parent.parent / "coverage.py"
ENGINE = """enum shade { LIGHT, DARK };
_Noreturn void ensure_failed(void);
#define ENSURE(condition) ((condition) ? (void)0 : ensure_failed())
int shade_number(enum shade shade, int more)
{
        ENSURE(more >= 0 &&
               more < 100);
        switch (shade) {
        case LIGHT:
                return more > 1 ? 10 : 1;
        case DARK:
                return 2;
        }
        ENSURE(0);
}
"""
STORE = "int store_keep(int number)\n{\n" + "".join(f"        number += {n};\n" for n in range(10)) + "        return number;\n}\n" \
    + "int store_lose(int number)\n{\n        number++;\n        return number;\n}\n"
TABLE = "const int store_table[] = {1, 2};\n"
MAIN = """#include <stdlib.h>
int shade_number(int shade, int more);
int store_keep(int number);
int store_lose(int number);
_Noreturn void ensure_failed(void) { abort(); }
int main(int argc, char **argv)
{
        (void)argv;
        for (int more = 0; more < argc; more++)
                (void)(shade_number(0, more) + shade_number(1, more));
        (void)store_keep(argc);
        return argc > 2 ? store_lose(-1) : 0;
}
"""


class Coverage(unittest.TestCase):
    def measure(self, *arguments, tests=0, spoil=None):
        """Exit status and words of coverage.py on a tree whose one test is run with these arguments. A file may be spoilt."""
        with tempfile.TemporaryDirectory() as name:
            tree = pathlib.Path(name)
            for path, text in (("daemon/engine/shade.c", ENGINE), ("daemon/store/keep.c", STORE), ("daemon/store/table.c", TABLE),
                               ("tests/main.c", MAIN)):
                (tree / path).parent.mkdir(parents=True, exist_ok=True)
                (tree / path).write_text(text)
            shutil.copy(COVERAGE, tree / "tests")
            objects = []
            for source in ("daemon/engine/shade.c", "daemon/store/keep.c", "daemon/store/table.c", "tests/main.c"):
                objects.append(tree / "build" / source.replace(".c", ".o"))
                objects[-1].parent.mkdir(parents=True, exist_ok=True)
                subprocess.run(["gcc", "-O0", "--coverage", "-c", source, "-o", objects[-1]], cwd=tree, check=True)
            subprocess.run(["gcc", "--coverage", "-o", tree / "main", *objects], cwd=tree, check=True)
            subprocess.run([tree / "main", *arguments], check=True)
            if spoil:
                (tree / spoil).write_bytes(b"killed while it was written")
            done = subprocess.run([sys.executable, tree / "tests/coverage.py", tree / "build", "--tests", str(tests)],
                                  capture_output=True, text=True)
            return done.returncode, done.stdout

    def test_a_branch_of_the_engine_that_is_not_taken_is_named_and_fails(self):
        status, said = self.measure()
        self.assertEqual(status, 1)
        self.assertIn("daemon/engine/shade.c:10: no test reaches this branch of line", said)
        self.assertRegex(said, r"\nstore +2 +\d+ +\d+\.\d% +90% +\d+ +\d+\.\d% +-  FAIL\n")
        self.assertTrue(said.endswith("tests: all passed\ngoals: FALL SHORT in engine, store\n"), said)

    def test_checks_and_the_way_out_of_a_switch_are_not_asked_for(self):
        status, said = self.measure("two", "three")
        self.assertEqual((status, said.count("no test")), (0, 0))
        self.assertRegex(said, r"engine +1 +\d+ +100\.0% +100% +\d+ +100\.0% +100%  pass\n")
        self.assertTrue(said.endswith("tests: all passed\ngoals: all reached\n"), said)

    def test_a_test_that_failed_fails_and_the_table_is_shown(self):
        status, said = self.measure("two", "three", tests=1)
        self.assertEqual((status, said.count("  pass\n")), (1, 2))
        self.assertTrue(said.endswith("tests: FAILED, see above\ngoals: all reached\n"), said)

    def test_counts_that_cannot_be_read_are_named(self):
        status, said = self.measure("two", "three", spoil="build/daemon/engine/shade.gcno")
        self.assertIn("gcov cannot read it", said)
        self.assertEqual(status, 1, said)

    def test_a_source_that_was_not_built_to_count_is_named(self):
        with tempfile.TemporaryDirectory() as name:
            tree = pathlib.Path(name)
            (tree / "daemon/store").mkdir(parents=True)
            (tree / "daemon/store/keep.c").write_text(STORE)
            (tree / "tests").mkdir()
            shutil.copy(COVERAGE, tree / "tests")
            done = subprocess.run([sys.executable, tree / "tests/coverage.py", tree], capture_output=True, text=True)
        self.assertIn("daemon/store/keep.c: nothing was counted of it", done.stdout)
        self.assertEqual(done.returncode, 1)

    def test_a_check_goes_to_the_bracket_that_closes_it(self):
        spec = importlib.util.spec_from_file_location("coverage_of_layers", COVERAGE)
        coverage = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(coverage)
        self.assertEqual(coverage.checks_in("a;\nENSURE(b(c) &&\n       d);\ne;\n"), {2, 3})
        self.assertEqual(coverage.switches_in("a;\nswitch (b) {\ncase C:\n"), {2})


if __name__ == "__main__":
    unittest.main()
