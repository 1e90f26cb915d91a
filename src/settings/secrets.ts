import { mayBeSecret } from './secret-names';
import type { Settings } from './settings';

/** A shorter value would be found in ordinary words, and hides nothing. */
const LEAST_LENGTH = 4;
/** `scheme://user:password@host` (RFC 3986, section 3.2.1), under whatever name. */
const URL_PASSWORD = /^[a-z][a-z\d+.-]*:\/\/[^/?#@:]*:([^/?#@]+)@/i;

/**
 * What a report says in words of its own, or by which its parts are found: these hold nothing from outside, and must stay as they are whatever
 * somebody's password is.
 */
const OWN_WORDS: ReadonlySet<string> = new Set([
  ...['verdict', 'outcome', 'unit', 'operator', 'source', 'role', 'kind', 'method', 'connection', 'change', 'check'],
  ...['name', 'metric', 'scenario', 'phase', 'id', 'gates', 'added', 'removed', 'replica', 'replicas', 'victim'],
]);

type Named = readonly [name: string, value: string];

/**
 * Values that must not appear in a log or a report, longest first: the token, and what environment, headers and build arguments keep under
 * such names, or in a URL.
 *
 * @param surroundings the step's environment, from which `docker build` takes build arguments without a value.
 */
export function secretValues(
  { githubToken, appEnv, requestHeaders, image, rollout }: Settings,
  surroundings: Readonly<Record<string, string | undefined>>,
): readonly string[] {
  const buildArguments = [...(image.kind === 'build' ? image.buildArgs : []), ...rollout.buildArgs].map(
    (line): Named => {
      const [name = '', value] = line.split(/=(.*)/s);
      return [name, value ?? surroundings[name] ?? ''];
    },
  );
  // Behind a scheme, as in `Authorization: Basic …` (RFC 9110, section 11.4), it is one by itself.
  const headers = requestHeaders.flatMap(([name, value]) =>
    [...new Set([value, value.split(' ').at(-1) ?? ''])].map((part): Named => [name, part]),
  );
  const guessed = [...appEnv, ...headers, ...buildArguments].flatMap(([name, value]) => [
    // Line by line as well: so an app, or a build, writes one of several lines.
    ...(mayBeSecret(name, value) ? [value, ...value.split('\n')] : []),
    ...(URL_PASSWORD.exec(value)?.slice(1) ?? []),
  ]);
  const secrets = new Set([githubToken, ...guessed].filter((value) => value.length >= LEAST_LENGTH));
  // One may be the beginning of another, of which the end would be left.
  return [...secrets].toSorted((one, other) => other.length - one.length);
}

/** The same value with every secret in any of its texts replaced by asterisks; arrays and plain objects are gone through. */
export function withoutSecrets<T>(value: T, secrets: readonly string[]): T {
  return scrub(value, secrets) as T;
}

function scrub(value: unknown, secrets: readonly string[]): unknown {
  if (typeof value === 'string') return secrets.reduce((text, secret) => text.replaceAll(secret, '***'), value);
  if (Array.isArray(value)) return value.map((item) => scrub(item, secrets));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key,
      OWN_WORDS.has(key) && isPlain(item) ? item : scrub(item, secrets),
    ]),
  );
}

function isPlain(item: unknown): boolean {
  return typeof item === 'string' || (Array.isArray(item) && item.every((one) => typeof one === 'string'));
}
