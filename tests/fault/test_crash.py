#!/usr/bin/python3
"""SIGKILL at any instant: what was acknowledged is there, no alert is lost, none is raised twice, each is told.

MAPPAD_KILLS says how often (default 25); the seed is printed.
"""

import collections
import http.client
import json
import os
import pathlib
import random
import re
import sys
import threading

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "box"))
from harness import BoxTest, MailServer, ask, eventually, main
from test_time import identity

KILLS = int(os.environ.get("MAPPAD_KILLS", "25"))
SEED = int(os.environ.get("MAPPAD_SEED", "20231029"))
WRITERS = 4
MORNINGS = 12   # on each the daemon is killed while it sweeps and its messages go out


class Writer(threading.Thread):
    """Records events of cases of its own as fast as it is answered, and remembers what was acknowledged."""

    def __init__(self, daemon, name, first):
        super().__init__()
        self.daemon_process, self.prefix, self.number = daemon, name, first
        self.acknowledged, self.sent, self.over = set(), set(), threading.Event()

    def run(self):
        connection = self.daemon_process.connect(timeout=10)
        try:
            while not self.over.is_set():
                self.number += 1
                case = f"M-{self.prefix}{self.number:06}"
                on = f"2023-01-{1 + self.number % 28:02}"
                lines = [{"case": case, "event": "sentenced", "disposal": "community", "on": on, "id": case + ".1"},
                         {"case": case, "event": "level-set", "level": "2", "on": on, "id": case + ".2"}]
                self.sent.update(line["id"] for line in lines)
                text = "".join(map(lambda line: json.dumps(line) + "\n", lines))
                answer = ask(connection, "POST", "/v1/events", text, "application/x-ndjson")
                if answer.status == 201:
                    self.acknowledged.update(line["id"] for line in lines)
        except (OSError, http.client.HTTPException):
            pass
        finally:
            connection.close()


class Crash(BoxTest):
    def cases(self):
        rows, cursor = [], ""
        while cursor is not None:
            page = self.daemon.get("/v1/cases?limit=1000" + (f"&cursor={cursor}" if cursor else ""))
            rows += page["cases"]
            cursor = page["next"]
        return {row["case"]: row["events"] for row in rows}

    def expected_alerts(self):
        """What must have been raised: each obligation's highest stage reached."""
        return {(row["case"], row["rule"], row["started"], row["due"]) for row in
                self.daemon.get("/v1/obligations?state=overdue")["obligations"]}

    def test_killed_at_random_under_load(self):
        chance = random.Random(SEED)
        self.start(now="2023-02-01T09:00:00Z", limits="per-user = 32;")
        acknowledged, sent = set(), set()
        day = 1
        for kill in range(KILLS):
            writers = [Writer(self.daemon, "ABCD"[number], kill * 10000) for number in range(WRITERS)]
            for writer in writers:
                writer.start()
            pause = threading.Event()
            pause.wait(chance.uniform(0.005, 0.12))
            if kill % 3 == 0:       # die in the middle of a sweep as well
                day = min(day + chance.randrange(1, 3), 28)
                self.daemon.set_clock(f"2023-02-{day:02}T09:00:00Z")
                pause.wait(chance.uniform(0.0, 0.06))
            self.daemon.kill()
            for writer in writers:
                writer.over.set()
                writer.join(20)
                self.assertFalse(writer.is_alive())
                acknowledged |= writer.acknowledged
                sent |= writer.sent
            self.daemon.start()
        cases = self.cases()
        lost = sorted(case for case in {name[:-2] for name in acknowledged} if cases.get(case) != 2)
        self.assertEqual(lost, [], f"acknowledged and lost, seed {SEED}")
        self.assertGreater(len(acknowledged), 2 * KILLS, "hardly anything was written")
        self.assertLessEqual(set(cases), {name[:-2] for name in sent})
        self.assertEqual({count for count in cases.values()}, {2}, "half a request was recorded")

        self.daemon.move_clock("2023-03-10T12:00:00Z")
        alerts = self.daemon.alerts()
        twice = [key for key, count in collections.Counter(map(identity, alerts)).items() if count > 1]
        self.assertEqual(twice, [], f"raised twice, seed {SEED}")
        raised = {(alert["case"], alert["rule"], alert["started"], alert["due"]) for alert in alerts if alert["stage"] == "overdue"}
        self.assertEqual(self.expected_alerts() - raised, set(), f"never raised, seed {SEED}")
        print(f"{KILLS} kills, {len(acknowledged)} acknowledged events, {len(alerts)} alerts, seed {SEED}")

    def test_killed_while_it_tells_it_tells_everything_once(self):
        chance = random.Random(SEED)
        server = MailServer()
        self.addCleanup(server.stop)
        self.start(now="2023-02-01T09:00:00Z", mail=server.setting())
        pause = threading.Event()
        for day in range(2, 2 + MORNINGS):      # due the day before, so that this morning tells of them
            self.daemon.recorded(*({"case": f"M-{day:02}{number:02}", "event": "sentenced", "disposal": "community",
                                    "on": f"2023-01-{day + 2:02}"} for number in range(10)))
            self.daemon.set_clock(f"2023-02-{day:02}T09:00:00Z")
            pause.wait(chance.uniform(0.0, 0.15))
            self.daemon.kill()
            self.daemon.start()
        last = {f"M-{1 + MORNINGS:02}{number:02}" for number in range(10)}
        eventually(lambda: last <= {alert["case"] for alert in self.daemon.alerts()}, "the last morning, before its day is over")
        self.daemon.move_clock("2023-02-20T09:00:00Z")
        eventually(lambda: self.daemon.status()["outbox"]["waiting"] == 0, "an empty outbox")

        messages = {}
        while not server.mails.empty():
            mail = server.mails.get()
            first = messages.setdefault(str(mail.message["Message-ID"]), mail)
            self.assertEqual(first.text, mail.text, "one Message-ID, two texts")
        told = collections.defaultdict(list)
        for mail in messages.values():
            # What a heartbeat says again would hide that the message before it was lost.
            for case in re.findall(r"M-\d{4}", mail.text.split("\nSTILL ")[0]):
                told[case].append((mail.recipients[0], mail.message["Date"].datetime.date().isoformat()))
        due = {f"M-{day:02}{number:02}": [("unit@example.police.uk", f"2023-02-{day:02}")]
               for day in range(2, 2 + MORNINGS) for number in range(10)}
        self.assertEqual({case: told[case] for case in due if told[case] != due[case]}, {}, f"not told once, on its morning, seed {SEED}")
        self.assertEqual(set(told), set(due))
        overdue = collections.Counter(alert["case"] for alert in self.daemon.alerts() if (alert["stage"], alert["repeat"]) == ("overdue", 0))
        self.assertEqual(overdue, dict.fromkeys(due, 1), f"not raised once, seed {SEED}")
        mornings = collections.Counter((mail.recipients[0], str(mail.message["Date"])) for mail in messages.values())
        self.assertEqual([morning for morning, count in mornings.items() if count > 1], [], f"two digests of a morning, seed {SEED}")

    def test_derived_rows_come_back_identical_after_a_restart(self):
        self.start(now="2023-06-01T09:00:00Z")
        lines = [{"case": f"M-R{number:04}", "event": "sentenced", "disposal": "community", "on": f"2023-01-{1 + number % 28:02}"}
                 for number in range(200)]
        self.daemon.recorded(*lines)
        before = self.daemon.get("/v1/obligations?state=all")
        self.daemon.kill()
        self.daemon.start()
        self.assertEqual(self.daemon.get("/v1/obligations?state=all"), before)

    def test_it_stops_within_a_second_when_asked(self):
        self.start()
        self.daemon.recorded({"case": "M-AAAA1", "event": "level-set", "level": "2", "on": "2023-02-01"})
        self.assertEqual(self.daemon.stop(timeout_s=1.5), 0)


if __name__ == "__main__":
    main()
