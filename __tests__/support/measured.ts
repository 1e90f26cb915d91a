import { readFileSync } from 'node:fs';
import type { ScenarioEvidence } from '../../src/checks/evidence';
import type { NginxModel } from '../../src/cluster/nginx/model';
import type { Gate } from '../../src/settings/gates';
import { measureAll } from '../../src/verdict/measure';
import type { Measurement, Observed } from '../../src/verdict/measurement';
import { modelOf } from './evidence';

const GOOD = modelOf(readFileSync('fixtures/nginx/good-server.conf', 'utf8'));

/** One metric of a scenario; throws where it was not measured. */
export function measurementOf(
  evidence: ScenarioEvidence,
  metric: string,
  nginx: NginxModel = GOOD,
  gates: readonly Gate[] = [],
): Measurement {
  const found = measureAll([evidence], nginx, gates).find((one) => one.metric === metric);
  if (found === undefined) throw new Error(`${metric} was not measured`);
  return found;
}

/** What it came to. */
export function observedOf(evidence: ScenarioEvidence, metric: string, nginx: NginxModel = GOOD): Observed {
  return measurementOf(evidence, metric, nginx).observed;
}

/** Its value, or in words why it has none. */
export function valueOf(evidence: ScenarioEvidence, metric: string, nginx: NginxModel = GOOD): number | string {
  const observed = observedOf(evidence, metric, nginx);
  return observed.kind === 'value' ? observed.value : `${observed.kind}: ${observed.why}`;
}
