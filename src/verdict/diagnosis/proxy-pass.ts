import { withoutScheme } from '../../cluster/nginx/address';
import type { Spot } from '../../cluster/nginx/spot';
import type { Directive } from '../../cluster/nginx/syntax';
import type { Case } from './diagnosis';
import { levelsAtRoute, writtenDirectives } from './written';

/** The `proxy_pass` of the probed path; undefined: there is none in the file under test. */
export function passOnRoute(situation: Case): Directive | undefined {
  return levelsAtRoute(situation)[0]?.findLast(({ name }) => name === 'proxy_pass');
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
export function toGroup({ args: [url = ''] }: Directive, group: string): string {
  return passTo(`${schemeOf(url)}://${group}${uriOf(url)}`);
}

/** The directive that hands requests to a URL. */
export function passTo(url: string): string {
  return `proxy_pass ${url};`;
}

function schemeOf(url: string): string {
  return /^https:/i.test(url) ? 'https' : 'http';
}

/** What stands behind the authority; of a URL with variables that cannot be told, and it is left out. */
function uriOf(url: string): string {
  if (url.includes('$')) return '';
  const rest = withoutScheme(url);
  const slash = rest.indexOf('/');
  return slash < 0 ? '' : rest.slice(slash);
}
