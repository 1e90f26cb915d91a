import type { ReportDiagnosis, ReportGate } from './schema';

/** Whether a diagnosis explains a gate: of several clusters each has gates of the same metrics. */
export function explains({ gates, cluster }: ReportDiagnosis, gate: Pick<ReportGate, 'metric' | 'cluster'>): boolean {
  return gates.includes(gate.metric) && cluster === gate.cluster;
}
