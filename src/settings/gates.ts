/** The comparison operators of the gate language. */
export const OPERATORS = ['==', '!=', '<', '<=', '>', '>='] as const;
export type Operator = (typeof OPERATORS)[number];

/** The unit in which a metric is measured; every duration is kept in milliseconds, every share in percent. */
export type Unit = '%' | 'ms' | 'count';

/** One line of the gate language: `metric operator value [warn]`. */
export interface Gate {
  readonly metric: string;
  readonly operator: Operator;
  /** In the metric's own unit: percent, milliseconds or a plain count. */
  readonly allowed: number;
  readonly unit: Unit;
  /** A broken `warn` gate is reported, and does not fail the job. */
  readonly severity: 'fail' | 'warn';
  /** Line of the `gates` input, from 1; null: from the profile. */
  readonly line: number | null;
}
