#!/usr/bin/python3
"""mappad as whoever starts it meets it: words, sockets, clocks and groups that are wrong, a supervisor, a stop in the middle."""

import os
import re
import signal
import socket
import subprocess
import unittest

from harness import CONTACTS, DEADLINE_S, MAPPAD, RULES, VOCABULARY, BoxTest, Daemon, MailServer, as_user, eventually, main


def mappad(*words, environment=None):
    return subprocess.run([str(MAPPAD), *map(str, words)], capture_output=True, text=True, timeout=DEADLINE_S, stdin=subprocess.DEVNULL,
                          env={**os.environ, **(environment or {})})


class Words(unittest.TestCase):
    def test_help_and_version_need_nothing(self):
        for words, first in ((("--help",), "Usage: mappad [--config FILE]"), (("-h",), "Usage: mappad"), (("--version",), "mappad "), (("-V",), "mappad ")):
            done = mappad(*words)
            self.assertEqual((done.returncode, done.stderr), (0, ""), words)
            self.assertTrue(done.stdout.startswith(first), done.stdout)

    def test_a_call_that_is_not_understood_is_2_and_starts_nothing(self):
        for words in (("--configg", "x"), ("--check", "mappad.conf"), ("--config",), ("-x",)):
            done = mappad(*words)
            self.assertEqual((done.returncode, done.stdout), (2, ""), words)
            self.assertTrue(done.stderr, words)


class Start(BoxTest):
    """A daemon that must not start: it says why, and ends with 1."""

    def refused(self, sentence, **settings):
        daemon = Daemon(self.directory / "d", **settings)
        self.assertFalse(daemon.start(must=False), daemon.read_log())
        self.assertEqual(daemon.stop(), 1)
        self.assertRegex(daemon.read_log(), sentence)
        return daemon

    def test_a_state_directory_that_is_not_there_is_said_to_have_to_be(self):
        daemon = Daemon(self.directory / "d")
        (daemon.dir / "state").rmdir()
        self.assertFalse(daemon.start(must=False))
        self.assertEqual(daemon.stop(), 1)
        self.assertRegex(daemon.read_log(), "state/mappad.db-lock: No such file or directory; the state directory must be there")

    def with_socket(self, path):
        """A daemon whose socket is to be there."""
        daemon = Daemon(self.directory / "d")
        config = daemon.dir / "mappad.conf"
        config.write_text(re.sub(r'socket = ".*"', f'socket = "{path}"', config.read_text()))
        return daemon

    def test_a_socket_that_cannot_be_made_is_named(self):
        file = self.directory / "file"
        file.write_text("not a socket\n")
        long = self.directory / ("s" * 120)
        for path, sentence in ((self.directory / "none/sock", "none/sock cannot be used: No such file"), (file, "a file of that name that is no socket"),
                               (file / "sock", "file/sock cannot be used: Not a directory"), (long, "must have 1 to 107 bytes")):
            daemon = self.with_socket(path)
            self.assertFalse(daemon.start(must=False), path)
            self.assertEqual(daemon.stop(), 1)
            self.assertRegex(daemon.read_log(), sentence)
        self.assertEqual(file.read_text(), "not a socket\n")

    def test_a_socket_that_another_listens_on_is_left_to_it(self):
        path = self.directory / "taken"
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as other:
            other.bind(str(path))
            other.listen()
            daemon = self.with_socket(path)
            self.assertFalse(daemon.start(must=False))
            daemon.stop()
            self.assertIn("another process listens there", daemon.read_log())
            self.assertTrue(path.exists())
        daemon = self.with_socket(path)         # one that was left behind is nobody's
        daemon.start()
        self.addCleanup(daemon.end)

    def test_a_clock_that_is_none_is_named(self):
        daemon = Daemon(self.directory / "d", now="tomorrow morning")
        self.assertFalse(daemon.start(must=False))
        self.assertEqual(daemon.stop(), 1)
        self.assertRegex(daemon.read_log(), "clock: .*the clock cannot be used")
        checked = daemon.check()
        self.assertEqual((checked.returncode, checked.stdout), (1, ""))
        self.assertIn("the clock cannot be used", checked.stderr)

    def test_a_zone_that_there_is_not_is_named_beside_every_mistake_of_the_rules(self):
        daemon = Daemon(self.directory / "d", rules={"00-vocabulary.cfg": VOCABULARY, "10-rules.cfg": RULES.replace("every =", "evry =")})
        config = daemon.dir / "mappad.conf"
        config.write_text(config.read_text().replace("Europe/London", "Europe/Lundon"))
        checked = daemon.check()
        self.assertEqual((checked.returncode, checked.stdout), (1, ""))
        self.assertRegex(checked.stderr, r'(?m)^\S+mappad\.conf:\d+: error: this system has no time zone "Europe/Lundon"')
        self.assertIn('did you mean "every"?', checked.stderr)

    def test_while_the_clock_cannot_be_read_time_stands(self):
        self.start(now="2023-03-01T09:00:00Z")
        self.daemon.set_clock("at noon")
        eventually(lambda: "the time could not be read" in self.daemon.read_log(), "a word about the clock")
        self.assertTrue(self.daemon.status()["now"].startswith("2023-03-01T09:00:00"))
        self.daemon.move_clock("2023-03-01T10:00:00Z")

    def test_a_password_that_is_not_there_is_named(self):
        mail = ('mail = { url = "smtp://localhost:25"; from = "a@example.police.uk"; user = "a"; password-credential = "none"; '
                'allow-domains = ["example.police.uk", "example.gov.uk"]; };')
        self.refused("mail: .*none", mail=mail)

    def test_every_fault_of_mail_is_told_with_its_line(self):
        # Each line of the group is wrong in its own way, and what is right is checked on to the end.
        (self.directory / "credentials").mkdir()
        (self.directory / "no.pem").write_text("-----BEGIN CERTIFICATE-----\nno end\n")
        for number, (setting, words) in enumerate((
                ('from = "unit"', '"unit" is no mailbox: it has no @'),
                ('url = "smtp://localhost:25/path"', "a host and a port are all it may name"),
                ('url = "smtp://localhost:70000"', "a number from 1 to 65535"),
                ('url = "smtp://localhost:0"', "a number from 1 to 65535"),
                ('url = "smtp://relay.example"; tls = "none"', "only for a relay on this machine"),
                ('allow-domains = ["example.police.uk",\n"example gov"]', '"example gov" is no domain'),
                ('ca-file = "/nowhere.pem"', 'cannot be read: No such file'),
                (f'ca-file = "{self.directory}"', "is no regular file"),
                (f'ca-file = "{self.directory}/no.pem"', "holds no certificate in PEM form"),
                ('user = "a"', "go together or not at all"),
                ('password-credential = "secret"', "go together or not at all"),
                ('user = "a"; password-credential = "secret"', 'the credential "secret" cannot be read: No such file'))):
            given = {"url": "smtp://localhost", "from": "a@example.police.uk", "allow-domains": "example.police.uk"}
            rest = "".join(f'{name} = "{value}";\n' for name, value in given.items() if f"{name} = " not in setting)
            daemon = Daemon(self.directory / f"f{number}", mail=f"mail = {{\n{rest}{setting};\n}};",
                            environment={"CREDENTIALS_DIRECTORY": str(self.directory / "credentials")})
            config = daemon.dir / "mappad.conf"
            line = next(n for n, text in enumerate(config.read_text().splitlines(), 1) if setting.splitlines()[-1] in text)
            checked = daemon.check()
            self.assertEqual(checked.returncode, 1, setting)
            self.assertRegex(checked.stderr, f"(?m)^{re.escape(str(config))}:{line}: error: .*{re.escape(words)}")

    def test_a_credential_is_not_looked_at_by_hand(self):
        mail = ('mail = { url = "smtp://localhost:25"; from = "a@example.police.uk"; user = "a";\n password-credential = "secret";\n'
                'allow-domains = ["example.police.uk", "example.gov.uk"]; };')
        checked = Daemon(self.directory / "d", mail=mail, contacts=CONTACTS).check()
        self.assertEqual(checked.returncode, 0, checked.stderr)
        self.assertRegex(checked.stderr, r'mappad\.conf:\d+: warning: mail: the credential "secret" is not looked at: CREDENTIALS_DIRECTORY is not set')

    def test_groups_that_the_system_does_not_have_are_told_of(self):
        contacts = CONTACTS.replace('mailboxes = ["unit@example.police.uk"]', 'acknowledged-by = ["nobody-has-this"]; mailboxes = ["unit@example.police.uk"]')
        mail = 'mail = { url = "smtp://localhost:25"; from = "a@example.police.uk"; allow-domains = ["example.police.uk", "example.gov.uk"]; };'
        daemon = Daemon(self.directory / "d", contacts=contacts, mail=mail, access='access = { readers = "nor-this"; };')
        checked = daemon.check()
        self.assertEqual(checked.returncode, 0, checked.stderr)
        self.assertRegex(checked.stderr, r'(?m)^\S+contacts\S*:\d+: warning: .*no group "nobody-has-this"; nobody acknowledges through it')
        self.assertRegex(checked.stderr, r'(?m)^\S+mappad\.conf:\d+: warning: .*no group "nor-this"; nobody has the role of readers')

    def test_of_very_many_mistakes_the_log_says_how_many_it_leaves_out(self):
        wrong = "".join(f', {{ id = "wrong-{n}"; title = "Wrong"; source = "tests"; basis = "None."; strength = "must"; evry = "1 week after"; }}'
                        for n in range(600))
        rules = RULES.rstrip().rstrip(";").rstrip(")") + wrong + " );\n"
        daemon = Daemon(self.directory / "d", rules={"00-vocabulary.cfg": VOCABULARY, "10-rules.cfg": rules})
        self.assertFalse(daemon.start(must=False))
        self.assertEqual(daemon.stop(), 1)
        lines = daemon.read_log().splitlines()
        shown = sum('did you mean "every"?' in line for line in lines)
        self.assertEqual((shown, lines[-1]), (500, "100 further problems are not shown"))

    def test_the_first_of_several_state_directories_is_taken(self):
        first = self.directory / "first"
        first.mkdir()
        self.start(environment={"STATE_DIRECTORY": f"{first}:{self.directory}/second"})
        self.assertTrue((first / "mappad.db").exists())
        self.assertFalse((self.daemon.dir / "state/mappad.db").exists())


class Supervised(BoxTest):
    """What systemd hands over and hears."""

    def test_the_watchdog_is_fed_until_the_daemon_stops_and_hears_of_that(self):
        self.start(environment={"WATCHDOG_USEC": "200000"})
        for _ in range(3):
            self.assertTrue(self.daemon.notify.wait("WATCHDOG=1", self.daemon.process))
        self.daemon.process.send_signal(signal.SIGTERM)
        self.assertTrue(self.daemon.notify.wait("STOPPING=1", self.daemon.process))
        self.assertEqual(self.daemon.process.wait(DEADLINE_S), 0)

    def test_a_daemon_that_is_stopped_feeds_it_no_more(self):
        self.start(environment={"WATCHDOG_USEC": "200000"})
        self.assertTrue(self.daemon.notify.wait("WATCHDOG=1", self.daemon.process))
        self.daemon.process.send_signal(signal.SIGSTOP)
        self.addCleanup(self.daemon.process.send_signal, signal.SIGCONT)
        self.daemon.notify.sock.settimeout(0.6)
        with self.assertRaises(TimeoutError):
            while True:         # what it said before
                self.daemon.notify.sock.recv(65536)

    def passing(self, count, descriptor):
        """A daemon that is handed this one as the first of so many."""
        # The shell becomes the daemon, so that its number is the one that the sockets are for.
        script = f'exec 3<&{descriptor}; LISTEN_PID=$$ LISTEN_FDS={count} exec "$@"'
        daemon = Daemon(self.directory / "d", wrapper=["/bin/bash", "-c", script, "bash"])
        os.set_inheritable(descriptor, True)
        popen = subprocess.Popen
        def keeping(*words, **more):
            return popen(*words, **more, pass_fds=(descriptor,))
        subprocess.Popen = keeping
        try:
            return daemon, daemon.start(must=False)
        finally:
            subprocess.Popen = popen

    def test_callers_that_came_before_it_are_served(self):
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listening:
            listening.bind(str(self.directory / "passed"))
            listening.listen()
            early = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            self.addCleanup(early.close)
            early.connect(str(self.directory / "passed"))
            early.sendall(b"GET /v1/status HTTP/1.1\r\nHost: m\r\nConnection: close\r\n\r\n")
            daemon, ready = self.passing(1, listening.fileno())
            self.addCleanup(daemon.end)
            self.assertTrue(ready, daemon.read_log())
            self.assertIn(b" 200 ", self.read_all(early).split(b"\n")[0])
            self.assertFalse(daemon.socket.exists())
        daemon.end()
        self.assertTrue((self.directory / "passed").exists(), "the socket is the supervisor's")

    def test_anything_else_is_refused(self):
        with open("/dev/null", "rb") as nothing, socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as deaf:
            deaf.bind(str(self.directory / "deaf"))
            for count, descriptor in ((1, nothing.fileno()), (1, deaf.fileno()), (2, nothing.fileno())):
                daemon, ready = self.passing(count, descriptor)
                self.assertFalse(ready)
                self.assertEqual(daemon.stop(), 1)
                self.assertIn("systemd passed something else than one listening UNIX socket", daemon.read_log())

    def test_it_ends_though_somebody_takes_nothing_of_a_long_answer(self):
        """Which it would otherwise wait for as long as a request may take."""
        self.start(limits='request = "5 min";')
        for number in range(4):
            self.daemon.recorded(*({"case": f"M-{number}{n:04}", "event": "note", "on": "2023-01-02", "token": "x" * 32} for n in range(1000)))
        stuck = self.raw(b"GET /v1/events HTTP/1.1\r\nHost: m\r\n\r\n")
        eventually(lambda: stuck.recv(1, socket.MSG_PEEK), "the beginning of the answer")
        self.assertEqual(self.daemon.stop(), 0)


class Quiet(BoxTest):
    def test_what_is_raised_at_night_is_written_when_the_night_is_over(self):
        """Sentenced on 2 January: four weeks are over on the 30th, and a week before that, on the 23rd, is an urgent reminder."""
        server = MailServer()
        self.addCleanup(server.stop)
        mail = server.setting().replace("mail = {", 'mail = { quiet-hours = "19:00-07:00";')
        rules = RULES.replace('{ at = "1 week before"; to = "unit"; }', '{ at = "1 week before"; to = "unit"; urgent = true; }')
        self.start(now="2023-01-24T22:00:00Z", mail=mail, rules={"00-vocabulary.cfg": VOCABULARY, "10-rules.cfg": rules})
        while server.mails.qsize():
            server.next()
        self.daemon.recorded({"case": "M-N001", "event": "sentenced", "disposal": "community", "on": "2023-01-02"})
        self.daemon.move_clock("2023-01-25T03:00:00Z")
        self.assertFalse([m for m in list(server.mails.queue) if "M-N001" in m.text])
        self.daemon.move_clock("2023-01-25T07:00:00Z")
        eventually(lambda: any("M-N001" in m.text for m in list(server.mails.queue)), "the message after the night")


@unittest.skipIf(os.getuid() != 0, "other users need root")
class Strangers(BoxTest):
    def test_a_daemon_of_somebody_else_cannot_be_put_in_the_way(self):
        """Who may not write to the folder of the socket cannot start one there, and says so."""
        daemon = Daemon(self.directory / "d")
        os.chmod(self.directory, 0o755)
        def start():
            done = mappad("--config", daemon.dir / "mappad.conf", "--test-clock", daemon.dir / "clock")
            return [done.returncode, done.stderr]
        status, said = as_user(65534, 65534, [], start)
        self.assertEqual(status, 1)
        self.assertRegex(said, "Permission denied|cannot|not be")


if __name__ == "__main__":
    main()
