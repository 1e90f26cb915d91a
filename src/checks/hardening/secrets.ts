import type { Probe } from '../evidence';

/** Names that services use for what nobody else may know. */
const SECRET_NAME =
  /PASSW(OR)?D|PASSPHRASE|(^|_)PASS$|_PWD$|(^|_)(SECRETS?|TOKENS?|CREDENTIALS?|API_?KEY|ACCESS_?KEY|PRIVATE_?KEY|SECRET_?KEY|ENCRYPTION_?KEY)(_|$)/i;
/** …unless the name says that the value only leads to one, or tells about one. */
const ABOUT_A_SECRET =
  /_(FILE|PATH|DIR|NAME|ID|TTL|URL|URI|HEADER|LENGTH|EXPIRY|EXPIRES|TIMEOUT|TYPE|ALGORITHM|PROVIDER)$/i;
/** Values that are no secret whatever their name: numbers, switches, paths, and references that nothing fills in. */
const HARMLESS_VALUE = /^(\d{1,6}|true|false|yes|no|on|off|none|null|\/.*|\$.*)$/i;
/** Values that are one whatever their name: a user and password in a URL, a private key, the tokens of AWS and GitHub. */
const SECRET_VALUE =
  /^[a-z][a-z0-9+.-]*:\/\/[^/@\s:]*:[^/@\s]+@|-----BEGIN [A-Z ]*PRIVATE KEY|\bAKIA[0-9A-Z]{16}\b|\bgh[pousr]_[A-Za-z0-9]{36}|\bgithub_pat_\w{22}/i;

/** The variables of an image's environment that look like secrets: everybody who has the image has them too. */
export function secretVariables(env: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(env)
    .filter(([name, value]) => {
      if (value === '') return false;
      if (SECRET_VALUE.test(value)) return true;
      return SECRET_NAME.test(name) && !ABOUT_A_SECRET.test(name) && !HARMLESS_VALUE.test(value);
    })
    .map(([name]) => name);
}

/** One finding a variable, by its name alone; null: the image is gone. */
export function secretProbes(env: Readonly<Record<string, string>> | null): readonly Probe[] {
  const id = 'no-secret-in-image';
  const claim = 'the image’s environment holds no secret';
  if (env === null) return [{ id, subject: 'image', claim, seen: 'the image is gone', holds: null }];
  const names = secretVariables(env);
  if (names.length === 0) {
    const seen = `${Object.keys(env).length} variables, none of them looks like one`;
    return [{ id, subject: 'image', claim, seen, holds: true }];
  }
  return names.map((name) => ({ id, subject: name, claim, seen: `${name} looks like one (not shown)`, holds: false }));
}
