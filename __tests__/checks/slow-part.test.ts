import { describe, expect, test } from '@jest/globals';
import { slowPartOf, slowSeenMs } from '../../src/checks/slow-part';
import type { NginxModel } from '../../src/cluster/nginx/model';
import { modelOf } from '../support/evidence';

const SECONDS = 1_000;

function nginx(readTimeout: string, shutdownMs: number): NginxModel {
  const text = `upstream app { server app1:5000; server app2:5000; } server { listen 80; proxy_read_timeout ${readTimeout}; location / { proxy_pass http://app; } }`;
  return { ...modelOf(text), shutdownTimeoutMs: { value: shutdownMs, spot: null } };
}

describe('requests that ask for a late answer', () => {
  test.each([
    { what: 'a second late, by default', model: nginx('60s', 0), slow: { perSecond: 6, delayMs: 1_000 } },
    {
      what: 'later where NGINX soon cuts off what its old workers have',
      model: nginx('60s', 1 * SECONDS),
      slow: { perSecond: 3, delayMs: 2_000 },
    },
    {
      what: 'not later where it does so too late for any of them',
      model: nginx('60s', 30 * SECONDS),
      slow: { perSecond: 6, delayMs: 1_000 },
    },
    {
      what: 'within the read time-out, so that they are late and not lost',
      model: nginx('1s', 0),
      slow: { perSecond: 6, delayMs: 400 },
    },
  ])('$what', ({ model, slow }) => {
    expect(slowPartOf(model)).toEqual(slow);
  });

  test.each([
    { what: 'late, and not lost, under a fault that makes answers late itself', timeout: '1s', by: 800, delayMs: 100 },
    { what: 'as late as ever where there is time for both', timeout: '5s', by: 2_400, delayMs: 1_000 },
    { what: 'hardly late where the fault takes all the time', timeout: '400ms', by: 800, delayMs: 20 },
  ])('$what', ({ timeout, by, delayMs }) => {
    expect(slowPartOf(nginx(timeout, 0), by).delayMs).toBe(delayMs);
  });

  test('have come back by the time that a baseline takes at the least', () => {
    // One in each stretch of a sixth of a second, wherever in it, and a second late.
    expect(slowSeenMs({ perSecond: 6, delayMs: 1_000 })).toBeCloseTo(1_333, 0);
  });
});
