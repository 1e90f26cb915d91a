import { keepsByDefault } from '../../cluster/nginx/values';
import { attemptsOf, attemptsText, requestsOf } from './calm';
import type { Case, Rule } from './diagnosis';
import { brokenGates, metricsOf } from './diagnosis';
import type { Place } from './dockerfile-place';
import { placed, placeName } from './place';
import { counted, were } from './wording';

/** NGINX keeps more connections to a replica than that has workers, each of which serves one connection: what comes on others waits in vain. */
export const keptTakeWorkers: Rule = (situation) => {
  const keepalive = situation.nginx.route?.upstream.keepalive;
  if (keepalive === undefined || keepalive.value === null) return null;
  const scenarios = situation.scenarios.filter(({ idleRoom }) => idleRoom != null);
  const hung = attemptsOf(scenarios.flatMap(requestsOf)).filter(
    ({ attempt, replica, scenario }) =>
      attempt.status === 504 && attempt.headerMs === null && scenario.fault?.victim !== replica,
  );
  const names = new Set(hung.map(({ scenario }) => scenario.name));
  const gates = [
    ...brokenGates(situation, 'errors', 'unsafe-errors', 'stall', 'recover').filter(
      ({ scenario }) => scenario !== null && names.has(scenario),
    ),
    ...brokenGates(situation, 'held'),
  ];
  const room = scenarios[0]?.idleRoom;
  if (room == null || gates.length === 0) return null;
  const { spot } = keepalive;
  return {
    id: 'keepalive-takes-workers',
    gates: metricsOf(gates),
    cause:
      `Each worker of the app serves one connection at a time, idle or not; NGINX keeps up to ${counted(keepalive.value, 'idle connection')}` +
      `${spot === null ? '' : ` (${placeName(situation, spot)})`} in each of its own processes: they take all workers, and what comes on a further connection waits ` +
      'until one is closed.',
    evidence:
      `Asked past NGINX, before there was any traffic, a replica left further connections without an answer while ${counted(room, 'idle one')} ` +
      `${were(room)} open, and answered once they were closed. ` +
      (hung.length > 0
        ? `${attemptsText(hung)} ended without an answer on replicas that nobody had broken.`
        : 'No request of this run met that.'),
    ...keptNone(situation),
    fix:
      'Let NGINX keep no connections to such an app; or give the app more workers than all NGINX processes together keep connections, or a server ' +
      'that binds no worker to a connection (gunicorn with threads, Puma, any that works with events).',
  };
};

/** Where it is said that NGINX keeps connections, and the change by which it keeps none. */
export function keptNone(situation: Case): Place {
  const spot = situation.nginx.route?.upstream.keepalive.spot ?? null;
  const lines = keepsByDefault(situation.nginx.version) ? ['keepalive 0;'] : [];
  return placed(situation, spot, spot === null ? null : { kind: 'replace', line: spot.line, lines });
}
