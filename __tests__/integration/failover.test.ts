import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import type { ReportScenario } from '../../src/report/schema';
import { FAULT_NAMES, type FaultName } from '../../src/settings/settings';
import { endSteps, outcomeOf, startMain, type MainResult } from '../support/action';
import { inputsFor } from '../support/cluster-inputs';
import { buildAppImage, describeOnDocker, leftoversOf } from '../support/docker';

// Every fault in turn, each with its own waits, on whatever machine this is; a run that hangs is longer.
jest.setTimeout(900_000);

/** What the engine must say of the victim while the fault is up. */
const PROOFS: Readonly<Record<FaultName, RegExp>> = {
  crash: /not running, exit code 137/,
  stop: /not running, exit code \d+/,
  freeze: /paused/,
  partition: /running, without an address in the network/,
  oom: /not running, exit code 137/,
  throttle: /held back by the kernel|limited/,
  error: /answering 503/,
  slow: /paused \d+ times/,
  'lb-reload': /serving with new workers/,
  'lb-worker-crash': /without worker \d+/,
  dns: /without a name/,
};

function scenarioOf({ report }: MainResult, fault: FaultName): ReportScenario {
  const found = report?.scenarios.find(({ name }) => name === `failover.${fault}`);
  if (found === undefined) throw new Error(`no scenario of ${fault}`);
  return found;
}

function measured(main: MainResult, fault: FaultName, metric: string): number | null | undefined {
  return scenarioOf(main, fault).metrics.find((one) => one.metric === `failover.${fault}.${metric}`)?.value;
}

describeOnDocker('every fault', () => {
  let app: Awaited<ReturnType<typeof buildAppImage>>;
  let textbook: MainResult;
  let good: MainResult;

  // One after the other: two runs at a time leave a small machine short of processors, and then a broken gate proves nothing.
  beforeAll(async () => {
    app = await buildAppImage('failover');
    const inputs = { checks: 'failover', faults: 'freeze,partition', 'nginx-config': 'fixtures/nginx/textbook.conf' };
    textbook = await (await startMain(inputsFor(app.tag, inputs))).ended;
    const everything = inputsFor(app.tag, { checks: 'failover', faults: FAULT_NAMES.join() });
    good = await (await startMain(everything)).ended;
  });
  afterAll(async () => {
    await endSteps();
    await app.remove();
  });

  test('goes unnoticed behind the generated configuration', () => {
    expect(outcomeOf(good)).toEqual({ exitCode: 0, verdict: 'pass', because: [] });
    expect(good.report?.scenarios.map(({ name }) => name)).toEqual(FAULT_NAMES.map((fault) => `failover.${fault}`));
  });

  test.each(FAULT_NAMES)('%s took effect, cost nothing, and was mended', (name) => {
    const { fault, phases, distribution } = scenarioOf(good, name);
    expect(fault).toMatchObject({ name, tookEffect: true, proof: expect.stringMatching(PROOFS[name]) });
    expect(fault?.healedAt).toEqual(expect.any(Number));
    expect(measured(good, name, 'errors')).toBe(0);
    expect(measured(good, name, 'unsafe-errors')).toBe(0);
    expect(measured(good, name, 'duplicates')).toBe(0);
    expect(measured(good, name, 'stall')).toBeLessThan(6_000);
    expect(measured(good, name, 'recover')).toEqual(expect.any(Number));
    expect(phases.map((phase) => phase.name)).toEqual(['baseline', 'fault', 'recovery']);
    for (const { requests } of phases) expect(requests).toBeGreaterThan(0);
    expect(Object.values(distribution).every((count) => count > 0)).toBe(true);
  });

  test.each<FaultName>(['freeze', 'partition'])('%s is noticed behind the textbook’s configuration', (name) => {
    expect(outcomeOf(textbook)).toMatchObject({ exitCode: 1, verdict: 'fail' });
    // The gate allows 6 s: past that, and what a slow machine may add, the fault is ended, long before the 60 s are over.
    expect(measured(textbook, name, 'stall')).toBeGreaterThan(8_000);
    const { metrics } = scenarioOf(textbook, name);
    expect(metrics.find(({ metric }) => metric === `failover.${name}.stall`)?.remark).toMatch(
      /^the fault was ended early: a client had waited for more than 8 s/,
    );
  });

  test('the textbook lacks both time-outs, and is told where', async () => {
    const { report, runId } = textbook;
    const found = report?.diagnoses.map(({ id, file, gates }) => ({ id, file, gates }));
    // So many requests hang that NGINX may run out of connections, which makes errors of the same cause.
    const about = { file: 'fixtures/nginx/textbook.conf', gates: expect.arrayContaining(['failover.stall']) };
    expect(found).toEqual(expect.arrayContaining([{ id: 'read-timeout', ...about }]));
    expect(found?.every(({ id }) => id === 'read-timeout' || id === 'connect-timeout')).toBe(true);
    expect(await leftoversOf(runId)).toEqual([]);
  });

  test('nothing is left', async () => {
    expect(await leftoversOf(good.runId)).toEqual([]);
  });
});
