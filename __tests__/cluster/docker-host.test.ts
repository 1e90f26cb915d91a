import { describe, expect, test } from '@jest/globals';
import { describeAddress, parseDockerHost } from '../../src/cluster/docker-host';

describe('DOCKER_HOST on this machine', () => {
  test.each([
    [undefined, 'unix:///var/run/docker.sock'],
    ['', 'unix:///var/run/docker.sock'],
    ['unix://', 'unix:///var/run/docker.sock'],
    ['unix:///run/user/1001/docker.sock', 'unix:///run/user/1001/docker.sock'],
    ['tcp://127.0.0.1:2375', 'tcp://127.0.0.1:2375'],
    ['tcp://127.0.0.1', 'tcp://127.0.0.1:2375'],
    ['tcp://localhost:4243/', 'tcp://localhost:4243'],
    ['tcp://[::1]:2375', 'tcp://::1:2375'],
  ])('%p is %s', (value, address) => {
    expect(describeAddress(parseDockerHost(value))).toBe(address);
  });
});

describe('DOCKER_HOST elsewhere, or in no form that is known', () => {
  test.each([
    'ssh://me@host',
    'tcp://10.0.0.5:2375',
    'tcp://127.0.0.1.example.org:2375',
    'npipe:////./pipe/docker',
    'fd://',
    '127.0.0.1:2375',
    'tcp://',
  ])('%s is refused with the forms that are accepted', (value) => {
    expect(() => parseDockerHost(value)).toThrow(
      expect.objectContaining({
        kind: 'unreachable',
        message: expect.stringMatching(
          /^DOCKER_HOST is ".*", but .* unix:\/\/\/path\/to\/docker\.sock or tcp:\/\/127\.0\.0\.1:PORT\.$/,
        ),
      }),
    );
  });

  test('a password in it is not shown', () => {
    expect(() => parseDockerHost('tcp://me:secret@example.org:2375')).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('secret') }),
    );
  });
});
