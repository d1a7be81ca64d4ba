#!/usr/bin/python3
"""Makes the corpus of fuzz_answer: what a real daemon answers to each call that is fuzzed, through a middleman who keeps it.

    MAPPAD_BUILD=build tests/fuzz/answers.py FOLDER      one file a call, by the number that it has in fuzz_answer.c
"""

import http.client
import io
import pathlib
import re
import socket
import sys
import tempfile
import threading

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "box"))
from harness import TREE, Daemon  # pylint: disable=wrong-import-position

SIZE_MAX = 16 << 10     # of a seed: what is longer only slows the search and is left out
SOURCE = (HERE / "fuzz_answer.c").read_text()
CALLS = re.findall(r'"([^"]*)"', re.search(r"calls\[\] = \{(.*?)\};", SOURCE, re.S).group(1))
STATUSES = [int(status) for status in re.search(r"statuses\[\] = \{(.*?)\};", SOURCE).group(1).split(",")]
ZERO = 48               # so that no status is the byte that divides answers: a multiple of their number
FACTS = [fact for number in range(1, 4) for fact in (
    {"case": f"M-{number}", "event": "category-set", "on": "2022-01-03", "category": "1"},
    {"case": f"M-{number}", "event": "level-set", "on": "2022-01-03", "level": str(2 + number % 2)},
    {"case": f"M-{number}", "event": "meeting-held", "on": f"2022-0{number}-10", "meeting-level": "2"})]


class Heard(io.BytesIO):
    """What came on a connection, as if it were a socket."""

    def makefile(self, *_):
        return self


class Middleman:
    def __init__(self, path, behind):
        self.behind, self.heard = str(behind), []
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.listener.bind(str(path))
        self.listener.listen()
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            client, _ = self.listener.accept()
            daemon = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            daemon.connect(self.behind)
            heard = bytearray()
            self.heard.append(heard)
            threading.Thread(target=self.pass_on, args=(client, daemon, None), daemon=True).start()
            threading.Thread(target=self.pass_on, args=(daemon, client, heard), daemon=True).start()

    @staticmethod
    def pass_on(source, target, heard):
        while data := source.recv(65536):
            if heard is not None:
                heard += data
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)

    def answers(self):
        """Each as the fuzzer takes it; what was heard is forgotten."""
        heard, self.heard = self.heard, []
        for connection in heard:
            bytes_left = Heard(bytes(connection))
            while bytes_left.tell() < len(connection):
                answer = http.client.HTTPResponse(bytes_left)
                answer._close_conn = lambda: None    # pylint: disable=protected-access
                answer.begin()
                yield bytes([ZERO + STATUSES.index(answer.status)]) + answer.read()


def main():
    folder = pathlib.Path(sys.argv[1])
    with tempfile.TemporaryDirectory() as directory:
        shipped = {file.name: file.read_text() for file in (TREE / "rules").glob("*.cfg") if file.name != "authorities.cfg"}
        daemon = Daemon(directory, rules=shipped, contacts=(TREE / "contrib/contacts.example.cfg").read_text())
        daemon.start()
        try:
            for fact in FACTS:
                daemon.recorded(fact)
            middleman = Middleman(daemon.dir / "middle", daemon.socket)
            daemon.ctl("report", "annual", "--seal", "2021-22")
            digest = daemon.get("/v1/rules")["digest"]
            for number, call in enumerate(CALLS):
                if "--follow" in call:          # which does not end
                    continue
                words = [digest if word == "abc" else word.replace("2022-23", "2021-22") for word in call.split()]
                outcome = daemon.ctl(*words, "--socket", str(daemon.dir / "middle"))
                text = b"\0".join(middleman.answers())
                print(f"{call}: exit status {outcome.returncode}, {len(text)} bytes {outcome.stderr[:150].strip()}")
                if len(text) <= SIZE_MAX:
                    (folder / f"call-{number:02}").write_bytes(bytes([number]) + text)
        finally:
            daemon.end()


if __name__ == "__main__":
    main()
