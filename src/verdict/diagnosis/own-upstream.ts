import type { Case } from './diagnosis';
import type { Change } from './diff';
import { lineTextOf, writtenDirectives } from './written';

const NAME = 'replicas';

/**
 * The changes that give a `proxy_pass` to a single host a group of all replicas: an `upstream` block before the `server`
 * block, and its name in the `proxy_pass`. Empty where the line of the `proxy_pass` is not as plain as that.
 */
export function ownUpstream(situation: Case, hostnames: readonly string[]): readonly Change[] {
  const { route } = situation.nginx;
  const written = writtenDirectives(situation);
  const pass = written.find(({ name, line }) => name === 'proxy_pass' && line === route?.proxyPass.line);
  const server = written.findLast(
    ({ name, start, end }) => name === 'server' && pass !== undefined && start < pass.start && pass.end < end,
  );
  if (pass === undefined || server === undefined) return [];
  const url = pass.args[0] ?? '';
  const text = lineTextOf(situation, pass.line);
  if (!text.includes(url) || text.includes('{')) return [];
  const block = [
    `upstream ${NAME} {`,
    `    zone ${NAME} 64k;`,
    ...hostnames.map((name) => `    server ${name}:${situation.appPort} max_fails=2 fail_timeout=3s;`),
    '}',
    '',
  ];
  return [
    { kind: 'insert-before', line: server.line, lines: block },
    { kind: 'replace', line: pass.line, lines: [text.replace(url, `${schemeOf(url)}://${NAME}${uriOf(url)}`).trim()] },
  ];
}

function schemeOf(url: string): string {
  return /^https:/i.test(url) ? 'https' : 'http';
}

/** What stands behind the authority; of a URL with variables that cannot be told, and it is left out. */
function uriOf(url: string): string {
  if (url.includes('$')) return '';
  const rest = url.replace(/^\w+:\/\//, '');
  const slash = rest.indexOf('/');
  return slash < 0 ? '' : rest.slice(slash);
}
