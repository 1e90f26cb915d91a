/**
 * Measures what it costs to build the reports of the largest run once it is judged: processor time, and the most memory at once beyond what its evidence takes.
 *
 *   npm run bench:report               16 replicas, every fault, 100,000 requests
 *   npm run bench:report -- 20000      as many requests
 */
import { Buffer } from 'node:buffer';
import { join } from 'node:path';
import '../scripts/typescript.mjs';

process.chdir(join(import.meta.dirname, '..'));
const { factsOf, largeEvidence } = await import('../__tests__/report/examples');
const { buildReport } = await import('../src/report/build');
const { markdownSections } = await import('../src/report/markdown');
const { htmlReport } = await import('../src/report/html/document');
const { buildSeries } = await import('../src/report/html/series');
const { junitXml } = await import('../src/report/junit');
const { sarifLog } = await import('../src/report/sarif');
const { terminalLines } = await import('../src/report/terminal');
const { compareReports } = await import('../src/report/comparison');
const { readEarlierReport } = await import('../src/report/earlier-report');

/** Goals for all of them together. */
const MOST_MS = 2_000;
const MOST_MIB = 300;
const MIB = 1024 * 1024;

const wanted = Number(process.argv[2] ?? 100_000);
const scene = { replicas: 16, rate: 100, config: 'good', lasts: 13 };
const trial = largeEvidence(scene);
const requests = trial.reduce((sum, { samples }) => sum + samples.length, 0);
const evidence = largeEvidence({ ...scene, rate: Math.ceil((scene.rate * wanted) / requests) });

const facts = factsOf(scene, evidence);
let report;
/** The page's own script and style, which the build makes, are not counted. */
const ASSETS = { script: { text: '', hash: '' }, style: { text: '', hash: '' } };
/** In the order in which the action builds them; each of the later ones is made from the report. */
const STEPS = {
  'report.json': () => {
    report = buildReport(facts);
    return JSON.stringify(report, null, 2);
  },
  'comparison with an earlier one': () => {
    const earlier = readEarlierReport(JSON.stringify(report));
    report = { ...report, comparison: compareReports(report, earlier.report) };
    return JSON.stringify(report.comparison);
  },
  'report.md': () => markdownSections(report, { runUrl: null }).join('\n\n'),
  'report.html': () => htmlReport(report, buildSeries(evidence), ASSETS, { runUrl: null }),
  'junit.xml': () => junitXml(report),
  'report.sarif': () => JSON.stringify(sarifLog(report), null, 2),
  'lines for the log': () => terminalLines(report).join('\n'),
};

console.log(
  `${evidence.reduce((sum, { samples }) => sum + samples.length, 0)} requests in ${evidence.length} scenarios`,
);
globalThis.gc?.();
const before = process.memoryUsage().heapUsed;
let [total, peak] = [0, before];
for (const [name, build] of Object.entries(STEPS)) {
  const started = process.cpuUsage();
  const text = build();
  // Processor time: the clock would measure what else the machine has to do.
  const { user, system } = process.cpuUsage(started);
  const took = (user + system) / 1_000;
  total += took;
  peak = Math.max(peak, process.memoryUsage().heapUsed);
  console.log(`${name}: ${took.toFixed(0)} ms, ${(Buffer.byteLength(text) / 1024).toFixed(0)} KiB`);
}
const memory = (peak - before) / MIB;
const resident = process.resourceUsage().maxRSS / 1024;
console.log(
  `all: ${total.toFixed(0)} ms (at most ${MOST_MS}), ${memory.toFixed(0)} MiB beside the evidence (at most ${MOST_MIB}); ` +
    `the process with all its evidence held ${resident.toFixed(0)} MiB at most`,
);
if (total > MOST_MS || memory > MOST_MIB) process.exitCode = 1;
