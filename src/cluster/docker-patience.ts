import type { Readable } from 'node:stream';
import type { Clock } from '../clock';
import type { Dial, ModemRequest } from './docker-dial';

/** How long an engine may take, in milliseconds. */
export interface Patience {
  /** For an answer; where that is a stream, for its head. */
  readonly callMs: number;
  /** For the head of a pull's answer: the engine sends it once a registry has told what the image is made of. */
  readonly pullMs: number;
  /** For what clears away, once a call has not been answered. */
  readonly lastMs: number;
  /** After which the log tells what is waited for. */
  readonly tellMs: number;
}

/**
 * An engine that works answers within some seconds. On machines that are short of everything that becomes a minute, at which Docker Compose
 * used to give up, too often (COMPOSE_HTTP_TIMEOUT). Kubernetes gives a container runtime two minutes for all but pulls, logs and execs
 * (kubelet, `--runtime-request-timeout`), and counts on trying again. Nothing is tried again here, so it is half as much again; a job that
 * may take a quarter of an hour still gets its report.
 */
export const PATIENCE: Patience = { callMs: 180_000, pullMs: 600_000, lastMs: 30_000, tellMs: 20_000 };

/** What patience is had with. */
export interface PatienceTools {
  readonly clock: Clock;
  readonly patience: Patience;
  /** Gets a line about a call that has no answer yet. */
  readonly tell: (line: string) => void;
}

/** A request that has had no answer in time. */
export class Unanswered extends Error {
  override readonly name = 'Unanswered';
  /** @param request its method and path. */
  constructor(
    readonly request: string,
    readonly afterMs: number,
  ) {
    super(`no answer to ${request} within ${afterMs / 1000} s`);
  }
}

/** The way to an engine that is not waited for without an end. */
export interface PatientDial {
  readonly dial: Dial;
  /** The call for want of whose answer the engine has been given up; null: it has not been. */
  readonly givenUp: () => Unanswered | null;
}

/**
 * The same way to the engine, on which each request has its time. One that is over it is ended, and with it all that is under way or still to
 * come: the run is lost, and whoever waits for anything else would only learn so later. The exception is what clears away: it is tried all
 * the same, with less patience, and ends nothing else where it fails.
 *
 * docker-modem's own bounds will not do (lib/modem.js, `buildRequest`): both end the request as if the connection had broken; `timeout` is for
 * silence on the socket, and so ends logs of which no line comes, and leaves a promise that never settles where an answer stops in between;
 * `connectionTimeout`, in spite of its name for the answer's head, knows no difference between a stop and a pull.
 */
export function patientDial(send: Dial, { clock, patience, tell }: PatienceTools): PatientDial {
  /** Ends a request, or the stream that answers it, for this reason. */
  const open = new Set<(why: Unanswered) => void>();
  let first: Unanswered | null = null;
  let givenUp: Unanswered | null = null;
  let toldAt = -Infinity;

  const giveUp = (why: Unanswered): void => {
    givenUp = why;
    for (const end of [...open]) end(why);
  };
  const tellOf = (request: ModemRequest, boundMs: number): void => {
    // One line stands for all that wait at the same time.
    if (clock.now() - toldAt < patience.tellMs) return;
    toldAt = clock.now();
    const seconds = `${patience.tellMs / 1000} s`;
    tell(`The Docker Engine has not answered ${nameOf(request)} for ${seconds}; it may take up to ${boundMs / 1000} s`);
  };

  const dial: Dial = (request, callback) => {
    const clears = clearsAway(request);
    if (givenUp !== null && !clears) {
      callback(givenUp, null);
      return;
    }
    const boundMs = clears && first !== null ? patience.lastMs : boundOf(request, patience);
    const answered = new AbortController();
    const abandoned = new AbortController();
    const settle: typeof callback = (error, answer) => {
      if (answered.signal.aborted) return;
      answered.abort();
      open.delete(end);
      if (request.isStream === true && isStream(answer)) keep(answer);
      callback(error, answer);
    };
    const end = (why: Unanswered): void => {
      settle(why, null);
      abandoned.abort(why);
    };
    const keep = (stream: Destroyable): void => {
      const cut = (why: Unanswered): void => void stream.destroy(why);
      if (!clears) open.add(cut);
      stream.once('close', () => open.delete(cut));
    };
    const outlast = async (): Promise<void> => {
      const tellMs = Math.min(patience.tellMs, boundMs);
      await clock.sleep(tellMs, answered.signal);
      if (tellMs < boundMs) tellOf(request, boundMs);
      await clock.sleep(boundMs - tellMs, answered.signal);
      const why = new Unanswered(nameOf(request), boundMs);
      first ??= why;
      end(why);
      if (!clears) giveUp(why);
    };

    if (!clears) open.add(end);
    // Its sleep is ended by the answer.
    outlast().catch(() => undefined);
    const signals = [request.abortSignal ?? [], abandoned.signal].flat();
    send({ ...request, abortSignal: AbortSignal.any(signals) }, settle);
  };
  return { dial, givenUp: () => givenUp };
}

/** What only clears away: removals, and the lists of what carries a label. */
function clearsAway({ method, path }: ModemRequest): boolean {
  return method === 'DELETE' || (method === 'GET' && /^\/(containers\/json|networks|images\/json)\?/.test(path));
}

function boundOf({ method, path, options }: ModemRequest, { callMs, pullMs }: Patience): number {
  if (method === 'POST' && path.startsWith('/images/create?')) return pullMs;
  if (!/^\/containers\/[^/]+\/stop\?/.test(path)) return callMs;
  // The engine answers once the container has ended, which may take the grace (Engine API reference, "ContainerStop").
  const { t: graceSeconds = 0 } = options as { readonly t?: number };
  return callMs + graceSeconds * 1000;
}

/** `POST /containers/create`: without its query, which holds all kinds of things. */
function nameOf({ method, path }: ModemRequest): string {
  return `${method} ${path.replace(/\?.*$/s, '')}`;
}

type Destroyable = Pick<Readable, 'destroy' | 'once'>;

function isStream(answer: unknown): answer is Destroyable {
  return typeof answer === 'object' && answer !== null && 'destroy' in answer && 'once' in answer;
}
