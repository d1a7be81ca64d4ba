"""Other rule engines on the twenty rules: CLIPS and json-rules-engine, each brought into the build folder by the bench itself.

Their answers are compared with the bare loop's before a time is kept. They bear fewer cases than mappad does, so that
both are measured on as many as PEER_CASES, the first of the same caseload. A partner that cannot be had is left out, and that is said.
"""

import datetime
import json
import os
import pathlib
import sqlite3
import subprocess

HERE = pathlib.Path(__file__).resolve().parent
PARTNERS = HERE / "partners"
RELDATE = 19                                    # number of the kind whose value is a date (caseload.h)


def number_of(text):
    return (datetime.date.fromisoformat(text) - datetime.date(1970, 1, 1)).days


def write_caseload(plain, day, path):
    """plain.db as twenty.js reads it."""
    base = sqlite3.connect(f"file:{plain}?mode=ro", uri=True)
    cases = {number: {"ref": ref, "category": category, "born": number_of(born), "opened": number_of(opened), "events": []}
             for number, ref, category, born, opened in base.execute("SELECT id, ref, category, born, opened FROM casefile ORDER BY id")}
    for case, on, kind, value in base.execute(
            "SELECT case_id, on_day, kind, value FROM event WHERE on_day <= ? ORDER BY case_id, on_day, eid", (day,)):
        cases[case]["events"].append([number_of(on), kind, number_of(value) if kind == RELDATE else value])
    base.close()
    path.write_text(json.dumps({"today": number_of(day), "cases": list(cases.values())}))


def clips(bench, build, cases, rounds):
    """Seconds of each round: case by case, and with every case in working memory. None where CLIPS cannot be had."""
    if bench.fetched("tests/bench/partners/fetch-clips.sh", "clips") is None:
        return None
    program = build / "bench/bench_clips"
    made = subprocess.run(["make", "-s", f"BUILD={build}", str(program)], cwd=HERE.parents[1], capture_output=True, text=True,
                          env={name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MFLAGS")})
    if made.returncode != 0:
        bench.say(f"  CLIPS is left out: {made.stderr.strip()[-300:]}")
        return None
    return [bench.run("clips", PARTNERS / "twenty.clp", cases, batch, rounds)["time", "clips"] for batch in (1, cases)]


def rules_engine(bench, folder, day, rounds):
    """Seconds of each round of json-rules-engine. None where it cannot be had."""
    modules = bench.fetched("tests/bench/partners/fetch-rules-engine.sh", "rules-engine")
    if modules is None:
        return None
    caseload, answers = folder / "caseload.json", folder / "answers-js"
    write_caseload(folder / "plain.db", day, caseload)
    done = subprocess.run(["node", str(PARTNERS / "twenty.js"), str(modules / "node_modules"), str(caseload), str(answers), str(rounds)],
                          capture_output=True, text=True)
    if done.returncode != 0:
        bench.say(f"  json-rules-engine is left out: {done.stderr.strip()[-300:]}")
        return None
    bench.same_file(answers, folder / "answers-loop")
    return [float(word) for word in done.stdout.split()[2:]]
