import { describe, expect, test } from '@jest/globals';
import type { HeldBack } from '../../src/checks/evidence';
import type { Scene } from '../../src/checks/faults/fault';
import { watch } from '../../src/checks/watch';
import { parseGates } from '../../src/settings/gate-language';
import type { FaultName } from '../../src/settings/settings';
import type { Sample } from '../../src/traffic/sample';
import { attempt, modelOf, REPLICAS, sample, unanswered } from '../support/evidence';
import { createManualClock } from '../traffic/manual-clock';

const CONFIG =
  'upstream app { server app1:5000 fail_timeout=3s; server app2:5000 fail_timeout=3s; } server { listen 80; location / { proxy_pass http://app; } }';
const POSTS_APART = CONFIG.replace(
  'location / {',
  'error_page 418 = @writes; location @writes { proxy_pass http://app; } location / { if ($request_method = POST) { return 418; }',
);
/** `fail_timeout`, one for its whole seconds, and time for traffic to get there. */
const WINDOW_MS = 5_500;
/** The bound of the gate, what a slow machine may add, and the delay that slow requests ask for. */
const HOPELESS_MS = 6_000 + 2_000 + 1_000;

interface Watched {
  readonly why: string | null;
  /** Milliseconds. */
  readonly took: number;
}

/** Watches a fault of app2, in which the request that is due at once hangs for so long, and these requests have ended. */
async function watched({
  hangsMs = 0,
  samples = [],
  gates = 'failover.stall < 6s',
  waitsMs = () => 0,
  busy = 0.5,
  throttled = 0,
  config = CONFIG,
  name = 'crash',
}: {
  readonly hangsMs?: number;
  readonly samples?: readonly Sample[];
  readonly gates?: string;
  /** How long requests that end so many milliseconds after the fault have waited for app1. */
  readonly waitsMs?: (after: number) => number;
  readonly busy?: number;
  /** Of ten periods a second in which app1 has something to do. */
  readonly throttled?: number;
  readonly config?: string;
  readonly name?: FaultName;
}): Promise<Watched> {
  const clock = createManualClock();
  const from = clock.now();
  const reading = parseGates(gates);
  if (!reading.ok) throw new Error(reading.complaints[0]?.text);
  const replicas = REPLICAS.map(({ hostname, address }) => ({
    ...{ hostname, address: address.split(':')[0], port: 5000, containerId: hostname },
  }));
  const passed = (): number => clock.now() - from;
  /** Twenty a second. */
  const ended = (): Sample[] =>
    Array.from({ length: Math.floor(passed() / 50) }, (_, index) => {
      const doneAt = from + 50 * index;
      const since = doneAt - waitsMs(50 * index);
      return { ...elsewhere, doneAt, sentAt: since, scheduledAt: since };
    });
  const scene = {
    watchHeldBack: () => {
      const began = passed();
      const seconds = (): number => (passed() - began) / 1_000;
      const counts = (): HeldBack => ({ hostname: 'app1', periods: 10 * seconds(), throttled: throttled * seconds() });
      return Promise.resolve(() => Promise.resolve([counts()]));
    },
    busy: () => busy,
    ...{ clock, nginx: modelOf(config), settings: { gates: reading.value }, log: () => undefined },
    ...{ signal: new AbortController().signal, cluster: { replicas }, victim: replicas[1] },
    traffic: {
      samples: () => [...samples.map((one) => ({ ...one, sentAt: from + 10 })), ...ended()],
      outstandingBefore: (instant: number) =>
        (instant >= from && passed() < hangsMs) || (instant >= from && instant > clock.now() - waitsMs(passed()))
          ? 1
          : 0,
    },
    // The rest of a scene is not looked at.
  } as unknown as Scene;
  const results: Watched[] = [];
  void watch(scene, name, from, 'fail-timeout').then((why) => results.push({ why, took: clock.now() - from }));
  for (let step = 0; step < 4_000 && results.length === 0; step += 1) await clock.advance(25);
  const [result] = results;
  if (result === undefined) throw new Error('it goes on for ever');
  return result;
}

const get = sample({ at: 0, attempts: [unanswered('app2', 1), attempt('app1')] });
const savedPost = sample({ at: 0, method: 'POST', attempts: [unanswered('app2', 1), attempt('app1')] });
const lostPost = sample({ at: 0, method: 'POST', attempts: [unanswered('app2', 1, 502)] });
const elsewhere = sample({ at: 0, attempts: [attempt('app1')] });

describe('a fault is watched', () => {
  test.each([
    { what: 'for a window, where a GET met the victim', samples: [get], windows: 1 },
    { what: 'for a window, where a POST met it and was none the worse', samples: [savedPost], windows: 1 },
    { what: 'for more windows, where only POSTs met it and were lost', samples: [lostPost], windows: 3 },
    { what: 'for more windows, where nobody met it', samples: [], windows: 3 },
  ])('$what', async ({ samples, windows }) => {
    const { why, took } = await watched({ samples });
    expect(why).toBeNull();
    expect(Math.round(took / WINDOW_MS)).toBe(windows);
  });

  test.each([
    { what: 'a GET', samples: [get], windows: 8 },
    { what: 'a POST', samples: [savedPost], windows: 8 },
    { what: 'both', samples: [get, lostPost], windows: 1 },
  ])('until a GET and a POST have met the victim, where POSTs go their own way: $what has', async (order) => {
    const { why, took } = await watched({ samples: order.samples, config: POSTS_APART });
    expect(why).toBeNull();
    expect(Math.round(took / WINDOW_MS)).toBe(order.windows);
  });

  test.each([
    { what: 'a connection from before broke', first: unanswered('app2', 1, 502), windows: 3 },
    { what: 'it answered', first: attempt('app2', { status: 503 }), windows: 1 },
  ])('until the victim has refused something, where it should: $what', async ({ first, windows }) => {
    const samples = [sample({ at: 0, attempts: [first, attempt('app1')] })];
    const { took } = await watched({ samples, name: 'error' });
    expect(Math.round(took / WINDOW_MS)).toBe(windows);
  });

  test('until every request that hangs has come to an end', async () => {
    const { why, took } = await watched({ samples: [get], hangsMs: 8_000 });
    expect(why).toBeNull();
    expect(took).toBeGreaterThanOrEqual(8_000);
  });

  test('no longer than the gate on the longest wait can be met', async () => {
    const { why, took } = await watched({ samples: [get], hangsMs: 60_000 });
    expect(why).toBe('a client had waited for more than 8 s');
    expect(took).toBeGreaterThanOrEqual(HOPELESS_MS);
    expect(took).toBeLessThan(HOPELESS_MS + 100);
  });

  test.each([
    { what: 'a gate that only warns', gates: 'failover.stall < 6s warn' },
    { what: 'no gate', gates: '' },
    { what: 'a gate on another fault', gates: 'failover.freeze.stall < 6s' },
  ])('to the end with $what', async ({ gates }) => {
    const { why, took } = await watched({ samples: [get], hangsMs: 60_000, gates });
    expect(why).toBeNull();
    expect(took).toBeGreaterThanOrEqual(60_000);
  });
});

describe('a backlog on replicas that nobody broke', () => {
  const growing = (after: number): number => 0.2 * after;

  test('is watched until the gate on the longest wait is lost', async () => {
    const { why, took } = await watched({ samples: [get], waitsMs: growing });
    expect(why).toMatch(/^a client had waited for more than [\d.]+ s$/);
    expect(took).toBeGreaterThan(HOPELESS_MS / 0.2 - 1_000);
  });

  test.each([
    { what: 'does not grow', waitsMs: () => 900 },
    { what: 'ends growing', waitsMs: (after: number) => Math.min(2_000, growing(after)), most: 20_000 },
    { what: 'cannot be noticed', waitsMs: (after: number) => 0.02 * after },
    { what: 'may be this machine’s own doing', waitsMs: growing, busy: 0.95 },
    { what: 'is no gate’s business', waitsMs: growing, gates: '' },
  ])('is not waited for where it $what', async ({ most = WINDOW_MS + 5_000, ...order }) => {
    const { why, took } = await watched({ samples: [get], ...order });
    expect(why).toBeNull();
    expect(took).toBeLessThan(most);
  });

  test('is the replicas’ own, however busy the machine is, where their limit holds them back', async () => {
    const { why } = await watched({ samples: [get], waitsMs: growing, busy: 0.95, throttled: 9 });
    expect(why).toMatch(/^a client had waited for more than [\d.]+ s$/);
  });
});
