#!/usr/bin/python3
"""Plays a week of a MAPPA unit: demo.py start|stop BUILD

Everything lives in BUILD/demo. The daemon runs under a test clock, so a week takes
seconds; it and the mail sink go on running until `make demo-stop`.
"""

import collections
import email
import email.policy
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import time

import caseload

TREE = pathlib.Path(__file__).resolve().parent.parent
PYTHON = "/usr/bin/python3"
FIRST_DAY, LAST_DAY = caseload.day("2023-03-24"), caseload.SNAPSHOT_DAY
SOCKET_PATH_MAX = 107   # bytes that a UNIX socket's address has room for
START_S = 60

CONFIG = """# The demonstration's configuration; a real one is contrib/mappad.conf.
state-directory = "{dir}/state";
socket = "{dir}/sock";
rules = ["{tree}/rules"];
contacts = "{tree}/contrib/contacts.example.cfg";
time-zone = "Europe/London";
sweep-at = ["07:30"];
mail = {{ url = "smtp://localhost:{port}"; from = "mappa-unit@example.police.uk"; tls = "required"; ca-file = "{dir}/ca.pem";
         allow-domains = ["police.uk", "gov.uk", "nhs.net"]; }};
"""


class Demonstration:
    def __init__(self, build):
        self.build, self.dir = build, build / "demo"
        self.socket = self.dir / "sock"
        self.started = time.monotonic()

    # --- the pieces ---------------------------------------------------------------------------

    def ctl(self, *words, must=True):
        done = subprocess.run([str(self.build / "bin/mappactl"), *map(str, words)], capture_output=True, text=True,
                              env={**os.environ, "MAPPAD_SOCKET": str(self.socket)})
        if must and done.returncode != 0:
            sys.exit(f"mappactl {' '.join(map(str, words))}: exit {done.returncode}\n{done.stdout}{done.stderr}\n{self.last_words()}")
        return done.stdout

    def last_words(self):
        log = self.dir / "mappad.log"
        return "\n".join(log.read_text(errors="replace").splitlines()[-20:]) if log.exists() else ""

    def begin(self, name, command, log):
        """Starts a program that outlives this one; its number is kept for `stop`."""
        process = subprocess.Popen([str(word) for word in command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE if log is None else log,
                                   stderr=log or subprocess.DEVNULL, start_new_session=True, text=True)
        (self.dir / f"{name}.pid").write_text(f"{process.pid}\n")
        return process

    def set_clock(self, instant):
        (self.dir / "clock.new").write_text(instant + "\n")
        os.replace(self.dir / "clock.new", self.dir / "clock")

    def move_clock(self, date, hour):
        """To an hour of London's day, and waits until the daemon has done what was due by then."""
        summer = date >= caseload.day("2023-03-26")
        instant = f"{date}T{hour - summer:02}:31:00Z"
        self.set_clock(instant)
        self.wait(lambda status: status["now"][:19] == instant[:19] and status["as_of"] == status["today"]
                  and status["next_sweep"] > status["now"], f"the daemon did not follow its clock to {instant}")

    def wait(self, question, complaint):
        deadline = time.monotonic() + START_S
        while time.monotonic() < deadline:
            output = self.ctl("status", "--json", must=False)
            if output and question(json.loads(output)):
                return json.loads(output)
            time.sleep(0.02)
        sys.exit(f"{complaint}\n{self.last_words()}")

    def certificates(self):
        def openssl(*words):
            subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True)
        openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
                "-days", "3650", "-keyout", self.dir / "key.pem", "-out", self.dir / "ca.pem")

    def import_events(self, name, first, last):
        path = self.dir / name
        with open(path, "w", encoding="ascii") as file:
            subprocess.run([PYTHON, TREE / "demo/caseload.py", "--from", first.isoformat(), "--until", last.isoformat()], stdout=file, check=True)
        if path.stat().st_size:
            self.ctl("import", path)
        return sum(1 for _ in open(path, encoding="ascii"))

    # --- the play -----------------------------------------------------------------------------

    def start(self):
        if len(str(self.socket)) > SOCKET_PATH_MAX:
            sys.exit(f"{self.socket} is too long for the address of a socket: choose a shorter folder with BUILD=")
        self.stop(quiet=True)
        shutil.rmtree(self.dir, True)
        (self.dir / "mail").mkdir(parents=True)
        (self.dir / "state").mkdir()
        self.say("Starting a mail sink and mappad, under a test clock that says Friday 24 March 2023.")
        self.certificates()
        sink = self.begin("mailsink", [PYTHON, TREE / "demo/mailsink.py", self.dir / "mail", self.dir / "ca.pem", self.dir / "key.pem"], None)
        port = int(sink.stdout.readline())
        (self.dir / "mappad.conf").write_text(CONFIG.format(dir=self.dir, tree=TREE, port=port))
        self.set_clock(f"{FIRST_DAY}T09:00:00Z")
        with open(self.dir / "mappad.log", "w", encoding="utf-8") as log:
            self.begin("mappad", [self.build / "bin/mappad", "--config", self.dir / "mappad.conf", "--test-clock", self.dir / "clock"], log)
        self.wait(lambda status: True, "mappad did not start")
        count = self.import_events("caseload.ndjson", caseload.datetime.date.min, FIRST_DAY)
        status = self.wait(lambda status: True, "")
        self.say(f"Imported {count:,} events of {status['cases']:,} cases. Now a week goes by; summer time begins on the Sunday.")
        date = FIRST_DAY
        while date < LAST_DAY:
            date += caseload.days(1)
            self.move_clock(date, 7)
            self.move_clock(date, 17)
            count = self.import_events(f"day-{date}.ndjson", date, date)
            status = self.wait(lambda status: status["outbox"]["waiting"] == 0, "the mail did not leave")
            print(f"  {date:%a %d %b}: {count:3} events recorded, {status['open'].get('overdue', 0):3} overdue, "
                  f"{status['alerts']:5} alerts so far, {len(self.mails()):3} messages sent")
        self.show()
        self.check_snapshot()
        self.farewell()

    def mails(self):
        return sorted((self.dir / "mail").glob("*.eml"))

    def say(self, text):
        print(f"\n== {text}", flush=True)

    def head(self, text, count):
        lines = text.splitlines()
        print("\n".join(lines[:count]))
        if len(lines) > count:
            print(f"  ... and {len(lines) - count} more lines")

    def show(self):
        self.say("mappactl overdue")
        self.head(self.ctl("overdue"), 24)
        self.say("mappactl alerts")
        self.head(self.ctl("alerts"), 14)
        message = self.chosen_mail()
        self.say(f"One of {len(self.mails())} messages, to {message['To']}")
        print(f"Subject: {message['Subject']}\n")
        self.head(message.get_body(("plain",)).get_content(), 26)
        print(f"  (It says the same in HTML, and has the dates as a calendar: {os.path.relpath(self.dir / 'mail')})")
        overdue = json.loads(self.ctl("overdue", "--json"))
        rows = overdue["obligations"] if isinstance(overdue, dict) else overdue
        case = next((row["case"] for row in rows if row["rule"] == "level-2-review"), rows[0]["case"])
        self.say(f"mappactl show {case}")
        self.head(self.ctl("show", case), 40)

    def chosen_mail(self):
        """The last digest that the unit itself got."""
        paths = [path for path in self.mails() if "mappa-unit" in path.name] or self.mails()
        return email.message_from_bytes(paths[-1].read_bytes(), policy=email.policy.default)

    def check_snapshot(self):
        """Counts those in the community on 31 March 2023 and compares with the published table."""
        cases = json.loads(self.ctl("cases", "--json"))
        rows = cases["cases"] if isinstance(cases, dict) else cases
        counts = collections.Counter((row["attributes"].get("level"), row["attributes"].get("category")) for row in rows
                                     if row["attributes"].get("location") == "community" and row["attributes"].get("status") == "managed")
        self.say("People in the community on 31 March 2023, by level and category")
        print("             category 1   category 2   category 3        total")
        for level in "123":
            cells = [counts[level, category] for category in "123"]
            print(f"  level {level}   " + "".join(f"{cell:13,}" for cell in cells) + f"{sum(cells):13,}")
        total = sum(counts.values())
        print(f"  all      " + "".join(f"{sum(counts[level, category] for level in '123'):13,}" for category in "123") + f"{total:13,}")
        if counts != collections.Counter(caseload.SNAPSHOT):
            sys.exit("this is not the published snapshot")
        elsewhere = collections.Counter(row["attributes"].get("location") for row in rows if row["attributes"].get("status") == "managed")
        print(f"  as published; besides them {elsewhere['custody']} in custody and {elsewhere['hospital']} in hospital")

    def farewell(self):
        ctl = os.path.relpath(self.build / "bin/mappactl", os.getcwd())
        sock = os.path.relpath(self.socket, os.getcwd())
        self.say(f"That took {time.monotonic() - self.started:.0f} s. mappad goes on running; try next:")
        print(f"  export MAPPAD_SOCKET={sock if not sock.startswith('..') else self.socket}\n"
              f"  {ctl} due --within 4w\n  {ctl} status\n  {ctl} alerts --follow\n\nmake demo-stop ends it.")

    # --- the end ------------------------------------------------------------------------------

    def stop(self, quiet=False):
        """Ends what `start` began, and nothing else: a number that now belongs to another program is left alone."""
        ended = 0
        for name in ("mappad", "mailsink"):
            path = self.dir / f"{name}.pid"
            if not path.exists():
                continue
            pid = int(path.read_text())
            if self.ours(pid):
                os.kill(pid, signal.SIGTERM)
                deadline = time.monotonic() + 10
                while self.ours(pid) and time.monotonic() < deadline:
                    time.sleep(0.02)
                ended += 1
            path.unlink()
        if not quiet:
            print("The demonstration has ended." if ended else "No demonstration is running.")

    def ours(self, pid):
        try:
            words = pathlib.Path(f"/proc/{pid}/cmdline").read_bytes()
            state = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
        except OSError:
            return False
        return str(self.dir).encode() in words and state != "Z"


def main():
    if len(sys.argv) != 3 or sys.argv[1] not in ("start", "stop"):
        sys.exit(__doc__.splitlines()[0])
    demonstration = Demonstration(pathlib.Path(sys.argv[2]).resolve())
    demonstration.start() if sys.argv[1] == "start" else demonstration.stop()


if __name__ == "__main__":
    main()
