#!/usr/bin/python3
"""Alerts reach people: one digest for each recipient and morning, over TLS, at least once, with nothing but references."""

import datetime
import json
import queue
import re

import html5lib

from harness import CONTACTS, RULES, VOCABULARY, BoxTest, MailServer, eventually, main

CASES = [{"case": f"M-D{number:03}", "event": "sentenced", "disposal": "community", "on": "2023-01-02"} for number in range(12)]
LEVELS = [{"case": f"M-D{number:03}", "event": "level-set", "level": "2", "on": "2022-10-03",
           "lead-agency": "police" if number % 2 else "probation"} for number in range(12)]


class Posted(BoxTest):
    """A daemon and a mail server that keeps what it gets."""

    def setUp(self):
        super().setUp()
        self.server = MailServer()
        self.addCleanup(lambda: self.server.stop())

    def run_with(self, now="2023-01-20T09:00:00Z", **more):
        self.start(now=now, mail=self.server.setting(**more))
        self.daemon.recorded(*LEVELS, *CASES)

    def outbox(self):
        return self.daemon.status()["outbox"]

    def collect_some(self):
        """As collect; there must be some, or whatever is asked of each of them is asked of none."""
        found = self.collect()
        self.assertIn("unit@example.police.uk", found)
        return found

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


class Mail(Posted):
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

    def test_two_spellings_of_one_mailbox_are_one_letter(self):
        contacts = CONTACTS.replace('"police@example.police.uk"', '"Unit@Example.Police.UK"')
        self.start(now="2023-01-20T09:00:00Z", mail=self.server.setting(), contacts=contacts)
        self.daemon.recorded(*LEVELS, *CASES)
        self.collect()
        self.daemon.move_clock("2023-02-01T09:00:00Z")
        self.assertEqual({recipient: len(messages) for recipient, messages in self.collect().items()},
                         {"Unit@Example.Police.UK": 1, "probation@example.gov.uk": 1})

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

    def subjects(self, day):
        """What everybody reads at the head of the one message that a morning brings."""
        self.daemon.move_clock(f"{day}T09:00:00Z")
        mails = self.collect()
        self.assertEqual({len(messages) for messages in mails.values()} - {1}, set())
        return mails, {recipient.split("@")[0]: messages[0].subject.removeprefix("[OFFICIAL-SENSITIVE] MAPPA unit: ")
                       for recipient, messages in mails.items()}

    def test_a_heartbeat_tells_what_stands_and_clears_nobody_of_it(self):
        clear = {"police": "nothing due", "probation": "nothing due"}
        self.start(now="2023-01-24T09:00:00Z", mail=self.server.setting())
        self.daemon.recorded({"case": "M-H1", "event": "sentenced", "disposal": "community", "on": "2023-01-02"})
        self.assertEqual(self.subjects("2023-01-25")[1], {"unit": "1 due soon"})        # a meeting within 4 weeks, by the 30th
        mails, subjects = self.subjects("2023-01-30")                                   # Monday
        self.assertEqual(subjects, {"unit": "nothing new; still 1 due soon", **clear})
        mail = mails["unit@example.police.uk"][0]
        for part in (mail.text, mail.html):
            for words in ("Nothing new was raised for you.", "STILL DUE SOON (1)", "M-H1", "First meeting", "due Mon 30 Jan 2023"):
                self.assertIn(words, part)
            self.assertNotIn("For you nothing is", part)
        headings = [node.text for node in html5lib.parse(mail.html, namespaceHTMLElements=False).iter("h2")]
        self.assertEqual(headings, ["STILL DUE SOON (1)"])
        for name in ("police@example.police.uk", "probation@example.gov.uk"):
            for part in (mails[name][0].text, mails[name][0].html):
                self.assertIn("For you nothing is overdue, booked late or due soon", " ".join(part.split()))
                self.assertNotIn("M-H1", part)
        self.assertEqual(self.subjects("2023-01-31")[1], {"unit": "1 overdue"})
        self.assertEqual(self.subjects("2023-02-06")[1], {"unit": "nothing new; still 1 overdue", **clear})
        self.daemon.recorded({"case": "M-H2", "event": "sentenced", "disposal": "community", "on": "2023-01-16"})
        # The second is due on 13 February: since the 6th it is due soon, and said with what stands on the next heartbeat.
        self.assertEqual(self.subjects("2023-02-07")[1], {"unit": "1 due soon"})
        self.assertEqual(self.subjects("2023-02-13")[1], {"unit": "nothing new; still 1 overdue, 1 due soon", **clear})
        self.daemon.recorded({"case": "M-H1", "event": "meeting-held", "on": "2023-02-13"},
                             {"case": "M-H2", "event": "meeting-held", "on": "2023-02-13"})
        self.assertEqual(self.subjects("2023-02-20")[1], {"unit": "nothing due", **clear})

    def test_of_many_cases_what_stands_is_gathered_in_steps_and_told_once(self):
        self.start(now="2023-01-24T09:00:00Z", mail=self.server.setting())
        refs = [f"M-S{number:04}" for number in range(2500)]
        self.daemon.recorded(*({"case": ref, "event": "sentenced", "disposal": "community", "on": "2023-01-02"} for ref in refs))
        self.assertEqual(self.subjects("2023-01-25")[1], {"unit": "2500 due soon"})
        self.assertIsNone(self.daemon.status()["heartbeat"])
        mails, subjects = self.subjects("2023-01-30")                                   # Monday
        self.assertEqual(subjects, {"unit": "nothing new; still 2500 due soon", "police": "nothing due", "probation": "nothing due"})
        shown = re.findall(r"M-S\d{4}", mails["unit@example.police.uk"][0].text)
        self.assertEqual(shown, refs[:200])
        self.assertIn("raised 0 alerts and wrote 3 messages", self.daemon.read_log())
        self.assertIsNone(self.daemon.status()["heartbeat"])
        self.assertIn("mappad_heartbeat_gathering 0\n", self.daemon.ask("GET", "/metrics").body.decode())
        self.assertEqual(self.subjects("2023-01-31")[1], {"unit": "2500 overdue"})
        self.assertIn("raised 2500 alerts and wrote 1 message", self.daemon.read_log())        # in two steps

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

    def test_an_import_in_pieces_brings_one_urgent_message(self):
        urgent = RULES.replace('{ at = "overdue"; to = "unit"; }', '{ at = "overdue"; to = "unit"; urgent = true; }')
        self.start(now="2023-01-31T09:00:00Z", mail=self.server.setting(), rules={"rules.cfg": VOCABULARY + urgent})
        path = self.daemon.dir / "old-debts.ndjson"
        path.write_text("".join(json.dumps({"case": f"M-{n:05}", "event": "sentenced", "disposal": "community", "on": "2022-11-11"}) + "\n"
                                for n in range(9000)))       # more than a megabyte with its ids
        done = self.daemon.ctl("import", str(path))
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        mails = self.collect()["unit@example.police.uk"]
        self.assertEqual([mail.subject for mail in mails if "urgent" in mail.subject], ["[OFFICIAL-SENSITIVE] MAPPA unit, urgent: 9000 overdue"])

    def test_one_refused_mailbox_does_not_delay_another_and_is_told_to_the_unit(self):
        self.server.answers["police@example.police.uk"] = "550 no such mailbox"
        self.run_with()
        self.daemon.move_clock("2023-01-24T09:00:00Z")      # reviews: sixteen weeks after 2 January; the due stage has agencies
        self.daemon.move_clock("2023-04-24T09:00:00Z")
        eventually(lambda: self.outbox()["failed"] >= 1, "a permanent failure")
        mails = self.collect()
        self.assertIn("probation@example.gov.uk", mails)
        self.assertIn("a message will never be taken by the relay, to police@example.police.uk: 550 no such mailbox MAPPA_RECIPIENT=", self.daemon.read_log())
        self.assertTrue([alert for alert in self.daemon.alerts() if alert["kind"] == "delivery"])

    def test_a_relay_that_is_away_is_tried_again_with_the_same_message_id(self):
        self.server.answers["data"] = "451 come back"
        self.run_with()
        self.daemon.move_clock("2023-02-01T09:00:00Z")
        first = self.server.next()
        # Ends are written together a moment later, and the next attempt is reckoned from then: not from the hour to come.
        eventually(lambda: all(message["last_answer"] == "451 come back" for message in self.daemon.get("/v1/outbox")["messages"]), "every answer is known")
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
        for messages in self.collect_some().values():
            for mail in messages:
                whole = json.dumps([mail.subject, mail.text]) + mail.raw.decode()
                for word in ("SECRET-TOKEN", "custody", "community", "level-set", "lead-agency"):
                    self.assertNotIn(word, whole)


def decoded(mail):
    """All that a message holds, its encodings taken off."""
    parts = [part.get_content() for part in mail.message.walk() if not part.is_multipart()]
    return "\n".join([*(f"{name}: {value}" for name, value in mail.message.items()), *parts]).replace("\r\n ", "").replace("\n ", "")


def events_of(mail):
    """{UID: event} of the calendar of a message; empty without."""
    return {} if mail.calendar is None else {str(event["UID"]): event for event in mail.calendar.walk("VEVENT")}


class Letters(Posted):
    """What a message looks like to programs that know nothing of ours."""

    def one(self, recipient="unit@example.police.uk"):
        """The one message that a recipient got since the last look."""
        mails = self.collect()
        self.assertEqual(len(mails.get(recipient, [])), 1, mails.keys())
        return mails[recipient][0]

    def laid_out(self, mail, calendar):
        """Checks the shape of a message and gives its parsed HTML."""
        message = mail.message
        for part in message.walk():
            self.assertEqual(part.defects, [], part.get_content_type())
        words = message
        if calendar:
            self.assertEqual(message.get_content_type(), "multipart/mixed")
            words, dates = message.iter_parts()
            self.assertEqual(dates.get_content_type(), "text/calendar")
            self.assertEqual(dates.get_param("method"), "PUBLISH")
            self.assertEqual(dates.get_filename(), "dates.ics")
        self.assertEqual(words.get_content_type(), "multipart/alternative")
        self.assertEqual([part.get_content_type() for part in words.iter_parts()], ["text/plain", "text/html"])
        for line in mail.raw.split(b"\r\n"):
            self.assertLessEqual(len(line), 78)
            self.assertNotIn(b"\n", line)
        return html5lib.HTMLParser(tree=html5lib.getTreeBuilder("etree"), strict=True, namespaceHTMLElements=False).parse(mail.html)

    def test_a_digest_is_read_by_others_as_it_was_meant(self):
        self.run_with(now="2023-01-10T09:00:00Z")
        self.daemon.move_clock("2023-01-23T09:00:00Z")
        mail = self.one()
        page = self.laid_out(mail, calendar=True)
        self.assertEqual(page.get("lang"), "en")
        self.assertEqual(page.findtext("head/title"), mail.subject)
        self.assertEqual({cell.get("scope") for cell in page.iter("th")}, {"col", "row"})
        for element in page.iter():
            self.assertNotIn(element.tag, ("a", "img", "script", "style", "link", "form", "iframe", "object"))
            for name, value in element.items():
                self.assertNotIn(name, ("href", "src", "background", "id", "class"))
                self.assertNotRegex(value, r"(?i)url\(|https?:|cid:")
        text = " ".join("".join(page.itertext()).split())
        for word in ("OFFICIAL-SENSITIVE", "24 due soon", "due Mon 23 Jan 2023", "today", "M-D011", "Review meeting", "not booked",
                     "Book a day on or before the plan-by date."):
            self.assertIn(word, text)
            self.assertIn(word, " ".join(mail.text.split()))

    def test_dates_come_move_and_leave_in_a_diary(self):
        self.start(now="2023-01-09T09:00:00Z", mail=self.server.setting())
        # Review within 16 weeks of 3 October: Monday 23 January, told of two weeks before.
        self.daemon.recorded(LEVELS[1], CASES[1])
        self.daemon.move_clock("2023-01-10T09:00:00Z")
        mails = self.collect()["unit@example.police.uk"]
        found = {uid: event for mail in mails for uid, event in events_of(mail).items()}
        self.assertEqual(len(found), 1)
        uid, event = found.popitem()
        self.assertRegex(uid, r"\A[0-9a-f]{32}@example.police.uk\Z")
        self.assertNotIn("M-D001", uid)
        self.assertEqual(event["DTSTART"].dt, datetime.date(2023, 1, 23))
        self.assertEqual(event["DTEND"].dt, datetime.date(2023, 1, 24))
        self.assertEqual(event["DTSTAMP"].dt.utcoffset(), datetime.timedelta(0))
        self.assertEqual((int(event["SEQUENCE"]), str(event["STATUS"])), (0, "CONFIRMED"))
        self.assertEqual(str(event["SUMMARY"]), "M-D001 Review meeting: due Mon 23 Jan 2023")
        self.assertIn("OFFICIAL-SENSITIVE", str(event["DESCRIPTION"]))
        # Three days in custody: the clock stands for them, 26 January; the next heartbeat brings it, on Monday the 16th.
        self.daemon.recorded({"case": "M-D001", "event": "recalled", "on": "2023-01-10"})
        self.daemon.move_clock("2023-01-13T09:00:00Z")
        self.daemon.recorded({"case": "M-D001", "event": "released", "on": "2023-01-13"})
        self.daemon.move_clock("2023-01-16T09:00:00Z")
        moved = self.latest_event(uid)
        self.assertEqual((moved["DTSTART"].dt, int(moved["SEQUENCE"]), str(moved["STATUS"])), (datetime.date(2023, 1, 26), 1, "CONFIRMED"))
        self.daemon.recorded({"case": "M-D001", "event": "meeting-held", "on": "2023-01-16"})
        self.daemon.move_clock("2023-01-24T09:00:00Z")      # a Monday went by
        gone = self.latest_event(uid)
        self.assertEqual((int(gone["SEQUENCE"]), str(gone["STATUS"])), (2, "CANCELLED"))
        self.daemon.move_clock("2023-01-31T09:00:00Z")
        for mail in self.collect().get("unit@example.police.uk", []):
            self.assertNotIn(uid, events_of(mail))

    def test_a_diary_follows_whatever_becomes_of_a_date(self):
        """Met, not met after all, recalled, released, ended, begun anew: what the diary of the unit has after each letter."""
        self.start(now="2023-01-09T09:00:00Z", mail=self.server.setting(),
                   contacts=CONTACTS.replace('["mon"]', '["mon", "tue", "wed", "thu", "fri"]'))
        self.daemon.recorded(LEVELS[1], CASES[1])
        diary = {}
        def has(day):
            self.daemon.move_clock(f"2023-01-{day:02}T09:00:00Z")
            for mail in self.collect().get("unit@example.police.uk", []):
                for uid, event in events_of(mail).items():
                    if uid in diary:
                        self.assertGreater((int(event["SEQUENCE"]), event["DTSTAMP"].dt), (int(diary[uid]["SEQUENCE"]), diary[uid]["DTSTAMP"].dt))
                    diary[uid] = event
            return [(event["DTSTART"].dt.isoformat(), (event["DTEND"].dt - datetime.timedelta(days=1)).isoformat(), int(event["SEQUENCE"]))
                    for event in diary.values() if str(event["STATUS"]) == "CONFIRMED"]
        self.assertEqual(has(10), [("2023-01-23", "2023-01-23", 0)])        # 16 weeks after 3 October
        held = self.daemon.recorded({"case": "M-D001", "event": "meeting-held", "on": "2023-01-10"})["last_seq"]
        self.assertEqual(has(11), [])
        self.assertEqual(self.daemon.ask("POST", f"/v1/events/{held}/retract", {"why": "another case"}).status, 201)
        self.assertEqual(has(12), [("2023-01-23", "2023-01-23", 2)])
        self.daemon.recorded({"case": "M-D001", "event": "recalled", "on": "2023-01-12"})
        # On the 13th the 12th and the 13th do not count; on the 16th five days: Saturday the 28th, shown from Friday on.
        self.assertEqual(has(13), [("2023-01-25", "2023-01-25", 3)])
        self.assertEqual(has(16), [("2023-01-27", "2023-01-28", 4)])
        self.daemon.recorded({"case": "M-D001", "event": "released", "on": "2023-01-16"})
        self.assertEqual(has(17), [("2023-01-27", "2023-01-27", 5)])        # four days in custody
        self.daemon.recorded({"case": "M-D001", "event": "level-set", "level": "1", "on": "2023-01-17"})
        self.assertEqual(has(18), [])
        self.assertEqual({str(event["STATUS"]) for event in diary.values()}, {"CANCELLED"})

    def latest_event(self, uid):
        """The event of a name in the latest message to the unit that has it."""
        found = [events_of(mail)[uid] for mail in self.collect().get("unit@example.police.uk", []) if uid in events_of(mail)]
        self.assertTrue(found, "the event did not come")
        return found[-1]

    def test_a_kill_changes_neither_name_nor_sequence(self):
        self.server.stop()
        self.run_with(now="2023-01-10T09:00:00Z")
        self.daemon.move_clock("2023-01-11T09:00:00Z")
        self.daemon.kill()
        self.daemon.start()
        self.daemon.kill()
        self.server = MailServer(port=self.server.port)
        self.daemon.start()
        self.daemon.move_clock("2023-01-11T16:00:00Z")
        mails = self.collect()["unit@example.police.uk"]
        events = [event for mail in mails for event in events_of(mail).values()]
        self.assertEqual(len({str(event["UID"]) for event in events}), len(events))
        self.assertEqual({int(event["SEQUENCE"]) for event in events}, {0})
        self.daemon.move_clock("2023-01-16T09:00:00Z")
        for mail in self.collect().get("unit@example.police.uk", []):
            self.assertEqual({int(event["SEQUENCE"]) for event in events_of(mail).values()} - {0}, set())

    def test_counts_only_has_neither_references_nor_dates_nor_a_calendar(self):
        self.run_with(**{"counts-only": True})
        self.daemon.move_clock("2023-02-01T09:00:00Z")
        for messages in self.collect_some().values():
            for mail in messages:
                self.laid_out(mail, calendar=False)
                self.assertNotRegex(decoded(mail), r"M-D0|Review|First|\d Jan")
                self.assertIn("24 overdue" if "unit@" in mail.recipients[0] else "6 overdue", mail.html)

    def test_a_title_beyond_ascii_is_encoded_and_read_back(self):
        title = "B\u00fcro \u2013 S\u00fcd"
        self.start(now="2023-01-20T09:00:00Z", contacts=CONTACTS.replace("MAPPA unit", title), mail=self.server.setting())
        self.daemon.recorded(*LEVELS, *CASES)
        self.daemon.move_clock("2023-02-01T09:00:00Z")
        for messages in self.collect_some().values():
            for mail in messages:
                head = mail.raw.split(b"\r\n\r\n")[0]
                self.assertTrue(head.isascii())
                self.assertIn(b"=?utf-8?Q?", head)
                self.assertTrue(mail.subject.startswith(f"[OFFICIAL-SENSITIVE] {title}: "), mail.subject)
                self.assertEqual(mail.message["From"].addresses[0].display_name, title)
                page = self.laid_out(mail, calendar=mail.calendar is not None)
                self.assertIn(title, page.findtext("head/title"))

    def test_nothing_of_a_case_but_its_reference_reaches_any_part(self):
        """Every fact that is recorded carries a word of its own; none is found in any message, whatever its encoding."""
        self.run_with(now="2023-01-10T09:00:00Z")
        self.daemon.recorded({"case": "M-D001", "event": "note", "on": "2023-01-10", "token": "TAINT-TOKEN"},
                             {"case": "M-D001", "event": "order-made", "item": "TAINT-ITEM", "on": "2023-01-10", "id": "taint-id"},
                             {"case": "M-D001", "event": "meeting-booked", "next-meeting": "2023-02-20", "on": "2023-01-10"})
        for day in ("2023-01-11", "2023-01-16", "2023-01-24", "2023-02-21"):
            self.daemon.move_clock(f"{day}T09:00:00Z")
        seen = self.collect()
        self.assertGreaterEqual(len(seen), 2)
        for messages in seen.values():
            for mail in messages:
                for word in ("taint", "custody", "community", "sentenced", "level-set", "lead-agency", "order-made", "root"):
                    self.assertNotIn(word, decoded(mail).lower())

    def test_quiet_hours_and_days_hold_back_what_can_wait_and_no_breach(self):
        # 13 January was a Friday; the reviews of 23 January are told of from the 9th on.
        self.run_with(now="2023-01-13T22:00:00Z", **{"quiet-hours": "19:00-07:00", "working-days": True})
        self.daemon.move_clock("2023-01-14T09:00:00Z")
        self.assertEqual(self.collect(), {})
        self.daemon.move_clock("2023-01-15T09:00:00Z")
        self.assertEqual(self.collect(), {})
        self.daemon.move_clock("2023-01-16T09:00:00Z")
        self.assertEqual(self.one().subject, "[OFFICIAL-SENSITIVE] MAPPA unit: 12 due soon")
        self.daemon.move_clock("2023-01-28T09:00:00Z")      # a Saturday: reviews overdue since the 24th, while nobody watched
        self.assertRegex(self.one().subject, "12 overdue")

    def test_hours_that_cannot_be_are_refused_with_their_line(self):
        self.start(now="2023-01-20T09:00:00Z", mail=self.server.setting())
        for more, words in (({"quiet-hours": "19:00"}, '"19:00" are no hours'), ({"quiet-hours": "7:00-19:00"}, "are no hours"),
                            ({"quiet-hours": "19:00-25:00"}, "are no hours"), ({"quiet-hours": "19:00-19:00"}, "are no hours"),
                            ({"quiet-hours": "07:00-19:00"}, 'every hour of "sweep-at" lies in "quiet-hours"'),
                            ({"working-days": "yes"}, "must be true or false"), ({"quiet-hour": "19:00-07:00"}, 'did you mean "quiet-hours"')):
            self.daemon.mail = self.server.setting(**more)
            self.daemon.write_config()
            result = self.daemon.check()
            lines = (self.daemon.dir / "mappad.conf").read_text().splitlines()
            line = next(number for number, text in enumerate(lines, 1) if text.startswith("mail = {"))
            self.assertEqual(result.returncode, 1, more)
            self.assertRegex(result.stderr + result.stdout, f"mappad.conf:{line}: error: .*{re.escape(words)}")


if __name__ == "__main__":
    main()
