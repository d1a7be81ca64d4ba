#!/usr/bin/python3
"""Everybody at once: the real daemon, real sockets, for ten minutes (--seconds, or LOAD_SECONDS of `make load`).

64 connections as fast as they are answered, a slow reader, a slow writer, a flood, 1,000 followers of the stream of
alerts, imports, days with their sweeps by the test clock, and a quiet client that asks for the 50-row overdue page
ten times a second. What must hold: every event that was acknowledged is in the record, and no line twice; the record
verifies; every follower hears every alert once and in order; neither memory nor descriptors grow from the second to the
last tenth; the quiet client is always answered. How long it waits is printed and not asserted: a time is a matter of the machine.

With --ahead (root) daemon and quiet client have real-time priority, as if all others were on another machine.

Everybody else here wants the same cores as the daemon and the quiet client, and gives way to them (they are nice). What is left of
that is told apart: what the quiet client waited as the clock goes, and the daemon's own part of it, in processor time of its loop.
"""

import argparse
import datetime
import multiprocessing
import os
import pathlib
import re
import resource
import select
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "box"))

FOLLOWERS = 1000
FIRST_DAY = datetime.date(2023, 3, 1)
LIMITS = ('connections = 1400; per-user = 1400; body = "256 KiB"; header = "8 KiB"; idle = "60 s"; request = "5 s";')
GROWTH_MIN_S = 100
MEMORY_SLACK_KIB = 4096
FOLLOWER_KIB = 16         # of one that falls behind: the text of 25 alerts that waits for it
NICE = 5


def quantile(values, part):
    return sorted(values)[min(len(values) - 1, int(len(values) * part))]


def show_time(seconds):
    return f"{seconds * 1e6:,.0f} us" if seconds < 0.001 else f"{seconds * 1e3:,.1f} ms"


class Times:
    """How often something took up to each of some bounds, since another look."""

    def __init__(self, text, name):
        self.counts = {bound: float(value) for bound, value in re.findall(rf'^{name}_bucket{{le="(\S+)"}} (\S+)$', text, re.M)}

    def since(self, before):
        return {bound: count - before.counts[bound] for bound, count in self.counts.items()}


def times_of(daemon):
    text = daemon.ask("GET", "/metrics").body.decode()
    return {name: Times(text, f"mappad_{name}_cpu_seconds") for name in ("turn", "answer", "busy_answer")}


def waited(pid):
    """Seconds that the daemon's loop ran, and for which it would have and had no core."""
    ran, waits, _ = (int(number) for number in pathlib.Path(f"/proc/{pid}/task/{pid}/schedstat").read_text().split())
    return ran / 1e9, waits / 1e9


def put_ahead(pid):
    """Each thread: those to come take after these."""
    for thread in os.listdir(f"/proc/{pid}/task"):
        os.sched_setscheduler(int(thread), os.SCHED_RR, os.sched_param(1))


def up_to(counts, part):
    """The bound that so great a part does not pass."""
    return next((float(bound) for bound, count in counts.items() if count >= part * counts["+Inf"]), float("inf"))


def longest(counts):
    """What share took up to each bound, up to the one that all did."""
    total, shares = counts["+Inf"], []
    for bound, count in counts.items():
        shares.append(f"{float(bound) * 1e3:g} ms {100 * count / total:.2f} %" if bound != "+Inf" else f"any {int(total):,}")
        if count == total:
            break
    return ", ".join(shares)


class Load:
    def __init__(self, build, seconds, followers, ahead):
        os.environ["MAPPAD_BUILD"] = str(build)
        global harness, crowd
        import harness
        import crowd
        self.seconds, self.follower_count, self.ahead = seconds, followers, ahead
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="mappad-load-"))
        self.daemon = harness.Daemon(self.folder / "d", now=f"{FIRST_DAY}T09:00:00Z", limits=LIMITS)
        self.results, self.end, self.following_end = multiprocessing.Queue(), multiprocessing.Event(), multiprocessing.Event()
        self.today = multiprocessing.Value("i", FIRST_DAY.toordinal())
        self.final = multiprocessing.Value("q", 0)
        self.given, self.processes, self.samples, self.faults = {}, [], [], []

    def begin(self, function, *arguments, gives_way=True):
        nice = NICE if gives_way and not self.ahead else 0
        process = multiprocessing.Process(target=crowd.give_way, args=(nice, function, *arguments), daemon=True)
        process.start()
        self.processes.append(process)
        return process

    def wait_for(self, name):
        """What a process hands back under a name."""
        while name not in self.given:
            got, value = self.results.get(timeout=300)
            self.given[got] = value
        return self.given[name]

    def seed(self):
        """Cases some of which are late now, and some of which come to be with each day."""
        for first in range(0, 3000, 500):
            self.daemon.recorded(*({"case": f"M-B{number:04}", "event": "sentenced", "disposal": "community",
                                    "on": str(FIRST_DAY - datetime.timedelta(days=number % 60))} for number in range(first, first + 500)))

    def listen(self):
        """The service manager reads what it is told; nobody would else."""
        while select.select([self.daemon.notify.sock], [], [], 0)[0]:
            self.daemon.notify.sock.recv(65536)

    def sample(self, began):
        fds = len(os.listdir(f"/proc/{self.daemon.process.pid}/fd"))
        self.samples.append((time.monotonic() - began, self.daemon.memory_kib(), fds))

    def move_day(self):
        """Those who record go on with the day before until the daemon has seen the new one."""
        day = datetime.date.fromordinal(self.today.value + 1)
        self.daemon.set_clock(f"{day}T09:00:00Z")
        harness.eventually(lambda: self.daemon.status()["today"] == str(day), "the new day", 60)
        self.today.value += 1

    def bear(self):
        """The load itself; a day passes every tenth of a minute, at least twenty in a run."""
        path, pause = str(self.daemon.socket), min(6.0, self.seconds / 20)
        quiet = self.begin(crowd.quiet, path, self.end, self.results, gives_way=False)
        if self.ahead:
            put_ahead(quiet.pid)
        self.wait_for("idle")
        last = self.daemon.status()["last_alert_id"]
        self.begin(crowd.thousand, path, self.follower_count, last, self.following_end, self.results, self.final)
        self.wait_for("following")
        self.times, self.waited = times_of(self.daemon), waited(self.daemon.process.pid)
        for function, *more in ((crowd.sixty_four, self.today), (crowd.slow_reader,), (crowd.slow_writer,), (crowd.flood,),
                                (crowd.imports, self.folder, self.today)):
            self.begin(function, path, *more, self.end, self.results)
        began = moved = time.monotonic()
        while time.monotonic() - began < self.seconds:
            time.sleep(min(0.25, self.seconds / 60))
            self.sample(began)
            self.listen()
            if time.monotonic() - moved >= pause:
                moved = time.monotonic()
                self.move_day()
        after, waited_after = times_of(self.daemon), waited(self.daemon.process.pid)
        self.times = {name: after[name].since(self.times[name]) for name in after}
        self.waited = [later - before for later, before in zip(waited_after, self.waited)]
        self.end.set()
        for name in ("sixty-four", "imports", "slow-reader", "slow-writer", "flood", "quiet"):
            self.wait_for(name)
        harness.eventually(self.at_rest, "the last sweep", 120)
        self.final.value = self.daemon.status()["last_alert_id"]
        self.wait_for("thousand")
        self.following_end.set()

    def at_rest(self):
        self.listen()
        status = self.daemon.status()
        return status["as_of"] == status["today"] and status["next_sweep"] > status["now"]

    # ---- what must hold ----

    def fault(self, right, text):
        if not right:
            self.faults.append(text)

    def check_record(self):
        base = sqlite3.connect(f"file:{self.daemon.dir}/state/mappad.db?mode=ro", uri=True)
        rows = [row[0] for row in base.execute("SELECT client FROM event WHERE client IS NOT NULL")]
        base.close()
        kept = set(rows)
        acknowledged = self.given["sixty-four"]["acknowledged"] + self.given["imports"]["acknowledged"]
        missing = [each for each in acknowledged if each not in kept]
        self.fault(len(rows) == len(kept), f"{len(rows) - len(kept)} ids are in the record twice")
        self.fault(not missing, f"{len(missing)} acknowledged events are not in the record: {missing[:3]}")
        self.fault("failed" not in self.given["imports"], f"an import failed: {self.given['imports'].get('failed')}")
        verified = subprocess.run([harness.MAPPACTL, "verify", self.daemon.dir / "state/mappad.db"], capture_output=True, text=True, check=False)
        self.fault(verified.returncode == 0, f"the record does not verify: {verified.stdout[-500:]}{verified.stderr[-500:]}")

    def check_followers(self):
        told = self.given["thousand"]
        self.fault(told["wrong"] == 0, f"{told['wrong']} alerts came out of order, twice or not at all")
        self.fault(set(told["last"]) == {self.final.value}, f"followers ended at {sorted(set(told['last']))[:5]}, not {self.final.value}")

    def part(self, first, last):
        return [sample for sample in self.samples if first * self.seconds / 10 <= sample[0] < last * self.seconds / 10]

    def check_growth(self):
        """Of a run long enough: the second tenth of a shorter one is its beginning, and on a busy machine nobody looked in it."""
        if self.seconds < GROWTH_MIN_S:
            return
        early, late = self.part(1, 2), self.part(9, 10)
        memory = [statistics.median(sample[1] for sample in part) for part in (early, late)]
        opened = [statistics.median(sample[2] for sample in part) for part in (early, late)]
        slack = MEMORY_SLACK_KIB + FOLLOWER_KIB * self.follower_count
        self.fault(memory[1] <= memory[0] * 1.1 + slack, f"memory grew from {memory[0]:.0f} to {memory[1]:.0f} KiB")
        self.fault(opened[1] <= opened[0] + 16, f"descriptors grew from {opened[0]:.0f} to {opened[1]:.0f}")
        print(f"memory: {memory[0] / 1024:.1f} MiB in the second tenth, {memory[1] / 1024:.1f} in the last, "
              f"{max(sample[1] for sample in self.samples) / 1024:.1f} at most; descriptors: {opened[0]:.0f} and {opened[1]:.0f}")

    def report(self, worked_s):
        events = len(self.given["sixty-four"]["acknowledged"] + self.given["imports"]["acknowledged"])
        idle, loaded = self.given["idle"], self.given["quiet"]
        p50, p99 = quantile(idle, 0.5), quantile(loaded, 0.99)
        crowd_of, told = self.given["sixty-four"], self.given["thousand"]
        print(f"{self.seconds:g} s: {events:,} events acknowledged, {crowd_of['answered']:,} answers to the 64 "
              f"(refused {crowd_of['refused']}, connections lost {crowd_of['lost']}), {self.given['imports'].get('files')} imports, "
              f"{self.today.value - FIRST_DAY.toordinal()} sweeps, {self.final.value:,} alerts, {told['heard']:,} heard by {self.follower_count:,} "
              f"followers ({told['returns']} came back), flood of {self.given['flood']['connections']:,} connections")
        own = self.times["answer"]
        print(f"the daemon used {worked_s:.1f} s of processor; its loop ran {self.waited[0]:.1f} s and waited {self.waited[1]:.1f} s for a core; "
              f"turns of up to: {longest(self.times['turn'])}")
        print(f"the daemon's own part of answers to those who ask now and then, {own['+Inf']:,.0f} of them: p50 up to {show_time(up_to(own, 0.5))}, "
              f"p99 up to {show_time(up_to(own, 0.99))}, which is {up_to(own, 0.99) / p50:.0f} times p50 idle (goal 20); up to: {longest(own)}")
        print(f"the quiet client: p50 {show_time(p50)} idle; under load p50 {show_time(quantile(loaded, 0.5))}, p99 {show_time(p99)}, "
              f"at most {show_time(max(loaded))}, of {len(loaded):,}: p99 under load is {p99 / p50:.0f} times p50 idle (goal 20)")

    def run(self):
        try:
            self.daemon.start()
            if self.ahead:
                put_ahead(self.daemon.process.pid)
            self.seed()
            worked = self.daemon.processor_ticks()
            self.bear()
            worked_s = (self.daemon.processor_ticks() - worked) / os.sysconf("SC_CLK_TCK")
            status = self.daemon.stop()
            self.fault(status == 0, f"the daemon ended with status {status}")
            self.report(worked_s)
            self.fault(not self.given["refused"], f"the quiet client was refused: {self.given['refused'][:5]}")
            self.check_growth()
            self.check_followers()
            self.check_record()
        finally:
            for process in self.processes:
                process.kill()
            if self.daemon.process is not None:
                self.daemon.kill()
            shutil.rmtree(self.folder, True)
        for fault in self.faults:
            print(f"FAILED: {fault}")
        print("1 passed, 0 failed" if not self.faults else "0 passed, 1 failed")
        return 1 if self.faults else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=pathlib.Path, required=True)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--followers", type=int, default=FOLLOWERS)
    parser.add_argument("--ahead", action="store_true", help="daemon and quiet client have real-time priority")
    options = parser.parse_args()
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(4096, most), most))
    return Load(options.build.resolve(), options.seconds, options.followers, options.ahead).run()


if __name__ == "__main__":
    sys.exit(main())
