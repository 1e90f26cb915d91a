/** Tables and plots of bench/growth.mjs. */
import '../../scripts/typescript.mjs';
import { oneDecimal, seconds, table, twoDecimals, whole } from './table.mjs';

const { mermaidChart } = await import('../../src/report/chart');

/** Times as much a replica in the last stretch as in the one before: 1 in a straight line, 2 in a square over doublings. */
const STEEPEST = 1.5;
const inSeconds = (value) => `${oneDecimal(Math.abs(value) < 0.05 ? 0 : value)} s`;
const inMiB = (value) => `${whole(value)} MiB`;

export function totalsTable(what, runs) {
  const one = what.replace(/s$/, '');
  const head = [
    ...[what, 'verdict', 'time', `time a ${one}`, "its scenarios' time, added up"],
    ...['processors: process', 'containers', `both, a ${one}`, 'memory: process', 'containers'],
  ];
  const rows = runs.map((run) => [
    ...[run.size, run.verdict, seconds(run.seconds), `${twoDecimals(run.seconds / run.size)} s`],
    ...[inSeconds(scenarioSeconds(run.report)), seconds(run.cpuSeconds), seconds(run.containers.cpuSeconds)],
    ...[`${twoDecimals(processorSeconds(run) / run.size)} s`, inMiB(run.peakMiB), inMiB(run.containers.peakMiB)],
  ]);
  return table(head, rows);
}

function processorSeconds({ cpuSeconds, containers }) {
  return cpuSeconds + containers.cpuSeconds;
}

function scenarioSeconds(report) {
  const parts = Object.entries(report?.timings ?? {}).filter(([step]) => /\.(?:up|run)$/.test(step));
  return parts.reduce((sum, [, ms]) => sum + ms, 0) / 1000;
}

/** Time in bars, processor time as a line. */
export function chartOf(what, runs) {
  const times = runs.map((run) => run.seconds);
  const cpus = runs.map(processorSeconds);
  return mermaidChart({
    ...{ title: `Seconds by ${what}: bars are the clock, the line is processor time`, width: 700, height: 260 },
    labels: runs.map(({ size }) => String(size)),
    top: Math.ceil(Math.max(...times, ...cpus) / 10) * 10,
    series: [
      { kind: 'bar', colour: 'blue', values: times },
      { kind: 'line', colour: 'amber', values: cpus },
    ],
  });
}

/** Each step of the runs, and what they took of the machine; and whether it keeps to a straight line. */
export function stepTable(runs) {
  const timings = runs.map(({ report }) => report?.timings ?? {});
  const steps = Object.keys(timings.at(-1)).filter((step) => timings.every((all) => all[step] !== undefined));
  const last = `the last ${runs.at(-1).size - (runs.at(-2)?.size ?? 0)} add`;
  const times = `${runs.at(-1).size}, times ${runs.at(-2)?.size ?? ''}`;
  const head = ['step', ...runs.map(({ size }) => `${size} replicas`), times, last, 'straight or flatter'];
  const row = (name, values, show, noise) => [name, ...values.map(show), ...straightness(values, runs, show, noise)];
  return table(head, [
    ...steps.map((step) =>
      row(
        step,
        timings.map((all) => all[step] / 1000),
        inSeconds,
        1,
      ),
    ),
    row('processors', runs.map(processorSeconds), inSeconds, 1),
    row(
      "the action's process",
      runs.map((run) => run.peakMiB),
      inMiB,
      10,
    ),
    row(
      'containers',
      runs.map((run) => run.containers.peakMiB),
      inMiB,
      10,
    ),
  ]);
}

/**
 * Compares what an added replica costs in the last stretch with what one cost in the stretch before.
 *
 * @param noise what a stretch may add without being looked at: the machine's own unsteadiness.
 */
function straightness(values, runs, show, noise) {
  if (values.length < 3) return ['', '', 'needs three sizes'];
  const [before, middle, last] = values.slice(-3);
  const [small, medium, large] = runs.slice(-3).map(({ size }) => size);
  const added = last - middle;
  const expected = (Math.max(middle - before, noise) * (large - medium)) / (medium - small);
  return [twoDecimals(last / middle), show(added), added <= STEEPEST * expected ? 'yes' : '**no**'];
}
