#!/usr/bin/python3
"""The installed units under a real systemd: each promise that tests/box/systemd/inside.sh judges is a test here."""

import pathlib
import re
import subprocess
import unittest

from harness import BUILD, TREE, main


class Systemd(unittest.TestCase):
    def test_the_installed_units_keep_their_promises(self):
        if b"__asan_init" in (pathlib.Path(BUILD) / "bin/mappad").read_bytes():
            self.skipTest("a daemon with sanitizers cannot live in the sandbox of the unit")
        done = subprocess.run([TREE / "tests/box/systemd/boot.sh", BUILD, TREE / "tests/box/systemd/inside.sh"],
                              capture_output=True, text=True, timeout=240)
        if done.returncode == 77:
            self.skipTest(done.stdout.strip().splitlines()[-1])
        promises = re.findall(r"^(ok|FAILED) (.+)$", done.stdout, re.M)
        for word, promise in promises:
            with self.subTest(promise):
                self.assertEqual(word, "ok", done.stdout)
        self.assertGreater(len(promises), 25, done.stdout + done.stderr)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)


if __name__ == "__main__":
    main()
