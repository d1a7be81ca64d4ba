#!/usr/bin/python3
"""Rules whose versions differ, and other seldom cases, worked out from the words of the design: the command and the oracle
are both asked, and every explanation is done again. Needs mappactl; MAPPAD_BUILD says where it was built."""

import json
import os
import pathlib
import subprocess
import tempfile
import unittest

import oracle
import readcfg
from explanations import Checker

TREE = pathlib.Path(__file__).resolve().parents[2]
MAPPACTL = pathlib.Path(os.environ.get('MAPPAD_BUILD', TREE / 'build')).resolve() / 'bin/mappactl'

CALENDAR = 'calendar = { name = "c"; working-week = ["mon", "tue", "wed", "thu", "fri"]; covers = { from = "2019-01-01"; until = "2023-12-31"; }; };\n'
WORDS = CALENDAR + '''
attributes = (
  { name = "tier"; values = ["1", "2"]; },
  { name = "place"; values = ["in", "out"]; },
  { name = "plan"; type = "date"; },
  { name = "review-by"; type = "date"; } );
derived = ( { name = "kind"; values = ["long", "short"]; cases = ( { is = "long"; when = { tier = "2"; }; }, { is = "short"; } ); } );
events = (
  { name = "begun"; fields = ( { name = "tier"; }, { name = "place"; } ); },
  { name = "begun-short"; requires = { kind = "short"; }; },
  { name = "begun-long"; requires = { kind = "long"; }; },
  { name = "planned"; fields = ( { name = "plan"; }, { name = "review-by"; } ); },
  { name = "booked"; fields = ( { name = "plan"; } ); },
  { name = "done"; } );
'''
HEAD = '{{ id = "{id}"; title = "T"; source = "s"; basis = "b"; strength = "must"; {rest} }}'


def version(rest, id='rule'):
    return HEAD.format(id=id, rest=rest)


def event(name, on, **more):
    return {'case': 'D-1042', 'event': name, 'on': on, **{key.replace('_', '-'): value for key, value in more.items()}}


class Versions(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory(prefix='versions-')
        self.addCleanup(directory.cleanup)
        self.directory = pathlib.Path(directory.name)
        (self.directory / 'rules').mkdir()

    def write(self, versions, lines, more=''):
        self.text = WORDS + more + 'rules = (\n' + ',\n'.join(versions) + ' );\n'
        (self.directory / 'rules/rules.cfg').write_text(self.text, encoding='utf-8')
        self.lines = [json.dumps(line) for line in lines]
        (self.directory / 'events.ndjson').write_text(''.join(line + '\n' for line in self.lines), encoding='utf-8')

    def run_command(self, *words, status=0):
        done = subprocess.run([MAPPACTL, *words], capture_output=True, text=True, timeout=60, cwd=self.directory)
        self.assertEqual(done.returncode, status, done.stderr)
        return [json.loads(line) for line in done.stdout.splitlines() if line.startswith('{')], done.stderr

    def expect(self, day, *expected):
        """expected: of each answer what is to be seen, in the order in which they come."""
        group = readcfg.read_text(self.text)
        answers = oracle.Oracle(group, self.lines).ask([oracle.day_of(day)])[oracle.day_of(day)][0]
        question = ('--rules', 'rules', '--as-of', day, 'events.ndjson')
        every, _ = self.run_command('evaluate', '--all', *question)
        for name, rows in (('the oracle', answers), ('mappactl', every)):
            self.assertEqual(len(rows), len(expected), (name, rows))
            for row, wanted in zip(rows, expected):
                self.assertEqual({key: row[key] for key in wanted}, wanted, name)
        still = [row for row in every if row['met_on'] is None and row['ended_on'] is None]
        self.assertEqual(self.run_command('evaluate', *question)[0], still)
        told = []
        for answer in self.run_command('explain', '--json', '--all', *question, 'D-1042')[0]:
            Checker(group).explanation(answer)
            self.told = [step['text'] for step in answer['steps']]
            if answer['obligation'] is not None:
                told.append(answer['obligation'])
        self.assertEqual(told, every)

    # ---- section 5: sorted by case, rule, item, started ----

    def test_a_quota_and_a_later_within_come_by_started(self):
        self.write([version('in-force = { from = "2019-06-16"; until = "2020-01-28"; }; at-least = 3; in-each = "quarter"; met-by = { event = "done"; };'),
                    version('in-force = { from = "2020-02-04"; }; within = "7 days after"; from = "start"; met-by = { event = "done"; };')],
                   [event('begun', '2019-12-21')])
        self.expect('2020-02-12', {'started': '2020-01-01', 'due': '2020-03-31', 'state': 'open', 'done': 0},
                    {'started': '2020-02-04', 'due': '2020-02-11', 'state': 'overdue', 'used_days': 8, 'limit_days': 7})

    def test_an_every_that_comes_after_a_within_comes_by_started(self):
        self.write([version('in-force = { until = "2020-02-29"; }; within = "4 weeks after"; from = { event = "planned"; }; met-by = { event = "done"; };'),
                    version('in-force = { from = "2020-03-01"; }; every = "8 weeks after"; met-by = { event = "done"; };')],
                   [event('begun', '2020-01-06'), event('planned', '2020-02-03'), event('planned', '2020-02-10'), event('done', '2020-03-02')])
        self.expect('2020-03-09',
                    {'started': '2020-02-03', 'due': '2020-03-02', 'state': 'met', 'met_on': '2020-03-02', 'version': None},
                    {'started': '2020-02-10', 'due': '2020-03-09', 'state': 'met', 'version': None},
                    {'started': '2020-03-01', 'due': '2020-04-26', 'state': 'met', 'version': '2020-03-01'},
                    {'started': '2020-03-02', 'due': '2020-04-27', 'state': 'open', 'version': '2020-03-01'})

    def test_an_answer_without_a_date_stands_where_it_began(self):
        self.write([version('in-force = { until = "2020-01-31"; }; every = "2 weeks after"; applies = { tier = "1"; }; met-by = { event = "done"; };'),
                    version('in-force = { from = "2020-02-01"; }; by = "plan"; needs = "plan"; met-by = { event = "done"; };')],
                   [event('begun', '2020-01-06', tier='1')])
        self.expect('2020-02-10', {'started': '2020-01-06', 'due': '2020-01-20', 'state': 'overdue'},
                    {'started': '2020-02-01', 'due': None, 'opens': None, 'state': 'unevaluable', 'missing': 'plan'})

    # ---- "exactly one obligation is open" is of `every` ----

    def test_an_every_begins_beside_an_open_quota(self):
        self.write([version('in-force = { until = "2020-01-31"; }; at-least = 1; in-each = "year"; met-by = { event = "done"; };'),
                    version('in-force = { from = "2020-02-01"; }; every = "4 weeks after"; met-by = { event = "done"; };')],
                   [event('begun', '2019-12-30')])
        self.expect('2020-02-10', {'started': '2020-01-01', 'due': '2020-12-31', 'state': 'open'},
                    {'started': '2020-02-01', 'due': '2020-02-29', 'state': 'due-soon'})

    # ---- section 4.3: "unmet it closes missed on the day a next one opens" ----

    YEARLY = [version('in-force = { from = "2021-03-02"; until = "2021-11-08"; }; by = "06-01"; opens = "7 months before"; met-by = { event = "done"; };'),
              version('in-force = { from = "2021-11-19"; }; by = "11-30"; opens = "6 days before"; met-by = { event = "done"; };')]

    def test_a_yearly_one_is_missed_when_the_next_opens_though_not_yet_due(self):
        self.write(self.YEARLY, [event('begun', '2021-10-05')])
        self.expect('2021-11-23', {'started': '2021-11-01', 'due': '2022-06-01', 'state': 'open', 'ended_on': None})
        self.expect('2021-11-24', {'started': '2021-11-01', 'due': '2022-06-01', 'state': 'missed', 'ended_on': '2021-11-24'},
                    {'started': '2021-11-24', 'due': '2021-11-30', 'state': 'due-soon'})
        done = self.run_command('explain', '--json', '--rules', 'rules', '--as-of', '2021-11-24', '--started', '2021-11-01', 'events.ndjson',
                                'D-1042', 'rule')[0]
        texts = [step['text'] for step in done[0]['steps']]
        self.assertIn('It ended on 24 Nov 2021, when the next one opened', texts)
        self.assertIn('Missed: it ended on 24 Nov 2021 without having been met; the last day would have been 1 Jun 2022.', texts)

    def test_no_event_serves_two_years(self):
        self.write(self.YEARLY, [event('begun', '2021-10-05'), event('done', '2021-11-24')])
        self.expect('2021-11-24', {'started': '2021-11-01', 'state': 'missed', 'ended_on': '2021-11-24'},
                    {'started': '2021-11-24', 'due': '2021-11-30', 'state': 'met', 'met_on': '2021-11-24'})

    # ---- section 7: limit_days is what used_days will be on the due date ----

    def test_a_milestone_reached_by_a_sooner_date_in_the_past(self):
        self.write([version('within = "2 weeks after"; from = { event = "begun"; }; milestone = true; sooner = "review-by"; '
                            'alerts = ( { at = "due"; to = ["unit"]; } );')],
                   [event('begun', '2021-10-05'), event('planned', '2021-10-12', review_by='2021-10-08')])
        self.expect('2021-10-11', {'due': '2021-10-19', 'state': 'due-soon', 'used_days': 6, 'limit_days': 14})
        self.expect('2021-10-12', {'due': '2021-10-08', 'state': 'reached', 'ended_on': '2021-10-08', 'used_days': 3, 'limit_days': 3})
        stages, _ = self.run_command('stages', '--all', '--rules', 'rules', '--as-of', '2021-10-12', 'events.ndjson')
        self.assertEqual([(stage['day'], stage['reached']) for stage in stages], [('2021-10-08', True)])

    def test_a_milestone_set_on_its_own_day(self):
        self.write([version('within = "2 weeks after"; from = { event = "begun"; }; milestone = true; sooner = "review-by";')],
                   [event('begun', '2021-10-05'), event('planned', '2021-10-12', review_by='2021-10-12')])
        self.expect('2021-10-12', {'due': '2021-10-12', 'state': 'reached', 'ended_on': '2021-10-12', 'used_days': 7, 'limit_days': 7})

    # ---- "until the rule no longer applies; that is no obligation": in-force is asked of the rule on each day ----

    TABLE = 'needs = "tier"; within = ( { is = "8 days after"; when = { tier = "2"; }; } ); from = { event = "begun"; }; applies = { place = "in"; }; ' \
            'met-by = { event = "done"; };'
    UNKNOWN = {'started': '2021-10-21', 'opens': '2021-10-21', 'due': None, 'state': 'unevaluable', 'missing': 'tier'}

    def test_a_table_without_an_answer_ends_with_its_rule_in_force(self):
        self.write([version('in-force = { until = "2021-11-03"; }; ' + self.TABLE)], [event('begun', '2021-10-21', place='in')])
        self.expect('2021-11-03', self.UNKNOWN)
        self.expect('2021-11-04')

    def test_a_table_without_an_answer_outlasts_its_version(self):
        self.write([version('in-force = { until = "2021-11-03"; }; ' + self.TABLE),
                    version('in-force = { from = "2021-11-04"; until = "2021-11-30"; }; within = "8 days after"; from = { event = "begun"; }; met-by = { event = "done"; };')],
                   [event('begun', '2021-10-21', place='in'), event('begun', '2021-11-10', place='out')])
        self.expect('2021-11-12', dict(self.UNKNOWN, version=None), {'started': '2021-11-10', 'due': '2021-11-18', 'state': 'due-soon'})
        self.expect('2021-12-01', {'started': '2021-11-10', 'due': '2021-11-18', 'state': 'overdue'})

    # ---- by without its date: the present run of days without it, of the rule whatever the version ----

    def test_a_date_that_only_the_later_version_needs(self):
        self.write([version('in-force = { from = "2019-12-11"; until = "2020-02-20"; }; by = "plan"; met-by = { event = "done"; };'),
                    version('in-force = { from = "2020-02-21"; }; applies = { tier = "1"; }; needs = "plan"; by = "plan"; met-by = { event = "done"; };')],
                   [event('begun', '2020-01-15'), event('begun', '2020-02-01', tier='1')])
        self.expect('2020-02-20')
        self.expect('2020-02-21', {'started': '2020-01-15', 'opens': None, 'due': None, 'state': 'unevaluable', 'missing': 'plan', 'version': '2020-02-21'})
        self.assertIn('tier has been 1 since 1 Feb 2020: begun on 1 Feb 2020 with tier 1 (line 2)', self.told)

    def test_a_date_that_was_there_in_between(self):
        self.write([version('in-force = { until = "2020-02-20"; }; by = "plan"; met-by = { event = "done"; };'),
                    version('in-force = { from = "2020-02-21"; }; needs = "review-by"; by = "review-by"; met-by = { event = "done"; };')],
                   [event('begun', '2020-01-15'), event('planned', '2020-02-18', review_by='2020-03-02')])
        self.expect('2020-02-21', {'started': '2020-02-21', 'due': '2020-03-02'})

    # ---- why there is none ----

    def test_a_rule_that_was_never_set_going_says_so(self):
        untouched = 'within = "4 weeks after"; met-by = { event = "done"; }; from = { change = "plan"; };'
        vain = 'within = ( { is = "4 weeks after"; when = { tier = "2"; }; } ); met-by = { event = "done"; }; from = { change = "place"; };'
        self.write([version(untouched, 'untouched'), version(vain, 'vain')],
                   [event('begun', '2020-01-06', tier='1'), event('begun', '2020-01-13', place='in')])
        for rule, why in (('untouched', 'not-triggered'), ('vain', 'no-period')):
            answer, = self.run_command('explain', '--json', '--rules', 'rules', '--as-of', '2020-02-01', 'events.ndjson', 'D-1042', rule)[0]
            self.assertEqual((answer['obligation'], answer['why']), (None, why))

    # ---- checks ----

    def test_a_table_with_a_row_for_all_holds_before_the_very_first_event(self):
        self.write([version('every = "4 weeks after"; met-by = { event = "done"; };')], [event('begun-short', '2020-01-15')])
        self.expect('2020-01-15', {'started': '2020-01-15'})
        self.write([version('every = "4 weeks after"; met-by = { event = "done"; };')], [event('begun-long', '2020-01-15')])
        self.run_command('evaluate', '--rules', 'rules', '--as-of', '2020-01-15', 'events.ndjson', status=1)
        self.assertEqual(oracle.Oracle(readcfg.read_text(self.text), self.lines).refused, [1])

    def test_a_table_with_a_row_for_all_changes_on_the_first_day(self):
        """"Before its first day everything is unset": said of a change."""
        self.write([version('within = "4 weeks after"; from = { change = "kind"; }; met-by = { event = "done"; };')], [event('begun', '2020-01-15')])
        self.expect('2020-01-15', {'started': '2020-01-15', 'due': '2020-02-12'})

    def test_not_after_due_asks_the_event_itself(self):
        constraint = 'constraints = ( { id = "late"; severity = "refuse"; event = "booked"; date = "plan"; not-after-due = "rule"; says = "Late."; } );\n'
        lines = [event('begun', '2020-01-06'), event('planned', '2020-01-07', plan='2020-06-01'), event('booked', '2020-01-08'),
                 event('booked', '2020-01-09', plan='2020-02-04')]
        self.write([version('every = "4 weeks after"; met-by = { event = "done"; };')], lines, constraint)
        _, refused = self.run_command('evaluate', '--rules', 'rules', '--as-of', '2020-01-10', 'events.ndjson', status=1)
        self.assertEqual([line.split(':')[1] for line in refused.splitlines()], ['4'])
        self.assertEqual(oracle.Oracle(readcfg.read_text(self.text), self.lines).refused, [4])

    def test_what_was_never_dated_was_always_known(self):
        self.write([version('every = "4 weeks after"; met-by = { event = "done"; };')],
                   [event('begun', '2020-01-06'), dict(event('done', '2020-01-08', recorded_at='2020-01-09T09:00:00Z'), id='a'),
                    dict(event('done', '2020-01-10', recorded_at='2020-01-11T09:00:00Z'), id='b'), {'retract': 'a', 'why': 'not so'},
                    {'retract': 'b', 'why': 'not so', 'recorded-at': '2020-01-20T09:00:00Z'}])
        for known, started in (('2020-01-10T09:00:00Z', ['2020-01-06']), ('2020-01-12T09:00:00Z', ['2020-01-06', '2020-01-10']),
                               ('2020-01-21T09:00:00Z', ['2020-01-06'])):
            rows, _ = self.run_command('evaluate', '--all', '--rules', 'rules', '--as-of', '2020-01-31', '--known-at', known, 'events.ndjson')
            self.assertEqual([row['started'] for row in rows], started)
            day = oracle.day_of('2020-01-31')
            self.assertEqual(oracle.Oracle(readcfg.read_text(self.text), self.lines).ask([day], known)[day][0], rows)

    # ---- calendars of several files ----

    def test_the_spans_of_two_files_widen_and_their_weeks_must_agree(self):
        self.write([version('within = "5 working days after"; from = { event = "begun"; }; met-by = { event = "done"; };')],
                   [event('begun', '2024-01-02')])
        overlay = self.directory / 'rules/zz-overlay.cfg'
        overlay.write_text('calendar = { covers = { from = "2024-01-01"; until = "2024-12-31"; }; };\n', encoding='utf-8')
        self.assertEqual(readcfg.read_directory(self.directory / 'rules')['calendar']['covers'], {'from': '2019-01-01', 'until': '2024-12-31'})
        rows, _ = self.run_command('evaluate', '--rules', 'rules', '--as-of', '2024-01-02', 'events.ndjson')
        self.assertEqual([(row['due'], row['provisional']) for row in rows], [('2024-01-09', False)])
        overlay.write_text('calendar = { working-week = ["fri", "thu", "wed", "tue", "mon"]; };\n', encoding='utf-8')
        self.run_command('rules', 'check', 'rules')
        overlay.write_text('calendar = { working-week = ["mon", "tue", "wed", "thu"]; };\n', encoding='utf-8')
        self.run_command('rules', 'check', 'rules', status=1)


if __name__ == '__main__':
    unittest.main()
