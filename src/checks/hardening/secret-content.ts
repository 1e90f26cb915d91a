import { posix } from 'node:path';
import { isFields } from '../../settings/json-fields';
import { isPlaceholder, isSecretInFile } from '../../settings/secret-names';
import { listed } from '../../settings/wording';

/** A kind of file that may hold a secret. */
interface Kind {
  readonly isOfIt: (path: string) => boolean;
  /** What the file gives away, without a value; null: nothing. */
  readonly told: (text: string) => string | null;
}

/** Larger files of these kinds are none. */
const LARGEST_BYTES = 64 * 1024;
/** Folders of others' code, and of what is only there to be tried out. */
const ELSEWHERE =
  /\/(?:node_modules|bower_components|site-packages|dist-packages|vendor|gems|pkg\/mod|deps|\.bundle|\.bun|\.cargo|\.composer|\.deno|\.gradle|\.m2|\.npm|\.nuget|\.nvm|\.pnpm-store|\.rustup|\.cache|__tests__|tests?|testing|testdata|test[-_]data|specs?|e2e|cypress|__fixtures__|fixtures?|__mocks__|mocks?|examples?|samples?|demos?|docs?)\//i;
/** Names of files that are only there to be copied, or tried out. */
const ONLY_A_SAMPLE =
  /(?:^|[._+-])(?:examples?|samples?|templates?|tmpl|tpl|dist|defaults?|schema|tests?|testing|ci|dev|devel|development|e2e|dummy|fake|mock|demo|localhost|snakeoil|insecure|vault|enc|sops|gpg|age)(?:[._+-]|$)/i;
const MOST_NAMED = 3;
const LONGEST_NAME = 60;
/** Characters of a value that are looked at. */
const LONGEST_VALUE = 1_000;

const KINDS: readonly Kind[] = [
  { isOfIt: named(/^\.env(?:\..+|rc)?$|.\.env$/), told: ofVariables },
  { isOfIt: named(/^id_(?:rsa|dsa|ecdsa|ed25519)$|\.(?:pem|key|p8|ppk|pkcs8)$/i), told: ofKey },
  { isOfIt: (path) => /\/config\/(?:master|credentials\/\w+)\.key$/.test(path), told: ofRails },
  { isOfIt: (path) => path.endsWith('/.git/config'), told: ofUrls(/^[ \t]*(?:push)?url[ \t]*=[ \t]*(\S+)/gim) },
  { isOfIt: named(/^\.git-credentials$/), told: ofUrls(/^(\S+)$/gm) },
  { isOfIt: named(/^pip\.(?:conf|ini)$/), told: ofUrls(/(https?:\/\/\S+)/g) },
  {
    isOfIt: named(/^\.npmrc$/),
    told: ofLines(/^[ \t]*(?:\/\/\S*:)?_(?:authToken|auth|password)[ \t]*=[ \t]*(\S+)/gim, 'a token'),
  },
  { isOfIt: named(/^\.yarnrc\.yml$/), told: ofLines(/^[ \t]*npmAuth(?:Token|Ident):[ \t]*(\S+)/gm, 'a token') },
  { isOfIt: named(/^[._]netrc$/), told: ofLines(/\bpassword[ \t\n]{1,9}(\S+)/g, 'a password') },
  { isOfIt: named(/^\.pypirc$/), told: ofLines(/^[ \t]*password[ \t]*[=:][ \t]*(\S+)/gim, 'a password or token') },
  {
    isOfIt: (path) => path.endsWith('/.aws/credentials'),
    told: ofLines(/^[ \t]*aws_secret_access_key[ \t]*=[ \t]*(\S+)/gim, 'a secret access key'),
  },
  {
    isOfIt: (path) => /\/\.kube\/config$|\/kubeconfig$/.test(path),
    told: ofLines(/^[ \t]*(?:- )?(?:client-key-data|token|password):[ \t]*(\S+)/gm, 'the access to a cluster'),
  },
  { isOfIt: (path) => /\/\.docker\/config\.json$|\/\.dockercfg$/.test(path), told: ofRegistries },
  { isOfIt: named(/\.json$/), told: ofServiceAccount },
];

/** Whether a file may hold a secret, by what it is called and how large it is. */
export function mayHoldSecret(path: string, bytes = 0): boolean {
  if (bytes > LARGEST_BYTES || ELSEWHERE.test(path) || ONLY_A_SAMPLE.test(posix.basename(path))) return false;
  return KINDS.some(({ isOfIt }) => isOfIt(path));
}

/** What a file gives away to everybody who has it, as `a private key`; null: nothing that is known to be secret. It never holds a value. */
export function secretIn(path: string, text: string): string | null {
  const found = KINDS.filter(({ isOfIt }) => isOfIt(path)).map(({ told }) => told(text));
  return found.find((one) => one !== null) ?? null;
}

function named(name: RegExp): Kind['isOfIt'] {
  return (path) => name.test(posix.basename(path));
}

/** `NAME=value`, with or without `export` and quotes, as Docker Compose and the libraries called dotenv read them. */
const VARIABLE = /^[ \t]*(?:export[ \t]+)?([A-Za-z_][\w.]*)[ \t]*=[ \t]*(?:"([^"\n]*)|'([^'\n]*)|([^\n]*))/gm;

function ofVariables(text: string): string | null {
  const names = [...text.matchAll(VARIABLE)].flatMap(([, name = '', double, single, bare = '']) => {
    const value = (double ?? single ?? bare.replace(/(?:^|\s)#.*$/, '')).trim().slice(0, LONGEST_VALUE);
    return isSecretInFile(name, value) ? [name.slice(0, LONGEST_NAME)] : [];
  });
  const all = [...new Set(names)];
  if (all.length === 0) return null;
  const more = all.length > MOST_NAMED ? [`${all.length - MOST_NAMED} more`] : [];
  return listed([...all.slice(0, MOST_NAMED), ...more]);
}

/** RFC 7468, section 2, and what OpenSSH makes of it; PuTTY's own form. */
const PEM_KEY = /-----BEGIN ([A-Z ]{0,20})PRIVATE KEY-----/;
const PEM_END = '-----END';
const PUTTY_KEY = /^PuTTY-User-Key-File-\d+:/;
const PUTTY_OPEN = /^Encryption: none\b/m;
/** Shorter than the shortest key there is (32 bytes and their frame). */
const LEAST_KEY = 48;

function ofKey(text: string): string | null {
  if (PUTTY_KEY.test(text)) return PUTTY_OPEN.test(text) ? 'a private key' : null;
  const begin = PEM_KEY.exec(text);
  if (begin === null) return null;
  const from = begin.index + begin[0].length;
  const body = text.slice(from, text.indexOf(PEM_END, from));
  const kind = begin[1] ?? '';
  // An encrypted key is worth nothing without its passphrase.
  if (kind.includes('ENCRYPTED') || body.includes('ENCRYPTED')) return null;
  const encoded = body.replaceAll(/\s/g, '');
  if (encoded.length < LEAST_KEY || !/^[A-Za-z0-9+/=]+$/.test(encoded)) return null;
  return isLockedOpenSsh(kind, encoded) ? null : 'a private key';
}

/** What `config/credentials.yml.enc` is encrypted with (Rails guide "Securing Rails Applications", "Custom credentials"): 16 bytes. */
function ofRails(text: string): string | null {
  return /^\s*[0-9a-f]{32}\s*$/i.test(text) ? 'the key of the app’s credentials' : null;
}

/** The name of the cipher comes first, and is `none` without a passphrase (openssh-portable, PROTOCOL.key). */
function isLockedOpenSsh(kind: string, encoded: string): boolean {
  const [magic, bytes] = ['openssh-key-v1\0', Buffer.from(encoded, 'base64')];
  if (!kind.startsWith('OPENSSH') || !bytes.toString('latin1').startsWith(magic)) return false;
  return bytes.subarray(magic.length + 4, magic.length + 8).toString('latin1') !== 'none';
}

const USER_AND_PASSWORD = /^[a-z][a-z0-9+.-]*:\/\/([^/@\s:]*)(?::([^/@\s]*))?@/i;
/** Tokens that code hosts give to people and to projects. */
const TOKEN = /^(?:gh[pour]_|github_pat_|glpat-|gldt-|ATBB|ATATT)/;
/** Tokens that end with the job that they were made for (GitHub: `GITHUB_TOKEN`; GitLab: `CI_JOB_TOKEN`), or within the hour. */
const OF_A_JOB = /^ghs_|^gitlab-ci-token$/;

/**
 * Passwords and tokens in URLs. What actions/checkout leaves in `.git/config` (an `extraheader`) is none of them: it ends with the job in
 * which the image is built.
 */
function ofUrls(url: RegExp): Kind['told'] {
  return (text) => {
    const found = [...text.matchAll(url)].some(([, address = '']) => {
      const [, user = '', password] = USER_AND_PASSWORD.exec(address) ?? [];
      if (OF_A_JOB.test(user) || OF_A_JOB.test(password ?? '')) return false;
      return TOKEN.test(user) || isValue(password);
    });
    return found ? 'a password or token in a URL' : null;
  };
}

/** @param line whose first group is a value. */
function ofLines(line: RegExp, what: string): Kind['told'] {
  return (text) => ([...text.matchAll(line)].some(([, value]) => isValue(value)) ? what : null);
}

/** Whether it is there, and no placeholder. */
function isValue(text: string | undefined): boolean {
  const value = (text ?? '').slice(0, LONGEST_VALUE).replace(/^(["'])(.*)\1$/, '$2');
  return value !== '' && !isPlaceholder(value) && !OF_A_JOB.test(value);
}

/** What `docker login` writes, where no helper keeps it. */
function ofRegistries(text: string): string | null {
  const config = fieldsOf(text);
  const entries = Object.values(fields(config['auths']) ?? config).map(fields);
  const found = entries.some((entry) =>
    ['auth', 'identitytoken', 'password'].some((name) => typeof entry?.[name] === 'string' && isValue(entry[name])),
  );
  return found ? 'a login of a registry' : null;
}

/** The key of an account that programs log in by, as Google Cloud gives it out. */
function ofServiceAccount(text: string): string | null {
  if (!text.includes('service_account')) return null;
  const { type, private_key: key } = fieldsOf(text);
  if (type !== 'service_account' || typeof key !== 'string' || ofKey(key) === null) return null;
  return 'the private key of a service account';
}

function fieldsOf(text: string): Readonly<Record<string, unknown>> {
  try {
    return fields(JSON.parse(text)) ?? {};
  } catch {
    return {};
  }
}

function fields(value: unknown): Readonly<Record<string, unknown>> | null {
  return isFields(value) ? value : null;
}
