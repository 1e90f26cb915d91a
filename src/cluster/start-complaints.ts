import { NO_INTERPRETER, WRONG_FORMAT } from './image-faults';

/** What comes instead, as `hardening` is asked to check and not to enforce. */
const AS_IT_IS = '`hardening: report` runs replicas as the image has them';

/** What an app writes that is kept from doing something by how replicas are hardened, or cannot run here at all. */
const COMPLAINTS: readonly (readonly [words: RegExp, hardened: boolean, advice: (line: string) => string])[] = [
  [/exec format error/, false, () => `what it starts is ${WRONG_FORMAT}`],
  // Of a program that is not there the engine does not even start the container. Before runc 1.1 it did not say which file it is.
  [
    /^exec \/\S+: no such file or directory|exec user process caused: no such file|^(?:\/usr\/bin\/)?env: .*(?:\\r|\r)/,
    false,
    () => NO_INTERPRETER,
  ],
  // A file that demands capabilities which nobody may have is not executed at all (capabilities(7), "Safety checking for capability-dumb
  // binaries"). Images of Caddy have such a file (caddyserver/caddy-docker, Dockerfile.tmpl).
  [/^exec \/\S+: operation not permitted|exec user process caused: operation not permitted/, true, ofCapableFile],
  // A home that is `/` may not be written to. What is only looked for there (`/.env`) most programs do without.
  [/^(?=.*(?:read-only file system|EROFS|EACCES|permission denied)).*(?:^|[\s"'`‘])\/\.[a-z]/i, false, ofHome],
  [/^(?=.*(?:ENOENT|no such file)).*(?:[\s"'`‘]\/\.[a-z][\w.-]*\/|mkdir\S*\s["'`‘]?\/\.[a-z])/i, false, ofHome],
  // SQLite's own words for it (src/main.c, sqlite3ErrStr); Node's libraries give the names of the results.
  [
    /unable to open database file|attempt to write a readonly database|SQLITE_(?:CANTOPEN|READONLY)/i,
    true,
    () =>
      'it cannot write to its SQLite database, as the root file system is read-only here (input hardening), and each replica would have one of its ' +
      `own: let it use one that all replicas reach or, for this test, one below /tmp (input app-env); ${AS_IT_IS}`,
  ],
  [
    /resource temporarily unavailable|can't start new thread|\bEAGAIN\b|pthread_create failed/i,
    false,
    () => 'it could start no more processes or threads: allow more (input pids-limit), or let it start fewer',
  ],
  [/read-only file system|EROFS/i, true, ofReadOnly],
  [
    /operation not permitted|EPERM/i,
    true,
    () =>
      'all capabilities are dropped here (input hardening), so it cannot change owners or users when it starts: do that in the Dockerfile',
  ],
];

function ofCapableFile(line: string): string {
  const file = /exec (\/\S+):/.exec(line)?.[1] ?? 'it';
  return (
    `the file has capabilities of its own (\`setcap\`), and all are dropped here (input hardening), so it may not be run: take them off in the ` +
    `Dockerfile (\`RUN setcap -r ${file}\`; in a container every user may listen on port 80), or ${AS_IT_IS}`
  );
}

/** The home of a user whom the image does not know by a number of its own is `/`. */
function ofHome(line: string): string {
  const path = /\/\.[a-z][^\s"'`’:,;)]*/i.exec(line)?.[0] ?? '/';
  return (
    `it wants to keep files below its home directory (${path}), and its user has none: say where there is one that it may write to ` +
    '(`ENV HOME=/tmp` in the Dockerfile, input app-env)'
  );
}

function ofReadOnly(line: string): string {
  const path = readOnlyPath(line);
  return (
    `${path === null ? 'it wants to write to the root file system' : `it wants to write ${path}`}, and the root file system is read-only here ` +
    `(input hardening): let it write below /tmp (mostly a setting of the program, or of its environment, says where), or not at all; ${AS_IT_IS}`
  );
}

/** A path that programs name just before these words or, where there is none, behind them, or anywhere in the line. */
const READ_ONLY_PATHS: readonly RegExp[] = [
  /(\/[^\s"'`‘’:,;()]+)["'`’]?[\s:,(]*(?:failed \(30: )?read-only file system/i,
  /(?:read-only file system|EROFS).*?(\/[^\s"'`‘’:,;()]+)/i,
  /(\/[^\s"'`‘’:,;()]+).*(?:read-only file system|EROFS)/i,
];

function readOnlyPath(line: string): string | null {
  return READ_ONLY_PATHS.flatMap((pattern) => pattern.exec(line)?.[1] ?? []).at(0) ?? null;
}

/** What stands nearer to the end is more likely the reason; behind it there may be all that was being called (Java). */
const NEAR_END = 20;

/** What a replica's last lines say of why it ended; null: nothing that is known. */
export function adviceFor(lines: readonly string[], hardened: boolean): string | null {
  return adviceIn(lines.slice(-NEAR_END), hardened) ?? adviceIn(lines, hardened);
}

function adviceIn(lines: readonly string[], hardened: boolean): string | null {
  for (const [words, needsHardened, advice] of COMPLAINTS) {
    const line = lines.find((text) => words.test(text));
    if (line !== undefined && (hardened || !needsHardened)) return advice(line);
  }
  return null;
}
