import { readFileSync } from 'node:fs';
import type { ScenarioEvidence } from '../../src/checks/evidence';
import { buildReport } from '../../src/report/build';
import type { Report } from '../../src/report/schema';
import { profileGates } from '../../src/settings/profiles';
import { judge } from '../../src/verdict/verdict';
import { CONFIG_PATH, modelOf } from './evidence';
import { syntheticScenario } from './synthetic-run';

/** A run's report together with the evidence that it was made from. */
export interface SyntheticRun {
  readonly report: Report;
  readonly scenarios: readonly ScenarioEvidence[];
}

/** What the standard gates make of scenarios under one of the configurations of fixtures/nginx. */
export function judgedRun(configName: string, scenarios: readonly ScenarioEvidence[]): SyntheticRun {
  const text = readFileSync(`fixtures/nginx/${configName}.conf`, 'utf8');
  const file = 'nginx/default.conf';
  const judgement = judge({
    scenarios,
    gates: profileGates('standard', ['rotation', 'failover']),
    nginx: modelOf(text),
    config: { containerPath: CONFIG_PATH, workspacePath: file, text },
    appPort: 5000,
    dockerfile: null,
  });
  const report = buildReport({
    ...judgement,
    ...{ message: null, details: [], seed: 482_193, scenarios, timings: { total: 84_400 } },
    cluster: {
      replicas: scenarios[0]?.replicas.map(({ hostname }) => hostname) ?? [],
      images: [{ role: 'app', reference: 'shop:pr-482', id: 'sha256:1', digests: [] }],
      nginxVersion: '1.30.4',
      config: { source: 'user', file, text },
    },
  });
  return { report, scenarios };
}

/** Of three replicas nobody is missed. */
export function passedRun(): SyntheticRun {
  return judgedRun('good-server', [
    syntheticScenario({ fault: null, replicas: 3, samples: 300, rate: 100, fate: 'refused' }),
    syntheticScenario({ fault: 'crash', replicas: 3, samples: 2_200, rate: 100, fate: 'refused', oneIn: 300 }),
  ]);
}

/** A frozen replica lets requests wait for 20 s. */
export function failedRun(): SyntheticRun {
  return judgedRun('textbook', [
    syntheticScenario({ fault: null, replicas: 3, samples: 300, rate: 100, fate: 'refused' }),
    syntheticScenario({
      fault: 'freeze',
      replicas: 3,
      samples: 6_000,
      rate: 100,
      fate: 'waits',
      patience: 20_000,
      oneIn: 40,
    }),
  ]);
}

/** The load generator was late. */
export function inconclusiveRun(): SyntheticRun {
  return judgedRun('good-server', [
    syntheticScenario({ fault: null, replicas: 3, samples: 300, rate: 100, fate: 'refused', lag: 220 }),
  ]);
}
