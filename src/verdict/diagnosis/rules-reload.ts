import type { Route } from '../../cluster/nginx/route';
import type { Sample } from '../../traffic/sample';
import { canSpareConnections, closedAtReload } from '../excuses';
import { failures } from '../metrics-failover';
import { sinceRollout } from '../metrics-rollout';
import type { Case, Diagnosis, Rule } from './diagnosis';
import { errorGates, metricsOf } from './diagnosis';
import { placed, placeName } from './place';
import { brokenRollout, rolloutOf } from './rollout-case';
import { blamed } from './rules-process';
import { KEEPALIVE_MIN_TIMEOUT, timeOutLine } from './time-outs';
import { counted, inSeconds, were } from './wording';

/** Shorter than this a worker cannot even finish the requests that a calm service has under way, in milliseconds. */
const LEAST_SHUTDOWN_MS = 10_000;
/** Time that suffices for what is asked for in seconds. */
const USUAL_SHUTDOWN_SECONDS = 30;
/** A worker that `worker_shutdown_timeout` ends closes its connections at once; the news of it takes a moment. */
const CUT_SLACK_MS = 500;

/** What is the same, whatever it was that needed the reload. */
type Finding = Omit<Diagnosis, 'gates' | 'evidence'>;

/** A reload cuts off what the old workers have under way. */
export const workerShutdownTimeout: Rule = (situation) => {
  const { value, spot } = situation.nginx.shutdownTimeoutMs;
  const gates = metricsOf(errorGates(situation));
  // An idle connection is closed whatever time there is for those that are not.
  const cut = blamed(situation, 'lb-reload').filter(
    (sample) => sample.outcome.kind === 'transport' && !closedAtReload(sample),
  );
  if (spot === null || value === 0 || value >= LEAST_SHUTDOWN_MS || gates.length === 0 || cut.length === 0) return null;
  return { ...tooLittleTime(situation), gates, evidence: cutText(cut) };
};

/** Those of a rolling update do. */
export const cutByRolloutReload: Rule = (situation) => {
  const { evidence, rollout } = rolloutOf(situation);
  const gates = brokenRollout(situation, 'errors', 'unsafe-errors');
  const { value } = situation.nginx.shutdownTimeoutMs;
  if (evidence === null || rollout === null || gates.length === 0 || value === 0) return null;
  const reloads = rollout.steps.flatMap(({ drainAt, backAt }) => [drainAt, backAt].filter((at) => at !== null));
  // An idle connection is closed whatever time there is for those that are not.
  const cut = failures(sinceRollout(evidence), evidence).filter(
    (sample) =>
      !closedAtReload(sample) &&
      reloads.some((at) => sample.sentAt < at && Math.abs(sample.doneAt - (at + value)) < CUT_SLACK_MS),
  );
  const longest = Math.max(0, ...cut.map(({ delayMs }) => delayMs));
  if (cut.length === 0 || longest < value) return null;
  return { ...tooLittleTime(situation), gates, evidence: cutText(cut) };
};

function tooLittleTime(situation: Case): Finding {
  const { value, spot } = situation.nginx.shutdownTimeoutMs;
  const longest = Math.max(0, ...situation.scenarios.flatMap(({ samples }) => samples.map(({ delayMs }) => delayMs)));
  const line = `worker_shutdown_timeout ${Math.max(USUAL_SHUTDOWN_SECONDS, Math.ceil((2 * longest) / 1_000))}s;`;
  return {
    id: 'worker-shutdown-timeout',
    cause:
      `${spot === null ? 'worker_shutdown_timeout' : placeName(situation, spot)} gives workers that a reload replaces ${inSeconds(value)} to finish, ` +
      'and then cuts off whatever is still under way.',
    ...placed(situation, spot, spot === null ? null : { kind: 'replace', line: spot.line, lines: [line] }),
    fix: `Change it to \`${line}\`: longer than the longest request.`,
  };
}

function cutText(cut: readonly Sample[]): string {
  const longest = Math.max(...cut.map(({ delayMs }) => delayMs));
  const asked = longest === 0 ? '' : `, the longest asked for ${inSeconds(longest)}`;
  return `${counted(cut.length, 'request')} ${were(cut.length)} cut off by reloads${asked}, for example ${cut[0]?.method ?? ''} ${cut[0]?.id ?? ''}.`;
}

/** A reload closes connections on which clients are just about to send. */
export const keepaliveMinTimeout: Rule = (situation) => {
  const gates = metricsOf(errorGates(situation));
  // The loss of a name goes along with reloads.
  const closed = [...blamed(situation, 'lb-reload'), ...blamed(situation, 'dns')].filter(closedAtReload);
  return idleClosed(situation, gates, closed);
};

/** Those of a rolling update do. */
export const closedByRolloutReload: Rule = (situation) => {
  const { evidence } = rolloutOf(situation);
  const gates = brokenRollout(situation, 'errors', 'unsafe-errors');
  const failed = evidence === null ? [] : failures(sinceRollout(evidence), evidence);
  return idleClosed(
    situation,
    gates,
    failed.filter(({ outcome, proxy }) => outcome.kind === 'transport' && outcome.reusedConnection && proxy === null),
  );
};

function idleClosed(situation: Case, gates: readonly string[], closed: readonly Sample[]): Diagnosis | null {
  const { route } = situation.nginx;
  if (route === null || gates.length === 0 || closed.length === 0) return null;
  if (route.keepaliveMinTimeoutMs.value > 0 || !canSpareConnections(situation.nginx)) return null;
  const [first] = closed;
  return {
    ...tooLittlePatience(situation, route),
    gates,
    evidence: `${counted(closed.length, 'request')} met a connection that a reload had closed, for example ${first?.method ?? ''} ${first?.id ?? ''}.`,
  };
}

function tooLittlePatience(situation: Case, { location, proxyPass }: Route): Finding {
  const line = timeOutLine(KEEPALIVE_MIN_TIMEOUT);
  return {
    id: 'keepalive-min-timeout',
    cause:
      `${placeName(situation, location)} sets no keepalive_min_timeout, so at a reload NGINX closes kept connections at once, ` +
      'also one on which a client is just sending; a POST is lost then.',
    ...placed(situation, proxyPass, { kind: 'insert-after', line: proxyPass.line, lines: [line] }),
    fix: `Add \`${line}\` beside the proxy_pass at ${placeName(situation, proxyPass)}, or around it.`,
  };
}
