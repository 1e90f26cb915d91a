import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { packRecords, unpackRecords } from '../../src/traffic/record-columns';
import type { ClientOutcome } from '../../src/traffic/sample';
import type { TrafficOrder } from '../../src/traffic/schedule';
import { createSchedule } from '../../src/traffic/schedule';

const STARTED_AT = 1_784_000_000_123.456;

const order: TrafficOrder = {
  rate: 1_700,
  mix: { getFresh: 2, getKept: 2, postFresh: 1, postKept: 1 },
  slow: { perSecond: 10, delayMs: 300 },
  path: '/version',
  seed: 42,
  idPrefix: 'run-7-failover',
};

const codes = fc.constantFrom('ECONNRESET', 'ECONNREFUSED', 'HPE_INVALID_CONSTANT', 'TOO_MANY_OUTSTANDING');
const outcomes: fc.Arbitrary<ClientOutcome> = fc.oneof(
  fc.record({ kind: fc.constant('answered' as const), status: fc.integer({ min: 100, max: 999 }) }),
  fc.record({ kind: fc.constantFrom('timeout' as const, 'abandoned' as const) }),
  fc.record({ kind: fc.constant('transport' as const), code: codes, reusedConnection: fc.boolean() }),
  fc.record({ kind: fc.constant('not-sent' as const), code: codes }),
);
const instants = fc.double({ min: STARTED_AT, max: STARTED_AT + 1e9, noNaN: true });
const ends = fc.record({ seq: fc.nat({ max: 1e7 }), sentAt: instants, doneAt: instants, outcome: outcomes });

describe('records that cross to another thread', () => {
  it('are the same on the other side', () => {
    fc.assert(
      fc.property(fc.array(ends, { maxLength: 20 }), (all) => {
        const schedule = createSchedule(order, STARTED_AT);
        const records = all.map(({ seq, ...end }) => ({ ...schedule.at(seq), ...end }));
        const copied = structuredClone(packRecords(records));
        expect(unpackRecords(copied, createSchedule(order, STARTED_AT))).toEqual(records);
      }),
    );
  });
});
