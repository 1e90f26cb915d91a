import { expect } from '@jest/globals';
import type { Engine } from '../../src/cluster/engine';
import type { Bench, Contract } from './bench';
import { COMMANDS, filesOrder } from './bench';

/** Verbs that need a container that is there. */
const VERBS: Readonly<Record<string, (engine: Engine, id: string) => Promise<unknown>>> = {
  start: (engine, id) => engine.startContainer(id),
  stop: (engine, id) => engine.stopContainer(id, 0),
  kill: (engine, id) => engine.killContainer(id, 'SIGKILL'),
  pause: (engine, id) => engine.pauseContainer(id),
  unpause: (engine, id) => engine.unpauseContainer(id),
  limit: (engine, id) => engine.updateLimits(id, { pids: 50 }),
  inspect: (engine, id) => engine.inspectContainer(id),
  rename: (engine, id) => engine.renameContainer(id, `${id}-renamed`),
  'list processes': (engine, id) => engine.listProcesses(id),
  wait: (engine, id) => engine.waitContainer(id, new AbortController().signal),
  'write files': (engine, id) => engine.writeFiles(id, [{ path: '/a', content: '' }]),
  'read files': (engine, id) => engine.readFiles(id, filesOrder('/etc')),
  exec: (engine, id) => engine.exec(id, ['true']),
  'read logs': (engine, id) => engine.readLogs(id, 1),
  'read output': (engine, id) => engine.readOutput(id),
  'follow logs': (engine, id) => engine.followLogs(id, () => undefined, new AbortController().signal),
};

/** A container's life: its states, and "already in that state". */
export const containerCases: Contract = {
  'a created container does not run, and has never run': async ({ engine, container, name }) => {
    const id = await container({ name: name('fresh') });
    await expect(engine.inspectContainer(id)).resolves.toEqual({
      ...{ id, name: name('fresh'), running: false, paused: false, exitCode: 0, oomKilled: false },
      ...{ startedAt: 0, pid: 0, addresses: {}, hostPorts: {}, published: [] },
    });
  },
  'a name is there once': async ({ container, name }) => {
    await container({ name: name('once') });
    await expect(container({ name: name('once') })).rejects.toMatchObject({ kind: 'conflict' });
  },
  'create, start, kill, start, stop, remove; each again is success': async ({ engine, container }) => {
    const id = await container({ command: COMMANDS.endsWhenAsked });
    await engine.stopContainer(id, 1);
    await engine.startContainer(id);
    await engine.startContainer(id);
    const first = await engine.inspectContainer(id);
    expect(first).toMatchObject({ running: true, exitCode: 0 });
    expect([first.pid > 0, first.startedAt > 0]).toEqual([true, true]);

    await engine.killContainer(id, 'SIGKILL');
    await engine.waitContainer(id, new AbortController().signal);
    await engine.killContainer(id, 'SIGKILL');
    const killed = await engine.inspectContainer(id);
    expect(killed).toMatchObject({ running: false, exitCode: 137, pid: 0, startedAt: first.startedAt });

    await engine.startContainer(id);
    const again = await engine.inspectContainer(id);
    expect(again).toMatchObject({ running: true, exitCode: 0 });
    expect(again.startedAt).toBeGreaterThan(first.startedAt);
    await engine.stopContainer(id, 10);
    await engine.stopContainer(id, 10);
    await expect(engine.inspectContainer(id)).resolves.toMatchObject({ running: false });

    await engine.removeContainer(id);
    await engine.removeContainer(id);
    await expect(engine.inspectContainer(id)).rejects.toMatchObject({ kind: 'not-found' });
  },
  'a name can be given up, to another container, and taken back': async ({ engine, container, name }) => {
    const first = await container({ name: name('app') });
    await engine.startContainer(first);
    await engine.renameContainer(first, name('app-old'));
    await expect(engine.inspectContainer(first)).resolves.toMatchObject({ name: name('app-old'), running: true });
    const second = await container({ name: name('app') });
    await expect(engine.renameContainer(first, name('app'))).rejects.toMatchObject({ kind: 'conflict' });
    await engine.removeContainer(second);
    await engine.renameContainer(first, name('app'));
    await expect(engine.inspectContainer(name('app'))).resolves.toMatchObject({ id: first });
  },
  'the processes of a container that runs are listed': async ({ engine, container }) => {
    const id = await container();
    await expect(engine.listProcesses(id)).rejects.toMatchObject({ kind: 'conflict' });
    await engine.startContainer(id);
    const { pid } = await engine.inspectContainer(id);
    await expect(engine.listProcesses(id)).resolves.toEqual([{ pid, command: COMMANDS.runsOn.join(' ') }]);
  },
  'a running container is removed, and by several at once': async ({ engine, container, labels }) => {
    const id = await container();
    await engine.startContainer(id);
    await Promise.all([engine.removeContainer(id), engine.removeContainer(id), engine.removeContainer(id)]);
    await expect(engine.listLabelled(labels)).resolves.toMatchObject({ containers: [] });
  },
  'a signal that does not end a process needs one': async ({ engine, container }) => {
    const id = await container();
    await expect(engine.killContainer(id, 'SIGHUP')).rejects.toMatchObject({ kind: 'conflict' });
  },
  'pause and unpause, each twice': async ({ engine, container }) => {
    const id = await container();
    await expect(engine.pauseContainer(id)).rejects.toMatchObject({ kind: 'conflict' });
    await engine.startContainer(id);
    await engine.pauseContainer(id);
    await engine.pauseContainer(id);
    await expect(engine.inspectContainer(id)).resolves.toMatchObject({ running: true, paused: true });
    await expect(engine.startContainer(id)).rejects.toMatchObject({ kind: 'conflict' });
    await engine.unpauseContainer(id);
    await engine.unpauseContainer(id);
    await expect(engine.inspectContainer(id)).resolves.toMatchObject({ running: true, paused: false });
  },
  'a paused container can be killed': async ({ engine, container }) => {
    const id = await container();
    await engine.startContainer(id);
    await engine.pauseContainer(id);
    await engine.killContainer(id, 'SIGKILL');
    await expect(engine.waitContainer(id, new AbortController().signal)).resolves.toBe(137);
    await expect(engine.inspectContainer(id)).resolves.toMatchObject({ running: false, paused: false });
  },
  'limits can be changed while it runs': async ({ engine, container }) => {
    const id = await container({ limits: { cpus: 0.5, memoryBytes: 128 * 2 ** 20, pids: 100 } });
    await engine.startContainer(id);
    await expect(engine.updateLimits(id, { cpus: 0.25, memoryBytes: 64 * 2 ** 20 })).resolves.toBeUndefined();
    await expect(engine.inspectContainer(id)).resolves.toMatchObject({ running: true });
  },
  ...Object.fromEntries(
    Object.entries(VERBS).map(([verb, call]) => [
      `${verb}: a container that is not there is not found`,
      async ({ engine, name }: Bench) => {
        await expect(call(engine, name('nobody'))).rejects.toMatchObject({ name: 'EngineError', kind: 'not-found' });
      },
    ]),
  ),
};
