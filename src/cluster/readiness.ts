import { request } from 'node:http';
import { connect } from 'node:tls';
import type { Clock } from '../clock';
import { waitUntil } from '../clock';
import type { Introduction } from './client-headers';
import { CLIENT_HOST, questionHeaders } from './client-headers';
import type { Asked, Replica } from './cluster-types';

/** Where readiness is asked for. */
export interface ProbeTarget {
  readonly host: string;
  readonly port: number;
  readonly path: string;
  readonly introduction: Introduction;
}

/** The probed path, asked of NGINX as its clients on this machine ask for it. */
export function throughNginx(asked: Asked, hostPort: number): ProbeTarget {
  return { host: CLIENT_HOST, port: hostPort, path: asked.probePath, introduction: asked };
}

/** A path, asked of a replica itself. */
export function pastNginx(
  introduction: Introduction,
  { address, port }: Pick<Replica, 'address' | 'port'>,
  path: string,
): ProbeTarget {
  return { host: address, port, path, introduction };
}

/**
 * What one probe came to: a status, and with it where the client is sent (`Location`), or why there was none. `taken`: the connection came about,
 * and nothing was said on it in time.
 */
export type ProbeAnswer =
  | { readonly kind: 'status'; readonly status: number; readonly location?: string }
  | { readonly kind: 'none'; readonly why: string; readonly taken: boolean };

/** Called when the connection of a probe has come about. */
type OnConnect = () => void;

/** Pause between the first probes of a replica that is starting, and between later ones, in milliseconds: many start at once. */
const PROBE_INTERVAL_MS = 25;
const LONGEST_INTERVAL_MS = 100;
/** A later pause is this part of the time that has gone by. */
const PART_OF_WAIT = 0.1;
/** One probe's own patience, so that a stuck one costs a part of the deadline and not all of it; later ones have as long again as was waited. */
const PROBE_TIMEOUT_MS = 2_000;

/**
 * One GET on a connection of its own; never rejects, except when `signal` aborts.
 *
 * @param patienceMs how long nothing may be heard of the answer.
 */
export function probe(
  { host, port, path, introduction }: ProbeTarget,
  signal: AbortSignal,
  patienceMs = PROBE_TIMEOUT_MS,
  onConnect: OnConnect = () => undefined,
): Promise<ProbeAnswer> {
  return new Promise((resolve) => {
    let whole: () => ProbeAnswer | null = () => null;
    const attempt = request(
      { host, port, path, agent: false, signal, timeout: patienceMs, headers: questionHeaders(introduction) },
      (response) => {
        response.resume();
        const { statusCode: status = 0, headers } = response;
        const sentTo = headers.location === undefined ? {} : { location: headers.location };
        whole = () => (response.complete ? { kind: 'status', status, ...sentTo } : null);
        response.on('end', () => resolve({ kind: 'status', status, ...sentTo }));
        response.on('error', (error) => resolve({ kind: 'none', why: error.message, taken: false }));
      },
    );
    attempt.on('socket', (socket) => socket.once('connect', onConnect));
    attempt.on('timeout', () => {
      const taken = attempt.socket?.connecting === false;
      resolve({ kind: 'none', why: `no answer within ${Math.round(patienceMs)} ms`, taken });
      attempt.destroy();
    });
    // What comes after a whole answer, as where its Content-Length is too short, is no part of it to anybody.
    attempt.on('error', (error) => resolve(whole() ?? { kind: 'none', why: error.message, taken: false }));
    attempt.end();
  });
}

/**
 * Whether TLS is spoken there: a handshake comes about in the time of a probe, or is refused in TLS's own way (an alert: RFC 8446,
 * section 6), for want of a certificate, say. Never rejects.
 */
export function speaksTls({ host, port }: Pick<ProbeTarget, 'host' | 'port'>): Promise<boolean> {
  return new Promise((resolve) => {
    // Nothing is told to whoever answers, so that it does not matter who it is.
    const socket = connect({ host, port, rejectUnauthorized: false, timeout: PROBE_TIMEOUT_MS });
    const end = (speaks: boolean): void => {
      socket.destroy();
      resolve(speaks);
    };
    socket.once('secureConnect', () => end(true));
    socket.once('timeout', () => end(false));
    socket.once('error', ({ code = '' }: NodeJS.ErrnoException) => end(code.includes('ALERT')));
    socket.once('close', () => end(false));
  });
}

/**
 * Outcome of waiting for readiness. `silentMs`: for how long connections were taken without a break before the accepted answer came, and
 * nothing was said on any of them.
 */
export type Readiness =
  | { readonly ready: true; readonly at: number; readonly silentMs: number }
  | { readonly ready: false; readonly last: ProbeAnswer; readonly stopped: boolean };

/**
 * Polls until `accept` takes an answer, the deadline is over, or `stillRunning` says that waiting is in vain.
 * `at` is when the accepted answer came, in epoch milliseconds.
 */
export async function waitReady(
  target: ProbeTarget,
  options: {
    readonly accept: (status: number) => boolean;
    /** Whether it is enough that a request is taken, however long the answer takes. */
    readonly acceptsSilence?: boolean;
    readonly timeoutMs: number;
    readonly clock: Clock;
    readonly signal: AbortSignal;
    readonly stillRunning: () => Promise<boolean>;
  },
): Promise<Readiness> {
  let last: ProbeAnswer = { kind: 'none', why: 'not asked yet', taken: false };
  let polls = 0;
  let takenSince: number | null = null;
  const { clock } = options;
  const from = clock.now();
  const outcome = await waitUntil<Readiness>({
    timeoutMs: options.timeoutMs,
    intervalMs: () => Math.min(LONGEST_INTERVAL_MS, Math.max(PROBE_INTERVAL_MS, PART_OF_WAIT * (clock.now() - from))),
    clock,
    signal: options.signal,
    poll: async () => {
      const waited = clock.now() - from;
      // Only who has taken a request may yet answer it.
      const isSilent = last.kind === 'none' && last.taken;
      const patienceMs = Math.max(PROBE_TIMEOUT_MS, isSilent ? Math.min(waited, options.timeoutMs - waited) : 0);
      const connectedAt: number[] = [];
      last = await probe(target, options.signal, patienceMs, () => void connectedAt.push(clock.now()));
      takenSince ??= connectedAt[0] ?? null;
      options.signal.throwIfAborted();
      const accepted =
        last.kind === 'status' ? options.accept(last.status) : last.taken && options.acceptsSilence === true;
      if (accepted) {
        const at = clock.now();
        return { ready: true, at, silentMs: at - (takenSince ?? at) };
      }
      if (connectedAt.length === 0 || last.kind === 'status') takenSince = null;
      polls += 1;
      // Asking the engine costs more than a probe, unless that was waited for: else every tenth time is soon enough to notice an exit.
      const isTime = polls % 10 === 0 || clock.now() - from - waited >= PROBE_TIMEOUT_MS / 2;
      return isTime && !(await options.stillRunning()) ? { ready: false, last, stopped: true } : null;
    },
  });
  return outcome ?? { ready: false, last, stopped: !(await options.stillRunning()) };
}

/** `answered 503`, `connect ECONNREFUSED …`: one probe's answer in words. */
export function describeAnswer(answer: ProbeAnswer): string {
  return answer.kind === 'status' ? `it answered ${answer.status}` : answer.why;
}
