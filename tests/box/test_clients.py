#!/usr/bin/python3
"""Clients that stall, flood, half-close or leave: the others notice nothing."""

import json
import threading

from harness import BoxTest, ask, eventually, main

EVENT = {"case": "M-AAAA1", "event": "level-set", "on": "2023-02-01", "level": "2"}


class Clients(BoxTest):
    def setUp(self):
        super().setUp()
        self.start(limits='connections = 24; per-user = 24; request = "1 s"; idle = "2 s";')

    def test_one_that_stalls_in_its_request_is_dropped_and_others_are_served(self):
        stalled = [self.raw(b"POST /v1/events HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{") for _ in range(8)]
        self.well()
        for connection in stalled:
            self.read_all(connection)       # ends by the deadline of the request, else this times out
        self.well()

    def test_one_that_sends_a_byte_at_a_time_is_dropped(self):
        slow = self.raw()
        text = b"GET /v1/status HTTP/1.1\r\nHost: x\r\nX-A: " + b"a" * 400
        done = threading.Event()

        def drip():
            try:
                for byte in text:
                    slow.sendall(bytes([byte]))
                    if done.wait(0.05):
                        return
            except OSError:
                done.set()

        thread = threading.Thread(target=drip)
        thread.start()
        self.read_all(slow)
        done.set()
        thread.join()
        self.well()

    def test_one_that_is_idle_is_dropped(self):
        self.read_all(self.raw())
        self.well()

    def test_one_that_leaves_in_the_middle(self):
        for _ in range(50):
            self.leave(b"POST /v1/events HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{")
        for _ in range(50):
            body = json.dumps(EVENT).encode()
            self.leave(b"POST /v1/events HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
        eventually(lambda: self.daemon.quiet(1), "letting go of clients that left")

    def test_a_flood_of_connections_is_turned_away_and_leaves_the_rest_alone(self):
        steady = self.daemon.connect()
        self.assertEqual(ask(steady, "GET", "/v1/status").status, 200)
        crowd = [self.raw() for _ in range(100)]
        self.assertEqual(ask(steady, "GET", "/v1/status").status, 200)
        for connection in crowd:
            connection.close()
        eventually(lambda: self.daemon.quiet(2), "recovering from a flood")
        steady.close()

    def test_garbage_is_answered_or_cut_off(self):
        for data in (b"\x00" * 1000, b"GET / HTTP/9.9\r\n\r\n", b"POST /v1/events HTTP/1.1\r\nContent-Length: -5\r\n\r\n",
                     b"GET /" + b"a" * 20000 + b" HTTP/1.1\r\n\r\n", b"\r\n" * 5000,
                     b"POST /v1/events HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFF\r\n"):
            with self.subTest(data[:30]):
                try:
                    self.read_all(self.raw(data))
                except BrokenPipeError:
                    pass
                self.well()

    def test_one_that_never_reads_its_answers_is_dropped(self):
        self.daemon.recorded(*({**EVENT, "case": f"M-H{number:04}"} for number in range(3000)))
        lazy = self.raw(b"GET /v1/cases?limit=1000 HTTP/1.1\r\nHost: x\r\n\r\n" * 20)
        self.well()
        eventually(lambda: self.daemon.quiet(1), "dropping one that does not read")
        lazy.close()


if __name__ == "__main__":
    main()
