/** A remark that GitHub shows beside the job and, with a file, beside the line in the pull request. */
export interface Annotation {
  readonly kind: 'error' | 'warning' | 'notice';
  readonly title: string;
  readonly message: string;
  /** Path relative to the workspace; null: the remark belongs to no file. */
  readonly file: string | null;
  /** From 1; null: unknown. */
  readonly line: number | null;
}

/** GitHub shows this many of each kind for a step and silently drops the rest (actions/toolkit, problem-matchers.md). */
export const ANNOTATIONS_OF_A_KIND = 10;

/** The order in which kinds are written, the worst first. */
const KINDS = ['error', 'warning', 'notice'] as const;

/** What can be shown of the remarks, and the ones that GitHub would swallow. */
export interface ChosenAnnotations {
  readonly shown: readonly Annotation[];
  readonly left: readonly Annotation[];
}

/**
 * Chooses what GitHub will really show: errors, then warnings, then notices, at most ten of each.
 * @param annotations within a kind the worst first: the order is kept.
 */
export function chooseAnnotations(annotations: readonly Annotation[]): ChosenAnnotations {
  const byKind = KINDS.map((kind) => annotations.filter((annotation) => annotation.kind === kind));
  return {
    shown: byKind.flatMap((some) => some.slice(0, ANNOTATIONS_OF_A_KIND)),
    left: byKind.flatMap((some) => some.slice(ANNOTATIONS_OF_A_KIND)),
  };
}
