#!/usr/bin/python3
"""Signals at any time: while mappad starts, while it closes its files, and one after another. It stands at calls of its own
until it is let go (tests/fault/hold_at.c), so that nothing here goes by time."""

import signal
import unittest

from gate import Gate
from harness import MAPPAD, BoxTest, Daemon, ask, eventually, main


@unittest.skipIf(b"__asan_init" in MAPPAD.read_bytes(), "a sanitizer wants to be loaded before anything else")
class Signals(BoxTest):
    def setUp(self):
        super().setUp()
        self.gate = Gate(self.directory)
        self.daemon = Daemon(self.directory / "d", environment=self.gate.environment)
        self.addCleanup(self.let_go)

    def let_go(self):
        """However the test went: nobody stands at the gate, and nobody is left."""
        self.gate.open()
        if self.daemon.process is not None:
            self.daemon.kill()

    def ready(self):
        return "READY=1" in self.daemon.notify.said_now()

    def reloaded(self):
        said = self.daemon.notify.said_now()
        return "RELOADING=1" in said and "READY=1" in said[said.index("RELOADING=1"):]

    def ended(self):
        self.daemon.notify.said_now()       # who reads no more than ten messages of a reload has the eleventh wait
        return self.daemon.process.poll() is not None

    def signal(self, *numbers):
        for number in numbers:
            self.daemon.process.send_signal(number)

    def test_however_many_come_while_it_closes_its_files_it_ends_well(self):
        self.daemon.start()
        self.daemon.recorded({"case": "M-0001", "event": "sentenced", "disposal": "community", "on": "2023-03-01"})
        self.gate.close()
        self.signal(signal.SIGTERM)
        last = 0
        for last in self.gate.calls(self.ended):
            self.signal(signal.SIGHUP, signal.SIGTERM, signal.SIGINT)
        self.assertGreater(last, 5)
        self.assertEqual(self.daemon.stop(), 0, self.daemon.read_log())
        self.daemon.start()
        self.assertEqual(self.daemon.status()["cases"], 1)

    def test_who_had_asked_before_it_stopped_is_answered(self):
        """A question that came in while its last turn went on is not lost with its connection."""
        self.gate = Gate(self.directory, "close")
        self.daemon = Daemon(self.directory / "e", environment=self.gate.environment)
        self.daemon.start()
        first, second, asker = (self.daemon.connect() for _ in range(3))
        for connection in (first, second, asker):
            connection.connect()
            self.addCleanup(connection.close)
        self.assertEqual(ask(asker, "GET", "/v1/status").status, 200)   # and the others have been let in
        self.gate.close()
        first.close()
        eventually(lambda: self.gate.stands() == "c", "letting go of the first")
        self.signal(signal.SIGTERM)
        second.close()
        self.gate.let_go()
        eventually(lambda: self.gate.stands() == "c", "letting go of the second, in the last turn")
        asker.request("GET", "/v1/status")
        self.gate.open()
        self.assertEqual(asker.getresponse().status, 200)
        self.assertEqual(self.daemon.stop(), 0, self.daemon.read_log())

    def test_whoever_stops_it_at_any_step_of_its_start_has_it_end_well_and_never_ready(self):
        tried, point, early = 0, 0, True
        while early:
            self.gate.close()
            self.daemon.launch()
            early = False
            for number in self.gate.calls(self.ready):
                if number == point:
                    early = True
                    self.signal((signal.SIGTERM, signal.SIGINT)[tried % 2])
                    break
            if early:
                eventually(self.ended, "the end")
                self.assertFalse(self.ready(), f"stopped at call {point} of its start, it was ready")
            self.assertEqual(self.daemon.stop(), 0, (point, self.daemon.read_log()))
            tried += 1
            point += tried      # more and more of the calls between are left out
        self.assertGreater(tried, 5)

    def test_a_reload_that_is_asked_for_while_it_starts_is_made_once_it_is_ready(self):
        self.gate.close()
        self.daemon.launch()
        for _ in self.gate.calls(self.ready):
            self.signal(signal.SIGHUP)
        eventually(self.reloaded, "a reload, from its beginning to its end")
        self.assertEqual(self.daemon.stop(), 0, self.daemon.read_log())

    def test_what_whoever_starts_it_has_blocked_or_ignores_is_heard_all_the_same(self):
        names = ", ".join(f"signal.{name}" for name in ("SIGTERM", "SIGINT", "SIGHUP"))
        self.daemon.wrapper = ["/usr/bin/python3", "-c", f"import os, signal, sys\nsignal.pthread_sigmask(signal.SIG_BLOCK, [{names}])\n"
                               f"for number in [{names}]: signal.signal(number, signal.SIG_IGN)\nos.execv(sys.argv[1], sys.argv[1:])"]
        self.daemon.start()
        self.daemon.reload()
        self.assertEqual(self.daemon.stop(), 0, self.daemon.read_log())


if __name__ == "__main__":
    main()
