import type { ScenarioEvidence } from '../checks/evidence';
import type { NginxModel } from '../cluster/nginx/model';
import type { Gate } from '../settings/gates';
import type { Measurement } from './measurement';
import { shaken } from './measurement';
import { aloneMeasurement } from './metrics-alone';
import { baselineErrors, loadLag } from './metrics-baseline';
import { earlyMeasurement } from './metrics-early';
import { failoverMeasurements } from './metrics-failover';
import { FINDINGS_METRICS, findingsMeasurement, SECRET_FILES_METRIC, secretFilesMeasurement } from './metrics-findings';
import { rolloutMeasurements } from './metrics-rollout';
import { rotationMeasurements } from './metrics-rotation';
import { starvation } from './starvation';

/** What holds where no gate on `load.lag` says otherwise, in milliseconds. */
const LAG_BOUND_MS = 50;

const OF_THE_IMAGE: readonly string[] = [FINDINGS_METRICS.hardening, SECRET_FILES_METRIC];

/** p99 of the generator's own lateness above which nothing is proven, in milliseconds: the gate `load.lag`'s. */
export function lagBoundMsOf(gates: readonly Gate[]): number {
  return gates.find((gate) => gate.metric === 'load.lag')?.allowed ?? LAG_BOUND_MS;
}

/** Every metric of every scenario; `failover.errors` and its like stand beside `failover.<fault>.errors`. */
export function measureAll(
  scenarios: readonly ScenarioEvidence[],
  nginx: NginxModel,
  gates: readonly Gate[],
): readonly Measurement[] {
  const lagBoundMs = lagBoundMsOf(gates);
  return scenarios.flatMap((evidence) => {
    const why = starvation(evidence);
    return measure(evidence, nginx, lagBoundMs).map((measurement) =>
      // Who an app runs as, and the like, is so with any number of processors.
      OF_THE_IMAGE.includes(measurement.metric) ? measurement : shaken(measurement, why),
    );
  });
}

function measure(evidence: ScenarioEvidence, nginx: NginxModel, lagBoundMs: number): readonly Measurement[] {
  const common = [baselineErrors(evidence, nginx, lagBoundMs), loadLag(evidence)];
  switch (evidence.check) {
    case 'rotation':
      return [...common, ...rotationMeasurements(evidence, nginx, lagBoundMs)];
    case 'failover':
      return [
        ...common,
        ...withWorst(failoverMeasurements(evidence, nginx, lagBoundMs)),
        aloneMeasurement(evidence, nginx),
        ...earlyMeasurement(evidence, nginx),
      ];
    case 'rollout': {
      // The new version is asked where the check `hardening` is asked for and sees another image.
      const findings = evidence.probes.length === 0 ? [] : hardeningMeasurements(evidence);
      return [...common, ...rolloutMeasurements(evidence, nginx, lagBoundMs), ...findings];
    }
    case 'limits':
      return [
        baselineErrors(beforeNoise(evidence), nginx, lagBoundMs),
        loadLag(evidence),
        findingsMeasurement(evidence, 'limits'),
      ];
    // These two send no traffic.
    case 'isolation':
      return [findingsMeasurement(evidence, 'isolation')];
    case 'hardening':
      return hardeningMeasurements(evidence);
  }
}

/** Only what was due while no neighbour misbehaved. */
function beforeNoise(evidence: ScenarioEvidence): ScenarioEvidence {
  const until = evidence.phases.find(({ name }) => name === 'baseline')?.to ?? Infinity;
  return { ...evidence, samples: evidence.samples.filter(({ scheduledAt }) => scheduledAt < until) };
}

function hardeningMeasurements(evidence: ScenarioEvidence): readonly Measurement[] {
  return [findingsMeasurement(evidence, 'hardening'), secretFilesMeasurement(evidence)];
}

/** `failover.crash.errors` also counts as `failover.errors`, of which the gates take the worst. */
function withWorst(measurements: readonly Measurement[]): readonly Measurement[] {
  return measurements.flatMap((measurement) => {
    const [check, , ...rest] = measurement.metric.split('.');
    return [measurement, { ...measurement, metric: [check, ...rest].join('.') }];
  });
}
