import { EngineError } from './engine';

/** Where the engine listens. */
export type DockerAddress =
  | { readonly kind: 'socket'; readonly path: string }
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number };

const DEFAULT_SOCKET = '/var/run/docker.sock';
/** The engine's registered port without TLS (https://docs.docker.com/reference/cli/dockerd/, "Daemon socket option"). */
const DEFAULT_PORT = 2375;

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/**
 * Reads DOCKER_HOST: unset or empty, `unix://PATH`, or `tcp://` to this machine. Throws {@link EngineError} `unreachable`
 * for every other form: traffic goes to 127.0.0.1 and to the networks' own addresses, which are only here when the engine is.
 */
export function parseDockerHost(value: string | undefined): DockerAddress {
  if (value === undefined || value === '') return { kind: 'socket', path: DEFAULT_SOCKET };
  const [, scheme, rest] = /^([a-z]+):\/\/(.*)$/s.exec(value) ?? [];
  if (scheme === 'unix') return { kind: 'socket', path: rest === '' || rest === undefined ? DEFAULT_SOCKET : rest };
  const url = scheme === 'tcp' && URL.canParse(value) ? new URL(value) : null;
  if (url !== null && LOOPBACK.test(url.hostname)) {
    return { kind: 'tcp', host: bare(url.hostname), port: url.port === '' ? DEFAULT_PORT : Number(url.port) };
  }
  throw new EngineError(
    'unreachable',
    `DOCKER_HOST is ${shown(value)}, but the Docker Engine must run on this very machine, because traffic is sent to ` +
      '127.0.0.1 and to the replicas’ own addresses. Unset it, or give unix:///path/to/docker.sock or tcp://127.0.0.1:PORT.',
  );
}

/** The address in DOCKER_HOST's form, for messages. */
export function describeAddress(address: DockerAddress): string {
  return address.kind === 'socket' ? `unix://${address.path}` : `tcp://${address.host}:${address.port}`;
}

function bare(hostname: string): string {
  return hostname.replace(/^\[|\]$/g, '');
}

/** Without a user's name or password, on one line. */
function shown(value: string): string {
  return JSON.stringify(value.replace(/\/\/[^/]*@/, '//'));
}
