# shellcheck shell=bash
# A Docker Engine: the one that answers, or one that is installed and started here.

readonly NO_ENGINE=3 # exit code
readonly ENGINE_LOG=$STATE/dockerd.log
readonly ENGINE_START_SECONDS=30

docker_engine() {
  if engine_answers; then return; fi
  one_at_a_time engine start_engine
}

engine_answers() { have docker && timeout 10 docker version --format '{{.Server.Version}}' >/dev/null 2>&1; }

start_engine() {
  if engine_answers; then return; fi # another setup has just started it
  if [[ -n ${DOCKER_HOST:-} ]]; then no_engine "DOCKER_HOST is $DOCKER_HOST, and no engine answers there"; fi
  [[ $(id -u) == 0 ]] || no_engine "$(why_docker_does_not_answer) (starting an engine takes root)"
  if ! have dockerd || ! have docker; then install_engine; fi

  say 'starting dockerd'
  forget_dead_process /var/run/docker.pid dockerd
  forget_dead_process /var/run/docker/containerd/containerd.pid containerd
  # A session of its own: the engine outlives this script and its terminal. It must not inherit the lock.
  setsid dockerd >"$ENGINE_LOG" 2>&1 </dev/null 9>&- &
  wait_for_engine $!
}

install_engine() {
  can_install || no_engine 'it is not installed, and there is no apt-get to install it with'
  # debootstrap: a machine without an engine has most likely no image registry either.
  install_packages docker.io iptables debootstrap || no_engine 'its packages could not be installed'
  # Later distributions have the command in a package of its own.
  have docker || install_packages docker-cli || no_engine 'the docker command could not be installed'
}

# wait_for_engine PID: until it answers, exits, or the time is up.
wait_for_engine() {
  local deadline=$((SECONDS + ENGINE_START_SECONDS))
  until engine_answers; do
    if ! kill -0 "$1" 2>/dev/null; then
      show_engine_log
      no_engine "dockerd stopped: $(last_engine_error)"
    elif ((SECONDS > deadline)); then
      kill "$1"
      show_engine_log
      no_engine "dockerd did not answer within $ENGINE_START_SECONDS s (its log: $ENGINE_LOG)"
    fi
    sleep 0.2
  done
}

# forget_dead_process PIDFILE NAME: after a hard stop the file remains, and its number is a zombie's by now, or another
# program's: dockerd would then refuse to start. Neither has NAME as its executable.
forget_dead_process() {
  local pid
  pid=$(cat "$1" 2>/dev/null) || return 0
  if [[ $(readlink "/proc/$pid/exe") != */"$2"* ]]; then rm -f "$1"; fi
}

why_docker_does_not_answer() {
  if have docker; then
    timeout 10 docker version --format '{{.Server.Version}}' 2>&1 >/dev/null | tail -n 1
  else
    echo 'docker is not installed'
  fi
}

show_engine_log() { tail -n 15 "$ENGINE_LOG" >&2; }

last_engine_error() {
  local line
  line=$(grep -E 'level=(error|fatal)|^failed to' "$ENGINE_LOG" | tail -n 1) || true
  echo "${line:-$(tail -n 1 "$ENGINE_LOG")}"
}

no_engine() { fail "$NO_ENGINE" "Docker cannot be had here: $1"; }
