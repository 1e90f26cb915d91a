import { Readable } from 'node:stream';
import { beforeEach, describe, expect, test } from '@jest/globals';
import type { Dial, ModemRequest } from '../../src/cluster/docker-dial';
import type { PatientDial } from '../../src/cluster/docker-patience';
import { patientDial } from '../../src/cluster/docker-patience';
import type { ManualClock } from '../traffic/manual-clock';
import { createManualClock, settle } from '../traffic/manual-clock';

const PATIENCE = { callMs: 180_000, pullMs: 600_000, lastMs: 30_000, tellMs: 20_000 };

/** A request as the engine got it. */
interface Sent {
  readonly request: ModemRequest;
  readonly answer: Parameters<Dial>[1];
}

let clock: ManualClock;
let sent: Sent[] = [];
let told: string[] = [];
let patient: PatientDial;

beforeEach(() => {
  clock = createManualClock();
  sent = [];
  told = [];
  patient = patientDial((request, answer) => void sent.push({ request, answer }), {
    ...{ clock, patience: PATIENCE },
    tell: (line) => void told.push(line),
  });
});

/** Sends a request; what it has come to so far. */
function ask(
  call: string,
  { options, isStream = false }: { readonly options?: object; readonly isStream?: boolean } = {},
): () => unknown {
  const [method = '', path = ''] = call.split(' ');
  let outcome: unknown = 'waits';
  patient.dial({ method, path, options, isStream, statusCodes: { 200: true } }, (error, answer) => {
    outcome = error?.message ?? answer;
  });
  return () => outcome;
}

const CREATE = 'POST /containers/create?';
const LOST = 'no answer to POST /containers/create within 180 s';

describe('a call to the engine', () => {
  test('that is answered late has its answer; a line said that it was waited for', async () => {
    const create = ask(CREATE);
    await clock.advance(19_999);
    expect(told).toEqual([]);
    await clock.advance(150_000);
    sent[0]?.answer(null, { Id: 'a' });
    await clock.advance(600_000);
    expect(create()).toEqual({ Id: 'a' });
    expect(told).toEqual([
      'The Docker Engine has not answered POST /containers/create for 20 s; it may take up to 180 s',
    ]);
    expect(patient.givenUp()).toBeNull();
  });

  test.each([
    ['ordinary', CREATE, {}, 180],
    ['the head of a log', 'GET /containers/a/logs?', { isStream: true }, 180],
    ['a stop, which has its grace besides', 'POST /containers/a/stop?', { options: { t: 10 } }, 190],
    ['a stop with the engine’s own grace', 'POST /containers/a/stop?', { options: {} }, 180],
    ['a pull, where a registry has to be asked', 'POST /images/create?', { isStream: true }, 600],
    ['a removal', 'DELETE /containers/a?', {}, 180],
  ])('that is never answered ends after its time: %s', async (_, call, terms, seconds) => {
    const outcome = ask(call, terms);
    await clock.advance(seconds * 1000 - 1);
    expect(outcome()).toBe('waits');
    await clock.advance(1);
    expect(outcome()).toBe(`no answer to ${call.slice(0, -1)} within ${seconds} s`);
    expect(sent[0]?.request.abortSignal?.aborted).toBe(true);
  });

  test('that fails says so itself', () => {
    const create = ask(CREATE);
    sent[0]?.answer(new Error('socket hang up'), null);
    expect(create()).toBe('socket hang up');
  });

  test('can still be cancelled by its caller', () => {
    const caller = new AbortController();
    patient.dial(
      { method: 'POST', path: '/images/create?', statusCodes: {}, abortSignal: caller.signal },
      () => undefined,
    );
    caller.abort();
    expect(sent[0]?.request.abortSignal?.aborted).toBe(true);
  });

  test('one line stands for all that wait at the same time', async () => {
    [1, 2, 3].forEach(() => ask(CREATE));
    await clock.advance(21_000);
    expect(told).toHaveLength(1);
  });
});

describe('an engine that leaves one call unanswered', () => {
  test('is given up: what is under way ends with it, and what comes later is not asked', async () => {
    const create = ask(CREATE);
    await clock.advance(100_000);
    const start = ask('POST /containers/a/start');
    await clock.advance(80_000);
    expect([create(), start()]).toEqual([LOST, LOST]);
    expect(ask('GET /containers/a/json?')()).toBe(LOST);
    expect(sent).toHaveLength(2);
    expect(patient.givenUp()?.message).toBe(LOST);
  });

  test('an answer that is under way breaks off, and one that lasts is left alone until then', async () => {
    const stream = new Readable({ read: () => undefined });
    const logs = ask('GET /containers/a/logs?', { isStream: true });
    sent[0]?.answer(null, stream);
    expect(logs()).toBe(stream);
    await clock.advance(3_600_000);
    expect(stream.destroyed).toBe(false);
    const read = stream.toArray().catch((error: unknown) => error);
    ask(CREATE);
    await clock.advance(180_000);
    await expect(read).resolves.toMatchObject({ message: LOST });
  });

  test('is asked to clear away all the same, with less patience', async () => {
    ask(CREATE);
    await clock.advance(180_000);
    const [list, remove] = [ask('GET /containers/json?'), ask('DELETE /containers/a?')];
    sent[1]?.answer(null, []);
    await clock.advance(30_000);
    expect(list()).toEqual([]);
    expect(remove()).toBe('no answer to DELETE /containers/a within 30 s');
  });

  test('is not given up where it is a removal', async () => {
    const [remove, inspect] = [ask('DELETE /containers/a?'), ask('GET /containers/b/json?')];
    await clock.advance(179_000);
    sent[1]?.answer(null, { Id: 'b' });
    await clock.advance(1_000);
    expect(remove()).toContain('within 180 s');
    expect(inspect()).toEqual({ Id: 'b' });
    const create = ask(CREATE);
    await settle();
    expect([create(), patient.givenUp()]).toEqual(['waits', null]);
  });
});
