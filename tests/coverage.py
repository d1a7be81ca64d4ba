#!/usr/bin/python3
"""How much of the sources the tests reach, by layer, and what they do not reach.

    coverage.py BUILD [--show ROOM]... [--tests STATUS]

BUILD was made with --coverage and its tests have been run; STATUS is how they ended, 0 if all passed. Of the engine
every line and every branch has to be reached, but for the checks of our own mistakes (ENSURE), which must never fail,
and the way out of a switch for a value that is none of its enumeration, which is one; of each other room LINES_MIN of a
hundred lines. The last lines are a table of the rooms with what is asked of each. Exit status 1 if anything falls
short, or a test failed. --show lists what is not reached.
"""

import argparse
import collections
import json
import pathlib
import re
import subprocess
import sys

TREE = pathlib.Path(__file__).resolve().parent.parent
LINES_MIN = 90
FILES_A_CALL = 100


def checks_in(text):
    """Numbers of the lines that belong to an ENSURE, from its name to the bracket that closes it."""
    lines = set()
    for start in re.finditer(r"\bENSURE\(", text):
        depth, end = 1, start.end()
        while depth and end < len(text):
            depth += {"(": 1, ")": -1}.get(text[end], 0)
            end += 1
        lines.update(range(text.count("\n", 0, start.start()) + 1, text.count("\n", 0, end) + 2))
    return lines


def switches_in(text):
    """Numbers of the lines on which a switch begins. Those of the engine list every value and have no default, so that
    the compiler adds one, as the last branch."""
    return {text.count("\n", 0, start.start()) + 1 for start in re.finditer(r"\bswitch \(", text)}


class File:
    """What was counted of one source, over every program that holds it."""

    def __init__(self, path):
        self.path, self.lines, self.branches = path, collections.Counter(), {}
        text = (TREE / path).read_text(encoding="utf-8")
        self.checks, self.switches = checks_in(text), switches_in(text)

    def add(self, counted):
        for line in counted["lines"]:
            number = line["line_number"]
            if number in self.checks:
                continue
            self.lines[number] += line["count"]
            taken = [branch["count"] for branch in line["branches"]]
            if number in self.switches:
                taken = taken[:-1]
            known = self.branches.setdefault(number, [0] * len(taken))
            if len(known) == len(taken):
                self.branches[number] = [a + b for a, b in zip(known, taken)]

    def missed_lines(self):
        return sorted(number for number, count in self.lines.items() if not count)

    def missed_branches(self):
        return sorted(number for number, counts in self.branches.items() if self.lines[number] and not all(counts))


def gcov(paths):
    """What gcov says of some notes or counts, a document for each, and those that it cannot read."""
    done = subprocess.run(["gcov", "--json-format", "--stdout", "--branch-probabilities", *paths],
                          cwd=TREE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False, text=True)
    if done.returncode == 0:
        return [json.loads(line) for line in done.stdout.splitlines()], []
    if len(paths) == 1:
        return [], paths
    singly = [gcov([path]) for path in paths]
    return [document for documents, _ in singly for document in documents], [path for _, bad in singly for path in bad]


def read(build):
    """All sources below daemon/ and client/ by path, from the counts of the build, and its notes where nothing counted."""
    files = {}
    notes = sorted(path for folder in ("daemon", "client") for path in (build / folder).rglob("*.gcno"))
    counts = [str(path.with_suffix(".gcda") if path.with_suffix(".gcda").exists() else path) for path in notes]
    for at in range(0, len(counts), FILES_A_CALL):
        documents, unreadable = gcov(counts[at:at + FILES_A_CALL])
        for document in documents:
            for counted in document["files"]:
                path = counted["file"]
                if path.startswith(("daemon/", "client/")) and path.endswith(".c"):
                    files.setdefault(path, File(path)).add(counted)
        for path in counts[at:at + FILES_A_CALL]:       # one with nothing but tables has notes, and nothing to count
            source = str(pathlib.Path(path).with_suffix(".c").relative_to(build))
            if path in unreadable:
                print(f"{path}: gcov cannot read it")
            elif source not in files and (TREE / source).exists():
                files[source] = File(source)
    return files


def layer_of(path):
    parts = path.split("/")
    return parts[1] if parts[0] == "daemon" and len(parts) == 3 else parts[0]


def share(part, whole):
    return 100.0 * part / whole if whole else 100.0


class Room:
    """What is reached of the sources of one layer, and what is asked of it."""

    def __init__(self, name, files, missing):
        self.name, self.files, self.missing = name, files, missing
        self.lines = sum(len(file.lines) for file in files)
        self.reached = self.lines - sum(len(file.missed_lines()) for file in files)
        self.branches = sum(len(counts) for file in files for counts in file.branches.values())
        self.taken = sum(bool(count) for file in files for counts in file.branches.values() for count in counts)
        self.whole = name == "engine"

    def passes(self):
        if self.whole:
            return not self.missing and self.reached == self.lines and self.taken == self.branches
        return not self.missing and share(self.reached, self.lines) >= LINES_MIN

    def show_gaps(self):
        for file in self.files:
            for word, numbers in (("line", file.missed_lines()), ("branch of line", file.missed_branches())):
                for number in numbers:
                    print(f"{file.path}:{number}: no test reaches this {word}")

    def row(self):
        lines, branches = floor_share(self.reached, self.lines), floor_share(self.taken, self.branches)
        return (f"{self.name:10}{len(self.files):6}{self.lines:8}{lines:8.1f}%{100 if self.whole else LINES_MIN:6}%"
                f"{self.branches:10}{branches:8.1f}%{'100%' if self.whole else '-':>7}  {'pass' if self.passes() else 'FAIL'}")


def floor_share(part, whole):
    """Never rounded up: 100.0 means all."""
    return int(share(part, whole) * 10) / 10


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--show", action="append", default=[], metavar="ROOM")
    parser.add_argument("--tests", type=int, default=0, metavar="STATUS")
    arguments = parser.parse_args()
    files = read(arguments.build.resolve())
    sources = {str(path.relative_to(TREE)) for folder in ("daemon", "client") for path in (TREE / folder).rglob("*.c")}
    rooms = [Room(name, [files[path] for path in sorted(files) if layer_of(path) == name],
                  sorted(path for path in sources if layer_of(path) == name and path not in files))
             for name in sorted({layer_of(path) for path in sources})]
    for room in rooms:
        for path in room.missing:
            print(f"{path}: nothing was counted of it")
        if room.whole or room.name in arguments.show:
            room.show_gaps()
    print(f"{'room':10}{'files':>6}{'lines':>8}{'reached':>9}{'goal':>7}{'branches':>10}{'reached':>9}{'goal':>7}")
    for room in rooms:
        print(room.row())
    short = [room.name for room in rooms if not room.passes()]
    print("tests: " + ("all passed" if arguments.tests == 0 else "FAILED, see above"))
    print("goals: " + (f"FALL SHORT in {', '.join(short)}" if short else "all reached"))
    return 1 if short or arguments.tests != 0 else 0


if __name__ == "__main__":
    sys.exit(main())
