#!/usr/bin/python3
"""Sealed reports: given back byte for byte whatever is recorded later, and what that changed, case by case.

The hashes are taken again by other means, and what later records changed is held against a count over the exported events that knows
nothing of the program.
"""

import csv
import gzip
import hashlib
import io
import json
import os
import pathlib
import random
import shutil
import sqlite3
import subprocess
import threading
import time

from harness import MAPPACTL, RULES as LAW, VOCABULARY, BoxTest, eventually, main
from test_contract import REPORTS
from test_reports import Reports, figures, members_by_hand
from test_verify import Tampering, verify

SEED = int(os.environ.get("MAPPAD_SEED", "20230401"))
OLD = pathlib.Path(__file__).with_name("old")
TABLES = ("snapshot", "yearly", "licence-returns")


def canonical(value):
    """RFC 8785, for values without fractions."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


class Sealing(Reports):
    """A few people, in the spring after the year."""

    def setUp(self):
        super().setUp()
        self.start_shipped()
        self.refs = []

    def person(self, ref, category="1", level="2", on="2022-01-10"):
        self.refs.append(ref)
        self.daemon.recorded({"case": ref, "event": "category-set", "on": on, "category": category, "id": ref + "-category"},
                             {"case": ref, "event": "sentenced", "on": on, "disposal": "community", "sentence-ends": "2030-01-01"},
                             {"case": ref, "event": "level-set", "on": on, "level": level, "grounds": "screening", "id": ref + "-level"})
        if category == "1":
            self.daemon.recorded({"case": ref, "event": "registered", "on": on, "registration-term": "indefinite"})

    def ctl(self, *words, fails=0, daemon=None):
        done = (daemon or self.daemon).ctl("report", "annual", *words)
        self.assertEqual(done.returncode, fails, (words, done.stdout[-2000:], done.stderr))
        return done

    def seal(self, query="?year=2022-23", body=None, status=201, report="annual"):
        answer = self.daemon.ask("POST", f"/v1/reports/{report}/seal{query}", body)
        self.assertEqual(answer.status, status, answer.body[:2000])
        return answer.json["seal"] if status == 201 else answer

    def as_sealed(self, *words, daemon=None):
        """The report in each format; JSON as bytes."""
        command = [str(MAPPACTL), "report", "annual", "--json", *words]
        done = subprocess.run(command, capture_output=True, timeout=60, env={**os.environ, "MAPPAD_SOCKET": str((daemon or self.daemon).socket)})
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout, self.ctl("--csv", *words, daemon=daemon).stdout, self.ctl(*words, daemon=daemon).stdout


class Sealed(Sealing):
    def test_a_seal_is_what_the_report_was_and_stays_it(self):
        for number in range(3):
            self.person(f"M-000{number}")
        live = self.get(year="2022-23", input="population:942000")
        told = self.daemon.ctl("report", "annual", "--seal", "2022-23", "--input", "population=942000")
        self.assertEqual((told.returncode, told.stderr), (0, ""))
        self.assertIn("annual 2022-23\nSealed as version 1 on Mon 3 Apr 2023 09:00 UTC by ", told.stdout)
        document, table, text = self.as_sealed("2022-23", "--as-sealed")
        content = json.loads(document)
        # Canonical by another program's hand, named by another program's hash, and nothing but the answer of that moment.
        self.assertEqual(canonical(content), document)
        digest = hashlib.sha256(document).hexdigest()
        self.assertIn(f"Hash: {digest}\n", told.stdout)
        last = self.daemon.get("/v1/events?limit=1000")["events"][-1]
        self.assertEqual(content["head"], {"seq": last["seq"], "hash": last["hash"]})
        self.assertEqual(content["known_at"], "2023-04-03T09:00:00.000Z")
        self.assertEqual({key: value for key, value in content.items() if key not in ("head", "known_at")},
                         {key: value for key, value in live.items() if key != "known_at"})
        self.assertEqual(content["inputs"], [{"input": "population", "label": live["inputs"][0]["label"], "number": 942000}])
        self.assertNotIn("M-000", document.decode())
        # Whatever comes later.
        self.daemon.move_clock("2024-05-02T09:00:00Z")
        self.daemon.recorded({"case": "M-0001", "event": "died", "on": "2023-03-01"})
        self.assertNotEqual(figures(self.get(year="2022-23"), "snapshot"), figures(content, "snapshot"))
        for words in (("2022-23", "--as-sealed"), ("--as-sealed", "--year", "2022-23"), ("--as-sealed",), (f"--as-sealed={digest[:8]}",),
                      (f"--as-sealed={digest}",), ("2022-23", "--as-sealed=v1")):
            self.assertEqual(self.as_sealed(*words), (document, table, text), words)
        rows = {(row["row"], row["column"]): row["figure"] for row in csv.DictReader(io.StringIO(table)) if row["table"] == "snapshot"}
        self.assertEqual(rows["level-2", "category-1"], "3")
        self.assertIn("Sealed as version 1 on Mon 3 Apr 2023 09:00 UTC by ", text)
        self.daemon.stop()
        self.daemon.start()
        self.assertEqual(self.as_sealed("--as-sealed"), (document, table, text))
        page = self.ctl("2022-23", "--as-sealed", "--html").stdout
        self.assertTrue(page.startswith("<!DOCTYPE html>") and page.rstrip().endswith("</html>"), page[:200])

    def test_versions_are_added_and_never_replaced(self):
        self.person("M-0001")
        first = self.seal()
        refused = self.seal(status=409)
        self.assertEqual((refused.error["code"], refused.error["field"]), ("already-sealed", "why"))
        self.assertIn("version 2", self.daemon.ctl("report", "annual", "--seal", "2022-23").stderr)
        self.assertIn("Why: a late record\n", self.ctl("--seal", "2022-23", "--why", "a late record").stdout)
        third = self.seal(body={"why": "once more"})
        self.assertEqual([first["version"], third["version"], third["seq"]], [1, 3, 3])
        other = self.seal("?year=2021-22")
        self.assertEqual(other["version"], 1)
        listed = self.daemon.get("/v1/seals")
        self.assertEqual([(seal["period"], seal["version"]) for seal in listed["seals"]],
                         [("2021-22", 1), ("2022-23", 3), ("2022-23", 2), ("2022-23", 1)])
        page = self.daemon.get("/v1/seals?limit=2")
        self.assertEqual((len(page["seals"]), page["next"]), (2, 3))
        self.assertEqual(len(self.daemon.get("/v1/seals?before=3")["seals"]), 2)
        table = self.daemon.ctl("seals").stdout
        self.assertIn("a late record", table)
        self.assertEqual(len(table.splitlines()), 5)
        self.assertEqual(len(list(csv.DictReader(io.StringIO(self.daemon.ctl("seals", "--csv").stdout)))), 4)
        # Under a clock that stands the same content was sealed three times: it is one name, of which the last is meant.
        self.assertEqual(first["hash"], third["hash"])
        self.assertEqual(self.daemon.get(f"/v1/seals/{first['hash'][:8]}")["seal"]["version"], 3)
        self.assertEqual(self.daemon.get("/v1/seals/annual:2022-23")["seal"]["version"], 3)
        self.assertEqual(self.daemon.get("/v1/seals/annual:2022-23:v2")["seal"]["why"], "a late record")
        self.assertEqual(self.daemon.get("/v1/seals/annual")["seal"]["period"], "2021-22")
        exported = [json.loads(line) for line in self.daemon.ctl("export", "seals").stdout.splitlines()]
        self.assertEqual([line["seal"]["seq"] for line in exported], [1, 2, 3, 4])
        for line in exported:
            self.assertEqual(hashlib.sha256(canonical(line["content"])).hexdigest(), line["seal"]["hash"])

    def test_what_does_not_add_up_is_sealed_only_by_force_and_says_so(self):
        self.person("M-0001")
        self.daemon.recorded({"case": "M-0001", "event": "recalled", "on": "2022-04-01", "grounds": "licence-breach"})
        refused = self.seal(status=409)
        self.assertEqual((refused.error["code"], refused.json["problem_total"]), ("does-not-add-up", 2))
        said = self.ctl("--seal", "2022-23", "--why", "it is so", fails=1).stderr
        self.assertIn("does not add up, and is not sealed", said)
        self.assertIn("returns-within-the-year: licence-returns level-2 category-1 is 1, more than the 0 of yearly", said)
        self.assertEqual(self.seal(body={"force": True}, status=422).error["field"], "why")
        self.assertEqual(self.daemon.get("/v1/seals")["seals"], [])
        self.assertIn("It does not add up, and was sealed all the same.\nWhy: recalled on the first day",
                      self.ctl("--seal", "2022-23", "--force", "--why", "recalled on the first day").stdout)
        printed = self.ctl("--as-sealed", fails=1)
        self.assertIn("this report does not add up: returns-within-the-year", printed.stderr)
        self.assertIn("It does not add up", printed.stdout)
        # Force that nothing needed is not noted.
        self.assertFalse(self.seal("?year=2021-22", {"force": True, "why": "to be sure"})["forced"])

    def test_small_numbers_stay_hidden_from_readers_and_are_kept_for_the_board(self):
        for number in range(7):
            self.person(f"M-1{number}")
        for number in range(2):
            self.person(f"M-2{number}", level="3")
        self.person("M-30", category="2")
        self.daemon.recorded({"case": "M-40", "event": "category-set", "on": "2022-05-05", "category": "1"},             # in no cell: it does not add up
                             {"case": "M-40", "event": "sentenced", "on": "2022-05-05", "disposal": "community"})
        self.ctl("--seal", "2022-23", "--suppress-below", "5", "--force", "--why", "as it is")
        answer = self.daemon.get("/v1/seals/annual")
        shown = figures(answer["content"], "snapshot")
        self.assertEqual(shown["level-3", "category-1"], "suppressed")
        self.assertTrue(answer["seal"]["hides"])
        self.assertEqual((answer["content"]["problems"], answer["content"]["problems_found"]), ([], 1))
        self.assertIn("1 check fails, whose figures are hidden", self.ctl("--as-sealed", fails=1).stderr)
        whole = self.daemon.get("/v1/seals/annual/whole")
        self.assertEqual(figures(whole["content"], "snapshot")["level-3", "category-1"], 2)
        self.assertEqual(len(whole["content"]["problems"]), 1)
        self.assertEqual(len(whole["salt"]), 64)
        self.assertIn(["Level", "3", "2", "0", "0", "2"], [line.split() for line in self.ctl("--as-sealed", "--whole", fails=1).stdout.splitlines()])
        # Nothing that a reader is given has the hidden number, or a hash of it alone.
        for words in (("seals", "--json"), ("export", "seals")):
            said = self.daemon.ctl(*words).stdout
            self.assertNotIn(hashlib.sha256(canonical(whole["content"])).hexdigest(), said)
            self.assertNotIn("salt", said)
        # The difference is of what is shown.
        self.daemon.recorded({"case": "M-20", "event": "died", "on": "2023-03-01"})
        found = json.loads(self.ctl("--against-sealed", "--json").stdout)
        places = {(row["row"], row["column"]): (row["then"], row["now"]) for row in found["differences"] if row["table"] == "snapshot"}
        self.assertNotIn(("level-3", "category-1"), places)
        # What is shown now and was hidden then is hidden: their difference would tell what it was. That they differ is said.
        for number in range(6):
            self.person(f"M-5{number}", level="3")
        self.assertEqual(figures(self.daemon.get("/v1/reports/annual?year=2022-23&suppress-below=5"), "snapshot")["level-3", "category-1"], 7)
        found = json.loads(self.ctl("--against-sealed", "--json").stdout)
        places = {(row["row"], row["column"]): (row["then"], row["now"]) for row in found["differences"] if row["table"] == "snapshot"}
        self.assertEqual(places["level-3", "category-1"], ("suppressed", "suppressed"))
        self.assertIn("snapshot level-3 category-1: *, now *\n", self.ctl("--against-sealed").stdout)
        log = self.daemon.get("/v1/access")["accesses"]
        self.assertEqual([line["what"] for line in log[:5]], ["report", "report", "report", "seal", "seal"])
        self.assertEqual({line["detail"] for line in log[:5]}, {"annual:2022-23:v1"})

    def test_what_cannot_be_sealed_or_found_is_refused(self):
        self.person("M-0001")
        def refused(method, path, body=None):
            answer = self.daemon.ask(method, path, body)
            return answer.status, answer.error["code"]
        seal = "/v1/reports/annual/seal"
        self.assertEqual(refused("POST", seal), (400, "missing"))
        self.assertEqual(refused("POST", seal + "?year=2023-24"), (409, "not-over"))
        self.assertEqual(refused("POST", seal + "?year=2024-25"), (400, "bad-year"))
        self.assertEqual(refused("POST", seal + "?year=2022-23&as-of=2023-01-01"), (400, "unknown-parameter"))
        self.assertEqual(refused("POST", "/v1/reports/anual/seal?year=2022-23"), (400, "unknown-report"))
        self.assertEqual(refused("POST", seal + "?year=2022-23", {"why": 7}), (422, "wrong-type"))
        self.assertEqual(refused("POST", seal + "?year=2022-23", {"force": "yes"}), (422, "wrong-type"))
        for why in ("", "  ", "x" * 501, "a\nb"):
            self.assertEqual(refused("POST", seal + "?year=2022-23", {"why": why}), (422, "bad-why"), why)
        self.assertEqual(refused("POST", seal + "?year=2022-23", {"whom": "x"}), (400, "unknown-field"))
        self.assertEqual(self.daemon.get("/v1/seals"), {"seals": [], "next": None})
        self.assertEqual(self.daemon.ctl("seals").stdout, "No report was ever sealed.\n")
        made = self.seal()
        self.assertEqual(refused("GET", "/v1/seals/anual"), (404, "unknown-seal"))
        self.assertEqual(self.daemon.ask("GET", "/v1/seals/anual:2022-23").error["nearest"], "annual")
        self.assertEqual(refused("GET", "/v1/seals/annual:2020-21"), (404, "unknown-seal"))
        self.assertEqual(refused("GET", "/v1/seals/annual:2022-23:v9"), (404, "unknown-seal"))
        self.assertEqual(refused("GET", "/v1/seals/annual:2022-23:9"), (400, "bad-seal"))
        self.assertEqual(refused("GET", "/v1/seals/00000000"), (404, "unknown-seal"))
        self.assertEqual(refused("GET", "/v1/seals/" + "a" * 300), (400, "bad-seal"))
        self.assertEqual(refused("GET", "/v1/seals?limit=0"), (400, "bad-number"))
        for words in (("--seal", "2022-23", "--cases"), ("2022-23", "--seal", "2022-23"), ("--as-sealed=2",), ("--as-sealed=v1",), ("--why", "x"),
                      ("--as-sealed", "--against", "2023-01-01T00:00:00Z"), ("--as-sealed", "--known-at", "2023-01-01T00:00:00Z"), ("--force",),
                      ("--whole",), ("2022-23", "--year", "2022-23"), ("--against-sealed", "--rules", "then"), ("--as-sealed", "--seal", "2022-23")):
            self.ctl(*words, fails=2)
        self.assertEqual(self.daemon.ctl("report", "reviews", f"--as-sealed={made['hash'][:10]}").returncode, 1)


class Corrections(Sealing):
    """Random back-dated corrections after a seal."""

    def exported(self):
        return [json.loads(line) for line in self.daemon.ctl("export", "events").stdout.splitlines()]

    @staticmethod
    def standing(lines):
        gone = {line["retract"] for line in lines if "retract" in line}
        return [line for line in lines if "event" in line and line["id"] not in gone]

    def correct(self, chance):
        ref, on = chance.choice(self.refs), f"2022-{chance.randrange(1, 13):02}-{chance.randrange(1, 29):02}"
        made = chance.choice(("level-set", "level-set", "category-set", "recalled", "released", "died", "retract"))
        fields = {"level-set": {"level": chance.choice("123"), "grounds": "screening"}, "category-set": {"category": chance.choice("12")},
                  "recalled": {"grounds": "licence-breach"}, "released": {}, "died": {}}.get(made)
        if made == "retract":
            name = ref + chance.choice(("-level", "-category"))
            return self.daemon.record({"retract": name, "why": "entered wrongly"}).status
        more = {"force": True, "why": "found late"} if made in ("recalled", "released", "died") else {}
        return self.daemon.record({"case": ref, "event": made, "on": on, **fields, **more}).status

    def check_against(self, head):
        """Each changed cell and its cases are those that a count by hand over the export finds."""
        lines = self.exported()
        then, now = (members_by_hand(event for event in self.standing(part) if event["case"] != "UNIT") for part in (lines[:head], lines))
        found = json.loads(self.ctl("--against-sealed=v1", "--year", "2022-23", "--json").stdout)
        self.assertEqual(found["unexplained"], 0)
        for table, before, after in zip(TABLES, then, now):
            expected = {}
            for cell in {hit[1:] for hit in before | after}:
                old, new = ({hit[0] for hit in hits if hit[1:] == cell} for hits in (before, after))
                # Who has no level or category any more is in no cell.
                if len(old) != len(new) and "None" not in cell[0] + cell[1]:
                    expected[cell] = (len(old), len(new), old ^ new)
            told = {(row["row"], row["column"]): (row["then"], row["now"], set(row["cases"])) for row in found["differences"]
                    if row["table"] == table and row["year"] == "2022-23" and row["row"] not in (None, "total") and row["column"] != "total"}
            self.assertEqual(told, expected, table)
            moves = {(change["case"], cell["row"], cell["column"], cell["now"] - cell["then"]) for change in found["changes"]
                     for cell in change["cells"] if cell["table"] == table and cell["year"] == "2022-23" and cell["row"] is not None}
            by_hand = {(*hit, 1) for hit in after - before} | {(*hit, -1) for hit in before - after}
            self.assertEqual(moves, {hit for hit in by_hand if "None" not in hit[1] + hit[2]}, table)
        by_seq = {number: line for number, line in enumerate(lines, 1)}
        for change in found["changes"]:
            self.assertEqual([record["seq"] for record in change["records"]],
                             [seq for seq, line in by_seq.items() if seq > head and self.case_of(line, lines) == change["case"]])
            for record in change["records"]:
                line = by_seq[record["seq"]]
                about = line if "event" in line else next(one for one in lines if one.get("id") == line["retract"])
                self.assertEqual((record["event"], record["on"]), (about["event"], about["on"]))
                self.assertEqual(record["recorded_at"], "2023-04-10T09:00:00.000Z")
        return found

    @staticmethod
    def case_of(line, lines):
        return line["case"] if "case" in line else next(one["case"] for one in lines if one.get("id") == line["retract"])

    def test_the_seal_stands_and_each_changed_cell_is_explained(self):
        chance = random.Random(SEED)
        for number in range(14):
            self.person(f"M-1{number:03}", category=chance.choice("112"), level=chance.choice("1223"), on=f"2022-0{chance.randrange(1, 6)}-10")
        made = self.seal("?year=2022-23&input=population:942000", {"force": True, "why": "tests"})
        head = made["head"]["seq"]
        sealed = self.daemon.ask("GET", "/v1/seals/annual").body
        unchanged = self.ctl("--against-sealed").stdout
        self.assertEqual(unchanged, "Annual report 2022-23: what changed since version 1 was sealed on Mon 3 Apr 2023 09:00 UTC\n\n"
                                    "Every figure is as it was sealed.\n")
        self.daemon.move_clock("2023-04-10T09:00:00Z")
        statuses = []
        for _ in range(6):
            for _ in range(8):
                statuses.append(self.correct(chance))
            found = self.check_against(head)
            self.assertEqual(self.daemon.ask("GET", "/v1/seals/annual").body, sealed, f"seed {SEED}")
        self.assertGreater(statuses.count(201), 25, statuses)
        self.assertGreater(len(found["differences"]), 5)
        self.check_forms(found)
        # Another version is of the record as it is now, and differs from nothing.
        self.seal("?year=2022-23&input=population:942000", {"force": True, "why": "as corrected"})
        self.assertIn("Every figure is as it was sealed.", self.ctl("--against-sealed").stdout)
        self.assertEqual(self.check_against(head)["differences"], found["differences"])
        self.assertTrue(self.daemon.ask("POST", "/v1/verify").json["verified"])

    def check_forms(self, found):
        text = self.ctl("--against-sealed").stdout.splitlines()
        rows = list(csv.DictReader(io.StringIO(self.ctl("--against-sealed", "--csv").stdout)))
        for row in found["differences"]:
            if row["row"] is None or row["year"] != "2022-23":
                continue
            place = " ".join(filter(None, (row["table"], row["row"], row["column"])))
            self.assertIn(f"  {place}: {row['then']}, now {row['now']}", text)
            lines = [line for line in rows if (line["table"], line["row"], line["column"] or None, line["year"]) ==
                     (row["table"], row["row"], row["column"], row["year"])]
            self.assertEqual({line["case"] for line in lines} - {""}, set(row["cases"]))
        for change in found["changes"]:
            self.assertIn(change["case"], text)
            for record in change["records"]:
                self.assertTrue(any(line.endswith(f"recorded Mon 10 Apr 2023 09:00 UTC (event {record['seq']})") for line in text))

    def test_other_rules_come_into_force_and_the_difference_is_of_records_alone(self):
        for ref in ("M-0001", "M-0002"):
            self.person(ref)
        made = self.seal()
        rules = self.daemon.dir / "rules/reports.cfg"
        rules.write_text(rules.read_text().replace('level = "3"', 'level = ["2", "3"]'))
        self.assertEqual(self.daemon.accept().status, 200)
        self.assertIn("Every figure is as it was sealed.", self.ctl("--against-sealed").stdout)
        self.daemon.recorded({"case": "M-0002", "event": "died", "on": "2023-03-01"})
        found = json.loads(self.ctl("--against-sealed", "--json").stdout)
        self.assertEqual(found["under"], made["under"])
        self.assertEqual([change["case"] for change in found["changes"]], ["M-0002"])
        self.assertEqual(self.seal(body={"why": "other rules", "force": True})["under"], self.daemon.get("/v1/rules")["digest"])


    def test_a_case_that_was_erased_since_is_named_as_the_reason(self):
        for ref in ("M-0001", "M-0002"):
            self.person(ref)
        self.erase("M-0002")                                    # before the seal: it was never counted
        self.person("M-0003")
        self.daemon.move_clock("2023-04-04T09:00:00Z")
        self.seal()
        self.daemon.move_clock("2023-04-10T09:00:00Z")
        self.assertNotIn("erased", self.ctl("--against-sealed").stdout)
        self.erase("M-0001")
        done = self.ctl("--against-sealed")
        self.assertEqual(done.stderr, "")
        self.assertIn("Cases erased since that may have been counted: 1 (\"mappactl erasures\"). Figures lower than what was recorded since explains: ",
                      done.stdout)
        found = json.loads(self.ctl("--against-sealed", "--json").stdout)
        self.assertEqual((found["erased"], found["unexplained"], found["changes"]), (1, 0, []))
        self.assertGreater(found["lacking"], 0)
        # Who came in later is explained by name beside it.
        self.daemon.recorded({"case": "M-0003", "event": "died", "on": "2023-03-01"})
        found = json.loads(self.ctl("--against-sealed", "--json").stdout)
        self.assertEqual((found["unexplained"], [change["case"] for change in found["changes"]]), (0, ["M-0003"]))

    def erase(self, ref):
        words = ("erase", ref, "--why", "a test", "--force")
        look = json.loads(self.daemon.ctl(*words, "--json").stdout)
        done = self.daemon.ctl(*words, "--confirm", look["confirm"])
        self.assertEqual(done.returncode, 0, done.stderr)


class Damage(Sealing):
    def setUp(self):
        super().setUp()
        self.person("M-0001")
        self.seal()
        self.seal("?year=2022-23&suppress-below=5", {"why": "for the public"})
        self.seal("?year=2021-22")

    def test_each_altered_removed_or_inserted_seal_is_found_and_none_is_shown(self):
        self.daemon.stop()
        source = self.daemon.dir / "state/mappad.db"
        self.assertEqual(verify(source)[0], 0)
        with sqlite3.connect(source) as db:
            columns = [(name, kind) for _, name, kind, *_ in db.execute("PRAGMA table_info(seal)")]
        statements = ["DELETE FROM seal WHERE seq = 3", "DELETE FROM seal WHERE seq = 1", "DELETE FROM seal",
                      "INSERT INTO seal SELECT 4, report, period, 9, digest, content, salt, whole, rules, head, head_hash, known_ms, at_ms,"
                      " person, forced, why, hash FROM seal WHERE seq = 1",
                      "UPDATE seal SET seq = CASE seq WHEN 1 THEN 21 ELSE 22 END WHERE seq < 3"]
        for name, kind in columns:
            if name not in ("seq", "salt", "whole"):
                value = {"INTEGER": f"{name} + 1", "TEXT": f"coalesce({name}, '') || 'x'", "BLOB": "zeroblob(32)"}[kind]
                statements += [f"UPDATE seal SET {name} = {value} WHERE seq = {seq}" for seq in (1, 2, 3)]
        statements += ["UPDATE seal SET whole = replace(whole, '1', '2') WHERE seq = 2", "UPDATE seal SET salt = zeroblob(32) WHERE seq = 2",
                       "UPDATE seal SET whole = NULL, salt = NULL WHERE seq = 2",
                       "UPDATE seal SET content = replace(content, 'M', 'm') WHERE seq = 1"]
        tried = 0
        for statement in statements:
            copy = self.directory / "copy.db"
            try:
                with Tampering(source, copy) as db:
                    changed = db.execute(statement).rowcount
            except sqlite3.IntegrityError:
                continue
            if not changed:
                continue
            status, answer, said = verify(copy)
            self.assertEqual(status, 1, (statement, said))
            self.assertTrue([finding for finding in answer["findings"] if finding["table"] == "seal"], (statement, answer["findings"]))
            tried += 1
        self.assertGreater(tried, 40)
        # A seal that was altered is not given out; the others are.
        with Tampering(source, self.directory / "damaged.db") as db:
            db.execute("UPDATE seal SET why = 'nothing' WHERE seq = 2")
        shutil.copy(self.directory / "damaged.db", source)
        self.daemon.start()
        answer = self.daemon.ask("GET", "/v1/seals/annual:2022-23:v2")
        self.assertEqual((answer.status, answer.error["code"]), (500, "damaged-seal"))
        self.assertEqual(self.daemon.ask("GET", "/v1/seals/annual:2022-23:v2/whole").status, 500)
        self.assertIn("is not what was sealed", self.ctl("2022-23", "--as-sealed", fails=1).stderr)
        self.daemon.get("/v1/seals/annual:2022-23:v1")
        self.assertEqual([finding["row"] for finding in self.daemon.ask("POST", "/v1/verify").json["findings"]], [2])

    def test_a_head_noted_elsewhere_proves_what_was_sealed(self):
        answer = self.daemon.ask("POST", "/v1/verify").json
        self.assertEqual((answer["seals"], answer["seal_head"].split(":")[0]), (3, "3"))
        told = self.daemon.ctl("verify", "--seal-head", answer["seal_head"])
        self.assertEqual(told.returncode, 0)
        self.assertRegex(told.stdout, r"(?m)^Seals +3$")
        self.assertIn("Seal head        " + answer["seal_head"], told.stdout)
        self.assertEqual(self.daemon.ctl("verify", "--seal-head", "3:" + "0" * 64).returncode, 1)
        self.daemon.stop()
        status, offline, _ = verify(self.daemon.dir / "state/mappad.db", "--seal-head", answer["seal_head"])
        self.assertEqual((status, offline["seal_head"], offline["seals"]), (0, answer["seal_head"], 3))

    def test_a_backup_carries_the_seals(self):
        before = self.daemon.ask("GET", "/v1/seals").body, self.daemon.ask("GET", "/v1/seals/annual:2022-23:v2/whole").body
        backup = self.directory / "backup.db"
        self.assertEqual(self.daemon.ctl("backup", backup).returncode, 0)
        self.seal(body={"why": "after the backup"})
        self.daemon.stop()
        state = self.daemon.dir / "state"
        done = subprocess.run([str(MAPPACTL), "restore", str(backup), str(state)], capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.daemon.start()
        self.assertEqual((self.daemon.ask("GET", "/v1/seals").body, self.daemon.ask("GET", "/v1/seals/annual:2022-23:v2/whole").body), before)
        self.assertEqual(self.seal(body={"why": "again"})["version"], 3)


class Together(Sealing):
    """Sealing beside others, and cut off."""

    def setUp(self):
        super().setUp()
        events = [line for number in range(1200) for line in
                  ({"case": f"M-{number:05}", "event": "category-set", "on": "2022-01-10", "category": "2"},
                   {"case": f"M-{number:05}", "event": "sentenced", "on": "2022-01-10", "disposal": "community", "sentence-ends": "2030-01-01"},
                   {"case": f"M-{number:05}", "event": "level-set", "on": "2022-01-10", "level": "1", "grounds": "screening"})]
        self.daemon.recorded(*events)

    def test_what_is_recorded_while_it_counts_is_later(self):
        seals, recorded = [], []
        def record():
            for number in range(40):
                recorded.append(self.daemon.recorded({"case": f"M-{number:05}", "event": "died", "on": "2023-03-01"})["first_seq"])
        def seal(number):
            seals.append(self.seal(body={"why": f"the {number}th"}))
        threads = [threading.Thread(target=record), *(threading.Thread(target=seal, args=(number,)) for number in range(4))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(sorted(seal["version"] for seal in seals), [1, 2, 3, 4])
        for seal in seals:
            content = self.daemon.get(f"/v1/seals/annual:2022-23:v{seal['version']}")["content"]
            died = sum(seq <= content["head"]["seq"] for seq in recorded)
            self.assertEqual(figures(content, "snapshot")["total", "total"], 1200 - died)
            found = json.loads(self.ctl(f"--against-sealed=v{seal['version']}", "--year", "2022-23", "--json").stdout)
            self.assertEqual((found["unexplained"], len(found["changes"])), (0, 40 - died))
        self.assertTrue(self.daemon.ask("POST", "/v1/verify").json["verified"])

    def test_of_two_who_seal_first_one_does(self):
        answers = []
        def seal():
            answers.append(self.daemon.ask("POST", "/v1/reports/annual/seal?year=2022-23").status)
        threads = [threading.Thread(target=seal) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(sorted(answers), [201, 409, 409])

    def test_a_client_that_leaves_seals_nothing(self):
        self.leave(b"POST /v1/reports/annual/seal?year=2022-23 HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")
        eventually(lambda: self.daemon.quiet(1), "the connection that went")
        self.assertIn(len(self.daemon.get("/v1/seals")["seals"]), (0, 1))      # it may have been done before the client was seen to leave
        self.assertTrue(self.daemon.ask("POST", "/v1/verify").json["verified"])

    def test_killed_at_any_time_there_is_all_of_a_seal_or_nothing(self):
        chance = random.Random(SEED)
        answered = 0
        for round in range(8):
            connection = self.daemon.connect()
            connection.request("POST", "/v1/reports/annual/seal?year=2022-23", json.dumps({"why": f"round {round}"}), {"Content-Type": "application/json"})
            time.sleep(chance.random() * 0.25)
            self.daemon.kill()
            try:
                answered += connection.getresponse().status == 201
            except (ConnectionError, OSError):
                pass
            connection.close()
            self.daemon.start()
            seals = self.daemon.get("/v1/seals")["seals"]
            self.assertGreaterEqual(len(seals), answered)
            self.assertEqual([seal["version"] for seal in seals], list(range(len(seals), 0, -1)))
            for seal in seals:
                self.daemon.get(f"/v1/seals/annual:2022-23:v{seal['version']}")
            answer = self.daemon.ask("POST", "/v1/verify").json
            self.assertTrue(answer["verified"], answer["findings"])
            self.assertEqual(answer["seals"], len(seals))


class Older(BoxTest):
    """Files that earlier programs wrote: of the first schema, and of the last one that knew no seals."""

    def begin(self, schema, now):
        state = self.directory / "d/state"
        state.mkdir(parents=True)
        (state / "mappad.db").write_bytes(gzip.decompress((OLD / f"schema-{schema}.db.gz").read_bytes()))
        (state / "mappad.db").chmod(0o600)
        status, answer, said = verify(state / "mappad.db")
        self.assertEqual((status, said, answer["seals"], answer["seal_head"]), (0, "", 0, None))
        self.start(now=now, rules={"00-vocabulary.cfg": VOCABULARY, "10-rules.cfg": LAW + REPORTS})
        return answer

    def goes_on(self, schema, now):
        before = self.begin(schema, now)
        self.assertEqual(self.daemon.get("/v1/seals")["seals"], [])
        head = self.daemon.ask("POST", f"/v1/verify?head={before['head']}").json
        self.assertTrue(head["verified"], head["findings"])
        made = self.daemon.ask("POST", "/v1/reports/yearly/seal?year=2022")
        self.assertEqual(made.status, 201, made.body)
        self.assertEqual(made.json["seal"]["head"], {"seq": before["events"], "hash": before["head"].split(":")[1]})
        self.assertEqual(self.daemon.get("/v1/seals/yearly/changes")["changes"], [])
        self.daemon.stop()
        status, answer, said = verify(self.directory / "d/state/mappad.db", "--head", before["head"])
        self.assertEqual((status, said, answer["seals"]), (0, "", 1))

    def test_a_record_of_the_first_schema_is_sealed(self):
        self.goes_on(1, "2023-02-07T10:00:00Z")

    def test_a_record_of_the_schema_before_seals_is_sealed(self):
        self.goes_on(6, "2023-03-27T10:00:00Z")


if __name__ == "__main__":
    main()
