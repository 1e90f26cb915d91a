import type { TrafficResult } from '../traffic/traffic';
import type { LoadQuality } from './evidence';

/** The part of the generator's summary that a verdict needs. */
export function loadQualityOf({ summary, turnDelayP99Ms }: TrafficResult): LoadQuality {
  return {
    sent: summary.sent,
    notSent: summary.notSent,
    lagP99Ms: summary.latenessMs.p99,
    lagMaxMs: summary.latenessMs.max,
    clientRetries: summary.clientRetries,
    turnDelayP99Ms,
  };
}
