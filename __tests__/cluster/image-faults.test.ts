import { describe, expect, test } from '@jest/globals';
import { EngineError } from '../../src/cluster/engine';
import { blamingImage } from '../../src/cluster/image-faults';
import { SetupError } from '../../src/cluster/setup-error';

/** As Docker 20.10 and runc 1.1 say it. */
const RUNC =
  'Cannot start container 4f2a: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: ';

const failing = (message: string, memoryBytes = 2 ** 28): Promise<unknown> =>
  blamingImage('app1', memoryBytes, () => Promise.reject(new EngineError('other', message))).catch(
    (error: unknown) => error,
  );

describe('an image that cannot be run', () => {
  test.each([
    {
      message: `${RUNC}exec: "/srv/app": permission denied: unknown`,
      says: /^Replica app1 does not start: exec: "\/srv\/app": permission denied; look at CMD and ENTRYPOINT .*\(inputs image, dockerfile\)\.$/,
    },
    {
      message: `${RUNC}exec: "/srv/none": stat /srv/none: no such file or directory: unknown`,
      says: /does not start: exec: "\/srv\/none": stat \/srv\/none: no such file or directory; look at CMD/,
    },
    {
      message: `${RUNC}exec /srv/start.sh: no such file or directory: unknown`,
      says: /does not start: exec \/srv\/start.sh: no such file or directory; the file is there, and what its first line/,
    },
    {
      message: `${RUNC}exec /srv/app: exec format error: unknown`,
      says: /does not start: exec \/srv\/app: exec format error; it is built for another kind of processor than this machine’s, or a script/,
    },
    {
      message: `${RUNC}chdir to cwd ("/srv/closed") set in config.json failed: permission denied: unknown`,
      says: /does not start: chdir to cwd \("\/srv\/closed"\) .* permission denied; the user of the image may not enter its WORKDIR/,
    },
    {
      message: 'Cannot start container 4f2a: unable to find user appuser: no matching entries in passwd file',
      says: /does not start: unable to find user appuser: no matching entries in passwd file; USER names somebody/,
    },
    {
      message: 'Cannot create container lbca-1-calm-app1: No command specified',
      says: /does not start: No command specified; the image has neither CMD nor ENTRYPOINT/,
    },
  ])('$message', async ({ message, says }) => {
    const error = await failing(message);
    expect(error).toBeInstanceOf(SetupError);
    expect((error as SetupError).message).toMatch(says);
  });

  test.each([
    'Cannot start container 4f2a: no space left on device',
    `${RUNC}error during container init: unable to apply cgroup configuration: cannot allocate memory`,
    'Cannot start container 4f2a: driver failed programming external connectivity',
  ])('is not to blame for %s', async (message) => {
    expect(await failing(message)).toEqual(new EngineError('other', message));
  });

  const killed = `${RUNC}error during container init: error setting cgroup config for procHooks process: cannot get dir FD for /sys/fs/cgroup/system.slice/docker-4f2a.scope: unknown`;

  test('is not to blame where there is too little memory to start anything', async () => {
    const error = await failing(killed, 6 * 2 ** 20);
    expect(error).toBeInstanceOf(SetupError);
    expect((error as SetupError).message).toBe(
      'Replica app1 does not start: 6 MiB (input memory) may be too little to start any container with; give it at least 16 MiB. ' +
        'The engine says: error during container init: error setting cgroup config for procHooks process: ' +
        'cannot get dir FD for /sys/fs/cgroup/system.slice/docker-4f2a.scope.',
    );
    const gone =
      'Cannot start container 4f2a: bind-mount /proc/71/ns/net -> /var/run/docker/netns/8fd1: no such file or directory';
    expect(((await failing(gone, 6 * 2 ** 20)) as Error).message).toMatch(
      /6 MiB .*says: bind-mount \/proc\/71\/ns\/net -> /,
    );
    expect(await failing(killed, 16 * 2 ** 20)).toEqual(new EngineError('other', killed));
    expect(((await failing(`${RUNC}exec: "/srv/app": permission denied`, 6 * 2 ** 20)) as Error).message).toMatch(
      /CMD/,
    );
  });

  test('is not to blame for what is no answer of the engine', async () => {
    const error = new Error('exec: "a": cancelled');
    await expect(blamingImage('app1', 2 ** 28, () => Promise.reject(error))).rejects.toBe(error);
  });
});
