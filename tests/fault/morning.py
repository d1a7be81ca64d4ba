"""A morning on which stages are reached, alerts raised and messages sent, with something going wrong on the way.

A preloaded library (fail_at.c) counts what the daemon does to the world outside, and kills it or has a call fail at the Nth of
it. At the end, after a restart if need be, every alert is there once, every message arrived at least once and at its
recipient alone, and whatever arrived twice is marked as one that may have been sent before.
"""

import collections
import pathlib
import queue
import re
import select
import shutil
import signal
import sqlite3
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "box"))
from harness import DEADLINE_S, MAPPAD, BoxTest, Daemon, MailServer, ask, eventually, main
from steps import Steps, library

# Killed before the morning was swept the daemon says that it did not watch; all else must be the same.
DOWNTIME = re.compile(r"The service was not watching\n.*?is in this message\.\n\n?", re.S)
RECORD = [{"case": f"M-K{number}", "event": event, **fields} for number in range(3)
          for event, fields in (("level-set", {"level": "2", "lead-agency": "police", "on": "2022-10-03"}),
                                ("sentenced", {"disposal": "community", "on": "2023-01-02"}))]
BEFORE, AFTER = "2023-01-20T09:00:00Z", "2023-02-01T09:00:00Z"     # reviews are due on 23 January, first meetings on the 30th


@unittest.skipIf(b"__asan_init" in MAPPAD.read_bytes(), "a sanitizer wants to be loaded before anything else")
class Morning(BoxTest):
    CONNECTIONS = 2

    def setUp(self):
        super().setUp()
        self.library = library(self.directory)
        self.server = MailServer(tls=False)
        self.addCleanup(self.server.stop)
        self.steps = Steps(self.directory / "steps")
        self.prepare()
        daemon, self.total, came = self.live(1 << 40)
        self.assertFalse(came)
        self.reference = self.finish(daemon)
        self.assertGreaterEqual(len(self.reference[1]), 2)
        self.assertTrue(all(len(mail.recipients) == 1 for mail in self.reference[1]))
        self.assertEqual({ambiguous for _, ambiguous in self.reference[2].values()}, {0}, "nothing was sent twice")

    def prepare(self):
        """A record whose stages are reached when the clock moves, with nothing waiting."""
        mail = self.server.setting(tls="none", url=f"smtp://127.0.0.1:{self.server.port}").replace(f'ca-file = "', 'user = ""; ca-file = "')
        mail = self.mail = mail.replace("mail = {", f"mail = {{ connections = {self.CONNECTIONS};")
        daemon = Daemon(self.directory / "before", now=BEFORE, mail=mail)
        daemon.start()
        daemon.recorded(*RECORD)
        eventually(lambda: daemon.status()["last_sweep"] and daemon.status()["outbox"]["waiting"] == 0, "a quiet morning")
        daemon.stop()
        self.take()

    def take(self):
        mails = []
        while True:
            try:
                mails.append(self.server.mails.get_nowait())
            except queue.Empty:
                return mails

    def waiting(self, daemon):
        """Messages that are not sent, asked of the file: a question to the daemon would be a step of its own."""
        base = sqlite3.connect(f"file:{daemon.dir}/state/mappad.db?mode=ro", uri=True)
        try:
            return base.execute("SELECT count(*) FILTER (WHERE state = 0), count(*) FROM outbox").fetchone()
        finally:
            base.close()

    def live(self, at, **fault):
        """Moves the clock with a kill, or another fault, ahead; the calls that were counted, and whether it came."""
        folder = self.directory / "life"
        if self.daemon is not None:     # of a life that came to no good end
            self.daemon.kill()
            self.take()
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(self.directory / "before", folder)
        daemon = Daemon(folder, now=BEFORE, mail=self.mail,
                        environment={"LD_PRELOAD": str(self.library), "MAPPAD_KILL_AT": str(self.steps.path)})
        self.daemon = daemon
        self.steps.set(0, 0)
        daemon.start()
        before = self.waiting(daemon)[1]
        self.steps.set(0, at, **fault)
        daemon.set_clock(AFTER)
        def over():
            if daemon.process.poll() is not None or self.steps.failed:
                return True
            waiting, messages = self.waiting(daemon)
            return messages > before and waiting == 0
        eventually(over, "the end of the morning")
        if fault.get("lasting"):        # for a while, in which it goes on to answer
            daemon.status()
        self.steps.disarm()
        calls = self.steps.calls
        if calls >= at and not fault:        # it may be dying only now
            daemon.process.wait(30)
        return daemon, calls, calls >= at

    def ends(self, total, count, **fault):
        """Lives on to the end of the morning with a fault at each of so many steps: whether it came, and how many messages came twice."""
        for at in sorted({1 + number * (total - 1) // max(1, count - 1) for number in range(count)}):
            with self.subTest(step=at, of=total, **fault):
                daemon, _, came = self.live(at, **fault)
                yield came, self.check(self.finish(daemon), self.reference)

    def finish(self, daemon):
        """Starts it again if it was killed, and lets hours go by until what was put off has gone; what it raised and sent, and
        what it says of each message."""
        daemon.environment = {}
        if daemon.process.poll() is not None:
            self.assertIn(daemon.process.returncode, (0, 1, -signal.SIGKILL), "it gave up, and not in good order:\n" + daemon.read_log()[-3000:])
            daemon.kill()
            daemon.start()
        hours = iter(range(10, 24))
        def done():
            status = daemon.status()
            if status["last_sweep"] == "2023-02-01T07:30:00.000Z" and status["outbox"]["waiting"] == 0:
                return True
            hour = next(hours, None) if self.steps.failed else None
            if hour is not None:        # what failed is tried again after a while
                daemon.set_clock(f"2023-02-01T{hour:02}:00:00Z")
                select.select([], [], [], 0.3)
            return False
        eventually(done, "everything sent")
        alerts = [{key: value for key, value in alert.items() if key not in ("id", "seq", "raised_at")} for alert in daemon.alerts()]
        daemon.end()
        base = sqlite3.connect(daemon.dir / "state/mappad.db")
        rows = {name: (recipient, ambiguous) for name, recipient, ambiguous in base.execute("SELECT message_id, recipient, ambiguous FROM outbox")}
        base.close()
        return alerts, self.take(), rows

    def check(self, outcome, reference):
        alerts, mails, rows = outcome
        self.assertEqual(alerts, reference[0])
        # A morning that was late gives its messages other names.
        self.assertEqual(sorted(row[0] for row in rows.values()), sorted(row[0] for row in reference[2].values()))
        def known_by(mail):
            return mail.recipients, mail.message["To"], DOWNTIME.sub("", mail.text.replace("\r", ""))
        texts = {mail.message["To"]: known_by(mail) for mail in reference[1]}
        arrived = collections.Counter()
        for mail in mails:
            name = mail.message["Message-ID"]
            arrived[name] += 1
            self.assertEqual(known_by(mail), texts[mail.message["To"]])
        self.assertEqual({name.strip("<>") for name in arrived}, set(rows), "a message was lost")
        twice = [name for name, count in arrived.items() if count > 1]
        for name in twice:
            self.assertEqual(rows[name.strip("<>")][1], 1, f"{name} arrived twice and nothing says so")
        return len(twice)
