#!/usr/bin/env bash
# Does the service survive the loss of a replica? Usage: chaos.sh kill|pause
set -euo pipefail
cd "$(dirname "$0")"
fault=$1
k6=

end() {
  if [[ -n $k6 ]]; then kill "$k6" 2>/dev/null || true; fi
  docker compose down --volumes
}
trap end EXIT

docker compose up --detach --wait --wait-timeout 60
url=http://$(docker compose port nginx 80)${PROBE_PATH:-/}

k6 run --quiet --no-usage-report --env "URL=$url" --env "FAULT=$fault" --env "RATE=${RATE:-100}" k6.js &
k6=$!
sleep 5 # a while of plain traffic first

docker compose "$fault" app2
sleep 13 # longer than NGINX's fail_timeout

if [[ $fault == kill ]]; then
  docker compose up --detach --wait --wait-timeout 60 app2
else
  docker compose unpause app2
fi
wait "$k6"
