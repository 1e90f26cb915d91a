import { SESSION_PROBE } from '../../checks/evidence';
import { failedProbes } from '../metrics-findings';
import type { Rule } from './diagnosis';
import { brokenGates, metricsOf } from './diagnosis';
import { NOWHERE } from './place';
import { listed } from './wording';

/** What a replica knows of its users, no other one does. */
export const sessionsInReplica: Rule = (situation) => {
  const gates = brokenGates(situation, 'sessions');
  const lost = situation.scenarios.flatMap(failedProbes).filter(({ id }) => id === SESSION_PROBE);
  if (gates.length === 0 || lost.length === 0) return null;
  return {
    id: 'session-in-replica',
    gates: metricsOf(gates),
    cause:
      'A replica does not know a session that another one began: it begins a new one, or serves the user as a stranger. Users lose theirs (a ' +
      'login, a basket, the token of a form) when their replica is lost or replaced, and before that as soon as they are sent to another one.',
    evidence: `With a cookie that ${listed([...new Set(lost.map(({ subject }) => subject))])} had set: ${lost.map(({ seen }) => seen).join('. ')}.`,
    ...NOWHERE,
    fix:
      'Keep sessions where all replicas find them (a database, Redis), or in the cookie itself, signed with one secret for all of them ' +
      '(input app-env) and not with one that each draws when it starts.',
  };
};
