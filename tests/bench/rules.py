#!/usr/bin/python3
"""Writes a rule set of any size, for measuring what reading and checking one costs.

    rules.py COUNT DIRECTORY        COUNT rules over files of 1,000, with a vocabulary of their own

The rules differ in clock, conditions, ladder and dates as those of a unit do, and
`rules check` has nothing to say about them. The same COUNT gives the same bytes.
"""

import pathlib
import sys

PER_FILE = 1000
WORDS = """items = ( { name = "permit"; label = "Permit"; } );
attributes = (
  { name = "grade"; values = ["low", "middle", "high"]; },
  { name = "state"; values = ["open", "shut"]; },
  { name = "owner"; values = ["north", "south"]; },
  { name = "hearing"; type = "date"; },
  { name = "booked-for"; type = "date"; },
  { name = "ends"; type = "date"; },
  { name = "permit-ends"; type = "date"; scope = "permit"; }
);
derived = (
  { name = "status"; values = ["gone", "here"]; cases = (
      { is = "gone"; when = { grade = "set"; }; after = "ends"; },
      { is = "here"; when = { grade = "set"; }; } ); }
);
events = (
  { name = "graded"; fields = ( { name = "grade"; required = true; }, { name = "owner"; }, { name = "ends"; } ); },
  { name = "opened"; sets = { state = "open"; }; },
  { name = "shut"; sets = { state = "shut"; }; },
  { name = "hearing-set"; fields = ( { name = "hearing"; required = true; } ); },
  { name = "visit-booked"; fields = ( { name = "booked-for"; required = true; } ); },
  { name = "visited"; clears = ["booked-for"]; fields = ( { name = "kind"; values = ["full", "brief"]; required = true; } ); },
  { name = "complained"; },
  { name = "permit-given"; new-item = "permit"; fields = ( { name = "permit-ends"; required = true; } ); },
  { name = "permit-renewed"; item = "permit"; fields = ( { name = "permit-ends"; } ); }
);
"""
CLOCKS = (
    'applies = { grade = "%(grade)s"; status = "here"; }; runs = { state = "open"; }; on-pause = "continue"; needs = ["state"];\n'
    '    every = "%(weeks)d weeks after"; booked-by = "booked-for";',
    'applies = { grade = ["low", "%(grade)s"]; status = "here"; };\n'
    '    within = "%(weeks)d weeks after"; from = { event = "complained"; };',
    'applies = { owner = "north"; status = "here"; }; needs = ["hearing"];\n    by = "hearing"; opens = "%(weeks)d months before";',
    'applies = { grade = "%(grade)s"; }; unless = { owner = "south"; };\n    at-least = %(weeks)d; in-each = "year";',
    'per = "permit";\n    by = "permit-ends"; opens = "%(weeks)d months before";',
)
LADDER = ('{ at = "2 weeks before"; to = ["office"]; }, { at = "1 week before"; to = ["office", "$owner"]; },\n'
          '                 { at = "due"; to = ["office"]; }')
MET = ('{ event = "visited"; where = { kind = "full"; }; }', '{ event = "permit-renewed"; }')


def rule(number):
    clock = number % len(CLOCKS)
    settings = CLOCKS[clock] % {"grade": ("middle", "high")[number // 5 % 2], "weeks": 3 + number % 9}
    return f"""  {{ id = "rule-{number}";
    title = "Duty number {number}";
    source = "Act of Parliament, section {number}";
    basis = "What section {number} asks for is done in the time that it gives.";
    authority = "A{number}";
    strength = "{('should', 'expected')[number % 2]}";
    {settings}
    met-by   = {MET[clock == 4]};
    alerts   = ( {LADDER} );
  }}"""


def authority(number):
    return f'  {{ id = "A{number}"; document = "Act of Parliament"; section = "section {number}"; title = "Duty {number}"; }}'


def main(count, folder):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "00-words.cfg").write_text(WORDS)
    for first in range(0, count, PER_FILE):
        numbers = range(first, min(first + PER_FILE, count))
        text = "authorities = (\n" + ",\n".join(map(authority, numbers)) + "\n);\n"
        text += "rules = (\n" + ",\n".join(map(rule, numbers)) + "\n);\n"
        (folder / f"rules-{first // PER_FILE:04d}.cfg").write_text(text)


if __name__ == "__main__":
    if len(sys.argv) != 3 or not sys.argv[1].isdigit():
        sys.exit(__doc__)
    main(int(sys.argv[1]), pathlib.Path(sys.argv[2]))
