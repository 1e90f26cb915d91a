import { afterAll, expect, test } from '@jest/globals';
import { endSteps, runMain } from '../support/action';

afterAll(() => endSteps());

test('the plan action emits the matrix and the parts', async () => {
  const inputs = { inputs: '{"checks": "rotation,failover", "faults": "crash,freeze", "seed": "5"}', runners: '3' };

  const { exitCode, outputs, annotations, log } = await runMain(inputs, { action: 'plan' });

  expect({ exitCode, annotations }).toEqual({ exitCode: 0, annotations: [] });
  expect(JSON.parse(outputs['parts'] ?? '')).toEqual([
    { id: 'cluster-1', cluster: 'cluster', scenarios: ['failover.crash'] },
    { id: 'cluster-2', cluster: 'cluster', scenarios: ['failover.freeze'] },
    { id: 'cluster-3', cluster: 'cluster', scenarios: ['rotation'] },
  ]);
  const { include } = JSON.parse(outputs['matrix'] ?? '') as { include: { id: string; inputs: object }[] };
  expect(include.map(({ id }) => id)).toEqual(['cluster-1', 'cluster-2', 'cluster-3']);
  expect(include[1]?.inputs).toMatchObject({ checks: 'failover', faults: 'freeze', seed: '5' });
  expect(log).toContain('cluster-2: failover.freeze\n');
});

test('a bad input is one clear line, and nothing is planned', async () => {
  const { exitCode, outputs, annotations, log } = await runMain({ inputs: '{"replicas": 99}' }, { action: 'plan' });

  const problem = 'Input `replicas`: "99" is not accepted; give a whole number from 2 to 16.';
  expect({ exitCode, outputs }).toEqual({ exitCode: 1, outputs: { problems: JSON.stringify([problem]) } });
  expect(annotations).toEqual([`::error title=Input::${problem}`]);
  expect(log).not.toMatch(/ at .*\(/);
});
