import type { UpstreamServer } from '../../cluster/nginx/model';
import { groupsAsked } from '../../cluster/nginx/model';
import { LARGE_WEIGHT } from '../../cluster/nginx/upstream';
import type { Rule } from './diagnosis';
import { brokenGates, metricsOf } from './diagnosis';
import { placed, placeName } from './place';
import { recoveryText } from './rules-upstream';
import { counted, listed } from './wording';
import { serversRewritten } from './written';

/** The largest of those that are proposed: enough for shares of a tenth. */
const LARGEST = 10;

/**
 * A replica that failed gets its share back in as many requests as its weight has units: each failure takes them away, and each request gives one
 * back (`effective_weight` in `ngx_http_upstream_get_peer` and `ngx_http_upstream_free_round_robin_peer`, ngx_http_upstream_round_robin.c).
 */
export const weightsLarge: Rule = (situation) => {
  const gates = brokenGates(situation, 'recover');
  const [gate] = gates;
  const victim = situation.scenarios.find(({ name }) => name === gate?.scenario)?.fault?.victim ?? null;
  const upstream = groupsAsked(situation.nginx).find(({ servers }) =>
    servers.some(({ replica }) => replica === victim),
  );
  const server = upstream?.servers.find(({ replica }) => replica === victim);
  if (gate === undefined || victim === null || upstream?.algorithm !== 'round-robin' || server === undefined)
    return null;
  // Fewer units than requests were back by then.
  if (server.weight < LARGE_WEIGHT || server.weight < gate.samples) return null;
  const weights = smaller(upstream.servers);
  const changed = upstream.servers.filter((one) => weights.get(one) !== one.weight);
  const words = listed([...new Set(changed.map((one) => `\`weight=${weights.get(one) ?? 1}\``))]);
  return {
    id: 'weights-large',
    gates: metricsOf(gates),
    cause:
      `${placeName(situation, server.spot)} gives ${victim} the weight ${server.weight}. A failure takes a replica's weight away, and each request ` +
      `gives it one unit of it back: ${victim} has its share again only some ${server.weight} requests after it is mended.`,
    evidence: `${recoveryText(gate)} In that time there were ${counted(gate.samples, 'request')}.`,
    ...placed(
      situation,
      server.spot,
      serversRewritten(situation, changed, (text, one) =>
        text.replace(/\bweight=\d+\b/g, `weight=${weights.get(one) ?? 1}`),
      ),
    ),
    fix: `Say the same shares in small numbers: ${words}.`,
  };
};

/** The same shares, as nearly as numbers up to ten can say them. */
function smaller(servers: readonly UpstreamServer[]): ReadonlyMap<UpstreamServer, number> {
  const divisor = servers.map(({ weight }) => weight).reduce(greatestCommonDivisor, 0);
  const most = Math.max(...servers.map(({ weight }) => weight)) / divisor;
  const scale = most <= LARGEST ? 1 : LARGEST / most;
  return new Map(servers.map((server) => [server, Math.max(1, Math.round((server.weight / divisor) * scale))]));
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
