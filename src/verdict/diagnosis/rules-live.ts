import type { Complaint } from '../../traffic/error-log';
import { allRequests, attemptsOf, metNobody, type SeenAttempt } from './calm';
import { complaintsOf, complaintText } from './complaints';
import type { Case, Diagnosis, Rule } from './diagnosis';
import { brokenGates, metricsOf } from './diagnosis';
import { lastWordsOf } from './last-words';
import { placed, placeName } from './place';
import { counted } from './wording';
import { serversRewritten } from './written';

/** What NGINX wrote of single attempts, and so not that there is nobody left. */
const TELLING = /^(?!no live upstreams)/;

/** All servers were set aside at once, or busy. */
export const noLiveUpstreams: Rule = (situation) => {
  const upstream = situation.nginx.route?.upstream;
  const gates = brokenGates(situation, 'errors', 'unsafe-errors');
  if (upstream === undefined || gates.length === 0) return null;
  const foundNobody = metNobody(situation);
  const refused = allRequests(situation).filter(({ sample }) => foundNobody(sample));
  if (refused.length === 0) return null;
  const evidence = `${counted(refused.length, 'request')} met no live upstream, the first ${refused[0]?.sample.id ?? ''}.`;
  const limited = upstream.servers.filter(({ maxConns }) => maxConns > 0);
  const [first] = limited;
  if (first !== undefined) {
    return {
      id: 'max-conns',
      gates: metricsOf(gates),
      cause:
        `${placeName(situation, first.spot)} lets a server have ${counted(first.maxConns, 'request')} at a time (\`max_conns\`); with every ` +
        'server at its limit NGINX answers 502, it keeps no queue.',
      evidence,
      ...placed(
        situation,
        first.spot,
        serversRewritten(situation, limited, (text) => text.replace(/\s+max_conns=\d+/g, '')),
      ),
      fix: 'Leave max_conns out, or set it above what all users together have under way.',
    };
  }
  const failed = attemptsOf(allRequests(situation)).filter(
    ({ attempt, replica, scenario }) => (attempt.status ?? 0) >= 500 && replica !== scenario.fault?.victim,
  );
  const complaints = complaintsOf(situation.scenarios, TELLING);
  return {
    id: 'no-live-upstreams',
    // Who is set aside from the first, serves nothing.
    gates: metricsOf([...gates, ...brokenGates(situation, 'coverage')]),
    cause: `NGINX had set aside every server of upstream ${upstream.name} at once, and answered 502 without asking any.`,
    evidence: evidence + complaintText(complaints) + lastWordsOf(failed).quoted,
    ...failurePlace(situation, failed),
    fix: onFailures(situation, failed, complaints),
  };
};

/** Words of proxy_next_upstream by which answers that replicas gave count as their failures. */
function countedAnswers({ nginx: { route } }: Case, failed: readonly SeenAttempt[]): readonly string[] {
  const answers = new Set(failed.map(({ attempt }) => `http_${attempt.status ?? ''}`));
  return route?.nextUpstream.value.filter((word) => answers.has(word)) ?? [];
}

/** The line that makes failures of answers; otherwise the group that was set aside. */
function failurePlace(situation: Case, failed: readonly SeenAttempt[]): Pick<Diagnosis, 'file' | 'line' | 'diff'> {
  const { route } = situation.nginx;
  const words = countedAnswers(situation, failed);
  const spot = route?.nextUpstream.spot ?? null;
  if (words.length === 0 || spot === null) return placed(situation, route?.upstream.spot ?? null, null);
  const kept = route?.nextUpstream.value.filter((word) => !words.includes(word)) ?? [];
  const line = kept.length === 0 ? [] : [`proxy_next_upstream ${kept.join(' ')};`];
  return placed(situation, spot, { kind: 'replace', line: spot.line, lines: line });
}

/** What made NGINX set replicas aside that nobody broke. */
function onFailures(situation: Case, failed: readonly SeenAttempt[], complaints: readonly Complaint[]): string {
  const { route } = situation.nginx;
  const words = countedAnswers(situation, failed);
  if (words.length > 0) {
    return (
      `Take \`${words.join(' ')}\` out of proxy_next_upstream: with it each such answer counts as a failure of its server, and a ` +
      'request that gets it everywhere sets all of them aside.'
    );
  }
  const quick = route?.upstream.servers.some(({ maxFails }) => maxFails === 1) === true;
  return quick
    ? 'Use `max_fails=2 fail_timeout=3s` on every server line, so that one bad request cannot set a replica aside, nor for long.'
    : `Look for the cause in ${complaints.length === 0 ? '' : 'what NGINX wrote, and in '}the app: ${counted(failed.length, 'attempt')} failed on replicas that nobody broke.`;
}
