import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { listed } from '../settings/wording';
import { ofContainer } from './process-facts';

/** A port on which a process takes connections. */
export interface ListeningPlace {
  readonly port: number;
  /** From its own container alone. */
  readonly isLoopback: boolean;
  /** On an IPv6 address; where that is any (`::`), IPv4 may be taken as well (ipv6(7), IPV6_V6ONLY), which the kernel does not tell. */
  readonly isIpv6: boolean;
}

/** `TCP_LISTEN` in the kernel's include/net/tcp_states.h. */
const LISTENING = '0A';
/** Docker's own DNS has a socket in each container: 127.0.0.11, its bytes in the order of the machine. */
const DOCKER_DNS = '0B00007F';
/** How IPv4 is written in IPv6, and so in the kernel's list of it. */
const MAPPED = /^0{16}FFFF0000/;
/** 127.0.0.0/8, the same in IPv6, and ::1. */
const LOOPBACK = /^(?:[0-9A-F]{6}7F|0{16}FFFF0000[0-9A-F]{6}7F|0{24}01000000)$/;

/**
 * Where the processes of a container that runs listen, as the kernel of this machine tells it; null: it does not show from here (see
 * {@link ofContainer}).
 */
export async function listeningOf(
  container: { readonly id: string; readonly pid: number },
  proc = '/proc',
): Promise<readonly ListeningPlace[] | null> {
  const folder = join(proc, String(container.pid));
  try {
    if ((await ofContainer(container, folder)) === null) return null;
    const tcp = await readFile(join(folder, 'net/tcp'), 'utf8');
    const tcp6 = await readFile(join(folder, 'net/tcp6'), 'utf8').catch(() => '');
    return parseListening(tcp + tcp6);
  } catch {
    return null;
  }
}

/** Reads lines such as `0: 0100007F:1F40 00000000:0000 0A …` (proc_pid_net(5)). */
export function parseListening(text: string): readonly ListeningPlace[] {
  return text.split('\n').flatMap((line) => {
    const [, address = '', port = '', state] = /^\s*\d+: ([0-9A-F]+):([0-9A-F]{4}) \S+ ([0-9A-F]{2}) /.exec(line) ?? [];
    if (state !== LISTENING || address === DOCKER_DNS) return [];
    const isIpv6 = address.length > DOCKER_DNS.length && !MAPPED.test(address);
    return [{ port: parseInt(port, 16), isLoopback: LOOPBACK.test(address), isIpv6 }];
  });
}

/** Why that is, only the app can say. */
export const NOTHING_LISTENS = 'nothing in its container listens on any port';

/**
 * Why nobody reaches an app on its port, by where it listens; null: it listens there, for everybody. To be asked of an app that has refused a
 * connection over IPv4, and still does.
 */
export function listensElsewhere(places: readonly ListeningPlace[], port: number): string | null {
  if (places.length === 0) return NOTHING_LISTENS;
  const here = places.filter((place) => place.port === port);
  const open = here.filter(({ isLoopback }) => !isLoopback);
  if (open.some(({ isIpv6 }) => !isIpv6)) return null;
  if (open.length > 0) {
    return `on port ${port} it listens for IPv6 alone, and this network is one of IPv4: let it listen on 0.0.0.0 (on :: only where that takes IPv4 as well)`;
  }
  if (here.length > 0) return `on port ${port} it listens ${inItself(here)}`;
  const ports = [...new Set(places.map((place) => place.port))].toSorted((a, b) => a - b);
  const elsewhere = `it listens on port${ports.length === 1 ? '' : 's'} ${listed(ports.map(String))}, and not on ${port}`;
  return places.every(({ isLoopback }) => isLoopback)
    ? `${elsewhere}, and there ${inItself(places)}:${port}`
    : `${elsewhere}: give the one that it listens on (input app-port), or have it listen there (input app-env)`;
}

/** Of places that are all within the container. */
function inItself(places: readonly ListeningPlace[]): string {
  const addresses = [...new Set(places.map(({ isIpv6 }) => (isIpv6 ? '::1' : '127.0.0.1')))].toSorted();
  return `on ${listed(addresses)} alone, where nobody outside its own container reaches it: let it listen on 0.0.0.0`;
}
