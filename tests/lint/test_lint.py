#!/usr/bin/python3
"""Every rule of lint.py finds the fault it is there for, and a tree without faults passes."""

import pathlib
import subprocess
import sys
import tempfile
import unittest

LINT = pathlib.Path(__file__).with_name("lint.py")
AUTHORITIES = pathlib.Path(__file__).with_name("authorities.py")
GOOD_DOOR = "/* good - a door. */\n\n/* Purpose: nothing. */\nint good_one(int number);\n"
GOOD_SOURCE = '/*\n * good - a room.\n */\n#include "mappad/good.h"\n\nint good_one(int number)\n{\n        return number;\n}\n'


class Lint(unittest.TestCase):
    def lint(self, files, build=None):
        with tempfile.TemporaryDirectory() as name:
            tree = pathlib.Path(name)
            everything = {"include/mappad/good.h": GOOD_DOOR, "daemon/engine/good.c": GOOD_SOURCE, **files}
            for path, text in everything.items():
                (tree / path).parent.mkdir(parents=True, exist_ok=True)
                (tree / path).write_text(text)
            extra = []
            if build:
                subprocess.run(["gcc", "-O1", "-fPIC", "-I", tree / "include", "-c", tree / build, "-o", tree / "x.o"], check=True)
                subprocess.run(["ar", "rcs", tree / "libengine.a", tree / "x.o"], check=True)
                extra = ["--build", name]
            result = subprocess.run([sys.executable, LINT, name, *extra], capture_output=True, text=True)
            return result.returncode, result.stdout

    def finds(self, message, files, build=None):
        status, output = self.lint(files, build)
        self.assertIn(message, output)
        self.assertEqual(status, 1)

    def source(self, body):
        return {"daemon/engine/bad.c": "/* bad - a room. */\n" + body}

    def test_a_tree_in_order_passes(self):
        self.assertEqual(self.lint({}), (0, "lint: sources are in order\n"))

    def test_an_arrow_that_points_up(self):
        self.finds("reaches up", {"include/mappad/app.h": "/* app. */\n", "daemon/app/app.c": '/* app. */\n#include "mappad/app.h"\n',
                                  **self.source('#include "mappad/app.h"\n')})

    def test_a_foreign_header_away_from_home(self):
        self.finds("belongs to store", self.source("#include <sqlite3.h>\n"))

    def test_a_foreign_header_in_a_door(self):
        self.finds("no foreign header", {"include/mappad/good.h": "/* good. */\n#include <jansson.h>\n"})

    def test_markup_away_from_its_writer(self):
        for literal in ("<p>", "</td>", "x <b", "<!DOCTYPE", "&lt;"):
            self.finds("markup stands in", {"client/bad.c": '/* bad. */\nstatic const char *const a = "' + literal + '";\n'})
        good = {"client/html.c": '/* html. */\nstatic const char *const a = "<p>";\n', "client/good.c": '/* good. */\n#include <stdio.h>\nstatic int a = "a < b"[0];\n'}
        self.assertNotIn("markup", self.lint(good)[1])

    def test_a_long_function(self):
        self.finds("a function of 71 lines", self.source("int f(void);\nint f(void)\n{\n" + "        ;\n" * 71 + "}\n"))

    def test_a_function_of_exactly_the_limit_passes(self):
        self.assertEqual(self.lint(self.source("int f(void)\n{\n" + "        ;\n" * 70 + "}\n"))[0], 0)

    def test_what_belongs_together_counts_once(self):
        self.assertEqual(self.lint(self.source("int f(int a, int b, const char *text, size_t length, fn sink, void *context)\n{\n"
                                               "        return 0;\n}\n"))[0], 0)

    def test_a_long_line(self):
        self.finds("121 columns", self.source("/* " + "x" * 115 + " */\n"))

    def test_a_long_line_laid_out_by_hand_passes(self):
        self.assertEqual(self.lint(self.source("/* clang-format off */\n/* " + "x" * 115 + " */\n/* clang-format on */\n"))[0], 0)

    def test_a_long_row_of_a_test_passes_and_a_long_statement_does_not(self):
        self.assertEqual(self.lint({"tests/unit/engine/test_x.c": "/* x. */\n        { \"" + "x" * 150 + "\" },\n"})[0], 0)
        self.finds("141 columns", {"tests/unit/engine/test_x.c": "/* x. */\n" + "x" * 140 + ";\n"})

    def test_a_long_file(self):
        self.finds("601 lines", self.source("\n" * 600))

    def test_a_long_door(self):
        self.finds("251 lines", {"include/mappad/good.h": "/* good. */\n" + "\n" * 250})

    def test_a_door_that_does_not_compile_alone(self):
        self.finds("does not compile alone", {"include/mappad/good.h": "/* good. */\nint good_one(struct missing number, size_t);\n"})

    def test_a_declaration_without_words(self):
        self.finds("without a comment block", {"include/mappad/good.h": "/* good. */\n\nint good_one(int number);\n"})

    def test_too_many_parameters(self):
        self.finds("6 parameters", self.source("int f(int a, int b, int c, int d, int e, int g)\n{\n        return 0;\n}\n"))

    def test_a_banned_function(self):
        self.finds("strcpy() is banned", self.source("int f(char *a)\n{\n        strcpy(a, \"b\");\n        return 0;\n}\n"))

    def test_a_banned_word_in_a_comment_passes(self):
        self.assertEqual(self.lint(self.source("/* never strcpy(a, b) */\n"))[0], 0)

    def test_a_goto_elsewhere(self):
        self.finds("the one label is out", self.source("int f(void)\n{\n        goto fail;\nfail:\n        return 0;\n}\n"))

    def test_a_word_of_the_law_in_a_literal(self):
        for words in ('"a level 2 meeting"', '"MAPPA unit"', '"back to custody"'):
            self.finds("is a word of the law", self.source(f"const char *f(void);\nconst char *f(void)\n{{\n        return {words};\n}}\n"))

    def test_a_word_of_the_law_in_an_identifier(self):
        for name in ("level", "meeting_held", "CATEGORY_MAX", "ret_offender"):
            self.finds("is a word of the law", self.source(f"extern int {name};\n"))

    def test_what_the_programs_are_called_and_what_a_comment_says_pass(self):
        body = '#include "mappad/good.h"\n/* a level 2 meeting, say */\nextern const char MAPPAD_VERSION[];\nextern int log_level, multilevel;\n'
        self.assertEqual(self.lint(self.source(body + "#define HELP \"mappactl rules\"\n"))[0], 0)

    def test_a_word_of_the_law_at_the_edges_passes(self):
        self.assertEqual(self.lint({"daemon/service/other.c": "/* other. */\nextern int level;\n"})[0], 0)

    def test_unfinished_work(self):
        self.finds("unfinished", self.source("/* TO" "DO: the rest */\n"))

    def test_an_engine_that_calls_out(self):
        body = "int printf(const char *, ...);\nint f(void)\n{\n        return printf(\"%d\", 1);\n}\n"
        self.finds("calls printf", self.source(body), "daemon/engine/bad.c")

    def test_an_engine_with_writable_static_data(self):
        self.finds("writable static data", self.source("int f(void)\n{\n        static int n;\n        return n++;\n}\n"),
                   "daemon/engine/bad.c")

    def test_an_engine_with_constant_tables_passes(self):
        body = "static const char *const words[] = {\"a\", \"b\"};\nconst char *f(int i)\n{\n        return words[i];\n}\n"
        self.assertEqual(self.lint(self.source(body), "daemon/engine/bad.c")[0], 0)

    def test_a_name_defined_twice_in_an_archive(self):
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            for member, body in (("a", "int f(void)\n{\n        return 1;\n}\nstatic int g(void)\n{\n        return 1;\n}\nint h(void)\n{\n"
                                       "        return g();\n}\n"),
                                 ("b", "int f(void)\n{\n        return 2;\n}\nstatic int g(void)\n{\n        return 1;\n}\nint i(void)\n{\n"
                                       "        return g();\n}\n")):
                (folder / f"{member}.c").write_text(body)
                subprocess.run(["gcc", "-O0", "-fPIC", "-c", folder / f"{member}.c", "-o", folder / f"{member}.o"], check=True)
            subprocess.run(["ar", "rcs", folder / "libstore.a", folder / "a.o", folder / "b.o"], check=True)
            done = subprocess.run([sys.executable, LINT, folder, "--build", folder], capture_output=True, text=True)
            self.assertEqual(done.returncode, 1, done.stdout)
            self.assertIn("f is defined in a.o and in b.o", done.stdout)
            self.assertNotIn("g is defined", done.stdout)

    def test_a_clock_read_away_from_home(self):
        body = "long time(long *);\nlong f(void)\n{\n        return time(0);\n}\n"
        self.finds("reads a clock", self.source(body), "daemon/engine/bad.c")


class Authorities(unittest.TestCase):
    LISTED = ('authorities = (\n  { id = "S01"; document = "Report"; section = "One"; title = "Review"; },\n'
              '  { id = "N01"; document = "Act"; section = "s.1"; title = "Term"; note = "told elsewhere"; },\n'
              '  { id = "U01"; title = "Custom"; note = "unverified"; }\n);\n')

    def check(self, *rules, listed=LISTED):
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            (folder / "authorities.cfg").write_text(listed)
            (folder / "rules.cfg").write_text("rules = (\n" + ",\n".join(f"  {{ {rule} }}" for rule in rules) + "\n);\n")
            result = subprocess.run([sys.executable, AUTHORITIES, name], capture_output=True, text=True)
            return result.returncode, result.stdout

    GOOD = 'id = "a"; source = "Report, One"; authority = "S01";'

    def test_rules_that_cite_what_is_listed_pass_and_the_rest_is_printed(self):
        status, output = self.check(self.GOOD, 'id = "u"; source = ""; authority = "U01"; enabled = false;')
        self.assertEqual(status, 0, output)
        self.assertIn("no rule cites N01 (Term): told elsewhere", output)

    def test_each_fault_is_found_at_its_line(self):
        for rule, message in (
                ('id = "b"; source = "Report, One";', '"b" cites no authority'),
                ('id = "b"; source = "Report, One"; # authority = "S01";\n', '"b" cites no authority'),
                ('id = "b"; source = "Report, One"; authority = "S02";', 'cites "S02", which is not listed'),
                ('id = "b"; source = "Report, Two"; authority = "S01";', 'names "Report, Two"'),
                ('id = "b"; source = "Other s.1"; authority = "N01"; enabled = false;', 'names "Other s.1"'),
                ('id = "b"; source = ""; authority = "S01";', "states no source"),
                ('id = "b"; source = "Act s.1"; authority = "N01";', "which is not of the report"),
                ('id = "b"; source = ""; authority = "U01";', "ships disabled and without a source"),
                ('id = "b"; source = "Hearsay"; authority = "U01"; enabled = false;', "ships disabled and without a source")):
            status, output = self.check(self.GOOD, rule)
            self.assertEqual(status, 1, rule)
            self.assertRegex(output, "rules.cfg:3: .*" + message)

    def test_a_timeline_that_nothing_serves(self):
        status, output = self.check(self.GOOD, listed=self.LISTED.replace('note = "told elsewhere"; ', ""))
        self.assertEqual(status, 1)
        self.assertRegex(output, "authorities.cfg:3: no rule cites N01, and no note")

    def test_a_directory_without_authorities(self):
        status, output = self.check(self.GOOD, listed="items = ();\n")
        self.assertEqual(status, 1)
        self.assertIn("no authority is listed", output)


if __name__ == "__main__":
    unittest.main()
