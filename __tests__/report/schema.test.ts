import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020';
import { LATE_ANSWERS } from '../../src/report/late-answer';
import { scenarioDetails } from '../../src/report/scenario-details';
import type { Report } from '../../src/report/schema';
import { reportSchema } from '../../src/report/schema';
import { attempt, calmCrash, CRASH, crashEvidence, sample, unanswered, unconnected } from '../support/evidence';
import { erroneous, failing, inconclusive, passing, reportOf } from './reports';

const schema = JSON.parse(readFileSync('docs/report.schema.json', 'utf8')) as object;
const validate = new Ajv2020({ strict: true, allowUnionTypes: true }).compile(schema);

describe.each([
  ['a pass', passing()],
  ['a failure', failing()],
  ['an inconclusive run', inconclusive()],
  ['an error', erroneous('no engine', ['line'])],
])('the report of %s', (_, report: Report) => {
  const written = JSON.parse(JSON.stringify(report)) as unknown;

  test('is what its type promises, also when read back', () => {
    expect(reportSchema.parse(written)).toEqual(report);
  });

  test('keeps the JSON Schema in docs/', () => {
    validate(written);
    expect(validate.errors).toBeNull();
  });
});

test('the JSON Schema refuses what is no report', () => {
  expect(validate({ ...passing(), verdict: 'maybe' })).toBe(false);
  expect(validate({ ...passing(), extra: 1 })).toBe(false);
});

describe('a report made from evidence', () => {
  const report = failing();
  const crash = report.scenarios.find((scenario) => scenario.name === 'failover.crash');

  test('counts both sides in every phase, and in all', () => {
    expect(crash?.counts).toMatchObject({ requests: 1_201, answered: 1_201, errors: 0, retries: 1 });
    expect(crash?.phases).toMatchObject([
      { name: 'baseline', from: 0, to: 2_000, requests: 200, errors: 0, retries: 0 },
      { name: 'fault', requests: 701, errors: 0, retries: 1 },
      { name: 'recovery', requests: 300, errors: 0, retries: 0 },
    ]);
  });

  test('counts an error as such, and hides none behind a retry', () => {
    const attempts = [unconnected('app2', 1), unconnected('app3', 1)];
    const failed = sample({ at: CRASH.effective + 10, outcome: { kind: 'answered', status: 502 }, attempts });
    const [scenario] = reportOf('good-server', [crashEvidence([...calmCrash(), failed])]).scenarios;
    expect(scenario?.counts).toMatchObject({ requests: 1_201, errors: 1, retries: 0 });
    expect(scenario?.timeline.filter((interval) => interval.errors > 0)).toMatchObject([
      { from: 2_000, errors: 1, retried: 0 },
    ]);
    expect(scenario?.notable).toMatchObject([{ outcome: '502' }]);
  });

  test('has every request in its timeline', () => {
    const due = crash?.timeline.reduce((sum, interval) => sum + interval.due, 0);
    expect(due).toBe(1_201);
  });

  test('lists the request that waited, with every attempt', () => {
    expect(crash?.notable).toMatchObject([
      {
        waited: 38_000,
        outcome: '200',
        attempts: [
          { replica: 'app2', status: 502, connect: null, response: 37_990 },
          { replica: 'app3', status: 200 },
        ],
      },
    ]);
  });

  test('says how late an answer a request asked for, since its wait leaves that out', () => {
    const attempts = [unanswered('app2', 340, 502), attempt('app3', { headerMs: 1_001, responseMs: 1_001 })];
    const slow = sample({ at: CRASH.effective + 10, waited: 1_343, delayMs: 1_000, attempts });
    const [scenario] = reportOf('good-server', [crashEvidence([...calmCrash(), slow])]).scenarios;
    expect(scenario?.notable).toMatchObject([{ asked: 1_000, waited: 343 }]);
    if (scenario === undefined) throw new Error('no scenario');
    const text = scenarioDetails(scenario, false);
    expect(text).toMatch(/\| GET, fresh connection, asks for 1\s+s \| 343\s+ms \|/);
    expect(text).toContain(LATE_ANSWERS);
    expect(scenarioDetails({ ...scenario, notable: [] }, false)).not.toContain(LATE_ANSWERS);
  });

  test('takes its distribution from the calm scenario', () => {
    expect(report.distribution).toEqual({ app1: 100, app2: 100, app3: 100 });
  });
});
