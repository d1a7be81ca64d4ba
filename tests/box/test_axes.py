#!/usr/bin/python3
"""Three axes: the day that is asked about, the record as it stood then, the rules; and both times of a case.

That a question about the past is answered as it would have been answered then is not asked of the daemon that is under
test: every beginning of the record is played into a fresh daemon, under a test clock, and the two are held against each other.
"""

import csv
import datetime
import io
import json
import random
import subprocess
import tempfile
from urllib.parse import urlencode

from harness import RULES, VOCABULARY, BoxTest, Daemon, main

MET_IN_12_WEEKS = RULES.replace('"16 weeks after"', '"12 weeks after"')


def write_rules(folder, rules):
    folder.mkdir()
    (folder / "00-vocabulary.cfg").write_text(VOCABULARY)
    (folder / "10-rules.cfg").write_text(rules)
    return folder


class LateRecord(BoxTest):
    """Held on 3 March, recorded on 20 March. Level 2 from 11 November 2022: the review is due on 3 March 2023, 112 days later."""

    def setUp(self):
        super().setUp()
        self.start(now="2022-11-11T09:00:00Z")
        record = self.daemon.recorded
        record({"case": "M-0001", "event": "sentenced", "on": "2022-11-11", "disposal": "community"},
               {"case": "M-0001", "event": "level-set", "on": "2022-11-11", "level": "2", "lead-agency": "police"})
        self.daemon.move_clock("2023-03-20T10:00:00Z")
        record({"case": "M-0001", "event": "meeting-held", "on": "2023-03-03", "meeting-level": "2", "id": "held-1"})

    def get(self, path, **axes):
        return self.daemon.get(path + "?" + urlencode({name.replace("_", "-"): value for name, value in axes.items()}))

    def states(self, **axes):
        return {(row["rule"], row["started"]): (row["state"], row["due"], row["met_on"])
                for row in self.get("/v1/cases/M-0001", **axes)["obligations"] if row["rule"] == "review"}

    def test_as_known_on_the_10th_the_review_was_overdue_and_as_known_on_the_20th_it_was_met_on_the_3rd(self):
        self.assertEqual(self.states(as_of="2023-03-10", known_at="2023-03-10T12:00:00Z"),
                         {("review", "2022-11-11"): ("overdue", "2023-03-03", None)})
        now = self.states(as_of="2023-03-10", known_at="2023-03-20T12:00:00Z")
        self.assertEqual(now[("review", "2022-11-11")], ("met", "2023-03-03", "2023-03-03"))
        self.assertEqual(now, self.states(as_of="2023-03-10"))
        then = self.get("/v1/obligations", state="overdue", as_of="2023-03-10", known_at="2023-03-10T12:00:00Z")
        self.assertEqual([row["due"] for row in then["obligations"] if row["rule"] == "review"], ["2023-03-03"])
        self.assertEqual((then["as_of"], then["known_at"]), ("2023-03-10", "2023-03-10T12:00:00.000Z"))
        self.assertEqual([row["rule"] for row in self.get("/v1/obligations", state="overdue", as_of="2023-03-10")["obligations"]], [])

    def test_the_instant_itself_counts_and_the_one_before_it_does_not(self):
        at = self.get("/v1/cases/M-0001")["record"][2]["recorded_at"]
        before = (datetime.datetime.fromisoformat(at.replace("Z", "+00:00")) - datetime.timedelta(milliseconds=1)).isoformat(timespec="milliseconds")
        self.assertIn(("review", "2023-03-03"), self.states(known_at=at))
        self.assertNotIn(("review", "2023-03-03"), self.states(known_at=before))

    def test_a_case_is_what_was_known_of_it(self):
        then = self.get("/v1/cases/M-0001", known_at="2022-11-10T00:00:00Z")
        self.assertEqual((then["events"], then["last_seq"], then["since"], then["attributes"], then["obligations"], then["record"]),
                         (0, None, None, {}, [], []))
        self.assertEqual(self.get("/v1/cases", known_at="2022-11-10T00:00:00Z")["cases"], [])
        self.assertEqual(self.get("/v1/cases", as_of="2022-11-10")["cases"], [])
        one = self.get("/v1/cases", as_of="2023-03-10", known_at="2023-03-10T12:00:00Z")["cases"]
        self.assertEqual([(row["events"], row["open"]["overdue"]) for row in one], [(2, 2)])
        self.assertEqual(one[0]["attributes"], {"level": "2", "location": "community", "lead-agency": "police"})

    def test_the_certificate_and_the_explanation_stand_on_the_same_axes(self):
        axes = {"as_of": "2023-03-10", "known_at": "2023-03-10T12:00:00Z"}
        certificate = self.get("/v1/reports/certificate", answer="overdue", **axes)
        self.assertEqual([row["rule"] for row in certificate["answers"]], ["first-meeting", "review"])
        self.assertTrue(certificate["reconciles"])
        told = self.get("/v1/cases/M-0001/explain", rule="review", **axes)
        self.assertEqual((told["answer"], told["obligation"]["due"]), ("overdue", "2023-03-03"))
        self.assertFalse([step for step in told["steps"] if step["seq"] == 3])

    def test_other_rules_by_folder_by_digest_and_those_of_then(self):
        folder = write_rules(self.daemon.dir / "draft", MET_IN_12_WEEKS)
        was = self.get("/v1/obligations")["under"]
        # 84 days after 11 November 2022 is 3 February 2023.
        shown = json.loads(self.daemon.ctl("show", "M-0001", "--rules", folder, "--as-of", "2023-02-10", "--json").stdout)
        self.assertEqual([(row["state"], row["due"]) for row in shown["obligations"] if row["rule"] == "review"], [("overdue", "2023-02-03")])
        self.assertNotEqual(shown["under"], was)
        for command in (("overdue",), ("due", "--within", "1y"), ("cases",), ("certificate",), ("history", "M-0001"), ("explain", "M-0001", "review")):
            extra = () if command[0] == "history" else ("--rules", folder, "--as-of", "2023-02-10")
            answer = self.daemon.ctl(*command, "--json", *extra)
            self.assertEqual(answer.returncode, 0, (command, answer.stderr))
        table = self.daemon.ctl("overdue", "--rules", folder, "--as-of", "2023-02-10", "--known-at", "2023-02-10T00:00:00Z").stdout
        self.assertIn(f"As of Fri 10 Feb 2023, as known at Fri 10 Feb 2023 00:00 UTC, under rules {shown['under'][:12]}", table)
        self.assertIn("Fri 3 Feb 2023", table)
        # In force from now on; what is asked about the past is answered under them, unless "then" is said.
        for name in ("00-vocabulary.cfg", "10-rules.cfg"):
            (self.daemon.dir / "rules" / name).write_text((folder / name).read_text())
        self.assertEqual(self.daemon.accept().status, 200)
        axes = {"as_of": "2023-02-10", "known_at": "2023-02-10T12:00:00Z"}
        self.assertEqual(self.states(**axes), {("review", "2022-11-11"): ("overdue", "2023-02-03", None)})
        for rules in ("then", was, was[:8]):
            self.assertEqual(self.states(rules=rules, **axes), {("review", "2022-11-11"): ("open", "2023-03-03", None)}, rules)
            self.assertEqual(self.get("/v1/cases", rules=rules, **axes)["under"], was)
        self.daemon.end()
        self.daemon.start()
        self.assertEqual(self.states(rules=was, **axes), {("review", "2022-11-11"): ("open", "2023-03-03", None)})

    def test_folders_of_rules_may_be_several_and_a_digest_stands_alone(self):
        whole = write_rules(self.daemon.dir / "whole", MET_IN_12_WEEKS)
        words, rules = self.daemon.dir / "words", self.daemon.dir / "duties"
        for folder, name in ((words, "00-vocabulary.cfg"), (rules, "10-rules.cfg")):
            folder.mkdir()
            (folder / name).write_text((whole / name).read_text())
        under = [json.loads(self.daemon.ctl("show", "M-0001", "--json", *options).stdout)["under"]
                 for options in (("--rules", whole), ("--rules", words, "--rules", rules))]
        self.assertEqual(under[0], under[1])
        for pair in (("then", whole), (whole, "then"), (under[0], whole), (whole, under[0]), (under[0], under[0])):
            done = self.daemon.ctl("show", "M-0001", "--rules", pair[0], "--rules", pair[1])
            self.assertEqual((done.returncode, done.stdout), (2, ""), pair)
            self.assertIn("stands alone", done.stderr)

    def test_rules_that_nobody_knows_and_rules_that_are_wrong(self):
        for rules, code in (("0" * 64, "unknown-digest"), ("abc", "bad-digest"), ("then", "missing")):
            answer = self.daemon.ask("GET", f"/v1/obligations?rules={rules}")
            self.assertEqual(answer.error["code"], code)
        wrong = write_rules(self.daemon.dir / "wrong", "rules = ( { id = \"wrong\"; } );\n")
        answer = self.daemon.ctl("overdue", "--rules", wrong)
        self.assertEqual(answer.returncode, 1)
        self.assertIn("10-rules.cfg:1", answer.stderr)

    def test_words_of_other_rules_filter_and_more_rules_than_are_kept_make_room(self):
        digests = []
        for number in range(6):
            files = [{"name": "00-vocabulary.cfg", "text": VOCABULARY.replace('values = ["1", "2", "3"]', f'values = ["1", "2", "3", "x{number}"]', 1)},
                     {"name": "10-rules.cfg", "text": RULES}]
            digests.append(self.daemon.ask("POST", "/v1/rules/editions", {"rules": files}).json["digest"])
        self.assertEqual(self.get("/v1/obligations", rules=digests[5], level="x5")["obligations"], [])
        self.assertEqual(self.daemon.ask("GET", f"/v1/obligations?rules={digests[5]}&level=x4").status, 400)
        self.assertEqual([self.daemon.ask("GET", f"/v1/obligations?rules={digest}").status for digest in digests], [404, 404, 200, 200, 200, 200])

    def test_history_shows_both_times_side_by_side(self):
        self.daemon.move_clock("2023-03-21T10:00:00Z")
        self.daemon.recorded({"case": "M-0001", "event": "meeting-held", "on": "2023-03-02", "meeting-level": "2", "id": "held-2", "replaces": "held-1", "why": "a day earlier"})
        self.daemon.move_clock("2023-03-22T10:00:00Z")
        self.assertEqual(self.daemon.ask("POST", "/v1/events/4/retract", {"why": "not held at all"}).status, 201)
        lines = self.get("/v1/cases/M-0001/history")["record"]
        self.assertEqual([(line["on"], line["recorded_at"][:10], line["undone_by"], line["undone_how"], (line["undone_at"] or "")[:10]) for line in lines],
                         [("2022-11-11", "2022-11-11", None, None, ""), ("2022-11-11", "2022-11-11", None, None, ""),
                          ("2023-03-03", "2023-03-20", 4, "replaced", "2023-03-21"), ("2023-03-02", "2023-03-21", 5, "retracted", "2023-03-22"),
                          (None, "2023-03-22", None, None, "")])
        then = self.get("/v1/cases/M-0001/history", known_at="2023-03-21T12:00:00Z")["record"]
        self.assertEqual([(line["seq"], line["undone_by"]) for line in then], [(1, None), (2, None), (3, 4), (4, None)])
        table = self.daemon.ctl("history", "M-0001").stdout.splitlines()
        self.assertEqual(table[0], "M-0001")
        self.assertIn("Fri 3 Mar 2023   Mon 20 Mar 2023 10:00 UTC  17 days", table[4])
        self.assertIn("replaced by no. 4, Tue 21 Mar 2023 10:00 UTC by", table[4])
        self.assertIn("takes back no. 4", table[6])
        rows = list(csv.DictReader(io.StringIO(self.daemon.ctl("history", "M-0001", "--csv").stdout)))
        self.assertEqual([(row["seq"], row["on"], row["retracts"], row["replaces"]) for row in rows],
                         [("1", "2022-11-11", "", ""), ("2", "2022-11-11", "", ""), ("3", "2023-03-03", "", ""), ("4", "2023-03-02", "", "3"), ("5", "", "4", "")])
        self.assertEqual(json.loads(self.daemon.ctl("history", "M-0001", "--json").stdout)["record"], lines)


CASES = [f"M-{number:04d}" for number in range(7)]


class Prefixes(BoxTest):
    """Every beginning of the record, played into a fresh daemon, says what the full one says as known then."""

    ANSWERS = (("/v1/obligations", {"state": "all", "limit": "10000"}, "obligations"), ("/v1/cases", {"limit": "1000"}, "cases"),
               ("/v1/reports/certificate", {"answer": "all"}, "answers"))

    def happen(self, rng, day, known):
        """One line that may be refused: an event, often late; a retraction; a replacement."""
        case = rng.choice(CASES)
        on = max(day - datetime.timedelta(days=rng.choice((0, 0, 0, 1, 5, 30, 90))), datetime.date(2022, 1, 1)).isoformat()
        if known and rng.random() < 0.15:
            return {"retract": rng.choice(known), "why": "wrong"}
        name = rng.choice(("level-set", "sentenced", "released", "recalled", "meeting-booked", "meeting-held", "meeting-held", "order-made"))
        event = {"case": case, "event": name, "on": on, "id": f"e{len(known)}-{rng.randrange(10**9)}"}
        if name == "level-set":
            event |= {"level": rng.choice("123"), "lead-agency": rng.choice(("police", "probation"))}
        elif name == "sentenced":
            event |= {"disposal": rng.choice(("custody", "community"))}
        elif name == "meeting-booked":
            event |= {"next-meeting": (day + datetime.timedelta(days=rng.randrange(1, 60))).isoformat()}
        elif name == "order-made":
            event |= {"item": f"O-{rng.randrange(4)}"}
        if known and rng.random() < 0.15:
            event |= {"replaces": rng.choice(known), "why": "corrected"}
        return event

    def live(self, seed):
        """A year and a half of lines; those that were taken, with the instant of each."""
        rng = random.Random(seed)
        day, taken, known, owner = datetime.date(2022, 1, 3), [], [], {}
        while len(taken) < 45:
            day += datetime.timedelta(days=rng.choice((0, 1, 7, 20)))
            instant = f"{day}T10:{len(taken):02d}:00Z"
            self.daemon.move_clock(instant)
            for _ in range(rng.choice((1, 1, 3))):
                event = self.happen(rng, day, known)
                if "replaces" in event:
                    event["case"] = owner[event["replaces"]]
                if self.daemon.record(event).status == 201:
                    taken.append((instant, event))
                    if "id" in event:
                        known.append(event["id"])
                        owner[event["id"]] = event["case"]
        return taken

    def told(self, daemon, path, question, key):
        """The rows of an answer without what only says where it comes from."""
        return daemon.get(path + "?" + urlencode(question))[key]

    def compare(self, seed, step):
        self.start(now="2022-01-03T08:00:00Z")
        taken = self.live(seed)
        with tempfile.TemporaryDirectory() as folder:
            fresh = Daemon(folder, now="2022-01-03T08:00:00Z")
            fresh.start()
            try:
                self.play(fresh, taken, step)
            finally:
                fresh.end()
        self.daemon.end()

    def play(self, fresh, taken, step):
        for number, (instant, event) in enumerate(taken):
            fresh.move_clock(instant)
            self.assertEqual(fresh.record(event).status, 201, (number, event))
            last = number + 1 == len(taken) or taken[number + 1][0] != instant
            if not last or number % step != 0:
                continue
            axes = {"as-of": instant[:10], "known-at": instant}
            for path, question, key in self.ANSWERS:
                self.assertEqual(self.told(self.daemon, path, {**question, **axes}, key), self.told(fresh, path, question, key),
                                 (number, instant, path))
            for case in CASES:
                self.same_case(fresh, case, urlencode(axes))

    def same_case(self, fresh, case, axes):
        then, now = self.daemon.ask("GET", f"/v1/cases/{case}?{axes}"), fresh.ask("GET", f"/v1/cases/{case}")
        if now.status == 404:
            self.assertEqual(then.json["record"] if then.status == 200 else [], [])
            return
        for key in ("since", "events", "last_seq", "attributes", "open", "obligations"):
            self.assertEqual(then.json[key], now.json[key], (case, axes, key))
        # The two were recorded in their own milliseconds.
        plain = [[{k: v for k, v in line.items() if k not in ("recorded_at", "hash")} for line in answer.json["record"]] for answer in (then, now)]
        self.assertEqual(plain[0], plain[1], (case, axes))

    def test_a_beginning_of_the_record_in_a_fresh_daemon_says_the_same(self):
        self.compare(seed=20230303, step=1)

    def test_another_one(self):
        self.compare(seed=20240229, step=3)


if __name__ == "__main__":
    main()
