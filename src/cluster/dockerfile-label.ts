/** `# escape=` and the backtick or backslash that it sets (moby/buildkit, frontend/dockerfile/parser/directives.go). */
const ESCAPE_DIRECTIVE = /^#\s*escape\s*=\s*([\\`])\s*$/i;
/** Any directive; the first line that is none ends them. */
const DIRECTIVE = /^#\s*[a-z][a-z0-9]*\s*=/i;

/**
 * The Dockerfile with a LABEL behind each FROM, so that every image and container of a build carries the labels. The classic
 * builder's own `--label` marks the very last image alone: a build that fails or is killed would leave images that nobody
 * can tell from others', and so would the earlier stages of one that succeeds (moby, builder/dockerfile/builder.go).
 *
 * @param labels none of them holds a quote, a backslash or a dollar sign.
 */
export function labelStages(dockerfile: string, labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `"${name}"="${value}"`);
  const continues = lineContinuation(dockerfile);
  let instruction: string | null = null;
  const endsStage = (line: string): boolean => {
    // Comments and empty lines may stand between the lines of an instruction, and belong to none.
    if (/^\s*(#|$)/.test(line)) return false;
    instruction ??= line;
    if (continues.test(line)) return false;
    const isFrom = /^\s*FROM\s/i.test(instruction);
    instruction = null;
    return isFrom;
  };
  return dockerfile
    .split('\n')
    .flatMap((line) => (endsStage(line) ? [line, `LABEL ${pairs.join(' ')}`] : [line]))
    .join('\n');
}

/** What a line looks like that goes on in the next one (parser.go, `lineContinuationRegex`). */
function lineContinuation(dockerfile: string): RegExp {
  for (const line of dockerfile.replace(/^\uFEFF/, '').split('\n')) {
    if (ESCAPE_DIRECTIVE.exec(line.trim())?.[1] === '`') return /`\s*$/;
    if (!DIRECTIVE.test(line.trim())) break;
  }
  return /\\\s*$/;
}
