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

/** What a reason says of too few requests. */
const TOO_FEW = '(raise the input rate)';

/** Why gates of this outcome have no plain answer, each reason once. */
export function undecided(report: Report, outcome: 'warn' | 'inconclusive'): readonly Undecided[] {
  // A warning with a number is a gate that is not met, which has its diagnosis.
  const isOpen = (gate: ReportGate): boolean =>
    gate.outcome === outcome && (outcome === 'inconclusive' || gate.observed === null);
  const open = report.gates.filter(isOpen);
  // A gate of the run tells the reason of one scenario; others may have reasons of their own.
  const gates = open.flatMap((gate) => {
    const each = report.scenarios.flatMap((one) =>
      one.gates.filter((its) => its.metric === gate.metric && isOpen(its)),
    );
    return each.length === 0 ? [gate] : each;
  });
  const reasons = [...new Set(gates.map(reasonOf))];
  return reasons.map((why) => ({ about: together(gates.filter((gate) => reasonOf(gate) === why)), why }));
}

/** What whoever reads an inconclusive report can do about it. */
export function advice(report: Report): readonly string[] {
  const known = remedies(report);
  const again = known.length === 0 ? 'Run the job again' : 'Then run the job again';
  return [
    ...known,
    `${again}: that nothing failed is no proof. With the input \`on-inconclusive: pass\` such a job passes.`,
  ];
}

/** What can be done about the reasons that the report shows by itself. */
export function remedies(report: Report): readonly string[] {
  const bound = report.gates.find((gate) => gate.metric === 'load.lag')?.allowed ?? LAG_BOUND_MS;
  const lag = Math.max(0, ...report.scenarios.map((scenario) => scenario.lag.p99));
  const notRun = report.gates.some((gate) => gate.outcome === 'inconclusive' && gate.scenario === null);
  const isScarce = report.gates.some(
    ({ outcome, reason }) => outcome === 'inconclusive' && reason?.includes(TOO_FEW) === true,
  );
  // Where all requests failed from the start, it is not the fault's doing that it came to nothing.
  const vain = report.scenarios.flatMap(({ fault, counts }) =>
    fault === null || fault.tookEffect || counts.errors === counts.requests ? [] : [fault.name],
  );
  return [
    ...(lag > bound
      ? [
          `The runner was too busy to send its requests on time (p99 ${quantity(lag, 'ms')} late, allowed ${quantity(bound, 'ms')}): ` +
            'use one with more processors or less to do, or lower the inputs `rate`, `cpus` or `replicas`.',
        ]
      : []),
    ...(isScarce ? ['Raise the input `rate`: too few requests were sent in the time that is watched.'] : []),
    ...(vain.length === 0
      ? []
      : [
          `Leave out of the input \`faults\` what should come to nothing again (${listed(vain.map((name) => `\`${name}\``))}): ` +
            'this machine cannot do it, or not to this app.',
        ]),
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
