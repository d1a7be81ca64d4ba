#!/usr/bin/python3
"""The demonstration does what README.md says: what it prints, and the commands to try next, word for word."""

import os
import pathlib
import re
import shlex
import subprocess
import tempfile
import unittest

from harness import BUILD, TREE, main

README = (TREE / "README.md").read_text()
START_S = 300.0     # for a machine that does much else; it takes ten seconds


def block(language, first_line):
    """The block of README.md in that language that holds this line."""
    for text in re.findall(rf"^```{language}\n(.*?)^```", README, re.M | re.S):
        if first_line in text:
            return [line.rstrip() for line in text.splitlines()]
    raise AssertionError(f"README.md shows nothing with {first_line!r}")


class Demo(unittest.TestCase):
    """One demonstration for all; its programs are those of the build folder, all else is in a folder of its own."""

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="mappad-demo-")
        cls.addClassCleanup(folder.cleanup)
        cls.build = pathlib.Path(folder.name)
        (cls.build / "bin").symlink_to(BUILD / "bin")
        cls.addClassCleanup(cls.demo, "stop")
        cls.printed = [line.rstrip() for line in cls.demo("start").splitlines()]

    @classmethod
    def demo(cls, word):
        done = subprocess.run(["/usr/bin/python3", str(TREE / "demo/demo.py"), word, str(cls.build)], capture_output=True, text=True,
                              timeout=START_S)
        if done.returncode != 0:
            raise AssertionError(f"demo {word}: exit {done.returncode}\n{done.stdout[-4000:]}{done.stderr[-4000:]}")
        return done.stdout

    def run_word_for_word(self, lines):
        """Each command as it stands, but for where the build folder is."""
        environment = {**os.environ, "MAPPAD_SOCKET": str(self.build / "demo/sock"), "PATH": f"{self.build}/bin:{os.environ['PATH']}"}
        for line in lines:
            done = subprocess.run(shlex.split(line), capture_output=True, text=True, env=environment, timeout=START_S)
            self.assertEqual((done.returncode, done.stderr), (0, ""), line)
            self.assertTrue(done.stdout, line)

    def test_it_prints_what_the_readme_shows(self):
        at = 0
        for line in block("text", "== Imported"):
            if line.strip() == "..." or line.startswith("== That took"):
                continue
            if line not in self.printed[at:]:
                said = "\n".join(line for line in self.printed if "alerts so far" in line or line.startswith("=="))
                self.fail(f"README.md shows {line!r}, which the demonstration does not print there; it printed\n{said}")
            at += self.printed[at:].index(line) + 1

    def test_the_counts_are_the_published_ones(self):
        for row in (r"level 1 +1,278 +339 +0 ", r"level 2 +3 +5 +2 ", r"level 3 +1 +0 +0 ", r"all +1,282 +344 +2 +1,628$"):
            self.assertTrue(any(re.search(row, line) for line in self.printed), row)

    def test_what_to_try_next_works(self):
        self.run_word_for_word([line for line in block("sh", "mappactl due") if line.startswith("mappactl ")])
        offered = [line.strip() for line in self.printed if line.startswith("  build/bin/") or re.match(r"  \S*/bin/mappactl", line)]
        self.assertEqual(len(offered), 3)
        self.run_word_for_word([re.sub(r"^\S*/", "", line) for line in offered if "--follow" not in line])


if __name__ == "__main__":
    main()
