import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { kernelFacts, parseGroups, parseMounts, parseStatus } from '../../src/cluster/process-facts';

const ID = 'a1b2c3';

function status(fields: Readonly<Record<string, string>> = {}): string {
  const all = {
    Name: 'python3',
    Uid: '10001\t10001\t10001\t10001',
    CapInh: '0000000000000000',
    CapPrm: '0000000000000000',
    CapEff: '0000000000000000',
    CapBnd: '0000000000000000',
    CapAmb: '0000000000000000',
    NoNewPrivs: '1',
    SigCgt: '0000000000004002',
    ...fields,
  };
  return Object.entries(all)
    .map(([name, value]) => `${name}:\t${value}\n`)
    .join('');
}

const V1 = {
  'proc/7/cgroup': `4:cpu,cpuacct:/docker/${ID}\n3:memory:/docker/${ID}\n2:pids:/docker/${ID}\n0::/docker/${ID}\n`,
  [`cgroup/cpu/docker/${ID}/cpu.cfs_quota_us`]: '50000\n',
  [`cgroup/cpu/docker/${ID}/cpu.cfs_period_us`]: '100000\n',
  [`cgroup/memory/docker/${ID}/memory.limit_in_bytes`]: '268435456\n',
  [`cgroup/pids/docker/${ID}/pids.max`]: '128\n',
  [`cgroup/pids/docker/${ID}/cgroup.procs`]: '7\n8\n9\n',
};

const SCOPE = `system.slice/docker-${ID}.scope`;
const V2 = {
  'proc/7/cgroup': `0::/${SCOPE}\n`,
  [`cgroup/${SCOPE}/cpu.max`]: '50000 100000\n',
  [`cgroup/${SCOPE}/memory.max`]: '268435456\n',
  [`cgroup/${SCOPE}/pids.max`]: '128\n',
  [`cgroup/${SCOPE}/cgroup.procs`]: '7\n8\n9\n',
};

const PROCESSES = {
  'proc/7/mountinfo': '1 0 0:41 / / ro,relatime - overlay overlay rw\n',
  'proc/7/status': status({ Name: 'gunicorn' }),
  'proc/7/cmdline': '/usr/bin/python3\0/usr/bin/gunicorn\0app:app\0',
  'proc/8/status': status({ Uid: '0 0 0 0' }),
};

describe('what the kernel says about a container', () => {
  let root: string;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'lbca-kernel-'));
  });
  afterEach(() => rm(root, { recursive: true }));

  async function look(files: Readonly<Record<string, string>>, pid = 7): Promise<unknown> {
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(join(root, path)), { recursive: true });
      await writeFile(join(root, path), text);
    }
    return kernelFacts({ id: ID, pid }, { proc: join(root, 'proc'), cgroup: join(root, 'cgroup') });
  }

  test.each([
    ['version 1', V1],
    ['version 2', V2],
  ])('limits and processes under control groups of %s; a process that ended is left out', async (_, files) => {
    expect(await look({ ...files, ...PROCESSES })).toEqual({
      visible: true,
      facts: {
        processes: [
          {
            name: 'gunicorn',
            argv: ['/usr/bin/python3', '/usr/bin/gunicorn', 'app:app'],
            uids: [10001, 10001, 10001, 10001],
            capabilities: 0n,
            noNewPrivileges: true,
            catchesSigterm: true,
            catchesSigint: true,
          },
          {
            name: 'python3',
            argv: [],
            uids: [0, 0, 0, 0],
            capabilities: 0n,
            noNewPrivileges: true,
            catchesSigterm: true,
            catchesSigint: true,
          },
        ],
        mounts: [{ root: '/', point: '/', readOnly: true }],
        limits: { cpus: 0.5, memoryBytes: 2 ** 28, pids: 128 },
      },
    });
  });

  test.each([
    [
      'version 1',
      {
        ...V1,
        [`cgroup/cpu/docker/${ID}/cpu.cfs_quota_us`]: '-1\n',
        [`cgroup/memory/docker/${ID}/memory.limit_in_bytes`]: '9223372036854771712\n',
        [`cgroup/pids/docker/${ID}/pids.max`]: 'max\n',
      },
    ],
    [
      'version 2',
      {
        ...V2,
        [`cgroup/${SCOPE}/cpu.max`]: 'max 100000\n',
        [`cgroup/${SCOPE}/memory.max`]: 'max\n',
        [`cgroup/${SCOPE}/pids.max`]: 'max\n',
      },
    ],
  ])('no limit at all is told from a file that cannot be read, %s', async (_, files) => {
    const none = { cpus: Infinity, memoryBytes: Infinity, pids: Infinity };
    expect(await look({ ...files, ...PROCESSES })).toMatchObject({ facts: { limits: none } });
    const { 'proc/7/cgroup': groups } = files;
    await rm(join(root, 'cgroup'), { recursive: true });
    const unknown = { cpus: null, memoryBytes: null, pids: null };
    expect(await look({ 'proc/7/cgroup': groups })).toMatchObject({ facts: { limits: unknown } });
  });

  test.each([
    ['a process of that number belongs to somebody else', { ...V1, 'proc/7/cgroup': '2:pids:/docker/other\n' }, 7],
    ['there is no process of that number', {}, 8],
    ['the container does not run', { ...V1, ...PROCESSES }, 0],
  ])('nothing is visible where %s', async (_, files, pid) => {
    expect(await look(files, pid)).toEqual({ visible: false, why: expect.any(String) });
  });
});

describe('the kernel’s files', () => {
  test('capabilities of every set count, also of the bounding set alone', () => {
    expect(parseStatus(status({ CapBnd: '00000000a80425fb', CapAmb: '0000000100000000' }))?.capabilities).toBe(
      0x1a80425fbn,
    );
  });
  test('no handler for SIGTERM, though for its neighbours', () => {
    expect(parseStatus(status({ SigCgt: '000000000000a002' }))?.catchesSigterm).toBe(false);
  });
  test.each([
    ['Ctrl+C alone, as Python does', '0000000000000002', { catchesSigint: true, catchesSigterm: false }],
    ['neither', '0000000000010000', { catchesSigint: false, catchesSigterm: false }],
  ])('handlers: %s', (_, SigCgt, handlers) => {
    expect(parseStatus(status({ SigCgt }))).toMatchObject(handlers);
  });
  test('what is no status is nothing', () => {
    expect(parseStatus('')).toBeNull();
  });
  test('privileges that can be gained', () => {
    expect(parseStatus(status({ NoNewPrivs: '0' }))?.noNewPrivileges).toBe(false);
  });
  test('a mount of the engine’s socket, and a path with a blank', () => {
    const text = '9 1 0:2 /docker.sock /run/docker.sock rw - tmpfs tmpfs rw\n9 1 0:2 / /a\\040b ro,nosuid - x x rw\n';
    expect(parseMounts(text)).toEqual([
      { root: '/docker.sock', point: '/run/docker.sock', readOnly: false },
      { root: '/', point: '/a b', readOnly: true },
    ]);
  });
  test('controllers that share a hierarchy', () => {
    expect(parseGroups('4:cpu,cpuacct:/a:b\n0::/c\n')).toEqual({ cpu: '/a:b', cpuacct: '/a:b', '': '/c' });
  });
});
