"""Does the arithmetic of every explanation add up? Recomputes each step from its own operands, over generated histories.

    explanations.py --mappactl PATH [--seed N] [--count N] [--profile main|full|wide] [--jobs N]

For every generated rule set and history, and every case and day that is asked about: `mappactl explain --all` explains
every obligation that `mappactl evaluate --all` lists, once; each arithmetic step, done again here from what the step says
it was made of, gives the result that it states; the last step of a due date ends on the obligation's due date, that of a
window on its opening, those of the counts on the counts. Shares no code with the daemon, and no dates with the oracle.
"""

import argparse
import collections
import datetime
import json
import multiprocessing
import os
import re
import subprocess
import sys
import tempfile

import generate

DAY = datetime.timedelta(days=1)
FIRST, LAST = datetime.date(1583, 1, 1), datetime.date(9999, 12, 31)
WEEK = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']
UNITS = {'day': 'days', 'week': 'weeks', 'month': 'months', 'year': 'years', 'working day': 'working days'}


class Wrong(AssertionError):
    pass


def expect(what, stated, worked_out):
    if stated != worked_out:
        raise Wrong(f'{what}: states {stated}, gives {worked_out}')


def date(text):
    return None if text is None else datetime.date.fromisoformat(text)


class Work:
    """The calendar of a rule set, and days by it."""

    def __init__(self, calendar):
        self.week = {WEEK.index(day) for day in calendar['working-week']}
        self.holidays = {date(one['on']) for one in calendar.get('holidays', ())}

    def works(self, day):
        return day.weekday() in self.week and day not in self.holidays

    def nth(self, day, count, step):
        while count > 0:
            day += step * DAY
            count -= self.works(day)
        return day


def days_in_month(year, month):
    return (datetime.date(year + month // 12, month % 12 + 1, 1) - DAY).day


def months_on(day, count):
    """(the corresponding date or the month's last day, whether there is no corresponding date)"""
    months = day.year * 12 + day.month - 1 + count
    year, month = months // 12, months % 12 + 1
    last = days_in_month(year, month)
    return datetime.date(year, month, min(day.day, last)), day.day > last


class Length:
    """"16 weeks after" """

    def __init__(self, text):
        found = re.fullmatch(r'(\d+) (clear )?(working day|day|week|month|year)s? (after|beginning with|before)', text)
        if not found:
            raise Wrong(f'"{text}" is no period')
        self.count, self.clear, self.unit = int(found[1]), bool(found[2]), UNITS[found[3]]
        self.phrase = found[4]

    @property
    def days(self):
        return self.count * (7 if self.unit == 'weeks' else 1)

    def plain(self, day, work):
        """(date, whether the month's end stood in for a date that there is not)"""
        back = self.phrase == 'before'
        if self.unit == 'working days':
            if back:
                return work.nth(day, self.count + self.clear, -1), False
            rest = self.count - (self.phrase == 'beginning with' and work.works(day))
            return work.nth(day, rest, 1), False
        if self.unit in ('months', 'years'):
            result, clamped = months_on(day, self.count * (12 if self.unit == 'years' else 1) * (-1 if back else 1))
            return result - (self.phrase == 'beginning with' and not clamped) * DAY, clamped
        return day + (-self.days - self.clear if back else self.days - (self.phrase == 'beginning with')) * DAY, False


def is_running(pauses):
    spans = [(date(first), date(last)) for first, last in pauses]
    for first, last in spans:
        if first > last:
            raise Wrong(f'a pause from {first} to {last}')
    return lambda day: not any(first <= day <= last for first, last in spans)


def nth_day(day, count, fits):
    """The count-th day from a day on, that day included, that fits."""
    while True:
        count -= fits(day)
        if count == 0:
            return day
        day += DAY


class Checker:
    def __init__(self, rules):
        self.work = Work(rules['calendar'])

    # each gives what the step's result ought to be

    def period(self, step):
        length = Length(step['period'])
        result, clamped = length.plain(date(step['from']), self.work)
        expect('clamped', step['clamped'], clamped)
        if length.unit == 'working days':
            self.skipped(step, result)
        return result

    def skipped(self, step, result):
        first, last = sorted((date(step['from']), result))
        holidays = sorted(day for day in self.work.holidays if first <= day <= last and day.weekday() in self.work.week)
        expect('skipped', [date(one) for one in step['skipped']], holidays[:16])
        expect('skipped_count', step['skipped_count'], len(holidays))

    def running_days(self, step):
        length, first = Length(step['period']), date(step['from'])
        return nth_day(first + (length.phrase == 'after') * DAY, length.days, is_running(step['paused']))

    def running_working_days(self, step):
        length, first = Length(step['period']), date(step['from'])
        running = is_running(step['paused'])
        result = nth_day(first + (length.phrase == 'after') * DAY, length.count,
                         lambda day: self.work.works(day) and running(day))
        self.skipped(step, result)
        return result

    def make_good(self, step):
        start, base, running = date(step['start']), date(step['from']), is_running(step['paused'])
        day = base
        while True:
            paused = sum(not running(start + DAY * n) for n in range(1, (day - start).days + 1))
            if (day - base).days == paused:
                return day
            day += DAY

    def first_running(self, step):
        return nth_day(date(step['from']), 1, is_running(step['paused']))

    def restart(self, step):
        """The clock begins anew on the first day after some pause; which one, the due dates between decide."""
        ends = {date(last) + DAY for _, last in step['paused']}
        result = date(step['result'])
        if result not in ends or result <= date(step['from']):
            raise Wrong(f'{result} is not the day after a pause: {step["paused"]}')
        return result

    def inherit(self, step):
        first, running, rest = date(step['from']), is_running(step['paused']), step['total'] - step['used']
        if step['overdue'] or rest <= 0:
            return first
        if not step['carry']:
            return nth_day(first, rest, running)
        base = first + (rest - 1) * DAY
        day = nth_day(base, 1, running)
        if day != base and 'grace' in step:
            day = nth_day(Length(step['grace']).plain(day, self.work)[0], 1, running)
        return day

    def earliest(self, step):
        result = min(date(one) for one in step['dates'])
        return max(result, date(step['not_before'])) if step['not_before'] else result

    def date(self, step):
        return date(step['from'])

    def period_end(self, step):
        return months_on(date(step['from']), 12 if step['in_each'] == 'year' else 3)[0] - DAY

    def count(self, step):
        return len(step['counted'])

    def days_used(self, step):
        first, last, running = date(step['from']), date(step['until']), is_running(step['paused'])
        return step['inherited'] + sum(running(first + n * DAY) for n in range((last - first).days + 1))

    # a whole explanation

    def step(self, step):
        operands = step['operands']
        worked_out = getattr(self, operands['op'].replace('-', '_'))(operands)
        stated = operands['result']
        expect(operands['op'], stated, worked_out if isinstance(worked_out, int) else worked_out.isoformat())
        if not isinstance(worked_out, int):
            expect('date of the step', step['date'], stated)
        if 'plan_by' in operands:
            plan = date(stated)
            while not self.work.works(plan):
                plan -= DAY
            expect('plan_by', operands['plan_by'], plan.isoformat())

    def explanation(self, answer):
        steps, obligation = answer['steps'], answer['obligation']
        expect('numbers', [step['n'] for step in steps], list(range(1, len(steps) + 1)))
        expect('conclusions', [n for n, step in enumerate(steps, 1) if step['kind'] == 'conclusion'], [len(steps)])
        if steps[0]['kind'] != 'authority' or steps[0]['authority'] is None:
            raise Wrong('it does not begin with an authority')
        ends = collections.OrderedDict()
        for step in steps:
            if (step['operands'] is not None) != (step['kind'] == 'arithmetic'):
                raise Wrong(f'step {step["n"]} is {step["kind"]} with operands {step["operands"]}')
            if step['operands'] is None:
                continue
            try:
                self.step(step)
            except Wrong as wrong:
                raise Wrong(f'step {step["n"]}, "{step["text"]}": {wrong}') from wrong
            self.follows(step, ends)
            ends[step['operands']['of']] = step['operands']['result']
        self.ends(obligation, ends, answer)

    def follows(self, step, ends):
        """What a step of a due date begins with is what was known before."""
        operands = step['operands']
        if operands['op'] == 'make-good':
            expect('base', operands['from'], ends['due'])
        if operands['op'] == 'earliest' and ends.get('due') not in operands['dates']:
            raise Wrong(f'{ends.get("due")} is none of {operands["dates"]}')

    def ends(self, obligation, ends, answer):
        if obligation is None:
            expect('answer', answer['answer'], 'not-applicable')
            if not answer['why'] or ends:
                raise Wrong('nothing is owed, and no reason is given')
            return
        expect('answer', answer['answer'], obligation['state'])
        expect('due', ends.get('due'), obligation['due'])
        for key, of in (('used_days', 'used'), ('done', 'done')):
            if obligation['due'] is not None:
                expect(key, ends.get(of), obligation[key])
        if 'opens' in ends:
            expect('opens', ends['opens'], obligation['opens'])
        if obligation['due'] is not None:
            expect('date of the conclusion', answer['steps'][-1]['date'], obligation['due'])


class Subject:
    def __init__(self, program, directory, world):
        self.program, self.rules = program, os.path.join(directory, 'rules')
        self.events = os.path.join(directory, 'events.ndjson')
        generate.write_rules(world.rules, world.seed, self.rules)
        with open(self.events, 'w', encoding='utf-8') as file:
            file.write(''.join(line + '\n' for line in generate.lines_of(world.cases, world.seed)[0]))

    def run(self, words, day, known):
        words = [self.program, *words, '--rules', self.rules, '--as-of', generate.iso(day), '--all']
        done = subprocess.run(words + (['--known-at', known] if known else []), capture_output=True, text=True, timeout=60)
        if done.returncode not in (0, 1):
            raise Wrong(f'exit status {done.returncode}: {done.stderr[-2000:]}')
        return [json.loads(line) for line in done.stdout.splitlines()]


def key_of(obligation):
    return obligation['case'], obligation['rule'], obligation['item'] or '', obligation['started']


def check_world(checker, subject, world):
    """(explanations, words of what they were about)"""
    made, seen = 0, collections.Counter()
    for day, known in world.asked:
        listed = collections.defaultdict(list)
        for obligation in subject.run(['evaluate', subject.events], day, known):
            listed[obligation['case']].append(obligation)
        for ref, _ in world.cases:
            told = []
            for answer in subject.run(['explain', '--json', subject.events, ref], day, known):
                try:
                    checker.explanation(answer)
                except Wrong as wrong:
                    raise Wrong(f'seed {world.seed} {world.profile}, {ref} {answer["rule"]} {answer["item"]} as of '
                                f'{generate.iso(day)} known at {known}: {wrong}\n{json.dumps(answer, indent=1)}') from wrong
                made += 1
                seen[answer['answer'] if answer['obligation'] else 'why: ' + answer['why']] += 1
                seen.update('op: ' + step['operands']['op'] for step in answer['steps'] if step['operands'])
                if answer['obligation']:
                    told.append(answer['obligation'])
            if sorted(told, key=key_of) != sorted(listed[ref], key=key_of):
                raise Wrong(f'seed {world.seed}: {ref} as of {generate.iso(day)}: {len(told)} explained, '
                            f'{len(listed[ref])} listed')
    return made, seen


def one_seed(job):
    program, seed, profile = job
    world = generate.World(seed, profile, cases=4)
    with tempfile.TemporaryDirectory(prefix='explain-') as directory:
        try:
            return (*check_world(Checker(world.rules), Subject(program, directory, world), world), None)
        except Wrong as wrong:
            return 0, collections.Counter(), str(wrong)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('--mappactl', required=True)
    parser.add_argument('--seed', type=int, default=1)
    parser.add_argument('--count', type=int, default=20)
    parser.add_argument('--profile', choices=generate.PROFILES, default='full')
    parser.add_argument('--jobs', type=int, default=1)
    parser.add_argument('--seen', action='store_true', help='list what was met, and how often')
    args = parser.parse_args()
    made, seen, wrong = 0, collections.Counter(), 0
    jobs = [(args.mappactl, seed, args.profile) for seed in range(args.seed, args.seed + args.count)]
    with multiprocessing.Pool(args.jobs) as pool:
        for count, words, trouble in pool.imap_unordered(one_seed, jobs):
            made, wrong = made + count, wrong + (trouble is not None)
            seen.update(words)
            if trouble is not None and wrong <= 5:
                print(trouble, flush=True)
    for word, count in sorted(seen.items()) if args.seen else ():
        print(f'{count:8} {word}')
    print(f'{made} explanations, {wrong} rule sets with a wrong one')
    return 1 if wrong or not made else 0


if __name__ == '__main__':
    sys.exit(main())
