#!/usr/bin/python3
"""The calendar to subscribe to, read by a program that knows nothing of what wrote it.

Dates from paper: level 2 from Friday 11 November 2022 is reviewed within 16 weeks, 112 days: Friday 3 March 2023; from
Saturday 12 November: Saturday 4 March, the last working day before is Friday the 3rd. Community sentence of 11 November: a
first meeting within 4 weeks, Friday 9 December 2022.
"""

import datetime
import unittest

import icalendar

from harness import RULES, VOCABULARY, BoxTest, Daemon, main

FRIDAY = "2022-11-11"


def day(text):
    return datetime.date.fromisoformat(text)


class Calendar(BoxTest):
    def setUp(self):
        super().setUp()
        self.start(now="2022-11-12T09:00:00Z")
        for ref, agency, on in (("M-0001", "police", FRIDAY), ("M-0002", "probation", "2022-11-12")):
            self.daemon.recorded({"case": ref, "event": "sentenced", "on": on, "disposal": "community"},
                                 {"case": ref, "event": "level-set", "on": on, "level": "2", "lead-agency": agency})

    def raw(self, path):
        answer = self.daemon.ask("GET", path)
        self.assertEqual(answer.status, 200, answer.body)
        self.assertEqual(answer.headers["Content-Type"], "text/calendar; charset=utf-8")
        return answer.body

    def entries(self, query=""):
        calendar = icalendar.Calendar.from_ical(self.raw("/v1/calendar.ics" + query))
        self.assertEqual((calendar["version"], calendar.get("method")), ("2.0", None))
        self.assertFalse(calendar.errors)
        for entry in calendar.walk("VEVENT"):
            self.assertFalse(entry.errors)
        return calendar.walk("VEVENT")

    def rows(self, query=""):
        """(summary, first day, last day) of each entry."""
        return sorted((str(entry["summary"]), entry["dtstart"].dt, entry["dtend"].dt - datetime.timedelta(days=1))
                      for entry in self.entries(query))

    def uids(self, query=""):
        return {str(entry["summary"]).split(":")[0]: str(entry["uid"]) for entry in self.entries(query)}

    def test_each_open_duty_lies_between_its_last_working_day_and_its_legal_date(self):
        reviews = self.rows("?rule=review")
        self.assertEqual([(first, last) for _, first, last in reviews],
                         [(day("2023-03-03"), day("2023-03-03")), (day("2023-03-03"), day("2023-03-04"))])
        self.assertTrue(reviews[0][0].startswith("M-0001 ") and "Fri 3 Mar 2023" in reviews[0][0], reviews)
        self.assertTrue(reviews[1][0].startswith("M-0002 ") and "Sat 4 Mar 2023" in reviews[1][0], reviews)

    def test_it_holds_what_the_list_holds(self):
        listed = sorted(row["due"] for row in self.daemon.get("/v1/obligations")["obligations"] if row["due"])
        self.assertEqual(sorted(last.isoformat() for _, _, last in self.rows()), listed)
        self.assertGreater(len(listed), 2)

    def test_agencies_roles_and_attributes_narrow_it(self):
        self.assertEqual({summary[:6] for summary, _, _ in self.rows("?agency=police")}, {"M-0001"})
        self.assertEqual({summary[:6] for summary, _, _ in self.rows("?lead-agency=probation")}, {"M-0002"})
        self.assertEqual(self.rows("?role=unit&rule=review"), self.rows("?rule=review"))
        self.assertEqual(self.rows("?due-before=2022-11-13&case=M-0001"), [])

    def test_what_is_asked_wrongly_is_refused_with_the_nearest_word(self):
        for query, field, nearest in (("role=unti", "role", "unit"), ("rule=reveiw", "rule", "review"), ("agency=polic", "agency", "police")):
            answer = self.daemon.ask("GET", "/v1/calendar.ics?" + query)
            self.assertEqual((answer.status, answer.error["field"], answer.error.get("nearest")), (400, field, nearest))
        self.assertEqual(self.daemon.ask("GET", "/v1/calendar.ics?limit=3").status, 400)

    def test_a_moved_date_keeps_its_name_and_what_is_met_leaves(self):
        before = self.uids("?rule=review")
        self.assertEqual(len(set(before.values())), 2)
        for uid in before.values():
            self.assertNotIn("M-000", uid)
        self.daemon.stop()
        self.daemon.start()
        self.assertEqual(self.uids("?rule=review"), before)
        self.daemon.recorded({"case": "M-0001", "event": "meeting-held", "on": "2022-11-12", "meeting-level": "2"})
        after = self.uids("?rule=review")
        met, kept = sorted(before)
        self.assertNotIn(before[met], after.values())
        self.assertEqual(after[kept], before[kept])
        # In custody at the end of four days, 14 to 17 November: 4 March becomes Wednesday 8 March.
        self.daemon.move_clock("2022-11-20T09:00:00Z")
        self.daemon.recorded({"case": "M-0002", "event": "recalled", "on": "2022-11-14"},
                             {"case": "M-0002", "event": "released", "on": "2022-11-18"})
        self.assertEqual([(first, last) for _, first, last in self.rows("?rule=review&case=M-0002")], [(day("2023-03-08"), day("2023-03-08"))])
        self.assertEqual(self.uids("?rule=review&case=M-0002")[kept], before[kept])

    def test_every_line_ends_as_the_standard_says_and_none_is_long(self):
        body = self.raw("/v1/calendar.ics")
        self.assertTrue(body.endswith(b"END:VCALENDAR\r\n"))
        lines = body.split(b"\r\n")
        self.assertFalse([line for line in lines if b"\n" in line or len(line) > 75])
        self.assertNotIn(b"", lines[:-1])

    def test_a_long_one_comes_in_pieces_and_whole(self):
        self.daemon.recorded(*({"case": f"M-L{number:04}", "event": "level-set", "on": FRIDAY, "level": "2", "lead-agency": "police"}
                               for number in range(600)))
        self.assertEqual(len(self.rows("?rule=review")), 602)

    def test_the_client_writes_it_to_standard_output_or_replaces_a_file(self):
        said = self.daemon.ctl("calendar", "--role", "unit", "--where", "level=2", "--rule", "review")
        self.assertEqual((said.returncode, said.stdout.count("BEGIN:VEVENT")), (0, 2), said.stderr)
        path = self.directory / "unit.ics"
        path.write_text("old")
        self.assertEqual(self.daemon.ctl("calendar", "--agency", "police", "--output", str(path)).returncode, 0)
        self.assertEqual(len(icalendar.Calendar.from_ical(path.read_bytes()).walk("VEVENT")), 2)
        said = self.daemon.ctl("calendar", "--role", "unti", "--output", str(path))
        self.assertEqual(said.returncode, 1)
        self.assertIn('did you mean "unit"', said.stderr)
        self.assertNotEqual(path.read_bytes(), b"")

    def test_a_file_of_a_case_that_is_gone_is_emptied(self):
        """It may be served to a diary: what was erased, or is out of sight by now, must not stay in it."""
        self.daemon.recorded({"case": "M-GONE1", "event": "level-set", "on": FRIDAY, "level": "2", "lead-agency": "police"})
        path = self.directory / "one.ics"
        words = ("calendar", "--case", "M-GONE1", "--output", str(path))
        self.assertEqual(self.daemon.ctl(*words).returncode, 0)
        self.assertEqual(path.read_text().count("BEGIN:VEVENT"), 1)
        plan = self.daemon.ask("POST", "/v1/cases/M-GONE1/erase", {"why": "kept for long enough", "force": True}).json
        erased = self.daemon.ask("POST", "/v1/cases/M-GONE1/erase", {"why": "kept for long enough", "confirm": plan["confirm"], "force": True})
        self.assertEqual(erased.status, 200, erased.body)
        said = self.daemon.ctl(*words)
        self.assertEqual((said.returncode, "nothing was ever recorded of this case" in said.stderr), (1, True))
        self.assertEqual(path.read_text().count("BEGIN:VEVENT"), 0)

    def test_a_line_is_broken_within_no_character(self):
        """Titles of every length beside the place where a line is broken: whoever reads line by line reads text."""
        titles = {f"review-{length}": "x" * length + "\u00fc\u20ac\U0001f4c5" * 12 for length in range(8)}
        rule = RULES[RULES.index("  { id = \"review\""):RULES.index("  { id = \"first-meeting\"")]
        rules = "".join(rule.replace('"review"', f'"{name}"').replace("Review meeting", title) for name, title in titles.items())
        self.daemon = Daemon(self.directory / "t", now="2022-11-12T09:00:00Z", rules={"00-vocabulary.cfg": VOCABULARY, "10-rules.cfg": RULES.replace(rule, rules)})
        self.daemon.start()
        self.addCleanup(self.daemon.end)
        self.daemon.recorded({"case": "M-1", "event": "level-set", "on": FRIDAY, "level": "2", "lead-agency": "police"})
        for line in self.raw("/v1/calendar.ics").split(b"\r\n"):
            line.decode()
        said = self.daemon.ctl("calendar")
        self.assertEqual(said.returncode, 0, said.stderr)
        summaries = " ".join(str(event["summary"]) for event in icalendar.Calendar.from_ical(said.stdout).walk("VEVENT"))
        for title in titles.values():
            self.assertIn(title, summaries)

    def test_that_it_was_shown_is_in_the_log_of_accesses(self):
        self.raw("/v1/calendar.ics?agency=police")
        last = self.daemon.get("/v1/access?limit=1")["accesses"][0]
        self.assertEqual(last["what"], "calendar")
        self.assertIn("agency=police", last["detail"])


if __name__ == "__main__":
    main()
