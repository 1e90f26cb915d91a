import { failsJob, verdictOf } from '../verdict/judgement';
import { mergeCluster, joined, named } from './merge-cluster';
import { jobTroubles, partTroubles, toldTogether, type Trouble } from './merge-troubles';
import type { JobResults, PartOutcome } from './parts';
import type { Report } from './schema';

/** What is made one report of. */
export interface MergeOrder {
  /** Every part of the plan with what came of it; their order does not matter. */
  readonly parts: readonly PartOutcome[];
  /** The jobs that planned and ran them. */
  readonly jobs: JobResults;
  /** What kept them from being planned; absent: nothing. */
  readonly problems?: readonly string[];
  readonly onInconclusive: 'fail' | 'pass';
}

/** From best to worst: a failure is proven, whatever else is missing; an error always fails the job. */
const VERDICTS = ['pass', 'inconclusive', 'error', 'fail'] as const satisfies readonly Report['verdict'][];

/**
 * One report of the parts of a plan. Of each gate the worst answer of a cluster's parts stands. It is a pass only when every
 * planned part is there, whole, and passed, and every job ended well: whatever is missing makes it an error, unless something
 * failed for certain.
 */
export function mergeReports({ parts, jobs, onInconclusive, problems = [] }: MergeOrder): Report {
  const sorted = parts.toSorted(byId);
  const reports = sorted.flatMap(({ report }) => (report === null ? [] : [report]));
  const fromParts = partTroubles(sorted, problems);
  const soFar = worst([...reports.map(verdictOfPart), ...(fromParts.length > 0 ? (['error'] as const) : [])]);
  const passing = !failsJob(soFar, onInconclusive);
  const troubles = [...fromParts, ...(problems.length > 0 ? [] : jobTroubles(jobs, passing))];
  const clusters = [...Map.groupBy(sorted, ({ part }) => part.cluster)].map(([name, outcomes]) => ({
    name,
    facts: mergeCluster(outcomes.flatMap(({ report }) => (report === null ? [] : [report]))),
  }));
  const several = clusters.length > 1;
  return {
    schemaVersion: 1,
    verdict: troubles.length > 0 ? worst([soFar, 'error']) : soFar,
    ...messageOf(troubles),
    seed: reports[0]?.seed ?? 0,
    ...joined(clusters.map(({ name, facts }) => (several ? named(facts, name) : facts))),
    // A part compares with the earlier report of its own, and of another cut there is none to compare with.
    comparison: null,
    timings: mergedTimings(sorted),
  };
}

/** A report that calls itself better than its gates is not believed. */
function verdictOfPart({ verdict, gates }: Report): Report['verdict'] {
  return verdict === 'error' ? 'error' : worst([verdict, verdictOf(gates)]);
}

/** No verdict at all is an error. */
function worst(verdicts: readonly Report['verdict'][]): Report['verdict'] {
  return VERDICTS[Math.max(...verdicts.map((verdict) => VERDICTS.indexOf(verdict)))] ?? 'error';
}

function messageOf(troubles: readonly Trouble[]): Pick<Report, 'message' | 'details'> {
  if (troubles.length === 0) return { message: null, details: [] };
  return { message: toldTogether(troubles), details: troubles.flatMap(({ details }) => details) };
}

/** Each part's own steps under its name; they ran side by side, so that all took as long as the longest. */
function mergedTimings(parts: readonly PartOutcome[]): Report['timings'] {
  const timings = parts.flatMap(({ part, report }) =>
    Object.entries(report?.timings ?? {}).map(([step, ms]) => [`${part.id}.${step}`, ms] as const),
  );
  const totals = parts.flatMap(({ report }) => report?.timings['total'] ?? []);
  return { ...Object.fromEntries(timings), ...(totals.length === 0 ? {} : { total: Math.max(...totals) }) };
}

/** `shop-2` before `shop-10`. */
function byId({ part: a }: PartOutcome, { part: b }: PartOutcome): number {
  const split = (id: string): [string, number] => [id.replace(/-\d+$/, ''), Number(/\d+$/.exec(id)?.[0] ?? 0)];
  const [[nameA, numberA], [nameB, numberB]] = [split(a.id), split(b.id)];
  return nameA === nameB ? numberA - numberB : nameA < nameB ? -1 : 1;
}
