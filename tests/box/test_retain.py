#!/usr/bin/python3
"""What is held of a person, handed out whole; what need not be held any longer, gone."""

import csv
import io
import json
import os
import unittest

from harness import BoxTest, MailServer, eventually, main

PEOPLE = [{"case": "M-0001", "event": "sentenced", "on": "2023-02-20", "disposal": "community"},
          {"case": "M-0001", "event": "level-set", "on": "2023-02-20", "level": "2", "lead-agency": "police"},
          {"case": "M-00012", "event": "sentenced", "on": "2023-02-20", "disposal": "community"},
          {"case": "M-00012", "event": "level-set", "on": "2023-02-20", "level": "2", "lead-agency": "police"}]


class Held(BoxTest):
    def begin(self):
        self.server = MailServer()
        self.addCleanup(self.server.stop)
        daemon = self.start(mail=self.server.setting())
        daemon.recorded(*PEOPLE)
        daemon.move_clock("2023-03-13T09:00:00Z")               # a Monday: everybody hears something
        eventually(lambda: daemon.get("/v1/outbox")["messages"] == [], "an outbox that is done")
        return daemon

    def test_everything_about_a_case_is_one_document(self):
        daemon = self.begin()
        alerts = daemon.get("/v1/alerts?case=M-0001&limit=1000")["alerts"]
        daemon.ctl("ack", str(alerts[0]["id"]), "--role", "unit", "--why", "seen")
        case = daemon.get("/v1/cases/M-0001")
        done = daemon.ctl("subject-access", "M-0001", "--purpose", "request of 3 May")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        held = json.loads(done.stdout)
        self.assertEqual({key: held[key] for key in case if key != "record"}, {key: case[key] for key in case if key != "record"})
        self.assertEqual(held["record"], daemon.get("/v1/cases/M-0001/history")["record"])
        self.assertEqual(held["alerts"], sorted(daemon.get("/v1/alerts?case=M-0001&limit=1000")["alerts"], key=lambda alert: alert["id"]))
        self.assertTrue(held["alerts"] and held["acks"])
        # Messages that the server took and that name the case, with what they say of it and of nobody else.
        mails = [self.server.next() for _ in range(self.server.mails.qsize())]
        taken = {mail.message["Message-ID"].strip("<>"): mail for mail in mails if "M-0001 " in mail.text}
        self.assertEqual({message["message_id"] for message in held["messages"]}, set(taken))
        self.assertTrue(taken)
        for message in held["messages"]:
            self.assertTrue(set(message["alerts"]) <= {alert["id"] for alert in held["alerts"]})
            self.assertIn("M-0001", message["says"])
            self.assertNotIn("M-00012", message["says"])
            for paragraph in message["says"].split("\n\n"):
                self.assertIn(paragraph.strip(), taken[message["message_id"]].text.replace("\r\n", "\n"))
        self.assertTrue(held["diary"])
        self.assertEqual({mailbox for date in held["diary"] for mailbox in date["mailboxes"]}, {message["recipient"] for message in held["messages"]})
        self.assertEqual({line["case"] for line in held["accesses"]}, {"M-0001"})
        self.assertEqual([line["what"] for line in held["accesses"]].count("message"), len(held["messages"]))
        # That it was asked for is a line of the log.
        line = [line for line in daemon.get("/v1/access?case=M-0001")["accesses"] if line["what"] == "subject-access"][0]
        self.assertEqual((line["purpose"], line["uid"]), ("request of 3 May", os.getuid()))

    def test_wrong_calls(self):
        daemon = self.start()
        self.assertEqual(daemon.ctl("subject-access", "m-0001").returncode, 2)
        self.assertEqual(daemon.ctl("subject-access", "M-0001").returncode, 1)

    def test_the_log_of_accesses_is_exported(self):
        daemon = self.start()
        daemon.recorded(*PEOPLE)
        for _ in range(1200):
            daemon.get("/v1/cases/M-0001")
        daemon.get("/v1/cases/M-00012")
        logged = [json.loads(line) for line in daemon.ctl("access-log", "--json").stdout.splitlines()]
        exported = [json.loads(line) for line in daemon.ctl("export", "access").stdout.splitlines()]
        rows = list(csv.DictReader(io.StringIO(daemon.ctl("export", "access", "--csv").stdout)))
        mine = [line for line in exported if line["what"] == "case"]
        self.assertEqual(len(mine), 1201)
        self.assertEqual(mine, [line for line in logged if line["what"] == "case"])
        self.assertEqual([(row["seq"], row["case"], row["user"]) for row in rows if row["what"] == "case"],
                         [(str(line["seq"]), line["case"], line["user"]) for line in mine])
        seqs = [line["seq"] for line in exported]
        self.assertEqual(seqs, sorted(set(seqs), reverse=True))


if __name__ == "__main__":
    main()
