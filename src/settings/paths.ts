import { accepted, refused, type Reader } from './reading';
import { notAccepted } from './wording';

/** What Docker takes for a remote build context rather than a folder (moby, builder/remotecontext/urlutil). */
const REMOTE = /^(?:[a-z][a-z0-9+.-]*:\/\/|git@|github\.com\/)/i;

/** A file or folder that has to be inside the workspace; `forms` says what to give instead, and why. */
export function workspacePath(forms: string): Reader<string> {
  return (text) => {
    if (isRelative(text) && !REMOTE.test(text) && !climbsOut(text)) return accepted(text);
    return refused(notAccepted(text, forms));
  };
}

/** A relative path whose base is another input's value. */
export function relativePath(forms: string): Reader<string> {
  return (text) => (isRelative(text) ? accepted(text) : refused(notAccepted(text, forms)));
}

/** Any path on one line; empty: none. */
export const anyPath: Reader<string> = (text) => {
  if (text === '' || isPlain(text)) return accepted(text);
  return refused(notAccepted(text, 'a path on one line that does not begin with `-`'));
};

/** Whether a relative path leaves the folder it starts from, be it only on the way. Symbolic links are not seen here. */
export function climbsOut(path: string): boolean {
  let depth = 0;
  for (const segment of path.split('/')) {
    if (segment === '..') depth -= 1;
    else if (segment !== '' && segment !== '.') depth += 1;
    if (depth < 0) return true;
  }
  return false;
}

function isRelative(path: string): boolean {
  return isPlain(path) && !path.startsWith('/');
}

/** A command line would take a path that begins with a hyphen for an option. */
function isPlain(path: string): boolean {
  return path !== '' && path.length <= 4096 && !path.startsWith('-') && !/[\p{Cc}\p{Zl}\p{Zp}]/u.test(path);
}
