import type { Directive } from '../../cluster/nginx/syntax';
import { isToldOtherwise } from '../excuses';
import { sinceFault } from '../soundness';
import { outcomeText } from './calm';
import type { Case, Rule } from './diagnosis';
import { brokenGates, errorGates, metricsOf } from './diagnosis';
import { placed, placeName } from './place';
import { postsToMany } from './rules-retry';
import { counted } from './wording';
import { inForceOnRoute, replacedBy, writtenDirectives } from './written';

/** NGINX begins anew with a request that failed: `error_page` leads to another `proxy_pass`. */
export const errorPageRepeats: Rule = (situation) => {
  const { route } = situation.nginx;
  // What is begun anew waits anew, and fails anew.
  const gates = brokenGates(situation, 'duplicates', 'unsafe-errors', 'stall');
  if (route === null || gates.length === 0 || route.nextUpstream.value.includes('non_idempotent')) return null;
  const twice = postsToMany(situation);
  const again = inForceOnRoute(situation, 'error_page').find(
    ({ args }) => (args.includes('502') || args.includes('504')) && isProxied(situation, args.at(-1) ?? ''),
  );
  if (again === undefined || twice.length === 0) return null;
  return {
    id: 'error-page-repeats',
    gates: metricsOf(gates),
    cause:
      `${placeName(situation, again)} sends what failed to ${again.args.at(-1) ?? ''}, where it is proxied once more: a POST, too, that a ` +
      'replica may have carried out.',
    evidence: `${counted(twice.length, 'POST')} went to more than one replica, for example ${twice[0]?.id ?? 'none'}.`,
    ...placed(situation, again, replacedBy(again, '')),
    fix: 'Leave it out: `proxy_next_upstream` tries another replica where that is safe, and hands the error on where it is not.',
  };
};

/** Whether a request that is handed on to there is proxied; a place that stands elsewhere may be anything. */
function isProxied(situation: Case, target: string): boolean {
  const location = writtenDirectives(situation).find(({ name, args }) => name === 'location' && args.at(-1) === target);
  return location?.block?.some(({ name }) => name === 'proxy_pass') !== false;
}

/** What NGINX could not save is told to the client as a success. */
export const errorPageHidesLoss: Rule = (situation) => {
  const gates = errorGates(situation);
  const hidden = situation.scenarios.flatMap((scenario) =>
    sinceFault(scenario).filter(
      (sample) => isToldOtherwise(sample) && sample.proxy?.attempts.at(-1)?.headerMs === null,
    ),
  );
  const first = hidden[0];
  const page = inForceOnRoute(situation, 'error_page').find(
    (one) =>
      one.args.some((arg) => LOSS.test(arg)) && (isRedirect(one) || one.args.some((arg) => /^=[23]?\d*$/.test(arg))),
  );
  if (gates.length === 0 || first === undefined || page === undefined) return null;
  const kept = page.args.filter((arg) => (isRedirect(page) ? !LOSS.test(arg) : !arg.startsWith('=')));
  const line = kept.some((arg) => /^\d+$/.test(arg)) ? `error_page ${kept.join(' ')};` : '';
  return {
    id: 'error-page-hides-loss',
    gates: metricsOf(gates),
    cause:
      `${placeName(situation, page)} puts another status in the place of NGINX's own 502 or 504: a request that was lost with its replica ` +
      'looks to its client as if it had been carried out.',
    evidence: `${counted(hidden.length, 'request')} that no replica answered got ${outcomeText(first)}, for example ${first.method} ${first.id}.`,
    ...placed(situation, page, replacedBy(page, line)),
    fix: isRedirect(page)
      ? `Do not redirect what was lost${line === '' ? ': take the line out' : `: \`${line}\``}. A page of NGINX itself keeps the status (\`error_page 502 504 /down.html;\`).`
      : `Let the page keep the status: \`${line}\`.`,
  };
};

/** How NGINX says that it got no answer. */
const LOSS = /^50[24]$/;

/** A page that is neither a path nor a named location is one that clients are sent to, with 302 (`ngx_http_send_error_page`). */
function isRedirect({ args }: Directive): boolean {
  return !/^[/@]/.test(args.at(-1) ?? '');
}
