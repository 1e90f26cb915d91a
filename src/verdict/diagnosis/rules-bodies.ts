import { asWritten } from '../../cluster/nginx/journey';
import { clientError, waitedMs } from '../../traffic/attribution';
import { attemptsOf, calmRequests, longestWait } from './calm';
import type { Rule } from './diagnosis';
import { brokenGates, metricsOf } from './diagnosis';
import { placed, placeName } from './place';
import { counted, inSeconds } from './wording';
import { inForceOnRoute } from './written';

/** So long after a replica that nobody broke has answered, the answer is held up on its way, in milliseconds. */
const HELD_UP_MS = 1_000;
/** Either by itself; the argument is bytes a second, and 0 is no limit (ngx_http_core_module, ngx_http_proxy_module). */
const RATES = ['limit_rate', 'proxy_limit_rate'];

/** NGINX hands on answers more slowly than clients can wait. */
export const limitRate: Rule = (situation) => {
  const gates = metricsOf(brokenGates(situation, 'errors', 'unsafe-errors', 'stall', 'recover'));
  const directive = RATES.flatMap((name) => inForceOnRoute(situation, name)).find(({ args }) => args[0] !== '0');
  const late = attemptsOf(calmRequests(situation)).filter(({ sample, attempt: { headerMs, responseMs } }) => {
    // What NGINX reads from a replica no faster than that, it has not read before; what it only sends no faster, it has.
    const givenMs = directive?.name === 'limit_rate' ? (responseMs ?? headerMs) : headerMs;
    return headerMs !== null && givenMs !== null && waitedMs(sample) - givenMs > HELD_UP_MS;
  });
  const worst = longestWait(late);
  if (gates.length === 0 || directive === undefined || worst === null) return null;
  const isBare = /^\d+$/.test(directive.args[0] ?? '');
  const line = `${directive.name} ${isBare ? `${directive.args[0] ?? ''}k` : '0'};`;
  return {
    id: 'limit-rate',
    gates,
    cause:
      `${asWritten(directive)} at ${placeName(situation, directive)} lets each answer pass at that many bytes a ` +
      'second: replicas answer at once, and their clients wait for the rest.',
    evidence:
      `With nothing broken ${counted(late.length, 'answer')} began in time and took long to end: ${worst.sample.id} began after ` +
      `${Math.round(worst.attempt.headerMs ?? 0)} ms, and took ${inSeconds(waitedMs(worst.sample))} in all.`,
    ...placed(situation, directive, { kind: 'replace', line: directive.line, lines: [line] }),
    fix: isBare
      ? `A number alone means bytes: \`${line}\` allows as many kilobytes. Or take it out.`
      : `Take it out of this location (\`${line}\`), or allow what the largest answer needs.`,
  };
};

/** NGINX keeps the bodies of requests to itself, and replicas wait for them. */
export const bodyNotPassed: Rule = (situation) => {
  const gates = metricsOf(brokenGates(situation, 'errors', 'unsafe-errors', 'stall', 'recover'));
  const directive = inForceOnRoute(situation, 'proxy_pass_request_body').find(({ args }) => args[0] === 'off');
  const calm = calmRequests(situation);
  const failed = calm.filter(
    ({ sample, scenario }) => sample.method === 'POST' && clientError(sample, scenario.replicas) !== null,
  );
  if (gates.length === 0 || directive === undefined || failed.length === 0) return null;
  const line = 'proxy_pass_request_body on;';
  return {
    id: 'body-not-passed',
    gates,
    cause:
      `\`proxy_pass_request_body off\` at ${placeName(situation, directive)} keeps request bodies from the replicas, while the header still ` +
      'announces one (Content-Length): the app waits for it, or takes the next request for it.',
    evidence: `With nothing broken ${counted(failed.length, 'POST')} failed, the first ${failed[0]?.sample.id ?? ''}.`,
    ...placed(situation, directive, { kind: 'replace', line: directive.line, lines: [line] }),
    fix: `Change it to \`${line}\`, NGINX’s own default; \`off\` belongs where \`auth_request\` asks for permission.`,
  };
};
