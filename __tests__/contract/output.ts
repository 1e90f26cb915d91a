import { expect } from '@jest/globals';
import type { ContainerFile, Engine, FilesOrder, LogLine } from '../../src/cluster/engine';
import type { Contract } from './bench';
import { COMMANDS, filesOrder } from './bench';

/** What `speaksAndEnds` writes. */
const SPOKEN: readonly LogLine[] = [
  { stream: 'stdout', text: 'one' },
  { stream: 'stderr', text: 'two' },
  { stream: 'stdout', text: 'three' },
];

/** Files of a folder, in the order of their paths. */
const FILES = ['/srv/lbca/.env', '/srv/lbca/deep/größe.txt', '/srv/lbca/z'].map((path) => ({ path, content: path }));

function isLast(path: string, bytes: number): boolean {
  return path.endsWith('z') && bytes === FILES.at(-1)?.content.length;
}

/** In the order of their paths. */
async function readPaths(
  engine: Engine,
  id: string,
  path: string,
  wants: FilesOrder['wants'] = () => true,
): Promise<readonly ContainerFile[] | null> {
  const files: ContainerFile[] = [];
  const read = await engine.readFiles(id, filesOrder(path, { wants, onFile: (file) => files.push(file) }));
  return read === null ? null : files.toSorted((one, other) => (one.path < other.path ? -1 : 1));
}

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
    await engine.writeFiles(id, FILES);
    await expect(readPaths(engine, id, '/srv/lbca')).resolves.toEqual(FILES);
    await engine.startContainer(id);
    await expect(readPaths(engine, id, '/srv/lbca/deep')).resolves.toEqual(FILES.slice(1, 2));
    await expect(readPaths(engine, id, '/srv/lbca/.env')).resolves.toEqual(FILES.slice(0, 1));
    await expect(readPaths(engine, id, '/srv/lbca', isLast)).resolves.toEqual(FILES.slice(2));
    await expect(readPaths(engine, id, '/srv/lbca/none')).resolves.toBeNull();
  },
  'no more files are gone through than are asked for': async ({ engine, container }) => {
    const id = await container();
    await engine.writeFiles(id, FILES);
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
