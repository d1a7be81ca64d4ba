#!/usr/bin/python3
"""Who sees which cases: compartments and agencies, tried over every route by real users with real groups.

The measure is a second daemon that never had the hidden cases: whatever somebody outside a compartment asks, both
answer the same but for the numbers that lines and alerts have.
"""

import contextlib
import json
import os
import pwd
import re
import shutil
import sqlite3
import subprocess
import threading
import unittest

from harness import MAPPACTL, RULES, VOCABULARY, BoxTest, Daemon, MailServer, SocketConnection, as_user, ask, eventually, main
from test_access import ROUTES

NOBODY = 65534
GAMES, NEWS, UUCP, PROXY, MAN, LP = 60, 9, 10, 13, 12, 7       # of base-passwd, in every Debian
ROLES = 'readers = ["games"]; writers = ["news"]; admins = ["uucp"];'
LEVEL_3 = '{ group = "proxy"; when = { level = "3"; }; %s }'
AGENCY = '{ group = "man"; agency = "police"; cases = ["lead-agency"]; items = ["order-owner"]; }'
STRICT = "access = { " + ROLES + " compartments = ( " + LEVEL_3 % "hides-counts = true;" + " ); agencies = ( " + AGENCY + " ); };"
LOOSE = "access = { " + ROLES + " compartments = ( " + LEVEL_3 % "" + " ); agencies = ( " + AGENCY + " ); };"

WORDS = VOCABULARY.replace("attributes = (", """attributes = (
  { name = "order-owner"; scope = "order"; values = ["police", "housing"]; },
  { name = "order-due"; scope = "order"; type = "date"; },""").replace('{ name = "order-made"; new-item = "order"; }', """
  { name = "order-made"; new-item = "order"; fields = ( { name = "order-owner"; }, { name = "order-due"; } ); },
  { name = "order-served"; item = "order"; }""")
LAW = RULES.rstrip().removesuffix(");") + """,
  { id = "order-served"; title = "Order served"; source = "tests"; basis = "By its date."; strength = "should"; per = "order";
    by = "order-due"; met-by = { event = "order-served"; }; needs = ["order-due"]; alerts = ( { at = "due"; to = "unit"; } ); } );
reports = ( { name = "places"; title = "Places"; source = "tests"; basis = "Where they are."; year-starts = "04-01";
  tables = ( { name = "people"; title = "People"; counts = "cases-on-day";
    rows = ( { name = "inside"; label = "In custody"; when = { location = "custody"; }; }, { name = "outside"; label = "Outside"; when = { location = "community"; }; } );
    columns = ( { name = "all"; label = "All"; } ); } ); } );
"""
LAWS = {"00-vocabulary.cfg": WORDS, "10-rules.cfg": LAW}


def sentenced(case, on="2023-01-02", **fields):
    return {"case": case, "event": "sentenced", "on": on, "disposal": "community", **fields}


def level(case, number, agency=None, on="2023-01-03", **fields):
    return {"case": case, "event": "level-set", "on": on, "level": number, **({"lead-agency": agency} if agency else {}), **fields}


SEEN = [sentenced("M-0001", id="seen-1"), level("M-0001", "2", "police"), sentenced("M-0003"), level("M-0003", "2", "probation"),
        {"case": "M-0003", "event": "order-made", "on": "2023-01-05", "item": "O1", "order-owner": "police", "order-due": "2023-03-20"},
        {"case": "M-0003", "event": "order-made", "on": "2023-01-05", "item": "O2", "order-owner": "housing", "order-due": "2023-03-21"}]
HIDDEN = [sentenced("M-0002", id="hidden-1"), level("M-0002", "2", "police", on="2023-01-03"), level("M-0002", "3", on="2023-01-20", id="hidden-2"),
          sentenced("M-0004"), level("M-0004", "3", "probation")]

# Numbers of lines and alerts have gaps where something was recorded for others; what they are of is not told.
NUMBERS = re.compile(r'"(seq|last_seq|first_seq|id|hash|next|recorded_at|raised_at|key|undone_by|retracts|replaces|loaded_at|started_at|now|connections)":("[^"]*"|\d+)')


def plain(body):
    text = re.sub(r"/tmp/[^\"]*/(full|bare)/", "/", body.decode(errors="replace"))
    return NUMBERS.sub(r'"\1":0', re.sub(r"(UID|DTSTAMP):\S+", r"\1:0", text))        # of a calendar: names are secret and of one record


@unittest.skipUnless(os.geteuid() == 0, "only root can become somebody else")
class Scope(BoxTest):
    def begin(self, access=STRICT, events=(), name="d", **settings):
        daemon = Daemon(self.directory / name, rules=LAWS, access=access, **settings)
        daemon.start()
        self.addCleanup(daemon.end)
        self.open(daemon)
        for event in events:
            daemon.recorded(event)
        return daemon

    def open(self, daemon):
        for folder in (self.directory, daemon.dir):
            os.chmod(folder, 0o755)
        os.chmod(daemon.socket, 0o666)

    def ask(self, daemon, groups, *requests):
        """Answers to requests of one connection: status, body."""
        def work():
            connection, answers = daemon.connect(), []
            for method, path, body in requests:
                answer = ask(connection, method, path, body)
                answers.append([answer.status, answer.body.decode(errors="replace")])
            connection.close()
            return answers
        return as_user(NOBODY, NOBODY, groups, work)

    def get(self, daemon, groups, path):
        status, body = self.ask(daemon, groups, ("GET", path, None))[0]
        self.assertEqual(status, 200, body)
        return json.loads(body)

    def both(self, access):
        """A daemon with hidden cases, and one that never had any."""
        full = self.begin(access, [event for pair in zip(SEEN, HIDDEN + [None]) for event in pair if event], "full")
        bare = self.begin(access, SEEN, "bare")
        return full, bare

    QUESTIONS = [("GET", path, None) for path in (
        "/v1/obligations", "/v1/obligations?state=all&limit=2", "/v1/obligations?case=M-0002", "/v1/obligations?case=M-0001", "/v1/obligations?level=3",
        "/v1/obligations?as-of=2023-01-10", "/v1/obligations?as-of=2023-01-10&limit=1", "/v1/obligations?agency=police", "/v1/obligations?limit=1",
        "/v1/calendar.ics", "/v1/calendar.ics?case=M-0002", "/v1/calendar.ics?role=unit",
        "/v1/cases", "/v1/cases?limit=1", "/v1/cases?cursor=M-0001&limit=1", "/v1/cases?as-of=2023-01-10", "/v1/cases?level=1,2,3,4,unset", "/v1/cases?level=4", "/v1/cases/M-0001", "/v1/cases/M-0002",
        "/v1/cases/M-0002?as-of=2023-01-10", "/v1/cases/M-0002/history", "/v1/cases/M-0002/explain?rule=review", "/v1/cases/M-0004/explain?rule=x",
        "/v1/cases/M-0003/history", "/v1/reports/certificate?answer=all", "/v1/reports/certificate?as-of=2023-01-10",
        "/v1/reports/places/cases?year=2022-23", "/v1/reports/forecast/cases", "/v1/alerts", "/v1/alerts?case=M-0002", "/v1/alerts?order=oldest&limit=1", "/v1/alerts?unacked=1",
        "/v1/events", "/v1/events?limit=1", "/v1/access", "/v1/rules", "/v1/alerts?rule=nothing")]
    COUNTS = [("GET", path, None) for path in ("/v1/reports/places?year=2022-23", "/v1/reports/places?year=2022-23&as-of=2023-01-10", "/v1/reports/forecast", "/v1/status",
                                               "/metrics", "/v1/outbox", "/v1/rules/history")]

    def held_against(self, full, bare, groups, questions):
        for question, one, other in zip(questions, self.ask(full, groups, *questions), self.ask(bare, groups, *questions)):
            with self.subTest(question=question, groups=groups):
                self.assertEqual((one[0], plain(one[1].encode())), (other[0], plain(other[1].encode())))
                for case in ("M-0002", "M-0004"):
                    if question[:2] == ("POST", "/v1/reports/forecast") and question[2]["case"] == case:
                        continue            # what they suppose themselves, of a case that begins with it
                    told = one[1].replace(f'"nothing was ever recorded of \\"{case}\\""', "").replace(f'there is no case \\"{case}\\" that you may', "")
                    self.assertNotIn(f'"{case}"', told)

    def test_nothing_tells_of_a_hidden_case_to_a_reader(self):
        full, bare = self.both(STRICT)
        for groups in ([GAMES], [MAN], [GAMES, MAN]):
            self.held_against(full, bare, groups, self.QUESTIONS + self.COUNTS)
        for daemon in (full, bare):         # the same when days have passed and alerts were raised
            daemon.move_clock("2023-05-15T09:00:00Z")
        for groups in ([GAMES], [MAN]):
            self.held_against(full, bare, groups, self.QUESTIONS + self.COUNTS)

    def test_nothing_tells_of_a_hidden_case_to_a_writer_or_an_admin(self):
        full, bare = self.both(STRICT)
        tried = [("POST", "/v1/events", event) for event in (
            level("M-0002", "2"), level("M-0009", "2"), {"case": "M-0002", "event": "released", "on": "2023-02-01"}, level("M-0001", "2", id="hidden-x"),
            {"case": "M-0002", "event": "sentenced", "on": "2023-01-02", "disposal": "community", "id": "hidden-1"}, level("M-0002", "2", id="free"),
            {"retract": "hidden-2", "why": "x"}, {"retract": "free", "why": "x"}, level("M-0001", "2", replaces="hidden-1", why="x"),
            level("M-0001", "2", replaces="free", why="x"), level("M-0002", "9"))]
        tried += [("POST", "/v1/events?conflicts=" + word, body) for word in ("refuse", "skip") for body in (       # what is known, with a target that may be hidden
            sentenced("M-0001", id="seen-1", replaces="hidden-1", why="x"), sentenced("M-0001", id="seen-1", replaces="free", why="x"),
            {"retract": "hidden-2", "why": "x", "id": "seen-1"}, sentenced("M-0002", id="seen-1"))]
        tried += [(method, path + ("&" if "?" in path else "?") + "dry-run=1", json.dumps(body)) for method, path, body in tried]
        tried += [("POST", "/v1/reports/forecast", event) for event in (level("M-0002", "2"), level("M-0001", "2"), level("M-0009", "2"),
                                                                        {"case": "M-0002", "event": "released", "on": "2023-02-01"})]
        tried += [("GET", "/v1/routes?case=M-0002&rule=review&stage=due", None), ("POST", "/v1/rules/diff", None), ("POST", "/v1/backup", ""),
                  ("POST", "/v1/verify", ""), ("POST", "/v1/rules/accept", {"accept": "0" * 64}), ("POST", "/v1/reload", None), ("POST", "/v1/outbox/retry", {})]
        for groups in ([NEWS], [UUCP], [NEWS, MAN]):
            self.held_against(full, bare, groups, self.QUESTIONS + self.COUNTS + tried)
        ids = {line["case"]: line["seq"] for line in full.get("/v1/events")["events"]}
        for path, body in ((f"/v1/events/{ids['M-0002']}/retract", {"why": "x"}), ("/v1/events/999/retract", {"why": "x"})):
            status, text = self.ask(full, [NEWS], ("POST", path, body))[0]
            self.assertEqual((status, "no such event was recorded" in text), (422, True))
        status = full.get("/v1/status")
        self.assertEqual((status["cases"], full.get("/v1/cases/M-0002")["last_seq"]), (4, ids["M-0002"]))

    def test_an_alert_of_a_hidden_case_cannot_be_acknowledged(self):
        full, _ = self.both(STRICT)
        full.move_clock("2023-05-15T09:00:00Z")
        hidden = [alert["id"] for alert in full.alerts() if alert["case"] == "M-0002"]
        self.assertTrue(hidden)
        one, other = (self.ask(full, [NEWS], ("POST", f"/v1/alerts/{number}/ack", {"why": "x"}))[0] for number in (hidden[0], 99999))
        self.assertEqual((one[0], one[1].replace(str(hidden[0]), "99999")), (404, other[1]))

    def test_a_mailbox_that_only_a_hidden_case_wrote_to_is_not_told_of(self):
        """That a message failed is an alert of the service, which says that there was one."""
        server = MailServer()
        self.addCleanup(server.stop)
        server.answers["probation@example.gov.uk"] = "550 no such mailbox"
        for access, told in ((STRICT, False), (LOOSE, True)):
            daemon = self.begin(access.replace('level = "3"', 'lead-agency = "probation"'),
                                [sentenced("M-0002"), level("M-0002", "2", "probation", on="2022-10-03")], str(told), mail=server.setting())
            daemon.move_clock("2023-03-02T09:00:00Z")
            eventually(lambda: [alert for alert in daemon.alerts() if alert["kind"] == "delivery"], "a failure that is told")
            number = next(alert["id"] for alert in daemon.alerts() if alert["kind"] == "delivery")
            for groups, seen in (([GAMES], told), ([GAMES, PROXY], True)):
                alerts = self.get(daemon, groups, "/v1/alerts")["alerts"]
                self.assertEqual("probation@example.gov.uk" in json.dumps([alert for alert in alerts if alert["case"] is None]), seen, (access, groups))
            status, text = self.ask(daemon, [NEWS], ("POST", f"/v1/alerts/{number}/ack", {"why": "x"}))[0]
            self.assertEqual(status == 404, not told, text)

    def test_who_is_told_no_totals_misses_no_alert_after_a_restore(self):
        """How many alerts there are tells of hidden cases; the place in the restored record is found without it."""
        def raise_some(first, count):
            cases = [f"M-{number:04}" for number in range(first, first + count)]
            for case in cases:
                daemon.recorded(sentenced(case))
            return cases
        def read(count):
            ended = threading.Timer(60, process.kill)
            ended.start()
            lines = [process.stdout.readline() for _ in range(count)]
            ended.cancel()
            return [json.loads(line)["case"] if line else None for line in lines]
        daemon = self.begin(STRICT)
        shutil.copy(MAPPACTL, self.directory / "mappactl")
        backup = self.directory / "backup.db"
        cases = raise_some(100, 1)
        self.assertEqual(daemon.ctl("backup", backup).returncode, 0)
        process = subprocess.Popen([self.directory / "mappactl", "alerts", "--follow", "--after", "0", "--json"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                   user=NOBODY, group=NOBODY, extra_groups=[GAMES], text=True, env={"PATH": os.environ["PATH"], "MAPPAD_SOCKET": str(daemon.socket)})
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        cases += raise_some(101, 5)
        self.assertEqual(read(6), cases)
        daemon.stop()
        shutil.rmtree(daemon.dir / "state")
        (daemon.dir / "state").mkdir()
        self.assertEqual(daemon.ctl("restore", backup, daemon.dir / "state").returncode, 0)
        daemon.set_clock("2023-03-05T10:00:00Z")
        daemon.start()
        os.chmod(daemon.socket, 0o666)
        late = raise_some(200, 2)
        streams = lambda: [line for line in daemon.get("/v1/access?limit=1000")["accesses"] if line["uid"] == NOBODY and line["what"] == "stream"]
        before = len(streams())         # of the backup
        eventually(lambda: len(streams()) > before, "the follower's return")
        late += raise_some(202, 7)
        heard = [alert["case"] for alert in daemon.alerts()][1:]
        self.assertEqual([case for case in heard if case in late], late)
        self.assertEqual(read(len(heard)), heard)

    def test_a_case_says_what_is_known_of_its_items(self):
        """By key, as of a day and under what was known then; an item that has not begun, or whose beginning was retracted, is none."""
        daemon = self.begin(STRICT, [
            {"case": "M-0009", "event": "level-set", "on": "2023-01-02", "level": "1"},
            {"case": "M-0009", "event": "order-made", "on": "2023-01-09", "item": "O2", "order-owner": "housing"},
            {"case": "M-0009", "event": "order-made", "on": "2023-01-05", "item": "O1", "order-owner": "police", "order-due": "2023-03-20"}])
        first = {"item": "O1", "kind": "order", "since": "2023-01-05", "attributes": {"order-owner": "police", "order-due": "2023-03-20"}}
        second = {"item": "O2", "kind": "order", "since": "2023-01-09", "attributes": {"order-owner": "housing"}}
        for query, items in (("", [first, second]), ("?as-of=2023-01-08", [first]), ("?as-of=2023-01-04", [])):
            self.assertEqual(daemon.get("/v1/cases/M-0009" + query)["items"], items)
        self.assertRegex(daemon.ctl("show", "M-0009").stdout,
                         r"\nItems\nItem +Kind +Since +State\nO1 +order +Thu 5 Jan 2023 +order-owner police, order-due 2023-03-20\nO2 +order +Mon 9 Jan 2023 +order-owner housing\n")
        self.assertIn("What is known of its items", daemon.ctl("show", "M-0009", "--html").stdout)
        self.assertEqual(daemon.ask("POST", "/v1/events/3/retract", {"why": "of another case"}).status, 201)
        self.assertEqual(daemon.get("/v1/cases/M-0009")["items"], [second])
        self.assertNotIn("items", daemon.get("/v1/cases")["cases"][0])

    def test_a_member_sees_it_all(self):
        full, _ = self.both(STRICT)
        for groups in ([GAMES, PROXY], [UUCP, PROXY]):
            self.assertEqual([row["case"] for row in self.get(full, groups, "/v1/cases")["cases"]], ["M-0001", "M-0002", "M-0003", "M-0004"])
            self.assertEqual(self.get(full, groups, "/v1/cases/M-0002"), full.get("/v1/cases/M-0002"))
            self.assertEqual(self.get(full, groups, "/v1/status")["cases"], 4)
        self.assertEqual([row[0] for row in self.ask(full, [UUCP, PROXY], ("POST", "/v1/verify", ""), ("POST", "/v1/backup", ""))], [200, 200])

    def test_every_route_for_whom_the_scope_is_too_small(self):
        """What says that it is out of scope, and says no more: of the roles that may otherwise."""
        full, _ = self.both(STRICT)
        whole = {("POST", "/v1/rules/diff"), ("GET", "/v1/access"), ("POST", "/v1/backup"), ("POST", "/v1/verify"),
                 ("POST", "/v1/reports/{report}/seal"), ("GET", "/v1/seals/{seal}/changes"), ("GET", "/v1/seals/{seal}/whole"),
                 ("GET", "/v1/cases/{ref}/subject-access"), ("POST", "/v1/cases/{ref}/erase"), ("GET", "/v1/erasures"),
                 ("GET", "/v1/erasures/{seq}")}
        counts = {("GET", "/v1/outbox"), ("POST", "/v1/outbox/retry"), ("POST", "/v1/outbox/{id}/retry"), ("POST", "/v1/rules/accept"),
                  ("GET", "/v1/rules/history"), ("POST", "/v1/reload"), ("GET", "/v1/seals"), ("GET", "/v1/seals/{seal}")}
        changes = {("POST", "/v1/events"), ("POST", "/v1/events/{seq}/retract"), ("POST", "/v1/alerts/{id}/ack"), ("GET", "/v1/routes")}
        requests = [(method, path, body) for (method, _), (_, path, body, _) in ROUTES.items()]
        for groups, shut in (([UUCP], whole | counts), ([UUCP, MAN], whole | counts | changes), ([UUCP, PROXY, MAN], whole | counts | changes), ([UUCP, PROXY], set())):
            for route, (status, text) in zip(ROUTES, self.ask(full, groups, *requests)):
                with self.subTest(groups=groups, route=route):
                    self.assertEqual(status == 403, route in shut)
                    if status == 403:
                        self.assertEqual(json.loads(text)["error"]["code"], "out-of-scope")

    def test_a_compartment_that_does_not_hide_counts(self):
        full, _ = self.both(LOOSE)
        self.assertEqual(self.get(full, [GAMES], "/v1/status")["cases"], 4)
        self.assertIn("mappad_cases 4", self.ask(full, [GAMES], ("GET", "/metrics", None))[0][1])
        self.assertEqual([row["case"] for row in self.get(full, [GAMES], "/v1/cases")["cases"]], ["M-0001", "M-0003"])
        self.assertEqual(self.get(full, [GAMES], "/v1/reports/places?year=2022-23")["cases_counted"], 4)
        self.assertEqual(self.get(full, [GAMES], "/v1/reports/places/cases?year=2022-23")["cases_counted"], 2)
        answers = self.ask(full, [NEWS], ("POST", "/v1/events", sentenced("M-0009")), ("POST", "/v1/events", sentenced("M-0002")), ("GET", "/v1/cases/M-0002", None))
        self.assertEqual([row[0] for row in answers], [201, 422, 404])

    def test_a_seal_counts_every_case_and_is_for_whom_every_case_is_counted(self):
        sealed = ("POST", "/v1/reports/places/seal?year=2022-23", {})
        questions = [("GET", path, None) for path in ("/v1/seals", "/v1/seals/places", "/v1/seals/places/changes", "/v1/seals/places/whole")]
        for access, strangers, readers in ((STRICT, ([GAMES], [UUCP], [MAN], [UUCP, PROXY, MAN]), ([GAMES, PROXY],)),
                                           (LOOSE, ([MAN], [GAMES, PROXY, MAN]), ([GAMES], [GAMES, PROXY]))):
            daemon = self.begin(access, SEEN + HIDDEN, "strict" if access is STRICT else "loose", now="2023-04-03T09:00:00Z")
            for groups in ([UUCP], [UUCP, PROXY, MAN], [UUCP, MAN]):
                self.assertEqual([(row[0], json.loads(row[1])["error"]["code"]) for row in self.ask(daemon, groups, sealed)], [(403, "out-of-scope")])
            self.assertEqual(self.ask(daemon, [UUCP, PROXY], sealed)[0][0], 201)
            for groups in strangers:
                answers = self.ask(daemon, groups, *questions[:3])
                self.assertEqual([(row[0], json.loads(row[1])["error"]["code"]) for row in answers], [(403, "out-of-scope")] * 3)
            for groups in readers:
                self.assertEqual(len(self.get(daemon, groups, "/v1/seals")["seals"]), 1)
                self.assertEqual(self.get(daemon, groups, "/v1/seals/places")["content"]["cases_counted"], 4)
                # who moved is told of with their references, and of all or of none
                wanted = 200 if PROXY in groups else 403
                self.assertEqual([row[0] for row in self.ask(daemon, groups, *questions[2:])], [wanted, 403])
            daemon.recorded(level("M-0002", "2", on="2023-03-01"))
            self.assertEqual(self.get(daemon, [UUCP, PROXY], "/v1/seals/places/changes")["cases_counted"], 4)
            daemon.stop()

    def test_an_agency_sees_its_cases_and_what_it_owes_in_those_of_others(self):
        full, _ = self.both(STRICT)
        self.assertEqual([row["case"] for row in self.get(full, [MAN], "/v1/cases")["cases"]], ["M-0001"])
        rows = self.get(full, [MAN], "/v1/obligations")["obligations"]
        self.assertEqual(sorted((row["case"], row["rule"], row["item"]) for row in rows),
                         [("M-0001", "first-meeting", None), ("M-0001", "review", None), ("M-0003", "order-served", "O1")])
        self.assertEqual(self.ask(full, [MAN], ("GET", "/v1/cases/M-0003", None))[0][0], 404)
        # M-0002 is its own, and lies in the compartment
        self.assertEqual([row["case"] for row in self.get(full, [MAN, PROXY], "/v1/cases")["cases"]], ["M-0001", "M-0002"])
        full.recorded(level("M-0001", "2", "probation", on="2023-02-01"))
        self.assertEqual(self.get(full, [MAN], "/v1/cases")["cases"], [])

    def test_a_process_that_left_the_group_of_its_agency_is_limited_all_the_same(self):
        """The user man is in the group of the agency by the user database, and comes with the group of readers alone."""
        full, _ = self.both(STRICT)
        def work():
            connection = full.connect()
            answers = [json.loads(ask(connection, "GET", path).body) for path in ("/v1/cases", "/v1/status")]
            connection.close()
            return answers
        listed, status = as_user(pwd.getpwnam("man").pw_uid, GAMES, [GAMES], work)
        self.assertEqual(([row["case"] for row in listed["cases"]], status["cases"]), (["M-0001"], None))

    def test_a_case_comes_and_goes_with_what_is_recorded(self):
        """As it stands today decides, whatever day is asked about, and in the transaction that changes it."""
        daemon = self.begin(STRICT, [sentenced("M-0001"), level("M-0001", "3")])
        self.assertEqual(self.ask(daemon, [GAMES], ("GET", "/v1/cases/M-0001", None))[0][0], 404)
        daemon.recorded(level("M-0001", "2", on="2023-02-20"))
        shown = self.get(daemon, [GAMES], "/v1/cases/M-0001?as-of=2023-02-01")
        self.assertEqual(shown["attributes"]["level"], "3")
        self.assertEqual([row["case"] for row in self.get(daemon, [GAMES], "/v1/obligations")["obligations"]], ["M-0001"] * 2)
        status, text = self.ask(daemon, [NEWS], ("POST", "/v1/events", level("M-0001", "3", on="2023-02-25")))[0]
        self.assertEqual(status, 201, text)      # whoever records it knows it; from then on they do not see it
        answers = self.ask(daemon, [NEWS], ("GET", "/v1/cases/M-0001?as-of=2023-02-21", None), ("GET", "/v1/obligations?state=all", None),
                           ("POST", "/v1/events", level("M-0001", "2", on="2023-02-26")))
        self.assertEqual([answers[0][0], json.loads(answers[1][1])["obligations"], answers[2][0]], [404, [], 422])
        self.assertTrue(daemon.ask("POST", "/v1/verify").json["verified"])

    def test_the_stream_passes_over_what_is_hidden(self):
        full, bare = self.both(STRICT)
        def follow(daemon):
            connection = SocketConnection(daemon.socket)
            connection.request("GET", "/v1/alerts/stream?after=0")
            answer, cases = connection.getresponse(), []
            while "M-0003" not in cases or "M-0001" not in cases:
                line = answer.readline().decode()
                if line.startswith("data: "):
                    cases.append(json.loads(line[6:])["case"])
            connection.close()
            return cases
        for daemon in (full, bare):
            daemon.move_clock("2023-05-15T09:00:00Z")
        self.assertEqual(as_user(NOBODY, NOBODY, [GAMES], lambda: follow(full)), as_user(NOBODY, NOBODY, [GAMES], lambda: follow(bare)))

    def test_attempts_are_logged_and_counted(self):
        full, _ = self.both(STRICT)
        asked = [("GET", "/v1/cases/M-0002", None), ("GET", "/v1/cases/M-0002/history", None), ("GET", "/v1/cases/M-0002/explain?rule=review", None),
                 ("GET", "/v1/obligations?case=M-0002", None), ("GET", "/v1/alerts?case=M-0002", None), ("GET", "/v1/routes?case=M-0002&rule=review&stage=due", None),
                 ("POST", "/v1/events", level("M-0002", "2")), ("POST", "/v1/backup", ""), ("GET", "/v1/cases/M-0009", None)]
        self.ask(full, [UUCP], *asked)
        log = full.read_log()
        self.assertEqual(len(re.findall(r"a peer asked for a case that it does not see MAPPA_UID=65534 .*MAPPA_CASE=M-0002", log)), 7, log)
        self.assertEqual(len(re.findall(r"something that tells of cases it does not see MAPPA_UID=65534", log)), 1)
        self.assertEqual(full.status()["denied"], 8)
        metrics = full.ask("GET", "/metrics").body.decode()
        self.assertIn('mappad_denied_requests_total{want="case"} 7', metrics)
        self.assertIn('mappad_denied_requests_total{want="scope"} 1', metrics)

    def test_the_log_of_accesses_says_what_was_out_of_sight(self):
        full, _ = self.both(STRICT)
        for groups in ([GAMES], [MAN], [MAN, PROXY], [GAMES, PROXY]):
            self.ask(full, groups, ("GET", "/v1/obligations?limit=5", None), ("GET", "/v1/cases", None))
        lines = [(line["detail"], line["rows"]) for line in full.get("/v1/access")["accesses"][::-1] if line["what"] == "list"]
        self.assertEqual([line[0] for line in lines], ["[outside proxy] limit=5", "[outside proxy]", "[outside proxy; only police] limit=5", "[outside proxy; only police]",
                                                       "[only police] limit=5", "[only police]", "limit=5", None])
        self.ask(full, [GAMES], ("GET", "/v1/obligations?case=M-0002", None))
        line = full.get("/v1/access?case=M-0002")["accesses"][0]
        self.assertEqual((line["detail"], line["rows"]), ("[outside proxy] case=M-0002", 0))

    def test_a_reload_opens_and_shuts(self):
        full, _ = self.both(STRICT)
        def cases(groups):
            return [row["case"] for row in self.get(full, groups, "/v1/cases")["cases"]]
        for access, seen in (("access = { " + ROLES + " };", ["M-0001", "M-0002", "M-0003", "M-0004"]), (STRICT, ["M-0001", "M-0003"]),
                             (STRICT.replace('level = "3"', 'level = ["2", "3"]'), [])):
            full.access = access
            full.write_config()
            full.reload()
            self.assertEqual(cases([GAMES]), seen)
            self.assertTrue(full.ask("POST", "/v1/verify").json["verified"])
        full.stop()                         # and what is kept is found again at the next start, or found anew
        full.access = STRICT
        full.write_config()
        full.start()
        self.open(full)
        self.assertEqual(cases([GAMES]), ["M-0001", "M-0003"])

    def test_a_reader_that_a_reload_shuts_out_loses_what_it_follows(self):
        daemon = self.begin("access = { " + ROLES + " };", SEEN + HIDDEN)
        def work():
            kept = SocketConnection(daemon.socket)
            before = ask(kept, "GET", "/v1/cases/M-0002").status
            (self.directory / "d/state/holding").touch()
            eventually((self.directory / "d/state/reloaded").exists, "a reload")
            after = ask(kept, "GET", "/v1/cases/M-0002").status
            kept.close()
            return [before, after]
        os.chmod(daemon.dir / "state", 0o777)
        child = os.fork()
        if child == 0:
            try:
                os._exit(0 if as_user(NOBODY, NOBODY, [GAMES], work) == [200, 404] else 1)
            finally:
                os._exit(1)
        eventually((self.directory / "d/state/holding").exists, "a reader that holds a connection")
        daemon.access = STRICT
        daemon.write_config()
        daemon.reload()
        (self.directory / "d/state/reloaded").touch()
        self.assertEqual(os.waitpid(child, 0)[1], 0)

    def test_what_a_reload_tells_goes_by_the_scopes_that_it_puts_in_force(self):
        """Dates that new rules move are told at once; whoever the same reload shuts out does not hear of them."""
        daemon = self.begin("access = { " + ROLES + " };", [*SEEN[:2], *HIDDEN, *SEEN[2:]])
        following = self.directory / "following"
        os.chmod(self.directory, 0o777)
        def work():
            connection = SocketConnection(daemon.socket)
            connection.request("GET", "/v1/alerts/stream")
            answer, cases = connection.getresponse(), []
            following.touch()
            while "M-0003" not in cases:
                line = answer.readline().decode()
                if line.startswith("data: ") and json.loads(line[6:])["kind"] == "moved":
                    cases.append(json.loads(line[6:])["case"])
            connection.close()
            return cases
        told = []
        follower = threading.Thread(target=lambda: told.extend(as_user(NOBODY, NOBODY, [GAMES], work)))
        follower.start()
        eventually(following.exists, "a stream that is followed")
        daemon.access = STRICT
        daemon.write_config()
        (daemon.dir / "rules/10-rules.cfg").write_text(LAW.replace("4 weeks after", "6 weeks after"))
        self.assertEqual(daemon.accept().status, 200)
        follower.join()
        self.assertEqual(told, ["M-0001", "M-0003"])
        self.assertEqual([row["case"] for row in daemon.alerts() if row["kind"] == "moved"], ["M-0001", "M-0002", "M-0004", "M-0003"])

    def test_a_check_finds_bits_that_do_not_follow_from_the_record(self):
        full = self.begin(STRICT, SEEN + HIDDEN)
        whole = (full.stop(), (full.dir / "state/mappad.db").read_bytes())[1]
        for script, found in (("UPDATE casefile SET scope = 0 WHERE ref = 'M-0002'", "casefile"), ("UPDATE obligation SET scope = 0 WHERE ref = 'M-0002'", "obligation"),
                              ("DELETE FROM scoped WHERE ref = 'M-0001'", "obligation"),
                              ("DELETE FROM scoped_case WHERE ref = 'M-0001'", "casefile")):
            full.stop()
            (full.dir / "state/mappad.db").write_bytes(whole)
            with contextlib.closing(sqlite3.connect(full.dir / "state/mappad.db")) as db, db:
                db.execute(script)
            full.start()
            self.open(full)
            answer = full.ask("POST", "/v1/verify").json
            self.assertEqual((answer["verified"], found in {finding["table"] for finding in answer["findings"]}), (False, True), answer)

    def test_what_the_rules_do_not_have_is_refused_with_its_line(self):
        daemon = Daemon(self.directory / "d", rules=LAWS)
        for scopes, said in (
                ('compartments = { group = "proxy"; when = { levle = "3"; }; };', 'the rules have no attribute "levle"; did you mean "level"?'),
                ('compartments = { group = "proxy"; when = { level = "4"; }; };', '"4" is no value of "level"'),
                ('compartments = { group = "proxy"; when = { release-date = "set"; }; };', '"release-date" is a date'),
                ('compartments = { group = "proxy"; when = { order-owner = "police"; }; };', '"order-owner" belongs to items of kind "order"'),
                ('compartments = { group = "proxy"; when = { }; };', '"when" asks for nothing'),
                ('compartments = { when = { level = "3"; }; };', '"group" is missing'),
                ('compartments = { group = "proxy"; when = { level = "3"; }; hide-counts = true; };', 'hide-counts'),
                ('agencies = { group = "man"; agency = "polcie"; cases = ["lead-agency"]; };', '"polcie" is no value of "lead-agency"; did you mean "police"?'),
                ('agencies = { group = "man"; agency = "police"; cases = ["order-owner"]; };', '"order-owner" belongs to items'),
                ('agencies = { group = "man"; agency = "police"; items = ["lead-agency"]; };', '"lead-agency" belongs to cases'),
                ('agencies = { group = "man"; agency = "police"; };', 'an agency needs "cases" or "items"')):
            daemon.access = "access = {\n" + scopes + "\n};"
            daemon.write_config()
            answer = daemon.check()
            with self.subTest(scopes=scopes):
                self.assertEqual(answer.returncode, 1)
                self.assertRegex(answer.stderr, r"mappad\.conf:\d+: error: .*" + re.escape(said))
        daemon.access = 'access = { compartments = { group = "mappa-no-such-group"; when = { level = "3"; }; }; };'
        daemon.write_config()
        answer = daemon.check()
        self.assertEqual((answer.returncode, 'no group "mappa-no-such-group"; nobody but root sees its compartment' in answer.stderr), (0, True), answer.stderr)

    def test_the_client_says_why(self):
        full, _ = self.both(STRICT)
        def work():
            words = [full.ctl(*line) for line in (("show", "M-0002"), ("show", "M-0009"), ("backup", "/tmp/mappad-box-scope.db"), ("status",), ("cases",), ("health",))]
            return [[word.returncode, word.stdout, word.stderr] for word in words]
        hidden, unknown, backup, status, listed, health = as_user(NOBODY, NOBODY, [UUCP], work)
        self.assertEqual((hidden[0], hidden[2].replace("M-0002", "M-0009")), (unknown[0], unknown[2]))
        self.assertEqual((backup[0], "this is for those who are in every compartment" in backup[2]), (1, True), backup)
        self.assertEqual(status[0], 0, status)
        self.assertNotRegex(status[1], r"(?i)cases +0")
        self.assertIn("Counts are not shown", status[1])
        self.assertEqual((health[0], "not shown how mail does" in health[1], "overdue" in health[1]), (1, True, False), health)
        self.assertEqual((listed[0], "M-0002" in listed[1]), (0, False))

    def test_a_list_of_a_case_out_of_sight_says_what_one_of_no_case_says(self):
        full, _ = self.both(STRICT)
        commands = (("overdue",), ("due",), ("alerts",), ("calendar",), ("show",))
        def work():
            words = [full.ctl(*command, *(["--case"] if command != ("show",) else []), case) for command in commands for case in ("M-0002", "M-0009")]
            return [[word.returncode, word.stdout, word.stderr.replace("M-0002", "M-0009")] for word in words]
        answers = as_user(NOBODY, NOBODY, [UUCP], work)
        self.assertEqual(answers, [answers[-1]] * 2 * len(commands))
        self.assertEqual(answers[-1][0], 1)


if __name__ == "__main__":
    main()
