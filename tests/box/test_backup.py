#!/usr/bin/python3
"""The drill: back up under load, destroy, restore, verify. Nothing acknowledged before the backup is missing."""

import fcntl
import json
import os
import pathlib
import random
import shutil
import sqlite3
import subprocess
import threading
import unittest

from harness import DEADLINE_S, MAPPACTL, BoxTest, ask, as_user, eventually, main

NOBODY = 65534


def note(number):
    return {"case": f"M-{number % 50:04}", "event": "note", "on": "2023-01-06", "token": f"T-{number}", "id": f"load-{number}"}


class Load(threading.Thread):
    """A client that records one event after the other; what was acknowledged."""

    def __init__(self, daemon):
        super().__init__(daemon=True)
        self.server, self.acknowledged, self.ends = daemon, [], threading.Event()

    def run(self):
        connection, number = self.server.connect(), 0
        while not self.ends.is_set():
            try:
                if ask(connection, "POST", "/v1/events", note(number)).status == 201:
                    self.acknowledged.append(f"load-{number}")
            except OSError:
                return
            number += 1


def clients_ids(path):
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as db:
        return {row[0] for row in db.execute("SELECT client FROM event WHERE client IS NOT NULL")}


def restore(*words):
    return subprocess.run([str(MAPPACTL), "restore", *map(str, words)], capture_output=True, text=True, timeout=DEADLINE_S)


def verify(path):
    return subprocess.run([str(MAPPACTL), "verify", str(path)], capture_output=True, text=True, timeout=DEADLINE_S).returncode


class Backup(BoxTest):
    def begin(self):
        daemon = self.start()
        daemon.recorded(*[{"case": f"M-{n:04}", "event": "sentenced", "on": "2023-01-02", "disposal": "community"} for n in range(50)])
        self.folder = self.directory / "backups"
        self.folder.mkdir()
        return daemon

    def backup(self, *words):
        done = self.daemon.ctl("backup", *words)
        self.assertEqual(done.returncode, 0, done.stderr)
        return pathlib.Path(done.stdout.splitlines()[0])

    def test_the_drill(self):
        daemon = self.begin()
        load = Load(daemon)
        load.start()
        eventually(lambda: len(load.acknowledged) >= 200, "some load")
        before = list(load.acknowledged)
        path = self.backup(self.folder / "drill.db")
        daemon.kill()
        load.ends.set()
        load.join()
        self.assertGreater(len(load.acknowledged), len(before))
        state = daemon.dir / "state"
        record = state / "mappad.db"
        for name in (record, f"{record}-wal"):  # destroyed
            with open(name, "r+b") as file:
                file.write(random.Random(1).randbytes(8192))
        self.assertFalse(daemon.start(must=False))
        self.assertIn("damaged, or is no database", daemon.read_log())
        self.assertIn("restore a backup", daemon.read_log())
        destroyed = record.read_bytes()
        done = restore(path, state)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn(f"{record}.replaced", done.stdout)
        self.assertEqual(pathlib.Path(f"{record}.replaced").read_bytes(), destroyed)
        self.assertEqual(os.stat(record).st_mode & 0o777, 0o600)
        daemon.stop()
        daemon.start()
        self.assertTrue(daemon.ask("POST", "/v1/verify").json["verified"])
        self.assertEqual(set(before) - clients_ids(record), set())
        self.assertEqual(daemon.record(note(10 ** 6)).status, 201)
        # What was acknowledged while the copy was made may be in it or not; sent again, it is recorded once.
        self.assertEqual({daemon.record(note(int(name.split("-")[1]))).status for name in load.acknowledged}, {201})

    def test_a_backup_is_whole_private_and_named_once(self):
        daemon = self.begin()
        path = self.backup(self.folder / "one.db")
        self.assertEqual(os.stat(path).st_mode & 0o777, 0o600)
        self.assertEqual(verify(path), 0)
        self.assertEqual(sorted(os.listdir(self.folder)), ["one.db"])
        self.assertEqual(sorted(os.listdir(daemon.dir / "state")), ["last-sweep", "mappad.db", "mappad.db-lock", "mappad.db-shm", "mappad.db-wal", "watching"])
        again = daemon.ctl("backup", path)
        self.assertEqual(again.returncode, 1)
        self.assertIn("nothing is written over it", again.stderr)
        self.assertEqual(daemon.ctl("backup", self.directory / "none/x.db").returncode, 1)
        lines = daemon.get("/v1/access")["accesses"]
        self.assertEqual([line["what"] for line in lines], ["backup"])

    def test_a_folder_keeps_the_latest(self):
        daemon = self.begin()
        (self.folder / "other.db").write_text("not ours to remove")
        names = []
        for hour in range(10, 15):
            daemon.set_clock(f"2023-03-01T{hour}:00:00Z")
            daemon.move_clock(f"2023-03-01T{hour}:00:00Z")
            names.append(self.backup(self.folder, "--keep", "3").name)
        self.assertEqual(names[-1], "mappad-20230301T140000Z.db")
        self.assertEqual(sorted(os.listdir(self.folder)), sorted([*names[-3:], "other.db"]))
        self.assertEqual(daemon.ctl("backup", self.folder, "--keep", "none").returncode, 2)

    def test_a_name_of_an_instant_to_come_takes_no_backups_place(self):
        daemon = self.begin()
        ahead = {"mappad-20300101T000000Z.db", "mappad-20310101T000000Z.db"}
        for name in {*ahead, "mappad-20230101T000000Z.db", "mappad-20230102T000000Z.db"}:
            (self.folder / name).write_text("of a clock that was wrong")
        done = daemon.ctl("backup", self.folder, "--keep", "2")
        made = pathlib.Path(done.stdout.splitlines()[0]).name
        self.assertEqual(set(os.listdir(self.folder)), {*ahead, made, "mappad-20230102T000000Z.db"})
        self.assertEqual((done.returncode, done.stderr),
                         (0, f"mappactl: {self.folder}: 2 backups are named for an instant that is still to come, the first mappad-20300101T000000Z.db: "
                             "neither counted nor removed\n"))
        daemon.move_clock("2023-03-01T10:00:00Z")
        (self.folder / "mappad-20310101T000000Z.db").unlink()
        done = daemon.ctl("backup", self.folder, "--keep", "1")
        self.assertEqual(set(os.listdir(self.folder)), {"mappad-20300101T000000Z.db", "mappad-20230301T100000Z.db"})
        self.assertIn("1 backup is named for an instant that is still to come", done.stderr)

    def test_what_a_backup_that_was_cut_short_left_is_in_nobodys_way(self):
        daemon = self.begin()
        part = self.folder / "one.db.part"
        part.write_text("of a crash")
        os.chmod(part, 0o644)
        path = self.backup(self.folder / "one.db")
        self.assertEqual((verify(path), os.stat(path).st_mode & 0o777), (0, 0o600))
        self.assertFalse(part.exists())
        with open(self.folder / "two.db.part", "w") as held:       # one that is on its way
            fcntl.flock(held, fcntl.LOCK_EX)
            done = daemon.ctl("backup", self.folder / "two.db")
            self.assertEqual((done.returncode, "is being written by another" in done.stderr), (1, True), done.stderr)
            self.assertTrue((self.folder / "two.db.part").exists())
        (self.folder / "three").write_text("somebody else's")
        os.link(self.folder / "three", self.folder / "three.db.part")
        (self.folder / "four.db.part").symlink_to("three")
        for name in ("three.db", "four.db"):
            self.assertEqual(daemon.ctl("backup", self.folder / name).returncode, 1)
        self.assertEqual((self.folder / "three").read_text(), "somebody else's")
        left, other = self.folder / "mappad-20230101T010000Z.db.part", self.folder / "other.part"
        left.write_text("of a crash")
        other.write_text("not ours to remove")
        self.backup(self.folder)
        self.assertTrue(left.exists())
        daemon.move_clock("2023-03-01T10:00:00Z")
        self.backup(self.folder, "--keep", "2")
        self.assertEqual((left.exists(), other.exists()), (False, True))

    def test_restore_refuses_a_running_daemon_and_a_backup_that_is_not_sound(self):
        daemon = self.begin()
        state = daemon.dir / "state"
        path = self.backup(self.folder / "one.db")
        done = restore(path, state)
        self.assertEqual(done.returncode, 1)
        self.assertIn("is being served", done.stderr)
        daemon.stop()
        before = (state / "mappad.db").read_bytes()
        bad = self.folder / "bad.db"
        shutil.copy(path, bad)
        db = sqlite3.connect(bad)
        db.executescript("DROP TRIGGER event_no_update; UPDATE event SET on_day = on_day + 1 WHERE seq = 7")
        self.assertIn("has a log beside it", restore(bad, state).stderr)
        db.close()
        short = self.folder / "short.db"
        short.write_bytes(path.read_bytes()[:20000])
        for backup, words in ((bad, "is not what was recorded"), (short, "cannot be restored"), (self.folder / "none.db", "cannot open"),
                              (daemon.dir / "mappad.conf", "cannot be restored")):
            done = restore(backup, state)
            self.assertEqual(done.returncode, 1, backup)
            self.assertIn(words, done.stderr)
        self.assertEqual((state / "mappad.db").read_bytes(), before)
        self.assertEqual([name for name in os.listdir(state) if "restor" in name or "replaced" in name], [])
        for number in range(2):
            self.assertEqual(restore(path, state).returncode, 0)
        self.assertTrue({"mappad.db.replaced", "mappad.db.replaced.1"} <= set(os.listdir(state)))
        daemon.start()

    def test_a_restore_that_fails_leaves_the_folder_as_it_was(self):
        daemon = self.begin()
        state, fresh = daemon.dir / "state", self.directory / "fresh"
        path = self.backup(self.folder / "one.db")
        fresh.mkdir()
        short = self.folder / "short.db"
        short.write_bytes(path.read_bytes()[:20000])
        for bad in (short, self.folder / "none.db"):
            self.assertEqual(restore(bad, fresh).returncode, 1)
            self.assertEqual(os.listdir(fresh), [])
        (fresh / "mappad.db-lock").touch()
        self.assertEqual(restore(short, fresh).returncode, 1)
        self.assertEqual((fresh / "mappad.db-lock").read_bytes(), b"")
        # The last thing before the copy gets its name: what SQLite left beside the record cannot be removed.
        daemon.kill()
        (state / "mappad.db-shm").unlink()
        (state / "mappad.db-shm").mkdir()
        before = {name: (state / name).read_bytes() for name in os.listdir(state) if name != "mappad.db-shm"}
        self.assertIn("mappad.db-wal", before)
        done = restore(path, state)
        self.assertEqual(done.returncode, 1)
        self.assertIn("nothing was restored", done.stderr)
        self.assertEqual({name: (state / name).read_bytes() for name in os.listdir(state) if name != "mappad.db-shm"}, before)
        (fresh / "mappad.db-shm").mkdir()
        self.assertEqual(restore(path, fresh).returncode, 1)
        self.assertEqual((sorted(os.listdir(fresh)), os.stat(fresh / "mappad.db-lock").st_size), (["mappad.db-lock", "mappad.db-shm"], 0))
        # A machine on which a restore failed begins as if there had been none.
        (state / "mappad.db-shm").rmdir()
        shutil.rmtree(state)
        state.mkdir()
        self.assertEqual(restore(short, state).returncode, 1)
        daemon.start()
        self.assertEqual(daemon.status()["events"], 0)

    def test_a_log_that_was_not_copied_back_goes_with_what_is_replaced(self):
        daemon = self.begin()
        path = self.backup(self.folder / "one.db")
        daemon.recorded(*[note(number) for number in range(40)])
        daemon.kill()
        state = daemon.dir / "state"
        self.assertGreater(os.stat(state / "mappad.db-wal").st_size, 0)
        self.assertEqual(restore(path, state).returncode, 0)
        self.assertNotIn("mappad.db-wal", os.listdir(state))
        self.assertEqual(len(clients_ids(state / "mappad.db.replaced")), 40)
        daemon.start()
        self.assertEqual(daemon.status()["events"], 50)

    def test_a_restore_to_another_place_begins_a_record_there(self):
        daemon = self.begin()
        path = self.backup(self.folder / "one.db")
        daemon.stop()
        shutil.rmtree(daemon.dir / "state")
        (daemon.dir / "state").mkdir()
        self.assertEqual(restore(path, daemon.dir / "state").returncode, 0)
        daemon.start()
        self.assertTrue(daemon.ask("POST", "/v1/verify").json["verified"])

    def test_a_client_that_leaves_leaves_no_copy_behind(self):
        daemon = self.begin()
        self.raw(b"POST /v1/backup HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n").close()
        self.assertEqual(self.backup(self.folder / "one.db").name, "one.db")
        self.assertNotIn("backup.part", os.listdir(daemon.dir / "state"))
        (daemon.dir / "state/backup.part").write_text("of a crash")
        self.backup(self.folder / "two.db")
        self.assertNotIn("backup.part", os.listdir(daemon.dir / "state"))

    @unittest.skipUnless(os.geteuid() == 0, "only root can become somebody else")
    def test_only_an_administrator_may(self):
        daemon = self.begin()
        for folder in (self.directory, daemon.dir):
            os.chmod(folder, 0o755)
        os.chmod(daemon.socket, 0o666)
        self.assertEqual(as_user(NOBODY, NOBODY, [], lambda: daemon.ask("POST", "/v1/backup").status), 403)


class Damage(BoxTest):
    def test_whatever_bit_is_flipped_is_found_or_means_nothing(self):
        daemon = self.start()
        daemon.recorded(*[note(number) for number in range(300)])
        daemon.stop()
        source, copy = daemon.dir / "state/mappad.db", self.directory / "copy.db"
        whole = source.read_bytes()
        def content(path):
            with sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True) as db:
                return ["\n".join(db.iterdump())]
        true, chance, found = content(source), random.Random(7), 0
        for _ in range(80):
            flipped = bytearray(whole)
            flipped[chance.randrange(len(whole))] ^= 1 << chance.randrange(8)
            copy.write_bytes(flipped)
            done = subprocess.run([str(MAPPACTL), "verify", "--json", str(copy)], capture_output=True, text=True, timeout=DEADLINE_S)
            self.assertIn(done.returncode, (0, 1))
            if done.returncode == 0:
                self.check_chained(content(copy)[0], true[0])
            found += done.returncode == 1
        self.assertGreater(found, 2)        # most of a small file is room that nothing uses

    def check_chained(self, dump, true):
        """What is verified says the same in every table that the check answers for."""
        def lines(text):
            return [line for line in text.splitlines() if line.startswith(("INSERT INTO \"event\"", "INSERT INTO \"access\"", "INSERT INTO \"person\"",
                                                                           "INSERT INTO \"obligation\""))]
        self.assertEqual(lines(dump), lines(true))

    def test_a_record_cut_short_or_of_noise_is_refused_and_left_alone(self):
        daemon = self.start()
        daemon.recorded(*[note(number) for number in range(300)])
        daemon.stop()
        record = daemon.dir / "state/mappad.db"
        whole = record.read_bytes()
        for damaged in (whole[:len(whole) // 8192 * 4096], whole[:100], b"", b"x" * 4096, whole[4096:]):
            record.write_bytes(damaged)
            self.assertFalse(daemon.start(must=False))
            daemon.stop()
            self.assertIn("restore a backup", daemon.read_log().splitlines()[-1])
            self.assertEqual(record.read_bytes(), damaged)
            (daemon.dir / "log").unlink()
        record.write_bytes(whole)
        daemon.start()
        self.assertEqual(daemon.status()["events"], 300)


if __name__ == "__main__":
    main()
