#!/usr/bin/python3
"""The disk takes the record's log more slowly than it is written, or not at all.

Whoever writes waits for it and whoever only reads does not; but a disk that does not answer for long stops the daemon, so that
the watchdog ends it.
"""

import os
import pathlib
import subprocess
import sys
import threading
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "box"))
from gate import Gate  # noqa: E402
from harness import MAPPAD, BoxTest, SocketConnection, ask, eventually, main  # noqa: E402

SANITIZED = b"__asan_init" in MAPPAD.read_bytes()
OVERDUE = "/v1/obligations?state=overdue&limit=50"


@unittest.skipUnless(os.geteuid() == 0, "only root can make a small disk")
@unittest.skipIf(SANITIZED, "a sanitizer wants to be the first library")
class SlowCopy(BoxTest):
    def begin(self):
        """A record whose file is not synced while a file is there, on a disk of 64 MB: the log is too long soon, and what those who
        read add to it is far from making it so long that the commit itself waits."""
        state = self.directory / "d/state"
        state.mkdir(parents=True)
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m", "none", str(state)], check=True)
        self.addCleanup(subprocess.run, ["umount", "-l", str(state)])   # after the daemon has ended
        self.gate = Gate(self.directory, "sync", of="/mappad.db")
        self.start(environment=self.gate.environment)
        self.recorded, self.enough, self.failed = 0, threading.Event(), []

    def write(self):
        while not self.enough.is_set():
            answer = self.daemon.record(*({"case": f"M-W{self.recorded + n:05}", "event": "sentenced", "on": "2022-12-01",
                                           "disposal": "community"} for n in range(100)))
            if answer.status != 201:
                self.failed.append(answer)
                return
            self.recorded += 100

    def stands_still(self):
        before = self.recorded
        time.sleep(1)
        return self.recorded == before > 0

    def answered(self):
        connection = SocketConnection(str(self.daemon.socket), 3)
        try:
            return ask(connection, "GET", OVERDUE).status == 200
        except TimeoutError:
            return False
        finally:
            connection.close()

    def test_writers_wait_readers_do_not_and_a_disk_that_is_gone_stops_all(self):
        self.begin()
        self.gate.close()
        writer = threading.Thread(target=self.write)
        writer.start()
        try:
            eventually(self.stands_still, "a log that is too long", 60)
            recorded = self.recorded
            for _ in range(20):
                self.assertTrue(self.answered())
            self.assertEqual(self.recorded, recorded)
            self.gate.open()
            eventually(lambda: self.recorded > recorded + 2000, "what waited", 60)
            self.gate.close()
            eventually(self.stands_still, "a log that is too long", 60)
            eventually(lambda: not self.answered(), "the end of the patience", 60)
            recorded = self.recorded
            self.gate.open()
            eventually(lambda: self.recorded > recorded and self.answered(), "what waited", 60)
        finally:
            self.gate.open()
            self.enough.set()
            writer.join()
        self.assertEqual(self.failed, [])
        self.assertEqual(self.daemon.status()["last_seq"], self.recorded)
        self.assertTrue(self.daemon.ask("POST", "/v1/verify").json["verified"])


if __name__ == "__main__":
    main()
