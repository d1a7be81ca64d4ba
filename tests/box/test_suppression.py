#!/usr/bin/python3
"""Small numbers are hidden so that nobody can work them out: random tables that overlap in every way that rule files can say, and the
shipped reports, read as they are printed by somebody who knows what each figure counts and can solve equations (attack.py)."""

import collections
import csv
import datetime
import functools
import io
import itertools
import json
import os
import random
from urllib.parse import urlencode

from attack import Knowledge
from harness import BoxTest, RULES, VOCABULARY, main
from test_performance import CONTACTS as SHIPPED_CONTACTS, RULES as SHIPPED, Person

A, B, C, S = ("a1", "a2", "a3", "a4"), ("b1", "b2", "b3"), ("c1", "c2"), ("p", "q", "r")
ROUNDS = int(os.environ.get("SUPPRESSION_ROUNDS", "1"))
BELOW = 5


def bands(field, words):
    return "( " + ", ".join(f'{{ name = "{word}"; label = "{word}"; where = {{ {field} = "{word}"; }}; }}' for word in words) + " )"


# The same things counted by two of their three fields, a part of them, one field alone, a part of a row, and cases once each.
TABLES = f"""
      {{ name = "a-b"; title = "By a and b"; counts = "events"; events = {{ event = "thing"; }}; rows = {bands("a", A)}; columns = {bands("b", B)}; }},
      {{ name = "a-c"; title = "By a and c"; counts = "events"; events = {{ event = "thing"; }}; rows = {bands("a", A)}; columns = {bands("c", C)}; }},
      {{ name = "c1"; title = "Those of c1"; counts = "events"; events = {{ event = "thing"; where = {{ c = "c1"; }}; }}; rows = {bands("a", A)}; columns = {bands("b", B)}; }},
      {{ name = "b"; title = "By b"; counts = "events"; events = {{ event = "thing"; }}; rows = {bands("b", B)}; }},
      {{ name = "parts"; title = "A part"; totals = false; counts = "events"; events = {{ event = "thing"; where = {{ b = ["b1", "b2"]; }}; }};
        rows = ( {{ name = "b1"; label = "b1"; where = {{ b = "b1"; }}; }}, {{ name = "b1-c1"; label = "b1, c1"; part-of = "b1"; where = {{ b = "b1"; c = "c1"; }}; }},
                 {{ name = "b2"; label = "b2"; where = {{ b = "b2"; }}; }} ); }},
      {{ name = "cases"; title = "Cases"; counts = "events"; once-a-case = true; events = {{ event = "thing"; }}; rows = {bands("a", A)}; }},
      {{ name = "cases-c1"; title = "Cases of c1"; counts = "events"; once-a-case = true; events = {{ event = "thing"; where = {{ c = "c1"; }}; }}; rows = {bands("a", A)}; }}
"""
# By what a set of theirs holds, several words at once, so that rows and tables overlap, or lacks.
HELD = f""",
      {{ name = "p"; title = "Holds p"; counts = "events"; events = {{ event = "thing"; }}; when = {{ s = "p"; }}; rows = {bands("b", B)}; }},
      {{ name = "q"; title = "Holds q"; counts = "events"; events = {{ event = "thing"; }}; when = {{ s = "q"; }}; rows = {bands("b", B)}; }},
      {{ name = "p-q"; title = "Holds both"; counts = "events"; events = {{ event = "thing"; }}; when = {{ s = "q"; }};
        rows = ( {{ name = "p"; label = "p as well"; when = {{ s = "p"; }}; }}, {{ name = "no-p"; label = "not p"; unless = {{ s = "p"; }}; }} ); }},
      {{ name = "no-p"; title = "Lacks p"; counts = "events"; events = {{ event = "thing"; }}; unless = {{ s = "p"; }}; rows = {bands("b", B)}; }},
      {{ name = "holders"; title = "By what is held"; counts = "events"; events = {{ event = "thing"; }};
        rows = ( {{ name = "p"; label = "p"; when = {{ s = "p"; }}; }}, {{ name = "q"; label = "q"; when = {{ s = "q"; }}; }},
                 {{ name = "either"; label = "p or q"; when = {{ s = ["p", "q"]; }}; }} ); }}
"""
MORE = """
    inputs = ( { name = "people"; label = "People"; } );
    rates = ( { name = "share"; label = "Share"; of = { table = "a-b"; row = "a1"; column = "b1"; }; over = { table = "a-b"; row = "a1"; }; per = 100; },
              { name = "parts"; label = "Parts"; of = { table = "parts"; row = "b2"; }; over = { table = "parts"; }; per = 100; },
              { name = "of-people"; label = "Of people"; of = { table = "c1"; }; input = "people"; per = 1000; } );
    invariants = ( { name = "within"; says = "it is one of them"; part = { table = "cases-c1"; }; whole = { table = "cases"; }; } );
"""
REPORTS = f"""
attributes = ( {{ name = "s"; type = "set"; values = {json.dumps(S)}; }} );
events = ( {{ name = "thing"; fields = ( {{ name = "s"; }}, {", ".join(f'{{ name = "{name}"; values = {json.dumps(words)}; required = true; }}' for name, words in (("a", A), ("b", B), ("c", C)))} ); }} );
reports = (
  {{ name = "plain"; title = "Plain"; source = "tests"; basis = "Things."; tables = ( {TABLES} ); {MORE} }},
  {{ name = "sets"; title = "Sets"; source = "tests"; basis = "Things."; tables = ( {TABLES} {HELD} ); {MORE} }},
  {{ name = "trends"; title = "Trends"; source = "tests"; basis = "Things."; trend-quarters = 6; tables = ( {TABLES} ); {MORE}
    trends = ( {{ name = "share"; label = "Share"; of = {{ table = "a-b"; row = "a1"; }}; over = {{ table = "a-b"; }}; per = 100; }},
               {{ name = "c1"; label = "c1"; of = {{ table = "c1"; row = "a2"; }}; }},
               {{ name = "cases"; label = "Cases"; of = {{ table = "cases"; row = "a1"; }}; }} ); }} );
"""


def quarters(first, last):
    """Quarters of a year that begins in January, by their first days."""
    return [day for year in range(int(first[:4]), int(last[:4]) + 1) for day in (f"{year}-{month:02}-01" for month in (1, 4, 7, 10)) if first <= day <= last]


def stretches(report):
    """The time of an answer cut where a period or a quarter of it begins or ends: first days of what is left in one piece."""
    spans = [report["period"], report["previous"]] + (report["trends"] or {"quarters": []})["quarters"]
    after = [(datetime.date.fromisoformat(span["until"]) + datetime.timedelta(days=1)).isoformat() for span in spans]
    return sorted({span["from"] for span in spans} | set(after))


def printed(report):
    """Every figure of an answer: the days it is of, table, row, column, figure."""
    for period, key in (("period", "figures"), ("previous", "previous")):
        days = (report[period]["from"], report[period]["until"])
        for table in report["tables"]:
            for row in table["rows"]:
                for column, figure in zip(table["columns"], row[key] or []):
                    if not column["measure"]:
                        yield days, table["table"], row["row"], column["column"], figure


class Reader:
    """What a reader makes of an answer: `things(days, table, row, column)` are the unseen things that a figure is the sum of."""

    def __init__(self, things):
        self.knows, self.things, self.cells = Knowledge(), things, {}

    def take(self, days, table, row, column, figure):
        if figure is None:
            return
        terms = collections.Counter(self.things(days, table, row, column))
        if figure == "suppressed":
            self.knows.hides((days, table, row, column), terms, 1)
        else:
            self.knows.shown(terms, figure)

    def read(self, report):
        for place in printed(report):
            self.take(*place)

    def found(self, below):
        return self.knows.found(below - 2 if below > 3 else 1)


def things(cuts, days, table, row, column):
    """The random reports: a thing is a stretch of time, three words and what it holds of p and q; of cases that count once nothing but the table is known."""
    total = {"total", None, "all"}
    if table.startswith("cases"):
        return [("case", days, table, a) for a in A if row in total or row == a]
    held = {table, row} & set(S) | ({"q"} if table == "p-q" else set())
    lacked = {"p"} if "no-p" in (table, row) else set()
    either = table == "holders" and row not in S
    first, second = {"a-b": "ab", "a-c": "ac", "c1": "ab", "parts": "b-"}.get(table, "b-")
    wanted = collections.defaultdict(set)
    if row == "b1-c1":
        wanted["b"], wanted["c"] = {"b1"}, {"c1"}
    elif row in B or row in A:
        wanted[first] = {row}
    elif table == "parts":
        wanted["b"] = {"b1", "b2"}
    if column not in total:
        wanted[second] = {column}
    if table == "c1":
        wanted["c"] = {"c1"}
    return [("thing", day, a, b, c, s) for day in cuts if days[0] <= day <= days[1] for a in A for b in B for c in C for s in ("", "p", "q", "pq")
            if held <= set(s) and not lacked & set(s) and (s or not either) and all(word in wanted[name] for name, word in (("a", a), ("b", b), ("c", c)) if wanted[name])]


def read_random(report):
    reader = Reader(functools.partial(things, stretches(report)))
    reader.read(report)
    for period in ("period", "previous"):
        days = (report[period]["from"], report[period]["until"])
        for a in A + ("total",):
            reader.knows.at_most(reader.things(days, "cases-c1", a, "all"), reader.things(days, "cases", a, "all"))
    days = (report["period"]["from"], report["period"]["until"])
    for rate, (of, over) in {"share": (("a-b", "a1", "b1"), ("a-b", "a1", "total")), "parts": (("parts", "b2", "all"), ("parts", "total", "total")),
                             "of-people": (("c1", "total", "total"), None)}.items():
        answer = next(one for one in report["rates"] if one["rate"] == rate)
        if answer["of"] != "suppressed":        # of either that is hidden both are
            reader.take(days, *of, answer["of"])
        if over:
            reader.take(days, *over, answer["over"])
    for trend in (report["trends"] or {"lines": []})["lines"]:
        places = {"share": {"of": ("a-b", "a1", "total"), "over": ("a-b", "total", "total")}, "c1": {"of": ("c1", "a2", "total")},
                  "cases": {"of": ("cases", "a1", "all")}}[trend["trend"]]
        for part, place in places.items():
            for quarter, figure in zip(report["trends"]["quarters"], trend[part]):
                reader.take((quarter["from"], quarter["until"]), *place, figure)
    know_cases(reader, report)
    return reader


def know_cases(reader, report):
    """Who is there in a quarter is there in all that holds it, and who is there at all is so in one of the quarters."""
    every = [(quarter["from"], quarter["until"]) for quarter in (report["trends"] or {"quarters": []})["quarters"]]
    for period in ("period", "previous"):
        days = (report[period]["from"], report[period]["until"])
        for quarter in every:
            if days[0] <= quarter[0] and quarter[1] <= days[1]:
                reader.knows.at_most(reader.things(quarter, "cases", "a1", "all"), reader.things(days, "cases", "a1", "all"))
        cover = [quarter for quarter in every if quarter[1] >= days[0] and quarter[0] <= days[1]]
        if cover and cover[0][0] <= days[0] and cover[-1][1] >= days[1]:
            reader.knows.at_most(reader.things(days, "cases", "a1", "all"), [thing for quarter in cover for thing in reader.things(quarter, "cases", "a1", "all")])


def hide_small_alone(report):
    """The same answer with nothing hidden but what is small: what a reader makes of that."""
    def hide(figure):
        return "suppressed" if isinstance(figure, int) and 0 < figure < BELOW else figure
    for table in report["tables"]:
        for row in table["rows"]:
            row["figures"], row["previous"] = ([hide(figure) for figure in row[key] or []] for key in ("figures", "previous"))
    for rate in report["rates"]:
        rate["of"], rate["over"] = hide(rate["of"]), hide(rate["over"])
    return report


class RandomTest(BoxTest):
    FIRST, LAST = 1953, 2022

    def setUp(self):
        super().setUp()
        self.daemon = self.start(rules={"00-vocabulary.cfg": VOCABULARY, "10-rules.cfg": RULES, "20-reports.cfg": REPORTS})

    def get(self, name, **query):
        return self.daemon.get(f"/v1/reports/{name}?" + urlencode({key.replace("_", "-"): value for key, value in query.items()}))

    def fill(self, chance):
        """Each year has as many of everything as it happens: hardly any, or many."""
        events = []
        for year in range(self.FIRST, self.LAST + 1):
            usual = chance.choice((0.3, 0.8, 2, 5, 12))
            for a, b, c in itertools.product(A, B, C):
                rare = chance.random() < 0.3
                for _ in range(int(chance.expovariate(1 / usual)) if not rare else chance.randrange(2)):
                    on = datetime.date(year, 1, 1) + datetime.timedelta(days=chance.randrange(365))
                    events.append({"case": f"T-{chance.randrange(60):03}", "event": "thing", "on": on.isoformat(), "a": a, "b": b, "c": c,
                                   "s": chance.choice((["p"], ["p", "q"], ["p", "q", "r"], ["q"], ["r"], ["p", "r"]))})
        for start in range(0, len(events), 4000):
            self.daemon.recorded(*events[start:start + 4000])

    def check(self, name, below, **period):
        """Everything small is hidden, what is not is as it is, no 0 is hidden, and nothing hidden can be told."""
        report, whole = self.get(name, suppress_below=below, **period), self.get(name, **period)
        figures = {place[:4]: place[4] for place in printed(whole)}
        hidden = 0
        for *place, figure in printed(report):
            true = figures[tuple(place)]
            hidden += figure == "suppressed"
            self.assertEqual(figure == "suppressed" or figure == true, True, place)
            if true is not None:
                self.assertFalse(0 < true < below and figure != "suppressed", place)
                self.assertFalse(true == 0 and figure != 0, place)
        found, undecided = read_random(report).found(below)
        self.assertEqual(found, {}, (name, period, below))
        self.counts.update(hidden=hidden, undecided=undecided, figures=len(figures), answers=1)

    def test_no_hidden_figure_can_be_worked_out(self):
        self.counts = collections.Counter()
        for number in range(ROUNDS):
            chance = random.Random(f"tables {number}")
            if number > 0:
                self.daemon.stop()
                self.setUp()
            self.fill(chance)
            for year in range(self.FIRST + 1, self.LAST + 1):
                self.check("trends" if year % 5 == 0 else "sets" if year % 5 == 2 else "plain", chance.choice((2, 3, 4, 5, 5, 5, 10)), year=year)
            for year in range(self.FIRST + 2, self.LAST, 9):
                self.check("trends", BELOW, year=f"{year}-Q{chance.randrange(1, 5)}")
                self.check("trends", BELOW, **{"from": f"{year}-02-{chance.randrange(10, 28)}", "to": f"{year}-{chance.choice(('03', '08', '11'))}-15"})
        self.assertGreater(self.counts["hidden"], self.counts["answers"])
        if ROUNDS > 1:
            print(dict(self.counts))
        # Each hidden figure has another value in whole numbers; in long runs, where words of a set overlap, the reader may meet a few by fractions alone.
        self.assertLess(self.counts["undecided"] * 2000, self.counts["hidden"])

    def test_what_changed_shows_nothing_that_either_answer_hides(self):
        chance = random.Random("changed")
        self.fill(chance)
        self.daemon.move_clock("2023-03-02T09:00:00Z")
        late = [{"case": "T-001", "event": "thing", "on": f"2022-0{month}-11", "a": chance.choice(A), "b": chance.choice(B), "c": chance.choice(C)} for month in range(1, 10)]
        self.daemon.recorded(*late)
        words = ("report", "plain", "2022", "--suppress-below", str(BELOW), "--against", "2023-03-01T12:00:00Z")
        answers = [self.get("plain", year=2022, suppress_below=BELOW, **known) for known in ({"known_at": "2023-03-01T12:00:00Z"}, {})]
        then, now = ({place[:4]: place[4] for place in printed(answer)} for answer in answers)
        compared = json.loads(self.daemon.ctl(*words, "--json").stdout)
        rows = {(row["table"], row["row"], row["column"]): (row["then"], row["now"]) for row in compared["differences"] if row["year"] == "2022"}
        first = (answers[0]["period"]["from"], answers[0]["period"]["until"])
        one_hidden = 0
        for days, *place in then:
            if days == first and then[days, *place] != now[days, *place]:
                either = [then[days, *place], now[days, *place]]
                one_hidden += "suppressed" in either
                self.assertEqual(rows[tuple(place)], ("suppressed", "suppressed") if "suppressed" in either else tuple(either))
        self.assertGreater(one_hidden, 0)
        self.assertIn(": *, now *\n", self.daemon.ctl(*words).stdout)

    def test_the_reader_is_clever_enough_to_find_what_only_the_small_ones_hide(self):
        self.fill(random.Random("reader"))
        told = sum(bool(read_random(hide_small_alone(self.get("plain", year=year))).found(BELOW)[0]) for year in range(self.FIRST + 1, self.LAST, 4))
        self.assertGreater(told, 5)


# ---- the shipped reports ----

DUTIES = {"reviews": {"level-2": ("level-2-review",), "level-3": ("level-3-review",)},
          "initial-meetings": {"community": ("community",), "suspended": ("suspended",)},
          "reasons": {"level-2-review": ("level-2-review",), "level-3-review": ("level-3-review",), "initial-meeting": ("community", "suspended"),
                      "release-meeting": ("release",)}}
OUTCOMES = ("in-time", "late", "over", "open")
WHY = ("chair-absent", "agency-absent", "papers-late", "told-late", "no-capacity", "decided-so", "other", "none")


class Pack:
    """What each figure of the performance pack is the sum of. Time goes by quarters; what came of a duty is as it was seen: from the end of
    the period, or from that of the one before."""

    def __init__(self, report):
        self.report = report
        self.rows = {table["table"]: [row["row"] for row in table["rows"] if row["row"] != "total"] for table in report["tables"]}
        self.columns = {table["table"]: [column["column"] for column in table["columns"] if column["column"] != "total" and not column["measure"]] for table in report["tables"]}
        self.before = (report["previous"]["from"], report["previous"]["until"])

    def picked(self, table, row, column):
        rows = self.rows[table] if row in ("total", None) else [row]
        return [(one, other) for one in rows for other in (self.columns[table] if column in ("total", None) else [column])]

    def __call__(self, days, table, row, column):
        spans = quarters(*days)
        if table in ("attendance", "attendance-areas", "invited", "attended", "reports"):
            return [("invited", quarter, *thing) for quarter in spans for thing in self.invited(table, row, column)]
        if table in DUTIES:
            return [("duty", days == self.before, quarter, *thing) for quarter in spans for thing in self.duties(table, row, column)]
        if table == "actions-open":
            return [("open", days[1], *cell) for cell in self.picked(table, row, column)]
        if table == "minutes":
            return [(table, quarter, one, when) for quarter in spans for one, state in self.picked(table, row, column) for when in self.issued(state, quarter, spans)]
        seen = days == self.before if table in ("actions-due", "disclosure-later") else None
        return [(table, seen, quarter, *cell) for quarter in spans for cell in self.picked(table, row, column)]

    def issued(self, state, quarter, spans):
        """Minutes of a quarter that are out by the end of as many quarters, or that were not."""
        by = len(spans) - spans.index(quarter)
        return [number for number in range(1, 6) if (number <= by) == (state == "issued")]

    def invited(self, table, row, column):
        for agency, area in self.picked("invited", None, None):
            for how in self.columns["attendance"]:
                place = {"attendance": (agency, how), "attendance-areas": (area, how)}.get(table, (agency, area))
                if table in ("attended", "reports") and how != {"attended": "attended", "reports": "report-sent"}[table]:
                    continue
                if row in (place[0], "total", None) and column in (place[1], "total", None):
                    yield agency, area, how

    def duties(self, table, row, column):
        for name, rules in DUTIES[table].items():
            for outcome in OUTCOMES:
                for why in WHY if outcome in ("late", "over") else ("",):
                    place = why if table == "reasons" else {"over": "not-held", "open": "not-held"}.get(outcome, outcome)
                    if row in (name, "total", None) and place and column in (place, "total", None):
                        yield from ((rule, outcome, why) for rule in rules)


def read_pack(report):
    reader = Reader(Pack(report))
    reader.read(report)
    places = {"reviews-level-2": (("reviews", "level-2", "in-time"), ("reviews", "level-2", None)),
              "reviews-level-3": (("reviews", "level-3", "in-time"), ("reviews", "level-3", None)),
              "initial-meetings": (("initial-meetings", None, "in-time"), ("initial-meetings", None, None)),
              "releases": (("releases", None, "planned"), ("releases", None, None)), "attended": (("attendance", None, "attended"), ("attendance", None, None)),
              "minutes": (("minutes", None, "issued"), ("minutes", None, None)), "actions-open": (("actions-open", None, None), None),
              "actions-due": (("actions-due", None, "in-time"), ("actions-due", None, None))}
    for line in report["trends"]["lines"]:
        for part, place in zip(("of", "over"), places.get(line["trend"], ())):
            for quarter, figure in zip(report["trends"]["quarters"], line[part] or []):
                reader.take((quarter["from"], quarter["until"]), *place, figure)
    return reader


def read_annual(report):
    def cells(days, table, row, column):
        found = next(one for one in report["tables"] if one["table"] == table)
        rows = [one["row"] for one in found["rows"] if one["row"] != "total"] if row == "total" else [row]
        columns = [one["column"] for one in found["columns"] if one["column"] != "total"] if column == "total" else [column]
        if table == "orders":                   # an order of the first kind has a limit on travel, or has not
            return [("order", days, row, limit) for row, limit in (("prevention", True), ("prevention", False), ("notification", False))
                    if row == rows[0] or rows[0] == "prevention-travel" and limit]
        return [("case", days, table, row, column) for row in rows for column in columns]

    reader = Reader(cells)
    reader.read(report)
    for period in ("period", "previous"):
        days = (report[period]["from"], report[period]["until"])
        for part, level, category in itertools.product(("snapshot", "licence-returns"), "23", "123"):
            place = (f"level-{level}", f"category-{category}")
            reader.knows.at_most(cells(days, part, *place), cells(days, "yearly", *place))
    before, now = ((report[period]["from"], report[period]["until"]) for period in ("previous", "period"))
    for level, category in itertools.product("23", "123"):    # nothing is recorded on the first day of a year here
        place = (f"level-{level}", f"category-{category}")
        reader.knows.at_most(cells(before, "snapshot", *place), cells(now, "yearly", *place))
    return reader


def made_up(chance, number):
    """Somebody for the annual report: few at level 3, some recalled, some with orders."""
    lines, ref = [], f"N-{number:03}"

    def add(event, on, **fields):
        lines.append({"case": ref, "event": event, "on": on, **{name.replace("_", "-"): value for name, value in fields.items()}})

    begins = f"202{chance.choice('1222')}-0{chance.randrange(4, 10)}-1{chance.randrange(10)}"
    category = chance.choice("1112223")
    level = chance.choice("2223") if category == "3" else chance.choice("111112223")
    add("category-set", begins, category=category)
    add("located", begins, location="community")
    if category == "1":
        add("registered", begins, registration_term="indefinite")
    elif category == "2":
        add("sentenced", begins, disposal="community", sentence_ends="2035-01-01")
    add("level-set", begins, level=level, grounds="screening")
    if chance.random() < 0.3:
        add("level-set", "2022-12-05", level=chance.choice("23"), grounds="screening")
    if chance.random() < 0.3:
        add("recalled", "2023-01-10", grounds="licence-breach")
    if category == "1" and chance.random() < 0.6:
        add("order-made", "2022-11-15", item="o-1", order_kind=chance.choice(("prevention", "notification")),
            **({"order_ends": "2030-01-01"} | ({"travel_ends": "2026-01-01"} if chance.random() < 0.5 else {})))
    if category == "1" and chance.random() < 0.3:
        add("notification-breached", "2022-12-20", result="cautioned")
    return lines


SETS = VOCABULARY.replace('{ name = "release-date"; type = "date"; },', '{ name = "release-date"; type = "date"; }, { name = "partners"; type = "set"; values = ["a", "b", "c"]; },', 1).replace(
    '{ name = "note";', '{ name = "joined"; fields = ( { name = "partners"; required = true; } ); }, { name = "note";', 1)


class SetsTest(BoxTest):
    """Nine at level 3, eight of them in custody, all with two partners: who is with one is with the other."""

    def look(self, partners):
        tables = "".join(f''', {{ name = "{one}"; title = "In custody, with {one}"; counts = "cases-on-day"; when = {{ level = "3"; location = "custody"; partners = "{one}"; }}; }}''' for one in partners)
        report = f'''reports = ( {{ name = "r"; title = "R"; source = "tests"; basis = "People."; tables = (
          {{ name = "where"; title = "Level 3 by place"; counts = "cases-on-day"; when = {{ level = "3"; }};
             rows = ( {{ name = "custody"; label = "Custody"; when = {{ location = "custody"; }}; }},
                      {{ name = "community"; label = "Community"; when = {{ location = "community"; }}; }} ); }}{tables} ); }} );'''
        daemon = self.start(rules={"00-vocabulary.cfg": SETS, "10-rules.cfg": RULES, "20-reports.cfg": report})
        for number in range(9):
            case = {"case": f"A-{number}"}
            daemon.recorded(case | {"event": "level-set", "on": "2022-01-02", "level": "3"}, case | {"event": "joined", "on": "2022-01-03", "partners": ["a", "b"]},
                            case | {"event": "sentenced", "on": "2022-01-02", "disposal": "custody" if number < 8 else "community"})

        def people(_, table, row, __):
            return [(place, held) for place in ("custody", "community") for held in ("", "a", "b", "ab")
                    if (place == "custody" and table in held if table != "where" else row in ("total", place))]

        reader = Reader(people)
        reader.read(daemon.get(f"/v1/reports/r?year=2022&suppress-below={BELOW}"))
        self.assertEqual(reader.found(BELOW), ({}, 0), partners)
        daemon.stop()

    def test_with_one_partner(self):
        self.look("a")

    def test_a_part_is_known_beside_another_that_overlaps_it(self):
        self.look("ab")


class ShippedTest(BoxTest):
    def take(self, lines):
        told = self.daemon.ctl("import", "-", stdin="".join(json.dumps(line) + "\n" for line in sorted(lines, key=lambda line: line["on"])))
        self.assertEqual(told.returncode, 0, told.stderr)

    def get(self, name, **query):
        return self.daemon.get(f"/v1/reports/{name}?" + urlencode({key.replace("_", "-"): value for key, value in query.items()}))

    def check(self, name, year, read, below=BELOW):
        report, whole = self.get(name, year=year, suppress_below=below), self.get(name, year=year)
        true = {place[:4]: place[4] for place in printed(whole)}
        small = {place for place, figure in true.items() if figure and 0 < figure < below}
        hidden = {place[:4] for place in printed(report) if place[4] == "suppressed"}
        self.assertLessEqual(small, hidden)
        self.assertEqual([place for place in printed(report) if place[4] not in (true[place[:4]], "suppressed")], [])
        found, undecided = read(report).found(below - 2)
        self.assertEqual(found, {}, (name, year))
        self.assertEqual(undecided, 0)
        self.assertLess(len(hidden), sum(bool(figure) for figure in true.values()))      # not everything
        return len(small)

    def test_the_pack_and_the_annual_report_give_nothing_away(self):
        chance = random.Random("shipped")
        self.start(now="2023-07-03T09:00:00Z", rules=SHIPPED, contacts=SHIPPED_CONTACTS)
        self.take([line for number in range(120) for line in Person(chance, number).lines])
        for year in ("2022-23", "2022-23-Q2", "2022-23-Q4", "2023-24-Q1"):
            self.assertGreater(self.check("performance", year, read_pack), 50)
        for number in range(4):
            self.take([line for person in range(40) for line in made_up(chance, 40 * number + person)])
            for year in ("2021-22", "2022-23"):
                for below in (4, 5, 10):
                    self.check("annual", year, read_annual, below)
        self.check_forms("annual", "2022-23")
        self.check_forms("performance", "2022-23-Q4")

    def test_who_was_there_on_the_last_day_of_the_year_before_is_in_the_year(self):
        """Ten of category 1 are at level 3 on 31 March, of whom three leave it in the year; one of category 2 comes to it."""
        people = [("1", "2", None)] * 40 + [("2", "2", None)] * 30 + [("3", "2", None)] * 8 + [("1", "1", None)] * 12 + [("2", "1", None)] * 12
        people += [("1", "3", ("2022-09-01", "1"))] * 3 + [("1", "3", None)] * 7 + [("2", "1", ("2022-06-01", "3"))]
        self.start(now="2023-07-03T09:00:00Z", rules=SHIPPED, contacts=SHIPPED_CONTACTS)
        lines = []
        for number, (category, level, later) in enumerate(people):
            begun = {"case": f"N-{number:03}", "on": "2021-05-10"}
            lines.append(begun | {"event": "level-set", "level": level, "grounds": "screening"})
            lines.append(begun | {"event": "category-set", "category": category})
            lines.append(begun | {"event": "located", "location": "community"})
            if category != "3":
                lines.append(begun | ({"event": "registered", "registration-term": "indefinite"} if category == "1" else
                                      {"event": "sentenced", "disposal": "community", "sentence-ends": "2035-01-01"}))
            if later:
                lines.append(begun | {"on": later[0], "event": "level-set", "level": later[1], "grounds": "screening"})
        self.take(lines)
        true = {place[1:4]: place[4] for place in printed(self.get("annual", year="2022-23")) if place[0][0] == "2022-04-01"}
        self.assertEqual([true["yearly", "level-3", f"category-{category}"] for category in "123"], [10, 1, 0])
        for below in (4, 5, 10):
            self.check("annual", "2022-23", read_annual, below)

    def check_forms(self, name, year):
        """What is hidden in one form of an answer is hidden in each."""
        report = self.get(name, year=year, suppress_below=BELOW)
        words = ("report", name, year, "--suppress-below", str(BELOW))
        rows = {(row["table"], row["row"], row["column"]): row for row in csv.DictReader(io.StringIO(self.daemon.ctl(*words, "--csv").stdout))}
        now = (report["period"]["from"], report["period"]["until"])
        for days, table, row, column, figure in printed(report):
            told = rows[table, row, column]["figure" if days == now else "previous"]
            self.assertEqual(told, "" if figure is None else str(figure))
        text = self.daemon.ctl(*words).stdout
        for table in report["tables"]:
            lines = [line.split() for line in text.split("\n" + table["title"], 1)[1].split("\n\n")[0].splitlines()]
            for row in table["rows"]:
                figures = row["figures"] if len(table["columns"]) > 1 else [row["figures"][0], row["previous"][0]]
                told = ["*" if figure == "suppressed" else "-" if figure is None else str(figure) for figure in figures]
                if len(table["rows"]) > 1:
                    self.assertTrue(any(line[-len(told):] == told or line[-len(told) - 1:-1] == told or line[-len(told) - 2:-2] == told for line in lines), (row, lines))
        page = self.daemon.ctl(*words, "--html").stdout
        self.assertEqual(page.count("<td>*</td>") > 0, "suppressed" in json.dumps(report["tables"]))


if __name__ == "__main__":
    main()
