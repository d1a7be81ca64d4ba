#!/usr/bin/python3
"""The mail room against real servers: aiosmtpd with TLS, and servers that misbehave on purpose.

    delivery.py PROGRAM     PROGRAM is test_delivery, the mail room with an outbox in memory

Every server notes what it was told to deliver and to whom; nothing may be
lost, go to the wrong person, or be called sent without having been taken.
"""

import base64
import email
import email.policy
import json
import os
import pathlib
import re
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import unittest

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult

PROGRAM = None
SMTP_SINK = os.environ.get("SMTP_SINK") or shutil.which("smtp-sink")
FOLDER = None


def run_room(url, recipients, tls="required", ca="", connections=2, timeout=3000, attempts=1, user="", credentials="",
             form="text", cut_after=0):
    """The attempts of one run, in order."""
    result = subprocess.run([PROGRAM, url, tls, ca, str(connections), str(timeout), str(attempts), user, credentials, form,
                             str(cut_after)], input="".join(r + "\n" for r in recipients), capture_output=True, text=True, timeout=60)
    if result.stderr:
        raise AssertionError(result.stderr)
    return [json.loads(line) for line in result.stdout.splitlines()]


def verdicts(attempts):
    return {a["recipient"]: a["verdict"] for a in attempts}


class Sink:
    """An aiosmtpd handler that keeps what it takes."""

    def __init__(self):
        self.taken = []

    async def handle_DATA(self, server, session, envelope):
        self.taken.append((envelope.mail_from, tuple(envelope.rcpt_tos), envelope.content, session.ssl is not None, session.host_name))
        return "250 2.0.0 queued as X1"


def openssl(*arguments):
    subprocess.run(["openssl", *arguments], cwd=FOLDER, check=True, capture_output=True)


def make_certificates():
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", "ca.key", "-out", "ca.pem",
            "-days", "2", "-subj", "/CN=test authority")
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", "other.key", "-out",
            "other-ca.pem", "-days", "2", "-subj", "/CN=another authority")
    for name, names, days in (("good", "DNS:localhost,IP:127.0.0.1", "2"), ("wrong", "DNS:relay.example.org", "2"),
                              ("expired", "DNS:localhost", "-1")):
        pathlib.Path(FOLDER, name + ".ext").write_text("subjectAltName=" + names + "\n")
        openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", name + ".key", "-out",
                name + ".csr", "-subj", "/CN=" + name)
        openssl("x509", "-req", "-in", name + ".csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", days, "-extfile",
                name + ".ext", "-out", name + ".pem")


class Relay:
    """aiosmtpd on a free port of this machine; STARTTLS with a certificate, or TLS from the first byte."""

    def __init__(self, certificate=None, smtps=False, **options):
        self.sink = Sink()
        context = None
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(FOLDER + f"/{certificate}.pem", FOLDER + f"/{certificate}.key")
        if smtps:
            self.controller = Controller(self.sink, hostname="127.0.0.1", port=free_port(), ssl_context=context, **options)
        else:
            self.controller = Controller(self.sink, hostname="127.0.0.1", port=free_port(), tls_context=context,
                                         require_starttls=context is not None, **options)
        self.port = self.controller.port

    def __enter__(self):
        self.controller.start()
        return self

    def __exit__(self, *_):
        self.controller.stop()


def wait_for(port, server):
    """Until something listens there, or the server has ended."""
    while server.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return
        except ConnectionRefusedError:
            pass
    raise AssertionError("the mail server ended: " + server.stderr.read().decode())


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Script:
    """A relay that says what a function tells it to.

    answer(command, text) returns the reply to one command line ("greeting" and
    "." for the text included), None to stall, or "" to drop the connection.
    """

    def __init__(self, answer):
        self.answer = answer
        self.taken, self.commands = [], []
        self.stop = threading.Event()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop.set()
        self.listener.close()

    def accept(self):
        while not self.stop.is_set():
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def reply(self, connection, command, text):
        words = self.answer(command, text)
        if words is None:
            self.stop.wait(30)
            words = ""
        if words == "":
            return False
        connection.sendall(words.encode() + b"\r\n")
        return True

    def serve(self, connection):
        recipient = None
        with connection, connection.makefile("rb") as lines:
            if not self.reply(connection, "greeting", ""):
                return
            for line in lines:
                text = line.decode("latin-1").rstrip("\r\n")
                command = text.split(":")[0].split(" ")[0].upper()
                self.commands.append(text)
                if command == "RCPT":
                    recipient = text[9:-1]
                if not self.reply(connection, command, recipient if command == "DATA" else text):
                    return
                if command == "QUIT":
                    return
                if command == "DATA" and self.answer("DATA", recipient).startswith("354"):
                    parts = []
                    for part in lines:
                        if part == b".\r\n":
                            break
                        parts.append(part)
                    else:
                        return
                    content = b"".join(parts)
                    if str(self.answer(".", recipient)).startswith("250"):
                        self.taken.append((recipient, content))
                    if not self.reply(connection, ".", recipient):
                        return


class Encrypted(Script):
    """The same with STARTTLS. What is said before and after it, and what is sent behind the answer to it, are for the test to choose.

    behind is sent with the answer to STARTTLS, in the clear; taken_at_once: how many bytes are read at a time of what is encrypted.
    """

    def __init__(self, answer, behind=b"", taken_at_once=None):
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(FOLDER + "/good.pem", FOLDER + "/good.key")
        self.behind, self.taken_at_once, self.in_the_clear = behind, taken_at_once, []
        super().__init__(answer)

    def serve(self, connection):
        with connection:
            connection.sendall(b"220 relay ESMTP\r\n")
            with connection.makefile("rb", buffering=0) as lines:
                for line in lines:
                    self.in_the_clear.append(line.decode("latin-1").rstrip("\r\n"))
                    if line.startswith(b"STARTTLS"):
                        connection.sendall(b"220 go on\r\n" + self.behind)
                        break
                    if not self.reply(connection, line.split()[0].decode().upper(), ""):
                        return
                else:
                    return
            try:
                encrypted = self.context.wrap_socket(connection, server_side=True)
            except (ssl.SSLError, OSError):
                return
            with encrypted:
                self.commands.append("TLS")
                super().serve(Slowly(encrypted, self.taken_at_once) if self.taken_at_once else Renamed(encrypted))


class Renamed:
    """A socket after STARTTLS, where nobody greets."""

    def __init__(self, connection):
        self.connection, self.greeted = connection, False

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.connection.close()

    def sendall(self, data):
        if self.greeted:
            self.connection.sendall(data)
        self.greeted = True

    def makefile(self, mode):
        return self.connection.makefile(mode)


class Slowly(Renamed):
    """The same, of which little is read at a time."""

    def __init__(self, connection, at_once):
        super().__init__(connection)
        self.at_once = at_once

    def makefile(self, mode):
        return self.connection.makefile(mode, buffering=self.at_once)


GOOD = {"greeting": "220 relay ESMTP", "EHLO": "250 relay", "MAIL": "250 ok", "RCPT": "250 ok", "DATA": "354 go on", ".": "250 queued",
        "QUIT": "221 bye", "RSET": "250 ok"}


def scripted(changes, only=None):
    """Answers of a good relay with changes, for one recipient only if given."""
    def answer(command, text):
        if command in changes and (only is None or only in text):
            return changes[command]
        return GOOD.get(command, "250 ok")
    return answer


class Delivery(unittest.TestCase):
    def test_a_message_arrives_over_starttls_whole_and_alone(self):
        with Relay("good") as relay:
            attempts = run_room(f"smtp://localhost:{relay.port}", ["a@x.police.uk", "b@x.police.uk", "c@x.police.uk"], ca=FOLDER + "/ca.pem")
        self.assertEqual(set(verdicts(attempts).values()), {"sent"})
        self.assertEqual([a["answer"] for a in attempts], ["250 2.0.0 queued as X1"] * 3)
        self.assertEqual(sorted(t[1] for t in relay.sink.taken), [("a@x.police.uk",), ("b@x.police.uk",), ("c@x.police.uk",)])
        for sender, recipients, content, encrypted, greeting in relay.sink.taken:
            self.assertEqual((sender, encrypted, greeting), ("mappa-unit@example.police.uk", True, "example.police.uk"))
            message = email.message_from_bytes(content, policy=email.policy.default)
            self.assertEqual(message.defects, [])
            self.assertEqual(message["To"], recipients[0])
            self.assertEqual(message["From"], "MAPPA unit <mappa-unit@example.police.uk>")
            self.assertEqual(message["Subject"], "[OFFICIAL-SENSITIVE] MAPPA unit – café: 1 overdue, 2 due soon, 1 moved, 2 to check")
            self.assertEqual(message["Date"].datetime.isoformat(), "2023-03-22T07:30:00+00:00")
            self.assertEqual(message["Auto-Submitted"], "auto-generated")
            self.assertRegex(message["Message-ID"], r"^<\d\.2023-03-22@mappad\.example\.police\.uk>$")
            self.assertEqual(message.get_content().replace("\r\n", "\n"),
                             "OFFICIAL-SENSITIVE\n\n  DBY-7K3Q  Review meeting\n.\nFrom here\n\nEnd of café \n")
            self.assertTrue(all(len(line) <= 78 for line in content.split(b"\r\n")))

    def test_parts_are_read_by_an_independent_parser(self):
        with Relay("good") as relay:
            run_room(f"smtp://localhost:{relay.port}", ["a@x.police.uk"], ca=FOLDER + "/ca.pem", form="multipart")
        message = email.message_from_bytes(relay.sink.taken[0][2], policy=email.policy.default)
        self.assertEqual(message.get_content_type(), "multipart/mixed")
        words, dates = message.iter_parts()
        self.assertEqual(words.get_content_type(), "multipart/alternative")
        text, page = words.iter_parts()
        self.assertEqual([p.get_content_type() for p in (text, page, dates)], ["text/plain", "text/html", "text/calendar"])
        self.assertEqual(page.get_content().replace("\r\n", "\n"), "<p>1 overdue &mdash; café</p>\n")
        self.assertEqual(dates.get_content(), "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n")
        self.assertEqual((dates.get_filename(), dates.get_content_disposition(), dates.get_param("method")), ("dates.ics", "attachment", "PUBLISH"))
        self.assertEqual([p.defects for p in message.walk()], [[]] * 5)

    def test_tls_from_the_first_byte(self):
        with Relay("good", smtps=True) as relay:
            attempts = run_room(f"smtps://localhost:{relay.port}", ["a@x.police.uk"], ca=FOLDER + "/ca.pem")
        self.assertEqual(verdicts(attempts), {"a@x.police.uk": "sent"})
        self.assertEqual(len(relay.sink.taken), 1)

    def refuses(self, certificate, ca, words):
        with Relay(certificate) as relay:
            attempts = run_room(f"smtp://localhost:{relay.port}", ["a@x.police.uk"], ca=FOLDER + "/" + ca)
        self.assertEqual(verdicts(attempts), {"a@x.police.uk": "retry"})
        self.assertEqual(relay.sink.taken, [])
        self.assertIn(words, attempts[0]["answer"].lower())

    def test_an_untrusted_certificate_gets_nothing(self):
        self.refuses("good", "other-ca.pem", "certificate")

    def test_a_certificate_for_another_name_gets_nothing(self):
        self.refuses("wrong", "ca.pem", "matches target host name 'localhost'")

    def test_an_expired_certificate_gets_nothing(self):
        self.refuses("expired", "ca.pem", "expired")

    def test_a_relay_without_starttls_gets_nothing(self):
        with Relay(None) as relay:
            attempts = run_room(f"smtp://localhost:{relay.port}", ["a@x.police.uk"], ca=FOLDER + "/ca.pem")
        self.assertEqual(verdicts(attempts), {"a@x.police.uk": "retry"})
        self.assertEqual(relay.sink.taken, [])

    def authenticated(self, password):
        def check(server, session, envelope, mechanism, data):
            good = data.login == b"mappad" and data.password == b"s3cret word"
            return AuthResult(success=good, handled=good)
        pathlib.Path(FOLDER, "smtp-password").write_text(password)
        with Relay("good", authenticator=check, auth_required=True) as relay:
            attempts = run_room(f"smtp://localhost:{relay.port}", ["a@x.police.uk"], ca=FOLDER + "/ca.pem", user="mappad",
                                credentials=FOLDER)
        return verdicts(attempts)["a@x.police.uk"], len(relay.sink.taken), attempts[0]["answer"]

    def test_the_password_of_the_credential_is_used(self):
        self.assertEqual(self.authenticated("s3cret word\n")[:2], ("sent", 1))

    def test_a_wrong_password_loses_nothing(self):
        verdict, taken, answer = self.authenticated("wrong\n")
        self.assertEqual((verdict, taken), ("retry", 0))
        self.assertNotIn("wrong", answer)

    def test_a_missing_credential_is_said(self):
        attempts = run_room("smtp://localhost:25", ["a@x.police.uk"], user="mappad", credentials=FOLDER + "/nowhere")
        self.assertIn("cannot be read", attempts[0]["problem"])

    def test_plain_mail_to_another_machine_is_refused_at_the_start(self):
        attempts = run_room("smtp://relay.example.org:25", ["a@x.police.uk"], tls="none")
        self.assertIn("another", attempts[0]["problem"])

    def plain(self, changes, only=None, recipients=("a@x.police.uk",), **options):
        with Script(scripted(changes, only)) as relay:
            attempts = run_room(f"smtp://127.0.0.1:{relay.port}", recipients, tls="none", **options)
            return attempts, relay

    def test_every_command_may_be_refused(self):
        table = [       # command, reply, verdict
            ("greeting", "421 not now", "retry"), ("greeting", "554 no service", "retry"),
            ("EHLO", "421 not now", "retry"),
            ("MAIL", "451 4.3.0 later", "retry"), ("MAIL", "550 5.7.1 sender refused", "retry"),
            ("RCPT", "450 4.2.1 mailbox busy", "retry"), ("RCPT", "550 5.1.1 no such user", "permanent"),
            ("RCPT", "421 4.3.2 closing", "retry"),
            ("DATA", "451 4.3.0 later", "retry"), ("DATA", "554 5.5.1 no valid recipients", "permanent"),
            (".", "452 4.3.1 disk full", "retry"), (".", "554 5.7.1 refused as spam", "permanent"),
        ]
        for command, reply, verdict in table:
            with self.subTest(command=command, reply=reply):
                # Who is refused EHLO may still say HELO.
                attempts, relay = self.plain({command: reply, **({"HELO": reply} if command == "EHLO" else {})})
                self.assertEqual(verdicts(attempts), {"a@x.police.uk": verdict})
                self.assertEqual(relay.taken, [])
                if command != "EHLO":
                    self.assertEqual(attempts[0]["answer"], reply)

    def test_a_connection_cut_at_any_command_loses_nothing(self):
        for command in ("greeting", "EHLO", "MAIL", "RCPT", "DATA"):
            with self.subTest(command=command):
                attempts, relay = self.plain({command: ""})
                self.assertEqual(verdicts(attempts), {"a@x.police.uk": "retry"})

    def test_a_stall_at_any_command_ends_with_the_timeout(self):
        for command in ("greeting", "EHLO", "MAIL", "RCPT", "DATA"):
            with self.subTest(command=command):
                attempts, relay = self.plain({command: None}, timeout=300)
                self.assertEqual(verdicts(attempts), {"a@x.police.uk": "retry"})

    def test_silence_or_a_cut_after_the_text_may_have_been_sent(self):
        for reply, timeout in (("", 3000), (None, 300)):
            with self.subTest(reply=reply):
                attempts, relay = self.plain({".": reply}, timeout=timeout, attempts=2)
                self.assertEqual([a["verdict"] for a in attempts], ["ambiguous"] * 2)
                self.assertEqual(len({a["id"] for a in attempts}), 1)
                self.assertTrue(attempts[0]["answer"].startswith("may have been sent: "))
                self.assertGreater(attempts[0]["wait"], 0)

    def test_a_relay_that_is_down_is_tried_again_and_nothing_is_lost(self):
        attempts = run_room(f"smtp://127.0.0.1:{free_port()}", ["a@x.police.uk"], tls="none", attempts=6)
        self.assertEqual([a["verdict"] for a in attempts], ["retry"] * 6)
        waits = [a["wait"] for a in attempts]
        for wait, full in zip(waits, (30, 60, 120, 240, 480, 600)):
            self.assertTrue(750 * full <= wait <= 1000 * full, waits)

    def test_a_message_that_failed_arrives_later_with_the_same_identity(self):
        seen = []

        def answer(command, text):
            if command == "RCPT":
                seen.append(text)
                return "450 busy" if len(seen) < 3 else "250 ok"
            return GOOD.get(command, "250 ok")
        with Script(answer) as relay:
            attempts = run_room(f"smtp://127.0.0.1:{relay.port}", ["a@x.police.uk"], tls="none", attempts=5)
        self.assertEqual([a["verdict"] for a in attempts], ["retry", "retry", "sent"])
        self.assertEqual(len(relay.taken), 1)
        self.assertIn(attempts[0]["id"].encode(), relay.taken[0][1])

    def test_one_stuck_mailbox_delays_nobody(self):
        people = ["stuck@x.police.uk"] + [f"p{i}@x.police.uk" for i in range(40)]
        attempts, relay = self.plain({"RCPT": None}, only="stuck", recipients=people, timeout=2500)
        self.assertEqual([a["recipient"] for a in attempts][-1], "stuck@x.police.uk")
        self.assertEqual(len(relay.taken), 40)
        self.assertEqual(sorted(r for r, _ in relay.taken), sorted(people[1:]))

    def test_mailboxes_that_keep_failing_leave_a_place_for_the_others(self):
        """Of three messages two fail at first; when they come again one place stays free."""
        people = ["stuck1@x.police.uk", "stuck2@x.police.uk"]
        attempts, relay = self.plain({"RCPT": "450 busy"}, only="stuck", recipients=people, attempts=3)
        self.assertEqual(len(attempts), 6)

    def test_a_refused_recipient_does_not_end_the_others(self):
        people = ["bad@x.police.uk", "good@x.police.uk"]
        attempts, relay = self.plain({"RCPT": "550 no such user"}, only="bad", recipients=people, connections=1)
        self.assertEqual(verdicts(attempts), {"bad@x.police.uk": "permanent", "good@x.police.uk": "sent"})
        self.assertEqual([r for r, _ in relay.taken], ["good@x.police.uk"])

    def test_a_server_that_never_answers_quit_is_not_waited_for(self):
        began = time.monotonic()
        attempts, relay = self.plain({"QUIT": None, "RCPT": "550 no such user"}, timeout=20000, recipients=["a@x.police.uk", "b@x.police.uk"])
        self.assertEqual(set(verdicts(attempts).values()), {"permanent"})
        attempts, relay = self.plain({"QUIT": None}, timeout=20000)
        self.assertEqual(verdicts(attempts), {"a@x.police.uk": "sent"})
        self.assertLess(time.monotonic() - began, 2)

    def test_stopping_takes_no_second_and_leaves_what_was_under_way(self):
        began = time.monotonic()
        attempts, relay = self.plain({"RCPT": None}, timeout=20000, cut_after=200)
        self.assertEqual(attempts, [])
        self.assertLess(time.monotonic() - began, 1)

    def test_stopping_after_the_text_says_that_it_may_have_been_sent(self):
        began = time.monotonic()
        attempts, relay = self.plain({".": None}, timeout=20000, cut_after=300)
        self.assertEqual([a["verdict"] for a in attempts], ["ambiguous"])
        self.assertLess(time.monotonic() - began, 5)

    def test_a_relay_that_thinks_about_one_text_takes_the_others_meanwhile(self):
        people = ["slow@x.police.uk"] + [f"p{i}@x.police.uk" for i in range(20)]
        attempts, relay = self.plain({".": None}, only="slow", recipients=people, timeout=1500)
        self.assertEqual([a["recipient"] for a in attempts][-1], "slow@x.police.uk")
        self.assertEqual((attempts[-1]["verdict"], attempts[-1]["answer"]), ("ambiguous", "may have been sent: the relay did not answer in time"))
        self.assertEqual(sorted(r for r, _ in relay.taken), sorted(people[1:]))

    def test_what_a_relay_offers_is_used_and_nothing_else(self):
        """MAIL and RCPT in one piece, and the size of the text, where EHLO says so; a relay's name, or half a word, says nothing."""
        for hello, mail in (("250 relay", r"^MAIL FROM:<mappa-unit@example\.police\.uk>$"),
                            ("250-size.example.org at your service\r\n250-SIZEABLE\r\n250 HELP", r"^MAIL FROM:<mappa-unit@example\.police\.uk>$"),
                            ("250-relay\r\n250-PIPELINING\r\n250 SIZE 100000", r"^MAIL FROM:<mappa-unit@example\.police\.uk> SIZE=\d{3}$")):
            with self.subTest(hello=hello):
                attempts, relay = self.plain({"EHLO": hello}, recipients=["a@x.police.uk", "b@x.police.uk"], connections=1)
                self.assertEqual(set(verdicts(attempts).values()), {"sent"})
                self.assertEqual([c.split(" ")[0].split(":")[0] for c in relay.commands][:7], ["EHLO"] + ["MAIL", "RCPT", "DATA"] * 2)
                self.assertRegex(relay.commands[1], mail)

    def encrypted(self, changes, recipients=("a@x.police.uk",), behind=b"", taken_at_once=None, **more):
        """A run over STARTTLS; what is said in the clear is under "EHLO", what after it under "EHLO again"."""
        seen = []

        def answer(command, text):
            if command == "EHLO":
                seen.append(command)
                command = "EHLO" if len(seen) == 1 else "EHLO again"
            default = {"EHLO": "250-relay\r\n250 STARTTLS", "EHLO again": "250 relay"}
            return changes.get(command, {**GOOD, **default}.get(command, "250 ok"))
        with Encrypted(answer, behind, taken_at_once) as relay:
            attempts = run_room(f"smtp://localhost:{relay.port}", recipients, ca=FOLDER + "/ca.pem", connections=1, **more)
        return attempts, relay

    def test_what_was_offered_in_the_clear_is_forgotten(self):
        """Anybody on the way could have said it. RFC 3207 4.2."""
        before = "250-relay\r\n250-STARTTLS\r\n250-PIPELINING\r\n250-SIZE 5\r\n250 AUTH PLAIN LOGIN"
        attempts, relay = self.encrypted({"EHLO": before, "MAIL": "450 later"})
        self.assertEqual(attempts[0]["answer"], "450 later")
        self.assertEqual(relay.commands[:3], ["TLS", "EHLO example.police.uk", "MAIL FROM:<mappa-unit@example.police.uk>"])
        self.assertNotIn("RCPT TO:<a@x.police.uk>", relay.commands)     # else MAIL and RCPT had gone in one piece
        self.assertEqual(relay.in_the_clear, ["EHLO example.police.uk", "STARTTLS"])

    def test_a_login_offered_in_the_clear_alone_is_not_used_anywhere(self):
        pathlib.Path(FOLDER, "smtp-password").write_text("s3cret\n")
        words = {"user": "mappad", "credentials": FOLDER}
        before = "250-relay\r\n250-STARTTLS\r\n250 AUTH PLAIN LOGIN"
        attempts, relay = self.encrypted({"EHLO": before, "MAIL": "530 log in first"}, **words)
        self.assertEqual(verdicts(attempts), {"a@x.police.uk": "retry"})
        self.assertFalse([line for line in relay.commands + relay.in_the_clear if line.startswith("AUTH")])
        secret = base64.b64encode(b"\0mappad\0s3cret").decode()
        attempts, relay = self.encrypted({"EHLO again": "250-relay\r\n250 AUTH PLAIN", "AUTH": "334 ", secret.upper(): "235 in"}, **words)
        self.assertEqual(verdicts(attempts), {"a@x.police.uk": "sent"})
        self.assertIn(secret, relay.commands)
        self.assertFalse([line for line in relay.in_the_clear if line.startswith("AUTH")])

    def test_answers_put_behind_the_one_to_starttls_are_not_taken_for_the_relays(self):
        """The old injection: what was sent in the clear, in one packet with "220 go on", would be read after the handshake."""
        for behind in (b"250-evil\r\n250 AUTH PLAIN LOGIN\r\n", b"250 evil\r\n250 ok\r\n250 ok\r\n354 go on\r\n250 queued\r\n", b"2"):
            with self.subTest(behind=behind):
                pathlib.Path(FOLDER, "smtp-password").write_text("s3cret\n")
                attempts, relay = self.encrypted({}, behind=behind, user="mappad", credentials=FOLDER)
                self.assertEqual(verdicts(attempts), {"a@x.police.uk": "retry"})
                self.assertEqual(relay.taken, [])
                self.assertFalse([line for line in relay.commands + relay.in_the_clear if line.startswith(("AUTH", "MAIL"))])

    def test_a_long_letter_arrives_whole_over_tls_where_it_is_read_slowly(self):
        """A small window, and little read at a time: TLS takes a part of what it is given, and must be given the same again."""
        for at_once in (128, 1500):
            with self.subTest(at_once=at_once):
                attempts, relay = self.encrypted({}, ["a@x.police.uk", "b@x.police.uk"], taken_at_once=at_once, form="long", timeout=20000)
                self.assertEqual(set(verdicts(attempts[:-1]).values()), {"sent"})
                self.assertEqual(len(relay.taken), 2)
                for _, content in relay.taken:
                    lines = content.partition(b"\r\n\r\n")[2].split(b"\r\n")
                    self.assertEqual(lines, [bytes([ord("a") + i % 26]) * 63 for i in range(4096)] + [b""])

    def test_a_relay_that_takes_one_message_a_connection_costs_nobody_an_attempt(self):
        """It says so when the next one begins, with 421 or without a word. A connection closed before MAIL never carried it."""
        for word in ("421 4.7.0 one message a connection", ""):
            with self.subTest(word=word):
                people = [f"p{i}@x.police.uk" for i in range(12)]
                lives = {}

                def answer(command, text, lives=lives, word=word):
                    life = lives.setdefault(threading.get_ident(), [])
                    if command == "greeting":
                        life.clear()
                    life.append(command)
                    return word if command == "MAIL" and life.count("MAIL") > 1 else GOOD.get(command, "250 ok")
                with Script(answer) as relay:
                    attempts = run_room(f"smtp://127.0.0.1:{relay.port}", people, tls="none", connections=3)
                self.assertEqual([a["verdict"] for a in attempts], ["sent"] * len(people))
                self.assertEqual(sorted(recipient for recipient, _ in relay.taken), sorted(people))

    def test_a_new_connection_that_is_closed_at_mail_is_an_attempt(self):
        for word in ("421 4.3.2 closing", ""):
            with self.subTest(word=word):
                attempts, relay = self.plain({"MAIL": word}, attempts=2)
                self.assertEqual([a["verdict"] for a in attempts], ["retry", "retry"])

    def test_a_refused_sender_is_not_taken_for_a_refused_mailbox_when_both_were_named_at_once(self):
        attempts, relay = self.plain({"EHLO": "250-relay\r\n250 PIPELINING", "MAIL": "550 5.7.1 sender refused", "RCPT": "503 no sender"})
        self.assertEqual((verdicts(attempts), attempts[0]["answer"]), ({"a@x.police.uk": "retry"}, "550 5.7.1 sender refused"))
        self.assertNotIn("DATA", relay.commands)

    def test_stopping_says_nothing_more_to_the_relay(self):
        """A text cut short, or DATA and its end alone, would be taken for a message."""
        for stall_at, wanted in ((b"RCPT", b""), (b"DATA", b"")):
            with self.subTest(stall_at=stall_at):
                heard = []

                def serve(listener, stall=stall_at, heard=heard):
                    connection, _ = listener.accept()
                    with connection, connection.makefile("rb") as lines:
                        connection.sendall(b"220 relay ESMTP\r\n")
                        for line in lines:
                            heard.append(line)
                            if not any(said.startswith(stall) for said in heard):
                                connection.sendall(b"250 ok\r\n")

                with socket.create_server(("127.0.0.1", 0)) as listener:
                    thread = threading.Thread(target=serve, args=(listener,), daemon=True)
                    thread.start()
                    attempts = run_room(f"smtp://127.0.0.1:{listener.getsockname()[1]}", ["a@x.police.uk"], tls="none", timeout=20000,
                                        cut_after=400)
                    thread.join(20)
                self.assertEqual(attempts, [])
                after = b"".join(heard).partition(stall_at)[2].partition(b"\r\n")[2]
                self.assertEqual(after, wanted, heard)

    def test_an_address_cannot_carry_a_second_command(self):
        attack = "a@x.police.uk>|RCPT TO:<evil@example.org"
        attempts, relay = self.plain({}, recipients=[attack, "a@x.police.uk|DATA", "a@x.police.uk>", "\"a\"@x.police.uk"])
        self.assertEqual({a["verdict"] for a in attempts}, {"permanent"})
        self.assertEqual(relay.commands, [])

    def test_a_domain_outside_the_list_is_not_written_to(self):
        attempts, relay = self.plain({}, recipients=["a@example.org", "a@notpolice.uk", "ok@police.uk"])
        self.assertEqual(verdicts(attempts), {"a@example.org": "permanent", "a@notpolice.uk": "permanent", "ok@police.uk": "sent"})
        self.assertEqual([r for r, _ in relay.taken], ["ok@police.uk"])

    def test_connections_are_used_again(self):
        people = [f"p{i}@x.police.uk" for i in range(20)]
        attempts, relay = self.plain({}, recipients=people)
        self.assertEqual(len(relay.taken), 20)
        self.assertLessEqual(sum(c.startswith("EHLO") for c in relay.commands), 2)

    def test_a_long_letter_arrives_whole_also_where_it_is_read_slowly(self):
        """Larger than a part that libcurl is given, and than what a relay with a small window takes at once."""
        with Script(scripted({})) as relay:
            relay.listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            *attempts, told = run_room(f"smtp://127.0.0.1:{relay.port}", ["a@x.police.uk", "b@x.police.uk"], tls="none", form="long",
                                       timeout=20000)
        self.assertEqual(set(verdicts(attempts).values()), {"sent"})
        self.assertEqual(len(relay.taken), 2)
        for _, content in relay.taken:
            lines = content.partition(b"\r\n\r\n")[2].split(b"\r\n")
            self.assertEqual(lines, [bytes([ord("a") + i % 26]) * 63 for i in range(4096)] + [b""])

    def test_a_letter_is_read_once_for_an_attempt_however_many_wait_for_one_mailbox(self):
        """Of one mailbox one message is under way, and the room looks at all that wait again and again."""
        people = ["same@x.police.uk"] * 10 + [f"p{i}@x.police.uk" for i in range(10)]
        with Script(scripted({})) as relay:
            *attempts, told = run_room(f"smtp://127.0.0.1:{relay.port}", people, tls="none", form="long", timeout=20000)
        self.assertEqual([a["verdict"] for a in attempts], ["sent"] * len(people))
        self.assertEqual(len({a["id"] for a in attempts}), len(people))
        self.assertEqual(told["letters"], len(people))

    def test_long_letters_are_not_all_held_at_once(self):
        """4 MiB of them wait for a connection at the most."""
        people = [f"p{i}@x.police.uk" for i in range(32)]
        with Script(scripted({})) as relay:
            *attempts, told = run_room(f"smtp://127.0.0.1:{relay.port}", people, tls="none", form="long", timeout=20000)
        self.assertEqual([a["verdict"] for a in attempts], ["sent"] * len(people))
        self.assertLess(told["at_once"], 28)

    def test_after_a_failure_the_next_message_is_as_good_as_the_first(self):
        """Of what went wrong with one message nothing is left for those after it."""
        changes = iter(["450 busy", "", "250 ok", "550 no such user", "250 ok", "250 ok"])

        def answer(command, text):
            return next(changes) if command == "RCPT" else GOOD.get(command, "250 ok")
        people = [f"p{i}@x.police.uk" for i in range(6)]
        with Script(answer) as relay:
            attempts = run_room(f"smtp://127.0.0.1:{relay.port}", people, tls="none", connections=1)
        self.assertEqual([verdicts(attempts)[p] for p in people], ["retry", "retry", "sent", "permanent", "sent", "sent"])
        self.assertEqual([r for r, _ in relay.taken], [people[2], people[4], people[5]])
        self.assertEqual([a["answer"] for a in attempts if a["verdict"] == "sent"], ["250 queued"] * 3)

    def test_a_garbled_relay_is_survived(self):
        for reply in ("hello", "999 what", "250", "250-", "2 5 0", "\0\0\0", "250 " + "x" * 100000):
            with self.subTest(reply=reply[:20]):
                attempts, relay = self.plain({"MAIL": reply}, timeout=300)
                self.assertEqual(len(attempts), 1)


@unittest.skipUnless(SMTP_SINK, "smtp-sink is not here; tests/mail/fetch-sink.sh brings it")
class SecondServer(unittest.TestCase):
    """A second server, by other people: smtp-sink of postfix, which can refuse, put off or hang up at each command."""

    def sink(self, *options, recipients=("a@x.police.uk",), **more):
        """The attempts of one run against it, and what it stored: a list of (recipients, message)."""
        with tempfile.TemporaryDirectory() as folder:
            os.chmod(folder, 0o777)
            port = free_port()
            user = ["-u", "nobody"] if os.geteuid() == 0 else []
            server = subprocess.Popen([SMTP_SINK, *user, "-d", folder + "/mail.", *options, f"127.0.0.1:{port}", "16"],
                                      stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
            try:
                wait_for(port, server)
                attempts = run_room(f"smtp://127.0.0.1:{port}", recipients, tls="none", **more)
            finally:
                server.kill()
                server.communicate()
            return attempts, [self.stored(path) for path in sorted(pathlib.Path(folder).glob("mail.*"))]

    @staticmethod
    def stored(path):
        message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        return re.findall(r"<(.*?)>", " ".join(message.get_all("X-Rcpt-Args", []))), message

    def test_what_is_sent_is_stored_once_for_each(self):
        people = [f"p{number}@x.police.uk" for number in range(30)]
        attempts, stored = self.sink(recipients=people, connections=4)
        self.assertEqual(set(verdicts(attempts).values()), {"sent"})
        self.assertEqual(sorted(recipients for recipients, _ in stored), sorted([person] for person in people))
        self.assertEqual(sorted(str(message["Message-ID"]) for _, message in stored), sorted(f"<{a['id']}>" for a in attempts))

    def test_each_command_refused_put_off_or_cut(self):
        for option, verdict_of in (("-f", {"MAIL": "retry", "RCPT": "permanent", "DATA": "permanent", ".": "permanent"}),
                                   ("-r", {"MAIL": "retry", "RCPT": "retry", "DATA": "retry", ".": "retry"}),
                                   ("-q", {"MAIL": "retry", "RCPT": "retry", "DATA": "retry", ".": "ambiguous"})):
            for command, verdict in verdict_of.items():
                with self.subTest(option=option, command=command):
                    attempts, stored = self.sink(option, command, attempts=2)
                    self.assertEqual({a["verdict"] for a in attempts}, {verdict})
                    self.assertEqual(len({a["id"] for a in attempts}), 1)
                    self.assertEqual(len(attempts), 1 if verdict == "permanent" else 2)
                    if command != ".":
                        self.assertEqual([message for _, message in stored if message["Subject"]], [])

    def test_a_server_without_extensions(self):
        attempts, stored = self.sink("-e")
        self.assertEqual((verdicts(attempts), len(stored)), ({"a@x.police.uk": "sent"}, 1))


if __name__ == "__main__":
    PROGRAM = sys.argv.pop(1)
    with tempfile.TemporaryDirectory() as FOLDER:
        make_certificates()
        result = unittest.main(verbosity=1, exit=False).result
    # The runner counts unit programs by their TAP.
    lines = [f"not ok {{}} - {test.id()}" for test, _ in result.failures + result.errors]
    lines += [f"ok {{}} - {test.id()} # SKIP {reason}" for test, reason in result.skipped]
    lines += ["ok {}"] * (result.testsRun - len(lines))
    for number, line in enumerate(lines):
        print(line.format(number + 1))
    sys.exit(0 if result.wasSuccessful() and result.testsRun else 1)
