#!/usr/bin/env bash
# `npm test`: sets up what is missing, then lint, types, dist in step, and every test.
# Without a Docker Engine the tests that need one are left out, and the reason is said.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

code=0
bash scripts/setup.sh || code=$?
case $code in
  0)
    LBCA_BASE_IMAGE=$(sed -n 's/.*"base":"\([^"]*\)".*/\1/p' .cache/images.json)
    LBCA_NGINX_IMAGE=$(sed -n 's/.*"nginx":"\([^"]*\)".*/\1/p' .cache/images.json)
    export LBCA_BASE_IMAGE LBCA_NGINX_IMAGE
    ;;
  3 | 4) echo 'The tests that need Docker are skipped (the reason stands above).' ;;
  *) exit "$code" ;;
esac

# The Node that GitHub gives actions, whatever the machine has.
PATH=$PWD/node_modules/.bin:$PATH
export PATH
if [[ $# -eq 0 ]]; then
  npm run --silent lint
  node scripts/docs.mjs --check
  node scripts/schema.mjs --check
  node scripts/copies.mjs --check
  node scripts/build.mjs --check
fi
exec node --experimental-vm-modules --disable-warning=ExperimentalWarning node_modules/jest/bin/jest.js --maxWorkers=2 "$@"
