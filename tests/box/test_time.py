#!/usr/bin/python3
"""Days go by: sweeps, stages, the end of summer time, downtime. Each stage is raised once, whatever happens."""

import collections
import datetime

from harness import BoxTest, eventually, main

LEVEL_2 = {"event": "level-set", "level": "2", "lead-agency": "police"}
COMMUNITY = {"event": "sentenced", "disposal": "community"}


def identity(alert):
    return (alert["kind"], alert["case"], alert["rule"], alert["item"], alert["started"], alert["due"], alert["stage"], alert["repeat"])


class Time(BoxTest):
    def stages(self, **filters):
        return [(alert["day"], alert["stage"], alert["repeat"]) for alert in self.daemon.alerts(**filters) if alert["kind"] == "stage"]

    def once(self):
        counts = collections.Counter(map(identity, self.daemon.alerts()))
        self.assertEqual([key for key, count in counts.items() if count > 1], [])

    def test_the_next_sweep_is_the_earliest_that_is_not_done(self):
        self.start(now="2023-02-01T09:00:00Z")
        eventually(lambda: self.daemon.status()["last_sweep"] == "2023-02-01T07:30:00.000Z", "the first sweep")
        for clock, sweep in (("2023-02-01T07:20:00Z", "2023-02-02"), ("2023-01-31T20:00:00Z", "2023-02-02"),    # set back: it was done
                             ("2023-02-02T07:29:59Z", "2023-02-02"), ("2023-02-02T07:30:00Z", "2023-02-03")):
            self.daemon.set_clock(clock)
            eventually(lambda: self.daemon.status()["now"].startswith(clock[:-1]), "the clock")
            eventually(lambda: self.daemon.status()["next_sweep"] == sweep + "T07:30:00.000Z", f"{sweep} at {clock}")

    def test_a_week_across_the_end_of_summer_time(self):
        # Sunday 29 October 2023, 02:00 becomes 01:00. Review due 16 weeks after Wednesday 5 July: Wednesday 25 October.
        self.start(now="2023-07-05T10:00:00Z")
        self.daemon.recorded({**COMMUNITY, "case": "M-AAAA1", "on": "2023-07-05"}, {**LEVEL_2, "case": "M-AAAA1", "on": "2023-07-05"},
                             {"case": "M-AAAA1", "event": "meeting-held", "on": "2023-07-05"})
        self.daemon.move_clock("2023-10-24T12:00:00Z")
        # 07:30 in London is 06:30 UTC in summer and 07:30 UTC in winter.
        for before, after, stage in (("2023-10-25T06:29:59Z", "2023-10-25T06:30:00Z", ("2023-10-25", "due", 0)),
                                     ("2023-10-26T06:29:59Z", "2023-10-26T06:30:00Z", ("2023-10-26", "overdue", 0)),
                                     ("2023-11-02T07:29:59Z", "2023-11-02T07:30:00Z", ("2023-11-02", "overdue", 1))):
            self.daemon.move_clock(f"{datetime.date.fromisoformat(before[:10]) - datetime.timedelta(days=1)}T12:00:00Z")
            self.daemon.move_clock(before)
            self.assertNotIn(stage, self.stages(rule="review"))
            self.daemon.move_clock(after)
            self.assertIn(stage, self.stages(rule="review"))
        self.once()

    def test_every_hour_of_the_night_when_the_clocks_change(self):
        self.start(now="2023-10-28T20:00:00Z")
        self.daemon.recorded({**COMMUNITY, "case": "M-AAAA1", "on": "2023-07-09"}, {**LEVEL_2, "case": "M-AAAA1", "on": "2023-07-09"})
        days = []
        for hour in range(24):
            day, clock = 28 + (20 + hour) // 24, (20 + hour) % 24
            self.daemon.move_clock(f"2023-10-{day}T{clock:02}:00:00Z")
            days.append(self.daemon.status()["today"])
        # Midnight of the 29th is 23:00 UTC of the 28th; there is one day, of 25 hours.
        self.assertEqual(days, ["2023-10-28"] * 3 + ["2023-10-29"] * 21)
        self.once()

    def test_nothing_is_raised_before_its_hour_and_everything_at_it(self):
        self.start(now="2023-01-02T09:00:00Z")
        self.daemon.recorded({**COMMUNITY, "case": "M-AAAA1", "on": "2023-01-02"})     # due 30 January
        self.daemon.move_clock("2023-01-22T12:00:00Z")
        self.daemon.move_clock("2023-01-23T07:29:59Z")
        self.assertEqual(self.stages(rule="first-meeting"), [])
        self.daemon.move_clock("2023-01-23T07:30:00Z")
        self.assertEqual(self.stages(rule="first-meeting"), [("2023-01-23", "1 week before", 0)])
        self.daemon.move_clock("2023-01-31T07:30:00Z")
        self.assertEqual(self.stages(rule="first-meeting"), [("2023-01-23", "1 week before", 0), ("2023-01-31", "overdue", 0)])

    def test_days_that_were_skipped_lose_nothing_and_only_the_highest_stage_speaks(self):
        self.start(now="2023-01-02T09:00:00Z")
        self.daemon.recorded({**COMMUNITY, "case": "M-AAAA1", "on": "2023-01-02"})
        self.daemon.move_clock("2023-02-15T12:00:00Z")
        self.assertEqual([stage for _, stage, _ in self.stages(rule="first-meeting")], ["overdue"])
        self.once()

    def test_downtime_is_caught_up_with_at_the_start(self):
        self.start(now="2023-01-02T09:00:00Z")
        self.daemon.recorded({**COMMUNITY, "case": "M-AAAA1", "on": "2023-01-02"})
        self.daemon.stop()
        self.daemon.set_clock("2023-02-15T12:00:00Z")
        self.daemon.start()
        status = self.daemon.status()
        self.assertEqual((status["as_of"], status["open"].get("overdue")), ("2023-02-15", 1))
        self.assertEqual([stage for _, stage, _ in self.stages(rule="first-meeting")], ["overdue"])
        self.assertTrue(status["downtime"])
        self.daemon.stop()
        self.daemon.start()
        self.once()

    def test_a_moved_date_is_announced_again(self):
        self.start(now="2023-01-02T09:00:00Z")
        self.daemon.recorded({**COMMUNITY, "case": "M-AAAA1", "on": "2023-01-02"})
        self.daemon.move_clock("2023-01-25T12:00:00Z")
        wrong = self.daemon.get("/v1/cases/M-AAAA1")["record"][0]["seq"]
        self.daemon.recorded({**COMMUNITY, "case": "M-AAAA1", "on": "2023-01-05", "replaces": wrong, "why": "wrong day"})
        self.daemon.move_clock("2023-01-28T12:00:00Z")
        warned = [alert["due"] for alert in self.daemon.alerts(rule="first-meeting") if alert["stage"] == "1 week before"]
        self.assertEqual(warned, ["2023-01-30", "2023-02-02"])

    def test_a_pause_moves_the_date_and_repeats_no_warning(self):
        self.start(now="2023-01-02T09:00:00Z")
        self.daemon.recorded({**COMMUNITY, "case": "M-AAAA1", "on": "2023-01-02"}, {**LEVEL_2, "case": "M-AAAA1", "on": "2023-01-02"},
                             {"case": "M-AAAA1", "event": "meeting-held", "on": "2023-01-02"})     # due 24 April
        self.daemon.move_clock("2023-04-12T12:00:00Z")
        self.daemon.recorded({"case": "M-AAAA1", "event": "recalled", "on": "2023-04-12"})
        self.daemon.move_clock("2023-04-22T12:00:00Z")
        self.daemon.recorded({"case": "M-AAAA1", "event": "released", "on": "2023-04-22"})
        row = self.daemon.get("/v1/obligations?rule=review")["obligations"][0]
        self.assertEqual(row["due"], "2023-05-04")      # ten days in custody, 12 to 21 April
        for day in range(23, 31):
            self.daemon.move_clock(f"2023-04-{day}T12:00:00Z")
        self.assertEqual([stage for _, stage, _ in self.stages(rule="review")].count("2 weeks before"), 1)
        self.once()

    def test_a_booking_in_time_keeps_quiet_and_one_too_late_speaks_at_once(self):
        self.start(now="2023-01-02T09:00:00Z")
        for case, booked in (("M-AAAA1", "2023-04-20"), ("M-AAAA2", "2023-05-02")):
            self.daemon.recorded({**COMMUNITY, "case": case, "on": "2023-01-02"}, {**LEVEL_2, "case": case, "on": "2023-01-02"},
                                 {"case": case, "event": "meeting-held", "on": "2023-01-02"},
                                 {"case": case, "event": "meeting-booked", "on": "2023-01-02", "next-meeting": booked})
        late = [(alert["case"], alert["booked"]) for alert in self.daemon.alerts() if alert["kind"] == "booked-late"]
        self.assertEqual(late, [("M-AAAA2", "2023-05-02")])
        self.daemon.move_clock("2023-04-12T12:00:00Z")
        self.assertEqual(self.stages(rule="review", case="M-AAAA1"), [])
        self.once()

    def test_a_clock_that_was_years_behind_for_a_while_loses_nothing(self):
        self.start(now="2023-01-02T09:00:00Z")
        self.daemon.recorded({**COMMUNITY, "case": "M-AAAA1", "on": "2023-01-02"})
        self.daemon.move_clock("2021-01-02T09:00:00Z")
        self.assertEqual(self.daemon.get("/v1/obligations?state=all")["obligations"], [])
        self.daemon.move_clock("2023-01-23T09:00:00Z")      # due on the 30th
        self.assertEqual(self.stages(rule="first-meeting"), [("2023-01-23", "1 week before", 0)])
        self.daemon.move_clock("2021-01-02T09:00:00Z")
        self.daemon.move_clock("2023-01-31T09:00:00Z")
        self.assertEqual(self.stages(rule="first-meeting"), [("2023-01-23", "1 week before", 0), ("2023-01-31", "overdue", 0)])
        self.once()

    def test_the_two_kinds_of_clock_do_not_mix(self):
        self.start()
        self.daemon.stop()
        command = self.daemon.command
        self.daemon.command = lambda: command()[:-2]
        self.assertFalse(self.daemon.start(must=False))
        self.assertIn("clock", self.daemon.read_log())
        self.daemon.stop()
        self.daemon.command = command

    def test_a_clock_that_goes_back_is_refused_at_the_start(self):
        self.start(now="2023-03-01T09:00:00Z")
        self.daemon.recorded({**COMMUNITY, "case": "M-AAAA1", "on": "2023-03-01"})
        self.daemon.stop()
        self.daemon.set_clock("2023-02-01T09:00:00Z")
        self.assertFalse(self.daemon.start(must=False))
        self.daemon.stop()


if __name__ == "__main__":
    main()
