#!/usr/bin/python3
"""Files of events without a daemon: what one line says to another over cases, and memory that does not grow with the file."""

import json
import os
import pathlib
import random
import resource
import subprocess
import sys
import tempfile
import unittest

from harness import MAPPACTL, main

LIBRARY = """
attributes = ( { name = "loan"; values = ["out", "returned"]; } );
events = (
  { name = "lent";     sets = { loan = "out"; }; },
  { name = "renewed";  requires = { loan = "out"; }; },
  { name = "returned"; requires = { loan = "out"; }; sets = { loan = "returned"; }; } );
rules = (
  { id = "loan-period"; title = "Bring back or renew"; source = "Lending terms, section 4"; strength = "must";
    basis = "A book is brought back or renewed no more than WEEKS weeks after it was lent or last renewed.";
    applies = { loan = "out"; }; every = "WEEKS weeks after"; met-by = { event = "renewed"; };
    alerts = ( { at = "1 week before"; to = ["desk"]; }, { at = "overdue"; to = ["desk"]; } ); } );
"""
FEW, MANY = 6_000, 30_000
MORE_KIB = 8 * 1024             # a file held in memory would take 34 MiB more
DAY = "2026-04-01"
MEASURE = """
import resource, subprocess, sys
status = subprocess.call(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
print(status, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


def line(case, event, on, **more):
    return {"case": case, "event": event, "on": on, **more}


def histories(cases, seed=1):
    """Lines by case: loans renewed now and then, ids that are new, retractions by id, and some that are refused."""
    rng = random.Random(seed)
    for number in range(cases):
        case = f"L-{rng.randrange(10 ** 6):06}-{number}"
        lines = [line(case, "lent", "2026-01-%02d" % rng.randint(1, 28), id=f"{case}-0")]
        for turn in range(1, 7):
            lines.append(line(case, "renewed", "2026-%02d-%02d" % (rng.randint(2, 4), rng.randint(1, 28)), id=f"{case}-{turn}"))
        if number % 7 == 0:
            lines.append({"retract": f"{case}-3", "why": "the desk was closed"})
        if number % 50 == 0:
            lines.append(line(case, "renwed", "2026-02-01"))
        yield lines


class Files(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.scratch = tempfile.TemporaryDirectory(prefix="files-")
        cls.dir = pathlib.Path(cls.scratch.name)
        for name, weeks in (("three", "3"), ("four", "4")):
            (cls.dir / name).mkdir()
            (cls.dir / name / "rules.cfg").write_text(LIBRARY.replace("WEEKS", weeks))
        (cls.dir / "tmp").mkdir()
        cls.few, cls.many = cls.write("few", histories(FEW)), cls.write("many", histories(MANY))

    @classmethod
    def tearDownClass(cls):
        cls.scratch.cleanup()

    @classmethod
    def write(cls, name, cases):
        path = cls.dir / f"{name}.ndjson"
        with open(path, "w", encoding="utf-8") as file:
            for lines in cases:
                file.write("".join(json.dumps(one) + "\n" for one in lines))
        return path

    def run_program(self, *words, **more):
        return subprocess.run([str(word) for word in words], capture_output=True, text=True, timeout=300,
                              env={**os.environ, "TMPDIR": str(self.dir / "tmp")}, **more)

    def run_ctl(self, *words, **more):
        return self.run_program(MAPPACTL, *words, **more)

    def evaluate(self, path, *words, **more):
        return self.run_ctl("evaluate", "--rules", self.dir / "three", "--as-of", DAY, *words, path, **more)

    def peak_kib(self, *words):
        """Resident memory of one call, at its highest. A child begins with the peak of its parent, so that has to be a small one."""
        done = self.run_program(sys.executable, "-c", MEASURE, MAPPACTL, *words)
        status, peak = map(int, done.stdout.split())
        self.assertEqual(status, 1, "some lines are refused, and nothing else goes wrong")
        return peak

    # ---- memory ----

    @unittest.skipIf(b"__asan_init" in MAPPACTL.read_bytes(), "a sanitizer keeps what was freed")
    def test_memory_does_not_grow_with_the_file(self):
        last = max(lines[0]["case"] for lines in histories(FEW))
        for words in (["evaluate", "--rules", "three", "--as-of", DAY], ["stages", "--rules", "three", "--as-of", DAY],
                      ["rules", "diff", "three", "four", "--all", "--facts"], ["explain", "--rules", "three", "--as-of", DAY]):
            words = [self.dir / word if word in ("three", "four") else word for word in words]
            after = [last] if words[0] == "explain" else []
            few, many = (self.peak_kib(*words, path, *after) for path in (self.few, self.many))
            self.assertLess(many - few, MORE_KIB, f"{words[0]}: {few} KiB for {FEW} cases, {many} KiB for {MANY}")

    # ---- the same answers however it is sorted ----

    def test_a_large_file_says_what_its_parts_say(self):
        """A part fits into memory, the whole is merged from temporary files."""
        cases = sorted(histories(MANY), key=lambda lines: lines[0]["case"])
        parts = [self.evaluate(self.write("part", cases[at:at + 3000]), "--all").stdout for at in range(0, MANY, 3000)]
        whole = self.evaluate(self.many, "--all")
        self.assertEqual(whole.returncode, 1)
        self.assertEqual(whole.stdout, "".join(parts))

    def test_cases_may_be_mixed(self):
        rng = random.Random(2)
        queues = [list(reversed(lines)) for lines in histories(FEW)]
        order = [at for at, queue in enumerate(queues) for _ in queue]
        rng.shuffle(order)
        mixed = self.write("mixed", ([queues[at].pop()] for at in order))
        self.assertEqual(self.evaluate(mixed).stdout, self.evaluate(self.few).stdout)

    def test_what_is_refused_is_named_in_the_order_of_the_file(self):
        numbers = [int(words.split(":")[1]) for words in self.evaluate(self.many).stderr.splitlines()]
        self.assertEqual(len(numbers), MANY // 50)
        self.assertEqual(numbers, sorted(numbers))

    # ---- what lines say to each other over cases ----

    def answer(self, *lines):
        """(numbers of refused lines, {case: start of its loan})"""
        path = self.dir / "small.ndjson"
        path.write_text("".join((one if isinstance(one, str) else json.dumps(one)) + "\n" for one in lines), encoding="utf-8")
        done = self.evaluate(path)
        refused = [int(words.split(":")[1]) for words in done.stderr.splitlines()]
        self.assertEqual(done.returncode, 1 if refused else 0)
        return refused, {row["case"]: row["started"] for row in map(json.loads, done.stdout.splitlines())}

    def test_an_id_counts_once_over_all_cases(self):
        first, second = line("AA", "lent", "2026-03-20", id="x"), line("BB", "lent", "2026-03-21", id="x")
        self.assertEqual(self.answer(first, second), ([], {"AA": "2026-03-20"}))
        self.assertEqual(self.answer(second, first), ([], {"BB": "2026-03-21"}))

    def test_a_refused_line_does_not_take_its_id(self):
        refused, lent = line("AA", "renewed", "2026-03-20", id="x"), line("BB", "lent", "2026-03-21", id="x")
        self.assertEqual(self.answer(refused, lent), ([1], {"BB": "2026-03-21"}))
        self.assertEqual(self.answer(lent, refused), ([], {"BB": "2026-03-21"}))

    def test_whether_an_id_is_free_may_hang_on_other_cases_in_turn(self):
        """CC's loan repeats an id, so its renewal is refused, so DD has that one's id and EE repeats it."""
        self.assertEqual(self.answer(line("AA", "renewed", "2026-03-20", id="x"), line("BB", "lent", "2026-03-20", id="x"),
                                     line("CC", "lent", "2026-03-20", id="x"), line("CC", "renewed", "2026-03-21", id="y"),
                                     line("DD", "lent", "2026-03-22", id="y"), line("EE", "lent", "2026-03-22", id="y")),
                         ([1, 4], {"BB": "2026-03-20", "DD": "2026-03-22"}))

    def test_a_long_chain_of_ids_comes_to_its_end(self):
        """Every second loan repeats the id of a renewal, and is not renewed therefore, which leaves the next one its id."""
        lines, expected = [], {}
        for number in range(40):
            case = f"K{number:02}"
            lines += [line(case, "lent", "2026-03-20", id=f"x{number}"), line(case, "renewed", "2026-03-21", id=f"x{number + 1}")]
            if number % 2 == 0:
                expected[case] = "2026-03-21"
        refused, found = self.answer(*lines)
        self.assertEqual(found, expected)
        self.assertEqual(refused, [4 * nth for nth in range(1, 21)])

    def test_ids_that_count_within_each_case_come_to_an_end(self):
        """A mistake that is easily made: only the first case has its ids, and what the others say without them is refused."""
        lines = [one for number in range(2000) for case in [f"N{number:04}"]
                 for one in [line(case, "lent", "2026-03-20", id="0")]
                 + [line(case, "renewed", "2026-03-21", id=str(turn)) for turn in range(1, 1 + number % 9)]]
        refused, found = self.answer(*lines)
        self.assertEqual(found, {"N0000": "2026-03-20"})
        self.assertEqual(refused, [at for at, one in enumerate(lines, 1) if one["event"] == "renewed"])

    def test_a_line_that_is_not_understood_is_passed_over_if_its_id_was_used(self):
        lent, wrong = line("AA", "lent", "2026-03-20", id="x"), line("BB", "lnet", "2026-03-20", id="x")
        self.assertEqual(self.answer(lent, wrong), ([], {"AA": "2026-03-20"}))
        self.assertEqual(self.answer(wrong, lent, wrong), ([1], {"AA": "2026-03-20"}))
        self.assertEqual(self.answer(line("CC", "renewed", "2026-03-20", id="x"), wrong, lent), ([1, 2], {"AA": "2026-03-20"}))

    def test_retractions_find_their_case(self):
        a, b = line("AA", "lent", "2026-03-20", id="a"), line("BB", "lent", "2026-03-20", id="b")
        for target in ("a", 1):
            self.assertEqual(self.answer(a, b, {"retract": target, "why": "no"}), ([], {"BB": "2026-03-20"}))
            self.assertEqual(self.answer({"retract": target, "why": "no"}, a), ([1], {"AA": "2026-03-20"}))
            self.assertEqual(self.answer(a, {"retract": target, "why": "no"}, {"retract": target, "why": "no"}), ([3], {}))
        for target in ("c", 2, 4, 5, 99):
            self.assertEqual(self.answer(a, "", "{", {"retract": target, "why": "no"}, b), ([3, 4], {"AA": "2026-03-20", "BB": "2026-03-20"}))

    def test_a_retraction_by_id_means_the_event_that_has_it(self):
        refused, lent = line("AA", "renewed", "2026-03-20", id="x"), line("BB", "lent", "2026-03-21", id="x")
        self.assertEqual(self.answer(refused, lent, {"retract": "x", "why": "no"}), ([1], {}))
        self.assertEqual(self.answer(refused, {"retract": "x", "why": "no"}, lent), ([1, 2], {"BB": "2026-03-21"}))

    def test_a_retraction_may_have_an_id(self):
        a, b = line("AA", "lent", "2026-03-20"), line("BB", "lent", "2026-03-20", id="r")
        self.assertEqual(self.answer(a, {"retract": 1, "why": "no", "id": "r"}, b), ([], {}))
        self.assertEqual(self.answer(a, b, {"retract": 1, "why": "no", "id": "r"}), ([], {"AA": "2026-03-20", "BB": "2026-03-20"}))
        self.assertEqual(self.answer({"retract": 9, "why": "no", "id": "r"}, b), ([1], {"BB": "2026-03-20"}))
        self.assertEqual(self.answer(a, {"retract": 1, "why": "no", "id": "r"}, {"retract": "r", "why": "no"}), ([3], {}))
        self.assertEqual(self.answer(b, {"retract": "r", "why": "no", "id": "r"}), ([], {"BB": "2026-03-20"}))

    def test_what_is_replaced_is_of_the_same_case(self):
        a, b = line("AA", "lent", "2026-03-20", id="a"), line("BB", "lent", "2026-03-20", id="b")
        for target in ("a", 1):
            again = {"replaces": target, "why": "the day was wrong"}
            self.assertEqual(self.answer(a, b, line("AA", "lent", "2026-03-22", **again)), ([], {"AA": "2026-03-22", "BB": "2026-03-20"}))
            self.assertEqual(self.answer(a, b, line("BB", "lent", "2026-03-22", **again)), ([3], {"AA": "2026-03-20", "BB": "2026-03-20"}))

    # ---- temporary files ----

    def test_a_folder_that_is_not_there_is_named(self):
        done = subprocess.run([str(MAPPACTL), "evaluate", "--rules", str(self.dir / "three"), "--as-of", DAY, str(self.few)],
                              capture_output=True, text=True, env={**os.environ, "TMPDIR": str(self.dir / "none")})
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertIn(f"a temporary file in {self.dir / 'none'}: No such file or directory; TMPDIR names another folder", done.stderr)

    def test_a_small_file_needs_no_temporary_one(self):
        path = self.dir / "small.ndjson"
        path.write_text(json.dumps(line("AA", "lent", "2026-03-20")) + "\n")
        done = subprocess.run([str(MAPPACTL), "evaluate", "--rules", str(self.dir / "three"), "--as-of", DAY, str(path)],
                              capture_output=True, text=True, env={**os.environ, "TMPDIR": str(self.dir / "none")})
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_no_room_is_said_and_nothing_is_printed(self):
        def bound():
            resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))
        for words in (("evaluate", "--rules", self.dir / "three", "--as-of", DAY, self.few),
                      ("rules", "diff", self.dir / "three", self.dir / "four", "--facts", self.few)):
            # Python ignores SIGXFSZ, and so does what it starts then: the write fails instead.
            done = self.run_ctl(*words, preexec_fn=bound, restore_signals=False)
            self.assertEqual((done.returncode, done.stdout), (1, ""))
            self.assertIn("a temporary file in", done.stderr)
            self.assertIn("File too large", done.stderr)

    def test_nothing_is_left_behind(self):
        self.evaluate(self.few)
        self.assertEqual(os.listdir(self.dir / "tmp"), [])
        with subprocess.Popen([str(MAPPACTL), "evaluate", "--rules", str(self.dir / "three"), "--as-of", DAY, "-"], stdin=subprocess.PIPE,
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                              env={**os.environ, "TMPDIR": str(self.dir / "tmp")}) as process:
            process.stdin.write(self.few.read_bytes())
            process.stdin.flush()               # most of it was read by now, since a pipe holds little
            process.kill()
        self.assertEqual(os.listdir(self.dir / "tmp"), [])


if __name__ == "__main__":
    main()
