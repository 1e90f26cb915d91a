import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer as createHttpServer } from 'node:http';
import type { AddressInfo, Server, Socket } from 'node:net';
import { createServer } from 'node:net';

/** A server on 127.0.0.1. */
export interface Loopback {
  readonly port: number;
  /** Connections that it has accepted so far. */
  readonly connections: () => number;
  /** Stops listening and breaks every connection. */
  readonly close: () => Promise<void>;
}

/** Speaks HTTP properly, as far as the handler does. */
export function startHttp(handle: (request: IncomingMessage, response: ServerResponse) => void): Promise<Loopback> {
  return listen(createHttpServer(handle));
}

/** Says what it is told to say, HTTP or not: `handle` is called for each whole request head with its number, from 1. */
export function startRaw(handle: (socket: Socket, nth: number, head: string) => void): Promise<Loopback> {
  let requests = 0;
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (data) => {
      requests += 1;
      handle(socket, requests, data.toString('latin1'));
    });
  });
  return listen(server);
}

export const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

function listen(server: Server): Promise<Loopback> {
  const sockets = new Set<Socket>();
  let connections = 0;
  server.on('connection', (socket: Socket) => {
    connections += 1;
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      resolve({
        port: (server.address() as AddressInfo).port,
        connections: () => connections,
        close: () =>
          new Promise((done) => {
            server.close(() => done());
            sockets.forEach((socket) => socket.destroy());
          }),
      });
    });
  });
}
