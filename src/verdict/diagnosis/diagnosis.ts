import type { ScenarioEvidence } from '../../checks/evidence';
import type { NginxModel } from '../../cluster/nginx/model';
import type { GateResult } from '../judgement';

/** Why a gate is not met, and what to change. */
export interface Diagnosis {
  /** Stable, kebab-case: the name of the mistake. */
  readonly id: string;
  /** Metrics of the gates that it explains. */
  readonly gates: readonly string[];
  readonly cause: string;
  readonly evidence: string;
  /** Path in the user's workspace; null: not in a file of the user. */
  readonly file: string | null;
  readonly line: number | null;
  readonly fix: string;
  /** The smallest change to `file`, as the body of a unified diff; null: none that is one edit of a file. */
  readonly diff: string | null;
}

/** What a rule looks at. */
export interface Case {
  /** Gates that are not met: failed, or broken and only warned about. */
  readonly broken: readonly GateResult[];
  readonly scenarios: readonly ScenarioEvidence[];
  readonly nginx: NginxModel;
  readonly config: ConfigSource;
  readonly appPort: number;
  /** What the app's image was built from; null: it was not built here. */
  readonly dockerfile: DockerfileSource | null;
}

/** The Dockerfile of the app's image. */
export interface DockerfileSource {
  /** In the workspace. */
  readonly path: string;
  readonly text: string;
  /** The stage that was built; null: the last one. */
  readonly target: string | null;
  /** What is left out of the build's context; its text is null where there is no such file. Absent: unknown. */
  readonly ignore?: { readonly path: string; readonly text: string | null };
}

/** Where the configuration under test comes from. */
export interface ConfigSource {
  /** Path in the container of the file that is the user's, or of the generated one. */
  readonly containerPath: string;
  /** The same file in the workspace; null: it was generated. */
  readonly workspacePath: string | null;
  readonly text: string;
}

/** A rule that recognises one mistake; null: it is not this one. */
export type Rule = (situation: Case) => Diagnosis | null;

/** Broken gates whose metric ends like this: `stall` finds `failover.stall` and `failover.crash.stall`. */
export function brokenGates(situation: Case, ...endings: readonly string[]): readonly GateResult[] {
  return situation.broken.filter((gate) =>
    endings.some((ending) => gate.metric === ending || gate.metric.endsWith(`.${ending}`)),
  );
}

/** Broken gates about requests that failed once something was broken or replaced. */
export function errorGates(situation: Case): readonly GateResult[] {
  return brokenGates(situation, 'errors', 'unsafe-errors').filter(({ metric }) => metric !== 'baseline.errors');
}

/** Metrics of broken gates on replicas that some requests depend on alone. */
export function aloneGates(situation: Case): readonly string[] {
  return metricsOf(brokenGates(situation, 'alone'));
}

/** Metrics of broken gates that a wrong list of servers, or replicas that fail with nothing broken, may be behind. */
export function listGates(situation: Case): readonly string[] {
  return metricsOf(brokenGates(situation, 'coverage', 'excess', 'errors', 'unsafe-errors', 'retries'));
}

/** The replicas' hostnames, which are in lower case (input hostname-pattern). */
export function hostnamesOf({ scenarios }: Case): readonly string[] {
  return scenarios[0]?.replicas.map(({ hostname }) => hostname) ?? [];
}

/** Their metrics. */
export function metricsOf(gates: readonly GateResult[]): readonly string[] {
  return gates.map((gate) => gate.metric);
}
