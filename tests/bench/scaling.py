#!/usr/bin/python3
"""make scaling: how cost grows with the number of cases, from a thousand to a million.

Each measure is taken at every size and a power of the number of cases is fitted to it: value = a * cases ^ exponent. 0 is a cost
that the caseload does not change, 1 one that grows with it. Work is measured in processor time, which a busy machine changes little.
SCALING_SIZES="1000 10000 100000 1000000" names the sizes. Caseloads are kept in BUILD/scaling between runs (3 GiB for all);
--fresh makes them anew, and with them the rows of importing.
"""

import argparse
import json
import math
import os
import pathlib
import shutil
import sys

import bench
import scaling_plot

SIZES = [int(word) for word in os.environ.get("SCALING_SIZES", "1000 10000 100000 1000000").split()]
PAGE = "/v1/obligations?state=overdue&limit=50"
STARTS, PAGES, EVENTS, ROUNDS = 5, 1000, 200, 3

# Key, what it is, unit. Those of a caseload as a whole first, those of one question or event after them.
MEASURES = (
    ("derive", "derive every case, twenty rules", "s"),
    ("import", "import every event", "s"),
    ("file", "file", "MiB"),
    ("start", "start to ready", "ms"),
    ("page", "50 rows of the overdue list", "us"),
    ("event", "one event recorded", "us"),
    ("sweep", "sweep with nothing due: SQLite's instructions", ""),
    ("rest", "resident after start", "MiB"),
    ("served", "resident after pages and events", "MiB"),
    ("peak", "peak of an import", "MiB"),
)


def on_processor(pid):
    """Seconds that all threads of a process have run, to the nanosecond."""
    return sum(int((task / "schedstat").read_text().split()[0]) for task in pathlib.Path(f"/proc/{pid}/task").iterdir()) / 1e9


class Scaling(bench.Bench):
    """One size after another, each in a folder of its own."""

    def __init__(self, build, fresh):
        super().__init__(build, "scaling/work")
        self.kept, self.fresh = build / "scaling", fresh

    def caseload(self, cases):
        """A daemon (not running) whose record holds so many cases, and what importing them cost."""
        folder, notes = self.kept / str(cases), self.kept / f"{cases}.json"
        if self.fresh or not notes.exists():
            shutil.rmtree(folder, True)
            lines = self.make_caseload(cases, bench.DAY, "load")
            daemon, _ = self.import_all(lines, "full")
            made = {"import": on_processor(daemon.process.pid), "peak": bench.status_kib(daemon.process.pid, "VmHWM") / 1024}
            daemon.stop()
            shutil.rmtree(lines)
            shutil.move(daemon.dir, folder)
            notes.write_text(json.dumps(made))
        daemon = self.harness.Daemon(folder, now=bench.NOW, rules={"bench.cfg": self.rules.read_text()})
        self.daemons.append(daemon)
        return daemon, json.loads(notes.read_text())

    def start(self, daemon):
        """Milliseconds of processor until it is ready, and what is resident then."""
        costs, rest = [], []
        for _ in range(STARTS):
            daemon.start()
            costs.append(on_processor(daemon.process.pid) * 1e3)
            bench.come_to_rest(daemon.process.pid)
            rest.append(bench.status_kib(daemon.process.pid, "VmRSS") / 1024)
            daemon.stop()
        return min(costs), max(rest)

    def serve(self, daemon, cases):
        """Microseconds of the daemon's processor for a page and for an event, the least of some rounds; what is resident after."""
        daemon.start()
        pages, events = [], []
        step = next(n for n in range(7919, 2 * 7919) if cases % n != 0 and all(n % d for d in range(2, 90)))
        lines = self.dir / "record.ndjson"
        with open(lines, "w") as file:
            for i in range(EVENTS * ROUNDS):
                file.write(json.dumps({"case": f"B-{i * step % cases:07d}", "event": "review", "on": bench.TODAY}) + "\n")
        for number in range(ROUNDS):
            for costs, count, words in ((pages, PAGES, ("get", daemon.socket, PAGE, PAGES, "page")),
                                        (events, EVENTS, ("record", daemon.socket, lines, number * EVENTS, EVENTS, 1, "one"))):
                before = on_processor(daemon.process.pid)
                self.run("client", *words)
                costs.append((on_processor(daemon.process.pid) - before) / count * 1e6)
        resident = bench.status_kib(daemon.process.pid, "VmRSS") / 1024
        daemon.stop()
        return min(pages), min(events), resident

    def measure(self, cases):
        bench.say(f"{cases:,} cases")
        daemon, made = self.caseload(cases)
        state = daemon.dir / "state"
        row = {"import": made["import"], "peak": made["peak"], "file": (state / "mappad.db").stat().st_size / (1 << 20)}
        row["derive"] = min(self.run("twenty", self.rules, cases, ROUNDS)["time", "twenty-engine"])
        row["start"], row["rest"] = self.start(daemon)
        row["page"], row["event"], row["served"] = self.serve(daemon, cases)
        row["sweep"] = self.run("sweep", state, self.rules, bench.TODAY, 3)["count", "sweep-steps"][0]
        self.forget_sweeps(state)
        return row


def exponent(sizes, values):
    """Of the power that fits best, by least squares of the logarithms."""
    xs, ys = [math.log(size) for size in sizes], [math.log(value) for value in values]
    x, y = sum(xs) / len(xs), sum(ys) / len(ys)
    return sum((a - x) * (b - y) for a, b in zip(xs, ys)) / sum((a - x) ** 2 for a in xs)


def show(value, unit):
    return f"{value:,.0f}" if value >= 1000 else f"{value:.3g}" + (f" {unit}" if unit else "")


def table(sizes, rows):
    """Lines of a table in Markdown: each measure at each size, and the exponent."""
    yield "| measure | " + " | ".join(f"{size:,}" for size in sizes) + " | exponent | of the last step |"
    yield "|---" * (len(sizes) + 3) + "|"
    for key, what, unit in MEASURES:
        values = [row[key] for row in rows]
        name = f"{what}, {unit}" if unit else what
        last = exponent(sizes[-2:], values[-2:])
        yield (f"| {name} | " + " | ".join(show(value, "") for value in values) + f" | {exponent(sizes, values):.2f} | {last:.2f} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", type=pathlib.Path, default=bench.TREE / "build")
    parser.add_argument("--plot", type=pathlib.Path, help="where the plot goes")
    parser.add_argument("--fresh", action="store_true", help="make the caseloads anew")
    arguments = parser.parse_args()
    scaling = Scaling(arguments.build.resolve(), arguments.fresh)
    try:
        rows = [scaling.measure(size) for size in SIZES]
    finally:
        scaling.stop_all()
        shutil.rmtree(scaling.dir, True)
    print(bench.describe_machine(), end="\n\n")
    print("\n".join(table(SIZES, rows)))
    if arguments.plot:
        lines = [(what, [row[key] for row in rows], exponent(SIZES, [row[key] for row in rows])) for key, what, _ in MEASURES]
        arguments.plot.write_text(scaling_plot.draw(SIZES, lines))
    return 0


if __name__ == "__main__":
    sys.exit(main())
