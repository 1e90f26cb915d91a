import type { ScenarioEvidence } from '../checks/evidence';
import type { NginxModel } from '../cluster/nginx/model';
import type { Measurement } from './measurement';
import { measured, withdrawn, withdrawnIfEmpty } from './measurement';
import { failures } from './metrics-failover';
import { beforeFault, sampleProblem, trafficProblem } from './soundness';
import { inDoubtIfStarved } from './starvation';

/** `baseline.errors` of one scenario: client-visible errors while nothing is broken. */
export function baselineErrors(evidence: ScenarioEvidence, nginx: NginxModel, lagBoundMs: number): Measurement {
  const samples = beforeFault(evidence);
  const failed = failures(samples, evidence);
  const count = measured(evidence.name, 'baseline.errors', 'count', failed.length, samples.length);
  return withdrawn(
    inDoubtIfStarved(count, failed, evidence, nginx),
    trafficProblem(evidence, lagBoundMs) ?? sampleProblem(samples, 'before anything was broken'),
  );
}

/** `load.lag` of one scenario: p99 of how late the generator itself was. */
export function loadLag(evidence: ScenarioEvidence): Measurement {
  return withdrawnIfEmpty(measured(evidence.name, 'load.lag', 'ms', evidence.load.lagP99Ms, evidence.load.sent));
}
