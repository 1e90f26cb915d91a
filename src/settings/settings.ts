import type { Gate } from './gates';

/** Checks that exist, in the order in which they are run and reported. */
export const CHECK_NAMES = ['rotation', 'failover', 'rollout', 'isolation', 'hardening', 'limits'] as const;
export type CheckName = (typeof CHECK_NAMES)[number];

/** Those that every run makes, unless it is told otherwise: all. */
export const DEFAULT_CHECKS: readonly CheckName[] = CHECK_NAMES;

/** Those that send no requests. */
export const SILENT_CHECKS: ReadonlySet<CheckName> = new Set<CheckName>(['isolation', 'hardening']);

/** Faults that failover knows how to cause. */
export const FAULT_NAMES = [
  'crash',
  'stop',
  'freeze',
  'partition',
  'oom',
  'throttle',
  'error',
  'slow',
  'lb-reload',
  'lb-worker-crash',
  'dns',
] as const;
export type FaultName = (typeof FAULT_NAMES)[number];

/** Those that every run causes, unless it is told otherwise; the others are asked for by name. */
export const DEFAULT_FAULTS: readonly FaultName[] = ['crash', 'stop', 'freeze', 'partition'];

/** Balancing algorithms of the generated NGINX configuration. */
export const ALGORITHM_NAMES = ['round-robin', 'least-conn', 'ip-hash', 'hash', 'random'] as const;
export type AlgorithmName = (typeof ALGORITHM_NAMES)[number];

export const PROFILE_NAMES = ['strict', 'standard', 'observe'] as const;
export type ProfileName = (typeof PROFILE_NAMES)[number];

export const HARDENING_MODES = ['enforce', 'report', 'off'] as const;
export type HardeningMode = (typeof HARDENING_MODES)[number];

export const COMMENT_MODES = ['always', 'changes', 'failures', 'never'] as const;
export type CommentMode = (typeof COMMENT_MODES)[number];

/** Where the application image comes from: one that exists, or a Docker build. */
export type ImageSource =
  | { readonly kind: 'image'; readonly reference: string }
  | {
      readonly kind: 'build';
      /** Build context, a path inside the workspace, as the user wrote it. */
      readonly context: string;
      /** Dockerfile, relative to the context; null: the builder's default. */
      readonly dockerfile: string | null;
      readonly target: string | null;
      /** `KEY=VALUE` (or bare `KEY`) lines, in order. */
      readonly buildArgs: readonly string[];
      readonly cacheFrom: readonly string[];
      readonly cacheTo: readonly string[];
    };

/** Limits that every replica gets. */
export interface ReplicaLimits {
  /** CPUs, for example 0.5. */
  readonly cpus: number;
  /** Bytes. */
  readonly memoryBytes: number;
  /** Processes and threads. */
  readonly pids: number;
}

/** From which version the rolling update goes to which. */
export interface RolloutSource {
  /** What it starts from; null: the image under test. */
  readonly baselineImage: string | null;
  /** What it deploys; null: the image under test. */
  readonly image: string | null;
  /** What it deploys instead: another build, with these laid over the build arguments; empty: none. */
  readonly buildArgs: readonly string[];
}

/** Every input of the action, parsed once and passed down; nothing below reads a raw input. */
export interface Settings {
  readonly image: ImageSource;
  readonly replicas: number;
  /** Holds `{n}`, replaced by 1..replicas. */
  readonly hostnamePattern: string;
  readonly appPort: number;
  /** Environment of each replica, in the order written. */
  readonly appEnv: readonly (readonly [name: string, value: string])[];
  readonly healthPath: string;
  readonly probePath: string;
  /** What the Host header of requests says; null: the address of NGINX. */
  readonly host: string | null;
  /** Further headers of each request, in the order written; each name once. */
  readonly requestHeaders: readonly (readonly [name: string, value: string])[];
  readonly startupTimeoutMs: number;
  readonly limits: ReplicaLimits;
  readonly hardening: HardeningMode;
  readonly nginxImage: string;
  /** Path inside the workspace; null: a configuration is generated. */
  readonly nginxConfig: string | null;
  readonly algorithm: AlgorithmName;
  /** One weight a replica, or null: all equal. */
  readonly weights: readonly number[] | null;
  /** Host port on 127.0.0.1; 'auto': one that is free. */
  readonly port: number | 'auto';
  readonly checks: readonly CheckName[];
  readonly faults: readonly FaultName[];
  readonly rollout: RolloutSource;
  /** Requests per second for each scenario. */
  readonly rate: number;
  readonly profile: ProfileName;
  /** The profile's gates with the user's own laid over them. */
  readonly gates: readonly Gate[];
  readonly onInconclusive: 'fail' | 'pass';
  readonly githubToken: string;
  readonly comment: CommentMode;
  /** Empty: derived from workflow, job and matrix. */
  readonly commentKey: string;
  /** report.json of an earlier run, relative to the workspace or absolute; null: nothing is compared. */
  readonly compareWith: string | null;
  /** Empty: under the runner's temporary directory. */
  readonly reportDir: string;
  readonly keepCluster: boolean;
  /** 32-bit unsigned; null: drawn at random and printed. */
  readonly seed: number | null;
}
