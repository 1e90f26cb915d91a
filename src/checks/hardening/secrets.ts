import { isSecret } from '../../settings/secret-names';
import type { Probe } from '../evidence';
import { counted } from '../../settings/wording';

/** The variables of an image's environment that look like secrets: everybody who has the image has them too. */
export function secretVariables(env: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(env)
    .filter(([name, value]) => isSecret(name, value))
    .map(([name]) => name);
}

/** Of arguments that a `RUN` was given, as the builders word it: `RUN |2 A=x B=y /bin/sh -c …`, in older ones without `RUN`. */
const GIVEN = /^(?:RUN )?\|(\d+) (.*)$/s;
const ARGUMENT = /(?:^|\s)([A-Za-z_]\w*)=(\S*)/g;
/** What an argument is unless another value is given. */
const DEFAULT = /^(?:\/bin\/sh -c #\(nop\) +)?ARG (.*)$/s;

/** Build arguments that the history of an image tells, with the values that they had. */
export function buildArgumentsIn(steps: readonly string[]): readonly (readonly [name: string, value: string])[] {
  return steps.flatMap((step) => {
    const [, count, given] = GIVEN.exec(step) ?? [];
    const text = given ?? DEFAULT.exec(step)?.[1] ?? '';
    const found = [...text.matchAll(ARGUMENT)].map(([, name = '', value = '']) => [name, value] as const);
    return count === undefined ? found : found.slice(0, Number(count));
  });
}

/**
 * One finding a variable of the environment, or an argument of the build, by its name alone.
 *
 * @param env null: the image is gone.
 * @param steps of its build, as its history tells them.
 */
export function secretProbes(
  env: Readonly<Record<string, string>> | null,
  steps: readonly string[] = [],
): readonly Probe[] {
  if (env === null) return inEnvironment(env);
  const names = new Set(
    buildArgumentsIn(steps).flatMap(([name, value]) => (!(name in env) && isSecret(name, value) ? [name] : [])),
  );
  const claim = 'the image’s history holds no secret';
  return [
    ...inEnvironment(env),
    ...[...names].map((name) => ({
      ...{ id: 'no-secret-in-history', subject: name, claim },
      ...{ seen: 'an argument of the build that looks like one (value not shown)', holds: false },
    })),
  ];
}

function inEnvironment(env: Readonly<Record<string, string>> | null): readonly Probe[] {
  const id = 'no-secret-in-image';
  const claim = 'the image’s environment holds no secret';
  if (env === null) return [{ id, subject: 'image', claim, seen: 'the image is gone', holds: null }];
  const names = secretVariables(env);
  if (names.length === 0) {
    const seen = `${counted(Object.keys(env).length, 'variable')}, none of them looks like one`;
    return [{ id, subject: 'image', claim, seen, holds: true }];
  }
  return names.map((name) => ({ id, subject: name, claim, seen: 'it looks like one (value not shown)', holds: false }));
}
