#!/usr/bin/python3
"""mappactl rules test, as a rule author meets it: what fails and how it is said, coverage, generated tests, wrong files,
exit codes."""

import json
import pathlib
import re
import subprocess
import tempfile
import unittest

from harness import MAPPACTL, TREE, main

RULES = TREE / "rules"
TEXT = re.sub(r"^retention = \(.*?^\);", "", "\n".join(path.read_text() for path in RULES.glob("*.cfg")), flags=re.M | re.S)   # those are no rules
SHIPPED = sorted(set(re.findall(r'^  \{ id = "([^"]+)";$', TEXT, re.M)))


LIBRARY = """
attributes = ( { name = "loan"; values = ["out", "returned"]; }, { name = "branch"; values = ["open", "closed"]; } );
events = (
  { name = "lent";     sets = { loan = "out"; branch = "open"; }; },
  { name = "renewed";  requires = { loan = "out"; }; },
  { name = "returned"; requires = { loan = "out"; }; sets = { loan = "returned"; }; },
  { name = "branch-closed"; sets = { branch = "closed"; }; },
  { name = "branch-opened"; sets = { branch = "open"; }; } );
rules = (
  { id = "loan-period"; title = "Bring back or renew"; source = "Lending terms, section 4"; strength = "must";
    basis = "A book is brought back or renewed no more than three weeks after it was lent or last renewed.";
    applies  = { loan = "out"; }; runs = { branch = "open"; }; on-pause = "continue";
    every    = "3 weeks after"; met-by = { event = "renewed"; };
    alerts   = ( { at = "1 week before"; to = ["desk"]; }, { at = "overdue"; to = ["desk"]; } ); } );
"""

TESTS = """tests = (
  { name = "the days on which the branch is closed do not count";
    # 2 March + 21 days = 23 March. Closed from the 9th to the 15th, 7 days: 30 March.
    # Used by the 20th: 3 to 8 March are 6 days, 16 to 20 March are 5.
    history = (
      { on = "2026-03-02"; event = "lent"; },
      { on = "2026-03-09"; event = "branch-closed"; },
      { on = "2026-03-16"; event = "branch-opened"; } );
    on = (
      { day = "2026-03-20"; expect = (
          { rule = "loan-period"; state = "open"; started = "2026-03-02"; due = "2026-03-30";
            used-days = 11; limit-days = 21; stages = (); } ); },
      { day = "2026-03-31"; expect = (
          { rule = "loan-period"; state = "overdue"; due = "2026-03-30"; stages = (
              { stage = "1 week before"; day = "2026-03-23"; },
              { stage = "overdue"; day = "2026-03-31"; to = "desk"; } ); } ); } ); },

  { name = "renewed on the last day is in time, and three weeks more";
    rule = "loan-period";
    history = (
      { on = "2026-03-02"; event = "lent"; },
      { on = "2026-03-23"; event = "renewed"; } );
    on = (
      { day = "2026-03-23"; expect = (
          { state = "met"; started = "2026-03-02"; due = "2026-03-23"; met-on = "2026-03-23"; },
          { state = "open"; started = "2026-03-23"; due = "2026-04-13"; } ); } ); },

  { name = "a book that is not out cannot be renewed";
    history = (
      { on = "2026-03-02"; event = "lent"; },
      { on = "2026-03-09"; event = "returned"; },
      { on = "2026-03-10"; event = "renewed"; id = "too-late"; } );
    refused = ( { id = "too-late"; code = "state"; says = "loan"; } ); }
);
"""


class RulesTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="mappad-rules-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        (self.folder / "library.cfg").write_text(LIBRARY)
        self.tests = self.folder / "library.test"
        self.tests.write_text(TESTS)

    def run_test(self, *words, status=0):
        done = subprocess.run([MAPPACTL, "rules", "test", *words], capture_output=True, text=True, timeout=120)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done

    def change(self, old, new):
        text = self.tests.read_text()
        self.assertIn(old, text)
        self.tests.write_text(text.replace(old, new, 1))

    def test_sound_tests_pass(self):
        self.assertRegex(self.run_test(self.folder).stdout, r"assertions: 3 passed, 0 failed\n$")

    def test_a_difference_is_said_with_file_and_line_and_both_values(self):
        self.change('due = "2026-03-30";', 'due = "2026-03-29";')
        out = self.run_test(self.folder, status=1).stdout
        self.assertTrue(out.startswith(f"{self.tests}:2: failed: the days on which the branch is closed do not count\n"
                                       "    on 2026-03-20, loan-period of CASE-1 (line 11):\n"
                                       "      - due = 2026-03-29\n      + due = 2026-03-30\n"), out)
        self.assertRegex(out, r": 2 passed, 1 failed\n$")

    def test_what_nobody_expected_fails(self):
        self.change('{ state = "open"; started = "2026-03-23"; due = "2026-04-13"; }', '')
        self.change('met-on = "2026-03-23"; },', 'met-on = "2026-03-23"; }')
        out = self.run_test(self.folder, status=1).stdout
        self.assertIn("on 2026-03-23, loan-period of CASE-1 is not expected:\n"
                      '      + state = "open"; started = "2026-03-23"; due = "2026-04-13";\n', out)

    def test_what_is_expected_and_not_there_fails(self):
        self.change('{ state = "open"; started = "2026-03-23"; due = "2026-04-13"; }',
                    '{ state = "open"; due = "2026-04-13"; }, { state = "open"; due = "2026-04-14"; }')
        self.assertIn("is expected (line 26) and not there:\n", self.run_test(self.folder, status=1).stdout)

    def test_a_stage_that_was_reached_and_not_listed_fails(self):
        self.change('{ stage = "1 week before"; day = "2026-03-23"; },', '')
        self.assertIn('+ stage "1 week before": reached on 2026-03-23', self.run_test(self.folder, status=1).stdout)

    def test_a_stage_on_another_day_or_to_others_fails(self):
        self.change('day = "2026-03-31"; to = "desk"', 'day = "2026-04-01"; to = "director"')
        out = self.run_test(self.folder, status=1).stdout
        self.assertIn('- stage "overdue": reached on 2026-04-01\n      + stage "overdue": reached on 2026-03-31\n', out)
        self.assertIn('- stage "overdue": to director\n      + stage "overdue": to desk\n', out)
        self.change('to = "director"', 'to = ["director", "desk"]')
        self.assertIn('- stage "overdue": to director, desk\n', self.run_test(self.folder, status=1).stdout)

    def test_refusals_are_compared_both_ways(self):
        self.change('refused = ( { id = "too-late"; code = "state"; says = "loan"; } );', 'refused = ();')
        self.assertRegex(self.run_test(self.folder, status=1).stdout, r"- recorded\n      \+ refused \(state\): \"renewed\" requires loan")
        self.change('refused = ();', 'refused = ( { entry = 2; }, { entry = 3; code = "not-standing"; } );')
        out = self.run_test(self.folder, status=1).stdout
        self.assertIn("- refused\n      + recorded\n", out)
        self.assertIn("- refused (not-standing)\n      + refused (state): ", out)

    def test_every_mistake_of_a_file_is_told_with_its_line_and_the_nearest_word(self):
        self.change('event = "branch-closed"', 'event = "branch-close"')
        self.change('state = "overdue"', 'state = "overdu"')
        self.change('rule = "loan-period";\n    history', 'rule = "lone-period";\n    history')
        done = self.run_test(self.folder, status=1)
        self.assertEqual(done.stdout, "")
        for line, sentence in ((7, 'no event is called "branch-close"; did you mean "branch-closed"?'),
                               (14, 'no state is called "overdu"; did you mean "overdue"?'),
                               (19, 'no rule is called "lone-period"; did you mean "loan-period"?')):
            self.assertIn(f"{self.tests}:{line}: error: {sentence}\n", done.stderr)

    def test_an_instant_that_is_none_is_told(self):
        self.change('day = "2026-03-20"', 'known-at = "noon"; day = "2026-03-20"')
        self.assertIn(':10: error: "noon" is no instant', self.run_test(self.folder, status=1).stderr)

    def test_known_at_hides_what_was_recorded_later(self):
        self.change('event = "renewed"; } );', 'event = "renewed"; recorded-at = "2026-03-25T10:00:00Z"; } );')
        self.change('{ day = "2026-03-23"; expect', '{ day = "2026-03-24"; known-at = "2026-03-24"; expect = ( { state = "overdue"; } ); },\n'
                    '      { day = "2026-03-23"; known-at = "2026-03-25"; expect')
        self.run_test(self.folder)

    def test_coverage_names_what_no_test_reaches_and_fails_below_the_threshold(self):
        out = self.run_test("--coverage", self.folder, status=1).stdout
        for ending in ("met-late", "missed", "lapsed"):
            self.assertRegex(out, rf'library.cfg:\d+: loan-period: no test reaches the ending "{ending}"\n')
        self.assertIn("coverage: 62.5 % (rules 1 of 1, versions 1 of 1, stages 2 of 2, endings 1 of 4)", out)
        self.assertRegex(out, r"less than the 100.0 % asked for\n.*: 3 passed, 0 failed\n$")
        self.run_test("--coverage", "--threshold", "62.5", self.folder)
        self.run_test("--coverage", "--threshold", "62.6", self.folder, status=1)

    def test_what_is_declared_unreachable_is_not_asked_for_but_may_not_be_reached(self):
        reason = 'why = "the library closes no loans";'
        text = self.tests.read_text()
        self.tests.write_text("unreachable = (" + ",".join(f' {{ rule = "loan-period"; ending = "{ending}"; {reason} }}'
                                                           for ending in ("met-late", "missed", "lapsed")) + " );\n" + text)
        self.assertIn("declared unreachable 3)", self.run_test("--coverage", self.folder).stdout)
        self.tests.write_text(f'unreachable = ( {{ rule = "loan-period"; ending = "met"; {reason} }} );\n' + text)
        self.assertIn(":1: loan-period: the ending \"met\" is declared unreachable, and a test reaches it\n",
                      self.run_test("--coverage", "--threshold", "0", self.folder, status=1).stdout)

    def test_json_tells_the_same(self):
        self.change('due = "2026-03-30";', 'due = "2026-03-29";')
        told = json.loads(self.run_test("--json", "--coverage", self.folder, status=1).stdout)
        self.assertEqual((told["passed"], told["failed"]), (2, 1))
        self.assertGreater(told["assertions"], 20)
        failed = [test for test in told["tests"] if not test["passed"]]
        self.assertEqual(failed[0]["line"], 2)
        self.assertEqual(failed[0]["differences"], [{"kind": "different", "line": 11, "on": "2026-03-20", "case": "CASE-1",
                                                     "rule": "loan-period", "item": None, "field": "due",
                                                     "expected": "2026-03-29", "actual": "2026-03-30"}])
        self.assertEqual(told["coverage"]["endings"], {"covered": 1, "all": 4})
        self.assertEqual({gap["what"] for gap in told["coverage"]["gaps"]},
                         {'the ending "met-late"', 'the ending "missed"', 'the ending "lapsed"'})

    def test_a_generated_file_says_what_it_is_and_passes(self):
        out = self.run_test("--generate", "loan-period", self.folder).stdout
        self.assertTrue(out.startswith("# Generated: check each date against the source before you trust it.\n"))
        for word in ("the leap day", "a pause of 10 days from the very day it starts", "met on the day after"):
            self.assertIn(word, out)
        path = self.folder / "generated.test"
        path.write_text(out)
        self.assertRegex(self.run_test(self.folder, path).stdout, r": 1[0-9] passed, 0 failed\n$")

    def test_every_shipped_rule_generates_tests_that_pass(self):
        self.assertGreater(len(SHIPPED), 80)
        paths = []
        for number, rule in enumerate(SHIPPED):
            paths.append(self.folder / f"{number}.test")
            paths[-1].write_text(self.run_test("--generate", rule, RULES).stdout)
        done = self.run_test(RULES, *paths)
        self.assertRegex(done.stdout, r": [5-9]\d\d passed, 0 failed\n$")

    def test_a_rule_that_cannot_be_made_to_apply_is_named_with_the_reason(self):
        (self.folder / "library.cfg").write_text((self.folder / "library.cfg").read_text().replace(
            '{ name = "lent"; ', '{ name = "lent"; requires = { loan = "out"; }; '))
        done = self.run_test("--generate", "loan-period", self.folder, status=1)
        self.assertRegex(done.stderr, r'no history was found that makes "loan-period" apply: "applies" asks that "loan" be out')
        self.assertEqual(done.stdout, "")

    def test_wrong_calls(self):
        self.run_test(status=2)
        self.run_test("--threshold", "90", self.folder, status=2)
        self.run_test("--coverage", "--threshold", "101", self.folder, status=2)
        self.assertIn('did you mean "loan-period"?', self.run_test("--generate", "loan-perod", self.folder, status=1).stderr)
        self.tests.unlink()
        self.assertIn("there is no *.test file here", self.run_test(self.folder, status=1).stderr)

    def test_a_test_file_alone_finds_the_rules_beside_it(self):
        self.run_test(self.tests)


if __name__ == "__main__":
    main()
