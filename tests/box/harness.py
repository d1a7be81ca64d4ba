"""What the box tests stand on: a real daemon in a directory of its own, a client
for its socket, and a mail server with TLS.

Nothing here reads the wall clock to decide anything, and nothing sleeps to let
something happen: the daemon says when it is ready (sd_notify), and what has no
such voice is asked for again until it is so or a deadline passes.
"""

import contextlib
import http.client
import json
import os
import pathlib
import queue
import re
import select
import shutil
import signal
import socket
import ssl
import struct
import subprocess
import sys
import tempfile
import time
import unittest
from email import message_from_bytes, policy

TREE = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("MAPPAD_BUILD", TREE / "build")).resolve()
MAPPAD, MAPPACTL = BUILD / "bin/mappad", BUILD / "bin/mappactl"
DEADLINE_S = 30.0       # far more than anything here takes; only a fault lasts so long

CONFIG = """
state-directory = "{dir}/state";
socket = "{dir}/sock";
rules = ["{dir}/rules"];
contacts = "{dir}/contacts.cfg";
time-zone = "Europe/London";
sweep-at = ["07:30"];
{access}
{mail}
limits = {{ {limits} }};
"""

VOCABULARY = """
items = ( { name = "order"; } );
attributes = (
  { name = "level"; values = ["1", "2", "3"]; },
  { name = "location"; values = ["custody", "community"]; },
  { name = "lead-agency"; values = ["police", "probation"]; },
  { name = "release-date"; type = "date"; },
  { name = "next-meeting"; type = "date"; } );
events = (
  { name = "level-set"; fields = ( { name = "level"; required = true; }, { name = "lead-agency"; } ); },
  { name = "sentenced"; fields = ( { name = "disposal"; values = ["custody", "community"]; required = true; }, { name = "release-date"; } );
    sets = ( { location = "custody"; when = { disposal = "custody"; }; }, { location = "community"; when = { disposal = "community"; }; } ); },
  { name = "released"; requires = { location = "custody"; }; sets = { location = "community"; }; clears = ["release-date"]; },
  { name = "recalled"; requires = { location = "community"; }; sets = { location = "custody"; }; },
  { name = "meeting-booked"; fields = ( { name = "next-meeting"; required = true; } ); },
  { name = "meeting-held"; clears = ["next-meeting"]; fields = ( { name = "meeting-level"; values = ["1", "2", "3"]; } ); },
  { name = "order-made"; new-item = "order"; },
  { name = "note"; fields = ( { name = "token"; type = "token"; } ); } );
calendar = { name = "tests"; working-week = ["mon", "tue", "wed", "thu", "fri"];
  covers = { from = "2020-01-01"; until = "2040-12-31"; };
  holidays = ( { on = "2023-04-07"; name = "Good Friday"; } ); };
"""

RULES = """
rules = (
  { id = "review"; title = "Review meeting"; source = "tests"; basis = "Every 16 weeks."; strength = "must";
    applies = { level = "2"; }; runs = { location = "community"; }; on-pause = "continue"; needs = ["location"];
    every = "16 weeks after"; met-by = { event = "meeting-held"; }; booked-by = "next-meeting";
    alerts = ( { at = "2 weeks before"; to = "unit"; }, { at = "due"; to = ["unit", "$lead-agency"]; },
               { at = "overdue"; to = ["unit", "$lead-agency"]; again = "1 week"; times = 3; } ); },
  { id = "first-meeting"; title = "First meeting"; source = "tests"; basis = "Within 4 weeks."; strength = "should";
    applies = { location = "community"; }; within = "4 weeks after"; from = { event = "sentenced"; };
    met-by = { event = "meeting-held"; };
    alerts = ( { at = "1 week before"; to = "unit"; }, { at = "overdue"; to = "unit"; } ); } );
"""

CONTACTS = """
title = "MAPPA unit";
watch = "unit";
heartbeat = ["mon"];
agencies = ( { name = "police"; label = "Police"; spoc = ["police@example.police.uk"]; },
             { name = "probation"; label = "Probation"; spoc = ["probation@example.gov.uk"]; } );
roles = ( { name = "unit"; label = "Unit"; mailboxes = ["unit@example.police.uk"]; } );
"""


def eventually(question, what="it", timeout_s=DEADLINE_S):
    """Asks until the answer is true; the answer. Fails with `what` when the deadline passes."""
    deadline = time.monotonic() + timeout_s
    while True:
        answer = question()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise AssertionError(f"{what} did not happen within {timeout_s} s")
        select.select([], [], [], 0.01)


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def error(self):
        return self.json["error"]


class SocketConnection(http.client.HTTPConnection):
    """HTTP over a UNIX socket."""

    def __init__(self, path, timeout=DEADLINE_S):
        super().__init__("mappad", timeout=timeout)
        self.path = str(path)

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        # One with a timeout of Python's would not wait for a place in the queue; the kernel's does.
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", int(self.timeout), 0))
        self.sock.connect(self.path)
        self.sock.settimeout(self.timeout)


def ask(connection, method, path, body=None, kind="application/json"):
    headers = {"Content-Type": kind} if body is not None else {}
    if body is not None and not isinstance(body, (bytes, str)):
        body = json.dumps(body)
    connection.request(method, path, body.encode() if isinstance(body, str) else body, headers)
    response = connection.getresponse()
    return Answer(response.status, dict(response.getheaders()), response.read())


class Notify:
    """The other end of sd_notify."""

    def __init__(self, path):
        self.path = str(path)
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.sock.bind(self.path)
        self.said, self.status = [], ""

    def hear(self):
        lines = self.sock.recv(65536).decode().split("\n")
        self.status = ([self.status] + [line[7:] for line in lines if line.startswith("STATUS=")])[-1]
        self.said += lines

    def said_now(self):
        """What it has said so far, and nobody waited for."""
        while select.select([self.sock], [], [], 0)[0]:
            self.hear()
        return self.said

    def status_now(self):
        """What it said last of how it is."""
        self.said_now()
        return self.status

    def wait(self, word, process, timeout_s=DEADLINE_S):
        """Waits for a message that says word, or for the process to end; whether it was said."""
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            readable, _, _ = select.select([self.sock], [], [], 0.05)
            if readable:
                self.hear()
                if word in self.said:
                    self.said.clear()
                    return True
            elif process.poll() is not None:
                return False
        raise AssertionError(f"the daemon did not say {word}")

    def close(self):
        self.sock.close()
        os.unlink(self.path)


class Daemon:
    """mappad in a directory of its own, under a test clock."""

    def __init__(self, directory, now="2023-03-01T09:00:00Z", rules=None, contacts=CONTACTS, mail=None, limits="", access="",
                 environment=None, wrapper=()):
        self.dir = pathlib.Path(directory)
        self.process, self.log, self.notify = None, None, None
        self.environment, self.wrapper = environment or {}, list(wrapper)
        (self.dir / "rules").mkdir(parents=True, exist_ok=True)
        (self.dir / "state").mkdir(exist_ok=True)
        for name, text in (rules or {"00-vocabulary.cfg": VOCABULARY, "10-rules.cfg": RULES}).items():
            (self.dir / "rules" / name).write_text(text)
        (self.dir / "contacts.cfg").write_text(contacts)
        self.mail, self.limits, self.access = mail or "", limits, access
        self.write_config()
        self.set_clock(now)

    def write_config(self):
        (self.dir / "mappad.conf").write_text(CONFIG.format(dir=self.dir, mail=self.mail, limits=self.limits, access=self.access))

    @property
    def socket(self):
        return self.dir / "sock"

    def set_clock(self, instant):
        temporary = self.dir / "clock.new"
        temporary.write_text(instant + "\n")
        os.replace(temporary, self.dir / "clock")

    def command(self):
        return self.wrapper + [str(MAPPAD), "--config", str(self.dir / "mappad.conf"), "--test-clock", str(self.dir / "clock")]

    def check(self):
        return subprocess.run([str(MAPPAD), "--check", "--config", str(self.dir / "mappad.conf"), "--test-clock", str(self.dir / "clock")],
                              capture_output=True, text=True, timeout=DEADLINE_S, env={**os.environ, **self.environment})

    def launch(self):
        """Starts it and waits for nothing."""
        self.notify = Notify(self.dir / "notify")
        self.log = open(self.dir / "log", "ab")
        self.process = subprocess.Popen(self.command(), stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log,
                                        env={**os.environ, "NOTIFY_SOCKET": self.notify.path, **self.environment})

    def start(self, must=True):
        """Starts it and waits until it says READY=1. Returns whether it did."""
        self.launch()
        ready = self.notify.wait("READY=1", self.process)
        if must and not ready:
            raise AssertionError("the daemon did not start:\n" + self.read_log())
        return ready

    def read_log(self):
        return (self.dir / "log").read_text(errors="replace")

    def stop(self, how=signal.SIGTERM, timeout_s=DEADLINE_S):
        """Ends it; its exit status."""
        if self.process is None:
            return None
        if self.process.poll() is None:
            self.process.send_signal(how)
        # It says what it does meanwhile, and waits with the eleventh message that nobody reads.
        deadline = time.monotonic() + timeout_s
        while self.process.poll() is None and time.monotonic() < deadline:
            select.select([self.notify.sock], [], [], 0.005)
            self.notify.said_now()
        status = self.process.wait(0)
        self.notify.close()
        self.log.close()
        self.process = None
        return status

    def end(self):
        """Ends it if it still runs; it must end well, which under a sanitizer means without a leak."""
        log, status = self.dir / "log", self.stop()
        assert status in (0, None), f"the daemon ended with status {status}:\n{log.read_text(errors='replace')[-8000:]}"

    def kill(self):
        return self.stop(signal.SIGKILL)

    def memory_kib(self):
        """What of it is resident."""
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"^VmRSS:\s+(\d+)", status, re.M).group(1))

    def sockets(self):
        """How many sockets it has open."""
        folder = pathlib.Path(f"/proc/{self.process.pid}/fd")
        count = 0
        for entry in folder.iterdir():
            with contextlib.suppress(FileNotFoundError):        # closed since the folder was read
                count += os.readlink(entry).startswith("socket:")
        return count

    def processor_ticks(self):
        """Hundredths of a second that it has worked."""
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return int(fields[11]) + int(fields[12])

    def connect(self, timeout=DEADLINE_S):
        return SocketConnection(self.socket, timeout)

    def ask(self, method, path, body=None, kind="application/json"):
        connection = self.connect()
        try:
            return ask(connection, method, path, body, kind)
        finally:
            connection.close()

    def get(self, path):
        answer = self.ask("GET", path)
        assert answer.status == 200, (path, answer.status, answer.body[:2000])
        return answer.json

    def record(self, *events, dry_run=False):
        """Records events together; the answer."""
        path = "/v1/events" + ("?dry-run=1" if dry_run else "")
        if len(events) == 1:
            return self.ask("POST", path, events[0])
        return self.ask("POST", path, "".join(json.dumps(event) + "\n" for event in events), "application/x-ndjson")

    def recorded(self, *events):
        """Records events that must be accepted; what was answered."""
        answer = self.record(*events)
        assert answer.status == 201, (answer.status, answer.body[:2000])
        return answer.json

    def status(self):
        return self.get("/v1/status")

    def quiet(self, connections):
        """Whether the daemon answers and has no more connections than that; for clients that have just gone."""
        try:
            answer = self.ask("GET", "/v1/status")
        except ConnectionError:     # turned away: those that went are not yet noticed
            return False
        return answer.status == 200 and answer.json["connections"] <= connections

    def move_clock(self, instant):
        """Moves the test clock and waits until the daemon lives by it, sweeps included."""
        self.set_clock(instant)
        wanted = instant.replace("Z", "")
        def there():
            status = self.status()
            return status["now"].startswith(wanted) and status["as_of"] == status["today"] and status["next_sweep"] > status["now"]
        eventually(there, f"living at {instant}")

    def alerts(self, **filters):
        """All alerts, oldest first."""
        rows, after = [], 0
        extra = "".join(f"&{name}={value}" for name, value in filters.items())
        while True:
            page = self.get(f"/v1/alerts?order=oldest&limit=1000&after={after}{extra}")
            rows += page["alerts"]
            if not page["more"]:
                return rows
            after = rows[-1]["id"]

    def reload(self):
        """SIGHUP; returns when the daemon says that it is ready again."""
        self.notify.said.clear()
        self.process.send_signal(signal.SIGHUP)
        assert self.notify.wait("RELOADING=1", self.process), self.read_log()
        assert self.notify.wait("READY=1", self.process), self.read_log()

    def accept(self):
        """What a careful administrator does: asks what a reload would change, and accepts that; the answer of the reload."""
        refused = self.ask("POST", "/v1/reload")
        if refused.status != 409:
            return refused
        return self.ask("POST", "/v1/reload", {"accept": refused.json["digest"]})

    def ctl(self, *words, stdin=None, environment=None):
        return subprocess.run([str(MAPPACTL), *map(str, words)], input=stdin, capture_output=True, text=True, timeout=DEADLINE_S,
                              env={**os.environ, "LC_ALL": "C.UTF-8", "MAPPAD_SOCKET": str(self.socket), **(environment or {})})


class BoxTest(unittest.TestCase):
    """A test with a directory and, by start(), a daemon that ends with it."""

    def setUp(self):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="mappad-box-"))
        self.addCleanup(shutil.rmtree, self.directory, True)
        self.daemon = None

    def start(self, **settings):
        self.daemon = Daemon(self.directory / "d", **settings)
        self.daemon.start()
        self.addCleanup(self.daemon.end)
        return self.daemon

    def raw(self, data=b""):
        """A connection that has sent these bytes."""
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.settimeout(DEADLINE_S)
        connection.connect(str(self.daemon.socket))
        self.addCleanup(connection.close)
        if data:        # even nothing cannot be sent to a daemon that has turned the connection away by now
            connection.sendall(data)
        return connection

    def leave(self, request, taken=0):
        """A client that sends, takes so many bytes, and goes. Where it is turned away before, it has left all the same."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(DEADLINE_S)
            connection.connect(str(self.daemon.socket))
            with contextlib.suppress(ConnectionError):
                connection.sendall(request)
                if taken:
                    connection.recv(taken)

    @staticmethod
    def read_all(connection):
        """Everything until the other side ends."""
        data = b""
        while True:
            try:
                more = connection.recv(65536)
            except ConnectionResetError:
                return data
            if not more:
                return data
            data += more

    def well(self):
        """Others are served."""
        self.assertEqual(self.daemon.ask("GET", "/v1/status").status, 200)


class Certificates:
    """An authority of our own and a certificate for localhost, made once a run."""
    made = None

    def __init__(self):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="mappad-ca-"))
        self.ca, self.key, self.certificate = self.dir / "ca.pem", self.dir / "key.pem", self.dir / "cert.pem"
        extension = self.dir / "extension"
        extension.write_text("subjectAltName=DNS:localhost\n")
        def openssl(*words):
            subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True)
        openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=tests", "-days", "3650",
                "-keyout", self.dir / "ca-key.pem", "-out", self.ca)
        openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost", "-keyout", self.key, "-out", self.dir / "request.pem")
        openssl("x509", "-req", "-in", self.dir / "request.pem", "-CA", self.ca, "-CAkey", self.dir / "ca-key.pem", "-CAcreateserial",
                "-days", "3650", "-extfile", extension, "-out", self.certificate)

    @classmethod
    def get(cls):
        if cls.made is None:
            cls.made = cls()
            unittest.addModuleCleanup(cls.drop)
        return cls.made

    @classmethod
    def drop(cls):
        shutil.rmtree(cls.made.dir, True)
        cls.made = None


class Mail:
    """One message as the server got it."""

    def __init__(self, envelope):
        self.sender, self.recipients, self.raw = envelope.mail_from, list(envelope.rcpt_tos), envelope.content
        self.message = message_from_bytes(self.raw, policy=policy.default)

    @property
    def subject(self):
        return str(self.message["Subject"])

    @property
    def text(self):
        return self.message.get_body(("plain",)).get_content()

    @property
    def html(self):
        return self.message.get_body(("html",)).get_content()

    @property
    def calendar(self):
        """The calendar attached, as an independent reader understands it; None without."""
        import icalendar
        parts = [part for part in self.message.walk() if part.get_content_type() == "text/calendar"]
        assert len(parts) <= 1, "several calendars"
        return icalendar.Calendar.from_ical(parts[0].get_content()) if parts else None


class MailServer:
    """aiosmtpd on localhost, with STARTTLS required. What it answers can be changed."""

    def __init__(self, tls=True, port=None):
        from aiosmtpd.controller import Controller
        self.mails, self.answers, self.attempts = queue.Queue(), {}, []
        if port is None:
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", 0))
                port = probe.getsockname()[1]
        self.port = port
        words = {}
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(Certificates.get().certificate, Certificates.get().key)
            words = {"tls_context": context, "require_starttls": True}
        self.controller = Controller(self, hostname="127.0.0.1", port=port, server_hostname="localhost", **words)
        self.controller.start()

    async def handle_RCPT(self, server, session, envelope, address, options):
        self.attempts.append(address)
        answer = self.answers.get(address)
        if answer:
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        self.mails.put(Mail(envelope))
        return self.answers.get("data", "250 taken")

    def next(self, timeout_s=DEADLINE_S):
        return self.mails.get(timeout=timeout_s)

    def stop(self):
        self.controller.stop()

    def setting(self, **more):
        """The `mail` group of mappad.conf that points here."""
        values = {"url": f"smtp://localhost:{self.port}", "from": "mappa-unit@example.police.uk", "tls": "required",
                  "ca-file": str(Certificates.get().ca), **more}
        def written(value):
            return str(value).lower() if isinstance(value, bool) else f'"{value}"'
        return ("mail = { " + " ".join(f"{name} = {written(value)};" for name, value in values.items())
                + ' allow-domains = ["example.police.uk", "example.gov.uk"]; };')


def as_user(uid, gid, groups, work):
    """What work() returns in a process of that user; for root only."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(reading)
            os.setgroups(groups)
            os.setgid(gid)
            os.setuid(uid)
            with os.fdopen(writing, "w") as answer:
                json.dump(work(), answer)
            os._exit(0)
        except BaseException as error:      # nothing of the parent's test run may go on in the child
            os.write(2, f"as uid {uid}: {error!r}\n".encode())
            os._exit(1)
    os.close(writing)
    with os.fdopen(reading) as answer:
        text = answer.read()
    _, status = os.waitpid(child, 0)
    assert status == 0, "the other user's process failed"
    return json.loads(text)


def main():
    if not MAPPAD.exists():
        sys.exit(f"{MAPPAD} is not there: build it first, or say where with MAPPAD_BUILD")
    unittest.main()
