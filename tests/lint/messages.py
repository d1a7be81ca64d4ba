#!/usr/bin/python3
"""A message can print nothing but what is allowed: shown from types, object code and tables.

    messages.py TREE --build DIR

Four steps, none of which reads the words of the sources:

1. What a message is made of. The compiler tells the members of the structs that digest_write is given, and every type
   that can be reached from them through any pointer. The members are those of MEMBERS, of just those types, and what
   is reached is law (a rule as the rule files state it) and nothing of a case: no record, no state, no item, no line,
   no untyped pointer and no function through which something else could be asked for.
2. Where its words come from. The objects that write messages call only what is on a list that has neither the store
   nor the application on it, and keep nothing between two calls. So all that they can print is step 1 and themselves.
3. What they print of it. Each word in braces of a template is a field of the table, each field is of a kind of KINDS.
4. That there is no other way. Only deliver.c puts messages into the outbox, and of what writes text only digest_write
   is called by it; calendars to subscribe to get single dates from digest_write_date, of one of the structs of step 1.

What no machine sees here is that a reference is that of the case, not another text of the shape of one; the fields of
a row are filled in one place, daemon/app/letter.c.
"""

import pathlib
import re
import subprocess
import sys
import tempfile

MEMBERS = {
    "digest_row": {"group": "enum digest_group", "reference": "struct digest_reference", "duty": "struct rule_version*",
                   "due": "int32_t", "plan_by": "int32_t", "was_due": "int32_t", "booked": "int32_t", "missed": "_Bool",
                   "provisional": "_Bool", "doubt": "enum digest_doubt", "acknowledged": "_Bool", "standing": "_Bool"},
    "digest_event": {"name": "uint8_t[16]", "sequence": "uint32_t", "gone": "_Bool", "reference": "struct digest_reference",
                     "duty": "struct rule_version*", "due": "int32_t", "plan_by": "int32_t"},
    "digest_reference": {"text": "char[33]"},
    "digest_diary": {"events": "struct digest_event*", "count": "size_t", "at_ms": "int64_t", "organizer": "char*"},
    "digest_downtime": {"from_ms": "int64_t", "until_ms": "int64_t"},
    "digest_options": {"title": "char*", "marking": "char*", "today": "int32_t", "counts_only": "_Bool", "urgent": "_Bool",
                       "heartbeat": "_Bool", "left_out": "size_t[6]", "downtimes": "struct digest_downtime*",
                       "downtime_count": "size_t", "downtimes_more": "_Bool",
                       "diary": "struct digest_diary"},
}
INPUTS = ("digest_row", "digest_options")
# What a rule is made of: the law, the same for every case.
LAW = {"struct rule_version", "struct stage", "struct period", "struct period_row", "struct event_match", "struct condition",
       "struct term"}
WRITERS = re.compile(r"digest(_\w+)?\.o")
MAY_CALL = re.compile(r"(mem|str)\w+|__(mem|str)\w+_chk|qsort|malloc|free|__stack_chk_fail|_GLOBAL_OFFSET_TABLE_"
                      r"|ensure_failed|arena_\w+|civil_\w+|casefile_reference_valid|ical\w+")
ICAL_HOME = "digest_calendar.o"
KINDS = {"reference", "duty", "date", "booking", "number", "sender", "marking", "instant"}
OUTBOX_DOOR, OUTBOX_CALLER = "store_message_add", "deliver.o"

PRINTER = r"""
#include <stdio.h>
#include "digest_words.h"
int main(void)
{
        for (size_t i = 0; digest_field_name(i) != NULL; i++)
                printf("field %s %s\n", digest_field_name(i), digest_field_kind(i));
        for (int say = 0; say < SAY_COUNT; say++)
                printf("template %d %s\n", say, digest_template((enum digest_say)say) == NULL ? "" : digest_template((enum digest_say)say));
        return 0;
}
"""


class Types:
    """The types of a C text as the compiler describes them."""

    def __init__(self, text, include):
        with tempfile.TemporaryDirectory() as name:
            object_file = pathlib.Path(name) / "types.o"
            subprocess.run(["gcc", "-std=c11", "-D_GNU_SOURCE", "-g", "-gdwarf-4", "-fno-eliminate-unused-debug-types", "-c", "-x", "c",
                            "-I", str(include), "-o", str(object_file), "-"], input=text, text=True, check=True)
            dump = subprocess.run(["readelf", "--debug-dump=info", "--wide", str(object_file)], capture_output=True, text=True,
                                  check=True).stdout
        self.entries, stack = {}, []
        entry = None
        for line in dump.splitlines():
            head = re.match(r"\s*<(\d+)><([0-9a-f]+)>: Abbrev Number: \d+ \(DW_TAG_(\w+)\)", line)
            if head:
                depth = int(head.group(1))
                entry = {"tag": head.group(3), "inside": []}
                self.entries[int(head.group(2), 16)] = entry
                del stack[depth:]
                if stack:
                    stack[-1]["inside"].append(entry)
                stack.append(entry)
                continue
            attribute = re.match(r"\s*<[0-9a-f]+>\s+DW_AT_(\w+)\s*:\s*(.*)", line)
            if attribute and entry is not None:
                value = attribute.group(2).strip()
                if attribute.group(1) == "type":
                    entry["type"] = int(re.search(r"0x([0-9a-f]+)", value).group(1), 16)
                elif attribute.group(1) == "name":
                    entry["name"] = re.sub(r"^(\([^)]*\):? )+", "", value)
                elif attribute.group(1) in ("upper_bound", "declaration"):
                    entry[attribute.group(1)] = value

    def bare(self, reference):
        """A type without const and the like."""
        while reference is not None and self.entries[reference]["tag"] in ("const_type", "volatile_type", "restrict_type"):
            reference = self.entries[reference].get("type")
        return reference

    def word(self, reference):
        reference = self.bare(reference)
        if reference is None:
            return "void"
        entry = self.entries[reference]
        tag, name = entry["tag"], entry.get("name")
        if tag == "pointer_type":
            return self.word(entry.get("type")) + "*"
        if tag == "array_type":
            bounds = [inner.get("upper_bound") for inner in entry["inside"]]
            return self.word(entry.get("type")) + "".join(f"[{int(bound.split()[-1], 0) + 1}]" if bound else "[]" for bound in bounds)
        if tag == "subroutine_type":
            return "a function"
        kind = {"structure_type": "struct ", "enumeration_type": "enum ", "union_type": "union "}.get(tag, "")
        return kind + (name or "without a name")

    def struct(self, name):
        return next((entry for entry in self.entries.values() if entry["tag"] == "structure_type" and entry.get("name") == name
                     and "declaration" not in entry), None)

    def reached(self, reference, found):
        """Every struct, union, function and untyped pointer that can be got at from a type."""
        todo = [reference]
        seen = set()
        while todo:
            at = self.bare(todo.pop())
            if at in seen:
                continue
            seen.add(at)
            if at is None:
                found.add("void")
                continue
            entry = self.entries[at]
            if entry["tag"] in ("structure_type", "union_type", "subroutine_type"):
                found.add(self.word(at))
            if entry["tag"] == "pointer_type" or "type" in entry:
                todo.append(entry.get("type"))
            todo.extend(inner.get("type") for inner in entry["inside"] if inner["tag"] == "member")


def check_types(tree, find):
    stub = '#include "mappad/digest.h"\n' + "".join(f"struct {name} input_{name};\n" for name in INPUTS)
    types = Types(stub, tree / "include")
    allowed = {f"struct {name}" for name in MEMBERS} | LAW
    for name, wanted in MEMBERS.items():
        entry = types.struct(name)
        if entry is None:
            find(f"there is no struct {name}")
            continue
        members = {inner.get("name", ""): types.word(inner.get("type")) for inner in entry["inside"] if inner["tag"] == "member"}
        for member, kind in members.items():
            if wanted.get(member) != kind:
                find(f"{name}.{member} ({kind}) is not among what a message may be made of")
        for member in wanted.keys() - members.keys():
            find(f"{name}.{member} is on the list and not in the struct")
    found = set()
    for name in INPUTS:
        reference = next(at for at, entry in types.entries.items() if entry is types.struct(name))
        types.reached(reference, found)
    for kind in sorted(found - allowed):
        find(f"{'an untyped pointer' if kind == 'void' else kind} can be reached from what a message is made of")


def symbols(archive):
    """{member: (undefined, defined, writable)} of an archive."""
    listing = subprocess.run(["nm", "--format=posix", str(archive)], capture_output=True, text=True, check=True).stdout
    rows, member = {}, None
    for line in listing.splitlines():
        head = re.match(r".*\[(.+)\]:$", line)
        if head:
            member = head.group(1)
            rows[member] = (set(), set(), set())
            continue
        words = line.split()
        if member and len(words) >= 2:
            rows[member][0 if words[1] in "Uvw" else 1].add(words[0])
            if words[1] in "BbCDd" and not words[0].startswith("."):
                rows[member][2].add(words[0])
    return rows


def data_relro(archive):
    """Names in .data.rel.ro, which nm calls data and nobody can write to after the program was loaded."""
    listing = subprocess.run(["objdump", "-t", str(archive)], capture_output=True, text=True, check=True).stdout
    return {line.split()[-1] for line in listing.splitlines() if ".data.rel.ro" in line}


def check_objects(archive, find):
    rows = symbols(archive)
    writers = {member: row for member, row in rows.items() if WRITERS.fullmatch(member)}
    own = set().union(*(defined for _, defined, _ in writers.values())) if writers else set()
    if "digest.o" not in writers:
        find(f"{archive} holds no digest.o")
    constant = data_relro(archive)
    for member, (undefined, _, writable) in sorted(writers.items()):
        for name in sorted(undefined - own):
            if not MAY_CALL.fullmatch(name) or (name.startswith("ical") and member != ICAL_HOME):
                find(f"{member} calls {name}, which a writer of messages may not")
        for name in sorted(writable - constant):
            find(f"{member} keeps {name} between two messages")
    for member, (undefined, _, _) in sorted(rows.items()):
        if OUTBOX_DOOR in undefined and member != OUTBOX_CALLER:
            find(f"{member} puts messages into the outbox past {OUTBOX_CALLER}")
        if member not in writers:
            for name in sorted(undefined & own - {"digest_write", "digest_write_date", "digest_reference_of"}):
                find(f"{member} writes words of a message by itself ({name})")


def check_tables(tree, build, find):
    with tempfile.TemporaryDirectory() as name:
        program = pathlib.Path(name) / "print"
        members = [pathlib.Path(name) / member for member in symbols(build / "libapp.a") if WRITERS.fullmatch(member)]
        subprocess.run(["ar", "x", str((build / "libapp.a").resolve()), *(member.name for member in members)], cwd=name, check=True)
        libraries = subprocess.run(["pkg-config", "--libs", "libical"], capture_output=True, text=True, check=True).stdout.split()
        result = subprocess.run(["gcc", "-std=c11", "-I", str(tree / "include"), "-I", str(tree / "daemon/app"), "-o", str(program),
                                 "-x", "c", "-", "-x", "none", *map(str, members), str(build / "libengine.a"), *libraries],
                                input=PRINTER, capture_output=True, text=True)
        if result.returncode != 0:
            find("the tables cannot be read: " + (result.stderr.splitlines() or ["?"])[-1])
            return
        lines = subprocess.run([str(program)], capture_output=True, text=True, check=True).stdout.splitlines()
    fields = dict(line.split()[1:3] for line in lines if line.startswith("field "))
    templates = [line.split(" ", 2)[2] for line in lines if line.startswith("template ")]
    for field, kind in fields.items():
        if kind not in KINDS:
            find(f"the field {field} is of the kind {kind}, which no message may print")
    for template in templates:
        for field in re.findall(r"\{([^}]*)\}?", template):
            if field not in fields:
                find(f"a template prints {{{field}}}, which is no field: {template}")
        if not template:
            find("a template says nothing")
    return f"{len(templates)} templates, {len(fields)} fields of {len(set(fields.values()))} kinds"


def main(arguments):
    tree = pathlib.Path(arguments[0]).resolve()
    build = pathlib.Path(arguments[arguments.index("--build") + 1]).resolve()
    findings = []
    check_types(tree, findings.append)
    check_objects(build / "libapp.a", findings.append)
    said = check_tables(tree, build, findings.append)
    for finding in findings:
        print(f"messages: {finding}")
    print(f"messages: {len(findings)} findings" if findings else f"messages: {said}; nothing else can be printed")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
