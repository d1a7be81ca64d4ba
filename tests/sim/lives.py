#!/usr/bin/python3
"""Many lives of the simulation on a budget, several at once, counted.

    lives.py --build DIR [--lives 1000] [--least 1] [--seconds 180] [--first 1] [--jobs N]

Ends when that many lives of ten years have been lived, or when the time is over and there were --least of them: no life is begun after that. Of each hundred 87
are light ones, with little to do on most days, three drowsy, five with clocks that are set and five by the hour. The first that fails ends the run with
status 1, after what it said, its seed, and what shows the way there.
"""

import argparse
import collections
import concurrent.futures
import os
import pathlib
import re
import resource
import subprocess
import sys
import threading
import time

TREE = pathlib.Path(__file__).resolve().parents[2]
DAYS = 3650
HUNDRED = (("light", 20), ("drowsy", 3), ("clocks", 5), ("hours", 5), ("light", 67))     # temper, how many
TIMEOUT_S = 900
MORE_S = 60     # for a portion that is begun although the time is over, since there are too few
COUNTS = ("days lived", "events", "alerts", "messages", "crashes", "starts", "laws in steps", "clocks set", "turns")


def portions(lives, first):
    """Temper, first seed and how many of each portion, until there are so many lives; no two of a temper have a seed in common."""
    given = collections.Counter()
    while lives > 0:
        for temper, count in HUNDRED:
            count = min(count, lives)
            if count:
                yield temper, first + given[temper], count
            given[temper] += count
            lives -= count


class Lives:
    def __init__(self, program, seconds, least):
        self.least = least
        self.program, self.end, self.lock = program, time.monotonic() + seconds, threading.Lock()
        self.lived, self.counts, self.left_out, self.finding = collections.Counter(), collections.Counter(), 0, None

    def live(self, portion):
        temper, first, count = portion
        left_s = self.end - time.monotonic()
        with self.lock:
            if self.finding or (left_s <= 0 and sum(self.lived.values()) >= self.least):
                self.left_out += count
                return
        left_s = max(left_s, MORE_S)
        command = [str(self.program), "--temper", temper, "--first", str(first), "--runs", str(count), "--days", str(DAYS),
                   "--seconds", str(max(1, int(left_s)))]
        try:
            done = subprocess.run(command, cwd=TREE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
                                  timeout=left_s + TIMEOUT_S, stdin=subprocess.DEVNULL, check=False)
            status, output = done.returncode, done.stdout
        except subprocess.TimeoutExpired as late:
            status, output = 124, (late.stdout or b"").decode(errors="replace") + "\nno end"
        lines = [line for line in output.splitlines() if not line.startswith("ok seed ")]
        ends = {seed: line for seed, line in re.findall(r"^ok seed (\d+): (.*)$", output, re.M)}    # the first is lived twice
        with self.lock:
            self.lived[temper] += len(ends)
            self.left_out += count - len(ends)
            for line in ends.values():
                self.counts.update({what: int(number) for number, what in re.findall(r"(\d+) ([a-z ]+?),", line) if what in COUNTS})
            if status != 0:
                self.finding = self.finding or f"{' '.join(command)}: status {status}\n" + "\n".join(lines[-40:])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", required=True, type=lambda text: pathlib.Path(text).resolve())
    parser.add_argument("--lives", type=int, default=1000)
    parser.add_argument("--least", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=180)
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=len(os.sched_getaffinity(0)))
    arguments = parser.parse_args()
    lives, began = Lives(arguments.build / "sim/sim", arguments.seconds, arguments.least), time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        list(pool.map(lives.live, portions(arguments.lives, arguments.first)))
    total, used = sum(lives.lived.values()), resource.getrusage(resource.RUSAGE_CHILDREN)
    print(f"{total} of {arguments.lives} lives of {DAYS // 365} years, seeds from {arguments.first} on, in {time.monotonic() - began:.0f} s "
          + f"({used.ru_utime + used.ru_stime:.0f} of processors): "
          + ", ".join(f"{number} {temper}" for temper, number in sorted(lives.lived.items())))
    print("in them " + ", ".join(f"{lives.counts[what]:,} {what}" for what in COUNTS))
    if lives.finding:
        print(f"FOUND by {lives.finding}")
    elif lives.left_out:
        print(f"the time was over: {lives.left_out} were not begun")
    if total < arguments.least:
        print(f"too few: {arguments.least} were wanted")
    return 1 if lives.finding or total < arguments.least else 0


if __name__ == "__main__":
    sys.exit(main())
