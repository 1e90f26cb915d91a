import type Dockerode from 'dockerode';

/** docker-modem's own entry, through which every request goes (lib/modem.js, `dial`). */
export type Dial = (request: ModemRequest, callback: (error: Error | null, answer: unknown) => void) => void;

/** Of docker-modem what is used here. */
export interface Modem {
  dial: Dial;
}

/** What this project has to do with of a request; dockerode puts in more. */
export interface ModemRequest {
  readonly method: string;
  /** Where it ends with `?`, docker-modem puts the options behind. */
  readonly path: string;
  readonly options?: unknown;
  /** The answer is given as a stream, as soon as its head is there; else as a whole. */
  readonly isStream?: boolean;
  readonly abortSignal?: AbortSignal | undefined;
  readonly statusCodes: Readonly<Record<number, true | string>>;
}

/**
 * Sends a request whose answer takes its time, and gives that answer as a stream. For an answer that it collects itself,
 * docker-modem listens to the answer's end alone: if the connection broke in between, the promise would never settle, and a
 * process that waits for nothing else ends as if all were well. A stream that breaks off is an error to its reader.
 */
export function openStream(
  docker: Dockerode,
  method: 'GET' | 'POST',
  path: `${string}?`,
  options: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<NodeJS.ReadableStream> {
  const modem = docker.modem as Modem;
  return new Promise((resolve, reject) => {
    modem.dial(
      { method, path, options, isStream: true, abortSignal: signal, statusCodes: { 200: true } },
      (error, answer) => {
        if (answer === null) reject(error ?? new Error('no answer'));
        else resolve(answer as NodeJS.ReadableStream);
      },
    );
  });
}
