"""The numbers that fail_at.c shares with a test, and the library itself."""

import pathlib
import struct
import subprocess


class Steps:
    def __init__(self, path):
        self.path = pathlib.Path(path)
        self.set(0, 0)

    def set(self, calls, at, meant=0, error=0, lasting=False):
        """Counts on from calls; at the call of that number the process is killed, or with an error the call fails (of
        the kinds that are meant, 0: of any that changes something)."""
        with open(self.path, "r+b" if self.path.exists() else "w+b") as file:
            file.write(struct.pack("qqqqqq", calls, at, meant, error, int(lasting), 0))

    def disarm(self):
        with open(self.path, "r+b") as file:
            file.seek(8)
            file.write(struct.pack("q", 0))

    @property
    def calls(self):
        return struct.unpack_from("q", self.path.read_bytes())[0]

    @property
    def failed(self):
        """Calls that were made to fail."""
        return struct.unpack_from("q", self.path.read_bytes(), 40)[0]


def library(directory):
    """fail_at.c, built into that directory."""
    path = pathlib.Path(directory) / "fail_at.so"
    source = pathlib.Path(__file__).with_name("fail_at.c")
    subprocess.run(["cc", "-D_GNU_SOURCE", "-shared", "-fPIC", "-O1", "-o", path, source, "-ldl"], check=True, timeout=60)
    return path
