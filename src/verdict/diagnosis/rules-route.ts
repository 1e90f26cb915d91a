import { isAddress, parseHostPort, withoutScheme } from '../../cluster/nginx/address';
import type { Route, Spot } from '../../cluster/nginx/model';
import type { Subrequest } from '../../cluster/nginx/route';
import { spotOf } from '../../cluster/nginx/spot';
import { clientError } from '../../traffic/attribution';
import {
  allRequests,
  answeredByNginx,
  attemptsOf,
  calmRequests,
  outcomeText,
  statusesText,
  type SeenAttempt,
} from './calm';
import type { Case, Diagnosis, Rule } from './diagnosis';
import { brokenGates, listGates, metricsOf } from './diagnosis';
import { placed, placeName } from './place';
import { passAt, passOnRoute, passTo, toGroup } from './proxy-pass';
import type { Change } from './diff';
import { counted } from './wording';
import { inForceOnRoute, levelsAtRoute, lineTextOf, replacedBy } from './written';

/** `proxy_pass` has to look its host up for each request, and has nobody to ask. */
export const noResolver: Rule = (situation) => {
  const gates = listGates(situation);
  const pass = passOnRoute(situation);
  const url = pass?.args[0] ?? '';
  // Whoever was asked at an address, had been looked up.
  const failed = calmRequests(situation).filter(
    ({ sample, scenario }) =>
      clientError(sample, scenario.replicas) !== null &&
      sample.proxy?.attempts.some(({ address }) => isAddress(parseHostPort(address, 80).host)) !== true,
  );
  if (situation.nginx.route !== null || gates.length === 0 || failed.length === 0) return null;
  if (pass === undefined || !url.includes('$') || inForceOnRoute(situation, 'resolver').length > 0) return null;
  if (isAddress(parseHostPort(withoutScheme(url), 80).host)) return null;
  const line = 'resolver 127.0.0.11 valid=5s;';
  return {
    id: 'no-resolver',
    gates,
    cause:
      `${placeName(situation, pass)} takes its target from a variable (\`${url}\`), so NGINX looks the host up for each request, ` +
      'and no `resolver` says where: it answers 502.',
    evidence: `${counted(failed.length, 'request')} failed with nothing broken, the first ${failed[0]?.sample.id ?? ''}.`,
    ...placed(situation, pass, { kind: 'insert-before', line: pass.line, lines: [line] }),
    fix: `Name an upstream group in proxy_pass; or, to have names looked up while NGINX runs, add \`${line}\` (Docker's own).`,
  };
};

/** NGINX speaks TLS to replicas that do not. */
export const wrongScheme: Rule = (situation) => {
  const { route } = situation.nginx;
  const gates = listGates(situation);
  const attempts = whereNoneIsAnswered(situation);
  if (route?.scheme !== 'https' || gates.length === 0 || attempts.length === 0) return null;
  const pass = passOnRoute(situation);
  return {
    id: 'wrong-scheme',
    gates,
    cause: `${placeName(situation, route.proxyPass)} speaks TLS to the replicas (\`https://\`), and they do not speak it.`,
    evidence: unansweredText(attempts),
    ...placed(
      situation,
      route.proxyPass,
      pass === undefined ? null : replacedBy(pass, passTo((pass.args[0] ?? '').replace(/^https:/i, 'http:'))),
    ),
    fix: 'Use `http://` where the app speaks plain HTTP on its port; inside the cluster’s own network it usually does.',
  };
};

/** The attempts on replicas with nothing broken, where not one of them got an answer; empty: one did, or there are none. */
function whereNoneIsAnswered(situation: Case): readonly SeenAttempt[] {
  const attempts = attemptsOf(calmRequests(situation));
  return attempts.some(({ attempt }) => attempt.headerMs !== null) ? [] : attempts;
}

function unansweredText(attempts: readonly SeenAttempt[]): string {
  return `${counted(attempts.length, 'attempt')} reached a replica, and none got an answer.`;
}

/** NGINX speaks another protocol than HTTP to replicas that answered their health path in HTTP. */
export const wrongProtocol: Rule = (situation) => {
  const gates = listGates(situation);
  const pass = levelsAtRoute(situation)[0]?.find(({ name }) => /^(fastcgi|uwsgi|scgi|grpc|memcached)_pass$/.test(name));
  const attempts = whereNoneIsAnswered(situation);
  if (situation.nginx.route !== null || pass === undefined || gates.length === 0 || attempts.length === 0) return null;
  const target = pass.args[0] ?? '';
  const line = passTo(`http://${withoutScheme(target)}`);
  return {
    id: 'wrong-protocol',
    gates,
    cause: `${placeName(situation, pass)} says \`${pass.name} ${target};\`, and the replicas, which answered their health path in HTTP, do not speak that.`,
    evidence: unansweredText(attempts),
    ...placed(situation, pass, replacedBy(pass, line)),
    fix: `Use \`${line}\`, or let the app speak that protocol on a port of its own.`,
  };
};

/** Answers come from a cache. */
export const proxyCache: Rule = (situation) => {
  const { route } = situation.nginx;
  const gates = listGates(situation);
  const cached = allRequests(situation).filter(({ sample }) => answeredByNginx(sample) && sample.method === 'GET');
  const spot = route?.proxyCache.spot ?? null;
  if (route?.proxyCache.value !== true || spot === null || gates.length === 0 || cached.length === 0) return null;
  const line = 'proxy_cache off;';
  const bypass = inForceOnRoute(situation, 'proxy_cache_bypass').find(({ args }) =>
    args.some((arg) => /^\$(?:http|cookie)_/.test(arg)),
  );
  const byHeader =
    bypass === undefined
      ? ''
      : ` Or let requests carry what keeps them from the cache (\`${[bypass.name, ...bypass.args].join(' ')}\`; input request-headers).`;
  return {
    id: 'proxy-cache',
    gates,
    cause:
      `${placeName(situation, spot)} answers from a cache: clients get the first answer again and again, errors may be kept as ` +
      'well, and how the replicas fare meanwhile is not seen.',
    evidence: `${counted(cached.length, 'GET')} got an answer that no replica gave, for example ${cached[0]?.sample.id ?? ''}.`,
    ...placed(situation, spot, { kind: 'replace', line: spot.line, lines: [line] }),
    fix: `Do not cache the probed path (\`${line}\` in its location), or give as probe-path one that is not cached.${byHeader}`,
  };
};

/** Replicas refuse through NGINX what they serve when they are asked directly. */
export const refusedThroughNginx: Rule = (situation) => {
  const { route } = situation.nginx;
  const gates = listGates(situation);
  const refused = calmRequests(situation).filter(
    ({ sample, scenario }) => clientError(sample, scenario.replicas) === 'refused',
  );
  const first = refused[0];
  if (route === null || gates.length === 0 || first === undefined) return null;
  const evidence =
    `${counted(refused.length, 'GET')} of ${first.sample.path} got ${statusesText(refused)} from the replicas, ` +
    'which serve it when they are asked directly, past NGINX.';
  if (refused.every(({ sample }) => outcomeText(sample) === TOO_MANY))
    return { ...countedAsOne(situation, route), gates, evidence };
  const pass = passOnRoute(situation);
  const [, origin, path] = /^(https?:\/\/[^/]+)(\/.*)$/i.exec(pass?.args[0] ?? '') ?? [];
  if (pass === undefined || origin === undefined || path === undefined) {
    if (isForItsHost(situation, route)) return { ...hostNotPassed(situation, route), gates, evidence };
    return {
      ...{ id: 'refused-through-nginx', gates, evidence },
      cause: 'NGINX changes requests so that the replicas refuse them.',
      ...placed(situation, rewriteSpot(situation) ?? route.proxyPass, null),
      fix:
        'Compare what the app gets with what clients send: a `rewrite`, a header that is missing or changed, or more requests than ' +
        'it takes from one address.',
    };
  }
  const line = passTo(origin);
  return {
    ...{ id: 'path-rewritten', gates, evidence },
    cause:
      `${placeName(situation, route.proxyPass)} puts \`${path}\` in place of the part of the path that the location matches, and ` +
      'the replicas do not know the path that comes of it.',
    ...placed(situation, route.proxyPass, replacedBy(pass, line)),
    fix: `Leave the path out of proxy_pass (\`${line}\`): the replicas then get the path that the client asked for.`,
  };
};

/** The status for who sends too much (RFC 6585, section 4). */
const TOO_MANY = '429';

/** A limit for each client, of an app to which all clients look like one. */
function countedAsOne(situation: Case, route: Route): Omit<Diagnosis, 'gates' | 'evidence'> {
  return {
    id: 'app-limits-requests',
    cause:
      'The app takes only so many requests from one client, and all that come through NGINX come from one address: its own.',
    ...placed(situation, route.proxyPass, null),
    fix:
      'Let the app count by the address that NGINX passes on (`proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;`), and raise its ' +
      'limit for this run, whose traffic comes from one client (input app-env), or send less (input rate).',
  };
}

function rewriteSpot(situation: Case): Spot | null {
  const [rewrite] = inForceOnRoute(situation, 'rewrite');
  return rewrite === undefined ? null : spotOf(rewrite);
}

/** Every GET is refused, though NGINX changes nothing about it but its Host: to what `proxy_pass` names, where nothing else is said (`$proxy_host`). */
function isForItsHost(situation: Case, route: Route): boolean {
  const gets = calmRequests(situation).filter(({ sample }) => sample.method === 'GET');
  const refused = gets.every(
    ({ sample, scenario }) => clientError(sample, scenario.replicas) === 'refused' && outcomeText(sample) !== TOO_MANY,
  );
  const isPassed = route.proxySetHeaders.some(({ name }) => name.toLowerCase() === 'host');
  return refused && !isPassed && inForceOnRoute(situation, 'rewrite').length === 0;
}

function hostNotPassed(situation: Case, route: Route): Omit<Diagnosis, 'gates' | 'evidence'> {
  const line = 'proxy_set_header Host $host;';
  // What stands on an inner level makes NGINX forget those of the outer ones.
  const place = route.proxySetHeaders[0]?.spot ?? route.proxyPass;
  return {
    id: 'host-not-passed',
    cause:
      `NGINX asks the replicas for the host \`${route.upstream.name}\`, the name in proxy_pass at ` +
      `${placeName(situation, route.proxyPass)}, instead of the one that the client asked for, and they refuse it.`,
    ...placed(situation, place, { kind: 'insert-before', line: place.line, lines: [line] }),
    fix: `Add \`${line}\`; an app that refuses that too needs to be told of the hosts that it serves (input app-env).`,
  };
}

/** Copies of requests take turns of the rotation. */
export const mirrored: Rule = (situation) => {
  const gates = metricsOf(brokenGates(situation, 'coverage', 'excess'));
  const mirror = situation.nginx.route?.mirrors.find(({ goesElsewhere }) => !goesElsewhere);
  if (gates.length === 0 || mirror === undefined) return null;
  return {
    id: 'mirror',
    gates,
    cause:
      `${placeName(situation, mirror.spot)} sends a copy of each request to \`${mirror.uri}\`. A copy that goes to the same ` +
      'group takes a turn of its rotation, so the requests themselves go to every second server only.',
    evidence:
      'The copies do not show in NGINX’s access log; the requests are spread as if every other turn were taken.',
    ...placed(situation, mirror.spot, groupOfCopies(situation, mirror)),
    fix: 'Send the copies to an upstream group of their own (with a `zone` of its own), or make none (`mirror off;`).',
  };
};

/** Copies keep going where they went, by a group whose turns are its own; where that is not as plain, none are made. */
function groupOfCopies(situation: Case, { spot, route: copies }: Subrequest): readonly Change[] {
  const { route } = situation.nginx;
  const pass = copies === null ? null : passAt(situation, copies.proxyPass);
  const isPlain = route !== null && !route.upstream.implicit && copies?.proxyPass.line !== route.proxyPass.line;
  const lines = route?.upstream.servers.map((server) => lineTextOf(situation, server.spot.line).trim()) ?? [];
  if (!isPlain || pass === null || lines.some((line) => !/^server [^;{}]+;$/.test(line))) {
    return [{ kind: 'replace', line: spot.line, lines: ['mirror off;'] }];
  }
  const name = `${route.upstream.name}_copies`;
  const block = [`upstream ${name} {`, `    zone ${name} 64k;`, ...lines.map((line) => `    ${line}`), '}', ''];
  return [
    { kind: 'insert-before', line: route.upstream.spot.line, lines: block },
    replacedBy(pass, toGroup(pass, name)),
  ];
}
