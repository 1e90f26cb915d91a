import { z } from 'zod';

/**
 * The shape of report.json: one source for its TypeScript type, its JSON Schema (docs/report.schema.json is made from it) and
 * its validation. Only types may be imported from here by code that is bundled for the main step.
 *
 * Instants are epoch milliseconds; spans are milliseconds; shares are percent.
 */

const text = z.string();
const optionalText = z.string().nullable();
const count = z.number().int().nonnegative();
const span = z.number().nonnegative();

const cluster = text.optional().describe('Of several clusters: the one that it is about.');

export const gateSchema = z.strictObject({
  metric: text,
  operator: z.enum(['==', '!=', '<', '<=', '>', '>=']),
  allowed: z.number(),
  observed: z.number().nullable().describe('In `unit`; null: nothing to show, or it never happened (see `reason`).'),
  unit: z.enum(['%', 'ms', 'count']),
  samples: count,
  outcome: z.enum(['pass', 'fail', 'warn', 'inconclusive']),
  reason: optionalText,
  scenario: optionalText.describe('The scenario whose measurement decided.'),
  cluster,
});

export const diagnosisSchema = z.strictObject({
  id: text.describe('Stable name of the finding, for example `connect-timeout`.'),
  gates: z.array(text).describe('Metrics of the gates that it explains.'),
  cause: text,
  evidence: text,
  file: optionalText.describe('Path inside the workspace; null: not in a file of the user.'),
  line: z.number().int().positive().nullable(),
  fix: text,
  diff: optionalText.describe('The smallest change to `file`, as a unified diff body.'),
  cluster,
});

export const metricSchema = z.strictObject({
  metric: text,
  unit: gateSchema.shape.unit,
  value: z.number().nullable().describe('null: see `remark`.'),
  samples: count,
  remark: optionalText,
});

export const phaseSchema = z.strictObject({
  name: text,
  from: span.describe('Milliseconds since the start of the scenario.'),
  to: span.describe('Milliseconds since the start of the scenario.'),
  requests: count.describe('Requests that were due in the phase.'),
  errors: count.describe('Of these: client-visible errors.'),
  retries: count.describe('Failed attempts that NGINX hid from the clients of these.'),
});

export const latencySchema = z.strictObject({
  phase: text,
  samples: count,
  p50: span,
  p90: span,
  p99: span,
  max: span,
});

export const intervalSchema = z.strictObject({
  from: span.describe('Milliseconds since the start of the scenario.'),
  due: count.describe('Requests that were due in the interval.'),
  errors: count.describe('Of these: client-visible errors.'),
  retried: count.describe('Of these: answered after NGINX tried more than one replica.'),
  slowest: span.describe('Longest wait of these, in milliseconds.'),
});

export const requestSchema = z.strictObject({
  id: text,
  method: z.enum(['GET', 'POST']),
  connection: z.enum(['fresh', 'kept']),
  at: span.describe('When it was due, in milliseconds since the start of the scenario.'),
  asked: span
    .optional()
    .describe('How late an answer it asked the app for; once it got that, the time is not part of `waited`.'),
  waited: span,
  outcome: text.describe('What the client saw, for example `200`, `timeout`, `ECONNRESET`.'),
  attempts: z.array(
    z.strictObject({
      replica: text.describe('Hostname; the address or the upstream name where it is none of the replicas.'),
      status: z.number().int().nullable(),
      connect: span.nullable(),
      response: span.nullable(),
    }),
  ),
});

export const probeSchema = z.strictObject({
  id: text.describe('Stable name of the question, for example `fabric-closed`.'),
  subject: text.describe('Whom it is about: a hostname of a replica, `nginx`, a network.'),
  claim: text.describe('What should hold, in words.'),
  seen: text.describe('What was really seen.'),
  holds: z.boolean().nullable().describe('null: it could not be asked; `seen` says why.'),
});

const moment = span.nullable().describe('Milliseconds since the start of the scenario; null: it did not come to that.');

export const rolloutSchema = z.strictObject({
  from: text.describe('Image that was running, as the user knows it.'),
  to: text.describe('Image that was deployed.'),
  promisedBy: optionalText.describe('The input that promises two versions; null: the same image was deployed again.'),
  startedAt: span,
  endedAt: span,
  steps: z.array(
    z.strictObject({
      replica: text,
      undrained: optionalText.describe('Why NGINX could not be told to spare it; null: it was told.'),
      inFlight: count.describe('Requests that it was working on when it was spared, or else when it was stopped.'),
      drainAt: moment,
      drainedAt: moment,
      stopAt: moment,
      stoppedAt: moment,
      exitCode: z.number().int().nullable(),
      startAt: moment,
      readyAt: moment,
      backAt: moment,
      rolledBackAt: moment,
      versionBefore: optionalText.describe('The version that the app told, past NGINX.'),
      versionAfter: optionalText,
    }),
  ),
  failure: z
    .strictObject({
      kind: z.enum(['not-ready', 'reload']),
      replica: text,
      why: text,
      details: z.array(text).describe('Last log lines, as the app wrote them.'),
      rollbackProblem: optionalText,
    })
    .nullable()
    .describe('Why the update was stopped; null: it went to its end.'),
});

export const scenarioSchema = z.strictObject({
  name: text,
  check: text,
  startedAt: z.number(),
  duration: span,
  phases: z.array(phaseSchema),
  counts: z.strictObject({
    requests: count,
    answered: count,
    errors: count,
    excused: count.describe('Of these errors: such as no configuration could have saved; no gate counts them.'),
    retries: count.describe('Attempts that NGINX hid from clients.'),
    clientRetries: count,
  }),
  distribution: z.record(text, count),
  latency: z.array(latencySchema),
  lag: z.strictObject({ p99: span, max: span }),
  fault: z
    .strictObject({
      name: text,
      victim: text,
      injectedAt: span,
      effectiveAt: span,
      healStartedAt: span,
      healedAt: span.nullable(),
      tookEffect: z.boolean(),
      proof: text,
    })
    .nullable(),
  probes: z.array(probeSchema).describe('Questions put to the cluster beside its traffic.'),
  rollout: rolloutSchema.nullable(),
  gates: z.array(gateSchema).describe('The gates as this scenario alone meets them.'),
  metrics: z.array(metricSchema),
  timeline: z.array(intervalSchema),
  interval: span.describe('Length of one interval of the timeline, in milliseconds.'),
  notable: z.array(requestSchema).describe('Failed, retried and slowest requests, the worst first, at most 50.'),
});

export const changeSchema = z.strictObject({
  change: z
    .enum(['worse', 'still', 'unclear', 'better'])
    .describe(
      'worse: met then, not now; still: not met then and now; better: met now, not then; unclear: unknown in one.',
    ),
  metric: text,
  scenario: optionalText,
  unit: gateSchema.shape.unit,
  before: z.number().nullable(),
  after: z.number().nullable(),
});

export const comparisonSchema = z.strictObject({
  verdict: z.enum(['pass', 'fail', 'inconclusive', 'error']).describe('Of the earlier run.'),
  changes: z.array(changeSchema).describe('The worst first; both runs held against the bounds of this one.'),
  unchanged: count.describe('Gates met in both.'),
  added: z.array(text).describe('Scenarios that the earlier run did not have.'),
  removed: z.array(text).describe('Scenarios that only the earlier run had.'),
});

export const reportSchema = z.strictObject({
  schemaVersion: z.literal(1),
  verdict: z.enum(['pass', 'fail', 'inconclusive', 'error']),
  message: optionalText.describe('With verdict `error`: why nothing could be judged.'),
  details: z.array(text).describe('With verdict `error`: further lines, as the app or NGINX wrote them.'),
  seed: z.number().int().nonnegative(),
  cluster: z.strictObject({
    replicas: z.array(text),
    images: z.array(
      z.strictObject({ role: z.enum(['app', 'nginx']), reference: text, id: text, digests: z.array(text) }),
    ),
    nginxVersion: optionalText,
    config: z.strictObject({ source: z.enum(['generated', 'user']), file: optionalText, text: text }).nullable(),
  }),
  distribution: z.record(text, count).describe('Replica → requests served, in the rotation scenario if it was run.'),
  gates: z.array(gateSchema),
  scenarios: z.array(scenarioSchema),
  diagnoses: z.array(diagnosisSchema),
  comparison: comparisonSchema.nullable().describe('With an earlier report; null: none was given.'),
  timings: z.record(text, span).describe('Milliseconds by step of the run.'),
});

export type Report = z.infer<typeof reportSchema>;
export type ReportScenario = z.infer<typeof scenarioSchema>;
export type ReportRollout = z.infer<typeof rolloutSchema>;
export type ReportGate = z.infer<typeof gateSchema>;
export type ReportDiagnosis = z.infer<typeof diagnosisSchema>;
export type ReportComparison = z.infer<typeof comparisonSchema>;
export type ReportChange = z.infer<typeof changeSchema>;
export type ReportMetric = z.infer<typeof metricSchema>;
export type ReportRequest = z.infer<typeof requestSchema>;
export type ReportInterval = z.infer<typeof intervalSchema>;
