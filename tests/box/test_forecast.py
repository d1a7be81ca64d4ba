#!/usr/bin/python3
"""The forecast: the weeks to come against a walk of its own, what would be if, and that asking leaves no trace."""

import collections
import csv
import datetime
import io
import json
import pathlib
import random
import sqlite3
from urllib.parse import urlencode

from harness import BoxTest, main

TREE = pathlib.Path(__file__).resolve().parents[2]
RULES = {path.name: path.read_text(encoding="utf-8") for path in (TREE / "rules").glob("*.cfg")}
CONTACTS = (TREE / "contrib" / "contacts.example.cfg").read_text(encoding="utf-8")
TODAY = datetime.date(2023, 4, 3)           # a Monday
LAST = datetime.date(2023, 10, 1)           # the Sunday of the 26th week
HOLIDAYS = {datetime.date.fromisoformat(day) for day in
            ("2023-04-07", "2023-04-10", "2023-05-01", "2023-05-08", "2023-05-29", "2023-08-28", "2023-12-25", "2023-12-26")}
REVIEWS = {"2": ("level-2-review", 112), "3": ("level-3-review", 56)}


def days(number):
    return datetime.timedelta(days=number)


def working(day):
    while day.weekday() > 4 or day in HOLIDAYS:
        day -= days(1)
    return day


class Forecast(BoxTest):
    def setUp(self):
        super().setUp()
        self.start(now="2023-04-03T09:00:00Z", rules=RULES, contacts=CONTACTS)

    def get(self, path="", **questions):
        query = {key.replace("_", "-"): value for key, value in questions.items()}
        return self.daemon.get("/v1/reports/forecast" + path + ("?" + urlencode(query) if query else ""))

    def suppose(self, *events, **questions):
        query = {key.replace("_", "-"): value for key, value in questions.items()}
        answer = self.daemon.ask("POST", "/v1/reports/forecast" + ("?" + urlencode(query) if query else ""),
                                 "".join(json.dumps(event) + "\n" for event in events).encode())
        self.assertEqual(answer.status, 200, answer.body[:300])
        return json.loads(answer.body)

    def person(self, ref, level="2", on="2023-01-02"):
        self.daemon.recorded({"case": ref, "event": "category-set", "on": on, "category": "1"},
                             {"case": ref, "event": "registered", "on": on, "registration-term": "indefinite"},
                             {"case": ref, "event": "located", "on": on, "location": "community"},
                             {"case": ref, "event": "level-set", "on": on, "level": level, "grounds": "screening"})

    def inside(self, ref, release, on="2022-01-10"):
        self.daemon.recorded({"case": ref, "event": "category-set", "on": on, "category": "2"},
                             {"case": ref, "event": "sentenced", "on": on, "disposal": "custody", "sentence-ends": "2030-01-01", "release-date": release},
                             {"case": ref, "event": "level-set", "on": on, "level": "1", "grounds": "screening"})

    def weeks(self, answer, key="due"):
        return {week["from"]: week[key] for week in answer["weeks"] if week[key]}

    def test_every_week_is_as_a_walk_over_the_cases_says(self):
        """Level 2 and 3 in the community, some heard, some booked; each meeting is walked to from the one before it."""
        chance, expected = random.Random(26), []
        for number in range(60):
            ref, level = f"M-{number:04}", chance.choice("23")
            rule, length = REVIEWS[level]
            heard = TODAY - days(chance.randrange(1, length + 20))
            self.person(ref, level=level, on="2022-01-03")
            self.daemon.recorded({"case": ref, "event": "meeting-held", "on": heard.isoformat(), "meeting-level": level})
            due, booked = heard + days(length), None
            if chance.random() < 0.4:
                booked = TODAY + days(chance.randrange(0, 60))
                self.daemon.recorded({"case": ref, "event": "meeting-booked", "on": max(heard, TODAY - days(3)).isoformat(), "next-meeting": booked.isoformat()})
            expected += self.walk(ref, rule, length, due, booked)
        answer = self.get("/cases")
        found = sorted((row["case"], row["kind"], row["due"], row["held"]) for row in answer["appointments"] if row["rule"].startswith("level-"))
        self.assertEqual(found, sorted(expected))
        self.assertGreater(len([row for row in expected if row[1] == "projected"]), 60)
        counts = collections.Counter(row["due"] for row in answer["appointments"] if row["kind"] in ("owed", "projected"))
        plain = self.get()
        self.assertEqual(plain["weeks"], answer["weeks"])
        self.assertNotIn("M-0", json.dumps(plain))
        for week in plain["weeks"]:
            self.assertEqual(week["due"], sum(number for day, number in counts.items() if week["from"] <= day <= week["until"]), week)
            self.assertEqual(week["due"], week["booked"] + week["booked_late"] + week["unbooked"] + week["projected"], week)
        self.assertEqual(sum(week["due"] for week in plain["weeks"]), sum(rule["due"] for rule in plain["rules"]))
        self.assertEqual((len(plain["weeks"]), plain["weeks"][0]["from"], plain["until"]), (26, "2023-04-03", "2023-10-01"))

    def walk(self, ref, rule, length, due, booked):
        """(case, kind, due, held) of each meeting up to the last day."""
        kind = "overdue" if due < TODAY else "owed"
        held = booked or (TODAY if due < TODAY else max(working(due), TODAY))
        if due > LAST:
            return [(ref, "later", due.isoformat(), held.isoformat() if held <= LAST else None)]
        rows = [(ref, kind, due.isoformat(), held.isoformat())]
        while True:
            due = held + days(length)
            held = working(due)
            if due > LAST:
                return rows
            rows.append((ref, "projected", due.isoformat(), held.isoformat()))

    def test_no_meetings_in_august_says_what_must_be_held_before(self):
        """Heard on Tue 18 Apr 2023 at level 2: due Tue 8 Aug 2023; without August held on Mon 31 Jul 2023 at the latest."""
        self.person("M-0001")
        self.daemon.move_clock("2023-05-02T09:00:00Z")
        self.daemon.recorded({"case": "M-0001", "event": "meeting-held", "on": "2023-04-18", "meeting-level": "2"})
        self.person("M-0002", on="2023-04-24")      # due Mon 14 Aug, booked for the 10th
        self.daemon.recorded({"case": "M-0002", "event": "meeting-booked", "on": "2023-05-02", "next-meeting": "2023-08-10"})
        answer = self.get("/cases", closed="2023-08-01..2023-08-31")
        rows = {row["case"]: row for row in answer["appointments"] if row["kind"] == "owed"}
        self.assertEqual([(rows[ref]["due"], rows[ref]["held"], rows[ref]["moved"], rows[ref]["too_late"]) for ref in ("M-0001", "M-0002")],
                         [("2023-08-08", "2023-07-31", True, False), ("2023-08-14", "2023-07-31", True, False)])
        self.assertEqual((answer["moved"], answer["too_late"]), (2, 0))
        self.assertEqual(self.weeks(answer, "held"), {"2023-07-31": 2})
        self.assertEqual(self.weeks(self.get(), "held"), {"2023-08-07": 2})
        self.assertEqual(self.weeks(answer), {"2023-08-07": 1, "2023-08-14": 1})     # what is due stays due
        shut = self.get("/cases", closed="2023-05-01..2023-08-31")
        self.assertEqual({row["held"] for row in shut["appointments"] if row["kind"] == "owed"}, {"2023-09-01"})
        self.assertEqual(shut["too_late"], 2)
        told = self.daemon.ctl("forecast", "--closed", "2023-08-01..2023-08-31", "--weeks", "20")
        self.assertEqual((told.returncode, told.stderr), (0, ""))
        self.assertIn("2 on another day because of the closed days.", told.stdout)
        self.assertIn("Closed from 2023-08-01 to 2023-08-31", " ".join(told.stdout.split()))
        self.assertIn(["Mon", "31", "Jul", "2023", "-", "-", "-", "-", "-", "-", "-", "2", "-"], [line.split() for line in told.stdout.splitlines()])

    def test_what_if_this_release_moves(self):
        """Release planned for Fri 1 Dec 2023, beyond the 26 weeks; if it came on Fri 4 Aug 2023 the meeting before it would be due by then."""
        self.inside("M-0001", "2023-12-01")
        self.assertEqual(self.weeks(self.get()), {})
        planned = {"case": "M-0001", "event": "release-planned", "on": "2023-04-03", "release-date": "2023-08-04"}
        answer = self.suppose(planned)
        self.assertEqual(self.weeks(answer), {"2023-07-31": 1})
        self.assertEqual([(row["case"], row["rule"], row["due"], row["held"]) for row in answer["appointments"]],
                         [("M-0001", "pre-release-meeting", "2023-08-04", "2023-08-04")])
        self.assertIn("1 event is supposed; it is recorded nowhere.", answer["assumptions"])
        told = self.daemon.ctl("forecast", "--if", "M-0001 release-planned release-date=2023-08-04")
        self.assertEqual((told.returncode, told.stderr), (0, ""))
        self.assertIn(["Mon", "31", "Jul", "2023", "1", "-", "-", "-", "1", "-", "1", "1", "-"], [line.split() for line in told.stdout.splitlines()])
        self.assertIn("Fri 4 Aug 2023", told.stdout)
        # A day beyond the weeks that are drawn is what was asked about, too.
        far = self.daemon.ctl("forecast", "--weeks", "4", "--if", "M-0001 release-planned release-date=2023-08-04").stdout
        self.assertRegex(far, r"\nM-0001 +pre-release-meeting +later +Fri 4 Aug 2023\n")
        self.assertIn("\nThe cases of --if then have no appointment.\n", self.daemon.ctl("forecast", "--if", "M-0007 category-set category=1").stdout)
        # Released on 5 June and at level 2 from then on: reviews begin to run, Mon 5 Jun + 112 days = Mon 25 Sep 2023.
        later = self.suppose({"case": "M-0001", "event": "released", "on": "2023-06-05"},
                             {"case": "M-0001", "event": "level-set", "on": "2023-06-05", "level": "2", "grounds": "high-risk"})
        self.assertEqual([(row["rule"], row["kind"], row["due"]) for row in later["appointments"] if row["kind"] == "projected"],
                         [("level-2-review", "projected", "2023-09-25")])
        # A case that does not exist yet.
        new = self.suppose({"case": "M-0009", "event": "sentenced", "on": "2023-05-01", "disposal": "community"})
        self.assertEqual([(row["case"], row["due"]) for row in new["appointments"]], [("M-0009", "2023-05-29")])
        self.assertEqual(self.daemon.ask("GET", "/v1/cases/M-0009").status, 404)

    def rows(self):
        """All that the database holds but the log of who asked."""
        kept = {}
        with sqlite3.connect(f"file:{self.daemon.dir}/state/mappad.db?mode=ro", uri=True) as database:
            for (table,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").fetchall():
                kept[table] = database.execute(f'SELECT * FROM "{table}"').fetchall()
        return kept

    def test_asking_leaves_the_record_as_it_was(self):
        self.person("M-0001")
        self.inside("M-0002", "2023-09-01")
        before = self.rows()
        self.assertGreater(len(before["event"]), 5)
        self.get()
        self.get(closed="2023-08-01..2023-08-31", weeks="104")
        self.assertEqual(self.rows(), before)       # numbers name nobody: not even a line that somebody asked
        self.suppose({"case": "M-0002", "event": "released", "on": "2023-04-10"}, {"case": "M-0007", "event": "category-set", "on": "2023-04-03", "category": "1"})
        self.get("/cases")
        self.daemon.ask("POST", "/v1/reports/forecast", b'{"case":"M-0001","event":"released","on":"2023-04-03"}\n')
        after = self.rows()
        # Where a case is named it is logged who asked, as everywhere; a refusal that may say how one stands too.
        shown = [line["what"] for line in self.daemon.get("/v1/access?limit=100")["accesses"]]
        self.assertEqual((shown.count("report"), shown.count("refusal")), (2, 1))
        self.assertEqual({table for table in before if before[table] != after[table]}, {"access", "tally"})
        self.assertEqual({row[0] for row in set(after["tally"]) ^ set(before["tally"])}, {101})     # how many lines that log has
        self.assertEqual(self.daemon.ctl("verify").returncode, 0)

    def test_what_is_asked_wrongly_is_refused(self):
        self.person("M-0001")

        def refused(query, body=None):
            answer = self.daemon.ask("GET" if body is None else "POST", "/v1/reports/forecast" + query, body)
            return answer.status, answer.error["code"], answer.error.get("field"), answer.error.get("nearest"), answer.error.get("line")

        for weeks in ("0", "105", "x"):
            self.assertEqual(refused("?weeks=" + weeks)[:3], (400, "bad-number", "weeks"))
        for gap in ("2023-08-01", "2023-08-31..2023-08-01", "2023-08-01..2023-02-30", "2023-08-01...2023-08-31", "x..y", "2023-08-01..2023-08-31x"):
            self.assertEqual(refused("?closed=" + gap)[:3], (400, "bad-days", "closed"), gap)
        self.assertEqual(refused("?closed=" + ",".join(["2023-08-01..2023-08-02"] * 17))[1], "bad-days")
        self.assertEqual(refused("?wekks=3")[3], "weeks")
        self.assertEqual(refused("?as-of=1583-01-01")[:3], (400, "bad-days", "as-of"))
        self.assertEqual(refused("", b"\n")[:2], (400, "empty"))
        good = b'{"case":"M-0001","event":"level-set","on":"2023-05-01","level":"3","grounds":"screening"}\n'
        self.assertEqual(refused("", good + b'{"case":"M-0001","event":"relesed","on":"2023-05-01"}\n'), (422, "unknown-event", "event", "released", 2))
        # In the community already: there is nothing to be released from.
        self.assertEqual(refused("", good + b'\n{"case":"M-0001","event":"released","on":"2023-05-01"}\n')[:2] + (3,), (422, "state", 3))
        self.assertEqual(refused("", b'{"retract":1,"why":"x"}\n')[:2], (422, "not-supposed"))
        self.assertEqual(refused("", good * 101)[:2], (422, "too-many-lines"))
        for wrong in (("--if", "M-0001"), ("--if", "M-0001 released x"), ("--if", "M-0001 released", "--cases"), ("--weeks",)):
            self.assertEqual(self.daemon.ctl("forecast", *wrong).returncode, 2, wrong)
        told = self.daemon.ctl("forecast", "--if", "M-0001 relesed")
        self.assertEqual(told.returncode, 1)
        self.assertIn("released", told.stderr)

    def test_other_axes_and_forms(self):
        self.person("M-0001")
        self.daemon.move_clock("2023-05-02T09:00:00Z")
        self.daemon.recorded({"case": "M-0001", "event": "meeting-held", "on": "2023-04-11", "meeting-level": "2"})
        # As of 3 April what was held on the 11th lies ahead, whatever is known of it now.
        self.assertEqual(self.weeks(self.get(as_of="2023-04-03")), {"2023-04-24": 1, "2023-08-14": 1})
        self.assertEqual(self.weeks(self.get()), {"2023-07-31": 1})                                         # Tue 11 Apr + 112 days = Tue 1 Aug
        self.assertEqual(self.get(known_at="2023-05-01T00:00:00Z")["overdue"], 1)
        rows = list(csv.DictReader(io.StringIO(self.daemon.ctl("forecast", "--csv", "--as-of", "2023-04-03").stdout)))
        self.assertEqual([row["from"] for row in rows if row["due"] != "0"], ["2023-04-24", "2023-08-14"])
        rows = list(csv.DictReader(io.StringIO(self.daemon.ctl("forecast", "--csv", "--cases").stdout)))
        self.assertEqual([(row["case"], row["due"]) for row in rows], [("M-0001", "2023-08-01")])
        self.assertEqual(json.loads(self.daemon.ctl("forecast", "--json", "--weeks", "2").stdout)["until"], "2023-05-14")


if __name__ == "__main__":
    main()
