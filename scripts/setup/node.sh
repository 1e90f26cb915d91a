# shellcheck shell=bash
# The node dependencies, exactly as package-lock.json has them. A copy of that file is the stamp of what is installed.

node_dependencies() {
  local stamp=$ROOT/node_modules/.lb-cluster-lock.json
  if cmp -s "$ROOT/package-lock.json" "$stamp"; then return; fi
  have npm || fail 1 'npm is missing: install Node.js 20 or later'

  say 'installing the node dependencies'
  # No package's install script runs, except the one that links the Node 24 binary which GitHub gives actions.
  local log=$STATE/npm.log
  (cd "$ROOT" && npm ci --ignore-scripts --no-audit --no-fund && npm rebuild node) >"$log" 2>&1 || {
    grep -m 6 '^npm error' "$log" >&2 || true # the cause comes first, a page of usage after it
    fail 1 "the node dependencies could not be installed (npm's log: $log)"
  }
  cp "$ROOT/package-lock.json" "$stamp"
}
