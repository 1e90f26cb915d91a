import type { Gate } from './gates';
import { parseGates } from './gate-language';
import { METRICS } from './metrics';
import type { CheckName, HardeningMode, ProfileName } from './settings';

/**
 * What `strict` demands beyond `standard`, and the generated configuration meets. A healed replica serves its share within
 * 10 s: a `fail_timeout` of 3 s leaves ample room; NGINX's default of 10 s does not. Nobody waits for a planned update, since
 * nothing breaks in it. How long a hung replica may keep a client waiting stays as it is: NGINX gives up on one no sooner than
 * its read time-out, and that has to be longer than the slowest answer of the app, which only its users know.
 */
const STRICT: ReadonlyMap<string, string> = new Map([
  ['failover.recover', '< 10s'],
  ['failover.listens-early', '== 0'],
  ['rollout.stall', '< 2s'],
  ['rollout.killed', '== 0'],
  ['hardening.secret-files', '== 0'],
]);

/**
 * The gates of a profile on what the chosen checks measure, in the order of the metrics.
 * `standard`: the bounds of the metrics table. `strict`: tighter times. `observe`: as `standard`, all only as warnings.
 * Where hardening is only reported, so is what it finds.
 */
export function profileGates(
  profile: ProfileName,
  checks: readonly CheckName[],
  hardening: HardeningMode = 'enforce',
): readonly Gate[] {
  const lines = METRICS.filter(({ check }) => check === null || checks.includes(check)).flatMap((metric) => {
    const demand = (profile === 'strict' ? STRICT.get(metric.name) : undefined) ?? metric.standard;
    const warns = profile === 'observe' || (metric.check === 'hardening' && hardening === 'report');
    return demand === null ? [] : [`${metric.name} ${demand}${warns && !demand.endsWith(' warn') ? ' warn' : ''}`];
  });
  const reading = parseGates(lines.join('\n'));
  if (!reading.ok)
    throw new Error(`Profile ${profile} is not in the gate language: ${reading.complaints[0]?.text ?? ''}`);
  return reading.value.map((gate) => ({ ...gate, line: null }));
}

/** The user's gates laid over the profile's: one gate a metric, the user's where there are two. */
export function overlayGates(profile: readonly Gate[], own: readonly Gate[]): readonly Gate[] {
  const ownByMetric = new Map(own.map((gate) => [gate.metric, gate]));
  const inProfile = new Set(profile.map((gate) => gate.metric));
  return [
    ...profile.map((gate) => ownByMetric.get(gate.metric) ?? gate),
    ...own.filter((gate) => !inProfile.has(gate.metric)),
  ];
}
