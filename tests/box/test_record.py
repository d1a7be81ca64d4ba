#!/usr/bin/python3
"""What is recorded, what is refused and how the refusal reads; nothing is ever half done."""

import json

from harness import BoxTest, main


def event(case="M-AAAA1", name="level-set", on="2023-02-01", **fields):
    return {"case": case, "event": name, "on": on, **{key.replace("_", "-"): value for key, value in fields.items()}}


class Recording(BoxTest):
    def setUp(self):
        super().setUp()
        self.start()

    def test_an_event_is_recorded_and_its_obligation_follows_in_the_same_answer(self):
        self.daemon.recorded(event(level="2"))
        answer = self.daemon.recorded(event(name="sentenced", on="2023-02-01", disposal="community"))
        self.assertEqual(answer["recorded"], 1)
        self.assertEqual(answer["first_seq"], answer["last_seq"])
        changed = {row["rule"]: row for row in answer["changed"]}
        self.assertEqual(changed["review"]["due"], "2023-05-24")            # 1 February + 112 days
        self.assertEqual(changed["first-meeting"]["due"], "2023-03-01")     # 1 February + 28 days

    def test_a_met_obligation_says_when(self):
        self.daemon.recorded(event(name="sentenced", disposal="community"))
        self.daemon.recorded(event(name="meeting-held", on="2023-02-20"))
        rows = self.daemon.get("/v1/obligations?state=all&case=M-AAAA1&rule=first-meeting")["obligations"]
        self.assertEqual([(row["state"], row["met_on"]) for row in rows], [("met", "2023-02-20")])

    def test_many_lines_are_recorded_together(self):
        answer = self.daemon.recorded(*(event(case=f"M-B{number:04}", level="2") for number in range(300)))
        self.assertEqual(answer["recorded"], 300)
        self.assertEqual(answer["last_seq"] - answer["first_seq"], 299)
        self.assertEqual(self.daemon.status()["cases"], 300)

    def test_one_broken_line_among_many_records_none_and_is_named(self):
        lines = [event(case=f"M-B{number:04}", level="2") for number in range(20)]
        lines[13]["level"] = "4"
        lines[17]["on"] = "2023-02-30"
        answer = self.daemon.record(*lines)
        self.assertEqual(answer.status, 422)
        self.assertEqual(answer.error["line"], 14)
        self.assertEqual(answer.error["field"], "level")
        self.assertEqual({problem["line"] for problem in answer.json["problems"]}, {14, 18})
        self.assertEqual(self.daemon.status()["events"], 0)

    def test_a_line_that_is_no_json_is_named(self):
        body = json.dumps(event(level="2")) + "\n{\"case\": \"M-AAAA2\", \n" + json.dumps(event(level="3")) + "\n"
        answer = self.daemon.ask("POST", "/v1/events", body, "application/x-ndjson")
        self.assertEqual(answer.status, 400)
        self.assertEqual(answer.error["line"], 2)
        self.assertEqual(self.daemon.status()["events"], 0)

    def test_a_dry_run_answers_the_same_and_records_nothing(self):
        dry = self.daemon.record(event(name="sentenced", disposal="community"), dry_run=True)
        self.assertEqual(dry.status, 200)
        self.assertTrue(dry.json["dry_run"])
        self.assertEqual(self.daemon.status()["events"], 0)
        wet = self.daemon.recorded(event(name="sentenced", disposal="community"))
        self.assertEqual([(row["rule"], row["due"]) for row in dry.json["changed"]], [(row["rule"], row["due"]) for row in wet["changed"]])
        refused = self.daemon.record(event(level="9"), dry_run=True)
        self.assertEqual((refused.status, refused.error["field"]), (422, "level"))

    def test_a_repeated_id_is_recorded_once(self):
        first = self.daemon.recorded(event(level="2", id="client-1"))
        again = self.daemon.record(event(level="2", id="client-1"))
        self.assertEqual((again.status, again.json["repeated"], again.json["recorded"]), (201, 1, 1))       # as at the first time
        self.assertEqual(self.daemon.status()["last_seq"], first["last_seq"])

    def test_a_known_id_with_something_else_is_told(self):
        first = self.daemon.recorded(event(level="2", id="client-1"))["last_seq"]
        other = event(level="3", id="client-1")
        self.assertEqual(self.daemon.recorded(other)["conflicts"], [{"line": 1, "seq": first, "field": "level"}])
        again = self.daemon.recorded(event(level="2", id="client-1"))
        self.assertEqual((again["conflicts"], again["conflict_total"]), ([], 0))
        refused = self.daemon.ask("POST", "/v1/events?conflicts=refuse", other)
        self.assertEqual((refused.status, refused.error["code"], refused.error["field"]), (422, "id-conflict", "id"))
        many = self.daemon.recorded(*[event(level="3", id="client-1")] * 150)
        self.assertEqual((many["repeated"], len(many["conflicts"]), many["conflict_total"]), (150, 100, 150))
        self.assertEqual(self.daemon.status()["last_seq"], first)

    def test_whoever_records_by_hand_hears_that_an_id_is_taken(self):
        words = ("record", "M-AAAA1", "level-set", "--on", "2023-01-02", "--id", "s1")
        self.assertEqual(self.daemon.ctl(*words, "level=2").returncode, 0)
        for extra in ((), ("--dry-run",), ("--json",)):
            other = self.daemon.ctl(*words, "level=3", *extra)
            self.assertEqual((other.returncode, other.stdout), (1, ""))
            self.assertIn('the id "s1" is that of event 1, which has another "level": what was recorded stays as it is', other.stderr)
        self.assertIn("This was recorded before, as number 1.", self.daemon.ctl(*words, "level=2").stdout)
        self.assertIn("This was recorded before, as number 1.", self.daemon.ctl(*words, "level=2", "--dry-run").stdout)

    def test_what_does_not_stand_within_one_request_has_no_number_yet(self):
        first = event(level="2", id="a")
        for more in ((event(level="3", id="b", replaces="a", why="w"), event(level="1", id="c", replaces="a", why="w")),
                     ({"retract": "a", "why": "w", "id": "b"}, {"retract": "b", "why": "w"})):
            refused = self.daemon.record(first, *more)
            self.assertEqual((refused.status, refused.error["code"]), (422, "not-standing"))
            self.assertNotRegex(refused.error["message"], r"number \d")
        self.assertEqual(self.daemon.status()["events"], 0)

    def test_a_retracted_event_is_kept_and_counts_no_more(self):
        self.daemon.recorded(event(name="sentenced", disposal="community"))
        held = self.daemon.recorded(event(name="meeting-held", on="2023-02-20"))["last_seq"]
        answer = self.daemon.ask("POST", f"/v1/events/{held}/retract", {"why": "wrong case"})
        self.assertEqual(answer.status, 201, answer.body)
        case = self.daemon.get("/v1/cases/M-AAAA1")
        self.assertEqual([line["undone_why"] for line in case["record"] if line["seq"] == held], ["wrong case"])
        self.assertEqual([row["state"] for row in case["obligations"] if row["rule"] == "first-meeting"], ["due-soon"])
        self.assertIn(self.daemon.ask("POST", f"/v1/events/{held}/retract", {"why": "again"}).status, (400, 422))

    def test_a_reason_is_one_wherever_it_is_asked_for(self):
        first = self.daemon.recorded(event(name="sentenced", disposal="community"))["last_seq"]
        for why in ("", " ", "   ", "two\nlines", "a\u202eb", "a\u0085b", "x" * 501):
            for path, body in ((f"/v1/events/{first}/retract", {"why": why}), ("/v1/events", {"retract": first, "why": why}),
                               ("/v1/events", {**event(name="note", token="T"), "why": why}), ("/v1/cases/M-AAAA1/erase", {"why": why})):
                with self.subTest(why=why, path=path):
                    answer = self.daemon.ask("POST", path, body)
                    self.assertEqual((answer.status, answer.error["code"], answer.error["field"]), (422, "bad-why", "why"), answer.body)
        self.assertEqual(self.daemon.status()["last_seq"], first)

    def test_what_does_not_stand_says_by_which_number(self):
        held = self.daemon.recorded(event(name="meeting-held", on="2023-02-20"))["last_seq"]
        moved = self.daemon.recorded({**event(name="meeting-held", on="2023-02-21"), "replaces": held, "why": "a day later"})["last_seq"]
        gone = self.daemon.ask("POST", f"/v1/events/{moved}/retract", {"why": "wrong case"}).json["last_seq"]
        def said(line):
            answer = self.daemon.record({**line, "why": "again"})
            return answer.status, answer.error["code"], answer.error["message"]
        for number, words in ((held, f"the event that is %s does not stand: number {moved} replaced it"), (moved, f"the event that is %s does not stand: number {gone} retracted it"),
                              (gone, f"number {gone} does not stand: it is a retraction, which is never %s")):
            self.assertEqual(said({"retract": number}), (422, "not-standing", words % "retracted"))
            self.assertEqual(said({**event(name="meeting-held", on="2023-02-22"), "replaces": number}), (422, "not-standing", words % "replaced"))
        self.assertIn(f"number {gone} retracted it", self.daemon.ctl("retract", moved, "--why", "again", "--dry-run").stderr)

    def test_force_lets_a_release_pass_and_is_recorded(self):
        self.daemon.recorded(event(name="sentenced", disposal="community"))
        self.daemon.recorded({**event(name="released", on="2023-02-10"), "force": True})
        record = self.daemon.get("/v1/cases/M-AAAA1")["record"]
        self.assertEqual([line["forced"] for line in record], [False, True])


class Refusals(BoxTest):
    """Each refused with a status, a code, the field and, where there is one, the nearest word; nothing recorded."""

    TABLE = (
        # what is wrong, event, field, nearest
        ("an unknown event", event(name="level-sett", level="2"), "event", "level-set"),
        ("an unknown field", event(levle="2", level="2"), "levle", "level"),
        ("an unknown value", event(level="two"), "level", None),
        ("a missing field", event(), "level", None),
        ("a date that is none", event(on="2023-02-30", level="2"), "on", None),
        ("a date in another form", event(on="30/01/2023", level="2"), "on", None),
        ("a date after today", event(on="2023-03-02", level="2"), "on", None),
        ("a reference in lower case", event(case="m-aaaa1", level="2"), "case", None),
        ("a reference of one letter", event(case="M", level="2"), "case", None),
        ("a reference that is too long", event(case="M" * 33, level="2"), "case", None),
        ("a reference with a line break", event(case="M-AAAA1\n", level="2"), "case", None),
        ("a value that is null", event(level=None), "level", None),
        ("a value that is a number", event(level=2), "level", None),
        ("an item where none belongs", event(level="2", item="o-1"), "item", None),
        ("no item where one is begun", event(name="order-made"), "item", None),
        ("a token with a blank", event(name="note", token="two words"), "token", None),
        ("force that is a word", event(level="2", force="yes"), "force", None),
        ("a release of someone not in custody", event(name="released"), None, None),
        ("the retraction of what is not there", {"retract": 4711, "why": "wrong"}, None, None),
    )

    def setUp(self):
        super().setUp()
        self.start()

    def test_bad_events(self):
        for what, line, field, nearest in self.TABLE:
            with self.subTest(what):
                answer = self.daemon.record(line)
                self.assertIn(answer.status, (400, 422), answer.body)
                self.assertRegex(answer.error["code"], r"^[a-z][a-z-]+$")
                self.assertGreater(len(answer.error["message"]), 10)
                self.assertEqual(answer.error.get("field"), field) if field else None
                self.assertEqual(answer.error.get("nearest"), nearest) if nearest else None
        self.assertEqual(self.daemon.status()["events"], 0)

    def test_bad_bodies(self):
        for what, body in (("nothing", b""), ("a list", b"[]"), ("a word", b"released"), ("not UTF-8", b'{"case":"\xff\xfe"}'),
                           ("a NUL", b'{"case":"M-A\x00"}'), ("deep nesting", b"[" * 5000),
                           ("the same member twice", b'{"case":"M-AAAA1","case":"M-AAAA2","event":"level-set","on":"2023-02-01","level":"2"}')):
            with self.subTest(what):
                answer = self.daemon.ask("POST", "/v1/events", body)
                self.assertEqual(answer.status, 400, answer.body)
                self.assertIn("message", answer.error)
        self.assertEqual(self.daemon.status()["events"], 0)

    def test_an_oversized_body_is_refused(self):
        answer = self.daemon.ask("POST", "/v1/events", b" " * (1 << 20) + b"{}")
        self.assertEqual(answer.status, 413)
        self.assertEqual(self.daemon.status()["events"], 0)

    def test_bad_questions(self):
        for path, status in (("/v1/obligations?state=late", 400), ("/v1/obligations?stat=open", 400), ("/v1/obligations?limit=0", 400),
                             ("/v1/obligations?due-before=2023-02-30", 400), ("/v1/obligations?as-of=tomorrow", 400),
                             ("/v1/obligations?rule=reviw", 400), ("/v1/obligations?level=7", 400), ("/v1/obligations?cursor=x", 400),
                             ("/v1/cases/M-NONE1", 404), ("/v1/cases/no%20case", 400), ("/v1/nothing", 404), ("/", 404)):
            with self.subTest(path):
                answer = self.daemon.ask("GET", path)
                self.assertEqual(answer.status, status, answer.body)
                self.assertIn("code", answer.error)

    def test_a_method_that_does_not_fit(self):
        self.assertEqual(self.daemon.ask("GET", "/v1/reload").status, 405)
        self.assertEqual(self.daemon.ask("POST", "/v1/status", {}).status, 405)


class Questions(BoxTest):
    def setUp(self):
        super().setUp()
        self.start(now="2023-06-01T09:00:00Z")
        lines = []
        for number in range(60):
            case = f"M-Q{number:03}"
            lines.append(event(case, "sentenced", "2023-01-02", disposal="community" if number % 3 else "custody"))
            lines.append(event(case, level="2" if number % 2 else "3", on=f"2023-01-{3 + number % 28:02}",
                               lead_agency="police" if number % 5 else "probation"))
        self.daemon.recorded(*lines)

    def rows(self, question):
        return self.daemon.get("/v1/obligations?" + question)["obligations"]

    def test_filters_agree_with_each_other(self):
        everything = self.rows("state=all")
        overdue = self.rows("state=overdue")
        self.assertTrue(overdue)
        self.assertEqual(overdue, [row for row in everything if row["state"] == "overdue"])
        probation = {f"M-Q{number:03}" for number in range(0, 60, 5)}
        for question, fits in (("rule=review", lambda row: row["rule"] == "review"), ("due-before=2023-05-05", lambda row: row["due"] < "2023-05-05"),
                               ("due-after=2023-05-05", lambda row: row["due"] > "2023-05-05"), ("case=M-Q001", lambda row: row["case"] == "M-Q001"),
                               ("agency=probation", lambda row: row["case"] in probation), ("level=2", lambda row: int(row["case"][3:]) % 2)):
            with self.subTest(question):
                wanted = [row for row in overdue if fits(row)]
                self.assertTrue(0 < len(wanted) < len(overdue), "a filter that takes all or nothing shows nothing")
                self.assertEqual(self.rows(f"state=overdue&{question}"), wanted)

    def test_the_list_is_sorted_by_due_and_pages_join(self):
        overdue = self.rows("state=overdue")
        self.assertEqual(overdue, sorted(overdue, key=lambda row: (row["due"], row["case"], row["rule"], row["item"] or "", row["started"])))
        joined, cursor = [], ""
        while cursor is not None:
            page = self.daemon.get("/v1/obligations?state=overdue&limit=7" + (f"&cursor={cursor}" if cursor else ""))
            joined += page["obligations"]
            cursor = page["next"]
        self.assertEqual(joined, overdue)

    def test_an_earlier_day_is_answered_as_it_was(self):
        # Sentenced on 2 January, level 2 from the 4th: 2 January + 28 days, told of from the 23rd on; 4 January + 112 days.
        answer = self.daemon.get("/v1/obligations?state=all&as-of=2023-01-20&case=M-Q001")
        self.assertEqual(answer["as_of"], "2023-01-20")
        self.assertEqual([(row["rule"], row["state"], row["due"]) for row in answer["obligations"]],
                         [("first-meeting", "open", "2023-01-30"), ("review", "open", "2023-04-26")])

    def test_cases_are_listed_and_shown(self):
        page = self.daemon.get("/v1/cases?limit=50")
        self.assertEqual(len(page["cases"]), 50)
        rest = self.daemon.get(f"/v1/cases?limit=50&cursor={page['next']}")
        self.assertEqual(len(rest["cases"]), 10)
        case = self.daemon.get("/v1/cases/M-Q001")
        self.assertEqual(case["attributes"]["level"], "2")
        self.assertEqual(len(case["record"]), 2)

    def test_status_and_rules(self):
        status = self.daemon.status()
        self.assertEqual((status["cases"], status["today"], status["test_clock"]), (60, "2023-06-01", True))
        rules = self.daemon.get("/v1/rules")
        self.assertEqual({rule["id"] for rule in rules["rules"]}, {"review", "first-meeting"})
        self.assertRegex(rules["digest"], r"^[0-9a-f]{64}$")


if __name__ == "__main__":
    main()
