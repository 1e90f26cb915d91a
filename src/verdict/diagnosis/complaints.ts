import type { ScenarioEvidence } from '../../checks/evidence';
import { mostFrequentFirst, type Complaint } from '../../traffic/error-log';
import { counted } from './wording';

/** What NGINX complained of in these scenarios, together, in words that match; the most frequent first. */
export function complaintsOf(scenarios: readonly ScenarioEvidence[], pattern = /./): readonly Complaint[] {
  const times = new Map<string, number>();
  for (const complaint of scenarios.flatMap(({ complaints = [] }) => complaints)) {
    if (!pattern.test(complaint.message)) continue;
    times.set(complaint.message, (times.get(complaint.message) ?? 0) + complaint.times);
  }
  return mostFrequentFirst(times);
}

/** ` NGINX wrote: … (7 times).`, to stand behind a sentence; empty: it wrote nothing. */
export function complaintText(complaints: readonly Complaint[]): string {
  const [first] = complaints;
  if (first === undefined) return '';
  return ` NGINX wrote: ${first.message}${first.times === 1 ? '' : ` (${counted(first.times, 'time')})`}.`;
}
