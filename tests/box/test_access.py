#!/usr/bin/python3
"""Who may do what: every route, asked by real users with real groups.

A peer is what the kernel says it was when it connected: user, primary group,
supplementary groups. The configuration gives roles to groups that every Debian
has and that nobody is in; the processes that ask are given them.
"""

import http.client
import os
import pathlib
import re
import socket
import unittest

from harness import TREE, BoxTest, as_user, ask, eventually, main

NOBODY = 65534
GAMES, NEWS, UUCP, PROXY = 60, 9, 10, 13        # of base-passwd, in every Debian
ACCESS = 'access = { readers = ["games"]; writers = ["news"]; admins = ["uucp"]; };'
PEERS = {       # uid, primary group, supplementary groups
    "stranger": (NOBODY, NOBODY, [], None),
    "stranger with a group of no role": (NOBODY, NOBODY, [PROXY], None),
    "stranger by the number of root's group": (NOBODY, 0, [], None),
    "reader": (NOBODY, NOBODY, [GAMES], "reader"),
    "reader by primary group": (NOBODY, GAMES, [], "reader"),
    "writer": (NOBODY, NOBODY, [PROXY, NEWS], "writer"),
    "reader and writer": (NOBODY, GAMES, [NEWS], "writer"),
    "admin": (NOBODY, NOBODY, [UUCP], "admin"),
    "all of it, among many": (NOBODY, NOBODY, list(range(20000, 20100)) + [GAMES, UUCP, NEWS], "admin"),
    "root": (0, 0, [], "admin"),
}
RANK = {None: 0, "reader": 1, "writer": 2, "admin": 3}
# What is sent to each route, and what whoever may is answered; nothing here changes the record.
ROUTES = {
    ("POST", "/v1/events"): ("writer", "/v1/events", "", (400,)),
    ("GET", "/v1/events"): ("reader", "/v1/events", None, (200,)),
    ("POST", "/v1/events/{seq}/retract"): ("writer", "/v1/events/1/retract", {"why": "a test"}, (422,)),
    ("GET", "/v1/obligations"): ("reader", "/v1/obligations", None, (200,)),
    ("GET", "/v1/calendar.ics"): ("reader", "/v1/calendar.ics", None, (200,)),
    ("GET", "/v1/cases"): ("reader", "/v1/cases", None, (200,)),
    ("GET", "/v1/cases/{ref}"): ("reader", "/v1/cases/M-NONE1", None, (404,)),
    ("GET", "/v1/cases/{ref}/history"): ("reader", "/v1/cases/M-NONE1/history", None, (404,)),
    ("GET", "/v1/cases/{ref}/subject-access"): ("admin", "/v1/cases/M-NONE1/subject-access", None, (404,)),
    ("POST", "/v1/cases/{ref}/erase"): ("admin", "/v1/cases/M-NONE1/erase", {"why": "a test"}, (404,)),
    ("GET", "/v1/retention"): ("reader", "/v1/retention?idle=6%20years%20after", None, (200,)),
    ("GET", "/v1/erasures"): ("admin", "/v1/erasures", None, (200,)),
    ("GET", "/v1/erasures/{seq}"): ("admin", "/v1/erasures/1", None, (404,)),
    ("GET", "/v1/cases/{ref}/explain"): ("reader", "/v1/cases/M-NONE1/explain?rule=review", None, (404, 200)),
    ("GET", "/v1/reports/certificate"): ("reader", "/v1/reports/certificate", None, (200,)),
    ("GET", "/v1/reports/forecast"): ("reader", "/v1/reports/forecast", None, (200,)),
    ("GET", "/v1/reports/forecast/cases"): ("reader", "/v1/reports/forecast/cases", None, (200,)),
    ("POST", "/v1/reports/forecast"): ("writer", "/v1/reports/forecast", b"", (400,)),
    ("GET", "/v1/reports/{report}"): ("reader", "/v1/reports/none", None, (400,)),
    ("GET", "/v1/reports/{report}/cases"): ("reader", "/v1/reports/none/cases", None, (400,)),
    ("POST", "/v1/reports/{report}/seal"): ("admin", "/v1/reports/none/seal?year=2022", None, (400,)),
    ("GET", "/v1/seals"): ("reader", "/v1/seals", None, (200,)),
    ("GET", "/v1/seals/{seal}"): ("reader", "/v1/seals/none", None, (404,)),
    ("GET", "/v1/seals/{seal}/changes"): ("reader", "/v1/seals/none/changes", None, (404,)),
    ("GET", "/v1/seals/{seal}/whole"): ("admin", "/v1/seals/none/whole", None, (404,)),
    ("GET", "/v1/alerts"): ("reader", "/v1/alerts", None, (200,)),
    ("GET", "/v1/alerts/stream"): ("reader", "/v1/alerts/stream?after=x", None, (400,)),
    ("POST", "/v1/alerts/{id}/ack"): ("writer", "/v1/alerts/999/ack", {"why": "a test"}, (404,)),
    ("GET", "/v1/routes"): ("writer", "/v1/routes?case=M-NONE1&rule=review&stage=due", None, (404,)),
    ("GET", "/v1/outbox"): ("writer", "/v1/outbox", None, (200,)),
    ("POST", "/v1/outbox/retry"): ("admin", "/v1/outbox/retry", None, (200,)),
    ("POST", "/v1/outbox/{id}/retry"): ("admin", "/v1/outbox/999/retry", None, (404,)),
    ("GET", "/v1/rules"): ("reader", "/v1/rules", None, (200,)),
    ("POST", "/v1/rules/diff"): ("writer", "/v1/rules/diff", "x", (400,)),
    ("POST", "/v1/rules/accept"): ("admin", "/v1/rules/accept", "x", (400,)),
    ("GET", "/v1/rules/history"): ("reader", "/v1/rules/history", None, (200,)),
    ("POST", "/v1/rules/editions"): ("writer", "/v1/rules/editions", "x", (400,)),
    ("GET", "/v1/rules/editions/{digest}"): ("writer", "/v1/rules/editions/" + "0" * 64, None, (404,)),
    ("GET", "/v1/status"): ("reader", "/v1/status", None, (200,)),
    ("GET", "/v1/access"): ("admin", "/v1/access", None, (200,)),
    ("POST", "/v1/backup"): ("admin", "/v1/backup", "", (200,)),
    ("POST", "/v1/verify"): ("admin", "/v1/verify?head=x", "", (400,)),
    ("GET", "/metrics"): ("reader", "/metrics", None, (200,)),
    ("POST", "/v1/reload"): ("admin", "/v1/reload", "x", (400,)),
}
STRANGE = [("GET", "/"), ("GET", "/v1/nothing"), ("POST", "/v1/status"), ("HEAD", "/v1/status"), ("DELETE", "/v1/cases/M-NONE1")]


@unittest.skipUnless(os.geteuid() == 0, "only root can become somebody else")
class Access(BoxTest):
    def open_to_all(self, access=ACCESS, **settings):
        """A daemon whose socket everybody may connect to, so that its own policy is all that decides."""
        self.start(access=access, **settings)
        for folder in (self.directory, self.daemon.dir):
            os.chmod(folder, 0o755)
        os.chmod(self.daemon.socket, 0o666)

    def ask_all(self, requests):
        connection, answers = None, []
        for method, path, body in requests:
            connection = connection or self.daemon.connect()
            answer = ask(connection, method, path, body)
            answers.append([answer.status, answer.error["code"] if answer.status == 403 else None])
            if answer.headers.get("Connection") == "close":
                connection = connection.close()
        if connection:
            connection.close()
        return answers

    def test_every_route_by_every_peer(self):
        self.open_to_all()
        requests = [(method, path, body) for (method, _), (_, path, body, _) in ROUTES.items()]
        for who, (uid, gid, groups, role) in PEERS.items():
            answers = as_user(uid, gid, groups, lambda: self.ask_all(requests))
            for ((method, pattern), (needed, _, _, allowed)), (status, code) in zip(ROUTES.items(), answers):
                with self.subTest(who=who, route=f"{method} {pattern}"):
                    if RANK[role] >= RANK[needed]:
                        self.assertIn(status, allowed)
                    else:
                        self.assertEqual((status, code), (403, "forbidden"))
        self.assertEqual(self.daemon.status()["events"], 0)

    def test_a_stranger_does_not_learn_what_there_is(self):
        self.open_to_all()
        answers = as_user(NOBODY, NOBODY, [], lambda: self.ask_all([(method, path, None) for method, path in STRANGE if method != "HEAD"]))
        self.assertEqual(answers, [[403, "forbidden"]] * 4)

    def test_the_table_above_has_every_route_of_the_contract(self):
        text = (TREE / "docs/openapi.yaml").read_text()
        found, path, method = {}, None, None
        for line in text.splitlines():
            if match := re.match(r"^  (/\S+):$", line):
                path = match.group(1)
            elif match := re.match(r"^    (get|post|put|delete):$", line):
                method = match.group(1).upper()
            elif match := re.match(r"^      x-role: (\w+)$", line):
                found[(method, path)] = match.group(1)
        self.assertEqual(found, {route: row[0] for route, row in ROUTES.items()})

    def test_refusals_are_logged_and_counted_and_do_not_drown_the_log(self):
        self.open_to_all()
        as_user(NOBODY, NOBODY, [], lambda: self.ask_all([("GET", "/v1/status", None)]))
        as_user(NOBODY, NOBODY, [GAMES], lambda: self.ask_all([("POST", "/v1/reload", None)]))
        log = self.daemon.read_log()
        self.assertRegex(log, r"a peer without any role was turned away MAPPA_UID=65534 MAPPA_PID=\d+ MAPPA_USER=nobody MAPPA_ROLE=none")
        self.assertRegex(log, r"something that its role does not allow MAPPA_UID=65534 MAPPA_PID=\d+ MAPPA_USER=nobody MAPPA_ROLE=reader")
        as_user(NOBODY, NOBODY, [GAMES], lambda: self.ask_all([("POST", "/v1/reload", None)] * 200))
        self.assertEqual(self.daemon.status()["denied"], 202)
        self.assertLess(self.daemon.read_log().count("\n") - log.count("\n"), 80)

    def test_whom_a_reload_takes_the_role_from_loses_it_at_once(self):
        self.open_to_all()
        def hold():
            kept, stream = self.daemon.connect(), self.daemon.connect()
            before = ask(kept, "GET", "/v1/status").status
            stream.request("GET", "/v1/alerts/stream")
            answer = stream.getresponse()
            answer.readline()
            pathlib.Path(marker).touch()
            try:
                answer.read()           # ends when the daemon ends it, which is in the middle of everything
            except http.client.IncompleteRead:
                pass
            return [before, answer.status, ask(kept, "GET", "/v1/status").status]

        marker = self.directory / "d/state/holding"
        os.chmod(self.daemon.dir / "state", 0o777)
        child = os.fork()
        if child == 0:
            try:
                os._exit(0 if as_user(NOBODY, NOBODY, [GAMES], hold) == [200, 200, 403] else 1)
            finally:
                os._exit(1)
        eventually(marker.exists, "a reader that holds a connection and a stream")
        self.daemon.access = 'access = { admins = ["uucp"]; };'
        self.daemon.write_config()
        self.daemon.reload()
        self.assertEqual(os.waitpid(child, 0)[1], 0)
        self.assertIn("a stream was ended because its reader has no role any more", self.daemon.read_log())

    def long_answers(self, uid, count):
        """Connections of a reader that asks for everything and takes nothing."""
        groups, taken = os.getgroups(), []
        os.setgroups([GAMES])
        os.setegid(uid)
        os.seteuid(uid)
        try:
            for _ in range(count):
                taken.append(socket.socket(socket.AF_UNIX))
                self.addCleanup(taken[-1].close)
                taken[-1].connect(str(self.daemon.socket))
                taken[-1].sendall(b"GET /v1/obligations HTTP/1.1\r\nHost: x\r\n\r\n")
        finally:
            os.seteuid(0)
            os.setegid(0)
            os.setgroups(groups)
        return [int(each.recv(16)[9:12]) for each in taken]

    def test_nobody_takes_all_lists_from_the_others(self):
        """Sixteen may be on their way: twelve of one user, and of them all as long as nobody waits for one that is not taken."""
        self.open_to_all(limits='connections = 80; per-user = 40; request = "120 s";')
        for first in (0, 1000):
            self.daemon.recorded(*({"case": f"M-L{n:05}", "event": "sentenced", "on": "2022-12-01", "disposal": "community"}
                                   for n in range(first, first + 1000)))
        overdue = "/v1/obligations?state=overdue&limit=50"
        self.assertEqual(self.long_answers(61001, 16), [200] * 12 + [503] * 4)
        self.assertEqual(self.daemon.ask("GET", overdue).status, 200)
        self.assertEqual(self.long_answers(61002, 6), [200] * 4 + [503] * 2)
        refused = self.daemon.ask("GET", overdue)
        self.assertEqual((refused.status, refused.error["code"]), (503, "overloaded"))
        eventually(lambda: self.daemon.ask("GET", overdue).status == 200, "an end of the patience with those who take nothing")
        self.assertIn("a long answer was taken so slowly that others could not be served", self.daemon.read_log())

    def test_the_record_names_who_wrote(self):
        self.open_to_all()
        event = {"case": "M-WRITE1", "event": "level-set", "on": "2023-02-01", "level": "2"}
        status = as_user(NOBODY, NOBODY, [NEWS], lambda: self.daemon.ask("POST", "/v1/events", event).status)
        line = self.daemon.get("/v1/cases/M-WRITE1")["record"][0]
        self.assertEqual((status, line["uid"], line["user"]), (201, NOBODY, "nobody"))

    def test_the_socket_itself_is_closed_to_others(self):
        self.start()
        for folder in (self.directory, self.daemon.dir):
            os.chmod(folder, 0o755)
        def attempt():
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
                try:
                    connection.connect(str(self.daemon.socket))
                except PermissionError:
                    return "refused"
                return "let in"
        self.assertEqual(os.stat(self.daemon.socket).st_mode & 0o777, 0o660)
        self.assertEqual(as_user(NOBODY, NOBODY, [], attempt), "refused")

    def test_a_group_that_the_system_does_not_have_gives_nobody_a_role(self):
        self.open_to_all('access = { readers = ["mappa-no-such-group"]; };')
        self.assertIn('this system has no group "mappa-no-such-group"', self.daemon.read_log())
        self.assertEqual(as_user(NOBODY, NOBODY, [GAMES], lambda: self.daemon.ask("GET", "/v1/status").status), 403)


if __name__ == "__main__":
    main()
