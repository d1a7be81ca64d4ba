#!/usr/bin/python3
"""A line on what the corpus of a fuzz program reaches: coverage.py NAME SUMMARY.json (of llvm-cov export -summary-only)."""

import json
import re
import sys

name, path = sys.argv[1:3]
with open(path, encoding="utf-8") as file:
    files = [entry for entry in json.load(file)["data"][0]["files"] if re.search("(^|/)(daemon|client)/", entry["filename"])]
met = [entry["summary"] for entry in files if entry["summary"]["functions"]["covered"] > 0]
lines, covered = (sum(summary["lines"][key] for summary in met) for key in ("count", "covered"))
functions = [sum(summary["functions"][key] for summary in met) for key in ("covered", "count")]
print(f"{name:14} {covered:6} of {lines:6} lines ({100 * covered / max(1, lines):4.1f} %), {functions[0]} of {functions[1]} functions, in "
      f"{len(met)} of {len(files)} files")
