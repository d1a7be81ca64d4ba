#!/usr/bin/python3
"""make bench: one table, each measure beside its partner in the same run.

Every pair is run in turns (partner, mappad, partner, mappad ...), so that whatever else the machine does falls on
both. Answers are compared before any time is printed; a difference ends the bench with exit status 1 and no table.
BENCH_CASES sets the size (100,000), BENCH_ROUNDS the rounds (5); BENCH_QUICK=1 is a small run that shows that everything works.

What is measured, and what limits it, is told in docs/performance.md.
"""

import argparse
import filecmp
import http.client
import json
import mmap
import os
import pathlib
import platform
import resource
import re
import shutil
import socket
import sqlite3
import statistics
import subprocess
import sys
import time

import engines

HERE = pathlib.Path(__file__).resolve().parent
TREE = HERE.parents[1]
DAY, TODAY = "2026-03-31", "2026-06-29"         # the day of the question; the day on which the daemon lives
NOW = TODAY + "T10:00:00Z"
LATER = "2026-06-30T10:00:00Z"
QUICK = os.environ.get("BENCH_QUICK", "") not in ("", "0")
CASES = int(os.environ.get("BENCH_CASES", "2000" if QUICK else "100000"))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3" if QUICK else "5"))
UNIT_CASES = min(1628, CASES)                   # one unit's caseload
REST_S = 4                                      # after which the daemon gives memory back
PEER_CASES = min(1000 if QUICK else 10000, CASES)       # as many as other rule engines can bear
IN_STEPS = 5000                                 # cases; rules of fewer than 4,000 come into force at once
OVERDUE = 4                                     # number of the state in the daemon's file (enum obligation_state)


# One duty and one stage, so that a sweep raises as many alerts as there are cases.
RAISE_RULE = """
rules = ( { id = "review"; title = "Review meeting"; source = "bench"; basis = "Within 4 weeks."; strength = "must";
            within = "4 weeks after"; from = { event = "sentenced"; }; met-by = { event = "meeting-held"; };
            alerts = ( { at = "overdue"; to = "unit"; } ); } );
"""


class Different(Exception):
    """Two partners answered differently."""


class Programs:
    """The bench's programs, and what they print."""

    def __init__(self, build):
        self.folder = build / "bench"

    def run(self, name, *words, environment=None):
        done = subprocess.run([str(self.folder / f"bench_{name}"), *map(str, words)], capture_output=True, text=True,
                              env={**os.environ, **(environment or {})})
        if done.returncode != 0:
            raise Different(f"bench_{name}: {done.stderr.strip()}")
        said = {}
        for line in done.stdout.splitlines():
            kind, what, *numbers = line.split()
            said[(kind, what)] = [float(number) for number in numbers]
        return said


class Samples:
    """Seconds (or counts) of several rounds."""

    def __init__(self, values=()):
        self.values = list(values)

    def add(self, value):
        self.values.append(value)

    @property
    def median(self):
        return statistics.median(self.values)

    def show(self, unit):
        if unit == "s":
            return " ".join(f"{show_time(v)}" for v in (self.median, min(self.values), max(self.values)))
        return " ".join(f"{v:,.0f}" if v >= 100 else f"{v:.3g}" for v in (self.median, min(self.values), max(self.values))) + f" {unit}"


def show_time(seconds):
    for size, unit in ((1, "s"), (1e-3, "ms"), (1e-6, "us")):
        if seconds >= size:
            return f"{seconds / size:.3g}{unit}"
    return f"{seconds * 1e9:.0f}ns"


class Table:
    """Rows of the table. A ratio is mappad / partner with "at most", partner / mappad with "at least"."""

    def __init__(self):
        self.rows = []

    def add(self, measure, ours, partner, theirs, goal, unit="s", more=False):
        """goal: ("<=", 10) mappad over partner; (">=", 3) the other way round, unless `more` says that more is better."""
        sign, limit = goal
        ratio = None
        if theirs is not None:
            ratio = ours.median / theirs.median if sign == "<=" or more else theirs.median / ours.median
        value = ours.median if ratio is None else ratio
        met = "-" if limit is None else "yes" if (value <= limit if sign == "<=" else value >= limit) else "NO"
        self.rows.append((measure, ours.show(unit), partner, theirs.show(unit) if theirs else "-",
                          "-" if ratio is None else f"{ratio:.2f}", "-" if limit is None else f"{sign} {limit:g}", met))

    def print(self):
        head = ("measure", "mappad: median min max", "partner", "partner: median min max", "ratio", "goal", "met")
        widths = [max(len(row[i]) for row in [head, *self.rows]) for i in range(len(head))]
        for row in [head, tuple("-" * w for w in widths), *self.rows]:
            print("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip())


def describe_machine():
    model = "unknown processor"
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.split(":", 1)[1].strip()
            break
    memory = int(pathlib.Path("/proc/meminfo").read_text().split()[1]) // 1024
    return (f"{model}, {os.cpu_count()} cores, {memory} MiB, Linux {platform.release()}, SQLite {sqlite3.sqlite_version}, "
            f"load {os.getloadavg()[0]:.1f} at the start")


def same_file(ours, theirs):
    if filecmp.cmp(ours, theirs, shallow=False):
        return
    with open(ours) as a, open(theirs) as b:
        for line, (x, y) in enumerate(zip(a, b), 1):
            if x != y:
                raise Different(f"{ours.name} says {x.strip()} where {theirs.name} says {y.strip()} (line {line})")
    raise Different(f"{ours.name} and {theirs.name} differ in length")


def say(text):
    print(text, file=sys.stderr, flush=True)


class Bench:
    say, same_file = staticmethod(say), staticmethod(same_file)

    def __init__(self, build, work="bench/work"):
        sys.path.insert(0, str(TREE / "tests/box"))
        os.environ["MAPPAD_BUILD"] = str(build)
        import harness
        self.harness = harness
        self.programs = Programs(build)
        self.run = self.programs.run
        self.dir = build / work
        shutil.rmtree(self.dir, True)
        self.dir.mkdir(parents=True)
        self.rules = HERE / "rules/bench.cfg"
        self.table = Table()
        self.daemons = []

    # ---- parts ----

    def make_caseload(self, cases, day, name):
        folder = self.dir / name
        folder.mkdir(exist_ok=True)
        self.run("caseload", cases, folder, day)
        return folder

    def daemon(self, name):
        daemon = self.harness.Daemon(self.dir / name, now=NOW, rules={"bench.cfg": self.rules.read_text()},
                                     limits="connections = 300; per-user = 300;")
        self.daemons.append(daemon)
        return daemon

    def stop_all(self):
        for daemon in self.daemons:
            if daemon.process is not None:
                daemon.kill()

    def in_memory(self):
        say("engine and loops in memory")
        rounds = ROUNDS if QUICK else 9
        said = self.run("duties", HERE / "rules/duties.cfg", CASES, rounds)
        self.table.add("derive, four duties with pauses, open ones (CPU)", Samples(said["time", "duties-engine-open"]), "bare C loop",
                       Samples(said["time", "duties-loop"]), ("<=", 4))
        self.table.add("  closed ones too", Samples(said["time", "duties-engine-all"]), "bare C loop, open ones alone",
                       Samples(said["time", "duties-loop"]), ("<=", None))
        said = self.run("twenty", self.rules, CASES, rounds)
        self.engine = Samples(said["time", "twenty-engine"])
        self.table.add("derive, the twenty rules (CPU)", self.engine, "bare C loop", Samples(said["time", "twenty-loop"]), ("<=", 4))

    def shipped(self):
        """The law as it ships over the demonstration's caseload, as many copies of it as make up the size."""
        events, day = self.dir / "demonstration.ndjson", "2023-03-31"
        with open(events, "w") as file:
            subprocess.run([sys.executable, TREE / "demo/caseload.py"], stdout=file, check=True)
        cases = len({json.loads(line)["case"] for line in open(events)})
        said = self.run("shipped", TREE / "rules", events, max(1, CASES // cases), day, ROUNDS)
        both, every = (int(said["count", name][0]) for name in ("rules-both", "rules"))
        loop, held = Samples(said["time", "shipped-loop"]), int(said["count", "cases"][0])
        self.table.add(f"derive, the {both} shipped rules that the loop states, {held:,} cases (CPU)", Samples(said["time", "shipped-both"]),
                       "bare C loop", loop, ("<=", 4))
        self.table.add(f"  all {every} shipped rules", Samples(said["time", "shipped-all"]), f"bare C loop, {both} rules", loop, ("<=", None))
        events.unlink()

    def other_engines(self):
        say(f"other rule engines, {PEER_CASES:,} cases")
        folder, rounds = self.make_caseload(PEER_CASES, DAY, "peers"), 3
        ours = Samples(self.run("twenty", self.rules, PEER_CASES, ROUNDS)["time", "twenty-engine"])
        clips = engines.clips(self, self.programs.folder.parent, PEER_CASES, rounds)
        script = engines.rules_engine(self, folder, DAY, rounds)
        what = f"the twenty rules, {PEER_CASES:,} cases (CPU)"
        if clips is not None:
            self.table.add(what, ours, "CLIPS, every case in working memory", Samples(clips[1]), (">=", 300))
            self.table.add("  the same", ours, "CLIPS, one case at a time", Samples(clips[0]), (">=", None))
        if script is not None:
            self.table.add("  the same" if clips is not None else what, ours, "json-rules-engine, a run a case", Samples(script), (">=", None))
        shutil.rmtree(folder)

    def import_all(self, folder, name):
        daemon = self.daemon(name)
        daemon.start()
        said = self.run("client", "import", daemon.socket, folder / "events.ndjson", "import")
        return daemon, said["time", "import"][0]

    def from_file(self, folder, state):
        """The whole from the file: the daemon's store and the SQL question on plain tables."""
        say("from the file to the list: application, SQL")
        whole, sql, read = Samples(), Samples(), Samples()
        copy = self.dir / "whole-state"
        shutil.copytree(state, copy)
        for _ in range(ROUNDS):
            said = self.run("sql", folder / "plain.db", HERE / "question.sql", DAY, self.dir / "answers-sql")
            sql.add(said["time", "sql"][0])
            said = self.run("whole", copy, self.rules, DAY, TODAY, self.dir / "answers-whole")
            whole.add(said["time", "whole"][0])
            read.add(said["time", "read-events"][0])
            same_file(self.dir / "answers-sql", folder / "answers-loop")
            same_file(self.dir / "answers-whole", folder / "answers-loop")
        self.table.add("cold start to the list, twenty rules (CPU)", whole, "SQL on the same events", sql, (">=", 3))
        self.table.add("  the same", whole, "reading the events alone", read, ("<=", 2))
        self.table.add("engine alone, twenty rules (CPU)", self.engine, "SQL on the same events", sql, (">=", 25))
        shutil.rmtree(copy)

    def check_list(self, daemon):
        """Every overdue row of the daemon's list against the bare loop."""
        folder = self.make_caseload(CASES, TODAY, "today")
        self.run("client", "get", daemon.socket, "/v1/obligations?state=overdue", 1, "all", self.dir / "overdue.json")
        with open(self.dir / "overdue.json", "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as text:
            ours = sorted(f"{case},{rule},{due},O\n" for case, rule, due in rows_of(text))
        (self.dir / "overdue.json").unlink()
        with open(folder / "answers-loop") as answers:
            theirs = [line for line in answers if line.endswith("O\n")]
        if ours != theirs:
            first = next((pair for pair in zip(ours, theirs) if pair[0] != pair[1]), ("", ""))
            raise Different(f"the daemon lists {len(ours)} overdue, the loop {len(theirs)}; first difference {first}")
        shutil.rmtree(folder)
        return len(ours)

    def list_overdue(self, daemon):
        say("lists")
        count = self.check_list(daemon)
        path, body = "/v1/obligations?state=overdue&limit=50", self.dir / "page.json"
        self.run("client", "get", daemon.socket, path, 10, "page", body)
        constant = subprocess.Popen([str(self.programs.folder / "bench_constant"), str(self.dir / "constant"), str(body)],
                                    stdout=subprocess.PIPE, text=True)
        try:
            assert constant.stdout.readline() == "ready\n"
            again, anew, theirs = ({"p50": Samples(), "p99": Samples()} for _ in range(3))
            for _ in range(ROUNDS):
                for socket, asked, to, name in ((self.dir / "constant", path, theirs, "constant"), (daemon.socket, path, again, "again"),
                                                (daemon.socket, path + "&due-before=#-01-01", anew, "anew")):
                    said = self.run("client", "get", socket, asked, 200 if QUICK else 2000, name, self.dir / "again.json")
                    same_file(self.dir / "again.json", body)
                    to["p50"].add(said["quantile", name][0])
                    to["p99"].add(said["quantile", name][1])
        finally:
            constant.terminate()
            constant.wait()
        for what, ours, goal in (("asked again, nothing changed", again, 2), ("never asked before, made anew", anew, 3)):
            self.table.add(f"overdue, 50 rows ({body.stat().st_size:,} bytes), {what}, p50", ours["p50"], "constant answer, evhttp", theirs["p50"], ("<=", goal))
            self.table.add("  p99", ours["p99"], "constant answer, p99", theirs["p99"], ("<=", None))
            self.table.add("  p99", ours["p99"], "its own p50", ours["p50"], ("<=", 5))
        every, read = Samples(), Samples()
        for _ in range(ROUNDS):
            said = self.run("rows", "read", "-", daemon.dir / "state/mappad.db", OVERDUE, "read")
            if said["count", "rows"][0] != count:
                raise Different(f"the file lists {said['count', 'rows'][0]:.0f} overdue, the daemon {count}")
            read.add(said["time", "read"][0])
            said = self.run("client", "get", daemon.socket, "/v1/obligations?state=overdue", 1, "every")
            every.add(said["quantile", "every"][0])
        self.table.add(f"overdue, every row ({count:,}) as JSON", every, "reading the rows from SQLite", read, ("<=", 2))

    def list_past(self, daemon, folder):
        """What was overdue on a day, as known at an instant: another day than today, and later lines that must not count."""
        say("the overdue list of a day, as then known")
        daemon.move_clock(LATER)
        for first in range(0, 400, 100):        # they would meet what was overdue, if they counted
            daemon.recorded(*({"case": f"B-{number:07d}", "event": "meeting", "on": DAY} for number in range(first, first + 100)))
        path = f"/v1/obligations?state=overdue&as-of={DAY}&known-at={NOW}&limit=10000"
        page, every, theirs, used = Samples(), Samples(), Samples(), Samples()
        for _ in range(ROUNDS):
            said = self.run("sql", folder / "plain.db", HERE / "question.sql", DAY, self.dir / "past-sql")
            theirs.add(said["time", "sql"][0])
            before = processor(daemon.process.pid)
            self.run("client", "get", daemon.socket, path.replace("10000", "50"), 100, "used")
            used.add((processor(daemon.process.pid) - before) / 100)
            said = self.run("client", "get", daemon.socket, path.replace("10000", "50"), 5, "page")
            page.add(said["quantile", "page"][0])
            said = self.run("client", "get", daemon.socket, path, 5, "past", self.dir / "past.json")
            every.add(said["quantile", "past"][0])
        answer = json.loads((self.dir / "past.json").read_text())
        rows = sorted(f"{row['case']},{row['rule'].upper()},{row['due']},O\n" for row in answer["obligations"])
        with open(self.dir / "past-sql") as answers:
            wanted = [line for line in answers if line.endswith("O\n")]
        if rows != wanted or answer["next"] is not None:
            raise Different(f"as then known the daemon lists {len(rows)} overdue, SQL {len(wanted)}")
        self.table.add(f"overdue of a day, as then known, {UNIT_CASES:,} cases, 50 rows", page,
                       "cold SQL on the events known then (CPU)", theirs, ("<=", 0.2))
        self.table.add("  the same (CPU of the daemon)", used, "cold SQL on the events known then (CPU)", theirs, ("<=", 0.2))
        self.table.add(f"  every row ({len(rows):,}) as JSON", every, "cold SQL, rows not written", theirs, ("<=", None))

    def past(self):
        """The list of a day, as then known, by itself."""
        unit = self.make_caseload(UNIT_CASES, DAY, "unit")
        daemon, _ = self.import_all(unit, "unit-daemon")
        self.list_past(daemon, unit)
        daemon.stop()

    # ---- recording ----

    def events_to_record(self, count):
        """One event for each of `count` cases, spread over the caseload."""
        step = next(n for n in range(7919, 2 * 7919) if CASES % n != 0 and all(n % d for d in range(2, 90)))
        path = self.dir / "record.ndjson"
        with open(path, "w") as lines:
            for i in range(count):
                lines.write(json.dumps({"case": f"B-{i * step % CASES:07d}", "event": "meeting", "on": TODAY}) + "\n")
        return path

    def compare_rows(self, daemon, copy, first):
        """What the daemon wrote since `first` and what the partner wrote must be the same rows."""
        base = sqlite3.connect(copy)
        base.execute("ATTACH ? AS theirs", (str(daemon.dir / "state/mappad.db"),))
        cases = f"case_id IN (SELECT case_id FROM theirs.event WHERE seq >= {first})"
        for table, where in (("event", f"seq >= {first}"), ("obligation", cases), ("mark", cases), ("raising", cases),
                             ("alert", f"seq >= {first}"), ("casefile", cases.replace("case_id IN", "id IN")), ("tally", "1"),
                             ("route", f"alert IN (SELECT id FROM theirs.alert WHERE seq >= {first})"),
                             ("scoped", "1"), ("scoped_case", "1")):     # empty: the workload has no agencies
            for a, b in (("main", "theirs"), ("theirs", "main")):
                differ = base.execute(f"SELECT count(*) FROM (SELECT * FROM {a}.{table} WHERE {where} EXCEPT "
                                      f"SELECT * FROM {b}.{table} WHERE {where})").fetchone()[0]
                if differ:
                    raise Different(f"{differ} rows of {table} differ between the daemon's file and the partner's")
        base.close()

    def record(self, daemon, copy):
        say("recording")
        few, many = (40, 300) if QUICK else (250, 3000)
        lines = self.events_to_record(2 * ROUNDS * few + ROUNDS * many)
        first = daemon.status()["last_seq"] + 1
        ours, theirs, done = Samples(), Samples(), 0
        for _ in range(ROUNDS):
            seq = daemon.status()["last_seq"] + 1
            said = self.run("client", "record", daemon.socket, lines, done, few, 1, "one")
            ours.add(said["time", "one"][0] / few)
            said = self.run("rows", "record", copy, daemon.dir / "state/mappad.db", seq, "rows")
            if said["count", "commits"][0] != few:
                raise Different(f"the daemon recorded {said['count', 'commits'][0]:.0f} events of {few}")
            theirs.add(said["time", "rows"][0] / few)
            done += few
        self.compare_rows(daemon, copy, first)
        self.table.add("one event recorded and durable", ours, "the same rows, minimal SQLite program", theirs, ("<=", 1.3))
        done += self.record_together(daemon, copy, lines, done, (few, many, ROUNDS))
        self.compare_rows(daemon, copy, first)
        recorded = daemon.status()["last_seq"] + 1 - first
        if recorded != done:
            raise Different(f"{recorded} of {done} events are in the record")

    def record_together(self, daemon, copy, lines, done, amounts, environment=None):
        """One client, then a hundred; and, beside them, the same rows in groups of a hundred by a program that does nothing
        else, which is what disk and SQLite allow. How many lines were used."""
        few, many, rounds = amounts
        one, hundred, wait, usual, alone, grouped = (Samples() for _ in range(6))
        begun = done
        for _ in range(rounds):
            seq = daemon.status()["last_seq"] + 1
            said = self.run("client", "record", daemon.socket, lines, done, few, 1, "one")
            one.add(few / said["time", "one"][0])
            usual.add(said["quantile", "one"][0])
            said = self.run("client", "record", daemon.socket, lines, done + few, many, 100, "hundred")
            hundred.add(many / said["time", "hundred"][0])
            wait.add(said["quantile", "hundred"][1])
            done += few + many
            said = self.run("rows", "ceiling", copy, daemon.dir / "state/mappad.db", seq, "rows", environment=environment)
            alone.add(said["count", "events-one"][0] / said["time", "rows-one"][0])
            grouped.add(said["count", "events-hundred"][0] / said["time", "rows-hundred"][0])
        title = "100 clients record, events a second" if environment is None else "the same, each sync 2 ms longer (simulated)"
        self.table.add(title, hundred, "one client", one, (">=", 15 if environment is None else None), unit="/s", more=True)
        self.table.add("  the same", hundred, "the same rows by 100, minimal SQLite program", grouped, (">=", None), unit="/s", more=True)
        self.table.add("  what that program allows", grouped, "itself, one by one", alone, (">=", None), unit="/s", more=True)
        self.table.add("  how long one of the 100 waits, p99", wait, "one client's p50", usual, ("<=", None))
        return done - begun

    def slow_disk(self, daemon, copy):
        """What a disk would show whose sync takes 2 ms longer: daemon and partner are made to wait as long."""
        say("recording, with a disk that is made to take longer")
        few, many = (20, 200) if QUICK else (200, 2000)
        slow = {"LD_PRELOAD": str(self.programs.folder / "slow_disk.so"), "SLOW_DISK_US": "2000"}
        lines = self.events_to_record(2 * ROUNDS * (few + many))
        first = daemon.status()["last_seq"] + 1
        daemon.stop()
        daemon.environment = slow
        daemon.start()
        self.record_together(daemon, copy, lines, 0, (few, many, min(3, ROUNDS)), slow)
        self.compare_rows(daemon, copy, first)
        daemon.stop()
        daemon.environment = {}

    # ---- the daemon at rest ----

    def idle(self, daemon):
        say("idle")
        seconds = 2 if QUICK else 10
        counts = Samples()
        come_to_rest(daemon.process.pid)
        for _ in range(1 if QUICK else 3):
            before = switches(daemon.process.pid)
            time.sleep(seconds)         # the thing measured is that nothing happens meanwhile
            counts.add(switches(daemon.process.pid) - before)
        self.table.add(f"idle: wake-ups in {seconds} s, watchdog off", counts, "nothing", None, ("<=", 0), unit="")

    def memory(self, daemon, cases):
        """What is resident some seconds after the work, and what was at most."""
        self.run("client", "get", daemon.socket, "/v1/obligations?state=overdue&limit=50", 50, "page")
        come_to_rest(daemon.process.pid)
        time.sleep(REST_S)                      # the thing measured is what is left when nobody has come for a while
        resident, peak = (Samples([status_kib(daemon.process.pid, name) / 1024]) for name in ("VmRSS", "VmHWM"))
        self.table.add(f"resident, {cases:,} cases, at rest after import and lists", resident, "nothing", None, ("<=", 24), unit="MiB")
        self.table.add("  the most that it was", peak, "nothing", None, ("<=", 64), unit="MiB")

    def file_size(self, path):
        base = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        sizes = dict(base.execute("SELECT m.tbl_name, sum(s.pgsize) FROM dbstat s JOIN sqlite_schema m ON m.name = s.name GROUP BY 1"))
        base.close()
        record = sum(sizes[name] for name in ("event", "casefile", "word", "person"))
        derived = sum(sizes[name] for name in ("event", "casefile", "word", "person", "obligation"))
        whole = sum(sizes.values())
        mib = 1 << 20
        self.table.add("file: record and obligations", Samples([derived / mib]), "the record alone", Samples([record / mib]), ("<=", 1.5), unit="MiB")
        self.table.add("  with alerts, marks and routes", Samples([whole / mib]), "the record alone", Samples([record / mib]), ("<=", None), unit="MiB")

    def start_up(self, full):
        say("start and stop")
        empty = self.daemon("empty")
        empty.start()
        empty.stop()
        ours, theirs, stops = Samples(), Samples(), Samples()
        for _ in range(ROUNDS):
            for daemon, to in ((empty, theirs), (full, ours)):
                begun = time.monotonic()
                daemon.start()
                to.add(time.monotonic() - begun)
                begun = time.monotonic()
                daemon.stop()
                if daemon is full:
                    stops.add(time.monotonic() - begun)
        self.table.add("start to ready, rules unchanged", ours, "an empty store", theirs, ("<=", 1.5))
        self.table.add("stop", stops, "nothing", None, ("<=", 0.1))

    def sweep(self, state):
        say("sweep")
        empty = self.dir / "empty/state"
        ours, theirs, row = Samples(), Samples(), Samples()
        copy = self.dir / "sweep-state"
        shutil.copytree(state, copy)
        for _ in range(ROUNDS):
            for where, to in ((empty, theirs), (copy, ours)):
                said = self.run("sweep", where, self.rules, TODAY, 20)
                to.add(statistics.median(said["time", "sweep"]))
                row.add(statistics.median(said["time", "sweep-row"]))
            shutil.rmtree(copy)
            shutil.copytree(state, copy)
            shutil.rmtree(empty)
            shutil.copytree(self.dir / "empty-state", empty)
        shutil.rmtree(copy)
        self.table.add("sweep with nothing to raise", ours, "the same in an empty store", theirs, ("<=", 1.5))
        self.table.add("  the same", ours, "one durable row", row, ("<=", 2))

    def import_by_client(self, part, lines, name):
        """The whole of what a person waits for: read, ids given, tried, recorded. Seconds that pass, and the processor's of client
        and daemon together."""
        daemon = self.daemon(name)
        daemon.start()
        begun, client = time.monotonic(), children_processor()
        before = processor(daemon.process.pid)
        done = subprocess.run([str(self.programs.folder.parent / "bin/mappactl"), "import", "--socket", str(daemon.socket), str(part / "events.ndjson")],
                              capture_output=True, text=True)
        seconds = time.monotonic() - begun
        used = children_processor() - client + processor(daemon.process.pid) - before
        if done.returncode != 0 or daemon.status()["last_seq"] != lines:
            raise Different(f"mappactl import: {done.stderr.strip()[:200]}")
        daemon.stop()
        return daemon.dir, seconds, used

    def insert_rows(self, path):
        """SQLite's own insert of the rows of a record that was just imported, compared with it and taken away."""
        said = self.run("rows", "bulk", self.dir / "bulk.db", path / "state/mappad.db", 15000, "bulk")
        compare_whole(path / "state/mappad.db", self.dir / "bulk.db")
        shutil.rmtree(path)
        return said["time", "bulk"][0], said["time", "bulk-cpu"][0]

    def bulk(self):
        """Events as they are, in bodies of a megabyte; and by mappactl, which gives each an id: more to write, for the partner too."""
        say("bulk import")
        cases = CASES // 2 if QUICK else CASES // 10
        part = self.make_caseload(max(cases, 1), DAY, "part")
        lines = sum(1 for _ in open(part / "events.ndjson"))
        ours, theirs, client, client_rows, client_cpu, rows_cpu = (Samples() for _ in range(6))
        for round_number in range(3 if QUICK else max(ROUNDS, 3)):
            daemon, seconds = self.import_all(part, f"bulk-{round_number}")
            daemon.stop()
            ours.add(lines / seconds)
            theirs.add(lines / self.insert_rows(daemon.dir)[0])
            path, seconds, used = self.import_by_client(part, lines, f"client-{round_number}")
            rows, rows_used = self.insert_rows(path)
            for samples, value in ((client, seconds), (client_rows, rows), (client_cpu, used), (rows_cpu, rows_used)):
                samples.add(lines / value)
        partner = "the same rows inserted by SQLite"
        self.table.add(f"bulk import of {lines:,} events, events a second", ours, partner, theirs, (">=", 0.6), unit="/s", more=True)
        self.table.add("  by mappactl, with ids, everything tried before it is recorded", client, partner, client_rows, (">=", 0.5), unit="/s", more=True)
        self.table.add("  the same by the processor, client and daemon", client_cpu, partner, rows_cpu, (">=", 0.5), unit="/s", more=True)

    def verify(self):
        lines = 100_000 if QUICK else 1_000_000
        say(f"verify {lines:,} events")
        path = self.dir / "verify.db"
        subprocess.run([str(self.programs.folder / "bench_verify"), "fill", str(path), str(lines)], check=True)
        ours, theirs, whole = Samples(), Samples(), Samples()
        for _ in range(ROUNDS):
            said = self.run("verify", path)
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            subprocess.run(["sha256sum", str(path)], check=True, stdout=subprocess.DEVNULL)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            summed = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
            theirs.add(said["time", "scan"][0] + summed)
            ours.add(said["time", "chain"][0])
            whole.add(said["time", "whole"][0])
        self.table.add(f"verify the chain of {lines:,} events (CPU)", ours, "sha256sum of the file and one scan of the table", theirs, ("<=", 2))
        self.table.add("  everything: derived anew, references, pages", whole, "the same", theirs, ("<=", None))
        path.unlink()

    def nothing_due(self):
        """A sweep with nothing to raise among a thousand cases and among a million: what SQLite does for it, counted."""
        say("a sweep of a million cases on a quiet day")
        many = 20000 if QUICK else 1000000
        folder = self.make_caseload(min(1000, CASES), DAY, "thousand")
        daemon, _ = self.import_all(folder, "thousand-daemon")
        daemon.stop()
        few, lot = daemon.dir / "state", self.dir / "million-state"
        shutil.copytree(few, lot)
        base = sqlite3.connect(lot / "mappad.db")
        far = 30000     # days since 1970: nothing of these cases changes before
        base.execute(f"WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < {many}) "
                     f"INSERT INTO casefile (ref, wake) SELECT printf('Z-%07d', i), {far} FROM n")
        base.execute("INSERT INTO obligation (case_id, ref, rule, item, started, state, due, rest) SELECT c.id, c.ref, o.rule, o.item,"
                     " o.started, o.state, o.due, o.rest FROM casefile c, (SELECT * FROM obligation LIMIT 1) o WHERE c.ref LIKE 'Z-%'")
        base.commit()
        base.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        base.close()
        ours, theirs, time_many, time_few = Samples(), Samples(), Samples(), Samples()
        for _ in range(ROUNDS):
            for state, steps, times in ((few, theirs, time_few), (lot, ours, time_many)):
                said = self.run("sweep", state, self.rules, TODAY, 20)
                steps.add(said["count", "sweep-steps"][0])
                times.add(statistics.median(said["time", "sweep"]))
            self.forget_sweeps(few, lot)
        self.table.add(f"sweep with nothing due, {many:,} cases: SQLite's instructions", ours, "the same at 1,000 cases", theirs, ("<=", 1), unit="")
        self.table.add("  the same, time", time_many, "the same at 1,000 cases", time_few, ("<=", None))
        shutil.rmtree(lot)

    @staticmethod
    def forget_sweeps(*states):
        for state in states:
            base = sqlite3.connect(state / "mappad.db")
            base.execute("DELETE FROM sweep")
            base.commit()
            base.close()

    # ---- alerts and mail, each beside a program that others use for it ----

    def fetched(self, script, folder):
        """Where a script brings programs of Debian's that are not to be installed; None where it cannot."""
        folder = self.programs.folder / folder
        done = subprocess.run([TREE / script, folder], capture_output=True, text=True)
        if done.returncode != 0:
            say(f"  left out: {done.stderr.strip()}")
        return folder if done.returncode == 0 else None

    def alerts(self):
        count = 2000 if QUICK else 100000
        say(f"{count:,} alerts in one sweep")
        day, rules = "2026-06-18", self.dir / "raise.cfg"      # 4 weeks after 20 May is 17 June
        rules.write_text(self.harness.VOCABULARY + RAISE_RULE)
        daemon = self.harness.Daemon(self.dir / "raise", now="2026-06-01T10:00:00Z", rules={"raise.cfg": rules.read_text()})
        self.daemons.append(daemon)
        daemon.start()
        lines = self.dir / "raise.ndjson"
        with open(lines, "w") as file:
            for i in range(count):
                file.write(json.dumps({"case": f"B-{i:07d}", "event": "sentenced", "disposal": "community", "on": "2026-05-20"}) + "\n")
        self.run("client", "import", daemon.socket, lines, "import")
        daemon.stop()
        manager = self.fetched("tests/prometheus/fetch.sh", "prometheus")
        if os.geteuid() != 0:
            say("  Alertmanager is left out: only root can show it the templates that it insists on")
            manager = None
        ours, work, theirs, their_work = Samples(), Samples(), Samples(), Samples()
        for _ in range(ROUNDS):
            if manager is not None:
                seconds, cpu = self.alertmanager(manager, count)
                theirs.add(seconds)
                their_work.add(cpu)
            copy = self.dir / "raise-state"
            shutil.copytree(daemon.dir / "state", copy)
            said = self.run("raise", copy, rules, day)
            shutil.rmtree(copy)
            if said["count", "raised"][0] != count:
                raise Different(f"the sweep raised {said['count', 'raised'][0]:.0f} alerts of {count}")
            ours.add(said["time", "raise"][0])
            work.add(said["time", "raise-cpu"][0])
        partner = manager is not None
        self.table.add(f"{count:,} alerts in one sweep, durable", ours, "Alertmanager accepts as many", theirs if partner else None,
                       (">=", 5 if partner else None))
        self.table.add("  the same, processor", work, "Alertmanager's, all threads", their_work if partner else None, (">=", None))

    def alertmanager(self, folder, count):
        """Seconds until Alertmanager has accepted so many alerts over its API, a thousand at a time, and its processor time."""
        work = self.dir / "alertmanager"
        shutil.rmtree(work, True)
        work.mkdir()
        (work / "config.yml").write_text("route: { receiver: nobody }\nreceivers: [ { name: nobody } ]\n")
        port = free_port()
        see = f"mount -t overlay -o lowerdir={folder}/usr/share:/usr/share overlay /usr/share && exec \"$@\""
        process = subprocess.Popen(["unshare", "-m", "sh", "-c", see, "sh", folder / "prometheus-alertmanager", "--config.file",
                                    work / "config.yml", "--storage.path", work / "data", "--web.listen-address", f"127.0.0.1:{port}",
                                    "--cluster.listen-address=", "--log.level=error"], stderr=subprocess.DEVNULL)
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
            self.harness.eventually(lambda: answers(connection), "Alertmanager's start")
            bodies = [json.dumps([{"labels": {"alertname": "overdue", "case": f"B-{i:07d}", "rule": "review", "started": "2026-05-20",
                                              "due": "2026-06-17", "stage": "overdue"}, "annotations": {"title": "Review meeting"},
                                   "startsAt": "2026-06-18T07:30:00Z", "endsAt": "2099-01-01T00:00:00Z"}
                                  for i in range(first, min(count, first + 1000))]) for first in range(0, count, 1000)]
            begun = time.monotonic()
            for body in bodies:
                connection.request("POST", "/api/v2/alerts", body, {"Content-Type": "application/json"})
                answer = connection.getresponse()
                answer.read()
                if answer.status != 200:
                    raise Different(f"Alertmanager answers with status {answer.status}")
            seconds = time.monotonic() - begun
            fields = pathlib.Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
            cpu = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
            connection.request("GET", "/metrics")
            text = connection.getresponse().read().decode()
            received = float(re.search(r'^alertmanager_alerts_received_total\{status="firing",version="v2"\} (\S+)', text, re.M).group(1))
            if received != count:
                raise Different(f"Alertmanager received {received:.0f} alerts of {count}")
            return seconds, cpu
        finally:
            process.kill()
            process.wait()

    def mail(self):
        say("mail")
        folder = self.fetched("tests/mail/fetch-sink.sh", "sink")
        if folder is None:
            return
        count, connections, port = 500 if QUICK else 4000, 4, free_port()
        sink = subprocess.Popen([folder / "smtp-sink", *(["-u", "nobody"] if os.geteuid() == 0 else []), f"127.0.0.1:{port}", "200"],
                                stdout=subprocess.DEVNULL)
        try:
            self.harness.eventually(lambda: listens(port), "the mail sink's start")
            body = ("x" * 70 + "\n") * 40
            ours, theirs, work, their_work = Samples(), Samples(), Samples(), Samples()
            for number in range(ROUNDS):
                before = os.times()
                said = self.run("smtp", f"smtp://127.0.0.1:{port}", count, connections, len(body) + 450)
                theirs.add(count / said["time", "smtp"][0])
                after = os.times()
                their_work.add((after.children_user + after.children_system - before.children_user - before.children_system) / count)
                seconds, cpu = self.deliver(number, port, count, body, connections)
                ours.add(count / seconds)
                work.add(cpu / count)
        finally:
            sink.kill()
            sink.wait()
        self.table.add(f"{count:,} messages over {connections} connections, a second", ours, "libcurl alone, nothing recorded", theirs, (">=", 0.8),
                       unit="/s", more=True)
        self.table.add("  processor, a message", work, "libcurl's", their_work, ("<=", None))

    def deliver(self, number, port, count, body, connections):
        """Seconds in which the daemon sends what is put into its outbox, every message on record as sent; and of its processor."""
        mail = (f'mail = {{ url = "smtp://127.0.0.1:{port}"; from = "mappa-unit@example.police.uk"; tls = "none"; '
                f'allow-domains = ["example.police.uk", "example.gov.uk"]; connections = {connections}; }};')
        daemon = self.harness.Daemon(self.dir / f"mail-{number}", now=NOW, mail=mail)
        self.daemons.append(daemon)
        daemon.start()
        self.harness.eventually(lambda: daemon.status()["last_sweep"] and daemon.status()["outbox"]["waiting"] == 0, "a quiet outbox")
        base = sqlite3.connect(daemon.dir / "state/mappad.db")
        at = base.execute("SELECT max(next_ms) FROM outbox").fetchone()[0] or 1782720000000      # in the past of NOW
        base.executemany("INSERT INTO outbox (state, recipient, message_id, subject, created_ms, next_ms, attempts, failures, ambiguous,"
                         " urgent) VALUES (0, ?, ?, '[OFFICIAL-SENSITIVE] MAPPA unit: 1 due soon', ?, ?, 0, 0, 0, 0)",
                         [(f"r{i}@example.police.uk", f"{number}.{i}@example.police.uk", at, at) for i in range(count)])
        base.execute("INSERT INTO letter (message, body) SELECT id, ? FROM outbox WHERE state = 0", (body,))
        base.commit()
        begun, cpu = time.monotonic(), processor(daemon.process.pid)
        daemon.status()         # any question makes a turn, and a turn looks
        while base.execute("SELECT 1 FROM outbox WHERE state = 0 LIMIT 1").fetchone():
            time.sleep(0.02)
        seconds, cpu = time.monotonic() - begun, processor(daemon.process.pid) - cpu
        sent, tries = base.execute("SELECT count(*), sum(attempts) FROM outbox WHERE state = 1 AND message_id LIKE ?", (f"{number}.%",)).fetchone()
        base.close()
        daemon.stop()
        shutil.rmtree(daemon.dir)
        if (sent, tries) != (count, count):
            raise Different(f"{sent} of {count} messages were sent, in {tries} attempts")
        return seconds, cpu

    # ---- all ----

    def lists(self):
        daemon, _ = self.import_all(self.make_caseload(CASES, DAY, "load"), "lists")
        self.list_overdue(daemon)
        daemon.stop()

    def rule_change(self):
        """One rule reads otherwise and moves no date: every case is derived beside, and what was is held against it."""
        daemon, _ = self.import_all(self.make_caseload(max(CASES, IN_STEPS), DAY, "load"), "change")
        daemon.stop()
        self.change_rules(daemon)
        daemon.stop()

    def change_rules(self, daemon):
        say("other rules, in steps")
        used, theirs, longest = Samples(), Samples(), Samples()
        texts = [self.rules.read_text().replace('basis = "Rule 19."', f'basis = "Rule 19{more}."') for more in (", again", "")]
        for text in texts:
            copy = self.dir / "change-state"
            shutil.copytree(daemon.dir / "state", copy)
            theirs.add(self.run("whole", copy, self.rules, DAY, TODAY, self.dir / "change-answers")["time", "whole"][0])
            shutil.rmtree(copy)
            daemon.start()
            (daemon.dir / "rules/bench.cfg").write_text(text)
            patient = daemon.connect(60 + CASES / 200)      # what would change is derived first
            seen = self.harness.ask(patient, "POST", "/v1/reload").json["digest"]
            page, turns, before = self.page_of(daemon), turns_within(daemon), processor(daemon.process.pid)
            daemon.ask("POST", "/v1/reload", {"accept": seen})
            self.harness.eventually(lambda: daemon.status()["rules"]["change"] is None, "the end of the change", 60 + CASES / 200)
            used.add(processor(daemon.process.pid) - before)
            taken = [(bound, count - first) for (bound, count), (_, first) in zip(turns_within(daemon), turns)]
            longest.add(next(bound for bound, count in taken if count == taken[-1][1]))
            if self.page_of(daemon) != page:
                raise Different("a rule that reads otherwise changed the overdue")
            daemon.stop()
        self.table.add("other rules, in steps, until all is told and removed (CPU)", used, "all cases derived once from the file (CPU)", theirs, ("<=", None))
        self.table.add("  its longest turn, at most (CPU)", longest, "-", None, ("<=", 0.05))

    @staticmethod
    def page_of(daemon):
        return daemon.get("/v1/obligations?state=overdue&limit=5000")["obligations"]

    def served(self):
        """A caseload loaded, asked about and added to."""
        folder = self.make_caseload(CASES, DAY, "load")
        daemon, _ = self.import_all(folder, "full")
        self.list_overdue(daemon)
        daemon.stop()
        copy = self.dir / "rows.db"
        shutil.copy(daemon.dir / "state/mappad.db", copy)
        self.file_size(copy)
        daemon.start()
        self.record(daemon, copy)
        self.slow_disk(daemon, copy)

    def whole(self, only=()):
        if only:
            for name in only:
                getattr(self, name)()
            return 0
        say(f"{CASES:,} cases, {ROUNDS} rounds")
        folder = self.make_caseload(CASES, DAY, "load")
        self.in_memory()
        self.shipped()
        self.other_engines()
        say("import")
        daemon, seconds = self.import_all(folder, "full")
        state = daemon.dir / "state"
        if CASES > UNIT_CASES:
            unit = self.make_caseload(UNIT_CASES, DAY, "unit")
            small, _ = self.import_all(unit, "unit-daemon")
            self.memory(small, UNIT_CASES)
            self.list_past(small, unit)
            small.stop()
        self.memory(daemon, CASES)
        self.idle(daemon)
        self.list_overdue(daemon)
        daemon.stop()
        self.verify()
        self.file_size(state / "mappad.db")
        self.from_file(folder, state)
        copy = self.dir / "rows.db"
        shutil.copy(state / "mappad.db", copy)
        daemon.start()
        self.record(daemon, copy)
        self.slow_disk(daemon, copy)
        copy.unlink()
        self.start_up(daemon)
        shutil.copytree(self.dir / "empty/state", self.dir / "empty-state")
        self.sweep(state)
        self.bulk()
        self.rule_change()
        self.nothing_due()
        self.alerts()
        self.mail()
        return seconds


def rows_of(text):
    """Case, rule in capitals and due date of each row of a list, without making objects of millions of rows."""
    for row in re.finditer(rb'\{"case":"([^"]+)","rule":"([^"]+)",.*?"due":"([^"]+)"', text):
        case, rule, due = (part.decode() for part in row.groups())
        yield case, rule.upper(), due


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def listens(port):
    try:
        socket.create_connection(("127.0.0.1", port)).close()
        return True
    except OSError:
        return False


def answers(connection):
    try:
        connection.request("GET", "/-/ready")
        return connection.getresponse().read() is not None
    except OSError:
        connection.close()
        return False


def switches(pid):
    """How often the threads of a process have begun to run since each was made."""
    count = 0
    for status in pathlib.Path(f"/proc/{pid}/task").glob("*/status"):
        for line in status.read_text().splitlines():
            if "ctxt_switches" in line:
                count += int(line.split()[1])
    return count


def turns_within(daemon):
    """How many turns of the daemon took at most so many seconds of processor time, for each bound."""
    text = daemon.ask("GET", "/metrics").body.decode()
    return [(float(bound), int(count)) for bound, count in re.findall(r'mappad_turn_cpu_seconds_bucket\{le="([^"]+)"\} (\d+)', text)]


def come_to_rest(pid):
    """Wait until what was asked before is over: the end of a connection is seen late on a busy machine, and memory is
    given back some seconds after the last transaction."""
    quiet = 0
    for _ in range(60):
        before = switches(pid)
        time.sleep(0.5)
        quiet = quiet + 1 if switches(pid) == before else 0
        if quiet == 8:
            return


def processor(pid):
    """Seconds of processor that a process has used."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def children_processor():
    """Seconds of processor of all that was started here and has ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def status_kib(pid, name):
    """VmRSS: what is resident; VmHWM: what was at most."""
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(name + ":"):
            return int(line.split()[1])
    raise AssertionError(f"no {name}")


def compare_whole(ours, theirs):
    base = sqlite3.connect(f"file:{ours}?mode=ro", uri=True)
    base.execute("ATTACH ? AS theirs", (str(theirs),))
    for table in ("casefile", "event", "obligation", "alert", "mark", "route", "raising", "scoped", "scoped_case"):
        differ = base.execute(f"SELECT count(*) FROM (SELECT * FROM main.{table} EXCEPT SELECT * FROM theirs.{table})").fetchone()[0]
        counts = [base.execute(f"SELECT count(*) FROM {name}.{table}").fetchone()[0] for name in ("main", "theirs")]
        if differ or counts[0] != counts[1]:
            raise Different(f"{table}: the daemon's file and SQLite's own differ in {differ} rows, {counts}")
    base.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", type=pathlib.Path, default=TREE / "build")
    parser.add_argument("--keep", action="store_true", help="leave the files of the run in BUILD/bench/work")
    parser.add_argument("--only", action="append", choices=["alerts", "bulk", "in_memory", "lists", "mail", "nothing_due", "other_engines", "past", "rule_change", "served", "shipped", "verify"], default=[], help="these parts alone")
    arguments = parser.parse_args()
    machine = describe_machine()
    bench = Bench(arguments.build.resolve())
    begun = time.monotonic()
    try:
        seconds = bench.whole(arguments.only)
    except Different as difference:
        print(f"bench: answers differ, no time is printed: {difference}", file=sys.stderr)
        return 1
    finally:
        bench.stop_all()
        if not arguments.keep:
            shutil.rmtree(bench.dir, True)
    print(f"{CASES:,} cases, {ROUNDS} alternating rounds; answers of all partners compared and equal")
    print(machine)
    print()
    bench.table.print()
    if arguments.only:
        return 0
    print(f"\nThe caseload was imported in {seconds:.1f} s; the bench took {time.monotonic() - begun:.0f} s.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
