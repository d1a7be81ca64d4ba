#!/usr/bin/python3
"""A hex editor on a record that nobody serves: every byte of the file's header, and of the head of each page, of each kind, is changed.

Whatever the byte is for, `mappactl verify` refuses the file or names what is wrong, or the change meant nothing and the record, the log of
accesses and what is derived read as before. Random places are test_damage.c.
"""

import contextlib
import os
import pathlib
import sqlite3
import struct
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "box"))
from harness import DEADLINE_S, MAPPACTL, BoxTest, main  # noqa: E402

PAGE = 4096
KINDS = {2: "interior of an index", 5: "interior of a table", 10: "leaf of an index", 13: "leaf of a table"}
ANSWERED_FOR = ("event", "casefile", "person", "access", "obligation", "raising", "word")
STEPS = int(os.environ.get("MAPPAD_HEX_STEPS", "50"))


def content(path):
    """What the tables hold that verify answers for, or None if they cannot be read."""
    base = sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)
    try:
        return {table: sorted(map(repr, base.execute(f"SELECT * FROM {table}").fetchall())) for table in ANSWERED_FOR}
    except (sqlite3.Error, UnicodeDecodeError):
        return None
    finally:
        base.close()


def pages_by_kind(bytes_):
    """Numbers of pages, from 0, by what they are; the first of each kind, the last, and one between."""
    kinds = {}
    for number in range(len(bytes_) // PAGE):
        at = number * PAGE + (100 if number == 0 else 0)
        kinds.setdefault(KINDS.get(bytes_[at], "free or overflowing"), []).append(number)
    return {kind: sorted({numbers[0], numbers[len(numbers) // 2], numbers[-1]}) for kind, numbers in kinds.items()}


class Hex(BoxTest):
    def make(self):
        """A record of 600 cases with a few pages of each kind, closed in good order."""
        daemon = self.start()
        for start in range(0, 600, 100):
            daemon.recorded(*({"case": f"M-{number:04}", "event": "sentenced", "on": "2022-12-01", "disposal": "community"}
                              for number in range(start, start + 100)))
        for number in range(20):
            daemon.get(f"/v1/cases/M-{number:04}")
        self.assertEqual(daemon.stop(), 0)
        self.path = daemon.dir / "state/mappad.db"
        self.copy = self.directory / "copy.db"
        return self.path.read_bytes()

    def places(self, whole):
        """(kind, offset) of each byte that is changed."""
        for at in range(100):
            yield "header of the file", at
        for kind, numbers in pages_by_kind(whole).items():
            for number in numbers:
                start = number * PAGE + (100 if number == 0 else 0)
                for at in range(start, start + 16):         # the head of the page, and pointers to its first cells
                    yield kind, at
                first_cell = struct.unpack_from(">H", whole, start + 8 + (4 if whole[start] in (2, 5) else 0))[0]
                for at in range(8):
                    if 0 < first_cell < PAGE - 8:
                        yield f"first cell of a {kind}", number * PAGE + first_cell + at

    def verify(self):
        return subprocess.run([str(MAPPACTL), "verify", str(self.copy)], capture_output=True, text=True, timeout=DEADLINE_S)

    def test_a_bit_of_the_log_ends_it_there_and_a_head_that_was_noted_shows_it(self):
        """The limit that SECURITY.md tells of: what SQLite takes for a torn end is no damage to it."""
        daemon = self.start()
        for number in range(20):
            daemon.recorded({"case": f"M-{number}", "event": "sentenced", "on": "2022-12-01", "disposal": "community"})
        head = daemon.status()["chain_head"]
        daemon.kill()
        log = daemon.dir / "state/mappad.db-wal"
        changed = bytearray(log.read_bytes())
        changed[len(changed) * 3 // 4] ^= 1
        log.write_bytes(changed)
        daemon.start()
        self.assertLess(daemon.status()["last_seq"], 20)
        said = daemon.ctl("verify", "--head", f"20:{head}")
        self.assertEqual((said.returncode, "event 20: the chain ends before this line, whose hash was noted" in said.stdout + said.stderr), (1, True), said)

    def test_what_a_byte_was_for_it_is_refused_or_named_or_meant_nothing(self):
        whole = self.make()
        before = content(self.path)
        self.copy.write_bytes(whole)
        self.assertEqual(self.verify().returncode, 0)
        places = list(self.places(whole))
        chosen = places[::max(1, len(places) // STEPS)]
        found, nothing = 0, 0
        for kind, at in chosen:
            for value in (whole[at] ^ 1, 0xff - whole[at]):
                changed = bytearray(whole)
                changed[at] = value
                self.copy.write_bytes(changed)
                with self.subTest(kind, at=at, value=value):
                    said = self.verify()
                    self.assertIn(said.returncode, (0, 1, 3), said)
                    if said.returncode == 0:
                        nothing += 1
                        self.assertEqual(content(self.copy), before, "something else is read and nothing was found")
                    else:
                        found += 1
                        self.assertGreater(len(said.stdout + said.stderr), 20)
                for beside in ("-wal", "-shm"):
                    with contextlib.suppress(FileNotFoundError):
                        os.unlink(f"{self.copy}{beside}")
        self.assertGreater(found, nothing)
        print(f"# {len(chosen)} of {len(places)} bytes changed twice: {found} refused or named, {nothing} meant nothing", flush=True)


if __name__ == "__main__":
    main()
