"""A program that stands still at calls of its own until it is let go (tests/fault/hold_at.c)."""

import contextlib
import os
import pathlib
import subprocess

from harness import TREE, eventually

CALLS_MAX = 1000        # more than a program has from the beginning to the end of anything that is tried here


class Gate:
    """It stands only while the gate is closed, and at each call then."""

    def __init__(self, directory):
        self.library, self.path = pathlib.Path(directory) / "hold_at.so", pathlib.Path(directory) / "gate"
        self.at = self.go = None
        subprocess.run(["cc", "-D_GNU_SOURCE", "-shared", "-fPIC", "-O1", "-o", self.library, TREE / "tests/fault/hold_at.c", "-ldl"],
                       check=True, timeout=60)

    @property
    def environment(self):
        """What a program needs that is to stand."""
        return {"LD_PRELOAD": str(self.library), "MAPPAD_HOLD": str(self.path)}

    def close(self):
        go = self.path.with_name(self.path.name + ".go")
        os.mkfifo(go)
        self.go = os.open(go, os.O_RDWR)
        made = self.path.with_name("gate.new")          # it is there with somebody who reads it
        os.mkfifo(made)
        self.at = os.open(made, os.O_RDWR | os.O_NONBLOCK)
        made.rename(self.path)

    def open(self):
        """Lets go whoever stands, and nobody stands any more."""
        if self.at is None:
            return
        self.path.unlink()
        self.path.with_name(self.path.name + ".go").unlink()
        os.write(self.go, bytes(16))            # threads too
        os.close(self.at)
        os.close(self.go)
        self.at = self.go = None

    def stands(self):
        with contextlib.suppress(BlockingIOError):
            return len(os.read(self.at, 1)) == 1
        return False

    def calls(self, over):
        """The numbers of its calls, from 0, until it is over; it stands at each while that is looked at, and at none any
        more once nobody looks."""
        try:
            for number in range(CALLS_MAX):
                standing = []
                eventually(lambda standing=standing: standing.append(self.stands()) or standing[-1] or over(), "the next call, or the end")
                if not standing[-1]:
                    return
                yield number
                os.write(self.go, b".")
            raise AssertionError("it does not come to an end")
        finally:
            self.open()
