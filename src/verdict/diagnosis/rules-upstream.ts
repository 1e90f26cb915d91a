import type { UpstreamModel, UpstreamServer } from '../../cluster/nginx/model';
import { distributionOf } from '../../traffic/attribution';
import { NEVER, type GateResult } from '../judgement';
import type { Case, Diagnosis, Rule } from './diagnosis';
import { aloneGates, brokenGates, hostnamesOf, listGates, metricsOf } from './diagnosis';
import type { Change } from './diff';
import { ownUpstream, ownUpstreamText } from './own-upstream';
import { placed, placeName } from './place';
import { counted, grouped, inSeconds, listed, under } from './wording';
import { lineTextOf, serversRewritten, withFirst } from './written';

/** Replicas that the upstream does not list at all. */
export const replicaMissing: Rule = (situation) => {
  const upstream = situation.nginx.route?.upstream;
  const gates = shareGates(situation);
  if (upstream === undefined || gates.length === 0) return null;
  const names = hostnamesOf(situation);
  // One that is asked on another port, as a backup or not at all, is not forgotten, but put aside.
  const missing = names.filter((name) => !upstream.servers.some((server) => nameOf(server, names) === name));
  if (missing.length === 0) return null;
  const alone = new Set(upstream.servers.map((server) => server.replica)).size === 1;
  const anchor = upstream.servers.at(-1)?.spot ?? upstream.spot;
  const terms = termsOf(lineTextOf(situation, anchor.line));
  const lines = missing.map((name) => `server ${name}:${situation.appPort}${upstream.implicit ? '' : terms};`);
  const change: readonly Change[] = upstream.implicit
    ? ownUpstream(situation)
    : [{ kind: 'insert-after', line: anchor.line, lines }];
  const what = upstream.implicit
    ? `${placeName(situation, upstream.spot)} sends everything to one address`
    : `upstream ${upstream.name} at ${placeName(situation, upstream.spot)} does not list ${listed(missing)}`;
  return {
    id: alone ? 'single-upstream' : 'replica-missing',
    gates: alone ? [...gates, ...aloneGates(situation)] : gates,
    cause: `${what}${alone ? `, so nothing stands in for ${upstream.servers[0]?.replica ?? 'that one'} when it is lost` : ''}.`,
    evidence: servedText(situation),
    ...placed(situation, anchor, change),
    fix: upstream.implicit
      ? ownUpstreamText(situation)
      : `Add ${listed(lines.map((line) => `\`${line}\``))} to the upstream block.`,
  };
};

/** Replicas that the upstream lists more than once. */
export const replicaTwice: Rule = (situation) => {
  const upstream = situation.nginx.route?.upstream;
  const gates = shareGates(situation);
  const again = upstream?.servers.filter(
    ({ replica }, index) => replica !== null && firstLine(upstream, replica) < index,
  );
  const [one] = again ?? [];
  if (upstream === undefined || again === undefined || one === undefined || gates.length === 0) return null;
  const missing = hostnamesOf(situation).filter((name) => !upstream.servers.some((server) => server.replica === name));
  // Each takes the place of one that is there again, as long as there are any.
  const rightFor = (server: UpstreamServer): string | null => {
    const name = missing[again.indexOf(server)];
    return name === undefined ? null : `${name}:${situation.appPort}`;
  };
  const right = again.flatMap((server) => rightFor(server) ?? []);
  const changes = serversRewritten(situation, again, (text, server) => withFirst(text, rightFor(server)));
  const lines = changes?.flatMap((change) => change.lines) ?? right.map((address) => `server ${address};`);
  return {
    id: 'replica-twice',
    gates,
    cause: `${twiceText(situation, upstream, again)}${missing.length === 0 ? '' : `, and ${listed(missing)} ${missing.length === 1 ? 'gets none' : 'get none'}`}.`,
    evidence: servedText(situation),
    ...placed(situation, one.spot, changes),
    fix:
      right.length === 0
        ? `Remove the line${again.length === 1 ? '' : 's'} at ${listed(again.map(({ spot }) => placeName(situation, spot)))}; use weight= where a greater share is meant.`
        : `Change ${again.length === 1 ? 'it' : 'them'} to ${listed(lines.map((line) => `\`${line}\``))}${right.length < again.length ? ', and remove the others' : ''}.`,
  };
};

/** Who stands where again, and what comes of it: `app1 is listed twice in upstream shop, at lb.conf:3 and lb.conf:4, so it gets a double share`. */
function twiceText(situation: Case, upstream: UpstreamModel, again: readonly UpstreamServer[]): string {
  const names = [...new Set(again.flatMap(({ replica }) => replica ?? []))];
  const places = (name: string): string =>
    listed(upstream.servers.filter(({ replica }) => replica === name).map(({ spot }) => placeName(situation, spot)));
  const [name = ''] = names;
  if (again.length === 1) {
    return `${name} is listed twice in upstream ${upstream.name}, at ${places(name)}, so it gets a double share`;
  }
  return (
    `${listed(names)} ${names.length === 1 ? 'is' : 'are'} listed more than once in upstream ${upstream.name} ` +
    `(${names.map((one) => `${one} at ${places(one)}`).join('; ')}), so ${names.length === 1 ? 'it gets' : 'each gets'} more than one share`
  );
}

/** A replica that only serves when all others are gone. */
export const replicaBackup: Rule = (situation) =>
  setAside(
    situation,
    'backup',
    (server) => server.backup,
    'is marked `backup`, so it serves only when all others failed',
  );

/** A replica that never serves. */
export const replicaDown: Rule = (situation) =>
  setAside(situation, 'down', (server) => server.down, 'is marked `down`, so it never serves');

function setAside(
  situation: Case,
  mark: 'backup' | 'down',
  isSo: (server: UpstreamServer) => boolean,
  consequence: string,
): Diagnosis | null {
  const upstream = situation.nginx.route?.upstream;
  const gates = shareGates(situation);
  const names = hostnamesOf(situation);
  const all = upstream?.servers ?? [];
  const servers = all.filter((one) => {
    const name = nameOf(one, names);
    return isSo(one) && name !== null && (one.replica !== null || all.every(({ replica }) => replica !== name));
  });
  const [server, ...others] = servers;
  if (server === undefined || gates.length === 0) return null;
  const called = (one: UpstreamServer): string => nameOf(one, names) ?? '';
  const more =
    others.length === 0 ? '' : `, and so ${others.length === 1 ? 'is' : 'are'} ${listed(others.map(called))}`;
  const elsewhere = servers.filter(({ replica }) => replica === null);
  const port =
    elsewhere.length === 0
      ? ''
      : `; and ${listed(elsewhere.map(({ address }) => address))} is no port of the app, which listens on ${situation.appPort} (input app-port)`;
  const rewritten = (text: string, one: UpstreamServer): string =>
    (one.replica === null ? withFirst(text, `${one.host}:${situation.appPort}`) : text).replace(
      new RegExp(`\\s+${mark}(?=[\\s;])`),
      '',
    );
  return {
    id: `replica-${mark}`,
    gates,
    cause: `${called(server)} at ${placeName(situation, server.spot)} ${consequence}${more}${port}.`,
    evidence: servedText(situation),
    ...placed(situation, server.spot, serversRewritten(situation, servers, rewritten)),
    fix:
      `Remove \`${mark}\` from ${others.length === 0 ? 'that line' : 'these lines'}` +
      `${port === '' ? '' : `, and ask on port ${situation.appPort}`}; where it is meant so, lower the gate \`rotation.coverage\` (input gates).`,
  };
}

/** A mended replica is left aside for too long. */
export const failTimeoutLong: Rule = (situation) => {
  const gates = brokenGates(situation, 'recover');
  const allowed = Math.min(...gates.map((gate) => gate.allowed));
  const servers = situation.nginx.route?.upstream.servers ?? [];
  const long = servers.filter((one) => one.failTimeoutMs + 1_000 >= allowed);
  const server = long[0];
  if (gates.length === 0 || server === undefined) return null;
  const seconds = Math.max(1, Math.min(3, Math.ceil(allowed / 1_000) - 2));
  return {
    id: 'fail-timeout-long',
    gates: metricsOf(gates),
    cause:
      `After a failure NGINX leaves a replica aside for fail_timeout, here ${inSeconds(server.failTimeoutMs)} ` +
      `(${placeName(situation, server.spot)}), however soon it is mended.`,
    evidence: [...new Set(gates.map(recoveryText))].join(' '),
    ...placed(
      situation,
      server.spot,
      serversRewritten(situation, long, (text) => withFailTimeout(text, seconds)),
    ),
    fix: `Shorten it${long.length === servers.length ? ' on every server line' : ''}, for example to \`fail_timeout=${seconds}s\`.`,
  };
};

/** How long a mended replica took, or what was seen instead. */
export function recoveryText({ observed, reason }: GateResult): string {
  if (observed !== null) return `It took ${inSeconds(observed)} until it served its share again.`;
  return `${(reason ?? 'it did not come back').replace(NEVER, '')}.`;
}

/** A list that leaves replicas out, or favours one, costs no request while nothing is broken. */
function shareGates(situation: Case): readonly string[] {
  return listGates(situation).filter((metric) => metric !== 'baseline.errors');
}

/** What stands behind the address of a server line and holds for any replica: ` max_fails=2 fail_timeout=3s`. */
function termsOf(line: string): string {
  const terms = /^\s*server\s+\S+?((?:\s+[^\s;]+)*)\s*;/.exec(line)?.[1] ?? '';
  return terms.replace(/\s+(backup|down|weight=\d+|route=\S+)(?=\s|$)/g, '');
}

/** A `server` line with another `fail_timeout`; NGINX's default, which has no place of its own on the line, is 10 s. */
export function withFailTimeout(text: string, seconds: number): string {
  const parameter = `fail_timeout=${seconds}s`;
  return text.includes('fail_timeout=')
    ? saidOnce(text, 'fail_timeout', parameter)
    : text.replace(';', ` ${parameter};`);
}

/** A `server` line with another `max_fails`, where it has one. */
export function withMaxFails(text: string, fails: number): string {
  return saidOnce(text, 'max_fails', `max_fails=${fails}`);
}

/** Puts a parameter in the place of the first of its name, and takes out what says it again: NGINX goes by the last. */
function saidOnce(text: string, name: string, parameter: string): string {
  let isSaid = false;
  return text.replace(new RegExp(`\\s+${name}=[^\\s;]+`, 'g'), () => {
    const again = isSaid;
    isSaid = true;
    return again ? '' : ` ${parameter}`;
  });
}

/** The replica whose hostname it says, on whatever port; null: none. */
function nameOf({ replica, host, backup, down }: UpstreamServer, names: readonly string[]): string | null {
  if (replica !== null) return replica;
  const name = host.toLowerCase();
  return (backup || down) && names.includes(name) ? name : null;
}

function firstLine(upstream: UpstreamModel, hostname: string): number {
  return upstream.servers.findIndex((server) => server.replica === hostname);
}

/** Who served how much, in the calmest scenario. */
function servedText({ scenarios }: Case): string {
  const scenario = scenarios.find((one) => one.check === 'rotation') ?? scenarios[0];
  if (scenario === undefined) return 'nothing was served';
  const counts = distributionOf(scenario.samples, scenario.replicas);
  const parts = Object.entries(counts).map(([name, count]) => `${name} ${grouped(count)}`);
  return `Of ${counted(scenario.samples.length, 'request')} ${under(scenario.name)}: ${parts.join(', ')}.`;
}
