/** Every output of the step by the name under which the program knows it; the values are the contract of action.yml. */
export const OUTPUTS = {
  verdict: 'verdict',
  report: 'report',
  markdown: 'markdown',
  html: 'html',
  junit: 'junit',
  sarif: 'sarif',
  distribution: 'distribution',
  url: 'url',
  network: 'network',
  containers: 'containers',
  commentUrl: 'comment-url',
} as const;
export type OutputName = (typeof OUTPUTS)[keyof typeof OUTPUTS];

/** Outputs of the plan action; the values are the contract of plan/action.yml. */
export const PLAN_OUTPUTS = { matrix: 'matrix', parts: 'parts', problems: 'problems' } as const;
export type PlanOutputName = (typeof PLAN_OUTPUTS)[keyof typeof PLAN_OUTPUTS];

/** What the main step leaves for its own post step. */
export const STATE = {
  /** The run whose labelled resources the post step removes; saved before the first of them is created. */
  runId: 'run-id',
} as const;
export type StateName = (typeof STATE)[keyof typeof STATE];
