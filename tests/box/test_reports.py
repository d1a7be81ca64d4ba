#!/usr/bin/python3
"""Reports as data: the annual report over the demonstration caseload, cell by cell, and what breaks it.

The figures are held against the numbers that the caseload was made of, and against a count over the exported events that knows
nothing of the program: it walks days and events, and its words are those of the report.
"""

import collections
import csv
import datetime
import importlib.util
import io
import json
import pathlib
import random
import re
import subprocess
import sys
from types import SimpleNamespace
from urllib.parse import urlencode

from harness import BoxTest, main
from test_performance import Pack, date, filled

TREE = pathlib.Path(__file__).resolve().parents[2]
RULES = {path.name: path.read_text(encoding="utf-8") for path in (TREE / "rules").glob("*.cfg")}
CONTACTS = (TREE / "contrib" / "contacts.example.cfg").read_text(encoding="utf-8")
YEAR = (datetime.date(2022, 4, 1), datetime.date(2023, 3, 31))

spec = importlib.util.spec_from_file_location("caseload", TREE / "demo" / "caseload.py")
caseload = importlib.util.module_from_spec(spec)
spec.loader.exec_module(caseload)


def figures(report, table, key="figures"):
    """{(row, column): figure} of one table of an answer."""
    found = next(one for one in report["tables"] if one["table"] == table)
    columns = [column["column"] for column in found["columns"]]
    return {(row["row"], column): figure for row in found["rows"] for column, figure in zip(columns, row[key])}


class Person:
    """One case on one day, by the definitions of the report and nothing else."""

    def __init__(self):
        self.category = self.level = self.place = self.term = None
        self.sentence_ends = self.registration_ends = None
        self.closed = self.person = False

    def hear(self, event):
        name = event["event"]
        self.category = event.get("category", self.category)
        self.level = event.get("level", self.level)
        if "sentence-ends" in event:
            self.sentence_ends = event["sentence-ends"]
        if name == "sentenced":
            self.place = {"custody": "custody", "hospital": "hospital"}.get(event["disposal"], "community")
        elif name in ("released", "recalled"):
            self.place = "community" if name == "released" else "custody"
        elif name == "registered":
            self.term, self.registration_ends = event["registration-term"], event.get("registration-ends")
        elif name == "registration-revoked":
            self.term = "revoked"
        elif name == "category-set":
            self.closed = False
        elif name in ("died", "exited", "transferred-out"):
            self.closed, self.level = True, None

    def managed(self, day):
        text = day.isoformat()
        if self.closed or self.category is None:
            return False
        if self.category == "1":
            return self.term != "revoked" and not (self.term == "fixed" and self.registration_ends is not None and self.registration_ends < text)
        if self.category == "2":
            return self.sentence_ends is None or self.sentence_ends >= text
        return self.level != "1"


def members_by_hand(events):
    """Who is in the snapshot, in the yearly total and among the recalls, one day after another."""
    snapshot, yearly, recalls = set(), set(), set()
    by_case = collections.defaultdict(list)
    for event in events:
        by_case[event["case"]].append(event)
    for case, history in by_case.items():
        person, at = Person(), 0
        before = (None, None)
        history = sorted(history, key=lambda event: event["on"])
        day = min(YEAR[0], datetime.date.fromisoformat(history[0]["on"]))
        while day <= YEAR[1]:
            recalled = False
            while at < len(history) and history[at]["on"] <= day.isoformat():
                recalled |= (history[at]["event"], history[at].get("grounds"), history[at]["on"]) == ("recalled", "licence-breach", day.isoformat())
                person.hear(history[at])
                at += 1
            cell = (f"level-{person.level}", f"category-{person.category}")
            here = person.managed(day) and person.place == "community"
            if day >= YEAR[0] and here and person.level in ("2", "3"):
                yearly.add((case, *cell))
            if day >= YEAR[0] and recalled and before[0] in ("level-2", "level-3"):
                recalls.add((case, *before))
            if day == YEAR[1] and here:
                snapshot.add((case, *cell))
            before = cell
            day += datetime.timedelta(days=1)
    return snapshot, yearly, recalls


def count_by_hand(events):
    return [collections.Counter(hit[1:] for hit in hits) for hits in members_by_hand(events)]


class Reports(BoxTest):
    def start_shipped(self, now="2023-04-03T09:00:00Z"):
        self.start(now=now, rules=RULES, contacts=CONTACTS)

    def get(self, name="annual", **questions):
        query = {key.replace("_", "-"): value for key, value in questions.items()}
        return self.daemon.get(f"/v1/reports/{name}" + ("?" + urlencode(query) if query else ""))


class Board(Pack):
    """The tables on what came of meetings, of a period."""

    TABLES = ("attendance", "attendance-areas", "invited", "attended", "reports", "meetings", "disclosure-later", "minutes", "actions-open", "actions-due")
    WORDS = {"disclosure-later": "not-decided", "actions-due": "not-done"}

    def case(self, count):
        for duty in count.decisions():
            self.duty("disclosure-later", "all", duty)
        for line, duty in count.actions():
            self.duty("actions-due", line["action-owner"], duty)
            self.age(count, line)
        for line in count.lines:
            if self.within(date(line["on"])):
                self.event(count, line)


class TheDemonstration(Reports):
    """One daemon with the whole caseload: every question of this class is about it."""

    def setUp(self):
        super().setUp()
        self.start_shipped()
        events = subprocess.run([sys.executable, str(TREE / "demo" / "caseload.py")], capture_output=True, text=True, check=True).stdout
        self.events = [json.loads(line) for line in events.splitlines()]
        told = self.daemon.ctl("import", "-", stdin=events)
        self.assertEqual(told.returncode, 0, told.stderr)

    def test_the_published_snapshot_comes_out_cell_by_cell(self):
        report = self.get(year="2022-23", input="population:942000")
        self.assertTrue(report["adds_up"], report["problems"])
        self.assertEqual(report["period"], {"year": "2022-23", "from": "2022-04-01", "until": "2023-03-31", "counted_until": "2023-03-31"})
        found = figures(report, "snapshot")
        for level in "123":
            for category in "123":
                expected = caseload.SNAPSHOT.get((level, category), 0)
                if (level, category) == ("1", "3"):
                    expected = None
                self.assertEqual(found[f"level-{level}", f"category-{category}"], expected, (level, category))
        # As printed, but for the total of category 3, which the report has as 5.
        self.assertEqual([found["total", f"category-{category}"] for category in "123"], [1282, 344, 2])
        self.assertEqual([found[f"level-{level}", "total"] for level in "123"], [1617, 10, 1])
        self.assertEqual(found["total", "total"], 1628)
        # 1282 / 942000 * 100000 = 136.093
        rate = report["rates"][0]
        self.assertEqual((rate["of"], rate["over"], rate["per"], rate["value"]), (1282, 942000, 100000, "136.1"))
        self.assertIsNone(self.get()["rates"][0]["value"])

        # Counted by hand over what the daemon exports.
        exported = [json.loads(line) for line in self.daemon.ctl("export", "events").stdout.splitlines()]
        snapshot, yearly, recalls = count_by_hand(event for event in exported if event["case"] != "UNIT")
        for table, counted in (("snapshot", snapshot), ("yearly", yearly), ("licence-returns", recalls)):
            cells = {place: figure for place, figure in figures(report, table).items() if figure and "total" not in place}
            self.assertEqual(cells, dict(counted), table)

        # The cases behind it are as many as each figure says, and each is there once.
        named = self.get("annual/cases", year="2022-23")
        for table in ("snapshot", "yearly", "licence-returns"):
            behind = collections.Counter((hit["row"], hit["column"]) for hit in named["cases"] if hit["table"] == table)
            self.assertEqual(behind, {place: figure for place, figure in figures(named, table).items() if figure and "total" not in place})
            self.assertEqual(len({hit["case"] for hit in named["cases"] if hit["table"] == table}), sum(behind.values()))
        self.assertEqual(figures(named, "snapshot"), found)

        # The year before is that of a report for it.
        self.assertEqual(figures(report, "snapshot", "previous"), figures(self.get(year="2021-22"), "snapshot"))
        self.assertNotIn("cases", report)
        self.check_forms(found)
        self.check_reviews()
        self.check_performance(exported)
        self.check_published(report)

    def check_published(self, report):
        """Every figure as it is printed, but for its two errors, and the changes that its commentary states.

        Printed, and impossible: a total of 5 over 2 for category 3, and nobody of category 1 at level 3 in a year that ends with one there.
        """
        published = {
            "snapshot": [[1278, 339, None, 1617], [3, 5, 2, 10], [1, 0, 0, 1], [1282, 344, 2, 1628]],       # printed: 5
            "yearly": [[8, 12, 15, 35], [1, 1, 1, 3], [9, 13, 16, 38]],                                     # printed: 0, 2; 8, 37
            "notification-breaches": [[55]], "revocations": [[8]], "orders": [[110], [0], [0]], "risk-order-breaches": [[0]],
            "licence-returns": [[4, 0, 1, 5], [0, 0, 0, 0], [4, 0, 1, 5]], "order-returns": [[0], [0], [0]]}
        self.assertEqual({table["table"]: [row["figures"] for row in table["rows"]] for table in report["tables"]}, published)
        self.assertEqual(report["rates"][0]["value"], "136.1")
        # "SHPOs had increased by 86.4%", "decreased by 1.3%"; 30 % more of category 2 and 33 % more of category 3 at levels 2 and 3; of category 1
        # 33 % less, were it 8 as printed and not 9.
        lines = [line.split() for line in self.daemon.ctl("report", "annual").stdout.splitlines()]
        for line in ("Sexual harm prevention order (f) 110 59 +86.4 %", "Change 0.0 % -6.3 % - -1.3 %", "Change -25.0 % +30.0 % +33.3 % +11.8 %"):
            self.assertIn(line.split(), lines)

    def check_forms(self, found):
        """The same figures as CSV and as text."""
        rows = list(csv.DictReader(io.StringIO(self.daemon.ctl("report", "annual", "--csv").stdout)))
        self.assertEqual({(row["row"], row["column"]): int(row["figure"]) if row["figure"] else None for row in rows if row["table"] == "snapshot"}, found)
        text = self.daemon.ctl("report", "annual", "--input", "population=942000")
        self.assertEqual((text.returncode, text.stderr), (0, ""))
        lines = [line.split() for line in text.stdout.splitlines()]
        self.assertIn(["Level", "1", "1278", "339", "-", "1617"], lines)
        self.assertIn(["Total", "1282", "344", "2", "1628"], lines)
        self.assertIn("136.1   (1282 of 942000: ", text.stdout)
        self.assertIn("Every sum and every check comes out.", text.stdout)
        hidden = self.daemon.ctl("report", "annual", "--suppress-below", "5").stdout.split("\n\n")[1]
        self.assertIn(["Level", "2", "*", "*", "*", "*"], [line.split() for line in hidden.splitlines()])
        cases = self.daemon.ctl("report", "annual", "--cases", "--csv")
        self.assertEqual(sum(row["table"] == "snapshot" for row in csv.DictReader(io.StringIO(cases.stdout))), 1628)
        whole = self.daemon.ctl("report", "annual", "2022-23", "--cases", "--json")
        self.assertEqual((whole.returncode, json.loads(whole.stdout)), (0, self.get("annual/cases", year="2022-23")))
        self.check_listed(json.loads(whole.stdout))
        self.assertIn("reads cases", self.daemon.ctl("help", "report").stdout)

    def check_listed(self, report):
        """Under each table, as text and as a page, who is in its cells: those of the answer, in its order."""
        text = self.daemon.ctl("report", "annual", "2022-23", "--cases").stdout
        page = self.daemon.ctl("report", "annual", "2022-23", "--cases", "--html").stdout
        for table in report["tables"]:
            hits = [hit for hit in report["cases"] if hit["table"] == table["table"]]
            listed = text.split("\n" + table["title"], 1)[1].split("\n\n")[0]
            for row in table["rows"]:
                for column in table["columns"]:
                    cell = [hit["case"] for hit in hits if (hit["row"], hit["column"]) == (row["row"], column["column"])]
                    heading = ", ".join(label for label in (row["label"], column["label"]) if label and (len(table["columns"]) > 1 or label == row["label"]))
                    found = re.search(rf"\n    {re.escape(heading or 'Who')}:((?:\n      .*)+)", listed)
                    self.assertEqual(found.group(1).split() if found else [], cell, heading)
            section = page.split(f">{table['title']}", 1)[1].split("</section>")[0]
            self.assertEqual(re.findall(r'<th scope="row">(M-[A-Z0-9-]+)</th>', section), [hit["case"] for hit in hits], table["table"])

    def check_performance(self, exported):
        """What came of meetings: the pack of the year and of a quarter, cell by cell, by a count over the exported events."""
        cases = collections.defaultdict(list)
        for event in exported:
            cases[event["case"]].append(event)
        people = [SimpleNamespace(lines=lines) for lines in cases.values()]
        for year, first in (("2022-23", "2022-04-01"), ("2022-23-Q4", "2023-01-01")):
            report, board = self.get("performance", year=year), Board(people, date(first), date("2023-03-31"))
            self.assertTrue(report["adds_up"], report["problems"])
            for table in Board.TABLES:
                expected = {(row, Board.WORDS.get(table, column) if column == "not-held" else column): number for (row, column), number in board.cells[table].items()}
                self.assertTrue(expected, table)
                self.assertEqual(filled(figures(report, table)), expected, (table, year))

    def check_reviews(self):
        """Every review that fell due in the year is in the denominator, held or not."""
        report = self.get("reviews", year="2022-23")
        due = figures(report, "due")
        self.assertTrue(report["adds_up"])
        rate = report["rates"][0]
        self.assertEqual((rate["of"], rate["over"]), (due["level-2", "in-time"], due["level-2", "total"]))
        owed = self.daemon.get("/v1/obligations?" + urlencode({"rule": "level-2-review,level-3-review", "state": "all", "as-of": "2023-03-31",
                                                             "due-after": "2022-03-31", "due-before": "2023-04-01", "limit": "1000"}))
        states = collections.Counter(row["state"] for row in owed["obligations"])
        self.assertEqual(due["total", "in-time"], states["met"])
        self.assertEqual(due["total", "late"], states["met-late"])
        self.assertGreater(due["level-2", "not-held"], 0)


class OneByOne(Reports):
    """A few people, each with a figure of its own."""

    def setUp(self):
        super().setUp()
        self.start_shipped()
        self.refs = {}

    def person(self, ref, category="1", level="2", on="2022-01-10", **more):
        self.daemon.recorded({"case": ref, "event": "category-set", "on": on, "category": category},
                             {"case": ref, "event": "sentenced", "on": on, "disposal": "community", "sentence-ends": "2030-01-01"},
                             {"case": ref, "event": "level-set", "on": on, "level": level, "grounds": "screening"})
        if category == "1":
            self.daemon.recorded({"case": ref, "event": "registered", "on": on, "registration-term": "indefinite", **more})

    def total(self, table, report=None, row="all", column="all"):
        return figures(report or self.get(), table)[row, column]

    def test_a_person_who_moves_from_level_2_to_3_is_counted_at_both_and_on_the_last_day_at_one(self):
        self.person("M-0001")
        self.daemon.recorded({"case": "M-0001", "event": "level-set", "on": "2022-09-01", "level": "3", "grounds": "exceptional-coordination"},
                             {"case": "M-0001", "event": "level-set", "on": "2022-09-01", "level": "3", "grounds": "exceptional-coordination"},
                             {"case": "M-0001", "event": "level-set", "on": "2022-10-01", "level": "2", "grounds": "screening"})
        report = self.get()
        self.assertEqual([self.total("yearly", report, f"level-{level}", "category-1") for level in "23"], [1, 1])
        self.assertEqual(self.total("yearly", report, "total", "total"), 2)
        self.assertEqual([self.total("snapshot", report, f"level-{level}", "category-1") for level in "123"], [0, 1, 0])
        self.assertTrue(report["adds_up"], report["problems"])
        # The year before knew level 2 alone; there was nobody in the one before that.
        self.assertEqual(figures(report, "yearly", "previous")["level-3", "category-1"], 0)
        first = self.get(year="2021-22")
        self.assertIsNone(first["tables"][0]["rows"][0]["previous"])

    def test_orders_and_breaches_are_counted_as_the_report_counts_them(self):
        self.person("M-0001")
        self.person("M-0002", category="2")
        record = self.daemon.recorded
        for number, (kind, travel) in enumerate((("prevention", None), ("prevention", "2026-01-01"), ("interim-prevention", None), ("notification", None))):
            more = {"travel-ends": travel} if travel else {}
            record({"case": "M-0001", "event": "order-made", "on": "2022-06-01", "item": f"o{number}", "order-kind": kind, **more})
        record({"case": "M-0002", "event": "order-made", "on": "2022-06-01", "item": "o1", "order-kind": "prevention"},   # not of category 1
               {"case": "M-0001", "event": "order-made", "on": "2022-03-31", "item": "o9", "order-kind": "prevention"},   # the year before
               {"case": "M-0001", "event": "notification-breached", "on": "2022-05-01", "result": "cautioned"},
               {"case": "M-0001", "event": "notification-breached", "on": "2023-03-31", "result": "convicted"},           # the same person again
               {"case": "M-0001", "event": "order-breached", "on": "2022-07-01", "item": "o0", "order-kind": "prevention", "result": "convicted",
                "returned-to-custody": "yes"},
               {"case": "M-0001", "event": "order-breached", "on": "2022-08-01", "item": "o0", "order-kind": "prevention", "result": "convicted",
                "returned-to-custody": "no"},
               {"case": "M-0003", "event": "category-set", "on": "2022-05-05", "category": "1"},
               {"case": "M-0003", "event": "registered", "on": "2022-05-05", "registration-term": "fixed", "registration-ends": "2030-01-01",
                "because": "risk-order-breach"},
               {"case": "M-0002", "event": "recalled", "on": "2022-11-11", "grounds": "licence-breach"},
               {"case": "M-0001", "event": "registration-revoked", "on": "2023-02-02"})
        report = self.get()
        orders = figures(report, "orders")
        self.assertEqual([orders[row, "all"] for row in ("prevention", "prevention-travel", "notification")], [2, 1, 1])
        self.assertEqual(figures(report, "orders", "previous")["prevention", "all"], 1)
        self.assertEqual(self.total("notification-breaches", report), 1)
        self.assertEqual(self.total("revocations", report), 1)
        self.assertEqual(self.total("risk-order-breaches", report), 1)
        self.assertEqual(self.total("licence-returns", report, "level-2", "category-2"), 1)
        self.assertEqual([figures(report, "order-returns")[row, "all"] for row in ("level-2", "level-3", "total")], [1, 0, 1])
        self.assertTrue(report["adds_up"], report["problems"])

    def test_category_4_is_left_out_of_every_table(self):
        self.person("M-0001", category="4", level="3")
        self.daemon.recorded(
            {"case": "M-0001", "event": "registered", "on": "2022-05-01", "registration-term": "indefinite", "because": "risk-order-breach"},
            {"case": "M-0001", "event": "notification-breached", "on": "2022-05-02", "result": "convicted"},
            {"case": "M-0001", "event": "order-made", "on": "2022-05-03", "item": "o1", "order-kind": "prevention", "travel-ends": "2026-01-01"},
            {"case": "M-0001", "event": "order-made", "on": "2022-05-03", "item": "o2", "order-kind": "notification"},
            {"case": "M-0001", "event": "order-breached", "on": "2022-05-04", "item": "o1", "order-kind": "prevention", "result": "convicted",
             "returned-to-custody": "yes"},
            {"case": "M-0001", "event": "recalled", "on": "2022-05-05", "grounds": "licence-breach"},
            {"case": "M-0001", "event": "released", "on": "2022-05-06"},
            {"case": "M-0001", "event": "registration-revoked", "on": "2023-02-02"},
            {"case": "M-0001", "event": "registered", "on": "2023-02-03", "registration-term": "indefinite"})
        report = self.get()
        self.assertGreater(len(report["tables"]), 7)
        for table in report["tables"]:
            with self.subTest(table=table["table"]):
                self.assertEqual({figure for figure in figures(report, table["table"]).values() if figure is not None}, {0})
        self.assertTrue(report["adds_up"], report["problems"])

    def test_who_is_counted_and_in_no_cell_fails_the_report_and_is_named(self):
        self.person("M-0001")
        self.daemon.recorded({"case": "M-0002", "event": "category-set", "on": "2022-05-05", "category": "1"},
                             {"case": "M-0002", "event": "sentenced", "on": "2022-05-05", "disposal": "community"})
        told = self.daemon.ctl("report", "annual")
        self.assertEqual(told.returncode, 1)
        self.assertIn("snapshot counts 1 that are in no row and column of it", told.stderr)
        self.assertIn(["Total", "1", "0", "0", "1"], [line.split() for line in told.stdout.splitlines()])
        named = self.get("annual/cases")
        self.assertEqual([hit["case"] for hit in named["cases"] if hit["table"] == "snapshot" and hit["row"] is None], ["M-0002"])
        self.assertFalse(named["adds_up"])

    def test_an_invariant_that_does_not_hold_is_said_with_its_reason(self):
        """Recalled on the first day of the year: at level 2 the evening before, in the community on no evening of the year."""
        self.person("M-0001")
        self.daemon.recorded({"case": "M-0001", "event": "recalled", "on": "2022-04-01", "grounds": "licence-breach"})
        told = self.daemon.ctl("report", "annual")
        self.assertEqual(told.returncode, 1)
        self.assertIn("returns-within-the-year: licence-returns level-2 category-1 is 1, more than the 0 of yearly level-2 category-1; "
                      "whoever was recalled at a level was at it in the year", told.stderr)

    def test_a_report_stands_on_the_three_axes(self):
        self.person("M-0001")
        then = self.get()["tables"][0]["rows"]
        self.daemon.move_clock("2023-05-02T09:00:00Z")
        self.daemon.recorded({"case": "M-0001", "event": "died", "on": "2023-03-20"})
        self.assertEqual(self.total("snapshot", None, "total", "total"), 0)
        self.assertEqual(self.get(known_at="2023-04-30T00:00:00Z")["tables"][0]["rows"], then)
        self.assertEqual(self.total("snapshot", self.get(year="2022-23", as_of="2023-03-19"), "total", "total"), 1)
        # The year that is not over is counted up to the day, and says so.
        running = self.get(year="2023-24")
        self.assertEqual((running["period"]["counted_until"], running["as_of"]), ("2023-05-02", "2023-05-02"))
        self.assertIn("The year is not over: counted up to Tue 2 May 2023.", self.daemon.ctl("report", "annual", "--year", "2023-24").stdout)
        # Other definitions, by a folder, without being in force.
        folder = pathlib.Path(self.daemon.dir) / "other"
        folder.mkdir()
        for name, text in RULES.items():
            (folder / name).write_text(text.replace('"Annual report"', '"Another report"'))
        told = self.daemon.ctl("report", "annual", "--rules", str(folder))
        self.assertTrue(told.stdout.startswith("Another report 2022-23"), told.stdout[:80] + told.stderr)

    def test_late_corrections_do_not_change_what_was_known_then(self):
        chance = random.Random(7)
        for number in range(12):
            self.person(f"M-1{number:03}", category=chance.choice("12"), level=chance.choice("123"))
        self.daemon.move_clock("2023-04-10T09:00:00Z")
        sealed = [table["rows"] for table in self.get(year="2022-23", known_at="2023-04-10T00:00:00Z")["tables"]]
        for _ in range(25):
            ref, on = f"M-1{chance.randrange(12):03}", f"2022-{chance.randrange(4, 13):02}-{chance.randrange(1, 29):02}"
            self.daemon.recorded(chance.choice(({"case": ref, "event": "level-set", "on": on, "level": chance.choice("123"), "grounds": "screening"},
                                                {"case": ref, "event": "notification-breached", "on": on, "result": "cautioned"},
                                                {"case": ref, "event": "category-set", "on": on, "category": chance.choice("12")})))
        self.assertEqual([table["rows"] for table in self.get(year="2022-23", known_at="2023-04-10T00:00:00Z")["tables"]], sealed)
        self.assertNotEqual([table["rows"] for table in self.get(year="2022-23")["tables"]], sealed)

    def test_what_later_records_changed_is_told_by_figure_and_by_case(self):
        for ref in ("M-0001", "M-0002", "M-0003"):
            self.person(ref)
        self.daemon.move_clock("2023-04-10T09:00:00Z")
        against = ("--against", "2023-04-10T00:00:00Z")
        unchanged = self.daemon.ctl("report", "annual", *against)
        self.assertEqual(unchanged.stdout, "Annual report 2022-23: what was recorded after Mon 10 Apr 2023 00:00 UTC and changed it\n\n"
                                           "Every figure is as it was then.\n", unchanged.stderr)
        self.daemon.recorded({"case": "M-0002", "event": "level-set", "on": "2023-03-01", "level": "3", "grounds": "screening"})
        told = self.daemon.ctl("report", "annual", "--cases", *against)
        for line in ("  snapshot level-2 category-1: 3, now 2", "  snapshot level-3 category-1: 0, now 1", "  snapshot level-3 total: 0, now 1",
                     "  yearly level-3 category-1: 0, now 1", "  yearly total total: 3, now 4",
                     "  snapshot level-3 category-1: in, M-0002", "  snapshot level-2 category-1: out, M-0002"):
            self.assertIn(line, told.stdout.splitlines())
        self.assertNotIn("M-0001", told.stdout)
        self.assertNotIn("snapshot total total", told.stdout)
        rows = list(csv.DictReader(io.StringIO(self.daemon.ctl("report", "annual", "--csv", *against).stdout)))
        self.assertIn({"table": "snapshot", "row": "level-3", "column": "category-1", "year": "2022-23", "then": "0", "now": "1"}, rows)
        both = list(csv.DictReader(io.StringIO(self.daemon.ctl("report", "annual", "--csv", "--cases", *against).stdout)))
        self.assertEqual([{key: row[key] for key in rows[0]} for row in both if not row["case"]], rows)
        self.assertIn({"table": "snapshot", "row": "level-3", "column": "category-1", "year": "2022-23", "then": "", "now": "", "case": "M-0002", "change": "in"}, both)
        found = json.loads(self.daemon.ctl("report", "annual", "--json", "--cases", *against).stdout)
        self.assertEqual(found["against"], "2023-04-10T00:00:00.000Z")
        self.assertEqual({(move["table"], move["row"], move["case"], move["change"]) for move in found["cases"]},
                         {("snapshot", "level-3", "M-0002", "in"), ("snapshot", "level-2", "M-0002", "out"), ("yearly", "level-3", "M-0002", "in")})
        self.assertEqual(self.daemon.ctl("report", "annual", "--known-at", "2023-04-10T00:00:00Z", *against).returncode, 2)
        self.assertEqual(self.daemon.ctl("report", "annual", "--against", "April").returncode, 2)
        # Somebody nobody knew of then: in the figures of the year before, and in the rate.
        self.person("M-0004")
        told = self.daemon.ctl("report", "annual", "--input", "population=1000", *against)
        for line in ("  registered-per-100000 of: 3, now 4", "  registered-per-100000 value: 300.0, now 400.0", "  snapshot total category-1 in 2021-22: 3, now 4"):
            self.assertIn(line, told.stdout.splitlines())
        rows = list(csv.DictReader(io.StringIO(self.daemon.ctl("report", "annual", "--csv", *against).stdout)))
        for wanted in (("registered-per-100000", "of", "", "2022-23", "3", "4"), ("snapshot", "total", "category-1", "2021-22", "3", "4")):
            self.assertIn(wanted, [tuple(row.values()) for row in rows])

    def test_what_is_asked_wrongly_is_refused_with_the_nearest_word(self):
        def refused(path):
            answer = self.daemon.ask("GET", "/v1/reports/" + path)
            return answer.status, answer.error["code"], answer.error.get("field"), answer.error.get("nearest")

        self.assertEqual(refused("anual"), (400, "unknown-report", "report", "annual"))
        self.assertEqual(refused("annual?year=2022"), (400, "bad-year", "year", None))
        self.assertEqual(refused("annual?year=2022-24"), (400, "bad-year", "year", None))
        self.assertEqual(refused("annual?year=2099-00"), (400, "bad-year", "year", None))
        self.assertEqual(refused("annual?input=populaton:3"), (400, "unknown-value", "input", "population"))
        for number in ("0", "-3", "1e5", "", "9999999999999"):
            self.assertEqual(refused("annual?input=population:" + number), (400, "bad-input", "input", None), number)
        self.assertEqual(refused("annual?input=population:3,population:4")[1], "bad-input")
        self.assertEqual(refused("annual?yaer=2022-23")[3], "year")
        self.assertEqual(refused("annual/cases?suppress-below=5")[1], "unknown-parameter")
        self.assertEqual(self.daemon.ctl("report", "annual", "--cases", "--suppress-below", "5").returncode, 2)
        self.assertEqual(self.daemon.ctl("report", "annual", "--input", "population").returncode, 2)


class AnotherLaw(Reports):
    """The example of another law and its report: a quarter of requests, on paper. Not worked are weekends, 1 April, 6 and 27 May 2024."""

    OFFICE = TREE / "rules/examples/information-requests"
    CONTACTS = """watch = "office";
        roles = ( { name = "office"; mailboxes = ["office@example.gov.uk"]; }, { name = "manager"; mailboxes = ["manager@example.gov.uk"]; } );"""
    REQUESTS = (    # the twentieth working day after 2 April is 30 April, the thirtieth 15 May
        ("F-1", "information", "office", ("answered", "2024-04-30")),
        ("F-2", "information", "office", ("answered", "2024-05-03")),           # three days late
        ("F-3", "environment", "office"),                                       # 61 days late on 30 June
        ("F-4", "information", "office", ("clarification-asked", "2024-04-04"), ("clarified", "2024-04-10"), ("answered", "2024-05-09")),     # the twentieth
        ("F-5", "information", "archive", ("answered", "2024-05-16")),          # a day late
        ("F-6", "information", "office", ("extension-notified", "2024-04-29", ("answer-by", "2024-05-28")), ("answered", "2024-05-28")),
        ("F-7", "environment", "office", ("fee-asked", "2024-04-22")),          # its clock stands still
        ("F-8", "information", "office", ("withdrawn", "2024-04-08")))

    def test_its_figures_come_out_as_on_paper(self):
        self.start(now="2024-07-02T09:00:00Z", rules={path.name: path.read_text(encoding="utf-8") for path in self.OFFICE.glob("*.cfg")},
                   contacts=self.CONTACTS)
        for case, regime, holder, *events in self.REQUESTS:
            self.daemon.recorded({"case": case, "event": "request-received", "on": "2024-04-02", "regime": regime, "holder": holder},
                                 *({"case": case, "event": name, "on": on, **dict(fields)} for name, on, *fields in events))
        self.daemon.recorded({"case": "F-2", "event": "review-asked", "on": "2024-05-07", "item": "r-1"},
                             {"case": "F-2", "event": "review-decided", "on": "2024-06-05", "item": "r-1"})
        report = self.get("statistics", year="2024-Q2")
        self.assertEqual((report["adds_up"], report["period"]["from"], report["period"]["until"]), (True, "2024-04-01", "2024-06-30"))
        self.assertEqual({table["table"]: [row["figures"] for row in table["rows"]] for table in report["tables"]}, {
            "received": [[5, 0, 1, 6], [2, 0, 0, 2], [7, 0, 1, 8]],
            "standing": [[2], [1], [0], [0], [5], [1], [8]],
            "answers": [[3, 2, 1, 6, 3, 61], [1, 0, 0, 1, None, None], [4, 2, 1, 7, 3, 61]],
            "reviews": [[1, 0, 0, 1]]})
        self.assertEqual((report["rates"][0]["of"], report["rates"][0]["over"], report["rates"][0]["value"]), (4, 7, "57.1"))
        self.assertIn("57.1", self.daemon.ctl("report", "statistics", "2024-Q2").stdout)


if __name__ == "__main__":
    main()
