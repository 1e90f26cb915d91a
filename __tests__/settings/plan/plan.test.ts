import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readPlan, type PlanInputs } from '../../../src/settings/plan/clusters';
import { PART_INPUTS } from '../../../src/settings/plan/part-inputs';
import { planParts, type Part } from '../../../src/settings/plan/parts';
import { parseSettings } from '../../../src/settings/parse';
import { CHECK_NAMES, FAULT_NAMES, SILENT_CHECKS } from '../../../src/settings/settings';

const SEED = 11;

/** The parts of a plan, or what is wrong with what was asked for. */
function planned(
  inputs: Readonly<Record<string, unknown>>,
  more: Partial<PlanInputs> = {},
): readonly Part[] | readonly string[] {
  const order = readPlan({ inputs: JSON.stringify(inputs), clusters: '', runners: '1', ...more });
  return order.ok ? planParts(order.clusters, order.runners, SEED) : order.problems;
}

function partsOf(inputs: Readonly<Record<string, unknown>>, more: Partial<PlanInputs> = {}): readonly Part[] {
  return planned(inputs, more) as readonly Part[];
}

describe('the scenarios of a cluster', () => {
  const all = { checks: 'rotation,failover,rollout', faults: 'crash,freeze,stop' };

  test.each<[runners: string, scenarios: readonly (readonly string[])[]]>([
    ['', [['rotation', 'failover.crash', 'failover.freeze', 'failover.stop', 'rollout']]],
    ['1', [['rotation', 'failover.crash', 'failover.freeze', 'failover.stop', 'rollout']]],
    ['2', [['failover.crash', 'failover.stop', 'rotation'].toSorted(inOrder), ['failover.freeze', 'rollout']]],
    ['20', [['failover.crash'], ['failover.freeze'], ['failover.stop'], ['rollout'], ['rotation']]],
  ])('on %s runners', (runners, scenarios) => {
    expect(partsOf(all, { runners }).map((part) => part.scenarios)).toEqual(scenarios);
  });

  function inOrder(a: string, b: string): number {
    const order = ['rotation', 'failover.crash', 'failover.freeze', 'failover.stop', 'rollout'];
    return order.indexOf(a) - order.indexOf(b);
  }

  test.each([
    { what: 'another image', inputs: { 'rollout-image': 'shop:2' }, together: true },
    { what: 'another build', inputs: { 'rollout-build-args': 'VERSION=2' }, together: true },
    { what: 'the image under test in place of a baseline', inputs: { 'baseline-image': 'shop:live' }, together: false },
    { what: 'the same image', inputs: {}, together: false },
  ])('of an update that deploys $what: asked together with hardening, or apart', ({ inputs, together }) => {
    const parts = partsOf({ checks: 'rollout,hardening,rotation', ...inputs }, { runners: '3' });
    expect(parts.map((part) => part.scenarios)).toEqual(
      together ? [['rollout', 'hardening'], ['rotation']] : [['rollout'], ['hardening'], ['rotation']],
    );
  });

  test('hardening that is switched off is no scenario', () => {
    const inputs = { checks: 'rotation,hardening', hardening: 'off' };
    expect(partsOf(inputs, { runners: '3' }).map((part) => part.scenarios)).toEqual([['rotation']]);
  });
});

describe('a part', () => {
  test('is given every input, and those that are about other parts stay out', () => {
    const inputs = {
      ...{ checks: 'rotation,failover,rollout', faults: 'crash,freeze', replicas: 4, 'baseline-image': 'shop:live' },
      gates: 'failover.stall < 2s\nfailover.freeze.stall < 9s # slow\nload.lag < 1s\nrollout.stall < 3s',
    };
    const [crash, freeze, rollout, rotation] = partsOf(inputs, { runners: '4' });
    expect(crash).toEqual({
      ...{ id: 'cluster-1', cluster: 'cluster', scenarios: ['failover.crash'] },
      inputs: {
        ...Object.fromEntries(PART_INPUTS.map((name) => [name, ''])),
        ...{ checks: 'failover', faults: 'crash', replicas: '4', seed: '11' },
        gates: 'failover.stall < 2s\nload.lag < 1s',
      },
    });
    expect(freeze?.inputs).toMatchObject({ gates: 'failover.stall < 2s\nload.lag < 1s\nfailover.freeze.stall < 9s' });
    expect(rollout?.inputs).toMatchObject({
      gates: 'rollout.stall < 3s\nload.lag < 1s',
      'baseline-image': 'shop:live',
    });
    expect(rotation?.inputs).toMatchObject({ gates: 'load.lag < 1s', 'baseline-image': '', checks: 'rotation' });
  });

  test('without traffic has no gate on what traffic alone measures', () => {
    const inputs = { checks: 'rotation,isolation,hardening', gates: 'load.lag < 1s\nbaseline.errors <= 1' };
    expect(partsOf(inputs, { runners: '3' }).map((part) => [part.scenarios, part.inputs['gates']])).toEqual([
      [['rotation'], 'baseline.errors <= 1\nload.lag < 1s'],
      ...[
        [['isolation'], ''],
        [['hardening'], ''],
      ],
    ]);
  });

  test('has the seed that the user gave, or else the one drawn for all', () => {
    expect(partsOf({ seed: '5' }, { runners: '2' }).map(({ inputs }) => inputs['seed'])).toEqual(['5', '5']);
    expect(partsOf({}, { runners: '2' }).map(({ inputs }) => inputs['seed'])).toEqual(['11', '11']);
  });

  test('of several clusters has its own inputs over the common ones', () => {
    const clusters = JSON.stringify([
      { name: 'shop', context: 'apps/shop' },
      { name: 'api', replicas: 5, faults: 'stop' },
    ]);
    const parts = partsOf({ replicas: 2, checks: 'rotation,failover' }, { clusters, runners: '2' });
    expect(parts.map(({ id, cluster }) => [id, cluster])).toEqual([
      ['shop-1', 'shop'],
      ['shop-2', 'shop'],
      ['api-1', 'api'],
      ['api-2', 'api'],
    ]);
    expect(parts[0]?.inputs).toMatchObject({ context: 'apps/shop', replicas: '2' });
    expect(parts[2]).toMatchObject({
      scenarios: ['failover.stop'],
      inputs: { replicas: '5', faults: 'stop', context: '' },
    });
  });
});

describe('every plan', () => {
  const some = <T>(names: readonly T[]): fc.Arbitrary<T[]> => fc.subarray([...names], { minLength: 1 });
  const orders = fc.record({
    checks: some(CHECK_NAMES),
    faults: some(FAULT_NAMES),
    runners: fc.integer({ min: 1, max: 20 }),
    hardening: fc.constantFrom('enforce', 'report'),
    profile: fc.constantFrom('standard', 'strict', 'observe'),
  });

  test('has every scenario in exactly one part, and each part is a run that the action accepts', () => {
    fc.assert(
      fc.property(orders, ({ checks, faults, runners, hardening, profile }) => {
        const gates = [
          ...(checks.every((check) => SILENT_CHECKS.has(check)) ? [] : ['load.lag < 1s']),
          ...(checks.includes('failover')
            ? ['failover.stall < 2s', ...faults.map((fault) => `failover.${fault}.stall < 1s`)]
            : []),
          ...(checks.includes('rollout') ? ['rollout.stall < 2s'] : []),
        ].join('\n');
        const rollout = checks.includes('rollout') ? { 'baseline-image': 'shop:live' } : {};
        const inputs = { checks: checks.join(), faults: faults.join(), hardening, profile, gates, ...rollout };
        const parts = partsOf(inputs, { runners: String(runners) });
        const expected = checks.flatMap((check) =>
          check === 'failover' ? faults.map((fault) => `failover.${fault}`) : [check],
        );
        expect(parts.flatMap((part) => part.scenarios).toSorted()).toEqual(expected.toSorted());
        expect(parts).toHaveLength(Math.min(runners, expected.length));
        expect(parts.map((part) => parseSettings(part.inputs)).filter((outcome) => !outcome.ok)).toEqual([]);
      }),
    );
  });
});

describe('what is wrong is said in one line that names it', () => {
  const cluster = (text: unknown): Partial<PlanInputs> => ({ clusters: JSON.stringify(text) });

  test.each<[name: string, inputs: Readonly<Record<string, unknown>>, more: Partial<PlanInputs>, message: string]>([
    ['an input', { replicas: 99 }, {}, 'Input `replicas`: "99" is not accepted; give a whole number from 2 to 16.'],
    [
      'an unknown input',
      { replica: 3 },
      {},
      'Input `inputs`: "replica" is not an input of a cluster; did you mean `replicas`?',
    ],
    ['no text', { replicas: [3] }, {}, 'Input `inputs`: `replicas` must be a text, a number, or true or false.'],
    [
      'the token',
      { 'github-token': 'x' },
      {},
      'Input `inputs`: "github-token" is not an input of a cluster; give some of',
    ],
    ['no JSON', {}, { inputs: '{"a":' }, 'Input `inputs`: "{\\"a\\":" is not accepted; give a JSON object'],
    ['a list for inputs', {}, { inputs: '[1]' }, 'Input `inputs`: "[1]" is not accepted; give a JSON object'],
    ['no runner', {}, { runners: '0' }, 'Input `runners`: "0" is not accepted; give a whole number from 1 to 20.'],
    ['half a runner', {}, { runners: '1.5' }, 'Input `runners`: "1.5" is not accepted'],
    [
      'no list',
      {},
      { clusters: 'shop, api' },
      'Input `clusters`: "shop, api" is not accepted; give a JSON list of 1 to 50',
    ],
    ['an empty list', {}, cluster([]), 'Input `clusters`: "[]" is not accepted; give a JSON list of 1 to 50'],
    ['texts', {}, cluster(['shop']), 'Input `clusters`: "[\\"shop\\"]" is not accepted'],
    ['no name', {}, cluster([{ replicas: 2 }]), 'Input `clusters`, cluster 1: "" is not accepted; give as `name`'],
    ['a name that leads out', {}, cluster([{ name: '../x' }]), 'cluster 1: "../x" is not accepted; give as `name`'],
    ['a name given twice', {}, cluster([{ name: 'a' }, { name: 'a' }]), 'cluster 2: `a` is given more than once'],
    ['a cluster’s input', {}, cluster([{ name: 'api', rate: 0 }]), 'Cluster `api`: Input `rate`: "0" is not accepted'],
    ['a seed of its own', {}, cluster([{ name: 'api', seed: 1 }]), '`seed` holds for all clusters; give it once'],
    [
      'a name of the workflow that leads out',
      { name: '../x' },
      {},
      'Input `name`: "../x" is not accepted; give lower-case',
    ],
    ['a name of the workflow that holds another', { name: 'a.b' }, {}, 'Input `name`: "a.b" is not accepted'],
    ['more jobs than there can be', {}, { ...cluster(names(20)), runners: '20' }, 'are more than 256 jobs'],
  ])('%s', (_, inputs, more, message) => {
    expect(planned(inputs, more)).toEqual([expect.stringContaining(message)]);
  });

  function names(count: number): readonly { readonly name: string }[] {
    return Array.from({ length: count }, (_, index) => ({ name: `c${index}` }));
  }
});

test('what is the workflow’s own is left to it', () => {
  const own = { name: 'shop', clusters: '', runners: 2, 'runs-on': 'x', 'timeout-minutes': 3, comment: 'never' };
  expect(partsOf({ ...own, 'retention-days': 0 })).toEqual(partsOf({}));
});
