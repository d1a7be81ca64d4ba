#!/usr/bin/python3
"""What is held of a person, handed out whole; what need not be held any longer, gone."""

import csv
import io
import json
import os
import re
import shutil
import time

from harness import RULES, VOCABULARY, BoxTest, MailServer, eventually, main

PEOPLE = [{"case": "M-0001", "event": "sentenced", "on": "2023-02-20", "disposal": "community"},
          {"case": "M-0001", "event": "level-set", "on": "2023-02-20", "level": "2", "lead-agency": "police"},
          {"case": "M-00012", "event": "sentenced", "on": "2023-02-20", "disposal": "community"},
          {"case": "M-00012", "event": "level-set", "on": "2023-02-20", "level": "2", "lead-agency": "police"}]


class Held(BoxTest):
    def begin(self):
        self.server = MailServer()
        self.addCleanup(self.server.stop)
        daemon = self.start(mail=self.server.setting())
        daemon.recorded(*PEOPLE)
        daemon.move_clock("2023-03-13T09:00:00Z")               # a Monday: everybody hears something
        eventually(lambda: daemon.get("/v1/outbox")["messages"] == [], "an outbox that is done")
        return daemon

    def test_everything_about_a_case_is_one_document(self):
        daemon = self.begin()
        alerts = daemon.get("/v1/alerts?case=M-0001&limit=1000")["alerts"]
        daemon.ctl("ack", str(alerts[0]["id"]), "--role", "unit", "--why", "seen")
        case = daemon.get("/v1/cases/M-0001")
        done = daemon.ctl("subject-access", "M-0001", "--purpose", "request of 3 May")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        held = json.loads(done.stdout)
        self.assertEqual({key: held[key] for key in case if key != "record"}, {key: case[key] for key in case if key != "record"})
        self.assertEqual(held["record"], daemon.get("/v1/cases/M-0001/history")["record"])
        self.assertEqual(held["alerts"], sorted(daemon.get("/v1/alerts?case=M-0001&limit=1000")["alerts"], key=lambda alert: alert["id"]))
        self.assertTrue(held["alerts"] and held["acks"])
        # Messages that the server took and that name the case, with what they say of it and of nobody else.
        mails = [self.server.next() for _ in range(self.server.mails.qsize())]
        taken = {mail.message["Message-ID"].strip("<>"): mail for mail in mails if "M-0001 " in mail.text}
        self.assertEqual({message["message_id"] for message in held["messages"]}, set(taken))
        self.assertTrue(taken)
        for message in held["messages"]:
            self.assertTrue(set(message["alerts"]) <= {alert["id"] for alert in held["alerts"]})
            self.assertIn("M-0001", message["says"])
            self.assertNotIn("M-00012", message["says"])
            for paragraph in message["says"].split("\n\n"):
                self.assertIn(paragraph.strip(), taken[message["message_id"]].text.replace("\r\n", "\n"))
        self.assertTrue(held["diary"])
        self.assertEqual({mailbox for date in held["diary"] for mailbox in date["mailboxes"]}, {message["recipient"] for message in held["messages"]})
        self.assertEqual({line["case"] for line in held["accesses"]}, {"M-0001"})
        self.assertEqual([line["what"] for line in held["accesses"]].count("message"), len(held["messages"]))
        # That it was asked for is a line of the log.
        line = [line for line in daemon.get("/v1/access?case=M-0001")["accesses"] if line["what"] == "subject-access"][0]
        self.assertEqual((line["purpose"], line["uid"]), ("request of 3 May", os.getuid()))

    def test_wrong_calls(self):
        daemon = self.start()
        self.assertEqual(daemon.ctl("subject-access", "m-0001").returncode, 2)
        self.assertEqual(daemon.ctl("subject-access", "M-0001").returncode, 1)

    def test_the_log_of_accesses_is_exported(self):
        daemon = self.start()
        daemon.recorded(*PEOPLE)
        for _ in range(1200):
            daemon.get("/v1/cases/M-0001")
        daemon.get("/v1/cases/M-00012")
        logged = [json.loads(line) for line in daemon.ctl("access-log", "--json").stdout.splitlines()]
        exported = [json.loads(line) for line in daemon.ctl("export", "access").stdout.splitlines()]
        rows = list(csv.DictReader(io.StringIO(daemon.ctl("export", "access", "--csv").stdout)))
        mine = [line for line in exported if line["what"] == "case"]
        self.assertEqual(len(mine), 1201)
        self.assertEqual(mine, [line for line in logged if line["what"] == "case"])
        self.assertEqual([(row["seq"], row["case"], row["user"]) for row in rows if row["what"] == "case"],
                         [(str(line["seq"]), line["case"], line["user"]) for line in mine])
        seqs = [line["seq"] for line in exported]
        self.assertEqual(seqs, sorted(set(seqs), reverse=True))


class Due(BoxTest):
    def due(self, *words):
        done = self.daemon.ctl("retention", "due", "--json", *words)
        self.assertEqual(done.returncode, 0, done.stderr)
        return {row["case"]: (row["last_on"], row["due_on"]) for row in json.loads(done.stdout)["cases"]}

    def test_cases_to_which_nothing_has_happened(self):
        """From the latest event that stands; the day on which the years are over is the first; there is no 29 February 2021."""
        daemon = self.start()
        daemon.recorded({"case": "M-0001", "event": "sentenced", "on": "2019-06-01", "disposal": "community"},
                        {"case": "M-0001", "event": "note", "on": "2020-02-29", "id": "note-1"},
                        {"case": "M-0002", "event": "sentenced", "on": "2020-03-01", "disposal": "custody"},
                        {"case": "M-0003", "event": "sentenced", "on": "2022-03-01", "disposal": "community"},
                        {"case": "M-0004", "event": "note", "on": "2022-03-02"})
        self.assertEqual(self.due("--idle", "1 year after"), {"M-0001": ("2020-02-29", "2021-02-28"), "M-0002": ("2020-03-01", "2021-03-01"),
                                                             "M-0003": ("2022-03-01", "2023-03-01")})
        self.assertEqual(list(self.due("--idle", "1 year after", "--as-of", "2023-02-28")), ["M-0001", "M-0002"])
        self.assertEqual(list(self.due("--idle", "1 year after", "--where", "location=community")), ["M-0001", "M-0003"])
        self.assertEqual(self.due("--idle", "1 year after", "--where", "location=unset"), {})
        self.assertEqual(list(self.due("--idle", "364 days after", "--where", "location=unset")), ["M-0004"])
        number = daemon.get("/v1/cases/M-0001")["record"][1]["seq"]
        self.assertEqual(daemon.ctl("retract", str(number), "--why", "of another").returncode, 0)
        self.assertEqual(self.due("--idle", "1 year after")["M-0001"], ("2019-06-01", "2020-06-01"))
        self.assertRegex(daemon.ctl("retention", "due", "--idle", "3 years after").stdout, r"M-0001 +Sat 1 Jun 2019 +Wed 1 Jun 2022 ")
        self.assertEqual(daemon.ctl("retention", "due", "--idle", "30 years after").stdout, "No case is due.\n")

    CLASSES = """
    attributes = ( { name = "born"; type = "date"; } );
    events = ( { name = "birthday-known"; fields = ( { name = "born"; required = true; } ); } );
    retention = (
      { id = "draft"; title = "Draft"; source = ""; basis = "Not in force."; enabled = false; keep = "1 day after"; },
      { id = "inside"; title = "In custody"; source = "Schedule, 1"; basis = "As long as a life."; applies = { location = "custody"; };
        keep = "82 years after"; from = "born"; },
      { id = "others"; title = "Others"; source = "Schedule, 2"; basis = "Ten years."; applies = { location = "community"; }; unless = { level = "3"; };
        keep = "10 years after"; } );
    """

    def test_an_attribute_may_have_the_name_of_a_parameter_of_another_list(self):
        """"idle" is what the list of cases to be erased is asked with; the list of all cases has it as an attribute."""
        vocabulary = VOCABULARY.replace("attributes = (", 'attributes = ( { name = "idle"; values = ["yes", "no"]; },').replace(
            "events = (", 'events = ( { name = "idle-set"; fields = ( { name = "idle"; required = true; } ); },')
        daemon = self.start(rules={"00-vocabulary.cfg": vocabulary, "10-rules.cfg": RULES})
        daemon.recorded(*({"case": f"M-{word.upper()}", "event": "idle-set", "idle": word, "on": "2023-01-02"} for word in ("yes", "no")))
        self.assertEqual([row["case"] for row in daemon.get("/v1/cases?idle=yes")["cases"]], ["M-YES"])
        self.assertEqual(json.loads(daemon.ctl("cases", "--where", "idle=no", "--json").stdout)["cases"][0]["case"], "M-NO")

    def test_cases_that_are_due_by_their_class(self):
        """The first class that fits; from the latest event or from a date; a date that is missing is said, and what no class fits is not listed."""
        daemon = self.start(rules={"00-vocabulary.cfg": VOCABULARY, "10-rules.cfg": RULES, "20-retention.cfg": self.CLASSES})
        sentence = {"event": "sentenced", "on": "2011-06-01"}
        daemon.recorded({**sentence, "case": "M-0001", "disposal": "community"}, {"case": "M-0001", "event": "note", "on": "2012-02-29"},
                        {**sentence, "case": "M-0002", "disposal": "custody"}, {"case": "M-0002", "event": "birthday-known", "on": "2011-06-02", "born": "1940-03-14"},
                        {**sentence, "case": "M-0003", "disposal": "custody"}, {"case": "M-0003", "event": "birthday-known", "on": "2011-06-02", "born": "1941-03-14"},
                        {**sentence, "case": "M-0004", "disposal": "custody"},
                        {**sentence, "case": "M-0005", "disposal": "community"}, {"case": "M-0005", "event": "level-set", "on": "2011-06-02", "level": "3"},
                        {"case": "M-0006", "event": "note", "on": "2011-06-02"},
                        {**sentence, "case": "M-0007", "on": "2022-06-01", "disposal": "community"})
        daemon.move_clock("2023-03-13T09:00:00Z")
        self.assertEqual(self.due(), {"M-0001": ("2012-02-29", "2022-02-28"), "M-0002": ("2011-06-02", "2022-03-14"), "M-0004": ("2011-06-01", None)})
        self.assertEqual(list(self.due("--as-of", "2022-02-28")), ["M-0001", "M-0004"])
        self.assertEqual(list(self.due("--as-of", "2022-02-27")), ["M-0004"])
        self.assertEqual(list(self.due("--where", "location=custody")), ["M-0002", "M-0004"])
        daemon.move_clock("2023-03-14T09:00:00Z")               # 82 years after 14 March 1941 is today
        rows = {row["case"]: (row["class"], row["source"], row["due_on"], row["missing"]) for row in daemon.get("/v1/retention")["cases"]}
        self.assertEqual(rows, {"M-0001": ("others", "Schedule, 2", "2022-02-28", None), "M-0002": ("inside", "Schedule, 1", "2022-03-14", None),
                                "M-0003": ("inside", "Schedule, 1", "2023-03-14", None), "M-0004": ("inside", "Schedule, 1", None, "born")})
        said = daemon.ctl("retention", "due").stdout
        self.assertRegex(said, r"Case +Class +Last event +Kept until +Events +Open duties +Source")
        self.assertRegex(said, r"M-0004 +inside +Wed 1 Jun 2011 +born is missing +1 +0 +Schedule, 1")
        self.assertRegex(said, r"M-0003 +inside +Thu 2 Jun 2011 +Tue 14 Mar 2023 +2 +0 +Schedule, 1")
        self.assertEqual(list(self.due("--idle", "11 years after", "--where", "location=unset")), ["M-0006"])       # without the rules

    def test_wrong_questions(self):
        daemon = self.start()
        for words, code, said in ((("--idle", "6 years"), 2, "a period such as"), ((), 1, "no class of retention is enabled"), (("--idle", "1 day after", "--where", "x"), 2, "NAME=VALUE"),
                                  (("--idle", "1 day after", "--where", "locaton=custody"), 1, "location"), (("--idle", "1 day after", "--where", "location=custdy"), 1, "custody")):
            done = daemon.ctl("retention", "due", *words)
            self.assertEqual(done.returncode, code, words)
            self.assertIn(said, done.stderr)


class Erased(BoxTest):
    """A case that is erased is gone from every answer and every file; the rest is as it was."""

    TOKEN, WHY = "KITTIWAKE-9", "entered by the wrong gannet"

    def begin(self):
        self.server = MailServer()
        self.addCleanup(self.server.stop)
        # Whoever is in no compartment sees no case of level 2, so that references stand in the lists of scopes too.
        daemon = self.start(mail=self.server.setting(), access='access = { compartments = ( { group = "proxy"; when = { level = "2"; }; } ); };')
        daemon.recorded(*PEOPLE, *[{**event, "case": f"M-{n:05}"} for n in range(100, 160) for event in PEOPLE[:2]],
                        {"case": "M-0001", "event": "note", "on": "2023-02-21", "token": self.TOKEN, "id": "puffin-1"},
                        {"case": "M-0001", "event": "level-set", "on": "2023-02-22", "level": "2"},
                        {"case": "M-0001", "event": "order-made", "on": "2023-02-22", "item": "ORDER-TERN"})
        seq = daemon.get("/v1/cases/M-0001")["record"][-2]["seq"]
        self.assertEqual(daemon.ctl("retract", str(seq), "--why", self.WHY).returncode, 0)
        daemon.move_clock("2023-03-13T09:00:00Z")               # a Monday: everybody hears something
        alert = daemon.get("/v1/alerts?case=M-0001")["alerts"][0]
        self.assertEqual(daemon.ctl("ack", str(alert["id"]), "--role", "unit", "--why", self.WHY).returncode, 0)
        daemon.ctl("explain", "M-0001", "review", "--purpose", "what is due of M-0001 and M-00012")
        daemon.get("/v1/obligations?case=M-0001&limit=5")
        daemon.get("/v1/obligations?case=%4D-%30001&limit=5")
        self.settle()
        return daemon

    def settle(self):
        eventually(lambda: self.daemon.get("/v1/outbox")["messages"] == [], "an outbox that is done")

    def meet(self, case="M-0001"):
        """Nothing is owed to a case any more that would keep it from being erased."""
        self.daemon.recorded({"case": case, "event": "level-set", "on": "2023-03-13", "level": "1"})
        self.settle()

    def erase(self, *words, case="M-0001", why="six years after"):
        look = json.loads(self.daemon.ctl("erase", case, "--why", why, "--json").stdout)
        return look, self.daemon.ctl("erase", case, "--why", why, "--confirm", look["confirm"], *words)

    def in_files(self, text):
        """Which files of the state directory hold a text that is no part of a longer word."""
        found = []
        for path in sorted((self.daemon.dir / "state").iterdir()):
            if re.search(rb"(?<![A-Z0-9-])" + text.encode() + rb"(?![A-Z0-9-])", path.read_bytes()):
                found.append(path.name)
        return found

    def check_left(self, held):
        """Of each line when and by whom it was recorded, and the hash that it had."""
        left = json.loads(self.daemon.ctl("history", "erased-1", "--json").stdout)
        self.assertEqual((left["seq"], left["why"], left["at"]), (1, "six years after", "2023-03-13T09:00:00.000Z"))
        self.assertEqual(left["lines"], [{key: line[key] for key in ("seq", "recorded_at", "uid", "user", "hash")} for line in held])
        rows = list(csv.DictReader(io.StringIO(self.daemon.ctl("history", "erased-1", "--csv").stdout)))
        self.assertEqual([(row["seq"], row["hash"]) for row in rows], [(str(line["seq"]), line["hash"]) for line in held])
        said = self.daemon.ctl("history", "erased-1").stdout.splitlines()
        self.assertRegex(said[0], r"^erased-1: erased Mon 13 Mar 2023 09:00 UTC by \S+: six years after$")
        self.assertEqual((said[1].split(), len(said)), (["No.", "Happened", "Recorded", "By", "Hash"], 2 + len(held)))
        self.assertIn(f"  erased    ", said[2])
        self.assertTrue(said[2].endswith(held[0]["hash"][:12]))
        for words, status in ((("erased-2",), 1), (("erased-0",), 2), (("erased-",), 2), (("erased-1", "--known-at", "2023-03-01T00:00:00Z"), 2)):
            self.assertEqual(self.daemon.ctl("history", *words).returncode, status, words)

    def test_a_case_is_erased_in_two_steps(self):
        daemon = self.begin()
        before = {path: daemon.get(path) for path in ("/v1/cases/M-00012", "/v1/obligations?case=M-00012&state=all", "/v1/cases/M-00012/history")}
        log = [line for line in daemon.get("/v1/access?limit=1000")["accesses"] if line["case"] == "M-0001"]
        self.meet()
        for text in ("M-0001", self.TOKEN, self.WHY, "puffin-1", "ORDER-TERN"):
            self.assertTrue(self.in_files(text), text)
        done = daemon.ctl("erase", "M-0001", "--why", "six years after")
        self.assertEqual(done.returncode, 0)
        self.assertRegex(done.stdout, r"(?s)Case +M-0001\nEvents +7\n.*Nothing was erased\. To erase this: --confirm [0-9a-f]{16}\n")
        self.assertEqual(daemon.get("/v1/cases/M-0001")["events"], 7)
        held = daemon.get("/v1/cases/M-0001/history")["record"]
        look, done = self.erase()
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn("The case was erased, as erasure 1.\nNothing of it is left in the daemon's files.\n", done.stdout)
        self.assertIn("and reasons elsewhere that name it still hold it.\n", done.stdout)

        # In no file.
        for text in ("M-0001", self.TOKEN, self.WHY, "puffin-1", "ORDER-TERN"):
            self.assertEqual(self.in_files(text), [], text)
        # In no answer.
        for path in ("/v1/cases/M-0001", "/v1/cases/M-0001/history", "/v1/cases/M-0001/subject-access"):
            self.assertEqual(daemon.ask("GET", path).status, 404, path)
        for path in ("/v1/cases?limit=1000", "/v1/cases?limit=1000&as-of=2023-02-28", "/v1/obligations?state=all&limit=1000", "/v1/alerts?limit=1000",
                     "/v1/events?limit=1000", "/v1/obligations?known-at=2023-03-10T00:00:00Z&limit=1000", "/v1/reports/certificate?answer=all"):
            text = json.dumps(daemon.get(path))
            self.assertFalse(re.search(r"M-0001\b|erased-|KITTIWAKE", text), path)
            self.assertIn("M-00012", text)
        self.assertEqual(daemon.status()["cases"], 61)
        # The rest is as it was, cases behind it too.
        for path, answer in before.items():
            self.assertEqual(daemon.get(path), answer)
        # Chains and what is derived hold, of the daemon and of a backup.
        answer = daemon.ask("POST", "/v1/verify").json
        self.assertEqual((answer["findings"], answer["erased"]), ([], 7))
        copy = self.directory / "copy.db"
        self.assertEqual(daemon.ctl("backup", str(copy)).returncode, 0)
        done = daemon.ctl("verify", str(copy))
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertRegex(done.stdout, r"Of these erased +7\n")
        # The log still says who saw it, and who erased it.
        lines = [line for line in daemon.get("/v1/access?limit=1000")["accesses"] if line["case"] == "erased-1"]
        keys = ("seq", "at", "user", "what", "rows", "recipients")
        self.assertEqual([[line[key] for key in keys] for line in lines if line["seq"] <= log[0]["seq"]], [[line[key] for key in keys] for line in log])
        self.assertEqual(lines[0]["what"], "erase")
        self.assertIn("what is due of erased-1 and M-00012", [line["purpose"] for line in lines])
        self.assertEqual(json.loads(daemon.ctl("erasures", "--json").stdout)["erasures"][0]["why"], "six years after")
        self.assertIn("six years after", daemon.ctl("erasures").stdout)
        self.check_left(held)
        # Export leaves it out, and says so.
        done = daemon.ctl("export", "events")
        self.assertEqual((len(done.stdout.splitlines()), done.stderr), (122, "mappactl: 7 lines were erased and are left out\n"))
        # It stays so over a restart; other rules leave it alone; the reference begins a new case.
        daemon.stop()
        daemon.start()
        rules = daemon.dir / "rules/10-rules.cfg"
        rules.write_text(rules.read_text().replace('"4 weeks after"', '"5 weeks after"'))
        daemon.accept()
        self.assertTrue(daemon.ask("POST", "/v1/verify").json["verified"])
        daemon.recorded(PEOPLE[0])
        self.assertEqual(daemon.get("/v1/cases/M-0001")["events"], 1)
        self.assertTrue(daemon.ask("POST", "/v1/verify").json["verified"])

    def test_what_is_refused(self):
        daemon = self.begin()
        look, done = self.erase()
        self.assertEqual(done.returncode, 1)
        self.assertIn('1 duty that is a "must" is open', done.stderr)
        self.assertIn("--force", daemon.ctl("erase", "M-0001", "--why", "w").stdout)
        look = json.loads(daemon.ctl("erase", "M-0001", "--why", "w", "--json").stdout)
        daemon.recorded({"case": "M-0001", "event": "note", "on": "2023-03-13"})
        done = daemon.ctl("erase", "M-0001", "--why", "w", "--confirm", look["confirm"], "--force")
        self.assertIn("this is not what was looked at", done.stderr)
        for words, code in ((("erase", "M-0001"), 2), (("erase", "m-0001", "--why", "w"), 2), (("erase", "M-9999", "--why", "w"), 1)):
            self.assertEqual(daemon.ctl(*words).returncode, code, words)
        for why in ("about M-0001", "", "a\tb"):
            look = daemon.ctl("erase", "M-0001", "--why", why)
            self.assertEqual((look.returncode, look.stdout), (1, ""), "said before somebody decides, not only at the second step")
            word = json.loads(daemon.ctl("erase", "M-0001", "--why", "w", "--json").stdout)["confirm"]
            done = daemon.ctl("erase", "M-0001", "--why", why, "--confirm", word, "--force")
            self.assertEqual(done.returncode, 1, why)
        look, done = self.erase("--force", "--purpose", "as M-0001 asked")
        self.assertIn("may not name it", done.stderr)
        self.assertEqual(daemon.get("/v1/cases/M-0001")["events"], 7)
        look, done = self.erase("--force")
        self.assertEqual(done.returncode, 0, done.stderr)
        # What stood under its numbers is neither corrected nor taken back.
        answer = daemon.ask("POST", "/v1/events/1/retract", {"why": "a test"})
        self.assertEqual((answer.status, answer.error["message"]), (422, "what was recorded under this number was erased"))

    def test_an_export_of_before_records_the_whole_case_anew(self):
        """Not the lines alone that had an id, which went with them."""
        daemon = self.begin()
        self.meet()
        def known():
            answer = daemon.get("/v1/cases/M-0001")
            return [(line["event"], line["on"]) for line in answer["record"] if line.get("event")], answer["attributes"]
        before, file = known(), self.directory / "events.jsonl"
        file.write_text(daemon.ctl("export", "events").stdout)
        self.assertEqual(self.erase("--force")[1].returncode, 0)
        done = daemon.ctl("import", str(file))
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn(f"7 events recorded, {len(file.read_text().splitlines()) - 7} were known already", done.stdout)
        self.assertEqual(known(), before)
        self.assertTrue(daemon.ask("POST", "/v1/verify").json["verified"])
        done = daemon.ctl("import", str(file))
        self.assertIn("0 events recorded", done.stdout)

    def test_a_message_that_waits_is_sent_first(self):
        daemon = self.begin()
        self.meet()
        self.server.answers["unit@example.police.uk"] = "451 later"
        daemon.recorded({"case": "M-0001", "event": "level-set", "on": "2023-03-13", "level": "2"})
        daemon.move_clock("2023-03-20T09:00:00Z")
        eventually(lambda: daemon.get("/v1/outbox")["messages"], "a message that waits")
        look, done = self.erase("--force")
        self.assertEqual((look["waiting"], done.returncode), (1, 1))
        self.assertIn("1 message that tells of the case, and of others, is not sent yet", done.stderr)

    def test_killed_at_any_moment_it_is_whole_or_gone(self):
        daemon = self.begin()
        self.meet()
        look = json.loads(daemon.ctl("erase", "M-0001", "--why", "w", "--json").stdout)
        body = json.dumps({"why": "w", "confirm": look["confirm"]}).encode()
        for delay_us in (*range(0, 6000, 400), None):         # at last when it was answered, however slow the machine
            daemon.stop()
            state = self.directory / f"state-{delay_us}"
            shutil.copytree(daemon.dir / "state", state)
            daemon.start()
            connection = self.raw(b"POST /v1/cases/M-0001/erase HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
            if delay_us is None:
                self.assertEqual(connection.recv(12), b"HTTP/1.1 200")
            else:
                time.sleep(delay_us / 1e6)
            daemon.kill()
            connection.close()
            daemon.start()
            answer = daemon.ask("GET", "/v1/cases/M-0001")
            self.assertTrue(daemon.ask("POST", "/v1/verify").json["verified"])
            if answer.status == 404:
                self.assertEqual(self.in_files(self.TOKEN), [])
                self.assertEqual(len(daemon.get("/v1/erasures")["erasures"]), 1)
                daemon.stop()
                shutil.rmtree(daemon.dir / "state")
                shutil.copytree(state, daemon.dir / "state")
                daemon.start()
            else:
                self.assertIsNotNone(delay_us)
                self.assertEqual((answer.json["events"], daemon.get("/v1/erasures")["erasures"]), (7, []))


if __name__ == "__main__":
    main()
