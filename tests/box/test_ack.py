#!/usr/bin/python3
"""Acknowledge and escalate, routes and the outbox, as people use them: over the socket, by mappactl, with real groups.

Reviews are due every 16 weeks: after 3 October 2022 on 23 January 2023, overdue on the 24th, again on 31 January, 7 and 14 February.
"""

import concurrent.futures
import gzip
import json
import os
import pathlib
import queue
import sqlite3
import unittest

from harness import CONTACTS, VOCABULARY, BoxTest, MailServer, as_user, eventually, main

OLD = pathlib.Path(__file__).resolve().parent / "old"
NOBODY, GAMES, NEWS, PROXY = 65534, 60, 9, 13       # of base-passwd, in every Debian
ACCESS = 'access = { readers = ["games"]; writers = ["news"]; };'
GUARDED = """
title = "MAPPA unit";
watch = "unit";
agencies = (
  { name = "police"; label = "Police"; spoc = ["police@example.police.uk"]; deputy = ["police-deputy@example.police.uk"];
    absent = ( { from = "2023-02-01"; until = "2023-02-10"; } ); acknowledged-by = ["proxy"]; },
  { name = "probation"; label = "Probation"; spoc = ["probation@example.gov.uk"]; until = "2023-02-28"; } );
roles = ( { name = "unit"; label = "Unit"; mailboxes = ["unit@example.police.uk"]; } );
"""
CASE = [{"case": "M-A001", "event": "level-set", "level": "2", "lead-agency": "police", "on": "2022-10-03"},
        {"case": "M-A001", "event": "sentenced", "disposal": "community", "on": "2022-10-03"},
        {"case": "M-A001", "event": "meeting-held", "on": "2022-10-03"}]


class Ack(BoxTest):
    def run_on(self, now="2023-01-24T09:00:00Z", contacts=CONTACTS, **settings):
        self.server = MailServer()
        self.addCleanup(lambda: self.server.stop())
        self.start(now="2023-01-20T09:00:00Z", mail=self.server.setting(), contacts=contacts, **settings)
        self.daemon.recorded(*CASE)
        self.daemon.move_clock("2023-01-23T09:00:00Z")
        self.daemon.move_clock(now)
        return self.overdue()

    def overdue(self):
        """The last alert that says that the review is overdue."""
        return [alert for alert in self.daemon.alerts(case="M-A001") if alert["stage"] == "overdue"][-1]

    def ack(self, alert, **body):
        return self.daemon.ask("POST", f"/v1/alerts/{alert}/ack", {"why": "a date is being sought", **body})

    def mails(self):
        eventually(lambda: self.daemon.status()["outbox"]["waiting"] == 0, "an empty outbox")
        found = []
        while True:
            try:
                mail = self.server.mails.get_nowait()
            except queue.Empty:
                return found
            found.append((mail.recipients[0], mail.subject))

    def ctl(self, *words, fails=0):
        done = self.daemon.ctl(*words)
        self.assertEqual(done.returncode, fails, done.stdout + done.stderr)
        return done.stdout if fails == 0 else done.stderr

    # ---- acknowledgements ----

    def test_only_the_role_that_acknowledged_is_left_in_peace(self):
        first = self.run_on()
        self.assertEqual((first["repeat"], first["to"], first["silenced"], first["acks"]), (0, ["unit", "police"], [], []))
        given = self.ack(first["id"]).json["ack"]           # the only one that may be spoken for
        self.assertEqual((given["role"], given["until"], given["in_force"]), ("unit", "2023-02-07", True))
        self.mails()
        self.daemon.move_clock("2023-01-31T09:00:00Z")
        again = self.overdue()
        self.assertEqual((again["repeat"], again["to"], again["silenced"]), (1, ["police"], [{"role": "unit", "ack": given["id"]}]))
        mails = self.mails()        # a Monday went by: the unit hears that it stands, not that it is repeated
        self.assertEqual([recipient for recipient, subject in mails if subject.endswith(": 1 overdue")], ["police@example.police.uk"])
        self.assertEqual([recipient for recipient, subject in mails if subject.endswith(": nothing new; still 1 overdue")],
                         ["unit@example.police.uk"])
        self.daemon.move_clock("2023-02-14T09:00:00Z")      # the seventh was the last day
        self.assertEqual(self.overdue()["to"], ["unit", "police"])
        self.assertIn("unit@example.police.uk", [recipient for recipient, subject in self.mails() if subject.endswith(": 1 overdue")])

    def test_it_survives_a_kill_and_is_on_the_record(self):
        alert = self.run_on()["id"]
        given = self.ack(alert).json["ack"]
        self.daemon.kill()
        self.daemon.start()
        self.assertEqual(self.daemon.get("/v1/cases/M-A001")["acks"], [given])
        self.assertEqual(self.overdue()["acks"], [given])
        self.daemon.move_clock("2023-01-31T09:00:00Z")
        self.assertEqual(self.overdue()["to"], ["police"])
        self.assertEqual(self.ack(alert).error["code"], "already-acknowledged")

    def test_of_many_at_once_one_is_given(self):
        alert = self.run_on(limits="connections = 100; per-user = 100;")["id"]
        with concurrent.futures.ThreadPoolExecutor(12) as pool:
            answers = list(pool.map(lambda _: self.ack(alert), range(48)))
        self.assertEqual(sorted(answer.status for answer in answers), [201] + [409] * 47)
        self.assertEqual(len(self.daemon.get("/v1/cases/M-A001")["acks"]), 1)

    def test_refusals(self):
        alert = self.run_on()["id"]
        for answer, status, code in ((self.ack(4711), 404, "unknown-alert"), (self.ack(alert, role="police"), 403, "forbidden"),
                                     (self.ack(alert, role="chair"), 422, "unknown-value"), (self.ack(alert, why=" "), 422, "bad-why"),
                                     (self.ack(alert, until="2023-03-30"), 422, "bad-date")):
            self.assertEqual((answer.status, answer.error["code"]), (status, code), answer.body)
        self.daemon.recorded({"case": "M-A001", "event": "meeting-held", "on": "2023-01-24"})
        self.assertEqual((self.ack(alert).status, self.ack(alert).error["code"]), (409, "closed"))

    def test_a_configured_limit_holds_and_changes_with_a_reload(self):
        alert = self.run_on()["id"]
        self.assertEqual(self.ack(alert, until="2023-02-22").error["code"], "bad-date")     # 29 days
        path = self.daemon.dir / "mappad.conf"
        path.write_text(path.read_text() + "acknowledge = { days = 2; days-max = 29; };\n")
        self.daemon.reload()
        self.assertEqual(self.ack(alert).json["ack"]["until"], "2023-01-26")
        path.write_text(path.read_text().replace("days-max = 29", "days-max = 93"))
        self.assertIn("days-max", self.daemon.check().stderr)

    @unittest.skipUnless(os.geteuid() == 0, "only root can become somebody else")
    def test_groups_say_who_may_speak_for_whom(self):
        alert = self.run_on(contacts=GUARDED, access=ACCESS)["id"]
        for folder in (self.directory, self.daemon.dir):
            os.chmod(folder, 0o755)
        os.chmod(self.daemon.socket, 0o666)

        def ask(groups, **body):
            def work():
                answer = self.ack(alert, **body)
                return [answer.status, answer.json]
            return as_user(NOBODY, NOBODY, groups, work)
        self.assertEqual(ask([GAMES])[0], 403)                              # a reader
        self.assertEqual(ask([NEWS], role="police")[0], 403)                # a writer who is not of the agency
        self.assertEqual(ask([PROXY], role="police")[0], 403)               # of the agency, and nobody here
        status, given = ask([NEWS, PROXY], role="police")
        self.assertEqual((status, given["ack"]["user"], given["ack"]["uid"]), (201, "nobody", NOBODY))
        self.assertEqual(self.ack(alert, role="police").error["code"], "forbidden")     # nor may root
        status, given = ask([NEWS])
        self.assertEqual((status, given["ack"]["role"]), (201, "unit"))

    def test_what_people_see(self):
        alert = self.run_on()["id"]
        self.assertIn("M-A001", self.ctl("alerts", "--unacked"))
        self.assertIn("--why", self.ctl("ack", alert, fails=2))
        self.assertIn("number of an alert", self.ctl("ack", "x", "--why", "y", fails=2))
        self.assertIn("is acknowledged for unit as number 1: until Tue 7 Feb 2023", self.ctl("ack", alert, "--why", "a date is sought"))
        self.assertIn("has acknowledged this already", self.ctl("ack", alert, "--why", "again", fails=1))
        table = self.ctl("alerts", "--unacked")
        self.assertNotRegex(table, rf"(?m)^ *{alert} ")
        self.assertEqual(json.loads(self.ctl("alerts", "--json"))["alerts"][-1]["acks"][0]["why"], "a date is sought")
        self.assertRegex(self.ctl("show", "M-A001"), rf"Acknowledged\n.*\n *1 +{alert} +unit +Tue 7 Feb 2023 +Tue 24 Jan 2023 .* by root +a date is sought")
        self.daemon.move_clock("2023-01-31T09:00:00Z")
        self.assertIn("police; not unit (ack 1)", self.ctl("alerts"))
        self.assertIn("does not go with --follow", self.ctl("alerts", "--unacked", "--follow", fails=2))

    def test_a_record_in_which_cases_wait_for_a_sweep_goes_on(self):
        """The file was written by a mappad that noted it with the case; it was stopped on 31 January before the sweep, which here
        is made up for: first meetings were due on the 30th, reviews on the 23rd."""
        state = self.directory / "d/state"
        state.mkdir(parents=True)
        (state / "mappad.db").write_bytes(gzip.decompress((OLD / "schema-9.db.gz").read_bytes()))
        (state / "mappad.db").chmod(0o600)
        with sqlite3.connect(state / "mappad.db") as db:
            told = db.execute("SELECT max(id) FROM alert").fetchone()[0]
        db.close()
        self.start(now="2023-01-31T09:00:00Z")
        raised = [(alert["case"], alert["rule"], alert["stage"], alert["due"]) for alert in self.daemon.alerts() if alert["id"] > told]
        self.assertEqual(sorted(raised), [(f"M-K{n}", rule, "overdue", due) for n in range(3)
                                          for rule, due in (("first-meeting", "2023-01-30"), ("review", "2023-01-23"))])
        self.assertTrue(self.daemon.ask("POST", "/v1/verify").json["verified"])
        with sqlite3.connect(f"file:{state}/mappad.db?mode=ro", uri=True) as db:
            self.assertEqual(db.execute("SELECT count(*) FROM raising").fetchone()[0], 0)
        db.close()

    def test_a_record_of_the_first_schema_goes_on(self):
        """The file was written by a mappad that knew no acknowledgements; it was stopped on 7 February, with mail waiting."""
        self.server = MailServer()
        self.addCleanup(lambda: self.server.stop())
        state = self.directory / "d/state"
        state.mkdir(parents=True)
        (state / "mappad.db").write_bytes(gzip.decompress((OLD / "schema-1.db.gz").read_bytes()))
        (state / "mappad.db").chmod(0o600)
        columns, texts = "state, due, ref, case_id, rule, item, started, rest", "body, html, calendar"
        with sqlite3.connect(state / "mappad.db") as db:
            kept = db.execute(f"SELECT {columns} FROM obligation ORDER BY state, due, ref").fetchall()
            letters = db.execute(f"SELECT id, {texts} FROM outbox ORDER BY id").fetchall()
        db.close()
        self.assertEqual((len(kept) > 0, len(letters)), (True, 11))
        self.start(now="2023-02-07T10:00:00Z", mail=self.server.setting())
        with sqlite3.connect(f"file:{state}/mappad.db?mode=ro", uri=True) as db:       # carried over, in the order of the list
            self.assertEqual(db.execute(f"SELECT {columns} FROM obligation").fetchall(), kept)
            self.assertEqual(db.execute(f"SELECT message, {texts} FROM letter WHERE message <= 11").fetchall(), letters)
        db.close()
        alerts = self.daemon.alerts()
        self.assertEqual([alert["id"] for alert in alerts], list(range(1, 12)))
        self.assertEqual((alerts[-1]["stage"], alerts[-1]["repeat"], alerts[-1]["acks"], alerts[-1]["silenced"]), ("overdue", 2, [], []))
        self.assertEqual(self.ack(11).json["ack"]["role"], "unit")
        self.assertEqual(len(self.daemon.get("/v1/outbox?state=failed")["messages"]), 3)
        self.assertEqual(len(self.daemon.get("/v1/outbox?state=all")["messages"]), 11)      # 5 sent, 3 given up, 3 waiting
        self.daemon.move_clock("2023-02-14T09:00:00Z")
        self.assertEqual((self.overdue()["repeat"], self.overdue()["to"]), (3, ["police"]))
        self.assertEqual(self.daemon.status()["events"], 5)
        self.daemon.stop()
        with sqlite3.connect(state / "mappad.db") as db:
            self.assertGreaterEqual(db.execute("PRAGMA user_version").fetchone()[0], 2)
            self.assertEqual(db.execute("PRAGMA integrity_check").fetchone()[0], "ok")
            self.assertEqual(db.execute("PRAGMA foreign_key_check").fetchall(), [])
        db.close()
        self.daemon.start()

    # ---- routes ----

    def test_who_would_hear_and_why(self):
        self.run_on(contacts=GUARDED)
        def ask(day=None, case="M-A001", stage="overdue"):
            return self.daemon.get(f"/v1/routes?case={case}&rule=review&stage={stage}" + (f"&day={day}" if day else ""))
        told = ask()
        self.assertEqual((told["state"], told["due"], told["stage_day"], told["mail"]), ("overdue", "2023-01-23", "2023-01-24", True))
        unit, police = told["recipients"]
        self.assertEqual((unit["to"], unit["name"], unit["how"], unit["mailbox"], unit["ack"]), ("unit", "unit", "named", "unit@example.police.uk", None))
        self.assertEqual((police["to"], police["name"], police["kind"], police["mailbox"], police["line"], police["deputy"]),
                         ("$lead-agency", "police", "agency", "police@example.police.uk", 5, False))
        deputy = ask("2023-02-01")["recipients"][1]
        self.assertEqual((deputy["mailbox"], deputy["deputy"], deputy["absent_from"], deputy["absent_until"]),
                         ("police-deputy@example.police.uk", True, "2023-02-01", "2023-02-10"))
        self.assertFalse(ask("2023-02-11")["recipients"][1]["deputy"])
        self.daemon.recorded({"case": "M-A002", "event": "level-set", "level": "2", "on": "2023-01-20"},
                             {"case": "M-A003", "event": "level-set", "level": "2", "lead-agency": "probation", "on": "2023-01-20"})
        unset, gone = ask(case="M-A002")["recipients"][1], ask("2023-03-01", case="M-A003")["recipients"][1]
        self.assertEqual((unset["name"], unset["how"], unset["mailbox"]), (None, "unset", "unit@example.police.uk"))
        self.assertEqual((gone["name"], gone["how"], gone["entry"], gone["mailbox"]), ("probation", "gone", "unit", "unit@example.police.uk"))
        self.assertEqual(ask("2023-02-28", case="M-A003")["recipients"][1]["until"], "2023-02-28")
        self.assertEqual(self.ack(self.overdue()["id"], role="unit").status, 201)
        self.assertEqual((ask()["recipients"][0]["ack"], ask()["recipients"][0]["ack_until"]), (1, "2023-02-07"))
        self.assertEqual(ask(stage="due")["recipients"][0]["ack"], None)

    def test_what_is_foretold_is_what_happens(self):
        """The mailboxes of the route test are those that get the message of the day."""
        self.run_on(now="2023-01-31T09:00:00Z", contacts=GUARDED)
        self.mails()
        rows = self.daemon.get("/v1/routes?case=M-A001&rule=review&stage=overdue&day=2023-02-07")["recipients"]
        self.daemon.move_clock("2023-02-07T09:00:00Z")
        self.assertEqual({recipient for recipient, subject in self.mails() if "overdue" in subject}, {row["mailbox"] for row in rows})
        self.assertEqual({row["mailbox"] for row in rows}, {"unit@example.police.uk", "police-deputy@example.police.uk"})

    def test_agencies_owners_of_items_and_roles(self):
        """A set of agencies, the owner of an action, and a role that stands for an agency: told and foretold alike."""
        words = VOCABULARY.replace('items = ( { name = "order"; } );', 'items = ( { name = "order"; }, { name = "action"; } );').replace(
            'attributes = (', """attributes = (
  { name = "agencies"; type = "set"; values = ["police", "probation", "prison"]; },
  { name = "action-owner"; scope = "action"; values = ["police", "prison"]; },
  { name = "action-due"; scope = "action"; type = "date"; },""").replace(
            'events = (', """events = (
  { name = "agencies-set"; fields = ( { name = "agencies"; required = true; } ); },
  { name = "action-done"; item = "action"; },
  { name = "action-set"; new-item = "action"; fields = ( { name = "action-owner"; required = true; }, { name = "action-due"; required = true; } ); },""")
        rules = """rules = (
  { id = "action"; title = "Action done"; source = "tests"; basis = "By its day."; strength = "must"; per = "action"; by = "action-due";
    met-by = { event = "action-done"; }; alerts = ( { at = "due"; to = ["$action-owner", "$agencies", "liaison"]; } ); } );"""
        contacts = CONTACTS.replace('agencies = (', 'agencies = ( { name = "prison"; spoc = ["prison@example.gov.uk", "gate@example.gov.uk"]; },').replace(
            'roles = (', 'roles = ( { name = "liaison"; agencies = ["police"]; },')
        self.server = MailServer()
        self.addCleanup(lambda: self.server.stop())
        self.start(now="2023-01-24T09:00:00Z", mail=self.server.setting(), contacts=contacts, rules={"rules.cfg": words + rules})
        self.daemon.recorded({"case": "M-A001", "event": "agencies-set", "agencies": ["police", "probation"], "on": "2023-01-20"},
                             {"case": "M-A001", "event": "action-set", "item": "A1", "action-owner": "prison", "action-due": "2023-01-25", "on": "2023-01-20"},
                             {"case": "M-A001", "event": "action-set", "item": "A2", "action-owner": "police", "action-due": "2023-03-25", "on": "2023-01-20"})
        path = "/v1/routes?case=M-A001&rule=action&stage=due"
        self.assertEqual(self.daemon.ask("GET", path).error["field"], "item")
        rows = self.daemon.get(path + "&item=A1")["recipients"]
        self.assertEqual([(row["to"], row["name"], row["mailbox"]) for row in rows],
                         [("$action-owner", "prison", "prison@example.gov.uk"), ("$action-owner", "prison", "gate@example.gov.uk"),
                          ("$agencies", "police", "police@example.police.uk"), ("$agencies", "probation", "probation@example.gov.uk"),
                          ("liaison", "liaison", "police@example.police.uk")])
        self.assertEqual((rows[4]["kind"], rows[4]["entry"], rows[4]["entry_kind"]), ("role", "police", "agency"))
        self.assertEqual(self.daemon.ask("GET", path + "&item=A3").error["code"], "unknown-value")
        self.mails()
        self.daemon.move_clock("2023-01-25T09:00:00Z")
        self.assertEqual(sorted(recipient for recipient, subject in self.mails() if "1 due soon" in subject), sorted({row["mailbox"] for row in rows}))

    def test_the_route_for_people(self):
        self.run_on(contacts=GUARDED)
        table = self.ctl("routes", "test", "M-A001", "review", "overdue", "--as-of", "2023-02-02")
        self.assertIn("Review meeting, M-A001, stage \"overdue\", as of Thu 2 Feb 2023", table)
        self.assertIn("police-deputy@example.police.uk", table)
        self.assertIn("agency police, contacts line 5; absent from Wed 1 Feb 2023 until Fri 10 Feb 2023, so the deputy", table)
        self.assertEqual(len(json.loads(self.ctl("routes", "test", "M-A001", "review", "overdue", "--json"))["recipients"]), 2)
        self.assertEqual(len(self.ctl("routes", "test", "M-A001", "review", "overdue", "--csv").splitlines()), 3)
        self.assertIn('did you mean "overdue"?', self.ctl("routes", "test", "M-A001", "review", "overdu", fails=1))
        self.assertIn('did you mean "review"?', self.ctl("routes", "test", "M-A001", "reveiw", "overdue", fails=1))
        self.assertIn("nothing was ever recorded", self.ctl("routes", "test", "M-NONE1", "review", "overdue", fails=1))

    # ---- the outbox ----

    def test_the_outbox_is_listed_and_tried_again(self):
        self.server = MailServer()
        self.addCleanup(lambda: self.server.stop())
        self.server.answers["police@example.police.uk"] = "550 no such mailbox"
        self.start(now="2023-01-20T09:00:00Z", mail=self.server.setting())
        self.daemon.recorded(*CASE)
        self.daemon.move_clock("2023-01-23T09:00:00Z")
        def messages(state):
            return self.daemon.get(f"/v1/outbox?state={state}")["messages"]
        failed = eventually(lambda: messages("failed"), "a message that was given up")[0]
        self.assertEqual((failed["recipient"], failed["attempts"], failed["next_at"]), ("police@example.police.uk", 1, None))
        self.assertIn("550", failed["last_answer"])
        table = self.ctl("outbox")
        self.assertRegex(table, rf"(?m)^ *{failed['id']} +failed +police@example.police.uk .* 1 .*550")
        self.assertEqual(self.ctl("outbox", "--state", "waiting"), "No such messages.\n")
        self.assertIn("unit@example.police.uk", self.ctl("outbox", "--state", "sent", "--csv"))
        self.assertIn('did you mean "failed"?', self.ctl("outbox", "--state", "faild", fails=1))
        self.assertIn("which message", self.ctl("outbox", "retry", fails=2))
        self.assertIn("which message", self.ctl("outbox", "retry", "1", "--failed", fails=2))
        self.assertIn("would tell twice", self.ctl("outbox", "retry", messages("sent")[0]["id"], fails=1))
        self.assertIn("there is no message 4711", self.ctl("outbox", "retry", "4711", fails=1))
        self.server.answers.clear()
        self.assertEqual(self.ctl("outbox", "retry", failed["id"]), "1 message is tried again now.\n")
        eventually(lambda: failed["id"] in [message["id"] for message in messages("sent")], "the message that was tried again")
        sent = [message for message in messages("sent") if message["id"] == failed["id"]][0]
        self.assertEqual((sent["message_id"], sent["attempts"]), (failed["message_id"], 2))
        self.assertEqual(self.ctl("outbox", "retry", "--failed"), "No message was given up that could be tried again.\n")

    def test_a_message_that_waits_goes_at_once_when_asked_to(self):
        self.server = MailServer()
        self.server.stop()
        self.start(now="2023-01-20T09:00:00Z", mail=self.server.setting())
        self.daemon.recorded(*CASE)
        self.daemon.move_clock("2023-01-23T09:00:00Z")
        waiting = eventually(lambda: [message for message in self.daemon.get("/v1/outbox")["messages"] if message["attempts"] > 0],
                             "a first attempt")
        self.assertTrue(all(message["state"] == "waiting" and message["next_at"] > "2023-01-23T09" for message in waiting))
        self.server = MailServer(port=self.server.port)
        self.addCleanup(self.server.stop)
        for message in self.daemon.get("/v1/outbox")["messages"]:
            self.ctl("outbox", "retry", message["id"])
        eventually(lambda: self.daemon.get("/v1/outbox")["messages"] == [], "everything sent")


if __name__ == "__main__":
    main()
