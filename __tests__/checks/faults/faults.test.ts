import { describe, expect, test } from '@jest/globals';
import { FAULTS } from '../../../src/checks/faults/all';
import { endedProof } from '../../../src/checks/faults/ending';
import { complaint, workersSeen } from '../../../src/checks/faults/reload';
import { squeezedCpus } from '../../../src/checks/faults/throttle';
import type { ContainerDescription } from '../../../src/cluster/engine';
import { FAULT_NAMES } from '../../../src/settings/settings';
import type { Traffic } from '../../../src/traffic/traffic';
import { attempt, sample } from '../../support/evidence';

const STATE: ContainerDescription = {
  ...{
    id: 'c',
    name: 'app2',
    running: false,
    paused: false,
    exitCode: 137,
    oomKilled: false,
    startedAt: 1,
  },
  ...{ pid: 0, addresses: {}, hostPorts: {}, published: [] },
};

describe('the proof of an end', () => {
  const killed = ({ exitCode }: ContainerDescription): boolean => exitCode === 137;
  test.each([
    { what: 'as it should', state: STATE, proof: { took: true, seen: 'not running, exit code 137' } },
    { what: 'by itself', state: { ...STATE, exitCode: 0 }, proof: { took: false, seen: 'not running, exit code 0' } },
    {
      what: 'for want of memory',
      state: { ...STATE, oomKilled: true },
      proof: { took: true, seen: 'not running, exit code 137, killed by the kernel for want of memory' },
    },
  ])('$what', ({ state, proof }) => {
    expect(endedProof({ ended: true, state }, killed)).toEqual(proof);
  });

  test('of one that did not end is none, whatever would have been right', () => {
    expect(endedProof({ ended: false, outlived: 'SIGKILL' }, () => true)).toEqual({
      took: false,
      seen: 'still running 10 s after SIGKILL',
    });
  });
});

describe('what a command complained of', () => {
  const said = (stderr: string, stdout = ''): string => complaint({ exitCode: 1, stdout, stderr });
  test.each([
    {
      what: 'NGINX’s own word',
      text: said('nginx: [warn] a\nnginx: [emerg] host not found in upstream\nnginx: b\n'),
      expected: 'exit code 1, nginx: [emerg] host not found in upstream',
    },
    { what: 'the last line', text: said('first\nlast\n\n'), expected: 'exit code 1, last' },
    { what: 'on the other stream', text: said('', 'out\n'), expected: 'exit code 1, out' },
    { what: 'nothing', text: said(' \n'), expected: 'exit code 1, without a word' },
    { what: 'too much', text: said('x'.repeat(500)), expected: `exit code 1, ${'x'.repeat(200)}` },
  ])('$what', ({ text, expected }) => {
    expect(text).toBe(expected);
  });
});

describe('faults', () => {
  test('there is one for each name, and it says whom it is about', () => {
    expect(Object.keys(FAULTS).toSorted()).toEqual([...FAULT_NAMES].toSorted());
    for (const { target, describe: words } of Object.values(FAULTS)) {
      expect(words('app2').includes('app2')).toBe(target === 'replica');
    }
  });

  test('workers are those that have logged', () => {
    const samples = [
      sample({ at: 0, worker: 7, attempts: [attempt('app1')] }),
      sample({ at: 1, worker: 8, attempts: [] }),
      sample({ at: 2, worker: 9, attempts: null }),
    ];
    expect([...workersSeen({ samples: () => samples } as unknown as Traffic)]).toEqual([7, 8]);
  });
});

describe('throttling', () => {
  test.each([
    { what: 'leaves a part of what was used', used: 0.04, cpus: 0.016 },
    { what: 'leaves little of much', used: 0.9, cpus: 0.02 },
    { what: 'leaves a part of next to nothing', used: 0.0041, cpus: 0.0016 },
    { what: 'leaves as little as the kernel takes', used: 0.001, cpus: 0.001 },
    { what: 'leaves little where the use is unknown', used: NaN, cpus: 0.02 },
  ])('$what', ({ used, cpus }) => {
    expect(squeezedCpus(used)).toBe(cpus);
  });
});
