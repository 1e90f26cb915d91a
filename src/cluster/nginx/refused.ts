import { nearest } from '../../settings/spelling';
import { listed, shortened } from '../../settings/wording';
import { NginxSyntaxError } from './syntax-error';
import { StatementReader } from './token';

/** What is known of a configuration that NGINX refuses. */
export interface Refused {
  /** NGINX's own words. */
  readonly words: string;
  /** Text of the file. */
  readonly text: string;
  readonly image: string;
  readonly version: string;
  readonly hostnames: readonly string[];
}

const HOST_NOT_FOUND = /host not found in upstream "([^"]*?)(?::\d+)?"/;
/** Whatever may be a name in /etc/hosts. */
const NAME = /^[\w.-]+$/;

/** The host that nobody knows, by what NGINX says of it (`ngx_inet_resolve_host` in src/core/ngx_inet.c); null: that is not what it says. */
export function hostNotFound(words: string): string | null {
  const host = HOST_NOT_FOUND.exec(words)?.[1] ?? '';
  return NAME.test(host) ? host : null;
}

/**
 * What a file that works elsewhere lacks here, by NGINX's words for it (`ngx_conf_handler` in src/core/ngx_conf_file.c, `ngx_init_zone_pool` and
 * `ngx_shared_memory_add` in src/core/ngx_cycle.c, `ngx_set_user` in src/core/nginx.c, `ngx_http_log_set_log` and `ngx_http_upstream_server` in
 * src/http): the first that fits says the most.
 */
const ADVICE: readonly (readonly [words: RegExp, advice: (refused: Refused, found: RegExpExecArray) => string])[] = [
  [HOST_NOT_FOUND, hostAdvice],
  [/unexpected end of file, expecting "}"/, ({ text }) => unclosedAdvice(text)],
  [
    /invalid number of arguments in "|is not terminated by ";"/,
    () =>
      'Most often a `;` is missing at the end of the line before, so that NGINX takes the next line for a part of it.',
  ],
  [/unexpected "}"/, () => 'There is a `}` too many, or a `;` is missing before it.'],
  [
    /unknown directive|invalid parameter "/,
    ({ image, version }) =>
      `That is misspelt, or belongs to a module, a later version or the commercial edition of NGINX: ${image} holds ${version} (input nginx-image).`,
  ],
  [
    /zero size shared memory zone|unknown log format|unknown "\w+" variable|zone "[^"]*" is unknown/,
    () =>
      'No file that NGINX gets defines what is named there: it gets this one and those of its image. Define it here (a server configuration may ' +
      'begin with `map`, `log_format`, `limit_req_zone` and the like), or give the whole nginx.conf.',
  ],
  [
    /getpwnam\("([^"]*)"\)/,
    ({ image }, [, user = '']) =>
      `${image} does not have the user ${user}; the official image has nginx (input nginx-image).`,
  ],
  [
    /dlopen\(\)/,
    ({ image }) => `${image} does not have that module, or has it for another version of NGINX (input nginx-image).`,
  ],
  [
    /cannot load certificate/,
    () =>
      'NGINX gets this file alone, beside what its image holds (input nginx-image). Requests of this action are plain HTTP, so any certificate in its place will ' +
      'do (`openssl req -x509`), and the server has to listen on a port without TLS as well (`listen 8080;`).',
  ],
  [
    /No such file or directory/,
    () =>
      'NGINX gets this file alone, beside what its image holds (input nginx-image): certificates, includes, lists, and the folders of its logs belong ' +
      'in that image.',
  ],
];

function hostAdvice({ hostnames, text }: Refused, [, host = '']: RegExpExecArray): string {
  const names = `The replicas' hostnames are ${listed(hostnames)} (inputs replicas, hostname-pattern)`;
  if (hostnames.some((one) => one.startsWith(host))) {
    return `${names}: one name for all of them, as docker compose gives it, is not made here; list each with a \`server\` line of its own.`;
  }
  const [, before = '', behind = ''] = /^(.*?)\d+(\D*)$/.exec(host) ?? [];
  const isNumbered = before !== '' && hostnames.includes(`${before}1${behind}`);
  if (isNumbered) {
    return `${names}, and ${host} is one more: raise the input \`replicas\`, or take it out.`;
  }
  const servers = new Set([...text.matchAll(/\bserver\s+([^\s:;]+)/g)].map(([, name]) => name));
  if (before !== '' && ['1', '2'].every((n) => servers.has(`${before}${n}${behind}`))) {
    return `${names}, and this file calls them otherwise: give \`hostname-pattern: ${before}{n}${behind}\`, or use their names.`;
  }
  const groups = [...text.matchAll(/\bupstream\s+([\w.-]+)\s*\{/g)].map(([, name = '']) => name);
  const meant = nearest(host, groups, 2);
  if (meant !== null) return `${host} is no \`upstream\` block of this file, nor a replica; did you mean \`${meant}\`?`;
  return (
    `${names}; ${host} is none of them, and no \`upstream\` block of this file. Other services are not started here, so the ` +
    'requests of a run must not go there: give a path that goes to the replicas (input probe-path).'
  );
}

/** Which block a file opens and does not close. */
function unclosedAdvice(text: string): string {
  const open: { readonly line: number; readonly opening: string }[] = [];
  const reader = new StatementReader(text, '');
  try {
    for (let statement = reader.next(); statement.kind !== 'end'; statement = reader.next()) {
      if (statement.kind === 'block-end') open.pop();
      if (statement.kind !== 'block-start') continue;
      open.push({ line: statement.line, opening: text.slice(statement.start, statement.end).replace(/\s+/g, ' ') });
    }
  } catch (error) {
    // It ends in the middle of a directive.
    if (!(error instanceof NginxSyntaxError)) throw error;
  }
  const [first] = open;
  if (first === undefined) return 'A block is not closed: a `}` is missing.';
  return `A block is not closed: a \`}\` is missing for the one that begins in line ${first.line} (\`${shortened(first.opening.replaceAll('`', ''), LONGEST)}\`), or for one inside it.`;
}

/** Characters of a line that are told. */
const LONGEST = 60;

/** A variable as templates have it for envsubst (gettext): NGINX's own are in lower case. */
const PLACEHOLDER = /\$\{[A-Z][A-Z0-9_]*\}/g;

/** What to do about a configuration that NGINX refuses; null: its words say it all. */
export function adviceOn(refused: Refused): string | null {
  const placeholders = [...new Set(refused.text.match(PLACEHOLDER))];
  if (placeholders.length > 0) {
    return (
      `It is a template, in which ${placeholders[0] ?? ''} has to be filled in first: let an earlier step do that ` +
      `(\`envsubst '${placeholders.join(' ')}' < FILE > nginx.conf\`), and give what comes of it.`
    );
  }
  for (const [words, advice] of ADVICE) {
    const found = words.exec(refused.words);
    if (found !== null) return advice(refused, found);
  }
  return null;
}
