import type { Probe } from '../../checks/evidence';
import { copyingsIn, type Copying } from '../../checks/hardening/copied';
import type { Instruction } from '../dockerfile';
import type { Case } from './diagnosis';
import { diffOf } from './diff';
import { instructionsOf, placedAt, type Place } from './dockerfile-place';
import { NOWHERE } from './place';
import { listed } from './wording';

/** How a file came into the image: by which instruction, and whether that names the file. */
interface Way {
  readonly instruction: Instruction;
  readonly copying: Copying;
  readonly kind: 'by-name' | 'with-its-folder' | 'from-stage';
}

const AFTERWARDS =
  'hand over what the app needs of it when the container is started (here: input `app-env`, from a secret), and replace it by a new one.';

/** The files that came into the image by one instruction, for each of these; those of unknown origin are together. */
export function secretFilesByWay(situation: Case, found: readonly Probe[]): readonly (readonly Probe[])[] {
  return [...Map.groupBy(found, ({ subject }) => wayOf(situation, subject)?.instruction.line ?? null).values()];
}

/**
 * Where files came into the image, and how they are kept out of it: a file that an instruction names by not naming it, one that comes with its
 * folder by a line in `.dockerignore`.
 *
 * @param found files that came by one and the same instruction.
 */
export function secretFilePlace(situation: Case, found: readonly Probe[]): Place {
  const paths = found.map(({ subject }) => subject);
  const way = wayOf(situation, paths[0] ?? '');
  if (way === null) return NOWHERE;
  const { instruction, copying, kind } = way;
  const at = placedAt(situation, instruction, null);
  const cause = `${at.file ?? ''}:${instruction.line} copies ${listed(paths)} into the image: everybody who can pull the image can read it.`;
  if (kind === 'from-stage') {
    return { ...at, cause, fix: `Copy from that stage only what the app runs with; ${AFTERWARDS}` };
  }
  if (kind === 'with-its-folder') return ignoring(situation, { ...at, cause }, paths);
  const { line, endLine } = instruction;
  const removal = { kind: 'replace', line, count: endLine - line + 1, lines: [] } as const;
  return {
    ...(copying.sources.length === 1 && !instruction.args.includes(VARIABLE)
      ? placedAt(situation, instruction, removal)
      : at),
    cause,
    fix: `Take it out of that instruction; ${AFTERWARDS}`,
  };
}

/** With a diff where there is a file to be extended. */
function ignoring(situation: Case, at: Place, paths: readonly string[]): Place {
  const ignore = situation.dockerfile?.ignore;
  const patterns = [...new Set(paths.map(patternFor))];
  const words = listed(patterns.map((pattern) => `\`${pattern}\``));
  if (ignore === undefined)
    return { ...at, fix: `Keep it out by a \`.dockerignore\` that says ${words}; ${AFTERWARDS}` };
  if (ignore.text === null) {
    const fix = `Make a file \`${ignore.path}\` that says ${words}, one a line; ${AFTERWARDS}`;
    return { ...at, fix: patterns.length === 1 ? fix.replace(', one a line;', ';') : fix };
  }
  const lines = ignore.text.replace(/\n$/, '').split('\n');
  const last = { kind: 'insert-after', line: lines.length, lines: patterns } as const;
  const diff = patterns.every((pattern) => PLAIN.test(pattern)) ? diffOf(ignore.text, last) : null;
  const fix = `Add ${words} to \`${ignore.path}\`; ${AFTERWARDS}`;
  return diff === null ? { ...at, fix } : { ...at, file: ignore.path, line: lines.length, diff, fix };
}

/** Nothing in it means more than itself (Dockerfile reference, ".dockerignore file"). */
const PLAIN = /^(?:\*\*\/)?[\w.@+ -]+$/;

/** A line of `.dockerignore` that keeps a file out, wherever in the context it is. */
function patternFor(path: string): string {
  if (path.endsWith('/.git/config')) return '**/.git';
  const [, folder] = /\/(\.aws|\.docker)\/[^/]+$/.exec(path) ?? [];
  return `**/${folder ?? nameOf(path)}`;
}

/** The instruction that put a file to its place, as far as names tell; null: none that is known. */
function wayOf(situation: Case, path: string): Way | null {
  const instructions = instructionsOf(situation);
  const copyings = copyingsIn(instructions).filter(({ destination }) => reaches(destination, path));
  const byName = copyings.findLast(
    ({ sources, destination }) => destination === path || sources.some((source) => nameOf(source) === nameOf(path)),
  );
  const copying =
    byName ??
    copyings.findLast(({ sources }) => sources.some((source) => FOLDER.test(source))) ??
    // What has no extension is a folder as well, if it is no program.
    copyings.findLast(
      ({ sources, destination }) =>
        !destination.includes(VARIABLE) && sources.some((source) => !nameOf(source).includes('.')),
    );
  const instruction = copying === undefined ? undefined : instructions[copying.index];
  if (copying === undefined || instruction === undefined) return null;
  const isNamed = byName !== undefined || copying.sources.every((source) => source.includes(VARIABLE));
  const kind = copying.isFromStage ? 'from-stage' : isNamed ? 'by-name' : 'with-its-folder';
  return { instruction, copying, kind };
}

/** The context, or what is surely a folder. */
const FOLDER = /^\.$|\/\.?$|\*$/;
/** Of the build; it may stand for any place. */
const VARIABLE = '$';

function reaches(destination: string, path: string): boolean {
  const within = destination === '/' ? destination : `${destination}/`;
  return destination === path || path.startsWith(within) || destination.includes(VARIABLE);
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
