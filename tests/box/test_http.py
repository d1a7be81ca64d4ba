#!/usr/bin/python3
"""The weaknesses of evhttp, each held shut, and each limit of the configuration.

evhttp 2.1 leaks the request of a client that leaves, reads without bound while
it answers, keeps what nobody takes, cuts silent streams, never ends a slow
request, spins without descriptors, answers HEAD with a body, and cuts answers
to clients that half-close. Each has a test of its own here; under a sanitizer
the daemon's end tells of leaks.
"""

import json
import os
import re
import select
import socket
import unittest

from harness import MAPPAD, BoxTest, as_user, ask, eventually, main

EVENT = {"case": "M-AAAA1", "event": "level-set", "on": "2023-02-01", "level": "2"}
LATE = {"event": "sentenced", "on": "2022-12-01", "disposal": "community"}      # overdue since 30 December
STREAM = b"GET /v1/alerts/stream?after=0 HTTP/1.1\r\nHost: x\r\n\r\n"
NOBODY = 65534
SANITIZED = b"__asan_init" in MAPPAD.read_bytes()


def post(body, head=b""):
    return b"POST /v1/events HTTP/1.1\r\nHost: x\r\n%sContent-Length: %d\r\n\r\n%s" % (head, len(body), body)


def body_of(answer):
    """The body of one answer with a length, or of one in chunks; it must be whole."""
    head, _, rest = answer.partition(b"\r\n\r\n")
    headers = {line.split(b":")[0].lower(): line.split(b":", 1)[1].strip() for line in head.split(b"\r\n")[1:]}
    if headers.get(b"transfer-encoding") != b"chunked":
        assert len(rest) == int(headers[b"content-length"]), (len(rest), headers)
        return rest
    body = b""
    while True:
        size, _, rest = rest.partition(b"\r\n")
        length = int(size, 16)
        assert rest[length:length + 2] == b"\r\n", "a chunk is cut off"
        if length == 0:
            return body
        body, rest = body + rest[:length], rest[length + 2:]


class Weaknesses(BoxTest):
    def setUp(self):
        super().setUp()
        self.start(limits='connections = 64; per-user = 64; request = "1 s"; idle = "2 s";')

    def fill(self, count):
        """So many cases, each with an overdue obligation and its alert."""
        for first in range(0, count, 2000):
            self.daemon.recorded(*({**LATE, "case": f"M-F{number:05}"} for number in range(first, min(first + 2000, count))))

    def push(self, connection, total):
        """Sends until total bytes, an error, or nothing more is taken; how many went."""
        connection.setblocking(False)
        sent = 0
        while sent < total:
            try:
                sent += connection.send(b"x" * 65536)
            except BlockingIOError:
                if not select.select([], [connection], [], 0.2)[1]:
                    break
            except OSError:
                break
        return sent

    def test_1_requests_of_clients_that_leave_are_freed(self):
        self.fill(3000)
        eventually(lambda: self.daemon.quiet(1), "a quiet daemon")
        before = self.daemon.sockets()
        for number in range(40):
            for request in (STREAM, post(json.dumps({**EVENT, "case": f"M-L{number:04}"}).encode()),
                            b"GET /v1/obligations?state=all HTTP/1.1\r\nHost: x\r\n\r\n",
                            b"GET /v1/cases?limit=1000 HTTP/1.1\r\nHost: x\r\n\r\n" * 3, post(b"{" * 10)[:-4]):
                self.leave(request)
            self.leave(STREAM, 100)
        eventually(lambda: self.daemon.quiet(1), "letting go of clients that left")
        self.assertLessEqual(self.daemon.sockets(), before + 1)
        self.assertEqual(self.daemon.stop(), 0)     # a leak makes it end otherwise where a sanitizer watches

    def test_2_input_while_an_answer_is_open_is_bounded(self):
        self.fill(3000)
        before = self.daemon.memory_kib()
        for request in (STREAM, b"GET /v1/alerts/stream HTTP/1.1\r\nHost: x\r\n\r\n",
                        b"GET /v1/obligations HTTP/1.1\r\nHost: x\r\n\r\n", b"GET /v1/cases?limit=1000 HTTP/1.1\r\nHost: x\r\n\r\n"):
            with self.subTest(request):
                connection = self.raw(request)
                connection.recv(10)
                self.assertLess(self.push(connection, 64 << 20), 4 << 20)
                self.assertLess(self.daemon.memory_kib() - before, 12 << 10)
                self.well()
        eventually(lambda: self.daemon.quiet(1), "cutting off clients that send while they are answered")

    def test_2_a_flood_into_a_stream_ends_it_however_small_the_limits_are(self):
        self.daemon.end()
        self.daemon.limits = 'body = "1 KiB"; header = "1 KiB"; idle = "1 d";'
        self.daemon.write_config()
        self.daemon.start()
        for _ in range(8):
            connection = self.raw(STREAM)
            connection.recv(10)
            self.push(connection, 1 << 20)
        eventually(lambda: self.daemon.quiet(1), "letting go of streams that were flooded")

    def test_3_what_a_slow_reader_does_not_take_is_bounded(self):
        self.fill(6000)
        before = self.daemon.memory_kib()
        lazy = [self.raw(STREAM) for _ in range(30)] + [self.raw(b"GET /v1/obligations HTTP/1.1\r\nHost: x\r\n\r\n") for _ in range(30)]
        self.well()
        eventually(lambda: "was dropped because it takes nothing" in self.daemon.read_log(), "dropping a listener that takes nothing")
        eventually(lambda: "did not take its answer in time" in self.daemon.read_log(), "cutting off one that takes no answer")
        # 3 MiB of alerts and of obligations each; 60 clients that kept all of it would have 180 MiB.
        # A sanitizer keeps what was freed for a while.
        self.assertLess(self.daemon.memory_kib() - before, (120 if SANITIZED else 40) << 10)
        eventually(lambda: self.daemon.quiet(1), "letting go of clients that take nothing")
        self.assertEqual(len(lazy), 60)

    def test_4_a_silent_stream_outlives_every_limit(self):
        stream = self.raw(b"GET /v1/alerts/stream HTTP/1.1\r\nHost: x\r\n\r\n")
        heard = b""
        while heard.count(b": alive") < 8:      # four times the idle limit; each comes after a quarter of it
            more = stream.recv(65536)
            self.assertTrue(more, heard)
            heard += more
        self.daemon.recorded({**LATE, "case": "M-AFTER1"})
        while b"M-AFTER1" not in heard:
            more = stream.recv(65536)
            self.assertTrue(more, heard)
            heard += more

    def test_5_a_request_that_comes_byte_by_byte_ends_at_its_limit(self):
        for text in (b"GET /v1/status HTTP/1.1\r\nHost: x\r\nX-A: " + b"a" * 4000, post(b"{" + b" " * 4000)):
            with self.subTest(text[:20]):
                slow = self.raw()
                answer = b""
                for byte in text:
                    if select.select([slow], [], [], 0.02)[0]:
                        answer = self.read_all(slow)
                        break
                    try:
                        slow.sendall(bytes([byte]))
                    except BrokenPipeError:         # it was answered since that look
                        answer = self.read_all(slow)
                        break
                self.assertTrue(answer.startswith(b"HTTP/1.1 408 "), answer)
                self.assertEqual(json.loads(body_of(answer))["error"]["code"], "too-slow")

    def test_5_an_answer_has_its_limit_for_each_piece_and_not_for_all(self):
        self.fill(3000)
        slow = self.raw(b"GET /v1/cases?limit=1000 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        answer = b""
        while True:
            select.select([], [], [], 0.3)      # a reader at 64 KiB in 0.3 s, where the limit is 1 s
            more = b""
            while len(more) < 65536:
                piece = slow.recv(65536 - len(more))
                if not piece:
                    break
                more += piece
            answer += more
            if len(more) < 65536:
                break
        self.assertEqual(len(json.loads(body_of(answer))["cases"]), 1000)

    def test_6_without_descriptors_it_neither_spins_nor_fails(self):
        self.daemon.end()
        self.daemon.wrapper = ["prlimit", "--nofile=48:48"]
        self.daemon.limits = 'connections = 500; per-user = 500; idle = "1 s";'
        self.daemon.write_config()
        self.daemon.start()
        self.assertIn("wants 628 descriptors, and this process may have 48", self.daemon.read_log())
        before, lines = self.daemon.processor_ticks(), self.daemon.read_log().count("\n")
        crowd = [self.raw() for _ in range(100)]
        for connection in crowd:        # each is let in when those before it were idle for long enough
            self.read_all(connection)
        self.well()
        self.assertIn("accepting pauses", self.daemon.read_log())
        self.assertLess(self.daemon.read_log().count("\n") - lines, 20)
        self.assertLess(self.daemon.processor_ticks() - before, 100)

    def test_7_head_gets_no_body_and_leaves_the_connection_in_step(self):
        connection = self.raw(b"HEAD /v1/status HTTP/1.1\r\nHost: x\r\n\r\nGET /v1/status HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        first, second = self.read_all(connection).split(b"\r\n\r\n", 1)
        self.assertTrue(first.startswith(b"HTTP/1.1 405 "), first)
        self.assertIn(b"Allow: GET", first)
        self.assertTrue(second.startswith(b"HTTP/1.1 200 "), second[:200])

    def test_8_clients_that_half_close_get_their_whole_answer(self):
        self.fill(3000)
        for request, check in (
                (b"GET /v1/cases?limit=1000 HTTP/1.1\r\nHost: x\r\n", lambda body: len(body["cases"]) == 1000),
                (b"GET /v1/obligations HTTP/1.1\r\nHost: x\r\n", lambda body: len(body["obligations"]) == 3000),
                (b"GET /v1/obligations?state=all&limit=900 HTTP/1.1\r\nHost: x\r\n", lambda body: len(body["obligations"]) == 900),
                (None, lambda body: body["recorded"] == 1)):
            with self.subTest(request):
                whole = post(json.dumps(EVENT).encode(), b"Connection: close\r\n") if request is None else request + b"Connection: close\r\n\r\n"
                connection = self.raw(whole)
                connection.shutdown(socket.SHUT_WR)
                self.assertTrue(check(json.loads(body_of(self.read_all(connection)))))

    def test_a_version_is_ours_or_refused_in_our_form(self):
        for version, status in ((b"1.1", 200), (b"1.0", 200), (b"1.7", 200), (b"0.9", 400), (b"7.9", 400), (b"1" + b"5" * 60 + b".1", 400),
                                (b"-3.1", 400), (b"x", 400)):
            with self.subTest(version):
                connection = self.raw(b"GET /v1/status HTTP/" + version + b"\r\nHost: x\r\nConnection: close\r\n\xff\xff: 1\r\n\r\n")
                head, _, body = self.read_all(connection).partition(b"\r\n\r\n")
                self.assertRegex(head, rb"^HTTP/1\.[01] %d " % status)
                self.assertEqual("error" in json.loads(body), status == 400)

    def test_requests_in_one_write_are_answered_in_their_order(self):
        self.fill(500)
        event = json.dumps(EVENT).encode()
        connection = self.raw(b"GET /v1/rules HTTP/1.1\r\nHost: x\r\n\r\n" + post(event) +
                              b"GET /v1/obligations?state=all HTTP/1.1\r\nHost: x\r\n\r\n" + post(b"{}") +
                              b"GET /v1/status HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        answer = self.read_all(connection)
        found = re.findall(rb"HTTP/1\.1 (\d+) ", answer)
        self.assertEqual(found, [b"200", b"201", b"200", b"422", b"200"])

    def test_an_answer_may_end_the_connection_in_the_turn_that_made_it(self):
        """It is written before the handler that gave it returns: nothing may look at connection or request after it."""
        self.daemon.recorded(EVENT)
        for version in (b"1.0", b"1.1"):
            for path in (b"/v1/status", b"/v1/nothing", b"/v1/cases", b"/v1/cases/M-AAAA1", b"/v1/cases/M-NONE1", b"/metrics"):
                request = b"GET %s HTTP/%s\r\nHost: x\r\nConnection: close\r\n\r\n" % (path, version)
                with self.subTest(request=request):
                    self.assertRegex(self.read_all(self.raw(request)), rb"\AHTTP/1\.[01] [24]0[04] ")

    def test_many_requests_in_one_write_are_answered_one_after_another(self):
        """An answer that leaves at once makes room for the next request, which is not heard within it."""
        events = [json.dumps({**EVENT, "case": f"M-Q{number:04}"}).encode() for number in range(200)]
        last = b"GET /v1/status HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        answers = self.read_all(self.raw(b"GET /v1/nothing HTTP/1.1\r\nHost: x\r\n\r\n" * 2000 + last))
        self.assertEqual(answers.count(b"HTTP/1.1 404 "), 2000)
        self.assertEqual(answers.count(b"HTTP/1.1 200 "), 1)
        answers = self.read_all(self.raw(b"".join(post(event) for event in events) + last))
        self.assertEqual([int(seq) for seq in re.findall(rb'"first_seq":(\d+)', answers)], list(range(1, 201)))


class Limits(BoxTest):
    def test_header(self):
        self.start(limits='header = "2 KiB";')
        for size, status in ((1500, b"200"), (4000, b"400"), (1 << 20, b"400")):
            with self.subTest(size):
                try:
                    connection = self.raw(b"GET /v1/status HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-A: %s\r\n\r\n" % (b"a" * size))
                except BrokenPipeError:
                    continue        # cut off in the middle of the largest
                answer = self.read_all(connection)
                self.assertTrue(answer.startswith(b"HTTP/1.1 %s " % status), answer[:200])
                if status != b"200":
                    self.assertEqual(json.loads(body_of(answer))["error"]["code"], "bad-request")
        self.well()

    def test_body(self):
        self.start(limits='body = "4 KiB";')
        event = json.dumps(EVENT).encode()
        fits = event + b"\n" * (4096 - len(event))
        chunked = b"POST /v1/events HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
        for title, request, status in (
                ("at the limit", post(fits, b"Connection: close\r\n"), b"201"),
                ("one byte more", post(fits + b"\n", b"Connection: close\r\n"), b"413"),
                ("asked first and sent all the same", post(b" " * 5000, b"Expect: 100-continue\r\n"), b"413"),
                ("in chunks", chunked + b"2000\r\n" + b" " * 0x2000 + b"\r\n0\r\n\r\n", b"413"),
                ("a chunk of any size", chunked + b"FFFFFFFFFFFFFFFF\r\n", b"413")):
            with self.subTest(title):
                connection = self.raw(request)
                answer = self.read_all(connection)
                self.assertTrue(answer.startswith(b"HTTP/1.1 %s " % status), answer[:200])
                if status == b"413":
                    self.assertEqual(json.loads(body_of(answer))["error"]["code"], "too-large")
        self.assertEqual(self.daemon.status()["events"], 1)

    def test_connections_of_one_user(self):
        self.start(limits="connections = 20; per-user = 5;")
        held = [self.daemon.connect() for _ in range(5)]
        for connection in held:
            self.assertEqual(ask(connection, "GET", "/v1/status").status, 200)
        for request in (b"", b"GET /v1/status HTTP/1.1\r\nHost: x\r\n\r\n", post(b" " * 100000)):
            answer = self.read_all(self.raw(request))
            self.assertTrue(answer.startswith(b"HTTP/1.1 503 "), answer)
            self.assertEqual(json.loads(body_of(answer))["error"]["code"], "too-many-connections")
        held.pop().close()
        eventually(lambda: self.daemon.ask("GET", "/v1/status").status == 200, "a place for one that comes later")
        for connection in held:
            self.assertEqual(ask(connection, "GET", "/v1/status").status, 200)
            connection.close()
        self.assertIn("this user has too many connections", self.daemon.read_log())

    @unittest.skipUnless(os.geteuid() == 0, "only root can become somebody else")
    def test_connections_of_all_leave_places_for_admins(self):
        self.start(limits="connections = 6; per-user = 6;", access='access = { readers = ["nogroup"]; };')
        for folder in (self.directory, self.daemon.dir):
            os.chmod(folder, 0o755)
        os.chmod(self.daemon.socket, 0o666)

        ours, theirs = socket.socketpair()
        ours.settimeout(20)
        child = os.fork()
        if child == 0:
            status = 1
            try:
                ours.close()
                os.setgroups([])
                os.setgid(NOBODY)
                os.setuid(NOBODY)
                held = [self.daemon.connect() for _ in range(6)]
                status = 0 if [ask(connection, "GET", "/v1/status").status for connection in held] == [200] * 6 else 1
                theirs.sendall(b"x")
                theirs.recv(1)      # until the parent has seen enough, or is no more
            finally:
                os._exit(status)
        theirs.close()
        self.addCleanup(ours.close)
        self.assertEqual(ours.recv(1), b"x")
        answers = as_user(1, NOBODY, [], lambda: self.daemon.ask("GET", "/v1/status").status)
        admins = [self.daemon.connect() for _ in range(4)]
        self.assertEqual([ask(connection, "GET", "/v1/status").status for connection in admins], [200] * 4)
        self.assertEqual(answers, 503)
        self.assertTrue(self.read_all(self.raw()).startswith(b"HTTP/1.1 503 "))
        ours.close()
        self.assertEqual(os.waitpid(child, 0)[1], 0)
        for connection in admins:
            connection.close()

    def test_idle(self):
        self.start(limits='idle = "1 s";')
        silent, kept = self.raw(), self.raw(b"GET /v1/status HTTP/1.1\r\nHost: x\r\n\r\n")
        self.assertEqual(self.read_all(silent), b"")
        answer = self.read_all(kept)        # ends when the connection was idle, and not before its answer
        self.assertTrue(answer.startswith(b"HTTP/1.1 200 "), answer[:100])
        body_of(answer)

    def test_request(self):
        self.start(limits='request = "1 s";')
        answer = self.read_all(self.raw(post(b"{" * 50)[:-10]))
        self.assertTrue(answer.startswith(b"HTTP/1.1 408 "), answer)
        self.well()

    def test_limits_follow_a_reload(self):
        self.start(limits='body = "1 KiB";')
        kept = self.daemon.connect()
        big = "".join(json.dumps({**EVENT, "case": f"M-R{number:04}"}) + "\n" for number in range(40))
        self.assertEqual(ask(kept, "GET", "/v1/status").status, 200)
        self.assertEqual(self.daemon.ask("POST", "/v1/events", big, "application/x-ndjson").status, 413)
        self.daemon.limits = 'body = "1 MiB";'
        self.daemon.write_config()
        self.daemon.reload()
        self.assertEqual(self.daemon.ask("POST", "/v1/events", big, "application/x-ndjson").status, 201)
        self.assertIn(ask(kept, "POST", "/v1/events", big.replace("M-R", "M-S"), "application/x-ndjson").status, (201, 413))
        kept.close()


if __name__ == "__main__":
    main()
