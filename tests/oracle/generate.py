"""Random valid rule sets and random histories, from a seed. No law in them: tiers, places, colours.

    generate.py --seed 7 --profile full            prints the rule set and the events of one seed
    generate.py --stats --seed 1 --count 200       what share of states and features such histories reach

Three profiles, each with all of the one before: `main`, `full`, and `wide`, which is drawn to where calendars, words and
orders of events are strangest: other centuries, periods of a day, the ends of years and months, several versions.

A *world* is a rule set, a few cases with their lines, and the days and instants to ask about. Lines are dicts; a line
that names another does so by `_uid`, so that lines can be dropped (compare.py does) and numbered when written out.
"""

import argparse
import collections
import datetime
import json
import os
import random
import re
import sys

import oracle

ENUMS = {'tier': ['1', '2', '3'], 'place': ['in', 'out', 'away'], 'colour': ['red', 'blue', 'green', 'grey'],
         'phase': ['early', 'late'], 'closed': ['yes', 'no']}
DATES = ['plan-date', 'review-by', 'visit-on', 'ends-on']
KINDS = {'order': ('order-state', ['live', 'held', 'spent'], 'order-ends'), 'task': ('task-rank', ['low', 'high'], 'task-by'),
         'visit': ('visit-kind', ['home', 'office'], 'visit-due')}
PROFILES = ('main', 'full', 'wide')
GRADES = ['a', 'b', 'c']
ROLES = ['unit', 'chair', 'deputy']
ALONE = {'values', 'to', 'needs', 'follows', 'clears', 'working-week', 'not-after-due'}
CONDITIONS = {'applies', 'unless', 'runs', 'missed-if', 'when', 'where', 'requires', 'never', 'sets', 'adds', 'removes'}


# How far a world of profile wide lies from 2020: the leap years that are none, those that are, and far days.
ERAS = [(datetime.date(*day) - datetime.date(2020, 1, 1)).days for day in (
    (1899, 1, 1), (1899, 6, 1), (1968, 2, 10), (1969, 7, 1), (1999, 1, 1), (2020, 1, 1), (2023, 1, 15), (2099, 1, 1), (2098, 9, 1),
    (1604, 3, 1), (2399, 2, 1), (9980, 1, 1))]


def move_days(value, days):
    """The same with every text that is a day moved; instants of recording stay."""
    if isinstance(value, dict):
        return type(value)((name, move_days(one, days)) for name, one in value.items())
    if isinstance(value, (list, tuple)):
        return type(value)(move_days(one, days) for one in value)
    if isinstance(value, str) and re.fullmatch(r'\d{4}-\d\d-\d\d', value) and oracle.day_of(value):
        return iso(oracle.day_of(value) + days)
    return value


def iso(day):
    return datetime.date.fromordinal(day).isoformat()


# ------------------------------------------------------------------------------------------------ writing libconfig

def emit(value, rng, alone=False):
    if isinstance(value, bool):
        return 'true' if value else 'false'
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        return '"%s"' % value
    if isinstance(value, dict):
        return '{ ' + ' '.join('%s = %s;' % (name, emit(one, rng, alone)) for name, one in value.items()) + ' }'
    if alone and len(value) == 1 and rng.random() < 0.5:
        return emit(value[0], rng, alone)
    marks = '[]' if value and all(isinstance(one, (str, int)) for one in value) else '()'
    return marks[0] + ', '.join(emit(one, rng, alone) for one in value) + marks[1]


def emit_group(group, rng, depth=1):
    lines = ['{']
    for name, value in group.items():
        lines.append('  ' * (depth + 1) + '%s = %s;' % (name, emit(value, rng, name in ALONE or name in CONDITIONS)))
    return '\n'.join(lines) + ' }'


def overlaid(calendar, rng):
    """The same calendar in two groups that unite: some of the days off, and sometimes the end of the span, in an overlay."""
    days = calendar['holidays']
    own = [one for one in days if rng.random() < 0.5]
    base, overlay = dict(calendar, holidays=own), {'holidays': [one for one in days if one not in own]}
    first, last = (oracle.day_of(calendar['covers'][name]) for name in ('from', 'until'))
    if rng.random() < 0.5:
        middle = rng.randint(first, last - 1)
        base['covers'] = {'from': iso(first), 'until': iso(middle)}
        overlay['covers'] = {'from': iso(rng.randint(first, middle + 1)), 'until': iso(last)}
    return [base, overlay]


def files_of(rules, seed):
    """{file name: text}; every list may be spread over several files, since lists concatenate in name order."""
    rng = random.Random(seed)
    files = collections.OrderedDict()
    for name, value in rules.items():
        if isinstance(value, dict):
            for part, group in enumerate(overlaid(value, rng) if rng.random() < 0.3 else [value]):
                files['1%d-%s.cfg' % (part, name)] = '%s = %s;\n' % (name, emit_group(group, rng, 0))
            continue
        cut = rng.randint(0, len(value)) if rng.random() < 0.3 else len(value)
        for part, rows in enumerate((value[:cut], value[cut:])):
            if rows:
                text = '%s = (\n  ' % name + ',\n  '.join(emit_group(row, rng) for row in rows) + '\n);\n'
                files['2%d-%s.cfg' % (part, name)] = text
    return files


def write_rules(rules, seed, directory):
    os.makedirs(directory, exist_ok=True)
    for old in os.listdir(directory):
        os.remove(os.path.join(directory, old))
    for name, text in files_of(rules, seed).items():
        with open(os.path.join(directory, name), 'w', encoding='utf-8') as file:
            file.write(text)


# ------------------------------------------------------------------------------------------------ rule sets

class RuleMaker:
    def __init__(self, rng, profile):
        self.rng, self.full, self.wide = rng, profile != 'main', profile == 'wide'
        self.enums = dict(sorted(rng.sample(sorted(ENUMS.items()), rng.randint(2, 4))))
        self.dates = rng.sample(DATES, rng.randint(2, 4))
        self.kinds = sorted(rng.sample(sorted(KINDS), rng.randint(1, 3))) if self.full else []
        self.with_set = self.full and rng.random() < 0.6
        self.members = ['north', 'south', 'east']
        self.derived, self.derived_values = [], {}

    def chance(self, share):
        return self.rng.random() < share

    def make(self):
        group = {}
        if self.kinds:
            group['items'] = [{'name': kind, 'label': kind.title()} for kind in self.kinds]
        group['attributes'] = self.attributes()
        group['events'] = self.events()
        self.event_types = {event['name']: event for event in group['events']}
        if self.wide:
            self.strange_events()
        for number in range(self.rng.randint(1, 3)):
            self.derived.append(self.derive('status-%d' % (number + 1), None))
        if self.full:
            for kind in self.kinds:
                if self.chance(0.5):
                    self.derived.append(self.derive('outcome-%s' % kind, kind))
        group['derived'] = self.derived
        if self.wide:
            self.require_derived()
        group['calendar'] = self.calendar()
        group['rules'] = self.rules()
        if self.full and self.chance(0.6):
            group['constraints'] = self.constraints(group['rules'])
        return group

    # -- vocabulary

    def attributes(self):
        rows = [{'name': name, 'values': values} for name, values in self.enums.items()]
        rows += [{'name': name, 'type': 'date'} for name in self.dates]
        if self.with_set:
            rows.append({'name': 'members', 'type': 'set', 'values': self.members})
        for kind in self.kinds:
            name, values, date = KINDS[kind]
            rows.append({'name': name, 'values': values, 'scope': kind})
            rows.append({'name': date, 'type': 'date', 'scope': kind})
        self.rng.shuffle(rows)
        for row in rows:
            if self.chance(0.3):
                row['label'] = 'The ' + row['name']
        return rows

    def events(self):
        rng = self.rng
        rows = [{'name': 'registered', 'fields': [{'name': name} for name in self.enums]}]
        for name, values in self.enums.items():
            event = {'name': name + '-set', 'fields': [{'name': name, 'required': True}]}
            if self.chance(0.35):
                event['requires'] = self.condition(1, exclude=(name,), derived=False)
            if self.chance(0.3):
                event['clears'] = [rng.choice(self.dates)]
            rows.append(event)
            if self.chance(0.4):
                rows.append({'name': name + '-dropped', 'clears': [name] + (rng.sample(self.dates, 1) if self.chance(0.3) else [])})
        for name in self.dates:
            rows.append({'name': name + '-set', 'fields': [{'name': name, 'required': True}]})
            if self.chance(0.7):
                rows.append({'name': name + '-dropped', 'clears': [name]})
        rows.append(self.switch_event())
        rows.append(self.done_event('done'))
        rows.append(self.done_event('checked'))
        rows.append({'name': 'noted', 'fields': [{'name': 'ref', 'type': 'token'}]})
        if self.with_set:
            rows.append({'name': 'members-set', 'fields': [{'name': 'members', 'required': True}]})
            rows.append({'name': 'member-joined', 'fields': [{'name': 'who', 'values': self.members, 'required': True}],
                         'adds': {'members': ['$who']}})
            rows.append({'name': 'member-left', 'fields': [{'name': 'who', 'values': self.members}],
                         'removes': [{'members': ['$who']}, {'members': ['north'], 'when': {'who': ['unset']}}]})
        for kind in self.kinds:
            rows += self.item_events(kind)
        return rows

    def strange_events(self):
        """A set that is set whole, an event that may name an item and then sets something of it, effects of a date."""
        types = self.event_types
        if self.with_set and self.chance(0.6):
            types['checked'].setdefault('sets', []).append({'members': self.some(self.members)})
        if self.with_set and self.chance(0.4):
            types['noted']['fields'].append({'name': 'members'})
        for kind in self.kinds:
            voted = types[kind + '-voted']
            if self.chance(0.5):
                voted['fields'] += [{'name': name} for name in self.rng.sample(KINDS[kind][::2], self.rng.randint(1, 2))]
            if self.chance(0.4):
                next(field for field in voted['fields'] if field['name'] == 'member')['required'] = False
            if self.chance(0.3):
                voted['clears'] = [self.rng.choice([KINDS[kind][2], self.rng.choice(self.dates)])]
        if self.chance(0.5):
            types['noted'].setdefault('fields', []).append({'name': 'seen', 'type': 'date'})
            types['noted'].setdefault('sets', []).append({self.rng.choice(self.dates): ['$seen']})

    def require_derived(self):
        """What is required before an event may hang on a decision table."""
        for name in ('done', 'noted'):
            tables = [row for row in self.derived if 'scope' not in row]
            if tables and self.chance(0.25):
                row = self.rng.choice(tables)
                self.event_types[name]['requires'] = {row['name']: self.some(row['values'])}

    def switch_event(self):
        """An event whose effects hang on a field, one of them taken from another field."""
        name, values = self.rng.choice(sorted(self.enums.items()))
        date = self.rng.choice(self.dates)
        event = {'name': 'switched', 'fields': [{'name': 'way', 'values': GRADES, 'required': True}, {'name': 'until', 'type': 'date'}],
                 'sets': [{name: [self.rng.choice(values)], 'when': {'way': ['a']}},
                          {date: ['$until'], 'when': {'way': self.some(GRADES)}}]}
        if self.chance(0.5):
            event['clears'] = [self.rng.choice(self.dates)]
        return event

    def done_event(self, name):
        event = {'name': name, 'fields': [{'name': 'grade', 'values': GRADES, 'required': self.chance(0.5)}]}
        if self.chance(0.6):
            event['clears'] = self.rng.sample(self.dates, self.rng.randint(1, 2))
        if self.chance(0.5):
            event['fields'].append({'name': self.rng.choice(self.dates)})
        if self.chance(0.3):
            attribute, values = self.rng.choice(sorted(self.enums.items()))
            event['sets'] = [{attribute: [self.rng.choice(values)]}]
            if self.chance(0.5):
                event['sets'][0]['when'] = {'grade': self.some(GRADES)}
        return event

    def item_events(self, kind):
        name, values, date = KINDS[kind]
        begun = {'name': kind + '-begun', 'new-item': kind, 'fields': [{'name': name}, {'name': date}]}
        changed = {'name': kind + '-changed', 'item': kind, 'fields': [{'name': name}, {'name': date}]}
        done = {'name': kind + '-done', 'item': kind, 'fields': [{'name': 'grade', 'values': GRADES}]}
        voted = {'name': kind + '-voted', 'item': kind + '?' if self.chance(0.5) else kind,
                 'fields': [{'name': 'member', 'values': self.members, 'required': True},
                            {'name': 'vote', 'values': ['for', 'against'], 'required': True}]}
        if self.chance(0.4):
            done['clears'] = [date]
        if self.chance(0.4):
            done['sets'] = [{name: [values[-1]]}]
        if self.chance(0.3):
            changed['requires'] = {name: self.some(values)} if self.chance(0.5) else self.condition(1, derived=False)
        if self.chance(0.3):
            enum, those = self.rng.choice(sorted(self.enums.items()))
            begun['sets'] = [{enum: [self.rng.choice(those)]}, {name: [values[0]]}]
        return [begun, changed, done, voted]

    def some(self, values):
        """Some of the values, never none, all only where there is no choice."""
        return sorted(self.rng.sample(values, self.rng.randint(1, max(1, len(values) - 1))))

    def condition(self, most, kind=None, exclude=(), derived=True):
        """A conjunction that some case can meet."""
        choices = [name for name in list(self.enums) if name not in exclude]
        choices += [name for name in self.dates if name not in exclude and self.chance(0.25)]
        if derived:
            choices += [name for name in self.derived_values if name not in exclude and not name.startswith('outcome')]
        if self.with_set and 'members' not in exclude:
            choices.append('members')
        if kind:
            name, _, date = KINDS[kind]
            choices += [one for one in (name, name, date) if one not in exclude]
            if derived and 'outcome-%s' % kind in self.derived_values:
                choices += ['outcome-%s' % kind] * 3
        chosen = self.rng.sample(choices, min(len(choices), self.rng.randint(1, most)))
        return {name: self.listed(name) for name in sorted(set(chosen))}

    def listed(self, name):
        values = self.values_of(name)
        if not values:
            return [self.rng.choice(['set', 'set', 'unset'])]
        if self.chance(0.12):
            return ['set'] if name not in self.derived_values else self.some(values)
        listed = self.some(values)
        if self.chance(0.1) and not (name in self.derived_values and self.always_set(name)):
            listed = (listed + ['unset'])[-2:]
        return listed

    def values_of(self, name):
        for attribute, values, _ in KINDS.values():
            if name == attribute:
                return values
        if name == 'members':
            return self.members
        return self.enums.get(name) or self.derived_values.get(name)

    def always_set(self, name):
        row = next(row for row in self.derived if row['name'] == name)['cases'][-1]
        return set(row) == {'is'}

    def derive(self, name, kind):
        values = ['alpha', 'beta', 'gamma'][:self.rng.randint(2, 3)]
        cases, used = [], []
        for value in values + ([self.rng.choice(values)] if self.chance(0.4) else []):
            row = {'is': value}
            if not self.derive_row(row, kind, used):
                continue
            cases.append(row)
        for value in values:
            if value not in [row['is'] for row in cases]:
                values = [one for one in values if one != value]
        if len(values) < 3 and self.chance(0.4):
            values = values + ['omega']
            cases.append({'is': 'omega'})
        self.derived_values[name] = values
        derived = {'name': name, 'values': values, 'cases': cases}
        if kind:
            derived['scope'] = kind
        return derived

    def derive_row(self, row, kind, used):
        rng = self.rng
        row['when'] = self.condition(2, kind)
        if str(row['when']) in used:
            return False
        used.append(str(row['when']))
        dates = self.dates + ([KINDS[kind][2]] if kind else [])
        if self.chance(0.4):
            row[rng.choice(['after', 'from'])] = rng.choice(dates)
        if not self.full:
            return True
        if self.chance(0.2):
            row['unless'] = self.condition(1, kind, exclude=tuple(row['when']))
        if self.chance(0.15):
            row['in-force'] = self.in_force()
        counted = [one for one in self.kinds if kind in (None, one)]
        if counted and self.chance(0.45 if kind else 0.2):
            row['count'] = {'event': rng.choice(counted) + '-voted', 'at-least': rng.randint(1, 2)}
            if self.chance(0.7):
                row['count']['latest'] = 'member'
            if self.chance(0.7):
                row['count']['where'] = {'vote': ['for']}
            if self.chance(0.5):
                del row['when']
                used.pop()
        return True

    def in_force(self):
        first = datetime.date(2020, 6, 1).toordinal() + self.rng.randint(0, 700)
        if self.chance(0.5):
            return {'from': iso(first)}
        return {'from': iso(first), 'until': iso(first + self.rng.randint(60, 600))}

    def calendar(self):
        rng = self.rng
        if self.chance(0.25):
            first, last = datetime.date(2020, rng.randint(1, 12), 1).toordinal(), datetime.date(2022, rng.randint(1, 12), 28).toordinal()
        else:
            first, last = datetime.date(2010, 1, 1).toordinal(), datetime.date(2035, 12, 31).toordinal()
        days = set()
        for _ in range(rng.randint(3, 25)):
            cluster = rng.randint(datetime.date(2019, 11, 1).toordinal(), datetime.date(2025, 12, 1).toordinal())
            days |= {cluster + offset for offset in range(6) if self.chance(0.5)}
        week = ['mon', 'tue', 'wed', 'thu', 'fri']
        if self.wide and self.chance(0.2):
            week = rng.choice([['sat'], ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'], ['sun', 'mon']])
        elif self.chance(0.2):
            week = rng.choice([['sun', 'mon', 'tue', 'wed', 'thu'], ['tue', 'wed', 'sat'], ['wed'], ['mon', 'thu']])
        return {'name': 'made-up', 'working-week': week, 'covers': {'from': iso(first), 'until': iso(last)},
                'holidays': [{'on': iso(day), 'name': 'Day off'} for day in sorted(days) if first <= day <= last]}

    # -- rules

    def rules(self):
        rows, wanted = [], self.rng.randint(3, 10 if self.full else 8)
        clocks = ['every', 'every', 'every', 'every', 'within', 'within', 'by', 'by']
        if self.full:
            clocks += ['within', 'month-day', 'quota']
        for number in range(wanted):
            clock = self.rng.choice(clocks)
            kind = self.rng.choice(self.kinds) if self.kinds and self.chance(0.35) else None
            rows.append(getattr(self, clock.replace('-', '_'))('rule-%02d' % number, kind))
        if self.chance(0.5):
            for name in ('turn-a', 'turn-b'):
                row = self.every(name, None)
                if isinstance(row['every'], list) or not oracle.Period(row['every']).plain_days():
                    row['every'] = '%d days after' % self.rng.randint(20, 90)
                    row.pop('alerts', None)
                rows.append(row)
        self.follow(rows)
        if self.full:
            followed = {name for row in rows for name in row.get('follows', ())}
            rows = [version for row in rows for version in self.versions(row, row['id'] not in followed)]
            for row in rows:
                if self.chance(0.03):
                    row['enabled'] = False
        return rows

    def base(self, name, kind):
        row = {'id': name, 'title': name.title().replace('-', ' '), 'source': 'Made up', 'basis': 'A duty made up for a comparison.',
               'authority': 'S01', 'strength': self.rng.choice(['must', 'should', 'expected'])}
        if kind:
            row['per'] = kind
        if not (self.full and self.chance(0.05)):
            row['applies'] = self.condition(2 if self.chance(0.3) else 1, kind)
        if self.full and self.chance(0.2):
            row['unless'] = self.condition(2, kind, exclude=tuple(row.get('applies', ())))
        return row

    def met_by(self, kind):
        alternatives = []
        for name in self.rng.sample(['done', 'checked'], 1 if self.chance(0.75) else 2) if not kind else [kind + '-done']:
            alternative = {'event': name}
            if self.chance(0.4):
                alternative['where'] = {'grade': self.some(GRADES)}
            alternatives.append(alternative)
        if self.chance(0.12):
            alternatives.append({'event': kind + '-changed' if kind else self.rng.choice(sorted(self.enums)) + '-set'})
        if self.wide and self.chance(0.3):
            alternatives.append(self.strange_pattern(kind))
        return [one for number, one in enumerate(alternatives) if one not in alternatives[:number]]

    def strange_pattern(self, kind):
        """Any event, whether a field is carried, what a carried set or date holds."""
        name = self.rng.choice([one for one, event in self.event_types.items()
                                if kind is None or kind in (event.get('item', '').rstrip('?'), event.get('new-item'))])
        pattern = {'event': name}
        fields = [field for field in self.event_types[name].get('fields', []) if field.get('type') != 'token']
        if fields and self.chance(0.7):
            field = self.rng.choice(fields)
            values = field.get('values') or self.values_of(field['name'])
            listed = self.some(values) if values and self.chance(0.5) else ['set'] if field.get('required') else [self.rng.choice(['set', 'unset'])]
            pattern['where'] = {field['name']: listed}
        return pattern

    def pauses(self, row, kind):
        if not self.chance(0.6):
            return
        taken = tuple(row.get('applies', ())) + tuple(row.get('unless', ()))
        row['runs'] = self.condition(1 if self.chance(0.8) else 2, kind, exclude=taken + tuple(self.dates))
        if not row['runs']:
            del row['runs']
            return
        row['on-pause'] = self.rng.choice(['continue', 'continue', 'restart', 'carry', 'carry'])
        if row['on-pause'] == 'carry' and self.chance(0.6):
            row['grace'] = self.rng.choice(['%d days after' % self.rng.randint(1, 20), '%d weeks after' % self.rng.randint(1, 3),
                                            '%d days beginning with' % self.rng.randint(2, 12), '1 month after',
                                            '%d working days after' % self.rng.randint(1, 8)])

    def plain(self, name):
        return name in self.enums or name in self.dates or any(name in (a, d) for a, _, d in KINDS.values())

    def common(self, row, kind, missable=True):
        rng = self.rng
        taken = tuple(row.get('applies', ()))
        needs = [name for name in row.get('runs', {}) if self.plain(name) and name not in taken and self.chance(0.7)]
        if self.chance(0.2):
            needs += [name for name in rng.sample(self.dates + list(self.enums), 1) if name not in taken and name not in needs]
        if needs:
            row['needs'] = list(dict.fromkeys(needs + row.get('needs', [])))
        if missable and self.chance(0.3):
            row['missed-if'] = self.condition(1, kind)
        if self.chance(0.45):
            row['booked-by'] = rng.choice(self.dates + ([KINDS[kind][2]] if kind else []))

    def period(self, plain=0.6):
        rng, phrase = self.rng, self.rng.choice(['after', 'after', 'beginning with'])
        if self.wide and self.chance(0.25):
            return rng.choice(['1 day %s', '2 days %s', '1 week %s'] if plain == 1.0 or self.chance(plain) else
                              ['1 working day %s', '2 working days %s', '1 month %s', '4 years %s']) % phrase
        if self.chance(plain):
            return self.rng.choice(['%d days %s' % (rng.randint(2, 120), phrase), '%d weeks %s' % (rng.randint(2, 16), phrase)])
        return rng.choice(['%d months %s' % (rng.randint(2, 6), phrase), '1 month %s' % phrase, '1 year %s' % phrase,
                           '%d working days %s' % (rng.randint(2, 40), phrase), '%d working days %s' % (rng.randint(2, 15), phrase),
                           '%d months %s' % (rng.randint(2, 12), phrase)])

    def length(self, text):
        period = oracle.Period(text)
        return period.plain_days() or period.count * {'working': 1, 'month': 28, 'year': 365}[period.unit]

    def table(self, kind, plain=0.6):
        if not self.full or not self.chance(0.2):
            return self.period(plain)
        rows, seen = [], []
        for _ in range(self.rng.randint(1, 3)):
            when = self.condition(1, kind)
            if str(when) not in seen:
                seen.append(str(when))
                row = {'is': self.period(plain), 'when': when}
                if self.chance(0.2):
                    row['unless'] = self.condition(1, kind, exclude=tuple(when))
                rows.append(row)
        if self.chance(0.4):
            rows.append({'is': self.period(plain)})
        return rows

    def shortest(self, table):
        return min([self.length(row['is']) for row in table] if isinstance(table, list) else [self.length(table)])

    def needs_of_table(self, row, table):
        if isinstance(table, list) and self.chance(0.8):
            read = [name for one in table for part in ('when', 'unless') for name in one.get(part, ())]
            needed = [name for name in dict.fromkeys(read) if self.plain(name) and name not in row.get('applies', ())]
            row['needs'] = needed + [name for name in row.get('needs', []) if name not in needed]
            if not row['needs']:
                del row['needs']

    def alerts(self, row, room, first=(), late=True):
        """A ladder whose stages can all be reached: `room` is how long before due a stage may lie."""
        rng, stages = self.rng, list(first)
        if self.wide and self.chance(0.3):
            stages += [text for text, days in (('2 clear working days before', 12), ('1 clear week before', 9), ('1 day before', 2)) if days < room]
        for text in rng.sample([one for one in ['1 week before', '2 weeks before', '10 days before', '5 weeks before', '3 working days before',
                                '2 days before', '5 clear days before', '1 month before'] if one not in stages], rng.randint(0, 3)):
            if oracle.Period(text).count * {'day': 1, 'week': 7, 'working': 2, 'month': 31}[oracle.Period(text).unit] + 1 < room:
                stages.append(text)
        if late:
            stages += rng.sample(['due', 'overdue', '1 week after', '10 days after', '1 month after', '4 working days after'],
                                 rng.randint(0, 3))
        elif self.chance(0.5):
            stages.append('due')
        if not stages or self.chance(0.15):
            return
        row['alerts'] = []
        for stage in stages:
            alert = {'at': stage, 'to': rng.sample(ROLES, rng.randint(1, 2))}
            if self.chance(0.2):
                alert['to'].append('$' + rng.choice(sorted(self.enums)))
            if self.full and late and (stage == 'overdue' or stage.endswith('after')) and self.chance(0.4):
                alert['again'], alert['times'] = rng.choice(['1 week', '3 days', '1 month', '2 working days']), rng.randint(1, 4)
            elif self.wide and late and self.chance(0.2):
                alert['again'], alert['times'] = rng.choice(['1 day', '1 week', '1 month', '3 working days']), rng.randint(1, 3)
            row['alerts'].append(alert)

    def every(self, name, kind):
        row = self.base(name, kind)
        self.pauses(row, kind)
        row['every'] = self.table(kind, 0.75)
        self.common(row, kind)
        self.needs_of_table(row, row['every'])
        row['met-by'] = self.met_by(kind)
        if self.chance(0.35):
            row['sooner'] = self.rng.choice(self.dates + ([KINDS[kind][2]] if kind else []))
        self.alerts(row, self.shortest(row['every']))
        return row

    def within(self, name, kind):
        row = self.base(name, kind)
        self.pauses(row, kind)
        row['within'] = self.table(kind)
        how = self.rng.choice(['event', 'event', 'start'] + (['change', 'change'] if self.full else []))
        if self.wide and self.chance(0.2):
            row['from'] = self.strange_pattern(kind)
        elif how == 'start':
            row['from'] = 'start'
        elif how == 'event':
            trigger = self.rng.choice([one for one, event in self.event_types.items()
                                       if one not in ('noted',) and (kind is None or kind in (event.get('item'), event.get('new-item')))])
            row['from'] = {'event': trigger}
            fields = [field for field in self.event_types[trigger].get('fields', []) if field.get('values')]
            if fields and self.chance(0.4):
                row['from']['where'] = {fields[0]['name']: self.some(fields[0]['values'])}
        else:
            changing = list(self.enums) + self.dates + [one for one in self.derived_values if not one.startswith('outcome')]
            changing += ['members'] if self.with_set else []
            if kind:
                changing += list(KINDS[kind][::2]) + [one for one in self.derived_values if one == 'outcome-' + kind]
            row['from'] = {'change': self.rng.choice(changing)}
        if self.full and self.chance(0.12):
            row['milestone'] = True
            self.common(row, kind, missable=False)
        else:
            self.common(row, kind)
            row['met-by'] = self.met_by(kind)
        if self.chance(0.25):
            row['sooner'] = self.rng.choice(self.dates)
        self.needs_of_table(row, row['within'])
        self.alerts(row, self.shortest(row['within']), late=not row.get('milestone'))
        return row

    def by(self, name, kind):
        row = self.base(name, kind)
        row['by'] = self.rng.choice(self.dates + ([KINDS[kind][2]] * 2 if kind else []))
        room = 400
        if self.chance(0.65):
            row['opens'] = self.rng.choice(['%d months before' % self.rng.randint(2, 6), '%d weeks before' % self.rng.randint(4, 16),
                                            '%d days before' % self.rng.randint(28, 100), '%d clear days before' % self.rng.randint(28, 60)])
            room = self.length(row['opens'])
        if self.chance(0.35):
            row['lead'] = self.rng.choice(['%d days before' % self.rng.randint(2, 20), '%d weeks before' % self.rng.randint(1, 3)
                                           if room > 27 else '1 week before', '%d clear days before' % self.rng.randint(2, 14)]
                                          + (['%d working days before' % self.rng.randint(2, 3)] if room > 55 else []))
            row['lead'] = re.sub(r'^1 weeks', '1 week', row['lead'])
            room -= 7 * self.length(row['lead']) if 'working' in row['lead'] else self.length(row['lead'])
        if self.chance(0.6) and row['by'] not in row.get('applies', ()):
            row['needs'] = [row['by']]
        special = self.rng.random()
        if special < 0.25:
            row['tentative'] = True
        elif special < 0.4 and self.full:
            row['milestone'] = True
        self.common(row, kind, missable=not row.get('milestone'))
        if row.get('booked-by') == row['by']:
            del row['booked-by']
        if not row.get('milestone'):
            row['met-by'] = self.met_by(kind)
        self.alerts(row, room, first=['opens'] if 'opens' in row and self.chance(0.5) else [],
                    late=not row.get('milestone') and not row.get('tentative'))
        return row

    def month_day(self, name, kind):
        row = self.base(name, kind)
        row['by'] = '%02d-%02d' % (self.rng.randint(1, 12), self.rng.randint(1, 28))
        if self.wide and self.chance(0.5):
            row['by'] = self.rng.choice(['01-01', '12-31', '02-28', '03-01', '03-31', '08-30', '01-29'])
        room = 360
        if self.chance(0.6):
            row['opens'] = self.rng.choice(['%d months before' % self.rng.randint(2, 11), '%d weeks before' % self.rng.randint(6, 30)])
            if self.wide and self.chance(0.5):
                row['opens'] = self.rng.choice(['%d days before' % self.rng.choice([40, 100, 364]), '51 weeks before', '11 months before',
                                                '40 working days before', '30 clear working days before', '45 clear days before'])
            room = self.length(row['opens'])
        if self.chance(0.3):
            row['lead'] = self.rng.choice(['%d days before' % self.rng.randint(2, 20), '2 weeks before', '5 clear days before'])
            if self.wide and self.chance(0.3) and 'working' not in row.get('opens', ''):
                row['lead'] = self.rng.choice(['1 day before', '1 working day before', '2 clear working days before'])
            room -= 21
        if self.chance(0.15):
            row['milestone'] = True
        else:
            row['met-by'] = self.met_by(kind)
        self.common(row, kind, missable=not row.get('milestone'))
        self.alerts(row, room, first=['opens'] if self.chance(0.4) else [], late=False)
        return row

    def quota(self, name, kind):
        row = self.base(name, kind)
        row['at-least'], row['in-each'] = self.rng.randint(1, 3), self.rng.choice(['year', 'quarter', 'quarter'])
        if self.chance(0.6):
            row['year-starts'] = '%02d-%02d' % (self.rng.randint(1, 12), self.rng.randint(1, 28))
        row['met-by'] = self.met_by(kind)
        self.common(row, kind)
        self.alerts(row, 60, first=['opens'] if self.chance(0.4) else [], late=False)
        return row

    def follow(self, rows):
        """every-rules of days or weeks may follow one another, both ways, if they are of the same kind of item."""
        fit = [row for row in rows if isinstance(row.get('every'), str) and oracle.Period(row['every']).plain_days()]
        for row in fit:
            others = [one['id'] for one in fit if one is not row and one.get('per') == row.get('per')]
            if others and self.chance(0.7):
                row['follows'] = self.rng.sample(others, self.rng.randint(1, min(4 if self.wide else 2, len(others))))
                if self.chance(0.6):
                    self.tie(row, next(one for one in fit if one['id'] == row['follows'][0]))

    def tie(self, row, other):
        """Make two rules apply in turn: the same attribute, other values, often the same events."""
        name = self.rng.choice(sorted(self.enums))
        values = self.enums[name]
        middle = self.rng.randint(1, len(values) - 1)
        for one, share in ((row, values[:middle]), (other, values[middle:])):
            if name in one.get('runs', ()) or name in one.get('unless', ()) or name in one.get('needs', ()):
                return
        row['applies'], other['applies'] = {name: values[:middle]}, {name: values[middle:]}
        for one in (row, other):
            if name in one.get('runs', ()):
                for setting in ('runs', 'on-pause', 'grace'):
                    one.pop(setting, None)
            elif 'runs' not in one and self.chance(0.4):
                spare = [enum for enum in self.enums if enum != name and enum not in one.get('unless', ())]
                if spare:
                    enum = self.rng.choice(spare)
                    one.update({'runs': {enum: self.some(self.enums[enum])}, 'on-pause': self.rng.choice(['restart', 'continue', 'carry'])})
        if self.chance(0.7):
            other['met-by'] = json.loads(json.dumps(row['met-by']))

    def versions(self, row, free):
        """Sometimes a second version of the rule, from a later day on; with another clock only if no rule follows this one."""
        if not self.chance(0.25):
            if self.chance(0.1):
                row['in-force'] = self.in_force()
            return [row]
        other = json.loads(json.dumps(row))
        change = datetime.date(2020, 9, 1).toordinal() + self.rng.randint(0, 900)
        row['in-force'] = {'until': iso(change - 1 - (self.rng.randint(1, 200) if self.chance(0.3) else 0))}
        if self.chance(0.5):
            row['in-force']['from'] = '2019-04-01'
        if free and self.chance(0.2):
            other = self.rng.choice((self.every, self.within, self.by, self.month_day, self.quota))(row['id'], row.get('per'))
        other['in-force'] = {'from': iso(change)}
        other['title'] += ' (new)'
        for clock in ('every', 'within'):
            if isinstance(other.get(clock), str) and self.chance(0.7):
                other[clock] = self.period(1.0 if oracle.Period(other[clock]).plain_days() else 0.0)
                other.pop('alerts', None)
                self.alerts(other, self.length(other[clock]), late=not other.get('milestone'))
        if 'at-least' in other and self.chance(0.5):
            other['at-least'] += 1
        if re.match(r'\d', other.get('by', '')) and self.chance(0.4):
            other['by'] = '%02d-%02d' % (self.rng.randint(1, 12), self.rng.randint(1, 28))
        if row.get('by') in row.get('needs', ()) and self.chance(0.3):
            row['needs'] = [name for name in row['needs'] if name != row['by']]
            if not row['needs']:
                del row['needs']
        if self.wide and 'on-pause' in other and self.chance(0.5):
            other.pop('grace', None)
            other['on-pause'] = self.rng.choice(['continue', 'restart', 'carry'])
        if 'applies' in other and 'follows' not in other and self.chance(0.3):
            other['applies'] = self.condition(1, other.get('per'), exclude=tuple(
                list(other.get('runs', ())) + list(other.get('unless', ())) + other.get('needs', [])))
            if not other['applies']:
                del other['applies']
        if self.wide and self.chance(0.4):
            return [row] + self.third(other, change)
        return [row, other]

    def third(self, second, change):
        """The second version ends, often within weeks, and the first or a like one comes back."""
        third = json.loads(json.dumps(second))
        again = change + self.rng.choice([1, 7, 30, 200])
        second['in-force']['until'] = iso(again - 1)
        third['in-force'] = {'from': iso(again)}
        if isinstance(third.get('every'), str) and oracle.Period(third['every']).plain_days():
            third['every'] = self.period(1.0)
            third.pop('alerts', None)
        return [second, third]

    def constraints(self, rules):
        rng, rows = self.rng, []
        if self.chance(0.5):
            rows.append({'id': 'never-so', 'severity': rng.choice(['refuse', 'flag']), 'says': 'That cannot be.',
                         'never': self.condition(2, rng.choice(self.kinds) if self.chance(0.4) else None)})
            if len(rows[0]['never']) < 2:
                rows.pop()
        kind = rng.choice(self.kinds)
        if self.chance(0.6):
            rows.append({'id': 'long-enough', 'severity': 'refuse', 'event': kind + '-begun', 'between': ['on', KINDS[kind][2]],
                         'at-least': rng.choice(['%d days after' % rng.randint(2, 40), '%d months beginning with' % rng.randint(2, 3)]),
                         'says': 'Too short.'})
            if self.chance(0.4):
                rows[-1]['where'] = {KINDS[kind][0]: self.some(KINDS[kind][1])}
        if self.wide:
            rows += self.strange_constraints()
        date = rng.choice(self.dates)
        due = sorted({row['id'] for row in rules if 'per' not in row})
        if due and self.chance(0.6):
            rows.append({'id': 'not-too-late', 'severity': rng.choice(['refuse', 'refuse', 'flag']), 'event': date + '-set', 'date': date,
                         'not-after-due': rng.sample(due, min(len(due), rng.randint(1, 2))), 'says': 'After its due date.'})
        return rows

    def strange_constraints(self):
        """At most, between two dates of the state, never after one event with one word."""
        rng, rows = self.rng, []
        date = rng.choice(self.dates)
        if self.chance(0.5):
            rows.append({'id': 'not-too-long', 'severity': rng.choice(['refuse', 'flag']), 'event': date + '-set', 'between': ['on', date],
                         'at-most': rng.choice(['1 month after', '%d days beginning with' % rng.randint(20, 90), '10 working days after',
                                                '2 years beginning with']), 'says': 'Too long.'})
        if self.chance(0.5):
            rows.append({'id': 'in-order', 'severity': rng.choice(['refuse', 'flag']), 'event': 'registered' if self.chance(0.2) else date + '-set',
                         'between': rng.sample(self.dates, 2), rng.choice(['at-least', 'at-most']): '%d days after' % rng.randint(1, 60),
                         'says': 'Out of order.'})
        if self.chance(0.4):
            rows.append({'id': 'never-then', 'severity': rng.choice(['refuse', 'flag']), 'event': 'done', 'where': {'grade': self.some(GRADES)},
                         'never': self.condition(2), 'says': 'Not when done.'})
        return rows


# ------------------------------------------------------------------------------------------------ histories

class HistoryMaker:
    def __init__(self, rng, profile, rules):
        self.rng, self.full, self.rules = rng, profile != 'main', rules
        self.types = {event['name']: event for event in rules['events']}
        self.attributes = {one['name']: one for one in rules['attributes']}
        self.gaps = [0, 0, 0, 1, 2, 7, 30]
        for rule in rules['rules']:
            for clock in ('every', 'within'):
                table = rule.get(clock, [])
                for text in [table] if isinstance(table, str) else [row['is'] for row in table]:
                    period = oracle.Period(text)
                    length = period.plain_days() or period.count * {'working': 1.45, 'month': 30.4, 'year': 365}[period.unit]
                    self.gaps += [int(length) + offset for offset in (-1, 0, 1)] + [int(length * self.rng.random()) for _ in range(3)]
        for constraint in rules.get('constraints', []):
            if 'at-least' in constraint:
                period = oracle.Period(constraint['at-least'])
                length = period.plain_days() or period.count * 30
                self.gaps += [length + offset for offset in (-2, -1, 0, 1)] * 3
        self.ahead = {}
        for rule in rules['rules']:
            if 'opens' in rule:
                period = oracle.Period(rule['opens'])
                self.ahead.setdefault(rule['by'], []).append(period.plain_days() or period.count * 30)
        counted = {row['count']['event'] for one in rules['derived'] for row in one['cases'] if 'count' in row}
        self.weights = {name: 4 if name in ('done', 'checked') else 6 if name in counted else 2 for name in self.types}
        self.counter = 0

    def chance(self, share):
        return self.rng.random() < share

    def value(self, name, field, on):
        """A value for a carried field, JSON style."""
        attribute = self.attributes.get(name, {})
        kind = attribute.get('type', field.get('type', 'enum'))
        values = attribute.get('values') or field.get('values')
        if kind == 'date' and name in self.ahead and self.chance(0.5):
            return iso(on + self.rng.choice(self.ahead[name]) + self.rng.choice([0, 1, self.rng.randint(-10, 60)]))
        if kind == 'date':
            return iso(on + self.rng.choice([self.rng.randint(-40, 20), self.rng.randint(0, 200), self.rng.randint(0, 60),
                                             self.rng.choice(self.gaps)]))
        if kind == 'token':
            return self.rng.choice(['x1', 'A-2', 'zed'])
        if kind == 'set':
            return self.rng.sample(values, self.rng.randint(1, len(values)))
        return self.rng.choice(values)

    def event(self, ref, name, on, carried):
        kind = self.types[name].get('item', '')
        if kind and not kind.endswith('?') and kind not in [one for _, one in self.begun] and self.chance(0.9):
            name, carried = kind + '-begun', {}
        type_ = self.types[name]
        line = {'case': ref, 'event': name, 'on': iso(on)}
        kind = type_.get('new-item') or type_.get('item')
        if kind:
            optional = kind.endswith('?')
            kind = kind.rstrip('?')
            if 'new-item' in type_ and not self.chance(0.1):
                key = 'K%d' % (len(self.begun) + 1)
                self.begun.append((key, kind))
            else:
                mine = [key for key, one in self.begun if one == kind]
                key = self.rng.choice(mine) if mine and not self.chance(0.04) else self.rng.choice(['K1', 'K2', 'K9'])
            if not optional or self.chance(0.7 if any(one == kind for _, one in self.begun) else 0.1):
                line['item'] = key
        for field in type_.get('fields', []):
            if field['name'] in carried or field.get('required') or self.chance(0.8 if name == 'registered' else 0.5):
                line[field['name']] = carried.get(field['name']) or self.value(field['name'], field, on)
        return line

    def steered(self):
        """(event name, fields it should carry): something that matters to one of the rules in focus"""
        rng, rule = self.rng, self.rng.choice(self.focus)
        conditions = [rule[name] for name in ('applies', 'applies', 'runs', 'runs', 'missed-if') if name in rule]
        dates = [rule[name] for name in ('by', 'by', 'by', 'sooner', 'booked-by') if rule.get(name) in self.attributes]
        acts = ['meet'] * 4 * ('met-by' in rule) + ['state'] * 2 * len(conditions) + ['date'] * len(dates)
        if isinstance(rule.get('from'), dict):
            acts += ['trigger'] * 3
        if 'count' in str(self.rules['derived']) and self.chance(0.1):
            return rng.choice([name for name in self.types if name.endswith('-voted')]), {}
        act = rng.choice(acts or ['meet'])
        if act == 'meet' and 'met-by' in rule:
            return self.like(rng.choice(rule['met-by']))
        if act == 'trigger' and 'event' in rule['from']:
            return self.like(rule['from'])
        if act == 'trigger':
            return self.touch(rule['from']['change'], None)
        if act == 'date':
            return self.touch(rng.choice(dates), None)
        if conditions:
            condition = rng.choice(conditions)
            name = rng.choice(sorted(condition))
            return self.touch(name, condition[name])
        return rng.choice(sorted(self.types)), {}

    def like(self, pattern):
        where = pattern.get('where', {}) if self.chance(0.8) else {}
        return pattern['event'], {name: self.rng.choice(values) for name, values in where.items()}

    def touch(self, name, listed):
        """An event that sets or drops an attribute, to one of the listed values as often as not."""
        if name not in self.attributes:
            derived = next(one for one in self.rules['derived'] if one['name'] == name)
            row = self.rng.choice([row for row in derived['cases'] if row.get('when')] or [{'when': {'': 0}}])
            name, listed = self.rng.choice(sorted(row['when'].items(), key=str))
        if name not in self.attributes:
            return self.rng.choice(sorted(self.types)), {}
        if name + '-dropped' in self.types and self.chance(0.15):
            return name + '-dropped', {}
        scope = self.attributes[name].get('scope')
        event = self.rng.choice([scope + '-changed', scope + '-begun']) if scope else name + '-set'
        values = [one for one in self.attributes[name].get('values', []) if one in (listed or [])]
        if values and self.attributes[name].get('type') != 'set' and self.chance(0.6):
            return event, {name: self.rng.choice(values)}
        return event, {name: None}

    def case(self, ref):
        rng = self.rng
        enabled = self.rules['rules']
        self.focus = rng.sample(enabled, min(len(enabled), rng.randint(1, 3)))
        if self.chance(0.3):
            turns = [rule for rule in enabled if 'follows' in rule]
            self.focus = rng.sample(turns, min(len(turns), 2)) or self.focus
        self.begun, lines = [], []
        on = datetime.date(2020, 1, 1).toordinal() + rng.randint(0, 500)
        last = on + rng.randint(365, 5 * 365)
        recorded = None
        record_from = rng.randint(0, 25) if self.chance(0.5) else 99
        names = list(self.types)
        for number in range(rng.randint(10, 20)):
            if number:
                gap = rng.choice(self.gaps) if not self.chance(0.3) else 0
                on = on + gap if on + gap <= last else rng.randint(on - 300, on)
            day = on - rng.randint(1, 120) if number and self.chance(0.08) else on
            name, carried = rng.choices(names, [self.weights[one] for one in names])[0], {}
            if number == 0 and self.chance(0.85):
                name = 'registered'
            elif self.chance(0.7):
                name, carried = self.steered()
            line = self.line(ref, lines, name, day, carried)
            recorded = self.record(line, day, recorded, number >= record_from)
            lines.append(line)
            if self.chance(0.04):
                again = dict(line)
                again['_uid'] = self.uid()
                if 'id' not in again and '_retract' not in again:
                    again['id'] = line['id'] = 'ID-%s-%d' % (ref, self.counter)
                if '_retract' not in again:
                    lines.append(again)
        return lines

    def line(self, ref, lines, name, day, carried):
        """Mostly a new event; now and then a retraction, a replacement, or something to refuse."""
        earlier = [line for line in lines if '_retract' not in line]
        if earlier and self.chance(0.06):
            return {'_uid': self.uid(), '_retract': self.rng.choice(earlier if self.chance(0.9) else lines)['_uid'], 'why': 'Not so.',
                    '_by_line': self.chance(0.4)}
        if earlier and self.chance(0.06):
            old = self.rng.choice(earlier)
            old.setdefault('id', 'ID-%s-%d' % (ref, self.uid()))
            line = self.event(ref, old['event'] if self.chance(0.7) else name, day, {})
            if self.chance(0.6):
                line['on'] = iso((oracle.day_of(old['on']) or day) + self.rng.choice([0, 0, 1, -1, 5, -20]))
            if 'item' in old and 'item' in line and self.chance(0.8):
                line['item'] = old['item']
            line.update(replaces=old['id'], why='Wrongly recorded.')
        else:
            line = self.event(ref, name, day, carried)
        line['_uid'] = self.uid()
        if self.chance(0.25):
            line['id'] = 'ID-%s-%d' % (ref, line['_uid'])
        if self.chance(0.06):
            line['force'] = True
        if self.chance(0.015):
            line[self.rng.choice(['nonsense', 'grade', 'item', 'on'])] = self.rng.choice(['x', '2021-02-30'])
        return line

    def uid(self):
        self.counter += 1
        return self.counter

    def record(self, line, day, recorded, wanted):
        """Instants of recording never go back within a case; before the first of them they are absent."""
        if not wanted:
            return recorded
        instant = datetime.datetime.combine(datetime.date.fromordinal(day + self.rng.choice([0, 0, 1, 3, 40])), datetime.time(9, 30))
        instant = max(instant, recorded + datetime.timedelta(minutes=1)) if recorded else instant
        if self.chance(0.3):
            line['recorded-at'] = (instant + datetime.timedelta(hours=1)).isoformat() + '+01:00'
        else:
            line['recorded-at'] = instant.isoformat() + 'Z'
        return instant


def lines_of(cases, seed):
    """The lines of several cases, interleaved, numbered and ready to write: ([text], {line number: case reference})"""
    rng = random.Random(seed)
    queues = [list(lines) for _, lines in cases]
    refs, ordered, number_of, owner = [ref for ref, _ in cases], [], {}, {}
    whole = rng.random() < 0.5
    while any(queues):
        pick = next(i for i, queue in enumerate(queues) if queue) if whole else rng.choice([i for i, queue in enumerate(queues) if queue])
        line = queues[pick].pop(0)
        ordered.append((refs[pick], line))
        number_of[(refs[pick], line['_uid'])] = len(ordered)
    texts = []
    for number, (ref, line) in enumerate(ordered, 1):
        owner[number] = ref
        shown = {name: value for name, value in line.items() if not name.startswith('_')}
        if '_retract' in line:
            target = next((one for _, one in ordered if _ == ref and one['_uid'] == line['_retract']), {})
            by_id = not line['_by_line'] and 'id' in target
            shown = {'retract': target['id'] if by_id else number_of.get((ref, line['_retract']), 99999), **shown}
        texts.append(json.dumps(shown))
    return texts, owner


class World:
    def __init__(self, seed, profile, cases=8, days=8):
        rng = random.Random('%s %s' % (profile, seed))
        self.seed, self.profile = seed, profile
        self.rules = RuleMaker(rng, profile).make()
        self.cases = []
        for number in range(cases):
            maker = HistoryMaker(rng, profile, self.rules)
            ref = 'C%d' % (number + 1)
            self.cases.append((ref, maker.case(ref)))
        self.moved = rng.choice(ERAS) if profile == 'wide' else 0
        if self.moved:
            self.rules, self.cases = (move_days(one, self.moved) for one in (self.rules, self.cases))
        self.asked = self.questions(rng, days)

    def questions(self, rng, wanted):
        """[(day, known-at)]: days around events and due days, dense rather than even"""
        lines, _ = lines_of(self.cases, self.seed)
        dense, instants = set(), []
        for _, case in self.cases:
            for line in case:
                day = oracle.day_of(line.get('on', ''))
                if day:
                    dense |= {day - 1, day, day + 1}
                if 'recorded-at' in line:
                    instants.append(line['recorded-at'])
        last = max(dense)
        answers = oracle.Oracle(self.rules, lines).ask([last])[last][0]
        for row in answers:
            for name in ('due', 'started', 'opens', 'ended_on'):
                day = oracle.day_of(row[name] or '')
                if day:
                    dense |= {day - 1, day, day + 1}
        low = datetime.date(2020, 3, 1).toordinal() + self.moved
        dense = sorted(day for day in dense if low <= day <= last + 400)
        days = [rng.choice(dense) for _ in range(wanted - 1)] + [rng.choice(dense[-40:] + [last])]
        return [(day, rng.choice(instants) if instants and rng.random() < 0.25 else None) for day in sorted(set(days))]


# ------------------------------------------------------------------------------------------------ what is reached

def statistics(profile, seed, count):
    tally, features = collections.Counter(), collections.Counter()
    rows = lines = 0
    for one in range(seed, seed + count):
        world = World(one, profile)
        texts, _ = lines_of(world.cases, world.seed)
        subject = oracle.Oracle(world.rules, texts)
        lines += len(texts)
        for name, value in (('refused', len(subject.refused)), ('skipped', len(subject.record.skipped)),
                            ('retracted or replaced', len(subject.record.gone)),
                            ('forced', sum('"force"' in text for text in texts))):
            features['lines ' + name] += value
        for ref in subject.record.refs():
            case = oracle.CaseFile(subject.rules, ref, subject.record.known(ref, None))
            for day in sorted({day for day, _ in world.asked}):
                for row, ob, series in case.answers(day):
                    rows += 1
                    clock = (ob.version if ob else series.versions[0]).clock
                    tally['%-9s %s' % (clock, row['state'])] += 1
                    count_features(features, row, ob, series, day)
    print('%d rule sets, %d lines, %d answers' % (count, lines, rows))
    for title, counter in (('states', tally), ('features', features)):
        print('\n' + title)
        for name, number in sorted(counter.items()):
            print('  %-34s %8d  %5.2f %%' % (name, number, 100 * number / (lines if name.startswith('lines') else rows)))


def count_features(features, row, ob, series, day):
    for name in ('booked', 'booked_late', 'paused', 'provisional', 'item'):
        features[name] += bool(row[name])
    if ob is None:
        features['missing, no obligation'] += 1
        return
    version = ob.version
    asked = ob.as_asked if ob.state else day
    if ob.inherited:
        features['inherited'] += 1
        features['inherited from an overdue one'] += any(one[2] for one in ob.inherited)
    if ob.period and asked is not None and asked >= ob.started:
        sooner = series.value(version.sooner, asked) if version.sooner else None
        features['sooner decides'] += sooner is not None and sooner > ob.started and row['due'] < series.fresh_due(
            ob, asked, series.view(ob, asked))
        features['restarted'] += series.restarted(ob, asked)
        features['paused so far (%s)' % version.on_pause] += bool(series.pauses(ob, asked))
        features['frozen when overdue'] += row['due'] < series.due_asked(ob, asked)
    features['period of %s' % (ob.period.unit if ob.period else 'none')] += 1
    features['repeated stages'] += any(alert.again for alert in version.alerts)
    features['met before started'] += bool(ob.met_on and ob.met_on < ob.started)
    features['second version'] += len(series.versions) > 1


def main():
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('--seed', type=int, default=1)
    parser.add_argument('--count', type=int, default=50)
    parser.add_argument('--profile', choices=PROFILES, default='main')
    parser.add_argument('--stats', action='store_true')
    args = parser.parse_args()
    if args.stats:
        statistics(args.profile, args.seed, args.count)
        return 0
    world = World(args.seed, args.profile)
    for name, text in files_of(world.rules, world.seed).items():
        print('# %s\n%s' % (name, text))
    print('\n'.join(lines_of(world.cases, world.seed)[0]))
    return 0


if __name__ == '__main__':
    sys.exit(main())
