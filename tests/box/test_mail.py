#!/usr/bin/python3
"""Alerts reach people: one digest for each recipient and morning, over TLS, at least once, with nothing but references."""

import json
import queue

from harness import RULES, VOCABULARY, BoxTest, MailServer, eventually, main

CASES = [{"case": f"M-D{number:03}", "event": "sentenced", "disposal": "community", "on": "2023-01-02"} for number in range(12)]
LEVELS = [{"case": f"M-D{number:03}", "event": "level-set", "level": "2", "on": "2022-10-03",
           "lead-agency": "police" if number % 2 else "probation"} for number in range(12)]


class Mail(BoxTest):
    def setUp(self):
        super().setUp()
        self.server = MailServer()
        self.addCleanup(lambda: self.server.stop())

    def run_with(self, now="2023-01-20T09:00:00Z", **more):
        self.start(now=now, mail=self.server.setting(**more))
        self.daemon.recorded(*LEVELS, *CASES)

    def outbox(self):
        return self.daemon.status()["outbox"]

    def collect(self):
        """All messages, once nothing waits any more, by recipient."""
        eventually(lambda: self.outbox()["waiting"] == 0, "an empty outbox")
        found = {}
        while True:
            try:
                mail = self.server.mails.get_nowait()
            except queue.Empty:
                return found
            self.assertEqual(len(mail.recipients), 1, "several recipients share a message")
            found.setdefault(mail.recipients[0], []).append(mail)

    def test_one_digest_for_each_recipient_and_morning(self):
        self.run_with()
        self.collect()
        self.daemon.move_clock("2023-02-01T09:00:00Z")      # a Wednesday
        mails = self.collect()
        self.assertIn("unit@example.police.uk", mails)
        for recipient, messages in mails.items():
            self.assertEqual(len(messages), 1, recipient)
        digest = mails["unit@example.police.uk"][0]
        # 12 first meetings, due 30 January, and 12 reviews, due 16 weeks after 3 October: 23 January. What was raised on
        # recording (a review due in three days) waited for this message; it is the same duty, and stands in it once.
        self.assertEqual(digest.subject, "[OFFICIAL-SENSITIVE] MAPPA unit: 24 overdue")
        for case in CASES:
            self.assertEqual(digest.text.count(case["case"]), 2)
        self.assertEqual(mails["police@example.police.uk"][0].subject, "[OFFICIAL-SENSITIVE] MAPPA unit: 6 overdue")
        self.assertTrue(digest.message["Message-ID"])
        self.assertEqual(str(digest.message["To"]), "unit@example.police.uk")

    def test_the_next_morning_says_nothing_twice(self):
        self.run_with()
        self.daemon.move_clock("2023-02-01T09:00:00Z")
        self.collect()
        self.daemon.move_clock("2023-02-02T09:00:00Z")
        self.assertEqual(self.collect(), {})

    def test_who_has_nothing_due_is_told_so_on_the_weekday_of_heartbeats(self):
        self.start(now="2023-01-20T09:00:00Z", mail=self.server.setting())
        self.daemon.move_clock("2023-01-23T09:00:00Z")      # a Monday
        mails = self.collect()
        self.assertEqual(set(mails), {"unit@example.police.uk", "police@example.police.uk", "probation@example.gov.uk"})

    def test_an_urgent_message_and_the_digest_of_one_sweep_are_two_messages(self):
        urgent = RULES.replace('{ at = "overdue"; to = "unit"; }', '{ at = "overdue"; to = "unit"; urgent = true; }')
        self.start(now="2023-01-30T09:00:00Z", mail=self.server.setting(), rules={"rules.cfg": VOCABULARY + urgent})
        self.daemon.recorded(            # first meeting due on 30 January; review due on 14 February, 112 days after 25 October
            {"case": "M-U1", "event": "sentenced", "disposal": "community", "on": "2023-01-02"},
            {"case": "M-U2", "event": "level-set", "level": "2", "lead-agency": "police", "on": "2022-10-25"},
            {"case": "M-U2", "event": "sentenced", "disposal": "community", "on": "2022-10-25"},
            {"case": "M-U2", "event": "meeting-held", "on": "2022-10-25"})
        self.collect()
        self.daemon.move_clock("2023-01-31T09:00:00Z")      # a Tuesday: one is overdue since today, the other due in two weeks
        mails = self.collect()["unit@example.police.uk"]
        self.assertEqual(["M-U2" in mail.text for mail in mails].count(True), 1)
        self.assertEqual(len({mail.message["Message-ID"] for mail in mails}), 2)
        self.assertEqual(self.daemon.status()["last_sweep"], "2023-01-31T07:30:00.000Z")

    def test_one_refused_mailbox_does_not_delay_another_and_is_told_to_the_unit(self):
        self.server.answers["police@example.police.uk"] = "550 no such mailbox"
        self.run_with()
        self.daemon.move_clock("2023-01-24T09:00:00Z")      # reviews: sixteen weeks after 2 January; the due stage has agencies
        self.daemon.move_clock("2023-04-24T09:00:00Z")
        eventually(lambda: self.outbox()["failed"] >= 1, "a permanent failure")
        mails = self.collect()
        self.assertIn("probation@example.gov.uk", mails)
        self.assertTrue([alert for alert in self.daemon.alerts() if alert["kind"] == "delivery"])

    def test_a_relay_that_is_away_is_tried_again_with_the_same_message_id(self):
        self.server.answers["data"] = "451 come back"
        self.run_with()
        self.daemon.move_clock("2023-02-01T09:00:00Z")
        first = self.server.next()
        self.assertGreaterEqual(self.outbox()["waiting"], 1)
        del self.server.answers["data"]
        self.daemon.move_clock("2023-02-01T16:00:00Z")
        self.assertEqual(self.collect()[first.recipients[0]][-1].message["Message-ID"], first.message["Message-ID"])

    def test_mail_survives_a_kill(self):
        self.server.stop()
        self.run_with()
        self.daemon.move_clock("2023-02-01T09:00:00Z")
        self.daemon.kill()
        self.server = MailServer(port=self.server.port)
        self.daemon.start()
        self.daemon.move_clock("2023-02-01T16:00:00Z")
        mails = self.collect()
        self.assertEqual({recipient: len(messages) for recipient, messages in mails.items() if "unit" in recipient},
                         {"unit@example.police.uk": 1})

    def test_without_tls_nothing_leaves(self):
        self.server.stop()
        plain = MailServer(tls=False, port=self.server.port)
        self.server = plain
        self.run_with()
        self.daemon.move_clock("2023-02-01T09:00:00Z")
        eventually(lambda: "TLS" in self.daemon.read_log() or "tls" in self.daemon.read_log() or "STARTTLS" in self.daemon.read_log(),
                   "a word about TLS in the log")
        self.assertTrue(plain.mails.empty())
        self.assertGreaterEqual(self.outbox()["waiting"], 1)

    def test_an_unknown_authority_is_not_trusted(self):
        self.run_with(**{"ca-file": ""})
        self.daemon.move_clock("2023-02-01T09:00:00Z")
        eventually(lambda: "certificate problem" in self.daemon.read_log(), "a word about the certificate in the log")
        self.assertTrue(self.server.mails.empty())

    def test_a_message_holds_nothing_but_references_duties_dates_and_counts(self):
        self.run_with()
        self.daemon.recorded({"case": "M-D001", "event": "note", "on": "2023-01-20", "token": "SECRET-TOKEN"})
        self.daemon.move_clock("2023-02-01T09:00:00Z")
        for messages in self.collect().values():
            for mail in messages:
                whole = json.dumps([mail.subject, mail.text]) + mail.raw.decode()
                for word in ("SECRET-TOKEN", "custody", "community", "level-set", "lead-agency"):
                    self.assertNotIn(word, whole)


if __name__ == "__main__":
    main()
