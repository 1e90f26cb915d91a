import { mkdtemp, rm } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, request } from 'node:http';
import type { Socket } from 'node:net';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The engine's socket, as the tests' own docker command finds it. */
const ENGINE = (process.env['DOCKER_HOST'] ?? 'unix:///var/run/docker.sock').replace(/^unix:\/\//, '');

/** A way to the real engine on which calls can get lost, as they do in an engine that has locked itself up. */
export interface SilentDocker {
  /** For DOCKER_HOST. */
  readonly host: string;
  /** The calls that were never answered, as `POST /containers/create?name=…`. */
  readonly swallowed: readonly string[];
  /** From now on calls that match get no answer; with no pattern, nothing does, and answers under way stop as well. */
  readonly swallow: (pattern: RegExp | null) => void;
  readonly close: () => Promise<void>;
}

/** Opens such a way: it takes every connection and hands everything on, but for what it is told to swallow. */
export async function openSilentDocker(swallows = /^$/): Promise<SilentDocker> {
  const folder = await mkdtemp(join(tmpdir(), 'lbca-silent-'));
  const path = join(folder, 'docker.sock');
  const swallowed: string[] = [];
  const sockets = new Set<Socket>();
  const answers = new Set<IncomingMessage>();
  let pattern = swallows;

  const server = createServer((question, answer) => {
    const call = `${question.method ?? ''} ${(question.url ?? '').replace(/^\/v\d+\.\d+\//, '/')}`;
    if (pattern.test(call)) swallowed.push(call);
    else handOn(question, answer, answers);
  });
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => undefined);
  });
  // The docker command asks for a connection of another protocol where it talks to BuildKit.
  server.on('upgrade', (question: IncomingMessage, socket: Socket, head: Buffer) => {
    const engine = connect(ENGINE);
    const lines = question.rawHeaders.flatMap((name, at, all) =>
      at % 2 === 0 ? [`${name}: ${all[at + 1] ?? ''}`] : [],
    );
    engine.write(`${[`${question.method ?? ''} ${question.url ?? ''} HTTP/1.1`, ...lines].join('\r\n')}\r\n\r\n`);
    engine.write(head);
    engine.on('error', () => socket.destroy());
    socket.pipe(engine).pipe(socket);
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return {
    host: `unix://${path}`,
    swallowed,
    swallow: (next) => {
      pattern = next ?? /^/;
      if (next === null) answers.forEach((answer) => answer.unpipe().pause());
    },
    close: async () => {
      server.close();
      sockets.forEach((socket) => socket.destroy());
      await rm(folder, { recursive: true });
    },
  };
}

function handOn(question: IncomingMessage, answer: ServerResponse, answers: Set<IncomingMessage>): void {
  const { method, url, headers } = question;
  const asked = request({ socketPath: ENGINE, agent: false, method, path: url, headers }, (engine) => {
    answers.add(engine);
    engine.on('close', () => answers.delete(engine));
    // A log of which no line comes has its head all the same.
    answer.writeHead(engine.statusCode ?? 502, engine.headers).flushHeaders();
    engine.on('error', () => answer.destroy());
    engine.pipe(answer);
  });
  asked.on('error', () => answer.destroy());
  answer.on('close', () => asked.destroy());
  question.pipe(asked);
}
