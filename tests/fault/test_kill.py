#!/usr/bin/python3
"""SIGKILL at each step between a stage being reached and its message being marked as sent (morning.py).

MAPPAD_KILL_STEPS says how many steps are tried (default 24, spread over all of them; "all": each one).
"""

import os

from morning import Morning, main

STEPS = os.environ.get("MAPPAD_KILL_STEPS", "24")


class Kill(Morning):
    def test_killed_at_each_step_nothing_is_lost_and_what_may_be_double_says_so(self):
        count = self.total if STEPS == "all" else min(self.total, int(STEPS))
        kills = doubles = tried = 0
        for killed, twice in self.ends(self.total, count):
            kills, doubles, tried = kills + killed, doubles + twice, tried + 1
        print(f"{kills} kills at {tried} of {self.total} steps, {doubles} messages arrived twice and are marked")
        self.assertGreater(kills, count // 2)


if __name__ == "__main__":
    main()
