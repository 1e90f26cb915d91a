import { describe, expect, test } from '@jest/globals';
import type { Sample } from '../../../src/traffic/sample';
import { configOf, diagnosed, edits, explained } from '../../support/diagnosed';
import {
  attempt,
  calmCrash,
  crashEvidence,
  rotationEvidence,
  sample,
  steady,
  unanswered,
} from '../../support/evidence';

const at = (line: string): string =>
  configOf({
    location: `        proxy_connect_timeout 1s;\n        proxy_read_timeout 5s;\n        ${line}\n`,
  });

describe('answers that pass slowly', () => {
  /** The replica has answered whole after `responseMs`, and the client has all of it after 20 s. */
  const trickled = (responseMs: number): Sample =>
    sample({ at: 100, waited: 20_000, attempts: [attempt('app1', { headerMs: 5, responseMs })] });
  const lost = sample({ at: 300, waited: 20_000, outcome: { kind: 'timeout' }, attempts: [attempt('app2')] });
  const crash = (...slow: readonly Sample[]): Parameters<typeof diagnosed>[1] => [
    crashEvidence([...calmCrash(), ...slow]),
  ];

  test('are put down to the limit, and mended without it', () => {
    const diagnoses = diagnosed(at('limit_rate 10;'), [rotationEvidence([...steady(0, 300), trickled(6), lost])]);
    expect(explained(diagnoses)).toEqual(['limit-rate: baseline.errors']);
    expect(diagnoses[0]?.evidence).toMatch(/^With nothing broken 2 answers began in time/);
    expect(diagnoses.flatMap(edits)).toEqual(['- limit_rate 10;', '+ limit_rate 10k;']);
  });

  test('where NGINX reads no faster from replicas, too', () => {
    const text = at('proxy_limit_rate 10;');
    const diagnoses = diagnosed(text, [rotationEvidence([...steady(0, 300), trickled(19_000), lost])]);
    expect(explained(diagnoses)).toEqual(['limit-rate: baseline.errors']);
  });

  test.each([
    ['limit_rate 10m;', 'the replica itself took the time', [trickled(19_500)]],
    ['limit_rate 0;', 'it is no limit', [trickled(6), lost]],
    ['limit_rate 10;', 'nothing was slow before the fault', []],
  ])('nothing is put down to `%s` where %s', (line, _why, slow) => {
    const ids = diagnosed(at(line), crash(...slow, sample({ at: 3_000, waited: 9_000, attempts: [attempt('app1')] })));
    expect(ids.map(({ id }) => id)).not.toContain('limit-rate');
  });
});

describe('bodies that are not passed on', () => {
  const hung = (method: 'GET' | 'POST'): Sample =>
    sample({ at: 100, method, waited: 5_000, attempts: [unanswered('app1', 5_000)] });
  const off = at('proxy_pass_request_body off;');

  test('are the cause where POSTs fail, and mended by passing them on', () => {
    const diagnoses = diagnosed(off, [rotationEvidence([...steady(0, 300), hung('POST')])]);
    expect(explained(diagnoses)).toEqual(['body-not-passed: baseline.errors']);
    expect(diagnoses.flatMap(edits)).toEqual(['- proxy_pass_request_body off;', '+ proxy_pass_request_body on;']);
  });

  test.each([
    ['GETs alone fail', off, hung('GET')],
    ['they are passed on', at('proxy_pass_request_body on;'), hung('POST')],
  ])('and not where %s', (_what, text, one) => {
    const diagnoses = diagnosed(text, [rotationEvidence([...steady(0, 300), one])]);
    expect(diagnoses.map(({ id }) => id)).not.toContain('body-not-passed');
  });
});
