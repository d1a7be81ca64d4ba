#!/usr/bin/python3
"""Every rule cites a timeline of its sources, and what no rule cites is printed.

    authorities.py DIRECTORY        a rules directory with a list of authorities

A finding is a rule without an authority, or with one that is not listed; a rule
whose source is not the document (and, for the report, the section) that its
authority names; a verified rule without a source, an unverified or statutory
one that is switched on; an authority that no rule cites and whose note does not
say what serves it instead. The exit status is 1 if there is any.
"""

import pathlib
import re
import sys

REPORT = re.compile(r"[SR]\d+")         # stated by the report; shipped switched on where it gives a period
UNVERIFIED = re.compile(r"U\d+")        # in use somewhere, source empty


def groups(text):
    """The outermost groups of a list, as texts, with the line each begins on."""
    depth, start, quoted = 0, None, False
    for at, char in enumerate(text):
        if char == '"':
            quoted = not quoted
        elif not quoted and char in "{}":
            depth += 1 if char == "{" else -1
            if char == "{" and depth == 1:
                start = at
            if char == "}" and depth == 0:
                yield text[:start].count("\n"), text[start:at + 1]


def without_comments(text):
    return re.sub(r'("[^"\n]*")|#[^\n]*', lambda match: match.group(1) or "", text)


def lists(path, name):
    """(line, group) of every element of a top-level list of a file."""
    text = without_comments(path.read_text(encoding="utf-8"))
    match = re.search(rf"^{name}\s*=\s*\(", text, re.M)
    if not match:
        return
    end = re.search(r"^\);", text[match.end():], re.M)
    body = text[match.end():match.end() + end.start()] if end else text[match.end():]
    for line, group in groups(body):
        yield text[:match.end()].count("\n") + line + 1, group


def setting(group, name):
    match = re.search(rf'[{{;]\s*{name}\s*=\s*(?:"([^"]*)"|(\w+))', group)
    return None if match is None else match.group(1) if match.group(1) is not None else match.group(2)


def check_rule(group, authorities, cited):
    """What is wrong with one rule, as sentences."""
    name, authority, source = setting(group, "id"), setting(group, "authority"), setting(group, "source") or ""
    enabled = setting(group, "enabled") != "false"
    if authority is None:
        yield f'"{name}" cites no authority'
        return
    if authority not in authorities:
        yield f'"{name}" cites "{authority}", which is not listed'
        return
    cited.add(authority)
    listed = authorities[authority]
    if UNVERIFIED.fullmatch(authority):
        if enabled or source:
            yield f'"{name}" cites an unverified period: it ships disabled and without a source'
        return
    if not source and enabled:
        yield f'"{name}" is switched on and states no source'
    if not REPORT.fullmatch(authority) and enabled:
        yield f'"{name}" rests on {authority}, which is not of the report: it ships disabled'
    if REPORT.fullmatch(authority) and source and source != f'{listed["document"]}, {listed["section"]}':
        yield f'"{name}" names "{source}", and {authority} "{listed["document"]}, {listed["section"]}"'
    elif source and listed["document"].split(",")[0].split(" (")[0] not in source:
        yield f'"{name}" names "{source}", and {authority} "{listed["document"]}"'


def main(folder):
    findings, authorities, places, cited = 0, {}, {}, set()
    files = sorted(folder.glob("*.cfg"))
    for path in files:
        for line, group in lists(path, "authorities"):
            key = setting(group, "id")
            authorities[key] = {word: setting(group, word) or "" for word in ("document", "section", "title", "note", "period")}
            places[key] = f"{path}:{line}"
    for path in files:
        for line, group in lists(path, "rules"):
            for sentence in check_rule(group, authorities, cited):
                print(f"{path}:{line}: {sentence}")
                findings += 1
    for key, listed in authorities.items():
        if key in cited:
            continue
        if listed["note"]:
            print(f'       no rule cites {key} ({listed["title"]}): {listed["note"]}')
        else:
            print(f"{places[key]}: no rule cites {key}, and no note says what serves it")
            findings += 1
    if not authorities:
        print(f"{folder}: no authority is listed")
        findings += 1
    print(f"authorities: {findings} findings" if findings else f"authorities: {len(cited)} of {len(authorities)} are cited by rules")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1])))
