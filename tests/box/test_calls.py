#!/usr/bin/python3
"""How every command ends: one rule for exit statuses, wrong calls, answers that are cut, and output that nobody takes.

0 done, 1 refused or found wrong, 2 wrong call, 3 no answer. `health` has statuses of its own, as monitoring plugins do.
"""

import contextlib
import csv
import io
import json
import os
import re
import shutil
import socket
import subprocess
import threading
import unittest

from gate import Gate
from harness import DEADLINE_S, MAPPACTL, BoxTest, Daemon, ask, eventually, main

NOBODY = 65534
# What each command is called with when it is called rightly; those without a daemon have none to miss.
WORDS = {"overdue": [], "due": [], "show": ["M-A1"], "cases": [], "history": ["M-A1"], "export events": [], "export obligations": [],
         "record": ["M-A1", "note", "--on", "2023-02-01"], "retract": ["1", "--why", "x"], "import": ["{events}"], "alerts": [], "ack": ["1", "--why", "x"],
         "routes test": ["M-A1", "review", "due"], "outbox": [], "outbox retry": ["--failed"], "rules": [], "status": [], "reload": [],
         "rules accept": ["0" * 64], "rules show": ["0" * 64], "rules history": [], "rules diff": [], "explain": ["M-A1", "review"], "certificate": [], "calendar": [], "forecast": [], "erasures": [], "erase": ["M-A1", "--why", "x"], "retention due": ["--idle", "6 years after"], "subject-access": ["M-A1"], "export access": [],
         "health": [], "metrics": [], "verify": [], "access-log": [], "backup": ["{dir}/copy.db"], "report": ["annual"], "seals": [], "export seals": []}
OFFLINE = {"rules check": ["{rules}"], "rules test": ["{rules}"], "evaluate": ["--rules", "{rules}", "--as-of", "2023-02-01", "{events}"],
           "stages": ["--rules", "{rules}", "--as-of", "2023-02-01", "{events}"], "restore": ["{dir}/none.db", "{dir}/state"]}
# More ways of the same commands to miss the daemon.
OTHERS = [["alerts", "--follow"], ["alerts", "--follow", "--after", "7"], ["alerts", "--follow", "--csv", "--after", "0"], ["reload", "--accept", "0" * 64],
          ["import", "--dry-run", "--json", "{events}"], ["record", "M-A1", "note"], ["due", "--as-of", "2023-02-01"], ["outbox", "--limit", "5000"],
          ["overdue", "--rules", "{rules}"], ["metrics", "--output", "{dir}/metrics"], ["report", "annual", "--against", "2023-01-01T00:00:00Z"],
          ["report", "annual", "2022-23"], ["report", "annual", "--seal", "2022-23"], ["report", "annual", "--as-sealed"], ["report", "annual", "2022", "--against-sealed=v1"]]


class Fake(threading.Thread):
    """Something on a socket that answers every request with the same bytes, or what a function makes of it, and hangs up."""

    def __init__(self, path, answer):
        super().__init__(daemon=True)
        self.answer, self.socket = answer, socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.bind(str(path))
        self.socket.listen(8)
        self.start()

    def run(self):
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            with connection:
                asked = b""
                while b"\r\n\r\n" not in asked:
                    more = connection.recv(65536)
                    if not more:
                        break
                    asked += more
                wanted = re.search(rb"Content-Length: (\d+)", asked)
                while wanted and len(asked.partition(b"\r\n\r\n")[2]) < int(wanted[1]):
                    asked += connection.recv(65536)
                connection.sendall(self.answer(asked) if callable(self.answer) else self.answer)

    def stop(self):
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()


def ctl(*words, environment=None, **settings):
    return subprocess.run([str(MAPPACTL), *map(str, words)], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=DEADLINE_S,
                          env={**os.environ, "LC_ALL": "C.UTF-8", **(environment or {})}, **settings)


class Calls(BoxTest):
    def setUp(self):
        super().setUp()
        Daemon(self.directory)                  # its files; it is not started
        self.events = self.directory / "events.ndjson"
        self.events.write_text('{"case":"M-A2","event":"sentenced","on":"2023-01-02","disposal":"community"}\n')
        self.commands = {**WORDS, **OFFLINE}

    def filled(self, words):
        return [word.format(dir=self.directory, rules=self.directory / "rules", events=self.events) for word in words]

    def call(self, name, *words, **settings):
        return ctl(*name.split(), *self.filled(words), environment={"MAPPAD_SOCKET": str(self.directory / "none")}, **settings)

    def fake(self, answer):
        path = self.directory / f"fake{len(os.listdir(self.directory))}"
        server = Fake(path, answer)
        self.addCleanup(server.stop)
        return {"MAPPAD_SOCKET": str(path)}

    def options(self, name):
        """{option: what its value is called, or None} as help says."""
        text = ctl("help", *name.split()).stdout
        return {match[1]: match[2] for match in re.finditer(r"^  (--[a-z-]+)(?: ([A-Z|:=.,\[\]a-z]+))?  ", text, re.M)}

    def test_the_table_names_every_command(self):
        listed = re.findall(r"^  ([a-z-]+(?: [a-z]+)?)  ", ctl("help").stdout, re.M)
        self.assertEqual(set(listed) - {"help"}, set(self.commands))

    def test_every_command_calls_a_wrong_call_wrong(self):
        for name, words in self.commands.items():
            wrong = 3 if name == "health" else 2
            with self.subTest(command=name):
                for call in (["--frobnicate", *words], [*words, "--json=yes"], [*words, "--frobnicate=1"]):
                    done = self.call(name, *call)
                    self.assertEqual((done.returncode, bool(done.stderr)), (wrong, True), call)
                    self.assertEqual(done.stdout, "MAPPAD UNKNOWN - mappactl was called wrongly\n" if name == "health" else "")
                usage = ctl("help", *name.split()).stdout.splitlines()[0]
                if not usage.endswith("[OPTION...]") and "..." not in usage.split("]", 1)[1]:
                    self.assertEqual(self.call(name, *["M-A1"] * 9).returncode, wrong, "too many arguments")
                if words and not words[0].startswith("--") and not usage.endswith("]"):
                    self.assertEqual(self.call(name).returncode, wrong, "an argument is missing")

    def test_a_value_that_cannot_be_is_a_wrong_call_of_every_command(self):
        bad = {"DATE": ("2023-02-30", "soon", ""), "INSTANT": ("2023-02-01", "now"), "N": ("0", "-1", "1.5", "x", "0x5", "9" * 19, ""),
               "NUMBER": ("-1", "x", "9" * 19), "CASE": ("m-a1", "-A1", "M", ""), "WEEKS": ("0", "105", "200", "-1", "9" * 19),
               "FROM..TO": ("2026-08-01", "2026-08-31..2026-08-01", "2026-02-01..2026-02-30", "2026-08-01..", "2026-08-01..2026-08-31,2026-09-01..2026-09-02", ""),
               "PERIOD": ("1y", "6 years", "6 years before", "0 years after", ""), "NAME=NUMBER": ("population=-3", "population=0", "population", "=3", "x=", "a,b=3", "x=" + "9" * 13),
               "YEAR": ("2025-27", "2025-2026", "25", "2025-Q5", "2025-26-Q0", "2025-26-Q1x", ""), "DIGEST": ("deadbeef", "0" * 63, "0" * 65, "A" * 64),
               "NUMBER:HASH": ("29:f5", "29", ":" + "0" * 64, "0:" + "0" * 64, "29:" + "0" * 65, "29:" + "F" * 64), "ID": ("x y", "", "x" * 65, "\u00e9"),
               "KEY": ("n 1", "-n", "", "n" * 33, "n_1")}
        seen = set()
        for name, words in self.commands.items():
            for option, kind in self.options(name).items():
                for value in bad.get(kind, ()):
                    with self.subTest(command=name, option=option, value=value):
                        done = self.call(name, *words, f"{option}={value}")
                        self.assertEqual((done.returncode, done.stdout), (2, ""))
                        self.assertIn(f'{option} takes ', done.stderr)
                        seen.add((name, option))
        self.assertLessEqual({("overdue", "--as-of"), ("record", "--on"), ("ack", "--until"), ("routes test", "--as-of"), ("access-log", "--limit"),
                              ("report", "--against"), ("alerts", "--after"), ("alerts", "--case"), ("due", "--case"), ("backup", "--keep"), ("rules diff", "--limit"),
                              ("forecast", "--weeks"), ("forecast", "--closed"), ("retention due", "--idle"), ("report", "--input"), ("report", "--year"), ("report", "--seal"),
                              ("reload", "--accept"), ("verify", "--head"), ("verify", "--seal-head"), ("record", "--id"), ("record", "--replaces"), ("record", "--item"),
                              ("explain", "--item"), ("routes test", "--item")}, seen)

    def test_a_value_that_can_be_is_left_to_the_daemon(self):
        for call in (["forecast", "--weeks", "104", "--closed", "2026-08-01..2026-08-01", "--closed", "2026-09-01..2026-09-02"], ["forecast", "--weeks=1"],
                     ["report", "annual", "--input", "population=942000", "--input=x=999999999999"], ["report", "annual", "1999-00"], ["report", "annual", "--year", "2025-q4"],
                     ["report", "annual", "2025-26-Q4"], ["retention", "due", "--idle", "18 months after"], ["rules", "show", "deadbeef"],
                     ["verify", "--head", "29:" + "0" * 64, "--access-head", "9" * 18 + ":" + "f" * 64], ["record", "M-A1", "note", "--id", "a/b#" + "x" * 60, "--item", "N-1"],
                     ["record", "M-A1", "note", "--replaces", "12", "--why", "x"], ["record", "M-A1", "note", "--replaces", "a:b", "--why", "x"], ["alerts", "--rule", "no rule"]):
            with self.subTest(call=call):
                self.assertEqual(self.call(*call).returncode, 3)


    def test_what_is_no_case_is_a_wrong_call_of_every_command(self):
        for call in (["show"], ["history"], ["explain", "review"], ["record", "note"], ["routes", "test", "review", "due"]):
            at = 2 if call[0] == "routes" else 1
            done = self.call(*call[:at], "m-a1", *call[at:])
            self.assertEqual((done.returncode, done.stdout), (2, ""), call)
            self.assertIn('"m-a1" is no case reference: it takes 2 to 32 capital letters', done.stderr)

    def test_an_argument_that_cannot_be_is_a_wrong_call(self):
        for call, words in ((["report", "annual", "2025-27"], '"2025-27" is no year: it takes a year such as 2022-23'), (["rules", "accept", "deadbeef"], '"deadbeef" is no digest'),
                            (["rules", "show", "deadbee"], '"deadbee" is no digest: it takes 8 to 64 digits'), (["forecast", "--if", "M-A1 note --item -x"], "--item takes 1 to 32"),
                            (["verify", "--head", "29:f5", "{dir}/none.db"], "--head takes the number of a line, a colon")):
            done = self.call(*call)
            self.assertEqual((done.returncode, done.stdout), (2, ""), call)
            self.assertIn(words, done.stderr)

    def test_what_is_wrong_with_a_call_is_known_without_a_daemon(self):
        both = ["--json", "--csv"]
        for name, words in self.commands.items():
            if set(both) <= set(self.options(name)):
                with self.subTest(command=name):
                    self.assertEqual(self.call(name, *words, *both).returncode, 2)
        for call in (["due", "--within", "soon"], ["due", "--within", ""], ["record", "M-A1", "note", "x"], ["record", "M-A1", "note", "=x"],
                     ["record", "M-A1", "note", "x="], ["record", "M-A1", "note", "--replaces", "3"], ["retract", "1"], ["retract", "0", "--why", "x"],
                     ["retract", "01", "--why", "x"], ["ack", "1"], ["ack", "x", "--why", "x"], ["outbox", "retry"], ["outbox", "retry", "1", "--failed"],
                     ["report", "annual", "--input", "=3"], ["report", "annual", "--input", "x"], ["report", "annual", "--input", "x="],
                     ["report", "annual", "--cases", "--suppress-below", "5"], ["report", "annual", "--seal", "2022-23", "--force"],
                     ["report", "annual", "--whole"], ["report"], ["overdue", "--where", "x"], ["overdue", "--where", "=x"],
                     ["cases", "--where", "cursor=A-27"], ["cases", "--where", "limit=1"], ["overdue", "--where", "state=open"],
                     ["retention", "due", "--where", "idle=1 year after"], ["calendar", "--where", "booked=yes"],
                     ["rules", "diff", "--facts", "x"], ["rules", "diff", "--limit", "3", "--all"], ["rules", "check", "--years", "2023..2020", "{rules}"],
                     ["rules", "test", "--threshold", "101", "--coverage", "{rules}"], ["evaluate", "--rules", "{rules}", "{events}"],
                     ["import", "sheet.csv"], ["export", "events", "--csv", "--times"], ["alerts", "--follow", "--unacked"], ["nosuch"], ["rules", "nosuch"], []):
            with self.subTest(call=call):
                done = self.call(*call) if call else ctl()
                self.assertEqual((done.returncode, done.stdout), (2, ""))
        long = "/" + "x" * 107
        for done in (ctl("status", "--socket", ""), ctl("status", "--socket", long), ctl("status", environment={"MAPPAD_SOCKET": long})):
            self.assertEqual(done.returncode, 2)
            self.assertIn("is the path of a socket, of 1 to 107 bytes", done.stderr)

    def test_every_command_without_its_daemon_ends_with_3(self):
        for call in [[*name.split(), *words] for name, words in WORDS.items()] + OTHERS:
            with self.subTest(call=call):
                done = self.call(*call)
                if call[0] == "health":
                    self.assertEqual((done.returncode, done.stdout), (2, "MAPPAD CRITICAL - the daemon does not answer\n"))
                else:
                    self.assertEqual((done.returncode, done.stdout), (3, ""), done.stderr)
                self.assertIn("cannot be reached", done.stderr)
        self.assertEqual([name for name in os.listdir(self.directory) if "copy" in name or "metrics" in name], [])

    def test_a_bad_purpose_is_a_wrong_call(self):
        for purpose in ("two\nlines", "x" * 201, "a\x1bb", b"\xff\xfe"):
            for call in (["overdue"], ["status"], ["record", "M-A1", "note"], ["alerts", "--follow"], ["metrics"], ["access-log"], ["rules", "diff"], ["backup", "x"]):
                done = ctl(*call, environment={"MAPPAD_SOCKET": str(self.directory / "none"), "MAPPAD_PURPOSE": os.fsdecode(purpose)})
                self.assertEqual((done.returncode, done.stdout), (2, ""), (call, done.stderr))
                self.assertIn("MAPPAD_PURPOSE is one line of at most 200 bytes of text", done.stderr)
        self.assertEqual(self.call("overdue", "--purpose", "x" * 201).returncode, 2)
        self.assertEqual(self.call("overdue", "--purpose", "\u00fc" * 100).returncode, 3)
        done = self.call("health", "--purpose", "x" * 201)
        self.assertEqual((done.returncode, done.stdout), (3, "MAPPAD UNKNOWN - the purpose cannot be sent\n"))

    # ---- answers ----

    def test_an_answer_that_is_cut_is_none(self):
        status = json.dumps({"now": "2023-02-01T09:00:00.000Z", "last_sweep": "2023-02-01T07:30:00.000Z"}).encode()
        for body in (b"# HELP x\nmappad_up 1\n", status):
            cut = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n%s" % (len(body) + 40, body)
            chunked = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n" % (len(body), body)
            for answer in (cut, chunked):
                environment = self.fake(answer)
                target = self.directory / "metrics"
                target.write_text("as it was")
                for call in (["metrics"], ["metrics", "--output", target], ["status", "--json"], ["export", "events"], ["backup", self.directory / "copy.db"],
                             ["access-log", "--csv"], ["report", "annual", "--json"], ["report", "annual", "--as-sealed"], ["export", "seals"], ["seals", "--csv"]):
                    done = ctl(*call, environment=environment)
                    self.assertEqual((done.returncode, done.stdout, bool(done.stderr)), (3, "", True), call)
                self.assertEqual(target.read_text(), "as it was")
                done = ctl("health", environment=environment)
                self.assertEqual((done.returncode, done.stdout), (2, "MAPPAD CRITICAL - the daemon does not answer\n"))
                self.assertEqual([name for name in os.listdir(self.directory) if name.startswith(("copy", "metrics."))], [])

    def test_a_lost_answer_leaves_open_what_was_recorded_and_that_is_said(self):
        now = json.dumps({"now": "2023-02-01T09:00:00.000Z", "today": "2023-02-01", "body_limit": 4096}).encode()

        def lose(request):
            return b"" if request.startswith(b"POST") else b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(now), now)
        environment = self.fake(lose)
        for call, words in ((["record", "M-A1", "note"], "it may be recorded all the same"), (["retract", "1", "--why", "x"], "it may be recorded all the same"),
                            (["import", self.events], "0 events are recorded, and perhaps more"), (["record", "M-A1", "note", "--dry-run"], "no whole answer")):
            done = ctl(*call, environment=environment)
            self.assertEqual((done.returncode, done.stdout), (3, ""))
            self.assertIn(words, done.stderr)
            self.assertEqual("may be recorded" in done.stderr, "may be" in words)
            self.assertNotIn("cannot be reached", done.stderr)

    def test_a_question_that_was_lost_is_asked_again(self):
        """The daemon was killed with it: whoever comes after is asked."""
        now = json.dumps({"now": "2023-02-01T09:00:00.000Z", "today": "2023-02-01", "body_limit": 4096}).encode()
        asked = []

        def lose(request):
            asked.append(request.split(b" ")[0])
            return b"" if len(asked) == 1 else b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (len(now), now)
        done = ctl("status", "--json", environment=self.fake(lose))
        self.assertEqual((done.returncode, json.loads(done.stdout)["today"], asked), (0, "2023-02-01", [b"GET", b"GET"]))

    @unittest.skipIf(b"__asan_init" in MAPPACTL.read_bytes(), "a sanitizer wants to be loaded before anything else")
    def test_a_connection_that_ends_before_anything_was_sent_is_made_again(self):
        """The daemon was killed as soon as it had taken the connection: nobody has seen the question, whatever it was."""
        gate = Gate(self.directory)
        now = json.dumps({"now": "2023-02-01T09:00:00.000Z", "today": "2023-02-01", "recorded": 1, "events": []}).encode()
        for number, (method, call) in enumerate(((b"GET", ["status", "--json"]), (b"POST", ["retract", "1", "--why", "x"]), (b"GET", ["export", "seals"]),
                                                 (b"GET", ["alerts", "--follow", "--after", "1"]))):
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listening, self.subTest(call=call):
                path = self.directory / f"s{number}"
                listening.bind(str(path))
                listening.listen()
                listening.setblocking(False)
                gate.close()
                process = subprocess.Popen([MAPPACTL, *call], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                           env={**os.environ, **gate.environment, "MAPPAD_SOCKET": str(path)})
                self.addCleanup(process.wait)
                self.addCleanup(process.kill)
                for _ in gate.calls(lambda process=process: process.poll() is not None):
                    try:
                        listening.accept()[0].close()           # it has connected, and stands
                    except BlockingIOError:
                        continue
                    break
                def taken(listening=listening, process=process):
                    with contextlib.suppress(BlockingIOError):
                        return [listening.accept()[0]]
                    return ["it has given up"] if process.poll() is not None else []
                again = eventually(taken, "the next connection")[0]
                self.assertIsInstance(again, socket.socket)
                with again:
                    again.settimeout(DEADLINE_S)
                    self.assertEqual(again.recv(65536).split(b" ")[0], method)
                    again.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (len(now), now))

    def test_a_comparison_that_breaks_off_is_no_answer(self):
        head = json.dumps({"as_of": "2023-02-01", "amendments": [], "readdressed": [], "problems": []}).encode() + b"\n"
        environment = self.fake(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(head), head))
        for call in (["rules", "diff"], ["rules", "diff", "--json"], ["reload"]):
            done = ctl(*call, environment=environment)
            self.assertEqual(done.returncode, 3)
            self.assertIn("the daemon's answer broke off", done.stderr)

    def test_what_of_a_stream_is_not_understood_is_said(self):
        def stream(request):
            if b"/v1/alerts/stream" in request:
                return b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: nonsense\n\n" + b"data: " + b"x" * 70000
            return b'HTTP/1.1 200 OK\r\nContent-Length: 32\r\n\r\n{"cases": 1, "last_alert_id": 7}'
        process = subprocess.Popen([MAPPACTL, "alerts", "--follow"], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                                   env={**os.environ, **self.fake(stream)})
        self.addCleanup(process.stderr.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        said = [process.stderr.readline() for _ in range(3)]
        self.assertEqual([line.count("mappactl alerts --after 7 shows what was raised since") for line in said], [1, 1, 0], said)
        self.assertIn("trying again in 1 s", said[2])

    def test_what_speaks_otherwise_is_not_taken_for_the_daemon(self):
        environment = self.fake(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
        done = ctl("health", environment=environment)
        self.assertEqual(done.returncode, 3, done.stdout)
        self.assertIn("MAPPAD UNKNOWN - what answers does not speak as the daemon does", done.stdout)
        self.assertEqual(ctl("record", "M-A1", "note", environment=environment).returncode, 3)
        refusal = b'{"error":{"code":"busy","message":"too many are following"}}'
        refusing = self.fake(b"HTTP/1.1 503 Busy\r\nContent-Length: %d\r\n\r\n%s" % (len(refusal), refusal))
        for call in (["metrics"], ["alerts", "--follow", "--after", "0"], ["status"], ["backup", self.directory / "copy.db"]):
            done = ctl(*call, environment=refusing)
            self.assertEqual((done.returncode, done.stdout), (1, ""), call)
            self.assertIn("too many are following", done.stderr)

    @unittest.skipUnless(os.geteuid() == 0, "only root can become somebody else")
    def test_health_does_not_know_what_it_may_not_ask(self):
        daemon = self.start()
        for folder in (self.directory, daemon.dir):
            os.chmod(folder, 0o755)
        os.chmod(daemon.socket, 0o600)
        program = self.directory / "mappactl"
        shutil.copy(MAPPACTL, program)
        done = subprocess.run([program, "health", "--socket", daemon.socket], capture_output=True, text=True, user=NOBODY, group=NOBODY, extra_groups=[])
        self.assertEqual((done.returncode, done.stdout), (3, "MAPPAD UNKNOWN - this user may not use the daemon's socket\n"))
        self.assertIn("Permission denied; who is in one of its groups may ask", done.stderr)

    def test_what_the_daemon_says_drives_no_terminal(self):
        """Every text of every answer begins with an escape sequence; none comes out as one."""
        daemon = self.start()
        daemon.recorded({"case": "M-A1", "event": "sentenced", "disposal": "community", "on": "2023-01-02"},
                        {"case": "M-A1", "event": "level-set", "level": "2", "lead-agency": "police", "on": "2023-01-02"})

        def spoil(asked):
            head, _, body = asked.partition(b"\r\n\r\n")
            method, path = head.split(b" ")[:2]
            answer = daemon.ask(method.decode(), path.decode(), body or None)
            spoilt = re.sub(rb'":\s*"', b'":"\\\\u001b[31m', answer.body)
            return b"HTTP/1.1 %d x\r\nContent-Length: %d\r\n\r\n%s" % (answer.status, len(spoilt), spoilt)
        environment = self.fake(spoil)
        shown = 0
        for name, words in WORDS.items():
            for extra in ([], ["--csv"], ["--json"]):
                if extra and extra[0] not in self.options(name):
                    continue
                done = ctl(*name.split(), *self.filled(words), *extra, environment=environment)
                shown += "[31m" in done.stdout + done.stderr
                self.assertNotIn("\x1b", done.stdout + done.stderr, (name, extra))
                self.assertIn(done.returncode, (0, 1, 2, 3))
        self.assertGreater(shown, 40)

    # ---- limits ----

    def test_a_limit_is_that_of_the_caller_and_not_of_a_page(self):
        daemon = self.start()
        daemon.recorded(*({"case": f"M-{number:04}", "event": "sentenced", "disposal": "community", "on": "2023-01-02"} for number in range(1210)))
        connection = daemon.connect()
        self.addCleanup(connection.close)
        for _ in range(1210):
            self.assertEqual(ask(connection, "GET", "/v1/cases/M-0001").status, 200)
        for command, key in ((["alerts"], "id"), (["access-log"], "seq")):
            whole = [int(row[key]) for row in self.rows(*command, "--csv", "--limit", "1000000")]
            self.assertGreater(len(whole), 1200)
            for limit in (1, 499, 500, 501, 1000, 1001, 1203):
                self.assertEqual(len(self.rows(*command, "--csv", "--limit", limit)), limit, command)
            self.assertEqual(len(set(whole)), len(whole))
            self.assertIn(whole, (sorted(whole), sorted(whole, reverse=True)))
        after = [int(row["id"]) for row in self.rows("alerts", "--csv", "--limit", "1100", "--after", "7")]
        self.assertEqual(after, list(range(8, 1108)))
        self.assertIn("There are more", daemon.ctl("alerts", "--limit", "1100").stdout)
        self.assertIn("--limit looks back", daemon.ctl("alerts", "--follow", "--limit", "3").stderr)

    def rows(self, *words):
        done = self.daemon.ctl(*words)
        self.assertEqual(done.returncode, 0, done.stderr)
        return list(csv.DictReader(io.StringIO(done.stdout)))

    def test_the_outbox_too_goes_on_from_page_to_page(self):
        asked = []

        def outbox(request):
            query = dict(re.findall(r"[?&]([a-z]+)=([^& ]*)", request.split(b"\r\n")[0].decode()))
            asked.append(query)
            first, limit = int(query.get("before", 2501)) - 1, int(query["limit"])
            messages = [{"id": number, "state": "failed"} for number in range(first, max(0, first - limit), -1)]
            body = json.dumps({"messages": messages, "more": first > limit}).encode()
            return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)
        environment = self.fake(outbox)
        told = json.loads(ctl("outbox", "--state", "failed", "--limit", "2200", "--json", environment=environment).stdout)
        self.assertEqual(([row["id"] for row in told["messages"]], told["more"]), (list(range(2500, 300, -1)), True))
        self.assertEqual([query["limit"] for query in asked], ["1000", "1000", "200"])
        told = ctl("outbox", "--before", "1205", "--limit", "9999", "--csv", environment=environment).stdout
        self.assertEqual([int(row["id"]) for row in csv.DictReader(io.StringIO(told))], list(range(1, 1205)))
        self.assertEqual(len(ctl("outbox", environment=environment).stdout.splitlines()), 102)

    # ---- output ----

    def test_output_that_nobody_takes_is_an_error_of_every_command(self):
        daemon = self.start()
        daemon.recorded({"case": "M-A1", "event": "sentenced", "disposal": "community", "on": "2023-01-02"})
        before = daemon.status()["last_seq"]
        for name in ("overdue", "overdue --json", "due --csv", "show M-A1", "cases", "history M-A1", "export events", "export obligations", "alerts --json", "alerts",
                     "outbox", "rules", "status", "rules history", "certificate", "calendar", "metrics", "verify", "access-log", "access-log --json", "rules diff", "help",
                     "help due", "--version", "explain M-A1 review", "rules check {rules}", "record M-A1 note --dry-run", "import {events} --dry-run", "health",
                     "evaluate --rules {rules} --as-of 2023-02-01 {events}"):
            words = self.filled(name.split())
            environment = {**os.environ, "MAPPAD_SOCKET": str(daemon.socket)}
            with self.subTest(command=name):
                with open("/dev/full", "w") as full:
                    done = subprocess.run([MAPPACTL, *words], stdout=full, stderr=subprocess.PIPE, text=True, env=environment, timeout=DEADLINE_S)
                self.assertEqual(done.returncode, 3 if name == "health" else 1, done.stderr)
                self.assertIn("not everything could be written to standard output", done.stderr)
                reading, writing = os.pipe()
                os.close(reading)
                with os.fdopen(writing, "w") as gone:
                    done = subprocess.run([MAPPACTL, *words], stdout=gone, stderr=subprocess.PIPE, text=True, env=environment, timeout=DEADLINE_S)
                self.assertEqual(done.returncode, 3 if name == "health" else 1, done.stderr)
                closed = subprocess.run(["sh", "-c", 'exec "$@" >&-', "sh", MAPPACTL, *words], stderr=subprocess.PIPE, text=True, env=environment,
                                        timeout=DEADLINE_S)
                self.assertEqual(closed.returncode, 3 if name == "health" else 1, closed.stderr)
        self.assertEqual(daemon.status()["last_seq"], before)

    def test_what_is_meant_for_people_is_not_written_into_a_file_that_took_its_place(self):
        daemon = self.start()
        environment = {**os.environ, "MAPPAD_SOCKET": str(daemon.socket)}
        target, copy = self.directory / "metrics", self.directory / "copy.db"
        for words in (["metrics", "--output", target, "--nothing"], ["metrics", "--output", target], ["backup", copy]):
            subprocess.run(["sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh", MAPPACTL, *words], env=environment, timeout=DEADLINE_S)
        self.assertTrue(target.read_text().startswith("# HELP"))
        self.assertEqual(ctl("verify", copy).returncode, 0)


if __name__ == "__main__":
    main()
