"""A program that stands still at calls of its own until it is let go (tests/fault/hold_at.c)."""

import concurrent.futures
import contextlib
import os
import pathlib
import subprocess

from harness import TREE, eventually

CALLS_MAX = 1000        # more than a program has from the beginning to the end of anything that is tried here


class Gate:
    """It stands only while the gate is closed, and at each call then: to open, close, sync and connect, or at those that are
    named, and of syncs at those of a file whose name ends in that way."""

    def __init__(self, directory, calls=None, of=None):
        self.named = {} if calls is None else {"MAPPAD_HOLD_AT": calls}
        if of is not None:
            self.named["MAPPAD_HOLD_OF"] = of
        self.library, self.path = pathlib.Path(directory) / "hold_at.so", pathlib.Path(directory) / "gate"
        self.at = self.go = None
        subprocess.run(["cc", "-D_GNU_SOURCE", "-shared", "-fPIC", "-O1", "-o", self.library, TREE / "tests/fault/hold_at.c", "-ldl"],
                       check=True, timeout=60)

    @property
    def environment(self):
        """What a program needs that is to stand."""
        return {"LD_PRELOAD": str(self.library), "MAPPAD_HOLD": str(self.path), **self.named}

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
        """The first letter of the call that it stands at, and has not been asked for yet; "" if it does not stand."""
        with contextlib.suppress(BlockingIOError):
            return os.read(self.at, 1).decode()
        return ""

    def let_go(self):
        """To its next call."""
        os.write(self.go, b".")

    def while_working(self, work):
        """What work() returns, for which it is let go as often as it takes."""
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            done = pool.submit(work)
            while not done.done():
                if self.at is not None and self.stands():
                    self.let_go()
                else:
                    concurrent.futures.wait([done], 0.002)
            return done.result()

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
                self.let_go()
            raise AssertionError("it does not come to an end")
        finally:
            self.open()
