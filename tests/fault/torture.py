#!/usr/bin/python3
"""Kills, faults, power losses, simulated years and fuzzing, for as long as asked, counted.

    torture.py --build DIR [--minutes N] [--seed N] [--only PART]...

Goes round through all parts until the time is over; each turn of a part has a seed of its own, which is printed. Ends at the first
finding with status 1: what it printed, and what is needed to do it again, is in DIR/torture. Ends otherwise with a table of what was done.
A part: faults (in one process), daemon (kills and failing calls of the real one), sim, fuzz.
"""

import argparse
import collections
import os
import pathlib
import re
import subprocess
import sys
import time

TREE = pathlib.Path(__file__).resolve().parents[2]
PYTHON = "/usr/bin/python3"
FAULTS_A_TURN, HISTORIES_A_TURN, KILLS_A_TURN, FUZZ_S = "500", "60", "60", 30
LIVES_A_TURN = (("busy", 4, 400), ("quiet", 2, 3650), ("drowsy", 12, 3650), ("clocks", 8, 3650), ("hours", 8, 3650), ("light", 20, 3650))     # temper, how many, of how many days
FIGURES = {"SIGKILL": 10_000, "simulated years": 10_000, "fuzz executions": 10 ** 8}


class Finding(Exception):
    pass


class Torture:
    def __init__(self, build, seed):
        self.build, self.seed, self.done = build, seed, collections.Counter()
        self.folder = build / "torture"
        self.folder.mkdir(exist_ok=True)

    def run(self, title, command, environment=None, timeout_s=3600):
        """One program; what it said. A finding if it fails."""
        self.seed += 1
        extra = {"MAPPAD_SEED": str(self.seed), "MAPPAD_BUILD": str(self.build), **(environment or {})}
        words = " ".join([f"{name}={value}" for name, value in extra.items()] + [str(word) for word in command])
        print(f"{title}, seed {self.seed}", flush=True)
        try:
            done = subprocess.run([str(word) for word in command], cwd=TREE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                  errors="replace", timeout=timeout_s, env={**os.environ, **extra}, stdin=subprocess.DEVNULL)
            status, output = done.returncode, done.stdout
        except subprocess.TimeoutExpired as late:
            status, output = 124, (late.stdout or b"").decode(errors="replace") + "\nno end"
        if status != 0:
            log = self.folder / f"finding-{self.seed}.log"
            log.write_text(f"{words}\n\n{output}")
            raise Finding(f"{title}: status {status}\n{output[-3000:]}\nto do it again: {words}\nall of it: {log}")
        return output

    def count(self, output):
        for number, kind in re.findall(r"^# (\d+) faults: (.+?)(?: \(.*)?$", output, re.M):
            self.done["SIGKILL" if kind.startswith("SIGKILL") else f"faults: {kind}"] += int(number)

    def faults(self):
        for program in sorted((self.build / "fault").glob("test_*")):
            if program.is_file() and os.access(program, os.X_OK):
                self.count(self.run(program.name, [program], {"MAPPAD_FAULTS": FAULTS_A_TURN}))

    def daemon(self):
        output = self.run("test_crash.py", [PYTHON, "tests/fault/test_crash.py", "Crash.test_killed_at_random_under_load"],
                          {"MAPPAD_KILLS": KILLS_A_TURN})
        kills, events = re.search(r"^(\d+) kills, (\d+) acknowledged events", output, re.M).groups()
        self.done["SIGKILL"] += int(kills)
        self.done["acknowledged events, none lost"] += int(events)
        for test, variable in (("test_kill.py", "MAPPAD_KILL_STEPS"), ("test_fail.py", "MAPPAD_FAIL_STEPS")):
            output = self.run(test, [PYTHON, f"tests/fault/{test}"], {variable: "all" if test == "test_kill.py" else "30"})
            self.count(output)
            self.done["SIGKILL"] += sum(map(int, re.findall(r"^(\d+) kills at", output, re.M)))

    def live(self, output, days):
        """What a run of the simulation counted."""
        lives = re.findall(r"^ok seed .*: (\d+) days lived, .* (\d+) crashes, (\d+) starts, .* (\d+) laws in steps", output, re.M)
        lived, crashes, starts, changes = (sum(map(int, numbers)) for numbers in zip(*lives))
        self.done["simulated days"] += len(lives) * days
        self.done["days of them with somebody there"] += lived
        self.done["crashes and power losses of the simulation"] += crashes
        self.done["starts, each of which writes the log once more"] += starts
        self.done["changes of rules in steps"] += changes

    def sim(self):
        first = self.seed * 1000
        for temper, lives, days in LIVES_A_TURN:
            output = self.run(f"sim, {temper}", [self.build / "sim/sim", "--temper", temper, "--first", first, "--runs", lives,
                                                 "--days", days])
            self.live(output, days)
        output = self.run("test_turnover_orders", [self.build / "unit/app/test_turnover_orders"],
                          {"MAPPAD_SEED": str(first), "MAPPAD_HISTORIES": HISTORIES_A_TURN})
        self.done["changes of rules in steps"] += int(re.search(r"^# \d+ histories: (\d+) changes", output, re.M).group(1))

    def fuzz(self):
        for program in sorted((self.build / "fuzz").glob("fuzz_*")):
            if not (program.is_file() and os.access(program, os.X_OK)):
                continue
            corpus = self.build / "fuzz/corpus" / program.name
            corpus.mkdir(parents=True, exist_ok=True)
            dictionary = TREE / f"tests/fuzz/{program.name}.dict"
            output = self.run(program.name, [program, f"-seed={self.seed}", f"-max_total_time={FUZZ_S}", "-max_len=2048", "-timeout=60",
                                             "-rss_limit_mb=1024", "-print_final_stats=1", "-verbosity=0", "-reload=0",
                                             f"-artifact_prefix={self.folder}/{program.name}-",
                                             *([f"-dict={dictionary}"] if dictionary.exists() else []), corpus,
                                             TREE / "tests/fuzz/corpus" / program.name],
                              {"ASAN_OPTIONS": "malloc_context_size=4:quarantine_size_mb=8"})
            self.done[f"fuzz executions: {program.name[5:]}"] += int(re.search(r"number_of_executed_units: (\d+)", output).group(1))

    def table(self):
        days = self.done.pop("simulated days", 0)
        if days:
            self.done["simulated years"] = days // 365
        executions = sum(number for name, number in self.done.items() if name.startswith("fuzz executions: "))
        if executions:
            self.done["fuzz executions"] = executions
        for name, number in sorted(self.done.items()):
            asked = FIGURES.get(name, 10_000 if name.startswith("faults: ") else None)
            print(f"{number:>14,}  {name}" + (f" (of {asked:,})" if asked else ""))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", required=True, type=lambda text: pathlib.Path(text).resolve())
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=int(time.time()) % 1_000_000)
    parser.add_argument("--only", action="append", choices=("faults", "daemon", "sim", "fuzz"))
    arguments = parser.parse_args()
    torture, end = Torture(arguments.build, arguments.seed), time.monotonic() + 60 * arguments.minutes
    print(f"for {arguments.minutes:g} minutes, from seed {arguments.seed}")
    status = 0
    try:
        while status == 0:
            for part in arguments.only or ("faults", "daemon", "sim", "fuzz"):
                getattr(torture, part)()
                if time.monotonic() > end:
                    raise TimeoutError
    except TimeoutError:
        print("nothing was found")
    except KeyboardInterrupt:
        print("broken off; until then nothing was found")
    except Finding as finding:
        print(f"FOUND: {finding}")
        status = 1
    torture.table()
    return status


if __name__ == "__main__":
    sys.exit(main())
