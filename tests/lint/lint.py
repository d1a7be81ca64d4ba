#!/usr/bin/python3
"""What a machine can check of the house rules (ARCHITECTURE.md).

    lint.py TREE                checks the sources below TREE
    lint.py TREE --build DIR    checks the archives in DIR as well

Each finding is one line, `path:line: message`; the exit status is 1 if there
is any. The rules themselves are tables at the top, so that a change of the
architecture is a change of a table.
"""

import pathlib
import re
import subprocess
import sys

LAYERS_BELOW = {        # a layer includes its own doors and these layers'
    "engine": (),
    "rulefile": ("engine",),
    "wire": ("engine",),
    "explain": ("wire", "engine"),
    "store": ("engine",),
    "app": ("store", "explain", "wire", "rulefile", "engine"),
    "mail": ("app", "store", "explain", "wire", "rulefile", "engine"),
    "api": ("app", "store", "explain", "wire", "rulefile", "engine"),
    "service": ("wire", "engine"),
    "client": ("app", "store", "explain", "wire", "rulefile", "engine"),
}
DOOR_LAYER = {          # doors that no source file of one layer shares its name with
    "rule": "engine", "obligation": "engine", "moment": "engine", "vocabulary": "engine",
    "role": "engine", "telling": "engine", "status": "engine",
    "store_record": "store", "store_cache": "store", "store_alert": "store", "store_change": "store", "store_ack": "store",
    "store_beside": "store", "store_diary": "store", "store_seal": "store", "app_sealed": "app", "store_held": "store", "app_held": "app",
    "store_erase": "store", "app_erase": "app", "store_standing": "store",
    "store_access": "store", "store_verify": "store", "store_backup": "store", "app_verify": "app", "app_access": "app",
    "app_backup": "app", "app_turn": "app", "access": "service",
    "app_query": "app", "app_alert": "app", "app_change": "app", "digest": "app", "http": "api",
    "app_report": "app", "app_law": "app", "app_export": "app", "app_ack": "app", "app_routes": "app", "explain": "explain",
    "app_changed": "app", "app_figures": "app", "app_feed": "app", "report": "engine", "app_forecast": "app", "forecast": "engine", "retention": "engine",
}
FOREIGN_HOME = (        # (header pattern, layers that may include it)
    (r"sqlite3\.h", {"store"}),
    (r"libconfig\.h", {"rulefile"}),
    (r"curl/.*", {"mail", "client"}),
    (r"event2/.*|event\.h|evhttp\.h", {"api", "mail", "service"}),
    (r"systemd/.*", {"service"}),
    (r"jansson\.h", {"wire", "app", "api", "client"}),
    (r"openssl/.*", {"rulefile", "store", "app"}),
    (r"libical/.*", {"app"}),
)
BANNED = set("strcpy strcat sprintf vsprintf gets atoi atol atoll atof strtok localtime gmtime mktime system popen "
             "alloca asctime ctime tmpnam mktemp rand srand setjmp longjmp signal".split())
CLOCKS = {"time", "clock_gettime", "gettimeofday", "clock", "ftime"}
CLOCK_HOME = "service"  # the one layer that reads a clock
ENGINE_MAY_CALL = re.compile(r"(mem|str)\w+|__(mem|str|stp)\w+_chk|bsearch|ensure_failed|__stack_chk_fail|_GLOBAL_OFFSET_TABLE_")
ENGINE_EXEMPT = {"ensure.o"}    # it aborts the program, which needs more
FUNCTION_LINES, FILE_LINES, DOOR_LINES, LINE_COLUMNS, PARAMETERS = 70, 600, 250, 120, 5
TEST_COLUMNS = 140      # and rows of a test's table are sentences, however long
# Doors whose arguments are the question itself, and what hands one on.
MORE_PARAMETERS = set("casefile_stand casefile_admit obligation_derive_wake obligation_trace rule_applicability view_build "
                      "app_query_case_obligations lexicon_unpack roll_add".split())
# What belongs together counts once: a callback and its context, a text and its length, a list and its count.
SECOND_OF_PAIR = re.compile(r"\s*(void \*context|size_t (length|size|count|capacity)|\.\.\.)\s*")
LAID_OUT_BY_HAND = re.compile(r"/\* clang-format (off|on)")
TABLE_ROW = re.compile(r'\s*([{"]|[A-Z_]+\()')
# The law is data: what these layers know of it stands in no literal and in no identifier, whole or between underscores.
DOMAIN_FREE = ("daemon/engine", "daemon/rulefile", "daemon/wire", "daemon/app", "daemon/store", "client")
DOMAIN_WORD = re.compile(r"(?<![a-z])(levels?|categor(?:y|ies)|custody|hospitals?|meetings?|probation|police|offenders?|mappa)(?![a-z])", re.I)
DOMAIN_NAMES = re.compile(r"mappad\w*|mappactl\w*", re.I)      # what the programs are called
DOMAIN_ALLOWED = re.compile(r"\b(log_level|LOG_LEVEL_\w+)\b")  # of the system's log, not of the law
# One file of the client writes markup, and escapes what it writes into it.
MARKUP, MARKUP_HOME = re.compile(r'"[^"\n]*(<[a-z!/]|&(?:lt|gt|amp|quot);)'), "client/html.c"
UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b|not (yet )?implemented|\bfor now\b")


class Findings:
    def __init__(self, tree):
        self.tree, self.count = tree, 0

    def add(self, path, line, message):
        name = path.relative_to(self.tree) if path.is_absolute() and self.tree in path.parents else path
        print(f"{name}:{line}: {message}")
        self.count += 1


def without_comments(text):
    """The text with comments and literals blanked, line numbers kept."""
    def blank(match):
        word = match.group(0)
        if word.startswith(("/*", "//")):
            return re.sub(r"[^\n]", " ", word)
        return word[0] + " " * (len(word) - 2) + word[-1]
    return re.sub(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', blank, text, flags=re.S)


def without_remarks(text):
    """The text with comments blanked and literals kept."""
    def blank(match):
        word = match.group(0)
        return re.sub(r"[^\n]", " ", word) if word.startswith(("/*", "//")) else word
    return re.sub(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', blank, text, flags=re.S)


def check_domain(path, text, tree, findings):
    if not path.relative_to(tree).as_posix().startswith(tuple(folder + "/" for folder in DOMAIN_FREE)):
        return
    for number, line in enumerate(without_remarks(text).splitlines(), 1):
        if re.match(r"\s*#\s*include\b", line):
            continue
        for word in DOMAIN_WORD.findall(DOMAIN_NAMES.sub(" ", DOMAIN_ALLOWED.sub(" ", line))):
            findings.add(path, number, f'"{word}" is a word of the law; it belongs into rules/')


def check_markup(path, text, tree, findings):
    place = path.relative_to(tree).as_posix()
    if not place.startswith("client/") or place == MARKUP_HOME:
        return
    for number, line in enumerate(without_remarks(text).splitlines(), 1):
        if not re.match(r"\s*#\s*include\b", line) and MARKUP.search(line):
            findings.add(path, number, f"markup stands in {MARKUP_HOME} alone, which escapes what it writes")


def layer_of(path, tree):
    parts = path.relative_to(tree).parts
    if parts[0] == "client":
        return "client"
    if parts[0] == "daemon" and len(parts) > 2:
        return parts[1]
    return None


def door_layer(door, tree):
    if door in DOOR_LAYER:
        return DOOR_LAYER[door]
    homes = [layer for layer in LAYERS_BELOW
             if (tree / ("client" if layer == "client" else f"daemon/{layer}") / f"{door}.c").exists()]
    folders = [layer for layer in LAYERS_BELOW if layer == door or (tree / f"daemon/{layer}/{door}").is_dir()]
    found = set(homes or folders)
    return found.pop() if len(found) == 1 else None


def check_includes(path, text, tree, findings):
    layer = layer_of(path, tree)
    for number, line in enumerate(text.splitlines(), 1):
        match = re.match(r'\s*#\s*include\s*([<"])([^>"]+)[>"]', line)
        if not match or layer is None:
            continue
        kind, name = match.groups()
        if kind == '"' and name.startswith("mappad/"):
            home = door_layer(pathlib.Path(name).stem, tree)
            if home is not None and home != layer and home not in LAYERS_BELOW[layer]:
                findings.add(path, number, f"the {layer} layer reaches up to {name}, a door of the {home} layer")
        elif kind == '"':
            if not (path.parent / name).exists() or ".." in name:
                findings.add(path, number, f"private header {name} does not lie beside this file")
        else:
            for pattern, homes in FOREIGN_HOME:
                if re.fullmatch(pattern, name) and layer not in homes:
                    findings.add(path, number, f"<{name}> belongs to {', '.join(sorted(homes))}, not to {layer}")


def check_functions(path, code, findings):
    """Lengths and parameters of the functions of one file; house style puts their braces in column 0."""
    lines = code.splitlines()
    start = None
    for number, line in enumerate(lines, 1):
        if line.startswith("{"):
            start = number
            head, above = "", number - 2
            while above >= 0 and lines[above].strip() and not lines[above].startswith(("}", "#")):
                head = lines[above] + " " + head
                if not lines[above].startswith((" ", "\t")):
                    break
                above -= 1
            check_parameters(path, number, head, findings)
        elif line.startswith("}") and start is not None:
            if number - start + 1 > FUNCTION_LINES + 2:
                findings.add(path, start, f"a function of {number - start - 1} lines; at most {FUNCTION_LINES}")
            start = None


def check_parameters(path, number, head, findings):
    opening = head.find("(")
    if opening < 0 or "=" in head[:opening]:
        return
    depth, parameters = 0, [""]
    for character in head[opening:]:
        depth += (character in "([{") - (character in ")]}")
        if depth == 0:
            break
        if character == "," and depth == 1:
            parameters.append("")
        else:
            parameters[-1] += character
    count = sum(not SECOND_OF_PAIR.fullmatch(parameter) for parameter in parameters)
    if count > PARAMETERS and head[:opening].split()[-1].lstrip("*") not in MORE_PARAMETERS:
        findings.add(path, number - 1, f"{count} parameters; at most {PARAMETERS}")


def check_text(path, text, code, findings):
    lines = text.splitlines()
    limit = DOOR_LINES if "include/mappad" in path.as_posix() else FILE_LINES
    if len(lines) > limit:
        findings.add(path, len(lines), f"{len(lines)} lines; at most {limit}")
    by_hand, is_test = False, "tests/" in path.as_posix()
    for number, line in enumerate(lines, 1):
        if LAID_OUT_BY_HAND.search(line):
            by_hand = "off" in line
        if "\t" in line:
            findings.add(path, number, "a tab; indentation is eight spaces")
        if line != line.rstrip():
            findings.add(path, number, "blanks at the end of the line")
        columns = TEST_COLUMNS if is_test else LINE_COLUMNS
        if len(line) > columns and not by_hand and not (is_test and TABLE_ROW.match(line)):
            findings.add(path, number, f"{len(line)} columns; at most {columns}")
        if UNFINISHED.search(line):
            findings.add(path, number, "unfinished by its own words")
    for number, line in enumerate(code.splitlines(), 1):
        for word in re.findall(r"(?<![\w.>])(\w+)\s*\(", line):
            if word in BANNED:
                findings.add(path, number, f"{word}() is banned")
        if re.search(r"\btypedef\s+(struct|enum|union)\b(?!.*\(\*)", line):
            findings.add(path, number, "structs and enumerations are not typedef'd")
        jump = re.search(r"\bgoto\s+(\w+)", line)
        if jump and jump.group(1) != "out":
            findings.add(path, number, f"goto {jump.group(1)}; the one label is out")
    if path.suffix == ".c" and not text.startswith("/*"):
        findings.add(path, 1, "a source file opens with what its room is for")


def speaks(text, number):
    """Whether a type declared at this line says what it is, member by member."""
    lines = text.splitlines()[number - 1:]
    if not re.match(r"(struct|enum|union) \w+ \{", lines[0]):
        return False
    body = lines[:next((i for i, line in enumerate(lines) if line.startswith("}")), 0)]
    return any("/*" in line for line in body)


def check_door(path, text, tree, findings):
    """Every paragraph of declarations of a door follows a comment or carries one."""
    for match in re.finditer(r'#\s*include\s*<([^>]+)>', text):
        if any(re.fullmatch(pattern, match.group(1)) for pattern, _ in FOREIGN_HOME):
            findings.add(path, text[:match.start()].count("\n") + 1, f"a door shows no foreign header such as <{match.group(1)}>")
    if door_layer(path.stem, tree) is None:
        findings.add(path, 1, "this door belongs to no layer: no layer has a source of its name (tests/lint/lint.py, DOOR_LAYER)")
    code = without_comments(text).splitlines()
    depth, documented = 0, False
    for number, (line, bare) in enumerate(zip(text.splitlines(), code), 1):
        if depth == 0:
            if not line.strip():
                documented = False
            elif not bare.strip():
                documented = True
            elif not bare.startswith(("#", " ", "}")) and not documented and "/*" not in line and not speaks(text, number) \
                    and not re.fullmatch(r"\s*(struct|enum|union)\s+\w+;", bare.rstrip()):
                findings.add(path, number, "a declaration without a comment block")
            if bare.startswith("}") or bare.startswith("#"):
                documented = documented and bare.startswith("#")
        depth += bare.count("{") - bare.count("}")


def check_door_compiles(path, tree, findings):
    result = subprocess.run(["gcc", "-std=c11", "-D_GNU_SOURCE", "-fsyntax-only", "-Wall", "-Werror", "-x", "c",
                             "-I", str(tree / "include"), "-"], input=f'#include "mappad/{path.name}"\n',
                            capture_output=True, text=True)
    if result.returncode != 0:
        findings.add(path, 1, "does not compile alone: " + (result.stderr.splitlines() or ["?"])[-1])


def symbols(archive):
    """(member, undefined symbols, defined symbols) of each object of an archive."""
    member, rows = None, {}
    listing = subprocess.run(["nm", "--format=posix", str(archive)], capture_output=True, text=True, check=True).stdout
    for line in listing.splitlines():
        match = re.match(r".*\[(.+)\]:$", line)
        if match:
            member = match.group(1)
            rows[member] = (set(), set())
            continue
        words = line.split()
        if member and len(words) >= 2:
            rows[member][0 if words[1] in "Uvw" else 1].add(words[0])
    return rows


def check_twice(archive, findings):
    """A name that two objects of an archive define: which of them is linked is decided by the order of the files."""
    places = {}
    for member, _, defined in definitions(archive):
        places.setdefault(defined, []).append(member)
    for name, members in sorted(places.items()):
        if len(members) > 1:
            findings.add(archive, 0, f"{name} is defined in {' and in '.join(sorted(members))}")


def definitions(archive):
    """(member, kind, name) of each name that an object of an archive shows to others, weak ones left out."""
    member = None
    listing = subprocess.run(["nm", "--format=posix", "--extern-only", "--defined-only", str(archive)],
                             capture_output=True, text=True, check=True).stdout
    for line in listing.splitlines():
        match = re.match(r".*\[(.+)\]:$", line)
        if match:
            member = match.group(1)
            continue
        words = line.split()
        if member and len(words) >= 2 and words[1] not in "vVwWuU":
            yield member, words[1], words[0]


def check_engine_object(archive, findings):
    rows = symbols(archive)
    own = set().union(*(defined for _, defined in rows.values())) if rows else set()
    for member, (undefined, _) in sorted(rows.items()):
        if member in ENGINE_EXEMPT:
            continue
        for name in sorted(undefined - own):
            if not ENGINE_MAY_CALL.fullmatch(name):
                findings.add(archive, 0, f"{member} calls {name}; the engine calls mem*, str*, bsearch and ensure_failed")
    sections = subprocess.run(["objdump", "-h", str(archive)], capture_output=True, text=True, check=True).stdout
    member = None
    for line in sections.splitlines():
        match = re.match(r"(\S+\.o):\s", line)
        if match:
            member = match.group(1)
        match = re.match(r"\s*\d+ (\.(?:data|bss|tdata|tbss)\S*)\s+([0-9a-f]+)", line)
        if match and int(match.group(2), 16) > 0 and not match.group(1).startswith(".data.rel.ro"):
            findings.add(archive, 0, f"{member} has writable static data ({match.group(1)})")


def check_objects(build, findings):
    for archive in sorted(build.glob("lib*.a")):
        layer = archive.stem[3:]
        check_twice(archive, findings)
        if layer == "engine":
            check_engine_object(archive, findings)
        if layer != CLOCK_HOME:
            for member, (undefined, _) in sorted(symbols(archive).items()):
                for name in sorted(undefined & CLOCKS):
                    findings.add(archive, 0, f"{member} reads a clock ({name}); only {CLOCK_HOME} does")


def main(arguments):
    tree = pathlib.Path(arguments[0]).resolve()
    findings = Findings(tree)
    for path in sorted([*tree.glob("daemon/**/*.[ch]"), *tree.glob("client/*.[ch]"), *tree.glob("include/mappad/*.h"),
                        *tree.glob("tests/**/*.[ch]")]):
        text = path.read_text(encoding="utf-8")
        code = without_comments(text)
        check_text(path, text, code, findings)
        check_functions(path, code, findings)
        check_includes(path, text, tree, findings)
        check_domain(path, text, tree, findings)
        check_markup(path, text, tree, findings)
        if path.parent == tree / "include/mappad":
            check_door(path, text, tree, findings)
            check_door_compiles(path, tree, findings)
    if "--build" in arguments:
        check_objects(pathlib.Path(arguments[arguments.index("--build") + 1]).resolve(), findings)
    print(f"lint: {findings.count} findings" if findings.count else "lint: sources are in order")
    return 1 if findings.count else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
