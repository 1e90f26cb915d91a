import { shortened } from '../settings/wording';

/** Lines that are kept of what others wrote, the last ones, and characters of each: an app may write megabytes without a line break. */
const MOST_LINES = 200;
const LONGEST_LINE = 1_000;
/** Characters of a message, which may repeat an engine's words, and these what an image says. */
const LONGEST_MESSAGE = 4_000;

/**
 * Something in the way before anything could be measured: the message is one line for the user that says what and, where
 * it is known, what to do. `details` are further lines (a replica's last log lines, NGINX's own message): text from
 * outside, to be escaped wherever it is shown. Both are cut to what somebody may read.
 */
export class SetupError extends Error {
  override readonly name = 'SetupError';
  /** The line of a file of the user that is to blame; null: none is, or it is unknown. */
  readonly place: FilePlace | null;
  /** What is wrong with that line, where more is known than that; null: that is all. */
  readonly remedy: Remedy | null;
  readonly details: readonly string[];
  constructor(
    message: string,
    details: readonly string[] = [],
    {
      place = null,
      remedy = null,
      ...options
    }: ErrorOptions & { readonly place?: FilePlace | null; readonly remedy?: Remedy | null } = {},
  ) {
    super(shortened(message, LONGEST_MESSAGE), options);
    this.details = details.slice(-MOST_LINES).map((line) => shortened(line, LONGEST_LINE));
    this.place = place;
    this.remedy = remedy;
  }
}

/** What a message says of the lines of a log that stand in the details, and where there are none. */
export const LOG_FOLLOWS = ' Its last log lines follow.';
export const NO_LOG = ' It wrote nothing to its log.';

/** What an error says where its details are not shown below it, or are told by themselves. */
export function withoutLog({ message }: SetupError): string {
  const said = [LOG_FOLLOWS, NO_LOG].find((words) => message.endsWith(words));
  return said === undefined ? message : message.slice(0, -said.length);
}

/** A cause and what to do about it, a sentence each. */
export interface Remedy {
  /** Of the diagnosis; absent: NGINX refuses the line. */
  readonly id?: string;
  /** Absent: the first of the error's details. */
  readonly evidence?: string;
  readonly cause: string;
  readonly fix: string;
}

/** A line of a file in the workspace. */
export interface FilePlace {
  readonly file: string;
  readonly line: number;
}
