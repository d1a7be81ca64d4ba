#!/usr/bin/python3
"""Why a date is what it is, and that nothing was left out: asked of the running daemon."""

import collections
import csv
import datetime
import io
import json
from urllib.parse import urlencode

from harness import RULES, VOCABULARY, BoxTest, main

OPEN = ["overdue", "unevaluable", "due-soon", "open", "paused", "pending"]     # the most urgent first
CLOSED = ["missed", "met-late", "lapsed", "moved", "met", "reached"]
PER_ORDER = """
rules = (
  { id = "order-review"; per = "order"; title = "Order review"; source = "tests"; basis = "Once, within 6 months."; strength = "should";
    applies = { level = ["1", "2", "3"]; }; within = "6 months after"; from = "start"; met-by = { event = "order-reviewed"; }; },
  { id = "switched-off"; title = "Off"; source = "tests"; basis = "Never."; strength = "must"; enabled = false;
    applies = { level = "2"; }; every = "1 year after"; met-by = { event = "meeting-held"; }; } );
events = ( { name = "order-reviewed"; item = "order"; } );
"""


def urgency(row):
    """The order of docs/rule-language.md, "One answer": the smallest is the answer."""
    started = -datetime.date.fromisoformat(row["started"]).toordinal()
    if row["state"] in OPEN:
        return 0, OPEN.index(row["state"]), row["due"] or "9999-12-31", started
    closed = row["met_on"] or row["ended_on"]
    return 1, -datetime.date.fromisoformat(closed).toordinal(), CLOSED.index(row["state"]), started


class Why(BoxTest):
    def setUp(self):
        super().setUp()
        self.start(now="2023-01-02T09:00:00Z")

    def explain(self, case, rule, **more):
        return self.daemon.get(f"/v1/cases/{case}/explain?" + urlencode({"rule": rule, **more}))

    def refused(self, case, **query):
        answer = self.daemon.ask("GET", f"/v1/cases/{case}/explain?" + urlencode(query))
        return answer.status, answer.error

    def history(self):
        self.daemon.recorded({"case": "D-1042", "event": "sentenced", "on": "2022-09-01", "disposal": "community"})
        self.daemon.recorded({"case": "D-1042", "event": "level-set", "on": "2022-09-05", "level": "2", "lead-agency": "police"})
        self.daemon.recorded({"case": "D-1042", "event": "meeting-held", "on": "2022-12-16", "meeting-level": "2"})
        self.daemon.move_clock("2023-03-20T09:00:00Z")
        self.daemon.recorded({"case": "D-1042", "event": "meeting-held", "on": "2023-03-03", "meeting-level": "2", "id": "m2"})

    def test_every_fact_has_its_number_its_day_and_who_recorded_it(self):
        self.history()
        answer = self.explain("D-1042", "review")
        self.assertEqual((answer["case"], answer["rule"], answer["item"], answer["as_of"]), ("D-1042", "review", None, "2023-03-20"))
        steps = {step["seq"]: step for step in answer["steps"] if step["seq"] is not None}
        held = steps[4]
        self.assertEqual((held["kind"], held["event"], held["on"], held["forced"]), ("fact", "meeting-held", "2023-03-03", False))
        self.assertTrue(held["recorded_at"].startswith("2023-03-20T09:00:00"))
        self.assertIn("(event 4, recorded 20 Mar 2023, 17 days later, by ", held["text"])
        self.assertTrue(held["recorded_by"])
        sums = [step for step in answer["steps"] if step["operands"] and step["operands"]["of"] == "due"]
        self.assertEqual(sums[-1]["text"], "3 Mar 2023 + 112 days = 23 Jun 2023")
        self.assertEqual(sums[-1]["operands"]["result"], answer["obligation"]["due"])
        self.assertEqual(answer["steps"][-1]["kind"], "conclusion")

    def test_the_answer_is_that_of_the_list_of_obligations(self):
        self.history()
        listed = self.daemon.get("/v1/cases/D-1042")["obligations"]
        told = self.explain("D-1042", "review")
        self.assertIn(told["obligation"], listed)
        self.assertEqual(sorted([told["obligation"], *told["others"]], key=lambda row: row["started"]),
                         [row for row in listed if row["rule"] == "review"])
        first = self.explain("D-1042", "review", started="2022-09-05")
        self.assertEqual((first["answer"], first["obligation"]["met_on"]), ("met", "2022-12-16"))

    def test_retraction_force_and_replacement_are_told(self):
        self.history()
        self.daemon.recorded({"retract": "m2", "why": "another case"})
        self.daemon.recorded({"case": "D-1042", "event": "released", "on": "2023-03-10", "force": True})
        answer = self.explain("D-1042", "review")
        texts = "\n".join(step["text"] for step in answer["steps"])
        self.assertRegex(texts, r'Does not count: meeting-held on 3 Mar 2023 .*\(event 4, .*\), retracted \(event 5, recorded 20 Mar 2023.*: "another case"\)')
        self.assertEqual(answer["obligation"]["started"], "2022-12-16")

    def test_as_then_known(self):
        self.history()
        then = self.explain("D-1042", "review", **{"as-of": "2023-03-10", "known-at": "2023-03-10T12:00:00Z"})
        now = self.explain("D-1042", "review", **{"as-of": "2023-03-10"})
        self.assertEqual((then["obligation"]["started"], now["obligation"]["started"]), ("2022-12-16", "2023-03-03"))
        self.assertEqual(then["known_at"], "2023-03-10T12:00:00.000Z")
        self.assertNotIn("3 Mar 2023", json.dumps(then))

    def test_what_is_not_owed_and_why(self):
        self.history()
        self.daemon.recorded({"case": "D-1042", "event": "level-set", "on": "2023-03-20", "level": "1"},
                             {"case": "D-7", "event": "level-set", "on": "2023-03-20", "level": "1"})
        answer = self.explain("D-7", "review")
        self.assertEqual((answer["answer"], answer["why"], answer["obligation"]), ("not-applicable", "does-not-apply", None))
        self.assertTrue(any(step["text"].startswith("level would have to be 2; it has been 1 since 20 Mar 2023: level-set on 20 Mar 2023")
                            for step in answer["steps"]))
        self.assertEqual(self.explain("D-7", "first-meeting")["why"], "does-not-apply")
        ended = self.explain("D-1042", "review")
        self.assertEqual(ended["answer"], "lapsed")
        self.assertTrue(any("no longer so that level is 2" in step["text"] for step in ended["steps"]))

    def test_wrong_questions_say_what_would_be_right(self):
        self.history()
        for case, query, status, code, field in (
                ("D-1042", {}, 400, "missing", "rule"), ("D-9999", {"rule": "review"}, 404, "unknown-case", "case"),
                ("D-1042", {"rule": "revew"}, 400, "unknown-value", "rule"), ("D-1042", {"rule": "review", "item": "O-1"}, 400, "unwanted-item", "item"),
                ("D-1042", {"rule": "review", "as-of": "2023-02-30"}, 400, "bad-date", "as-of"),
                ("D-1042", {"rule": "review", "started": "2023-01-01"}, 400, "unknown-obligation", "started"),
                ("D-1042", {"rule": "review", "itme": "O-1"}, 400, "unknown-parameter", "itme"), ("d", {"rule": "review"}, 400, "bad-case", "case")):
            with self.subTest(case=case, query=query):
                got, error = self.refused(case, **query)
                self.assertEqual((got, error["code"], error["field"]), (status, code, field))
        self.assertEqual(self.refused("D-1042", rule="revew")[1]["nearest"], "review")

    def test_mappactl_prints_numbered_steps_and_the_same_json(self):
        self.history()
        done = self.daemon.ctl("explain", "D-1042", "review")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("D-1042, review, as of Mon 20 Mar 2023: open, due Fri 23 Jun 2023", done.stdout)
        self.assertRegex(done.stdout, r"(?m)^  1  authority   Review meeting \(must\): Every 16 weeks\. Source: tests\.$")
        self.assertNotIn("\x1b", done.stdout)
        done = self.daemon.ctl("explain", "D-1042", "review", "--json")
        self.assertEqual(json.loads(done.stdout), self.explain("D-1042", "review"))
        done = self.daemon.ctl("explain", "D-1042", "revew")
        self.assertEqual(done.returncode, 1)
        self.assertIn('"review"', done.stderr)
        every = self.daemon.ctl("explain", "D-1042", "--json")
        owed = [row for row in self.daemon.get("/v1/cases/D-1042")["obligations"] if not row["met_on"] and not row["ended_on"]]
        self.assertEqual(sorted((told["rule"], told["obligation"]["due"]) for told in json.loads(every.stdout)), sorted((row["rule"], row["due"]) for row in owed))
        self.daemon.recorded({"case": "D-0", "event": "note", "on": "2023-01-02", "token": "T"})
        self.assertEqual(json.loads(self.daemon.ctl("explain", "D-0", "--json").stdout), [])
        self.assertEqual(self.daemon.ctl("explain", "D-0").stdout, "Nothing is owed by D-0.\n")
        self.assertEqual(self.daemon.ctl("explain", "D-1042", "--item", "x").returncode, 2, "of which rule?")


class Items(BoxTest):
    def test_an_item_that_there_is_not_is_answered_with_those_that_there_are(self):
        daemon = self.start(now="2023-03-01T09:00:00Z", rules={"00-vocabulary.cfg": VOCABULARY, "10-rules.cfg": RULES, "20-orders.cfg": PER_ORDER})
        daemon.recorded({"case": "D-1", "event": "level-set", "on": "2023-01-02", "level": "2"}, {"case": "D-0", "event": "level-set", "on": "2023-01-02", "level": "2"})
        daemon.recorded(*[{"case": "D-1", "event": "order-made", "on": f"2023-02-{day:02}", "item": f"O-{day}"} for day in (1, 2, 20)])
        for words, said in ((("D-1", "--item", "zzz"), 'no order "zzz" had begun; these had: O-1 O-2 O-20'), (("D-1", "--item", "O-20", "--as-of", "2023-02-10"), 'no order "O-20" had begun; these had: O-1 O-2 4'),
                            (("D-0", "--item", "zzz"), 'no order "zzz" had begun; none had 4'), (("D-0",), "by that day none had begun 4")):
            done = daemon.ctl("explain", words[0], "order-review", *words[1:])
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn(said, " ".join(done.stdout.split()))
            self.assertIn("not-applicable", done.stdout)


class Certificate(BoxTest):
    def setUp(self):
        super().setUp()
        self.start(now="2023-06-01T09:00:00Z")
        (self.daemon.dir / "rules/20-orders.cfg").write_text(PER_ORDER)
        self.daemon.stop()
        self.daemon.start()

    def load(self, count):
        events = []
        for number in range(count):
            case, day = f"D-{number:04}", datetime.date(2022, 9, 1) + datetime.timedelta(days=number % 200)
            put = lambda event, days=0, **fields: events.append(
                {"case": case, "event": event, "on": (day + datetime.timedelta(days=days)).isoformat(), **fields})
            put("level-set", level=str(1 + number % 3))
            if number % 7:
                put("sentenced", disposal=["community", "custody"][number % 2])
            for order in range(number % 4):
                put("order-made", order, item=f"O-{order}")
            if number % 5 == 0:
                put("meeting-held", 20, **{"meeting-level": "2"})
            if number % 11 == 0:
                put("level-set", 40, level="1")
        self.daemon.recorded(*events)

    def certificate(self, **query):
        return self.daemon.get("/v1/reports/certificate?" + urlencode(query))

    def worked_out(self, as_of):
        """What the answers ought to be, from every case's obligations and nothing else."""
        rules = [row["id"] for row in self.daemon.get("/v1/rules")["rules"]]
        answers = {}
        for case in (row["case"] for row in self.daemon.get("/v1/cases?limit=1000")["cases"]):
            whole = self.daemon.get(f"/v1/cases/{case}?as-of={as_of}")
            record = [line for line in whole["record"] if line["on"] <= as_of]
            orders = sorted({line["item"] for line in record if line["event"] == "order-made"})
            for rule in rules if record else ():
                for item in (orders or [None]) if rule == "order-review" else [None]:
                    rows = [row for row in whole["obligations"] if (row["rule"], row["item"]) == (rule, item)]
                    answers[case, rule, item] = min(rows, key=urgency)["state"] if rows else "not-applicable"
        return answers

    def test_every_case_and_rule_has_exactly_one_answer(self):
        self.load(230)
        for as_of in ("2023-06-01", "2022-11-15"):
            wanted = self.worked_out(as_of)
            got = self.certificate(answer="all", **{"as-of": as_of})
            rows = [((row["case"], row["rule"], row["item"]), row["answer"]) for row in got["answers"]]
            self.assertEqual(len(rows), len(wanted))
            self.assertEqual(dict(rows), wanted)
            self.assertEqual([key for key, _ in rows], sorted((key for key, _ in rows), key=lambda key: (key[0], key[1], key[2] or "")))
            self.assertTrue(got["reconciles"])
            self.assertIsNone(got["problem"])
            cases = {case for case, _, _ in wanted}
            totals = got["totals"]
            self.assertEqual((totals["cases"], totals["not_begun"], totals["rules"], totals["cases_times_rules"]),
                             (len(cases), 230 - len(cases), 4, 4 * len(cases)))
            self.assertEqual(totals["total"], len(wanted))
            self.assertEqual({word: count for word, count in totals["answers"].items() if count}, dict(collections.Counter(wanted.values())))
            for row in got["rules"]:
                mine = collections.Counter(answer for (_, rule, _), answer in wanted.items() if rule == row["rule"])
                self.assertEqual({word: count for word, count in row["answers"].items() if count}, dict(mine))
                self.assertEqual(row["total"], sum(mine.values()))
                self.assertEqual(sum(row["why"].values()), row["answers"]["not-applicable"])

    def test_the_reason_is_that_of_the_explanation(self):
        self.load(40)
        for row in self.certificate(answer="all")["answers"]:
            query = {"rule": row["rule"], **({"item": row["item"]} if row["item"] else {})}
            told = self.daemon.get(f"/v1/cases/{row['case']}/explain?" + urlencode(query))
            self.assertEqual((told["answer"], told["why"]), (row["answer"], row["why"]), row)
            if row["answer"] != "not-applicable":
                self.assertEqual((told["obligation"]["started"], told["obligation"]["due"]), (row["started"], row["due"]))

    def test_what_cannot_be_evaluated_is_listed_with_the_missing_fact(self):
        self.load(60)
        got = self.certificate(**{"as-of": "2022-11-01"})
        self.assertTrue(got["answers"])
        for row in got["answers"]:
            self.assertEqual((row["answer"], row["rule"], row["missing"]), ("unevaluable", "review", "location"))
        self.assertEqual(len(got["answers"]), got["totals"]["answers"]["unevaluable"])
        self.assertEqual(self.certificate(answer="none")["answers"], [])

    def test_an_empty_caseload_reconciles(self):
        got = self.certificate()
        self.assertEqual((got["totals"]["cases"], got["totals"]["total"], got["reconciles"]), (0, 0, True))

    def test_wrong_questions_are_refused(self):
        for query, field in (({"answer": "overdu"}, "answer"), ({"as-of": "tomorrow"}, "as-of"), ({"rule": "review"}, "rule")):
            answer = self.daemon.ask("GET", "/v1/reports/certificate?" + urlencode(query))
            self.assertEqual((answer.status, answer.error["field"]), (400, field))
        self.assertEqual(self.daemon.ask("GET", "/v1/reports/certificate?answer=overdu").error["nearest"], "overdue")

    def test_others_are_answered_while_a_long_one_is_made(self):
        self.load(900)
        first, second = self.daemon.connect(), self.daemon.connect()
        first.request("GET", "/v1/reports/certificate?answer=all")
        second.request("GET", "/v1/status")
        self.assertEqual(second.getresponse().status, 200)
        # What is recorded now is not part of the certificate that is under way.
        self.daemon.recorded({"case": "D-9999", "event": "level-set", "on": "2023-05-01", "level": "1"})
        got = json.loads(first.getresponse().read())
        self.assertTrue(got["reconciles"])
        self.assertEqual(got["totals"]["cases"], 900)
        self.assertEqual(self.certificate()["totals"]["cases"], 901)
        first.close()
        second.close()

    def test_mappactl_prints_totals_that_add_up(self):
        self.load(60)
        done = self.daemon.ctl("certificate", "--as-of", "2022-11-01")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("As of Tue 1 Nov 2022: 60 cases x 4 rules = 240 answers", done.stdout)
        self.assertIn("no location", done.stdout)
        self.assertIn("Every sum comes out.", done.stdout)
        table = [line.split() for line in done.stdout.splitlines()]
        heading = next(line for line in table if line[:1] == ["Rule"])
        totals = next(line for line in table if line[:1] == ["Total"])
        body = [line for line in table if line and line[0] in ("review", "first-meeting", "order-review", "switched-off") and len(line) == len(heading)]
        self.assertEqual(len(body), 4)
        for column in range(1, len(heading)):
            self.assertEqual(sum(int(line[column].replace("-", "0")) for line in body), int(totals[column]))
        rows = list(csv.DictReader(io.StringIO(self.daemon.ctl("certificate", "--csv", "--as-of", "2022-11-01").stdout)))
        self.assertEqual(sum(int(row["total"]) for row in rows), int(totals[-1]))
        rows = list(csv.DictReader(io.StringIO(self.daemon.ctl("certificate", "--csv", "--answers", "unevaluable", "--as-of", "2022-11-01").stdout)))
        self.assertEqual({row["missing"] for row in rows}, {"location"})
        self.assertEqual(json.loads(self.daemon.ctl("certificate", "--json").stdout)["totals"], self.certificate()["totals"])
        self.assertEqual(self.daemon.ctl("certificate", "--answers", "overdu").returncode, 1)


if __name__ == "__main__":
    main()
