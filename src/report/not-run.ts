import type { ReportScenario } from './schema';

type ReportFault = NonNullable<ReportScenario['fault']>;

/** How the proof of a fault begins that was not run. */
const NOT_RUN = 'not run: ';

/** What stands in the place of a proof where a fault was not run. */
export function notRunProof(why: string): string {
  return NOT_RUN + why;
}

/** Why a fault was not run, so that nothing was broken and nothing mended; null: it was. */
export function whyNotRun({ tookEffect, proof }: ReportFault): string | null {
  return !tookEffect && proof.startsWith(NOT_RUN) ? proof.slice(NOT_RUN.length) : null;
}

/** The fault of a scenario, if one was run. */
export function faultRun({ fault }: Pick<ReportScenario, 'fault'>): ReportFault | null {
  return fault === null || whyNotRun(fault) !== null ? null : fault;
}
