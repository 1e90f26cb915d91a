import type { ScenarioEvidence } from '../../checks/evidence';
import { askableNames } from '../../cluster/nginx/listen';
import type { Spot } from '../../cluster/nginx/spot';
import type { Directive } from '../../cluster/nginx/syntax';
import type { ReplicaPlace } from '../../traffic/attribution';
import { clientError, isIdempotent, replicaAt, waitedMs } from '../../traffic/attribution';
import type { Sample } from '../../traffic/sample';
import { excusesOf } from '../excuses';
import type { GateResult } from '../judgement';
import { allRequests, answeredByNginx, calmRequests, longestWait, outcomeText, type Seen } from './calm';
import { complaintsOf, complaintText } from './complaints';
import type { Case, Diagnosis, Rule } from './diagnosis';
import { brokenGates, metricsOf } from './diagnosis';
import { NOWHERE, placed, placeName } from './place';
import { counted, inSeconds, listed } from './wording';
import { writtenDirectives } from './written';

/** Names of servers, or paths, that a fix tells. */
const MOST_NAMES = 3;
/** `ngx_http_upstream_resolve_handler`, src/http/ngx_http_upstream.c. */
const UNRESOLVED = /could not be resolved/;

/** With nothing broken NGINX answered by itself, or sent the request to somebody else. */
export const noReplicaAnswered: Rule = (situation) => strangeAnswers(situation, calmRequests(situation));

/** It did so once something was broken; most often there is a better reason. */
export const noReplicaAnsweredThen: Rule = (situation) => strangeAnswers(situation, allRequests(situation));

function strangeAnswers(situation: Case, requests: readonly Seen[]): Diagnosis | null {
  const strange = requests.filter(isStrange);
  const unsafe = strange.some(({ sample }) => !isIdempotent(sample)) ? ['unsafe-errors'] : [];
  const gates = brokenGates(situation, 'errors', ...unsafe);
  const first = strange[0]?.sample;
  if (gates.length === 0 || first === undefined) return null;
  const { routeProblem, routeProblemSpot } = situation.nginx;
  const by = first.proxy?.attempts.at(-1)?.address;
  const isRiddle = by === undefined && routeProblem === null;
  const returned = isRiddle ? returnOf(situation, outcomeText(first)) : undefined;
  const served = isRiddle && returned === undefined ? filesFirst(situation, first) : undefined;
  return {
    id: by === undefined ? 'no-replica-answered' : 'wrong-upstream',
    // What goes elsewhere no replica serves.
    gates: metricsOf([...gates, ...brokenGates(situation, 'coverage', 'excess')]),
    cause:
      (by !== undefined
        ? `NGINX sent the request to ${by}, which is no replica of this cluster`
        : routeProblem === null
          ? `NGINX answered by itself${said(situation, returned ?? served)}; no replica saw the request`
          : 'No replica saw the request') + (routeProblem === null ? '.' : `: ${routeProblem}.`),
    evidence:
      `${counted(strange.length, 'answer')} came from no replica, for example ${first.id} with status ${outcomeText(first)}.` +
      // Where it is known which line answers, what NGINX complains of is another matter.
      complaintText(complaintsOf(situation.scenarios, (returned ?? routeProblem) ? UNRESOLVED : undefined)),
    ...(situation.nginx.behindTls === null
      ? placed(situation, returned ?? served ?? routeProblemSpot, null)
      : listensWithoutTls(situation, situation.nginx.behindTls)),
    fix:
      served === undefined
        ? wayToReplicas(situation, returned)
        : 'The image of NGINX has a file for that path, such as its welcome page: ask for a path that is no file (input probe-path), or give an image with the files ' +
          'that production has (input nginx-image).',
  };
}

/** The directive that makes NGINX answer, in words. */
function said(situation: Case, directive: Directive | undefined): string {
  return directive === undefined
    ? ''
    : `, as \`${directive.name} ${directive.args.join(' ')}\` at ${placeName(situation, directive)} says`;
}

/** The `try_files` by which NGINX answered with a file. */
function filesFirst(situation: Case, { outcome }: Sample): Directive | undefined {
  const isServed = outcome.kind === 'answered' && outcome.status === 200;
  return isServed ? writtenDirectives(situation).find(({ name }) => name === 'try_files') : undefined;
}

/** For tests of servers that are reached by TLS in production: a port that nobody publishes does no harm there. */
function listensWithoutTls(situation: Case, spot: Spot): Pick<Diagnosis, 'file' | 'line' | 'diff'> {
  return placed(situation, spot, { kind: 'insert-after', line: spot.line, lines: [plainListen(situation)] });
}

/** Usual ports of plain HTTP beside 80. */
const PLAIN_PORTS = [8080, 8000, 8081];

function plainListen({ nginx: { servers } }: Case): string {
  const taken = new Set(servers.flatMap(({ listens }) => listens.map(({ port }) => port)));
  return `listen ${PLAIN_PORTS.find((port) => !taken.has(port)) ?? 8082};`;
}

function wayToReplicas(situation: Case, returned: Directive | undefined): string {
  const { scenarios, nginx } = situation;
  const { otherHosts, otherPaths, behindTls, routeProblemSpot } = nginx;
  if (behindTls !== null) {
    return (
      `Requests of this action are plain HTTP, and the server that asks the replicas (${placeName(situation, behindTls)}) takes TLS alone: let it listen on ` +
      `a port without TLS as well, where it is asked then (\`${plainListen(situation)}\`).`
    );
  }
  const condition = returned === undefined ? null : conditionOf(situation, returned);
  if (condition?.input === 'host') {
    const names = namesText(condition.names);
    return `Ask for a name that it lets through (input host)${names === '' ? '' : `: ${names}`}.`;
  }
  if (condition?.input === null) {
    return (
      'Requests of this action are plain HTTP: let it go by what a proxy in front says (`$http_x_forwarded_proto`, input request-headers), or leave it ' +
      'out of the file that is tested.'
    );
  }
  if (condition?.input === 'request-headers') {
    return `Let requests carry the header that it looks at (input request-headers): \`${condition.header}\`.`;
  }
  if (otherHosts.length > 0) {
    return `Ask for a name whose server hands requests to the replicas (input host): ${namesText(otherHosts)}.`;
  }
  if (complaintsOf(scenarios, UNRESOLVED).length > 0) {
    return 'Let `resolver` name a server that knows the replicas’ names (Docker’s own is 127.0.0.11), or name an upstream group in proxy_pass.';
  }
  if (otherPaths.length > 0) {
    return `Ask for a path that goes to the replicas (input probe-path): ${namesText(otherPaths)}, or one below it that they serve.`;
  }
  if (routeProblemSpot !== null && routeProblemSpot.file !== situation.config.containerPath) {
    return (
      `What answers stands in ${routeProblemSpot.file} of the image: give the file with the server that asks the replicas (input nginx-config), or an ` +
      'image that holds it (input nginx-image).'
    );
  }
  return returned !== undefined
    ? 'Take it out for GET and POST of the input probe-path, or give a path that the replicas serve.'
    : 'Ask for a path that goes to the replicas (input probe-path), or send this one there with proxy_pass.';
}

function namesText(names: readonly string[]): string {
  return listed(names.slice(0, MOST_NAMES).map((name) => `\`${name}\``));
}

/** What an `if` around a `return` makes it depend on, and the input that can give it. */
type Condition =
  | { readonly input: 'host'; readonly names: readonly string[] }
  | { readonly input: 'request-headers'; readonly header: string }
  /** Whether it comes by TLS, which none of them can give. */
  | { readonly input: null };

function conditionOf(situation: Case, { start, end }: Directive): Condition | null {
  const around = writtenDirectives(situation).filter((one) => one.start < start && end <= one.end);
  const { nginx, config } = situation;
  const words = around.find(({ name }) => name === 'if')?.args.join(' ') ?? '';
  if (/\$(?:http_)?host\b/.test(words)) {
    const line = around.findLast(({ name }) => name === 'server')?.line;
    const server = nginx.servers.find(({ spot }) => spot.file === config.containerPath && spot.line === line);
    return { input: 'host', names: server === undefined ? [] : askableNames(server) };
  }
  if (/\$(?:scheme|https|ssl_protocol)\b/.test(words)) return { input: null };
  if (/\$invalid_referer\b/.test(words)) return { input: 'request-headers', header: acceptedReferer(situation) };
  const header = /\$http_(\w+)/.exec(words)?.[1];
  if (header === undefined) return null;
  const name = header.replace(
    /(^|_)([a-z])/g,
    (_, before: string, letter: string) => `${before === '' ? '' : '-'}${letter.toUpperCase()}`,
  );
  const wanted = /!=\s*"?([\w./-]+)/.exec(words)?.[1];
  return { input: 'request-headers', header: wanted === undefined ? name : `${name}: ${wanted}` };
}

/** A name that `valid_referers` lets through (ngx_http_referer_module: a host, or one with a `*` at its beginning or end), as the header has it. */
function acceptedReferer(situation: Case): string {
  const name = writtenDirectives(situation)
    .filter((one) => one.name === 'valid_referers')
    .flatMap(({ args }) => args)
    .find((arg) => /^[\w*-]+(\.[\w*-]+)+$/.test(arg));
  return name === undefined ? 'Referer' : `Referer: https://${name.replace(/^\*/, 'www').replace(/\*$/, 'com')}/`;
}

/** The one `return` of the file that answers with this status; undefined: there is none, or several. */
function returnOf(situation: Case, status: string): Directive | undefined {
  const returns = writtenDirectives(situation).filter(({ name, args }) => name === 'return' && args[0] === status);
  return returns.length === 1 ? returns[0] : undefined;
}

/** Told only where the gate on it merely warns: else it makes the run inconclusive, for a reason of its own. */
export const generatorLate: Rule = (situation) => {
  const [gate] = brokenGates(situation, 'load.lag');
  if (gate === undefined) return null;
  return {
    id: 'generator-late',
    gates: [gate.metric],
    cause: 'This machine did not let the load generator send its requests on time.',
    evidence: `Of ${counted(gate.samples, 'request')} one in a hundred was sent ${Math.round(gate.observed ?? 0)} ms late, or later.`,
    ...NOWHERE,
    fix: 'Run the job again; if it stays so, on a runner with more processors or less other work, or with a lower input rate.',
  };
};

/** What is left when no rule knows the mistake: the numbers, so that nobody has to open a log. */
export function unexplained(situation: Case, gate: GateResult): Diagnosis {
  const scenario = situation.scenarios.find((one) => one.name === gate.scenario);
  const worst = scenario === undefined ? null : worstRequest(scenario, situation);
  return {
    id: 'unexplained',
    gates: [gate.metric],
    cause: `No known mistake explains ${gate.metric}${gate.reason === null ? '' : ` (${gate.reason})`}.`,
    evidence:
      (worst === null ? 'No single request stands out.' : describeRequest(worst, scenario?.replicas ?? [])) +
      complaintText(complaintsOf(scenario === undefined ? [] : [scenario])),
    ...NOWHERE,
    fix: 'Look at the requests listed for this scenario in report.json: each with every attempt of NGINX.',
  };
}

function isStrange({ sample, scenario }: Seen): boolean {
  const error = clientError(sample, scenario.replicas);
  // In place of a replica that failed it is another story: why no other replica was asked.
  const asked = sample.proxy?.attempts.some(({ address }) => replicaAt(address, scenario.replicas) !== null) === true;
  if (error === 'no-replica') return !asked;
  return error === 'stranger' || (error === 'server-error' && answeredByNginx(sample));
}

/** Of the failed requests that no excuse covers, or else of all, the one that waited longest. */
function worstRequest(evidence: ScenarioEvidence, { nginx }: Case): Sample | null {
  const { samples, replicas } = evidence;
  const excuses = excusesOf(evidence, nginx);
  const failed = samples.filter((sample) => clientError(sample, replicas) !== null && !excuses.has(sample));
  const pool = failed.length > 0 ? failed : samples;
  return longestWait(pool.map((sample) => ({ sample })))?.sample ?? null;
}

function describeRequest(sample: Sample, replicas: readonly ReplicaPlace[]): string {
  const attempts = (sample.proxy?.attempts ?? []).map(
    (attempt) =>
      `${replicaAt(attempt.address, replicas) ?? attempt.address} → ${attempt.status ?? 'nothing'} after ${inSeconds(attempt.responseMs ?? 0)}`,
  );
  return (
    `The worst request, ${sample.method} ${sample.id}, waited ${inSeconds(waitedMs(sample))} and got ${outcomeText(sample)}; ` +
    `NGINX's attempts: ${attempts.length === 0 ? 'none logged' : attempts.join(', ')}.`
  );
}
