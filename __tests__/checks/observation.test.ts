import { describe, expect, test } from '@jest/globals';
import { asideMs, failTimeoutMs, observationMs, recoveryMs, stallBoundMs } from '../../src/checks/observation';
import type { NginxModel } from '../../src/cluster/nginx/model';
import type { Gate } from '../../src/settings/gates';
import { parseGates } from '../../src/settings/gate-language';
import { modelOf } from '../support/evidence';

function nginx(...terms: readonly string[]): NginxModel {
  const servers = terms.map((one, index) => `server app${index + 1}:5000 ${one};`).join(' ');
  return modelOf(`upstream app { ${servers} } server { listen 80; location / { proxy_pass http://app; } }`);
}

function gates(text: string): readonly Gate[] {
  const reading = parseGates(text);
  if (!reading.ok) throw new Error(reading.complaints[0]?.text);
  return reading.value;
}

const VARIABLE =
  modelOf(`upstream one { server app1:5000 fail_timeout=2s; } upstream two { server app2:5000 fail_timeout=7s; }
server { listen 80; location / { proxy_pass http://$pool; } }`);
const TWO_LINES = modelOf(`upstream one { server app1:5000 fail_timeout=1s; server app1:5000 fail_timeout=5s; }
server { listen 80; location / { proxy_pass http://one; } }`);
const UNKNOWN = modelOf('server { listen 80; location / { return 200; } }');

describe('how long a fault is kept up', () => {
  test.each([
    { what: 'past the default of 10 s', model: nginx('', '', ''), failTimeout: 10_000, observed: 12_500 },
    {
      what: 'past that of the victim’s own line, however long others are left alone',
      model: nginx('fail_timeout=1s', 'fail_timeout=5m'),
      failTimeout: 1_000,
      observed: 3_500,
    },
    {
      what: 'past the longest of its own lines',
      model: TWO_LINES,
      failTimeout: 5_000,
      observed: 7_500,
    },
    {
      what: 'past the longest of all groups that a variable chooses from, for a victim that is in none',
      model: VARIABLE,
      victim: 'app3',
      failTimeout: 7_000,
      observed: 9_500,
    },
    { what: 'for up to a minute', model: nginx('fail_timeout=57s'), failTimeout: 57_000, observed: 59_500 },
    { what: 'briefly where that is longer', model: nginx('fail_timeout=1h'), failTimeout: 3_600_000, observed: 2_500 },
    { what: 'briefly, where there is none', model: UNKNOWN, failTimeout: 0, observed: 2_500 },
  ])('$what', ({ model, victim = 'app1', failTimeout, observed }) => {
    expect(failTimeoutMs(model, victim)).toBe(failTimeout);
    expect(observationMs(model, 'fail-timeout', victim)).toBe(observed);
  });

  test('a fault that leaves nothing broken is watched as long as one of which nothing is known', () => {
    expect(observationMs(nginx('fail_timeout=5s'), 'brief', 'app1')).toBe(
      observationMs(UNKNOWN, 'fail-timeout', 'app1'),
    );
  });

  test('a victim that is asked again each second is watched briefly: what hangs is waited for', () => {
    const model = modelOf(
      `upstream app { server app1:5000 fail_timeout=0; server app2:5000; } ` +
        `server { listen 80; proxy_read_timeout 9s; location / { proxy_pass http://app; } }`,
    );
    expect(observationMs(model, 'hang', 'app1')).toBe(2_500);
  });

  test.each(['max_fails=0', 'max_fails=1000'])(
    'a victim that hangs and is never set aside (%s) is watched past the first failures',
    (terms) => {
      const model = (read: string): NginxModel =>
        modelOf(
          `upstream app { server app1:5000 fail_timeout=3s ${terms}; server app2:5000; } ` +
            `server { listen 80; proxy_read_timeout ${read}; location / { proxy_pass http://app; } }`,
        );
      expect(observationMs(model('9s'), 'hang', 'app1')).toBe(11_500);
      expect(observationMs(model('2m'), 'hang', 'app1')).toBe(60_000);
    },
  );

  test.each([
    { what: 'shorter by the read time-out, which is waited for anyway', readTimeout: '5s', observed: 7_500 },
    { what: 'never shorter than briefly', readTimeout: '60s', observed: 2_500 },
    { what: 'hardly shorter where NGINX soon gives up', readTimeout: '1s', observed: 11_500 },
  ])('a victim that hangs is watched $what', ({ readTimeout, observed }) => {
    const model = modelOf(
      `upstream app { server app1:5000; server app2:5000; } server { listen 80; proxy_read_timeout ${readTimeout}; location / { proxy_pass http://app; } }`,
    );
    expect(observationMs(model, 'hang', 'app1')).toBe(observed);
  });
});

describe('the bound on the longest wait', () => {
  test.each([
    { what: 'none', text: '', ms: Infinity },
    { what: 'that of all faults', text: 'failover.stall < 6s', ms: 6_000 },
    { what: 'the tighter one', text: 'failover.stall < 6s\nfailover.freeze.stall <= 2s', ms: 2_000 },
    { what: 'not that of another fault', text: 'failover.crash.stall < 1s', ms: Infinity },
    { what: 'not one that only warns', text: 'failover.stall < 6s warn', ms: Infinity },
    { what: 'not one from below', text: 'failover.stall > 6s', ms: Infinity },
    { what: 'not that of the rolling update', text: 'rollout.stall < 1s', ms: Infinity },
  ])('$what', ({ text, ms }) => {
    expect(stallBoundMs(gates(text), 'freeze')).toBe(ms);
  });
});

describe('how long a recovery is waited for', () => {
  const SHORT = nginx('fail_timeout=3s');
  test.each([
    { what: 'without a gate', model: SHORT, text: '', ms: 17_500 },
    { what: 'past the gate, so that it can fail', model: SHORT, text: 'failover.recover < 40s', ms: 42_500 },
    { what: 'past the gate of one fault', model: SHORT, text: 'failover.crash.recover <= 20s', ms: 22_500 },
    { what: 'a tighter gate shortens nothing', model: SHORT, text: 'failover.recover < 2s', ms: 17_500 },
    { what: 'a gate from below is no bound', model: SHORT, text: 'failover.recover > 90s', ms: 17_500 },
    { what: 'another gate is none', model: SHORT, text: 'failover.stall < 90s', ms: 17_500 },
    { what: 'past fail_timeout', model: nginx('fail_timeout=30s'), text: '', ms: 32_500 },
    {
      what: 'no longer than a gate that fails',
      model: nginx('fail_timeout=30s'),
      text: 'failover.recover < 15s',
      ms: 17_500,
    },
    {
      what: 'but than one that warns',
      model: nginx('fail_timeout=30s'),
      text: 'failover.recover < 15s warn',
      ms: 32_500,
    },
    { what: 'but not for hours', model: nginx('fail_timeout=1h'), text: '', ms: 62_500 },
  ])('$what', ({ model, text, ms }) => {
    expect(recoveryMs(model, gates(text), 'app1')).toBe(ms);
  });
});

test('a victim that is set aside is watched no longer because another one never is', () => {
  const model = nginx('fail_timeout=3s', 'max_fails=0');
  expect(observationMs(model, 'hang', 'app1')).toBe(2_500);
  expect(observationMs(model, 'hang', 'app2')).toBe(60_000);
});

test.each([
  { what: 'a replica is asked again after its fail_timeout', model: nginx('fail_timeout=3s'), ms: 5_500 },
  { what: 'which is not waited for where it is unusual', model: nginx('fail_timeout=1h'), ms: 12_500 },
])('$what', ({ model, ms }) => {
  expect(asideMs(model)).toBe(ms);
});
