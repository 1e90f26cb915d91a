import { expect } from '@jest/globals';
import type { Engine, LogLine } from '../../src/cluster/engine';
import type { Contract } from './bench';
import { COMMANDS, filesOrder } from './bench';

/** What `speaksAndEnds` writes. */
const SPOKEN: readonly LogLine[] = [
  { stream: 'stdout', text: 'one' },
  { stream: 'stderr', text: 'two' },
  { stream: 'stdout', text: 'three' },
];

/** What goes into a container and comes out of it. */
export const outputCases: Contract = {
  'files written before the start are read inside, missing folders and all': async ({ engine, container }) => {
    const id = await container();
    const content = 'worker_processes 2;\n# größer\n';
    await engine.writeFiles(id, [
      { path: '/etc/lbca/deep/a.conf', content },
      { path: '/etc/lbca/b.conf', content: '' },
    ]);
    await engine.startContainer(id);
    const first = { exitCode: 0, stdout: content, stderr: '' };
    await expect(engine.exec(id, COMMANDS.readFile('/etc/lbca/deep/a.conf'))).resolves.toEqual(first);
    const second = { exitCode: 0, stdout: '', stderr: '' };
    await expect(engine.exec(id, COMMANDS.readFile('/etc/lbca/b.conf'))).resolves.toEqual(second);
  },
  'a file written while it runs replaces the one that was there': async ({ engine, container }) => {
    const id = await container();
    await engine.startContainer(id);
    await engine.writeFiles(id, [{ path: '/etc/lbca.conf', content: 'old and longer' }]);
    await engine.writeFiles(id, [{ path: '/etc/lbca.conf', content: 'new' }]);
    await expect(engine.exec(id, COMMANDS.readFile('/etc/lbca.conf'))).resolves.toMatchObject({ stdout: 'new' });
  },
  'files of a container are read by their paths, running or not': async ({ engine, container }) => {
    const id = await container();
    const files = ['/srv/lbca/.env', '/srv/lbca/deep/größe.txt', '/srv/lbca/z'].map((path) => ({
      path,
      content: path,
    }));
    await engine.writeFiles(id, files);
    const read = async (path: string, overrides?: Parameters<typeof filesOrder>[1]): Promise<unknown> =>
      (await engine.readFiles(id, filesOrder(path, overrides)))?.files.toSorted((a, b) => (a.path < b.path ? -1 : 1));
    await expect(read('/srv/lbca')).resolves.toEqual(files);
    await engine.startContainer(id);
    await expect(read('/srv/lbca/deep')).resolves.toEqual(files.slice(1, 2));
    await expect(read('/srv/lbca/.env')).resolves.toEqual(files.slice(0, 1));
    const wants = (path: string, bytes: number): boolean => path.endsWith('z') && bytes === 11;
    await expect(read('/srv/lbca', { wants })).resolves.toEqual(files.slice(2));
    await expect(read('/srv/lbca/none')).resolves.toBeUndefined();
  },
  'no more files are gone through than are asked for': async ({ engine, container }) => {
    const id = await container();
    await engine.writeFiles(
      id,
      ['a', 'b', 'c'].map((name) => ({ path: `/srv/lbca/${name}`, content: name })),
    );
    const bounded = await engine.readFiles(id, filesOrder('/srv/lbca', { most: { entries: 2, bytes: 2 ** 20 } }));
    expect(bounded).toMatchObject({ entries: 2, complete: false });
    await expect(engine.readFiles(id, filesOrder('/srv/lbca'))).resolves.toMatchObject({ complete: true });
  },
  'a command inside has an exit code and two streams': async ({ engine, container }) => {
    const id = await container();
    await engine.startContainer(id);
    const result = { exitCode: 3, stdout: 'out\n', stderr: 'trouble\n' };
    await expect(engine.exec(id, COMMANDS.complain)).resolves.toEqual(result);
  },
  'no command is run in a container that does not run, or is paused': async ({ engine, container }) => {
    const id = await container();
    await expect(engine.exec(id, COMMANDS.complain)).rejects.toMatchObject({ kind: 'conflict' });
    await engine.startContainer(id);
    await engine.pauseContainer(id);
    await expect(engine.exec(id, COMMANDS.complain)).rejects.toMatchObject({ kind: 'conflict' });
  },
  'waiting gives the exit code, also of a container that has ended before': async ({ engine, container }) => {
    const id = await container({ command: COMMANDS.speaksAndEnds });
    await engine.startContainer(id);
    await expect(engine.waitContainer(id, new AbortController().signal)).resolves.toBe(7);
    await expect(engine.waitContainer(id, new AbortController().signal)).resolves.toBe(7);
  },
  'waiting can be cancelled': async ({ engine, container }) => {
    const id = await container();
    await engine.startContainer(id);
    const controller = new AbortController();
    const waiting = engine.waitContainer(id, controller.signal);
    controller.abort();
    await expect(waiting).rejects.toMatchObject({ name: 'EngineError', kind: 'aborted' });
    await expect(engine.waitContainer(id, controller.signal)).rejects.toMatchObject({ kind: 'aborted' });
  },
  'what it wrote is there after its end: whole, by stream, and the last lines in order': async ({
    engine,
    container,
  }) => {
    const id = await container({ command: COMMANDS.speaksAndEnds });
    await engine.startContainer(id);
    await engine.waitContainer(id, new AbortController().signal);
    await expect(engine.readOutput(id)).resolves.toEqual({ stdout: 'one\nthree\n', stderr: 'two\n' });
    await expect(engine.readLogs(id, 10)).resolves.toEqual(SPOKEN);
    await expect(engine.readLogs(id, 2)).resolves.toEqual(SPOKEN.slice(1));
  },
  'a container that has written nothing has no lines': async ({ engine, container }) => {
    const id = await container();
    await expect(engine.readLogs(id, 10)).resolves.toEqual([]);
    await expect(engine.readOutput(id)).resolves.toEqual({ stdout: '', stderr: '' });
  },
  'following gives every line, in order, and resolves when the container ends': async (bench) => {
    const { engine, container } = bench;
    const id = await container();
    await engine.startContainer(id);
    await engine.exec(id, COMMANDS.say('before'));
    const following = follow(engine, id, new AbortController().signal);
    for (const word of ['alpha', 'beta', 'gamma']) await engine.exec(id, COMMANDS.say(word));
    await engine.killContainer(id, 'SIGKILL');
    await following.done;
    expect(following.lines).toEqual(['before', 'alpha', 'beta', 'gamma']);
  },
  'following resolves when it is cancelled, and calls back no more': async ({ engine, container }) => {
    const id = await container();
    await engine.startContainer(id);
    const controller = new AbortController();
    const following = follow(engine, id, controller.signal);
    await engine.exec(id, COMMANDS.say('heard'));
    await following.firstLine;
    controller.abort();
    await following.done;
    await engine.exec(id, COMMANDS.say('unheard'));
    await engine.killContainer(id, 'SIGKILL');
    await engine.waitContainer(id, new AbortController().signal);
    expect(following.lines).toEqual(['heard']);
  },
  'following what has ended gives what it wrote, and resolves': async ({ engine, container }) => {
    const id = await container({ command: COMMANDS.speaksAndEnds });
    await engine.startContainer(id);
    await engine.waitContainer(id, new AbortController().signal);
    const following = follow(engine, id, new AbortController().signal);
    await following.done;
    expect(following.lines).toEqual(['one', 'two', 'three']);
  },
};

interface Following {
  readonly lines: readonly string[];
  readonly firstLine: Promise<void>;
  readonly done: Promise<void>;
}

function follow(engine: Engine, id: string, signal: AbortSignal): Following {
  const lines: string[] = [];
  let tell = (): void => undefined;
  const firstLine = new Promise<void>((resolve) => (tell = resolve));
  const onLine = ({ text }: LogLine): void => {
    lines.push(text);
    tell();
  };
  return { lines, firstLine, done: engine.followLogs(id, onLine, signal) };
}
