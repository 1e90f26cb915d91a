import { describe, expect, test } from '@jest/globals';
import { slowPartOf, slowSeenMs } from '../../src/checks/slow-part';
import type { NginxModel } from '../../src/cluster/nginx/model';
import { modelOf } from '../support/evidence';

const SECONDS = 1_000;
const AMPLE = { replicas: 3, ofEach: 8 };

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
    expect(slowPartOf(model, AMPLE)).toEqual(slow);
  });

  test('POSTs alone where NGINX repeats them, so that one is under way on whichever replica is lost', () => {
    const text = (route: string): string =>
      `upstream app { server app1:5000; server app2:5000; } server { listen 80; location / { ${route} proxy_pass http://app; } location @posts { proxy_next_upstream error non_idempotent; proxy_pass http://app; } }`;
    const posts = { perSecond: 6, delayMs: 1_000, method: 'POST' };
    expect(slowPartOf(modelOf(text('proxy_next_upstream error timeout non_idempotent;')), AMPLE)).toEqual(posts);
    const ofTheirOwn = 'error_page 418 = @posts; if ($request_method = POST) { return 418; }';
    expect(slowPartOf(modelOf(text(ofTheirOwn)), AMPLE)).toEqual(posts);
  });

  test.each([
    { what: 'late, and not lost, under a fault that makes answers late itself', timeout: '1s', by: 800, delayMs: 100 },
    { what: 'as late as ever where there is time for both', timeout: '5s', by: 2_400, delayMs: 1_000 },
    { what: 'hardly late where the fault takes all the time', timeout: '400ms', by: 800, delayMs: 20 },
  ])('$what', ({ timeout, by, delayMs }) => {
    expect(slowPartOf(nginx(timeout, 0), AMPLE, by).delayMs).toBe(delayMs);
  });

  test.each([
    { what: 'two workers each, of three replicas', replicas: 3, ofEach: 2, perSecond: 6, delayMs: 300 },
    { what: 'a single one', replicas: 3, ofEach: 1, perSecond: 1_000 / 300, delayMs: 300 },
    { what: 'two replicas, of which one is left', replicas: 2, ofEach: 2, perSecond: 1_000 / 300, delayMs: 300 },
    { what: 'two with room', replicas: 2, ofEach: 8, perSecond: 4, delayMs: 1_000 },
    { what: 'four workers each', replicas: 3, ofEach: 4, perSecond: 4, delayMs: 1_000 },
    { what: 'many', replicas: 16, ofEach: 1, perSecond: 6, delayMs: 300 },
  ])(
    'take no more than half of the room of the replicas that are left: $what',
    ({ replicas, ofEach, perSecond, delayMs }) => {
      expect(slowPartOf(nginx('60s', 0), { replicas, ofEach })).toEqual({ perSecond, delayMs });
    },
  );

  test('are fewer where one replica has all of a client', () => {
    const text =
      'upstream app { ip_hash; server app1:5000; server app2:5000; } server { listen 80; location / { proxy_pass http://app; } }';
    expect(slowPartOf(modelOf(text), { replicas: 3, ofEach: 8 }).perSecond).toBe(2);
    expect(slowPartOf(modelOf(text), { replicas: 3, ofEach: 1 }).perSecond).toBeCloseTo(0.5 / 0.3);
  });

  test('have come back by the time that a baseline takes at the least', () => {
    // One in each stretch of a sixth of a second, wherever in it, and a second late.
    expect(slowSeenMs({ perSecond: 6, delayMs: 1_000 })).toBeCloseTo(1_333, 0);
  });
});
