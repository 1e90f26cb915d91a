import type Dockerode from 'dockerode';

/** docker-modem's own entry, which dockerode's types leave open (docker-modem, lib/modem.js, `dial`). */
interface Modem {
  dial(request: ModemRequest, callback: (error: Error | null, answer: NodeJS.ReadableStream | null) => void): void;
}

interface ModemRequest {
  readonly method: 'GET' | 'POST';
  /** Ends with `?`, which docker-modem puts the options behind. */
  readonly path: `${string}?`;
  readonly options: Readonly<Record<string, string>>;
  readonly isStream: true;
  readonly abortSignal: AbortSignal;
  readonly statusCodes: Readonly<Record<number, true>>;
}

/**
 * Sends a request whose answer takes its time, and gives that answer as a stream. For an answer that it collects itself,
 * docker-modem listens to the answer's end alone: if the connection broke in between, the promise would never settle, and a
 * process that waits for nothing else ends as if all were well. A stream that breaks off is an error to its reader.
 */
export function openStream(
  docker: Dockerode,
  method: ModemRequest['method'],
  path: ModemRequest['path'],
  options: ModemRequest['options'],
  signal: AbortSignal,
): Promise<NodeJS.ReadableStream> {
  const modem = docker.modem as Modem;
  return new Promise((resolve, reject) => {
    modem.dial(
      { method, path, options, isStream: true, abortSignal: signal, statusCodes: { 200: true } },
      (error, answer) => {
        if (answer === null) reject(error ?? new Error('no answer'));
        else resolve(answer);
      },
    );
  });
}
