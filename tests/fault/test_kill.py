#!/usr/bin/python3
"""SIGKILL at each step between a stage being reached and its message being marked as sent.

A preloaded library (fail_at.c) counts everything the daemon does to files and sockets and kills it before the Nth. After
a restart every alert is there once, every message arrived at least once and at its recipient alone, and whatever arrived
twice is marked as one that may have been sent before. MAPPAD_KILL_STEPS says how many steps are tried (default 24, spread
over all of them; "all": each one).
"""

import collections
import os
import pathlib
import queue
import re
import shutil
import sqlite3
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "box"))
from harness import MAPPAD, BoxTest, Daemon, MailServer, eventually, main
from steps import Steps, library

# Killed before the morning was swept the daemon says that it did not watch; all else must be the same.
DOWNTIME = re.compile(r"The service was not watching\n.*?is in this message\.\n\n?", re.S)
STEPS = os.environ.get("MAPPAD_KILL_STEPS", "24")
RECORD = [{"case": f"M-K{number}", "event": event, **fields} for number in range(3)
          for event, fields in (("level-set", {"level": "2", "lead-agency": "police", "on": "2022-10-03"}),
                                ("sentenced", {"disposal": "community", "on": "2023-01-02"}))]
BEFORE, AFTER = "2023-01-20T09:00:00Z", "2023-02-01T09:00:00Z"     # reviews are due on 23 January, first meetings on the 30th


@unittest.skipIf(b"__asan_init" in MAPPAD.read_bytes(), "a sanitizer wants to be loaded before anything else")
class Kill(BoxTest):
    def setUp(self):
        super().setUp()
        self.library = library(self.directory)
        self.server = MailServer(tls=False)
        self.addCleanup(self.server.stop)
        self.steps = Steps(self.directory / "steps")
        self.prepare()

    def prepare(self):
        """A record whose stages are reached when the clock moves, with nothing waiting."""
        mail = self.server.setting(tls="none", url=f"smtp://127.0.0.1:{self.server.port}").replace(f'ca-file = "', 'user = ""; ca-file = "')
        self.mail = mail
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

    def live(self, kill_at):
        """Moves the clock with a kill ahead; the steps that were taken, and whether the kill came."""
        folder = self.directory / f"at-{kill_at}"
        shutil.copytree(self.directory / "before", folder)
        daemon = Daemon(folder, now=BEFORE, mail=self.mail,
                        environment={"LD_PRELOAD": str(self.library), "MAPPAD_KILL_AT": str(self.steps.path)})
        self.daemon = daemon
        self.steps.set(0, 0)
        daemon.start()
        before = self.waiting(daemon)[1]
        self.steps.set(0, kill_at)
        daemon.set_clock(AFTER)
        def over():
            if daemon.process.poll() is not None:
                return True
            waiting, messages = self.waiting(daemon)
            return messages > before and waiting == 0
        eventually(over, "the end of the morning")
        self.steps.disarm()
        calls = self.steps.calls
        if calls >= kill_at:        # it may be dying only now
            daemon.process.wait(30)
        return daemon, calls, calls >= kill_at

    def finish(self, daemon):
        """Starts it again if it was killed; what it raised and sent, and what it says of each message."""
        daemon.environment = {}
        if daemon.process.poll() is not None:
            daemon.kill()
            daemon.start()
        eventually(lambda: daemon.status()["last_sweep"] == "2023-02-01T07:30:00.000Z" and daemon.status()["outbox"]["waiting"] == 0,
                   "everything sent")
        alerts = [{key: value for key, value in alert.items() if key not in ("id", "seq")} for alert in daemon.alerts()]
        daemon.end()
        base = sqlite3.connect(daemon.dir / "state/mappad.db")
        rows = {name: (recipient, ambiguous) for name, recipient, ambiguous in base.execute("SELECT message_id, recipient, ambiguous FROM outbox")}
        base.close()
        return alerts, self.take(), rows

    def check(self, outcome, reference):
        alerts, mails, rows = outcome
        self.assertEqual(alerts, reference[0])
        self.assertEqual({name: row[0] for name, row in rows.items()}, {name: row[0] for name, row in reference[2].items()})
        def known_by(mail):
            return mail.recipients, mail.message["To"], DOWNTIME.sub("", mail.text.replace("\r", ""))
        texts = {mail.message["Message-ID"]: known_by(mail) for mail in reference[1]}
        arrived = collections.Counter()
        for mail in mails:
            name = mail.message["Message-ID"]
            arrived[name] += 1
            self.assertEqual(known_by(mail), texts[name])
        self.assertEqual(set(arrived), set(texts), "a message was lost")
        twice = [name for name, count in arrived.items() if count > 1]
        for name in twice:
            self.assertEqual(rows[name.strip("<>")][1], 1, f"{name} arrived twice and nothing says so")
        return len(twice)

    def test_killed_at_each_step_nothing_is_lost_and_what_may_be_double_says_so(self):
        daemon, total, killed = self.live(1 << 40)
        self.assertFalse(killed)
        reference = self.finish(daemon)
        self.assertGreaterEqual(len(reference[1]), 2)
        self.assertTrue(all(len(mail.recipients) == 1 for mail in reference[1]))
        self.assertEqual({ambiguous for _, ambiguous in reference[2].values()}, {0}, "nothing was sent twice")
        count = total if STEPS == "all" else min(total, int(STEPS))
        chosen = sorted({1 + number * (total - 1) // max(1, count - 1) for number in range(count)})
        kills = doubles = 0
        for step in chosen:
            with self.subTest(step=step, of=total):
                daemon, _, killed = self.live(step)
                kills += killed
                doubles += self.check(self.finish(daemon), reference)
                shutil.rmtree(daemon.dir)
        print(f"{kills} kills at {len(chosen)} of {total} steps, {doubles} messages arrived twice and are marked")
        self.assertGreater(kills, len(chosen) // 2)


if __name__ == "__main__":
    main()
