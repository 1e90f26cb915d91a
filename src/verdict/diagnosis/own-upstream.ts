import type { Spot } from '../../cluster/nginx/spot';
import type { Directive } from '../../cluster/nginx/syntax';
import type { Case } from './diagnosis';
import type { Change } from './diff';
import { replacedBy, writtenDirectives } from './written';

const NAME = 'replicas';

/**
 * The changes that give a `proxy_pass` to a single host a group of all replicas: an `upstream` block before the `server`
 * block, and its name in the `proxy_pass`. Empty where it cannot be told which one that is.
 */
export function ownUpstream(situation: Case, hostnames: readonly string[]): readonly Change[] {
  const { route } = situation.nginx;
  const pass = route === null ? null : passAt(situation, route.proxyPass);
  const server = writtenDirectives(situation).findLast(
    ({ name, start, end }) => name === 'server' && pass !== null && start < pass.start && pass.end < end,
  );
  if (pass === null || server === undefined) return [];
  const block = [
    `upstream ${NAME} {`,
    `    zone ${NAME} 64k;`,
    ...hostnames.map((name) => `    server ${name}:${situation.appPort} max_fails=2 fail_timeout=3s;`),
    '}',
    '',
  ];
  return [{ kind: 'insert-before', line: server.line, lines: block }, replacedBy(pass, passTo(pass, NAME))];
}

/** The `proxy_pass` at a place; null: it is in another file than the one under test, or several stand on that line. */
export function passAt(situation: Case, { file, line }: Spot): Directive | null {
  if (file !== situation.config.containerPath) return null;
  const [pass, ...others] = writtenDirectives(situation).filter(
    (one) => one.name === 'proxy_pass' && one.line === line,
  );
  return others.length > 0 ? null : (pass ?? null);
}

/** A `proxy_pass` to a group, by the same scheme and with the same URI as another. */
export function passTo({ args: [url = ''] }: Directive, group: string): string {
  return `proxy_pass ${schemeOf(url)}://${group}${uriOf(url)};`;
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
