#!/usr/bin/python3
"""`mappactl rules check` as its users call it: files, folders, arguments, and the month ends.

The answers of --ambiguity are compared with month arithmetic written here, from
the sentences of docs/rule-language.md, and with dates worked out on paper.
"""

import calendar
import datetime
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

TREE = pathlib.Path(__file__).resolve().parent.parent.parent
MAPPACTL = pathlib.Path(os.environ.get("MAPPAD_BUILD", TREE / "build")).resolve() / "bin/mappactl"
WORDS = """attributes = ( { name = "level"; values = ["1", "2"]; }, { name = "ends"; type = "date"; } );
events = ( { name = "put"; fields = ( { name = "level"; }, { name = "ends"; } ); }, { name = "met"; } );
constraints = ( { id = "used"; severity = "flag"; says = "Used."; event = "met"; never = { level = "1"; ends = "set"; }; } );
"""
RULE = 'rules = ( {{ id = "x"; title = "T"; source = "S"; basis = "B"; strength = "should"; {} }} );\n'
MET = 'met-by = { event = "met"; };'


def check(*arguments):
    done = subprocess.run([MAPPACTL, "rules", "check", *map(str, arguments)], capture_output=True, text=True, cwd=TREE)
    return done.returncode, done.stdout, done.stderr


def added(day, months):
    """The corresponding day some months on, or None where that month has no such day; and the month's last."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return (datetime.date(year, month + 1, day.day) if day.day <= last else None), datetime.date(year, month + 1, last)


def both_answers(day, months, phrase):
    """(what the language says, the other reading), or None where both agree."""
    one = datetime.timedelta(days=1)
    exact, last = added(day, -months if phrase == "before" else months)
    if exact:
        return None
    if phrase == "before":      # counting back, the other reading stops at the first day after the short month
        return last, last + one
    over = last + datetime.timedelta(days=day.day - last.day)   # the missing days carried over
    other = over - one if phrase == "beginning with" else over
    return None if other == last else (last, other)


class Check(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.path = pathlib.Path(self.folder.name)
        self.words = self.write("10-words.cfg", WORDS)

    def write(self, name, text):
        path = self.path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        return path

    def ambiguities(self, setting, years):
        self.write("20-rule.cfg", RULE.format(setting))
        status, output, errors = check("--ambiguity", "--years", years, self.path)
        self.assertEqual((status, errors), (0, ""), output)
        rows = re.findall(r'^x  (\S+) = "(.+)"  from (\S+): (\S+); other reading (\S+)$', output, re.M)
        self.assertIn(f"{len(rows)} answer{' hangs' if len(rows) == 1 else 's hang'} on the month-end convention", output)
        return rows

    def test_the_month_ends_of_every_phrase_agree_with_the_calendar(self):
        cases = [(f'every = "{number} {unit} {phrase}"; {MET}', "every", number * size, phrase)
                 for number, unit, size in ((1, "months", 1), (6, "months", 1), (7, "months", 1), (1, "years", 12), (3, "years", 12))
                 for phrase in ("after", "beginning with")]
        cases += [(f'by = "ends"; opens = "{number} months before"; {MET}', "opens", number, "before") for number in (1, 3, 6, 12)]
        for setting, name, months, phrase in cases:
            with self.subTest(setting):
                expected = []
                day = datetime.date(2022, 1, 1)
                while day.year < 2026:
                    answers = both_answers(day, months, phrase)
                    if answers:
                        expected.append((day.isoformat(), answers[0].isoformat(), answers[1].isoformat()))
                    day += datetime.timedelta(days=1)
                rows = self.ambiguities(setting, "2022..2025")
                self.assertEqual([row[2:] for row in rows], expected)
                self.assertEqual({row[0] for row in rows}, {name} if expected else set())

    def test_the_window_before_the_last_days_of_august(self):
        # On paper: there is no 29, 30 or 31 February 2023, so three days of August 2023 open on the 28th; 2024 has a 29th.
        rows = self.ambiguities(f'by = "ends"; opens = "6 months before"; {MET}', "2023..2024")
        august = [row[2:] for row in rows if row[2][5:7] == "08"]
        self.assertEqual(august, [("2023-08-29", "2023-02-28", "2023-03-01"), ("2023-08-30", "2023-02-28", "2023-03-01"),
                                  ("2023-08-31", "2023-02-28", "2023-03-01"), ("2024-08-30", "2024-02-29", "2024-03-01"),
                                  ("2024-08-31", "2024-02-29", "2024-03-01")])

    def test_weeks_and_days_never_hang_on_a_month_end(self):
        self.assertEqual(self.ambiguities(f'every = "16 weeks after"; {MET}', "2020..2029"), [])

    def test_a_fixed_day_is_asked_about_that_day_alone(self):
        rows = self.ambiguities(f'by = "08-31"; opens = "6 months before"; {MET}', "2022..2024")
        self.assertEqual([row[2:] for row in rows], [("2022-08-31", "2022-02-28", "2022-03-01"),
                         ("2023-08-31", "2023-02-28", "2023-03-01"), ("2024-08-31", "2024-02-29", "2024-03-01")])
        self.assertEqual(self.ambiguities(f'by = "10-31"; opens = "7 months before"; {MET}', "2022..2024"), [])

    def test_a_quota_is_due_on_the_last_day_of_its_period_alone(self):
        rows = self.ambiguities('at-least = 1; in-each = "quarter"; alerts = ( { at = "1 month before"; to = "unit"; } ); ' + MET,
                                "2023..2023")
        self.assertEqual([row[2:] for row in rows], [("2023-03-31", "2023-02-28", "2023-03-01"), ("2023-12-31", "2023-11-30", "2023-12-01")])

    def test_several_folders_are_one_rule_set(self):
        rule = self.write("more/x.cfg", RULE.format(f'every = "1 weeks after"; applies = {{ level = "2"; }}; {MET}'))
        status, output, _ = check(self.path, rule.parent)
        self.assertEqual((status, output), (0, "1 rule, 2 events, 2 attributes: no errors, 0 warnings\n"))
        self.assertEqual(check(self.words, rule)[0], 0)

    def test_one_mistake_in_a_vocabulary_is_one_error(self):
        # The shipped law, with a mistake that takes away every name of a file, or the name of one attribute or rule.
        for name, right, wrong in (("00-vocabulary.cfg", "attributes = (", "attributes = ( ,"), ("00-vocabulary.cfg", 'name = "level"', 'nam = "level"'),
                                   ("10-reviews.cfg", 'id = "level-2-review";', 'id = "level-2-review"; quota = 0x2;'),
                                   ("00-vocabulary.cfg", "", "\ufeff")):
            shutil.rmtree(self.path / "law", ignore_errors=True)
            shutil.copytree(TREE / "rules", self.path / "law", ignore=shutil.ignore_patterns("examples", "*.test"))
            file = self.path / "law" / name
            text = file.read_text()
            self.assertIn(right, text)
            file.write_text(text.replace(right, wrong, 1))
            status, output, _ = check(self.path / "law")
            self.assertEqual((status, output.count(": error: ")), (1, 1), output[:2000])
            self.assertLess(len(output.splitlines()), 5, output[:2000])

    def test_a_file_named_twice_is_said_to_be(self):
        status, output, _ = check(self.path, self.words)
        self.assertEqual((status, output), (1, f"{self.words}: error: this file is named twice\n"))

    def test_what_is_no_file_is_named_with_its_reason(self):
        (self.path / "folder.cfg").mkdir()
        os.mkfifo(self.path / "pipe.cfg")
        status, output, _ = check(self.path, self.path / "gone.cfg")
        self.assertEqual(status, 1)
        for line in ("folder.cfg: error: this is no regular file", "pipe.cfg: error: this is no regular file",
                     "gone.cfg: error: cannot read this file: No such file or directory"):
            self.assertIn(f"{self.path}/{line}", output)

    def test_what_is_too_much_is_refused_with_its_limit(self):
        (self.path / "large.cfg").write_bytes(b"# " + b"x" * (32 << 20) + b"\n")
        status, output, _ = check(self.path / "large.cfg")
        self.assertEqual((status, output), (1, f"{self.path}/large.cfg: error: this file is larger than 32 MiB\n"))
        for number in range(1001):
            self.write(f"many/{number:04}.cfg", "items = ();\n")
        status, output, _ = check(self.path / "many")
        self.assertEqual((status, output), (1, f"{self.path}/many: error: a rule set has at most 1000 files\n"))

    def test_more_words_than_can_be_numbered_are_refused(self):
        self.write("many.cfg", "items = (\n" + ",\n".join(f'{{ name = "i{number}"; }}' for number in range(65535)) + "\n);\n")
        status, output, _ = check(self.path / "many.cfg")
        self.assertEqual(status, 1)
        self.assertRegex(output, "^error: there are 65535 .*; at most 65534 are possible\n$")

    def test_wrong_arguments_say_what_would_be_right(self):
        for arguments, answer in (
                ([], "mappactl rules check DIR..."),
                (["--years", "2020..2021"], "--years goes with --ambiguity"),
                (["--ambiguity", "--years", "2021"], 'two years such as 2020..2023, not "2021"'),
                (["--ambiguity", "--years", "2021..2020"], 'not "2021..2020"'),
                (["--ambiguty"], 'did you mean "--ambiguity"?'),
                (["--as-of", "2026-01-01"], "--as-of goes with --contacts"),
                (["--domain", "example.org"], "--domain goes with --contacts"),
                (["--contacts", "x.cfg", "--domain", "example.org"], "--contacts needs --as-of DATE"),
                (["--contacts", "x.cfg", "--as-of", "2026-01-01"], "--contacts needs --domain NAME"),
                (["--contacts", "x.cfg", "--domain", "example.org", "--as-of", "2026-02-30"], 'not "2026-02-30"')):
            status, output, errors = check(*arguments, *([self.path] if arguments else []))
            self.assertEqual((status, output), (2, ""), arguments)
            self.assertIn(answer, errors)

    def test_a_route_to_nobody_is_an_error_on_its_line(self):
        self.write("20-rule.cfg", RULE.format(f'every = "1 weeks after"; {MET}\n alerts = ( {{ at = "due"; to = ["unit", "untold"]; }} );'))
        contacts = self.write("contacts.txt", 'title = "T"; watch = "unit"; agencies = ();\n'
                              'roles = ( { name = "unit"; label = "Unit"; mailboxes = ["unit@example.org"]; } );\n')
        status, output, _ = check("--contacts", contacts, "--as-of", "2026-01-01", "--domain", "example.org", self.path)
        self.assertEqual(status, 1)
        self.assertIn(f'{self.path}/20-rule.cfg:2: error: stage "due" of "x" is told to the role "untold", which is not in', output)

    def test_a_generated_rule_set_has_nothing_said_about_it(self):
        subprocess.run([sys.executable, TREE / "tests/bench/rules.py", "500", self.path / "many"], check=True)
        status, output, _ = check(self.path / "many")
        self.assertEqual((status, output), (0, "500 rules, 9 events, 8 attributes: no errors, 0 warnings\n"))


if __name__ == "__main__":
    unittest.main()
