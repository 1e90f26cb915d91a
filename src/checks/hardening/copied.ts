import { posix } from 'node:path';

/** One instruction that puts files into an image. */
export interface Copying {
  /** As they are written; of an image's history they may be a builder's own names. */
  readonly sources: readonly string[];
  /** Absolute; it may be a file or a folder. */
  readonly destination: string;
  /** They come out of another stage, or another image. */
  readonly isFromStage: boolean;
  /** Which of the instructions it is, from 0. */
  readonly index: number;
}

/** Of an instruction: what it is called, and what follows. */
interface Words {
  readonly keyword: string;
  readonly args: string;
}

const FLAG = /^--\S+$/;

/** Every `COPY` and `ADD`, with the place that it puts files to: it counts from the `WORKDIR` that is in force (Dockerfile reference, COPY). */
export function copyingsIn(instructions: readonly Words[]): readonly Copying[] {
  let workingDir = '/';
  return instructions.flatMap(({ keyword, args }, index) => {
    if (keyword === 'WORKDIR') workingDir = posix.resolve(workingDir, unquoted(args.trim()));
    if (keyword !== 'COPY' && keyword !== 'ADD') return [];
    const words = args.trim().split(/\s+/);
    const flags = words.slice(
      0,
      words.findIndex((word) => !FLAG.test(word)),
    );
    const paths = execFormOf(words.slice(flags.length).join(' ')) ?? words.slice(flags.length);
    const destination = paths.at(-1);
    if (destination === undefined || paths.length < 2) return [];
    return [
      {
        sources: paths.slice(0, -1),
        destination: posix.resolve(workingDir, destination),
        isFromStage: flags.some((flag) => flag.startsWith('--from=')),
        index,
      },
    ];
  });
}

/** `["a b", "c"]`: what an instruction names in exec form; a list that cannot be read is none (Dockerfile reference, "Exec form"). null: another form. */
export function execFormOf(text: string): readonly string[] | null {
  try {
    const words: unknown = JSON.parse(text);
    return Array.isArray(words) && words.every((word) => typeof word === 'string') ? words : null;
  } catch {
    return null;
  }
}

function unquoted(text: string): string {
  return text.replace(/^(["'])(.*)\1$/, '$2');
}

/** BuildKit: `COPY . . # buildkit`. The classic builder: `/bin/sh -c #(nop) COPY dir:9a0b… in /app `. */
const STEP = /^(?:\/bin\/sh -c #\(nop\) +)?(COPY|ADD|WORKDIR) (.*?)(?: +# buildkit)?\s*$/s;
const CLASSIC = /^\S+ in (.*)$/s;

/** The instructions that an image's history tells of, in the order in which they were carried out: of the files that it has, where they are. */
export function instructionsOf(steps: readonly string[]): readonly Words[] {
  return steps.toReversed().flatMap((step) => {
    const [, keyword, args] = STEP.exec(step) ?? [];
    if (keyword === undefined || args === undefined) return [];
    const destination = CLASSIC.exec(args)?.[1];
    return [{ keyword, args: keyword === 'WORKDIR' || destination === undefined ? args : `. ${destination}` }];
  });
}

/** Folders that hold a distribution's and its packages' own files beside what an app may put there. */
const OF_THE_SYSTEM =
  /^\/(?:usr(?:\/local)?(?:\/(?:s?bin|share|include|libexec|etc|src))?|s?bin|etc|var(?:\/(?:lib|cache|log|tmp))?|opt|mnt|media|boot|dev|proc|run|sys|tmp|)$/;
/** The same, with all that is below them. */
const SYSTEM_AND_BELOW = /^\/(?:(?:usr\/(?:local\/)?)?lib\w*|etc\/(?:ssl|pki|ca-certificates)|proc|sys|dev)(?:\/|$)/;
/** Folders of users: what `RUN` leaves in them are settings of tools. */
const HOMES: readonly string[] = ['/root', '/home'];
/** What is looked for by name, where a folder is not gone through. */
const BY_NAME: readonly string[] = [
  ...['.env', '.npmrc', '.netrc', '.pypirc', '.git-credentials', '.git/config', '.aws/credentials'],
  ...['id_rsa', 'id_ed25519'],
];
/** Where apps live by custom, for an image whose history says nothing. */
const USUAL: readonly string[] = ['/app', '/code', '/srv', '/workspace', '/usr/src/app', '/var/www', '/opt/app'];

/**
 * Folders and files in which an image has what it adds for its app: what its build copied, where its command starts, the homes of users. Nothing
 * of a distribution's own folders, but for single files that were copied there. None is within another one.
 *
 * @param isWanted whether a file of this path would be worth reading.
 */
export function placesOfApp(
  steps: readonly string[],
  workingDir: string,
  isWanted: (path: string) => boolean,
): readonly string[] {
  const copyings = copyingsIn(instructionsOf(steps));
  const start = posix.resolve('/', workingDir);
  const wide = [start, ...copyings.map(({ destination }) => destination)].filter((path) => !isOfSystem(path));
  const narrow = copyings
    .filter(({ destination }) => isOfSystem(destination))
    .flatMap(({ sources, destination }) => [
      destination,
      ...sources.map((source) => posix.join(destination, posix.basename(source))),
    ])
    .filter(isWanted);
  const named = start === '/' ? BY_NAME.map((name) => posix.join('/', name)) : [];
  const all = new Set([...wide, ...narrow, ...named, ...(wide.length === 0 ? USUAL : []), ...HOMES]);
  return [...all].filter((path) => ![...all].some((other) => path.startsWith(`${other}/`)));
}

function isOfSystem(path: string): boolean {
  return OF_THE_SYSTEM.test(path) || SYSTEM_AND_BELOW.test(path);
}
