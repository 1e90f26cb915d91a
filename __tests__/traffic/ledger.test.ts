import { describe, expect, it, test } from '@jest/globals';
import fc from 'fast-check';
import { createLedger } from '../../src/traffic/ledger';
import type { ClientOutcome, ClientRecord, ProxyRecord } from '../../src/traffic/sample';
import { attempt, clientRecord, proxyRecord } from './records';

type Event = { readonly client: readonly ClientRecord[] } | { readonly proxy: ProxyRecord };

function ledgerOf(events: readonly Event[]): ReturnType<typeof createLedger> {
  const ledger = createLedger();
  for (const event of events) {
    if ('client' in event) ledger.addClient(event.client);
    else ledger.addProxy(event.proxy);
    // A reader in between must change nothing.
    ledger.samples();
  }
  return ledger;
}

const OUTCOMES: readonly ClientOutcome[] = [
  { kind: 'answered', status: 200 },
  { kind: 'answered', status: 502 },
  { kind: 'timeout' },
  { kind: 'transport', code: 'ECONNRESET', reusedConnection: true },
  { kind: 'not-sent', code: 'EMFILE' },
  { kind: 'abandoned' },
];

/** Requests with 0 to 2 lines each, and lines that belong to nobody. */
const histories = fc
  .array(fc.record({ outcome: fc.constantFrom(...OUTCOMES), lines: fc.nat({ max: 2 }), known: fc.boolean() }), {
    maxLength: 30,
  })
  .chain((requests) => {
    const events = requests.flatMap(({ outcome, lines, known }, seq): readonly Event[] => [
      ...(known ? [{ client: [clientRecord({ id: `run-${seq}`, scheduledAt: seq, outcome })] }] : []),
      ...Array.from({ length: lines }, (_, nth) => ({
        proxy: proxyRecord({ id: `run-${seq}`, loggedAt: nth, attempts: [attempt({ address: `${nth}` })] }),
      })),
    ]);
    const shuffled = fc.shuffledSubarray([...events], { minLength: events.length });
    return fc.record({ requests: fc.constant(requests), events: shuffled });
  });

describe('ledger', () => {
  it('joins both sides in whatever order they arrive', () => {
    fc.assert(
      fc.property(histories, ({ requests, events }) => {
        const ledger = ledgerOf(events);
        const finished = requests
          .map((request, seq) => ({ ...request, id: `run-${seq}` }))
          .filter(({ known }) => known);
        expect(
          ledger.samples().map(({ id, proxy, outcome }) => ({
            id,
            outcome,
            attempts: proxy?.attempts.map(({ address }) => address) ?? null,
          })),
        ).toEqual(
          finished.map(({ id, outcome, lines }) => ({ id, outcome, attempts: [null, ['0'], ['0', '1']][lines] })),
        );
        const without = finished.filter(({ lines }) => lines === 0).map(({ outcome }) => outcome.kind);
        expect(ledger.missingLines()).toBe(without.filter((kind) => kind === 'answered').length);
        expect(ledger.unloggedRequests()).toBe(without.filter((kind) => kind !== 'not-sent').length);
        expect(ledger.unknownIds()).toBe(requests.filter(({ known, lines }) => !known && lines > 0).length);
      }),
    );
  });

  it('lets the last line tell how a repeated request ended, and keeps the attempts of all', () => {
    const ledger = ledgerOf([
      { proxy: proxyRecord({ loggedAt: 1_020, status: 200, workerPid: 2, attempts: [attempt({ address: 'b' })] }) },
      { client: [clientRecord()] },
      { proxy: proxyRecord({ loggedAt: 1_004, status: 499, workerPid: 1, attempts: [attempt({ address: 'a' })] }) },
    ]);
    expect(ledger.samples()[0]?.proxy).toEqual(
      proxyRecord({
        loggedAt: 1_020,
        workerPid: 2,
        attempts: [attempt({ address: 'a' }), attempt({ address: 'b' })],
      }),
    );
  });

  it('leaves a list that it gave out as it was', () => {
    const ledger = ledgerOf([{ client: [clientRecord()] }]);
    const before = ledger.samples();
    ledger.addProxy(proxyRecord());
    expect(before.map(({ proxy }) => proxy)).toEqual([null]);
    expect(ledger.samples().map(({ proxy }) => proxy)).toEqual([proxyRecord()]);
  });

  it('makes the list anew only after a change', () => {
    const ledger = ledgerOf([{ client: [clientRecord()] }]);
    expect(ledger.samples()).toBe(ledger.samples());
    const before = ledger.samples();
    ledger.addProxy(proxyRecord({ id: 'nobody' }));
    expect(ledger.samples()).toBe(before);
  });

  test.each(['__proto__', 'constructor', 'toString'])('is not confused by the id %s', (id) => {
    const ledger = ledgerOf([{ proxy: proxyRecord({ id }) }]);
    expect(ledger.unknownIds()).toBe(1);
    ledger.addClient([clientRecord({ id })]);
    expect([ledger.unknownIds(), ledger.missingLines(), ledger.samples().length]).toEqual([0, 0, 1]);
  });

  it('keeps the order of the schedule where two were due at one moment', () => {
    const [first, second] = ['run-1', 'run-2'].map((id) => clientRecord({ id, scheduledAt: 5 }));
    if (first === undefined || second === undefined) throw new Error('two were made');
    const ledger = ledgerOf([{ client: [second] }, { client: [first] }]);
    expect(ledger.samples().map(({ id }) => id)).toEqual(['run-1', 'run-2']);
  });

  it('counts what was due by an instant, and settles up to the first of which something is to come', () => {
    fc.assert(
      fc.property(histories, fc.nat({ max: 30 }), ({ requests, events }, instant) => {
        const ledger = ledgerOf(events);
        const known = requests.map((request, seq) => ({ ...request, seq })).filter((request) => request.known);
        expect(ledger.count()).toBe(known.length);
        expect(ledger.countDueBy(instant)).toBe(known.filter(({ seq }) => seq <= instant).length);
        const open = requests.findIndex(
          ({ known: ended, outcome, lines }) => !ended || (outcome.kind === 'answered' && lines === 0),
        );
        const settled = ledger.settled(({ id }, seq) => id === `run-${seq}`);
        expect(settled).toEqual(ledger.samples().slice(0, open === -1 ? requests.length : open));
      }),
    );
  });
});

test.each([
  { what: 'a GET in the place of its answer is another question', method: 'GET', anew: true },
  { what: 'the same again is not', method: 'POST', anew: undefined },
])('of a POST $what', ({ method, anew }) => {
  const attempts = [attempt({ headerMs: null, status: 502 }), attempt({ redirected: true })];
  const ledger = ledgerOf([
    { client: [clientRecord({ method: 'POST', outcome: { kind: 'answered', status: 502 } })] },
    { proxy: proxyRecord({ method, attempts }) },
  ]);
  expect(ledger.samples().map(({ proxy }) => proxy?.attempts.map((one) => one.anew))).toEqual([[undefined, anew]]);
});
