"""What must hold of the oracle's answers whatever the history: the oracle checked by itself, over generated worlds."""

import json
import os
import random
import unittest

import generate
import oracle
import readcfg
from generate import World, files_of, lines_of

SEEDS = range(1, int(os.environ.get('WORLDS', '12')) + 1)


def worlds(**more):
    for profile in ('main', 'full'):
        for seed in SEEDS:
            yield World(seed, profile, cases=3, days=5, **more)


def ask(rules, texts, days, known=None):
    return oracle.Oracle(rules, texts).ask(days, known)


class Properties(unittest.TestCase):
    def test_text_and_structure_are_the_same_rules(self):
        for world in worlds():
            whole = {}
            for name, text in sorted(files_of(world.rules, world.seed).items()):
                readcfg.unite(whole, readcfg.read_text(text))
            texts, _ = lines_of(world.cases, world.seed)
            days = [day for day, _ in world.asked]
            self.assertEqual(ask(whole, texts, days), ask(world.rules, texts, days), (world.profile, world.seed))

    def test_remembering_states_between_changes_alters_nothing(self):
        """The one short cut of the oracle: a state is worked out once for all days between two changes."""
        for world in worlds():
            texts, _ = lines_of(world.cases, world.seed)
            days = [day for day, _ in world.asked]
            quick = ask(world.rules, texts, days)
            kept = oracle.History.days_of_change
            oracle.History.days_of_change = lambda history: range(737000, 741000)
            try:
                self.assertEqual(ask(world.rules, texts, days), quick, (world.profile, world.seed))
            finally:
                oracle.History.days_of_change = kept

    def test_what_comes_after_the_day_asked_about_does_not_count(self):
        for world in worlds():
            texts, _ = lines_of(world.cases, world.seed)
            record = oracle.Record(oracle.RuleSet(world.rules), texts)
            for day, _ in world.asked:
                for ref in record.refs():
                    events = record.known(ref, None)
                    whole = oracle.CaseFile(record.rules, ref, events)
                    early = oracle.CaseFile(record.rules, ref, [event for event in events if event.on <= day])
                    self.assertEqual([row for row, _, _ in whole.answers(day)], [row for row, _, _ in early.answers(day)])

    def test_a_closed_obligation_never_changes(self):
        for world in worlds():
            texts, _ = lines_of(world.cases, world.seed)
            closed = {}
            found = ask(world.rules, texts, sorted({day + more for day, _ in world.asked for more in (0, 1, 90)}))
            for day in sorted(found):
                for row in found[day][0]:
                    key = (row['case'], row['rule'], row['item'], row['started'])
                    if key in closed:
                        self.assertEqual(row, closed[key])
                    if oracle.is_closed(row):
                        closed[key] = row

    def test_every_has_exactly_one_open_on_each_day_it_applies(self):
        for world in worlds():
            texts, _ = lines_of(world.cases, world.seed)
            record = oracle.Record(oracle.RuleSet(world.rules), texts)
            for ref in record.refs():
                case = oracle.CaseFile(record.rules, ref, record.known(ref, None))
                for day in sorted({day for day, _ in world.asked}):
                    answers = case.answers(day, every=False)
                    for (rule, item), series in case.series.items():
                        version = series.applying(day)
                        if version is None or version.clock != 'every' or isinstance_table(world, rule):
                            continue
                        mine = [row for row, _, one in answers if one is series]
                        self.assertEqual(len(mine), 1, (world.seed, rule, generate.iso(day)))

    def test_continuing_clocks_only_move_later_and_count_every_running_day(self):
        for world in worlds():
            texts, _ = lines_of(world.cases, world.seed)
            record = oracle.Record(oracle.RuleSet(world.rules), texts)
            for ref in record.refs():
                case = oracle.CaseFile(record.rules, ref, record.known(ref, None))
                last = max(day for day, _ in world.asked)
                for row, ob, series in case.answers(last):
                    if ob is None or ob.period is None or ob.version.sooner or ob.version.on_pause != 'continue':
                        continue
                    until = ob.as_asked if ob.state else last
                    dues = [series.due_as_of(ob, day) for day in range(ob.started, until + 1)]
                    self.assertEqual(dues, sorted(dues))
                    if row['used_days'] is not None and not ob.state and not ob.inherited and row['due'] >= last:
                        self.assertEqual(row['limit_days'], ob.period.plain_days())
                        self.assertLessEqual(row['used_days'], row['limit_days'])

    def test_an_event_that_sets_nothing_and_meets_nothing_changes_nothing(self):
        for world in worlds():
            rng = random.Random(world.seed)
            ref, lines = world.cases[0]
            days = [day for day, _ in world.asked]
            before = ask(world.rules, lines_of([(ref, lines)], 1)[0], days)
            first = min(oracle.day_of(line['on']) or 10 ** 6 for line in lines if 'on' in line)
            # Line numbers and what is refused stay as they are only if it comes last.
            noted = {'_uid': -1, 'case': ref, 'event': 'noted', 'on': generate.iso(first + rng.randint(400, 900))}
            self.assertEqual(ask(world.rules, lines_of([(ref, lines + [noted])], 1)[0], days), before)

    def test_stages_fall_where_the_due_date_says(self):
        for world in worlds():
            texts, _ = lines_of(world.cases, world.seed)
            for day, (answers, stages) in ask(world.rules, texts, [day for day, _ in world.asked]).items():
                for stage in stages:
                    if stage['stage'] == 'due':
                        self.assertEqual(stage['day'], stage['due'])
                    if stage['stage'].endswith('before'):
                        self.assertLess(stage['day'], stage['due'])
                    self.assertTrue(not stage['reached'] or oracle.day_of(stage['day']) <= day, json.dumps(stage))


def isinstance_table(world, rule):
    return any(isinstance(row.get('every'), list) for row in world.rules['rules'] if row['id'] == rule)


if __name__ == '__main__':
    unittest.main()
