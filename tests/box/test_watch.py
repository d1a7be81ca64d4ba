#!/usr/bin/python3
"""Watching the watcher: the numbers for Prometheus, the file with the time of the last sweep, the line for monitoring plugins.

promtool of Debian's prometheus package judges the numbers and the alert examples; PROMTOOL names it, else it is fetched
into the build folder, and where there is no package mirror those tests say that they were left out.
"""

import datetime
import os
import re
import shutil
import signal
import struct
import subprocess
import unittest

from harness import BUILD, MAPPAD, TREE, BoxTest, Daemon, MailServer, eventually, main

SENTENCED = {"event": "sentenced", "on": "2022-12-01", "disposal": "community"}        # overdue since 30 December
LINE = re.compile(r'([a-z_]+)(\{(.*)\})? (-?[0-9.]+)$')


def promtool():
    """Where promtool is, or None."""
    named = os.environ.get("PROMTOOL") or shutil.which("promtool")
    if named is None and subprocess.run([TREE / "tests/prometheus/fetch.sh", BUILD / "prometheus"], capture_output=True).returncode == 0:
        named = BUILD / "prometheus/promtool"
    return named


def instant(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


class Watch(BoxTest):
    def text(self):
        answer = self.daemon.ask("GET", "/metrics")
        self.assertEqual((answer.status, answer.headers["Content-Type"]), (200, "text/plain; version=0.0.4; charset=utf-8"))
        return answer.body.decode()

    def numbers(self):
        """Each sample by its name and labels; every one follows the HELP and TYPE of its name."""
        found, described, kind = {}, None, None
        for line in self.text().splitlines():
            if line.startswith("# HELP "):
                described = line.split(" ")[2]
            elif line.startswith("# TYPE "):
                self.assertEqual(line.split(" ")[2], described)
                kind = line.split(" ")[3]
            else:
                name, _, labels, value = LINE.match(line).groups()
                parts = ("_bucket", "_sum", "_count") if kind == "histogram" else ("",)
                self.assertIn(name, [described + part for part in parts])
                self.assertEqual(name.endswith("_total"), kind == "counter")
                key = name + ("{" + labels + "}" if labels else "")
                self.assertNotIn(key, found)
                found[key] = float(value)
        return found

    def by_rule(self):
        return {key: value for key, value in self.numbers().items() if key.startswith("mappad_rule_obligations") and value}

    def expected_by_rule(self):
        """The same counted from the list."""
        counts = {}
        for row in self.daemon.get("/v1/obligations?state=open,pending,due-soon,paused,overdue,unevaluable&limit=1000")["obligations"]:
            key = f'mappad_rule_obligations{{rule="{row["rule"]}",state="{row["state"]}"}}'
            counts[key] = counts.get(key, 0) + 1
        return counts

    def test_the_numbers_are_those_of_the_record(self):
        self.start(now="2023-03-01T09:00:00Z")
        numbers = self.numbers()
        self.assertEqual((numbers["mappad_cases"], numbers["mappad_alerts_total"], numbers["mappad_test_clock"]), (0, 0, 1))
        self.daemon.recorded(*({**SENTENCED, "case": f"M-W{number}"} for number in range(7)))
        self.daemon.recorded({"case": "M-X1", "event": "level-set", "level": "2", "on": "2023-02-01"})
        self.daemon.move_clock("2023-03-02T07:31:00Z")
        numbers, status = self.numbers(), self.daemon.status()
        self.assertEqual(numbers["mappad_events_total"], 8)
        self.assertEqual(numbers['mappad_obligations{state="overdue"}'], status["open"]["overdue"])
        self.assertEqual(numbers['mappad_rule_obligations{rule="first-meeting",state="overdue"}'], 7)
        self.assertEqual(numbers["mappad_alerts_total"], status["last_alert_id"])
        self.assertEqual(numbers["mappad_last_sweep_time_seconds"], 1677742260)             # 2023-03-02 07:31 UTC
        self.assertEqual(numbers["mappad_last_sweep_scheduled_time_seconds"], 1677742200)   # 07:30
        self.assertEqual(numbers["mappad_next_sweep_time_seconds"], 1677742200 + 86400)
        self.assertGreater(numbers["mappad_sweep_duration_seconds"], 0)
        turns = [value for name, value in numbers.items() if name.startswith("mappad_turn_cpu_seconds_bucket")]
        self.assertEqual(turns, sorted(turns))
        self.assertEqual(turns[-1], numbers["mappad_turn_cpu_seconds_count"])
        self.assertGreater(numbers["mappad_turn_cpu_seconds_count"], 5)
        self.assertGreater(numbers["mappad_turn_cpu_seconds_sum"], 0)

    def test_the_count_by_rule_follows_every_change_and_forgets_what_was_undone(self):
        self.start()
        self.daemon.recorded({**SENTENCED, "case": "M-A1"}, {"case": "M-A2", "event": "level-set", "level": "2", "on": "2023-02-01"})
        self.assertEqual(self.by_rule(), self.expected_by_rule())       # from here on it is kept and no more counted
        held = {"event": "meeting-held", "on": "2023-02-02"}
        steps = [lambda: self.daemon.recorded({**held, "case": "M-A1"}),
                 lambda: self.daemon.record({**SENTENCED, "case": "M-A3"}, {**held, "case": "M-A2"}, dry_run=True),
                 lambda: self.daemon.record({**SENTENCED, "case": "M-A4"}, {"case": "M-A5", "event": "nothing", "on": "2023-01-01"}),
                 lambda: self.daemon.recorded({**SENTENCED, "case": "M-A6"}, {**SENTENCED, "case": "M-A2"}),
                 lambda: self.daemon.move_clock("2023-03-20T09:00:00Z"),
                 lambda: self.daemon.ask("POST", "/v1/events/1/retract", {"why": "a test"}),
                 lambda: self.daemon.move_clock("2023-09-20T09:00:00Z")]
        for number, step in enumerate(steps):
            step()
            with self.subTest(step=number):
                self.assertEqual(self.by_rule(), self.expected_by_rule())
        rules = self.daemon.dir / "rules/10-rules.cfg"
        rules.write_text(rules.read_text().replace('"4 weeks after"', '"90 weeks after"'))
        self.assertEqual(self.daemon.accept().status, 200)
        self.assertEqual(self.by_rule(), self.expected_by_rule())
        self.daemon.kill()
        self.daemon.start()
        self.assertEqual(self.by_rule(), self.expected_by_rule())

    def test_mail_is_counted_by_how_it_ended(self):
        server = MailServer()
        self.addCleanup(lambda: server.stop())
        self.start(now="2023-01-20T09:00:00Z", mail=server.setting())
        server.answers["police@example.police.uk"] = "550 no such mailbox"
        server.answers["probation@example.gov.uk"] = "451 later"
        self.daemon.move_clock("2023-01-23T09:00:00Z")      # a Monday: everybody is written to
        wanted = {"sent": 1, "permanent": 1, "retry": 1}
        def all_there():
            numbers = self.numbers()
            return all(numbers[f'mappad_mail_attempts_total{{verdict="{word}"}}'] >= count for word, count in wanted.items())
        eventually(all_there, "an attempt of each kind")
        self.daemon.move_clock("2023-01-23T09:00:30Z")
        def one_of_each():
            numbers = self.numbers()
            return numbers if [numbers[f'mappad_outbox_messages{{state="{state}"}}'] for state in ("waiting", "failed")] == [1, 1] else None
        numbers = eventually(one_of_each, "one that waits and one that failed")
        self.assertGreaterEqual(numbers["mappad_outbox_oldest_age_seconds"], 30)
        health = self.daemon.ctl("health")
        self.assertEqual(health.returncode, 1, health)
        self.assertIn("1 message could not be delivered", health.stdout)
        self.assertEqual(self.daemon.ctl("health", "--mail-warning", "5 s", "--mail-critical", "20 s").returncode, 2)

    def test_a_failure_ends_with_the_mailbox_or_with_another_try(self):
        server = MailServer()
        self.addCleanup(lambda: server.stop())
        self.start(now="2023-01-20T09:00:00Z", mail=server.setting())
        server.answers = {name: "550 no such mailbox" for name in ("police@example.police.uk", "probation@example.gov.uk")}
        self.daemon.move_clock("2023-01-23T09:00:00Z")
        def failed():
            counted = self.numbers()['mappad_outbox_messages{state="failed"}']
            return counted if counted == self.daemon.status()["outbox"]["failed"] else None     # asked while one more failed
        eventually(lambda: failed() == 2, "two failures")
        contacts = self.daemon.dir / "contacts.cfg"
        contacts.write_text(contacts.read_text().replace("police@example.police.uk", "desk@example.police.uk", 1))
        self.assertEqual(self.daemon.accept().status, 200)
        eventually(lambda: failed() == 1, "one failure")
        self.assertIn("could not be delivered", self.daemon.ctl("health").stdout)
        del server.answers["probation@example.gov.uk"]
        self.assertEqual(self.daemon.ctl("outbox", "retry", "--failed").returncode, 0)
        eventually(lambda: failed() == 0 and self.daemon.status()["outbox"]["waiting"] == 0, "the end of the failure")
        self.assertEqual(self.daemon.ctl("health").returncode, 0)
        self.assertIn("police@example.police.uk", self.daemon.ctl("outbox").stdout)

    def test_what_was_given_up_is_told_to_the_mailbox_that_was_corrected(self):
        server = MailServer()
        self.addCleanup(lambda: server.stop())
        self.start(now="2023-01-24T09:00:00Z", mail=server.setting())
        server.answers = {"unit@example.police.uk": "550 no such mailbox"}
        self.daemon.recorded({**SENTENCED, "case": "M-Q001"})
        self.daemon.move_clock("2023-01-25T09:00:00Z")      # a Wednesday: no heartbeat
        eventually(lambda: self.daemon.status()["outbox"]["failed"] == 1, "a failure")
        contacts = self.daemon.dir / "contacts.cfg"
        contacts.write_text(contacts.read_text().replace("unit@example.police.uk", "office@example.police.uk", 1))
        self.assertEqual(self.daemon.accept().status, 200)
        retried = self.daemon.ctl("outbox", "retry", "--failed")
        self.assertEqual(retried.stdout, "1 message was written anew to those whom the contacts name now.\n", retried)
        mail = server.next()
        self.assertEqual(mail.recipients, ["office@example.police.uk"])
        self.assertIn("M-Q001", mail.text)
        self.assertIn("withdrawn", self.daemon.ctl("outbox").stdout)
        again = self.daemon.ctl("outbox", "retry", "--failed")
        self.assertEqual(again.stdout, "No message was given up that could be tried again.\n", again)

    def test_promtool_has_nothing_to_object_to(self):
        tool = promtool()
        if tool is None:
            self.skipTest("promtool is not here and cannot be fetched")
        self.start()
        self.daemon.recorded({**SENTENCED, "case": "M-W1"})
        judged = subprocess.run([tool, "check", "metrics"], input=self.text(), capture_output=True, text=True, timeout=60)
        self.assertEqual((judged.returncode, judged.stdout + judged.stderr), (0, ""))
        folder = TREE / "contrib/prometheus"
        for words in (["check", "rules", "mappad.rules.yml"], ["test", "rules", "mappad.rules.test.yml"]):
            judged = subprocess.run([tool, *words], cwd=folder, capture_output=True, text=True, timeout=60)
            self.assertEqual(judged.returncode, 0, judged.stdout + judged.stderr)
        published = {line.split(" ")[2] for line in self.text().splitlines() if line.startswith("# TYPE ")}
        used = set(re.findall(r"\bmappad_[a-z_]+", (folder / "mappad.rules.yml").read_text()))
        self.assertEqual(used - published, set(), "the examples ask for numbers that there are not")

    def test_the_collector_gets_the_numbers_as_a_whole_file(self):
        self.start()
        target = self.directory / "mappad.prom"
        self.assertEqual(self.daemon.ctl("metrics", "--output", target).returncode, 0)
        self.assertTrue(target.read_text().endswith("\n"))
        self.assertIn("mappad_build_info", target.read_text())
        self.assertEqual(self.daemon.ctl("metrics").stdout.split("\n")[0], target.read_text().split("\n")[0])
        self.assertEqual(self.daemon.ctl("metrics", "--output", self.directory / "none/mappad.prom").returncode, 1)
        self.daemon.stop()
        before = target.read_text()
        self.assertEqual(self.daemon.ctl("metrics", "--output", target).returncode, 3)
        self.assertEqual(target.read_text(), before)
        self.daemon.start()

    def test_the_watch_file_says_when_the_last_sweep_was_done(self):
        self.start(now="2023-03-01T09:00:00Z")
        path = self.daemon.dir / "state/last-sweep"
        eventually(lambda: path.exists() and path.read_text() == "2023-03-01T09:00:00.000Z\n", "the file of the first sweep")
        self.daemon.move_clock("2023-03-02T08:00:00Z")
        self.assertEqual(path.read_text(), "2023-03-02T08:00:00.000Z\n")
        self.daemon.move_clock("2023-03-02T20:00:00Z")      # no sweep, no change
        self.assertEqual(path.read_text(), "2023-03-02T08:00:00.000Z\n")
        self.daemon.kill()
        path.unlink()           # died between the sweep and the file: the start makes up for it
        self.daemon.start()
        self.assertEqual(path.read_text(), "2023-03-02T08:00:00.000Z\n")
        self.assertEqual(path.stat().st_mode & 0o777, 0o644)

    def test_the_watch_file_may_lie_elsewhere_or_nowhere(self):
        path = self.directory / "elsewhere"
        for setting, there in ((f'watch-file = "{path}";', path), ('watch-file = "swept";', None), ('watch-file = "";', None)):
            if self.daemon is not None:
                self.daemon.stop()
                shutil.rmtree(self.daemon.dir)
            self.start(access=setting)
            eventually(lambda: self.daemon.status()["last_sweep"], "the first sweep")
            state = {entry.name for entry in (self.daemon.dir / "state").iterdir()}
            self.assertEqual("swept" in state, '"swept"' in setting)
            self.assertNotIn("last-sweep", state)
            self.assertTrue(there is None or there.exists())

    def test_a_watch_file_that_cannot_be_written_is_said_once_and_harms_nothing(self):
        self.start(now="2023-03-01T09:00:00Z", access=f'watch-file = "{self.directory}/none/file";')
        self.daemon.move_clock("2023-03-02T09:00:00Z")
        self.daemon.move_clock("2023-03-03T09:00:00Z")
        self.assertEqual(self.daemon.read_log().count("cannot be written"), 1)
        self.assertEqual(self.daemon.status()["last_sweep"], "2023-03-03T07:30:00.000Z")

    def test_a_relative_watch_file_is_refused(self):
        self.start()
        for name in ("a/b", "../x", ".hidden"):
            self.daemon.access = f'watch-file = "{name}";'
            self.daemon.write_config()
            checked = self.daemon.check()
            self.assertEqual(checked.returncode, 1)
            self.assertIn('"watch-file" must be a path', checked.stderr)

    def test_the_watch_file_takes_the_place_of_nothing_that_is_kept(self):
        self.start(now="2023-03-01T09:00:00Z")
        self.daemon.recorded({**SENTENCED, "case": "A-1"})
        self.daemon.stop()
        state = self.daemon.dir / "state"
        for name in ("mappad.db", "mappad.db-wal", "mappad.db-lock", "mappad.db.new", "watching", f"{state}/mappad.db"):
            self.daemon.access = f'watch-file = "{name}";'
            self.daemon.write_config()
            checked = self.daemon.check()
            self.assertEqual(checked.returncode, 1, name)
            self.assertIn(f'"watch-file" must not be "{name}"', checked.stderr)
        other = self.directory / "notes"
        other.write_text("bring the keys")
        self.daemon.access = f'watch-file = "{other}";'
        self.daemon.write_config()
        self.daemon.start()
        self.daemon.move_clock("2023-03-02T09:00:00Z")
        self.assertEqual(other.read_text(), "bring the keys")
        self.assertEqual(self.daemon.read_log().count("is not the time of a sweep, and is left alone"), 1)
        self.assertEqual(self.daemon.status()["last_seq"], 1)

    def test_health_speaks_as_monitoring_plugins_do(self):
        self.start(now="2023-03-01T09:00:00Z")
        def health(*words, environment=None):
            done = self.daemon.ctl("health", *words, environment=environment)
            self.assertEqual(done.stdout.count("\n"), 1 if done.stdout else 0)
            return done.returncode, done.stdout
        eventually(lambda: self.daemon.status()["last_sweep"], "the first sweep")
        code, line = health()
        self.assertEqual(code, 0, line)
        self.assertRegex(line, r"^MAPPAD OK - last sweep 90 min ago.* \| sweep_age=5400s;93600;180000;0 ")
        self.assertEqual(health("--sweep-warning", "30 min")[0], 1)
        self.assertEqual(health("--sweep-warning", "10 min", "--sweep-critical", "20 min")[0], 2)
        for words in (("--sweep-warning", "soon"), ("--sweep-warning", "3 h", "--sweep-critical", "2 h")):
            code, line = health(*words)
            self.assertEqual(code, 3)
            self.assertTrue(line.startswith("MAPPAD UNKNOWN - "))
        self.assertEqual(health("--nothing")[0], 3)
        self.assertEqual(health(environment={"MAPPAD_SOCKET": "/nonexistent"})[0], 2)
        rules = self.daemon.dir / "rules/10-rules.cfg"
        whole = rules.read_text()
        rules.write_text("nonsense")
        self.daemon.reload()
        code, line = health()
        self.assertEqual(code, 1)
        self.assertIn("the last reload was refused", line)
        rules.write_text(whole)

    def test_a_daemon_that_hangs_is_critical_before_the_plugin_is_ended(self):
        self.start()
        self.daemon.process.send_signal(signal.SIGSTOP)
        self.addCleanup(self.daemon.process.send_signal, signal.SIGCONT)
        done = self.daemon.ctl("health", "--timeout", "300 ms")
        self.assertEqual((done.returncode, done.stdout), (2, "MAPPAD CRITICAL - the daemon does not answer\n"))
        self.assertIn("the daemon does not answer", self.daemon.ctl("health").stdout)      # well within what a plugin is given
        done = self.daemon.ctl("health", "--timeout", "0 s")
        self.assertEqual((done.returncode, done.stdout), (3, 'MAPPAD UNKNOWN - --timeout takes a duration like "10 s", of at most 5 minutes\n'))
        for long in ("1 h", "301 s", "300001 ms"):
            self.assertEqual(self.daemon.ctl("health", "--timeout", long).stdout, done.stdout)
        self.daemon.process.send_signal(signal.SIGCONT)
        self.well()
        self.assertEqual(self.daemon.ctl("health", "--timeout", "5 min").returncode, 0)

    @unittest.skipIf(b"__asan_init" in MAPPAD.read_bytes(), "a sanitizer wants to be loaded before anything else")
    def test_time_that_leaps_was_not_watched(self):
        """The machine slept for two hours, and later for a quarter of a minute, which is not worth a word."""
        library, leap = self.directory / "clock_leap.so", self.directory / "leap"
        subprocess.run(["cc", "-D_GNU_SOURCE", "-shared", "-fPIC", "-O1", "-o", library, TREE / "tests/fault/clock_leap.c", "-ldl"], check=True)
        leap.write_bytes(struct.pack("q", 0))
        daemon = self.daemon = Daemon(self.directory / "d", environment={"LD_PRELOAD": str(library), "MAPPAD_CLOCK_LEAP": str(leap)})
        daemon.command = lambda: [str(MAPPAD), "--config", str(daemon.dir / "mappad.conf")]
        daemon.start()
        self.addCleanup(daemon.end)
        eventually(lambda: daemon.status()["last_sweep"], "the first sweep")
        self.assertEqual(daemon.status()["downtime"], [])
        for seconds, count in ((7200, 1), (7215, 1), (7215 + 90, 2)):
            with open(leap, "r+b") as file:     # not truncated: the library has it mapped
                file.write(struct.pack("q", seconds))
            eventually(lambda: len(daemon.status()["downtime"]) == count, f"{count} times in the ledger")
        spans = [(instant(one["until"]) - instant(one["from"])).total_seconds() for one in daemon.status()["downtime"]]
        self.assertEqual([round(span / 10) for span in spans], [9, 720])
        self.assertIn("stood still", daemon.read_log())
        lines = daemon.ctl("status").stdout.split("\n")
        self.assertEqual(len([line for line in lines if " to " in line and "UTC" in line]), 2, lines)


if __name__ == "__main__":
    main()
