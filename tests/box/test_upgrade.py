#!/usr/bin/python3
"""Records of every earlier schema, as their daemons left them: this one goes on where they stopped.

tests/box/old keeps a file for each schema that a program wrote (old/make.py), and what its daemon said of it. Schema 5 came
into the tree together with 6, so no program ever wrote it as its own; a file has it, as any other in between, when an
upgrade is cut short, and upgrades are cut short here before every call that they make.
"""

import gzip
import json
import os
import pathlib
import shutil
import sqlite3
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "fault"))
from harness import MAPPACTL, MAPPAD, BoxTest, Daemon, MailServer, eventually, main
from steps import Steps, library

OLD = pathlib.Path(__file__).with_name("old")
SCHEMAS = sorted(int(path.stem.split("-")[1]) for path in OLD.glob("schema-*.json"))
STEPS = os.environ.get("MAPPAD_KILL_STEPS", "12")
OBLIGATION = ("case", "rule", "item", "state", "started", "due", "met_on", "booked")
ALERT = ("id", "kind", "case", "rule", "item", "started", "due", "stage", "repeat", "to")


def version(path):
    base = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        return base.execute("PRAGMA user_version").fetchone()[0]
    finally:
        base.close()


class Upgrade(BoxTest):
    def put(self, schema, name):
        """A folder with a record of that schema; what was said of it."""
        state = self.directory / name / "state"
        state.mkdir(parents=True)
        (state / "mappad.db").write_bytes(gzip.decompress((OLD / f"schema-{schema}.db.gz").read_bytes()))
        (state / "mappad.db").chmod(0o600)
        return state / "mappad.db", json.loads((OLD / f"schema-{schema}.json").read_text())

    def says(self, daemon, said, schema):
        self.assertEqual(daemon.status()["chain_head"], said["head"])
        self.assertEqual([[row[name] for name in OBLIGATION] for row in daemon.get("/v1/obligations?state=all")["obligations"]],
                         said["obligations"])
        self.assertEqual([[alert[name] for name in ALERT] for alert in daemon.alerts()][:len(said["alerts"])], said["alerts"])
        self.assertEqual(bool(daemon.get("/v1/alerts?case=M-OLD1&limit=1000")["alerts"][-1]["acks"]), said["acknowledged"], schema)

    def test_the_schemas_that_are_kept_are_all_that_were(self):
        path, _ = self.put(SCHEMAS[-1], "look")
        daemon = Daemon(path.parent.parent, now="2023-03-28T09:05:00Z")
        daemon.start()
        daemon.end()
        now = version(path)
        kept = {int(path.name.split("-")[1].split(".")[0]) for path in OLD.glob("schema-*.db.gz")}
        self.assertEqual(kept | {5}, set(range(1, now)), "keep a file of the schema before this one: tests/box/old/make.py")

    def test_each_goes_on(self):
        for schema in SCHEMAS:
            with self.subTest(schema=schema):
                path, said = self.put(schema, f"of-{schema}")
                self.assertEqual(version(path), schema)
                server = MailServer()
                self.addCleanup(server.stop)
                daemon = self.daemon = Daemon(path.parent.parent, now=said["now"], mail=server.setting())
                daemon.start()
                self.says(daemon, said, schema)
                before = dict(said["messages"])
                daemon.move_clock("2023-03-28T12:00:00Z")       # what waited has its next attempt
                eventually(lambda: daemon.status()["outbox"]["waiting"] == 0, "what waited is sent")
                arrived = [server.mails.get() for _ in range(before[0])]
                self.assertEqual(len({mail.message["Message-ID"] for mail in arrived}), before[0])
                daemon.recorded({"case": "M-OLD1", "event": "meeting-held", "on": "2023-03-28", "meeting-level": "2"})
                self.assertEqual({row["state"] for row in daemon.get("/v1/obligations?state=all&case=M-OLD1")["obligations"]},
                                 {"open", "met-late"})
                answer = daemon.ask("POST", f"/v1/verify?head=9:{said['head']}").json
                self.assertTrue(answer["verified"], answer["findings"])
                daemon.end()
                done = subprocess.run([MAPPACTL, "verify", path], capture_output=True, text=True, timeout=60)
                self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    @unittest.skipIf(b"__asan_init" in MAPPAD.read_bytes(), "a sanitizer wants to be loaded before anything else")
    def test_an_upgrade_that_is_killed_before_any_call_goes_on(self):
        steps, preload = Steps(self.directory / "steps"), library(self.directory)
        schema = SCHEMAS[0]
        _, said = self.put(schema, "before")

        def start(at):
            """A daemon that was killed before that call and started again; whether it was, the calls, the version in between."""
            folder, between = self.directory / "killed", None
            shutil.copytree(self.directory / "before", folder)
            daemon = self.daemon = Daemon(folder, now=said["now"], environment={"LD_PRELOAD": str(preload), "MAPPAD_KILL_AT": str(steps.path)})
            steps.set(0, at)
            killed = not daemon.start(must=False)
            steps.disarm()
            killed = killed or steps.calls >= at                # after it had said that it was ready
            if killed:
                daemon.kill()
                between = version(folder / "state/mappad.db")
                daemon.environment = {}
                daemon.start()
            self.says(daemon, said, schema)
            answer = daemon.ask("POST", "/v1/verify").json
            self.assertTrue(answer["verified"], (at, answer["findings"]))
            daemon.end()
            shutil.rmtree(folder)
            return killed, steps.calls, between

        _, total, _ = start(1 << 40)
        count = total if STEPS == "all" else min(total, int(STEPS))
        ends = [start(at) for at in sorted({1 + number * (total - 1) // max(1, count - 1) for number in range(count)})]
        kills, between = sum(killed for killed, _, _ in ends), {version for _, _, version in ends if version is not None}
        print(f"{kills} kills in an upgrade of {total} calls; versions in between: {sorted(between)}")
        self.assertGreater(kills, count // 2)
        self.assertGreater(len(between), 2)


if __name__ == "__main__":
    main()
