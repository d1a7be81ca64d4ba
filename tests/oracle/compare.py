"""Compares `mappactl evaluate` and `mappactl stages` with the oracle over generated rule sets and histories.

    compare.py --mappactl PATH [--seed N] [--count N | --seconds S] [--profile main|full|wide] [--jobs N] [--save DIR]

Every seed is one rule set, several cases and several days. The first difference of a seed is shrunk to a minimal case,
printed whole, and saved. Exit status 1 on any difference.
"""

import argparse
import collections
import copy
import itertools
import json
import multiprocessing
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

import generate
import oracle

SHRINK_SECONDS = 90
KEPT = {'id', 'title', 'source', 'basis', 'authority', 'strength', 'name', 'cases', 'severity', 'says', 'is', 'rules', 'event'}


class Trial:
    """A rule set, some cases, one question; both answers to it."""

    def __init__(self, rules, cases, seed):
        self.rules, self.cases, self.seed = rules, cases, seed

    def copy(self):
        return Trial(copy.deepcopy(self.rules), copy.deepcopy(self.cases), self.seed)

    def lines(self):
        return generate.lines_of(self.cases, self.seed)


class Subject:
    """The command under test, on files in a directory of its own."""

    def __init__(self, program, directory):
        self.program, self.directory = program, directory
        self.rules, self.events = os.path.join(directory, 'rules'), os.path.join(directory, 'events.ndjson')

    def load(self, trial):
        generate.write_rules(trial.rules, trial.seed, self.rules)
        with open(self.events, 'w', encoding='utf-8') as file:
            file.write(''.join(line + '\n' for line in trial.lines()[0]))

    def run(self, command, day, known, every=True):
        words = [self.program, command, '--rules', self.rules, '--as-of', generate.iso(day)]
        words += ['--known-at', known] if known else []
        words += ['--all'] if every else []
        done = subprocess.run(words + [self.events], capture_output=True, text=True, timeout=60)
        objects = []
        for line in done.stdout.splitlines():
            try:
                objects.append(json.loads(line))
            except ValueError:
                return Answer([], [], done, 'not JSON: %s' % line)
        refused = sorted({int(number) for number in re.findall(
            r'(?m)^(?!.*\bwarning\b)%s:(\d+):' % re.escape(self.events), done.stderr)})
        trouble = None
        if done.returncode not in (0, 1):
            trouble = 'exit status %d' % done.returncode
        elif re.search(r'\.cfg:\d+.*', done.stderr) and not done.stdout and done.returncode == 1 and not refused:
            trouble = 'the rule set was refused'
        elif done.returncode != (1 if refused else 0):
            trouble = 'exit status %d with %d lines refused' % (done.returncode, len(refused))
        return Answer(objects, refused, done, trouble)


class Answer:
    def __init__(self, objects, refused, done, trouble):
        self.objects, self.refused, self.trouble = objects, refused, trouble
        self.stderr = done.stderr


class Difference:
    def __init__(self, signature, text, case, day, known, command, every):
        self.signature, self.text, self.case = signature, text, case
        self.day, self.known, self.command, self.every = day, known, command, every


def key_of(row):
    return tuple(str(row.get(name)) for name in ('case', 'rule', 'item', 'started', 'stage', 'repeat'))


def rows_by_case(rows):
    found = collections.defaultdict(list)
    for row in rows:
        found[row.get('case')].append(row)
    return found


def compare_rows(expected, actual, names):
    """[(signature, text)] of one case's rows"""
    if expected == actual and all(tuple(row) == names for row in actual):
        return []
    wanted, got = collections.defaultdict(list), collections.defaultdict(list)
    for rows, group in ((expected, wanted), (actual, got)):
        for row in rows:
            group[key_of(row)].append(row)
    notes = []
    for key in sorted(set(wanted) | set(got)):
        for ours, theirs in zip(wanted[key] + [None] * len(got[key]), got[key] + [None] * len(wanted[key])):
            if ours is None and theirs is None:
                continue
            if ours is None or theirs is None:
                notes.append(('only %s has %s' % ('the oracle' if theirs is None else 'mappactl', (ours or theirs).get('state', 'a stage')),
                              json.dumps(ours or theirs)))
            elif ours != theirs:
                fields = [name for name in names if ours.get(name, '-') != theirs.get(name, '-')]
                text = ', '.join('%s: oracle %s, mappactl %s' % (name, json.dumps(ours.get(name)), json.dumps(theirs.get(name, '-')))
                                 for name in fields)
                states = ' (%s/%s)' % (ours.get('state'), theirs.get('state')) if 'state' in ours else ''
                notes.append((' '.join(fields) + states, '%s %s %s started %s: %s' % (
                    key[0], key[1], key[2], key[3], text) + (' stage %s %s' % key[4:] if 'stage' in ours else '')))
    if not notes and any(tuple(row) != names for row in actual):
        notes.append(('keys', 'keys are %s' % list(actual[0])))
    if not notes:
        notes.append(('order', 'the same rows in another order: oracle %s, mappactl %s' % (
            [key_of(row)[1:] for row in expected], [key_of(row)[1:] for row in actual])))
    return notes


def differences(subject, trial, asked, commands=('evaluate', 'stages')):
    """(evaluations made, [Difference]) of a loaded trial"""
    texts, owner = trial.lines()
    ours = oracle.Oracle(trial.rules, texts)
    found, made = [], 0
    for known in sorted({known for _, known in asked}, key=str):
        days = sorted({day for day, one in asked if one == known})
        answers = ours.ask(days, known)
        for day in days:
            made += len(trial.cases)
            closed = {key_of(row)[:4] for row in answers[day][0] if oracle.is_closed(row)}
            for command in commands:
                for every in (True, False) if command == 'evaluate' and day % 4 == 0 else (True,):
                    expected = answers[day][command == 'stages']
                    if not every:
                        expected = [row for row in expected if key_of(row)[:4] not in closed]
                    actual = subject.run(command, day, known, every)
                    found += judge(trial, owner, ours, expected, actual, (day, known, command, every))
                    if actual.trouble:
                        return made, found
    return made, found


def judge(trial, owner, ours, expected, actual, question):
    if actual.trouble:
        case = trial.cases[0][0]
        return [Difference(actual.trouble, '%s\n%s' % (actual.trouble, actual.stderr[:3000]), case, *question)]
    found = []
    if actual.refused != ours.refused:
        only_ours = [number for number in ours.refused if number not in actual.refused]
        only_theirs = [number for number in actual.refused if number not in ours.refused]
        texts = trial.lines()[0]
        for number in (only_ours + only_theirs)[:1]:
            why = ours.record.refused.get(number) or ' '.join(re.findall(r'(?m)^.*:%d: .*$' % number, actual.stderr))
            found.append(Difference('refused by %s only' % ('the oracle' if number in only_ours else 'mappactl'),
                                    'line %d refused by %s only (%s): %s' % (
                number, 'the oracle' if number in only_ours else 'mappactl', why, texts[number - 1]), owner[number], *question))
        return found
    names = oracle.STAGE_OUTPUT if question[2] == 'stages' else oracle.OUTPUT
    wanted, got = rows_by_case(expected), rows_by_case(actual.objects)
    for case in sorted(set(wanted) | set(got), key=str):
        notes = compare_rows(wanted[case], got[case], names)
        if notes:
            found.append(Difference(notes[0][0], '\n'.join(text for _, text in notes[:6]), case, *question))
    if not found and [key_of(row) for row in expected] != [key_of(row) for row in actual.objects]:
        found.append(Difference('order of cases', 'cases are printed in another order', expected[0]['case'], *question))
    return found


# ------------------------------------------------------------------------------------------------ shrinking

class Shrinker:
    """Drops whatever can be dropped while some difference of the same sort remains."""

    def __init__(self, subject, trial, difference):
        self.subject, self.trial, self.difference = subject, trial, difference
        self.until = time.monotonic() + SHRINK_SECONDS

    def sort_of(self, difference):
        return difference.signature.split(' (')[0].split()[0]

    def differs(self, trial):
        if time.monotonic() > self.until:
            return None
        try:
            self.subject.load(trial)
            wanted = self.difference
            _, found = differences(self.subject, trial, [(wanted.day, wanted.known)], (wanted.command,))
        except (KeyError, ValueError, AttributeError, TypeError, StopIteration, IndexError):
            return None
        for one in found:
            if self.sort_of(one) == self.sort_of(wanted):
                return one
        return None

    def keep_if(self, trial):
        found = self.differs(trial)
        if found is None:
            return False
        self.trial, self.difference = trial, found
        return True

    def shrink(self):
        for case in [one for one in self.trial.cases if one[0] == self.difference.case]:
            alone = self.trial.copy()
            alone.cases = [copy.deepcopy(case)]
            self.keep_if(alone)
        before = None
        while before != self.size() and time.monotonic() < self.until:
            before = self.size()
            self.drop_from(lambda trial: trial.cases[0][1])
            self.drop_from(lambda trial: trial.rules.get('rules', []))
            for name in ('constraints', 'derived', 'events', 'attributes', 'items'):
                self.drop_from(lambda trial, name=name: trial.rules.get(name, []))
            self.drop_from(lambda trial: trial.rules['calendar']['holidays'])
            self.drop_settings()
        return self.trial, self.difference

    def size(self):
        return len(json.dumps(self.trial.rules)) + len(json.dumps(self.trial.cases))

    def drop_from(self, rows_of):
        rows = rows_of(self.trial)
        chunk = max(1, len(rows) // 2)
        while chunk:
            at = len(rows_of(self.trial)) - chunk
            while at > -chunk:
                smaller = self.trial.copy()
                del rows_of(smaller)[max(0, at):at + chunk]
                self.keep_if(smaller)
                at -= chunk
            chunk //= 2

    def drop_settings(self):
        """Every setting of every group, at any depth, and every field of every line."""
        for path in sorted(paths_in(self.trial.rules), key=len):
            if path[0] != 'calendar' and path[-1] not in KEPT:
                self.drop_path(lambda trial: trial.rules, path)
        for path in sorted(paths_in(self.trial.cases[0][1]), key=len):
            if path[-1] not in ('_uid', 'case', 'event', 'on'):
                self.drop_path(lambda trial: trial.cases[0][1], path)

    def drop_path(self, root_of, path):
        smaller = self.trial.copy()
        place = root_of(smaller)
        try:
            for step in path[:-1]:
                place = place[step]
            del place[path[-1]]
        except (KeyError, IndexError, TypeError):
            return
        self.keep_if(smaller)


def paths_in(value, path=()):
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else []
    for step, one in list(pairs):
        if isinstance(value, dict) or isinstance(one, (dict, str)):
            yield path + (step,)
        yield from paths_in(one, path + (step,))


def report(trial, difference, seed, profile, subject, save):
    subject.load(trial)
    texts = trial.lines()[0]
    words = '--as-of %s%s%s' % (generate.iso(difference.day), ' --known-at ' + difference.known if difference.known else '',
                                ' --all' if difference.every else '')
    ours = oracle.Oracle(trial.rules, texts)
    expected = ours.ask([difference.day], difference.known)[difference.day][difference.command == 'stages']
    actual = subject.run(difference.command, difference.day, difference.known, difference.every)
    out = ['=' * 100, 'seed %d, profile %s, %s %s' % (seed, profile, difference.command, words), difference.text, '']
    for name, text in generate.files_of(trial.rules, trial.seed).items():
        out += ['# ' + name, text]
    out += ['# events'] + texts + ['', '# the oracle; refused: %s' % ours.record.refused] + [json.dumps(row) for row in expected]
    out += ['', '# mappactl; refused: %s' % actual.refused] + [json.dumps(row) for row in actual.objects] + [actual.stderr]
    text = '\n'.join(out)
    if save:
        place = os.path.join(save, '%s-%d' % (profile, seed))
        shutil.rmtree(place, ignore_errors=True)
        os.makedirs(place)
        generate.write_rules(trial.rules, trial.seed, os.path.join(place, 'rules'))
        with open(os.path.join(place, 'events.ndjson'), 'w', encoding='utf-8') as file:
            file.write(''.join(line + '\n' for line in texts))
        with open(os.path.join(place, 'report.txt'), 'w', encoding='utf-8') as file:
            file.write(text + '\n')
    return text


def one_seed(job):
    """(seed, evaluations, differences, signature, report)"""
    program, seed, profile, save, shrink, cases = job
    world = generate.World(seed, profile, cases)
    directory = tempfile.mkdtemp(prefix='oracle-')
    try:
        subject = Subject(program, directory)
        trial = Trial(world.rules, world.cases, world.seed)
        subject.load(trial)
        made, found = differences(subject, trial, world.asked)
        if not found:
            return seed, made, 0, None, None
        first = found[0]
        signature = '%s: %s' % (first.command, first.signature)
        if shrink:
            trial, first = Shrinker(subject, trial, first).shrink()
        return seed, made, len(found), signature, report(trial, first, seed, profile, subject, save)
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def jobs_of(args):
    started, seed = time.monotonic(), args.seed
    while (seed < args.seed + args.count) if args.seconds is None else (time.monotonic() < started + args.seconds):
        yield (args.mappactl, seed, args.profile, args.save, args.shrink, args.cases)
        seed += 1


def in_batches(pool, jobs, size):
    """A pool would take every job at once, and with --seconds there is no last one."""
    while batch := list(itertools.islice(jobs, size)):
        yield from pool.imap_unordered(one_seed, batch)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('--mappactl', required=True)
    parser.add_argument('--seed', type=int, default=1)
    parser.add_argument('--count', type=int, default=100)
    parser.add_argument('--seconds', type=float)
    parser.add_argument('--profile', choices=generate.PROFILES, default='main')
    parser.add_argument('--jobs', type=int, default=1)
    parser.add_argument('--save')
    parser.add_argument('--cases', type=int, default=8, help='cases for each rule set')
    parser.add_argument('--stop-after', type=int, default=10, help='differing seeds to report before giving up')
    parser.add_argument('--no-shrink', dest='shrink', action='store_false')
    args = parser.parse_args()
    made = different = reported = 0
    signatures = collections.Counter()
    pool = multiprocessing.Pool(args.jobs) if args.jobs > 1 else None
    results = in_batches(pool, jobs_of(args), 4 * args.jobs) if pool else map(one_seed, jobs_of(args))
    for seed, evaluations, count, signature, text in results:
        made, different = made + evaluations, different + count
        if count:
            signatures[signature] += 1
            reported += 1
            print(text if args.shrink else 'seed %d: %s\n%s' % (seed, signature, '\n'.join(text.split('\n')[2:7])), flush=True)
            if reported >= args.stop_after:
                break
    if pool:
        pool.terminate()
    for signature, number in signatures.most_common():
        print('%4d seeds: %s' % (number, signature))
    print('%d evaluations, %d differences' % (made, different))
    return 1 if different else 0


if __name__ == '__main__':
    sys.exit(main())
