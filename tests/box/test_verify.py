#!/usr/bin/python3
"""mappactl verify: whatever is done to a row past the daemon is found, and the row is named.

A raw connection does what no caller of the daemon can: it drops the guards,
alters, removes, swaps or adds rows, and puts the guards back.
"""

import gzip
import hashlib
import json
import os
import pathlib
import random
import re
import shutil
import sqlite3
import subprocess
import unittest

from harness import DEADLINE_S, MAPPACTL, BoxTest, eventually, main

SEED = int(os.environ.get("MAPPAD_SEED", "20260301"))
CASES = 8
LARGE = 3000


def history(count=CASES, first=1):
    """Events with every kind of column in use: items, fields of each kind, client's ids, reasons, force."""
    events = []
    for number in range(first, first + count):
        case = f"M-{number:04d}"
        events += [{"case": case, "event": "sentenced", "on": "2023-01-02", "disposal": "community", "id": f"first-{number}"},
                   {"case": case, "event": "level-set", "on": "2023-01-03", "level": "2", "lead-agency": "police"},
                   {"case": case, "event": "order-made", "on": "2023-01-04", "item": f"O-{number}"},
                   {"case": case, "event": "meeting-booked", "on": "2023-01-05", "next-meeting": "2023-02-01"},
                   {"case": case, "event": "note", "on": "2023-01-06", "token": f"T-{number}", "id": f"note-{number}"}]
    return events


def verify(path, *words):
    done = subprocess.run([str(MAPPACTL), "verify", "--json", str(path), *words], capture_output=True, text=True, timeout=DEADLINE_S)
    return done.returncode, json.loads(done.stdout) if done.stdout else None, done.stderr


class Tampering:
    """A copy of a database with its guards out of the way; they are back when it ends."""

    def __init__(self, source, path):
        shutil.copy(source, path)
        self.path = path

    def __enter__(self):
        self.db = sqlite3.connect(self.path, isolation_level=None)
        self.db.executescript("PRAGMA foreign_keys = OFF; PRAGMA ignore_check_constraints = ON; PRAGMA recursive_triggers = OFF")
        self.guards = self.db.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").fetchall()
        for name, _ in self.guards:
            self.db.execute(f"DROP TRIGGER {name}")
        return self.db

    def __exit__(self, *_):
        for _, sql in self.guards:
            self.db.execute(sql)
        self.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self.db.close()


def other_values(value, kind):
    """Values near the one that is there, the kinds that a hurried look would take for it among them."""
    if kind == "INTEGER":
        return [value + 1, value - 1, -value - 1, value + 2 ** 32, 0, None] if value is not None else [0, -1, 1, 10 ** 9]
    if kind == "TEXT":
        return [value + "x", value + "\0x", "", value[1:], None] if value is not None else ["", "x", "\0"]
    if value is None:
        return [b"", b"\0", b"x"]
    flipped = bytearray(value)
    flipped[len(flipped) // 2] ^= 1
    return [bytes(flipped), value + b"\0", value[:-1], b"", None]


class VerifyTest(BoxTest):
    def setUp(self):
        super().setUp()
        self.random = random.Random(SEED)
        daemon = self.start()
        daemon.recorded(*history())
        seq = daemon.recorded({"case": "M-0001", "event": "note", "on": "2023-01-07"})["first_seq"]
        assert daemon.ask("POST", f"/v1/events/{seq}/retract", {"why": "entered twice"}).status == 201
        daemon.recorded({"case": "M-0002", "event": "released", "on": "2023-01-08", "force": True, "why": "it was so"})
        for case in ("M-0001", "M-0002"):
            daemon.get(f"/v1/cases/{case}")
            daemon.get(f"/v1/obligations?case={case}")
        self.online = daemon.ask("POST", "/v1/verify").json
        daemon.stop()
        self.source = self.directory / "d/state/mappad.db"

    def tamper(self, *statements):
        """What verify finds after statements were run on a copy; None when the database takes none of it."""
        copy = self.directory / "copy.db"
        try:
            with Tampering(self.source, copy) as db:
                changed = 0
                for statement, *values in statements:
                    changed += db.execute(statement, values).rowcount
        except sqlite3.IntegrityError:
            return None
        if not changed:
            return None
        status, answer, said = verify(copy)
        self.assertEqual(status, 1, (statements, said))
        self.assertFalse(answer is not None and answer["verified"], statements)
        return answer["findings"] if answer else [{"table": "refused", "row": None, "what": said}]

    def named(self, table, rows, *statements):
        findings = self.tamper(*statements)
        if findings is None:
            return False
        hit = [finding for finding in findings if finding["table"] == table and finding["row"] in rows]
        self.assertTrue(hit or findings[0]["table"] == "refused", (statements, rows, findings[:5]))
        return True

    def must_name(self, table, rows, *statements):
        """As named, of what the database takes: an altered row that it refused would have shown nothing."""
        self.assertTrue(self.named(table, rows, *statements), statements)

    def columns(self, table):
        with sqlite3.connect(self.source) as db:
            return [(name, kind) for _, name, kind, *_ in db.execute(f"PRAGMA table_info({table})")]

    def rows(self, table, columns):
        with sqlite3.connect(self.source) as db:
            return db.execute(f"SELECT {', '.join(name for name, _ in columns)} FROM {table} ORDER BY seq").fetchall()

    def test_what_was_recorded_is_verified_by_the_daemon_and_of_the_file(self):
        status, offline, said = verify(self.source)
        self.assertEqual((status, said), (0, ""))
        self.assertEqual(offline["events"], 5 * CASES + 3)
        self.assertTrue(offline["derived"] and offline["verified"] and self.online["verified"], (offline, self.online))
        for key in ("events", "head", "cases", "obligations", "as_of"):
            self.assertEqual(offline[key], self.online[key])

    def each_column(self, table):
        columns = self.columns(table)
        rows = self.rows(table, columns)
        tried = 0
        for index, (name, kind) in enumerate(columns):
            there = [row for row in rows if row[index] is not None]
            chosen = [self.random.choice(there or rows)]
            for row in chosen:
                seq = row[[name for name, _ in columns].index("seq")]
                for value in other_values(row[index], kind):
                    if value == row[index]:
                        continue
                    # Whoever renumbers a line leaves a gap where it was.
                    tried += self.named(table, (seq,), (f"UPDATE {table} SET {name} = ? WHERE seq = ?", value, seq))
        return tried

    def test_each_altered_column_of_an_event_is_found_at_its_line(self):
        self.assertGreater(self.each_column("event"), 30)

    def test_each_altered_column_of_people_and_cases_is_found(self):
        for statement in ("UPDATE person SET uid = uid + 1", "UPDATE person SET name = name || 'x'", "DELETE FROM person"):
            self.must_name("event", (1,), (statement,))
        self.must_name("person", (1,), ("UPDATE person SET uid = uid + 4294967296",))
        for statement, lines in (("UPDATE casefile SET ref = 'M-9999' WHERE ref = 'M-0001'", (1,)), ("DELETE FROM casefile WHERE ref = 'M-0001'", (1,)),
                                 ("UPDATE casefile SET ref = ref || char(0) WHERE ref = 'M-0001'", (1,))):
            self.must_name("event", lines, (statement,))
        self.must_name("casefile", (CASES + 1,), (f"INSERT INTO casefile (id, ref) VALUES ({CASES + 1}, 'M-7777')",))
        self.must_name("raising", (CASES + 1, CASES + 7), (f"INSERT INTO raising VALUES ({CASES + 1}), (2), ({CASES + 7})",))
        self.assertTrue(self.tamper(("UPDATE casefile SET wake = wake + 1 WHERE ref = 'M-0003'",)))

    def test_removed_swapped_and_inserted_lines_are_found(self):
        lines = 5 * CASES + 3
        for seq in (1, 2, lines - 1, lines, *self.random.sample(range(3, lines - 1), 4)):
            self.must_name("event", (seq,), ("DELETE FROM event WHERE seq = ?", seq))
        self.must_name("event", (lines - 4,), ("DELETE FROM event WHERE seq > ?", lines - 5))
        for _ in range(6):
            a, b = self.random.sample(range(1, lines), 2)
            self.must_name("event", (a, b), ("UPDATE event SET seq = -1 WHERE seq = ?", a), ("UPDATE event SET seq = ? WHERE seq = ?", a, b),
                           ("UPDATE event SET seq = ? WHERE seq = -1", b))
        same = "SELECT case_id, ?, type, on_day, item, fields, refers, recorded_ms, person, forced, NULL, why, hash FROM event WHERE seq = ?"
        self.must_name("event", (lines + 1,), (f"INSERT INTO event {same}", lines + 1, 3))
        # In the middle, with all that come after moved on by one.
        self.must_name("event", (10,), ("UPDATE event SET refers = NULL",), ("UPDATE event SET seq = -seq - 1 WHERE seq >= 10",),
                       ("UPDATE event SET seq = -seq WHERE seq < 0",), (f"INSERT INTO event {same}", 10, 3))

    def test_a_line_with_a_hash_that_fits_is_not_counted(self):
        """Whoever knows how hashes are made can add a line at the end; that nobody counted it shows."""
        def part(value):
            return b"-," if value is None else str(len(value)).encode() + b":" + value + b","
        with sqlite3.connect(self.source) as db:
            last, head = db.execute("SELECT seq, hash FROM event ORDER BY seq DESC LIMIT 1").fetchone()
            uid, name = db.execute("SELECT uid, name FROM person WHERE id = 1").fetchone()
            word = db.execute("SELECT id FROM word WHERE text = 'note'").fetchone()[0]
        values = [head, str(last + 1), "M-0001", "1", str(uid), name, "0", None, "0", None, "note", "2023-01-09", None]
        text = b"".join(part(value if value is None or isinstance(value, bytes) else value.encode()) for value in values)
        hash = hashlib.sha256(text).digest()
        findings = self.tamper(("INSERT INTO event VALUES (1, ?, ?, 19366, NULL, NULL, NULL, 1, 1, 0, NULL, NULL, ?)", last + 1, word, hash))
        lines = [finding for finding in findings if finding["table"] == "event"]
        self.assertEqual([(finding["row"], finding["what"]) for finding in lines], [(last + 1, "this line was never counted as recorded")])

    def test_what_is_derived_is_derived_again(self):
        for statement in ("UPDATE obligation SET due = due + 1 WHERE case_id = 3", "DELETE FROM obligation WHERE case_id = 3",
                          "UPDATE obligation SET ref = 'M-9999' WHERE case_id = 3",
                          "INSERT INTO obligation (case_id, rule, item, started, state, due, ref, rest)"
                          " SELECT case_id, rule, item, started + 1, state, due, ref, rest FROM obligation WHERE case_id = 3"):
            self.must_name("obligation", (3,), (statement,))
        self.assertTrue(self.tamper(("UPDATE tally SET amount = amount + 1 WHERE which < 6",)))

    def test_references_and_guards_are_looked_at(self):
        self.assertTrue(self.tamper(("INSERT INTO in_force (at_ms, rules, contacts, seal, way, person, accepted) VALUES (1, 'a', 'b', 'c', 0, 99, 1)",)))
        copy = self.directory / "copy.db"
        shutil.copy(self.source, copy)
        with sqlite3.connect(copy) as db:
            db.execute("DROP TRIGGER event_no_update")
        status, answer, _ = verify(copy)
        self.assertEqual((status, answer["findings"][0]["what"]), (1, "event_no_update is gone from the schema"))

    def test_a_head_noted_earlier_proves_that_nothing_before_it_changed(self):
        head = self.online["head"]
        self.assertEqual(verify(self.source, "--head", head)[0], 0)
        seq = int(head.split(":")[0])
        gone = "the chain ends before this line, whose hash was noted: what came last is gone"
        for number, digits, what in ((seq, "0" * 64, "this line is not the one whose hash was noted"), (seq + 1, head.split(":")[1], gone), (seq + 10 ** 9, "0" * 64, gone)):
            status, answer, _ = verify(self.source, "--head", f"{number}:{digits}")
            self.assertEqual((status, [(row["row"], row["what"]) for row in answer["findings"]]), (1, [(number, what)]))
        status, _, said = verify(self.source, "--head", "7:short")
        self.assertEqual((status, "the 64 digits 0-9 and a-f of its hash" in said), (2, True))
        # A record rewritten as a whole, hashes and counts with it, is only shown by the head.
        daemon = self.daemon
        shutil.rmtree(self.directory / "d/state")
        (self.directory / "d/state").mkdir()
        daemon.start()
        daemon.recorded(*history()[:-1], {"case": "M-0008", "event": "note", "on": "2023-01-06"})
        for _ in range(3):
            daemon.recorded({"case": "M-0001", "event": "note", "on": "2023-01-07"})
        self.assertTrue(daemon.ask("POST", "/v1/verify").json["verified"])
        answer = daemon.ask("POST", f"/v1/verify?head={head}").json
        self.assertEqual([finding["row"] for finding in answer["findings"]], [seq])
        self.assertEqual(daemon.ctl("verify", "--head", head).returncode, 1)

    def test_a_file_of_the_first_schema_is_checked_as_it_lies(self):
        old = self.directory / "old.db"
        old.write_bytes(gzip.decompress((pathlib.Path(__file__).with_name("old") / "schema-1.db.gz").read_bytes()))
        status, answer, said = verify(old)
        self.assertEqual((status, said), (0, ""))
        self.assertTrue(answer["derived"] and answer["obligations"] > 0, answer)

    def test_a_file_that_says_by_its_cases_who_waits_is_checked_as_it_lies(self):
        old = self.directory / "old.db"
        old.write_bytes(gzip.decompress((pathlib.Path(__file__).with_name("old") / "schema-9.db.gz").read_bytes()))
        status, answer, said = verify(old)
        self.assertEqual((status, said), (0, ""))
        self.assertTrue(answer["derived"] and answer["obligations"] > 0, answer)
        with sqlite3.connect(old) as base:
            base.execute("UPDATE casefile SET waits = 0 WHERE id = 2")
        base.close()
        status, answer, _ = verify(old)
        self.assertEqual((status, [finding["what"] for finding in answer["findings"]]),
                         (1, ["stages of this case wait to be raised, and no sweep looks for them"]))

    def test_people_are_told_in_words(self):
        done = subprocess.run([str(MAPPACTL), "verify", str(self.source)], capture_output=True, text=True, timeout=DEADLINE_S)
        self.assertEqual(done.returncode, 0)
        self.assertIn("Everything is as it was recorded.", done.stdout)
        self.assertIn(self.online["head"], done.stdout)
        for path, words in ((self.directory / "none.db", "cannot open"), (self.directory / "d/mappad.conf", "is no database"),
                            (self.directory, "is no file")):
            done = subprocess.run([str(MAPPACTL), "verify", str(path)], capture_output=True, text=True, timeout=DEADLINE_S)
            self.assertEqual(done.returncode, 1)
            self.assertIn(words, done.stderr)


class ServingTest(BoxTest):
    def begin(self):
        """A record that takes more turns to check than a few requests do to be answered."""
        daemon = self.start()
        daemon.recorded(*({"case": f"M-{number:04}", "event": "level-set", "level": "2", "on": "2023-01-03"} for number in range(LARGE)))
        return daemon

    def busy(self):
        return self.daemon.ask("POST", "/v1/verify").status == 409

    def start_check(self):
        """A client whose check of the record was seen to run, the first that is; else None."""
        client = self.raw(b"POST /v1/verify HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
        self.well()     # read after the request before it
        return client if self.busy() else None

    def test_others_are_served_while_the_record_is_checked(self):
        daemon = self.begin()
        def meanwhile():        # what was answered to the client of a check during which somebody else recorded
            events = daemon.status()["events"]
            client = self.start_check()
            recorded = daemon.record({"case": "M-0001", "event": "note", "on": "2023-02-01"})
            self.assertEqual(recorded.status, 201)
            return (events, self.read_all(client).decode()) if client is not None and self.busy() else None
        events, answer = eventually(meanwhile, "recording while a check runs")
        self.assertIn('"verified":true', answer)
        self.assertIn(f'"events":{events},', answer)      # what was there when it began
        self.assertEqual(daemon.ask("POST", "/v1/verify").json["events"], events + 1)

    def test_days_that_pass_and_rules_that_change_leave_it_sound(self):
        daemon = self.start()
        daemon.recorded(*history())
        rules = daemon.dir / "rules/10-rules.cfg"
        for weeks, day in enumerate(("2023-03-02", "2023-04-24", "2023-04-25", "2023-08-01", "2024-02-29"), 10):
            daemon.move_clock(f"{day}T09:00:00Z")
            daemon.recorded({"case": "M-0001", "event": "meeting-held", "on": day}, {"case": "M-0002", "event": "recalled", "on": day},
                            {"case": "M-0002", "event": "released", "on": day})
            self.assertTrue(daemon.ask("POST", "/v1/verify").json["verified"], day)
            before = daemon.get("/v1/rules")["digest"]
            rules.write_text(re.sub(r'every = "\d+ weeks', f'every = "{weeks} weeks', rules.read_text()))
            self.assertEqual(daemon.accept().status, 200)
            self.assertNotEqual(daemon.get("/v1/rules")["digest"], before)
            answer = daemon.ask("POST", "/v1/verify").json
            self.assertTrue(answer["verified"], (day, answer["findings"]))
            daemon.kill()
            status, answer, said = verify(daemon.dir / "state/mappad.db")
            self.assertEqual((status, said), (0, ""), answer)
            self.assertTrue(answer["derived"])
            daemon.start()

    def test_a_client_that_leaves_ends_the_check(self):
        daemon = self.begin()
        daemon.stop()
        with sqlite3.connect(daemon.dir / "state/mappad.db") as db:     # so that each check that comes to its end says so in the log
            db.execute("UPDATE obligation SET due = due + 1 WHERE case_id = 3")
        db.close()
        daemon.start()
        ended = "a check of the record found"
        def left():         # one that was seen to run when its client left, and never came to its end
            client = self.start_check()
            if client is None:
                return False
            client.close()
            before = daemon.read_log().count(ended)
            eventually(lambda: daemon.ask("POST", "/v1/verify").status == 200, "another check")
            return daemon.read_log().count(ended) == before + 1
        eventually(left, "a check that ends with its client")
        eventually(lambda: daemon.quiet(1), "letting go of clients that left")


if __name__ == "__main__":
    main()
