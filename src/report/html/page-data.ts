import type { Report, ReportScenario } from '../schema';
import { faultRun } from '../not-run';
import { capitalized, quantity } from '../quantities';
import { scenarioWords } from '../wording';
import type { Series } from './series';

/** What the page's script draws; it stands as JSON in the page. Spans are milliseconds since the start of the scenario. */
export interface PageData {
  readonly scenarios: readonly PageScenario[];
}

/** One scenario's charts. */
export interface PageScenario {
  readonly name: string;
  readonly title: string;
  readonly duration: number;
  /** Moments at which something was done to the cluster, in order. */
  readonly marks: readonly { readonly at: number; readonly label: string }[];
  /** While something was broken, or a replica being replaced: its name. */
  readonly spans: readonly { readonly from: number; readonly to: number; readonly label: string | null }[];
  /** Bound of the wait, where a gate sets one. */
  readonly bound: { readonly ms: number; readonly label: string } | null;
  readonly victim: string | null;
  readonly series: Series;
}

/** The scenarios that sent something. */
export function pageData(report: Report, series: readonly Series[]): PageData {
  return {
    scenarios: series.flatMap((one) => {
      const scenario = report.scenarios.find(({ name }) => name === one.scenario);
      return scenario === undefined ? [] : [pageScenario(scenario, report, one)];
    }),
  };
}

function pageScenario(scenario: ReportScenario, report: Report, series: Series): PageScenario {
  const { name, duration, fault } = scenario;
  return {
    name,
    title: scenarioTitle(scenario),
    duration,
    marks: marksOf(scenario),
    spans: spansOf(scenario),
    bound: boundOf(scenario, report),
    victim: fault === null ? null : fault.victim,
    series,
  };
}

/** `Crash of app2`, `Rotation`. */
export function scenarioTitle(scenario: ReportScenario): string {
  return capitalized(scenarioWords(scenario));
}

/** Id of a scenario's part of the page. */
export function scenarioAnchor(name: string): string {
  return `scenario-${name.replace(/[^\w-]/g, '-')}`;
}

/** What was done when. */
function marksOf(scenario: ReportScenario): PageScenario['marks'] {
  const { rollout } = scenario;
  const fault = faultRun(scenario);
  const ofFault =
    fault === null
      ? []
      : [
          { at: fault.injectedAt, label: 'inject' },
          { at: fault.effectiveAt, label: 'effective' },
          { at: fault.healStartedAt, label: 'heal' },
          ...(fault.healedAt === null ? [] : [{ at: fault.healedAt, label: 'healed' }]),
        ];
  const ofRollout =
    rollout === null
      ? []
      : [
          { at: rollout.startedAt, label: 'update begins' },
          { at: rollout.endedAt, label: 'update ends' },
        ];
  return [...ofFault, ...ofRollout];
}

function spansOf({ fault, rollout, duration }: ReportScenario): PageScenario['spans'] {
  const broken = fault === null ? [] : [{ from: fault.effectiveAt, to: fault.healedAt ?? duration, label: null }];
  const replaced = (rollout?.steps ?? []).flatMap((step) => {
    const from = step.drainAt ?? step.stopAt;
    return from === null ? [] : [{ from, to: step.backAt ?? step.rolledBackAt ?? duration, label: step.replica }];
  });
  return [...broken, ...replaced];
}

function boundOf({ metrics }: ReportScenario, { gates }: Report): PageScenario['bound'] {
  const own = gates.filter(
    ({ metric, unit, operator }) =>
      metric.endsWith('.stall') &&
      unit === 'ms' &&
      operator.startsWith('<') &&
      metrics.some((one) => one.metric === metric),
  );
  const strictest = own.toSorted((a, b) => a.allowed - b.allowed)[0];
  return strictest === undefined
    ? null
    : { ms: strictest.allowed, label: `allowed ${quantity(strictest.allowed, 'ms')}` };
}
