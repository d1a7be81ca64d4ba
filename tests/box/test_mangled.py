#!/usr/bin/python3
"""A middleman between mappactl and the daemon who spoils what passes: nobody is told that something was recorded that was not.

The middleman speaks for the daemon on a socket of his own and changes one answer. What means the same as before must be taken as
before; of all else mappactl says that it has no answer, in good time, and ends with a status that says so.
"""

import contextlib
import json
import os
import random
import re
import socket
import subprocess
import threading
import unittest

from harness import MAPPACTL, BoxTest, main

DEADLINE_S = 20
CRLF = b"\r\n"


def parts(answer):
    """Status line, headers and body of an answer that was read whole."""
    head, _, body = answer.partition(CRLF * 2)
    status, *headers = head.split(CRLF)
    return status, headers, body


def put(status, headers, body):
    return CRLF.join([status, *headers, b"", body])


def without(headers, *names):
    return [header for header in headers if header.split(b":")[0].lower() not in names]


def chunked(answer, size=7, extension=b"", trailer=b"0\r\n\r\n"):
    status, headers, body = parts(answer)
    chunks = b"".join(b"%x%s\r\n%s\r\n" % (len(body[at:at + size]), extension, body[at:at + size]) for at in range(0, len(body), size))
    return put(status, without(headers, b"content-length") + [b"Transfer-Encoding: chunked"], chunks + trailer)


def with_length(answer, change):
    status, headers, body = parts(answer)
    return put(status, without(headers, b"content-length") + change(len(body)), body)


def other_status(code):
    return lambda answer: re.sub(rb"^HTTP/1.1 \d+ [^\r]*", b"HTTP/1.1 " + code, answer, count=1)


def folded(answer):
    status, headers, body = parts(answer)
    return put(status, headers + [b"X-Long: a\r\n\tb"], body)


def recased(answer):
    status, headers, body = parts(answer)
    return put(status, [header.partition(b":")[0].swapcase() + b":  \t" + header.partition(b":")[2].strip() + b" " for header in headers], body)


def within(position, what):
    def change(answer):
        status, headers, body = parts(answer)
        at = {"start": 0, "middle": len(body) // 2, "end": len(body)}[position]
        return with_length(put(status, headers, body[:at] + what + body[at:]), lambda length: [b"Content-Length: %d" % length])
    return change


# What means the same to whoever reads it well.
SAME = {
    "in single bytes": lambda answer: [answer[at:at + 1] for at in range(len(answer))],
    "headers in other case and with blanks": recased,
    "a header that is folded": folded,
    "headers that nobody knows": lambda answer: answer.replace(CRLF, CRLF + b"X-Y: z" * 200 + CRLF, 1),
    "in chunks": chunked,
    "in chunks with extensions": lambda answer: chunked(answer, extension=b";a=b"),
    "in chunks with a trailer": lambda answer: chunked(answer, trailer=b"0\r\nX-Late: y\r\n\r\n"),
    "HTTP/1.0 until the end": lambda answer: with_length(answer.replace(b"HTTP/1.1", b"HTTP/1.0", 1), lambda _: []),
    "a word before it": lambda answer: b"HTTP/1.1 100 Continue\r\n\r\n" + answer,
    "bytes after it": lambda answer: answer + b"HTTP/1.1 500 no\r\n\r\n",
    "the answer twice": lambda answer: answer + answer,
}
# What is no answer, or not that one.
WRONG = {
    "nothing": lambda answer: b"",
    "half a status line": lambda answer: answer[:6],
    "the head alone": lambda answer: parts(answer)[0] + CRLF,
    "all but a byte": lambda answer: answer[:-1],
    "half the body": lambda answer: answer[:-len(parts(answer)[2]) // 2],
    "more announced than sent": lambda answer: with_length(answer, lambda length: [b"Content-Length: %d" % (length + 1)]),
    "less announced than sent": lambda answer: with_length(answer, lambda length: [b"Content-Length: %d" % (length // 2)]),
    "a length of words": lambda answer: with_length(answer, lambda length: [b"Content-Length: many"]),
    "a length below nothing": lambda answer: with_length(answer, lambda length: [b"Content-Length: -1"]),
    "a chunk that is cut": lambda answer: chunked(answer)[:-9],
    "chunks without an end": lambda answer: chunked(answer, trailer=b""),
    "a chunk of no size": lambda answer: chunked(answer).replace(b"\r\n\r\n7\r\n", b"\r\n\r\nzz\r\n", 1),
    "a chunk of all sizes": lambda answer: chunked(answer).replace(b"\r\n\r\n7\r\n", b"\r\n\r\nffffffffffffffff\r\n", 1),
    "no HTTP": lambda answer: b"220 relay ESMTP\r\n" + answer,
    "HTTP of the past": lambda answer: parts(answer)[2],
    "HTTP of the future": lambda answer: answer.replace(b"HTTP/1.1", b"HTTP/9.9", 1),
    "a NUL in the head": lambda answer: answer.replace(CRLF, b"\0" + CRLF, 1),
    "a NUL in the body": within("middle", b"\0"),
    "bytes behind the body": within("end", b"}"),
    "bytes before the body": within("start", b"x"),
    "two lengths, the first one right": lambda answer: with_length(answer, lambda length: [b"Content-Length: %d" % length, b"Content-Length: 5"]),
    "a body that is a list": lambda answer: with_length(put(*parts(answer)[:2], b"[]"), lambda length: [b"Content-Length: %d" % length]),
    "a body that is empty": lambda answer: with_length(put(*parts(answer)[:2], b"{}"), lambda length: [b"Content-Length: %d" % length]),
    "no body": lambda answer: with_length(put(*parts(answer)[:2], b""), lambda length: [b"Content-Length: 0"]),
    "a status that has no body": other_status(b"204 No Content"),
    "elsewhere": other_status(b"302 Found"),
    "a status of no class": other_status(b"999 Odd"),
    "only a word before": lambda answer: b"HTTP/1.1 100 Continue\r\n\r\n",
    "a head without end": lambda answer: b"HTTP/1.1 200 OK\r\n" + b"X-A: " + b"y" * 400000,
}


# What a member may be that nobody expects; the last ones would speak to a terminal.
ODD = (None, True, 0, -1, 1 << 62, -(1 << 63), 1.5, "", "x", [], {}, [[]], [None], {"a": None}, "y" * 70000, "2023-02-31", "9999-99-99", "9999-12-31", "1583-01-01",
       "\x1b]0;owned\x07", "a\rb\nc\x7f\u0085")


def places(value, path=()):
    """Each place of a value, as a path."""
    yield path
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from places(inner, path + (key,))


def other_member(answer, chance, steps):
    """The answer with one of its members another value, or without it; what was done goes into steps."""
    status, headers, body = parts(answer)
    try:
        whole = json.loads(body)
    except ValueError:
        return answer
    found = list(places(whole))
    path = chance.choice(found[1:] or found)
    inside = whole
    for key in path[:-1]:
        inside = inside[key]
    odd = chance.choice(ODD)
    steps += [path, str(odd)[:40]]
    if not path:
        whole = odd
    elif chance.random() < 0.15:
        del inside[path[-1]]
        steps.append("gone")
    else:
        inside[path[-1]] = odd
    return with_length(put(status, headers, json.dumps(whole).encode()), lambda length: [b"Content-Length: %d" % length])


class Middleman:
    """Takes connections for the daemon. The answer to the request of that path is changed, all others pass."""

    def __init__(self, path, behind, target, change):
        self.behind, self.target, self.change = behind, target, change
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.listener.bind(path)
        self.listener.listen()
        self.changed = 0
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    @staticmethod
    def whole(connection, held=b""):
        """One message with its body, by Content-Length; None at the end."""
        while CRLF * 2 not in held:
            more = connection.recv(65536)
            if not more:
                return None
            held += more
        head, _, body = held.partition(CRLF * 2)
        length = int((re.search(rb"(?im)^content-length: *(\d+)", head) or [0, 0])[1])
        while len(body) < length:
            body += connection.recv(65536)
        return head + CRLF * 2 + body

    def serve(self, connection):
        with connection, socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as behind, contextlib.suppress(OSError):
            behind.connect(str(self.behind))
            while True:
                request = self.whole(connection)
                if request is None:
                    return
                behind.sendall(request)
                answer = self.whole(behind)
                if not request.split(b" ")[1].startswith(self.target):
                    connection.sendall(answer)
                    continue
                self.changed += 1
                spoilt = self.change(answer)
                for piece in spoilt if isinstance(spoilt, list) else [spoilt]:
                    connection.sendall(piece)
                return

    def close(self):
        self.listener.close()


class Mangled(BoxTest):
    def through(self, change, target, *words, stdin=None):
        """What mappactl says when the answer to that path is spoilt."""
        path = str(self.directory / "middle")
        middle = Middleman(path, self.daemon.socket, target, change)
        try:
            result = subprocess.run([str(MAPPACTL), *words], input=stdin, capture_output=True, text=True, timeout=DEADLINE_S,
                                    env={**os.environ, "LC_ALL": "C.UTF-8", "MAPPAD_SOCKET": path})
        finally:
            middle.close()
            (self.directory / "middle").unlink()
        self.assertGreaterEqual(result.returncode, 0, f"killed by a signal: {result.stderr}")
        self.assertGreater(middle.changed, 0, (words, result))
        return result

    def record(self, change, number):
        return self.through(change, b"/v1/events", "record", f"M-{number}", "sentenced", "--on", "2023-01-02", "disposal=community")

    def test_a_recording_is_told_only_of_a_whole_answer_that_says_so(self):
        self.start()
        for number, (name, change) in enumerate({**SAME, **WRONG}.items()):
            with self.subTest(name):
                said = self.record(change, number)
                if name in SAME:
                    self.assertEqual((said.returncode, said.stderr), (0, ""))
                    self.assertIn("Recorded as number", said.stdout)
                else:
                    self.assertEqual((said.returncode, said.stdout), (said.returncode or "not 0", ""), said)
                    self.assertIn("may be recorded", said.stderr)
                self.assertEqual(self.daemon.status()["last_seq"], number + 1)      # it was, once

    def test_what_was_sent_on_a_connection_that_closes_is_not_sent_again(self):
        """Without --on the day is asked first, on a connection that is then kept."""
        self.start()
        said = self.through(WRONG["nothing"], b"/v1/events", "record", "M-1", "sentenced", "disposal=community")
        self.assertNotEqual(said.returncode, 0)
        self.assertIn("may be recorded", said.stderr)
        self.assertEqual(self.daemon.status()["last_seq"], 1)

    def test_a_list_is_shown_only_of_a_whole_answer(self):
        self.start()
        self.daemon.recorded({"case": "M-1", "event": "sentenced", "disposal": "community", "on": "2023-01-02"})
        for words, target in ((("due", "--within", "52w"), b"/v1/obligations"), (("show", "M-1"), b"/v1/cases"), (("status",), b"/v1/status"),
                              (("alerts",), b"/v1/alerts"), (("verify",), b"/v1/verify"), (("certificate",), b"/v1/"),
                              (("explain", "M-1", "first-meeting"), b"/v1/cases"), (("health",), b"/v1/status")):
            honest = self.through(lambda answer: [answer], target, *words)
            for name, change in {**SAME, **WRONG}.items():
                with self.subTest(words=words, name=name):
                    said = self.through(change, target, *words)
                    if name in SAME:
                        self.assertEqual((said.returncode, said.stderr), (honest.returncode, honest.stderr))
                    else:
                        self.assertNotEqual((said.returncode, said.stdout), (0, honest.stdout))
                        self.assertNotEqual(said.returncode, 0, said)

    def test_an_answer_without_what_was_asked_for_is_no_good_news(self):
        """No command takes {} for an answer: that nothing is owed, that nothing was erased, that all adds up."""
        self.start()
        self.daemon.recorded({"case": "M-1", "event": "sentenced", "disposal": "community", "on": "2023-01-02"})
        for words in (("due",), ("show", "M-1"), ("show", "M-1", "--html"), ("status",), ("alerts",), ("verify",), ("certificate",), ("health",), ("cases",), ("outbox",),
                      ("explain", "M-1"), ("explain", "M-1", "--json"), ("explain", "M-1", "first-meeting"), ("rules",), ("rules", "history"), ("rules", "show", "0" * 64),
                      ("history", "M-1"), ("history", "M-1", "--html"), ("history", "erased-1"), ("erasures",), ("erase", "M-1", "--why", "x"), ("forecast",),
                      ("forecast", "--csv"), ("routes", "test", "M-1", "first-meeting", "due"), ("access-log", "M-1"), ("retention", "due"), ("seals",),
                      ("seals", "--csv"), ("export", "seals"), ("subject-access", "M-1"), ("outbox", "retry", "--failed"), ("ack", "1", "--why", "x"),
                      ("report", "annual", "2022-23"), ("report", "annual", "--seal", "2022-23"), ("retract", "1", "--why", "x"), ("overdue",), ("export", "events"), ("export", "obligations"),
                      ("export", "access"), ("rules", "diff"), ("rules", "accept", "0" * 64), ("reload",), ("reload", "--accept", "0" * 64), ("calendar",), ("metrics",),
                      ("record", "M-1", "note", "token=T"), ("report", "annual", "2022-23", "--cases"), ("certificate", "--json"), ("certificate", "--csv")):
            with self.subTest(words=words):
                said = self.through(lambda answer: b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", b"/", *words)
                self.assertNotEqual(said.returncode, 0, said)
                self.assertRegex(said.stderr + said.stdout, "not understood|does not|broke off|UNKNOWN|CRITICAL", said)

    def test_an_answer_that_has_something_else_instead_says_what(self):
        self.start()
        self.daemon.recorded({"case": "M-1", "event": "sentenced", "disposal": "community", "on": "2023-01-02"})
        for words, member, value, why in ((("verify",), "verified", "yes", '"verified" is a text and not true or false'),
                                          (("status",), "now", 1.5, '"now" is a number with a fraction and not a text'),
                                          (("history", "M-1"), "record", {}, '"record" is an object and not a list'),
                                          (("explain", "M-1", "first-meeting"), "steps", 0, '"steps" is a whole number and not a list'),
                                          (("forecast",), "weeks", None, '"weeks" is null and not a list'),
                                          (("rules",), "rules", False, '"rules" is true or false and not a list'),
                                          (("erasures",), "erasures", ..., 'it has no "erasures"')):
            def spoil(answer, member=member, value=value):
                body = json.loads(parts(answer)[2])
                del body[member]
                body.update({} if value is ... else {member: value})
                return with_length(put(*parts(answer)[:2], json.dumps(body).encode()), lambda length: [b"Content-Length: %d" % length])
            with self.subTest(words=words):
                said = self.through(spoil, b"/v1/", *words)
                self.assertEqual((said.returncode, said.stdout, said.stderr),
                                 (3, "", f"mappactl: the daemon's answer is not understood: {why}\n"))

    def test_pages_that_lead_nowhere_end(self):
        self.start()
        for words, body in ((("cases",), {"cases": [], "next": "A-1"}), (("cases",), {"cases": [{"case": "A-1"}], "next": "A-1"}),
                            (("seals",), {"seals": [], "next": 4}), (("seals",), {"seals": [{"seq": 4}], "next": 4}), (("access-log",), {"accesses": [], "next": 4}),
                            (("export", "events"), {"events": [], "next": 4}),
                            (("alerts",), {"alerts": [], "more": True, "next": 4})):
            with self.subTest(words=words, body=body):
                text = json.dumps(body).encode()
                said = self.through(lambda answer, text=text: b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(text), text), b"/v1/", *words)
                self.assertEqual(said.returncode, 3, said)
                self.assertIn("not understood", said.stderr)

    def test_a_page_of_the_last_days_that_there_are_ends(self):
        self.start()
        self.daemon.recorded({"case": "M-1", "event": "sentenced", "disposal": "community", "on": "2023-01-02"})
        for words in (("history", "M-1", "--html"), ("show", "M-1", "--html")):
            said = self.through(lambda answer: [answer.replace(b"2023-01-02", b"9999-12-31")], b"/v1/cases", *words)
            self.assertEqual((said.returncode, said.stderr), (0, ""))
            self.assertIn("</html>", said.stdout)

    def test_whatever_an_answer_holds_nothing_breaks_and_no_terminal_obeys_it(self):
        """One member of an honest answer is another value, or gone. Not that it is shown well: that it does no harm."""
        self.start()
        self.daemon.recorded({"case": "M-1", "event": "sentenced", "disposal": "community", "on": "2023-01-02"},
                             {"case": "M-1", "event": "level-set", "level": "2", "lead-agency": "police", "on": "2022-10-03"})
        seed = int(os.environ.get("MAPPAD_SEED", "1"))
        print(f"# MAPPAD_SEED={seed}", flush=True)
        chance = random.Random(seed)
        commands = [("due", "--within", "52w"), ("show", "M-1"), ("status",), ("alerts",), ("verify",), ("certificate",), ("explain", "M-1", "first-meeting"),
                    ("health",), ("cases",), ("outbox",), ("rules",), ("access-log", "M-1"), ("history", "M-1"), ("show", "M-1", "--html"),
                    ("due", "--json"), ("due", "--csv"), ("forecast",), ("rules", "history"), ("erasures",), ("retention", "due"), ("seals",)]
        for turn in range(int(os.environ.get("MAPPAD_MANGLED", "150"))):
            words, steps = commands[turn % len(commands)], []
            with self.subTest(words=words, turn=turn, steps=steps):
                said = self.through(lambda answer, steps=steps: other_member(answer, chance, steps), b"/v1/", *words)
                self.assertNotRegex(said.stdout + said.stderr, "[\x00-\x08\x0b-\x1f\x80-\x9f]", "a terminal would obey")

    def test_a_text_that_a_terminal_would_obey_is_none(self):
        self.start()
        self.daemon.recorded({"case": "M-1", "event": "sentenced", "disposal": "community", "on": "2023-01-02"})
        for words, target in ((("calendar",), b"/v1/calendar"), (("metrics",), b"/metrics")):
            for text in (b"\x1b]0;owned\x07", b"\x7f", b"\0", b"\r", b"\r\r\n", b"\xff", b"\xc3", b"\xc0\x9b", b"\x9b31m", b"\xc2\x9b31m", b"\xc2\x85"):
                said = self.through(lambda answer, text=text: within("middle", text)(answer), target, *words)
                self.assertEqual((said.returncode, said.stdout), (3, ""), words)
                self.assertIn("not understood", said.stderr)

    def test_more_events_known_already_than_were_sent_are_not_understood(self):
        self.start()
        file = self.directory / "events"
        file.write_text('{"case": "M-1", "event": "sentenced", "disposal": "community", "on": "2023-01-02"}\n')
        for number in (b"5", b"-5"):
            said = self.through(lambda answer, number=number: with_length(answer.replace(b'"repeated":0', b'"repeated":' + number).replace(
                b'"repeated":1', b'"repeated":' + number), lambda length: [b"Content-Length: %d" % length]), b"/v1/events", "import", str(file))
            self.assertEqual((said.returncode, said.stdout), (3, ""))
            self.assertIn("not understood", said.stderr)

    def test_an_import_is_counted_only_of_whole_answers(self):
        self.start()
        number = 0
        for name, change in {**SAME, **WRONG}.items():
            with self.subTest(name):
                number += 1
                lines = "".join(f'{{"case": "M-I{number}", "event": "sentenced", "disposal": "community", "on": "2023-01-0{day}"}}\n' for day in (2, 3))
                before = self.daemon.status()["last_seq"] or 0
                file = self.directory / "events"
                file.write_text(lines)
                said = self.through(change, b"/v1/events", "import", str(file))
                if name in SAME:
                    self.assertEqual(said.returncode, 0, said)
                    self.assertEqual(self.daemon.status()["last_seq"], before + 2)
                else:
                    self.assertNotEqual(said.returncode, 0, said)
                    self.assertNotRegex(said.stdout, r"\b2 (events )?(were )?recorded")


if __name__ == "__main__":
    main()
