import { describe, expect, test } from '@jest/globals';
import { parseSettings } from '../../src/settings/parse';

function problemsFrom(raw: Readonly<Record<string, string>>): readonly [inputs: string, message: string][] {
  const outcome = parseSettings(raw);
  return outcome.ok ? [] : outcome.problems.map(({ inputs, message }) => [inputs.join(' '), message]);
}

const EVERY = { checks: 'rotation,failover,rollout,isolation,hardening,limits' };

describe('inputs that contradict each other', () => {
  test.each<[name: string, raw: Readonly<Record<string, string>>, inputs: string, message: string]>([
    [
      'an image and a build',
      { image: 'app', context: 'src', 'build-args': 'A=hunter2' },
      'image context build-args',
      'Inputs `image`, `context` and `build-args`: an image that exists is not built; leave out `context` and `build-args`, or `image`.',
    ],
    [
      'an image and a cache',
      { image: 'app', 'cache-from': 'type=gha' },
      'image cache-from',
      'Inputs `image` and `cache-from`: an image that exists is not built; leave out `cache-from`, or `image`.',
    ],
    [
      'a configuration and an algorithm',
      { 'nginx-config': 'nginx.conf', algorithm: 'hash', weights: '1,2,3' },
      'nginx-config algorithm weights',
      'Inputs `nginx-config`, `algorithm` and `weights`: a configuration of your own says itself how it balances; leave out `algorithm` and `weights`, or `nginx-config`.',
    ],
    [
      'too few weights',
      { weights: '5' },
      'weights replicas',
      'Inputs `weights` and `replicas`: 1 weight for 3 replicas; give one weight for each replica.',
    ],
    [
      'too many weights',
      { weights: '1,1,1', replicas: '2' },
      'weights replicas',
      'Inputs `weights` and `replicas`: 3 weights for 2 replicas; give one weight for each replica.',
    ],
    [
      'a Dockerfile outside',
      { context: 'app', dockerfile: '../../Dockerfile' },
      'dockerfile context',
      'Inputs `dockerfile` and `context`: `dockerfile` starts from `context` and leads out of the workspace; give one inside.',
    ],
    [
      'a gate on a check that is not run',
      { checks: 'rotation', gates: '# mine\nfailover.stall < 2s' },
      'gates checks',
      'Inputs `gates` and `checks`: line 2: nothing measures `failover.stall` while `checks` leaves out `failover`; add it, or drop the gate.',
    ],
    [
      'a gate on traffic without any',
      { checks: 'isolation,hardening', gates: 'load.lag <= 100ms' },
      'gates checks',
      'Inputs `gates` and `checks`: line 1: nothing measures `load.lag` while `checks` leaves out a check that sends requests; add it, or drop the gate.',
    ],
    [
      'an image and arguments of a build of the next',
      { ...EVERY, image: 'app', 'rollout-build-args': 'A=hunter2' },
      'image rollout-build-args',
      'Inputs `image` and `rollout-build-args`: an image that exists is not built; leave out `rollout-build-args`, or `image`.',
    ],
    [
      'a baseline and something to roll out',
      { ...EVERY, 'baseline-image': 'app:1', 'rollout-image': 'app:2' },
      'baseline-image rollout-image',
      'Inputs `baseline-image` and `rollout-image`: the rolling update goes from the baseline to the image under test; leave out `rollout-image`, or `baseline-image`.',
    ],
    [
      'an image to roll out, and how to build it',
      { ...EVERY, 'rollout-image': 'app:2', 'rollout-build-args': 'A=1' },
      'rollout-image rollout-build-args',
      'Inputs `rollout-image` and `rollout-build-args`: an image that exists is not built; leave out `rollout-build-args`, or `rollout-image`.',
    ],
    [
      'a baseline that nothing is rolled out from',
      { 'baseline-image': 'app:1', checks: 'rotation,failover' },
      'baseline-image checks',
      'Inputs `baseline-image` and `checks`: nothing is rolled out while `checks` leaves out `rollout`; add it, or leave out `baseline-image`.',
    ],
    [
      'a gate on a fault that is not caused',
      { faults: 'stop', gates: 'failover.crash.errors == 0' },
      'gates faults',
      'Inputs `gates` and `faults`: line 1: nothing measures `failover.crash.errors` while `faults` leaves out `crash`; add it, or drop the gate.',
    ],
    [
      'a gate on hardening that is off',
      { ...EVERY, hardening: 'off', gates: 'hardening.findings <= 1' },
      'gates hardening',
      'Inputs `gates` and `hardening`: nothing measures `hardening.findings` while `hardening` is `off`; choose `report`, or drop the gate.',
    ],
    [
      'hardening alone, and off',
      { hardening: 'off', checks: 'hardening' },
      'checks hardening',
      'Inputs `checks` and `hardening`: nothing is left to check; choose `report`, or another check.',
    ],
  ])('%s', (_name, raw, inputs, message) => {
    expect(problemsFrom(raw)).toEqual([[inputs, message]]);
  });

  test('a gate on a fault whose check is not run names the check', () => {
    expect(problemsFrom({ checks: 'rotation', gates: 'failover.crash.errors == 0' }).map(([inputs]) => inputs)).toEqual(
      ['gates checks'],
    );
  });

  test.each<[name: string, raw: Readonly<Record<string, string>>]>([
    ['an image and the default context', { image: 'app', context: ' .\n' }],
    ['a configuration and the default algorithm', { 'nginx-config': 'nginx.conf', algorithm: 'round-robin' }],
    ['a gate that every check measures', { checks: 'rotation', gates: 'baseline.errors <= 1\nload.lag < 80ms' }],
    ['a gate on the worst fault, whichever are caused', { faults: 'stop', gates: 'failover.errors == 0' }],
    ['a gate on a fault that is caused', { faults: 'oom', gates: 'failover.oom.errors == 0' }],
    ['hardening that is off, beside other checks', { hardening: 'off', checks: 'hardening,rotation' }],
    ['hardening that is off, and every check', { ...EVERY, hardening: 'off' }],
    ['a gate on hardening that only reports', { ...EVERY, hardening: 'report', gates: 'hardening.findings <= 1' }],
    ['an image, and another to roll out', { ...EVERY, image: 'app:1', 'rollout-image': 'app:2' }],
    ['a baseline, and an image under test', { ...EVERY, image: 'app:2', 'baseline-image': 'app:1' }],
    ['a build, and another of the same for the update', { ...EVERY, 'build-args': 'A=1', 'rollout-build-args': 'A=2' }],
    ['a Dockerfile beside the context', { context: 'app', dockerfile: '../docker/Dockerfile' }],
  ])('%s do not', (_name, raw) => {
    expect(problemsFrom(raw)).toEqual([]);
  });

  test('each contradiction is reported, and the gate on a check that is not run is not reported twice', () => {
    const raw = { hardening: 'off', checks: 'rotation', gates: 'hardening.findings == 0', image: 'a', context: 'b' };
    expect(problemsFrom(raw).map(([inputs]) => inputs)).toEqual(['image context', 'gates checks']);
  });

  test('one that cannot be read is reported once, and compared with nothing', () => {
    expect(problemsFrom({ weights: '1,2', replicas: 'many' }).map(([inputs]) => inputs)).toEqual(['replicas']);
  });
});
