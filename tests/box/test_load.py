#!/usr/bin/python3
"""The load test in small: three seconds of everybody at once. `make load` is the ten minutes."""

import os
import subprocess
import sys
import unittest

from harness import BUILD, MAPPAD, TREE, main

SANITIZED = b"__asan_init" in MAPPAD.read_bytes()


class Load(unittest.TestCase):
    @unittest.skipIf(SANITIZED, "a sanitizer's program is too slow for everybody at once")
    def test_nothing_is_lost_told_twice_or_left_unanswered(self):
        done = subprocess.run([sys.executable, TREE / "tests/load/load.py", "--build", BUILD, "--seconds", "3", "--followers", "200"],
                              capture_output=True, text=True, timeout=240, check=False, env=os.environ)
        self.assertEqual(done.returncode, 0, done.stdout[-3000:] + done.stderr[-3000:])


if __name__ == "__main__":
    main()
