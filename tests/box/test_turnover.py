#!/usr/bin/python3
"""Rules of many cases come into force in steps: whoever asks meanwhile is answered under the old ones until the new ones are whole.

TURNOVER_CASES sets how many cases there are (20,000; 100,000 by hand). One in ten has a duty, of which the date moves. From
the change on the daemon stands at each commit until it is let go, which is done while a question waits for its answer: however
busy the machine is, a change goes on by a few steps a question.
"""

import os
import pwd
import sqlite3
import unittest

from gate import Gate
from harness import MAPPAD, RULES, BoxTest, Daemon, as_user, eventually, main

CASES = int(os.environ.get("TURNOVER_CASES", "20000"))
LONG_S = 60 + CASES / 500
SIX = RULES.replace('"4 weeks after"', '"6 weeks after"')
OLD, NEW = "2023-03-01", "2023-03-15"
PAGE = "/v1/obligations?rule=first-meeting&limit=100"
TEN = range(0, CASES, 10)


def ref(number):
    return f"M-{number:06}"


class Stepping(Daemon):
    """A daemon that stands at its commits once the gate is closed, but while somebody is answered."""

    def __init__(self, directory, gate, **settings):
        super().__init__(directory, environment=gate.environment, **settings)
        self.gate = gate

    def ask(self, *words, **more):
        return self.gate.while_working(lambda: super(Stepping, self).ask(*words, **more))

    def ctl(self, *words, **more):
        return self.gate.while_working(lambda: super(Stepping, self).ctl(*words, **more))


@unittest.skipIf(b"__asan_init" in MAPPAD.read_bytes(), "a sanitizer wants to be loaded before anything else")
class Turnover(BoxTest):
    def begin(self, **settings):
        self.gate = Gate(self.directory, "sync close")
        self.daemon = Stepping(self.directory / "d", self.gate, **settings)
        self.daemon.start()
        self.addCleanup(self.daemon.end)
        self.addCleanup(self.gate.open)
        events = [{"case": ref(n), "event": "sentenced", "on": "2023-02-01", "disposal": "custody" if n % 10 else "community"} for n in range(CASES)]
        for first in range(0, CASES, 10000):
            self.daemon.recorded(*events[first:first + 10000])
        self.before = self.daemon.get("/v1/rules")["digest"]

    def put(self, text):
        (self.daemon.dir / "rules/10-rules.cfg").write_text(text)

    def change(self):
        return self.daemon.status()["rules"]["change"]

    def over(self):
        self.gate.open()
        eventually(lambda: self.change() is None, "the end of the change", LONG_S)

    def assertDeriving(self):
        self.assertEqual(self.change()["doing"], "deriving")

    def seize(self, other):
        """The right to write, between two transactions of the daemon: it has none while it lets go of somebody who left."""
        visitor = self.daemon.connect()
        visitor.connect()
        visitor.close()
        def leaving():
            call = self.gate.stands()
            if call == "s":
                self.gate.let_go()
            return call == "c"
        eventually(leaving, "letting go of somebody")
        other.execute("BEGIN IMMEDIATE")
        self.gate.let_go()

    def asked(self):
        """Has the new rules come: the answer says that they will. They come by steps from then on."""
        self.put(SIX)
        self.gate.close()
        answer = self.daemon.accept()
        self.assertEqual((answer.status, answer.json["changed"]), (200, False), answer.body)
        self.assertEqual(answer.json["digest"], self.before)
        self.assertEqual(len(answer.json["coming"]), 64)

    def until(self, doing, least):
        """Waits until it does that and has looked at so many cases."""
        eventually(lambda: (lambda now: now is None or (now["doing"] == doing and now["cases"] >= least))(self.change()), doing, LONG_S)
        self.assertEqual(self.change()["doing"], doing)

    def kill(self):
        self.daemon.kill()
        self.gate.open()

    def dues(self):
        """The dates of a page: all of the same rules."""
        answer = self.daemon.get(PAGE)
        dues = {row["due"] for row in answer["obligations"]}
        self.assertEqual((len(answer["obligations"]), len(dues)), (min(100, len(TEN)), 1))
        return dues.pop()

    def moved(self):
        return [(alert["case"], alert["old_due"], alert["due"]) for alert in self.daemon.alerts() if alert["kind"] == "moved"]

    def assertWhole(self, due, moves):
        self.assertEqual(self.dues(), due)
        self.assertEqual(sorted(self.moved()), moves)
        answer = self.daemon.ask("POST", "/v1/verify")
        self.assertTrue(answer.json["verified"], answer.json["findings"])
        self.assertEqual(sum(self.daemon.status()["open"].values()), len(TEN))

    def test_readers_see_the_old_until_the_new_is_whole(self):
        self.begin()
        self.asked()
        recorded = False
        while True:
            now, due, rules = self.change(), self.dues(), self.daemon.get("/v1/rules")["digest"]
            if now is None:
                break
            if now["doing"] == "deriving":
                self.assertEqual((now["before"], now["all"]), (self.before, CASES + recorded))
                if rules == self.before:        # it was still so when it had answered
                    self.assertEqual(due, OLD)
                if not recorded and now["cases"] > 10:          # one that was derived, one that is new
                    recorded = True
                    self.daemon.recorded({"case": ref(10), "event": "meeting-held", "on": "2023-02-01", "meeting-level": "2"})
                    self.daemon.recorded({"case": "M-NEW", "event": "sentenced", "disposal": "community", "on": "2023-02-01"})
                    told, shown = self.daemon.ask("GET", "/metrics").body.decode(), self.daemon.ctl("status").stdout
                    if self.change() is not None:               # it was so when they were asked
                        self.assertIn("mappad_rules_changing 1\n", told)
                        self.assertRegex(shown, r"Change +(deriving|telling), \d+ of \d+ cases")
                    self.assertEqual(self.daemon.ctl("backup", self.directory / "copy.db").returncode, 0)
            else:
                self.assertEqual((now["doing"], due), ("telling", NEW))
        self.assertEqual(self.dues(), NEW)
        self.assertTrue(recorded)
        self.gate.open()
        self.assertWhole(NEW, [(ref(n), OLD, NEW) for n in TEN if n != 10] + [("M-NEW", OLD, NEW)])
        self.assertIn("are in force", self.daemon.read_log())
        done = self.daemon.ctl("verify", self.directory / "copy.db")    # whatever lay beside then
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_a_kill_while_it_is_derived_leaves_the_old_or_begins_anew(self):
        self.begin()
        self.asked()
        self.until("deriving", 1000)
        self.kill()
        self.put(RULES)                         # what is in force
        self.daemon.start()
        self.assertEqual(self.dues(), OLD)
        self.over()                             # what had been derived is gone
        self.assertWhole(OLD, [])
        self.asked()
        self.until("deriving", 1000)
        self.kill()
        self.daemon.start()                     # the files say the new ones
        self.over()
        self.assertWhole(NEW, sorted((ref(n), OLD, NEW) for n in TEN))
        self.assertNotIn("rules", {alert["kind"] for alert in self.daemon.alerts()}, "they had been accepted")

    def test_a_kill_while_moved_dates_are_told_tells_each_once(self):
        self.begin()
        self.asked()
        self.until("telling", 500)
        self.kill()
        self.daemon.start()
        self.assertEqual(self.dues(), NEW)
        self.over()
        self.assertWhole(NEW, sorted((ref(n), OLD, NEW) for n in TEN))

    def test_wrong_files_change_nothing_and_the_old_ones_end_it(self):
        self.begin()
        self.asked()
        self.put("rules = (")
        self.assertEqual(self.daemon.ask("POST", "/v1/reload").status, 422)
        self.assertDeriving()
        self.put(RULES)
        answer = self.daemon.ask("POST", "/v1/reload")
        self.assertEqual((answer.status, answer.json["coming"]), (200, None))
        self.over()
        self.assertWhole(OLD, [])

    @unittest.skipUnless(os.geteuid() == 0, "only root can become somebody else")
    def test_who_may_ask_is_as_the_last_reload_that_was_taken_says_at_once(self):
        self.begin(access='access = { readers = ["games", "news"]; };')
        os.chmod(self.directory, 0o755)
        os.chmod(self.daemon.socket, 0o666)

        def seen(name="games"):
            somebody = pwd.getpwnam(name)
            return as_user(somebody.pw_uid, somebody.pw_gid, [], lambda: self.daemon.ask("GET", PAGE).status)

        self.assertEqual((seen(), seen("news")), (200, 200))
        self.daemon.access = 'access = { readers = ["games"]; };'
        self.daemon.write_config()
        other = sqlite3.connect(self.daemon.dir / "state/mappad.db", timeout=0, isolation_level=None)
        self.addCleanup(other.close)
        self.asked()
        self.assertEqual((seen(), seen("news")), (200, 403))    # while the rules are on their way
        self.seize(other)                               # nothing can be written: the change stands still
        self.assertDeriving()
        self.daemon.access = 'access = { readers = ["news"]; };'
        self.daemon.write_config()
        self.put(RULES.replace('"4 weeks after"', '"7 weeks after"'))
        asked = self.daemon.ask("POST", "/v1/reload").json["digest"]
        refused = self.daemon.ask("POST", "/v1/reload", {"accept": asked})
        self.assertGreaterEqual(refused.status, 500, refused.body)
        other.execute("ROLLBACK")
        other.close()
        self.over()
        self.assertEqual(self.dues(), NEW)              # of the first reload ...
        self.assertEqual(seen(), 200)                   # ... and so is the access


if __name__ == "__main__":
    main()
