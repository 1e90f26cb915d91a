# shellcheck shell=bash
# What every step of scripts/setup.sh asks of the machine.

say() { printf 'setup: %s\n' "$*"; }

# fail CODE WHY: the one line that tells a caller why this machine cannot be set up.
fail() {
  printf 'setup: %s\n' "$2" >&2
  exit "$1"
}

have() { command -v "$1" >/dev/null; }

can_install() { [[ $(id -u) == 0 ]] && have apt-get; }

# install_packages PACKAGE...: from the machine's own package sources, without asking anything.
install_packages() {
  local log=$STATE/apt.log
  say "installing $*"
  {
    # One source that does not answer must not stop the others: if the packages are really missing, install says so.
    apt-get update || true
    DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@"
  } >"$log" 2>&1 </dev/null || {
    tail -n 5 "$log" >&2
    return 1
  }
}

# one_at_a_time NAME COMMAND...: two checkouts may be set up at once on one machine; the second finds the work done.
one_at_a_time() {
  local lock=$STATE/$1.lock
  shift
  if ! have flock; then "$@"; return; fi
  exec 9>"$lock"
  if ! flock --nonblock 9; then
    say 'another setup is at it on this machine: waiting for it'
    flock 9
  fi
  "$@"
  exec 9>&-
}
