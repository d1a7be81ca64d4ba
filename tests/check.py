#!/usr/bin/python3
"""Runs every suite and ends with one line: "N passed, M failed".

    check.py --build DIR [--suite NAME]... [--patience TIMES] [--jobs N]

A suite is a list of programs. Each program says in its own way how many tests
it ran (cmocka as TAP, unittest, or a line "N passed, M failed"); one that dies,
hangs or runs no test at all counts as a failure, never as silence. Details of
what failed are printed; what passed is a line each. Programs that count, or a
machine that does much else, need patience: so many times the usual deadline.

One program more runs at once than there are processors: each has folders, sockets
and daemons of its own, and many of them wait more than they work.
"""

import argparse
import collections
import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys
import time

TREE = pathlib.Path(__file__).resolve().parent.parent
PYTHON = "/usr/bin/python3"     # the one that Debian's packages belong to
SUITES = ("unit", "lint-self-test", "rules", "docs", "oracle", "sim", "fault", "box")
EXPLAIN_COUNT = "10"
COMPARE_FIRST = "1"                           # fixed seeds: the same trials in every run
COMPARE_COUNTS = {"main": "60", "wide": "20"}
# Lives of the simulation: of which temper, how many from seed 1 on, of how many days; `make lives` by hand, and by CI.
LIVES = (("busy", "4", "400"), ("quiet", "1", "3650"), ("drowsy", "3", "3650"), ("clocks", "3", "3650"), ("hours", "3", "3650"))
LINE_SHOWN_MAX = 2000                           # a test may quote the journal of a hundred thousand alerts
patience = 1
Program = collections.namedtuple("Program", "title command reader timeout_s environment", defaults=({},))


class Outcome:
    def __init__(self, passed=0, failed=0, skipped=0, notes=""):
        self.passed, self.failed, self.skipped, self.notes = passed, failed, skipped, notes


def read_tap(output):
    """cmocka writes "not ok 1 # SKIP" of a test that was skipped."""
    lines = re.findall(r"^(ok|not ok) \d+(.*)", output, re.M)
    skipped = [word for word, rest in lines if "# SKIP" in rest]
    ran = [word for word, rest in lines if "# SKIP" not in rest]
    return Outcome(ran.count("ok"), ran.count("not ok"), len(skipped))


def read_unittest(output):
    ran = re.search(r"^Ran (\d+) tests?", output, re.M)
    bad = sum(int(n) for n in re.findall(r"(?:failures|errors|unexpected successes)=(\d+)", output))
    skipped = sum(int(n) for n in re.findall(r"skipped=(\d+)", output))
    reasons = "\n".join(sorted(set(re.findall(r"skipped [\"'](.+)[\"']$", output, re.M))))
    return Outcome(max(0, int(ran.group(1)) - bad - skipped) if ran else 0, bad, skipped, reasons)


def read_counts(output):
    last = re.findall(r"(\d+) passed, (\d+) failed", output)
    return Outcome(int(last[-1][0]), int(last[-1][1])) if last else Outcome()


def read_exit(_output):
    return None             # the exit status is the one test there is


def run(program):
    """Runs one program and prints how it went; its Outcome never claims success for one that did not finish well."""
    started, timeout_s = time.monotonic(), program.timeout_s * patience
    try:
        done = subprocess.run([str(word) for word in program.command], cwd=TREE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True, errors="replace", timeout=timeout_s, env={**os.environ, **program.environment},
                              stdin=subprocess.DEVNULL)
        status, output = done.returncode, done.stdout
    except subprocess.TimeoutExpired as late:
        status, output = 124, (late.stdout or b"").decode(errors="replace") + f"\nno end after {timeout_s} s"
    except OSError as error:
        status, output = 127, str(error)
    outcome = program.reader(output) or Outcome(passed=int(status == 0))
    if status != 0 and outcome.failed == 0:
        outcome.failed = 1
    if outcome.passed + outcome.failed + outcome.skipped == 0:
        outcome.failed, output = 1, output + "\nno test was run"
    word = "FAILED" if outcome.failed else "ok"
    lines = [f"{word:7}{program.title}: {outcome.passed} passed, {outcome.failed} failed"
             + (f", {outcome.skipped} skipped" if outcome.skipped else "") + f" ({time.monotonic() - started:.1f} s)"]
    lines += [f"       skipped: {note}" for note in filter(None, outcome.notes.split("\n"))]
    if outcome.failed:
        lines += ["       | " + line[:LINE_SHOWN_MAX] for line in output.splitlines()[-80:]]
    print("\n".join(lines), flush=True)
    return outcome


def nothing(suite, why):
    """A suite without a program is a failure too."""
    return Program(f"{suite}: {why}", ["false"], read_exit, 10)


def unit(build):
    programs = sorted(path for path in (build / "unit").glob("*/test_*") if os.access(path, os.X_OK) and path.is_file())
    if not programs:
        yield nothing("unit", f"there is no test program below {build}/unit")
    for program in programs:
        yield Program("/".join(program.parts[-3:]), [program], read_tap, 300, {"CMOCKA_MESSAGE_OUTPUT": "tap"})


def lint_self_test(_build):
    yield Program("tests/lint/test_lint.py", [PYTHON, "tests/lint/test_lint.py"], read_unittest, 120)
    yield Program("tests/lint/test_messages.py", [PYTHON, "tests/lint/test_messages.py"], read_unittest, 600)
    yield Program("tests/lint/test_coverage.py", [PYTHON, "tests/lint/test_coverage.py"], read_unittest, 120)


def rules(build):
    mappactl = build / "bin/mappactl"
    yield Program("mappactl rules check rules", [mappactl, "rules", "check", "rules"], read_exit, 60)
    yield Program("tests/rulefile/test_rules_check.py", [PYTHON, "tests/rulefile/test_rules_check.py", "-v"], read_unittest, 120,
              {"MAPPAD_BUILD": str(build)})
    yield Program("mappactl rules test --coverage rules", [mappactl, "rules", "test", "--coverage", "rules"], read_counts, 60)
    for law in ("tests/rulefile/engine", "tests/rulefile/early", "tests/rulefile/unbegun", "tests/rulefile/many"):
        yield Program(f"mappactl rules test {law}", [mappactl, "rules", "test", law], read_counts, 60)
    examples = [path.relative_to(TREE) for path in sorted((TREE / "rules/examples").iterdir())]
    for example in examples:
        yield Program(f"mappactl rules check {example}", [mappactl, "rules", "check", example], read_exit, 60)
        yield Program(f"mappactl rules test --coverage {example}", [mappactl, "rules", "test", "--coverage", example], read_counts, 60)
    if not examples:
        yield nothing("rules", "there is no example below rules/examples")


def docs(build):
    yield Program("tests/docs/test_docs.py", [PYTHON, "tests/docs/test_docs.py", "-v"], read_unittest, 120, {"MAPPAD_BUILD": str(build)})


def oracle(build):
    yield Program("tests/oracle/test_paper.py", [PYTHON, "tests/oracle/test_paper.py"], read_unittest, 300)
    yield Program("tests/oracle/test_explain.py", [PYTHON, "tests/oracle/test_explain.py"], read_unittest, 300,
              {"MAPPAD_BUILD": str(build)})
    yield Program("tests/oracle/test_versions.py", [PYTHON, "tests/oracle/test_versions.py"], read_unittest, 300,
              {"MAPPAD_BUILD": str(build)})
    for profile in ("main", "full"):
        yield Program(f"tests/oracle/explanations.py, {EXPLAIN_COUNT} generated rule sets, {profile}",
                  [PYTHON, "tests/oracle/explanations.py", "--mappactl", build / "bin/mappactl", "--count", EXPLAIN_COUNT,
                   "--profile", profile, "--jobs", "2"], read_exit, 600)
    for profile, count in COMPARE_COUNTS.items():
        yield Program(f"tests/oracle/compare.py, {count} generated rule sets, {profile}",
                      [PYTHON, "tests/oracle/compare.py", "--mappactl", build / "bin/mappactl", "--profile", profile,
                       "--seed", COMPARE_FIRST, "--count", count, "--jobs", "2"], read_exit, 600)


def sim(build):
    for temper, runs, days in LIVES:
        yield Program(f"tests/sim, {runs} {temper} of {days} days",
                      [build / "sim/sim", "--temper", temper, "--runs", runs, "--days", days], read_counts, 600)
    yield Program("tests/sim, a planted mistake is found", [build / "sim/sim", "--runs", "3", "--plant"], read_counts, 300)


def fault(build):
    programs = sorted(path for path in (build / "fault").glob("test_*") if os.access(path, os.X_OK) and path.is_file())
    if not programs:
        yield nothing("fault", f"there is no test program below {build}/fault")
    for program in programs:
        yield Program("/".join(program.parts[-2:]), [program], read_tap, 300, {"CMOCKA_MESSAGE_OUTPUT": "tap"})
    for program in sorted((TREE / "tests/fault").glob("test_*.py")):
        yield Program(f"tests/fault/{program.name}", [PYTHON, program, "-v"], read_unittest, 600, {"MAPPAD_BUILD": str(build)})


def box(build):
    for program in sorted((TREE / "tests/box").glob("test_*.py")):
        yield Program(f"tests/box/{program.name}", [PYTHON, program, "-v"], read_unittest, 600, {"MAPPAD_BUILD": str(build)})


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", required=True, type=lambda text: pathlib.Path(text).resolve())
    parser.add_argument("--suite", action="append", choices=SUITES)
    parser.add_argument("--patience", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=len(os.sched_getaffinity(0)) + 1)
    arguments = parser.parse_args()
    global patience
    patience = arguments.patience
    table = {"unit": unit, "lint-self-test": lint_self_test, "rules": rules, "docs": docs, "oracle": oracle, "sim": sim,
             "fault": fault, "box": box}
    programs = [program for name in arguments.suite or SUITES for program in table[name](arguments.build)]
    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        outcomes = list(pool.map(run, programs))
    passed, failed = sum(o.passed for o in outcomes), sum(o.failed for o in outcomes)
    skipped = sum(o.skipped for o in outcomes)
    print(f"{passed} passed, {failed} failed" + (f" ({skipped} skipped, the reasons stand above)" if skipped else ""))
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
