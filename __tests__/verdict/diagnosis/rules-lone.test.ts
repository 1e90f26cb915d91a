import { describe, expect, test } from '@jest/globals';
import type { Sample } from '../../../src/traffic/sample';
import { configOf, diagnosed, edits, explained, judged } from '../../support/diagnosed';
import { attempt, calmCrash, CRASH, crashEvidence, sample, unconnected } from '../../support/evidence';
import { calmRollout, ROLL, rolloutEvidence, step } from '../../support/rollout-evidence';

const LATE = CRASH.effective + 900;
const POST_TO_APP2 = configOf({
  location: '        if ($request_method = POST) { proxy_pass http://app2:5000; }\n        proxy_connect_timeout 1s;\n',
});
/** The crash's victim is app2. */
const lost = (at: number): Sample => sample({ at, method: 'POST', attempts: [unconnected('app2', 1)] });
const retried = sample({ at: LATE, attempts: [unconnected('app2', 1), attempt('app1')] });

describe('requests that are meant for one replica alone', () => {
  test('named where POSTs are handled: they go to the group instead', () => {
    const diagnoses = diagnosed(POST_TO_APP2, [crashEvidence([...calmCrash(), retried, lost(LATE + 10)])]);
    expect(explained(diagnoses)).toEqual(['single-upstream: failover.unsafe-errors failover.alone']);
    expect(diagnoses.flatMap(edits)).toEqual([
      '- if ($request_method = POST) { proxy_pass http://app2:5000; }',
      '+ if ($request_method = POST) { proxy_pass http://shop; }',
    ]);
    expect(diagnoses[0]?.cause).toContain('names app2 itself');
  });

  test('drawn by a variable: all of them make a group', () => {
    const text =
      'split_clients $request_id $one { 50% app1; * app2; }\nserver {\n    listen 80;\n    location / {\n        proxy_pass http://$one:5000;\n    }\n}\n';
    const samples = [...calmCrash(), sample({ at: LATE, attempts: [unconnected('app2', 1)] })];
    const [one] = diagnosed(text, [crashEvidence(samples)]);
    expect(one).toMatchObject({ id: 'single-upstream', line: 5, diff: null });
    expect(one?.cause).toContain('takes one replica from a variable for each request, app2 among them');
    expect(one?.fix).toMatch(/^List all replicas in an upstream block/);
  });

  test('that one replica is named somewhere explains nothing where no request was tried again elsewhere', () => {
    const diagnoses = diagnosed(POST_TO_APP2, [crashEvidence([...calmCrash(), lost(LATE + 10)])]);
    expect(explained(diagnoses)).not.toContain('single-upstream: failover.unsafe-errors');
  });

  test('nor where another replica is the lost one', () => {
    const text = POST_TO_APP2.replace('app2:5000; }', 'app3:5000; }');
    const diagnoses = diagnosed(text, [crashEvidence([...calmCrash(), retried, lost(LATE + 10)])]);
    expect(explained(diagnoses)).toEqual(['single-upstream: failover.alone', 'unexplained: failover.unsafe-errors']);
  });

  /** In the middle of app2's turn. */
  const replaced = rolloutEvidence([...calmRollout(), lost(ROLL.begun + 2_000 + 1_000)]);

  test('while that one is replaced', () => {
    const diagnoses = diagnosed(POST_TO_APP2, [replaced]);
    expect(explained(diagnoses)).toEqual(['single-upstream: rollout.unsafe-errors']);
  });

  test.each([
    { what: 'it was not that replica’s turn', evidence: rolloutEvidence([...calmRollout(), lost(ROLL.begun + 1_000)]) },
    {
      what: 'NGINX was not told to spare it',
      evidence: rolloutEvidence(replaced.samples, { steps: [step(1), step(2, { undrained: 'no line' }), step(3)] }),
    },
  ])('but not where $what', ({ evidence }) => {
    expect(diagnosed(POST_TO_APP2, [evidence]).map(({ id }) => id)).not.toContain('single-upstream');
  });
});

describe('whether requests may pass is asked of one replica alone', () => {
  const refused = sample({ at: LATE, attempts: [], outcome: { kind: 'answered', status: 500 } });
  const asking = (url: string, http = ''): string =>
    configOf({
      http,
      server: `    location = /auth {\n        proxy_pass ${url};\n    }\n    auth_request /auth;\n`,
    });

  test('and it is asked of the group instead, which leaves nobody alone', () => {
    const diagnoses = diagnosed(asking('http://app2:5000/allowed'), [crashEvidence([...calmCrash(), refused])]);
    expect(explained(diagnoses)).toEqual(['auth-request: failover.errors failover.alone']);
    expect(diagnoses.flatMap(edits)).toEqual([
      '- proxy_pass http://app2:5000/allowed;',
      '+ proxy_pass http://shop/allowed;',
    ]);
    expect(diagnoses[0]?.cause).toMatch(/^`auth_request \/auth` at .* names app2 itself: without an answer of app2/);
  });

  test('that is the only server of a group', () => {
    const text = asking('http://guard/allowed', 'upstream guard {\n    server app2:5000;\n}\n');
    const diagnoses = diagnosed(text, [crashEvidence([...calmCrash(), refused])]);
    expect(explained(diagnoses)).toEqual(['auth-request: failover.errors failover.alone']);
    expect(diagnoses[0]).toMatchObject({ diff: null, fix: expect.stringContaining('at least two servers') as unknown });
  });

  test('but not where nobody was turned away for it', () => {
    const diagnoses = diagnosed(asking('http://app2:5000/allowed'), [crashEvidence([...calmCrash(), retried])]);
    expect(explained(diagnoses)).toEqual(['single-upstream: failover.alone']);
  });
});

describe('one replica alone on a route that the traffic does not take', () => {
  const REPORTS = configOf({
    server: '    location /reports/ { proxy_pass http://app2:5000; }\n',
  });
  const calm = [crashEvidence(calmCrash())];
  const warned = (text: string): readonly unknown[] =>
    judged(text, calm).gates.filter(({ metric, outcome }) => metric === 'failover.alone' && outcome === 'warn');

  test('is warned of, at its line, with the group to send its requests to', () => {
    expect(judged(REPORTS, calm).verdict).toBe('pass');
    expect(warned(REPORTS)).toMatchObject([{ observed: 1, reason: 'app2' }]);
    const diagnoses = diagnosed(REPORTS, calm);
    expect(explained(diagnoses)).toEqual(['single-upstream: failover.alone']);
    expect(diagnoses[0]?.evidence).toMatch(/^No request of this run went that way, so none failed/);
    const failing = [
      crashEvidence([...calmCrash(), sample({ at: LATE, attempts: [attempt('app1', { status: 500 })] })]),
    ];
    expect(diagnosed(REPORTS, failing).find(({ id }) => id === 'single-upstream')?.evidence).toBe(
      'Whatever is sent there has no second replica to try.',
    );
    expect(diagnoses.flatMap(edits)).toEqual([
      '- location /reports/ { proxy_pass http://app2:5000; }',
      '+ location /reports/ { proxy_pass http://shop; }',
    ]);
  });

  test('not where nothing stands alone', () => {
    expect(warned(configOf())).toEqual([]);
  });

  test('nor where each can be asked for by itself', () => {
    const each = ['app1', 'app2', 'app3'].map(
      (name) => `    location /${name}/ { proxy_pass http://${name}:5000/; }\n`,
    );
    expect(warned(configOf({ server: each.join('') }))).toEqual([]);
  });
});
