"""What the rule language means, written a second time, for obviousness and not for speed.

Everything here follows the words of the design (sections 3, 4, 5 and 7) as literally as Python allows: a state per day,
a walk from day to day, due dates found by counting days one at a time. Nothing is shared with the engine it is compared
with. Days are proleptic ordinals; None is "unset". Where the words leave two readings, READINGS.md says which is taken.
"""

import argparse
import bisect
import calendar as months
import datetime
import json
import re
import sys

import readcfg

MAX_DAY = datetime.date.max.toordinal()
MIN_DAY = datetime.date.min.toordinal()
WEEKDAYS = ('mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun')
RESERVED = {'case', 'event', 'on', 'item', 'id', 'force', 'replaces', 'retract', 'recorded-at', 'why', 'when', 'unset', 'set'}
OUTPUT = ('case', 'rule', 'item', 'title', 'state', 'started', 'opens', 'due', 'plan_by', 'provisional', 'met_on', 'ended_on',
          'booked', 'booked_late', 'paused', 'used_days', 'limit_days', 'days_left', 'version', 'strength', 'missing', 'done',
          'needed')
STAGE_OUTPUT = ('case', 'rule', 'item', 'started', 'due', 'stage', 'repeat', 'day', 'reached', 'quiet', 'to')


# ------------------------------------------------------------------------------------------------ dates and periods

def day_of(text):
    """'2023-04-03' as an ordinal; None if it is no date."""
    if not isinstance(text, str) or not re.fullmatch(r'\d{4}-\d{2}-\d{2}', text):
        return None
    try:
        return datetime.date.fromisoformat(text).toordinal()
    except ValueError:
        return None


def text_of(day):
    return None if day is None else datetime.date.fromordinal(day).isoformat()


def saturate(day):
    return max(MIN_DAY, min(MAX_DAY, day))


def add_months(day, count):
    """(the corresponding date or, where there is none, the last day of the month; whether there was one)"""
    date = datetime.date.fromordinal(day)
    index = date.year * 12 + date.month - 1 + count
    year, month = index // 12, index % 12 + 1
    if year > 9999:
        return MAX_DAY, False
    if year < 1:
        return MIN_DAY, False
    last = months.monthrange(year, month)[1]
    return datetime.date(year, month, min(date.day, last)).toordinal(), date.day <= last


class Calendar:
    def __init__(self, group):
        self.week = set(aslist(group.get('working-week', list(WEEKDAYS[:5]))))
        self.holidays = {day_of(holiday['on']) for holiday in group.get('holidays', [])}
        covers = group.get('covers')
        self.first = day_of(covers['from']) if covers else MIN_DAY
        self.last = day_of(covers['until']) if covers else MAX_DAY

    def working(self, day):
        return WEEKDAYS[(day + 6) % 7] in self.week and day not in self.holidays

    def covered(self, day):
        return self.first <= day <= self.last

    def nth_working(self, day, count, step):
        """The count-th working day strictly beyond `day` in the direction of `step`."""
        while count > 0 and MIN_DAY < day < MAX_DAY:
            day += step
            if self.working(day):
                count -= 1
        return day

    def working_on_or_before(self, day):
        while day > MIN_DAY and not self.working(day):
            day -= 1
        return day


class Period:
    def __init__(self, text):
        match = re.fullmatch(r'(\d+) (clear )?(working )?(day|week|month|year)s?( after| beginning with| before)?', text)
        if not match:
            raise ValueError('not a period: %r' % text)
        self.text = text
        self.count = int(match.group(1))
        self.clear = bool(match.group(2))
        self.unit = 'working' if match.group(3) else match.group(4)
        self.phrase = (match.group(5) or ' after').strip()

    def plain_days(self):
        """Its length in days if it is one of days or weeks, else None."""
        return {'day': self.count, 'week': 7 * self.count}.get(self.unit)

    def month_count(self):
        return self.count * (12 if self.unit == 'year' else 1)

    def apply(self, anchor, calendar, times=1):
        """The date this period gives, counted from the anchor; `times` multiplies the period (ladder repeats)."""
        plain = self.plain_days()
        if self.phrase == 'after':
            if plain is not None:
                return saturate(anchor + plain * times)
            if self.unit == 'working':
                return calendar.nth_working(anchor, self.count * times, 1)
            return add_months(anchor, self.month_count() * times)[0]
        if self.phrase == 'beginning with':
            if plain is not None:
                return saturate(anchor + plain - 1)
            if self.unit == 'working':
                return calendar.nth_working(anchor - 1, self.count, 1)
            day, corresponding = add_months(anchor, self.month_count())
            return saturate(day - 1) if corresponding else day
        if plain is not None:
            return saturate(anchor - plain - (1 if self.clear else 0))
        if self.unit == 'working':
            return calendar.nth_working(anchor, self.count + (1 if self.clear else 0), -1)
        return add_months(anchor, -self.month_count())[0]


# ------------------------------------------------------------------------------------------------ the rule set

def aslist(value):
    return value if isinstance(value, list) else [] if value is None else [value]


def condition_of(group):
    return None if group is None else {name: aslist(values) for name, values in group.items()}


def span_of(group):
    """in-force: both days included."""
    group = group or {}
    return (day_of(group['from']) if 'from' in group else None, day_of(group['until']) if 'until' in group else None)


def in_span(span, day):
    return (span[0] is None or day >= span[0]) and (span[1] is None or day <= span[1])


class Attribute:
    def __init__(self, group):
        self.name = group['name']
        self.type = group.get('type', 'enum')
        self.scope = group.get('scope')
        self.values = aslist(group.get('values'))


class Derived:
    def __init__(self, group):
        self.name = group['name']
        self.scope = group.get('scope')
        self.rows = []
        for row in aslist(group['cases']):
            count = row.get('count')
            if count:
                count = {'event': count['event'], 'latest': count.get('latest'), 'where': condition_of(count.get('where')),
                         'at-least': count['at-least']}
            self.rows.append({'is': row['is'], 'when': condition_of(row.get('when')), 'unless': condition_of(row.get('unless')),
                              'after': row.get('after'), 'from': row.get('from'), 'span': span_of(row.get('in-force')),
                              'count': count})


class EventType:
    def __init__(self, group, attributes):
        self.name = group['name']
        self.new_item = group.get('new-item')
        self.item = group.get('item')
        self.item_optional = bool(self.item) and self.item.endswith('?')
        if self.item_optional:
            self.item = self.item[:-1]
        self.kind = self.new_item or self.item
        self.fields = {}
        for field in aslist(group.get('fields')):
            attribute = attributes.get(field['name'])
            if attribute and attribute.scope not in (None, self.kind):
                attribute = None
            kind = attribute.type if attribute else field.get('type', 'enum')
            values = attribute.values if attribute else aslist(field.get('values'))
            self.fields[field['name']] = {'type': kind, 'values': values, 'required': field.get('required', False),
                                          'attribute': attribute is not None}
        self.clears = aslist(group.get('clears'))
        self.sets = self.changes(group.get('sets'))
        self.adds = self.changes(group.get('adds'))
        self.removes = self.changes(group.get('removes'))
        self.requires = condition_of(group.get('requires'))

    @staticmethod
    def changes(groups):
        return [(condition_of(group.get('when')), {name: aslist(value) for name, value in group.items() if name != 'when'})
                for group in aslist(groups)]


class RuleVersion:
    def __init__(self, group):
        get = group.get
        self.id, self.title, self.strength = group['id'], get('title'), get('strength', 'must')
        self.span = span_of(get('in-force'))
        self.applies, self.unless = condition_of(get('applies')), condition_of(get('unless'))
        self.runs, self.on_pause = condition_of(get('runs')), get('on-pause')
        self.grace = Period(group['grace']) if 'grace' in group else None
        self.needs = aslist(get('needs'))
        self.missed_if = condition_of(get('missed-if'))
        self.sooner, self.booked_by = get('sooner'), get('booked-by')
        self.follows = aslist(get('follows'))
        self.per = get('per')
        self.milestone, self.tentative = get('milestone', False), get('tentative', False)
        self.met_by = [{'event': alternative['event'], 'where': condition_of(alternative.get('where'))}
                       for alternative in aslist(get('met-by'))]
        self.alerts = [Alert(alert) for alert in aslist(get('alerts'))]
        self.opens = Period(group['opens']) if 'opens' in group else None
        self.lead = Period(group['lead']) if 'lead' in group else None
        self.by = self.month_day = self.quota = self.table = self.trigger = None
        if 'every' in group:
            self.clock, self.table = 'every', self.periods(group['every'])
        elif 'within' in group:
            self.clock, self.table, self.trigger = 'within', self.periods(group['within']), group['from']
        elif 'by' in group and re.fullmatch(r'\d\d-\d\d', group['by']):
            self.clock, self.month_day = 'month-day', tuple(int(part) for part in group['by'].split('-'))
        elif 'by' in group:
            self.clock, self.by = 'by', group['by']
        else:
            self.clock, self.quota = 'quota', group['at-least']
            self.in_each = group['in-each']
            self.year_starts = tuple(int(part) for part in get('year-starts', '01-01').split('-'))

    @staticmethod
    def periods(value):
        if isinstance(value, str):
            return [{'is': Period(value), 'when': None, 'unless': None}]
        return [{'is': Period(row['is']), 'when': condition_of(row.get('when')), 'unless': condition_of(row.get('unless'))}
                for row in aslist(value)]


class Alert:
    def __init__(self, group):
        self.at, self.to = group['at'], aslist(group.get('to'))
        self.period = Period(self.at) if self.at[0].isdigit() else None
        self.before = self.period is not None and self.period.phrase == 'before'
        self.again = Period(group['again']) if 'again' in group else None
        self.times = group.get('times', 0) if self.again else 0


class RuleSet:
    def __init__(self, group):
        self.items = [item['name'] for item in group.get('items', [])]
        self.attributes = {a['name']: Attribute(a) for a in group.get('attributes', [])}
        self.derived = {d['name']: Derived(d) for d in group.get('derived', [])}
        self.events = {e['name']: EventType(e, self.attributes) for e in group.get('events', [])}
        self.constraints = group.get('constraints', [])
        self.calendar = Calendar(group.get('calendar', {}))
        self.rules = {}
        for rule in group.get('rules', []):
            if rule.get('enabled', True):
                self.rules.setdefault(rule['id'], []).append(RuleVersion(rule))

    def scope_of(self, name):
        return (self.attributes.get(name) or self.derived.get(name)).scope


def matches(condition, value_of):
    """A conjunction: each named thing has one of the listed values."""
    if condition is None:
        return True
    for name, listed in condition.items():
        value = value_of(name)
        if value is None:
            good = 'unset' in listed
        elif 'set' in listed:
            good = True
        elif isinstance(value, frozenset):
            good = any(one in value for one in listed)
        else:
            good = value in listed
        if not good:
            return False
    return True


# ------------------------------------------------------------------------------------------------ events and state

class Event:
    """A recorded event that may stand. Position is its place in the order of its day."""

    def __init__(self, line, type_, on, item, fields, position, recorded):
        self.line, self.type, self.on, self.item = line, type_, on, item
        self.fields, self.position, self.recorded = fields, position, recorded

    def place(self):
        return (self.on, self.position)


class Snapshot:
    """What the events so far have set: the case's attributes, and of each item its kind and its own."""

    def __init__(self):
        self.case, self.items, self.events, self.attached = {}, {}, [], []

    def copy(self):
        new = Snapshot()
        new.case = dict(self.case)
        new.items = {key: (kind, dict(values)) for key, (kind, values) in self.items.items()}
        new.events, new.attached = self.events[:], self.attached[:]
        return new


def apply_event(rules, before, event):
    """The snapshot after one event: clears, sets, adds, removes, then carried attributes."""
    after, type_ = before.copy(), event.type
    if type_.new_item and event.item not in after.items:
        after.items[event.item] = (type_.new_item, {})
    attached = event.item is not None and event.item in after.items and after.items[event.item][0] == type_.kind
    after.events.append(event)
    after.attached.append(attached)

    def holder(name):
        scope = rules.attributes[name].scope
        if scope is None:
            return after.case
        return after.items[event.item][1] if attached and scope == type_.kind else {}

    def put(name, value):
        if value is None or value == frozenset():
            holder(name).pop(name, None)
        else:
            holder(name)[name] = value

    def given(values):
        """The values of a change with every "$field" replaced; None when such a field is absent."""
        found = set()
        for value in values:
            if value.startswith('$'):
                value = event.fields.get(value[1:])
                if value is None:
                    return None
            found |= value if isinstance(value, frozenset) else {value}
        return frozenset(found)

    def changes(groups):
        for when, settings in groups:
            if matches(when, event.fields.get):
                for name, values in settings.items():
                    values = given(values)
                    if values is not None:
                        yield name, values

    for name in type_.clears:
        put(name, None)
    for name, values in changes(type_.sets):
        put(name, values if rules.attributes[name].type == 'set' else next(iter(values)))
    for name, values in changes(type_.adds):
        put(name, holder(name).get(name, frozenset()) | values)
    for name, values in changes(type_.removes):
        put(name, holder(name).get(name, frozenset()) - values)
    for name, value in event.fields.items():
        if type_.fields[name]['attribute']:
            put(name, value)
    return after


class History:
    """The standing events of one case in their order, and the state they make on any day."""

    def __init__(self, rules, events):
        self.rules = rules
        self.events = sorted(events, key=Event.place)
        self.snapshots = [Snapshot()]
        for event in self.events:
            self.snapshots.append(apply_event(rules, self.snapshots[-1], event))
        self.days = [event.on for event in self.events]
        self.first = self.days[0] if self.days else None
        self.memo = {}
        self.breaks = self.days_of_change()

    def days_of_change(self):
        """Between two neighbours of this list no state differs: days of events, dates held, spans of derived rows."""
        days = set(self.days)
        for snapshot in self.snapshots:
            for values in [snapshot.case] + [values for _, values in snapshot.items.values()]:
                for value in values.values():
                    if isinstance(value, int):
                        days |= {value, value + 1}
        for derived in self.rules.derived.values():
            for row in derived.rows:
                if row['span'][0] is not None:
                    days.add(row['span'][0])
                if row['span'][1] is not None:
                    days.add(row['span'][1] + 1)
        return sorted(days)

    def index_on(self, day):
        return bisect.bisect_right(self.days, day)

    def segment(self, day):
        return bisect.bisect_right(self.breaks, day)

    def events_on(self, day, item=None):
        """The events of one day in their order; with an item, those of that item only."""
        key = ('events', day, item)
        if key not in self.memo:
            last = self.snapshots[-1]
            self.memo[key] = [event for place, event in enumerate(self.events)
                              if event.on == day and (item is None or (event.item == item and last.attached[place]))]
        return self.memo[key]

    def item_keys(self):
        return [(key, kind) for key, (kind, _) in self.snapshots[-1].items.items()]

    def item_exists(self, day, item):
        key = ('exists', self.index_on(day), item)
        if key not in self.memo:
            self.memo[key] = item in self.snapshots[self.index_on(day)].items
        return self.memo[key]

    def value(self, name, day, item=None):
        """S(day): what `name` is at the end of that day, seen by the case or by one of its items."""
        key = ('value', name, self.segment(day), item)
        if key not in self.memo:
            snapshot = self.snapshots[self.index_on(day)]
            self.memo[key] = self.value_in(snapshot, name, day, item) if snapshot.events else None
        return self.memo[key]

    def value_in(self, snapshot, name, day, item=None):
        scope = self.rules.scope_of(name)
        if scope is not None:
            if item is None or item not in snapshot.items or snapshot.items[item][0] != scope:
                return None
        if name in self.rules.derived:
            return self.derive(snapshot, self.rules.derived[name], day, item)
        return (snapshot.case if scope is None else snapshot.items[item][1]).get(name)

    def derive(self, snapshot, derived, day, item):
        def value_of(name):
            return self.value_in(snapshot, name, day, item)
        for row in derived.rows:
            if not in_span(row['span'], day):
                continue
            if row['when'] and not matches(row['when'], value_of):
                continue
            if row['unless'] and matches(row['unless'], value_of):
                continue
            if row['after'] and not (value_of(row['after']) is not None and day > value_of(row['after'])):
                continue
            if row['from'] and not (value_of(row['from']) is not None and day >= value_of(row['from'])):
                continue
            if row['count'] and not self.counted(snapshot, row['count'], item if derived.scope else None):
                continue
            return row['is']
        return None

    @staticmethod
    def counted(snapshot, count, item):
        """latest: of each member's events only the last counts, before `where`."""
        seen = [event for event, attached in zip(snapshot.events, snapshot.attached)
                if event.type.name == count['event'] and (item is None or (attached and event.item == item))]
        if count['latest']:
            seen = [event for place, event in enumerate(seen)
                    if not any(later.fields.get(count['latest']) == event.fields.get(count['latest'])
                               for later in seen[place + 1:])]
        return sum(1 for event in seen if matches(count['where'], event.fields.get)) >= count['at-least']

    def holds(self, condition, day, item=None):
        return matches(condition, lambda name: self.value(name, day, item))


# ------------------------------------------------------------------------------------------------ obligations

class Obligation:
    def __init__(self, version, started, due=None, opens=None, period=None, held=None):
        self.version, self.started, self.period = version, started, period
        self.fixed_due = due                       # by, month-day, quota: a due date that nothing moves
        self.opens = started if opens is None else opens
        self.held = held                           # by: the value v of the run
        self.inherited = []                        # every: (used days, period in days, overdue)
        self.state, self.met_on, self.ended_on = None, None, None
        self.closed_due, self.closed_day, self.as_asked = None, None, None
        self.done = 0
        self.due_by_day, self.raw_by_view = {}, {}

    def close(self, state, due, met_on=None, ended_on=None, as_asked=None):
        self.state, self.closed_due, self.met_on, self.ended_on = state, due, met_on, ended_on
        self.closed_day = met_on if met_on is not None else ended_on
        self.as_asked = as_asked


class Unknown:
    """An answer that is no obligation: a fact is missing. It never closes."""

    def __init__(self, version, started, missing, opens):
        self.version, self.started, self.missing, self.opens = version, started, missing, opens


class Series:
    """One rule, for the case or for one item: its obligations, found day by day."""

    def __init__(self, case, rule_id, versions, item):
        self.case, self.history, self.rules = case, case.history, case.rules
        self.calendar = case.rules.calendar
        self.id, self.versions, self.item = rule_id, versions, item
        self.obligations = []
        self.unknowns = []
        self.run = None                            # by: the obligation of the present run of days
        self.vain = {}                             # clock -> the present run of days without a date or a period: (first, last)

    # -- what holds on a day

    def value(self, name, day):
        return self.history.value(name, day, self.item)

    def holds(self, condition, day):
        return self.history.holds(condition, day, self.item)

    def events(self, day):
        return self.history.events_on(day, self.item)

    def version_applies(self, version, day):
        """applies holds in S(day) and unless does not; nothing applies before the case, or the item, exists."""
        memo, key = self.history.memo, ('applies', id(version), self.history.segment(day), self.item)
        if key not in memo:
            memo[key] = (self.history.first is not None and day >= self.history.first
                         and (self.item is None or self.history.item_exists(day, self.item))
                         and self.holds(version.applies, day)
                         and not (version.unless is not None and self.holds(version.unless, day)))
        return memo[key]

    def applying(self, day):
        """The version under which the rule applies on that day, or None."""
        for version in self.versions:
            if in_span(version.span, day):
                return version if self.version_applies(version, day) else None
        return None

    def running_on(self, ob, day):
        version, memo = ob.version, self.history.memo
        if not self.version_applies(version, day):
            return False
        if version.runs is None:
            return True
        key = ('runs', id(version), self.history.segment(day), self.item)
        if key not in memo:
            fitting = {name: values for name, values in version.runs.items()
                       if not (name in version.needs and self.value(name, day) is None)}
            memo[key] = self.holds(fitting, day)
        return memo[key]

    def qualifies(self, version, event):
        return any(event.type.name == met_by['event'] and matches(met_by['where'], event.fields.get)
                   for met_by in version.met_by)

    def qualifying_on(self, version, day):
        return any(self.qualifies(version, event) for event in self.events(day))

    def missing_on(self, version, day):
        """The first needed attribute that is unset."""
        for name in version.needs:
            if self.value(name, day) is None:
                return name
        return None

    def period_on(self, version, day):
        """(the period that a table gives in S(day), or None; the missing attribute that makes that unevaluable)"""
        for row in version.table:
            if self.holds(row['when'], day) and not (row['unless'] is not None and self.holds(row['unless'], day)):
                return row['is'], None
        read = {name for row in version.table for part in ('when', 'unless') for name in (row[part] or {})}
        for name in version.needs:
            if name in read and self.value(name, day) is None:
                return None, name
        return None, None

    # -- due dates

    def due_as_of(self, ob, day):
        """The due date as asked on `day`. Once overdue, it no longer moves later."""
        if ob.fixed_due is not None:
            return ob.fixed_due
        known = ob.due_by_day
        for asked in range(ob.started + len(known), day + 1):
            due = self.due_asked(ob, asked)
            if asked > ob.started and known[asked - 1] < asked:
                due = min(due, known[asked - 1])
            known[asked] = due
        return known[max(day, ob.started)]

    def due_asked(self, ob, asked):
        """The due date by the formulas alone, days after `asked` being taken as running days."""
        # Nothing but the pauses so far and the date of `sooner` goes into it, so each such view is worked out once.
        pauses = self.pauses(ob, asked)
        sooner = self.value(ob.version.sooner, asked) if ob.version.sooner else None
        view = (len(pauses), sooner)
        if view not in ob.raw_by_view:
            ob.raw_by_view[view] = self.work_out(ob, asked, sooner)
        return ob.raw_by_view[view]

    def pauses(self, ob, asked):
        """The days from its start to `asked` that are not running."""
        if not hasattr(ob, 'pause_days'):
            ob.pause_days, ob.pauses_until = [], ob.started - 1
        if ob.version.runs is None:
            return ()
        for day in range(ob.pauses_until + 1, asked + 1):
            if not self.running_on(ob, day):
                ob.pause_days.append(day)
        ob.pauses_until = max(ob.pauses_until, asked)
        return ob.pause_days[:bisect.bisect_right(ob.pause_days, asked)]

    def work_out(self, ob, asked, sooner):
        running = self.view(ob, asked)
        due = self.fresh_due(ob, asked, running)
        if ob.inherited and not self.restarted(ob, asked):
            for inherited in ob.inherited:
                due = min(due, self.second_due(ob, inherited, running))
            due = max(due, first_running(running, ob.started))
        if sooner is not None and sooner > ob.started:
            due = min(due, first_running(running, sooner))
        return due

    def view(self, ob, asked):
        paused = frozenset(self.pauses(ob, asked))
        return lambda day: day > asked or day not in paused

    def fresh_due(self, ob, asked, running):
        version, period = ob.version, ob.period
        mode = version.on_pause if version.runs is not None else 'continue'
        if mode == 'carry':
            return self.carried(version, period.apply(ob.started, self.calendar), running)
        if mode == 'restart':
            return period.apply(self.clock_start(ob, asked), self.calendar)
        start = self.clock_start(ob, asked)
        counted = running if period.unit != 'working' else lambda day: running(day) and self.calendar.working(day)
        if period.unit in ('day', 'week', 'working'):
            wanted = period.count if period.unit == 'working' else period.plain_days()
            return nth(counted, start if period.phrase == 'beginning with' else start + 1, wanted)
        base = period.apply(start, self.calendar)
        stopped = sum(1 for day in range(start + 1, base + 1) if not running(day))
        day = base
        while day - base != stopped and day < MAX_DAY:
            day += 1
            stopped += not running(day)
        return day

    def clock_start(self, ob, asked):
        """a*: the anchor, or the first running day after it; with "restart", the last day the clock ran again."""
        running = self.view(ob, asked)
        start = first_running(running, ob.started)
        if ob.version.runs is None or ob.version.on_pause == 'carry':
            return ob.started
        if ob.version.on_pause == 'restart':
            for pause in range(start + 1, asked + 1):
                began = not running(pause) and running(pause - 1)
                if began and not pause > self.due_as_of(ob, pause - 1):
                    start = first_running(running, pause)
        return start

    def restarted(self, ob, asked):
        return (ob.version.runs is not None and ob.version.on_pause == 'restart'
                and self.clock_start(ob, asked) != first_running(self.view(ob, asked), ob.started))

    def carried(self, version, base, running):
        if running(base):
            return base
        day = first_running(running, base)
        if version.grace is not None:
            day = first_running(running, version.grace.apply(day, self.calendar))
        return day

    def second_due(self, ob, inherited, running):
        used, old_length, overdue = inherited
        wanted = max(ob.period.plain_days(), old_length) - used
        if overdue or wanted <= 0:
            return ob.started
        if ob.version.runs is not None and ob.version.on_pause == 'carry':
            return self.carried(ob.version, saturate(ob.started + wanted - 1), running)
        return nth(running, ob.started, wanted)

    def used_days(self, ob, until, asked, running):
        """Running days counted to the end of `until`; None for periods that are not of days or weeks."""
        if ob.period is None or ob.period.plain_days() is None:
            return None
        calendar_days = ob.version.runs is None or ob.version.on_pause == 'carry'
        if ob.inherited and not self.restarted(ob, asked):
            first, used = ob.started, max(inherited[0] for inherited in ob.inherited)
        else:
            start = self.clock_start(ob, asked)
            first, used = start if ob.period.phrase == 'beginning with' else start + 1, 0
        return used + sum(1 for day in range(first, until + 1) if calendar_days or running(day))

    def actually_running(self, ob):
        return lambda day: self.running_on(ob, day)

    # -- closing

    def meet(self, ob, day):
        asked = day if day <= ob.started else day - 1
        due = self.due_as_of(ob, asked)
        tentative = ob.version.tentative
        ob.close('met' if day <= due or tentative else 'met-late', due, met_on=day, as_asked=asked)

    def end(self, ob, day):
        due = self.due_as_of(ob, day - 1)
        missed = (day > due and not ob.version.tentative) or (
            ob.version.missed_if is not None and self.holds(ob.version.missed_if, day))
        ob.close('missed' if missed else 'lapsed', due, ended_on=day, as_asked=day - 1)

    def reach(self, ob, day):
        due = self.due_as_of(ob, day)
        if ob.version.milestone and day >= due:
            ob.close('reached', due, ended_on=max(due, ob.started), as_asked=day)

    def open_obligations(self):
        return [ob for ob in self.obligations if ob.state is None]

    def recurring(self):
        """Its `every` obligations: they neither wait for those that other versions of the rule have, nor take over from them."""
        return [ob for ob in self.obligations if ob.version.clock == 'every']

    # -- one day: first what closes, then what starts

    def close_on(self, day):
        if self.run is not None:
            self.close_by(day)
        for ob in self.open_obligations():
            if ob.version.clock == 'every':
                if self.qualifying_on(ob.version, day):
                    self.meet(ob, day)
                elif not self.version_applies(ob.version, day):
                    self.end(ob, day)
            elif ob.version.clock == 'within':
                self.close_within(ob, day, None)
            elif ob.version.clock == 'month-day':
                self.close_month_day(ob, day)
            elif ob.version.clock == 'quota':
                self.close_quota(ob, day)
        self.unknowns = [unknown for unknown in self.unknowns if self.unknown_stays(unknown, day)]

    def unknown_stays(self, unknown, day):
        return unknown.version.clock == 'within' and self.applying(day) is not None

    def start_on(self, day):
        version = self.applying(day)
        if version is None:
            return
        if version.clock == 'every':
            if all(ob.state is not None for ob in self.recurring()):
                self.start_every(version, day)
        elif version.clock == 'within':
            self.start_within(version, day)
        elif version.clock == 'by':
            if self.run is None:
                self.start_by(version, day)
        elif version.clock == 'month-day':
            self.start_month_day(version, day)
        else:
            self.start_quota(version, day)

    # -- every

    def start_every(self, version, day):
        period, missing = self.period_on(version, day)
        if period is None:
            if missing is not None:
                started = self.since('every', day)
                self.unknowns.append(Unknown(version, started, missing, started))
            return
        ob = Obligation(version, day, period=period)
        if period.plain_days() is not None and not any(old.met_on == day for old in self.recurring()):
            for rule_id in [self.id] + version.follows:
                self.inherit(ob, self.case.series.get((rule_id, self.item)))
        self.obligations.append(ob)

    def since(self, clock, day):
        """The first day of the unbroken run of days, up to this one, that lack the same: a date, or a period."""
        first, last = self.vain.get(clock, (day, None))
        self.vain[clock] = (first if last == day - 1 else day, day)
        return self.vain[clock][0]

    def inherit(self, ob, series):
        """Look back at the last obligation of that rule that started before this one."""
        before = [old for old in (series.recurring() if series else []) if old.started < ob.started]
        if not before or before[-1].state not in ('missed', 'lapsed'):
            return
        old, c = before[-1], ob.started
        length = old.period.plain_days() if old.period else None
        x = old.ended_on
        if length is None or not c - length <= x <= c:
            return
        for day in range(x, c + 1):
            if self.qualifying_on(ob.version, day) or series.qualifying_on(old.version, day):
                return
        used = series.used_days(old, x - 1, x - 1, series.actually_running(old))
        ob.inherited.append((used, length, x - 1 > series.due_as_of(old, x - 1)))

    # -- within

    def trigger_on(self, version, day):
        """(whether the day has a trigger, the trigger event if it is one)"""
        if version.trigger == 'start':
            return self.applying(day - 1) is None, None
        if 'change' in version.trigger:
            name = version.trigger['change']
            return self.value(name, day) != self.value(name, day - 1), None
        where = condition_of(version.trigger.get('where'))
        for event in self.events(day):
            if event.type.name == version.trigger['event'] and matches(where, event.fields.get):
                return True, event
        return False, None

    def start_within(self, version, day):
        triggered, trigger = self.trigger_on(version, day)
        if not triggered:
            return
        period, missing = self.period_on(version, day)
        if period is None:
            if missing is not None:
                self.unknowns.append(Unknown(version, day, missing, day))
            return
        ob = Obligation(version, day, period=period)
        self.obligations.append(ob)
        self.close_within(ob, day, trigger)

    def close_within(self, ob, day, trigger):
        if any(self.qualifies(ob.version, event) for event in self.events(day) if event is not trigger):
            self.meet(ob, day)
        elif not self.version_applies(ob.version, day):
            self.end(ob, day)
        else:
            self.reach(ob, day)

    # -- by a date attribute

    def start_by(self, version, day):
        held = self.value(version.by, day)
        if held is None:
            started = self.since('by', day)
            if version.by in version.needs:
                self.unknowns.append(Unknown(version, started, self.missing_on(version, day), None))
            return
        due = version.lead.apply(held, self.calendar) if version.lead else held
        opens = version.opens.apply(held, self.calendar) if version.opens else day
        ob = Obligation(version, day, due=due, opens=opens, held=held)
        self.obligations.append(ob)
        first = day
        while self.applying(first - 1) is not None:
            first -= 1
        ob.counts_from = max(opens, first) if version.opens else day + 1
        self.run = ob
        for past in range(ob.counts_from, day + 1):
            if self.qualifying_on(version, past):
                self.meet(ob, past)
                return
        self.reach(ob, day)

    def close_by(self, day):
        ob = self.run
        version = ob.version
        held, applies = self.value(version.by, day), self.version_applies(version, day)
        goes_on = applies and held == ob.held
        if ob.state is None and day >= ob.counts_from and self.qualifying_on(version, day):
            self.meet(ob, day)
        elif ob.state is None and goes_on:
            self.reach(ob, day)
        elif ob.state is None and applies and held is not None:
            late = day > ob.fixed_due and not version.tentative
            ob.close('missed' if late else 'moved', ob.fixed_due, ended_on=day)
        elif ob.state is None:
            self.end(ob, day)
        if not goes_on:
            self.run = None

    # -- by a day of the year

    def month_day_in(self, version, year):
        """(due, opens) of that year"""
        date = datetime.date(year, *version.month_day).toordinal()
        due = version.lead.apply(date, self.calendar) if version.lead else date
        if version.opens:
            return due, version.opens.apply(date, self.calendar)
        return due, self.month_day_due(version, year - 1) + 1

    def month_day_due(self, version, year):
        date = datetime.date(year, *version.month_day).toordinal()
        return version.lead.apply(date, self.calendar) if version.lead else date

    def opening_on(self, version, day):
        """The due date of the year that opens on that day, or None."""
        if version is None or version.clock != 'month-day':
            return None
        year = datetime.date.fromordinal(day).year
        for candidate in (year, year + 1, year + 2):
            due, opens = self.month_day_in(version, candidate)
            if opens == day:
                return due
        return None

    def start_month_day(self, version, day):
        due = self.opening_on(version, day)
        if due is None:
            return
        ob = Obligation(version, day, due=due)
        self.obligations.append(ob)
        if self.qualifying_on(version, day):
            self.meet(ob, day)
        else:
            self.reach(ob, day)

    def close_month_day(self, ob, day):
        if self.opening_on(self.applying(day), day) is not None:
            ob.close('missed', ob.fixed_due, ended_on=day)
        elif self.qualifying_on(ob.version, day):
            self.meet(ob, day)
        elif not self.version_applies(ob.version, day):
            self.end(ob, day)
        else:
            self.reach(ob, day)

    # -- quotas

    def quota_period(self, version, day):
        """The last day of the period that begins on that day, or None."""
        date = datetime.date.fromordinal(day)
        month, dom = version.year_starts
        step = 12 if version.in_each == 'year' else 3
        if date.day != dom or (date.month - month) % step != 0:
            return None
        return add_months(day, step)[0] - 1

    def start_quota(self, version, day):
        last = self.quota_period(version, day)
        if last is not None:
            ob = Obligation(version, day, due=last)
            self.obligations.append(ob)
            self.count_quota(ob, day)

    def count_quota(self, ob, day):
        if day <= ob.fixed_due:
            ob.done += sum(1 for event in self.events(day) if self.qualifies(ob.version, event))
            if ob.done >= ob.version.quota:
                self.meet(ob, day)

    def close_quota(self, ob, day):
        self.count_quota(ob, day)
        if ob.state is None and day == ob.fixed_due + 1:
            ob.close('missed', ob.fixed_due, ended_on=day)
        elif ob.state is None and not self.version_applies(ob.version, day):
            self.end(ob, day)

    # -- answers

    def answers(self, day):
        for unknown in self.unknowns:
            yield self.unknown_answer(unknown), None, unknown.version
        for ob in self.obligations:
            yield self.answer(ob, day), ob, ob.version

    def blank(self, version, started, opens):
        row = dict.fromkeys(OUTPUT)
        row.update(case=self.case.ref, rule=self.id, item=self.item, title=version.title, strength=version.strength,
                   started=started, opens=opens, provisional=False, booked_late=False, paused=False, version=version.span[0])
        return row

    def unknown_answer(self, unknown):
        row = self.blank(unknown.version, unknown.started, unknown.opens)
        row.update(state='unevaluable', missing=unknown.missing)
        return row

    def answer(self, ob, day):
        version, calendar = ob.version, self.calendar
        is_open = ob.state is None
        due = self.due_as_of(ob, day) if is_open else ob.closed_due
        row = self.blank(version, ob.started, ob.opens)
        plan_by = calendar.working_on_or_before(due)
        if plan_by < ob.opens:
            plan_by = due
        row.update(due=due, plan_by=plan_by, met_on=ob.met_on, ended_on=ob.ended_on,
                   provisional=self.provisional(ob, due, plan_by))
        if version.clock == 'quota':
            row.update(done=ob.done, needed=version.quota)
        self.days_used(ob, day, due, row)
        if not is_open:
            row['state'] = ob.state
            return row
        row.update(days_left=due - day, paused=not self.running_on(ob, day))
        if version.booked_by:
            booked = self.value(version.booked_by, day)
            if booked is not None and booked >= day and booked >= ob.opens:
                row.update(booked=booked, booked_late=booked > due)
        row['state'], row['missing'] = self.state_on(ob, day, due, row['paused'])
        return row

    def days_used(self, ob, day, due, row):
        if ob.period is None or ob.period.plain_days() is None:
            return
        if ob.state is None:
            until, asked, shown = day, day, self.view(ob, day)
        elif ob.met_on is not None:
            until, asked, shown = ob.met_on, ob.as_asked, self.actually_running(ob)
        elif ob.state == 'reached':
            until, asked, shown = ob.ended_on, ob.as_asked, self.actually_running(ob)
        else:
            until, asked, shown = ob.ended_on - 1, ob.as_asked, self.actually_running(ob)
        row['used_days'] = self.used_days(ob, until, asked, shown)
        row['limit_days'] = self.used_days(ob, due, asked, self.view(ob, asked))

    def provisional(self, ob, due, plan_by):
        days = [due, plan_by]
        if ob.period is not None and ob.period.unit == 'working':
            days.append(ob.started)
        if ob.version.lead is not None and ob.version.lead.unit == 'working':
            days.append(ob.held if ob.held is not None else self.month_day_date(ob))
        return not all(self.calendar.covered(one) for one in days)

    def month_day_date(self, ob):
        year = datetime.date.fromordinal(ob.fixed_due).year
        for candidate in (year, year + 1):
            if self.month_day_due(ob.version, candidate) == ob.fixed_due:
                return datetime.date(candidate, *ob.version.month_day).toordinal()
        return ob.fixed_due

    def state_on(self, ob, day, due, paused):
        """(state, missing) of an open obligation: the first that fits"""
        version = ob.version
        if day < ob.opens:
            return 'pending', None
        if version.tentative and day > ob.held:
            return 'unevaluable', version.by
        if day > due:
            return 'overdue', None
        missing = self.missing_on(version, day)
        if missing is not None:
            return 'unevaluable', missing
        if paused:
            return 'paused', None
        befores = [self.stage_day(alert, ob, due) for alert in version.alerts if alert.before]
        if day >= (min(befores) if befores else due - 28):
            return 'due-soon', None
        return 'open', None

    # -- the ladder

    def stage_day(self, alert, ob, due):
        if alert.at == 'opens':
            return ob.opens
        if alert.at == 'due':
            return due
        if alert.at == 'overdue':
            return saturate(due + 1)
        day = alert.period.apply(due, self.calendar)
        return self.calendar.working_on_or_before(day) if alert.before else day

    def stages(self, ob, row, asked):
        for alert in ob.version.alerts:
            first = self.stage_day(alert, ob, row['due'])
            for repeat in range(alert.times + 1):
                day = first if repeat == 0 else alert.again.apply(first, self.calendar, repeat)
                end = ob.closed_day + 1 if ob.state == 'reached' else ob.closed_day
                yield {'case': row['case'], 'rule': row['rule'], 'item': row['item'], 'started': row['started'],
                       'due': row['due'], 'stage': alert.at, 'repeat': repeat, 'day': day,
                       'reached': day <= asked and (end is None or day < end),
                       'quiet': alert.before and row['booked'] is not None and not row['booked_late'], 'to': alert.to}


def first_running(running, day):
    while day < MAX_DAY and not running(day):
        day += 1
    return day


def nth(fits, first, count):
    """The count-th day from `first` on that fits."""
    day = first - 1
    while count > 0 and day < MAX_DAY:
        day += 1
        if fits(day):
            count -= 1
    return day


class CaseFile:
    """All series of one case, walked from its first day to the last day asked about."""

    def __init__(self, rules, ref, events):
        self.rules, self.ref = rules, ref
        self.history = History(rules, events)
        self.series = {}
        for rule_id in sorted(rules.rules):
            versions = rules.rules[rule_id]
            per = versions[0].per
            for item in sorted(key for key, kind in self.history.item_keys() if kind == per) if per else [None]:
                self.series[(rule_id, item)] = Series(self, rule_id, versions, item)
        self.walked = None if self.history.first is None else self.history.first - 1

    def walk_to(self, day):
        while self.walked < day:
            self.walked += 1
            for series in self.series.values():
                series.close_on(self.walked)
            for series in self.series.values():
                series.start_on(self.walked)

    def answers(self, day, every=True):
        """[(answer, obligation or None, series)] in the order they are printed"""
        if self.walked is None or day < self.history.first:
            return []
        if day < self.walked:
            raise ValueError('days are asked about in rising order')
        self.walk_to(day)
        found = []
        for series in self.series.values():
            for row, ob, _ in series.answers(day):
                if every or ob is None or ob.state is None:
                    found.append((row, ob, series))
        found.sort(key=lambda one: (one[0]['case'], one[0]['rule'], one[0]['item'] or '', one[0]['started']))
        return found


# ------------------------------------------------------------------------------------------------ the record

class Refused(Exception):
    pass


class Record:
    """Lines admitted in the order of the file, whatever is known when; refused ones counted by line number."""

    def __init__(self, rules, lines):
        self.rules = rules
        self.refused = {}                          # line number -> why
        self.skipped = set()
        self.events = {}                           # line number -> Event, in recording order
        self.case_of = {}
        self.ids = {}                              # id -> line number
        self.gone = {}                             # line number -> [recorded instant of what retracted or replaced it]
        for number, text in enumerate(lines, 1):
            if text.strip():
                try:
                    self.admit(number, text)
                except Refused as trouble:
                    self.refused[number] = str(trouble)

    def standing(self, ref, without=()):
        return [event for line, event in self.events.items()
                if self.case_of[line] == ref and line not in self.gone and line not in without]

    def known(self, ref, instant):
        """The standing events as they were known at an instant (None: as they are)."""
        def by_then(recorded):
            return instant is None or recorded is None or recorded <= instant
        return [event for line, event in self.events.items()
                if self.case_of[line] == ref and by_then(event.recorded)
                and not any(by_then(recorded) for recorded in self.gone.get(line, []))]

    def refs(self):
        return sorted(set(self.case_of.values()))

    def named(self, reference):
        """The line of a standing event, by its id or its line number."""
        line = self.ids.get(reference) if isinstance(reference, str) else reference
        if isinstance(reference, bool) or line not in self.events or line in self.gone:
            raise Refused('no standing event %r' % (reference,))
        return line

    def admit(self, number, text):
        try:
            group = json.loads(text)
        except ValueError:
            raise Refused('not JSON')
        if not isinstance(group, dict):
            raise Refused('not an object')
        recorded = instant_of(group['recorded-at']) if 'recorded-at' in group else None
        if 'retract' in group:
            if not set(group) <= {'retract', 'why', 'recorded-at'} or not group.get('why'):
                raise Refused('a retraction has retract, why and perhaps recorded-at')
            self.gone.setdefault(self.named(group['retract']), []).append(recorded)
            return
        if isinstance(group.get('id'), str) and group['id'] in self.ids:
            self.skipped.add(number)
            return
        self.admit_event(number, group, recorded)

    def admit_event(self, number, group, recorded):
        ref, type_, on, item, fields = self.shape(group)
        replaced = None
        position = number
        if 'replaces' in group:
            if not group.get('why'):
                raise Refused('a replacement says why')
            replaced = self.named(group['replaces'])
            if self.case_of[replaced] != ref:
                raise Refused('replaces an event of another case')
            position = self.events[replaced].position
        event = Event(number, type_, on, item, fields, position, recorded)
        others = self.standing(ref, without=(replaced,))
        self.check(ref, event, others, group.get('force', False))
        self.events[number] = event
        self.case_of[number] = ref
        if replaced is not None:
            self.gone.setdefault(replaced, []).append(recorded)
        if 'id' in group:
            self.ids[group['id']] = number

    def shape(self, group):
        """What can be said of an event without looking at any other."""
        for name, value in group.items():
            if value is None:
                raise Refused('%s is null' % name)
        ref = group.get('case')
        if not isinstance(ref, str) or not re.fullmatch(r'[A-Z0-9][A-Z0-9-]{1,31}', ref):
            raise Refused('no case reference')
        if group.get('event') not in self.rules.events:
            raise Refused('no such event')
        type_ = self.rules.events[group['event']]
        on = day_of(group.get('on'))
        if on is None:
            raise Refused('on is no date')
        item = group.get('item')
        if item is not None and type_.kind is None:
            raise Refused('%s names no item' % type_.name)
        if item is None and type_.kind is not None and not type_.item_optional:
            raise Refused('%s names an item' % type_.name)
        fields = {}
        for name, value in group.items():
            if name not in RESERVED:
                if name not in type_.fields:
                    raise Refused('%s carries no %s' % (type_.name, name))
                fields[name] = self.field(type_.fields[name], name, value)
        for name, field in type_.fields.items():
            if field['required'] and name not in fields:
                raise Refused('%s lacks %s' % (type_.name, name))
        return ref, type_, on, item, fields

    @staticmethod
    def field(field, name, value):
        if field['type'] == 'set':
            if not isinstance(value, list) or not all(one in field['values'] for one in value):
                raise Refused('%s is no list of its values' % name)
            return frozenset(value)
        if not isinstance(value, str):
            raise Refused('%s is no string' % name)
        if field['type'] == 'date':
            if day_of(value) is None:
                raise Refused('%s is no date' % name)
            return day_of(value)
        if field['type'] == 'token':
            if not re.fullmatch(r'[A-Za-z0-9-]{1,32}', value):
                raise Refused('%s is no token' % name)
        elif value not in field['values']:
            raise Refused('%s is none of its values' % name)
        return value

    def check(self, ref, event, others, force):
        """Items, requires and constraints, against the state just before and just after the event."""
        history = History(self.rules, others + [event])
        place = history.events.index(event)
        before, after = history.snapshots[place], history.snapshots[place + 1]
        type_ = event.type
        if type_.new_item and any(other.type.new_item and other.item == event.item for other in others):
            raise Refused('item %s has already begun' % event.item)
        if type_.item and event.item is not None:
            if event.item not in before.items or before.items[event.item][0] != type_.item:
                raise Refused('no %s %s' % (type_.item, event.item))
        if force:
            return
        if type_.requires is not None:
            if not matches(type_.requires, lambda name: history.value_in(before, name, event.on, event.item)):
                raise Refused('requires')
        for constraint in self.rules.constraints:
            if constraint['severity'] == 'refuse' and self.violated(constraint, ref, event, others, history, after):
                raise Refused('constraint %s' % constraint['id'])

    def violated(self, constraint, ref, event, others, history, after):
        def seen(name):
            return history.value_in(after, name, event.on, event.item)
        if constraint.get('event', event.type.name) != event.type.name or not matches(
                condition_of(constraint.get('where')), event.fields.get):
            return False
        if 'never' in constraint:
            never = condition_of(constraint['never'])
            scopes = {self.rules.scope_of(name) for name in never} - {None}
            if scopes and (event.item is None or event.type.kind not in scopes):
                return False
            return matches(never, seen)

        def date(name):
            if name == 'on':
                return event.on
            if name in event.fields:
                return event.fields[name]
            return seen(name) if name in self.rules.attributes else None
        if 'between' in constraint:
            first, last = (date(name) for name in constraint['between'])
            if first is None or last is None:
                return False
            least, most = (Period(constraint[name]).apply(first, self.rules.calendar) if name in constraint else None
                           for name in ('at-least', 'at-most'))
            return least is not None and last < least or most is not None and last > most
        booked = event.fields.get(constraint['date'])
        if booked is None:
            return False
        case = CaseFile(self.rules, ref, others)
        for row, ob, series in case.answers(event.on, every=False):
            if ob is not None and series.id in aslist(constraint['not-after-due']) and series.item in (None, event.item):
                if booked > row['due']:
                    return True
        return False


def instant_of(text):
    try:
        instant = datetime.datetime.fromisoformat(text)
        if instant.tzinfo is None or 'T' not in text:
            raise ValueError(text)
        return instant
    except (TypeError, ValueError):
        raise Refused('recorded-at is no instant')


# ------------------------------------------------------------------------------------------------ asking

def printable(row, names):
    shown = {}
    for name in names:
        value = row[name]
        is_day = name in ('started', 'opens', 'due', 'plan_by', 'met_on', 'ended_on', 'booked', 'version', 'day')
        shown[name] = text_of(value) if is_day else value
    return shown


class Oracle:
    """A rule set and a file of events; ask it about days."""

    def __init__(self, group, lines):
        self.rules = group if isinstance(group, RuleSet) else RuleSet(group)
        self.record = Record(self.rules, lines)
        self.refused = sorted(self.record.refused)

    def ask(self, days, known_at=None):
        """{day: (answers, stages)} for ordinals `days`, everything included, as known at an instant (text)."""
        instant = instant_of(known_at) if known_at else None
        found = {day: ([], []) for day in days}
        for ref in self.record.refs():
            case = CaseFile(self.rules, ref, self.record.known(ref, instant))
            for day in sorted(set(days)):
                for row, ob, series in case.answers(day):
                    found[day][0].append(printable(row, OUTPUT))
                    if ob is not None:
                        found[day][1].extend(printable(stage, STAGE_OUTPUT) for stage in series.stages(ob, row, day))
        return found


def is_closed(row):
    return row['met_on'] is not None or row['ended_on'] is not None


def main():
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('--rules', action='append', required=True)
    parser.add_argument('--as-of', required=True)
    parser.add_argument('--known-at')
    parser.add_argument('--all', action='store_true')
    parser.add_argument('--stages', action='store_true')
    parser.add_argument('file')
    args = parser.parse_args()
    group = {}
    for directory in args.rules:
        readcfg.unite(group, readcfg.read_directory(directory))
    with open(args.file, encoding='utf-8') as file:
        oracle = Oracle(group, file.read().split('\n'))
    day = day_of(args.as_of)
    answers, stages = oracle.ask([day], args.known_at)[day]
    closed = {(row['case'], row['rule'], row['item'], row['started']) for row in answers if is_closed(row)}
    for row in stages if args.stages else answers:
        if args.all or (row['case'], row['rule'], row['item'], row['started']) not in closed:
            print(json.dumps(row))
    for line, why in sorted(oracle.record.refused.items()):
        print('%s:%d: %s' % (args.file, line, why), file=sys.stderr)
    return 1 if oracle.refused else 0


if __name__ == '__main__':
    sys.exit(main())
