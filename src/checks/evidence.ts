import type { CheckName, FaultName } from '../settings/settings';
import type { ReplicaPlace } from '../traffic/attribution';
import type { Sample } from '../traffic/sample';

/** A part of a scenario; instants are epoch milliseconds. */
export interface Phase {
  readonly name: 'baseline' | 'fault' | 'recovery';
  readonly from: number;
  readonly to: number;
}

/** How well the load generator itself did. */
export interface LoadQuality {
  readonly sent: number;
  /** Requests that this machine could not send (no port, no file handle left). */
  readonly notSent: number;
  /** 99th percentile and maximum of how late requests left, in milliseconds. */
  readonly lagP99Ms: number;
  readonly lagMaxMs: number;
  /** Requests repeated on a new connection because a kept one was closed before any answer (RFC 9112, section 9.3.1). */
  readonly clientRetries: number;
}

/** What was done to a replica, and the proof that it took effect. */
export interface FaultEvidence {
  readonly name: FaultName;
  readonly victim: string;
  readonly injectedAt: number;
  /** From here on the engine vouches for the fault. */
  readonly effectiveAt: number;
  /** The engine's own words for it, and whether they are what the fault means to bring about. */
  readonly proof: { readonly took: boolean; readonly seen: string };
  readonly healStartedAt: number;
  /** The victim answers again by itself, past NGINX; null: it did not come back. */
  readonly healedAt: number | null;
  /** Why it did not come back. */
  readonly healProblem: string | null;
}

/** One question put to the running cluster, and its answer. */
export interface Probe {
  /** Stable, kebab-case: what is asked, for example `egress`, `writable-root`. */
  readonly id: string;
  /** Whom it is about: a replica's hostname, `nginx`, a network. */
  readonly subject: string;
  /** In words, as a statement that should hold: `the root file system cannot be written to`. */
  readonly claim: string;
  /** What was really seen. */
  readonly seen: string;
  /** null: it could not be asked here; `seen` says why. */
  readonly holds: boolean | null;
}

/** Everything that one scenario saw. It states facts; what they mean is for the verdict. */
export interface ScenarioEvidence {
  /** `rotation`, `failover.crash`: unique in a run. */
  readonly name: string;
  readonly check: CheckName;
  readonly replicas: readonly ReplicaPlace[];
  readonly phases: readonly Phase[];
  /** In the order in which they were due. */
  readonly samples: readonly Sample[];
  /** Answered requests for which NGINX's line never came. */
  readonly missingLines: number;
  readonly load: LoadQuality;
  readonly fault: FaultEvidence | null;
  /** Questions put to the cluster beside its traffic; empty where a check asks none. */
  readonly probes: readonly Probe[];
  readonly startedAt: number;
  readonly endedAt: number;
}
