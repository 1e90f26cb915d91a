/** Names that services use for what nobody else may know. */
const SECRET =
  /PASSW(OR)?D|PASSPHRASE|PASSCODE|(^|_)PASS$|_(PWD?|PSW)$|(^|_)(SECRETS?|TOKENS?|CREDENTIALS?|API_?KEY|ACCESS_?KEY|PRIVATE_?KEY|SECRET_?KEY|ENCRYPTION_?KEY|SIGNING_?KEY|MASTER_?KEY)(_|$)/i;
/** Names of which the value is worth hiding where it is no switch: headers with a hyphen, and words within words, too. */
const MAYBE_SECRET =
  /pass(?:word|wd|phrase|code)?|pwd|secret|token|credential|private|(?:api|access|signing|encryption|master)[_-]?key|auth(?!ors?(?:$|[_-]))|cookie/i;
/** …unless the name says that the value only leads to one, or tells about one. */
const ABOUT_A_SECRET =
  /[_-](ALGORITHM|AUDIENCE|BACKEND|COST|COUNT|DIR|DISABLED|DOMAIN|DRIVER|ENABLED|EXPIRATION|EXPIRES|EXPIRY|FILE|HASHER|HEADER|HOST|HOSTNAME|ID|ISSUER|LENGTH|LEVEL|LIFETIME|MAX_?AGE|METHOD|MODE|NAME|PATH|POLICY|PORT|PREFIX|PROVIDER|REALM|REQUIRED|ROUNDS|SCHEME|SIZE|STORE|STRATEGY|TIMEOUT|TTL|TYPE|URI|URL|USER|USERNAME)$/i;
/** Values that are no secret whatever their name: numbers, switches, paths, and references that nothing fills in. */
const HARMLESS =
  /^(\d{1,6}|true|false|yes|no|on|off|none|null|auto|default|enabled|disabled|required|optional|\/.*|\$.*)$/i;
/** Whether a value is one whatever its name: a user and password in a URL, a private key, the tokens of AWS and GitHub. */
const SECRET_VALUE =
  /^[a-z][a-z0-9+.-]*:\/\/[^/@\s:]*:[^/@\s]+@|-----BEGIN [A-Z ]*PRIVATE KEY|\bAKIA[0-9A-Z]{16}\b|\bgh[pousr]_[A-Za-z0-9]{36}|\bgithub_pat_\w{22}/i;
/** The password in a URL (RFC 3986, section 3.2.1). */
const URL_PASSWORD = /^[a-z][a-z0-9+.-]*:\/\/[^/@\s:]*:([^/@\s]+)@/i;
/** A user with a password (RFC 7617, section 2), under a name that speaks of logging in; digits alone would be a port. */
const LOGIN = /(^|_)(LOGIN|BASIC_?AUTH|AUTH|USERPASS)$/i;
const USER_AND_PASSWORD = /^[^\s:/]+:(?!\d+$)[^\s:/]{6,}$/;

/** Values that stand for one that somebody has yet to give, or that everybody knows who has set up such a service. */
const PLACEHOLDER = new RegExp(
  [
    '^(?:pass(?:wor[dt]|wd|phrase)?|secrets?|tokens?|key|root|admin|user(?:name)?|guest|test(?:ing|er)?|dev|development|local(?:host)?|staging' +
      '|postgres|mysql|mariadb|mongo|redis|rabbitmq|minio|minioadmin|sa|app|api|sample|default|foo|bar|baz|foobar|unset|empty|todo|tbd|fixme' +
      '|abc\\d*|qwerty|letmein|1234567890?)\\d{0,4}$',
    '^[.*_x-]+$|x{4,}|\\*{3,}|\\.{3,}',
    'change[-_ ]?(?:me|this|it)|replace[-_ ]?(?:me|this|with)|(?:^|[-_ ])(?:your|my|some|any|the|put|insert|enter|paste|set)[-_ ]',
    'place[-_ ]?holder|example|dummy|fake|redacted|not[-_ ]?(?:a[-_ ]?|so[-_ ]?|very[-_ ]?)?(?:real|secret)|super[-_ ]?secret',
    '(?:^|[-_ ])(?:test|testing|dev|development|local|sample|demo)[-_ ](?:key|secret|token|pass|password|only)',
    // What another program fills in, or has encrypted.
    '<[^>]*>|\\{\\{.*\\}\\}|\\$\\{|\\$\\(|^%.*%$|^@.*@$|^ENC\\[|^encrypted:|^[a-z+-]{2,20}://(?!.*@)',
  ].join('|'),
  'i',
);
/** Names under which a build puts a value into what browsers get. */
const FOR_BROWSERS = /^(?:NEXT_PUBLIC|NUXT_PUBLIC|EXPO_PUBLIC|PUBLIC|VITE|REACT_APP|VUE_APP|NG_APP|GATSBY)_/;

/**
 * Whether a variable of a file surely holds what nobody else may know. Files hold more values than an environment that are only there to be
 * replaced, or to work on one's own machine.
 */
export function isSecretInFile(name: string, value: string): boolean {
  return isSecret(name, value) && !FOR_BROWSERS.test(name) && !isPlaceholder(URL_PASSWORD.exec(value)?.[1] ?? value);
}

/** Whether a value is none: it stands for one, or everybody knows it. */
export function isPlaceholder(value: string): boolean {
  return HARMLESS.test(value) || PLACEHOLDER.test(value);
}

/** Whether a variable surely holds what nobody else may know: what an image is accused of. */
export function isSecret(name: string, value: string): boolean {
  if (value === '') return false;
  if (SECRET_VALUE.test(value) || (LOGIN.test(name) && USER_AND_PASSWORD.test(value))) return true;
  return SECRET.test(name) && !isPlain(name, value);
}

/** Whether a value might be one, and had better not be shown. */
export function mayBeSecret(name: string, value: string): boolean {
  return isSecret(name, value) || (MAYBE_SECRET.test(name) && !isPlain(name, value));
}

function isPlain(name: string, value: string): boolean {
  return ABOUT_A_SECRET.test(name) || HARMLESS.test(value);
}
