import type { AlgorithmName } from '../../settings/settings';
import { isVersionAtLeast, KEEPALIVE_MIN_TIMEOUT_SINCE } from './values';

/** What a configuration is generated from. */
export interface RenderRequest {
  readonly replicas: readonly { readonly hostname: string }[];
  readonly appPort: number;
  readonly algorithm: AlgorithmName;
  /** One weight a replica, or null: all equal. */
  readonly weights: readonly number[] | null;
  /** As `nginx -v` names it; decides which directives exist. */
  readonly nginxVersion: string;
  readonly workers: number;
}

/** Port inside the container that a generated configuration listens on. */
const GENERATED_LISTEN_PORT = 80;

const ALGORITHM_LINES: Readonly<Record<AlgorithmName, readonly string[]>> = {
  'round-robin': [],
  'least-conn': ['least_conn;'],
  'ip-hash': ['ip_hash;'],
  hash: ['hash $request_uri consistent;'],
  random: ['random;'],
};

/**
 * A whole nginx.conf under which clients do not notice that a replica crashes, stops, freezes, is cut off, is slow or
 * answers 503. It depends on no other file.
 * `http_503` is a trade: a replica that is overloaded or drains says so with it (RFC 9110, section 15.6.4), and without it
 * every third request would fail for as long as that lasts. The price is that an app which answers some request with 503
 * on purpose doubles that request, and marks a replica for it. Three things bound the price: two tries, of which only one
 * that is followed by another counts as a failure (`ngx_http_upstream_test_next`), so that a request marks one replica
 * and not all; two failures before a replica is set aside; and three seconds until it is asked again. POSTs are not
 * repeated after a 503: NGINX cannot know what the replica did before it said so.
 * Throws RangeError for a hostname that is none, and for weights that do not match the replicas.
 */
export function renderConfig(request: RenderRequest): string {
  const { replicas, weights, algorithm, nginxVersion, workers } = request;
  if (weights !== null && weights.length !== replicas.length) {
    throw new RangeError(`${weights.length} weights for ${replicas.length} replicas`);
  }
  const algorithmLines = ALGORITHM_LINES[algorithm].map((line) => `        ${line}\n`).join('');
  const servers = replicas.map((_, index) => `        ${serverLine(request, index)}\n`).join('');
  const minTimeout = isVersionAtLeast(nginxVersion, KEEPALIVE_MIN_TIMEOUT_SINCE)
    ? `
    # A reload does not cut off clients that are about to reuse a connection.
    keepalive_min_timeout 5s;
`
    : '';
  return `worker_processes ${workers};
# Longer than the longest request, shorter than the grace of \`docker stop\`.
worker_shutdown_timeout 30s;
error_log /dev/stderr notice;

events {
    worker_connections 1024;
}

http {
    server_tokens off;
    # Unbuffered: a line is there as soon as its request is done.
    access_log /dev/stdout;
${minTimeout}
    upstream app {
        # The workers share one view of the replicas: exact rotation, and one worker's failure warns the others.
        zone app 64k;
${algorithmLines}        # Two failures, so that one request that kills its replica cannot take out all; back after three seconds.
${servers}        # Idle connections close before the app closes them (Node: 5 s), or a POST would meet a dead one.
        keepalive 16;
        keepalive_timeout 4s;
    }

    server {
        listen ${GENERATED_LISTEN_PORT};

        location / {
            proxy_pass http://app;

            # What keepalive to the replicas needs.
            proxy_http_version 1.1;
            proxy_set_header Connection "";

            # The app sees the client's own host and address, and an id to find the request by.
            proxy_set_header Host $host;
            proxy_set_header X-Request-Id $request_id;
            proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;

            # A replica that is gone costs one second, one that hangs five; NGINX's own default is 60 for both.
            proxy_connect_timeout 1s;
            proxy_send_timeout 5s;
            proxy_read_timeout 5s;

            # One more replica is tried, for idempotent requests only; also after a 503, which says "not me, not now".
            # A second 503 in a row goes to the client and counts against nobody, so that one request that gets 503
            # everywhere cannot set all replicas aside.
            proxy_next_upstream error timeout http_503;
            proxy_next_upstream_tries 2;
            # Longer than the read timeout, or none would be tried after it.
            proxy_next_upstream_timeout 8s;
        }
    }
}
`;
}

function serverLine({ replicas, weights, appPort }: RenderRequest, index: number): string {
  const hostname = replicas[index]?.hostname ?? '';
  if (!/^[A-Za-z0-9][A-Za-z0-9.-]*$/.test(hostname)) throw new RangeError(`"${hostname}" is not a hostname`);
  const weight = weights?.[index] ?? 1;
  return `server ${hostname}:${appPort}${weight === 1 ? '' : ` weight=${weight}`} max_fails=2 fail_timeout=3s;`;
}
