import { hostnamesOf, type Case } from './diagnosis';
import type { Change } from './diff';
import { passAt, toGroup } from './proxy-pass';
import { replacedBy, writtenDirectives } from './written';

const NAME = 'replicas';

/**
 * The changes that give a `proxy_pass` to a single host a group of all replicas: an `upstream` block before the `server`
 * block, and its name in the `proxy_pass`. Empty where it cannot be told which one that is.
 */
export function ownUpstream(situation: Case): readonly Change[] {
  const { route } = situation.nginx;
  const pass = route === null ? null : passAt(situation, route.proxyPass);
  const server = writtenDirectives(situation).findLast(
    ({ name, start, end }) => name === 'server' && pass !== null && start < pass.start && pass.end < end,
  );
  if (pass === null || server === undefined) return [];
  const block = [
    `upstream ${NAME} {`,
    `    zone ${NAME} 64k;`,
    ...hostnamesOf(situation).map((name) => `    server ${name}:${situation.appPort} max_fails=2 fail_timeout=3s;`),
    '}',
    '',
  ];
  return [{ kind: 'insert-before', line: server.line, lines: block }, replacedBy(pass, toGroup(pass, NAME))];
}

/** The same in words. */
export function ownUpstreamText(situation: Case): string {
  const lines = hostnamesOf(situation).map((name) => `server ${name}:${situation.appPort};`);
  return `List all replicas in an upstream block (\`${lines.join(' ')}\`), and name that in proxy_pass.`;
}
