#!/usr/bin/python3
"""Rules are law: a wrong file at the start ends the start, at a reload it changes nothing, and every mistake is named."""

import json

from harness import CONTACTS, RULES, VOCABULARY, BoxTest, Daemon, MailServer, main

COMMUNITY = {"case": "M-AAAA1", "event": "sentenced", "disposal": "community", "on": "2023-02-01"}
WRONG = RULES.replace('every = "16 weeks after"', 'every = "16 weeks"').replace('strength = "should"', 'strenght = "should"') \
             .replace('event = "meeting-held"; }; booked-by', 'event = "meeting-hold"; }; booked-by')


class Reload(BoxTest):
    def put(self, text):
        (self.daemon.dir / "rules/10-rules.cfg").write_text(text)

    def mail(self):
        """Mailboxes are held against the domains where mail can leave."""
        server = MailServer()
        self.addCleanup(server.stop)
        return server.setting()

    def due(self):
        return self.daemon.get("/v1/obligations?rule=first-meeting")["obligations"][0]["due"]

    def test_a_changed_period_moves_the_date(self):
        self.start()
        self.daemon.recorded(COMMUNITY)
        self.assertEqual(self.due(), "2023-03-01")
        self.put(RULES.replace('"4 weeks after"', '"6 weeks after"'))
        answer = self.daemon.accept()
        self.assertEqual((answer.status, answer.json["reloaded"]), (200, True))
        self.assertEqual(self.due(), "2023-03-15")

    def test_pages_lose_no_rule_that_came_later(self):
        """Two duties of one case fall due on the same day; the rule that was added stands before the other by its name."""
        self.start()
        self.daemon.recorded(COMMUNITY)
        (self.daemon.dir / "rules/20-more.cfg").write_text("""
            rules = ( { id = "a-letter"; title = "Letter"; source = "test"; basis = "Within 4 weeks."; strength = "must";
                        within = "4 weeks after"; from = { event = "sentenced"; }; met-by = { event = "meeting-held"; };
                        alerts = ( { at = "overdue"; to = "unit"; } ); } );""")
        self.daemon.accept()
        rows, cursor = [], ""
        while cursor is not None:
            page = self.daemon.get("/v1/obligations?due-before=2023-03-02&limit=1" + (f"&cursor={cursor}" if cursor else ""))
            rows, cursor = rows + [(row["rule"], row["due"]) for row in page["obligations"]], page["next"]
        self.assertEqual(sorted(rows), [("a-letter", "2023-03-01"), ("first-meeting", "2023-03-01")])

    def test_a_signal_reads_the_rest_anew_when_rules_are_the_same(self):
        self.start()
        self.daemon.limits = 'body = "2 KiB";'
        self.daemon.write_config()
        self.daemon.reload()
        self.assertFalse(self.daemon.status()["rules"]["reload_failure"])
        body = "\n".join(json.dumps(dict(COMMUNITY, case=f"M-{n:05}")) for n in range(60))
        self.assertEqual(self.daemon.ask("POST", "/v1/events", body, "application/x-ndjson").status, 413)

    def test_what_takes_effect_at_the_next_start_alone_is_said(self):
        self.start(now="2023-03-01T09:00:00Z")
        config = self.daemon.dir / "mappad.conf"
        before = config.read_text()
        for name, old, new in (("socket", '/sock"', '/other"'), ("sweep-at", '"07:30"', '"08:30"'), ("time-zone", '"Europe/London"', '"Europe/Berlin"'),
                               ("state-directory", '/state"', '/elsewhere"'), ("mail", "limits =", 'mail = { url = "smtp://localhost:25"; '
                               'from = "a@example.police.uk"; allow-domains = ["example.police.uk", "example.gov.uk"]; };\nlimits =')):
            config.write_text(before.replace(old, new))
            self.daemon.reload()
            self.assertIn(f'"{name}" has changed; that takes effect at the next start', self.daemon.read_log())
        self.assertEqual(self.daemon.status()["next_sweep"], "2023-03-02T07:30:00.000Z")
        self.assertFalse((self.daemon.dir / "other").exists())

    def test_wrong_rules_change_nothing_and_the_caller_gets_the_list(self):
        self.start()
        self.daemon.recorded(COMMUNITY)
        digest = self.daemon.get("/v1/rules")["digest"]
        self.put(WRONG)
        answer = self.daemon.ask("POST", "/v1/reload")
        self.assertEqual(answer.status, 422)
        problems = [problem for problem in answer.json["problems"] if problem["severity"] == "error"]
        text = "\n".join(problem["message"] for problem in problems)
        for word in ("16 weeks", "strenght", "strength", "meeting-hold", "meeting-held"):
            self.assertIn(word, text)
        self.assertTrue(all(problem["file"].endswith("10-rules.cfg") and problem["line"] > 0 for problem in problems))
        self.assertEqual((self.due(), self.daemon.get("/v1/rules")["digest"]), ("2023-03-01", digest))
        self.daemon.reload()
        self.assertEqual((self.due(), self.daemon.get("/v1/rules")["digest"]), ("2023-03-01", digest))
        self.assertTrue(self.daemon.status()["rules"]["reload_failure"])
        self.put(RULES)
        self.daemon.reload()
        self.assertFalse(self.daemon.status()["rules"]["reload_failure"])

    def test_a_route_to_nobody_is_refused(self):
        self.start(mail=self.mail())
        (self.daemon.dir / "contacts.cfg").write_text(CONTACTS.replace('name = "probation"', 'name = "prison"'))
        answer = self.daemon.ask("POST", "/v1/reload")
        self.assertEqual(answer.status, 422)
        self.assertIn("probation", "\n".join(problem["message"] for problem in answer.json["problems"]))

    def test_contacts_are_held_against_the_rules_also_where_no_mail_is_sent(self):
        self.start()
        (self.daemon.dir / "contacts.cfg").write_text(CONTACTS.replace('name = "probation"', 'name = "prison"'))
        answer = self.daemon.ask("POST", "/v1/reload")
        self.assertEqual(answer.status, 422)
        self.assertIn('"probation" is no agency', "\n".join(problem["message"] for problem in answer.json["problems"]))
        (self.daemon.dir / "contacts.cfg").write_text(CONTACTS.replace("watch =", "wach ="))
        self.assertIn("wach", self.daemon.check().stderr)
        (self.daemon.dir / "contacts.cfg").unlink()
        done = self.daemon.check()
        self.assertEqual((done.returncode, "nobody is written to" in done.stderr), (0, True), done.stderr)

    def test_wrong_rules_at_the_start_end_it_with_every_mistake(self):
        daemon = Daemon(self.directory / "d", rules={"00-vocabulary.cfg": VOCABULARY, "10-rules.cfg": WRONG})
        self.assertFalse(daemon.start(must=False))
        self.assertEqual(daemon.stop(), 1)
        log = daemon.read_log()
        for word in ("16 weeks", "strenght", "meeting-hold"):
            self.assertIn(word, log)

    def test_a_warning_reads_the_same_wherever_it_is_said(self):
        """At the start in the log, by --check, by rules check, at a reload: file, line, word, sentence."""
        rules = RULES.replace('at = "1 week before"; to = "unit"', 'at = "6 weeks before"; to = "unit"')
        self.start(rules={"00-vocabulary.cfg": VOCABULARY, "10-rules.cfg": rules})
        line = next(number for number, text in enumerate(rules.splitlines(), 1) if "6 weeks before" in text)
        said = f'{self.daemon.dir}/rules/10-rules.cfg:{line}: warning: the stage "6 weeks before" lies before'
        self.assertIn(said, self.daemon.read_log())
        self.assertIn(said, self.daemon.check().stderr)
        self.assertIn(said, self.daemon.ctl("rules", "check", self.daemon.dir / "rules").stdout)
        done = self.daemon.ctl("reload")
        self.assertEqual((done.returncode, done.stderr.count(said), done.stderr.count("6 weeks before")), (0, 1, 1), done.stderr)
        self.put(rules.replace("16 weeks after", "12 weeks after"))
        done = self.daemon.ctl("reload")
        self.assertEqual((done.returncode, done.stderr.count(said)), (1, 1), done.stderr)
        done = self.daemon.ctl("reload", "--accept", done.stderr.split()[-1])
        self.assertEqual((done.returncode, done.stderr.count(said)), (0, 1), done.stderr)
        self.put(WRONG)
        done = self.daemon.ctl("reload")
        self.assertIn("rules/10-rules.cfg:", done.stderr)
        self.assertIn(': error: "16 weeks" does not say how it counts', done.stderr)

    def test_check_names_every_mistake_of_every_file(self):
        daemon = Daemon(self.directory / "d", rules={"00-vocabulary.cfg": VOCABULARY, "10-rules.cfg": WRONG},
                        contacts=CONTACTS.replace("watch =", "wach ="), mail=self.mail())
        done = daemon.check()
        self.assertEqual(done.returncode, 1)
        for word in ("16 weeks", "strenght", "meeting-hold", "wach"):
            self.assertIn(word, done.stdout + done.stderr)

    def test_check_names_every_mistake_of_the_configuration(self):
        daemon = Daemon(self.directory / "d", limits='body = "1 MiBs"; idel = "60 s";')
        (daemon.dir / "mappad.conf").write_text((daemon.dir / "mappad.conf").read_text() + "sweep-att = 1;\n")
        done = daemon.check()
        self.assertEqual(done.returncode, 1)
        for word in ("sweep-att", "1 MiBs", "idel"):
            self.assertIn(word, done.stdout + done.stderr)

    def test_check_passes_what_is_right_and_touches_nothing(self):
        daemon = Daemon(self.directory / "d")
        done = daemon.check()
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertEqual(list((daemon.dir / "state").iterdir()), [])


if __name__ == "__main__":
    main()
