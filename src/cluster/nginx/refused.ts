import { listed } from '../../settings/wording';

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
  [
    HOST_NOT_FOUND,
    ({ hostnames }, [, host = '']) => {
      const names = `The replicas' hostnames are ${listed(hostnames)} (inputs replicas, hostname-pattern)`;
      return hostnames.some((one) => one.startsWith(host))
        ? `${names}: one name for all of them, as docker compose gives it, is not made here; list each with a \`server\` line of its own.`
        : `${names}; ${host} is none of them, and no \`upstream\` block of this file. Other services are not started here, so the ` +
            'requests of a run must not go there: give a path that goes to the replicas (input probe-path).';
    },
  ],
  [
    /unknown directive|invalid parameter "/,
    ({ image, version }) =>
      `That is misspelt, or belongs to a module, a later version or the commercial edition of NGINX: ${image} holds ${version} (input nginx-image).`,
  ],
  [
    /zero size shared memory zone|unknown log format|unknown "\w+" variable|zone "[^"]*" is unknown/,
    () =>
      'What is named there is defined in no file that NGINX gets, which is this one and those of its image: define it here (a server configuration may ' +
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
      'Beside what the image holds (input nginx-image) NGINX gets this file alone. Requests of this action are plain HTTP, so any certificate in its place will ' +
      'do (`openssl req -x509`), and the server has to listen on a port without TLS as well (`listen 8080;`).',
  ],
  [
    /No such file or directory/,
    () =>
      'Beside what the image holds (input nginx-image) NGINX gets this file alone: certificates, includes, lists, and the folders of its logs belong ' +
      'into the image.',
  ],
];

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
