#!/usr/bin/python3
"""How much of the sources the tests reach, by layer, and what they do not reach.

    coverage.py BUILD [--show LAYER]...

BUILD was made with --coverage and its tests have been run. Of the engine every line and every branch has to be
reached, but for the checks of our own mistakes (ENSURE), which must never fail, and the way out of a switch for a value
that is none of its enumeration, which is one; of each other layer LINES_MIN of a hundred lines. Exit status 1 if
anything falls short. --show lists what is not reached.
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


def read(build):
    """All sources below daemon/ and client/ by path, from the counts that gcov makes of the build."""
    counts = sorted(str(path) for folder in ("daemon", "client") for path in (build / folder).rglob("*.gcda"))
    files = {}
    for at in range(0, len(counts), FILES_A_CALL):
        said = subprocess.run(["gcov", "--json-format", "--stdout", "--branch-probabilities", *counts[at:at + FILES_A_CALL]],
                              cwd=TREE, stdout=subprocess.PIPE, check=True, text=True).stdout
        for document in map(json.loads, said.splitlines()):
            for counted in document["files"]:
                path = counted["file"]
                if path.startswith(("daemon/", "client/")) and path.endswith(".c"):
                    files.setdefault(path, File(path)).add(counted)
    return files


def layer_of(path):
    parts = path.split("/")
    return parts[1] if parts[0] == "daemon" and len(parts) == 3 else parts[0]


def share(part, whole):
    return 100.0 * part / whole if whole else 100.0


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--show", action="append", default=[], metavar="LAYER")
    arguments = parser.parse_args()
    files = read(arguments.build.resolve())
    sources = {str(path.relative_to(TREE)) for folder in ("daemon", "client") for path in (TREE / folder).rglob("*.c")}
    short = []
    print(f"{'layer':10}{'files':>6}{'lines':>8}{'reached':>9}{'branches':>10}{'reached':>9}")
    for layer in sorted({layer_of(path) for path in sources}):
        held = [files[path] for path in sorted(files) if layer_of(path) == layer]
        lines, missed = sum(len(file.lines) for file in held), sum(len(file.missed_lines()) for file in held)
        branches = sum(len(counts) for file in held for counts in file.branches.values())
        taken = sum(bool(count) for file in held for counts in file.branches.values() for count in counts)
        unreached = sorted(path for path in sources if layer_of(path) == layer and path not in files)
        print(f"{layer:10}{len(held):6}{lines:8}{share(lines - missed, lines):8.1f}%{branches:10}{share(taken, branches):8.1f}%")
        if unreached or share(lines - missed, lines) < LINES_MIN or (layer == "engine" and (missed or taken < branches)):
            short.append(layer)
        for path in unreached:
            print(f"  {path}: no test runs it")
        for file in held if layer in arguments.show or layer == "engine" else ():
            for word, numbers in (("line", file.missed_lines()), ("branch of line", file.missed_branches())):
                for number in numbers:
                    print(f"  {file.path}:{number}: no test reaches this {word}")
    if short:
        print("falls short: " + ", ".join(short))
    return 1 if short else 0


if __name__ == "__main__":
    sys.exit(main())
