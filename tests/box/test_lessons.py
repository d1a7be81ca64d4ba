#!/usr/bin/python3
"""What other systems got wrong with alerts and mail, each as a named test: here, or where LESSONS says."""

import datetime

from harness import RULES, TREE, VOCABULARY, BoxTest, main

# What went wrong elsewhere: the tests that would see it here. A test of the C programs is the name of its function.
LESSONS = {
    "reminders fire only when today equals the date": {
        "tests/box/test_time.py": ["test_days_that_were_skipped_lose_nothing_and_only_the_highest_stage_speaks",
                                   "test_downtime_is_caught_up_with_at_the_start"],
        "tests/unit/app/test_alerts.c": ["each_stage_is_raised_on_its_day_and_once", "after_downtime_the_highest_stage_speaks_for_all"]},
    "the key against duplicates leaves out the due date": {
        "tests/box/test_time.py": ["test_a_moved_date_is_announced_again"],
        "tests/unit/app/test_alerts.c": ["a_date_moved_otherwise_is_announced_again", "a_date_that_moves_there_and_back_is_told_of_each_time"]},
    "a changed attribute does not trigger recalculation": {
        "tests/box/test_lessons.py": ["test_whatever_attribute_changes_the_duty_follows_in_the_same_answer"]},
    "incomplete records are skipped without a word": {
        "tests/unit/app/test_alerts.c": ["a_missing_fact_is_told_once"],
        "tests/box/test_lessons.py": ["test_what_cannot_be_dated_is_counted_and_told"]},
    "an overdue item whose recipient has no address is never mentioned again": {
        "tests/unit/rulefile/test_contacts.c": ["routes_are_proved_to_lead_to_somebody"],
        "tests/unit/app/test_delivery.c": ["a_route_to_nobody_goes_to_whoever_watches_who_hears_why", "what_nobody_can_be_told_waits_until_somebody_can"],
        "tests/box/test_mail.py": ["test_one_refused_mailbox_does_not_delay_another_and_is_told_to_the_unit"]},
    "an hour is wrong after the clocks changed; a stop when summer time ends": {
        "tests/box/test_time.py": ["test_a_week_across_the_end_of_summer_time", "test_every_hour_of_the_night_when_the_clocks_change"],
        "tests/unit/app/test_digest.c": ["dates_of_two_years_are_the_same_across_every_change_of_the_clocks"]},
    "the longest period is 99 hours, 120 hours, 7 days": {
        "tests/box/test_lessons.py": ["test_a_warning_comes_after_fifteen_years"]},
    "daily jobs slip later every day until one is missed": {
        "tests/box/test_lessons.py": ["test_sweeps_that_are_late_every_day_do_not_slip"]},
    "notifications lost or sent twice across a restart": {
        "tests/fault/test_kill.py": ["test_killed_at_each_step_nothing_is_lost_and_what_may_be_double_says_so"],
        "tests/fault/test_crash.py": ["test_killed_while_it_tells_it_tells_everything_once"]},
    "a holiday swallows the next day": {
        "tests/box/test_lessons.py": ["test_warnings_over_a_holiday_beside_a_weekend_come_before_it_and_breaches_on_it"]},
    "one failing recipient blocks the others": {
        "tests/box/test_mail.py": ["test_one_refused_mailbox_does_not_delay_another_and_is_told_to_the_unit"]},
    "mail failure is invisible": {
        "tests/unit/app/test_outbox.c": ["the_fifth_failure_is_told_and_tries_go_on"],
        "tests/box/test_mail_faults.py": ["test_a_relay_that_is_away_is_told_on_the_socket_after_five_failures_and_everything_arrives",
                                          "test_a_mailbox_of_the_unit_that_fails_is_told_to_the_other_at_once"]},
    "35 messages from one meeting": {
        "tests/box/test_mail.py": ["test_one_digest_for_each_recipient_and_morning", "test_two_spellings_of_one_mailbox_are_one_letter"],
        "tests/unit/app/test_outbox.c": ["many_messages_that_fail_are_one_line_of_the_digest"]},
    "a rule that can never fire looks like health": {
        "tests/box/test_watch.py": ["test_promtool_has_nothing_to_object_to"]},
    "running timers cannot be re-dated": {
        "tests/box/test_change.py": ["test_a_plain_edit_moves_every_open_date_and_tells_why"],
        "tests/unit/app/test_alerts.c": ["another_period_moves_announced_dates_and_says_so"]},
    "a one-off bank holiday is missing or late": {
        "tests/box/test_change.py": ["test_a_holiday_added_later_moves_working_days_and_says_which_day_it_was",
                                     "test_a_holiday_on_the_due_date_moves_the_day_to_plan_by"]},
}


def stages(daemon, rule, case=None):
    return [(alert["day"], alert["stage"]) for alert in daemon.alerts()
            if alert["kind"] == "stage" and alert["rule"] == rule and case in (None, alert["case"])]


class Lessons(BoxTest):
    def test_every_lesson_names_tests_that_there_are(self):
        for lesson, places in LESSONS.items():
            for place, names in places.items():
                text = (TREE / place).read_text()
                for name in names:
                    with self.subTest(lesson=lesson, name=name):
                        self.assertRegex(text, rf"cmocka_unit_test\({name}\)" if place.endswith(".c") else rf"def {name}\(self\)")

    def test_whatever_attribute_changes_the_duty_follows_in_the_same_answer(self):
        self.start(now="2023-03-01T09:00:00Z")
        def states(answer):
            return {row["rule"]: row["state"] for row in answer["changed"] if row["rule"] == "review"}
        case = {"case": "M-L1"}
        recorded = self.daemon.recorded({**case, "event": "level-set", "level": "2", "lead-agency": "police", "on": "2023-01-02"})
        self.assertEqual(states(recorded), {"review": "unevaluable"})          # where it is, is not known
        recorded = self.daemon.recorded({**case, "event": "sentenced", "disposal": "community", "on": "2023-01-02"})
        self.assertEqual(states(recorded), {"review": "open"})
        recorded = self.daemon.recorded({**case, "event": "recalled", "on": "2023-02-01"})
        self.assertEqual(states(recorded), {"review": "paused"})
        recorded = self.daemon.recorded({**case, "event": "released", "on": "2023-02-02"})
        self.assertEqual(states(recorded), {"review": "open"})
        recorded = self.daemon.recorded({**case, "event": "level-set", "level": "1", "on": "2023-03-01"})
        self.assertEqual(self.daemon.get("/v1/obligations?case=M-L1&rule=review")["obligations"], [])
        self.assertEqual(self.daemon.ask("POST", f"/v1/events/{recorded['last_seq']}/retract", {"why": "a test"}).status, 201)
        row, = self.daemon.get("/v1/obligations?case=M-L1&rule=review")["obligations"]
        self.assertEqual((row["state"], row["due"]), ("open", "2023-04-25"))    # 112 days after 2 January, and one in custody

    def test_what_cannot_be_dated_is_counted_and_told(self):
        self.start(now="2023-03-01T09:00:00Z")
        self.daemon.recorded({"case": "M-L1", "event": "level-set", "level": "2", "on": "2023-02-01"})
        self.daemon.move_clock("2023-03-02T09:00:00Z")
        self.assertEqual(self.daemon.status()["open"]["unevaluable"], 1)
        told = [alert for alert in self.daemon.alerts() if alert["kind"] == "unevaluable"]
        self.assertEqual([(alert["case"], alert["rule"]) for alert in told], [("M-L1", "review")])
        self.assertIn('mappad_obligations{state="unevaluable"} 1\n', self.daemon.ask("GET", "/metrics").body.decode())

    def test_a_warning_comes_after_fifteen_years(self):
        rules = RULES.replace('within = "4 weeks after"', 'within = "15 years after"')
        self.start(now="2020-05-04T09:00:00Z", rules={"00-vocabulary.cfg": VOCABULARY, "10-rules.cfg": rules})
        self.daemon.recorded({"case": "M-L1", "event": "sentenced", "disposal": "community", "on": "2020-05-04"})
        self.daemon.move_clock("2035-04-26T09:00:00Z")
        self.assertEqual(stages(self.daemon, "first-meeting"), [])
        self.daemon.move_clock("2035-04-27T09:00:00Z")          # a Friday, a week before Friday 4 May 2035
        self.assertEqual(stages(self.daemon, "first-meeting"), [("2035-04-27", "1 week before")])

    def test_sweeps_that_are_late_every_day_do_not_slip(self):
        """Each day forty minutes later than the day before, around midnight and on: every day has its sweep."""
        self.start(now="2023-01-02T08:00:00Z")
        self.daemon.recorded({"case": "M-L1", "event": "sentenced", "disposal": "community", "on": "2023-01-02"})
        at = datetime.datetime(2023, 1, 2, 8, 0)
        swept = []
        for _ in range(40):
            at += datetime.timedelta(days=1, minutes=40)
            self.daemon.move_clock(at.isoformat() + "Z")
            status = self.daemon.status()
            swept.append(status["last_sweep"])
            self.assertTrue(status["next_sweep"].endswith("T07:30:00.000Z"))
            self.assertLess(datetime.datetime.fromisoformat(status["next_sweep"][:19]) - at, datetime.timedelta(days=1))
        self.assertEqual(len(set(swept)), 40)
        self.assertEqual(stages(self.daemon, "first-meeting"), [("2023-01-23", "1 week before"), ("2023-01-31", "overdue")])

    def test_warnings_over_a_holiday_beside_a_weekend_come_before_it_and_breaches_on_it(self):
        # Good Friday is 7 April. Two weeks before 21, 22, 23 and 24 April are that Friday, the days of the weekend, and Monday.
        begun = {"2022-12-30": "2023-04-06", "2022-12-31": "2023-04-06", "2023-01-01": "2023-04-06", "2023-01-02": "2023-04-10"}
        self.start(now="2023-03-31T09:00:00Z")
        for number, on in enumerate(begun):
            self.daemon.recorded({"case": f"M-H{number}", "event": "level-set", "level": "2", "on": on},
                                 {"case": f"M-H{number}", "event": "sentenced", "disposal": "community", "on": on},
                                 {"case": f"M-H{number}", "event": "meeting-held", "on": on})
        self.daemon.recorded(*({"case": f"M-O{day}", "event": "sentenced", "disposal": "community", "on": f"2023-03-{day:02}"}
                               for day in range(9, 13)))        # due on 6 to 9 April, overdue the day after each
        for day in range(1, 12):
            self.daemon.move_clock(f"2023-04-{day:02}T09:00:00Z")
        self.assertEqual([stages(self.daemon, "review", f"M-H{number}") for number in range(4)],
                         [[(day, "2 weeks before")] for day in begun.values()])
        self.assertEqual([(day, stage) for day, stage in stages(self.daemon, "first-meeting") if stage == "overdue"],
                         [(f"2023-04-{day:02}", "overdue") for day in range(7, 11)])


if __name__ == "__main__":
    main()
