import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { endSteps, outcomeOf, startMain, type Inputs, type MainResult, type RunningMain } from '../support/action';
import { inputsFor } from '../support/cluster-inputs';
import { buildAppImage, describeOnDocker, leftoversOf } from '../support/docker';

// Long enough for whatever a busy machine does meanwhile; a run that hangs is longer.
jest.setTimeout(300_000);

interface Broken {
  readonly file: string;
  readonly inputs?: Inputs;
  /** Gates that must fail. */
  readonly fails: readonly string[];
  /** Gates that must hold all the same. */
  readonly holds: readonly string[];
  readonly diagnosis: string;
  /** Line of the file that is to blame. */
  readonly line: number;
  /** In the words of cause and fix. */
  readonly says: RegExp;
}

const TEXTBOOK: Broken = {
  file: 'textbook.conf',
  fails: ['failover.stall'],
  holds: ['baseline.errors', 'rotation.coverage', 'rotation.excess', 'failover.errors'],
  diagnosis: 'connect-timeout',
  line: 11,
  says: /sets no proxy_connect_timeout.*Add `proxy_connect_timeout 1s;`/s,
};

/** One check is enough where that check proves the mistake, and spares the textbook's long waits. */
const CASES: readonly Broken[] = [
  {
    file: 'one-replica.conf',
    inputs: { rate: '50' },
    fails: ['rotation.coverage', 'failover.errors'],
    holds: ['baseline.errors'],
    diagnosis: 'single-upstream',
    line: 2,
    says: /does not list app2 and app3.*no other replica/s,
  },
  {
    file: 'next-upstream-off.conf',
    inputs: { checks: 'failover' },
    fails: ['failover.errors'],
    holds: ['baseline.errors', 'failover.stall'],
    diagnosis: 'next-upstream-off',
    line: 16,
    says: /proxy_next_upstream off.*Change it to `proxy_next_upstream error timeout;`/s,
  },
  {
    file: 'replica-twice.conf',
    inputs: { checks: 'rotation' },
    fails: ['rotation.coverage'],
    holds: ['baseline.errors'],
    diagnosis: 'replica-twice',
    line: 4,
    says: /app2 is listed twice.*app3 gets none.*`server app3:5000;`/s,
  },
  {
    file: 'replica-twice-all.conf',
    inputs: { checks: 'rotation' },
    fails: ['rotation.excess'],
    holds: ['baseline.errors', 'rotation.coverage'],
    diagnosis: 'replica-twice',
    line: 5,
    says: /app1 is listed twice.*double share.*Remove the line/s,
  },
  {
    file: 'backup-by-mistake.conf',
    inputs: { checks: 'rotation' },
    fails: ['rotation.coverage'],
    holds: ['baseline.errors'],
    diagnosis: 'replica-backup',
    line: 5,
    says: /app3 .*marked `backup`.*Remove `backup`/s,
  },
];

function outcomes(main: MainResult): Readonly<Record<string, string>> {
  return Object.fromEntries(main.report?.gates.map(({ metric, outcome }) => [metric, outcome]) ?? []);
}

async function expectCaught(main: MainResult, broken: Broken): Promise<void> {
  const path = `fixtures/nginx/${broken.file}`;
  const diagnosis = main.report?.diagnoses.find(({ id }) => id === broken.diagnosis);
  expect(outcomeOf(main)).toMatchObject({ exitCode: 1, verdict: 'fail' });
  expect(outcomes(main)).toMatchObject({
    ...Object.fromEntries(broken.fails.map((metric) => [metric, 'fail'])),
    ...Object.fromEntries(broken.holds.map((metric) => [metric, 'pass'])),
  });
  expect(diagnosis).toMatchObject({ file: path, line: broken.line, gates: expect.arrayContaining([...broken.fails]) });
  expect(`${diagnosis?.cause ?? ''} ${diagnosis?.fix ?? ''}`).toMatch(broken.says);
  expect(main.annotations).toContainEqual(
    expect.stringMatching(new RegExp(`^::error .*file=${path},line=${broken.line}::`)),
  );
  expect(main.summary).toContain(diagnosis?.cause.slice(0, 20));
  expect(await leftoversOf(main.runId)).toEqual([]);
}

describeOnDocker('a configuration with a mistake in it', () => {
  let app: Awaited<ReturnType<typeof buildAppImage>>;
  let textbook: RunningMain;

  // The textbook's run mostly waits, so it waits while the others run.
  beforeAll(async () => {
    app = await buildAppImage('broken');
    textbook = await startMain(inputsFor(app.tag, { 'nginx-config': `fixtures/nginx/${TEXTBOOK.file}` }));
  });
  afterAll(async () => {
    await endSteps();
    await app.remove();
  });

  test.each(CASES)('$file fails on $fails, because of $diagnosis', async (broken) => {
    const inputs = { ...broken.inputs, 'nginx-config': `fixtures/nginx/${broken.file}` };

    const main = await (await startMain(inputsFor(app.tag, inputs))).ended;

    await expectCaught(main, broken);
  });

  test('textbook.conf loses no request, and still fails: one of them waits far too long', async () => {
    const main = await textbook.ended;

    const stall = main.report?.gates.find(({ metric }) => metric === 'failover.stall');
    await expectCaught(main, TEXTBOOK);
    // The gate allows 6 s: past that, and what a slow machine may add, the fault is ended.
    expect(stall?.observed).toBeGreaterThan(8_000);
    expect(stall?.reason).toMatch(/^the fault was ended early: a client had waited for more than 8 s/);
    expect(stall?.observed).toBeLessThan(66_000);
  });
});
