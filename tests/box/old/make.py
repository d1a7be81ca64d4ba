#!/usr/bin/python3
"""Makes a record as the daemon of an earlier tree wrote it, and what that daemon said of it.

    make.py TREE BUILD FOLDER

TREE is a checkout of the last commit of a schema, BUILD where it was built. Writes FOLDER/schema-N.db.gz and schema-N.json:
keep both beside this script when the schema goes on, for tests/box/test_upgrade.py. The daemon was stopped in good order with
a message waiting.
"""

import gzip
import json
import os
import pathlib
import sqlite3
import sys
import tempfile

NOW = "2023-03-28T09:00:00Z"


def life(daemon, server, eventually):
    """Two cases with everything that a record can have of them: items, a correction, a booking, stages, breaches."""
    daemon.start()
    daemon.recorded({"case": "M-OLD1", "event": "sentenced", "disposal": "community", "on": "2022-12-01", "id": "o1"},
                    {"case": "M-OLD1", "event": "level-set", "level": "2", "lead-agency": "police", "on": "2022-12-01", "id": "o2"},
                    {"case": "M-OLD1", "event": "order-made", "item": "O-1", "on": "2022-12-05"},
                    {"case": "M-OLD2", "event": "sentenced", "disposal": "custody", "release-date": "2023-06-01", "on": "2023-01-02"},
                    {"case": "M-OLD2", "event": "note", "token": "wrong", "on": "2023-01-02"})
    daemon.ask("POST", "/v1/events/5/retract", {"why": "of another case"})
    daemon.move_clock("2023-03-20T09:00:00Z")
    daemon.recorded({"case": "M-OLD1", "event": "meeting-booked", "next-meeting": "2023-03-31", "on": "2023-03-20"},
                    {"case": "M-OLD2", "event": "released", "on": "2023-03-20", "force": True})
    eventually(lambda: daemon.status()["outbox"]["waiting"] == 0, "an empty outbox")
    extras = {}
    first = next(alert["id"] for alert in daemon.alerts() if alert["rule"] is not None)
    answer = daemon.ask("POST", f"/v1/alerts/{first}/ack", {"why": "seen"})
    extras["acknowledged"] = answer.status == 201
    server.stop()
    daemon.move_clock(NOW)
    daemon.recorded({"case": "M-OLD3", "event": "level-set", "level": "2", "on": "2023-03-28"})
    return extras


def told(daemon):
    """What must be said of it for ever."""
    fields = ("case", "rule", "item", "state", "started", "due", "met_on", "booked")
    known = ("id", "kind", "case", "rule", "item", "started", "due", "stage", "repeat", "to")
    return {"now": NOW, "head": daemon.status()["chain_head"],
            "obligations": [[row[name] for name in fields] for row in daemon.get("/v1/obligations?state=all")["obligations"]],
            "alerts": [[alert[name] for name in known] for alert in daemon.alerts()]}


def lines_of(said):
    """JSON, a row a line."""
    def value(rows):
        return "[\n  " + ",\n  ".join(map(json.dumps, rows)) + "]" if isinstance(rows, list) else json.dumps(rows)
    return "{" + ",\n ".join(f"{json.dumps(name)}: {value(rows)}" for name, rows in sorted(said.items())) + "}\n"


def main():
    tree, build, folder = map(pathlib.Path, sys.argv[1:4])
    os.environ["MAPPAD_BUILD"] = str(build.resolve())
    sys.path.insert(0, str(tree / "tests/box"))
    from harness import Daemon, MailServer, eventually          # of that tree, to go with its daemon
    with tempfile.TemporaryDirectory() as directory:
        server = MailServer()
        daemon = Daemon(pathlib.Path(directory) / "d", now="2023-01-02T09:00:00Z", mail=server.setting())
        extras = life(daemon, server, eventually)
        said = {**told(daemon), **extras}
        daemon.end()
        path = daemon.dir / "state/mappad.db"
        base = sqlite3.connect(path)
        schema = base.execute("PRAGMA user_version").fetchone()[0]
        said["messages"] = base.execute("SELECT state, count(*) FROM outbox GROUP BY state ORDER BY state").fetchall()
        base.close()
        (folder / f"schema-{schema}.db.gz").write_bytes(gzip.compress(path.read_bytes(), 9, mtime=0))
        (folder / f"schema-{schema}.json").write_text(lines_of(said))
        print(f"schema {schema}: {path.stat().st_size} bytes, {len(said['alerts'])} alerts, {len(said['obligations'])} obligations")


if __name__ == "__main__":
    main()
