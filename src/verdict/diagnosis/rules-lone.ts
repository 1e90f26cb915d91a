import type { LoneReplica } from '../../cluster/nginx/model';
import type { Spot } from '../../cluster/nginx/spot';
import { clientError } from '../../traffic/attribution';
import { aloneIn } from '../metrics-alone';
import { allRequests, attemptsOf, type SeenAttempt } from './calm';
import type { Case, Diagnosis, Rule } from './diagnosis';
import { aloneGates, brokenGates, errorGates, metricsOf } from './diagnosis';
import type { Change } from './diff';
import { placed, placeName } from './place';
import { counted } from './wording';
import { passAt, toGroup } from './proxy-pass';
import { ownUpstreamText } from './own-upstream';
import { replacedBy, writtenDirectives } from './written';

/** Some requests are meant for one replica alone, and that one was lost, or replaced. */
export const lonely: Rule = (situation) => {
  const gates = metricsOf(brokenGates(situation, 'errors', 'unsafe-errors'));
  if (gates.length === 0) return null;
  const onVictim = attemptsOf(allRequests(situation)).filter(isOnLost);
  const lost = onVictim.filter(isOnlyTry).filter(couldBeRetried(situation, onVictim));
  const lone = situation.nginx.lone.find(({ replica }) => lost.some((one) => one.replica === replica));
  if (lone === undefined) return null;
  return {
    ...standsAlone(situation, lone),
    gates: [...gates, ...aloneGates(situation)],
    evidence: `${counted(lost.length, 'request')} failed on it with no second try, for example ${lost[0]?.sample.id ?? ''}.`,
  };
};

/** Some requests are meant for one replica alone, as far as the configuration says; those of this run were not. */
export const lonelyElsewhere: Rule = (situation) => {
  const gates = aloneGates(situation);
  const lone = situation.scenarios.flatMap((scenario) => aloneIn(scenario, situation.nginx))[0];
  if (gates.length === 0 || lone === undefined) return null;
  return {
    ...standsAlone(situation, lone),
    gates,
    evidence:
      errorGates(situation).length > 0
        ? 'Whatever is sent there has no second replica to try.'
        : 'No request of this run went that way, so none failed: a run asks for one path, as one kind of client (inputs probe-path, host, request-headers).',
  };
};

function standsAlone(situation: Case, lone: LoneReplica): Omit<Diagnosis, 'gates' | 'evidence'> {
  const change = throughGroup(situation, lone);
  return {
    id: 'single-upstream',
    cause: `${whoStandsAlone(situation, lone)}, so the requests that are meant for it have nowhere else to go when it is lost or replaced.`,
    ...placed(situation, lone.spot, change),
    fix: toTheGroup(
      change,
      isByVariable(situation, lone.spot)
        ? ownUpstreamText(situation)
        : 'List at least two replicas in every group, or another group’s replicas as `backup`.',
    ),
  };
}

/** The host stands in a variable, and is not that of a group. */
function isByVariable(situation: Case, spot: Spot): boolean {
  return writtenDirectives(situation).some(
    ({ name, file, line, args }) =>
      name === 'proxy_pass' && file === spot.file && line === spot.line && args[0]?.includes('$') === true,
  );
}

/** Which line makes that one replica stand alone. */
export function whoStandsAlone(situation: Case, { spot, group, replica }: LoneReplica): string {
  const place = placeName(situation, spot);
  if (isByVariable(situation, spot))
    return `proxy_pass at ${place} takes one replica from a variable for each request, ${replica} among them`;
  return group === null
    ? `proxy_pass at ${place} names ${replica} itself`
    : `upstream ${group} at ${place} has a single server, ${replica}`;
}

/** What to do, where a change sends requests to the group of the others, and where none does. */
export function toTheGroup(change: Change | null, otherwise: string): string {
  return change === null ? otherwise : `Send them to the group, too: \`${change.lines.join(' ')}\``;
}

/** On the replica that a fault was for, or on one that NGINX had been told to spare while it was replaced. */
function isOnLost({ replica, scenario, sample }: SeenAttempt): boolean {
  const step = scenario.rollout?.steps.find((one) => one.replica === replica && one.undrained === null);
  if (step === undefined) return replica === scenario.fault?.victim;
  return step.stopAt !== null && sample.doneAt >= step.stopAt && sample.sentAt <= (step.backAt ?? Infinity);
}

function isOnlyTry({ sample, scenario }: SeenAttempt): boolean {
  return sample.proxy?.attempts.length === 1 && clientError(sample, scenario.replicas) !== null;
}

/**
 * Where a configuration's terms are known, it is not they that forbade a second try: a request that never got to the replica may always be
 * sent to another one, and in the same scenario others were.
 */
function couldBeRetried({ nginx }: Case, onVictim: readonly SeenAttempt[]): (one: SeenAttempt) => boolean {
  if (nginx.route === null) return () => true;
  const unmet = onVictim.filter(({ attempt }) => attempt.connectMs === null);
  const retried = unmet.filter(({ sample }) => (sample.proxy?.attempts.length ?? 0) > 1);
  const scenarios = new Set(retried.map(({ scenario }) => scenario));
  // While a replica is spared, the requests that could be sent elsewhere are not sent to it at all.
  return ({ attempt, scenario }) =>
    attempt.connectMs === null && (scenario.rollout !== null || scenarios.has(scenario));
}

/** Names the group of the probed path where a `proxy_pass` names a host; null: there is none, or the line is not as plain as that. */
export function throughGroup(situation: Case, { spot, group }: LoneReplica): Change | null {
  const upstream = situation.nginx.route?.upstream;
  if (group !== null || upstream === undefined || upstream.implicit) return null;
  const pass = passAt(situation, spot);
  return pass === null ? null : replacedBy(pass, toGroup(pass, upstream.name));
}
