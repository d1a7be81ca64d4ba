"""The oracle against dates worked out on paper (domain reference, section 4). Every date here was copied by hand."""

import json
import unittest

import oracle
from oracle import Calendar, Oracle, Period, day_of, text_of

HOLIDAYS = ['2022-01-03', '2022-04-15', '2022-04-18', '2022-05-02', '2022-06-02', '2022-06-03', '2022-08-29', '2022-09-19',
            '2022-12-26', '2022-12-27', '2023-01-02', '2023-04-07', '2023-04-10', '2023-05-01', '2023-05-08', '2023-05-29',
            '2023-08-28', '2023-12-25', '2023-12-26']
CALENDAR = {'name': 'england-and-wales', 'working-week': ['mon', 'tue', 'wed', 'thu', 'fri'],
            'covers': {'from': '2022-01-01', 'until': '2023-12-31'}, 'holidays': [{'on': day, 'name': 'x'} for day in HOLIDAYS]}


def date(anchor, period):
    return text_of(Period(period).apply(day_of(anchor), Calendar(CALENDAR)))


def rule(**settings):
    base = {'id': 'rule', 'title': 'Rule', 'strength': 'must'}
    base.update({name.replace('_', '-'): value for name, value in settings.items()})
    return base


def rule_set(*rules, **more):
    group = {
        'attributes': [{'name': 'level', 'values': ['1', '2', '3']},
                       {'name': 'location', 'values': ['custody', 'hospital', 'community']},
                       {'name': 'release-date', 'type': 'date'}, {'name': 'next-meeting', 'type': 'date'},
                       {'name': 'chair-review-by', 'type': 'date'}],
        'events': [{'name': 'level-set', 'fields': [{'name': 'level', 'required': True}, {'name': 'location'}]},
                   {'name': 'moved', 'fields': [{'name': 'location', 'required': True}]},
                   {'name': 'release-planned', 'fields': [{'name': 'release-date', 'required': True}]},
                   {'name': 'release-unplanned', 'clears': ['release-date']},
                   {'name': 'meeting-booked', 'fields': [{'name': 'next-meeting', 'required': True}]},
                   {'name': 'meeting-held', 'clears': ['next-meeting', 'chair-review-by'],
                    'fields': [{'name': 'chair-review-by'}, {'name': 'meeting-level', 'values': ['2', '3']}]}],
        'calendar': CALENDAR, 'rules': list(rules)}
    group.update(more)
    return group


def ask(group, as_of, *events):
    lines = [json.dumps(dict(case='C1', event=name, on=on, **{k.replace('_', '-'): v for k, v in fields.items()}))
             for on, name, fields in events]
    subject = Oracle(group, lines)
    assert subject.refused == [], subject.record.refused
    return subject.ask([day_of(as_of)])[day_of(as_of)][0]


class Periods(unittest.TestCase):
    def check(self, rows):
        for anchor, period, expected in rows:
            with self.subTest(anchor=anchor, period=period):
                self.assertEqual(date(anchor, period), expected)

    def test_weeks_after(self):
        self.check([('2023-04-03', '4 weeks after', '2023-05-01'), ('2022-12-06', '16 weeks after', '2023-03-28'),
                    ('2022-09-05', '16 weeks after', '2022-12-26'), ('2023-02-13', '8 weeks after', '2023-04-10'),
                    ('2022-10-31', '8 weeks after', '2022-12-26')])

    def test_six_months_before_release(self):
        self.check([('2023-08-31', '6 months before', '2023-02-28'), ('2024-08-31', '6 months before', '2024-02-29'),
                    ('2023-08-30', '6 months before', '2023-02-28'), ('2023-03-31', '6 months before', '2022-09-30'),
                    ('2023-12-31', '6 months before', '2023-06-30'), ('2023-07-15', '6 months before', '2023-01-15')])

    def test_beginning_with(self):
        self.check([('2023-03-31', '3 days beginning with', '2023-04-02'), ('2023-04-06', '3 days beginning with', '2023-04-08'),
                    ('2020-06-15', '10 years beginning with', '2030-06-14'),
                    ('2024-02-29', '10 years beginning with', '2034-02-28'),
                    ('2020-06-15', '42 months beginning with', '2023-12-14'),
                    ('2021-08-31', '30 months beginning with', '2024-02-29'),
                    ('2020-06-15', '12 months beginning with', '2021-06-14'),
                    ('2022-11-09', '5 years beginning with', '2027-11-08'),
                    ('2008-05-03', '15 years beginning with', '2023-05-02')])

    def test_one_year_after(self):
        self.check([('2023-03-14', '1 year after', '2024-03-14'), ('2024-02-29', '1 year after', '2025-02-28')])

    def test_dodds_v_walker(self):
        self.check([('2022-09-30', '4 months after', '2023-01-30'), ('2023-08-31', '6 months before', '2023-02-28'),
                    ('2023-02-28', '6 months after', '2023-08-28')])

    def test_working_days(self):
        self.check([('2023-04-05', '5 working days after', '2023-04-14'), ('2023-04-05', '10 working days after', '2023-04-21'),
                    ('2022-12-20', '5 working days after', '2022-12-29'), ('2022-12-20', '10 working days after', '2023-01-06'),
                    ('2022-09-13', '5 working days after', '2022-09-21'), ('2022-09-13', '10 working days after', '2022-09-28'),
                    ('2023-05-03', '5 working days after', '2023-05-11'), ('2023-05-03', '10 working days after', '2023-05-18')])

    def test_clear_days(self):
        self.check([('2023-07-15', '7 clear days before', '2023-07-07'), ('2023-10-20', '3 clear days before', '2023-10-16')])


class Answers(unittest.TestCase):
    def only(self, rows):
        self.assertEqual(len(rows), 1, rows)
        return rows[0]

    def test_plan_by_is_the_last_working_day(self):
        for weeks, start, due, plan_by in ((4, '2023-04-03', '2023-05-01', '2023-04-28'),
                                           (16, '2022-12-06', '2023-03-28', '2023-03-28'),
                                           (16, '2022-09-05', '2022-12-26', '2022-12-23'),
                                           (8, '2023-02-13', '2023-04-10', '2023-04-06'),
                                           (8, '2022-10-31', '2022-12-26', '2022-12-23')):
            row = self.only(ask(rule_set(rule(applies={'level': '2'}, every='%d weeks after' % weeks,
                                              met_by={'event': 'meeting-held'})), start, (start, 'level-set', {'level': '2'})))
            self.assertEqual((row['due'], row['plan_by']), (due, plan_by))

    def test_day_112_is_in_time_and_day_113_is_not(self):
        group = rule_set(rule(applies={'level': '2'}, every='16 weeks after', met_by={'event': 'meeting-held'}))
        first = ('2022-12-06', 'level-set', {'level': '2'})
        self.assertEqual(ask(group, '2023-03-28', first, ('2023-03-28', 'meeting-held', {}))[0]['state'], 'met')
        self.assertEqual(ask(group, '2023-03-29', first, ('2023-03-29', 'meeting-held', {}))[0]['state'], 'met-late')
        self.assertEqual(ask(group, '2023-03-28', first)[0]['state'], 'due-soon')
        self.assertEqual(ask(group, '2023-03-29', first)[0]['state'], 'overdue')

    def community_clock(self, on_pause, as_of='2023-04-03'):
        review = rule(applies={'level': '2'}, runs={'location': 'community'}, on_pause=on_pause, needs='location',
                      every='16 weeks after', met_by={'event': 'meeting-held'})
        rows = ask(rule_set(review), as_of, ('2022-12-01', 'level-set', {'level': '2', 'location': 'community'}),
                   ('2023-01-09', 'meeting-held', {}), ('2023-03-20', 'moved', {'location': 'custody'}),
                   ('2023-04-03', 'moved', {'location': 'community'}))
        return rows[-1]

    def test_community_clock_in_three_readings(self):
        self.assertEqual(self.community_clock('carry')['due'], '2023-05-01')
        self.assertEqual(self.community_clock('continue')['due'], '2023-05-15')
        self.assertEqual(self.community_clock('restart')['due'], '2023-07-24')

    def test_community_days_used(self):
        row = self.community_clock('continue', '2023-03-19')
        self.assertEqual((row['used_days'], row['limit_days'], row['paused']), (69, 112, False))
        self.assertEqual(self.community_clock('continue', '2023-03-27')['used_days'], 69)

    def test_carry_gives_the_day_of_release_after_a_long_custody(self):
        review = rule(applies={'level': '2'}, runs={'location': 'community'}, on_pause='carry', every='16 weeks after',
                      met_by={'event': 'meeting-held'})
        rows = ask(rule_set(review), '2023-09-01', ('2023-01-09', 'level-set', {'level': '2', 'location': 'community'}),
                   ('2023-02-01', 'moved', {'location': 'custody'}), ('2023-08-15', 'moved', {'location': 'community'}))
        self.assertEqual(rows[0]['due'], '2023-08-15')

    LEVELS = (rule(id='level-2', applies={'level': '2'}, every='16 weeks after', met_by={'event': 'meeting-held'},
                   follows='level-3'),
              rule(id='level-3', applies={'level': '3'}, every='8 weeks after', met_by={'event': 'meeting-held'},
                   follows='level-2'))

    def test_raising_the_level_never_postpones(self):
        for change, due in (('2023-02-01', '2023-03-29'), ('2023-03-20', '2023-05-01')):
            rows = ask(rule_set(*self.LEVELS), change, ('2022-12-01', 'level-set', {'level': '2'}),
                       ('2023-01-09', 'meeting-held', {}), (change, 'level-set', {'level': '3'}))
            row = [row for row in rows if row['rule'] == 'level-3'][0]
            self.assertEqual(row['due'], due)

    def test_lowering_the_level_counts_from_the_last_review(self):
        rows = ask(rule_set(*self.LEVELS), '2023-02-01', ('2022-12-01', 'level-set', {'level': '3'}),
                   ('2023-01-09', 'meeting-held', {}), ('2023-02-01', 'level-set', {'level': '2'}))
        row = [row for row in rows if row['rule'] == 'level-2'][0]
        self.assertEqual((row['due'], row['used_days'], row['limit_days']), ('2023-05-01', 23, 112))

    def test_leaving_for_a_day_resets_nothing(self):
        rows = ask(rule_set(self.LEVELS[0]), '2023-02-02', ('2023-01-09', 'level-set', {'level': '2'}),
                   ('2023-02-01', 'level-set', {'level': '1'}), ('2023-02-02', 'level-set', {'level': '2'}))
        self.assertEqual([(row['state'], row['due']) for row in rows], [('lapsed', '2023-05-01'), ('open', '2023-05-02')])

    def test_release_window(self):
        window = rule(applies={'location': 'custody'}, by='release-date', opens='6 months before',
                      met_by={'event': 'meeting-held'}, needs='release-date')
        first = ('2022-06-01', 'moved', {'location': 'custody'})
        planned = ('2022-07-01', 'release-planned', {'release_date': '2023-08-31'})
        self.assertEqual(self.only(ask(rule_set(window), '2022-06-05', first))['state'], 'unevaluable')
        row = self.only(ask(rule_set(window), '2023-02-27', first, planned))
        self.assertEqual((row['state'], row['opens'], row['due']), ('pending', '2023-02-28', '2023-08-31'))
        self.assertEqual(self.only(ask(rule_set(window), '2023-02-28', first, planned))['state'], 'open')
        rows = ask(rule_set(window), '2023-03-01', first, planned,
                   ('2023-03-01', 'release-planned', {'release_date': '2023-12-31'}))
        self.assertEqual([row['state'] for row in rows], ['moved', 'pending'])

    def test_chair_may_ask_for_a_review_sooner(self):
        group = rule_set(rule(applies={'level': '2'}, every='16 weeks after', met_by={'event': 'meeting-held'},
                              sooner='chair-review-by'))
        rows = ask(group, '2023-01-10', ('2022-12-01', 'level-set', {'level': '2'}),
                   ('2023-01-09', 'meeting-held', {'chair_review_by': '2023-02-20'}))
        self.assertEqual(rows[-1]['due'], '2023-02-20')


class WholeRun(unittest.TestCase):
    def test_a_back_dated_retracted_and_repeated_line(self):
        group = rule_set(rule(applies={'level': '2'}, every='16 weeks after', met_by={'event': 'meeting-held'}))
        lines = ['{"case":"C1","event":"level-set","on":"2023-01-09","level":"2","id":"a"}',
                 '{"case":"C1","event":"level-set","on":"2023-01-09","level":"2","id":"a"}',
                 '{"case":"C1","event":"meeting-held","on":"2023-02-01","id":"b","recorded-at":"2023-02-03T09:00:00Z"}',
                 '{"retract":"b","why":"not held","recorded-at":"2023-03-01T09:00:00Z"}',
                 '{"retract":"b","why":"again"}', '{"case":"C1","event":"moved","on":"2023-02-01","location":"sea"}']
        subject = Oracle(group, lines)
        self.assertEqual((subject.refused, subject.record.skipped), ([5, 6], {2}))
        day = day_of('2023-04-01')
        for known, states in ((None, ['open']), ('2023-02-10T00:00:00Z', ['met', 'open']),
                              ('2023-02-01T00:00:00Z', ['open'])):
            self.assertEqual([row['state'] for row in subject.ask([day], known)[day][0]], states)



class Constraints(unittest.TestCase):
    def refused(self, constraint, *events):
        group = rule_set(rule(applies={'level': '2'}, every='16 weeks after', met_by={'event': 'meeting-held'}),
                         constraints=[dict(id='one', severity='refuse', says='No.', **constraint)])
        lines = [json.dumps(dict(case='C1', event=name, on=on, **fields)) for on, name, fields in events]
        return Oracle(group, lines).refused

    def planned(self, limits, until):
        return self.refused(dict(limits, event='release-planned', between=['on', 'release-date']),
                            ('2022-11-09', 'release-planned', {'release-date': until})) == [1]

    def test_five_years_at_most_and_at_least(self):
        most, least = {'at-most': '5 years beginning with'}, {'at-least': '5 years beginning with'}
        for until, too_long, too_short in (('2027-11-07', False, True), ('2027-11-08', False, False), ('2027-11-09', True, False)):
            with self.subTest(until=until):
                self.assertEqual((self.planned(most, until), self.planned(least, until)), (too_long, too_short))
                self.assertEqual(self.planned(dict(most, **least), until), until != '2027-11-08')

    def test_never_is_asked_of_the_event_and_the_word_that_it_names(self):
        never = {'never': {'location': 'custody'}, 'event': 'meeting-held', 'where': {'meeting-level': '3'}}
        moved = ('2023-01-09', 'moved', {'location': 'custody'})
        self.assertEqual(self.refused(never, moved, ('2023-01-10', 'meeting-held', {'meeting-level': '2'}),
                                      ('2023-01-11', 'meeting-held', {'meeting-level': '3'})), [3])


if __name__ == '__main__':
    unittest.main()
