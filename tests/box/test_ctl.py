#!/usr/bin/python3
"""mappactl as people and scripts see it: tables, exit codes, files."""

import csv
import io
import json
import os
import pty
import re
import select
import shutil
import subprocess
import threading

from harness import MAPPACTL, TREE, BoxTest, main

LINES = [{"case": f"M-C{number:03}", "event": name, "on": on, **fields} for number in range(40) for name, on, fields in
         (("sentenced", f"2023-01-{2 + number % 20:02}", {"disposal": "community"}),
          ("level-set", f"2023-01-{2 + number % 20:02}", {"level": "2", "lead-agency": "police"}))]


class Ctl(BoxTest):
    def setUp(self):
        super().setUp()
        self.start(now="2023-02-10T09:00:00Z")

    def load(self):
        path = self.directory / "events.ndjson"
        path.write_text("".join(json.dumps(line) + "\n" for line in LINES))
        return self.daemon.ctl("import", path)

    def ok(self, *words):
        done = self.daemon.ctl(*words)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def test_import_and_overdue(self):
        done = self.load()
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.daemon.status()["events"], len(LINES))
        table = self.ok("overdue")
        # Sentenced from 2 to 12 January: due from 30 January to 9 February, before the 10th.
        wanted = {line["case"] for line in LINES if line["event"] == "sentenced" and line["on"] <= "2023-01-12"}
        self.assertEqual({word for word in table.split() if word.startswith("M-C")}, wanted)
        self.assertNotIn("\x1b", table)

    def test_import_of_a_broken_line_records_nothing_and_names_it(self):
        path = self.directory / "broken.ndjson"
        path.write_text(json.dumps(LINES[0]) + "\n" + json.dumps({**LINES[1], "level": "7"}) + "\n")
        done = self.daemon.ctl("import", path)
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr, r"2\b")
        self.assertIn("level", done.stderr)
        self.assertEqual(self.daemon.status()["events"], 0)

    def test_what_was_known_already_is_not_counted_as_recorded(self):
        path = self.directory / "one.ndjson"
        path.write_text(json.dumps({"case": "M-ONE1", "event": "sentenced", "disposal": "custody", "on": "2023-02-01", "id": "sheet-1"}) + "\n")
        self.assertEqual(self.ok("import", path), "1 event recorded, 0 were known already, 0 warnings.\n")
        self.assertEqual(self.ok("import", path), "0 events recorded, 1 was known already, 0 warnings.\n")

    def test_a_second_import_of_lines_without_ids_records_nothing(self):
        self.assertEqual(self.load().returncode, 0)
        self.assertEqual(self.load().stdout, f"0 events recorded, {len(LINES)} were known already, 0 warnings.\n")
        self.assertEqual(self.daemon.status()["events"], len(LINES))

    def test_an_import_keeps_to_the_limit_of_the_daemon(self):
        self.daemon.limits = 'body = "2 KiB";'
        self.daemon.write_config()
        self.daemon.reload()
        path = self.directory / "many.ndjson"
        path.write_text("".join(json.dumps({"case": f"M-L{n:04}", "event": "note", "on": "2023-02-01"}) + "\n" for n in range(300)))
        self.assertEqual(self.ok("import", path), "300 events recorded, 0 were known already, 0 warnings.\n")
        self.assertEqual(self.ok("import", path), "0 events recorded, 300 were known already, 0 warnings.\n")
        path.write_text("".join(json.dumps({"case": "M-LONG", "event": "note", "on": "2023-02-01"}) + "\n" for n in range(300)))
        refused = self.daemon.ctl("import", path)
        self.assertEqual((refused.returncode, "line 1: here begins a case with more than 2048 bytes" in refused.stderr), (1, True), refused.stderr)
        path.write_text("x" * 4000 + "\n" + json.dumps({"event": "note", "on": "2023-02-01", "token": "T" * 4000}) + "\n")
        refused = self.daemon.ctl("import", path)
        self.assertIn("line 1: the line names no case and is longer than limits.body in mappad.conf allows, 2048 bytes", refused.stderr)
        self.assertNotIn("here begins a case", refused.stderr)
        self.assertEqual(self.daemon.status()["events"], 300)

    def test_a_file_that_is_no_text_is_named_as_that_and_not_line_by_line(self):
        path = self.directory / "no.ndjson"
        said = "there is a NUL byte, which no file of events has: one JSON object a line, in UTF-8; a spreadsheet is saved as CSV and comes with --mapping FILE"
        whole = "".join(json.dumps(line) + "\n" for line in LINES)
        for data, line in ((MAPPACTL.read_bytes(), 1), (bytes(3 << 20), 1), ((self.directory / "d/state/mappad.db").read_bytes(), 1), (whole.encode("utf-16"), 1),
                           (whole.encode() + b"\0", len(LINES) + 1), (b"\n\n{\0}\n" + b"x\n" * 300, 3)):
            for options, end in ((["--dry-run"], "would be"), ([], "was")):
                path.write_bytes(data)
                done = self.daemon.ctl("import", path, *options)
                self.assertEqual((done.returncode, done.stdout, done.stderr.splitlines()),
                                 (1, "", [f"mappactl: {path}: line {line}: {said}", f"mappactl: {path}: nothing {end} recorded"]))
        path.write_text("PK\3\4 is no event\n" + whole)
        self.assertIn("line 1: this is not JSON: an object was expected at byte 1", self.daemon.ctl("import", path).stderr)
        self.assertEqual(self.daemon.status()["events"], 0)

    def test_a_dry_import_records_nothing(self):
        path = self.directory / "events.ndjson"
        path.write_text("".join(json.dumps(line) + "\n" for line in LINES))
        self.ok("import", "--dry-run", path)
        self.assertEqual(self.daemon.status()["events"], 0)

    def test_due_show_cases_alerts_rules_status(self):
        self.load()
        self.daemon.move_clock("2023-02-11T09:00:00Z")
        self.assertIn("M-C000", self.ok("due", "--within", "16w"))
        self.assertIn("sentenced", self.ok("show", "M-C000"))
        self.assertIn("M-C039", self.ok("cases"))
        self.assertIn("M-C", self.ok("alerts"))
        self.assertIn("first-meeting", self.ok("rules"))
        self.assertIn("11 Feb 2023", self.ok("status"))

    def test_what_was_in_force_is_a_table_for_spreadsheets_too(self):
        rows = json.loads(self.ok("rules", "history", "--json"))["changes"]
        table = list(csv.DictReader(io.StringIO(self.ok("rules", "history", "--csv"))))
        self.assertEqual([(row["at"], row["how"], row["after"], row["rules"]) for row in table], [(row["at"], row["how"], row["after"], row["rules"]) for row in rows])
        self.assertEqual(len(self.ok("rules", "history").splitlines()), 1 + len(rows))
        self.assertRegex(self.ok("status"), r"\nDisk full +no\n(.*\n)*Test clock +yes\n")

    def test_cases_are_asked_for_by_their_attributes(self):
        self.load()
        self.ok("record", "M-C007", "level-set", "--on", "2023-02-01", "level=3", "lead-agency=probation")
        self.ok("record", "M-NEW1", "sentenced", "--on", "2023-02-01", "disposal=custody")
        def refs(*words):
            rows = json.loads(self.ok("cases", "--json", *words))["cases"]
            self.assertEqual([row["case"] for row in csv.DictReader(io.StringIO(self.ok("cases", "--csv", *words)))], [row["case"] for row in rows])
            return {row["case"] for row in rows}
        twos = {line["case"] for line in LINES} - {"M-C007"}
        self.assertEqual(refs("--where", "level=2"), twos)
        self.assertEqual(refs("--where", "level=2,3"), twos | {"M-C007"})
        self.assertEqual(refs("--where", "level=set", "--where", "lead-agency=probation"), {"M-C007"})
        self.assertEqual(refs("--where", "level=unset"), {"M-NEW1"})
        self.assertEqual(refs("--where", "level=3", "--as-of", "2023-01-31"), set(), "by what they were on the day asked about")
        self.assertEqual(refs(), twos | {"M-C007", "M-NEW1"})
        everybody = twos | {"M-C007", "M-NEW1"}         # of a date it can be asked whether there is one
        dated = refs("--where", "release-date=set")
        self.assertEqual((dated | refs("--where", "release-date=unset"), refs("--where", "release-date=set,unset")), (everybody, everybody))
        self.daemon.recorded({"case": "M-NEW1", "event": "sentenced", "on": "2023-02-01", "disposal": "custody", "release-date": "2024-01-01"})
        self.assertEqual(refs("--where", "release-date=set"), dated | {"M-NEW1"})
        self.assertNotIn('"M-NEW1"', json.dumps(self.daemon.get("/v1/obligations?release-date=unset")))
        self.assertIn('"2024-01-01" is no value of release-date, a date: "set" or "unset"', self.daemon.ctl("cases", "--where", "release-date=2024-01-01").stderr)
        self.assertEqual(self.ok("cases", "--where", "level=1"), "There are no such cases.\n")
        done = self.daemon.ctl("cases", "--where", "levle=2")
        self.assertEqual((done.returncode, 'did you mean "level"?' in done.stderr), (1, True))
        self.assertTrue(self.ok("show", "M-C007", "--as-of", "2022-01-01").startswith("M-C007, not begun, as of Sat 1 Jan 2022\n"))

    def test_cells_of_a_spreadsheet_hold_words_and_no_json(self):
        self.load()
        wanted = [(row["case"], row["attributes"], row["open"]) for row in json.loads(self.ok("cases", "--json"))["cases"]]
        rows = list(csv.DictReader(io.StringIO(self.ok("cases", "--csv"))))
        self.assertEqual(rows[0]["attributes"], "level=2 location=community lead-agency=police")
        self.assertEqual([(row["case"], dict(word.split("=") for word in row["attributes"].split()),
                           {word.split("=")[0]: int(word.split("=")[1]) for word in row["open"].split()}) for row in rows], wanted)
        for words in (("cases",), ("export", "events"), ("history", "M-C000"), ("rules", "history"), ("retention", "due", "--idle", "1 day after")):
            self.assertNotRegex(self.ok(*words, "--csv"), r"[{}]")
        self.assertIn(",level=2 lead-agency=police,", self.ok("export", "events", "--csv"))

    def test_a_case_that_is_not_there_is_said_to_be_none_wherever_it_is_asked_for(self):
        self.ok("record", "M-HERE1", "sentenced", "--on", "2023-02-09", "disposal=custody")
        into = self.directory / "duties.ics"
        for words in (("overdue",), ("due",), ("alerts",), ("calendar",), ("calendar", "--output", into), ("overdue", "--as-of", "2023-02-01"),
                      ("overdue", "--json"), ("due", "--csv"), ("alerts", "--json"), ("due", "--unevaluable")):
            with self.subTest(words=words):
                self.assertEqual(self.daemon.ctl(*words, "--case", "M-HERE1").returncode, 0)
                wanted, done = self.daemon.ctl("show", "M-NONE1"), self.daemon.ctl(*words, "--case", "M-NONE1")
                self.assertEqual((done.returncode, done.stdout, done.stderr), (1, "", wanted.stderr))
        self.assertEqual(self.daemon.ctl("overdue", "--case", "M-HERE1", "--known-at", "2023-02-01T00:00:00Z").returncode,
                         self.daemon.ctl("show", "M-HERE1", "--known-at", "2023-02-01T00:00:00Z").returncode)
        before = len(self.daemon.get("/v1/access")["accesses"])
        self.load()
        self.ok("overdue", "--case", "M-C000", "--csv")
        self.assertEqual([line["what"] for line in self.daemon.get("/v1/access")["accesses"][:-before]], ["list", "access-log"], "no further question where there is an answer")

    def test_below_a_list_by_dates_it_is_said_what_has_none_for_want_of_a_fact(self):
        self.ok("record", "M-LATE1", "sentenced", "--on", "2023-01-03", "disposal=community")
        for number, agency in ((1, "police"), (2, "probation")):
            self.ok("record", f"M-LOST{number}", "level-set", "--on", "2023-02-01", "level=2", f"lead-agency={agency}")
        two = "2 duties cannot be evaluated for want of a fact; the same call with --unevaluable lists them.\n"
        one = "1 duty cannot be evaluated for want of a fact; the same call with --unevaluable lists it.\n"
        overdue = self.ok("overdue")
        self.assertIn("M-LATE1", overdue)
        self.assertTrue(overdue.endswith("\n" + two), overdue)
        self.assertEqual(self.ok("due"), "Nothing is due within 4w as of Fri 10 Feb 2023.\n" + two)
        for words, tail in ((["--case", "M-LOST1"], one), (["--where", "lead-agency=probation"], one), (["--rule", "review"], two), (["--rule", "first-meeting"], ""),
                            (["--case", "M-LATE1"], ""), (["--as-of", "2023-01-31"], ""), (["--as-of", "2023-02-05", "--agency", "police"], one),
                            (["--rules", self.directory / "d/rules", "--case", "M-LOST1"], one)):
            for command in ("overdue", "due"):
                with self.subTest(words=words, command=command):
                    told = self.ok(command, *words)
                    self.assertEqual(told[told.find("\n1 duty") + 1 or told.find("\n2 duties") + 1 or len(told):], tail)
                    listed = json.loads(self.ok(command, *words, "--unevaluable", "--json"))["obligations"]
                    self.assertEqual((len(listed), {row["state"] for row in listed} <= {"unevaluable"}), (int(tail[:1] or 0), True))
        self.assertIn("unevaluable: no location", self.ok("overdue", "--unevaluable"))
        self.assertNotIn("cannot be evaluated", self.ok("overdue", "--unevaluable") + self.ok("overdue", "--csv") + self.ok("due", "--json"))
        self.assertEqual(self.ok("due", "--unevaluable", "--case", "M-LATE1"), "Nothing is unevaluable as of Fri 10 Feb 2023.\n")

    def test_what_is_due_soon_is_due(self):
        self.ok("record", "M-SOON1", "sentenced", "--on", "2023-01-20", "disposal=community")     # due on 17 February
        self.daemon.move_clock("2023-02-11T09:00:00Z")
        self.assertIn("due-soon", self.ok("due", "--within", "1w", "--case", "M-SOON1"))
        self.assertEqual(self.ok("due", "--within", "5d"), "Nothing is due within 5d as of Sat 11 Feb 2023.\n")

    def test_a_wrong_word_is_named_with_the_nearest_right_one(self):
        for words, right in ((("overdue", "--agency", "polce"), "police"), (("overdue", "--rule", "first-meting"), "first-meeting"),
                             (("overdue", "--where", "location=comunity"), "community"), (("rules", "chekc", "x"), "rules check")):
            done = self.daemon.ctl(*words)
            self.assertIn(f'did you mean "{right}"?', done.stderr)
        for words in (("overdue", "--where", "level=7"), ("record", "M-A1", "level-set", "level=7", "lead-agency=police")):
            self.assertRegex(self.daemon.ctl(*words).stderr, r'"7" is .* value of "?level"?; possible are "1", "2", "3" \(level\)\n', "where none is near, those that there are")
        self.assertIn('did you mean "first-meeting"?', self.daemon.ctl("overdue", "--rule", "first").stderr, "what it begins with is near, too")
        self.assertEqual(self.daemon.ctl("overdue", "--agency", "community").returncode, 1, "no alert is routed by a place")

    def test_help_knows_itself_and_a_quoted_command_is_told_apart(self):
        self.assertIn("Usage: mappactl help [COMMAND]", self.ok("help", "help"))
        self.assertIn('did you mean "help"?', self.daemon.ctl("hepl").stderr)
        done = self.daemon.ctl("rules diff")
        self.assertEqual((done.returncode, done.stderr),
                         (2, 'mappactl: "rules diff" came as one word; without the quotes it is a command: mappactl rules diff\n'))

    def test_the_first_word_of_several_commands_is_answered_with_them(self):
        exports = [f"export {what}" for what in ("events", "obligations", "access", "seals")]
        for words in (("export", "--help"), ("help", "export")):
            self.assertEqual(re.findall("^  ([a-z]+ [a-z]+)", self.ok(*words), re.M), exports)
        done = self.daemon.ctl("export")
        self.assertEqual((done.returncode, done.stdout, re.findall("^  ([a-z]+ [a-z]+)", done.stderr, re.M)), (2, "", exports))
        self.assertIn("  rules check ", self.ok("rules", "--help"), "one that is a command of its own names the others too")
        self.assertNotIn("Further", self.ok("overdue", "--help"))
        for words, right in ((("exprot", "events"), "export events"), (("export", "event"), "export events"), (("overdu", "M-A1"), "overdue")):
            self.assertIn(f'did you mean "{right}"?', self.daemon.ctl(*words).stderr)
        self.assertEqual(self.ok("help", "--help"), self.ok("help", "help"))

    def test_bash_completes_commands_options_and_leaves_files_to_the_shell(self):
        def complete(*words):
            path = {**os.environ, "PATH": f"{MAPPACTL.parent}:{os.environ['PATH']}"}
            script = f'source {TREE}/contrib/completion/mappactl.bash; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _mappactl; echo "${{COMPREPLY[@]}}"'
            done = subprocess.run(["bash", "-c", script, "complete", "mappactl", *words], env=path, capture_output=True, text=True, check=True)
            self.assertEqual(done.stderr, "")
            return done.stdout.split()
        self.assertEqual(complete("over"), ["overdue"])
        self.assertEqual(complete("ret"), ["retention", "retract"])
        self.assertEqual(complete("export", ""), ["events", "obligations", "access", "seals"])
        self.assertEqual(complete("export", "events", "--t"), ["--times"])
        self.assertEqual(complete("report", "annual", "--as-s"), ["--as-sealed"])
        self.assertEqual(complete("help", "rules", "d"), ["diff"])
        self.assertEqual(complete("import", "sheet"), [])

    def test_help_may_stand_wherever_an_option_may(self):
        for words, usage in ((("report", "annual"), "report [OPTION...]"), (("report",), "report [OPTION...]"),
                             (("rules", "check", "rules"), "rules check [OPTION...]"), (("rules",), "rules [OPTION...]"),
                             (("show", "M-C001", "--json"), "show [OPTION...]"), (("record", "M-C001", "sentenced"), "record ")):
            for word in ("--help", "-h"):
                done = self.daemon.ctl(*words, word, environment={"MAPPAD_SOCKET": str(self.directory / "none")})
                self.assertEqual((done.returncode, done.stderr), (0, ""), words)
                self.assertTrue(done.stdout.startswith(f"Usage: mappactl {usage}"), done.stdout)
        self.assertEqual(self.ok("report", "annual", "--help"), self.ok("help", "report"))
        self.assertEqual(self.daemon.ctl("rules", "chekc", "--help").returncode, 2)
        self.assertEqual(self.daemon.ctl("show", "--", "--help").returncode, 2, "after -- it is a word like any other")

    def test_record_and_refusal(self):
        self.ok("record", "M-NEW1", "sentenced", "--on", "2023-02-01", "disposal=custody")
        self.ok("record", "M-NEW1", "released", "--on", "2023-02-05")
        done = self.daemon.ctl("record", "M-NEW1", "released", "--on", "2023-02-06")
        self.assertEqual(done.returncode, 1)
        self.assertIn("location", done.stderr)
        done = self.daemon.ctl("record", "M-NEW1", "relased")
        self.assertEqual(done.returncode, 1)
        self.assertIn("released", done.stderr)

    def test_what_an_event_did_away_with_is_named(self):
        self.ok("record", "M-NEW1", "sentenced", "--on", "2023-02-01", "disposal=community")
        said = self.ok("retract", json.loads(self.ok("show", "M-NEW1", "--json"))["record"][0]["seq"], "--why", "another person")
        self.assertRegex(said, r"\nNo longer there\nDue +Started +Case +Item +Duty\nWed 1 Mar 2023 +Wed 1 Feb 2023 +M-NEW1 +First\b")

    def test_tables_have_no_blanks_at_the_end_of_a_line(self):
        self.load()
        for words in (("show", "M-C000"), ("history", "M-C000"), ("alerts",), ("overdue",)):
            self.assertNotRegex(self.ok(*words), r"[ ]\n")

    def test_json_and_csv_say_the_same(self):
        self.load()
        rows = json.loads(self.ok("overdue", "--json"))
        rows = rows["obligations"] if isinstance(rows, dict) else rows
        table = list(csv.DictReader(io.StringIO(self.ok("overdue", "--csv"))))
        self.assertEqual(len(rows), len(table))
        self.assertEqual([row["case"] for row in rows], [row[next(k for k in row if k.lower() == "case")] for row in table])

    def test_wrong_calls_are_2_and_an_unreachable_daemon_is_3(self):
        for words in (("overdew",), ("overdue", "--frobnicate"), ("due", "--within", "soon"), ("show",), ()):
            self.assertEqual(self.daemon.ctl(*words).returncode, 2, words)
        self.assertEqual(self.daemon.ctl("status", environment={"MAPPAD_SOCKET": str(self.directory / "none")}).returncode, 3)
        self.assertEqual(self.daemon.ctl("show", "M-NONE1").returncode, 1)

    def on_terminal(self, *words, **environment):
        main_end, other_end = pty.openpty()
        try:
            process = subprocess.Popen([str(MAPPACTL), *words], stdin=subprocess.DEVNULL, stdout=other_end, stderr=subprocess.DEVNULL,
                                       env={**os.environ, "TERM": "xterm", "MAPPAD_SOCKET": str(self.daemon.socket), **environment})
            os.close(other_end)
            output = b""
            while True:
                try:
                    more = os.read(main_end, 65536)
                except OSError:
                    break
                if not more:
                    break
                output += more
            process.wait(20)
            return output.decode()
        finally:
            os.close(main_end)

    def test_colour_only_on_a_terminal_that_wants_it(self):
        self.load()
        self.assertIn("\x1b[", self.on_terminal("overdue"))
        self.assertNotIn("\x1b[", self.on_terminal("overdue", NO_COLOR="1"))

    def test_following_alerts(self):
        process = subprocess.Popen([str(MAPPACTL), "alerts", "--follow"], stdout=subprocess.PIPE, text=True,
                                   env={**os.environ, "MAPPAD_SOCKET": str(self.daemon.socket)})
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)

        for _ in range(100):    # until the stream is connected an alert could pass it by: keep raising them
            self.daemon.recorded({"case": f"M-F{_:03}", "event": "sentenced", "disposal": "community", "on": "2023-01-02"})
            if select.select([process.stdout], [], [], 0.1)[0]:
                break
        line = process.stdout.readline()
        while "M-F" not in line:
            line = process.stdout.readline()
            self.assertTrue(line)

    def follow(self, *words, stdout=subprocess.PIPE):
        process = subprocess.Popen([str(MAPPACTL), "alerts", "--follow", *words], stdout=stdout, stderr=subprocess.PIPE, text=True,
                                   env={**os.environ, "LC_ALL": "C.UTF-8", "MAPPAD_SOCKET": str(self.daemon.socket)})
        self.addCleanup(process.stderr.close)
        if stdout is subprocess.PIPE:
            self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def raise_one(self, number):
        self.daemon.recorded({"case": f"M-H{number:03}", "event": "sentenced", "disposal": "community", "on": "2023-01-02"})

    def test_following_ends_when_nobody_reads_any_more(self):
        """Half of `mappactl alerts --follow | head -1` must not live on; as a table, as CSV, as JSON, and of some alerts alone."""
        self.raise_one(0)
        self.raise_one(1)
        for words, first in (((), "M-H000"), (("--csv",), "id,"), (("--json",), "M-H000"), (("--case", "M-H001"), "M-H001"),
                             (("--rule", "first-meeting"), "M-H000")):
            process = self.follow("--after", "0", *words)
            self.assertIn(first, process.stdout.readline(), words)
            process.stdout.close()
            self.raise_one(2 if words == () else 3 + len(words[-1]))
            if "--case" in words:       # the other cases are none of its business: it ends with the next of its own
                self.daemon.recorded({"case": "M-H001", "event": "sentenced", "disposal": "community", "on": "2023-01-03"})
            self.assertEqual(process.wait(20), 1, words)
            self.assertIn("not everything could be written", process.stderr.read())

    def test_following_onto_a_full_disk_ends_and_says_so(self):
        self.raise_one(0)
        with open("/dev/full", "w", encoding="utf-8") as full:
            process = self.follow("--after", "0", stdout=full)
            self.assertEqual(process.wait(20), 1)
        self.assertIn("not everything could be written", process.stderr.read())

    def test_following_goes_on_across_a_cut_on_either_side(self):
        """Neither the daemon's end nor the client's leaves a gap or shows an alert twice."""
        def follow(*words):
            process = subprocess.Popen([str(MAPPACTL), "alerts", "--follow", "--json", *words], stdout=subprocess.PIPE,
                                       stderr=subprocess.DEVNULL, text=True, env={**os.environ, "MAPPAD_SOCKET": str(self.daemon.socket)})
            self.addCleanup(process.stdout.close)
            self.addCleanup(process.wait)
            self.addCleanup(process.kill)
            return process
        def raise_one(number):
            self.daemon.recorded({"case": f"M-G{number:03}", "event": "sentenced", "disposal": "community", "on": "2023-01-02"})
        def read(process, count):
            return [json.loads(process.stdout.readline())["id"] for _ in range(count)]
        raise_one(0)
        first = follow("--after", "0")
        known = [alert["id"] for alert in self.daemon.alerts()]
        heard = read(first, len(known))
        for number in range(1, 4):          # the daemon's end: killed, and started again with more than before
            self.daemon.kill()
            self.daemon.start()
            raise_one(number)
            heard += read(first, 1)
        first.kill()                        # the client's end
        raise_one(4)
        second = follow("--after", str(heard[-1]))
        raise_one(5)
        heard += read(second, 2)
        self.assertEqual(heard, [alert["id"] for alert in self.daemon.alerts()])

    def test_following_misses_nothing_after_a_restore(self):
        """The restored record counts its alerts on from the backup: what is raised then has numbers that were seen before."""
        def raise_one(number):
            self.daemon.recorded({"case": f"M-G{number:03}", "event": "sentenced", "disposal": "community", "on": "2023-01-02"})
        def read(count):
            ended = threading.Timer(60, process.kill)       # what is missing fails and does not wait
            ended.start()
            lines = [process.stdout.readline() for _ in range(count)]
            ended.cancel()
            return [json.loads(line)["case"] if line else None for line in lines]
        raise_one(0)
        first = len(self.daemon.alerts())
        backup = self.daemon.dir / "backup.db"
        self.assertEqual(self.daemon.ctl("backup", backup).returncode, 0)
        process = self.follow("--after", "0", "--json")
        for number in range(1, 6):
            raise_one(number)
        self.assertEqual(read(first + 5)[-5:], [f"M-G{number:03}" for number in range(1, 6)])
        self.daemon.stop()
        shutil.rmtree(self.daemon.dir / "state")
        (self.daemon.dir / "state").mkdir()
        self.assertEqual(self.daemon.ctl("restore", backup, self.daemon.dir / "state").returncode, 0)
        self.daemon.set_clock("2023-02-20T10:00:00Z")
        self.daemon.start()
        cases = [f"M-H{number:03}" for number in range(9)]
        for case in cases:
            self.daemon.recorded({"case": case, "event": "sentenced", "disposal": "community", "on": "2023-01-02"})
        heard = [alert["case"] for alert in self.daemon.alerts()][first:]
        self.assertEqual([case for case in heard if case is not None and case.startswith("M-H")], cases)
        self.assertEqual(read(len(heard)), heard)
        process.kill()
        self.assertIn("the record is another than before", process.stderr.read())

    def test_following_takes_no_other_record_for_granted(self):
        """Alerts that came while nobody could follow are no restored backup."""
        def read(count):
            ended = threading.Timer(60, process.kill)
            ended.start()
            lines = [process.stdout.readline() for _ in range(count)]
            ended.cancel()
            return [json.loads(line)["id"] if line else None for line in lines]
        for number in range(10):
            self.raise_one(number)
        last = self.daemon.alerts()[-1]["id"]
        process = self.follow("--after", str(last - 1), "--json")
        self.assertEqual(read(1), [last])
        self.daemon.kill()
        self.daemon.start()
        for number in range(10, 13):
            self.raise_one(number)
        known = [alert["id"] for alert in self.daemon.alerts() if alert["id"] > last]
        self.assertEqual(read(len(known)), known)
        process.kill()
        self.assertNotIn("another", process.stderr.read())

    def test_the_shipped_rules_pass_without_a_daemon(self):
        done = subprocess.run([str(MAPPACTL), "rules", "check", str(TREE / "rules")], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_evaluate_says_the_same_as_the_daemon(self):
        self.load()
        path = self.directory / "events.ndjson"
        done = subprocess.run([str(MAPPACTL), "evaluate", "--rules", str(self.daemon.dir / "rules"), "--as-of", "2023-02-10", str(path)],
                              capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        key = lambda row: (row["case"], row["rule"], row["item"] or "", row["started"])
        offline = sorted((json.loads(line) for line in done.stdout.splitlines()), key=key)
        online = sorted(self.daemon.get("/v1/obligations")["obligations"], key=key)
        self.assertEqual(offline, online)


if __name__ == "__main__":
    main()
