#!/usr/bin/python3
"""Spreadsheets and files of events into the record: nothing half, nothing twice, every mistake by row and column."""

import contextlib
import csv
import io
import json
import os
import random
import re
import resource
import socket
import subprocess
import tempfile
import threading

from harness import DEADLINE_S, MAPPACTL, BoxTest, Daemon, eventually, main

MAPPING = """
dates = "DD/MM/YYYY";
codes = ( { name = "levels"; values = ( { code = ["L2", "Level 2"]; is = "2"; }, { code = "L3"; is = "3"; } ); },
          { name = "places"; values = ( { code = "C"; is = "community"; }, { code = "P"; is = "custody"; } ); } );
events = (
  { event = "sentenced"; case = "Ref"; on = "Sentenced"; duplicates = "once";
    fields = ( { field = "disposal"; column = "Place"; codes = "places"; } ); },
  { event = "level-set"; case = "Ref"; on = "Level date"; duplicates = "once"; only-if = "Level";
    fields = ( { field = "level"; column = "Level"; codes = "levels"; }, { field = "lead-agency"; value = "police"; } ); },
  { event = "meeting-held"; case = "Ref"; on = { column = "Meeting"; date = "D MON YYYY"; };
    fields = ( { field = "meeting-level"; column = "Level"; codes = "levels"; } ); only-if = "Meeting"; } );
"""
HEAD = "Ref,Sentenced,Place,Level,Level date,Meeting,Remarks\r\n"
ROW = "M-0001,11/11/2022,C,L2,12/11/2022,3 Mar 2023,\"two\r\nlines, and a \"\"quote\"\"\"\r\n"


class Listener(threading.Thread):
    """Between a client and the daemon: hands on what each says, and keeps what the client said. Of a client that records, no more
    than so many pieces reach the daemon whole."""

    def __init__(self, path, daemon, pieces=None):
        super().__init__(daemon=True)
        self.path, self.to, self.heard, self.pieces = path, daemon.socket, [], pieces
        self.listening = socket.socket(socket.AF_UNIX)
        self.listening.bind(str(path))
        self.listening.listen()
        self.start()

    def hand_on(self, source, target, keep):
        with contextlib.suppress(OSError):      # what is killed may reset its connection
            while data := source.recv(65536):
                keep.append(data)
                if keep is not self.heard or self.pieces is None or self.recorded() <= self.pieces:
                    target.sendall(data)
        with contextlib.suppress(OSError):
            target.shutdown(socket.SHUT_WR)

    def recorded(self):
        """How many pieces the client has begun to send that are to be recorded."""
        return len(re.findall(rb"POST /v1/events\?conflicts=refuse&changed=counts(?:&more=1)? ", b"".join(self.heard)))

    def run(self):
        while True:
            client, _ = self.listening.accept()
            daemon = socket.socket(socket.AF_UNIX)
            if daemon.connect_ex(str(self.to)) != 0:        # it was killed
                client.close()
                continue
            threading.Thread(target=self.hand_on, args=(client, daemon, self.heard), daemon=True).start()
            threading.Thread(target=self.hand_on, args=(daemon, client, []), daemon=True).start()


class Import(BoxTest):
    def setUp(self):
        super().setUp()
        self.start(now="2023-03-20T09:00:00Z")
        (self.daemon.dir / "map.cfg").write_text(MAPPING)

    def load(self, text, *options, mapping="map.cfg"):
        path = self.daemon.dir / "sheet.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return self.daemon.ctl("import", path, "--mapping", self.daemon.dir / mapping, *options)

    def lines(self, case="M-0001"):
        return [(line["event"], line["on"], line["fields"]) for line in self.daemon.get(f"/v1/cases/{case}")["record"]]

    def last(self):
        return self.daemon.status()["last_seq"]

    def test_a_cell_may_hold_a_list(self):
        """Divided by a character, each element through the codes; blanks and what is left between two dividers are none."""
        (self.daemon.dir / "rules/20-more.cfg").write_text(
            'attributes = ( { name = "agencies"; type = "set"; values = ["police", "probation", "prison"]; } );\n'
            'events = ( { name = "shared"; fields = ( { name = "agencies"; required = true; } ); } );\n')
        self.daemon.end()
        self.daemon.start()
        self.assertEqual(self.daemon.accept().status, 200)
        (self.daemon.dir / "lists.cfg").write_text(
            'dates = "DD/MM/YYYY"; codes = ( { name = "who"; values = ( { code = ["P", "Police"]; is = "police"; }, { code = "N"; is = "probation"; } ); } );\n'
            'events = ( { event = "sentenced"; case = "Ref"; on = "On"; fields = ( { field = "disposal"; value = "community"; } ); },\n'
            '  { event = "shared"; case = "Ref"; on = "On"; fields = ( { field = "agencies"; column = "Who"; split = "/"; codes = "who"; } ); } );\n')
        head = "Ref,On,Who\r\n"
        done = self.load(head + "M-0001,01/02/2023, P / N /\r\nM-0002,01/02/2023,N\r\nM-0003,01/02/2023,//Police\r\n", mapping="lists.cfg")
        self.assertEqual(done.returncode, 0, done.stderr)
        for case, who in (("M-0001", ["police", "probation"]), ("M-0002", ["probation"]), ("M-0003", ["police"])):
            self.assertEqual(self.lines(case)[1], ("shared", "2023-02-01", {"agencies": who}))
        self.refused(head + "M-0004,01/02/2023,P/X/N\r\n", 'row 2, column C "Who": "X" is no code of the list "who"', mapping="lists.cfg")

    def test_the_status_says_how_far_it_is(self):
        event = {"event": "sentenced", "on": "2023-02-01", "disposal": "community"}
        self.assertIsNone(self.daemon.status()["import"])
        self.assertNotIn("\nImport", self.daemon.ctl("status").stdout)
        for number in (1, 2):
            self.assertEqual(self.daemon.ask("POST", "/v1/events?more=1", {"case": f"M-000{number}", **event}).status, 201)
        self.assertEqual(self.daemon.status()["import"], {"since": "2023-03-20T09:00:00.000Z", "events": 2, "repeated": 0})
        self.assertRegex(self.daemon.ctl("status").stdout, r"(?m)^Import +under way, 2 events recorded$")
        self.assertEqual(self.daemon.ask("POST", "/v1/events", {"case": "M-0003", **event}).status, 201)
        self.assertIsNone(self.daemon.status()["import"])

    def refused(self, text, *wanted, **options):
        """The file is refused with these sentences, and nothing of it is recorded."""
        before = self.last()
        for extra in ((), ("--dry-run",)):
            done = self.load(text, *extra, **options)
            self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
            for sentence in wanted:
                self.assertIn(sentence, done.stderr)
            self.assertIn("nothing would be recorded" if extra else "nothing was recorded", done.stderr)
            self.assertEqual(done.stdout, "")
        self.assertEqual(self.last(), before)
        return done.stderr

    def test_one_row_becomes_several_events(self):
        done = self.load("\ufeff" + HEAD + ROW)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn("3 events recorded, 0 were known already", done.stdout)
        self.assertEqual(self.lines(), [("sentenced", "2022-11-11", {"disposal": "community"}), ("level-set", "2022-11-12", {"level": "2", "lead-agency": "police"}),
                                        ("meeting-held", "2023-03-03", {"meeting-level": "2"})])

    def test_again_and_with_rows_above_it_nothing_is_recorded_twice(self):
        self.load(HEAD + ROW)
        for text in (HEAD + ROW, HEAD + "M-0002,11/11/2022,P,,,,\n\n" + ROW, "Remarks,Ref,Sentenced,Place,Level,Level date,Meeting\n,M-0001,11/11/2022,C,Level 2,12/11/2022,3 mar 2023\n"):
            self.assertEqual(self.load(text).returncode, 0)
            self.assertEqual(len(self.lines()), 3)
        self.assertEqual(len(self.lines("M-0002")), 1)

    def test_a_number_of_a_row_that_has_something_else_is_refused(self):
        """Two sheets numbered from 1, and a row that was altered after it was recorded."""
        (self.daemon.dir / "numbered.cfg").write_text(
            'dates = "YYYY-MM-DD"; events = ( { event = "sentenced"; case = "Ref"; on = "On"; id = "No"; fields = ( { field = "disposal"; value = "community"; } ); } );\n')
        head = "No,Ref,On\n"
        self.assertIn("2 events recorded", self.load(head + "1,M-0001,2023-02-01\n2,M-0002,2023-02-02\n", mapping="numbered.cfg").stdout)
        self.refused(head + "1,M-0001,2023-02-01\n2,M-0003,2023-02-02\n3,M-0004,2023-02-02\n",
                     'row 3, column A "No": the id "2" is that of event 2, which has another "case"', mapping="numbered.cfg")
        self.refused(head + "1,M-0001,2023-02-03\n", 'row 2, column A "No": the id "1" is that of event 1, which has another "on"', mapping="numbered.cfg")
        self.assertIn("0 events recorded, 2 were known already", self.load(head + "2,M-0002,2023-02-02\n1,M-0001,2023-02-01\n", mapping="numbered.cfg").stdout)

    def test_the_same_event_as_json_and_as_a_row_is_one(self):
        self.load(HEAD + ROW)
        event = {"on": "2023-03-03", "event": "meeting-held", "case": "M-0001", "meeting-level": "2"}
        path = self.daemon.dir / "events.ndjson"
        path.write_text(json.dumps(event, indent=None) + "\n")
        self.assertIn("0 events recorded, 1 was known already", self.daemon.ctl("import", path).stdout)
        path.write_text((json.dumps(event) + "\n") * 2)
        self.assertIn("1 event recorded, 1 was known already", self.daemon.ctl("import", path).stdout)
        self.assertIn("0 events recorded, 2 were known already", self.daemon.ctl("import", path).stdout)

    def test_dry_run_says_what_would_change_and_changes_nothing(self):
        done = self.load(HEAD + ROW, "--dry-run")
        self.assertIn("3 events would be recorded, 0 are known already", done.stdout)
        self.assertIn("Obligations that change: ", done.stdout)
        self.assertIn('column "Remarks" is not used', done.stderr)
        self.assertEqual(self.last(), None)
        told = json.loads(self.load(HEAD + ROW, "--dry-run", "--json").stdout)
        self.assertEqual((told["recorded"], told["repeated"], told["dry_run"]), (3, 0, True))
        self.assertGreater(sum(told["changed"].values()), 0)

    def test_every_mistake_is_named_by_row_and_column(self):
        self.refused(HEAD + ROW + "M-0002,11/25/2022,C,L2,12/11/2022,,\nM-0003,11/11/2022,X,,,,\nM-0004,,C,L4,,3/3/2023,\n",
                     'row 3, column B "Sentenced": "11/25/2022" is no date as DD/MM/YYYY; with day and month exchanged it would be 2022-11-25',
                     'row 4, column C "Place": "X" is no code of the list "places"',
                     'row 5, column B "Sentenced": the cell is empty', 'row 5, column D "Level": "L4" is no code of the list "levels"; did you mean "L',
                     'row 5, column E "Level date": the cell is empty', 'row 5, column F "Meeting": "3/3/2023" is no date as D MON YYYY; it is one as D/M/YYYY')

    def test_a_mistake_hides_no_other_of_its_row(self):
        self.refused(HEAD + "m 2,31/11/2022,X,L4,12/25/2022,3/3/2023,\n", 'row 2, column A "Ref": "m 2" is no case reference: 2 to 32 capital letters',
                     'row 2, column B "Sentenced": "31/11/2022" is no date', 'row 2, column C "Place": "X" is no code', 'row 2, column D "Level": "L4" is no code',
                     'row 2, column E "Level date": "12/25/2022" is no date', 'row 2, column F "Meeting": "3/3/2023" is no date')

    def test_what_is_wrong_with_a_cell_is_said_with_what_would_be_right(self):
        """Days of spreadsheets count from 30 December 1899: 44927 is 1 January 2023, 44876 is 11 November 2022 by the calendar of any of them."""
        self.refused(HEAD + "M-0001,44876,C,L2,44927,,\nM-0002,11/11/22,C,,,,\nM-0003,#REF!,C,,,3 Mar 23,\nM-0004,1234567,X,,,,\n"
                     "M-0005,11/11/2022 09:30,C,,,tbc,\n",
                     '"44876" is no date as DD/MM/YYYY; as a spreadsheet\'s number it is 2022-11-11: give the column a format of dates',
                     '"44927" is no date as DD/MM/YYYY; as a spreadsheet\'s number it is 2023-01-01',
                     '"11/11/22" is no date as DD/MM/YYYY; it is one as D/M/YY: a column may have several formats',
                     '"3 Mar 23" is no date as D MON YYYY; it is one as D MON YY', '"11/11/2022 09:30" is no date as DD/MM/YYYY; it is one as D/M/YYYY hh:mm',
                     '"tbc" is no date as D MON YYYY; a cell that has no date is left empty',
                     '"#REF!" is no date as DD/MM/YYYY; it looks like a formula that failed', '"1234567" is no date as DD/MM/YYYY\n',
                     '"X" is no code of the list "places"; possible are ')

    def test_what_is_let_in_with_a_warning_is_said_by_its_row(self):
        """Once: by the dry run, or by the run that records, which tries first."""
        (self.daemon.dir / "rules/30-flag.cfg").write_text('constraints = ( { id = "no-threes"; severity = "flag"; says = "a 3 is rare"; never = { level = "3"; }; } );\n')
        self.assertEqual(self.daemon.accept().status, 200)
        sheet = HEAD + ROW + "".join(f"M-1{n:03},11/11/2022,C,L3,12/11/2022,,\n" for n in range(25))
        told = [f"row {row}: warning: a 3 is rare" for row in range(3, 23)]
        for extra, would in ((("--dry-run",), "would be "), ((), "")):
            done = self.load(sheet, *extra)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual([line.split("sheet.csv: ")[1] for line in done.stderr.splitlines() if "warning" in line], told)
            self.assertIn(f"53 events {would}recorded, 0 {'are' if extra else 'were'} known already, 25 warnings, the first of which were shown.\n", done.stdout)
        self.assertNotIn("warning:", self.load(sheet).stderr, "what was known already is no news")

    def test_empty_cells_behind_the_last_heading_are_none(self):
        """As a spreadsheet writes them whose sheet was once wider; a heading less, or something in such a cell, is told."""
        done = self.load(HEAD + ROW.rstrip("\r\n") + ",,,\n")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertEqual(len(self.lines()), 3)
        self.refused(HEAD + ROW.rstrip("\r\n") + ",,x\n", "row 2: the row has 9 columns where the headings are 7\n")

    def test_what_the_daemon_refuses_is_named_by_row_and_column_too(self):
        self.refused(HEAD + "M-0001,11/11/2024,C,,,,\nm-0002,11/11/2022,C,,,,\n",
                     'row 2, column B "Sentenced": ', 'row 3, column A "Ref": ')

    def test_what_is_refused_is_not_said_to_be_what_would_be_recorded(self):
        good, bad = {"case": "M-0001", "event": "note", "on": "2023-01-01"}, {"case": "M-0002", "event": "nothing", "on": "2023-01-01"}
        path = self.daemon.dir / "events.ndjson"
        for lines in ((good, bad), (bad,), (good, {"retract": 3, "why": "x"}), (good, "no json")):
            path.write_text("".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines))
            for options in (("--dry-run",), ("--dry-run", "--json"), ("--json",), ()):
                done = self.daemon.ctl("import", path, *options)
                self.assertEqual((done.returncode, done.stdout), (1, ""), (lines, options))
                self.assertIn("nothing would be recorded" if "--dry-run" in options else "nothing was recorded", done.stderr)
        self.assertIsNone(self.last())

    def test_an_id_that_is_no_text_is_what_is_refused(self):
        path = self.daemon.dir / "events.ndjson"
        for id in (5, None, True, "", ["a"]):
            path.write_text(json.dumps({"case": "M-0001", "event": "note", "on": "2023-01-01", "id": id}) + "\n")
            done = self.daemon.ctl("import", path)
            self.assertEqual(done.returncode, 1)
            self.assertRegex(done.stderr.splitlines()[0], r"line 1: .*\(id\)$")
            self.assertNotIn("twice", done.stderr)
        text = '{"case":"M-0001","event":"note","on":"2023-01-01","token":"\\"id\\":5"}'
        path.write_text(text + "\n")
        self.assertIn("token", self.daemon.ctl("import", path).stderr)

    def test_the_name_of_a_field_is_not_taken_for_more_than_that(self):
        (self.daemon.dir / "odd.cfg").write_text('dates = "DD/MM/YYYY"; events = ( { event = "note"; case = "Ref"; on = "On"; '
                                                 'fields = ( { field = "force\\": true, \\"token"; value = "T1"; } ); } );')
        done = self.load("Ref,On\nM-0001,11/11/2022\n", mapping="odd.cfg")
        self.assertEqual(done.returncode, 1)
        self.assertIn('row 2: there is no field "force', done.stderr)

    def test_standard_input_that_is_closed_is_named_as_that(self):
        done = subprocess.run(["sh", "-c", 'exec "$@" <&-', "sh", MAPPACTL, "import", "-"], capture_output=True, text=True, timeout=DEADLINE_S,
                              env={**os.environ, "MAPPAD_SOCKET": str(self.daemon.socket)})
        self.assertEqual((done.returncode, done.stdout, done.stderr), (1, "", "mappactl: standard input: Bad file descriptor\n"))

    def test_a_disk_without_room_for_what_is_read_is_named_as_that(self):
        path = self.daemon.dir / "large.ndjson"
        path.write_text("".join(json.dumps({"case": f"M-{n:05}", "event": "note", "on": "2023-01-01", "token": "T"}) + " " * 200 + "\n" for n in range(12000)))
        done = subprocess.run([MAPPACTL, "import", path], capture_output=True, text=True, restore_signals=False, timeout=DEADLINE_S,
                              env={**os.environ, "MAPPAD_SOCKET": str(self.daemon.socket)},
                              preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096)))
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertRegex(done.stderr, r"^mappactl: a temporary file in .*: File too large;")
        self.assertIsNone(self.last())

    def test_a_column_may_hold_the_id(self):
        (self.daemon.dir / "named.cfg").write_text('dates = "DD/MM/YYYY"; events = ( { event = "note"; case = "Ref"; on = "On"; id = "Id"; } );')
        for text in ("Ref,On,Id\nM-0001,11/11/2022,a-1\nM-0001,11/11/2022,a-2\n", "Id,Ref,On\na-2,M-0001,11/11/2022\n"):
            self.assertEqual(self.load(text, mapping="named.cfg").returncode, 0)
            self.assertEqual([line["id"] for line in self.daemon.get("/v1/cases/M-0001")["record"]], ["a-1", "a-2"])

    def test_headings(self):
        self.refused(HEAD.replace("Level date", "Level dat") + ROW, 'row 1: there is no column "Level date"; did you mean "Level dat"?')
        self.refused(HEAD.replace("Remarks", "Ref") + ROW, 'row 1, column G "Ref": another column has the same heading: rename one of them')
        self.refused("", "the file has no row 1, which should have the headings")

    def test_a_sheet_that_is_read_in_the_wrong_way_is_named_as_that_and_not_column_by_column(self):
        for text, words in (((HEAD + ROW).replace(",", ";"), 'row 1: the headings are one column; if it is ";" that stands between them, say separator = ";" in the mapping'),
                            ((HEAD + ROW).replace(",", "\t"), 'say separator = "tab" in the mapping'),
                            ("The register of the unit\n\n" + HEAD + ROW, 'row 1: none of the 6 columns that the mapping names is here, "Ref" for one; if the headings are in another row, say header-row')):
            said = self.refused(text, words)
            self.assertNotIn("there is no column", said)

    def test_what_is_wrong_with_a_place_is_said_once(self):
        """A reference that three events take; letters behind a quote; a row that three events say again."""
        (self.daemon.dir / "strict.cfg").write_text(MAPPING.replace('duplicates = "once";', ""))
        for text, words in (("m-0001,11/11/2022,C,L2,12/11/2022,,\n", "is no case reference"), ('M-0001,11/11/2022,"C"xyz,,,,\n', "something stands behind the quote"),
                            (ROW + "\n" + ROW, "this row says the same as row 2")):
            self.assertEqual(self.refused(HEAD + text, words, mapping="strict.cfg").count(words), 1, text)

    def test_what_spreadsheets_put_around_cells(self):
        """A space that does not break, and rows that end in CR alone."""
        text = (HEAD.replace("Ref", "\u00a0Ref \u00a0", 1) + ROW).replace("\r\n", "\n").replace("\n", "\r")
        done = self.load(text)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_what_several_hands_wrote(self):
        """Each date by the one format that reads it; capitals, and blanks that a word processor left, tell no codes apart."""
        (self.daemon.dir / "hands.cfg").write_text(MAPPING.replace('dates = "DD/MM/YYYY"', 'dates = ["D/M/YY", "D/M/YYYY hh:mm", "YYYY-MM-DD"]')
                                                   .replace('date = "D MON YYYY"', 'date = ["D MON YYYY", "D-MON-YY"]'))
        rows = ("M-0001,3/9/22,c,LEVEL 2,12/11/2022 00:00,2 September 2022,\nM-0002,2022-11-11,p,level\u00a0  2,4/11/22,02-Sept-22,\n")
        self.assertIn("6 events recorded", self.load("\ufeff" + HEAD + rows, mapping="hands.cfg").stdout)
        said = self.daemon.ctl("export", "events").stdout
        events = {(event["case"], event["event"], event["on"]) for event in map(json.loads, said.splitlines())}
        self.assertEqual(events, {("M-0001", "sentenced", "2022-09-03"), ("M-0001", "level-set", "2022-11-12"), ("M-0001", "meeting-held", "2022-09-02"),
                                  ("M-0002", "sentenced", "2022-11-11"), ("M-0002", "level-set", "2022-11-04"), ("M-0002", "meeting-held", "2022-09-02")})
        (self.daemon.dir / "codes.cfg").write_text(MAPPING.replace('code = "P"; is = "custody"', 'code = "Long  stay"; is = "custody"; }, { code = "LONG stay"; is = "hospital"'))
        self.refused(HEAD + "M-0003,11/11/2022,Long stay,,,,\n", '"Long stay" is no code of the list "places"; it could be "Long  stay" or "LONG stay", which are not the same\n', mapping="codes.cfg")
        (self.daemon.dir / "guess.cfg").write_text(MAPPING.replace('dates = "DD/MM/YYYY"', 'dates = ["DD/MM/YYYY", "MM/DD/YYYY"]'))
        done = self.load(HEAD + rows, mapping="guess.cfg")
        self.assertEqual((done.returncode, done.stderr.count("error:")), (1, 1), done.stderr)
        self.assertIn('guess.cfg:2: error: a date could be one by "DD/MM/YYYY" and another by "MM/DD/YYYY"', done.stderr)

    def test_cells_and_quotes(self):
        self.refused(HEAD + "M-0001,11/11/2022,C\n", "row 2: the row has 3 columns where the headings are 7; if its empty ones were left out, fill the last column of every row")
        self.refused(HEAD + 'M-0001,11/11/2022,"C"x,,,,\n', 'row 2, column C "Place": something stands behind the quote')
        self.refused(HEAD + 'M-0001,11/11/2022,C,,,,a "b"\n', "row 2, column G \"Remarks\": a quote stands within a cell")
        self.refused(HEAD + ROW + '\nM-0002,11/11/2022,C,,,,"open\nM-0003,11/11/2022,C,,,,\n', 'row 4, column G "Remarks": a quote begins here and does not end')

    def test_encodings(self):
        name = "M-0001,11/11/2022,C,,,,caf\xe9 \u2013 x\r\n"
        self.refused((HEAD + name).encode("windows-1252"), 'row 2, column G "Remarks": this is not UTF-8; save the file as CSV in UTF-8')
        said = self.refused((HEAD + name.replace(",C,", ",C\xe9,")).encode("windows-1252"), 'row 2, column C "Place": this is not UTF-8')
        self.assertNotIn("is no code", said)
        self.refused((HEAD + name).encode("utf-16"), "the file is in UTF-16")
        (self.daemon.dir / "old.cfg").write_text('encoding = "windows-1252"; separator = ";";' + MAPPING)
        done = self.load((HEAD + name).replace(",", ";").encode("windows-1252"), mapping="old.cfg")
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_duplicate_rows(self):
        (self.daemon.dir / "strict.cfg").write_text(MAPPING.replace('duplicates = "once";', ""))
        self.refused(HEAD + ROW + "\n" + ROW, "row 4: this row says the same as row 2", mapping="strict.cfg")
        (self.daemon.dir / "loose.cfg").write_text(MAPPING.replace("only-if = \"Meeting\";", "only-if = \"Meeting\"; duplicates = \"each\";"))
        self.assertIn("4 events recorded", self.load(HEAD + ROW + ROW, mapping="loose.cfg").stdout)
        self.assertIn("0 events recorded, 4 were known", self.load(HEAD + ROW + ROW, mapping="loose.cfg").stdout)

    def test_dates_that_could_be_read_the_other_way_are_remarked_upon(self):
        done = self.load(HEAD + "M-0001,11/10/2022,C,,,,\nM-0002,01/02/2022,C,,,,\n", "--dry-run")
        self.assertIn('column "Sentenced": every date can be read with day and month exchanged as well', done.stderr)
        (self.daemon.dir / "hands.cfg").write_text(MAPPING.replace('dates = "DD/MM/YYYY"', 'dates = ["YYYY-MM-DD", "D/M/YYYY", "D MON YYYY"]'))
        doubtful, words = ("11/10/2022", "1/2/2022"), "dates can be read with day and month exchanged as well, and no other says which it is\n"
        for others, said in ((("2022-10-25",), f"2 of 3 {words}"), (("2/2/2022", "31 Oct 2022"), f"2 of 4 {words}"), (("25/10/2022",), ""), (("30/6/2022", "2022-10-11", "2022-10-12"), f"2 of 5 {words}"),
                             (("2022-10-11", "2022-10-12"), "every date can be")):
            rows = "".join(f"M-{number:04},{date},C,,,,\n" for number, date in enumerate(doubtful + others))
            done = self.load(HEAD + rows, "--dry-run", mapping="hands.cfg")
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn(f'column "Sentenced": {said}' if said else "sheet.csv: ", done.stderr)
            self.assertEqual(done.stderr.count("exchanged"), 1 if said else 0, done.stderr)
        # Another event takes the same cells: they are the same dates.
        (self.daemon.dir / "twice.cfg").write_text((self.daemon.dir / "hands.cfg").read_text().replace('on = "Level date"', 'on = "Sentenced"'))
        done = self.load(HEAD + "M-0001,11/10/2022,C,L2,,,\nM-0002,1/2/2022,C,L2,,,\nM-0003,2022-10-25,C,L2,,,\n", "--dry-run", mapping="twice.cfg")
        self.assertIn(f"2 of 3 {words}", done.stderr)

    def test_a_format_that_would_read_a_date_two_ways_is_named_with_both(self):
        (self.daemon.dir / "iso.cfg").write_text(MAPPING.replace('dates = "DD/MM/YYYY"', 'dates = "YYYY-MM-DD"'))
        self.refused(HEAD + "M-0001,03/04/2022,C,,,,\nM-0002,02-03-04,C,,,,\nM-0003,25/4/2022,C,,,,\nM-0004,4/4/2022,C,,,,\n",
                     '"03/04/2022" is no date as YYYY-MM-DD; as D/M/YYYY it is 2022-04-03, but with day and month exchanged 2022-03-04: find out what was meant\n',
                     '"02-03-04" is no date as YYYY-MM-DD; as D-M-YY it is 2004-03-02, but with day and month exchanged 2004-02-03: find out what was meant\n',
                     '"25/4/2022" is no date as YYYY-MM-DD; it is one as D/M/YYYY: a column may have several formats\n',
                     '"4/4/2022" is no date as YYYY-MM-DD; it is one as D/M/YYYY: a column may have several formats\n', mapping="iso.cfg")

    def test_a_mapping_with_mistakes_is_refused_with_their_lines(self):
        (self.daemon.dir / "wrong.cfg").write_text('dates = "DD/MM";\nevents = ( { event = "x"; case = "Ref"; on = "A";\n fields = ( { field = "f"; column = "C"; codes = "none"; },\n {column = "D"; value = "v"; } ); duplicates = "twice"; } );\n')
        done = self.load(HEAD, mapping="wrong.cfg")
        self.assertEqual(done.returncode, 1)
        for line, words in ((1, "is no date format"), (3, "there is no list of codes"), (4, "one of the two"), (4, "is no value of duplicates")):
            self.assertTrue([said for said in done.stderr.splitlines() if f"wrong.cfg:{line}: " in said and words in said], (line, words, done.stderr))

    def test_many_problems_are_counted_and_the_first_hundred_said(self):
        said = self.refused(HEAD + "M-0001,99/99/2022,C,,,,\n" * 2500, "2500 problems in all; the first 100 are shown")
        self.assertEqual(said.count("is no date as"), 100)

    def test_mistakes_are_told_in_the_order_of_the_file(self):
        """Lines go to the daemon by a hash of their case, a sheet's refusals come after what is wrong with its cells."""
        path = self.daemon.dir / "events.ndjson"
        for count in (8, 5000):
            with self.subTest(count):
                path.write_text("".join(json.dumps({"case": f"M-{n:05}", "event": "nothing", "on": "2023-01-01"}) + "\n" for n in range(count)))
                done = self.daemon.ctl("import", path, "--dry-run")
                self.assertEqual([int(line) for line in re.findall(r": line (\d+): ", done.stderr)], list(range(1, 1 + min(count, 100))))
                self.assertEqual("5000 problems in all; the first 100 are shown" in done.stderr, count == 5000)
        said = self.refused(HEAD + "".join(f"M-{n:04},11/11/2024,C,,,,\n" for n in range(9)) + "M-0010,99/99/2022,X,,,,\n")
        self.assertEqual([int(line) for line in re.findall(r": row (\d+),", said)][-2:], [11, 11])

    def test_cases_that_would_all_come_together_are_divided_once_more(self):
        """Lines go to parts by a hash of their case. Here all are of one part, of 18 MB, which is more than is read at once."""
        def shelf(ref):
            value = 14695981039346656037
            for byte in ref.encode():
                value = (value ^ byte) * 1099511628211 % 2**64
            for factor in (0xff51afd7ed558ccd, 0xc4ceb9fe1a85ec53):
                value = (value ^ value >> 33) * factor % 2**64
            return (value >> 32) * (18000000 // size + 1) >> 32
        size = 2 << 20
        refs = [ref for ref in (f"M-{n:05d}" for n in range(5000)) if shelf(ref) == 0][:300]
        self.assertEqual(len(refs), 300)
        lines = [json.dumps({"case": ref, "event": "note", "on": "2023-01-01", "id": f"{ref}-{n}", "token": "T"}) for n in range(20) for ref in refs]
        path = self.daemon.dir / "one-part.ndjson"
        path.write_text("".join(line[:-1] + " " * (2999 - len(line)) + "}\n" for line in lines))
        self.assertEqual(path.stat().st_size // size, 18000000 // size)
        for told in ("6000 events recorded, 0 were known already", "0 events recorded, 6000 were known already"):
            done = self.daemon.ctl("import", str(path))
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assertIn(told, done.stdout)
        self.assertEqual([line["id"] for line in self.daemon.get(f"/v1/cases/{refs[7]}")["record"]], [f"{refs[7]}-{n}" for n in range(20)])

    def test_what_fits_into_one_request_is_recorded_by_one(self):
        """As a whole or not at all, also a sheet, which is tried before; what is larger goes in pieces."""
        for name, cases, wanted in (("fits", 1200, 1), ("larger", 9000, None)):
            with self.subTest(name):
                path = self.daemon.dir / f"{name}.csv"
                path.write_text(HEAD + "".join(f"M-{name[0].upper()}{n:04},11/11/2022,C,L2,12/11/2022,,\n" for n in range(cases)))
                listener = Listener(self.daemon.dir / f"{name}.sock", self.daemon)
                done = self.daemon.ctl("import", path, "--mapping", self.daemon.dir / "map.cfg", environment={"MAPPAD_SOCKET": str(listener.path)})
                self.assertEqual((done.returncode, done.stderr), (0, ""))
                self.assertGreaterEqual(b"".join(listener.heard).count(b"POST /v1/events?conflicts=refuse&changed=none&dry-run=1 "), wanted or 2)
                recorded = listener.recorded()
                self.assertTrue(recorded == wanted or wanted is None and recorded > 1, recorded)

    def write_notes(self, lines, notes, after=()):
        """A file of those lines with so many notes of other cases between."""
        path = self.daemon.dir / "notes.ndjson"
        between = ({"case": f"B-{n:05}", "event": "note", "on": "2023-01-03", "token": f"T-{n}"} for n in range(notes))
        path.write_text("".join(json.dumps(line) + "\n" for line in (*lines, *between, *after)))
        return path

    def test_retractions_of_what_was_recorded_before_go_last(self):
        """Before what else the file says of the case, they would have it refused after the trial let it in, and for good."""
        cases = [f"A-{n}" for n in range(8)]
        for notes in (18000, 40000):        # one part that goes in pieces, and several parts
            with self.subTest(notes):
                self.daemon.recorded(*({"case": ref, "event": "sentenced", "on": "2023-01-02", "disposal": "custody", "id": f"{ref}-{notes}"} for ref in cases))
                path = self.write_notes([{"case": ref, "event": "released", "on": "2023-02-02"} for ref in cases], notes,
                                        [{"retract": f"{ref}-{notes}", "why": "not so"} for ref in cases])
                self.assertEqual(path.stat().st_size > 2 << 20, notes == 40000)
                for told in (" 0 were known already", "0 events recorded"):
                    done = self.daemon.ctl("import", path)
                    self.assertEqual((done.returncode, done.stderr), (0, ""))
                    if notes == 18000:
                        self.assertIn(told, done.stdout)
                cases = [ref.replace("A", "C") for ref in cases]

    def test_a_dry_run_takes_what_recording_takes(self):
        """What is retracted and what takes its place in one request, though it is more than goes in a piece."""
        refs = [f"A-{n}" for n in range(8)]
        self.daemon.recorded(*({"case": ref, "event": "order-made", "item": "o-1", "on": "2023-01-02", "id": ref} for ref in refs))
        path = self.write_notes([line for ref in refs for line in ({"retract": ref, "why": "another day"},
                                                                   {"case": ref, "event": "order-made", "item": "o-1", "on": "2023-01-03"})], 3000)
        before = self.last()
        for options in (["--dry-run"], []):
            done = self.daemon.ctl("import", path, *options)
            self.assertEqual((done.returncode, done.stderr, self.last()), (0, "", before if options else before + 3016))

    def test_what_a_kill_interrupts_is_completed_by_running_it_again(self):
        """Client or daemon, while recording: some pieces are there, each whole; the second run records the others, and nothing twice."""
        for name, victim in (("1", "client"), ("2", "daemon")):
            with self.subTest(victim):
                before = self.last() or 0
                path = self.daemon.dir / f"{name}.csv"
                path.write_text(HEAD + "".join(f"M-{name}{n:05},11/11/2022,C,L2,12/11/2022,,\n" for n in range(9000)))
                listener = Listener(self.daemon.dir / f"{name}.sock", self.daemon, pieces=4)
                client = subprocess.Popen([str(MAPPACTL), "import", "--socket", str(listener.path), "--mapping", str(self.daemon.dir / "map.cfg"), str(path)],
                                          stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
                eventually(lambda: listener.recorded() == 5, "the fifth piece")
                if victim == "client":
                    client.kill()
                else:
                    self.daemon.kill()
                said = client.communicate()[1]
                if victim == "daemon":
                    self.assertEqual(client.returncode, 3, said)
                    self.assertIn("events are recorded, and perhaps more; import the file again, which records none twice", said)
                    self.daemon.start()
                self.assertLess(before, self.last())
                self.assertLess(self.last(), before + 18000)
                done = self.daemon.ctl("import", path, "--mapping", self.daemon.dir / "map.cfg")
                self.assertEqual((done.returncode, done.stderr), (0, ""))
                self.assertEqual(self.last(), before + 18000)
                self.assertEqual(len(self.lines(f"M-{name}04321")), 2)

    def test_what_is_piped_is_as_a_file_of_that_size(self):
        """How much comes is not known before: what fits into one request is recorded by it all the same, what does not in parts."""
        for name, cases, tried in (("1", 30, False), ("2", 9000, True)):
            with self.subTest(name):
                lines = [json.dumps({"case": f"M-{name}{n % cases:05}", "event": "note", "on": "2023-01-01", "token": f"T-{n // cases}"}) + "\n"
                         for n in range(3 * cases)]
                listener = Listener(self.daemon.dir / f"{name}.sock", self.daemon)
                done = self.daemon.ctl("import", "-", stdin="".join(lines), environment={"MAPPAD_SOCKET": str(listener.path)})
                self.assertEqual((done.returncode, done.stderr), (0, ""))
                self.assertIn(f"{3 * cases} events recorded", done.stdout)
                self.assertEqual((b"dry-run=1 " in b"".join(listener.heard), listener.recorded() > 1), (tried, tried))
                self.assertIn("0 events recorded", self.daemon.ctl("import", "-", stdin="".join(reversed(lines))).stdout)

    def test_a_large_file_in_any_order_is_tried_and_recorded_by_cases(self):
        rng = random.Random(7)
        rows = [f"M-{case:05d},11/11/2022,C,L2,12/11/2022,{day} Mar 2023,{'x' * 1800}\n" for case in range(2500) for day in (1, 2, 3)]
        rng.shuffle(rows)
        text = HEAD + "".join(rows)
        self.assertGreater(len(text), 12 << 20)           # more than one part
        self.refused(text + "M-00001,11/11/2022,C,L2,30/02/2023,,\n", 'column E "Level date": "30/02/2023" is no date as DD/MM/YYYY')
        done = self.load(text)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("12500 events recorded", done.stdout)
        self.assertEqual(len(self.lines("M-02499")), 5)
        self.assertIn("0 events recorded, 12500 were known already", self.load(text).stdout)


class RoundTrip(BoxTest):
    """What is exported and imported elsewhere is the same record, but for who recorded it and when."""

    def setUp(self):
        super().setUp()
        self.start(now="2023-03-20T09:00:00Z")
        for line in self.made(random.Random(11)):
            self.daemon.record(line)                # some are refused, as they should be
        self.exported = self.daemon.ctl("export", "events").stdout

    def made(self, rng):
        known = {}
        for number in range(120):
            case = f"M-{rng.randrange(6):04d}"
            on = f"2022-{rng.randrange(1, 13):02d}-{rng.randrange(1, 29):02d}"
            event = rng.choice(({"event": "level-set", "level": rng.choice("123"), "lead-agency": "police"}, {"event": "sentenced", "disposal": "custody"},
                                {"event": "released"}, {"event": "released", "force": True}, {"event": "order-made", "item": f"O-{rng.randrange(5)}"},
                                {"event": "meeting-booked", "next-meeting": "2023-05-01"}, {"event": "note", "token": "T-1"}))
            line = {"case": case, "on": on, **event}
            if rng.random() < 0.6:
                line["id"] = f"id-{number}"
                known.setdefault(case, []).append(line["id"])
            if known.get(case) and rng.random() < 0.25:
                line |= {"replaces": rng.choice(known[case]), "why": "corrected, \u00fcber"}
            yield line
            if known.get(case) and rng.random() < 0.2:
                yield {"retract": rng.choice(known[case]), "why": "wrong case"}
            if number % 10 == 0:                    # of a line without an id, by its number
                yield {"retract": number // 2 + 1, "why": "by number"}

    def content(self, daemon):
        """All lines and what is owed, without numbers, times, people, ids that were made up, and hashes."""
        lines = daemon.get("/v1/events?limit=10000")["events"]
        at = {line["seq"]: number for number, line in enumerate(lines)}
        return ([(line["case"], line["event"], line["on"], line["item"], line["fields"], line["forced"], line["why"], at.get(line["retracts"]),
                  at.get(line["replaces"])) for line in lines],
                daemon.get("/v1/obligations?state=all&limit=10000")["obligations"])

    def test_imported_elsewhere_it_is_the_same_record(self):
        lines, owed = self.content(self.daemon)
        self.assertGreater(len(lines), 60)
        self.assertTrue([line for line in lines if line[7] is not None] and [line for line in lines if line[8] is not None])
        with tempfile.TemporaryDirectory() as folder:
            other = Daemon(folder, now="2023-03-20T09:00:00Z")
            other.start()
            try:
                done = other.ctl("import", "-", stdin=self.exported)
                self.assertEqual((done.returncode, done.stderr), (0, ""))
                self.assertEqual(self.content(other), (lines, owed))
                self.assertIn(f"0 events recorded, {len(lines)} were known already", other.ctl("import", "-", stdin=self.exported).stdout)
                self.assertEqual(other.ctl("export", "events").stdout, self.exported)
            finally:
                other.end()

    def test_imported_where_it_comes_from_it_changes_nothing(self):
        before = self.daemon.status()["last_seq"]
        done = self.daemon.ctl("import", "-", stdin=self.exported)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn(f"0 events recorded, {before} were known already", done.stdout)
        self.assertEqual(self.daemon.status()["last_seq"], before)

    def test_with_times_a_file_says_what_the_daemon_says(self):
        path = self.daemon.dir / "events.ndjson"
        path.write_text(self.daemon.ctl("export", "events", "--times").stdout)
        told = self.daemon.ctl("evaluate", "--rules", self.daemon.dir / "rules", "--as-of", "2023-03-20", "--all", path)
        self.assertEqual(told.returncode, 0, told.stderr)
        rows = sorted(told.stdout.splitlines())
        mine = sorted(self.daemon.ctl("export", "obligations").stdout.splitlines())
        self.assertEqual([json.loads(row) for row in rows], [json.loads(row) for row in mine])

    def test_csv_and_pages(self):
        rows = list(csv.DictReader(io.StringIO(self.daemon.ctl("export", "events", "--csv").stdout)))
        self.assertEqual([row["seq"] for row in rows], [str(number + 1) for number in range(self.daemon.status()["last_seq"])])
        self.assertTrue(all(row["recorded_at"].startswith("2023-03-20T09:00") for row in rows))
        seen, after = [], 0
        while after is not None:
            page = self.daemon.get(f"/v1/events?after={after}&limit=7")
            seen, after = seen + page["events"], page["next"]
        self.assertEqual(seen, self.daemon.get("/v1/events?limit=10000")["events"])
        owed = list(csv.DictReader(io.StringIO(self.daemon.ctl("export", "obligations", "--csv", "--state", "overdue").stdout)))
        self.assertEqual(len(owed), len(self.daemon.get("/v1/obligations?state=overdue")["obligations"]))


if __name__ == "__main__":
    main()
