#!/usr/bin/python3
"""Calls of the daemon to the world outside fail, each kind with the errors that it can have (morning.py).

The daemon lives on, or ends in good order and is started again; what it raises, sends and keeps is the same. MAPPAD_FAIL_STEPS
says how many calls of each kind are made to fail (default 4, spread over all of them; "all": each one).
"""

import errno
import os

from morning import Morning, main

STEPS = os.environ.get("MAPPAD_FAIL_STEPS", "4")
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
