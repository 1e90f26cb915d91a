/** Lines that are kept of a build's output; its end says what went wrong. */
const MAX_LINES = 200;
const MAX_LINE_LENGTH = 500;
/** Lines that are shown of a build that failed. */
const SHOWN_LINES = 20;

/** What the builders print around the words that matter. */
const NOISE = new RegExp(
  [
    /^\s*$|^[-=]+$| ---> |^Removing intermediate container|^Sending build context/,
    /^DEPRECATED: The legacy builder|^\s+(Install the buildx|BuildKit is currently disabled|environment-variable\.$)/,
  ]
    .map(({ source }) => source)
    .join('|'),
);

/** `Step 3/7 : RUN make`, from the classic builder. */
const CLASSIC_STEP = /^Step \d+\/\d+ : (.*)$/;
/** `#8 [3/5] RUN make`, from buildx; the number stands for the step in all later lines. */
const BUILDX_STEP = /^#(\d+) (?!\d|ERROR|CACHED|DONE|CANCELED|\.\.\.|sha256:|extracting|resolve|transferring)(.*)$/;
const BUILDX_ERROR = /^#(\d+) ERROR: /;

/** What a cache that is down or not to be had makes buildx say. */
const CACHE_TROUBLE = /cache (export|import|backend|manifest)|(export|import)ing cache|GitHub Actions Cache/i;

/** What a failed build comes to. */
export interface BuildFailure {
  /** The Dockerfile's instruction that failed; null: none did. */
  readonly step: string | null;
  /** The line that says what went wrong; null: no line does. */
  readonly cause: string | null;
  /** The end of the output, without what says nothing. */
  readonly lines: readonly string[];
  /** Whether it was the build's cache that failed and not the build. */
  readonly blamesCache: boolean;
}

/** Reads along with a build, in bounded memory, to tell afterwards why it failed. */
export class BuildTranscript {
  private readonly lines: string[] = [];
  private readonly steps = new Map<string, string>();
  private step: string | null = null;
  private failed: string | null = null;

  add(line: string): void {
    this.lines.push(line.slice(0, MAX_LINE_LENGTH));
    if (this.lines.length > MAX_LINES) this.lines.shift();
    this.step = CLASSIC_STEP.exec(line)?.[1] ?? this.step;
    const [, number, name] = BUILDX_STEP.exec(line) ?? [];
    if (number !== undefined && name !== undefined && !this.steps.has(number)) this.steps.set(number, name);
    const error = BUILDX_ERROR.exec(line)?.[1];
    if (error !== undefined) this.failed = this.steps.get(error) ?? null;
  }

  failure(): BuildFailure {
    const told = this.lines.filter((line) => !NOISE.test(line));
    const cause = told.findLast((line) => /error|failed|denied|non-zero code/i.test(line)) ?? null;
    const isInstruction = this.failed === null || this.failed.startsWith('[');
    return {
      step: isInstruction ? (this.failed ?? this.step) : null,
      cause: cause === null ? null : cause.replace(BUILDX_ERROR, '').trim(),
      lines: told.slice(-SHOWN_LINES),
      blamesCache:
        (!isInstruction && CACHE_TROUBLE.test(this.failed ?? '')) ||
        (this.failed === null && CACHE_TROUBLE.test(cause ?? '')),
    };
  }
}
