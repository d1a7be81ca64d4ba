#!/bin/sh
# Brings json-rules-engine into a folder, with npm, and nothing outside it.
#   fetch-rules-engine.sh DIR     DIR/node_modules/json-rules-engine is there afterwards
set -eu
mkdir -p "$1" && cd "$1"
[ ! -d node_modules/json-rules-engine ] || exit 0
if ! command -v node >/dev/null || ! command -v npm >/dev/null; then echo "fetch-rules-engine: there is no node or no npm" >&2; exit 1; fi
npm install --prefix . --no-audit --no-fund --no-save --ignore-scripts --fetch-retries=1 --fetch-timeout=20000 json-rules-engine@7.3.1 \
        >npm.log 2>&1 || { echo "fetch-rules-engine: npm cannot be reached" >&2; exit 1; }
