import type { Report, ReportGate } from './schema';
import { allowedWords, observedWords } from './gate-words';
import { metricWords } from './metric-words';
import { counted, listed, quantity } from './quantities';
import { subjectOfGate } from './subjects';

/** One reason why gates have no plain answer, and what it is about. */
export interface Undecided {
  /** `rotation: replicas that serve`, or `crash (5 gates)`. */
  readonly about: string;
  readonly why: string;
}

/** Above this p99 the generator counts as late where no gate says otherwise, in milliseconds. */
const LAG_BOUND_MS = 50;

/** Why gates of this outcome have no plain answer, each reason once. */
export function undecided(report: Report, outcome: 'warn' | 'inconclusive'): readonly Undecided[] {
  const gates = report.gates.filter(
    // A warning with a number is a gate that is not met, which has its diagnosis.
    (gate) => gate.outcome === outcome && (outcome === 'inconclusive' || gate.observed === null),
  );
  const reasons = [...new Set(gates.map(reasonOf))];
  return reasons.map((why) => ({ about: together(gates.filter((gate) => reasonOf(gate) === why)), why }));
}

/** What whoever reads an inconclusive report can do about it. */
export function advice(report: Report): readonly string[] {
  return [
    ...remedies(report),
    'Then run the job again: that nothing failed is no proof. With the input `on-inconclusive: pass` such a job passes.',
  ];
}

/** What can be done about the reasons that the report shows by itself. */
export function remedies(report: Report): readonly string[] {
  const bound = report.gates.find((gate) => gate.metric === 'load.lag')?.allowed ?? LAG_BOUND_MS;
  const lag = Math.max(0, ...report.scenarios.map((scenario) => scenario.lag.p99));
  const notRun = report.gates.some((gate) => gate.outcome === 'inconclusive' && gate.scenario === null);
  return [
    ...(lag > bound
      ? [
          `The runner was too busy to send its requests on time (p99 ${quantity(lag, 'ms')} late, allowed ${quantity(bound, 'ms')}): ` +
            'use one with more processors or less to do, or lower the inputs `rate`, `cpus` or `replicas`.',
        ]
      : []),
    ...(notRun ? ['Name the checks and faults that those gates are about in the inputs `checks` and `faults`.'] : []),
  ];
}

function reasonOf(gate: ReportGate): string {
  if (gate.reason !== null) return gate.reason;
  return gate.observed === null ? 'nothing is known about it' : `${observedWords(gate)}, allowed ${allowedWords(gate)}`;
}

function together(gates: readonly ReportGate[]): string {
  const [first] = gates;
  if (gates.length === 1 && first !== undefined) return metricWords(first.metric, first.scenario);
  return `${listed([...new Set(gates.map(subjectOfGate))])} (${counted(gates.length, 'gate')})`;
}
