import { parseHostPort } from '../../cluster/nginx/address';
import type { UpstreamServer } from '../../cluster/nginx/model';
import { spotOf } from '../../cluster/nginx/spot';
import { isStranger } from '../../cluster/nginx/upstream';
import { replicaAt } from '../../traffic/attribution';
import { nobodyLeft } from './calm';
import type { Case, Rule } from './diagnosis';
import { brokenGates, hostnamesOf, listGates } from './diagnosis';
import { ownUpstream, ownUpstreamText } from './own-upstream';
import { placed, placeName } from './place';
import { counted, listed } from './wording';
import { serversRewritten, withFirst, writtenDirectives } from './written';

/** Of a `server` line that names none. */
const USUAL_PORT = 80;

/** A group asks replicas on a port on which the app does not listen. */
export const wrongPort: Rule = (situation) => {
  const gates = listGates(situation);
  const wrong = misdirected(situation);
  const first = wrong[0];
  if (first === undefined || gates.length === 0) return null;
  const right = ({ host }: ServerLine): string => `${host}:${situation.appPort}`;
  return {
    id: 'wrong-port',
    gates,
    cause:
      `${placeName(situation, first.spot)} sends to ${listed(wrong.map(({ host, port }) => `${host}:${port ?? ''}`))}, and the app ` +
      `listens on port ${situation.appPort} (input app-port)${first.address.includes(':') ? '' : '; a server line without a port means 80'}.`,
    evidence: failedElsewhere(situation),
    ...placed(
      situation,
      first.spot,
      serversRewritten(situation, wrong, (text, server) => withFirst(text, right(server))),
    ),
    fix: `Change ${wrong.length === 1 ? 'it' : 'them'} to ${listed(wrong.map((server) => `\`${right(server)}\``))}.`,
  };
};

/** What a `server` line of a group says. */
type ServerLine = Pick<UpstreamServer, 'address' | 'host' | 'port' | 'spot'>;

/**
 * Lines that name a replica with another port than the app's: of the probed path's group; where it is not known which group that is, or it
 * has none, of any group that NGINX was seen to ask.
 */
function misdirected(situation: Case): readonly ServerLine[] {
  const upstream = situation.nginx.route?.upstream;
  const names = new Set(hostnamesOf(situation));
  if (upstream?.implicit === true) return [];
  const own = upstream?.servers.filter((server) => isStranger(server) && names.has(server.host.toLowerCase())) ?? [];
  if (own.length > 0) return own;
  const asked = new Set(elsewhere(situation).map((address) => parseHostPort(address, USUAL_PORT).port));
  return writtenDirectives(situation)
    .filter(({ name, block }) => name === 'server' && block === null)
    .map((directive) => {
      const address = directive.args[0] ?? '';
      return { address, ...parseHostPort(address, USUAL_PORT), spot: spotOf(directive) };
    })
    .filter(({ host, port }) => names.has(host.toLowerCase()) && port !== situation.appPort && asked.has(port));
}

/** The upstream lists somebody who is no replica, and asked it. */
export const strangerServer: Rule = (situation) => {
  const upstream = situation.nginx.route?.upstream;
  const gates = listGates(situation);
  const names = new Set(hostnamesOf(situation));
  const strangers = upstream?.servers.filter((server) => isStranger(server) && !names.has(server.host.toLowerCase()));
  const first = strangers?.[0];
  if (upstream === undefined || upstream.implicit || strangers === undefined || first === undefined) return null;
  // Set aside from the first, one may not have been asked again while anybody looked.
  const isIdle = brokenGates(situation, 'coverage').length > 0;
  if (gates.length === 0 || (elsewhere(situation).length === 0 && !isIdle)) return null;
  const missing = [...names].filter((name) => !upstream.servers.some((server) => server.replica === name));
  const replicaFor = (server: UpstreamServer): string | null => {
    const name = missing[strangers.indexOf(server)];
    return name === undefined ? null : `${name}:${situation.appPort}`;
  };
  return {
    id: 'stranger-server',
    gates,
    cause:
      `upstream ${upstream.name} lists ${listed(strangers.map(({ address }) => address))} (${placeName(situation, first.spot)}), ` +
      `which ${strangers.length === 1 ? 'is no replica' : 'are no replicas'} of this cluster${isOwn(first) ? ' (inside NGINX’s container that is NGINX itself)' : ''}` +
      `${missing.length === 0 ? '' : `, and leaves out ${listed(missing)}`}.`,
    evidence: failedElsewhere(situation),
    ...placed(
      situation,
      first.spot,
      serversRewritten(situation, strangers, (text, server) => withFirst(text, replicaFor(server))),
    ),
    fix:
      missing.length === 0
        ? 'Remove it, or mark it `backup` where it is meant for the time when no replica is left.'
        : `Name the replica by its hostname: ${listed(missing.map((name) => `\`${name}:${situation.appPort}\``))}.`,
  };
};

/** `proxy_pass` names one address itself, and that is no replica's: NGINX's own container, say, or another port. */
export const strangerAlone: Rule = (situation) => {
  const upstream = situation.nginx.route?.upstream;
  const gates = listGates(situation);
  const server = upstream?.implicit === true ? upstream.servers.find(isStranger) : undefined;
  if (upstream === undefined || server === undefined || gates.length === 0) return null;
  if (elsewhere(situation).length === 0) return null;
  const isPort = hostnamesOf(situation).includes(server.host.toLowerCase());
  const what = isPort
    ? `, and the app listens on port ${situation.appPort} (input app-port)`
    : `, which is no replica of this cluster${isOwn(server) ? ' (inside NGINX’s container that is NGINX itself)' : ''}`;
  return {
    id: isPort ? 'wrong-port' : 'stranger-server',
    gates,
    cause: `proxy_pass at ${placeName(situation, upstream.spot)} sends to ${server.address}${what}.`,
    evidence: failedElsewhere(situation),
    ...placed(situation, upstream.spot, ownUpstream(situation)),
    fix: ownUpstreamText(situation),
  };
};

function isOwn({ host }: UpstreamServer): boolean {
  return host === 'localhost' || host.startsWith('127.');
}

/** Addresses that NGINX tried and that are no replica's, each attempt; not the group's own name. */
function elsewhere(situation: Case): readonly string[] {
  const group = nobodyLeft(situation);
  return situation.scenarios.flatMap(({ samples, replicas }) =>
    samples.flatMap(({ proxy }) =>
      (proxy?.attempts ?? [])
        .map(({ address }) => address)
        .filter((address) => address !== group && replicaAt(address, replicas) === null),
    ),
  );
}

function failedElsewhere(situation: Case): string {
  const tried = elsewhere(situation);
  const first = tried[0];
  return first === undefined
    ? 'It served no request.'
    : `${counted(tried.length, 'attempt')} went to where no replica listens, for example ${first}.`;
}
