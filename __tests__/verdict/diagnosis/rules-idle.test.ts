import { describe, expect, test } from '@jest/globals';
import { IDLE_PROBE, LENGTH_PROBE, type Probe } from '../../../src/checks/evidence';
import { keptIdleMs } from '../../../src/cluster/nginx/model';
import { configOf, diagnosed, edits, explained, judged, lineOf } from '../../support/diagnosed';
import { attempt, modelOf, rotationEvidence, sample } from '../../support/evidence';

const served = Array.from({ length: 300 }, (_, index) =>
  sample({ at: index * 10, attempts: [attempt(`app${(index % 3) + 1}`)] }),
);
const closed = (afterMs: number, holds = false): Probe => ({
  ...{ id: IDLE_PROBE, subject: 'app1', claim: 'an idle connection stays open for as long as NGINX keeps it' },
  ...{ holds, afterMs, seen: `closed after ${afterMs} ms, and NGINX keeps it for 60 s` },
});
const after = (...probes: readonly Probe[]) => [rotationEvidence(served, { probes })];
const KEPT = '        proxy_http_version 1.1;\n        proxy_set_header Connection "";\n';
const keeping = (upstream: string): string => configOf({ upstream, location: KEPT });

describe('an app that closes idle connections before NGINX does', () => {
  test.each([
    { upstream: '    keepalive 16;\n', edit: ['+ keepalive_timeout 1s;'], line: 'keepalive 16' },
    {
      upstream: '    keepalive 16;\n    keepalive_timeout 30s;\n',
      edit: ['- keepalive_timeout 30s;', '+ keepalive_timeout 1s;'],
      line: 'keepalive_timeout',
    },
  ])('is warned of, with the time that NGINX may keep them for: $line', ({ upstream, edit, line }) => {
    const text = keeping(upstream);
    expect(judged(text, after(closed(2_010))).verdict).toBe('pass');
    const diagnoses = diagnosed(text, after(closed(2_010)));
    expect(explained(diagnoses)).toEqual(['keepalive-race: rotation.closed']);
    expect(diagnoses.flatMap(edits)).toEqual(edit);
    expect(diagnoses[0]).toMatchObject({ line: lineOf(text, line) });
  });

  test('is told a time below a second where the app has no more', () => {
    expect(diagnosed(keeping('    keepalive 16;\n'), after(closed(400))).flatMap(edits)).toEqual([
      '+ keepalive_timeout 300ms;',
    ]);
  });

  test('is nothing to tell of where it keeps them, or was not asked', () => {
    expect(diagnosed(keeping('    keepalive 16;\n'), after(closed(4_000, true)))).toEqual([]);
    expect(diagnosed(keeping('    keepalive 16;\n'), after())).toEqual([]);
  });
});

describe('for how long NGINX keeps an idle connection', () => {
  test.each([
    { what: 'a minute', upstream: 'keepalive 8;', location: KEPT, version: '1.26.3', ms: 60_000 },
    {
      what: 'as it is told',
      upstream: 'keepalive 8; keepalive_timeout 4s;',
      location: KEPT,
      version: '1.26.3',
      ms: 4_000,
    },
    { what: 'by default, since 1.29.7', upstream: '', location: '', version: '1.30.0', ms: 60_000 },
    { what: 'not before that', upstream: '', location: KEPT, version: '1.29.6', ms: null },
    { what: 'not where it says that it closes', upstream: 'keepalive 8;', location: '', version: '1.26.3', ms: null },
    {
      what: 'not where a variable says so',
      ...{
        upstream: 'keepalive 8;',
        location: 'proxy_set_header Connection $http_connection;',
        version: '1.30.0',
        ms: null,
      },
    },
    { what: 'not with HTTP/1.0', upstream: '', location: 'proxy_http_version 1.0;', version: '1.30.0', ms: null },
    { what: 'not where it is told so', upstream: 'keepalive 0;', location: '', version: '1.30.0', ms: null },
  ])('$what', ({ upstream, location, version, ms }) => {
    expect(keptIdleMs(modelOf(configOf({ upstream, location }), version))).toBe(ms);
  });
});

describe('an app whose answers are longer than they say', () => {
  const long = (holds: boolean): Probe => ({
    ...{ id: LENGTH_PROBE, subject: 'app1', claim: 'its answer ends where it says that it does', holds },
    seen: '12 bytes, and Content-Length says 5',
  });

  test('is warned of', () => {
    expect(judged(configOf(), after(long(false))).verdict).toBe('pass');
    const diagnoses = diagnosed(configOf(), after(long(false)));
    expect(explained(diagnoses)).toEqual(['content-length-short: rotation.cut']);
    expect(diagnoses[0]?.evidence).toBe('app1, asked directly: 12 bytes, and Content-Length says 5.');
  });

  test('is not where they end there', () => {
    expect(diagnosed(configOf(), after(long(true)))).toEqual([]);
  });
});
