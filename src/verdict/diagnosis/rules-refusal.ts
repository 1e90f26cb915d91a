import { asWritten } from '../../cluster/nginx/journey';
import type { Route } from '../../cluster/nginx/model';
import type { Directive } from '../../cluster/nginx/syntax';
import { waitedMs } from '../../traffic/attribution';
import type { Attempt } from '../../traffic/sample';
import { allRequests, answeredByNginx, longestWait, outcomeText, type Seen } from './calm';
import { complaintsOf, complaintText } from './complaints';
import type { Case, Diagnosis, Rule } from './diagnosis';
import { brokenGates, metricsOf } from './diagnosis';
import type { Change } from './diff';
import { placed, placeName } from './place';
import { CONNECT_TIMEOUT, READ_TIMEOUT, timeOutLine } from './time-outs';
import { counted, inSeconds, listed } from './wording';
import { inForceOnRoute, levelsAtRoute, replacedBy, writtenDirectives } from './written';

/** A directive that makes NGINX turn requests away by itself. */
interface Refusal {
  readonly id: string;
  /** Those of them in force where the probed path is answered. */
  readonly directives: (situation: Case) => readonly Directive[];
  /** Statuses with which it turns requests away. */
  readonly statuses: (situation: Case) => readonly number[];
  /** It also lets requests wait in NGINX for their turn. */
  readonly holdsUp?: (directive: Directive) => boolean;
  /** What it does, to stand behind its name. */
  readonly cause: string | ((situation: Case, directive: Directive) => string);
  readonly fix: string | ((directive: Directive) => string);
  readonly changes: (situation: Case, directive: Directive, refused: readonly Seen[]) => readonly Change[];
}

/** How the requests of a run get past what keeps clients out. */
const LETS_IN: Readonly<Record<string, string>> = {
  limit_except: 'Allow POST there; where reading alone is meant, ask for a path that takes POSTs (input probe-path).',
  deny: 'Requests of a run come from a private network of Docker: allow its addresses in the file that is tested, or ask for a path that is open (input probe-path).',
  auth_basic:
    'Let requests bring the password (input request-headers: `Authorization: Basic …`), or ask for a path that is open (input probe-path).',
};

/** So long in NGINX's hands and in no replica's is no accident, in milliseconds. */
const HELD_UP_MS = 1_000;

const REFUSALS: readonly Refusal[] = [
  {
    id: 'limit-req',
    directives: (situation) => inForceOnRoute(situation, 'limit_req'),
    statuses: (situation) => [statusOf(situation, 'limit_req_status', 503)],
    // ngx_http_limit_req_module: a burst waits for its turn, unless it says otherwise.
    holdsUp: ({ args }) => args.some((arg) => arg.startsWith('burst=')) && !args.includes('nodelay'),
    cause: (situation, directive) =>
      `lets through ${rateText(zoneOf(situation, directive))} of each client, or of whatever else its zone counts by; the others wait in NGINX for their ` +
      'turn, or are turned away',
    fix:
      'Allow a rate and a burst (`nodelay`) that real traffic stays below. Where the limit is right for one client, send less than it allows: the test ' +
      'traffic comes from one address, as much as the input rate says.',
    changes: widerRate,
  },
  {
    id: 'limit-conn',
    directives: (situation) => inForceOnRoute(situation, 'limit_conn'),
    statuses: (situation) => [statusOf(situation, 'limit_conn_status', 503)],
    cause: (_situation, { args }) =>
      `lets ${counted(Number(args[1] ?? 0), 'request')} be under way at a time for each client, or for whatever else its zone counts by, and turns the ` +
      'others away',
    fix:
      'Allow more at a time: several users, or all the connections of one browser, may share an address, and while a replica hangs ' +
      'requests are under way for as long as NGINX waits for it.',
    changes: (situation, directive) =>
      replaced(situation, directive, /\s\d+\s*;/, ` ${Math.max(100, 10 * Number(directive.args[1] ?? 0))};`),
  },
  {
    id: 'body-limit',
    directives: (situation) => inForceOnRoute(situation, 'client_max_body_size'),
    statuses: () => [413],
    cause: 'is smaller than the body of a request, so NGINX answers 413 and no replica sees it',
    fix: 'Allow the largest body that the app is meant to take; NGINX’s own default is 1m.',
    changes: (situation, directive) =>
      replaced(situation, directive, /client_max_body_size\s+[^;]+;/, 'client_max_body_size 1m;'),
  },
  {
    id: 'access-denied',
    directives: accessDirectives,
    statuses: () => [401, 403],
    cause: (_situation, { name, args }) =>
      name === 'limit_except' ? `turns away every method but ${listed(args)}` : 'keeps clients out',
    fix: ({ name }) => LETS_IN[name] ?? '',
    changes: (situation, directive) =>
      directive.name === 'limit_except' && directive.args.length > 0
        ? replaced(
            situation,
            directive,
            /limit_except\s+[^{]+\{/,
            `limit_except ${[...directive.args, 'POST'].join(' ')} {`,
          )
        : [],
  },
  {
    id: 'auth-request',
    directives: (situation) => inForceOnRoute(situation, 'auth_request'),
    statuses: () => [401, 403, 500],
    cause: 'asks somebody else first whether each request may pass, and without an answer NGINX passes none',
    fix: 'Let the authorisation be served by an upstream of several servers, with the time-outs and retries of the app’s own.',
    changes: () => [],
  },
];

/** Rules for requests that NGINX turns away by itself because a directive says so. */
export const REFUSAL_RULES: readonly Rule[] = REFUSALS.map((refusal) => (situation) => refused(situation, refusal));

function refused(situation: Case, refusal: Refusal): Diagnosis | null {
  const directive = refusal.directives(situation)[0];
  if (directive === undefined) return null;
  const statuses = refusal.statuses(situation);
  const turnedAway = allRequests(situation).filter(
    ({ sample }) => answeredByNginx(sample) && statuses.some((status) => outcomeText(sample) === String(status)),
  );
  const heldUp = refusal.holdsUp?.(directive) === true ? allRequests(situation).filter(isHeldUp) : [];
  const errors = turnedAway.length === 0 ? [] : brokenGates(situation, 'errors', 'unsafe-errors');
  const waits = heldUp.length === 0 ? [] : brokenGates(situation, 'stall', 'recover');
  if (errors.length + waits.length === 0) return null;
  const does = typeof refusal.cause === 'string' ? refusal.cause : refusal.cause(situation, directive);
  return {
    id: refusal.id,
    // Whom NGINX turns away no replica serves.
    gates: metricsOf([...errors, ...waits, ...(errors.length > 0 ? brokenGates(situation, 'coverage', 'excess') : [])]),
    cause: `${asWritten(directive)} at ${placeName(situation, directive)} ${does}.`,
    evidence: [...turnedAwayText(turnedAway), ...heldUpText(heldUp)].join(' '),
    ...placed(situation, directive, refusal.changes(situation, directive, [...turnedAway, ...heldUp])),
    fix: typeof refusal.fix === 'string' ? refusal.fix : refusal.fix(directive),
  };
}

/** Nobody gets in: the passwords are in a file that NGINX does not find (403, `ngx_http_auth_basic_handler` in src/http/modules). */
export const passwordsMissing: Rule = (situation) => {
  const directive = inForceOnRoute(situation, 'auth_basic_user_file').at(-1);
  const file = directive?.args[0] ?? '';
  const gates = brokenGates(situation, 'errors', 'unsafe-errors', 'coverage', 'excess');
  const missing = complaintsOf(situation.scenarios, /^open\(\) "[^"]*" failed/).filter(({ message }) =>
    message.includes(file),
  );
  if (directive === undefined || gates.length === 0 || missing.length === 0) return null;
  return {
    id: 'passwords-missing',
    gates: metricsOf(gates),
    cause: `The file of passwords that ${placeName(situation, directive)} names is not in the image of NGINX, so nobody is let in, whatever they say.`,
    evidence: complaintText(missing).trim(),
    ...placed(situation, directive, null),
    fix: `Give an image that has ${file} (input nginx-image): NGINX gets nothing else of the repository than the input nginx-config.`,
  };
};

/** Clients wait for the answer to a question that comes before their request. */
export const askedFirst: Rule = (situation) => {
  const { route } = situation.nginx;
  const asked = route?.authRequest ?? null;
  const gates = metricsOf(brokenGates(situation, 'stall', 'recover'));
  const heldUp = allRequests(situation).filter(isHeldUp);
  if (route === null || asked === null || gates.length === 0 || heldUp.length === 0) return null;
  const whom = asked.goesElsewhere ? 'another server' : 'the same group of replicas';
  const changes = asked.route === null ? [] : lessPatience(asked.route, route);
  const lines = changes.flatMap(({ lines: some }) => some).map((line) => `\`${line}\``);
  const place = changes.length === 0 ? asked.spot : (asked.route?.proxyPass ?? asked.spot);
  return {
    id: 'auth-request-waits',
    gates,
    cause:
      `\`auth_request\` at ${placeName(situation, asked.spot)} asks ${whom} first whether a request may pass, so a client waits for two answers, ` +
      'one after the other, and for the time-outs of both.',
    evidence: heldUpText(heldUp).join(' '),
    ...placed(situation, place, changes),
    fix:
      lines.length === 0
        ? 'Shorten the time-outs of the question or of the request: together they have to stay below what the gate allows.'
        : `Give the question less time than the request has: ${lines.join(' and ')}.`,
  };
};

/** Time for a question, beside the five seconds that a request may have of the six that the standard gate allows, in milliseconds. */
const QUESTION_TIMES = [
  { suggestion: CONNECT_TIMEOUT, terms: (route: Route) => route.connectTimeoutMs },
  { suggestion: { ...READ_TIMEOUT, ms: 2_000 }, terms: (route: Route) => route.readTimeoutMs },
];

/** What the question has of its own is changed; what it has in common with the request stays, and is said anew where the question goes. */
function lessPatience(question: Route, request: Route): readonly Change[] {
  if (question.proxyPass.line === request.proxyPass.line) return [];
  const long = QUESTION_TIMES.flatMap(({ suggestion, terms }) => {
    const { value, spot } = terms(question);
    const own = spot !== null && spot.line !== terms(request).spot?.line ? spot : null;
    return value > suggestion.ms ? [{ own, line: timeOutLine(suggestion) }] : [];
  });
  const missing = long.filter(({ own }) => own === null).map(({ line }) => line);
  return [
    ...long.flatMap(({ own, line }): readonly Change[] =>
      own === null ? [] : [{ kind: 'replace', line: own.line, lines: [line] }],
    ),
    { kind: 'insert-after', line: question.proxyPass.line, lines: missing },
  ];
}

/** That NGINX answered these requests by itself; empty: there are none. */
export function turnedAwayText(turnedAway: readonly Seen[]): readonly string[] {
  const [first] = turnedAway;
  if (first === undefined) return [];
  return [
    `NGINX answered ${counted(turnedAway.length, 'request')} by itself, no replica saw ${turnedAway.length === 1 ? 'it' : 'them'}: for example ` +
      `${first.sample.method} ${first.sample.id} got ${outcomeText(first.sample)}.`,
  ];
}

/** Requests that NGINX held up; empty: there are none. */
export function heldUpText(heldUp: readonly Seen[]): readonly string[] {
  const worst = longestWait(heldUp);
  if (worst === null) return [];
  const { id, proxy } = worst.sample;
  return [
    `${counted(heldUp.length, 'request')} waited in NGINX before a replica was asked: ${id} for ${inSeconds(waitedMs(worst.sample))}, of which ` +
      `replicas took ${inSeconds(replicasTookMs(proxy?.attempts ?? []))}.`,
  ];
}

/** NGINX had the request for long, and replicas had it for little of that. */
export function isHeldUp({ sample: { proxy } }: Seen): boolean {
  return proxy !== null && proxy.attempts.length > 0 && proxy.requestMs - replicasTookMs(proxy.attempts) > HELD_UP_MS;
}

function replicasTookMs(attempts: readonly Attempt[]): number {
  return attempts.reduce((sum, { responseMs }) => sum + (responseMs ?? 0), 0);
}

function statusOf(situation: Case, name: string, byDefault: number): number {
  return Number(inForceOnRoute(situation, name).at(-1)?.args[0] ?? byDefault);
}

/** `allow` and `deny` come together; what `limit_except` denies is not inherited by anything. */
function accessDirectives(situation: Case): readonly Directive[] {
  const exceptions = (levelsAtRoute(situation)[0] ?? []).filter(({ name }) => name === 'limit_except');
  const denying = inForceOnRoute(situation, 'deny');
  const password = inForceOnRoute(situation, 'auth_basic').filter(({ args }) => args[0] !== 'off');
  return [...exceptions, ...denying, ...password];
}

/** The definition of the zone that a `limit_req` goes by; undefined: it stands in another file. */
function zoneOf(situation: Case, { args }: Directive): Directive | undefined {
  const zone = args.find((arg) => arg.startsWith('zone='))?.slice('zone='.length);
  return writtenDirectives(situation).find(
    ({ name, args: own }) => name === 'limit_req_zone' && own.some((arg) => arg.startsWith(`zone=${zone ?? ''}:`)),
  );
}

/** `5 requests a second`. */
function rateText(zone: Directive | undefined): string {
  const [, number, unit] = /^rate=(\d+)r\/([sm])$/.exec(zone?.args.find((arg) => arg.startsWith('rate=')) ?? '') ?? [];
  if (number === undefined) return 'only so many requests a second';
  return `${counted(Number(number), 'request')} a ${unit === 'm' ? 'minute' : 'second'}`;
}

/** Ten times the rate that the test sends, in the zone's definition; and a burst, or two requests at once are one too many. */
function widerRate(situation: Case, directive: Directive, turnedAway: readonly Seen[]): readonly Change[] {
  const definition = zoneOf(situation, directive);
  const rate = Math.max(100, ...turnedAway.map(({ scenario }) => rateOf(scenario.samples.length, scenario)));
  const kept = directive.args.filter((arg) => !/^(burst=\d+|nodelay|delay=\d+)$/.test(arg));
  return [
    ...(definition === undefined ? [] : replaced(situation, definition, /rate=\S+?(?=[\s;])/, `rate=${10 * rate}r/s`)),
    replacedBy(directive, `${directive.name} ${[...kept, `burst=${2 * rate}`, 'nodelay'].join(' ')};`),
  ];
}

function rateOf(requests: number, { startedAt, endedAt }: Seen['scenario']): number {
  return Math.ceil(requests / Math.max(1, (endedAt - startedAt) / 1000) / 100) * 100;
}

/** Of a block only what opens it. */
function replaced({ config }: Case, directive: Directive, part: RegExp, by: string): readonly Change[] {
  const end = directive.blockStart ?? directive.end;
  const text = config.text.slice(directive.start, end);
  return part.test(text) ? [replacedBy({ ...directive, end }, text.replace(part, by))] : [];
}
