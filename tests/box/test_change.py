#!/usr/bin/python3
"""The law of a caseload is changed by those who have seen what that does: shown first, accepted by its digest, recorded with its
effect, and told to everybody whose date moves."""

import json
import os
import pty
import subprocess

from harness import CONTACTS, DEADLINE_S, MAPPACTL, RULES, VOCABULARY, BoxTest, MailServer, main

# Two cases at level 2, heard on 20 January 2023, and one that was sentenced on 2 February. 16 weeks are 112 days: 12 May. 12
# weeks are 84 days: 14 April. Four weeks from 2 February: 2 March.
CASELOAD = [{"case": case, "event": event, **fields} for case in ("M-AAAA1", "M-AAAA2") for event, fields in (
    ("sentenced", {"on": "2023-01-02", "disposal": "community"}),
    ("level-set", {"on": "2023-01-02", "level": "2", "lead-agency": "police"}),
    ("meeting-held", {"on": "2023-01-20"}))] + [{"case": "M-AAAA3", "event": "sentenced", "on": "2023-02-02", "disposal": "community"}]
TWELVE = RULES.replace("16 weeks after", "12 weeks after")
EXTRA_DAY = VOCABULARY.replace("holidays = (", 'holidays = ( { on = "2023-04-24"; name = "Extra day"; },')
WORKING_DAYS = RULES.replace('within = "4 weeks after"', 'within = "5 working days after"')
NOWHERE = "0" * 64


class Change(BoxTest):
    def begin(self, now="2023-04-20T09:00:00Z", **settings):
        self.start(now=now, **settings)
        self.daemon.recorded(*CASELOAD)

    def put(self, rules=None, vocabulary=None, contacts=None):
        if rules is not None:
            (self.daemon.dir / "rules/10-rules.cfg").write_text(rules)
        if vocabulary is not None:
            (self.daemon.dir / "rules/00-vocabulary.cfg").write_text(vocabulary)
        if contacts is not None:
            (self.daemon.dir / "contacts.cfg").write_text(contacts)

    def directory_of(self, name, rules=RULES, vocabulary=VOCABULARY):
        folder = self.directory / name
        folder.mkdir()
        (folder / "00-vocabulary.cfg").write_text(vocabulary)
        (folder / "10-rules.cfg").write_text(rules)
        return folder

    def facts(self):
        path = self.directory / "facts.ndjson"
        path.write_text("".join(json.dumps(event) + "\n" for event in CASELOAD))
        return path

    def due(self, case="M-AAAA1", rule="review"):
        return [row["due"] for row in self.daemon.get(f"/v1/obligations?rule={rule}&case={case}")["obligations"]]

    def diff(self, *words):
        done = self.daemon.ctl("rules", "diff", "--json", *words)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    def moved(self):
        return [alert for alert in self.daemon.alerts() if alert["kind"] == "moved"]

    # --- seen first ---

    def test_a_reload_without_acceptance_changes_nothing_and_says_what_it_would_do(self):
        self.begin()
        self.put(TWELVE)
        answer = self.daemon.ask("POST", "/v1/reload")
        self.assertEqual((answer.status, answer.error["code"]), (409, "not-accepted"))
        counts = answer.json["counts"]
        self.assertEqual((counts["cases"], counts["cases_changed"], counts["due"], counts["overdue"]), (3, 2, 2, 2))
        self.assertEqual((counts["overdue_before"], counts["overdue_after"]), (1, 3))
        self.assertEqual(self.due(), ["2023-05-12"])
        self.assertEqual(self.daemon.status()["rules"]["awaiting"], answer.json["digest"])

    def test_the_digest_that_was_seen_puts_it_in_force_and_its_effect_is_recorded(self):
        self.begin()
        self.put(TWELVE)
        before = self.daemon.status()["rules"]["in_force"]
        digest = self.daemon.ask("POST", "/v1/reload").json["digest"]
        answer = self.daemon.ask("POST", "/v1/reload", {"accept": digest})
        self.assertEqual((answer.status, answer.json["changed"], answer.json["in_force"]), (200, True, digest))
        self.assertEqual(answer.json["counts"]["due"], 2)
        self.assertEqual(self.due(), ["2023-04-14"])
        self.assertIsNone(self.daemon.status()["rules"]["awaiting"])
        latest, first = self.daemon.get("/v1/rules/history")["changes"]
        self.assertEqual((latest["before"], latest["after"], latest["how"], latest["accepted"]), (before, digest, "reload", True))
        self.assertEqual((latest["uid"], latest["counts"]["overdue"]), (os.getuid(), 2))
        self.assertEqual((first["before"], first["after"], first["how"], first["uid"]), (None, before, "first", None))

    def test_a_digest_of_something_else_is_refused(self):
        self.begin()
        self.put(TWELVE)
        for wrong in (NOWHERE, self.daemon.status()["rules"]["in_force"]):
            answer = self.daemon.ask("POST", "/v1/reload", {"accept": wrong})
            self.assertEqual((answer.status, answer.json["counts"]["due"]), (409, 2))
        for malformed in ("", "abc", "G" * 64, 7, None):
            self.assertEqual(self.daemon.ask("POST", "/v1/reload", {"accept": malformed}).status, 400, malformed)
        self.assertEqual(self.daemon.ask("POST", "/v1/reload", {"acept": NOWHERE}).status, 400)
        self.assertEqual(self.due(), ["2023-05-12"])

    def test_files_that_changed_since_they_were_looked_at_are_refused(self):
        self.begin()
        self.put(TWELVE)
        digest = self.daemon.ask("POST", "/v1/reload").json["digest"]
        self.put(RULES.replace("16 weeks after", "10 weeks after"))
        answer = self.daemon.ask("POST", "/v1/reload", {"accept": digest})
        self.assertEqual(answer.status, 409)
        self.assertNotEqual(answer.json["digest"], digest)
        self.assertEqual(self.due(), ["2023-05-12"])
        self.put(TWELVE)
        self.assertEqual(self.daemon.ask("POST", "/v1/reload", {"accept": digest}).status, 200)

    def test_changed_contacts_want_to_be_seen_too(self):
        server = MailServer()
        self.addCleanup(server.stop)
        self.begin(mail=server.setting())
        self.put(contacts=CONTACTS.replace("police@example.police.uk", "spoc@example.police.uk"))
        answer = self.daemon.ask("POST", "/v1/reload")
        self.assertEqual((answer.status, answer.json["counts"]["recipients"], answer.json["counts"]["due"]), (409, 2, 0))
        shown = self.diff()
        self.assertEqual(shown["readdressed"], [{"what": "agency", "name": "police", "from": "2023-04-20",
                                                 "before": "police@example.police.uk", "after": "spoc@example.police.uk"}])
        told = self.daemon.ctl("reload").stdout
        self.assertRegex(told, r"\n  mailboxes +agency police  police@example.police.uk -> spoc@example.police.uk from Thu 20 Apr 2023\n")
        self.assertEqual(self.daemon.ask("POST", "/v1/reload", {"accept": shown["digest"]}).json["counts"]["recipients"], 2)

    # --- by signal, by restart ---

    def test_a_signal_keeps_what_nobody_has_accepted_and_says_so(self):
        self.begin()
        self.put(TWELVE)
        self.daemon.reload()
        rules = self.daemon.status()["rules"]
        self.assertEqual(self.due(), ["2023-05-12"])
        self.assertIn(f"mappactl reload --accept {rules['awaiting']}", rules["reload_failure"])
        self.assertIn(rules["awaiting"], self.daemon.read_log())

    def test_a_signal_takes_what_was_accepted_beforehand_once(self):
        self.begin()
        draft = self.directory_of("draft", TWELVE)
        self.assertEqual(self.daemon.ctl("rules", "accept", self.diff(draft)["digest"]).returncode, 0)
        self.daemon.reload()
        self.assertEqual(self.due(), ["2023-05-12"])
        self.put(TWELVE)
        self.daemon.reload()
        self.assertEqual(self.due(), ["2023-04-14"])
        self.assertEqual(self.daemon.get("/v1/rules/history")["changes"][0]["how"], "signal")
        self.put(RULES)
        self.assertEqual(self.daemon.accept().status, 200)
        self.put(TWELVE)
        self.daemon.reload()
        self.assertEqual(self.due(), ["2023-05-12"], "an acceptance is used up when it comes into force")

    def test_a_restart_takes_changed_rules_records_them_and_alerts_the_unit(self):
        self.begin()
        self.daemon.stop()
        self.put(TWELVE)
        self.daemon.start()
        self.assertEqual(self.due(), ["2023-04-14"])
        latest = self.daemon.get("/v1/rules/history")["changes"][0]
        self.assertEqual((latest["how"], latest["accepted"], latest["uid"], latest["counts"]["due"]), ("start", False, None, 2))
        alerts = [alert for alert in self.daemon.alerts() if alert["kind"] == "rules-changed"]
        self.assertEqual([alert["subject"] for alert in alerts], [latest["after"]])
        self.assertEqual({alert["says"] for alert in self.moved()}, {"rule changed: 16 weeks after -> 12 weeks after"})
        self.daemon.stop()
        self.daemon.start()
        self.assertEqual(len(self.daemon.get("/v1/rules/history")["changes"]), 2)

    def test_a_restart_with_rules_that_were_accepted_alerts_nobody(self):
        self.begin()
        draft = self.directory_of("draft", TWELVE)
        self.daemon.ctl("rules", "accept", self.diff(draft)["digest"])
        self.daemon.stop()
        self.put(TWELVE)
        self.daemon.start()
        self.assertTrue(self.daemon.get("/v1/rules/history")["changes"][0]["accepted"])
        self.assertEqual([alert for alert in self.daemon.alerts() if alert["kind"] == "rules-changed"], [])

    def test_what_was_put_in_force_is_whole_after_a_kill(self):
        self.begin()
        self.put(TWELVE)
        digest = self.daemon.ask("POST", "/v1/reload").json["digest"]
        self.assertEqual(self.daemon.ask("POST", "/v1/reload", {"accept": digest}).status, 200)
        self.daemon.kill()
        self.daemon.start()
        self.assertEqual((self.due(), len(self.moved())), (["2023-04-14"], 2))
        self.assertEqual(self.daemon.get("/v1/rules/history")["changes"][0]["after"], digest)

    # --- 16 weeks become 12 in the middle of the year ---

    def test_a_plain_edit_moves_every_open_date_and_tells_why(self):
        self.begin()
        self.put(TWELVE)
        self.daemon.accept()
        moved = self.moved()
        self.assertEqual([(alert["case"], alert["old_due"], alert["due"], alert["says"]) for alert in moved],
                         [(case, "2023-05-12", "2023-04-14", "rule changed: 16 weeks after -> 12 weeks after")
                          for case in ("M-AAAA1", "M-AAAA2")])
        # What is overdue now is raised at the next sweep, once, under the new date.
        self.daemon.move_clock("2023-04-21T09:00:00Z")
        stages = [(alert["case"], alert["stage"]) for alert in self.daemon.alerts(rule="review")
                  if alert["kind"] == "stage" and alert["due"] == "2023-04-14"]
        self.assertEqual(stages, [("M-AAAA1", "overdue"), ("M-AAAA2", "overdue")])
        self.assertEqual(len(self.moved()), 2)

    def test_a_new_version_leaves_what_runs_and_changes_what_starts(self):
        self.begin()
        head = '{ id = "review"; title = "Review meeting"; '
        old = RULES[RULES.index(head):RULES.index('{ id = "first-meeting"')]
        until = old.replace(head, head + 'in-force = { until = "2023-04-30"; }; ')
        since = old.replace(head, head + 'in-force = { from = "2023-05-01"; }; ').replace("16 weeks", "12 weeks")
        self.put(RULES.replace(old, until + since))
        shown = self.diff()
        self.assertEqual([(edit["what"], edit["setting"], edit["day"]) for edit in shown["amendments"]],
                         [("rule-changed", "in-force", None), ("version-added", None, "2023-05-01")])
        self.assertEqual(shown["counts"]["cases_changed"], 0)
        self.daemon.accept()
        self.assertEqual((self.due(), self.moved()), (["2023-05-12"], []))
        self.daemon.move_clock("2023-05-02T09:00:00Z")
        self.daemon.recorded({"case": "M-AAAA1", "event": "meeting-held", "on": "2023-05-02"})
        self.assertEqual(self.due(), ["2023-07-25"])        # 84 days
        self.assertEqual(self.due("M-AAAA2"), ["2023-05-12"])

    # --- a holiday ---

    def test_a_holiday_added_later_moves_working_days_and_says_which_day_it_was(self):
        self.start(now="2023-04-20T09:00:00Z", rules={"00-vocabulary.cfg": VOCABULARY, "10-rules.cfg": WORKING_DAYS})
        self.daemon.recorded({"case": "M-AAAA3", "event": "sentenced", "on": "2023-04-20", "disposal": "community"})
        # 21, 24, 25, 26, 27 April; without Monday the 24th the fifth is Friday the 28th.
        self.assertEqual(self.due("M-AAAA3", "first-meeting"), ["2023-04-27"])
        self.put(vocabulary=EXTRA_DAY)
        self.assertEqual(self.daemon.accept().json["counts"]["due"], 1)
        self.assertEqual(self.due("M-AAAA3", "first-meeting"), ["2023-04-28"])
        self.assertEqual([(alert["old_due"], alert["due"], alert["says"]) for alert in self.moved()],
                         [("2023-04-27", "2023-04-28", "calendar: 2023-04-24 added")])

    def test_a_holiday_on_the_due_date_moves_the_day_to_plan_by(self):
        # Four weeks from Monday 27 March: Monday 24 April, and the Friday before once that Monday is a holiday.
        self.start(now="2023-04-20T09:00:00Z")
        self.daemon.recorded({"case": "M-AAAA3", "event": "sentenced", "on": "2023-03-27", "disposal": "community"})
        self.put(vocabulary=EXTRA_DAY)
        shown = self.diff()
        self.assertEqual((shown["counts"]["due"], shown["counts"]["plan-by"]), (0, 1))
        self.daemon.accept()
        alert, = self.moved()
        self.assertEqual((alert["due"], alert["plan_by"], alert["old_due"]), ("2023-04-24", "2023-04-21", None))
        self.assertEqual(alert["says"], "plan-by 2023-04-21 instead of 2023-04-24: calendar: 2023-04-24 added")

    def test_provisional_dates_become_firm_without_noise(self):
        short = VOCABULARY.replace('until = "2040-12-31"', 'until = "2023-03-31"')
        self.begin(rules={"00-vocabulary.cfg": short, "10-rules.cfg": RULES})
        self.put(vocabulary=VOCABULARY)
        shown = self.diff()
        review = next(row for row in shown["differences"] if row["case"] == "M-AAAA1" and row["rule"] == "review")
        self.assertEqual((review["changes"], review["before"]["provisional"], review["after"]["provisional"]),
                         (["state"], True, False))
        self.assertEqual(shown["amendments"][0]["setting"], "covers")
        self.daemon.accept()
        self.assertEqual(self.moved(), [])

    def test_an_event_that_moves_an_announced_date_is_named_and_a_pause_is_no_news(self):
        self.begin(now="2023-05-05T09:00:00Z")
        self.daemon.recorded({"case": "M-AAAA1", "event": "recalled", "on": "2023-04-30"},
                             {"case": "M-AAAA1", "event": "released", "on": "2023-05-03"})
        self.assertEqual(self.due(), ["2023-05-15"])        # three days in custody
        self.assertEqual(self.moved(), [], "paused days alone are no news")
        # The other was heard on 18 January, not on the 20th: 112 days later is 10 May.
        held = self.daemon.get("/v1/cases/M-AAAA2")["record"][2]["seq"]
        seq = self.daemon.recorded({"case": "M-AAAA2", "event": "meeting-held", "on": "2023-01-18", "replaces": held, "why": "wrong day"})["last_seq"]
        alert, = self.moved()
        self.assertEqual((alert["case"], alert["old_due"], alert["due"]), ("M-AAAA2", "2023-05-12", "2023-05-10"))
        self.assertIn(str(seq), alert["says"])

    # --- rules diff ---

    def test_the_caseload_of_the_daemon_and_of_a_file_give_the_same_answer(self):
        self.begin(contacts=CONTACTS.replace('roles = (', 'roles = ( { name = "board-chair"; mailboxes = ["chair@example.police.uk"]; },'))
        rules = TWELVE.replace('to = ["unit", "$lead-agency"]; again', 'to = ["unit", "board-chair"]; again')
        old, new = self.directory_of("old"), self.directory_of("new", rules, EXTRA_DAY)
        here = self.diff("--facts", self.facts(), "--as-of", "2023-04-20", old, new)
        there = self.diff(old, new)
        running = self.diff(new)
        for answer in (here, there, running):
            answer.pop("problems")
        self.assertEqual(there, running)
        self.assertEqual(here, there)
        self.assertEqual(here["counts"]["recipients"], 2)
        self.put(rules, EXTRA_DAY)
        self.assertEqual(self.daemon.ask("POST", "/v1/reload", {"accept": here["digest"]}).status, 200)

    def test_every_difference_is_told(self):
        self.begin()
        new = TWELVE.replace('to = ["unit", "$lead-agency"]; again', 'to = ["unit", "board-chair"]; again')
        shown = self.diff(self.directory_of("new", new))
        row = next(row for row in shown["differences"] if row["case"] == "M-AAAA1" and "due" in row["changes"])
        self.assertEqual(row["changes"], ["due", "overdue", "recipients"])
        self.assertEqual((row["before"]["due"], row["after"]["due"]), ("2023-05-12", "2023-04-14"))
        self.assertEqual(row["stages"], [{"at": "overdue", "before": "police, unit", "after": "board-chair, unit",
                                          "readdressed": False}])
        self.assertEqual([(edit["name"], edit["setting"], edit["before"], edit["after"]) for edit in shown["amendments"]][0],
                         ("review", "every", "16 weeks after", "12 weeks after"))
        self.assertEqual(shown["rules"][0]["due"], 2)

    def test_duties_that_appear_and_vanish(self):
        self.begin()
        without = "rules = (" + RULES[RULES.index('{ id = "first-meeting"'):]
        shown = self.diff(self.directory_of("without", without))
        self.assertEqual((shown["counts"]["vanishes"], shown["counts"]["appears"]), (2, 0))
        shown = self.diff(self.directory_of("without-too", without), self.directory_of("with"))
        self.assertEqual((shown["counts"]["vanishes"], shown["counts"]["appears"]), (0, 2))

    def test_words_that_are_no_longer_known_are_counted(self):
        self.begin()
        vocabulary = VOCABULARY.replace('{ name = "lead-agency"; values = ["police", "probation"]; }',
                                        '{ name = "lead-agency"; values = ["prison", "probation"]; }')
        old, new = self.directory_of("old"), self.directory_of("new", RULES, vocabulary)
        here = self.diff("--facts", self.facts(), "--as-of", "2023-04-20", old, new)
        self.assertEqual((here["counts"]["unreadable"], here["counts"]["vanishes"]), (2, 2))
        there = self.diff(new)
        self.assertEqual(there["counts"], here["counts"])

    def test_the_list_is_bounded_and_can_be_had_whole(self):
        self.begin()
        new = self.directory_of("new", TWELVE)
        self.assertEqual((len(self.diff("--limit", "1", new)["differences"]), self.diff("--limit", "1", new)["left_out"]), (1, 1))
        self.assertEqual(len(self.diff("--all", new)["differences"]), 2)
        text = self.daemon.ctl("rules", "diff", "--limit", "1", new).stdout
        self.assertIn("and 1 more", text)
        self.assertEqual(text.splitlines()[-1].split(), ["Digest", self.diff(new)["digest"]])
        table = self.daemon.ctl("rules", "diff", "--csv", new).stdout.splitlines()
        self.assertEqual(table[1], 'M-AAAA1,review,,Review meeting,due overdue,open,2023-05-12,overdue,2023-04-14,2023-05-12,2023-04-14,')

    def test_contacts_of_a_draft_are_checked_also_where_no_mail_is_configured(self):
        self.begin()
        draft = self.directory_of("draft", TWELVE)
        contacts = self.directory / "contacts.cfg"
        contacts.write_text(CONTACTS.replace("unit@", "office@"))
        done = self.daemon.ctl("rules", "diff", draft, "--contacts", contacts)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("contacts.cfg: warning: no mail is configured: the contacts are checked, and nobody is written to\n", done.stderr)
        self.assertIn("2 of 3 cases differ", done.stdout)
        self.put(TWELVE, contacts=contacts.read_text())     # what was shown is what comes
        self.assertEqual(self.daemon.ctl("reload", "--accept", done.stdout.split("Digest ")[1].split()[0]).returncode, 0)
        contacts.write_text(CONTACTS.replace('name = "unit"', 'name = "office"'))
        done = self.daemon.ctl("rules", "diff", draft, "--contacts", contacts)
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertIn('"unit"', done.stderr)

    def test_wrong_drafts_are_refused_with_every_mistake(self):
        self.begin()
        wrong = RULES.replace('strength = "should"', 'strenght = "should"')
        done = self.daemon.ctl("rules", "diff", self.directory_of("wrong", wrong))
        self.assertEqual(done.returncode, 1)
        self.assertIn("strenght", done.stderr)
        side = {"rules": [{"name": "a.cfg", "text": wrong}]}
        self.assertEqual(self.daemon.ask("POST", "/v1/rules/diff", {"after": side}).status, 422)
        for body in ("[]", "{", {"after": {}}, {"afer": {}}, {"after": {"rules": []}}, {"after": {"rules": [{"name": "a/b", "text": ""}]}},
                     {"after": {"rules": [{"name": 1, "text": ""}]}}, {"after": {"contacts": 7}}, {"after": {"contacts": "x", "z": 1}}):
            self.assertEqual(self.daemon.ask("POST", "/v1/rules/diff", body).status, 400, body)
        self.assertEqual(self.daemon.ctl("rules", "diff", "--facts", self.facts(), self.directory_of("one")).returncode, 2)
        self.assertEqual(self.daemon.ctl("rules", "diff", "--limit", "0").returncode, 2)

    def test_looking_changes_nothing(self):
        self.begin()
        before = self.daemon.status()
        self.diff(self.directory_of("new", TWELVE, EXTRA_DAY))
        after = self.daemon.status()
        for key in ("alerts", "open", "last_seq", "chain_head", "rules"):
            self.assertEqual(before[key], after[key], key)

    # --- the tool ---

    def test_mappactl_reload_asks_on_a_terminal(self):
        self.begin()
        self.put(TWELVE)
        for said, status, due in (("n", 1, "2023-05-12"), ("y", 0, "2023-04-14")):
            near, far = pty.openpty()
            process = subprocess.Popen([str(MAPPACTL), "reload"], stdin=far, stdout=far, stderr=far,
                                       env={**os.environ, "MAPPAD_SOCKET": str(self.daemon.socket)})
            os.close(far)
            shown = b""
            while b"[y/N]" not in shown:
                shown += os.read(near, 65536)
            os.write(near, said.encode() + b"\n")
            self.assertEqual(process.wait(DEADLINE_S), status)
            os.close(near)
            self.assertEqual(self.due(), [due])

    def test_mappactl_reload_without_a_terminal_shows_and_refuses(self):
        self.begin()
        self.put(TWELVE)
        done = self.daemon.ctl("reload", stdin="y\n")
        self.assertEqual(done.returncode, 1)
        digest = done.stdout.splitlines()[-1].split()[1]
        self.assertIn(f"mappactl reload --accept {digest}", done.stderr)
        self.assertEqual(self.due(), ["2023-05-12"])
        self.assertEqual(self.daemon.ctl("reload", "--accept", NOWHERE).returncode, 1)
        done = self.daemon.ctl("reload", "--accept", digest)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(digest, done.stdout)
        self.assertEqual(self.daemon.ctl("reload").returncode, 0, "nothing to accept")
        self.assertIn(digest[:16], self.daemon.ctl("rules", "history").stdout)

    def test_what_was_in_force_can_be_read_as_it_stood(self):
        server = MailServer()
        self.addCleanup(server.stop)
        self.begin(mail=server.setting())
        before = self.daemon.status()["rules"]
        self.put(TWELVE, contacts=CONTACTS.replace("Unit", "The unit"))
        self.daemon.accept()
        rules, contacts = self.daemon.get(f"/v1/rules/editions/{before['in_force']}")["editions"]
        self.assertEqual([(file["name"], file["text"]) for file in rules["files"]],
                         [("00-vocabulary.cfg", VOCABULARY), ("10-rules.cfg", RULES)])
        self.assertEqual(contacts["files"][0]["text"], CONTACTS)
        self.assertEqual(rules["digest"], before["digest"])
        self.assertIn("16 weeks after", self.daemon.ctl("rules", "show", before["digest"][:12]).stdout)
        odd = TWELVE.replace("Every 16 weeks.", "\u00e9very" * 90) + "\r\n\t# tabs, and lines that end as elsewhere\r\n"
        self.put(odd)
        accepted = self.daemon.accept()
        self.assertEqual(accepted.status, 200, accepted.body)
        done = subprocess.run([MAPPACTL, "rules", "show", self.daemon.status()["rules"]["digest"]], capture_output=True, timeout=DEADLINE_S,
                              env={**os.environ, "MAPPAD_SOCKET": str(self.daemon.socket)})
        self.assertIn("\n# file 10-rules.cfg\n" + odd, done.stdout.decode())
        self.assertEqual(self.daemon.ask("GET", f"/v1/rules/editions/{NOWHERE}").status, 404)
        for bad in ("abc", "XYZXYZXYZ", "0" * 65):
            self.assertEqual(self.daemon.ask("GET", f"/v1/rules/editions/{bad}").status, 400)


if __name__ == "__main__":
    main()
