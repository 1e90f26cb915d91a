import { mkdtemp, rm } from 'node:fs/promises';
import type { Server, Socket } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createDockerEngine } from '../../src/cluster/docker-engine';
import type { Engine, EngineError } from '../../src/cluster/engine';
import { createManualClock, settle } from '../traffic/manual-clock';

/** An engine of a few bytes: what it is asked, and what it answers. */
let folder = '';
let server: Server;
let asked: string[] = [];
let respond: (socket: Socket) => void = () => undefined;
let engine: Engine;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lbca-engine-'));
  asked = [];
  server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (bytes) => {
      asked.push(bytes.toString().split('\r\n', 1)[0] ?? '');
      respond(socket);
    });
  });
  const path = join(folder, 'docker.sock');
  await new Promise<void>((resolve) => server.listen(path, resolve));
  engine = createDockerEngine({ dockerHost: `unix://${path}`, configFolder: folder });
});

afterEach(async () => {
  await new Promise((resolve) => server.close(resolve));
  await rm(folder, { recursive: true });
});

function json(status: string, body: unknown): (socket: Socket) => void {
  const text = JSON.stringify(body);
  return (socket) =>
    socket.end(
      `HTTP/1.1 ${status}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(text)}\r\nConnection: close\r\n\r\n${text}`,
    );
}

const BEGUN = 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n';

describe('the connection to the engine', () => {
  test('names no API version, so that every engine answers in its own', async () => {
    respond = (socket) => socket.end('HTTP/1.1 204 No Content\r\n\r\n');
    await engine.startContainer('app1');
    expect(asked).toEqual(['POST /containers/app1/start HTTP/1.1']);
  });

  test('takes "not modified" for success: it is in that state already', async () => {
    respond = (socket) => socket.end('HTTP/1.1 304 Not Modified\r\n\r\n');
    await expect(engine.stopContainer('app1', 1)).resolves.toBeUndefined();
    expect(asked).toEqual(['POST /containers/app1/stop?t=1 HTTP/1.1']);
  });

  test('that breaks while a container is waited for is an error, and not silence', async () => {
    respond = (socket) => {
      socket.write(BEGUN);
      setImmediate(() => socket.destroy());
    };
    const waiting = engine.waitContainer('app1', new AbortController().signal);
    await expect(waiting).rejects.toMatchObject({ kind: 'unreachable' });
    expect(asked).toEqual(['POST /containers/app1/wait?condition=not-running HTTP/1.1']);
  });

  test('that breaks while a log is followed is an error too', async () => {
    respond = (socket) => {
      socket.write(BEGUN);
      setImmediate(() => socket.destroy());
    };
    const following = engine.followLogs('app1', () => undefined, new AbortController().signal);
    await expect(following).rejects.toMatchObject({ kind: 'unreachable' });
  });

  test('a pull that is cancelled rejects as aborted', async () => {
    const controller = new AbortController();
    respond = (socket) => {
      socket.write(BEGUN);
      controller.abort();
    };
    const pulling = engine.pullImage('app:1', () => undefined, controller.signal);
    await expect(pulling).rejects.toMatchObject({ kind: 'aborted' });
  });

  test.each([
    ['app', 'fromImage=app&tag=latest'],
    ['localhost:5000/app', 'fromImage=localhost%3A5000%2Fapp&tag=latest'],
    ['app:1', 'fromImage=app%3A1'],
    ['app@sha256:00', 'fromImage=app%40sha256%3A00'],
  ])('pulls one image for %s, never all of its tags', async (reference, query) => {
    respond = json('404 Not Found', { message: 'pull access denied for app' });
    await expect(engine.pullImage(reference, () => undefined, new AbortController().signal)).rejects.toMatchObject({
      kind: 'not-found',
      message: expect.stringContaining('docker/login-action'),
    });
    expect(asked).toEqual([`POST /images/create?${query} HTTP/1.1`]);
  });
});

describe('an engine that takes a call and never answers it', () => {
  test('ends each verb with one error, streams too; it is told once, by the verb that was not answered', async () => {
    const clock = createManualClock();
    const given: EngineError[] = [];
    const dockerHost = `unix://${join(folder, 'docker.sock')}`;
    const silent = createDockerEngine({ dockerHost, clock, onGivenUp: (error) => void given.push(error) });
    respond = (socket) => socket.write(BEGUN);
    const never = new AbortController().signal;
    const kindOf = (verb: Promise<unknown>): Promise<unknown> => verb.catch((error: unknown) => error);
    const lasting = [silent.waitContainer('app1', never), silent.followLogs('app2', () => undefined, never)].map(
      kindOf,
    );
    while (asked.length < 2) await settle();
    await clock.advance(3_600_000);
    respond = () => undefined;
    const started = kindOf(silent.startContainer('app3'));
    while (asked.length < 3) await settle();

    await clock.advance(180_000);

    const words = (action: string): object => ({
      kind: 'unanswered',
      message:
        `Cannot ${action}: the Docker Engine at ${dockerHost} did not answer POST /containers/app3/start within 180 s. ` +
        'It hangs, or this runner is overloaded: see what dockerd logs (journalctl -u docker) and what else runs here, ' +
        'then restart Docker, or run the job on another runner.',
    });
    await expect(started).resolves.toMatchObject(words('start container app3'));
    await expect(Promise.all(lasting)).resolves.toMatchObject([
      words('wait for container app1'),
      words('follow the log of container app2'),
    ]);
    await expect(silent.inspectContainer('app4')).rejects.toMatchObject(words('inspect container app4'));
    expect(given).toMatchObject([words('start container app3')]);
    expect(asked).toHaveLength(3);
  });
});

describe('no connection', () => {
  test('a socket that is not there', async () => {
    const path = join(folder, 'nothing.sock');
    const nobody = createDockerEngine({ dockerHost: `unix://${path}` });
    await expect(nobody.describe()).rejects.toMatchObject({
      kind: 'unreachable',
      message: `Cannot ask the Docker Engine what it is: no Docker Engine answers at unix://${path} (ENOENT). Start Docker, or set DOCKER_HOST to where it listens.`,
    });
  });

  test('a DOCKER_HOST that will not do is the first verb’s error', async () => {
    const far = createDockerEngine({ dockerHost: 'ssh://somewhere' });
    await expect(far.findImage('a')).rejects.toMatchObject({ name: 'EngineError', kind: 'unreachable' });
  });
});
