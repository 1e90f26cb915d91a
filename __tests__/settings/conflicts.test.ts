import { describe, expect, test } from '@jest/globals';
import { parseSettings } from '../../src/settings/parse';

function problemsFrom(raw: Readonly<Record<string, string>>): readonly [inputs: string, message: string][] {
  const outcome = parseSettings(raw);
  return outcome.ok ? [] : outcome.problems.map(({ inputs, message }) => [inputs.join(' '), message]);
}

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
    ['a Dockerfile beside the context', { context: 'app', dockerfile: '../docker/Dockerfile' }],
  ])('%s do not', (_name, raw) => {
    expect(problemsFrom(raw)).toEqual([]);
  });

  test('one that cannot be read is reported once, and compared with nothing', () => {
    expect(problemsFrom({ weights: '1,2', replicas: 'many' }).map(([inputs]) => inputs)).toEqual(['replicas']);
  });
});
