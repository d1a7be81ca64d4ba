#!/usr/bin/python3
"""Calls of the daemon to the world outside fail, each kind with the errors that it can have (morning.py).

The daemon lives on, or ends in good order and is started again; what it raises, sends and keeps is the same. MAPPAD_FAIL_STEPS
says how many calls of each kind are made to fail (default 3, spread over all of them; "all": each one).
"""

import errno
import http.client
import json
import os
import signal

from morning import DEADLINE_S, Daemon, Morning, ask, main

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
    """An allocation fails while people ask and record: in libevent, jansson, SQLite or our own code.

    libevent 2.1 does not survive each of its own (a watermark of a new connection, for one): then the service manager starts the
    daemon again, as is done here. Nothing is recorded twice or halfway, and nothing that was answered is lost.
    """

    def test_whatever_request_runs_out_of_memory_nothing_is_recorded_twice_or_halfway(self):
        daemon = self.daemon = Daemon(self.directory / "asked", environment={"LD_PRELOAD": str(self.library), "MAPPAD_KILL_AT": str(self.steps.path)})
        daemon.start()

        def talk(case):
            """Records two lines and asks three questions; how often it was answered."""
            lines = [{"case": case, "event": "sentenced", "disposal": "community", "on": "2023-01-02", "id": f"{case}.1"},
                     {"case": case, "event": "level-set", "level": "2", "on": "2023-01-02", "id": f"{case}.2"}]
            answered = 0
            for deed in (("POST", "/v1/events", "".join(json.dumps(line) + "\n" for line in lines), "application/x-ndjson"),
                         ("GET", f"/v1/cases/{case}"), ("GET", "/v1/obligations?state=overdue&limit=3"), ("GET", "/v1/status")):
                connection = daemon.connect(timeout=3)
                try:
                    answered += ask(connection, *deed).status < 400
                except (OSError, http.client.HTTPException):
                    pass
                finally:
                    connection.close()
            return answered

        self.assertEqual(talk("M-FIRST"), 4)         # the statements of the store are made once
        self.steps.set(0, 1 << 40, meant=ALLOCATES, error=errno.ENOMEM)
        self.assertEqual(talk("M-SECOND"), 4)
        total, failed, refused, ends = self.steps.calls, 0, 0, 0
        count = total if STEPS == "all" else min(total, 20 * int(STEPS))
        for at in sorted({1 + number * (total - 1) // max(1, count - 1) for number in range(count)}):
            case = f"M-A{at:06}"
            self.steps.set(0, at, meant=ALLOCATES, error=errno.ENOMEM)
            answered = talk(case)
            failed += self.steps.failed
            refused += 4 - answered
            self.steps.disarm()
            if talk(case) < 4:
                ends += 1
                self.assertEqual(daemon.process.wait(DEADLINE_S), -signal.SIGSEGV, f"allocation {at} of {total}:\n" + daemon.read_log()[-2000:])
                daemon.kill()
                daemon.start()
                self.assertEqual(talk(case), 4, f"allocation {at} of {total}")
            self.assertEqual(daemon.get(f"/v1/cases/{case}")["events"], 2)
        self.assertLess(ends, 1 + failed // 8, "it should survive nearly all")
        self.assertTrue(daemon.ask("POST", "/v1/verify").json["verified"])
        daemon.end()
        print(f"# {failed} faults: an allocation fails, of a request ({total} moments, {refused} refused, libevent died of {ends})", flush=True)


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
