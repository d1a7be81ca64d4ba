#!/usr/bin/python3
"""The performance pack against a count of its own: people made up at random, and a recount that walks their events in the words of the
pack's notes and knows nothing of the program."""

import collections
import csv
import datetime
import importlib.util
import io
import json
import pathlib
import random
import subprocess
import sys
from urllib.parse import urlencode

from harness import BoxTest, main

TREE = pathlib.Path(__file__).resolve().parents[2]
RULES = {path.name: path.read_text(encoding="utf-8") for path in (TREE / "rules").glob("*.cfg")}
CONTACTS = (TREE / "contrib" / "contacts.example.cfg").read_text(encoding="utf-8")
DAY = datetime.timedelta(days=1)
AGENCIES = ("police", "probation", "prison", "housing", "social-care")
AREAS = ("derby-city", "high-peak", "erewash")
REASONS = ("chair-absent", "agency-absent", "no-capacity")


def date(text):
    return datetime.date.fromisoformat(text)


def figures(report, table, key="figures"):
    """{(row, column): figure} of one table of an answer."""
    found = next(one for one in report["tables"] if one["table"] == table)
    columns = [column["column"] for column in found["columns"]]
    return {(row["row"], column): figure for row in found["rows"] for column, figure in zip(columns, row[key] or [])}


def filled(cells):
    return {place: figure for place, figure in cells.items() if figure and "total" not in place and not {"median", "worst"} & set(place)}


def middle(days):
    """The one in the middle, of two the later."""
    return sorted(days)[len(days) // 2] if days else None


# ---- people ----

class Person:
    """A made-up history: one level, always in the community or released once, meetings at odd times."""

    def __init__(self, chance, number):
        self.chance, self.ref, self.lines = chance, f"M-{number:04}", []
        begins = date("2020-06-01") + datetime.timedelta(days=chance.randrange(700))
        self.level = chance.choice("2233") if number % 4 else "1"
        self.custody = number % 3 == 0
        self.add("category-set", begins, category="1")
        self.add("sentenced", begins, disposal="custody" if self.custody else chance.choice(("community", "suspended")), **{"sentence-ends": "2035-01-01"})
        self.add("registered", begins, **{"registration-term": "indefinite"})
        self.add("level-set", begins, level=self.level, grounds="screening")
        day = begins
        if self.custody:
            day += datetime.timedelta(days=chance.randrange(100, 400))
            self.release(begins, day)
        self.meet(day)
        self.lines = [line for line in self.lines if line["on"] <= "2023-07-03"]

    def add(self, event, on, **fields):
        self.lines.append({"case": self.ref, "event": event, "on": on.isoformat(), **{name.replace("_", "-"): value for name, value in fields.items()}})

    def release(self, begins, day):
        if self.chance.random() < 0.6:
            self.hold(begins + datetime.timedelta(days=self.chance.randrange(5, 90)))
        self.add("released", day)

    def meet(self, day):
        """Meetings until the record ends or the case does."""
        usual = 56 if self.level == "3" else 112
        while True:
            day += datetime.timedelta(days=max(7, usual + self.chance.choice((-30, -7, -1, 0, 1, 9, 33, 80, 150))))
            if day > date("2023-06-30"):
                return
            if self.chance.random() < 0.25:
                self.explain(day - datetime.timedelta(days=self.chance.randrange(1, 12)))
            if self.chance.random() < 0.06:
                self.add("transferred-out", day)
                return
            self.hold(day)
            if self.chance.random() < 0.25:
                self.explain(day + datetime.timedelta(days=self.chance.randrange(0, 20)))

    def explain(self, day):
        duties = ["level-3-review"] if self.level == "3" else ["level-2-review"]
        self.add("lateness-explained", day, duty=self.chance.choice(duties + ["community-initial-meeting"]), reason=self.chance.choice(REASONS))

    def hold(self, day):
        chance, more = self.chance, {}
        if chance.random() < 0.7:
            more["disclosure"] = chance.choice(("disclose", "do-not-disclose"))
        if chance.random() < 0.8:
            more["area"] = chance.choice(AREAS)
        self.add("meeting-held", day, meeting_level=self.level, actions="none", risk="assessed", plan="four-pillars", **more)
        for agency in chance.sample(AGENCIES, chance.randrange(len(AGENCIES))):
            area = {"area": chance.choice(AREAS)} if chance.random() < 0.2 else {}
            self.add("attendance-recorded", day, agency=agency, attendance=chance.choice(("attended", "attended", "report-sent", "absent")), **area)
        if "disclosure" not in more and chance.random() < 0.7:
            self.add("disclosure-decided", day + datetime.timedelta(days=chance.choice((0, 0, 3, 40))), disclosure="disclose")
        if chance.random() < 0.8:
            item = f"min-{len(self.lines)}"
            self.add("minutes-begun", day, item=item, minutes_level=self.level)
            if chance.random() < 0.7:
                self.add("minutes-issued", day + datetime.timedelta(days=chance.choice((5, 12, 70))), item=item)
        for _ in range(chance.randrange(3)):
            self.act(day)

    def act(self, day):
        chance, item = self.chance, f"act-{len(self.lines)}"
        due = day + datetime.timedelta(days=chance.choice((14, 28, 60)))
        self.add("action-set", day, item=item, action_owner=chance.choice(AGENCIES), action_due=due.isoformat())
        end = day + datetime.timedelta(days=chance.choice((3, 14, 28, 61, 90)))
        if chance.random() < 0.6:
            self.add("action-done", end, item=item)
        elif chance.random() < 0.3:
            self.add("action-dropped", end, item=item)


# ---- the recount ----

class Duty:
    """Something that fell due: how it stands on the last day."""

    def __init__(self, rule, due, met, ended, last):
        self.rule, self.due, self.days = rule, due, 0
        met, ended = (met if met and met <= last else None), (ended if ended and ended <= last else None)
        if met and (not ended or met < ended):
            self.state, self.days = ("in-time", 0) if met <= due else ("late", (met - due).days)
        elif ended:
            self.state = "not-held" if ended > due else "gone"
            self.days = max(0, (ended - due).days)
        else:
            self.state, self.days = "not-held", max(0, (last - due).days)


class Count:
    """One case, seen from a last day."""

    def __init__(self, lines, last):
        self.last = last
        self.lines = sorted((line for line in lines if date(line["on"]) <= last), key=lambda line: line["on"])

    def on(self, *events, **fields):
        return [date(line["on"]) for line in self.lines if line["event"] in events and all(line.get(name) == value for name, value in fields.items())]

    def begun(self):
        return bool(self.lines)

    def left(self):
        return (self.on("transferred-out") or [None])[0]

    def reviews(self):
        """Each review from the day before it to the next: the clock runs in the community alone."""
        level = next((line["level"] for line in self.lines if line["event"] == "level-set"), "1")
        if level == "1":
            return []
        length, custody = (56 if level == "3" else 112), bool(self.on("sentenced", disposal="custody"))
        runs_from = (self.on("released") or [None])[0] if custody else self.on("level-set")[0]
        duties, anchor = [], self.on("level-set")[0]
        for met in self.on("meeting-held") + [None]:
            inside = runs_from is None or (met is not None and met < runs_from)
            if inside and met is None:
                break                                   # it will never run
            begins = met if inside else runs_from       # heard inside: as if it ran from that day on
            due = max(anchor, begins) + datetime.timedelta(days=length)
            duties.append(Duty(f"level-{level}-review", due, met, self.left(), self.last))
            anchor = met
        return duties

    def initial(self):
        for kind in ("community", "suspended"):
            for sentenced in self.on("sentenced", disposal=kind):
                met = next((day for day in self.on("meeting-held") if day >= sentenced), None)
                yield Duty(f"{kind}-initial-meeting", sentenced + datetime.timedelta(days=28), met, self.left(), self.last)

    def decisions(self):
        for line in self.lines:
            if line["event"] == "meeting-held" and "disclosure" not in line:
                held = date(line["on"])
                met = next((day for day in self.on("disclosure-decided") if day >= held), None)
                yield Duty("disclosure-decision", held, met, None, self.last)

    def actions(self):
        for line in self.lines:
            if line["event"] != "action-set":
                continue
            done, dropped = self.on("action-done", item=line["item"]), self.on("action-dropped", item=line["item"])
            yield line, Duty("action-due", date(line["action-due"]), (done or [None])[0], (dropped or [None])[0], self.last)

    def area(self, line):
        """Where the case was heard last, by the end of the day."""
        areas = [other["area"] for other in self.lines if "area" in other and other["on"] <= line["on"]]
        return areas[-1] if areas else "not-said"


class Pack:
    """All tables of a period."""

    def __init__(self, people, first, last, seen_from=None):
        self.first, self.last, self.seen = first, last, seen_from or last
        self.cells = collections.defaultdict(collections.Counter)
        self.late = collections.defaultdict(list)
        for person in people:
            self.case(Count(person.lines, self.seen))

    def within(self, day):
        return self.first <= day <= self.last

    def duty(self, table, row, duty):
        if not self.within(duty.due) or duty.state == "gone":
            return
        self.cells[table][row, duty.state] += 1
        if duty.days > 0:
            self.late[table, row].append(duty.days)
            self.late[table, "total"].append(duty.days)

    def case(self, count):
        reviews, initial = count.reviews(), list(count.initial())
        for duty in reviews:
            self.duty("reviews", duty.rule[:7], duty)
        for duty in initial:
            self.duty("initial-meetings", duty.rule.split("-")[0], duty)
        for duty in count.decisions():
            self.duty("disclosure-later", "all", duty)
        for line, duty in count.actions():
            self.duty("actions-due", line["action-owner"], duty)
            self.age(count, line)
        for duties in (reviews, initial):
            self.reasons(count, duties)
        for line in count.lines:
            if self.within(date(line["on"])):
                self.event(count, line)

    def age(self, count, line):
        begun, item = date(line["on"]), line["item"]
        ended = [day for day in count.on("action-done", "action-dropped", item=item) if day <= self.last]
        days = (self.last - begun).days
        if begun <= self.last and not ended:
            column = "new" if days < 28 else "weeks-4" if days < 84 else "weeks-12" if days < 182 else "weeks-26"
            self.cells["actions-open"][line["action-owner"], column] += 1

    def event(self, count, line):
        name, on = line["event"], date(line["on"])
        if name == "meeting-held":
            self.cells["meetings"][f"level-{line['meeting-level']}", line.get("disclosure", "left-open")] += 1
        elif name == "attendance-recorded":
            area, agency, how = count.area(line), line["agency"], line["attendance"]
            self.cells["attendance"][agency, how] += 1
            self.cells["attendance-areas"][area, how] += 1
            self.cells["invited"][agency, area] += 1
            if how != "absent":
                self.cells["attended" if how == "attended" else "reports"][agency, area] += 1
        elif name == "released":
            self.cells["releases"]["custody", "planned" if any(day < on for day in count.on("meeting-held")) else "unplanned"] += 1
        elif name == "minutes-begun":
            issued = [day for day in count.on("minutes-issued", item=line["item"]) if day <= self.last]
            self.cells["minutes"][f"level-{line['minutes-level']}", "issued" if issued else "not-issued"] += 1

    def reasons(self, count, duties):
        for number, duty in enumerate(duties):
            if duty.state not in ("late", "not-held") or duty.days == 0 or not self.within(duty.due):
                continue
            until = duties[number + 1].due if number + 1 < len(duties) else datetime.date.max
            said = [line["reason"] for line in count.lines if line["event"] == "lateness-explained" and line["duty"] == duty.rule
                    and duty.due < date(line["on"]) <= until]
            self.cells["reasons"]["initial-meeting" if "initial" in duty.rule else duty.rule, said[-1] if said else "none"] += 1


TABLES = ("reviews", "initial-meetings", "releases", "attendance", "attendance-areas", "invited", "attended", "reports", "meetings",
          "disclosure-later", "minutes", "actions-open", "actions-due")


class Performance(BoxTest):
    def setUp(self):
        super().setUp()
        self.start(now="2023-07-03T09:00:00Z", rules=RULES, contacts=CONTACTS)

    def get(self, path="", **questions):
        query = {key.replace("_", "-"): value for key, value in questions.items()}
        return self.daemon.get("/v1/reports/performance" + path + ("?" + urlencode(query) if query else ""))

    def take(self, lines):
        told = self.daemon.ctl("import", "-", stdin="".join(json.dumps(line) + "\n" for line in sorted(lines, key=lambda line: line["on"])))
        self.assertEqual(told.returncode, 0, told.stderr)

    def compare(self, report, pack, key="figures"):
        for table in TABLES + ("reasons",):
            expected = {(row, {"not-held": {"disclosure-later": "not-decided", "actions-due": "not-done"}.get(table, "not-held")}.get(column, column)): number
                        for (row, column), number in pack.cells[table].items()}
            self.assertEqual(filled(figures(report, table, key)), expected, (table, pack.first, pack.last))
        for table, row in (("reviews", "level-2"), ("reviews", "level-3"), ("reviews", "total"), ("initial-meetings", "total"), ("actions-due", "police")):
            days, cells = pack.late[table, row], figures(report, table, key)
            self.assertEqual((cells[row, "median"], cells[row, "worst"]), (middle(days), max(days, default=None)), (table, row, sorted(days)))

    def test_every_table_comes_out_as_a_count_over_the_events_says(self):
        chance = random.Random(20230703)
        people = [Person(chance, number) for number in range(120)]
        nationally = [Person(chance, 900 + number) for number in range(6)]      # category 4 is in no figure
        for line in (line for person in nationally for line in person.lines if line["event"] == "category-set"):
            line["category"] = "4"
        self.take([line for person in people + nationally for line in person.lines])
        quarters = [("2021-22-Q4", "2022-01-01", "2022-03-31"), ("2022-23-Q1", "2022-04-01", "2022-06-30"), ("2022-Q2", "2022-07-01", "2022-09-30"),
                    ("2022-Q3", "2022-10-01", "2022-12-31"), ("2022-23-Q4", "2023-01-01", "2023-03-31")]
        before = None
        for name, first, last in quarters:
            report, pack = self.get(year=name), Pack(people, date(first), date(last))
            self.assertEqual((report["period"]["from"], report["period"]["until"]), (first, last))
            self.assertTrue(report["adds_up"], report["problems"])
            self.compare(report, pack)
            if before:
                self.compare(report, before, "previous")
            before = pack
        year = self.get(year="2022-23")
        whole = Pack(people, date("2022-04-01"), date("2023-03-31"))
        self.compare(year, whole)
        self.assertGreater(sum(whole.cells["reviews"].values()), 100)
        odd = self.get(**{"from": "2022-05-17", "to": "2022-09-03"})
        self.assertEqual((odd["period"]["year"], odd["previous"]["year"]), ("2022-05-17..2022-09-03", "2022-01-27..2022-05-16"))
        self.compare(odd, Pack(people, date("2022-05-17"), date("2022-09-03")))
        running = self.get(year="2022-23", as_of="2022-08-20")
        self.compare(running, Pack(people, date("2022-04-01"), date("2022-08-20")))
        # The last quarter that is over is what is asked for when nothing is said.
        self.assertEqual(self.get()["period"]["year"], "2023-24-Q1")
        self.check_trends(people, year)
        self.check_rates(year)
        self.check_cases(year)
        self.check_hidden(whole)

    def check_trends(self, people, report):
        trends = report["trends"]
        names = [f"{year}-Q{quarter}" for year in ("2021-22", "2022-23") for quarter in (1, 2, 3, 4)]
        self.assertEqual([quarter["quarter"] for quarter in trends["quarters"]], names)
        lines = {line["trend"]: line for line in trends["lines"]}
        for number, quarter in enumerate(trends["quarters"]):
            pack = Pack(people, date(quarter["from"]), date(quarter["until"]), date("2023-03-31"))
            for level in ("level-2", "level-3"):
                held = {state: pack.cells["reviews"][level, state] for state in ("in-time", "late", "not-held")}
                line, fell = lines[f"reviews-{level}"], sum(held.values())
                self.assertEqual((line["of"][number], line["over"][number]), (held["in-time"], fell), quarter)
                self.assertEqual(line["value"][number], f"{(held['in-time'] * 1000 + fell // 2) // fell / 10:.1f}" if fell else None)
                self.assertEqual(lines[f"late-{level}"]["of"][number], middle(pack.late["reviews", level]))
            self.assertIsNone(lines["actions-open"]["over"])
            self.assertEqual(lines["actions-open"]["of"][number], sum(pack.cells["actions-open"].values()))
            self.assertEqual(lines["attended"]["over"][number], sum(pack.cells["attendance"].values()))

    def check_rates(self, report):
        rates = {rate["rate"]: rate for rate in report["rates"]}
        reviews, attendance = figures(report, "reviews"), figures(report, "attendance")
        self.assertEqual((rates["reviews-level-2"]["of"], rates["reviews-level-2"]["over"]), (reviews["level-2", "in-time"], reviews["level-2", "total"]))
        self.assertEqual((rates["attended-police"]["of"], rates["attended-police"]["over"]), (attendance["police", "attended"], attendance["police", "total"]))
        self.assertEqual(rates["attended-police"]["value"], f"{(rates['attended-police']['of'] * 1000 + attendance['police', 'total'] // 2) // attendance['police', 'total'] / 10:.1f}")

    def check_cases(self, report):
        """The route that names cases is the other one, and has as many as each cell says."""
        self.assertNotIn("M-0", json.dumps(report))
        named = self.get("/cases", year="2022-23")
        for table in ("reviews", "attendance", "actions-open", "reasons"):
            behind = collections.Counter((hit["row"], hit["column"]) for hit in named["cases"] if hit["table"] == table)
            self.assertEqual(dict(behind), filled(figures(report, table)))

    def check_hidden(self, pack):
        report = self.get(year="2022-23", suppress_below="5")
        for table in TABLES:
            for place, number in pack.cells[table].items():
                if 0 < number < 5 and "not-held" not in place:
                    self.assertEqual(figures(report, table)[place], "suppressed", (table, place))
        late = [row for row in ("police", "probation", "prison", "housing", "social-care") if 0 < len(pack.late["actions-due", row]) < 5]
        for row in late:
            self.assertEqual(figures(report, "actions-due")[row, "worst"], "suppressed")
        for trend in report["trends"]["lines"]:
            for number in trend["of"]:
                self.assertFalse(trend["per"] and isinstance(number, int) and 0 < number < 5, trend)

    # ---- on paper ----

    def person(self, ref, level="2", on="2022-04-04"):
        self.daemon.recorded({"case": ref, "event": "category-set", "on": on, "category": "1"},
                             {"case": ref, "event": "registered", "on": on, "registration-term": "indefinite"},
                             {"case": ref, "event": "located", "on": on, "location": "community"},
                             {"case": ref, "event": "level-set", "on": on, "level": level, "grounds": "screening"})

    def meet(self, ref, on, **more):
        self.daemon.recorded({"case": ref, "event": "meeting-held", "on": on, "meeting-level": "2", **more})

    def test_a_review_that_is_never_held_stays_in_the_denominator_and_grows_later(self):
        """Level 2 since Mon 4 Apr 2022: due 16 weeks on, Mon 25 Jul 2022. Held that day; held a day late; held 10 days late; never."""
        for number, held in enumerate(("2022-07-25", "2022-07-26", "2022-08-04", None)):
            self.person(f"M-000{number}")
            if held:
                self.meet(f"M-000{number}", held)
        reviews = figures(self.get(year="2022-23-Q2"), "reviews")
        self.assertEqual([reviews["level-2", column] for column in ("in-time", "late", "not-held", "total")], [1, 2, 1, 4])
        # 1, 10 and, up to Fri 30 Sep 2022, 67 days late: the median is 10.
        self.assertEqual((reviews["level-2", "median"], reviews["level-2", "worst"]), (10, 67))
        self.assertEqual(self.get(year="2022-Q2")["rates"][0]["value"], "25.0")
        # Held at last in November: still not held by the end of September, late as seen from the end of the year.
        self.meet("M-0003", "2022-11-02")
        self.assertEqual(figures(self.get(year="2022-Q2"), "reviews"), reviews)
        year = figures(self.get(year="2022-23"), "reviews")
        # Late by 100 days; but whoever was heard on 25 July was to be heard again on Mon 14 Nov 2022, 137 days before the year's end.
        self.assertEqual((year["level-2", "late"], year["level-2", "worst"]), (3, 137))
        self.assertEqual(figures(self.get(**{"from": "2022-07-25", "to": "2022-11-13"}), "reviews")["level-2", "worst"], 100)
        # On the due day itself nothing is late yet, and nothing held.
        day = figures(self.get(**{"from": "2022-07-25", "to": "2022-07-25"}), "reviews")
        self.assertEqual([day["level-2", column] for column in ("in-time", "late", "not-held", "median", "worst")], [1, 0, 3, None, None])

    def test_a_reason_is_that_of_the_review_that_fell_due_before_it(self):
        """Due 25 Jul 2022, held 4 Aug; next due 24 Nov 2022, held 1 Dec."""
        self.person("M-0001")
        self.meet("M-0001", "2022-08-04")
        self.meet("M-0001", "2022-12-01")
        explain = {"case": "M-0001", "event": "lateness-explained", "duty": "level-2-review"}
        self.daemon.recorded({**explain, "on": "2022-07-25", "reason": "other"})                # not late yet
        until = {"from": "2022-04-01", "to": "2023-03-22"}       # the next one is due on Thu 23 Mar 2023
        self.assertEqual(filled(figures(self.get(**until), "reasons")), {("level-2-review", "none"): 2})
        self.daemon.recorded({**explain, "on": "2022-07-26", "reason": "agency-absent"}, {**explain, "on": "2022-11-24", "reason": "told-late"},
                             {**explain, "on": "2022-11-25", "reason": "chair-absent"}, {**explain, "on": "2022-12-02", "duty": "level-3-review", "reason": "other"})
        self.assertEqual(filled(figures(self.get(**until), "reasons")), {("level-2-review", "told-late"): 1, ("level-2-review", "chair-absent"): 1})
        self.assertEqual(filled(figures(self.get(year="2022-Q2"), "reasons")), {("level-2-review", "agency-absent"): 1})

    def test_a_quarter_is_sealed_and_what_came_later_explains_what_differs(self):
        """A median and a worst are figures of a row, to which no case adds: they may differ, by no sum."""
        for number, held in enumerate(("2022-07-25", "2022-07-26", "2022-08-04", None)):
            self.person(f"M-000{number}")
            if held:
                self.meet(f"M-000{number}", held)
        before = self.get(year="2022-23-Q2")
        made = self.daemon.ctl("report", "performance", "--seal", "2022-23-Q2")
        self.assertEqual(made.returncode, 0, made.stderr)
        self.meet("M-0003", "2022-09-01")       # 38 days late, and told of late
        told = self.daemon.ctl("report", "performance", "2022-23-Q2", "--against-sealed")
        self.assertEqual((told.returncode, told.stderr), (0, ""), told.stdout)
        for line in ("reviews level-2 late: 2, now 3", "reviews level-2 not-held: 1, now 0", "reviews level-2 worst: 67, now 38", "\nM-0003\n"):
            self.assertIn(line, told.stdout)
        sealed = self.daemon.get("/v1/seals/performance:2022-23-Q2:v1")["content"]
        self.assertEqual([sealed[key] for key in ("tables", "rates", "trends")], [before[key] for key in ("tables", "rates", "trends")])
        self.assertEqual(self.daemon.ctl("report", "performance", "2022-23-Q2", "--as-sealed").returncode, 0)
        self.assertEqual(self.daemon.ctl("report", "performance", "--seal", "2022-23", "--from", "2022-04-01").returncode, 2)
        self.assertEqual(self.daemon.ask("POST", "/v1/reports/performance/seal?year=2023-24-Q2", {}).status, 409)

    def test_text_and_csv_say_what_json_says(self):
        for number, held in enumerate(("2022-07-25", "2022-07-26", "2022-08-04", None)):
            self.person(f"M-000{number}")
            if held:
                self.meet(f"M-000{number}", held, disclosure="disclose")
        told = self.daemon.ctl("report", "performance", "2022-Q2")
        self.assertEqual((told.returncode, told.stderr), (0, ""))
        self.assertTrue(told.stdout.startswith("Performance 2022-23-Q2: Fri 1 Jul 2022 to Fri 30 Sep 2022\n"), told.stdout[:90])
        lines = [line.split() for line in told.stdout.splitlines()]
        self.assertIn(["Level", "2", "1", "2", "1", "4", "10", "67"], lines)
        self.assertIn(["Level", "2", "reviews", "in", "time,", "per", "cent", "-", "-", "-", "-", "-", "-", "-", "25.0"], lines)
        self.assertNotIn("M-000", told.stdout)
        rows = list(csv.DictReader(io.StringIO(self.daemon.ctl("report", "performance", "--year", "2022-23-Q2", "--csv").stdout)))
        places = {(row["table"], row["row"], row["column"]): row["figure"] for row in rows}
        self.assertEqual(places["reviews", "level-2", "worst"], "67")
        self.assertEqual(places["reviews-level-2", "2022-23-Q2", "value"], "25.0")
        self.assertEqual(places["reviews-level-2", "2021-22-Q2", "value"], "")
        self.assertIn("Level 2, Held late:\n      M-0001 M-0002", self.daemon.ctl("report", "performance", "2022-Q2", "--cases").stdout)
        self.assertIn("The quarter is not over: counted up to Mon 3 Jul 2023.", self.daemon.ctl("report", "performance", "2023-Q2").stdout)
        self.assertIn("Performance 2022-05-01..2022-07-31", self.daemon.ctl("report", "performance", "--from", "2022-05-01", "--to", "2022-07-31").stdout)
        self.daemon.recorded({"case": "M-0003", "event": "meeting-held", "on": "2022-07-01", "meeting-level": "2"})
        changed = self.daemon.ctl("report", "performance", "2022-Q2", "--against", "2023-07-03T08:59:59Z")
        self.assertEqual(changed.returncode, 0, changed.stderr)

    def test_what_is_asked_wrongly_is_refused(self):
        def refused(query):
            answer = self.daemon.ask("GET", "/v1/reports/performance?" + query)
            return answer.status, answer.error["code"], answer.error.get("field")

        for wrong in ("2022-23-Q5", "2022-Q0", "2022-q", "Q3", "2022-23-3", "2022-24-Q1", "2022", "2022-23-Q33"):
            self.assertEqual(refused("year=" + wrong), (400, "bad-year", "year"), wrong)
        self.assertEqual(refused("from=2022-04-01"), (400, "bad-year", "to"))
        self.assertEqual(refused("to=2022-04-01"), (400, "bad-year", "from"))
        self.assertEqual(refused("from=2022-04-02&to=2022-04-01"), (400, "bad-year", "to"))
        self.assertEqual(refused("from=2002-04-02&to=2022-04-01"), (400, "bad-year", "to"))
        self.assertEqual(refused("from=2022-04-01&to=2022-04-02&year=2022-23"), (400, "contradiction", "from"))
        self.assertEqual(refused("from=2022-02-30&to=2022-04-02")[0], 400)
        self.assertEqual(refused("as-of=1583-01-01"), (400, "bad-year", "as-of"))
        self.assertEqual(refused("year=2099-00-Q1"), (400, "bad-year", "year"))
        for wrong in (("2022-Q2", "--year", "2022-23"), ("--year", "2022-23", "--from", "2022-04-01")):
            self.assertEqual(self.daemon.ctl("report", "performance", *wrong).returncode, 2)


if __name__ == "__main__":
    main()
