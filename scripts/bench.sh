#!/usr/bin/env bash
# `npm run bench`: sets up what is missing, then runs the benches, or the one that is named. See bench/run.mjs.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

bash scripts/setup.sh >&2
PATH=$PWD/node_modules/.bin:$PATH exec node --disable-warning=ExperimentalWarning bench/run.mjs "$@"
