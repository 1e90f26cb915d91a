import type { Unit } from '../settings/gates';

/** What one metric came to. */
export type Observed =
  /** `value` in the metric's unit; Infinity: it never happened. */
  | { readonly kind: 'value'; readonly value: number; readonly remark: string | null; readonly doubt?: Doubt }
  /** Nothing can rest on it, and why. */
  | { readonly kind: 'inconclusive'; readonly why: string }
  /** This set-up cannot show it to a single client, and why; nobody's fault. */
  | { readonly kind: 'unobservable'; readonly why: string };

/** What the value would be without a part of it that may be the machine's own doing; `why` says which. */
export interface Doubt {
  readonly value: number;
  readonly why: string;
}

/** One metric, measured. */
export interface Measurement {
  readonly metric: string;
  readonly unit: Unit;
  readonly samples: number;
  readonly observed: Observed;
  /** The scenario that it comes from. */
  readonly scenario: string;
  /** Why a value that breaks a gate may be this machine's own doing, so that it proves nothing; one that meets it is no worse for that. */
  readonly shaken?: string;
  /** What the value leaves out, so that it proves nothing where it meets a gate; one that breaks it does so all the same. */
  readonly unseen?: string;
}

/** A sound measurement. */
export function measured(
  scenario: string,
  metric: string,
  unit: Unit,
  value: number,
  samples: number,
  remark: string | null = null,
): Measurement {
  return { metric, unit, samples, observed: { kind: 'value', value, remark }, scenario };
}

/** The same measurement, with a doubt about its value. */
export function doubted(measurement: Measurement, doubt: Doubt): Measurement {
  if (measurement.observed.kind !== 'value') return measurement;
  return { ...measurement, observed: { ...measurement.observed, doubt } };
}

/** The same measurement, shaken for a reason. */
export function shaken(measurement: Measurement, why: string | null): Measurement {
  return why === null ? measurement : { ...measurement, shaken: why };
}

/** The same measurement, with its value withdrawn for a reason; one that is withdrawn already keeps its first reason. */
export function withdrawn(measurement: Measurement, why: string | null): Measurement {
  if (why === null || measurement.observed.kind !== 'value') return measurement;
  return { ...measurement, observed: { kind: 'inconclusive', why } };
}

/** The same measurement, withdrawn where it counts something of which there was nothing: none failed of none. */
export function withdrawnIfEmpty(measurement: Measurement): Measurement {
  return withdrawn(measurement, measurement.samples === 0 ? 'nothing happened that it counts' : null);
}
