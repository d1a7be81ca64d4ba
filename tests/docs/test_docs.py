#!/usr/bin/python3
"""The documents say what the programs do: every name is taken from the sources or from --help, never listed here."""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

TREE = pathlib.Path(__file__).resolve().parent.parent.parent
BUILD = pathlib.Path(os.environ.get("MAPPAD_BUILD", TREE / "build")).resolve()
MAN_PAGES = sorted(path for path in (TREE / "docs").iterdir() if re.fullmatch(r"\.[158]", path.suffix))
README_LINES_MAX = 150
FOREIGN_PAGES = {"rename(2)", "systemd.service(5)", "systemd.socket(5)"}      # that our pages may refer to


def read(path):
    return (TREE / path).read_text(encoding="utf-8")


def mappactl(*words):
    done = subprocess.run([BUILD / "bin/mappactl", *words], capture_output=True, text=True, stdin=subprocess.DEVNULL, check=True)
    return done.stdout


def settings_in(source):
    """The names of all cfg_key tables of a C source, by table."""
    tables = {}
    for table, body in re.findall(r"cfg_key (\w+)\[\w*\] = \{(.*?)\n?\s*\};", source, re.S):
        tables[table] = re.findall(r'\{ ?"([a-z-]+)", CFG_', body)
        if "SHARED_KEYS" in body:
            tables[table] += re.findall(r'\{ ?"([a-z-]+)", CFG_', re.search(r"#define SHARED_KEYS(.*?)\nstatic", source, re.S).group(1))
    return tables


def sections(page):
    """The text of a man page by its .Ss headings, the words of macros left in place."""
    parts = re.split(r"^\.S[sh] (.*)$", read(f"docs/{page}"), flags=re.M)
    return dict(zip(parts[1::2], parts[2::2]))


def code_words(text):
    """All words of a Markdown text that stand in code, in line or fenced."""
    return set(re.findall(r"[a-z][a-z-]*", " ".join(re.findall(r"```.*?```|`[^`]+`", text, re.S))))


def fenced(text):
    """Fenced blocks: (language, file name or "", text)."""
    return [(language, name, re.sub(r"^   ", "", body, flags=re.M) if indent else body) for indent, language, name, body in
            re.findall(r"^( *)```(\w+)[ ]?(\S*)\n(.*?)^ *```$", text, re.S | re.M)]


def commands_of(block):
    """(command, expected output) of a console block."""
    parts = re.split(r"^\$ (.*)\n", block, flags=re.M)
    return list(zip(parts[1::2], parts[2::2]))


def shortened(expected):
    """A pattern for output in which "..." stands for what was left out, whole lines or a part of one."""
    lines = [".*?" if line == "..." else ".*".join(re.escape(part) for part in line.split("...")) for line in expected.splitlines()]
    return re.compile("\n".join(lines) + r"\n?", re.S)


class Settings(unittest.TestCase):
    HEADINGS = {"top_keys": "Settings of the daemon", "access_keys": "access: who may ask",
                "compartment_keys": "compartments: cases that a group alone sees", "agency_keys": "agencies: readers of one agency's cases", "mail_keys": "mail: the relay",
                "acknowledge_keys": "acknowledge: how long an acknowledgement holds",
                "limit_keys": "limits: what a client may ask of the daemon"}

    def setUp(self):
        self.tables = settings_in(read("daemon/rulefile/settings.c") + read("daemon/rulefile/settings_access.c"))
        self.assertEqual(set(self.tables), set(self.HEADINGS), "the tables of settings.c and settings_access.c")
        self.groups = {"access", "compartments", "agencies", "mail", "acknowledge", "limits"}

    def test_every_setting_stands_in_the_man_page_under_its_group(self):
        page = sections("mappad.conf.5")
        for table, names in self.tables.items():
            for name in names:
                with self.subTest(table=table, setting=name):
                    if name in self.groups:
                        self.assertTrue([heading for heading in page if heading.startswith(name + ":")])
                        continue
                    entry = re.search(rf"^\.It Ic {name} = Ar \w+\n(.*?)(?=^\.It |^\.El)", page[self.HEADINGS[table]], re.S | re.M)
                    self.assertIsNotNone(entry)
                    self.assertRegex(entry.group(1).lower(), r"\bdefault\b|\brequired\b")
                    self.assertRegex(entry.group(1), rf"(?m)^\.Dl {name} = ", "an example")

    def test_the_man_page_names_no_other_setting(self):
        page = sections("mappad.conf.5")
        for table, heading in self.HEADINGS.items():
            self.assertEqual(set(re.findall(r"^\.It Ic ([a-z-]+) =", page[heading], re.M)), set(self.tables[table]) - self.groups)

    def test_every_setting_stands_in_the_installed_example(self):
        example = read("contrib/mappad.conf")
        for names in self.tables.values():
            for name in names:
                self.assertRegex(example, rf"(?m)(^|[#;{{])[ #]*{name} *= ", name)

    def test_every_setting_of_contacts_stands_in_its_man_page(self):
        page = read("docs/mappad-contacts.5")
        for names in settings_in(read("daemon/rulefile/contacts_read.c")).values():
            self.assertTrue(names)
            for name in names:
                self.assertRegex(page, rf"(?m)^\.It Ic .*\b{name} = ", name)


class RuleLanguage(unittest.TestCase):
    def names(self):
        found = set()
        for path in sorted((TREE / "daemon/rulefile").glob("*.c")):
            if path.name not in ("settings.c", "settings_access.c", "contacts_read.c", "mapping.c"):
                found.update(name for names in settings_in(path.read_text(encoding="utf-8")).values() for name in names)
        self.assertGreater(len(found), 70)
        return found

    def test_every_key_of_rules_and_events_has_a_name(self):
        for header, source in (("rule_keys.h", "rules.c"), ("event_keys.h", "events.c")):
            keys = re.findall(r"\b(?:RULE|EVENT)_[A-Z_]+", re.search(r"enum \w+_key \{(.*?)\}", read(f"daemon/rulefile/{header}"), re.S).group(1))
            for key in keys[:-1]:               # the last one counts them
                self.assertRegex(read(f"daemon/rulefile/{source}"), rf'\[{key}\] = \{{ ?"[a-z-]+", CFG_')

    def test_every_setting_stands_in_the_reference(self):
        known = code_words(read("docs/rule-language.md").split("## Part 2")[1])
        self.assertEqual(self.names() - known, set())

    def test_every_setting_stands_in_the_man_page(self):
        known = set(re.findall(r"[a-z][a-z-]*", " ".join(re.findall(r"^\.(?:It )?Ic (.*)$", read("docs/mappad-rules.5"), re.M))))
        self.assertEqual(self.names() - known, set())

    def test_every_warning_of_the_check_stands_in_the_reference(self):
        told = re.sub(r"\s+", " ", read("docs/rule-language.md").split("### What `rules check` warns of")[1].split("## Part 3")[0])
        warnings = 0
        for path in sorted((TREE / "daemon/rulefile").glob("check*.c")):
            for call in re.findall(r'check_warn\(check, [^"]*?((?:"(?:\\.|[^"\\])*"\s*)+)', path.read_text(encoding="utf-8")):
                sentence = "".join(re.findall(r'"((?:\\.|[^"\\])*)"', call)).replace('\\"%s\\"', "%s").replace('\\"', '"')
                parts = [part.strip() for part in re.split(r"%\w", sentence) if len(part.strip()) > 3]
                if parts:           # a sentence given whole elsewhere stands there
                    self.assertIn(max(parts, key=len), told, path.name)
                    warnings += 1
        self.assertGreater(warnings, 25)

    def test_the_tutorial_works_word_for_word(self):
        tutorial = read("docs/rule-language.md").split("## Part 2")[0]
        environment = {**os.environ, "PATH": f"{BUILD / 'bin'}:{os.environ['PATH']}", "LC_ALL": "C.UTF-8"}
        run = 0
        with tempfile.TemporaryDirectory() as folder:
            (pathlib.Path(folder) / "library").mkdir()
            for language, name, text in fenced(tutorial):
                if language != "console":
                    with open(pathlib.Path(folder) / name, "a", encoding="utf-8") as file:
                        file.write(text)
                    continue
                for command, expected in commands_of(text):
                    done = subprocess.run(["sh", "-c", command], cwd=folder, env=environment, stdout=subprocess.PIPE,
                                          stderr=subprocess.STDOUT, text=True, check=False)
                    self.assertRegex(done.stdout, re.compile(rf"\A{shortened(expected).pattern}\Z", re.S), command)
                    run += 1
        self.assertGreater(run, 9)

    def test_the_example_of_the_man_page_is_sound(self):
        example = re.search(r"\.Sh EXAMPLES\n\.Bd -literal\n(.*?)\.Ed", read("docs/mappad-rules.5"), re.S).group(1)
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "example.cfg"
            path.write_text(example, encoding="utf-8")
            self.assertIn("no errors, 0 warnings", mappactl("rules", "check", path))


class ImportExample(unittest.TestCase):
    """docs/import.md: its settings, and its commands against a daemon with the shipped rules."""

    def test_every_setting_of_a_mapping_stands_in_it(self):
        names = {name for table in settings_in(read("daemon/rulefile/mapping.c")).values() for name in table}
        self.assertGreater(len(names), 20)
        self.assertEqual(names - code_words(read("docs/import.md")), set())

    def test_its_commands_do_what_it_says(self):
        sys.path.insert(0, str(TREE / "tests/box"))
        os.environ["MAPPAD_BUILD"] = str(BUILD)
        import harness
        rules = {path.name: path.read_text(encoding="utf-8") for path in (TREE / "rules").glob("*.cfg")}
        with tempfile.TemporaryDirectory() as folder:
            daemon = harness.Daemon(folder, now="2023-03-20T09:00:00Z", rules=rules, contacts=read("contrib/contacts.example.cfg"))
            daemon.start()
            try:
                self.run_commands(TREE / "docs/examples/import", daemon.socket)
            finally:
                daemon.end()

    def run_commands(self, folder, socket):
        environment = {**os.environ, "PATH": f"{BUILD / 'bin'}:{os.environ['PATH']}", "LC_ALL": "C.UTF-8", "MAPPAD_SOCKET": str(socket)}
        run = 0
        for language, _name, text in fenced(read("docs/import.md")):
            for command, expected in commands_of(text) if language == "console" else ():
                done = subprocess.run(["sh", "-c", command], cwd=folder, env=environment, stdout=subprocess.PIPE,
                                      stderr=subprocess.STDOUT, text=True, check=False)
                self.assertRegex(done.stdout, re.compile(rf"\A{shortened(expected).pattern}\Z", re.S), command)
                run += 1
        self.assertEqual(run, 4)


class Client(unittest.TestCase):
    def setUp(self):
        self.commands = re.findall(r"^  ([a-z-]+(?: [a-z]+)?) {2,}", mappactl("--help"), re.M)
        self.assertIn("rules check", self.commands)
        self.page = sections("mappactl.1")

    def section(self, command):
        """What the page says of a command; sections that it refers to for its options count as well."""
        found = [text for heading, text in self.page.items() if re.fullmatch(rf"{command}(| O[op] .*)", heading)]
        self.assertEqual(len(found), 1, f"sections about {command}")
        other = re.search(r"(?:those of|Options as for)\n\.Cm ([\w-]+)", found[0])
        return found[0] + (self.section(other.group(1)) if other else "")

    def test_every_command_has_a_section(self):
        for command in self.commands:
            with self.subTest(command):
                self.section(command)

    def test_every_section_is_a_command(self):
        for heading in self.page:
            if re.match(r"[a-z]", heading):
                self.assertIn(re.split(r" O[op] ", heading)[0], self.commands + ["help"])

    def test_every_option_stands_in_its_section(self):
        for command in self.commands:
            options = re.findall(r"^  --([a-z-]+)", mappactl("help", *command.split()), re.M)
            named = set(re.findall(r"Fl Fl ([a-z-]+)", self.section(command)))
            self.assertEqual(set(options) - named, set(), command)


class Socket(unittest.TestCase):
    """The route table of the daemon and the contract, row by row."""

    def routes(self):
        rows = re.findall(r'\{HTTP_(\w+),\s*"(/[^"]+)",\s*ROLE_(\w+),\s*PERMIT_(\w+),\s*(true|false),\s*(?:true|false),\s*\w+,\s*\{([^}]*)\}',
                          read("daemon/api/table.c"))
        self.assertGreater(len(rows), 9)
        return {(method.lower(), path): (role.lower(), reach.lower(), writes == "true", set(re.findall(r'"([a-z-]+)"', parameters)))
                for method, path, role, reach, writes, parameters in rows}

    def contract(self):
        operations = {}
        for path, body in re.findall(r"^  (/\S+):\n((?:^    .*\n)+)", read("docs/openapi.yaml"), re.M):
            for method, text in re.findall(r"^    (get|post|put|delete|patch):\n((?:^      .*\n)+)", body, re.M):
                operations[method, path] = (re.search(r"x-role: (\w+)", text).group(1), re.search(r"x-reach: (\w+)", text).group(1), "x-writes: true" in text,
                                            set(re.findall(r"\{ name: ([\w-]+), in: query", text)))
        return operations

    def test_routes_roles_and_parameters_are_those_of_the_contract(self):
        self.assertEqual(self.routes(), self.contract())

    def test_the_columns_of_obligations_are_those_of_the_contract(self):
        columns = re.findall(r'"(\w+)"', re.search(r"obligation_keys\[\] = \{(.*?)\}", read("client/list.c"), re.S).group(1))
        schema = re.search(r"^    Obligation:\n.*?required: \[(.*?)\]", read("docs/openapi.yaml"), re.S | re.M).group(1).split(", ")
        self.assertEqual(columns, schema)


class Pages(unittest.TestCase):
    def test_there_are_pages(self):
        self.assertEqual({path.name for path in MAN_PAGES},
                         {"mappactl.1", "mappad.8", "mappad.conf.5", "mappad-rules.5", "mappad-contacts.5"})

    def test_pages_refer_to_pages_that_exist(self):
        own = {f"{path.stem}({path.suffix[1]})" for path in MAN_PAGES}
        for path in MAN_PAGES:
            for name, section in re.findall(r"^\.Xr (\S+) (\d)", path.read_text(encoding="utf-8"), re.M):
                self.assertIn(f"{name}({section})", own | FOREIGN_PAGES, path.name)

    @unittest.skipUnless(shutil.which("mandoc"), "mandoc is not installed")
    def test_mandoc_finds_nothing(self):
        for path in MAN_PAGES:
            done = subprocess.run(["mandoc", "-T", "lint", path], capture_output=True, text=True, check=False)
            # Whether a page that is referred to is installed here is another question.
            self.assertEqual([line for line in done.stdout.splitlines() if "referenced manual not found" not in line], [])

    @unittest.skipUnless(shutil.which("man") and shutil.which("groff"), "man and groff are not installed")
    def test_man_warns_of_nothing(self):
        for path in MAN_PAGES:
            done = subprocess.run(["man", "--warnings", "-E", "UTF-8", "-l", path], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                  stderr=subprocess.PIPE, text=True, env={**os.environ, "MANPAGER": "cat", "MANWIDTH": "80"}, check=False)
            self.assertEqual((done.returncode, done.stderr), (0, ""), path.name)


class Readme(unittest.TestCase):
    def setUp(self):
        self.text = read("README.md")
        self.commands = [line.strip() for language, _name, body in fenced(self.text) if language == "sh" for line in body.splitlines()]

    def test_it_is_short(self):
        self.assertLessEqual(len(self.text.splitlines()), README_LINES_MAX)

    def test_targets_exist(self):
        targets = set()
        for path in (TREE / "Makefile", *TREE.glob("*/targets.mk")):
            targets.update(re.findall(r"^([a-z-]+):", path.read_text(encoding="utf-8"), re.M))
        named = [line for line in self.commands if re.match(r"make\b", line)] + re.findall(r"`(make [a-z-]+)`", self.text)
        self.assertGreater(len(named), 4)
        for line in named:
            for word in line.split("#")[0].split()[1:]:
                self.assertIn(word, targets, line)

    def test_commands_of_the_client_exist(self):
        known = re.findall(r"^  ([a-z-]+(?: [a-z]+)?) {2,}", mappactl("--help"), re.M)
        for first, second in re.findall(r"\bmappactl ([a-z]+)(?: ([a-z]+)\b)?", "\n".join(self.commands + re.findall(r"`[^`]+`", self.text))):
            self.assertTrue(first in known or f"{first} {second}" in known, f"mappactl {first} {second}")

    def test_its_rule_and_its_history_give_what_it_says(self):
        blocks = {language: body for language, _name, body in fenced(self.text) if language in ("libconfig", "json")}
        with tempfile.TemporaryDirectory() as folder:
            rules, facts = pathlib.Path(folder) / "local.cfg", pathlib.Path(folder) / "facts.ndjson"
            rules.write_text(blocks["libconfig"], encoding="utf-8")
            facts.write_text(blocks["json"], encoding="utf-8")
            for day, state in (("2026-03-29", "due-soon"), ("2026-03-30", "due-soon"), ("2026-03-31", "overdue")):
                answer = mappactl("evaluate", "--rules", TREE / "rules", "--rules", rules, "--as-of", day, facts)
                self.assertRegex(answer, rf'"rule":"recall-review".*"state":"{state}".*"due":"2026-03-30"')

    def test_folders_of_its_map_exist(self):
        for name in re.findall(r"`((?:[\w.-]+/)+)`", self.text):
            self.assertTrue((TREE / name).is_dir() or (TREE / "daemon" / name).is_dir() or name == "build/", name)


class Runbook(unittest.TestCase):
    """docs/operations.md has an entry for whatever may alarm somebody."""

    def setUp(self):
        self.text = read("docs/operations.md")

    def test_every_alert_of_prometheus_has_a_heading(self):
        alerts = re.findall(r"^ *- alert: (\w+)$", read("contrib/prometheus/mappad.rules.yml"), re.M)
        self.assertGreater(len(alerts), 10)
        self.assertEqual(re.findall(r"^#### (\w+)$", self.text, re.M), alerts)

    def test_every_kind_of_alert_has_a_row(self):
        kinds = re.search(r"kind: \{ type: string, enum: \[(stage, [^\]]*)\]", read("docs/openapi.yaml")).group(1).split(", ")
        table = self.text.split("### What mappad says itself")[1].split("### ")[0]
        self.assertEqual(sorted(re.findall(r"^\| `([a-z-]+)` \|", table, re.M)), sorted(kinds))

    def test_every_refusal_of_a_record_has_a_row(self):
        table = self.text.split("### What stops a start")[1].split("### ")[0]
        sentences = " ".join(read(path) for path in ("daemon/store/store.c", "daemon/app/app.c"))
        for part in ("is in use by another process", "the clock shows a day long before the last one that was lived through",
                     "is damaged, or is no database", "is empty, although a record was kept in it", "was written by a newer mappad"):
            self.assertIn(part, sentences)
            self.assertIn(part, table)

    def test_the_rules_of_an_installation_are_tested_as_it_says(self):
        """An installation has rules in one folder and their tests in another."""
        words = re.search(r"^mappactl (rules test [^#]*)", self.text, re.M).group(1).split()
        with tempfile.TemporaryDirectory() as folder:
            for path in TREE.glob("rules/*.cfg"):
                shutil.copy(path, folder)
            places = {"/etc/mappad/rules": [folder], "/usr/share/mappad/rules/*.test": sorted(TREE.glob("rules/*.test"))}
            self.assertRegex(mappactl(*[part for word in words for part in places.get(word, [word])]), r" passed, 0 failed\n$")


class Installation(unittest.TestCase):
    def test_documents_are_installed_where_their_links_expect_them(self):
        recipe = subprocess.run(["make", "-n", "-o", "all", "install"], cwd=TREE, capture_output=True, text=True, check=True).stdout
        for path in ["README.md", "SECURITY.md", *(f"docs/{path.name}" for path in TREE.glob("docs/*.md")), "docs/examples/import/mapping.cfg"]:
            self.assertIn(f" {path}", recipe)
        self.assertIn("/usr/share/doc/mappad/'\"$f\"", recipe)
        self.assertRegex(read("docs/mappactl.1"), r"\.It Pa /usr/share/doc/mappad\n")


class DataProtection(unittest.TestCase):
    def test_tables_that_it_names_are_those_of_the_record(self):
        text = read("docs/data-protection.md")
        tables = set(re.findall(r"CREATE TABLE (\w+)", read("daemon/store/schema.c")))
        rows = re.findall(r"^\|.*\|$", text.split("## What is held")[1].split("## ")[0] + text.split("(section 62)")[1].split("## ")[0], re.M)
        named = set(re.findall(r"`([a-z_]+)`", " ".join(rows)))
        self.assertGreater(len(named), 5)
        self.assertEqual(named - tables, set())


class Markdown(unittest.TestCase):
    def test_links_within_a_page_lead_to_a_heading(self):
        for path in [*TREE.glob("*.md"), *TREE.glob("docs/*.md")]:
            text = path.read_text(encoding="utf-8")
            headings = {re.sub(r"[^a-z0-9 -]", "", title.lower()).replace(" ", "-") for title in re.findall(r"^#+ (.*)$", text, re.M)}
            for target in re.findall(r"\]\(#([^)\s]+)\)", text):
                self.assertIn(target, headings, path.name)

    def test_links_and_named_files_exist(self):
        for path in [*TREE.glob("*.md"), *TREE.glob("docs/*.md"), *TREE.glob("tests/*/*.md")]:
            text = path.read_text(encoding="utf-8")
            for target in re.findall(r"\]\(([^)\s]+)\)", text):
                if not re.match(r"[a-z]+:|#", target):
                    self.assertTrue((path.parent / target.split("#")[0]).exists(), f"{path.name}: {target}")
            for name in re.findall(r"`((?:[\w.-]+/)*[\w.-]+\.(?:md|py|yaml|cfg|c|h|conf|mk|[158]))`", text):
                if name.startswith(("library/", "rules/87-")) or name in ("mappad.conf", "contacts.cfg"):
                    continue                    # what readers make, and what is installed
                found = (TREE / name).exists() or (path.parent / name).exists() or list(TREE.glob(f"*/{name}")) or \
                    list(TREE.glob(f"*/*/{name}"))
                self.assertTrue(found, f"{path.name}: {name}")


if __name__ == "__main__":
    unittest.main()
