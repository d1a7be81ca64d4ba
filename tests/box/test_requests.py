#!/usr/bin/python3
"""A middleman between clients and the daemon who spoils requests: nothing is recorded that was not asked for wholly and clearly.

What means the same is recorded once, however it comes; all else is refused or cut off, and what a request brings along is never taken
for another one. The next client finds everything as it was.
"""

import contextlib
import json
import re
import socket
import subprocess
import threading

from harness import MAPPACTL, BoxTest, main

CRLF = b"\r\n"
EVENT = {"event": "sentenced", "on": "2023-01-02", "disposal": "community"}
HEAD = b"POST /v1/events HTTP/1.1\r\nHost: mappad\r\nContent-Type: application/json\r\n"
LAST = b"GET /v1/status HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
HIDDEN = json.dumps({"case": "M-HIDDEN", **EVENT}).encode()
# A request of its own, where it is not part of another one.
SMUGGLED = b"POST /v1/events HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s" % (len(HIDDEN), HIDDEN)


def sized(body, head=HEAD, length=None, more=b""):
    return head + more + b"Content-Length: %s\r\n\r\n" % (b"%d" % len(body) if length is None else length) + body


def chunks(body, size=7, mark=b"%x", end=CRLF, last=b"0\r\n\r\n"):
    return b"".join(mark % len(body[at:at + size]) + CRLF + body[at:at + size] + end for at in range(0, len(body), size)) + last


def chunked(body, head=HEAD, more=b"", **how):
    return head + more + b"Transfer-Encoding: chunked\r\n\r\n" + chunks(body, **how)


def single(text):
    return [text[at:at + 1] for at in range(len(text))]


# What asks for the same: recorded once. Each gives what is sent, one write an item.
SAME = {
    "as it is": lambda body: [sized(body)],
    "in single bytes": lambda body: single(sized(body)),
    "split at the blank line": lambda body: [sized(body)[:-len(body) - 2], sized(body)[-len(body) - 2:]],
    "with another behind it in one write": lambda body: [sized(body) + LAST],
    "names in other case, blanks around values": lambda body: [sized(body).replace(b"Content-Length: ", b"cONTENT-lENGTH: \t  ").replace(b"json\r\n", b"json  \r\n")],
    "no blank behind the colon": lambda body: [sized(body).replace(b"Length: ", b"Length:")],
    "bare line feeds": lambda body: [sized(b"").replace(b"Length: 0", b"Length: %d" % len(body)).replace(CRLF, b"\n") + body],
    "a header that is folded": lambda body: [sized(body, more=b"X-Long: a\r\n\tb\r\n")],
    "in chunks": lambda body: [chunked(body)],
    "in chunks of a byte, each in single bytes": lambda body: single(chunked(body, size=1)),
    "in chunks whose sizes have zeros before": lambda body: [chunked(body, mark=b"0000%X")],
    "in chunks with a trailer, which counts for nothing": lambda body: [chunked(body, last=b"0\r\nX-Late: y\r\n\r\n")],
    "a length with zeros before": lambda body: [sized(body, length=b"000%d" % len(body))],
    "the target in absolute form": lambda body: [sized(body).replace(b" /v1", b" http://mappad/v1", 1)],
    "a target that is escaped": lambda body: [sized(body).replace(b"/events", b"/%65vents", 1)],
    "many headers that nobody knows": lambda body: [sized(body, more=b"X-Y: z\r\n" * 300)],
    "asked first": lambda body: [sized(body, more=b"Expect: 100-continue\r\n")],
    "HTTP/1.0": lambda body: [sized(body).replace(b"HTTP/1.1", b"HTTP/1.0", 1)],
    "blanks behind the body, counted": lambda body: [sized(body + b"   \n")],
}
# What asks for nothing clearly: (what is sent, statuses one of which is answered first; None: cut off without a word).
WRONG = {
    "nothing": lambda body: ([b""], {None}),
    "half a request line": lambda body: ([HEAD[:9]], {None}),
    "the head alone": lambda body: ([sized(body)[:-len(body)]], {None}),
    "all but a byte": lambda body: ([sized(body)[:-1]], {None}),
    "a length that is too short": lambda body: ([sized(body, length=b"%d" % (len(body) - 1))], {400, 422}),
    "a length that is too long": lambda body: ([sized(body, length=b"%d" % (len(body) + 1))], {None}),
    "two lengths, the first one right": lambda body: ([sized(body, more=b"Content-Length: %d\r\n" % len(body), length=b"5")], {400}),
    "two lengths, the second one right": lambda body: ([sized(body, more=b"Content-Length: 0\r\n") + SMUGGLED], {400}),
    "the same length twice": lambda body: ([sized(body, more=b"Content-Length: %d\r\n" % len(body))], {400}),
    "lengths in a list": lambda body: ([sized(body, length=b"%d, %d" % (len(body), len(body)))], {400}),
    "a length with a sign": lambda body: ([sized(body, length=b"+%d" % len(body))], {400}),
    "a length below nothing": lambda body: ([sized(body, length=b"-1")], {400}),
    "a length of words": lambda body: ([sized(body, length=b"many")], {400}),
    "a length of nothing": lambda body: ([sized(body, length=b"")], {400}),
    "a length that is folded": lambda body: ([sized(body, length=b"1\r\n 00")], {400}),
    "a length beyond all numbers": lambda body: ([sized(body, length=b"9" * 30)], {413, None}),
    "a blank before the colon": lambda body: ([sized(SMUGGLED).replace(b"Length: ", b"Length : ", 1)], {400}),
    "a name of two words": lambda body: ([sized(body, more=b"X Y: z\r\n")], {400}),
    "a name of nothing": lambda body: ([sized(body, more=b": z\r\n")], {400}),
    "a line without a colon": lambda body: ([sized(body, more=b"nonsense\r\n")], {400}),
    "a fold before any header": lambda body: ([b"POST /v1/events HTTP/1.1\r\n X: y\r\n" + sized(body, head=b"")], {400}),
    "chunks beside a length": lambda body: ([chunked(body, more=b"Content-Length: %d\r\n" % len(body))], {400}),
    "a length beside chunks that hide a request": lambda body: ([HEAD + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + SMUGGLED], {400}),
    "a coding that nobody knows": lambda body: ([sized(SMUGGLED, more=b"Transfer-Encoding: gzip, chunked\r\n")], {400}),
    "a coding of blanks": lambda body: ([HEAD + b"Transfer-Encoding: \x0bchunked\r\n\r\n" + chunks(SMUGGLED)], {400}),
    "chunks in HTTP/1.0": lambda body: ([chunked(body).replace(b"HTTP/1.1", b"HTTP/1.0", 1)], {400}),
    "two codings": lambda body: ([chunked(body, more=b"Transfer-Encoding: chunked\r\n")], {400}),
    "chunks without an end": lambda body: ([chunked(body, last=b"")], {None}),
    "a chunk that is cut": lambda body: ([chunked(body)[:-12]], {None}),
    "a chunk of no size": lambda body: ([chunked(body, mark=b"zz%x")], {413}),
    "a chunk of all sizes": lambda body: ([chunked(body, mark=b"ffffffffffff%x")], {413}),
    "chunks with extensions": lambda body: ([chunked(body, mark=b"%x;a=b")], {413}),
    "a chunk whose size goes on behind a NUL": lambda body: ([chunked(body, mark=b"%x\0zz")], {400, 413}),
    "a HEAD that brings something along": lambda body: ([b"HEAD /v1/status HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(SMUGGLED) + SMUGGLED], {400}),
    "a NUL in the request line": lambda body: ([sized(body).replace(b"/v1", b"/v1\0", 1)], {400}),
    "a NUL in a name": lambda body: ([sized(body).replace(b"Content-Length", b"Content-\0Length", 1)], {400}),
    "a NUL that hides a request among the headers": lambda body: ([b"GET /v1/status HTTP/1.1\r\nHost: x\r\n\0abc: d\r\n" + SMUGGLED], {400}),
    "a NUL that comes alone": lambda body: ([b"GET /v1/status HTTP/1.1\r\nHost: x\r\n", b"\0", b"\r\n" + SMUGGLED], {400}),
    "a NUL for the blank line": lambda body: ([b"GET /v1/status HTTP/1.1\r\nHost: x\r\n\0\r\n" + SMUGGLED], {400}),
    "a NUL behind a length": lambda body: ([sized(body, length=b"%d\0garbage" % len(body))], {400}),
    "a NUL behind a coding": lambda body: ([chunked(body).replace(b"chunked\r\n", b"chunked\0, gzip\r\n", 1)], {400}),
    "a NUL in the body": lambda body: ([sized(body.replace(b"M-", b"M\0", 1))], {400, 422}),
    "a method of small letters": lambda body: ([sized(body).replace(b"POST", b"post", 1)], {501}),
    "a target that is escaped twice": lambda body: ([sized(body).replace(b"/events", b"/%2565vents", 1)], {404}),
    "a target with two slashes": lambda body: ([sized(body).replace(b" /v1", b" //v1", 1)], {400, 404}),
    "two blanks before the target": lambda body: ([sized(body).replace(b" /v1", b"  /v1", 1)], {400, 404}),
    "a target of two words": lambda body: ([sized(body).replace(b"/events", b"/events x", 1)], {400, 404}),
    "no version": lambda body: ([sized(body).replace(b" HTTP/1.1", b"", 1)], {400}),
    "another version": lambda body: ([sized(body).replace(b"HTTP/1.1", b"HTTP/2.0", 1)], {400}),
    "a carriage return alone": lambda body: ([sized(body).replace(b"mappad\r\n", b"mappad\r", 1)], {400, None}),
    "a request line without end": lambda body: ([b"POST /v1/events?" + b"a" * 200000], {400}),
    "a header without end": lambda body: ([HEAD + b"X-A: " + b"y" * 200000], {400}),
    "headers without end": lambda body: ([HEAD + b"X-A: y\r\n" * 20000], {400}),
    "an expectation that nobody knows": lambda body: ([sized(body, more=b"Expect: the-best\r\n")], {417}),
    "another language": lambda body: ([b"EHLO relay\r\n" + sized(body)], {400, 501}),
}


class Requests(BoxTest):
    def send(self, pieces):
        """What is answered to these writes, the last of which ends what this client says."""
        connection = self.raw()
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):     # it was refused before it had said all
            for piece in pieces:
                connection.sendall(piece)
            connection.shutdown(socket.SHUT_WR)
        return self.read_all(connection)

    @staticmethod
    def statuses(answer):
        return [int(status) for status in re.findall(rb"HTTP/1\.[01] (\d{3}) ", answer)]

    def seq(self):
        return self.daemon.status()["last_seq"] or 0

    def test_what_asks_for_the_same_is_recorded_once(self):
        self.start()
        for number, (name, change) in enumerate(SAME.items()):
            with self.subTest(name):
                body = json.dumps({"case": f"M-S{number}", **EVENT}).encode()
                statuses = [status for status in self.statuses(self.send(change(body))) if status != 100]
                self.assertEqual(statuses, [201, 200] if "behind it" in name else [201])
                self.assertEqual(self.daemon.get(f"/v1/cases/M-S{number}")["events"], 1)
                self.assertEqual(self.seq(), number + 1)

    def test_what_does_not_ask_clearly_records_nothing_and_harms_nobody(self):
        self.start(limits='request = "2 s";')
        beside, before = self.daemon.connect(), 0
        for number, (name, change) in enumerate(WRONG.items()):
            with self.subTest(name):
                pieces, allowed = change(json.dumps({"case": f"M-W{number}", **EVENT}).encode())
                answer = self.send(pieces)
                self.assertIn((self.statuses(answer) or [None])[0], allowed, answer[:300])
                self.assertNotIn(201, self.statuses(answer), "what a request brings along was taken for another one")
                beside.request("GET", "/v1/status")
                now = json.loads(beside.getresponse().read())["last_seq"] or 0
                before, now = now, now - before
                self.assertEqual(now, 0)
        beside.close()

    def test_what_is_refused_is_refused_in_one_form_whatever_was_answered_before(self):
        self.start(limits='request = "2 s";')
        asked = b"GET /v1/status HTTP/1.1\r\nHost: x\r\n\r\n"
        bids = b"POST /v1/events HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n"
        for before, wrongs in ((b"", WRONG), (asked, WRONG), (bids, {"after 100": lambda body: ([chunks(body, mark=b"zz%x")], {413})})):
            for name, change in wrongs.items():
                with self.subTest(name, before=before):
                    connection = self.raw(before)
                    if before:
                        self.assertRegex(connection.recv(65536), rb"HTTP/1.1 (100|200) ")
                    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                        connection.sendall(b"".join(change(b'{"case": "M-K"}')[0]))
                        connection.shutdown(socket.SHUT_WR)
                    answer = self.read_all(connection)
                    self.assertNotIn(b"<HTML>", answer)
                    self.assertTrue(b"HTTP/" not in answer or b'{"error":{"code":"' in answer, answer)

    def test_a_refusal_says_what_may_be_wrong(self):
        self.start()
        for more, code, words in ((b"Content-Length: 2\r\n", b"bad-request", b"two ways"), (b"Expect: me\r\n", b"bad-expectation", b"100-continue")):
            answer = self.send([sized(b"{}", more=more)])
            self.assertIn(b'{"error":{"code":"%s",' % code, answer)
            self.assertIn(words, answer)

    def test_a_trailer_that_names_a_length_records_nothing_else(self):
        """Some versions of libevent take it for a header, and the request has two ends then."""
        self.start()
        body = json.dumps({"case": "M-T", **EVENT}).encode()
        statuses = self.statuses(self.send([chunked(body, last=b"0\r\nX-Late: y\r\nContent-Length: 5\r\n\r\n")]))
        self.assertIn(statuses, ([201], [400]))
        self.assertEqual(self.seq(), statuses.count(201))

    def test_two_that_are_merged_are_two_and_one_that_comes_twice_is_recorded_once_by_its_id(self):
        self.start()
        one, two = (json.dumps({"case": "M-1", "id": name, **EVENT}).encode() for name in ("one", "two"))
        self.assertEqual(self.statuses(self.send([sized(one) + sized(two) + LAST])), [201, 201, 200])
        self.assertEqual(self.statuses(self.send([sized(one) + sized(one) + LAST])), [201, 201, 200])
        self.assertEqual(self.seq(), 2)

    def test_lines_are_recorded_together_or_not_at_all_wherever_they_are_cut(self):
        """Each length but the right one cuts the last line, which is none then."""
        self.start()
        lines = b"".join(json.dumps({"case": f"M-{number}", **EVENT}).encode() + b"\n" for number in (1, 2)).rstrip()
        head = HEAD.replace(b"json", b"x-ndjson")
        first = lines.index(b"\n")
        for length in range(1, len(lines)):
            if length in (first, first + 1):
                continue        # the first line alone, and nothing says that there are two
            self.assertIn(self.statuses(self.send([sized(lines, head=head, length=b"%d" % length)]))[0], (400, 422), length)
        self.assertEqual(self.seq(), 0)
        self.assertEqual(self.statuses(self.send([sized(lines, head=head)])), [201])

    def test_mappactl_through_a_middleman_who_spoils_what_it_asks(self):
        """It says that nothing was recorded, or that it may be, and no more than that."""
        self.start()
        for number, (name, change, recorded) in enumerate((
                ("in single bytes", single, 1), ("twice", lambda request: [request + request], 2),
                ("cut", lambda request: [request[:-5]], 0), ("two lengths", lambda request: [request.replace(CRLF, CRLF + b"Content-Length: 7" + CRLF, 1)], 0),
                ("no version", lambda request: [request.replace(b" HTTP/1.1", b"", 1)], 0))):
            with self.subTest(name):
                before = self.seq()
                said = self.through(change, "record", f"M-{number}", "sentenced", "--on", "2023-01-02", "disposal=community")
                self.assertEqual(self.seq() - before, recorded)
                self.assertEqual(said.returncode == 0, recorded > 0, said)

    def through(self, change, *words):
        """What mappactl says when one of its requests is spoilt on the way."""
        path = self.directory / "middle"
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
            listener.bind(str(path))
            listener.listen()
            thread = threading.Thread(target=self.pass_on, args=(listener, change), daemon=True)
            thread.start()
            said = subprocess.run([str(MAPPACTL), *words, "--socket", str(path)], capture_output=True, text=True, timeout=20)
            thread.join()
        path.unlink()
        return said

    def pass_on(self, listener, change):
        connection, _ = listener.accept()
        with connection:
            request = b""
            while CRLF * 2 not in request:
                request += connection.recv(65536)
            head, _, body = request.partition(CRLF * 2)
            length = int(re.search(rb"(?i)content-length: (\d+)", head)[1])
            while len(body) < length:
                body += connection.recv(65536)
            connection.sendall(self.send(change(head + CRLF * 2 + body)))


if __name__ == "__main__":
    main()
