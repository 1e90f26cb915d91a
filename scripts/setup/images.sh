# shellcheck shell=bash
# The base images: the official ones where they can be had, or else stand-ins built from Debian's packages.

readonly NO_IMAGES=4 # exit code
readonly PYTHON_IMAGE=python:3.13-alpine
readonly NGINX_IMAGE=nginx:1.30.4-alpine
readonly PYTHON_STANDIN=lb-cluster-standin/python:3.13
readonly NGINX_STANDIN=lb-cluster-standin/nginx:1.26
readonly DEBIAN_STANDIN=lb-cluster-standin/debian:trixie

readonly PULL_SECONDS=20
readonly PULL_SECONDS_WITHOUT_STANDIN=180
readonly PULL_AGAIN_AFTER_MINUTES=360
readonly PULL_FAILED=$STATE/pull-failed # when it was last tried in vain, and why

base_images() {
  if ! official_images_here && ! standins_will_do; then one_at_a_time images fetch_images; fi
  write_choice
}

# here IMAGE...: whether all of them are on this machine.
here() { docker image inspect --format '{{.Id}}' "$@" >/dev/null 2>&1; }

official_images_here() { here "$PYTHON_IMAGE" "$NGINX_IMAGE"; }

standins_will_do() { pull_failed_lately && here "$PYTHON_STANDIN" "$NGINX_STANDIN"; }

pull_failed_lately() { [[ -n $(find "$PULL_FAILED" -mmin -"$PULL_AGAIN_AFTER_MINUTES" 2>/dev/null) ]]; }

fetch_images() {
  if official_images_here || standins_will_do; then return; fi # another setup has just fetched them
  if ! pull_failed_lately && pull_official_images; then return; fi
  if here "$PYTHON_STANDIN" "$NGINX_STANDIN"; then return; fi
  can_install || no_images "$(cat "$PULL_FAILED")"
  build_standins
}

# Only a machine that can build stand-ins gives up early.
pull_official_images() {
  local limit=$PULL_SECONDS_WITHOUT_STANDIN image
  if can_install; then limit=$PULL_SECONDS; fi
  for image in "$PYTHON_IMAGE" "$NGINX_IMAGE"; do
    if here "$image"; then continue; fi
    say "pulling $image"
    if ! timeout "$limit" docker pull --quiet "$image" >"$STATE/pull.log" 2>&1; then
      pull_failure "$image" "$limit" >"$PULL_FAILED"
      say "$(cat "$PULL_FAILED")"
      return 1
    fi
  done
  rm -f "$PULL_FAILED"
}

pull_failure() {
  local why
  why=$(tail -n 1 "$STATE/pull.log")
  echo "$1 could not be pulled: ${why:-no answer within $2 s}"
}

build_standins() {
  say "building stand-ins from Debian's packages (about a minute, once)"
  if ! here "$DEBIAN_STANDIN"; then build_debian; fi

  build_python & local python=$!
  build_nginx & local nginx=$!
  wait "$python" || standin_failed python
  wait "$nginx" || standin_failed nginx
}

build_debian() {
  have debootstrap || install_packages debootstrap || no_images 'debootstrap could not be installed'
  bash "$ROOT/scripts/standin/debian-image.sh" "$DEBIAN_STANDIN" >"$STATE/standin-debian.log" 2>&1 ||
    standin_failed debian
}

build_python() { build_standin python "$PYTHON_STANDIN"; }

# Twice: NGINX_VERSION is known only once NGINX is installed. The second build takes all but that from the cache.
build_nginx() {
  build_standin nginx "$NGINX_STANDIN"-unversioned || return
  local version
  version=$(docker run --rm --network none "$NGINX_STANDIN"-unversioned nginx -v 2>&1) || return
  build_standin nginx "$NGINX_STANDIN" --build-arg "NGINX_VERSION=${version##*/}" || return
  docker rmi "$NGINX_STANDIN"-unversioned >/dev/null
}

# build_standin NAME TAG [OPTION...]
build_standin() {
  local name=$1 tag=$2
  shift 2
  docker build --tag "$tag" --file "$ROOT/scripts/standin/$name.Dockerfile" \
    --build-arg "DEBIAN_IMAGE=$DEBIAN_STANDIN" "$@" "$ROOT/scripts/standin" >"$STATE/standin-$name.log" 2>&1
}

standin_failed() {
  tail -n 10 "$STATE/standin-$1.log" >&2
  no_images "the stand-in for $1 did not build (its log: $STATE/standin-$1.log)"
}

# Each image for itself: one official image may be here without the other.
write_choice() {
  local base=$PYTHON_IMAGE nginx=$NGINX_IMAGE stand_in=false
  if ! here "$base"; then base=$PYTHON_STANDIN stand_in=true; fi
  if ! here "$nginx"; then nginx=$NGINX_STANDIN stand_in=true; fi
  if [[ $stand_in == true ]]; then say "no official images here: using the stand-ins $base and $nginx"; fi

  mkdir -p "$ROOT/.cache"
  printf '{"base":"%s","nginx":"%s","standIn":%s}\n' "$base" "$nginx" "$stand_in" >"$ROOT/.cache/images.json"
}

no_images() { fail "$NO_IMAGES" "Base images cannot be had here: $1"; }
