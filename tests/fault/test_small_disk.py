#!/usr/bin/python3
"""A disk of eight megabytes: the record may have most of it, and once it has grown everything is there."""

import os
import pathlib
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "box"))
from harness import BoxTest, eventually, main  # noqa: E402

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

    def fill_up(self, folder):
        """Takes what is left, to the last byte."""
        with open(folder / "filler", "wb", buffering=0) as filler:
            size = 65536
            while size:
                try:
                    filler.write(b"x" * size)
                except OSError:
                    size //= 2

    def test_the_record_has_most_of_it_and_nothing_is_lost_when_it_is_full(self):
        daemon, record = self.begin()
        number = self.fill((100, 10, 1))
        self.assertGreater(record.stat().st_size, 4 * MEGABYTE)         # of eight, beside log and index
        self.fill_up(record.parent)
        watched = (record.parent / "watching").read_text()
        for ends, clock in ((daemon.kill, "2023-03-01T09:10:00Z"), (daemon.stop, "2023-03-02T09:00:00Z"), (daemon.kill, "2023-03-02T10:00:00Z")):
            ends()
            daemon.set_clock(clock)
            daemon.start()
            self.serves_what_it_can(number)
            self.assertEqual((record.parent / "watching").read_text(), watched)
        subprocess.run(["mount", "-o", "remount,size=12m", str(record.parent)], check=True)
        status = daemon.status()
        self.assertEqual((status["last_seq"], status["as_of"], status["disk_full"]), (number, "2023-03-02", False))
        eventually(lambda: daemon.status()["trouble"] is None and daemon.status()["last_sweep"][:10] == "2023-03-02", "the sweep")
        self.assertIn("what was refused before works again", daemon.read_log())
        eventually(lambda: "disk" not in daemon.notify.status_now(), "the end of the trouble in what systemd shows")
        downtime = daemon.status()["downtime"]
        self.assertEqual([(entry["from"], entry["until"], entry["orderly"]) for entry in downtime],
                         [("2023-03-01T09:00:00.000Z", "2023-03-02T10:00:00.000Z", False)])
        self.assertEqual(daemon.get("/v1/cases/M-X00000")["events"], 1)
        daemon.recorded({"case": "M-AFTER", "event": "sentenced", "on": "2022-12-01", "disposal": "community"})
        self.assertEqual(daemon.stop(), 0)
        daemon.start()
        self.assertTrue(daemon.ask("POST", "/v1/verify").json["verified"])
        self.assertEqual(daemon.status()["last_seq"], number + 1)

    def serves_what_it_can(self, number):
        """Started where there is no room: it says so to everybody, shows and records nothing, and leaves nothing behind."""
        daemon = self.daemon
        self.assertIn("there is no room", daemon.read_log())
        self.assertTrue(daemon.notify.status_now().endswith("cannot be dealt with: the disk is full"), daemon.notify.status)
        status = daemon.status()
        self.assertEqual((status["last_seq"], status["as_of"], status["disk_full"], status["trouble"]),
                         (number, "2023-03-01", True, "the disk is full"))
        for path in ("/v1/cases/M-X00000", "/v1/obligations?state=overdue"):
            self.assertEqual(daemon.ask("GET", path).error["code"], "disk-full")
        refused = daemon.record({"case": "M-LATE", "event": "sentenced", "on": "2022-12-01", "disposal": "community"})
        self.assertEqual((refused.status, refused.error["code"]), (507, "disk-full"))
        health = daemon.ctl("health")
        self.assertEqual((health.returncode, "no space is left" in health.stdout), (2, True), health)
        self.assertIn(b"\nmappad_disk_full 1\n", daemon.ask("GET", "/metrics").body)

    def test_other_rules_wait_for_room_and_the_reason_is_said(self):
        daemon, record = self.begin()
        number = self.fill((100, 10, 1))
        self.fill_up(record.parent)
        daemon.kill()
        rules = daemon.dir / "rules/10-rules.cfg"
        text = rules.read_text()
        rules.write_text(text.replace("4 weeks after", "5 weeks after"))
        self.assertFalse(daemon.start(must=False))
        self.assertIn("disk is full", daemon.read_log())
        daemon.kill()
        rules.write_text(text)
        daemon.start()
        self.assertEqual(daemon.status()["last_seq"], number)


if __name__ == "__main__":
    main()
