import { INPUT_NAMES, type InputName } from '../inputs';

/** What a workflow decides for every part, and no plan for any. */
export const UNPLANNED_INPUTS = [
  'github-token',
  'comment',
  'comment-key',
  'report-dir',
  'keep-cluster',
  // A part would be compared with the whole of an earlier report.
  'compare-with',
] as const satisfies readonly InputName[];

/** Inputs that a part is given, in the order of action.yml. */
export const PART_INPUTS: readonly InputName[] = INPUT_NAMES.filter(
  (name) => !UNPLANNED_INPUTS.some((unplanned) => unplanned === name),
);
