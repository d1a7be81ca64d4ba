#!/usr/bin/python3
"""Explanations word for word, for dates that were worked out on paper (days, holidays and month ends of the report's year
and of the statutes beside it), and every step of them done again. Needs mappactl; MAPPAD_BUILD says where it was built."""

import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

import readcfg
from explanations import Checker, Wrong

TREE = pathlib.Path(__file__).resolve().parents[2]
MAPPACTL = pathlib.Path(os.environ.get('MAPPAD_BUILD', TREE / 'build')).resolve() / 'bin/mappactl'

WORDS = '''
items = ( { name = "order"; } );
attributes = (
  { name = "tier"; values = ["1", "2"]; },
  { name = "place"; values = ["in", "out"]; },
  { name = "closed"; values = ["yes"]; },
  { name = "plan"; type = "date"; },
  { name = "review-by"; type = "date"; },
  { name = "booked-for"; type = "date"; } );
events = (
  { name = "begun"; sets = { tier = "1"; place = "out"; }; },
  { name = "tiered"; fields = ( { name = "tier"; required = true; } ); },
  { name = "went-in"; sets = { place = "in"; }; },
  { name = "came-out"; sets = { place = "out"; }; },
  { name = "shut"; sets = { closed = "yes"; }; },
  { name = "told"; fields = ( { name = "how"; values = ["post", "person"]; } ); },
  { name = "planned"; fields = ( { name = "plan"; required = true; } ); },
  { name = "unplanned"; clears = ["plan"]; },
  { name = "asked"; fields = ( { name = "review-by"; required = true; } ); },
  { name = "booked"; fields = ( { name = "booked-for"; required = true; } ); },
  { name = "made"; new-item = "order"; },
  { name = "done"; item = "order?"; fields = ( { name = "kind"; values = ["full", "short"]; } ); } );
'''

HEAD = '  {{ id = "{id}"; title = "{id}"; source = "a statute"; basis = "A basis."; strength = "must";'
RUNS = 'applies = { tier = ["1", "2"]; }; runs = { place = "out"; }; met-by = { event = "done"; }; '
FROM = 'from = { event = "told"; }; applies = { tier = ["1", "2"]; }; met-by = { event = "done"; }; '
RULES = {
    'three-days': FROM + 'within = "3 days beginning with";',
    'ten-years': FROM + 'within = "10 years beginning with";',
    'thirty-months': FROM + 'within = "30 months beginning with";',
    'one-year': FROM + 'within = "1 year after";',
    'five-worked': FROM + 'within = "5 working days after";',
    'in-person': 'from = { event = "told"; where = { how = "person"; }; }; applies = { tier = ["1", "2"]; }; '
                 'met-by = { event = "done"; }; within = "4 weeks after";',
    'at-first': 'from = { event = "told"; }; applies = { tier = "2"; }; unless = { closed = "yes"; }; '
                'met-by = { event = "done"; }; within = "4 weeks after";',
    'clear-days': 'by = "plan"; lead = "7 clear days before"; opens = "6 months before"; applies = { tier = ["1", "2"]; }; '
                  'met-by = { event = "done"; where = { kind = "full"; }; };',
    'every-year': RUNS + 'on-pause = "continue"; every = "1 year after";',
    'every-months': RUNS + 'on-pause = "continue"; every = "2 months after"; sooner = "review-by"; needs = ["place"];',
    'anew': RUNS + 'on-pause = "restart"; every = "4 weeks after"; booked-by = "booked-for";',
    'carried': RUNS + 'on-pause = "carry"; grace = "3 working days after"; every = "4 weeks after";',
    'off': RUNS + 'on-pause = "carry"; every = "4 weeks after"; enabled = false;',
    'later': RUNS + 'on-pause = "carry"; every = "4 weeks after"; in-force = { from = "2030-01-01"; };',
    'per-order': 'per = "order"; from = "start"; applies = { tier = ["1", "2"]; }; met-by = { event = "done"; }; '
                 'within = "4 weeks after";',
    'by-tier': 'from = { event = "told"; }; applies = { tier = ["1", "2"]; }; unless = { closed = "yes"; }; '
               'met-by = { event = "done"; }; within = ( { is = "4 weeks after"; when = { tier = "1"; }; }, { is = "1 month after"; } );',
    'tentative': 'by = "plan"; tentative = true; opens = "3 months before"; applies = { tier = ["1", "2"]; }; met-by = { event = "done"; };',
    'dated': 'by = "plan"; needs = ["plan"]; applies = { tier = ["1", "2"]; }; met-by = { event = "done"; };',
    'told-of': 'by = "plan"; milestone = true; applies = { tier = ["1", "2"]; };',
    'three-a-year': 'at-least = 3; in-each = "year"; year-starts = "04-01"; applies = { tier = ["1", "2"]; }; '
                    'met-by = { event = "done"; };',
}


def events(*lines):
    return [{'case': 'D-1042', 'event': event, 'on': on, **more} for event, on, more in
            (line if len(line) == 3 else (*line, {}) for line in lines)]


class Explained(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = pathlib.Path(tempfile.mkdtemp(prefix='explain-'))
        cls.own = cls.directory / 'rules'
        cls.own.mkdir()
        shutil.copy(TREE / 'rules/90-calendar.cfg', cls.own)
        (cls.own / '00-words.cfg').write_text(WORDS, encoding='utf-8')
        (cls.own / '10-rules.cfg').write_text(
            'rules = (\n' + ',\n'.join(HEAD.format(id=name) + ' ' + text + ' }' for name, text in RULES.items()) + ' );\n',
            encoding='utf-8')
        cls.checker = Checker(readcfg.read_text((TREE / 'rules/90-calendar.cfg').read_text(encoding='utf-8')))

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.directory)

    def run_explain(self, rules, lines, rule, day, *words):
        path = self.directory / 'events.ndjson'
        path.write_text(''.join(json.dumps(line) + '\n' for line in lines), encoding='utf-8')
        return subprocess.run([MAPPACTL, 'explain', '--rules', rules, '--as-of', day, *words, path, 'D-1042', rule],
                              capture_output=True, text=True, timeout=60)

    def explain(self, rule, day, lines, *words, rules=None):
        done = self.run_explain(rules or self.own, lines, rule, day, '--json', *words)
        self.assertEqual(done.returncode, 0, done.stderr)
        answer = json.loads(done.stdout)
        self.checker.explanation(answer)
        return answer

    def texts(self, answer, kind):
        return [step['text'] for step in answer['steps'] if step['kind'] == kind]

    def says(self, answer, *sentences):
        texts = [step['text'] for step in answer['steps']]
        for sentence in sentences:
            self.assertIn(sentence, texts)

    # ---- the report's own dates, under the shipped rules ----

    MANAGED = events(('sentenced', '2022-01-10', {'disposal': 'custody', 'sentence-ends': '2026-01-01'}),
                     ('category-set', '2022-01-10', {'category': '2'}), ('level-set', '2022-02-01', {'level': '2'}),
                     ('released', '2022-08-01'))

    def shipped(self, rule, day, *lines):
        return self.explain(rule, day, self.MANAGED + events(*lines), rules=TREE / 'rules')

    def test_sixteen_weeks_that_end_on_boxing_day(self):
        answer = self.shipped('level-2-review', '2022-10-01', ('meeting-held', '2022-09-05', {'meeting-level': '2'}))
        self.assertEqual(self.texts(answer, 'arithmetic'), [
            '26 of 112 days used',
            '5 Sep 2022 + 112 days = 26 Dec 2022, Boxing Day; last working day before: 23 Dec 2022'])
        self.says(answer, 'Counted from meeting-held on 5 Sep 2022 with meeting-level 2 (line 5), which met the one before',
                  'Nothing is booked: next-meeting is not set')
        self.assertEqual(answer['steps'][-1]['text'],
                         'Open: due on 26 Dec 2022, 86 days left; due soon from 14 Nov 2022, the day of its first warning.')
        self.assertEqual(answer['steps'][0]['authority']['id'], 'S01')

    def test_eight_weeks_that_end_on_easter_monday(self):
        answer = self.shipped('level-3-review', '2023-02-20', ('level-set', '2023-02-01', {'level': '3'}),
                              ('meeting-held', '2023-02-13', {'meeting-level': '3'}))
        self.assertEqual(self.texts(answer, 'arithmetic')[-1],
                         '13 Feb 2023 + 56 days = 10 Apr 2023, Easter Monday; last working day before: 6 Apr 2023')

    def test_the_community_clock_survives_a_recall(self):
        history = [('meeting-held', '2023-01-09', {'meeting-level': '2'}), ('recalled', '2023-03-20'), ('released', '2023-04-03')]
        answer = self.shipped('level-2-review', '2023-04-03', *history)
        self.assertEqual(self.texts(answer, 'arithmetic'), [
            '70 of 112 days used; paused 20 Mar to 3 Apr 2023 (14 days), location custody',
            '9 Jan 2023 + 112 days, 14 paused days left out = 15 May 2023'])
        self.says(answer, 'The clock does not run from 20 Mar 2023, location being custody: recalled on 20 Mar 2023 (line 6)',
                  'It runs again from 3 Apr 2023: released on 3 Apr 2023 (line 7)')
        answer = self.shipped('level-2-review', '2023-03-25', *history)
        self.assertEqual(answer['answer'], 'paused')
        self.says(answer, '69 of 112 days used; paused since 20 Mar 2023, location custody',
                  'Paused: if the clock ran again from the day after, it would be due on 7 May 2023.')

    def test_four_weeks_that_end_on_a_bank_holiday_are_not_extended(self):
        answer = self.explain('community-initial-meeting', '2023-04-10', events(
            ('sentenced', '2023-04-03', {'disposal': 'community', 'sentence-ends': '2025-04-02'}),
            ('category-set', '2023-04-03', {'category': '1'}), ('level-set', '2023-04-03', {'level': '1'})), rules=TREE / 'rules')
        self.says(answer, '3 Apr 2023 + 28 days = 1 May 2023, Early May bank holiday; last working day before: 28 Apr 2023')

    def test_a_window_opens_on_the_last_day_of_february(self):
        history = self.MANAGED[:2] + events(('level-set', '2022-02-01', {'level': '2'}),
                                            ('release-planned', '2022-12-01', {'release-date': '2023-08-31'}))
        answer = self.explain('pre-release-meeting', '2023-01-15', history, rules=TREE / 'rules')
        self.assertEqual(answer['answer'], 'pending')
        self.says(answer, "31 Aug 2023 - 6 months = 28 Feb 2023; there is no 31 Feb, the month's last day stands for it: the window opens",
                  'The last day is release-date itself: 31 Aug 2023',
                  'Pending: the window opens on 28 Feb 2023; due on 31 Aug 2023.')

    def test_a_rule_for_another_level_says_which_word_fails_and_what_made_it_so(self):
        answer = self.shipped('level-3-review', '2022-10-01')
        self.assertEqual((answer['answer'], answer['why'], answer['obligation']), ('not-applicable', 'does-not-apply', None))
        self.says(answer, 'level would have to be 3; it has been 2 since 1 Feb 2022: level-set on 1 Feb 2022 with level 2 (line 3)',
                  'Nothing is owed: the rule does not apply, because level is 2.')

    # ---- counting modes ----

    def counted(self, rule, on):
        return self.explain(rule, on, events(('begun', '2019-01-01'), ('told', on)))

    def test_beginning_with_counts_the_day_itself(self):
        self.says(self.counted('three-days', '2023-03-31'),
                  '31 Mar 2023 + 3 days, that day being the first = 2 Apr 2023, a Sunday; last working day before: 31 Mar 2023')
        self.says(self.counted('ten-years', '2020-06-15'), '15 Jun 2020 + 10 years, that day being the first = 14 Jun 2030')
        self.says(self.counted('ten-years', '2024-02-29'), '29 Feb 2024 + 10 years, that day being the first = 28 Feb 2034; '
                  "there is no 29 Feb, the month's last day stands for it")
        self.says(self.counted('thirty-months', '2021-08-31'), '31 Aug 2021 + 30 months, that day being the first = 29 Feb 2024; '
                  "there is no 31 Feb, the month's last day stands for it")

    def test_after_leaves_the_day_out(self):
        self.says(self.counted('one-year', '2023-03-14'), '14 Mar 2023 + 1 year = 14 Mar 2024')
        self.says(self.counted('one-year', '2024-02-29'),
                  "29 Feb 2024 + 1 year = 28 Feb 2025; there is no 29 Feb, the month's last day stands for it")

    def test_working_days_name_the_holidays_that_were_not_worked(self):
        self.says(self.counted('five-worked', '2023-04-05'),
                  '5 Apr 2023 + 5 working days = 14 Apr 2023; not worked: 7 Apr 2023 Good Friday, 10 Apr 2023 Easter Monday')
        self.says(self.counted('five-worked', '2022-12-20'), '20 Dec 2022 + 5 working days = 29 Dec 2022; '
                  'not worked: 26 Dec 2022 Boxing Day, 27 Dec 2022 Christmas Day (substitute day)')

    def test_clear_days_count_neither_end(self):
        answer = self.explain('clear-days', '2023-06-01', events(('begun', '2023-01-20'), ('planned', '2023-01-20', {'plan': '2023-07-15'})))
        self.says(answer, '15 Jul 2023 - 6 months = 15 Jan 2023, a Sunday: the window opens',
                  '15 Jul 2023 - 7 days clear, neither end counting = 7 Jul 2023')

    # ---- pauses ----

    def test_paused_days_of_a_month_are_made_good(self):
        answer = self.explain('every-months', '2023-02-20', events(
            ('begun', '2022-12-31'), ('went-in', '2023-02-01'), ('came-out', '2023-02-11')))
        self.says(answer, "31 Dec 2022 + 2 months = 28 Feb 2023; there is no 31 Feb, the month's last day stands for it",
                  '28 Feb 2023 + 10 paused days made good = 10 Mar 2023')

    def test_a_pause_begins_the_clock_anew(self):
        answer = self.explain('anew', '2023-02-20', events(
            ('begun', '2023-01-02'), ('went-in', '2023-01-10'), ('came-out', '2023-01-16')))
        self.says(answer, 'The pause began the clock anew: it counts from 16 Jan 2023', '16 Jan 2023 + 28 days = 13 Feb 2023',
                  'Overdue: 13 Feb 2023 was the last day, 7 days ago.')

    def test_a_clock_that_starts_paused_waits(self):
        answer = self.explain('anew', '2023-01-20', events(
            ('went-in', '2023-01-02'), ('tiered', '2023-01-02', {'tier': '1'}), ('came-out', '2023-01-09')))
        self.says(answer, 'The clock does not run on 2 Jan 2023; it starts on the first day that does: 9 Jan 2023',
                  '9 Jan 2023 + 28 days = 6 Feb 2023')

    def test_a_clock_that_never_stops_is_carried_and_given_grace(self):
        answer = self.explain('carried', '2023-04-10', events(
            ('begun', '2023-03-01'), ('went-in', '2023-03-20'), ('came-out', '2023-04-05')))
        self.says(answer, '1 Mar 2023 + 28 days = 29 Mar 2023',
                  '29 Mar 2023 does not run; the first day on or after it that does: 5 Apr 2023',
                  '5 Apr 2023 + 3 working days = 12 Apr 2023; not worked: 7 Apr 2023 Good Friday, 10 Apr 2023 Easter Monday: the grace')

    def test_a_date_asked_for_comes_sooner_or_makes_no_difference(self):
        answer = self.explain('every-months', '2023-01-20', events(('begun', '2023-01-02'), ('asked', '2023-01-10', {'review-by': '2023-02-06'})))
        self.says(answer, 'review-by asks for an earlier day: 6 Feb 2023')
        answer = self.explain('every-months', '2023-01-20', events(('begun', '2023-01-02'), ('asked', '2023-01-10', {'review-by': '2023-03-06'})))
        self.says(answer, 'review-by asks for 6 Mar 2023, which is not earlier: 2 Mar 2023')

    def test_an_overdue_date_no_longer_moves(self):
        answer = self.explain('every-months', '2023-02-20', events(
            ('begun', '2023-01-02'), ('asked', '2023-01-10', {'review-by': '2023-01-30'}), ('asked', '2023-02-10', {'review-by': '2023-02-28'})))
        self.says(answer, 'review-by asks for an earlier day: 30 Jan 2023; that day passed, and what came later no longer moves it')

    def test_what_an_earlier_one_had_used_is_taken_over(self):
        rules = self.directory / 'inherit'
        rules.mkdir()
        for name in ('00-words.cfg', '90-calendar.cfg'):
            shutil.copy(self.own / name, rules)
        rules.joinpath('10-rules.cfg').write_text('rules = (' + ',\n'.join(
            HEAD.format(id=name) + f' applies = {{ tier = "{tier}"; }}; every = "{weeks} weeks after"; follows = ["{other}"]; '
            'met-by = { event = "done"; }; }' for name, tier, weeks, other in
            (('slow', '1', 16, 'quick'), ('quick', '2', 8, 'slow'))) + ');', encoding='utf-8')
        history = events(('begun', '2023-01-02'), ('tiered', '2023-03-13', {'tier': '2'}), ('tiered', '2023-04-03', {'tier': '1'}))
        # 69 of 112 days were used from 3 January to 12 March: 43 remain, the 13th being the first; 8 weeks give 8 May.
        answer = self.explain('quick', '2023-03-20', history, rules=rules)
        self.says(answer, 'slow had run since 2 Jan 2023 and ended on 13 Mar 2023 without being met; 69 days used',
                  '13 Mar 2023 + 56 days = 8 May 2023, Coronation of King Charles III',
                  '112 - 69 days used under slow = 43 running days, 13 Mar 2023 being the first: 24 Apr 2023',
                  'The earliest of these: 24 Apr 2023')

    # ---- what does not count ----

    def test_an_event_with_other_fields_does_not_trigger(self):
        answer = self.explain('in-person', '2023-02-01', events(('begun', '2023-01-02'), ('told', '2023-01-05', {'how': 'post'})))
        self.assertEqual(answer['why'], 'not-triggered')
        self.says(answer, 'On no day on which the rule applied was there any told with how person',
                  'Does not start it: told on 5 Jan 2023 with how post (line 2); what does is told with how person',
                  'Nothing is owed: the rule applies, but nothing that it counts from has happened.')

    def test_a_trigger_on_a_day_without_the_rule_does_not_count(self):
        answer = self.explain('at-first', '2023-02-01', events(
            ('begun', '2023-01-02'), ('told', '2023-01-05'), ('tiered', '2023-01-06', {'tier': '2'})))
        self.says(answer, 'Does not start it: told on 5 Jan 2023 (line 2); the rule did not apply on that day: tier was 1')

    def test_an_event_on_the_day_it_begins_changes_nothing(self):
        answer = self.explain('anew', '2023-01-20', events(('begun', '2023-01-02'), ('done', '2023-01-02')))
        self.says(answer, 'Does not count: done on 2 Jan 2023 (line 2); an event on the day that it begins changes nothing')

    def test_an_event_before_the_window_does_not_count(self):
        answer = self.explain('clear-days', '2023-02-01', events(
            ('begun', '2023-01-02'), ('planned', '2023-01-02', {'plan': '2023-12-15'}), ('done', '2023-01-20', {'kind': 'full'}),
            ('done', '2023-01-21', {'kind': 'short'})))
        self.says(answer, 'Does not count: done on 20 Jan 2023 with kind full (line 3); it came before the window opened',
                  'Does not count: done on 21 Jan 2023 with kind short (line 4); what counts is done with kind full')

    def test_what_was_retracted_or_replaced_is_told(self):
        history = events(('begun', '2023-01-02'), ('done', '2023-01-10', {'id': 'a'}), ('done', '2023-01-12', {'id': 'b'}))
        history += [{'retract': 'a', 'why': 'another case'}]
        history += events(('done', '2023-01-13', {'replaces': 'b', 'why': 'the day was wrong'}))
        answer = self.explain('anew', '2023-01-20', history)
        self.says(answer, 'Does not count: done on 10 Jan 2023 (line 2), retracted (line 4)',
                  'Does not count: done on 12 Jan 2023 (line 3), replaced by done on 13 Jan 2023 (line 5; in place of line 3)')

    # ---- why there is none ----

    def why(self, rule, day, *lines):
        answer = self.explain(rule, day, events(*lines))
        return answer['why'], answer['steps'][-1]['text']

    def test_every_reason_says_its_own_words(self):
        begun = ('begun', '2023-01-02')
        self.assertEqual(self.why('off', '2023-02-01', begun), ('disabled', 'Nothing is owed: the rule is switched off (enabled = false).'))
        self.assertEqual(self.why('later', '2023-02-01', begun), ('not-in-force', 'Nothing is owed: the rule is not in force on 1 Feb 2023.'))
        self.assertEqual(self.why('anew', '2023-01-01', begun), ('no-case', 'Nothing is owed: there is no case on 1 Jan 2023.'))
        self.assertEqual(self.why('per-order', '2023-02-01', begun), ('no-item', 'Nothing is owed: there is nothing for it to be about.'))
        self.assertEqual(self.why('clear-days', '2023-02-01', begun, ('planned', '2023-01-03', {'plan': '2024-01-01'}), ('unplanned', '2023-01-03')),
                         ('no-date', 'Nothing is owed: the rule applies, but plan is not set.'))
        self.assertEqual(self.why('three-a-year', '2023-02-01', begun),
                         ('before-period', 'Nothing is owed: the rule applies, but it did not when the present period began.'))
        self.assertEqual(self.why('at-first', '2023-02-01', begun, ('tiered', '2023-01-03', {'tier': '2'}), ('shut', '2023-01-04')),
                         ('excluded', 'Nothing is owed: the rule does not apply, excluded because closed is yes.'))

    def test_a_quota_names_what_it_counted(self):
        answer = self.explain('three-a-year', '2023-06-01', events(
            ('begun', '2023-01-02'), ('done', '2023-03-31'), ('done', '2023-04-01'), ('done', '2023-05-01')))
        self.says(answer, '2 of 3: 1 Apr 2023 (line 3), 1 May 2023 (line 4)',
                  'The year from 1 Apr 2023 ends on 31 Mar 2024, a Sunday; last working day before: 28 Mar 2024')

    def test_a_missing_fact_is_named(self):
        answer = self.explain('every-months', '2023-01-20', events(('tiered', '2023-01-02', {'tier': '1'})))
        self.assertEqual(answer['answer'], 'unevaluable')
        self.says(answer, 'place is not set: it was never recorded',
                  'Cannot be evaluated: place is missing; with what is known it would be due on 2 Mar 2023.')

    def test_a_date_that_is_needed_and_missing_leaves_no_date(self):
        answer = self.explain('dated', '2023-01-20', events(('begun', '2023-01-02')))
        self.says(answer, 'It began on 2 Jan 2023, the first day of the rule applying without a date',
                  'plan is not set: it was never recorded', 'Cannot be evaluated: plan is missing, and without it there is no date.')

    # ---- how it closed ----

    def test_met_late_says_by_how_much(self):
        answer = self.explain('anew', '2023-03-01', events(('begun', '2023-01-02'), ('done', '2023-02-02')), '--started', '2023-01-02')
        self.says(answer, 'Met by done on 2 Feb 2023 (line 2)', 'Met late, on 2 Feb 2023: the last day had been 30 Jan 2023, 3 days before.')
        self.assertEqual([other['started'] for other in answer['others']], ['2023-02-02'])

    def test_the_end_of_the_rule_says_what_ended_it(self):
        answer = self.explain('at-first', '2023-03-01', events(
            ('begun', '2023-01-02'), ('tiered', '2023-01-03', {'tier': '2'}), ('told', '2023-01-05'), ('tiered', '2023-01-20', {'tier': '1'})))
        self.says(answer, 'It ended on 20 Jan 2023, when it was no longer so that tier is 2',
                  'tier has been 1 since 20 Jan 2023: tiered on 20 Jan 2023 with tier 1 (line 4)',
                  'Lapsed: it ended on 20 Jan 2023 unmet, and not late by then; the last day would have been 2 Feb 2023.')

    def test_a_booking_is_no_meeting(self):
        lines = [('begun', '2023-01-02'), ('booked', '2023-01-05', {'booked-for': '2023-01-30'})]
        self.says(self.explain('anew', '2023-01-20', events(*lines)),
                  'Booked for 30 Jan 2023, in time: booked on 5 Jan 2023 with booked-for 30 Jan 2023 (line 2)')
        self.says(self.explain('anew', '2023-02-01', events(*lines)), 'The booking for 30 Jan 2023 does not count, its day has passed: '
                  'booked on 5 Jan 2023 with booked-for 30 Jan 2023 (line 2)')

    def test_a_row_of_a_table_says_why_it_fits(self):
        answer = self.explain('by-tier', '2023-01-20', events(('begun', '2023-01-02'), ('told', '2023-01-05')))
        self.says(answer, 'Row 1 of the period table fits, 4 weeks after, because tier is 1', '5 Jan 2023 + 28 days = 2 Feb 2023',
                  'closed would have to be yes; it is not set: it was never recorded; so nothing excludes it')
        answer = self.explain('by-tier', '2023-02-20', events(('begun', '2023-01-02'), ('tiered', '2023-01-03', {'tier': '2'}), ('told', '2023-01-31')))
        self.says(answer, 'Row 2 of the period table fits, 1 month after, which asks for nothing',
                  "31 Jan 2023 + 1 month = 28 Feb 2023; there is no 31 Feb, the month's last day stands for it")

    def test_a_date_that_moved_and_a_plan_that_has_passed(self):
        lines = [('begun', '2023-01-02'), ('planned', '2023-01-03', {'plan': '2023-03-01'})]
        moved = self.explain('tentative', '2023-02-01', events(*lines, ('planned', '2023-01-20', {'plan': '2023-04-03'})), '--started', '2023-01-03')
        self.says(moved, 'plan has been 3 Apr 2023 since 20 Jan 2023: planned on 20 Jan 2023 with plan 3 Apr 2023 (line 3)',
                  'Moved: on 20 Jan 2023 another date took the place of 1 Mar 2023.')
        self.says(self.explain('tentative', '2023-03-02', events(*lines)), 'plan has been 1 Mar 2023 since 3 Jan 2023: planned on 3 Jan 2023 with plan 1 Mar 2023 (line 2)',
                  'Cannot be evaluated: the planned date, plan, has passed and was not corrected.')

    def test_a_milestone_is_reached_and_nothing_more(self):
        answer = self.explain('told-of', '2023-03-02', events(('begun', '2023-01-02'), ('planned', '2023-01-03', {'plan': '2023-03-01'})))
        self.says(answer, 'By plan; a date to be told of, that nothing has to meet.',
                  'It began on 3 Jan 2023, the first day of the rule applying with this date', 'Reached on 1 Mar 2023.')

    # ---- the question ----

    def test_items_are_named_or_found(self):
        one, two = ('made', '2023-01-03', {'item': 'O-1'}), ('made', '2023-01-04', {'item': 'O-2'})
        answer = self.explain('per-order', '2023-02-01', events(('begun', '2023-01-02'), one))
        self.assertEqual(answer['item'], 'O-1')
        self.says(answer, 'order O-1 begins: made of O-1 on 3 Jan 2023 (line 2)')
        done = self.run_explain(self.own, events(('begun', '2023-01-02'), one, two), 'per-order', '2023-02-01')
        self.assertEqual((done.returncode, done.stderr), (1, 'mappactl: the rule is about each order; name one of: O-1 O-2\n'))
        answer = self.explain('per-order', '2023-02-01', events(('begun', '2023-01-02'), one, two), '--item', 'O-2')
        self.assertEqual(answer['obligation']['item'], 'O-2')
        answer = self.explain('per-order', '2023-02-01', events(('begun', '2023-01-02'), one), '--item', 'O-3')
        self.assertEqual(answer['why'], 'no-item')

    def test_wrong_questions_are_refused_with_the_right_word(self):
        begun = events(('begun', '2023-01-02'))
        for rule, words, message in (('anwe', (), 'no rule is called "anwe"; did you mean "anew"?'),
                                     ('anew', ('--item', 'O-1'), 'the rule "anew" is about the case, not about an item'),
                                     ('anew', ('--started', '2023-01-03'), 'no obligation of this rule started on 3 Jan 2023')):
            done = self.run_explain(self.own, begun, rule, '2023-02-01', *words)
            self.assertEqual(done.returncode, 1)
            self.assertIn(message, done.stderr)

    def test_late_records_and_known_at(self):
        lines = events(('begun', '2023-01-02', {'recorded-at': '2023-01-02T09:00:00Z'}),
                       ('done', '2023-01-10', {'recorded-at': '2023-01-27T09:00:00Z'}))
        answer = self.explain('anew', '2023-01-28', lines)
        self.says(answer, 'Counted from done on 10 Jan 2023 (line 2, recorded 27 Jan 2023, 17 days later), which met the one before')
        answer = self.explain('anew', '2023-01-28', lines, '--known-at', '2023-01-20T00:00:00Z')
        self.assertEqual(answer['obligation']['started'], '2023-01-02')

    def test_text_is_numbered_wrapped_and_plain(self):
        done = self.run_explain(self.own, events(('begun', '2023-01-02')), 'anew', '2023-01-20')
        self.assertEqual(done.returncode, 0, done.stderr)
        lines = done.stdout.splitlines()
        self.assertEqual(lines[0], 'D-1042, anew, as of Fri 20 Jan 2023: due-soon, due Mon 30 Jan 2023')
        self.assertRegex(lines[2], r'^  1  authority   anew \(must\): A basis\. Source: a statute\.$')
        self.assertTrue(all(len(line) <= 100 for line in lines))

    def test_the_checker_finds_a_wrong_sum(self):
        """The test of the test: an answer altered by a day is found out."""
        answer = self.explain('anew', '2023-01-20', events(('begun', '2023-01-02')))
        step = next(step for step in answer['steps'] if step['operands'] and step['operands']['of'] == 'due')
        step['operands']['from'] = '2023-01-03'
        with self.assertRaises(Wrong):
            self.checker.explanation(answer)


if __name__ == '__main__':
    unittest.main()
