import type { Settings } from './settings';

/** Names under which people keep what nobody else should read. */
const SECRET_NAME = /pass(word|wd|phrase)?|secret|token|credential|private|api[_-]?key|access[_-]?key|auth|cookie/i;
/** A shorter value would be found in ordinary words, and hides nothing. */
const LEAST_LENGTH = 4;

/** Values that must not appear in a log or a report: the token, and what environment, headers and build arguments keep under such names. */
export function secretValues({ githubToken, appEnv, requestHeaders, image }: Settings): readonly string[] {
  const buildArguments =
    image.kind === 'build' ? image.buildArgs.map((line) => line.split(/=(.*)/s).slice(0, 2) as [string, string?]) : [];
  // Behind a scheme, as in `Authorization: Basic …` (RFC 9110, section 11.4), it is one by itself.
  const headers = requestHeaders.flatMap(([name, value]) =>
    [...new Set([value, value.split(' ').at(-1)])].map((part) => [name, part] as const),
  );
  const named = [...appEnv, ...headers, ...buildArguments]
    .filter(([name]) => SECRET_NAME.test(name))
    .map(([, value]) => value ?? '');
  return [githubToken, ...named].filter((value) => value.length >= LEAST_LENGTH);
}

/** The same value with every secret in any of its texts replaced by asterisks; arrays and plain objects are gone through. */
export function withoutSecrets<T>(value: T, secrets: readonly string[]): T {
  return scrub(value, secrets) as T;
}

function scrub(value: unknown, secrets: readonly string[]): unknown {
  if (typeof value === 'string') return secrets.reduce((text, secret) => text.replaceAll(secret, '***'), value);
  if (Array.isArray(value)) return value.map((item) => scrub(item, secrets));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, scrub(item, secrets)]));
}
