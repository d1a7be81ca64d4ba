#!/usr/bin/python3
"""Lists that are kept as text: whatever happens, whoever asks, the page that is given out is the one that would be made.

A page is kept for the very question that was sent. The measure is the same question in a spelling that was never sent
before (some letters escaped), which is always made anew. Both must be the same bytes, by anybody, after anything.
"""

import contextlib
import os
import random
import unittest

from harness import CONTACTS, BoxTest, Daemon, SocketConnection, ask, eventually, main
from test_scope import AGENCY, GAMES, LAW, LAWS, LEVEL_3, MAN, NOBODY, PROXY, ROLES, UUCP, level, sentenced

SEED = int(os.environ.get("PAGES_SEED", "20260729"))
STEPS = int(os.environ.get("PAGES_STEPS", "60"))
KEPT = 8                # as many as are kept at a time
ASKERS = {"root": None, "reader": [GAMES], "in the compartment": [GAMES, PROXY], "an agency": [MAN], "an admin": [UUCP]}
QUESTIONS = ("state=overdue&limit=50", "", "limit=2", "rule=review&booked=false", "agency=police", "level=2&state=overdue,due-soon")
ACCESSES = tuple("access = { " + ROLES + " compartments = ( " + compartment + " ); agencies = ( " + agency + " ); };" for compartment, agency in (
    (LEVEL_3 % "hides-counts = true;", AGENCY),
    (LEVEL_3 % "", AGENCY),
    (LEVEL_3.replace('"3"', '"2"') % "", AGENCY),               # the same bit, of other cases
    (LEVEL_3 % "", AGENCY.replace('"police"', '"probation"').replace(' items = ["order-owner"];', '')),
))
LAWS_IN_TURN = (LAW, LAW.replace("Review meeting", "Review"), LAW.replace("16 weeks", "9 weeks"), LAW.replace('id = "first-meeting"', 'id = "meeting-first"'))


def respelt(question, chance):
    """The same question as it was never sent before."""
    letters = [f"%{ord(c):02{'xX'[chance.random() < 0.5]}}" if c not in "=&%" and chance.random() < 0.5 else c for c in question]
    return "".join(letters)


@contextlib.contextmanager
def somebody(groups):
    """What is connected to in here sees this user; for root only."""
    if groups is None:
        yield
        return
    before = os.getgroups()
    os.setgroups(groups)
    os.setegid(NOBODY)
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)
        os.setgroups(before)


@unittest.skipUnless(os.geteuid() == 0, "only root can become somebody else")
class Pages(BoxTest):
    def begin(self):
        self.chance, self.now, self.number = random.Random(SEED), [2023, 3, 1, 9], 0
        self.law, self.access, self.connections = 0, 0, {}
        self.addCleanup(lambda: [connection.close() for connection in self.connections.values()])
        self.daemon = Daemon(self.directory / "d", now="2023-03-01T09:00:00Z", rules=LAWS, access=ACCESSES[0])
        self.daemon.start()
        self.addCleanup(self.daemon.end)
        for folder in (self.directory, self.daemon.dir):
            os.chmod(folder, 0o755)
        self.daemon.recorded(*[line for number in range(12) for line in self.person(number)])
        self.meet()

    def meet(self):
        """A connection for each of those who ask."""
        os.chmod(self.daemon.socket, 0o666)
        for connection in self.connections.values():
            connection.close()
        for name, groups in ASKERS.items():
            with somebody(groups):
                self.connections[name] = SocketConnection(self.daemon.socket)
                self.connections[name].connect()

    def person(self, number):
        agency = self.chance.choice(("police", "probation"))
        return [sentenced(f"M-{number:04d}", on=f"2022-{self.chance.randint(8, 12):02d}-{self.chance.randint(1, 28):02d}"),
                level(f"M-{number:04d}", str(self.chance.choice((1, 2, 2, 3))), agency)]

    def today(self):
        return self.daemon.status()["today"]

    # ---- what happens ----

    def records(self):
        case = f"M-{self.chance.randrange(14):04d}"
        self.number += 1
        event = self.chance.choice((
            level(case, str(self.chance.choice((1, 2, 3))), self.chance.choice(("police", "probation", None)), on=self.today()),
            sentenced(case, on=self.today()),
            {"case": case, "event": "meeting-held", "on": self.today()},
            {"case": case, "event": "meeting-booked", "on": self.today(), "next-meeting": "2025-01-02"},
            {"case": case, "event": "order-made", "on": self.today(), "item": f"O{self.number}", "order-owner": "police", "order-due": self.today()}))
        self.assertIn(self.daemon.record(event).status, (201, 422))

    def undoes(self):
        lines = self.daemon.get("/v1/events?limit=200")["events"]
        seq = self.chance.choice([line["seq"] for line in lines])
        self.assertIn(self.daemon.ask("POST", f"/v1/events/{seq}/retract", {"why": "it was another"}).status, (201, 409, 422))

    def acknowledges(self):
        for alert in self.daemon.get("/v1/alerts?limit=5")["alerts"]:
            self.assertIn(self.daemon.ask("POST", f"/v1/alerts/{alert['id']}/ack", {"why": "a date is being sought"}).status, (201, 409, 422, 403))

    def lives_on(self):
        days = self.chance.choice((1, 1, 3, 30))
        for _ in range(days):
            self.now[2] += 1
            if self.now[2] > 28:
                self.now[1:3] = [self.now[1] % 12 + 1, 1]
                self.now[0] += self.now[1] == 1
        self.daemon.move_clock(self.at())

    def at(self):
        return "{:04d}-{:02d}-{:02d}T{:02d}:00:00Z".format(*self.now)

    def steps_back(self):
        """A clock that was ahead by days: what was of the later days is undone."""
        while self.now[2] < 10:
            self.lives_on()
        self.now[2] -= self.chance.choice((1, 2, 5))
        self.daemon.set_clock(self.at())
        eventually(lambda: self.daemon.status()["now"].startswith(self.at()[:-1]), "the day before")

    def reloads(self):
        if self.chance.random() < 0.5:
            self.law = (self.law + 1) % len(LAWS_IN_TURN)
            (self.daemon.dir / "rules/10-rules.cfg").write_text(LAWS_IN_TURN[self.law])
        else:
            self.access = (self.access + 1) % len(ACCESSES)
            self.daemon.access = ACCESSES[self.access]
            self.daemon.write_config()
        done = self.daemon.accept()
        self.assertEqual(done.status, 200, done.body)

    def reloads_in_vain(self):
        path = self.daemon.dir / "rules/10-rules.cfg"
        path.write_text("rules = (")
        self.assertEqual(self.daemon.ask("POST", "/v1/reload").status, 422)
        path.write_text(LAWS_IN_TURN[self.law])

    def other_contacts(self):
        self.number += 1
        (self.daemon.dir / "contacts.cfg").write_text(CONTACTS.replace("MAPPA unit", f"Unit {self.number}"))
        self.daemon.accept()

    def erases(self):
        self.number += 1
        case = f"M-{100 + self.number:04d}"
        self.daemon.recorded(sentenced(case, on="2022-09-01"), level(case, "2", "police", on="2022-09-01"))
        self.hold("before an erasure")
        self.assertTrue(any(f'"{case}"'.encode() in body for body in self.seen))
        look = self.daemon.ask("POST", f"/v1/cases/{case}/erase", {}).json
        done = self.daemon.ask("POST", f"/v1/cases/{case}/erase", {"why": "by mistake", "confirm": look["confirm"], "force": True})
        self.assertTrue(done.status == 200 and done.json["erased"], done.body)
        self.hold("after it")
        self.assertFalse(any(f'"{case}"'.encode() in body for body in self.seen))

    def only_looks(self):
        for path in ("/v1/cases/M-0001", "/v1/alerts", "/v1/obligations?as-of=2023-01-10", "/v1/status"):
            self.assertIn(self.daemon.ask("GET", path).status, (200, 404))

    def is_refused(self):
        self.assertIn(self.daemon.record({"case": "M-0001", "event": "released", "on": "2022-01-01"}, {"nonsense": 1}).status, (400, 422))

    def begins_anew(self):
        self.daemon.end()
        self.daemon.start()
        self.meet()

    # ---- and what is answered ----

    def choose(self):
        """Who asks what: with the new spellings no more than is kept at a time, so that what was asked before is there still."""
        every = [(name, question) for name in ASKERS for question in QUESTIONS if (name, question) != ("root", "")]
        self.asked = [("root", ""), *self.chance.sample(every, KEPT // 2 - 1)]

    def hold(self, what):
        """What is asked, twice, the second time from what is kept, beside the question in a new spelling."""
        self.seen = []
        for name, question in self.asked:
            answers = [ask(self.connections[name], "GET", "/v1/obligations?" + spelling)
                       for spelling in (question, question, respelt(question or f"limit={self.chance.randrange(1000, 10**6)}", self.chance))]
            for answer in answers:
                self.assertEqual(answer.status, 200, (what, name, question, answer.body))
            self.assertEqual({answer.body for answer in answers}, {answers[2].body}, f"after {what}: {name} asks \"{question}\" (seed {SEED})")
            self.seen.append(answers[2].body)

    def test_what_is_kept_is_what_would_be_made(self):
        self.begin()
        self.choose()
        self.hold("the beginning")
        happens = [self.records] * 5 + [self.undoes, self.acknowledges, self.lives_on, self.lives_on, self.steps_back, self.reloads, self.reloads,
                                        self.reloads_in_vain, self.other_contacts, self.only_looks, self.is_refused]
        for step in [self.erases, self.begins_anew, *(self.chance.choice(happens) for _ in range(STEPS))]:
            step()
            self.hold(step.__name__)
            if self.chance.random() < 0.3:
                self.choose()
                self.hold("another choice")

    def test_each_look_at_a_kept_page_stands_in_the_log(self):
        self.begin()
        wanted = []
        for connection in self.connections.values():
            for _ in range(3):
                rows = len(ask(connection, "GET", "/v1/obligations?state=overdue&limit=50").json["obligations"])
                wanted.append(("state=overdue&limit=50", rows))
        lines = self.daemon.get("/v1/access?limit=100")["accesses"]
        self.assertEqual([(line["detail"].rpartition(" ")[2], line["rows"]) for line in reversed(lines) if line["what"] == "list"], wanted)
        self.assertEqual(len({rows for _, rows in wanted}), 3)

    def test_more_questions_than_are_kept(self):
        self.begin()
        questions = [f"limit={limit}" for limit in range(1, 3 * KEPT)]
        first = [self.daemon.get("/v1/obligations?" + question) for question in questions]
        for _ in range(2):
            self.chance.shuffle(order := list(range(len(questions))))
            for index in order:
                self.assertEqual(self.daemon.get("/v1/obligations?" + questions[index]), first[index])


if __name__ == "__main__":
    main()
