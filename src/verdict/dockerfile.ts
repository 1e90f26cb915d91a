/** One instruction of a Dockerfile. */
export interface Instruction {
  /** In capitals: `FROM`, `USER`. */
  readonly keyword: string;
  /** What follows it, lines joined by a blank, without comments. */
  readonly args: string;
  /** First and last line, from 1. */
  readonly line: number;
  readonly endLine: number;
}

/** `# escape=` and the backtick that it may set (moby/buildkit, frontend/dockerfile/parser/directives.go). */
const BACKTICK_ESCAPE = /^(#\s*[a-z]+\s*=.*\n)*#\s*escape\s*=\s*`/i;
/** A here-document's start, a word of its own, with its end mark (parser.go, `reHeredoc`). */
const HEREDOC = /(?<=^|\s)\d*<<(-?)(["']?)([^\s<"']+)\2(?=\s|$)/g;
const HEREDOC_KEYWORDS: readonly string[] = ['RUN', 'COPY', 'ADD'];

/** Reads a Dockerfile's instructions, with their places; what is no instruction is left out. Never throws. */
export function readDockerfile(text: string): readonly Instruction[] {
  const continues = BACKTICK_ESCAPE.test(text) ? /`\s*$/ : /\\\s*$/;
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  const instructions: Instruction[] = [];
  for (let index = 0; index < lines.length; index += 1) {
    if (isBlank(lines[index])) continue;
    const first = index;
    const parts: string[] = [];
    for (; index < lines.length; index += 1) {
      const line = lines[index] ?? '';
      // Comments and empty lines may stand between the lines of an instruction, and belong to none.
      if (isBlank(line)) continue;
      parts.push(line.replace(continues, '').trim());
      if (!continues.test(line)) break;
    }
    const [, keyword = '', args = ''] = /^([A-Za-z]+)(?:\s+([^]*))?$/.exec(parts.join(' ').trim()) ?? [];
    if (keyword === '') continue;
    if (HEREDOC_KEYWORDS.includes(keyword.toUpperCase())) index = heredocEnd(args, lines, index);
    const endLine = Math.min(index, lines.length - 1) + 1;
    instructions.push({ keyword: keyword.toUpperCase(), args, line: first + 1, endLine });
  }
  return instructions;
}

/** Before the instruction, in the words of buildx: `[builder 2/4]`. */
const STAGE = /^\[[^\]]*\] /;
/** moby/buildkit, frontend/dockerfile/parser/errors.go; in older engines without `on`. */
const PARSE_ERROR = /dockerfile parse error (?:on )?line (\d+)/i;

/**
 * The line of the instruction at which a build failed, from 1; null: unknown, or there are several like it.
 *
 * @param step the instruction as the builder tells it; null: none.
 * @param cause the builder's words for what went wrong; null: it has none.
 */
export function lineOfFailure(
  text: string,
  { step, cause }: { step: string | null; cause: string | null },
): number | null {
  const unread = PARSE_ERROR.exec(cause ?? '')?.[1];
  if (unread !== undefined) return Number(unread);
  const words = (some: string): string => some.replaceAll(/\s+/g, ' ').trim().toLowerCase();
  const wanted = words((step ?? '').replace(STAGE, ''));
  const [found, ...others] = readDockerfile(text).filter(({ keyword, args }) => words(`${keyword} ${args}`) === wanted);
  return found === undefined || others.length > 0 ? null : found.line;
}

/**
 * The instructions that make up one stage, those of the stages that it is built upon first.
 *
 * @param target its name or number; null: the last one.
 */
export function stageOf(instructions: readonly Instruction[], target: string | null): readonly Instruction[] {
  const starts = instructions.flatMap(({ keyword }, index) => (keyword === 'FROM' ? [index] : []));
  const stages = starts.map((start, index) => instructions.slice(start, starts[index + 1]));
  const wanted = target === null ? stages.length - 1 : indexOfStage(stages, target);
  return withParents(stages, wanted);
}

function withParents(stages: readonly (readonly Instruction[])[], index: number): readonly Instruction[] {
  const stage = stages[index];
  if (stage === undefined) return [];
  const base = stage[0]?.args.split(/\s+/).find((word) => !word.startsWith('--')) ?? '';
  const parent = indexOfStage(stages.slice(0, index), base);
  return parent < 0 ? stage : [...withParents(stages, parent), ...stage];
}

function indexOfStage(stages: readonly (readonly Instruction[])[], name: string): number {
  const named = stages.findIndex(
    ([from]) => / AS (\S+)$/i.exec(from?.args ?? '')?.[1]?.toLowerCase() === name.toLowerCase(),
  );
  return named < 0 && /^\d+$/.test(name) ? Number(name) : named;
}

function heredocEnd(args: string, lines: readonly string[], from: number): number {
  let index = from;
  for (const [, dash, , mark] of args.matchAll(HEREDOC)) {
    const isEnd = (line: string): boolean => (dash === '' ? line : line.replace(/^\t+/, '')) === mark;
    const end = lines.findIndex((line, at) => at > index && isEnd(line));
    if (end < 0) return index;
    index = end;
  }
  return index;
}

function isBlank(line: string | undefined): boolean {
  return line === undefined || /^\s*(#|$)/.test(line);
}
