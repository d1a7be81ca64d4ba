#!/usr/bin/python3
"""Invents the caseload of a MAPPA unit: dated facts about opaque references, nothing else.

    caseload.py [--seed N] [--until DATE] [--from DATE]     events as NDJSON on standard output
    caseload.py --expect                                     the snapshot that the events add up to

The same seed always gives the same bytes. The figures of the annual report for 2022-23
come out of it, but for its two errors: its total for category 3 on the last day (5 for 2), and
nobody of category 1 at level 3 in a year that ends with one there. So do the changes from the year before
that its commentary states. Everything else about
the people is invented: when they were sentenced, released, recalled, met about, and how
late, who came to the meetings and what was to be done. Beside them there are people in custody and in hospital, some who have left,
and the unit itself. Events of one case stand together, oldest first.
"""

import argparse
import datetime
import json
import random
import sys

SNAPSHOT_DAY = datetime.date(2023, 3, 31)
SNAPSHOT = {("1", "1"): 1278, ("1", "2"): 339, ("2", "1"): 3, ("2", "2"): 5, ("2", "3"): 2, ("3", "1"): 1}  # (level, category)
# At levels 2 and 3 at some time of the year: the report prints 0 for ("3", "1"). Of these, returned to custody for breach of licence.
YEARLY = {("2", "1"): 8, ("2", "2"): 12, ("2", "3"): 15, ("3", "1"): 1, ("3", "2"): 1, ("3", "3"): 1}
RETURNED = {("2", "1"): 4, ("2", "3"): 1}
BREACHES, REVOKED, ORDERS = 55, 8, 110
# The year before, from its changes: orders +86.4 %, category 2 at levels 2 and 3 +30 %, category 3 +33 %, category 1 -33 % from
# 12 to the 8 that are printed; and 1.3 % more people on its last day, in category 1 as many as a year later.
YEARLY_BEFORE, ORDERS_BEFORE = {("2", "1"): 12, ("2", "2"): 10, ("2", "3"): 12}, 59
LEFT_IN_THE_YEAR = {"1": 139, "2": 97}
IN_CUSTODY, IN_HOSPITAL, LEFT = 604, 41, 137
SENTENCED_LATELY = 16   # of the 1278, those with a community sentence of this quarter
HISTORY_FROM = datetime.date(2021, 3, 31)       # two years of reviews and notifications before the snapshot
AFTERMATH_FROM = datetime.date(2022, 4, 1)      # attendance, minutes and actions are of the last year
AREAS = ("derby-city", "derby-city", "derby-city", "amber-valley", "bolsover", "chesterfield", "chesterfield", "derbyshire-dales",
         "erewash", "high-peak", "north-east-derbyshire", "south-derbyshire")
LETTERS = "23456789BCDFGHJKLMNPQRSTVWXYZ"
WEEK = datetime.timedelta(weeks=1)


def day(text):
    return datetime.date.fromisoformat(text)


def days(count):
    return datetime.timedelta(days=count)


def years_on(date, count):
    """The corresponding date, 29 February becoming the 28th where there is none."""
    try:
        return date.replace(year=date.year + count)
    except ValueError:
        return date.replace(year=date.year + count, day=28)


class Case:
    """One reference and what is recorded of it."""

    def __init__(self, reference):
        self.reference, self.events, self.area = reference, [], None

    def add(self, event, on, **fields):
        line = {"case": self.reference, "event": event, "on": on.isoformat()}
        line.update({name.replace("_", "-"): str(value) for name, value in fields.items() if value is not None})
        self.events.append((on, len(self.events), line))

    def lines(self):
        return [line for _, _, line in sorted(self.events, key=lambda event: event[:2])]


class Unit:
    """Writes cases, drawing all chance from one seeded source."""

    def __init__(self, seed):
        self.chance = random.Random(seed)
        self.aftermath = random.Random(f"{seed}, what came of meetings")     # its own, so that it moves no date of anybody
        self.references, self.cases = set(), []

    def case(self):
        while True:
            reference = "M-" + "".join(self.chance.choice(LETTERS) for _ in range(5))
            if reference not in self.references:
                self.references.add(reference)
                self.cases.append(Case(reference))
                return self.cases[-1]

    def between(self, first, last):
        return first + days(self.chance.randrange((last - first).days + 1))

    def happens(self, share):
        return self.chance.random() < share

    def working(self, date):
        """Meetings are held on weekdays."""
        return date - days(max(0, date.weekday() - 4))

    # --- what happens to everybody ------------------------------------------------------------

    def begin(self, category, level, sentenced, disposal, **sentence):
        case = self.case()
        case.add("category-set", sentenced, category=category)
        case.add("sentenced", sentenced, disposal=disposal, **sentence)
        agency = "police" if category == "1" and self.happens(0.45) else "probation"
        case.add("lead-agency-set", sentenced, lead_agency="mental-health" if disposal == "hospital" else agency)
        case.add("nominal-informed", sentenced + days(self.chance.randrange(1, 15)), informed="told")
        if category == "1":
            case.add("officer-allocated", sentenced + days(self.chance.randrange(0, 8)))
            self.register(case, sentenced)
        if level:
            case.add("level-set", sentenced + days(self.chance.randrange(0, 10)), level=level, grounds="screening")
        return case

    def register(self, case, sentenced):
        """A notification period that is still running at the snapshot."""
        terms = [years for years in (5, 7, 10) if years_on(sentenced, years) > SNAPSHOT_DAY + days(60)]
        if terms and self.happens(0.6):
            ends = years_on(sentenced, self.chance.choice(terms)) - days(1)
            case.add("registered", sentenced, registration_term="fixed", registration_ends=ends, age_class="adult", because="conviction")
        else:
            case.add("registered", sentenced, registration_term="indefinite", age_class="adult", because="conviction")

    def notify(self, case, in_community, until=SNAPSHOT_DAY):
        """The first notification, then one a year; some a little late, a few by some weeks."""
        case.add("first-notified", in_community + days(self.chance.choice((0, 1, 1, 2, 2, 3, 3, 5))))
        last = in_community
        while True:
            late = self.chance.randrange(1, 40) if self.happens(0.02) else -self.chance.randrange(1, 25)
            last = years_on(last, 1) + days(late)
            if last > until:
                return
            if last >= HISTORY_FROM - days(370):
                case.add("notified", last)

    def review(self, case, last):
        """Level 1: a meeting or a review on paper about once a year."""
        while True:
            last = self.working(last + days(self.chance.randrange(300, 372)))
            if last > SNAPSHOT_DAY - days(8):
                return
            if last < HISTORY_FROM - days(370):
                continue
            if self.happens(0.7):
                case.add("paper-review", last)
            else:
                self.meeting(case, last, "1")

    def meeting(self, case, on, level, **fields):
        disclosure = "do-not-disclose" if self.happens(0.7) else "disclose"
        told_later = on >= AFTERMATH_FROM and on < SNAPSHOT_DAY - days(14) and self.aftermath.random() < 0.05
        if case.area is None:
            case.area = self.aftermath.choice(AREAS)
        case.add("meeting-held", on, meeting_level=level, disclosure=None if told_later else disclosure,
                 risk="assessed", plan="four-pillars", actions="reviewed", area=case.area, **fields)
        if told_later:
            case.add("disclosure-decided", on + days(self.aftermath.choice((0, 0, 1, 4, 9))), disclosure=disclosure)
        if on >= AFTERMATH_FROM:
            self.after_meeting(case, on, level)

    def after_meeting(self, case, on, level):
        """Who came, the minutes, and what was to be done: of the year that the board looks at."""
        chance, few = self.aftermath, level == "1"
        agencies = ["police", "probation"] + chance.sample(("housing", "social-care", "health", "prison", "jobcentre"), 0 if few else 3)
        for agency in agencies:
            case.add("attendance-recorded", on, agency=agency,
                     attendance=chance.choices(("attended", "report-sent", "absent"), (85, 9, 6) if agency == "police" else (74, 14, 12))[0])
        number = sum(line["event"] == "meeting-held" for _, _, line in case.events)
        case.add("minutes-begun", on, item=f"min-{number}", minutes_level=level)
        if chance.random() < 0.93:
            case.add("minutes-issued", on + days(chance.choice((4, 7, 8, 11, 13, 20, 34))), item=f"min-{number}")
        for action in range(0 if few else chance.randrange(1, 4)):
            self.action(case, on, f"act-{number}-{action + 1}", chance.choice(agencies))

    def action(self, case, on, item, owner):
        """Mostly done by its date; some late, a few dropped, and of the last weeks some still open."""
        chance, due = self.aftermath, on + days(self.aftermath.choice((14, 28, 42)))
        case.add("action-set", on, item=item, action_owner=owner, action_due=due,
                 pillar=chance.choice(("supervision", "monitoring", "intervention", "victim-safety")))
        if chance.random() < (0.94 if due < SNAPSHOT_DAY - days(40) else 0.5):
            case.add("action-done", max(on, due + days(chance.choice((-9, -4, -1, 0, 0, 6, 21)))), item=item)
        elif due < SNAPSHOT_DAY - days(40):
            case.add("action-dropped", on + days(30), item=item)

    # --- living in the community --------------------------------------------------------------

    def plan_release(self, case, sentenced, released, level="1"):
        """A release that is planned, nearly always with a meeting in the six months before it."""
        planned = max(sentenced, released - days(self.chance.randrange(190, 500)))
        case.add("release-planned", planned, release_date=released, release_type="conditional")
        meeting = self.working(released - days(self.chance.randrange(20, 160)))
        if meeting > max(sentenced, planned) and self.happens(0.93):
            self.meeting(case, meeting, level)

    def recall(self, case, after):
        """Back to custody and out again; the day of the second release, or of the first without one."""
        away = self.between(max(after + days(60), HISTORY_FROM), SNAPSHOT_DAY - days(200))
        back = away + days(self.chance.choice((28, 28, 56, 90, 140)))
        case.add("recalled", away, grounds="licence-breach", release_date=back)
        case.add("released", back)
        return back

    def in_community(self, category, recent=False):
        """Somebody who lives in the community, at level 1, at the snapshot."""
        disposal = "custody" if category == "2" or self.happens(0.55) else self.chance.choice(("community", "suspended"))
        last = SNAPSHOT_DAY - days(90 if disposal != "custody" else 500)
        sentenced = self.between(day("2012-06-01") if category == "1" else day("2017-01-01"), last)
        if recent:
            disposal, sentenced = "community", self.between(SNAPSHOT_DAY - days(80), SNAPSHOT_DAY - days(10))
        ends = self.between(SNAPSHOT_DAY + days(40), SNAPSHOT_DAY + days(2400))
        case = self.begin(category, "1", sentenced, disposal, sentence_ends=ends)
        start = sentenced
        if disposal == "custody":
            start = self.between(sentenced + days(180), min(SNAPSHOT_DAY - days(10), sentenced + days(1600)))
            self.plan_release(case, sentenced, start)
            case.add("released", start)
        else:
            self.first_meeting(case, sentenced)
        if category == "1":
            self.notify(case, start)
        if disposal == "custody" and start < SNAPSHOT_DAY - days(420) and self.happens(0.12):
            start = self.recall(case, start)
        self.review(case, start)

    def first_meeting(self, case, sentenced):
        """Within four weeks of a community sentence; mostly. Of those sentenced lately some still wait for theirs."""
        took = self.chance.randrange(7, 28)
        if self.happens(0.06):
            took = self.chance.randrange(29, 60)
        lately = sentenced > SNAPSHOT_DAY - days(81)
        if sentenced + days(took) < SNAPSHOT_DAY - days(8) and not (lately and self.happens(0.35)):
            self.meeting(case, self.working(sentenced + days(took)), "1")

    # --- elsewhere ----------------------------------------------------------------------------

    def in_custody(self, number):
        category = "1" if self.happens(0.62) else "2"
        sentenced = self.between(day("2014-01-01"), SNAPSHOT_DAY - days(30))
        release = self.between(SNAPSHOT_DAY + days(5), SNAPSHOT_DAY + days(190 if number % 5 == 0 else 2600))
        if number in (10, 90, 251):     # a release date that has gone by, and nobody has said what became of it
            release = SNAPSHOT_DAY - days(3 + number % 7)
        level = {3: "3", 40: "2", 80: "2", 120: "2", 161: "2", 202: "2"}.get(number, "1")
        case = self.begin(category, level, sentenced, "custody", sentence_ends=release + days(self.chance.randrange(200, 1500)))
        if self.happens(0.94):
            planned = self.between(sentenced, SNAPSHOT_DAY - days(9))
            case.add("release-planned", planned, release_date=release, release_type="conditional")
        opens = release - days(184)
        if release < SNAPSHOT_DAY:
            return
        if opens < SNAPSHOT_DAY - days(45) and self.happens(0.85):
            self.meeting(case, self.working(self.between(opens + days(4), SNAPSHOT_DAY - days(9))), level)
        elif opens < SNAPSHOT_DAY and self.happens(0.6):
            case.add("meeting-booked", SNAPSHOT_DAY - days(12),
                     next_meeting=self.working(self.between(SNAPSHOT_DAY + days(3), max(SNAPSHOT_DAY + days(4), release - days(3)))))

    def in_hospital(self):
        category = "2" if self.happens(0.7) else "1"
        sentenced = self.between(day("2013-01-01"), SNAPSHOT_DAY - days(200))
        case = self.begin(category, "1", sentenced, "hospital")
        if self.happens(0.5):
            discharge = self.between(SNAPSHOT_DAY + days(30), SNAPSHOT_DAY + days(900))
            case.add("discharge-expected", SNAPSHOT_DAY - days(40), discharge_date=discharge)

    def left(self, category=None, since=HISTORY_FROM):
        """Gone before the snapshot: a sentence that ended, a transfer, a death, a decision to exit."""
        category = category or self.chance.choice("1122")
        sentenced = self.between(day("2014-01-01"), day("2020-12-31"))
        gone = self.between(since, SNAPSHOT_DAY - days(10))
        case = self.begin(category, "1", sentenced, "community", sentence_ends=gone if category == "2" else None)
        self.meeting(case, self.working(sentenced + days(20)), "1")
        if category == "1":
            case.add("first-notified", sentenced + days(2))
            case.add("died" if self.happens(0.2) else "transferred-out", gone)

    # --- the few who are met about often ------------------------------------------------------

    def managed(self, category, level, since, meetings, booked=None, until=SNAPSHOT_DAY):
        """Level 2 or 3, in the community: raised on one day, met about on others. Booking: (recorded on, for)."""
        sentenced = years_on(since, -3)
        case = self.begin(category, "1", sentenced, "custody", sentence_ends=SNAPSHOT_DAY + days(900))
        released = since - days(40)
        self.plan_release(case, sentenced, released)
        case.add("released", released)
        if category == "1":
            self.notify(case, released, until)
        case.add("level-set", since, level=level, grounds="high-risk" if level == "2" else "exceptional-coordination")
        for meeting in meetings:
            self.meeting(case, day(meeting), level)
        if booked:
            case.add("meeting-booked", day(booked[0]), next_meeting=day(booked[1]))
        return case

    def managed_people(self):
        """The eleven of the snapshot at levels 2 and 3, each with a situation of its own."""
        # In time, and the next one booked.
        self.managed("1", "2", day("2022-04-11"), ["2022-05-19", "2022-08-25", "2022-12-15"], ("2023-01-09", "2023-04-04"))
        # Overdue since the middle of March, nothing booked.
        self.managed("1", "2", day("2022-06-06"), ["2022-08-11", "2022-11-24"])
        self.managed("1", "2", day("2022-09-12"), ["2022-10-27", "2023-02-10"])
        # Overdue and booked late; held on the Wednesday of the week that the demonstration plays.
        self.managed("2", "2", day("2022-07-04"), ["2022-08-30", "2022-11-29", "2023-03-29"], ("2023-03-22", "2023-03-29"))
        # Falls due on the Wednesday, and nobody has booked it.
        self.managed("2", "2", day("2022-05-02"), ["2022-08-04", "2022-12-07"])
        # Raised a month ago; the first meeting is still to come.
        self.managed("2", "2", day("2023-02-20"), [], ("2023-03-01", "2023-04-20"))
        # Recalled for six weeks: the clock of the review stood still.
        paused = self.managed("2", "2", day("2022-03-14"), ["2022-05-05", "2022-08-18", "2022-11-15"])
        paused.add("recalled", day("2022-12-12"), grounds="other", release_date=day("2023-01-23"))
        paused.add("released", day("2023-01-23"))
        self.managed("2", "2", day("2022-10-03"), ["2022-11-10", "2023-02-28"])
        # Due on the Monday, booked for it, held.
        self.managed("3", "2", day("2022-08-08"), ["2022-09-22", "2022-12-05", "2023-03-27"], ("2023-01-16", "2023-03-27"))
        # Never met about since the level was raised.
        self.managed("3", "2", day("2022-10-31"), [])
        # Level 3: every seven weeks or so, the next one on the last day of the year.
        self.managed("1", "3", day("2022-08-01"), ["2022-09-12", "2022-10-31", "2022-12-19", "2023-02-06"], ("2023-02-06", "2023-03-31"))

    # --- who makes up the tables of the year ----------------------------------------------------

    def the_year(self):
        """Comes last, so that it moves no date of anybody else."""
        for (level, category), count in YEARLY.items():
            for number in range(count - SNAPSHOT.get((level, category), 0)):
                self.for_a_while(category, level, day("2022-06-06"), number < RETURNED.get((level, category), 0))
        for (level, category), count in YEARLY_BEFORE.items():
            for _ in range(count - (category == "2")):      # one of those of the last day was there already
                self.for_a_while(category, level, day("2021-05-10"), False)
        for _ in range(REVOKED):
            self.revoked()
        registered = [case for case in self.cases if self.is_registered(case)]
        self.chance.shuffle(registered)
        for number, case in enumerate(registered[:ORDERS + ORDERS_BEFORE]):
            made = self.working(self.between(day("2022-04-04"), day("2023-03-10")) if number < ORDERS else self.between(day("2021-04-06"), day("2022-03-30")))
            case.add("order-made", made, item="order-1", order_kind="prevention", order_ends=years_on(made, self.chance.choice((5, 7, 10))) - days(1))
        for case in registered[-BREACHES:]:
            case.add("notification-breached", self.working(self.between(day("2022-04-04"), day("2023-03-10"))),
                     result=self.chance.choice(("cautioned", "convicted", "convicted")))
        for category, count in LEFT_IN_THE_YEAR.items():
            for _ in range(count):
                self.left(category, day("2022-04-01"))

    def for_a_while(self, category, level, first, returned):
        """At level 2 or 3 for a part of the year, and gone before its end; or back to custody, and moved with the prison."""
        since = self.working(first + days(self.chance.randrange(0, 110)))
        weeks = (5, 14) if level == "2" else (3, 9)
        meetings = [str(self.working(since + WEEK * number + days(self.chance.randrange(4)))) for number in weeks]
        gone = since + days(self.chance.randrange(110, 150))
        case = self.managed(category, level, since, meetings, until=gone)
        if returned:
            case.add("recalled", gone - days(9), grounds="licence-breach", release_date=gone + days(200))
        case.add("transferred-out", gone)

    def revoked(self):
        """Notification for life, ended on application after more than fifteen years."""
        sentenced = self.between(day("2005-01-10"), day("2006-12-20"))
        case = self.begin("1", "1", sentenced, "community", sentence_ends=years_on(sentenced, 3))
        self.meeting(case, self.working(sentenced + days(20)), "1")
        revoked = self.working(self.between(day("2022-05-09"), day("2023-01-27")))
        self.notify(case, sentenced, revoked)
        case.add("registration-revoked", revoked)

    def is_registered(self, case):
        """In the community for good by the beginning of these two years, with notification for life."""
        lines = case.lines()
        return (any(line.get("registration-term") == "indefinite" and line["on"] < "2021-01-01" for line in lines)
                and not any(line["event"] in ("released", "transferred-out", "died", "registration-revoked") for line in lines)
                and any(line["event"] == "sentenced" and line["disposal"] in ("community", "suspended") for line in lines))

    # --- the week that the demonstration plays ------------------------------------------------

    def released_this_week(self, on):
        sentenced = on - days(900)
        case = self.begin("2", "1", sentenced, "custody", sentence_ends=on + days(800))
        self.plan_release(case, sentenced, on)
        case.add("released", on)

    def recalled_this_week(self, on):
        case = self.begin("2", "1", on - days(1200), "custody", sentence_ends=on + days(600))
        self.plan_release(case, on - days(1200), on - days(300))
        case.add("released", on - days(300))
        case.add("recalled", on, grounds="licence-breach", release_date=on + days(28))

    def sentenced_this_week(self, on):
        case = self.begin("1", "1", on, "community", sentence_ends=on + days(730))
        case.add("first-notified", on + days(2))

    def the_unit(self):
        unit = Case("UNIT")
        self.cases.append(unit)
        unit.add("unit-opened", day("2021-04-01"))
        for met in ("2021-06-17", "2021-10-14", "2022-02-10", "2022-06-16", "2022-10-13", "2023-02-09"):
            unit.add("board-met", day(met))
        unit.add("lay-adviser-changed", day("2021-04-01"), seat="1", change="appointed")
        unit.add("lay-adviser-changed", day("2021-04-01"), seat="2", change="appointed")
        for quarter in ("2021-07-12", "2021-10-11", "2022-01-10", "2022-04-11", "2022-07-11", "2022-10-10", "2023-01-09"):
            unit.add("performance-pack", day(quarter))
        for number in range(24):
            met = datetime.date(2021 + (3 + number) // 12, (3 + number) % 12 + 1, 14)
            unit.add("youth-meeting", self.working(met))
        unit.add("training-held", day("2022-05-11"), course="foundation")
        unit.add("training-held", day("2022-11-09"), course="practitioner")

    def build(self):
        self.managed_people()
        for on in ("2023-03-27", "2023-03-28", "2023-03-30"):
            self.released_this_week(day(on))
        for on in ("2023-03-28", "2023-03-29"):
            self.recalled_this_week(day(on))
        self.sentenced_this_week(day("2023-03-29"))
        for number in range(SNAPSHOT["1", "1"] - 1):
            self.in_community("1", recent=number < SENTENCED_LATELY)
        for _ in range(SNAPSHOT["1", "2"] - 3):
            self.in_community("2")
        for number in range(IN_CUSTODY):
            self.in_custody(number)
        for _ in range(IN_HOSPITAL):
            self.in_hospital()
        for _ in range(LEFT):
            self.left()
        self.chance.shuffle(self.cases)
        self.the_unit()
        self.the_year()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=2023)
    parser.add_argument("--from", dest="first", type=day, default=datetime.date.min, help="leave out events before this day")
    parser.add_argument("--until", type=day, default=SNAPSHOT_DAY, help="leave out events after this day")
    parser.add_argument("--expect", action="store_true", help="print the snapshot instead of events")
    arguments = parser.parse_args()
    if arguments.expect:
        json.dump({f"level {level}, category {category}": count for (level, category), count in SNAPSHOT.items()}, sys.stdout)
        return
    unit = Unit(arguments.seed)
    unit.build()
    for case in unit.cases:
        for line in case.lines():
            if arguments.first <= day(line["on"]) <= arguments.until:
                print(json.dumps(line, separators=(",", ":")))


if __name__ == "__main__":
    main()
