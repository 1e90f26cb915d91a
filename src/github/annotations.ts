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

/**
 * Remarks of one step. GitHub shows so many of each kind and silently drops the rest, and 50 of a whole job
 * (actions/toolkit, problem-matchers.md); a reader who has seen ten has seen enough.
 */
const ANNOTATIONS_OF_A_STEP = 10;

/** The order in which kinds are written, the worst first. */
const KINDS = ['error', 'warning', 'notice'] as const;

/** What can be shown of the remarks, and the ones that GitHub would swallow. */
export interface ChosenAnnotations {
  readonly shown: readonly Annotation[];
  readonly left: readonly Annotation[];
}

/**
 * Chooses what GitHub will surely show: errors, then warnings, then notices, ten in all.
 * @param annotations within a kind the worst first: the order is kept.
 */
export function chooseAnnotations(annotations: readonly Annotation[]): ChosenAnnotations {
  const sorted = KINDS.flatMap((kind) => annotations.filter((annotation) => annotation.kind === kind));
  return { shown: sorted.slice(0, ANNOTATIONS_OF_A_STEP), left: sorted.slice(ANNOTATIONS_OF_A_STEP) };
}
