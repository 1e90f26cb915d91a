import type { ClientOptions } from './client';
import type { GeneratorSummary } from './generator';
import type { RecordColumns } from './record-columns';
import type { TrafficOrder } from './schedule';

/** What the load thread is started with. All of this crosses a thread boundary: plain data only. */
export interface LoadPlan {
  readonly order: TrafficOrder;
  readonly target: Pick<ClientOptions, 'host' | 'port' | 'idHeader'>;
  /** Milliseconds from the moment a request was due until its client gives up. */
  readonly patienceMs: number;
}

/** What the thread is told: send nothing more, and with `abandon` also end what still waits. */
export type LoadOrder = 'stop' | 'abandon';

/** What the thread tells. */
export type LoadReport =
  /** Epoch milliseconds at which the first request is due. */
  | { readonly kind: 'started'; readonly startedAt: number }
  | { readonly kind: 'records'; readonly records: RecordColumns }
  /** The last word. */
  | { readonly kind: 'settled'; readonly summary: LoadSummary };

/** How well the load generator itself did. */
export interface LoadSummary extends GeneratorSummary {
  /** Requests repeated on a new connection because a kept one was closed before any answer (RFC 9112, section 9.3.1). */
  readonly clientRetries: number;
  /** 99th percentile of how long the thread's event loop kept a timer waiting, in milliseconds. */
  readonly loopDelayP99Ms: number;
}
