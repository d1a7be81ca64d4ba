#!/usr/bin/python3
"""docs/openapi.yaml against the daemon: every operation, parameter and status, and every member of every answer.

The walker below understands the words of OpenAPI that the contract uses and
fails at any other, so that nothing in the contract can go unlooked at. Objects
that do not say additionalProperties are closed.
"""

import json
import os
import re
import subprocess
import unittest

import yaml

from harness import BUILD, DEADLINE_S, RULES, TREE, VOCABULARY, BoxTest, MailServer, as_user, eventually, main

CONTRACT = yaml.safe_load((TREE / "docs/openapi.yaml").read_text())
ROUTES = BUILD / "unit/api/test_routes"
SCHEMA_WORDS = {"type", "required", "properties", "additionalProperties", "items", "enum", "nullable", "format", "pattern", "minimum",
                "maximum", "maxLength", "description", "oneOf", "anyOf", "allOf", "default", "$ref"}
OPERATION_WORDS = {"operationId", "summary", "description", "x-role", "x-reach", "x-writes", "parameters", "requestBody", "responses"}
TYPES = {"string": str, "integer": int, "boolean": bool, "array": list, "object": dict}
FORMATS = {"date": r"\d{4}-\d\d-\d\d", "date-time": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"}
NOBODY = 65534
RETENTION = """retention = (
  { id = "inside"; title = "Inside"; source = "Schedule"; basis = "Long."; applies = { location = "custody"; }; keep = "1 day after"; from = "release-date"; },
  { id = "others"; title = "Others"; source = "Schedule"; basis = "A day."; keep = "1 day after"; } );"""


def resolved(schema):
    while "$ref" in schema:
        node = CONTRACT
        for word in schema["$ref"].removeprefix("#/").split("/"):
            node = node[word]
        schema = node
    return schema


def members(schema, value, where):
    properties = schema.get("properties", {})
    for name in schema.get("required", ()):
        if name not in value:
            yield f"{where} lacks {name}"
    for name, member in value.items():
        more = schema.get("additionalProperties", False)
        if name in properties:
            yield from mistakes(properties[name], member, f"{where}.{name}")
        elif more is False:
            yield f"{where} has {name}, which the contract does not know"
        elif more is not True:
            yield from mistakes(more, member, f"{where}.{name}")


def mistakes(schema, value, where="answer"):
    """What is wrong with a value."""
    schema = resolved(schema)
    unknown = set(schema) - SCHEMA_WORDS
    if unknown:
        yield f"the contract uses {unknown} at {where}, which this test does not understand"
        return
    if value is None:
        if not schema.get("nullable"):
            yield f"{where} is null"
        elif "enum" in schema and None not in schema["enum"]:
            yield f"{where} is null, which is not in the contract's list"
        return
    if "oneOf" in schema:
        if sum(not list(mistakes(one, value, where)) for one in schema["oneOf"]) != 1:
            yield f"{where} fits not exactly one of its forms: {value!r}"
    if "anyOf" in schema and all(list(mistakes(one, value, where)) for one in schema["anyOf"]):
        yield f"{where} fits none of its forms: {value!r}"
        return
    for one in schema.get("allOf", ()):
        yield from mistakes(one, value, where)
    if "type" in schema:
        if type(value) is not TYPES[schema["type"]]:
            yield f"{where} is no {schema['type']}: {value!r}"
            return
    if "enum" in schema and value not in schema["enum"]:
        yield f"{where} is {value!r}, which is not in the contract's list"
    if "pattern" in schema and not re.search(schema["pattern"], value):
        yield f"{where} does not fit its pattern: {value!r}"
    if "format" in schema and not re.fullmatch(FORMATS[schema["format"]], value):
        yield f"{where} is no {schema['format']}: {value!r}"
    if value is not None and schema.get("minimum", value) > value if isinstance(value, int) else False:
        yield f"{where} is too small: {value!r}"
    if isinstance(value, list):
        for number, item in enumerate(value):
            yield from mistakes(schema["items"], item, f"{where}[{number}]")
    if isinstance(value, dict) and not {"allOf", "anyOf", "oneOf"} & set(schema):
        yield from members(schema, value, where)


def operations():
    for path, item in CONTRACT["paths"].items():
        for method, operation in item.items():
            yield method.upper(), path, operation


def event(case, name, on, **fields):
    return {"case": case, "event": name, "on": on, **fields}


# The record that the questions below are asked about: every kind of line, every state of a case.
RECORD = [
    event("M-AAAA1", "level-set", "2022-09-01", level="2", **{"lead-agency": "police"}),
    event("M-AAAA1", "sentenced", "2022-09-01", disposal="community"),
    event("M-AAAA1", "meeting-booked", "2023-02-20", **{"next-meeting": "2023-03-20"}, id="booking-1"),
    event("M-BBBB2", "level-set", "2022-10-03", level="2"),
    event("M-BBBB2", "sentenced", "2022-10-03", disposal="custody", **{"release-date": "2024-01-01"}),
    event("M-CCCC3", "sentenced", "2022-12-01", disposal="community"),
    event("M-CCCC3", "order-made", "2022-12-02", item="ORDER-1"),
    event("M-CCCC3", "note", "2022-12-03", token="T-1"),
    event("M-DDDD4", "level-set", "2022-10-03", level="2", id="undone-1"),
]

# For each parameter: values that are taken and values that are refused.
GOOD = {"dry-run": ["0", "1"], "changed": [], "more": [], "conflicts": [], "state": ["open", "all", "overdue,paused", "met-late"], "rule": ["review", "review,first-meeting"],
        "case": ["M-AAAA1"], "agency": ["police", "probation"], "role": ["unit"], "due-before": ["2023-05-01"], "due-after": ["1583-01-01"],
        "booked": ["true", "false"], "as-of": ["2023-01-15"], "known-at": ["2023-02-01T00:00:00Z", "2023-02-01T00:00:00+01:00"],
        "limit": ["1", "100"], "cursor": [], "after": ["0", "3"], "before": ["3"], "order": ["oldest", "newest"], "rules": [], "started": ["2022-09-01"], "item": [], "answer": ["all", "none", "overdue,not-applicable"],
        "idle": ["1%20day%20after", "6%20years%20after"],
        "user": ["root", "0"], "head": [], "access-head": [], "seal-head": [], "unacked": ["0", "1"], "stage": ["due", "overdue", "2%20weeks%20before"], "day": ["2023-03-01"],
        "year": ["2022", "1999", "2022-Q3"], "from": [], "to": [], "weeks": ["1", "104"],
        "closed": ["2023-08-01..2023-08-31,2023-12-20..2024-01-03"], "input": ["people:3"], "suppress-below": ["0", "5"]}
ONE_RULE = {(path, "rule"): ["review"] for path in ("/v1/alerts", "/v1/cases/{ref}/explain", "/v1/routes")}   # no list here
ONE_RULE[("/v1/outbox", "state")] = ["all", "waiting,failed", "sent", "ambiguous"]      # another kind of state
BAD = {"dry-run": ["2", "yes", ""], "changed": ["count", ""], "more": ["2", "yes", ""], "conflicts": ["ignore", ""], "state": ["opne", "open,", ""], "rule": ["reveiw", "review,nothing", ""], "agency": ["", "police,"], "role": ["unti", ""], "case": ["m-aaaa1", "x"],
       "due-before": ["2023-02-30", "soon", ""], "due-after": ["01/02/2023"], "booked": ["1", ""], "as-of": ["2023-13-01"],
       "known-at": ["2023-02-01", "now"], "limit": ["0", "-1", "01", "1e3", "", "99999999999999999999"], "cursor": ["nonsense"],
       "after": ["-1", "x", ""], "before": ["x"], "order": ["upwards"], "idle": ["6%20years", "6%20years%20before", "x", ""], "user": [""], "head": ["1:2", "x"], "access-head": ["1", ""], "seal-head": ["1", "x:y"], "answer": ["overdu", ""],
       "rules": ["x", "", "now", "then", "0123456", "ABCDEF0123", "0" * 65], "Last-Event-ID": ["x", "-1"],
       "unacked": ["2", "yes", ""], "stage": ["", "deu", "3%20weeks%20before"], "day": ["2023-02-30", "soon"],
       "year": ["2022-23", "x", "", "9999", "2022-Q5"], "from": ["2022-01-01", "soon"], "to": ["2022-01-01", "2022-02-30"],
       "weeks": ["0", "105", "x"], "closed": ["2023-08-01", "2023-08-31..2023-08-01", ""], "input": ["peolpe:3", "people:0", "people", ""], "suppress-below": ["-1", "x", "1000001"]}

REPORTS = """
reports = ( { name = "yearly"; title = "Yearly"; source = "tests"; basis = "Counted once a year.";
  inputs = ( { name = "people"; label = "People"; } ); notes = ( { name = "a"; text = "All of them."; } );
  tables = ( { name = "level"; title = "Level 2 or not"; notes = ["a"]; counts = "cases-on-day";
               rows = ( { name = "yes"; label = "Yes"; when = { level = "2"; }; }, { name = "no"; label = "No"; unless = { level = "2"; }; },
                        { name = "here"; label = "Here"; part-of = "yes"; when = { level = "2"; location = "community"; }; } );
               columns = ( { name = "in"; label = "In custody"; when = { location = "custody"; }; }, { name = "out"; label = "Not"; unless = { location = "custody"; }; } );
               never = ( { row = "here"; column = "in"; } ); },
             { name = "due"; title = "Reviews"; counts = "obligations"; rules = "review"; outcomes = ["met", "met-late", "overdue"];
               columns = ( { name = "met"; label = "Met"; outcomes = "met"; }, { name = "late"; label = "Late"; outcomes = ["met-late", "overdue"]; },
                           { name = "worst"; label = "Worst"; measure = "worst"; days = { from = 1; }; } ); } );
  trend-quarters = 3;
  trends = ( { name = "worst"; label = "Worst"; of = { table = "due"; column = "worst"; }; },
             { name = "share"; label = "Met"; of = { table = "due"; column = "met"; }; over = { table = "due"; }; per = 100; } );
  rates = ( { name = "share"; label = "Share"; of = { table = "level"; row = "yes"; }; input = "people"; per = 100; } ); } );
"""


SUPPOSED = event("M-AAAA1", "meeting-held", "2023-05-01")


class Contract(BoxTest):
    def check(self, method, path, status, answer):
        """The answer of an operation has a status and a body of its contract."""
        responses = CONTRACT["paths"][path][method.lower()]["responses"]
        self.assertEqual(answer.status, status, (method, path, answer.body[:500]))
        response = resolved(responses.get(str(status), responses["default"]))
        kind = answer.headers["Content-Type"]
        self.assertIn(kind, response["content"])
        values = ([answer.body.decode()] if kind.startswith("text/") else
                  map(json.loads, answer.body.splitlines()) if kind == "application/x-ndjson" else [answer.json])
        for value in values:
            self.assertEqual(list(mistakes(response["content"][kind]["schema"], value)), [], (method, path, status))
        self.seen.add((method, path, str(status) if str(status) in responses else "default"))

    def ask(self, method, path, status, query="", body=None, kind="application/json", **place):
        target = path.format(**place) if place else path
        answer = self.daemon.ask(method, target + query, body, kind)
        self.check(method, path, status, answer)
        return answer.json if answer.headers["Content-Type"] == "application/json" else answer.body

    def setUp(self):
        super().setUp()
        self.seen = set()

    def begin(self, **settings):
        self.server = MailServer()
        self.addCleanup(self.server.stop)
        rules = {"00-vocabulary.cfg": VOCABULARY, "10-rules.cfg": RULES + REPORTS + RETENTION}
        self.start(mail=self.server.setting(), limits='body = "64 KiB";', rules=rules, **settings)
        self.daemon.recorded(*RECORD)
        self.ask("POST", "/v1/events/{seq}/retract", 201, seq=9, body={"why": "recorded for another"})
        self.daemon.recorded({**RECORD[2], "on": "2023-02-21", "replaces": "booking-1", "why": "another day", "id": "booking-2"})
        self.daemon.move_clock("2023-03-27T09:00:00Z")

    def test_every_route_is_in_the_contract_and_the_other_way_round(self):
        listed = subprocess.run([ROUTES, "--list"], capture_output=True, text=True, check=True, timeout=DEADLINE_S).stdout.split("\n")
        table = {tuple(line.split()) for line in listed if line}
        contract = {(method, path, operation["x-role"], operation["x-reach"], "writes" if operation.get("x-writes") else "reads")
                    for method, path, operation in operations()}
        self.assertEqual(table, contract)

    def test_the_contract_says_nothing_that_this_test_does_not_understand(self):
        for method, path, operation in operations():
            self.assertEqual(set(operation) - OPERATION_WORDS, set(), (method, path))
            for parameter in operation.get("parameters", ()):
                self.assertEqual(set(parameter) - {"name", "in", "required", "schema", "description"}, set(), (path, parameter))
                if parameter["in"] == "path":
                    self.assertIn("{" + parameter["name"] + "}", path)
                elif parameter["name"] != "Last-Event-ID":
                    self.assertIn(parameter["name"], GOOD, "say above what this parameter takes")
            for status, response in operation["responses"].items():
                self.assertEqual(set(resolved(response)) - {"description", "content"}, set(), (path, status))
        for name, schema in CONTRACT["components"]["schemas"].items():
            if schema.get("type") == "object":
                self.assertIn("additionalProperties", schema, f"{name} does not say whether it is open")

    def test_every_operation_answers_as_it_says(self):
        self.begin()
        ask = self.ask
        recorded = ask("POST", "/v1/events", 201, body=event("M-EEEE5", "sentenced", "2022-12-01", disposal="community"))
        self.assertEqual(recorded["recorded"], 1)
        self.assertTrue(recorded["changed"])
        again = ask("POST", "/v1/events", 201, body=RECORD[2])
        self.assertEqual((again["recorded"], again["repeated"]), (1, 1))
        dry = ask("POST", "/v1/events", 200, "?dry-run=1", body=event("M-EEEE5", "meeting-held", "2023-01-01"))
        self.assertTrue(dry["dry_run"])
        self.assertTrue(dry["changed"])
        counted = ask("POST", "/v1/events", 200, "?dry-run=1&changed=counts", body=event("M-EEEE5", "meeting-held", "2023-01-01"))
        self.assertEqual(sum(counted["changed_counts"].values()), len(dry["changed"]))
        self.assertNotIn("changed", counted)
        accepted = ask("POST", "/v1/events", 200, "?dry-run=1&changed=none", body=event("M-EEEE5", "meeting-held", "2023-01-01"))
        self.assertEqual([key for key in accepted if key.startswith("changed")], [])
        self.assertEqual(accepted["recorded"], 1)
        ask("POST", "/v1/events", 400, body="{")
        ask("POST", "/v1/events", 413, body="x" * 70000)
        ask("POST", "/v1/events", 422, body=event("M-EEEE5", "sentenced", "2023-02-30"))
        lines = "".join(json.dumps(event("M-EEEE5", "relaesed", "2023-01-01")) + "\n" for _ in range(150))
        refused = ask("POST", "/v1/events", 422, body=lines, kind="application/x-ndjson")
        self.assertEqual((len(refused["problems"]), refused["problem_total"], refused["error"]["line"]), (100, 150, 1))
        vanished = ask("POST", "/v1/events/{seq}/retract", 201, seq=recorded["first_seq"], body={"why": "a test"})
        self.assertTrue(any(row.get("vanished") for row in vanished["changed"]))
        ask("POST", "/v1/events/{seq}/retract", 200, "?dry-run=1", seq=1, body={"why": "a test"})
        for body in ("", "{", "[]"):
            ask("POST", "/v1/events/{seq}/retract", 400, seq=1, body=body)
        ask("POST", "/v1/events/{seq}/retract", 400, seq="x", body={"why": "a test"})
        for body in ({}, {"why": 7}, {"why": ""}, {"why": "w", "more": "m"}):
            ask("POST", "/v1/events/{seq}/retract", 422, seq=1, body=body)
        ask("POST", "/v1/events/{seq}/retract", 422, seq=9, body={"why": "twice"})
        ask("POST", "/v1/events/{seq}/retract", 422, seq=999999, body={"why": "no such"})
        self.assertTrue(ask("GET", "/v1/obligations", 200)["obligations"])
        self.assertEqual(len(ask("GET", "/v1/cases", 200)["cases"]), 5)
        self.assertEqual(len(ask("GET", "/v1/events", 200)["events"]), ask("GET", "/v1/status", 200)["last_seq"])
        for case in ("M-AAAA1", "M-BBBB2", "M-CCCC3", "M-DDDD4", "M-EEEE5"):
            self.assertTrue(ask("GET", "/v1/cases/{ref}", 200, ref=case)["record"])
            self.assertEqual(ask("GET", "/v1/cases/{ref}/history", 200, ref=case)["known_at"], None)
        for case in ("M-AAAA1", "M-BBBB2", "M-CCCC3", "M-DDDD4"):
            for rule in ("review", "first-meeting"):
                self.assertTrue(ask("GET", "/v1/cases/{ref}/explain", 200, f"?rule={rule}", ref=case)["steps"])
        ask("GET", "/v1/cases/{ref}/explain", 404, "?rule=review", ref="M-NONE1")
        for query, case in (("", "M-AAAA1"), ("?rule=reveiw", "M-AAAA1"), ("?rule=review", "none"), ("?rule=review&started=x", "M-AAAA1")):
            ask("GET", "/v1/cases/{ref}/explain", 400, query, ref=case)
        ask("GET", "/v1/cases/{ref}/history", 404, ref="M-NONE1")
        held = ask("GET", "/v1/cases/{ref}/subject-access", 200, ref="M-AAAA1")
        self.assertTrue(held["alerts"] and held["accesses"])
        ask("GET", "/v1/cases/{ref}/subject-access", 404, ref="M-NONE1")
        ask("GET", "/v1/cases/{ref}/subject-access", 400, ref="none")
        ask("GET", "/v1/cases/{ref}/history", 400, ref="none")
        self.assertTrue(ask("GET", "/v1/reports/certificate", 200, "?answer=all")["reconciles"])
        for query in ("", "?suppress-below=3", "?input=people:3", "?year=1999", "?year=2022-Q4&suppress-below=3", "?from=2022-11-01&to=2023-01-31"):
            ask("GET", "/v1/reports/{report}", 200, query, report="yearly")
        self.assertTrue(ask("GET", "/v1/reports/{report}/cases", 200, report="yearly")["cases"])
        ask("GET", "/v1/reports/{report}", 400, report="yaerly")
        ask("GET", "/v1/reports/{report}/cases", 400, "?year=2022-23", report="yearly")
        self.assertTrue(ask("GET", "/v1/reports/forecast", 200, "?weeks=52")["weeks"])
        self.assertTrue(ask("GET", "/v1/reports/forecast/cases", 200)["appointments"])
        self.assertTrue(ask("POST", "/v1/reports/forecast", 200, body=SUPPOSED)["appointments"])
        ask("GET", "/v1/reports/forecast", 400, "?weeks=0")
        ask("GET", "/v1/reports/forecast/cases", 400, "?closed=soon")
        ask("POST", "/v1/reports/forecast", 400, body="{")
        ask("POST", "/v1/reports/forecast", 422, body=event("M-AAAA1", "relaesed", "2023-05-01"))
        self.check_seals()
        ask("GET", "/v1/cases/{ref}", 404, ref="M-NONE1")
        ask("GET", "/v1/cases/{ref}", 400, ref="none")
        self.assertTrue({"stage", "moved"} & {alert["kind"] for alert in ask("GET", "/v1/alerts", 200)["alerts"]})
        self.assertEqual(len(ask("GET", "/v1/rules", 200)["rules"]), 2)
        ask("GET", "/v1/status", 200)
        self.assertIn(b"mappad_cases 5", ask("GET", "/metrics", 200))
        head = ask("POST", "/v1/verify", 200)["head"]
        self.assertTrue(ask("POST", "/v1/verify", 200, f"?head={head}")["verified"])
        self.assertTrue(ask("GET", "/v1/access", 200, "?user=root")["accesses"])
        copy = self.daemon.ask("POST", "/v1/backup")
        self.assertEqual((copy.status, copy.headers["Content-Type"], copy.body[:15]), (200, "application/vnd.sqlite3", b"SQLite format 3"))
        self.seen.add(("POST", "/v1/backup", "200"))
        ask("POST", "/v1/reload", 200)
        ask("POST", "/v1/reload", 400, body="x")
        self.check_changes()
        (self.daemon.dir / "rules/99-wrong.cfg").write_text("rules = ( { id = \"wrong\"; } );\n")
        self.assertTrue(ask("POST", "/v1/reload", 422)["problems"])
        self.assertTrue(ask("GET", "/v1/status", 200)["rules"]["reload_failure"])
        (self.daemon.dir / "rules/99-wrong.cfg").unlink()
        self.check_acks()
        self.check_outbox()
        self.check_stream()
        self.check_parameters()
        self.check_others()
        self.check_erasing()
        missing = {(method, path, status) for method, path, operation in operations() for status in operation["responses"]
                   if status not in ("403", "507", "default")} - self.seen
        self.assertEqual(missing, set(), "statuses of the contract that nothing above saw")

    def check_seals(self):
        """A report is sealed, with numbers hidden and without, and its seals are asked for."""
        ask, path = self.ask, "/v1/reports/{report}/seal"
        made = ask("POST", path, 201, "?year=2022&input=people:9&suppress-below=3", report="yearly")["seal"]
        ask("POST", path, 409, "?year=2022", report="yearly")
        ask("POST", path, 400, report="yearly")
        ask("POST", path, 422, "?year=2022", report="yearly", body={"why": ""})
        self.assertEqual(ask("POST", path, 201, "?year=2022", report="yearly", body={"why": "with all numbers"})["seal"]["version"], 2)
        self.assertEqual(len(ask("GET", "/v1/seals", 200)["seals"]), 2)
        ask("GET", "/v1/seals", 400, "?limit=0")
        for seal in ("yearly", "yearly:2022", "yearly:2022:v1", made["hash"], made["hash"][:8]):
            for route in ("/v1/seals/{seal}", "/v1/seals/{seal}/changes", "/v1/seals/{seal}/whole"):
                ask("GET", route, 200, seal=seal)
        self.daemon.recorded(event("M-DDDD4", "level-set", "2022-10-03", level="2", id="done-again"))
        changes = ask("GET", "/v1/seals/{seal}/changes", 200, seal="yearly:2022:v1")["changes"]
        self.assertEqual([(change["case"], [record["event"] for record in change["records"]]) for change in changes], [("M-DDDD4", ["level-set"])])
        for route in ("/v1/seals/{seal}", "/v1/seals/{seal}/changes", "/v1/seals/{seal}/whole"):
            ask("GET", route, 404, seal="yaerly")
            ask("GET", route, 400, seal="yearly:2022:2")

    def check_changes(self):
        """Other rules: compared, refused until accepted, put in force, remembered."""
        ask, rules = self.ask, self.daemon.dir / "rules/10-rules.cfg"
        text = rules.read_text()
        rules.write_text(text.replace('"4 weeks after"', '"5 weeks after"'))
        self.assertGreaterEqual(len(ask("POST", "/v1/rules/diff", 200).splitlines()), 3)
        sent = {"after": {"rules": [{"name": "10-rules.cfg", "text": "rules = ( { } );"}]}}
        ask("POST", "/v1/rules/diff", 422, body=sent)
        ask("POST", "/v1/rules/diff", 400, body="x")
        awaits = ask("POST", "/v1/reload", 409)
        ask("POST", "/v1/rules/accept", 400, body={"accept": "x"})
        ask("POST", "/v1/rules/accept", 200, body={"accept": awaits["digest"]})
        self.assertTrue(ask("POST", "/v1/reload", 200, body={"accept": awaits["digest"]})["changed"])
        history = ask("GET", "/v1/rules/history", 200)["changes"]
        self.assertGreaterEqual(len(history), 2)
        self.assertTrue(ask("GET", "/v1/rules/editions/{digest}", 200, digest=history[0]["rules"])["editions"])
        ask("GET", "/v1/rules/editions/{digest}", 404, digest="0" * 64)
        ask("GET", "/v1/rules/editions/{digest}", 400, digest="x")
        self.digest = history[0]["rules"]
        files = [{"name": "00-vocabulary.cfg", "text": (rules.parent / "00-vocabulary.cfg").read_text()},
                 {"name": "10-rules.cfg", "text": text.replace('"4 weeks after"', '"6 weeks after"')}]
        handed = ask("POST", "/v1/rules/editions", 200, body={"rules": files})["digest"]
        ask("POST", "/v1/rules/editions", 422, body=sent["after"])
        for body in ("x", {}, {"rules": []}, {"rules": [{"name": "a/b", "text": ""}]}, {"rule": files}):
            ask("POST", "/v1/rules/editions", 400, body=body)
        self.assertEqual(ask("GET", "/v1/obligations", 200, f"?rules={handed}")["under"], handed)
        ask("GET", "/v1/obligations", 404, f"?rules={'0' * 64}")
        GOOD["rules"] = [handed, handed[:8], history[1]["rules"], history[1]["after"], self.digest]

    def check_acks(self):
        """An alert is acknowledged, once and by those who may; the routes of its stage are told."""
        ask, path = self.ask, "/v1/alerts/{id}/ack"
        alerts = [alert for alert in ask("GET", "/v1/alerts", 200, "?unacked=1")["alerts"] if "unit" in alert["to"] and alert["stage"]]
        alert = alerts[0]
        given = ask("POST", path, 201, id=alert["id"], body={"why": "seen", "role": "unit"})["ack"]
        self.assertEqual((given["alert"], given["role"], given["until"], given["user"]), (alert["id"], "unit", "2023-04-10", "root"))
        ask("POST", path, 409, id=alert["id"], body={"why": "seen", "role": "unit"})
        ask("POST", path, 404, id=999999, body={"why": "seen"})
        ask("POST", path, 400, id="x", body={"why": "seen"})
        for body in ("", "{", "[]", {"why": "w", "more": "m"}):
            ask("POST", path, 422 if body == "" else 400, id=alert["id"], body=body)
        for body in ({}, {"why": 7}, {"why": ""}, {"why": "w", "until": "soon"}, {"why": "w", "until": "2024-01-01"}, {"why": "w", "role": "none"}):
            ask("POST", path, 422, id=alert["id"], body=body)
        held = ask("GET", "/v1/cases/{ref}/subject-access", 200, ref=alert["case"])
        self.assertTrue(held["acks"])
        shown = [one for one in ask("GET", "/v1/alerts", 200)["alerts"] if one["id"] == alert["id"]][0]
        self.assertEqual(shown["acks"], [given])
        self.assertEqual(ask("GET", "/v1/cases/{ref}", 200, ref=alert["case"])["acks"], [given])
        self.assertTrue(ask("GET", "/v1/routes", 200, "?case=M-AAAA1&rule=review&stage=overdue")["recipients"])
        ask("GET", "/v1/routes", 404, "?case=M-NONE1&rule=review&stage=overdue")
        ask("GET", "/v1/routes", 400, "?case=M-AAAA1&rule=review")

    def check_outbox(self):
        """Messages are listed and tried again by hand."""
        ask = self.ask
        eventually(lambda: ask("GET", "/v1/outbox", 200)["messages"] == [], "an outbox that is done")
        sent = ask("GET", "/v1/outbox", 200, "?state=sent")["messages"]
        self.assertTrue(sent)
        ask("POST", "/v1/outbox/{id}/retry", 409, id=sent[0]["id"])
        ask("POST", "/v1/outbox/{id}/retry", 404, id=999999)
        ask("POST", "/v1/outbox/{id}/retry", 400, id="x")
        self.assertEqual(ask("POST", "/v1/outbox/retry", 200), {"retried": 0, "written": 0})
        ask("POST", "/v1/outbox/retry", 400, body="x")
        self.server.answers["unit@example.police.uk"] = "550 no such mailbox"
        self.daemon.move_clock("2023-04-03T09:00:00Z")          # a Monday: everybody hears something
        failed = eventually(lambda: ask("GET", "/v1/outbox", 200, "?state=failed")["messages"], "a message that was given up")
        self.server.answers.clear()
        self.assertEqual(ask("POST", "/v1/outbox/{id}/retry", 200, id=failed[0]["id"]), {"retried": 1, "written": 0})
        held = [ask("GET", "/v1/cases/{ref}/subject-access", 200, ref=case) for case in ("M-AAAA1", "M-CCCC3")]
        self.assertTrue(any(case["messages"] for case in held), [case["accesses"] for case in held])

    def check_erasing(self):
        """A case is looked at, and erased by the word that this gives."""
        ask, path = self.ask, "/v1/cases/{ref}/erase"
        look = ask("POST", path, 200, ref="M-DDDD4", body={"why": "a test"})
        self.assertEqual((look["erased"], look["events"]), (False, 3))
        for body in ({"why": 7}, {"confirm": look["confirm"]}, {"why": "w", "force": 1}, {"why": "", "confirm": look["confirm"]},
                     {"why": "of M-DDDD4", "confirm": look["confirm"]}):
            ask("POST", path, 422, ref="M-DDDD4", body=body)
        ask("POST", path, 400, ref="M-DDDD4", body={"why": "w", "more": "m"})
        ask("POST", path, 400, ref="none", body={"why": "w"})
        ask("POST", path, 404, ref="M-NONE1", body={"why": "w"})
        ask("POST", path, 409, ref="M-DDDD4", body={"why": "w", "confirm": "0" * 16})
        gone = ask("POST", path, 200, ref="M-DDDD4", body={"why": "a test", "confirm": look["confirm"], "force": True})
        self.assertEqual((gone["erased"], gone["erasure"]), (True, 1))
        self.assertEqual([row["why"] for row in ask("GET", "/v1/erasures", 200)["erasures"]], ["a test"])
        ask("GET", "/v1/erasures", 400, "?limit=0")
        left = ask("GET", "/v1/erasures/{seq}", 200, seq="1")
        self.assertEqual((left["why"], len(left["lines"])), ("a test", 3))
        ask("GET", "/v1/erasures/{seq}", 404, seq="2")
        ask("GET", "/v1/erasures/{seq}", 400, seq="0")
        self.assertEqual(ask("GET", "/v1/events", 200)["erased"], 3)
        self.assertEqual(ask("POST", "/v1/verify", 200)["erased"], 3)

    def check_stream(self):
        """Each data line of the stream is an alert."""
        path = "/v1/alerts/stream"
        connection = self.daemon.connect()
        connection.request("GET", path + "?after=0")
        answer = connection.getresponse()
        self.assertEqual((answer.status, answer.headers["Content-Type"]), (200, "text/event-stream"))
        self.assertIn("text/event-stream", CONTRACT["paths"][path]["get"]["responses"]["200"]["content"])
        event_lines = []
        while not event_lines or event_lines[-1] != b"\n" or len(event_lines) < 6:
            event_lines.append(answer.readline())
        data = [line for line in event_lines if line.startswith(b"data: ")]
        self.assertEqual(list(mistakes({"$ref": "#/components/schemas/Alert"}, json.loads(data[0][6:]))), [])
        connection.close()
        self.seen.add(("GET", path, "200"))

    def check_parameters(self):
        """Every parameter of every operation is taken with a good value and refused with a bad one."""
        place = {"seq": 1, "ref": "M-AAAA1", "digest": self.digest, "id": 1, "report": "yearly", "seal": "yearly"}
        for method, path, operation in operations():
            names = {parameter["name"]: parameter for parameter in operation.get("parameters", ()) if parameter["in"] == "query"}
            def others(name):
                return "".join(f"&{other}={GOOD[other][0]}" for other, parameter in names.items() if parameter.get("required") and other != name)
            body = {"/v1/events": RECORD[0], "/v1/events/{seq}/retract": {"why": "w"}, "/v1/rules/editions": {"rules": []}, "/v1/cases/{ref}/erase": {"why": "w"},
                    "/v1/reports/forecast": SUPPOSED, "/v1/reports/{report}/seal": {"why": "asked again"}}.get(path) if method == "POST" else None
            good = 201 if path == "/v1/reports/{report}/seal" else 200
            for name in names:
                for value in BAD.get(name, ()):
                    with self.subTest(path=path, name=name, bad=value):
                        self.ask(method, path, 400, f"?{name}={value}" + others(name), body, **place)
                for value in ONE_RULE.get((path, name), GOOD[name]) if path != "/v1/alerts/stream" and name != "dry-run" else ():
                    with self.subTest(path=path, name=name, good=value):
                        self.ask(method, path, good, f"?{name}={value.replace('+', '%2B')}" + others(name), body, **place)
            with self.subTest(path=path, what="a parameter that is not in the contract"):
                answer = self.ask(method, path, 400, "?nothing=1", body, **place)
                self.assertEqual((answer["error"]["code"], answer["error"]["field"]), ("unknown-parameter", "nothing"))
            with self.subTest(path=path, what="a parameter twice"):
                for name in list(names)[:1]:
                    self.ask(method, path, 400, f"?{name}=1&{name}=1", body, **place)
        for value in BAD["Last-Event-ID"]:
            connection = self.daemon.connect()
            connection.request("GET", "/v1/alerts/stream", headers={"Last-Event-ID": value})
            self.assertEqual(connection.getresponse().status, 400)
            connection.close()
        self.check_pages()

    def check_pages(self):
        """What next and more promise: all rows, each once, in order."""
        for path, key in (("/v1/obligations", "obligations"), ("/v1/cases", "cases")):
            for query in ("", "&state=all") if path == "/v1/obligations" else ("",):
                whole = self.ask("GET", path, 200, "?limit=1000" + query)[key]
                rows, cursor = [], ""
                while cursor is not None:
                    page = self.ask("GET", path, 200, f"?limit=2{query}" + (f"&cursor={cursor}" if cursor else ""))
                    self.assertLessEqual(len(page[key]), 2)
                    rows, cursor = rows + page[key], page["next"]
                self.assertEqual(rows, whole)
        newest, before = [], None
        while True:
            page = self.ask("GET", "/v1/alerts", 200, "?limit=2" + (f"&before={before}" if before else ""))
            newest += page["alerts"]
            if not page["more"]:
                break
            before = newest[-1]["id"]
        self.assertEqual(newest[::-1], self.daemon.alerts())

    def check_others(self):
        """Wrong methods and wrong paths, which any operation may answer."""
        for path in CONTRACT["paths"]:
            known = {method.upper() for method in CONTRACT["paths"][path]}
            for method in {"GET", "POST", "PUT", "DELETE", "PATCH"} - known:
                answer = self.daemon.ask(method, path.format(seq=1, ref="M-AAAA1", digest="0" * 64, id=1, report="yearly", seal="yearly"))
                self.check(next(iter(known)), path, 405, answer)
                self.assertEqual(set(answer.headers["Allow"].split(", ")), known)
        for path in ("/", "/v1", "/v1/", "/v1/obligation", "/v1/cases/M-AAAA1/", "/v1//cases", "/v1/cases/%2e%2e", "/v1/cases/%zz", "/v2/cases"):
            answer = self.daemon.ask("GET", path)
            self.assertIn(answer.status, (404, 400), path)
            self.assertEqual(list(mistakes({"$ref": "#/components/schemas/Error"}, answer.json)), [])
        self.assertEqual(self.daemon.ask("GET", "/v1/obligation").error["nearest"], "/v1/obligations")

    @unittest.skipUnless(os.geteuid() == 0, "only root can become somebody else")
    def test_a_refused_peer_is_answered_as_the_contract_says(self):
        self.begin()
        for folder in (self.directory, self.daemon.dir):
            os.chmod(folder, 0o755)
        os.chmod(self.daemon.socket, 0o666)

        def ask_all():
            return [[method, path, answer.status, answer.headers["Content-Type"], answer.json]
                    for method, path, _ in operations()
                    for answer in [self.daemon.ask(method, path.format(seq=1, ref="M-AAAA1", digest="0" * 64, id=1, report="yearly", seal="yearly"))]]
        for method, path, status, kind, body in as_user(NOBODY, NOBODY, [], ask_all):
            self.assertEqual((status, kind), (403, "application/json"))
            response = resolved(CONTRACT["paths"][path][method.lower()]["responses"]["403"])
            self.assertEqual(list(mistakes(response["content"][kind]["schema"], body)), [])

    @unittest.skipUnless(os.geteuid() == 0, "only root can make a disk of three megabytes")
    def test_a_full_disk_refuses_writes_and_answers_questions(self):
        state = self.directory / "d/state"
        self.start(wrapper=["unshare", "-m", "sh", "-c", 'mount -t tmpfs -o size=3m none "$0" && exec "$@"', str(state)])
        number = 0
        for size in (200, 20, 1):       # until not even one line has room
            while True:
                answer = self.daemon.record(*(event(f"M-X{number + n:05}", "sentenced", "2022-12-01", disposal="community")
                                              for n in range(size)))
                if answer.status != 201:
                    break
                number += size
        self.check("POST", "/v1/events", 507, answer)
        self.assertEqual(answer.error["code"], "disk-full")
        for seq in range(1, 50):        # a retraction takes less room than an event, but some
            answer = self.daemon.ask("POST", f"/v1/events/{seq}/retract", {"why": "no space"})
            if answer.status != 201:
                break
        self.check("POST", "/v1/events/{seq}/retract", 507, answer)
        number -= seq - 1
        self.assertTrue(self.ask("GET", "/v1/status", 200)["disk_full"])
        for attempt in range(5000):     # what was shown cannot be logged any more, so nothing is shown
            answer = self.daemon.ask("GET", "/v1/obligations")
            if answer.status != 200:
                break
        self.check("GET", "/v1/obligations", 507, answer)
        self.assertNotIn("obligations", answer.json)
        self.ask("GET", "/v1/status", 200)
        rules = self.daemon.dir / "rules/10-rules.cfg"
        rules.write_text(rules.read_text().replace("4 weeks after", "5 weeks after"))
        self.ask("POST", "/v1/reload", 507, body={"accept": self.ask("POST", "/v1/reload", 409)["digest"]})
        for attempt in range(2000):     # each takes very little, and some room may be left
            answer = self.daemon.ask("POST", "/v1/rules/accept", {"accept": f"{attempt:064x}"})
            if answer.status != 200:
                break
        self.check("POST", "/v1/rules/accept", 507, answer)


if __name__ == "__main__":
    main()
