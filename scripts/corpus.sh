#!/usr/bin/env bash
# `npm run corpus`: sets up what is missing, then runs the corpus of good and broken clusters. See scripts/corpus.mjs.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

bash scripts/setup.sh
PATH=$PWD/node_modules/.bin:$PATH exec node scripts/corpus.mjs "$@"
