#!/usr/bin/python3
"""The log of accesses: one line for every answer that shows a case, committed before the answer; none, no answer."""

import json
import os
import re
import sqlite3
import unittest

from harness import BoxTest, MailServer, ask, as_user, eventually, main

NOBODY = 65534
PEOPLE = [{"case": "M-0001", "event": "sentenced", "on": "2023-01-02", "disposal": "community"},
          {"case": "M-0001", "event": "level-set", "on": "2023-01-03", "level": "2", "lead-agency": "police"},
          {"case": "M-0002", "event": "sentenced", "on": "2023-01-02", "disposal": "community"}]


class AccessLog(BoxTest):
    def log(self, query=""):
        """Lines, oldest first, without those about reading the log."""
        answer = self.daemon.get("/v1/access?limit=1000" + query)
        return [line for line in answer["accesses"][::-1] if line["what"] != "access-log"]

    def begin(self, **settings):
        self.start(**settings)
        self.daemon.recorded(*PEOPLE)
        return self.daemon

    def test_each_answer_that_shows_a_case_has_a_line(self):
        daemon = self.begin()
        asked = (("/v1/cases/M-0001", "case", "M-0001", None, 1), ("/v1/cases/M-0001/history", "history", "M-0001", None, 1), ("/v1/events?limit=2", "export", None, "limit=2", 2),
                 ("/v1/cases/M-0001/explain?rule=review", "explain", "M-0001", "rule=review", 1),
                 ("/v1/obligations?state=all&limit=10", "list", None, "state=all&limit=10", 3), ("/v1/obligations?case=M-0002", "list", "M-0002", "case=M-0002", 1),
                 ("/v1/cases", "list", None, None, 2), ("/v1/alerts?case=M-0001", "alerts", "M-0001", "case=M-0001", None),
                 ("/v1/routes?case=M-0001&rule=review&stage=due", "routes", "M-0001", "case=M-0001&rule=review&stage=due", None),
                 ("/v1/reports/certificate?answer=all", "certificate", None, "answer=all", 4))
        for path, *_ in asked:
            daemon.get(path)
        lines = self.log()
        self.assertEqual(len(lines), len(asked))
        for (path, what, case, detail, rows), line in zip(asked, lines):
            self.assertEqual((line["what"], line["case"], line["detail"]), (what, case, detail), path)
            if rows is not None:
                self.assertEqual(line["rows"], rows, path)
            self.assertEqual((line["uid"], line["at"][:19], line["purpose"], line["recipients"]), (os.getuid(), "2023-03-01T09:00:00", None, None))
        self.assertEqual([line["seq"] for line in lines], list(range(1, len(asked) + 1)))

    def test_what_shows_no_case_has_none(self):
        daemon = self.begin()
        for path in ("/v1/status", "/v1/rules", "/v1/rules/history", "/v1/outbox"):
            daemon.get(path)
        self.assertIn(b"mappad_cases 2", daemon.ask("GET", "/metrics").body)
        for path, status in (("/v1/cases/M-9999", 404), ("/v1/cases/M-9999/history", 404), ("/v1/obligations?state=x", 400), ("/v1/nothing", 404)):
            self.assertEqual(daemon.ask("GET", path).status, status)
        self.assertEqual(self.log(), [])

    def test_a_refusal_may_say_how_a_case_stands(self):
        daemon = self.begin()
        for dry_run in (False, True):
            answer = daemon.record({"case": "M-0001", "event": "released", "on": "2023-02-02"}, dry_run=dry_run)
            self.assertEqual((answer.status, "community" in answer.error["message"]), (422, True))
        self.assertEqual([(line["what"], line["rows"]) for line in self.log()], [("refusal", 1)] * 2)

    def test_trials_previews_and_streams(self):
        daemon = self.begin()
        self.assertEqual(daemon.record({"case": "M-0002", "event": "level-set", "on": "2023-01-04", "level": "2"}, dry_run=True).status, 200)
        self.assertEqual(daemon.ask("POST", "/v1/rules/diff").status, 200)
        connection = self.raw(b"GET /v1/alerts/stream?after=0 HTTP/1.1\r\nHost: x\r\n\r\n")
        alerts = len(daemon.get("/v1/alerts")["alerts"])
        self.assertGreater(alerts, 0)
        received = b""
        while received.count(b"event: alert") < alerts:
            more = connection.recv(65536)
            self.assertTrue(more, "the stream ended by itself")
            received += more
        connection.close()
        lines = eventually(lambda: [line for line in self.log() if line["what"] == "stream-end"] and self.log(), "the line about its end")
        # The trial shows the one review that level 2 would bring.
        self.assertEqual([(line["what"], line["case"], line["rows"]) for line in lines],
                         [("trial", "M-0002", 1), ("preview", None, None), ("stream", None, None), ("alerts", None, alerts), ("stream-end", None, alerts)])

    def test_a_list_that_leaves_in_pieces_has_a_line_before_and_one_after(self):
        daemon = self.start()
        for first in range(0, 1200, 300):
            daemon.recorded(*[{"case": f"M-{n:05}", "event": "sentenced", "on": "2023-02-02", "disposal": "community"} for n in range(first, first + 300)])
        self.assertEqual(len(daemon.get("/v1/obligations?limit=1200")["obligations"]), 1200)
        lines = eventually(lambda: len(self.log()) == 2 and self.log(), "the line about its end")
        self.assertEqual([(line["what"], line["rows"]) for line in lines], [("list", None), ("list-end", 1200)])

    def test_why_it_was_asked_is_kept_or_refused(self):
        daemon = self.begin()
        self.assertEqual(daemon.ctl("show", "M-0001", "--purpose", "review of Friday").returncode, 0)
        self.assertEqual(daemon.ctl("overdue", environment={"MAPPAD_PURPOSE": "morning list"}).returncode, 0)
        self.assertEqual({line["purpose"] for line in self.log()}, {"review of Friday", "morning list"})
        connection = daemon.connect()
        for bad in (b"\xff", b"x" * 201, b"a\tb"):
            connection.request("GET", "/v1/cases/M-0001", headers={"Mappad-Purpose": bad})
            answer = connection.getresponse()
            self.assertEqual((answer.status, json.loads(answer.read())["error"]["code"]), (400, "bad-purpose"))
        self.assertEqual(daemon.ctl("show", "M-0001", "--purpose", "x" * 300).returncode, 2)
        self.assertEqual(daemon.ctl("access-log", "--user", "nobody-of-this-name").stdout, "Nothing of this is in the log of accesses.\n")
        connection.close()

    def test_the_line_is_committed_before_the_answer(self):
        """Whoever was answered before the daemon was killed is in the log after it. A loss of power may take the last second (DECISIONS.md)."""
        daemon = self.begin()
        for _ in range(20):
            daemon.get("/v1/cases/M-0001")
            daemon.kill()
            daemon.start()
        self.assertEqual(len(self.log()), 20)
        self.assertTrue(daemon.ask("POST", "/v1/verify").json["verified"])

    def test_many_at_once_have_a_line_each(self):
        daemon = self.begin()
        request = b"GET /v1/cases/M-0001 HTTP/1.1\r\nHost: x\r\n\r\n"
        connections = [self.raw(request) for _ in range(12)]
        for connection in connections:
            self.assertTrue(connection.recv(65536).startswith(b"HTTP/1.1 200"))
        self.assertEqual(len(self.log()), 12)

    def test_lists_do_not_keep_the_write_ahead_log_from_beginning_anew(self):
        """What reads the record keeps its view from one list to the next, and lets go of it before the log is full."""
        daemon = self.begin()
        for _ in range(6000):           # two pages each, of which the log holds 4,000, and more while the disk is slow
            daemon.get("/v1/obligations")
        self.assertLess((daemon.dir / "state/mappad.db-wal").stat().st_size, 9000 * 4120)
        self.assertTrue(daemon.ask("POST", "/v1/verify").json["verified"])
        self.assertEqual(daemon.get("/v1/access?limit=1")["accesses"][0]["seq"], 6000)

    @unittest.skipUnless(os.geteuid() == 0, "only root can make a disk of three megabytes")
    def test_without_a_line_nothing_is_shown(self):
        state = self.directory / "d/state"
        daemon = self.begin(wrapper=["unshare", "-m", "sh", "-c", 'mount -t tmpfs -o size=1m none "$0" && exec "$@"', str(state)])
        number = 0
        for size in (500, 50, 1):
            while True:
                answer = daemon.record(*({"case": f"M-X{number + n:05}", "event": "sentenced", "on": "2022-12-01", "disposal": "community"} for n in range(size)))
                if answer.status != 201:
                    break
                number += size
        def refused():
            return daemon.ask("GET", "/v1/cases/M-0001").status == 507
        eventually(refused, "a refusal")
        for path in ("/v1/cases/M-0001", "/v1/obligations", "/v1/cases", "/v1/alerts", "/v1/cases/M-0001/explain?rule=review",
                     "/v1/reports/certificate", "/v1/cases/M-0001/history", "/v1/events"):
            for _ in range(5000):       # a line takes little, and there may be room for some
                answer = daemon.ask("GET", path)
                if answer.status != 200:
                    break
            self.assertEqual((answer.status, answer.error["code"]), (507, "disk-full"), path)
            self.assertNotIn(b"M-0001", answer.body)
        self.assertTrue(daemon.status()["disk_full"])

    def test_messages_are_lines_about_each_case_that_they_tell_of(self):
        server = MailServer()
        self.addCleanup(server.stop)
        daemon = self.begin(mail=server.setting())
        daemon.move_clock("2023-03-02T07:30:00Z")
        first = server.next()
        def sent():
            return [line for line in self.log() if line["what"] == "message"]
        lines = eventually(sent, "a line about a message")
        mine = [line for line in lines if line["detail"] == first.message["Message-ID"].strip("<>")]
        self.assertTrue(mine)
        self.assertEqual({line["recipients"] for line in mine}, set(first.recipients))
        self.assertEqual({(line["uid"], line["user"]) for line in mine}, {(None, None)})
        self.assertEqual({line["case"] for line in mine}, set(re.findall(r"M-\d{4}", first.text)))
        self.assertTrue(daemon.ask("POST", "/v1/verify").json["verified"])
        about = daemon.ctl("access-log", "M-0002", "--json")
        rows = [json.loads(line) for line in about.stdout.splitlines()]
        self.assertIn("message", {row["what"] for row in rows})
        self.assertEqual({row["case"] for row in rows}, {"M-0002"})

    @unittest.skipUnless(os.geteuid() == 0, "only root can become somebody else")
    def test_the_log_tells_people_apart_and_is_for_administrators(self):
        daemon = self.begin(access='access = { readers = ["nogroup"]; };')
        for folder in (self.directory, daemon.dir):
            os.chmod(folder, 0o755)
        os.chmod(daemon.socket, 0o666)
        def read():
            return [daemon.ask("GET", path).status for path in ("/v1/cases/M-0001", "/v1/access")]
        self.assertEqual(as_user(NOBODY, NOBODY, [], read), [200, 403])
        daemon.get("/v1/cases/M-0002")
        self.assertEqual([line["case"] for line in self.log("&user=nobody")], ["M-0001"])
        self.assertEqual([line["case"] for line in self.log(f"&user={NOBODY}")], ["M-0001"])
        self.assertEqual([line["uid"] for line in self.log("&case=M-0002")], [0])
        self.assertIn("nobody (65534)", daemon.ctl("access-log", "nobody").stdout)
        self.assertIn(f"{NOBODY}", daemon.ctl("access-log", "--user", str(NOBODY), "--csv").stdout)
        self.assertIn('"what":"access-log"', daemon.ask("GET", "/v1/access").body.decode().replace(" ", ""))

    def test_altered_removed_swapped_and_added_lines_are_found(self):
        daemon = self.begin()
        for _ in range(3):
            daemon.ctl("show", "M-0001", "--purpose", "a review")
            daemon.get("/v1/obligations?case=M-0002")
        head = daemon.ask("POST", "/v1/verify").json["access_head"]
        daemon.stop()
        from test_verify import Tampering, other_values, verify
        source, copy = self.directory / "d/state/mappad.db", self.directory / "copy.db"
        with sqlite3.connect(source) as db:
            columns = [(name, kind) for _, name, kind, *_ in db.execute("PRAGMA table_info(access)")]
            row = db.execute("SELECT * FROM access WHERE seq = 3").fetchone()
        tried = 0
        def found(rows, *statements):
            try:
                with Tampering(source, copy) as db:
                    changed = sum(db.execute(statement, values).rowcount for statement, *values in statements)
            except sqlite3.IntegrityError:
                return 0
            status, answer, said = verify(copy)
            hit = [finding for finding in answer["findings"] if finding["table"] == "access" and finding["row"] in rows] if answer else said
            self.assertTrue(changed and status == 1 and hit, (statements, answer))
            return 1
        for index, (name, kind) in enumerate(columns):
            for value in other_values(row[index], kind):
                if value != row[index]:
                    tried += found((3,), (f"UPDATE access SET {name} = ? WHERE seq = 3", value))
        self.assertGreater(tried, 25)
        for seq in (1, 3, 6):
            self.assertEqual(found((seq,), ("DELETE FROM access WHERE seq = ?", seq)), 1)
        swap = (("UPDATE access SET seq = 99 WHERE seq = 2",), ("UPDATE access SET seq = 2 WHERE seq = 3",), ("UPDATE access SET seq = 3 WHERE seq = 99",))
        self.assertEqual(found((2, 3), *swap), 1)
        added = "INSERT INTO access SELECT 7, at_ms, person, what, case_id, detail, rows, purpose, recipients, hash FROM access WHERE seq = 3"
        self.assertEqual(found((7,), (added,)), 1)
        self.assertEqual(verify(source, "--access-head", head)[0], 0)
        self.assertEqual(verify(source, "--access-head", "3:" + "0" * 64)[0], 1)


if __name__ == "__main__":
    main()
