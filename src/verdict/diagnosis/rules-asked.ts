import type { Subrequest } from '../../cluster/nginx/route';
import type { Spot } from '../../cluster/nginx/spot';
import { allRequests, answeredByNginx, outcomeText, type Seen } from './calm';
import { complaintsOf, complaintText } from './complaints';
import type { Case, Rule } from './diagnosis';
import { aloneGates, brokenGates, metricsOf } from './diagnosis';
import { placed, placeName } from './place';
import { passAt } from './proxy-pass';
import { throughGroup, toTheGroup, whoStandsAlone } from './rules-lone';
import { turnedAwayText } from './rules-refusal';

/** `ngx_http_auth_request_handler`, src/http/modules/ngx_http_auth_request_module.c; what is no status below 500 is no answer. */
const UNEXPECTED = /^auth request unexpected status: ([1-4]\d\d)/;
/** What it makes of that. */
const FAILURE = '500';

/** Whether a request may pass is answered with what means neither yes nor no to NGINX, which then answers 500. */
export const askedInVain: Rule = (situation) => {
  const asked = situation.nginx.route?.authRequest ?? null;
  const gates = brokenGates(situation, 'errors', 'unsafe-errors');
  const complaints = complaintsOf(situation.scenarios, UNEXPECTED);
  const status = UNEXPECTED.exec(complaints[0]?.message ?? '')?.[1];
  const failed = turnedAwayBy(situation);
  if (asked === null || status === undefined || gates.length === 0 || failed.length === 0) return null;
  const { spot, by } = askedBy(situation, asked);
  return {
    id: 'auth-request-answer',
    // Whom NGINX turns away no replica serves.
    gates: metricsOf([...gates, ...brokenGates(situation, 'coverage', 'excess')]),
    cause:
      `\`auth_request ${asked.uri}\` at ${placeName(situation, asked.spot)} asks first whether each request may pass${by}, and the answer is ` +
      `${status}. To NGINX 2xx means yes, 401 and 403 mean no, and everything else is a failure: it answers ${FAILURE}.`,
    evidence: turnedAwayText(failed).join(' ') + complaintText(complaints),
    ...placed(situation, spot, null),
    fix: wayOut(status, placeName(situation, spot)),
  };
};

/** Whether a request may pass is asked of one replica alone, and that one was lost, or replaced. */
export const askedOfOne: Rule = (situation) => {
  const asked = situation.nginx.route?.authRequest ?? null;
  const group = asked?.route?.upstream ?? null;
  const lone = situation.nginx.lone.find(({ spot }) => spot.file === group?.spot.file && spot.line === group.spot.line);
  const gates = brokenGates(situation, 'errors', 'unsafe-errors');
  const failed = turnedAwayBy(situation);
  if (asked === null || lone === undefined || gates.length === 0 || failed.length === 0) return null;
  const change = throughGroup(situation, lone);
  return {
    id: 'auth-request',
    gates: [...metricsOf([...gates, ...brokenGates(situation, 'coverage', 'excess')]), ...aloneGates(situation)],
    cause:
      `\`auth_request ${asked.uri}\` at ${placeName(situation, asked.spot)} asks first whether each request may pass, and ` +
      `${whoStandsAlone(situation, lone)}: without an answer of ${lone.replica} NGINX passes none.`,
    evidence: turnedAwayText(failed).join(' '),
    ...placed(situation, lone.spot, change),
    fix: toTheGroup(change, 'Ask a group of at least two servers, with the time-outs and retries of the app’s own.'),
  };
};

/** Requests that NGINX answered 500, none the wiser. */
function turnedAwayBy(situation: Case): readonly Seen[] {
  return allRequests(situation).filter(({ sample }) => answeredByNginx(sample) && outcomeText(sample) === FAILURE);
}

/** Where the question is handed on, where that is known. */
function askedBy(situation: Case, { route, spot }: Subrequest): { readonly spot: Spot; readonly by: string } {
  const pass = route === null ? null : passAt(situation, route.proxyPass);
  if (route === null || pass === null) return { spot, by: '' };
  return {
    spot: route.proxyPass,
    by: `, by \`proxy_pass ${pass.args[0] ?? ''}\` at ${placeName(situation, route.proxyPass)}`,
  };
}

function wayOut(status: string, place: string): string {
  if (status === '404') return `Ask for a path that is served there: what is asked for at ${place} is not found.`;
  return status.startsWith('3')
    ? 'Let who is asked answer 401 instead of sending clients elsewhere, and lead them there by `error_page 401 = @login;`.'
    : `Let who is asked answer 2xx, 401 or 403, or ask for another path, at ${place}.`;
}
