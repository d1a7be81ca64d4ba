#!/usr/bin/python3
"""The daemon and a relay that misbehaves: no alert is lost, nothing goes to the wrong person, what may be double says so.

What each fault means to one attempt is tests/mail/delivery.py; here the whole daemon lives through it, and is mended.
"""

import collections
import datetime
import os
import pathlib
import re
import shutil
import sqlite3
import sys
import tempfile
import time
import unittest

from harness import CONTACTS, TREE, BoxTest, Daemon, Mail, MailServer, eventually, main

sys.path.insert(0, str(TREE / "tests/mail"))
import delivery  # noqa: E402  scripted relays and certificates of every kind

UNIT, POLICE = "unit@example.police.uk", "police@example.police.uk"
TWO_AT_THE_UNIT = CONTACTS.replace('mailboxes = ["unit@example.police.uk"]', f'mailboxes = ["{UNIT}", "deputy@example.police.uk"]')


def setUpModule():
    delivery.FOLDER = tempfile.mkdtemp(prefix="mappad-faults-")
    unittest.addModuleCleanup(shutil.rmtree, delivery.FOLDER, True)
    delivery.make_certificates()


class Envelope:
    """What a scripted relay took, as harness.Mail wants it."""

    def __init__(self, recipient, content):
        self.mail_from, self.rcpt_tos, self.content = "", [recipient], content


class Faults(BoxTest):
    def rows(self):
        base = sqlite3.connect(f"file:{self.daemon.dir}/state/mappad.db?mode=ro", uri=True)
        base.row_factory = sqlite3.Row
        try:
            return base.execute("SELECT * FROM outbox o JOIN letter l ON l.message = o.id ORDER BY o.id").fetchall()
        finally:
            base.close()

    def outbox(self):
        return self.daemon.status()["outbox"]

    def overdue(self, number):
        """Something that the unit and the police hear of in the next digest."""
        case = f"M-Q{number:03}"
        self.daemon.recorded({"case": case, "event": "level-set", "level": "2", "lead-agency": "police", "on": "2022-10-03"},
                             {"case": case, "event": "sentenced", "disposal": "community", "on": "2022-10-03"})
        return case

    # ---- what one command or another answers ----

    def begin(self, contacts=CONTACTS, port=None):
        if port is None:
            self.relay = delivery.Script(delivery.scripted({}))
            self.addCleanup(self.relay.__exit__)
            port = self.relay.port
        mail = (f'mail = {{ url = "smtp://127.0.0.1:{port}"; from = "mappa-unit@example.police.uk"; tls = "none"; '
                'allow-domains = ["example.police.uk", "example.gov.uk"]; };')
        self.start(now="2023-02-01T09:00:00Z", mail=mail, contacts=contacts)

    def arrived(self):
        return [Mail(Envelope(recipient, content)) for recipient, content in self.relay.taken]

    def test_each_command_refused_put_off_or_cut(self):
        """A fault a day, mended in the afternoon; what can be sent again is, and once only unless it is marked."""
        self.begin()
        table = [(command, reply, kind) for command in ("greeting", "EHLO", "MAIL", "RCPT", "DATA", ".")
                 for reply, kind in (("421 4.3.2 closing", "again"), ("451 4.3.0 later", "again"), ("550 5.7.1 no", "again"), ("", "again"))]
        final = {("RCPT", "550 5.7.1 no"), ("DATA", "550 5.7.1 no"), (".", "550 5.7.1 no")}
        for number, (command, reply, _) in enumerate(table):
            day = f"2023-{2 + (number + 2) // 28:02}-{1 + (number + 2) % 28:02}"
            with self.subTest(command=command, reply=reply):
                self.relay.answer = delivery.scripted({})
                eventually(lambda: self.outbox()["waiting"] == 0, "a quiet outbox")
                case = self.overdue(number)
                before = (len(self.rows()), len(self.relay.taken), len(self.deliveries()))
                failed = (command, reply) in final
                self.relay.answer = delivery.scripted({command: reply, **({"HELO": reply} if command == "EHLO" else {})})
                self.daemon.move_clock(day + "T08:00:00Z")
                eventually(lambda: self.struck(before, failed), "an attempt at each")
                self.relay.answer = delivery.scripted({})
                self.daemon.move_clock(day + "T20:00:00Z")
                eventually(lambda: self.outbox()["waiting"] == 0, "everything settled")
                self.settled(before, case, failed, (command, reply) == (".", ""))
        self.assertEqual({alert["kind"] for alert in self.daemon.alerts()} - {"stage", "delivery"}, set())

    def deliveries(self):
        return [alert for alert in self.daemon.alerts() if alert["kind"] == "delivery"]

    def told(self, before):
        """How often it was said of each mailbox since then that mail to it fails."""
        return collections.Counter(alert["subject"] for alert in self.deliveries()[before[2]:])

    def struck(self, before, failed):
        """Whether the fault has met all messages that there are: each was tried, and each that fails for good is told of."""
        rows = self.rows()[before[0]:]
        tried = bool(rows) and all(row["attempts"] for row in rows)
        return tried and (not failed or self.told(before) == collections.Counter(row["recipient"] for row in rows))

    def settled(self, before, case, failed, ambiguous):
        """What became of this fault; before: rows, messages taken and alerts of delivery that were there already."""
        rows = self.rows()[before[0]:]
        mails = self.arrived()[before[1]:]
        heard = collections.Counter(mail.message["Message-ID"].strip("<>") for mail in mails)
        self.assertTrue(all(mail.recipients == [str(mail.message["To"])] for mail in mails), "somebody got another's message")
        self.assertTrue(any(case in row["body"] for row in rows if row["recipient"] == UNIT))
        for row in rows:
            self.assertEqual(row["state"], 2 if failed else 1, dict(row))
            self.assertEqual(bool(row["ambiguous"]), ambiguous, dict(row))
            self.assertGreaterEqual(heard[row["message_id"]], 0 if failed else 1)
            self.assertLessEqual(heard[row["message_id"]], 2 if ambiguous else 0 if failed else 1)
        self.assertEqual(self.told(before), collections.Counter(row["recipient"] for row in rows if failed))

    def test_a_relay_that_thinks_for_long_about_a_text_holds_up_nobody(self):
        """libcurl alone would wait in the middle of the loop: no answer on the socket, no other mail, no sign of life."""
        self.begin()
        self.relay.answer = delivery.scripted({".": None}, only=UNIT)
        self.overdue(1)
        self.daemon.move_clock("2023-02-02T08:00:00Z")
        eventually(lambda: any("." == command[:1] or UNIT in command for command in self.relay.commands), "the text for the unit")
        eventually(lambda: [mail.recipients for mail in self.arrived()] == [[POLICE]], "the police's digest")
        began = time.monotonic()
        for _ in range(20):
            self.assertEqual(self.outbox()["waiting"], 1)
        self.daemon.stop()
        self.assertLess(time.monotonic() - began, 10)
        self.assertEqual([(row["recipient"], row["state"], row["ambiguous"]) for row in self.rows()], [(UNIT, 0, 1), (POLICE, 1, 0)])

    # ---- who hears that mail fails ----

    def test_a_mailbox_of_the_unit_that_fails_is_told_to_the_other_at_once(self):
        self.begin(TWO_AT_THE_UNIT)
        self.relay.answer = delivery.scripted({"RCPT": "550 5.1.1 no such user"}, only=UNIT)
        self.overdue(1)
        self.daemon.move_clock("2023-02-02T08:00:00Z")
        eventually(lambda: any("urgent" in mail.subject for mail in self.arrived()), "the urgent word")
        eventually(lambda: self.outbox()["waiting"] == 0, "a quiet outbox")
        urgent = [mail for mail in self.arrived() if "urgent" in mail.subject]
        self.assertEqual([mail.recipients for mail in urgent], [["deputy@example.police.uk"]])
        self.assertEqual(len(self.deliveries()), 1)

    def test_two_mailboxes_that_fail_do_not_tell_each_other_for_ever(self):
        self.begin(TWO_AT_THE_UNIT)
        self.relay.answer = delivery.scripted({"RCPT": "550 5.1.1 no such user"})
        self.overdue(1)
        self.daemon.move_clock("2023-02-02T08:00:00Z")
        three = {UNIT, "deputy@example.police.uk", POLICE}
        eventually(lambda: three <= {alert["subject"] for alert in self.deliveries()} and self.outbox()["waiting"] == 0, "all refused")
        # Two digests for the unit, one for the police, and the urgent word of those; what becomes of that waits.
        failed = self.outbox()["failed"]
        self.assertGreater(failed, 3)
        self.assertLessEqual(failed, 3 + 3 * 2)
        self.daemon.move_clock("2023-02-02T20:00:00Z")
        eventually(lambda: self.outbox()["waiting"] == 0, "a quiet outbox")
        self.assertEqual(self.outbox()["failed"], failed)

    def test_a_relay_that_is_away_is_told_on_the_socket_after_five_failures_and_everything_arrives(self):
        port = delivery.free_port()     # where nobody listens
        self.begin(port=port)
        self.overdue(1)
        hours = iter(f"2023-02-{2 + hour // 24:02}T{hour % 24:02}:00:00Z" for hour in range(8, 60))
        for _ in range(30):
            hour = next(hours)
            self.daemon.move_clock(hour)
            now_ms = int(datetime.datetime.fromisoformat(hour.replace("Z", "+00:00")).timestamp() * 1000)
            eventually(lambda: all(row["next_ms"] > now_ms for row in self.rows() if row["state"] == 0), "each attempt that was due")
            if self.deliveries():
                break
        self.assertTrue(self.deliveries(), "five failures in a row and nobody is told")
        self.assertLessEqual(max(row["failures"] for row in self.rows()), 7)
        server = MailServer(tls=False, port=port)
        self.addCleanup(server.stop)
        for _ in range(3):
            self.daemon.move_clock(next(hours))
        eventually(lambda: self.outbox()["waiting"] == 0, "everything sent")
        arrived = collections.Counter()
        while not server.mails.empty():
            mail = server.mails.get()
            self.assertEqual(mail.recipients, [str(mail.message["To"])])
            arrived[mail.message["Message-ID"].strip("<>")] += 1
        self.assertEqual({row["message_id"]: 1 for row in self.rows() if row["attempts"] > 1}.items() - arrived.items(), set())

    # ---- TLS and login ----

    def mend(self, faulty, settings, environment=None, **good):
        """A day with a relay that cannot be trusted, an evening with one that can; what the log said."""
        port = faulty.port
        mail = ('mail = { url = "smtp://localhost:%d"; from = "mappa-unit@example.police.uk"; tls = "required"; ca-file = "%s/ca.pem"; %s '
                'allow-domains = ["example.police.uk", "example.gov.uk"]; };' % (port, delivery.FOLDER, settings))
        with faulty:
            self.start(now="2023-02-01T09:00:00Z", mail=mail, environment=environment)
            case = self.overdue(1)
            self.daemon.move_clock("2023-02-02T08:00:00Z")
            def tried():
                attempts = [row["attempts"] for row in self.rows() if case in row["body"]]
                return len(attempts) > 1 and all(attempts)
            eventually(tried, "an attempt at each")
            self.assertEqual(faulty.sink.taken, [])
            log = self.daemon.read_log()
        waiting = {row["message_id"]: row["recipient"] for row in self.rows() if row["state"] == 0}
        self.assertGreaterEqual(len(waiting), 2)
        relay = delivery.Relay("good", **good)
        relay.controller.port = port
        with relay:
            self.daemon.move_clock("2023-02-02T20:00:00Z")
            eventually(lambda: self.outbox()["waiting"] == 0, "everything sent")
        arrived = {}
        for _, recipients, content, encrypted, _ in relay.sink.taken:
            self.assertTrue(encrypted)
            name = re.search(rb"^Message-ID: <(.*)>\r$", content, re.M).group(1).decode()
            self.assertNotIn(name, arrived, "twice")
            arrived[name] = recipients[0]
        self.assertEqual({name: arrived.get(name) for name in waiting}, waiting)
        return log

    def test_a_certificate_of_another_authority(self):
        for name in ("pem", "key"):     # signed by nobody that the daemon trusts
            shutil.copy(f"{delivery.FOLDER}/other" + ("-ca" if name == "pem" else "") + f".{name}", f"{delivery.FOLDER}/foreign.{name}")
        self.assertIn("certificate problem", self.mend(delivery.Relay("foreign"), ""))

    def test_a_certificate_for_another_name(self):
        self.assertIn("matches target host name", self.mend(delivery.Relay("wrong"), ""))

    def test_an_expired_certificate(self):
        self.assertIn("expired", self.mend(delivery.Relay("expired"), ""))

    def test_a_relay_without_starttls(self):
        self.assertRegex(self.mend(delivery.Relay(None), ""), "(?i)STARTTLS|TLS")

    def test_a_wrong_password(self):
        pathlib.Path(delivery.FOLDER, "smtp-password").write_text("s3cret word\n")
        def check(right):
            def authenticator(server, session, envelope, mechanism, data):
                good = data.login == b"mappad" and data.password == right
                return delivery.AuthResult(success=good, handled=good)
            return authenticator
        faulty = delivery.Relay("good", authenticator=check(b"another word"), auth_required=True)
        log = self.mend(faulty, 'user = "mappad"; password-credential = "smtp-password";',
                        {"CREDENTIALS_DIRECTORY": delivery.FOLDER}, authenticator=check(b"s3cret word"), auth_required=True)
        self.assertIn("535", log)
        self.assertNotIn("s3cret", self.daemon.read_log())

    # ---- no space ----

    @unittest.skipUnless(os.geteuid() == 0, "only root can make a disk of three megabytes")
    def test_a_disk_that_fills_while_queueing_loses_no_alert(self):
        server = MailServer(tls=False)
        self.addCleanup(server.stop)
        mail = server.setting(tls="none", url=f"smtp://127.0.0.1:{server.port}")
        state = self.directory / "d/state"
        self.start(now="2023-02-01T09:00:00Z", mail=mail,
                   wrapper=["unshare", "-m", "sh", "-c", 'mount -t tmpfs -o size=3m none "$0" && exec "$@"', str(state)])
        inside = pathlib.Path(f"/proc/{self.daemon.process.pid}/root{state}")
        self.overdue(1)
        (inside / "filler").write_bytes(b"")
        with open(inside / "filler", "wb", buffering=0) as filler:
            size = 65536
            while size:
                try:
                    filler.write(b"x" * size)
                except OSError:
                    size //= 2
        self.daemon.set_clock("2023-02-02T08:00:00Z")
        eventually(lambda: "could not be dealt with" in self.daemon.read_log(), "a word about the trouble")
        status = self.daemon.status()
        self.assertEqual((status["last_sweep"][:10], status["as_of"], status["today"], status["disk_full"]),
                         ("2023-02-01", "2023-02-01", "2023-02-02", True))
        self.assertEqual(status["trouble"], "the disk is full")
        self.assertEqual(status["next_sweep"], "2023-02-02T07:30:00.000Z", "the sweep that is not done")
        watched = datetime.datetime.fromtimestamp(int((inside / "watching").read_text()) / 1000, datetime.timezone.utc)
        self.assertEqual(watched.date(), datetime.date(2023, 2, 1))
        self.assertIn(b"\nmappad_trouble 1\n", self.daemon.ask("GET", "/metrics").body)
        health = self.daemon.ctl("health")
        self.assertEqual((health.returncode, "no space is left" in health.stdout), (2, True), health)
        (inside / "filler").unlink()
        def swept():        # under a test clock nothing but a question makes a turn
            return self.daemon.status()["last_sweep"][:10] == "2023-02-02" and self.outbox()["waiting"] == 0
        eventually(swept, "the sweep that was made up for")
        self.assertEqual(self.daemon.status()["next_sweep"], "2023-02-03T07:30:00.000Z")
        eventually(lambda: self.daemon.status()["trouble"] is None, "the end of the trouble")
        mails = [server.next()]
        while not server.mails.empty():
            mails.append(server.mails.get())
        self.assertTrue(any("M-Q001" in mail.text and mail.recipients == [UNIT] for mail in mails))


if __name__ == "__main__":
    main()
