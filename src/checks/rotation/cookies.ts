import { parseSetCookie, type Cookie } from 'set-cookie-parser';

/** What an answer does to a client's cookies: name → value; null: it takes the cookie away. */
export type Changes = ReadonlyMap<string, string | null>;

/** The cookies that a client has: name → value. */
export type Jar = ReadonlyMap<string, string>;

export const NO_COOKIES: Jar = new Map();

/**
 * What lines `Set-Cookie` do to the cookies that a client sends with its next request for `path`.
 *
 * @param now epoch milliseconds: which cookies are over by then.
 */
export function changesOf(lines: readonly string[], path: string, now: number): Changes {
  const cookies = parseSetCookie([...lines], { decodeValues: false, split: false });
  return new Map(
    cookies
      .filter((cookie) => isSentTo(path, cookie))
      .map((cookie) => [cookie.name, isOver(cookie, now) ? null : cookie.value]),
  );
}

/** What the client has after an answer, as a browser would keep it. */
export function jarAfter(jar: Jar, changes: Changes): Jar {
  const after = new Map(jar);
  for (const [name, value] of changes) {
    if (value === null) after.delete(name);
    else after.set(name, value);
  }
  return after;
}

const LONGEST_NAME = 60;

/** A cookie's name, for people. */
export function shownName(name: string): string {
  return name.slice(0, LONGEST_NAME);
}

/** The header that shows them. */
export function cookieHeader(jar: Jar): Readonly<Record<string, string>> {
  return jar.size === 0 ? {} : { cookie: [...jar].map(([name, value]) => `${name}=${value}`).join('; ') };
}

/** RFC 6265, section 5.1.4. */
function isSentTo(path: string, { path: scope = '/' }: Cookie): boolean {
  const asked = path.split(/[?#]/)[0] ?? path;
  return !scope.startsWith('/') || asked === scope || asked.startsWith(scope.endsWith('/') ? scope : `${scope}/`);
}

/** A server takes a cookie away by one that is over already (RFC 6265, section 3.1). */
function isOver({ maxAge, expires }: Cookie, now: number): boolean {
  return maxAge === undefined ? (expires?.getTime() ?? Infinity) <= now : maxAge <= 0;
}
