import { describe, expect, test } from '@jest/globals';
import { clientError, withPostsBefore } from '../../src/traffic/attribution';
import type { Sample } from '../../src/traffic/sample';
import { attempt, REPLICAS, sample, START } from '../support/evidence';

const BROKEN_AT = START + 1_000;
const post = (at: number, status: number): Sample =>
  sample({ at, method: 'POST', attempts: [attempt('app1', { status })], outcome: { kind: 'answered', status } });
const get = (at: number, status: number): Sample =>
  sample({ at, attempts: [attempt('app1', { status })], outcome: { kind: 'answered', status } });
const posts = (count: number, status = 201, at = 0): readonly Sample[] =>
  Array.from({ length: count }, (_, index) => post(at + index * 10, status));

describe('a request that a replica refuses', () => {
  test.each([
    { what: 'a GET, which the app is known to serve', refused: get(2_000, 404), before: [], error: 'refused' },
    { what: 'a POST, where POSTs were taken before', refused: post(2_000, 405), before: posts(5), error: 'refused' },
    { what: 'a POST, where POSTs never were', refused: post(2_000, 405), before: posts(9, 405), error: null },
    {
      what: 'a POST, where one in ten was refused before',
      refused: post(2_000, 429),
      before: [...posts(9), post(95, 429)],
      error: null,
    },
    {
      what: 'a POST, in a way in which none was before',
      refused: post(2_000, 405),
      before: [...posts(9), post(95, 409)],
      error: 'refused',
    },
    {
      what: 'a POST, where every third was refused before',
      refused: post(2_000, 405),
      before: [...posts(6), ...posts(3, 409, 70)],
      error: null,
    },
    { what: 'a POST, as a method that nobody knows', refused: post(2_000, 501), before: posts(9, 501), error: null },
    {
      what: 'a POST, as a method that was known before',
      refused: post(2_000, 501),
      before: posts(9),
      error: 'refused',
    },
    { what: 'a GET, as a method that nobody knows', refused: get(2_000, 501), before: [], error: 'server-error' },
    { what: 'a POST, after too few to tell', refused: post(2_000, 405), before: posts(4), error: null },
    {
      what: 'a POST, where they were taken since',
      refused: post(2_000, 405),
      before: posts(9, 201, 1_500),
      error: null,
    },
    {
      what: 'a POST, after GETs alone',
      refused: post(2_000, 405),
      before: [1, 2, 3, 4, 5].map((n) => get(n, 200)),
      error: null,
    },
  ])('$what: $error', ({ refused, before, error }) => {
    expect(clientError(refused, withPostsBefore(REPLICAS, before, BROKEN_AT))).toBe(error);
  });

  test('a POST that is taken is none', () => {
    expect(clientError(post(2_000, 201), withPostsBefore(REPLICAS, posts(9), BROKEN_AT))).toBeNull();
  });
});
