import type { GeneratorSummary } from './generator';
import type { RecordColumns } from './record-columns';
import type { RequestTarget } from './request-message';
import type { TrafficOrder } from './schedule';

/** What a load is started with. All of this goes from process to process: plain data only. */
export interface LoadPlan {
  readonly order: TrafficOrder;
  readonly target: RequestTarget;
  /** Milliseconds from the moment a request was due until its client gives up. */
  readonly patienceMs: number;
}

/** What the load process is told of the load with this number. */
export type LoadOrder =
  | { readonly load: number; readonly kind: 'start'; readonly plan: LoadPlan }
  /** To send nothing more, and with `abandon` also to end what still waits. */
  | { readonly load: number; readonly kind: 'stop' | 'abandon' };

/** What it tells of one. */
export type LoadReport = { readonly load: number } & LoadNews;

/** What can be told of a load. */
export type LoadNews =
  /** Epoch milliseconds at which the first request is due. */
  | { readonly kind: 'started'; readonly startedAt: number }
  | { readonly kind: 'records'; readonly records: RecordColumns }
  /** The last word. */
  | { readonly kind: 'settled'; readonly summary: LoadSummary };

/** How well the load generator itself did. */
export interface LoadSummary extends GeneratorSummary {
  /** Requests repeated on a new connection because a kept one was closed before any answer (RFC 9112, section 9.3.1). */
  readonly clientRetries: number;
  /** 99th percentile of how long the process's event loop kept a timer waiting, in milliseconds. */
  readonly loopDelayP99Ms: number;
}
