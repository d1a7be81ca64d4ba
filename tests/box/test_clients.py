#!/usr/bin/python3
"""Clients that stall, flood, half-close or leave: the others notice nothing."""

import json
import os
import socket
import subprocess
import sys
import threading
import unittest

from harness import BoxTest, ask, eventually, main

EVENT = {"case": "M-AAAA1", "event": "level-set", "on": "2023-02-01", "level": "2"}


class Clients(BoxTest):
    def setUp(self):
        super().setUp()
        self.start(limits='connections = 24; per-user = 24; request = "1 s"; idle = "2 s";')

    def raw(self, data=b""):
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.settimeout(20)
        connection.connect(str(self.daemon.socket))
        connection.sendall(data)
        self.addCleanup(connection.close)
        return connection

    def read_all(self, connection):
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
        self.assertEqual(self.daemon.ask("GET", "/v1/status").status, 200)

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
            connection = self.raw(b"POST /v1/events HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{")
            connection.close()
        for _ in range(50):
            body = json.dumps(EVENT).encode()
            connection = self.raw(b"POST /v1/events HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
            connection.close()
        eventually(lambda: self.daemon.quiet(1), "letting go of clients that left")

    def test_one_that_half_closes_gets_a_whole_answer_or_none(self):
        self.daemon.recorded(*({**EVENT, "case": f"M-H{number:04}"} for number in range(2000)))
        connection = self.raw(b"GET /v1/cases?limit=1000 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        connection.shutdown(socket.SHUT_WR)
        answer = self.read_all(connection)
        if answer:
            head, _, body = answer.partition(b"\r\n\r\n")
            self.assertIn(b"200", head.split(b"\r\n")[0])
            self.assertEqual(len(json.loads(body)["cases"]), 1000)
        self.well()

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

    @unittest.skipUnless(os.geteuid() == 0, "only root can become somebody else")
    def test_a_stranger_is_refused(self):
        os.chmod(self.directory, 0o755)
        os.chmod(self.daemon.dir, 0o755)
        os.chmod(self.daemon.socket, 0o666)
        program = ("import os, sys; os.setgroups([]); os.setgid(65534); os.setuid(65534); sys.path.insert(0, sys.argv[2]); "
                   "import harness; c = harness.SocketConnection(sys.argv[1]); a = harness.ask(c, 'GET', '/v1/status'); "
                   "print(a.status, a.error['code'])")
        done = subprocess.run([sys.executable, "-c", program, str(self.daemon.socket), os.path.dirname(os.path.abspath(__file__))],
                              capture_output=True, text=True, timeout=20)
        self.assertTrue(done.stdout.startswith("403 "), done.stdout + done.stderr)


if __name__ == "__main__":
    main()
