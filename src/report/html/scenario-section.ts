import type { Report, ReportScenario } from '../schema';
import { capitalized, claimWords, counted, grouped, hiddenWords, quantity } from '../quantities';
import type { Markup } from './markup';
import { html } from './markup';
import { whyNotRun } from '../not-run';
import { scenarioAnchor, scenarioTitle } from './page-data';
import { probesPart } from './probes-part';
import { rolloutPart } from './rollout-part';
import { table } from './table';

/** Every scenario, folded behind a line that tells its numbers; the one that a reader looks for first is open. */
export function scenariosSection(report: Report, charted: ReadonlySet<string>): Markup {
  if (report.scenarios.length === 0) return html``;
  const first = firstOf(report);
  return html`<section id="scenarios" aria-labelledby="scenarios-title">
    <h2 id="scenarios-title">Scenarios</h2>
    ${report.scenarios.map((scenario) => scenarioPart(scenario, scenario === first, charted.has(scenario.name)))}
  </section>`;
}

/** The scenario behind the worst gate, or else the first in which something was done. */
function firstOf({ scenarios, gates }: Report): ReportScenario | undefined {
  const deciding = (outcome: string): ReportScenario | undefined => {
    const names = gates.filter((gate) => gate.outcome === outcome).map(({ scenario }) => scenario);
    return scenarios.find(({ name }) => names.includes(name));
  };
  return (
    deciding('fail') ??
    deciding('inconclusive') ??
    scenarios.find(({ fault, rollout }) => fault !== null || rollout !== null) ??
    scenarios[0]
  );
}

function scenarioPart(scenario: ReportScenario, open: boolean, hasCharts: boolean): Markup {
  const anchor = scenarioAnchor(scenario.name);
  return html`<details class="scenario" id="${anchor}" ${open ? html`open` : null}>
    <summary>
      <h3>${scenarioTitle(scenario)}</h3>
      <span>${summaryOf(scenario)}</span>
    </summary>
    ${story(scenario)} ${probesPart(scenario)}
    ${hasCharts ? html`<div class="charts" data-scenario="${scenario.name}"></div>` : null} ${rolloutPart(scenario)}
    ${scenario.counts.requests === 0 ? null : phases(scenario)}
    ${scenario.counts.requests === 0 ? null : intervals(scenario)} ${measured(scenario)}
  </details>`;
}

function summaryOf({ counts, duration, latency, probes }: ReportScenario): string {
  const longest = Math.max(0, ...latency.map(({ max }) => max));
  const holding = probes.filter(({ holds }) => holds === true).length;
  return [
    ...(probes.length === 0 ? [] : [claimWords(holding, probes.length)]),
    ...(counts.requests === 0
      ? []
      : [
          `${counted(counts.requests, 'request')} in ${quantity(duration, 'ms')}`,
          `${counted(counts.errors, 'error')}${counts.excused > 0 ? `, ${grouped(counts.excused)} of them excused` : ''}`,
          `NGINX hid ${hiddenWords(counts.retries)}`,
          `longest wait ${quantity(longest, 'ms')}`,
        ]),
  ].join(' · ');
}

/** What was done to whom, and how it is known. */
function story({ fault }: ReportScenario): Markup {
  if (fault === null) return html``;
  const why = whyNotRun(fault);
  if (why !== null) return html`<p><strong>${capitalized(fault.name)} was not run</strong>: ${why}.</p>`;
  const at = (instant: number): string => quantity(instant, 'ms');
  return html`<p>
    ${capitalized(fault.name)} of ${fault.victim} at ${at(fault.injectedAt)}, effective at ${at(fault.effectiveAt)}
    (${fault.tookEffect ? 'proof' : html`<strong>it did not take effect</strong>`}: ${fault.proof}); mended from
    ${at(fault.healStartedAt)} on,
    ${fault.healedAt === null ? html`<strong>not ready again</strong>` : `ready again at ${at(fault.healedAt)}`}.
  </p>`;
}

const PHASE_COLUMNS = ['From', 'Requests', 'Errors', 'Hidden by NGINX', 'Median wait', '90 %', '99 %', 'Longest'];

function phases(scenario: ReportScenario): Markup {
  const rows = scenario.phases.map((phase) => {
    const latency = scenario.latency.find((one) => one.phase === phase.name);
    const waits = [latency?.p50, latency?.p90, latency?.p99, latency?.max].map((wait) =>
      wait === undefined || phase.requests === 0 ? '' : quantity(wait, 'ms'),
    );
    const counts = [phase.requests, phase.errors, phase.retries].map(grouped);
    return {
      cells: [capitalized(phase.name), quantity(phase.from, 'ms'), ...counts, ...waits],
      look: phase.errors > 0 ? 'fail' : '',
    };
  });
  const columns = [{ title: 'Phase' }, ...PHASE_COLUMNS.map((title) => ({ title, right: true }))];
  return html`<h4>Phase by phase</h4>
    ${table(`${scenarioTitle(scenario)}, phase by phase`, columns, rows)}`;
}

/** The charts in words. */
function intervals(scenario: ReportScenario): Markup {
  const seconds = (ms: number): string => String(Number((ms / 1000).toFixed(2)));
  const rows = scenario.timeline.map(({ from, due, errors, retried, slowest }) => ({
    cells: [`${seconds(from)} s`, grouped(due), grouped(errors), grouped(retried), quantity(slowest, 'ms')],
    look: errors > 0 ? 'fail' : '',
  }));
  const columns = ['Requests due', 'Errors', 'Retried', 'Longest wait'].map((title) => ({ title, right: true }));
  const caption = `${scenarioTitle(scenario)}, every ${quantity(scenario.interval, 'ms')}`;
  return html`<details class="inner">
    <summary>The charts as a table, every ${quantity(scenario.interval, 'ms')}</summary>
    ${table(caption, [{ title: 'From', right: true }, ...columns], rows)}
  </details>`;
}

/** Every metric by the name that a gate knows it by. */
function measured(scenario: ReportScenario): Markup {
  const rows = scenario.metrics.map(({ metric, value, unit, samples, remark }) => ({
    cells: [html`<code>${metric}</code>`, value === null ? '' : quantity(value, unit), grouped(samples), remark ?? ''],
  }));
  if (rows.length === 0) return html``;
  return html`<details class="inner">
    <summary>All that was measured: ${counted(rows.length, 'metric')}</summary>
    ${table(
      `${scenarioTitle(scenario)}, all that was measured`,
      [{ title: 'Metric' }, { title: 'Value', right: true }, { title: 'Samples', right: true }, { title: 'Remark' }],
      rows,
    )}
  </details>`;
}
