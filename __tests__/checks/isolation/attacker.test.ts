import { describe, expect, test } from '@jest/globals';
import type { Attempt } from '../../../src/checks/isolation/attacker';
import { attackConfig, attackPort, lastingAttempt, readAttempt } from '../../../src/checks/isolation/attacker';
import { parseConfig } from '../../../src/cluster/nginx/syntax';

describe('what the attacker answers', () => {
  test.each([
    {
      header: '198.18.0.12:5000|200|0.001',
      attempt: { kind: 'connected', address: '198.18.0.12:5000', status: '200' },
    },
    // It took the connection and then said nothing: reached all the same.
    {
      header: '198.18.0.12:5000|504|0.000',
      attempt: { kind: 'connected', address: '198.18.0.12:5000', status: '504' },
    },
    { header: '198.18.0.12:5000|502|-', attempt: { kind: 'refused', status: '502' } },
    { header: '||', attempt: { kind: 'unresolved' } },
  ])('$header', ({ header, attempt }) => {
    expect(readAttempt(header)).toEqual(attempt);
  });

  test.each([undefined, '', 'ok', '198.18.0.12:5000|200', ['a|1|2', 'b|1|2']])('%j is no answer', (header) => {
    expect(readAttempt(header).kind).toBe('unknown');
  });
});

describe('what the attacker is told', () => {
  test('a location for each target, by its number, in a configuration that NGINX reads', () => {
    const text = attackConfig(
      [
        { host: '10.0.0.9', port: 80 },
        { host: 'app2', port: 5000 },
      ],
      29_803,
    );
    const http = parseConfig(text, 'f').find(({ name }) => name === 'http')?.block ?? [];
    const locations = (http.find(({ name }) => name === 'server')?.block ?? []).filter(
      ({ name }) => name === 'location',
    );
    expect(locations.map(({ args, block }) => [args.at(-1), ...(block ?? []).map((one) => one.args.at(-1))])).toEqual([
      ['/ready', '204'],
      ['/0', '10.0.0.9', 'http://$target:80/'],
      ['/1', 'app2', 'http://$target:5000/'],
    ]);
  });

  test('no port that the app has', () => {
    expect([5000, 29_803, 29_804].map(attackPort)).toEqual([29_803, 29_804, 29_803]);
  });
});

describe('an attempt that connects', () => {
  const CONNECTED: Attempt = { kind: 'connected', address: '198.18.0.12:5000', status: '200' };
  const REFUSED: Attempt = { kind: 'refused', status: '504' };

  async function lasting(answers: readonly Attempt[]): Promise<unknown> {
    const left = [...answers];
    const pauses: number[] = [];
    const next = (): Promise<Attempt> => Promise.resolve(left.shift() ?? { kind: 'unknown', why: 'asked too often' });
    const sleep = (ms: number): Promise<void> => Promise.resolve(void pauses.push(ms));
    const signal = new AbortController().signal;
    const { attempt, lapses } = await lastingAttempt(next, { clock: { now: () => 0, sleep }, signal });
    return { kind: attempt.kind, lapses, pauses: pauses.length };
  }

  test.each([
    { what: 'is none that lasts, where the next does not', answers: [CONNECTED, REFUSED], lapses: 1, kind: 'refused' },
    { what: 'may come through twice', answers: [CONNECTED, CONNECTED, REFUSED], lapses: 2, kind: 'refused' },
    { what: 'is not made where the first does not', answers: [REFUSED], lapses: 0, kind: 'refused' },
    {
      what: 'is a way in where five of them do',
      answers: [CONNECTED, CONNECTED, CONNECTED, CONNECTED, CONNECTED],
      lapses: 0,
      kind: 'connected',
    },
  ])('$what', async ({ answers, lapses, kind }) => {
    expect(await lasting(answers)).toEqual({ kind, lapses, pauses: answers.length - 1 });
  });
});
