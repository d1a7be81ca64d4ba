#!/usr/bin/python3
"""Who asks for much, as fast as it comes, keeps nobody else from being served: not who asks now and then, not who has just
come, and not the timer that feeds the watchdog.
"""

import contextlib
import http.client
import multiprocessing
import re
import selectors
import socket
import time

from harness import BoxTest, ask, eventually, main

CROWD = 12                      # of the 16 connections that one user may have
LONG = "/v1/alerts?limit=1000"  # an answer that takes milliseconds, in one piece
SHORT = "/v1/obligations?state=overdue&limit=50"


class Asker:
    """Asks for a long answer as soon as it has the last."""

    def __init__(self, path):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(path)
        self.ask()

    def ask(self):
        self.answer, self.left = b"", None
        self.sock.sendall(f"GET {LONG} HTTP/1.1\r\nHost: x\r\n\r\n".encode())

    def take(self):
        """Whether that was the end of an answer."""
        piece = self.sock.recv(1 << 20)
        if self.left is None:
            self.answer += piece
            head, found, body = self.answer.partition(b"\r\n\r\n")
            if not found:
                return False
            self.left, piece = int(re.search(rb"Content-Length: (\d+)", head)[1]), body
        self.left -= len(piece)
        return self.left == 0


def ask_on(path, count, end):
    selector = selectors.DefaultSelector()
    for _ in range(CROWD):
        asker = Asker(path)
        selector.register(asker.sock, selectors.EVENT_READ, asker)
    while not end.is_set():
        for key, _ in selector.select(0.2):
            if key.data.take():
                count.value += 1
                key.data.ask()
    for key in list(selector.get_map().values()):
        key.data.sock.close()


class Order(BoxTest):
    @contextlib.contextmanager
    def crowd(self):
        count, end = multiprocessing.Value("q", 0), multiprocessing.Event()
        crowd = multiprocessing.Process(target=ask_on, args=(str(self.daemon.socket), count, end), daemon=True)
        crowd.start()
        try:
            eventually(lambda: count.value >= 4 * CROWD, "a crowd that asks on and on")
            yield count
        finally:
            end.set()
            crowd.join()

    def begin(self, **settings):
        self.start(**settings)
        for first in (0, 1000):
            self.daemon.recorded(*({"case": f"M-O{n:05}", "event": "sentenced", "on": "2022-12-01", "disposal": "community"}
                                   for n in range(first, first + 1000)))

    def test_nobody_waits_for_more_than_a_few_rounds_of_the_others(self):
        self.begin()
        with self.crowd() as count:
            kept = self.daemon.connect()
            self.addCleanup(kept.close)
            for turn in range(10):
                before = count.value
                connection = kept if turn % 2 == 0 else self.daemon.connect()
                self.assertEqual(ask(connection, "GET", SHORT).status, 200)
                self.assertLess(count.value - before, 6 * CROWD)
                if connection is not kept:
                    connection.close()
                time.sleep(0.05)

    def went_first(self):
        """How many answers were of those who ask now and then, as the daemon tells them apart."""
        text = self.daemon.ask("GET", "/metrics").body
        return int(re.search(rb"\nmappad_answer_cpu_seconds_count (\d+)\n", text)[1])

    def test_who_asks_now_and_then_goes_first_each_time(self):
        self.begin()
        with self.crowd():
            kept = self.daemon.connect()
            self.addCleanup(kept.close)
            ask(kept, "GET", SHORT)
            time.sleep(0.2)
            before = self.went_first()
            for _ in range(10):
                self.assertEqual(ask(kept, "GET", SHORT).status, 200)
                time.sleep(0.2)
            self.assertGreaterEqual(self.went_first() - before, 8)     # and none of the crowd, which answers hundreds
            self.assertLessEqual(self.went_first() - before, 14)

    def test_what_comes_in_pieces_goes_before_nobody(self):
        self.begin()
        with self.crowd():
            drops = self.daemon.connect()
            self.addCleanup(drops.close)
            for size in (1, 40):
                # One of the crowd that a busy machine has kept waiting for a while counts, too: the least is of drops alone.
                self.assertEqual(min(self.goes_first(drops, size) for _ in range(5)), int(size == 1))

    def goes_first(self, drops, size):
        """How many answers were of those who ask now and then while a request came in so many pieces."""
        ask(drops, "GET", SHORT)
        time.sleep(0.2)
        before = self.went_first()
        text = f"GET {SHORT} HTTP/1.1\r\nHost: x\r\nX-A: {'a' * 400}\r\n\r\n".encode()
        pieces = [text[:len(text) // size * (n + 1)][len(text) // size * n:] for n in range(size - 1)]
        pieces.append(text[sum(map(len, pieces)):])
        for piece in pieces:
            drops.sock.sendall(piece)
            time.sleep(0.005)
        answer = http.client.HTTPResponse(drops.sock)
        answer.begin()
        answer.read()
        return self.went_first() - before

    def test_the_watchdog_is_fed_all_the_while(self):
        self.begin(environment={"WATCHDOG_USEC": "1000000"})
        with self.crowd():
            for _ in range(3):
                self.daemon.notify.status_now()         # what it said before
                self.daemon.notify.said.clear()
                self.assertTrue(self.daemon.notify.wait("WATCHDOG=1", self.daemon.process))


if __name__ == "__main__":
    main()
