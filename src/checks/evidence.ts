import type { ImageStart } from '../cluster/engine';
import type { CheckName, FaultName } from '../settings/settings';
import type { ReplicaPlace } from '../traffic/attribution';
import type { Complaint } from '../traffic/error-log';
import type { Sample } from '../traffic/sample';

/** A part of a scenario; instants are epoch milliseconds. */
export interface Phase {
  readonly name: 'baseline' | 'fault' | 'rollout' | 'recovery';
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
  /**
   * 99th percentile of how long a thread of usual priority had to wait for its turn, in milliseconds, as the replicas and NGINX had to;
   * absent: nobody looked.
   */
  readonly turnDelayP99Ms?: number;
}

/** What was done to a replica or to NGINX, and the proof that it took effect. */
export interface FaultEvidence {
  readonly name: FaultName;
  /** Hostname of the replica; null: NGINX itself was broken. */
  readonly victim: string | null;
  /** Why this machine cannot cause the fault; null: it was caused. */
  readonly notRun: string | null;
  readonly injectedAt: number;
  /** From here on the engine vouches for the fault. */
  readonly effectiveAt: number;
  /** The engine's own words for it, and whether they are what the fault means to bring about. */
  readonly proof: { readonly took: boolean; readonly seen: string };
  /** Why it was ended before its time, with requests that still hung; absent or null: it was not. */
  readonly endedEarly?: string | null;
  /** The last lines that it wrote where it did not come back; absent: it did, or nobody looked. */
  readonly healLines?: readonly string[];
  readonly healStartedAt: number;
  /** The victim (past NGINX, where it is a replica) answers again; null: it did not come back. */
  readonly healedAt: number | null;
  /** Why it did not come back. */
  readonly healProblem: string | null;
  /**
   * For how long the victim, started again, took connections and said nothing on them before it was ready, beyond what an answer takes; absent: it
   * was not started again, or did not come back.
   */
  readonly silentMs?: number;
}

/** Faults that end the victim's process; to mend one is to start it anew. */
export const ENDING_FAULTS: ReadonlySet<FaultName> = new Set(['crash', 'stop', 'oom']);

/** How a rolling update went; instants are epoch milliseconds. */
export interface RolloutEvidence {
  /** The images' names, as the user knows them. */
  readonly from: string;
  readonly to: string;
  /** The two are one and the same image. */
  readonly sameImage: boolean;
  /** The input that promises two versions; null: none, the same image was deployed again. */
  readonly promisedBy: string | null;
  readonly startedAt: number;
  /** From here on nothing was replaced or reloaded any more. */
  readonly endedAt: number;
  /** Replicas in the order of their turns; those after a failure had none. */
  readonly steps: readonly RolloutStep[];
  /** Why it was stopped; null: it went to its end. */
  readonly failure: RolloutFailure | null;
}

/** A rolling update that was stopped; the replica whose turn it was has its old container again. */
export interface RolloutFailure {
  readonly kind: 'not-ready' | 'reload';
  readonly replica: string;
  readonly why: string;
  /** NGINX was gone when it was to reload, or after that, and served nobody any more. Absent: it went on. */
  readonly nginxEnded?: true;
  /** What the replica, or NGINX, wrote last: text from outside. */
  readonly details: readonly string[];
  /** What went wrong on the way back to the old container; null: it serves again. */
  readonly rollbackProblem: string | null;
}

/** One replica's turn; instants are epoch milliseconds, null: it did not come to that. */
export interface RolloutStep {
  readonly replica: string;
  /** Why NGINX could not be told to spare it; null: it was told. */
  readonly undrained: string | null;
  /** Servers that were left to serve meanwhile; null: unknown. */
  readonly serversLeft: number | null;
  /** NGINX was told to send it nothing new. */
  readonly drainAt: number | null;
  /** NGINX's workers from before that are gone, and with them every request in flight; null also: they never went. */
  readonly drainedAt: number | null;
  /** Asked to stop (SIGTERM). */
  readonly stopAt: number | null;
  readonly stoppedAt: number | null;
  readonly exitCode: number | null;
  readonly oomKilled: boolean;
  /** The new container was started. */
  readonly startAt: number | null;
  readonly readyAt: number | null;
  /** NGINX sends requests to it again; where it was not spared: from when it is ready. */
  readonly backAt: number | null;
  /** The old container is back in its place. */
  readonly rolledBackAt: number | null;
  /** The version that the replica told before the update and after it, asked past NGINX; null: it told none. */
  readonly versionBefore: string | null;
  readonly versionAfter: string | null;
}

/** One question put to the running cluster, and its answer. */
export interface Probe {
  /** Stable, kebab-case: what is asked, for example `fabric-closed`, `read-only-root`. */
  readonly id: string;
  /** Whom it is about: a replica's hostname, `nginx`, a network. */
  readonly subject: string;
  /** In words, as a statement that should hold: `the root file system cannot be written to`. */
  readonly claim: string;
  /** What was really seen. */
  readonly seen: string;
  /** null: it could not be asked here; `seen` says why. */
  readonly holds: boolean | null;
  /** It was begun, and had not come to its end when nobody could wait any longer: on another day it may. Absent: it ended, or cannot be asked here at all. */
  readonly unfinished?: true;
  /** How whom it is about was started, where that may be the reason. It may hold what nobody is to read. */
  readonly start?: Start;
  /** How long it took to see it, in milliseconds, where that matters. */
  readonly afterMs?: number;
}

/** What runs in a replica as its PID 1, and what its image says should. */
export interface Start {
  /** As the kernel names it, and its command line; null: not visible from here. */
  readonly first: { readonly name: string; readonly argv: readonly string[] } | null;
  /** null: the image is gone. */
  readonly image: ImageStart | null;
  /** What came of SIGINT, of one that does not end on SIGTERM and ended on that: `app3 ended 0.2 s after SIGINT with exit code 0`; absent: it was not tried, or in vain. */
  readonly onSigint?: string;
}

/** Id of the question whether a cookie that one replica sets is taken by the others. */
export const SESSION_PROBE = 'cookie-taken';

/** Id of the question whether a replica keeps an idle connection for as long as NGINX does. */
export const IDLE_PROBE = 'idle-connection-kept';

/** Id of the question whether an answer ends where its Content-Length says. */
export const LENGTH_PROBE = 'answer-as-long-as-announced';

/** Id of the question whether a file of the image holds a secret: one that does is a finding by its path. */
export const SECRET_FILE_PROBE = 'no-secret-in-files';

/** A replica that had ended by the end of a scenario, as the engine tells it. */
export interface EndedReplica {
  readonly hostname: string;
  readonly exitCode: number;
  /** The kernel ended it for using more memory than it may. */
  readonly oomKilled: boolean;
}

/** What a replica wrote last, as the engine has it; what an app writes is anything at all. */
export interface LastWords {
  readonly hostname: string;
  /** The last one last. */
  readonly lines: readonly string[];
}

/** How often a replica had all the processor time that it may have, and would have gone on. */
export interface HeldBack {
  readonly hostname: string;
  /** The kernel's periods from the scenario's beginning to its end in which it had anything to do, and those in which it was held back. */
  readonly periods: number;
  readonly throttled: number;
}

/** NGINX, or a replica, was ready to run and had to wait for a processor of this machine. Its own limit is not what held it back. */
export interface ProcessorWait {
  /** Hostname of the replica; null: NGINX. */
  readonly who: string | null;
  /** Within which time, in epoch milliseconds, and for how much of it, in milliseconds. */
  readonly from: number;
  readonly to: number;
  readonly waitedMs: number;
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
  readonly rollout: RolloutEvidence | null;
  /** Questions put to the cluster beside its traffic; empty where a check asks none. */
  readonly probes: readonly Probe[];
  /** Replicas whose process was gone when the scenario ended; absent: nobody looked. */
  readonly ended?: readonly EndedReplica[];
  /** What NGINX complained of meanwhile; absent: nobody listened. */
  readonly complaints?: readonly Complaint[];
  /** Absent: no client saw an error, or nobody looked. */
  readonly lastWords?: readonly LastWords[];
  /** So many idle connections to a replica left nobody else an answer; null or absent: not that few, or nobody asked. */
  readonly idleRoom?: number | null;
  /** Absent: nobody looked. */
  readonly heldBack?: readonly HeldBack[];
  /** Waits for a processor that were a large part of some time; absent: nobody looked. */
  readonly processorWaits?: readonly ProcessorWait[];
  readonly startedAt: number;
  readonly endedAt: number;
}
