#!/usr/bin/python3
"""Calls of the daemon to the world outside fail, each kind with the errors that it can have (morning.py).

The daemon lives on, or ends in good order and is started again; what it raises, sends and keeps is the same. MAPPAD_FAIL_STEPS
says how many calls of each kind are made to fail (default 3, spread over all of them; "all": each one).
"""

import collections
import contextlib
import errno
import http.client
import json
import os
import pathlib
import re
import resource
import unittest

from morning import DEADLINE_S, MAPPAD, BoxTest, Daemon, Morning, ask, eventually, main

STEPS = os.environ.get("MAPPAD_FAIL_STEPS", "3")
WRITES, SYNCS, CUTS, RENAMES, TALKS, OPENS, DESCRIPTORS, ALLOCATES = (1 << bit for bit in range(8))
KINDS = {
    "a write, no space": (WRITES, errno.ENOSPC, False),
    "all writes, no space": (WRITES, errno.ENOSPC, True),
    "a write": (WRITES, errno.EIO, False),
    "a sync": (SYNCS, errno.EIO, False),
    "a file cut or removed": (CUTS, errno.EIO, False),
    "a rename": (RENAMES, errno.EIO, False),
    "a connection": (TALKS, errno.ECONNRESET, False),
    "an open": (OPENS, errno.EMFILE, False),
    "a descriptor": (DESCRIPTORS, errno.EMFILE, False),
    "an allocation": (ALLOCATES, errno.ENOMEM, False),
}


class Fail(Morning):
    def fails(self, kind):
        meant, error, lasting = KINDS[kind]
        fault = {"meant": meant, "error": error, "lasting": lasting}
        daemon, total, _ = self.live(1 << 40, **fault)
        self.check(self.finish(daemon), self.reference)
        if total == 0:
            return 0, 0
        count = total if STEPS == "all" else min(total, int(STEPS))
        return sum(came for came, _ in self.ends(total, count, **fault)), total

    def test_whatever_fails_the_end_is_the_same(self):
        for kind in KINDS:
            with self.subTest(kind):
                failed, total = self.fails(kind)
                print(f"# {failed} faults: {kind} fails, in the daemon ({total} moments)", flush=True)


class Requests(Morning):
    """Allocations fail while people ask and record: in libevent, jansson, SQLite or our own code.

    Nothing is recorded twice or halfway, nothing that was answered is lost, and the daemon lives on: libevent 2.1, which does not
    survive each of its own, is lent what it needs (reserve.h).
    """

    def begin(self):
        self.daemon = Daemon(self.directory / "asked", environment={"LD_PRELOAD": str(self.library), "MAPPAD_KILL_AT": str(self.steps.path)})
        self.daemon.start()
        self.assertEqual(self.talk("M-FIRST"), 4)         # the statements of the store are made once
        self.steps.set(0, 1 << 40, meant=ALLOCATES, error=errno.ENOMEM)
        self.assertEqual(self.talk("M-SECOND"), 4)
        return self.steps.calls

    def talk(self, case, timeout=3):
        """Records two lines and asks three questions; how often it was answered."""
        lines = [{"case": case, "event": "sentenced", "disposal": "community", "on": "2023-01-02", "id": f"{case}.1"},
                 {"case": case, "event": "level-set", "level": "2", "on": "2023-01-02", "id": f"{case}.2"}]
        answered = 0
        for deed in (("POST", "/v1/events", "".join(json.dumps(line) + "\n" for line in lines), "application/x-ndjson"),
                     ("GET", f"/v1/cases/{case}"), ("GET", "/v1/obligations?state=overdue&limit=3"), ("GET", "/v1/status")):
            connection = self.daemon.connect(timeout)
            try:
                answered += ask(connection, *deed).status < 400
            except (OSError, http.client.HTTPException):
                pass
            finally:
                connection.close()
        return answered

    def try_out(self, total, count, lasting):
        """So many moments at which an allocation fails, or all from there on; how many failed, how much was not answered."""
        failed, refused = 0, 0
        for at in sorted({1 + number * (total - 1) // max(1, count - 1) for number in range(count)}):
            case = f"M-A{at:06}"
            self.steps.set(0, at, meant=ALLOCATES, error=errno.ENOMEM, lasting=lasting)
            refused += 4 - self.talk(case, timeout=1 if lasting else 3)
            failed += self.steps.failed
            self.steps.disarm()
            self.daemon.notify.status_now()         # as systemd does: a daemon whose words nobody takes waits with the next
            self.assertEqual(self.talk(case), 4, f"allocation {at} of {total}:\n" + self.daemon.read_log()[-2000:])
            self.assertIsNone(self.daemon.process.poll())
            self.assertEqual(self.daemon.get(f"/v1/cases/{case}")["events"], 2)
        self.assertTrue(self.daemon.ask("POST", "/v1/verify").json["verified"])
        self.daemon.end()
        return failed, refused

    def test_whatever_request_runs_out_of_memory_nothing_is_recorded_twice_or_halfway(self):
        total = self.begin()
        failed, refused = self.try_out(total, total if STEPS == "all" else min(total, 20 * int(STEPS)), lasting=False)
        print(f"# {failed} faults: an allocation fails, of a request ({total} moments, {refused} refused)", flush=True)

    def test_while_there_is_no_memory_at_all_nobody_is_answered_wrongly_and_the_daemon_lives_on(self):
        total = self.begin()
        failed, refused = self.try_out(total, total if STEPS == "all" else min(total, 4 * int(STEPS)), lasting=True)
        print(f"# {failed} faults: all allocations fail from one on, of requests ({total} moments, {refused} refused)", flush=True)


@unittest.skipIf(b"__asan_init" in MAPPAD.read_bytes(), "a sanitizer needs far more than what it may have")
class Limited(BoxTest):
    def crowd(self, name):
        """How many of two hundred who record at once were answered how; each status is of a whole answer."""
        crowd, answers = [self.daemon.connect() for _ in range(200)], collections.Counter()
        for number, connection in enumerate(crowd):
            line = {"case": f"{name}N{number}", "event": "sentenced", "disposal": "community", "on": "2023-01-02"}
            body = json.dumps(line) + " " * (60000, 0, 3000, 500, 9000)[number % 5]
            with contextlib.suppress(OSError):
                connection.timeout = 1          # for a place in the queue
                connection.request("POST", "/v1/events", body, {"Content-Type": "application/json"})
        for connection in crowd:
            try:
                if connection.sock is None:
                    answers["not let in"] += 1
                    continue
                connection.sock.settimeout(DEADLINE_S)
                response = connection.getresponse()
                answers[response.status if json.loads(response.read()) else "nothing"] += 1
            except (OSError, http.client.HTTPException) as error:
                answers[type(error).__name__] += 1
            finally:
                connection.close()
        return answers

    def test_a_process_that_may_have_no_more_memory_lives_on_and_serves_when_it_may(self):
        """The system's own refusal: no page more than it has, while a crowd comes, asks, records and stays."""
        daemon = self.start(limits='connections = 300; per-user = 300; request = "1 s";')
        daemon.recorded({"case": "M-FIRST", "event": "sentenced", "disposal": "community", "on": "2023-01-02"})
        recorded = 0
        for more in (0, 100, 300, 1000, 3000):      # KiB
            has = int(re.search(r"^VmSize:\s+(\d+)", pathlib.Path(f"/proc/{daemon.process.pid}/status").read_text(), re.M).group(1))
            before = resource.prlimit(daemon.process.pid, resource.RLIMIT_AS, ((has + more) << 10, resource.RLIM_INFINITY))
            answers = self.crowd(f"M-C{more}")
            recorded += answers[201]
            self.assertLessEqual(set(answers), {201, 503, "BrokenPipeError", "ConnectionResetError", "RemoteDisconnected", "not let in"},
                                 "who is answered is told what is so, by a whole answer")
            resource.prlimit(daemon.process.pid, resource.RLIMIT_AS, before)
            eventually(lambda: daemon.quiet(1), "it serves again", 90)       # a connection may be idle for 60 s
            self.assertEqual(daemon.status()["trouble"], None)
            print(f"# with {more} KiB more: {dict(answers)}", flush=True)
        self.assertGreaterEqual(daemon.status()["last_seq"], 1 + recorded)
        self.assertTrue(daemon.ask("POST", "/v1/verify").json["verified"])


class OneConnection(Morning):
    CONNECTIONS = 1

    def test_a_message_that_broke_off_in_its_text_is_the_end_of_its_connection(self):
        """Else the next one would be taken for more of its text, and both would wait until the relay gives up."""
        for at in range(6, 10):         # text, end of the text, and what lies beside them
            with self.subTest(at):
                _, _, came = self.live(at, meant=TALKS, error=errno.ECONNRESET)
                self.assertTrue(came)
                self.check(self.finish(self.daemon), self.reference)


if __name__ == "__main__":
    main()
