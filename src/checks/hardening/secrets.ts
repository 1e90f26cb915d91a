import { isSecret } from '../../settings/secret-names';
import type { Probe } from '../evidence';
import { counted } from '../../settings/wording';

/** The variables of an image's environment that look like secrets: everybody who has the image has them too. */
export function secretVariables(env: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(env)
    .filter(([name, value]) => isSecret(name, value))
    .map(([name]) => name);
}

/** One finding a variable, by its name alone; null: the image is gone. */
export function secretProbes(env: Readonly<Record<string, string>> | null): readonly Probe[] {
  const id = 'no-secret-in-image';
  const claim = 'the image’s environment holds no secret';
  if (env === null) return [{ id, subject: 'image', claim, seen: 'the image is gone', holds: null }];
  const names = secretVariables(env);
  if (names.length === 0) {
    const seen = `${counted(Object.keys(env).length, 'variable')}, none of them looks like one`;
    return [{ id, subject: 'image', claim, seen, holds: true }];
  }
  return names.map((name) => ({ id, subject: name, claim, seen: `${name} looks like one (not shown)`, holds: false }));
}
