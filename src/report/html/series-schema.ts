import { z } from 'zod';
import type { Series } from './series';

/** Times in whatever unit: far more than any run takes. */
const span = z.number().int().min(0).max(1e10);
const spanOrNone = z.number().int().min(-1).max(1e10);
const index = z.number().int().min(0).max(1_000);
const indexOrNone = z.number().int().min(-1).max(1_000);
const kind = z.literal([0, 1, 2, 3]);
const name = z.string().min(1).max(200);

const pointsSchema = z
  .strictObject({
    at: z.array(span),
    wait: z.array(span),
    server: z.array(indexOrNone),
    kind: z.array(kind),
    every: z.number().int().min(1).max(1e6),
  })
  .refine(({ at, ...others }) => sameLength(at, others.wait, others.server, others.kind), 'columns of unequal length');

const requestsSchema = z
  .strictObject({
    id: z.array(name),
    at: z.array(span),
    wait: z.array(span),
    way: z.array(z.literal([0, 1, 2, 3])),
    asked: z.array(span),
    kind: z.array(kind),
    outcome: z.array(index),
    attempts: z.array(index),
    server: z.array(index),
    connect: z.array(spanOrNone),
    status: z.array(z.number().int().min(-1).max(999)),
    response: z.array(spanOrNone),
    words: z.array(z.string().max(200)).max(1_000),
    left: z.number().int().min(0).max(1e9),
  })
  .refine(
    (all) => sameLength(all.id, all.at, all.wait, all.way, all.asked, all.kind, all.outcome, all.attempts),
    'columns',
  )
  .refine((all) => sameLength(all.server, all.connect, all.status, all.response), 'columns of attempts')
  .refine(({ attempts, server }) => attempts.reduce((sum, own) => sum + own, 0) === server.length, 'attempts')
  .refine(({ outcome, server, words }) => [...outcome, ...server].every((word) => word < words.length), 'words');

const oneSeriesSchema = z
  .strictObject({
    scenario: name,
    replicas: z.array(name).min(1).max(16),
    points: pointsSchema,
    requests: requestsSchema,
  })
  .refine(({ replicas, points }) => points.server.every((server) => server < replicas.length), 'servers');

/**
 * series.json: what a run's report.html has in its charts, for whoever makes one page of several runs. The file may come from a job
 * that ran anybody's code: whatever does not keep this is not drawn.
 */
export const seriesFileSchema = z.strictObject({
  schemaVersion: z.literal(1),
  series: z.array(oneSeriesSchema).max(100),
});

export type SeriesFile = z.infer<typeof seriesFileSchema>;

/** Text of series.json. */
export function seriesJson(series: readonly Series[]): string {
  return `${JSON.stringify({ schemaVersion: 1, series })}\n`;
}

function sameLength(...columns: readonly (readonly unknown[])[]): boolean {
  return new Set(columns.map(({ length }) => length)).size === 1;
}
