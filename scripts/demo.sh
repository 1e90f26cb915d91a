#!/usr/bin/env bash
# `npm run demo`: sets up what is missing, then runs the action's main and post steps on the sample app, as a runner would.
# Extra arguments are inputs: `npm run demo -- nginx-config=fixtures/nginx/textbook.conf rate=50`.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

bash scripts/setup.sh
PATH=$PWD/node_modules/.bin:$PATH exec node scripts/demo.mjs "$@"
