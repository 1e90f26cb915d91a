import { z } from 'zod';
import { accepted, refused, type Reading } from '../settings/reading';
import { notAccepted } from '../settings/wording';
import type { Report } from './schema';

/** A part of the plan, as the plan action tells it: some scenarios of one cluster, run by one job. */
const plannedPartSchema = z.strictObject({
  /** It names a folder, hence nothing that could lead out of one. */
  id: z.string().regex(/^[a-z][a-z0-9-]{0,63}$/),
  cluster: z.string().regex(/^[a-z][a-z0-9-]{0,63}$/),
  scenarios: z.array(z.string().regex(/^[a-z][a-z.-]{0,63}$/)).min(1),
});

/** The whole plan; GitHub takes at most 256 jobs of one matrix. */
const planSchema = z
  .array(plannedPartSchema)
  .min(1)
  .max(256)
  .refine((parts) => new Set(parts.map(({ id }) => id)).size === parts.length, 'an id is given twice');

export type PlannedPart = z.infer<typeof plannedPartSchema>;

/** What came of a part: its report, or why there is none that could be used (one clause, without a full stop). */
export type PartOutcome =
  | { readonly part: PlannedPart; readonly report: Report }
  | { readonly part: PlannedPart; readonly report: null; readonly why: string };

/** How GitHub says that a job ended, by its name; anything but `success` is no success. */
export type JobResults = Readonly<Record<string, string>>;

const needsSchema = z.record(
  z.string().regex(/^[A-Za-z_][\w-]{0,99}$/),
  z.looseObject({ result: z.string().regex(/^[a-z_]{1,40}$/) }),
);

const plannedSchema = z.record(
  z.string(),
  z.looseObject({ outputs: z.looseObject({ problems: z.string().optional() }).optional() }),
);

/** The output `parts` of the plan action. Blank: the plan came to nothing, and there is no part. */
export function readParts(text: string): Reading<readonly PlannedPart[]> {
  if (text.trim() === '') return accepted([]);
  const parsed = planSchema.safeParse(jsonOf(text));
  return parsed.success
    ? accepted(parsed.data)
    : refused(notAccepted(text.trim(), 'the output `parts` of the action `plan`'));
}

/** `toJSON(needs)`: the jobs that this one waited for. Blank: none are looked at. */
export function readNeeds(text: string): Reading<JobResults> {
  if (text.trim() === '') return accepted({});
  const parsed = needsSchema.safeParse(jsonOf(text));
  if (!parsed.success) return refused(notAccepted(text.trim(), 'what `toJSON(needs)` gives'));
  return accepted(Object.fromEntries(Object.entries(parsed.data).map(([job, { result }]) => [job, result])));
}

/** What the plan has found wrong with its inputs, as its job told in an output; empty: nothing, or there is no plan. */
export function readProblems(needs: string): readonly string[] {
  const jobs = plannedSchema.safeParse(jsonOf(needs)).data ?? {};
  return Object.values(jobs).flatMap(
    ({ outputs }) => z.array(z.string()).safeParse(jsonOf(outputs?.problems ?? '')).data ?? [],
  );
}

/** GitHub also says so of a job that took too long. */
export function wasCancelled(jobs: JobResults): boolean {
  return Object.values(jobs).includes('cancelled');
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
