#!/usr/bin/python3
"""A disk of eight megabytes: the record may have most of it, and once it has grown everything is there."""

import os
import pathlib
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "box"))
from harness import BoxTest, main  # noqa: E402

MEGABYTE = 1 << 20


@unittest.skipUnless(os.geteuid() == 0, "only root can make a small disk")
class SmallDisk(BoxTest):
    def begin(self):
        state = self.directory / "d/state"
        state.mkdir(parents=True)
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "none", str(state)], check=True)
        self.addCleanup(subprocess.run, ["umount", "-l", str(state)])   # after the daemon has ended
        return self.start(), state / "mappad.db"

    def fill(self, sizes):
        """Records cases until not even one has room; how many there are."""
        number = 0
        for size in sizes:
            while True:
                answer = self.daemon.record(*({"case": f"M-X{number + n:05}", "event": "sentenced", "on": "2022-12-01", "disposal": "community"}
                                              for n in range(size)))
                if answer.status != 201:
                    self.assertEqual((answer.status, answer.error["code"]), (507, "disk-full"))
                    break
                number += size
        return number

    def test_the_record_has_most_of_it_and_nothing_is_lost_when_it_is_full(self):
        daemon, record = self.begin()
        number = self.fill((100, 10, 1))
        self.assertGreater(record.stat().st_size, 4 * MEGABYTE)         # of eight, beside log and index
        self.assertEqual(daemon.kill(), -9)
        daemon.set_clock("2023-03-01T09:10:00Z")
        self.assertFalse(daemon.start(must=False))      # it has to note that it was not watching
        self.assertIn("disk is full", daemon.read_log())
        daemon.kill()
        subprocess.run(["mount", "-o", "remount,size=12m", str(record.parent)], check=True)
        daemon.start()
        self.assertEqual(daemon.status()["last_seq"], number)
        self.assertEqual(daemon.stop(), 0)
        daemon.start()
        self.assertTrue(daemon.ask("POST", "/v1/verify").json["verified"])
        self.assertEqual(daemon.status()["last_seq"], number)


if __name__ == "__main__":
    main()
