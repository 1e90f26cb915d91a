#!/usr/bin/env bash
# Sets up what this project needs and this machine lacks: the node dependencies, a Docker Engine, the base images.
# Whatever is there already is used as it is, so it is quick to call before every test run and demo.
#
# Usage: scripts/setup.sh
# Leaves .cache/images.json: {"base": "…", "nginx": "…", "standIn": true when one of them is no official image}
# Exit codes: 0 all there; 3 no Docker Engine to be had here; 4 no base images to be had here; others: a step failed.
# A run that ends with 3 or 4 says why in its last line of standard error.
set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
STATE=${XDG_STATE_HOME:-${HOME:-/var/tmp}/.local/state}/lb-cluster-action # outlives this checkout: one per machine
readonly ROOT STATE

# shellcheck source=scripts/setup/machine.sh
source "$ROOT/scripts/setup/machine.sh"
# shellcheck source=scripts/setup/node.sh
source "$ROOT/scripts/setup/node.sh"
# shellcheck source=scripts/setup/engine.sh
source "$ROOT/scripts/setup/engine.sh"
# shellcheck source=scripts/setup/images.sh
source "$ROOT/scripts/setup/images.sh"

mkdir -p "$STATE"
node_dependencies
docker_engine
base_images
