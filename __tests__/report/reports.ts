import { readFileSync } from 'node:fs';
import type { ScenarioEvidence } from '../../src/checks/evidence';
import type { RunFacts } from '../../src/report/build';
import { buildReport } from '../../src/report/build';
import { markdownSections } from '../../src/report/markdown';
import type { Report, ReportGate } from '../../src/report/schema';
import type { Gate } from '../../src/settings/gates';
import { profileGates } from '../../src/settings/profiles';
import { judge } from '../../src/verdict/verdict';
import {
  attempt,
  calmCrash,
  CONFIG_PATH,
  CRASH,
  crashEvidence,
  modelOf,
  rotationEvidence,
  sample,
  steady,
  unconnected,
} from '../support/evidence';

/** Name of the configuration under test in the user's workspace. */
export const CONFIG_FILE = 'nginx/default.conf';

const STANDARD = profileGates('standard', ['rotation', 'failover']);

/** The report of scenarios as a run under this configuration would make it. */
export function reportOf(
  configName: string,
  scenarios: readonly ScenarioEvidence[],
  gates: readonly Gate[] = STANDARD,
): Report {
  const text = readFileSync(`fixtures/nginx/${configName}.conf`, 'utf8');
  const config = { containerPath: CONFIG_PATH, workspacePath: CONFIG_FILE, text };
  const judgement = judge({ scenarios, gates, nginx: modelOf(text), config, appPort: 5000, dockerfile: null });
  return buildReport({
    ...judgement,
    ...{ message: null, details: [], seed: 7, scenarios, timings: { total: 24_400 } },
    cluster: {
      replicas: ['app1', 'app2', 'app3'],
      images: [{ role: 'app', reference: 'shop:pr-482', id: 'sha256:1', digests: [] }],
      nginxVersion: '1.30.4',
      config: { source: 'user', file: CONFIG_FILE, text },
    },
  });
}

/** Nothing wrong anywhere. */
export function passing(): Report {
  return reportOf('good-server', [rotationEvidence(steady(0, 300)), crashEvidence(calmCrash())]);
}

/** One request waited for the lost replica for 38 s. */
export function failing(gates: readonly Gate[] = STANDARD): Report {
  const at = CRASH.effective + 1_000;
  const stuck = sample({ at, waited: 38_000, attempts: [unconnected('app2', 37_990), attempt('app3')] });
  return reportOf('textbook', [rotationEvidence(steady(0, 300)), crashEvidence([...calmCrash(), stuck])], gates);
}

/** The machine was too busy to send on time. */
export function inconclusive(): Report {
  const load = { sent: 300, notSent: 0, lagP99Ms: 220.6, lagMaxMs: 300, clientRetries: 0 };
  return reportOf('good-server', [rotationEvidence(steady(0, 300), { load }), crashEvidence(calmCrash(), { load })]);
}

/** A run that came to no judgement. */
export function erroneous(message: string, details: readonly string[] = []): Report {
  const nothing: RunFacts = {
    ...{ verdict: 'error', message, details, seed: 7, timings: { total: 4_500 } },
    cluster: { replicas: [], images: [], nginxVersion: null, config: null },
    ...{ scenarios: [], measurements: [], gates: [], diagnoses: [], standings: {}, excused: {} },
  };
  return buildReport(nothing);
}

/** One judged gate. */
export function gate(changes: Partial<ReportGate> = {}): ReportGate {
  return {
    ...{ metric: 'failover.stall', operator: '<', allowed: 6_000, unit: 'ms', observed: 1_000, samples: 900 },
    ...{ outcome: 'pass', reason: null, scenario: 'failover.crash' },
    ...changes,
  };
}

/** The whole Markdown, as it is written to report.md. */
export function markdownOf(report: Report, runUrl: string | null = null): string {
  return markdownSections(report, { runUrl }).join('\n\n');
}

/** Markdown without what keeps a number beside its unit. */
export function plainSpaces(markdown: string): string {
  return markdown.replaceAll('\u00a0', ' ');
}
