#!/usr/bin/python3
"""The stream of alerts: nobody misses one, nobody hears one twice, nobody holds up another."""

import json
import random
import re
import resource
import selectors
import socket
import unittest

from harness import MAPPAD, BoxTest, eventually, main

LATE = {"event": "sentenced", "on": "2022-12-01", "disposal": "community"}      # overdue since 30 December: an alert each

SANITIZED = b"__asan_init" in MAPPAD.read_bytes()


class Follower:
    """One that follows, reading by hand so that it can stop anywhere."""

    def __init__(self, path, head=b"", query=b""):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.connect(str(path))        # waits for a place in the queue, which one with a timeout would not
        self.sock.settimeout(30)
        self.sock.sendall(b"GET /v1/alerts/stream" + query + b" HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\n" + head + b"\r\n")
        self.rest, self.ids, self.ended, self.beats = b"", [], False, 0

    def read(self):
        """Takes what is there; complete events become ids. The framing in chunks falls between lines and is left out."""
        piece = self.sock.recv(65536)
        self.ended = not piece
        self.rest += piece
        *lines, self.rest = self.rest.split(b"\n")
        for line in lines:
            if line.startswith(b"data: "):
                self.ids.append(json.loads(line[6:])["id"])
            self.beats += line == b": alive"

    def until(self, count):
        while len(self.ids) < count and not self.ended:
            self.read()
        return self.ids

    def close(self):
        self.sock.close()


class Stream(BoxTest):
    def raise_alerts(self, first, count):
        self.daemon.recorded(*({**LATE, "case": f"M-S{number:05}"} for number in range(first, first + count)))

    def follow(self, head=b"", query=b""):
        follower = Follower(self.daemon.socket, head, query)
        self.addCleanup(follower.close)
        return follower

    def ids(self):
        return [alert["id"] for alert in self.daemon.alerts()]

    def test_one_that_comes_back_misses_nothing_and_hears_nothing_twice(self):
        self.start()
        chance = random.Random(7)
        heard, number = [], 0
        for _ in range(12):
            follower = self.follow(b"Last-Event-ID: %d\r\n" % (heard[-1] if heard else 0))
            self.raise_alerts(number, 37)
            number += 37
            follower.until(chance.randrange(1, number - len(heard)))
            heard += follower.ids       # more may have come than was waited for; what was not read comes again
            follower.close()
            self.raise_alerts(number, 11)
            number += 11
        last = self.follow(b"Last-Event-ID: %d\r\n" % heard[-1])
        heard += last.until(number - len(heard))
        self.assertEqual(heard, self.ids())
        self.assertEqual(len(heard), number)

    def test_it_resumes_across_a_restart(self):
        self.start()
        self.raise_alerts(0, 250)
        first = self.follow(query=b"?after=0").until(120)[:120]
        self.daemon.kill()
        self.daemon.start()
        again = self.follow(b"Last-Event-ID: %d\r\n" % first[-1])
        self.raise_alerts(250, 5)
        self.assertEqual(first + again.until(135), self.ids())

    def test_where_it_begins(self):
        self.start()
        self.raise_alerts(0, 20)
        ids = self.ids()
        fresh, header, parameter, both, beyond = (
            self.follow(), self.follow(b"Last-Event-ID: %d\r\n" % ids[9]), self.follow(query=b"?after=%d" % ids[14]),
            self.follow(b"Last-Event-ID: %d\r\n" % ids[17], b"?after=0"), self.follow(b"Last-Event-ID: 9999999999999999999\r\n"))
        for follower in (fresh, beyond):
            while b"retry:" not in follower.rest and not follower.ended:
                follower.rest += follower.sock.recv(10)     # it is being served before the next alert is raised
        self.raise_alerts(20, 1)
        new = self.ids()[20:]
        self.assertEqual(header.until(11), ids[10:] + new)
        self.assertEqual(parameter.until(6), ids[15:] + new)
        self.assertEqual(both.until(3), ids[18:] + new)
        self.assertEqual(fresh.until(1), new)
        self.assertEqual(beyond.until(1), new)

    def test_the_log_says_what_was_raised_with_and_without_its_fields(self):
        """Due 28 days after 1 December: the 29th. Identifiers and a date, as the fields have them."""
        self.start()
        self.raise_alerts(1, 1)
        eventually(self.daemon.alerts)
        self.assertRegex(self.daemon.read_log(), r"alert 1 was raised: overdue of first-meeting about M-S00001, due 2022-12-29 MAPPA_ALERT=1 ")

    def record_piece(self, first, count, **other):
        lines = "\n".join(json.dumps({**LATE, "case": f"M-S{number:05}", **other}) for number in range(first, first + count))
        self.assertEqual(self.daemon.ask("POST", "/v1/events?changed=none&more=1", lines).status, 201)

    def logged_alerts(self):
        """The numbers of alerts with a line of their own, and those up to which there were others."""
        said = re.findall(r"alert (\d+) was raised|alerts up to number (\d+) were", self.daemon.read_log())
        return [int(one) for one, _ in said if one], [int(many) for _, many in said if many]

    def test_the_pieces_of_an_import_have_as_many_lines_of_the_log_as_one_commit(self):
        """What others record meanwhile, or after an import that broke off, has its own."""
        self.start()
        for first in (0, 150, 300, 450):
            self.record_piece(first, 150)
        self.raise_alerts(600, 1)
        self.record_piece(601, 201)
        self.daemon.move_clock("2023-03-01T09:30:00Z")
        self.raise_alerts(802, 1)
        eventually(lambda: "about M-S00802" in self.daemon.read_log())
        self.assertEqual(self.logged_alerts(), ([*range(1, 201), 601, *range(602, 802), 803], [300, 450, 600, 802]))

    def test_what_a_sweep_raises_during_an_import_has_its_own_lines_of_the_log(self):
        self.start(now="2022-12-29T09:00:00Z")
        self.daemon.recorded({**LATE, "case": "M-OTHER"})
        self.daemon.move_clock("2022-12-30T07:29:50Z")
        self.record_piece(0, 201, on="2022-11-01")
        self.daemon.move_clock("2022-12-30T07:30:05Z")
        eventually(lambda: "overdue of first-meeting about M-OTHER" in self.daemon.read_log())

    def test_what_is_no_number_is_refused(self):
        self.start()
        for head, query in ((b"Last-Event-ID: x\r\n", b""), (b"Last-Event-ID: -1\r\n", b""), (b"Last-Event-ID: 1 2\r\n", b""),
                            (b"Last-Event-ID: 99999999999999999999\r\n", b""), (b"", b"?after=x"), (b"", b"?after=-1"), (b"", b"?before=1")):
            with self.subTest(head=head, query=query):
                follower = self.follow(head, query)
                self.assertTrue(follower.sock.recv(100).startswith(b"HTTP/1.1 400 "))

    def test_a_thousand_follow_at_once(self):
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if hard < 1200:
            self.skipTest("this needs 1,200 descriptors")
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 1200), hard))
        self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        self.start(limits="connections = 1100; per-user = 1100;")
        followers = [self.follow(query=b"?after=0") for _ in range(1000)]
        for round_number in range(3):
            self.raise_alerts(round_number * 10, 10)
        selector = selectors.DefaultSelector()
        for follower in followers:
            selector.register(follower.sock, selectors.EVENT_READ, follower)
        waiting = len(followers)
        while waiting:
            ready = selector.select(30)
            self.assertTrue(ready, f"{waiting} of 1,000 still wait")
            for key, _ in ready:
                follower = key.data
                follower.read()
                self.assertFalse(follower.ended)
                if len(follower.ids) >= 30:
                    selector.unregister(key.fileobj)
                    waiting -= 1
        ids = self.ids()
        self.assertEqual(len(ids), 30)
        for follower in followers:
            self.assertEqual(follower.ids, ids)
        self.assertEqual(self.daemon.status()["connections"], 1001)
        for follower in followers:
            follower.close()
        eventually(lambda: self.daemon.quiet(1), "letting go of a thousand followers")

    def test_each_of_many_is_told_again_and_again_that_the_daemon_lives_while_others_leave(self):
        self.start(limits='connections = 300; per-user = 300; idle = "2 s";')     # a beat each half second, to fifty in a turn
        followers = [self.follow() for _ in range(160)]
        for follower in followers:
            while follower.beats < 1:
                follower.read()
                self.assertFalse(follower.ended)
        for follower in followers[::3]:
            follower.close()
        stay = [follower for number, follower in enumerate(followers) if number % 3]
        stay += [self.follow() for _ in range(20)]
        for follower in stay:
            while follower.beats < 5:       # longer than the limit of a silent connection
                follower.read()
                self.assertFalse(follower.ended)
        self.raise_alerts(0, 1)
        for follower in stay:
            self.assertEqual(follower.until(1), self.ids())
            follower.close()
        eventually(lambda: self.daemon.quiet(1), "letting go of all of them")

    def test_five_hundred_that_take_nothing_cost_little_and_are_dropped(self):
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if hard < 700:
            self.skipTest("this needs 700 descriptors")
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 700), hard))
        self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        self.start(limits='connections = 600; per-user = 600; idle = "4 s";')
        self.raise_alerts(0, 3000)
        before = self.daemon.memory_kib()
        lazy = [self.follow(query=b"?after=0") for _ in range(500)]
        swift = self.follow(query=b"?after=0")
        self.assertEqual(len(swift.until(3000)), 3000)
        # All of it, held for each, would be 650 MiB; a batch for each is 25. A sanitizer keeps what was freed for a while.
        self.assertLess(self.daemon.memory_kib() - before, (400 if SANITIZED else 96) * 1024)
        eventually(lambda: self.daemon.read_log().count("a listener for alerts was dropped") >= 500, "dropping all that take nothing")
        self.raise_alerts(3000, 1)
        self.assertEqual(swift.until(3001), self.ids())
        for follower in lazy:
            follower.close()

    def test_one_that_takes_nothing_is_dropped_with_a_word_and_holds_up_nobody(self):
        self.start(limits='idle = "2 s";')
        self.raise_alerts(0, 2000)      # about 900 KiB, more than a socket takes
        lazy, swift = self.follow(query=b"?after=0"), self.follow(query=b"?after=0")
        self.assertEqual(len(swift.until(2000)), 2000)
        eventually(lambda: "dropped because it takes nothing" in self.daemon.read_log(), "dropping a listener that takes nothing")
        lazy.until(2001)        # reads what was on its way, and then the end
        self.assertTrue(lazy.ended)
        self.raise_alerts(2000, 1)
        self.assertEqual(len(swift.until(2001)), 2001)
        back = self.follow(b"Last-Event-ID: %d\r\n" % lazy.ids[-1])
        self.assertEqual(lazy.ids + back.until(2001 - len(lazy.ids)), self.ids())


if __name__ == "__main__":
    main()
