import { request } from 'node:http';
import { expect } from '@jest/globals';
import { controlGroup } from '../../src/checks/faults/control-group';
import type { Engine } from '../../src/cluster/engine';
import { MACHINE_FOLDER } from '../../src/cluster/engine';
import type { Contract } from './bench';

/** What only an engine that really runs something can show. */
export const kernelCases: Contract = {
  'it describes itself': async ({ engine }) => {
    const { version, apiVersion, os, cpus, memoryBytes, cgroupVersion } = await engine.describe();
    expect(version).toMatch(/^\d+\.\d+/);
    expect(apiVersion).toMatch(/^1\.\d+$/);
    expect(os).toBe('linux');
    expect([cpus >= 1, memoryBytes > 2 ** 28]).toEqual([true, true]);
    expect([1, 2]).toContain(cgroupVersion);
  },
  'a name resolves in its network, also after leaving it and coming back': async ({ engine, network, container }) => {
    const { id, address } = await network({ internal: true });
    const join = (host: number, alias: string) => ({ id, endpoint: { address: address(host), aliases: [alias] } });
    const asking = await container({ network: join(11, 'asking'), hostname: 'asking' });
    const asked = await container({ network: join(12, 'app1') });
    await Promise.all([engine.startContainer(asking), engine.startContainer(asked)]);
    const lookUp = async (): Promise<string> => (await engine.exec(asking, ['getent', 'hosts', 'app1'])).stdout;
    expect(await lookUp()).toContain(address(12));
    await engine.disconnectNetwork(id, asked);
    expect(await lookUp()).toBe('');
    await engine.connectNetwork(id, asked, { address: address(12), aliases: ['app1'] });
    expect(await lookUp()).toContain(address(12));
    await expect(engine.exec(asking, ['hostname'])).resolves.toMatchObject({ stdout: 'asking\n' });
  },
  'extra hosts resolve without a network; environment and command are as given': async ({ engine, container }) => {
    const command = ['sh', '-c', 'getent hosts app7; printf "%s" "$WORD"; ls /sys/class/net'];
    const id = await container({ command, extraHosts: { app7: '127.0.0.7' }, env: { WORD: 'a=b $HOME "c"\n' } });
    await engine.startContainer(id);
    await engine.waitContainer(id, new AbortController().signal);
    const { stdout } = await engine.readOutput(id);
    expect(stdout).toMatch(/^127\.0\.0\.7\s+app7$/m);
    expect(stdout).toContain('a=b $HOME "c"\n');
    expect(stdout).toMatch(/^lo$/m);
    expect(stdout).not.toContain('eth0');
  },
  'a hardened container can write to /tmp and nowhere else, and can gain nothing': async ({ engine, container }) => {
    const id = await container({ hardened: true });
    await engine.startContainer(id);
    const status = (await engine.exec(id, ['cat', '/proc/self/status'])).stdout;
    expect(status).toMatch(/^CapEff:\s+0+$/m);
    expect(status).toMatch(/^NoNewPrivs:\s+1$/m);
    await expect(engine.exec(id, ['touch', '/tmp/x'])).resolves.toMatchObject({ exitCode: 0 });
    for (const path of ['/x', '/etc/x', '/var/x']) {
      const result = await engine.exec(id, ['touch', path]);
      expect(result).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('Read-only file system') });
    }
  },
  'a folder of the machine is written to as root; one that is not there is made by nobody': async ({
    engine,
    container,
    name,
  }) => {
    const holder = await container();
    await engine.startContainer(holder);
    const { pid, id } = await engine.inspectContainer(holder);
    const group = (await controlGroup({ id, pid }, 'memory')) ?? { folder: '' };
    const limit = (await engine.describe()).cgroupVersion === 1 ? 'memory.limit_in_bytes' : 'memory.max';
    const command = ['sh', '-c', `id -u; echo 67108864 > ${MACHINE_FOLDER}/${limit}; cat ${MACHINE_FOLDER}/${limit}`];
    const writer = await container({ machineFolder: group.folder, command });
    await engine.startContainer(writer);
    await expect(engine.waitContainer(writer, new AbortController().signal)).resolves.toBe(0);
    await expect(engine.readOutput(writer)).resolves.toMatchObject({ stdout: '0\n67108864\n' });

    const nowhere = `${group.folder}/${name('nowhere')}`;
    await expect(container({ machineFolder: nowhere })).rejects.toThrow(/does not exist/);
  },
  'limits stand in the kernel, and so do changed ones': async ({ engine, container }) => {
    const { cgroupVersion } = await engine.describe();
    const id = await container({ limits: { cpus: 0.5, memoryBytes: 128 * 2 ** 20, pids: 100 } });
    await engine.startContainer(id);
    const read = async (paths: readonly string[]): Promise<readonly string[]> =>
      (await engine.exec(id, ['cat', ...paths])).stdout.trim().split('\n');
    const files = CGROUP_FILES[cgroupVersion] ?? [];
    const expected = (quota: number, memory: number, pids: number, period = 100_000): readonly string[] =>
      cgroupVersion === 1
        ? [String(quota), String(period), String(memory), String(memory), String(pids)]
        : [`${quota} ${period}`, String(memory), '0', String(pids)];
    expect(await read(files)).toEqual(expected(50_000, 128 * 2 ** 20, 100));
    await engine.updateLimits(id, { cpus: 0.2, memoryBytes: 64 * 2 ** 20 });
    expect(await read(files)).toEqual(expected(20_000, 64 * 2 ** 20, 100));
    await engine.updateLimits(id, { pids: 60 });
    expect(await read(files)).toEqual(expected(20_000, 64 * 2 ** 20, 60));
    await engine.updateLimits(id, { cpus: 0.008 });
    expect(await read(files)).toEqual(expected(1_000, 64 * 2 ** 20, 60, 125_000));
    await engine.updateLimits(id, { cpus: 0.5 });
    expect(await read(files)).toEqual(expected(50_000, 64 * 2 ** 20, 60));
  },
  'a published port is served on 127.0.0.1': async ({ engine, network, container }) => {
    const { id, address } = await network();
    const served = await container({
      network: { id, endpoint: { address: address(2), aliases: [] } },
      command: ['python3', '-m', 'http.server', '8080', '--directory', '/srv'],
      publish: { containerPort: 8080, hostPort: 0 },
    });
    await engine.writeFiles(served, [{ path: '/srv/hello', content: 'served' }]);
    await engine.startContainer(served);
    const port = (await engine.inspectContainer(served)).hostPorts[8080] ?? 0;
    expect(await getWhenReady(`http://127.0.0.1:${port}/hello`)).toBe('served');
  },
  'a line far longer than one frame arrives whole, whoever reads it': async ({ engine, container }) => {
    const id = await container({ command: ['sh', '-c', 'sleep 0.5; exec python3 -c "$0"', 'print("ä" * 50_000)'] });
    await engine.startContainer(id);
    const line = 'ä'.repeat(50_000);
    expect(await linesOf(engine, id)).toEqual([line]);
    await expect(engine.readLogs(id, 100)).resolves.toEqual([{ stream: 'stdout', text: line }]);
    await expect(engine.readOutput(id)).resolves.toEqual({ stdout: `${line}\n`, stderr: '' });
  },
  'a last line without an end counts once the container has ended': async ({ engine, container }) => {
    const id = await container({ command: ['printf', 'first\nlast'] });
    await engine.startContainer(id);
    await engine.waitContainer(id, new AbortController().signal);
    await expect(engine.readLogs(id, 1)).resolves.toEqual([{ stream: 'stdout', text: 'last' }]);
    await expect(engine.readOutput(id)).resolves.toEqual({ stdout: 'first\nlast', stderr: '' });
  },
  'output is cut at its bounds, and the command still ends': async ({ engine, container }) => {
    const id = await container({ command: megabytes(20) });
    await engine.startContainer(id);
    await expect(engine.waitContainer(id, new AbortController().signal)).resolves.toBe(0);
    expect((await engine.readOutput(id)).stdout).toHaveLength(16 * 2 ** 20);

    const idle = await container();
    await engine.startContainer(idle);
    const { exitCode, stdout } = await engine.exec(idle, megabytes(3));
    expect([exitCode, stdout.length]).toEqual([0, 2 ** 20]);
  },
  'a program that is not in the image is an exit code of its own, as in a shell': async ({ engine, container }) => {
    const id = await container();
    await engine.startContainer(id);
    const { exitCode } = await engine.exec(id, ['no-such-program']);
    expect([126, 127]).toContain(exitCode);
  },
};

async function linesOf(engine: Engine, id: string): Promise<readonly string[]> {
  const lines: string[] = [];
  await engine.followLogs(id, ({ text }) => lines.push(text), new AbortController().signal);
  return lines;
}

/** CPU quota and period, memory, memory and swap (version 1) or swap alone (version 2), processes. */
const CGROUP_FILES: Readonly<Record<number, readonly string[]>> = {
  1: [
    '/sys/fs/cgroup/cpu/cpu.cfs_quota_us',
    '/sys/fs/cgroup/cpu/cpu.cfs_period_us',
    '/sys/fs/cgroup/memory/memory.limit_in_bytes',
    '/sys/fs/cgroup/memory/memory.memsw.limit_in_bytes',
    '/sys/fs/cgroup/pids/pids.max',
  ],
  2: ['cpu.max', 'memory.max', 'memory.swap.max', 'pids.max'].map((file) => `/sys/fs/cgroup/${file}`),
};

/** A command that writes lines of 1 kB. */
function megabytes(count: number): readonly string[] {
  return ['sh', '-c', `yes "$(printf %01000d 0)" | head -c ${count * 2 ** 20}`];
}

const GET_TRIES = 200;
const GET_PAUSE_MS = 50;

async function getWhenReady(url: string): Promise<string> {
  for (let tries = 0; tries < GET_TRIES; tries += 1) {
    try {
      return await get(url);
    } catch {
      await new Promise((resolve) => setTimeout(resolve, GET_PAUSE_MS));
    }
  }
  throw new Error(`${url} never answered`);
}

function get(url: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { agent: false }, (response) => {
      let body = '';
      response.on('data', (chunk: Buffer) => (body += chunk.toString()));
      response.on('end', () => resolve(body));
      response.on('error', reject);
    });
    sent.on('error', reject);
    sent.end();
  });
}
