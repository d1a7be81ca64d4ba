#!/usr/bin/python3
"""A disk of eight megabytes: the record may have most of it, and once it has grown everything is there."""

import os
import pathlib
import re
import socket
import subprocess
import sys
import threading
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "box"))
from harness import RULES, VOCABULARY, BoxTest, MailServer, ask, eventually, main  # noqa: E402

MEGABYTE = 1 << 20


@unittest.skipUnless(os.geteuid() == 0, "only root can make a small disk")
class SmallDisk(BoxTest):
    def begin(self, size="8m", **settings):
        state = self.directory / "d/state"
        state.mkdir(parents=True)
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "none", str(state)], check=True)
        self.addCleanup(subprocess.run, ["umount", "-l", str(state)])   # after the daemon has ended
        return self.start(**settings), state / "mappad.db"

    def give(self, folder, megabytes):
        subprocess.run(["mount", "-o", f"remount,size={megabytes}m", str(folder)], check=True)

    def fill(self, sizes, pause_s=0):
        """Records cases until not even one has room; how many there are."""
        number = 0
        for size in sizes:
            while True:
                answer = self.daemon.record(*({"case": f"M-X{number + n:05}", "event": "sentenced", "on": "2022-12-01", "disposal": "community"}
                                              for n in range(size)))
                time.sleep(pause_s)
                if answer.status != 201:
                    self.assertEqual((answer.status, answer.error["code"]), (507, "disk-full"))
                    break
                number += size
        return number

    def fill_up(self, folder):
        """Takes what is left, to the last byte."""
        with open(folder / "filler", "ab", buffering=0) as filler:
            size = 65536
            while size:
                try:
                    filler.write(b"x" * size)
                except OSError:
                    size //= 2

    def test_the_record_has_most_of_it_and_nothing_is_lost_when_it_is_full(self):
        daemon, record = self.begin()
        number = self.fill((100, 10, 1))
        self.assertGreater(record.stat().st_size, 4 * MEGABYTE)         # of eight, beside log and index
        self.give(record.parent, 12)                                    # so that an end empties the log
        for ends, clock in ((daemon.stop, "2023-03-01T09:10:00Z"), (daemon.kill, "2023-03-01T09:20:00Z"),
                            (daemon.stop, "2023-03-02T09:00:00Z"), (daemon.kill, "2023-03-02T10:00:00Z")):
            ends()
            self.assertEqual((record.parent / "mappad.db-wal").stat().st_size, 0)
            self.fill_up(record.parent)                                 # what the end left
            watched = (record.parent / "watching").read_text()
            daemon.set_clock(clock)
            daemon.start()
            self.serves_what_it_can(number)
            self.assertEqual((record.parent / "watching").read_text(), watched)
        self.give(record.parent, 16)
        status = daemon.status()
        self.assertEqual((status["last_seq"], status["as_of"], status["disk_full"]), (number, "2023-03-02", False))
        eventually(lambda: daemon.status()["trouble"] is None and daemon.status()["last_sweep"][:10] == "2023-03-02", "the sweep")
        self.assertIn("what was refused before works again", daemon.read_log())
        eventually(lambda: "disk" not in daemon.notify.status_now(), "the end of the trouble in what systemd shows")
        downtime = daemon.status()["downtime"]
        self.assertEqual([(entry["from"], entry["until"], entry["orderly"]) for entry in downtime],
                         [("2023-03-01T09:00:00.000Z", "2023-03-02T10:00:00.000Z", True)])
        self.assertEqual(daemon.get("/v1/cases/M-X00000")["events"], 1)
        daemon.recorded({"case": "M-AFTER", "event": "sentenced", "on": "2022-12-01", "disposal": "community"})
        self.assertEqual(daemon.stop(), 0)
        daemon.start()
        self.assertTrue(daemon.ask("POST", "/v1/verify").json["verified"])
        self.assertEqual(daemon.status()["last_seq"], number + 1)

    def serves_what_it_can(self, number):
        """Started where there is no room: it says so to everybody, shows and records nothing, and leaves nothing behind."""
        daemon = self.daemon
        self.assertIn("there is no room", daemon.read_log())
        self.assertTrue(daemon.notify.status_now().endswith("cannot be dealt with: the disk is full"), daemon.notify.status)
        status = daemon.status()
        self.assertEqual((status["last_seq"], status["as_of"], status["disk_full"], status["trouble"]),
                         (number, "2023-03-01", True, "the disk is full"))
        for path in ("/v1/cases/M-X00000", "/v1/obligations?state=overdue"):
            self.assertEqual(daemon.ask("GET", path).error["code"], "disk-full")
        refused = daemon.record({"case": "M-LATE", "event": "sentenced", "on": "2022-12-01", "disposal": "community"})
        self.assertEqual((refused.status, refused.error["code"]), (507, "disk-full"))
        health = daemon.ctl("health")
        self.assertEqual((health.returncode, "no space is left" in health.stdout), (2, True), health)
        self.assertIn(b"\nmappad_disk_full 1\n", daemon.ask("GET", "/metrics").body)
        self.assert_at_rest()

    def turns(self):
        return int(re.search(rb"\nmappad_turn_cpu_seconds_count (\d+)\n", self.daemon.ask("GET", "/metrics").body)[1])

    def assert_at_rest(self):
        """What cannot be done is tried again, but not without a pause: it was thousands of times a second."""
        before = self.turns()
        time.sleep(1)
        self.assertLess(self.turns() - before, 20)

    def test_what_is_urgent_is_tried_again_in_peace(self):
        urgent = RULES.replace('{ at = "overdue"; to = "unit"; }', '{ at = "overdue"; to = "unit"; urgent = true; }')
        server = MailServer()
        self.addCleanup(server.stop)
        daemon, record = self.begin(rules={"rules.cfg": VOCABULARY + urgent}, mail=server.setting())
        event = {"case": "M-0001", "event": "sentenced", "on": "2022-12-01", "disposal": "community"}
        self.assertEqual(daemon.ask("POST", "/v1/events?more=1", event).status, 201)    # what should follow does not come
        self.fill_up(record.parent)
        daemon.set_clock("2023-03-01T09:01:00Z")
        eventually(lambda: daemon.status()["trouble"] == "the disk is full", "the trouble")
        self.assert_at_rest()
        (record.parent / "filler").unlink()
        eventually(lambda: daemon.status()["trouble"] is None, "the end of the trouble")
        self.assertIn("1 overdue", server.next().subject)

    def test_who_takes_a_long_answer_in_drops_does_not_fill_the_disk(self):
        """A snapshot keeps the log from beginning anew: it may be held for as long as nobody needs the room."""
        daemon, record = self.begin()
        daemon.recorded(*({"case": f"M-Y{n:05}", "event": "sentenced", "on": "2022-12-01", "disposal": "community"} for n in range(1500)))
        enough = threading.Event()
        taker = threading.Thread(target=self.take_in_drops, args=(enough,))
        taker.start()
        try:
            self.fill((100, 10, 1), pause_s=0.01)
        finally:
            enough.set()
            taker.join()
        self.assertGreater(record.stat().st_size, 4 * MEGABYTE)         # 2.5 where it is held to the end
        self.assertIn("taken so slowly that others could not be served", daemon.read_log())
        verified = daemon.ask("POST", "/v1/verify")
        self.assertTrue(verified.json["verified"], verified)

    def test_what_a_burst_left_of_the_log_is_given_back_to_a_disk_that_others_fill(self):
        """A long log begins anew in its file, since cutting it off holds everybody up; but the record's room comes first."""
        daemon, record = self.begin("600m")
        log = record.with_name("mappad.db-wal")
        daemon.recorded(*({"case": f"M-Y{n:05}", "event": "sentenced", "on": "2022-12-01", "disposal": "community"} for n in range(4000)))
        holder = daemon.connect()
        holder.request("GET", "/v1/obligations")        # and takes nothing of it, so that the log cannot begin anew
        number = self.until(lambda: log.stat().st_size >= 30 * MEGABYTE, 0)
        holder.close()
        grown, salts = log.stat().st_size, self.salts(log)
        number = self.until(lambda: self.salts(log) != salts, number)
        self.assertGreater(log.stat().st_size, grown - 2 * MEGABYTE)    # of 600, some 35 may stay
        self.fill_up(record.parent)
        before = record.stat().st_size
        while daemon.record(*self.cases(number)).status == 201:
            number += 500
        self.assertGreater(record.stat().st_size - before, 10 * MEGABYTE)
        (record.parent / "filler").unlink()
        daemon.recorded(*self.cases(number))
        self.assertEqual(daemon.status()["last_seq"], 4500 + number)
        self.assertTrue(daemon.ask("POST", "/v1/verify").json["verified"])

    def salts(self, log):
        """What a log that begins anew changes in its header; sqlite.org/fileformat2.html, 4.1."""
        with open(log, "rb") as file:
            return file.read(24)[16:]

    def cases(self, first):
        return [{"case": f"M-X{n:06}", "event": "sentenced", "on": "2022-12-01", "disposal": "community"} for n in range(first, first + 500)]

    def until(self, there, number):
        while not there():
            self.daemon.recorded(*self.cases(number))
            number += 500
        return number

    def test_answers_that_overlap_fill_it_for_no_longer_than_they_last(self):
        """Each is taken at once, and there is always one: the log never begins anew. What it holds still finds room in the file."""
        daemon, _ = self.begin()
        daemon.recorded(*({"case": f"M-Y{n:05}", "event": "sentenced", "on": "2022-12-01", "disposal": "community"} for n in range(1500)))
        enough = threading.Event()
        takers = [threading.Thread(target=self.take_on, args=(enough,)) for _ in range(6)]
        for taker in takers:
            taker.start()
        try:
            number = self.fill((100, 10, 1))
        finally:
            enough.set()
            for taker in takers:
                taker.join()
        late = {"case": "M-LATE", "event": "sentenced", "on": "2022-12-01", "disposal": "community"}
        eventually(lambda: daemon.record(late).status == 201, "room for what is recorded now")
        self.assertEqual(daemon.stop(), 0)
        daemon.start()
        self.assertGreaterEqual(daemon.status()["last_seq"], number + 1501)

    def take_on(self, enough):
        connection = self.daemon.connect()
        while not enough.is_set():
            ask(connection, "GET", "/v1/calendar.ics")
        connection.close()

    def take_in_drops(self, enough):
        sock = socket.socket(socket.AF_UNIX)
        self.addCleanup(sock.close)
        sock.connect(str(self.daemon.socket))
        sock.sendall(b"GET /v1/obligations HTTP/1.1\r\nHost: x\r\n\r\n")
        while not enough.wait(0.05) and sock.recv(4096):
            pass

    def test_other_rules_wait_for_room_and_the_reason_is_said(self):
        daemon, record = self.begin()
        number = self.fill((100, 10, 1))
        self.give(record.parent, 12)
        daemon.stop()
        self.fill_up(record.parent)
        rules = daemon.dir / "rules/10-rules.cfg"
        text = rules.read_text()
        rules.write_text(text.replace("4 weeks after", "5 weeks after"))
        self.assertFalse(daemon.start(must=False))
        self.assertIn("disk is full", daemon.read_log())
        daemon.kill()
        rules.write_text(text)
        daemon.start()
        self.assertEqual(daemon.status()["last_seq"], number)

    def test_an_index_that_there_is_no_room_for_is_said_as_such(self):
        daemon, record = self.begin()
        daemon.stop()
        (record.parent / "mappad.db-shm").unlink()
        self.fill_up(record.parent)
        self.assertFalse(daemon.start(must=False))
        daemon.kill()
        self.assertRegex(daemon.read_log(), "cannot be used: .*the disk is full")


if __name__ == "__main__":
    main()
