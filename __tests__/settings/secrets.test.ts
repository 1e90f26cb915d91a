import { describe, expect, test } from '@jest/globals';
import { reportSchema } from '../../src/report/schema';
import { parseSettings } from '../../src/settings/parse';
import { secretValues, withoutSecrets } from '../../src/settings/secrets';
import { failing, passing } from '../report/reports';

function secretsOf(raw: Readonly<Record<string, string>>): readonly string[] {
  const outcome = parseSettings(raw);
  if (!outcome.ok) throw new Error(outcome.problems.map(({ message }) => message).join('\n'));
  return secretValues(outcome.settings, { NPM_TOKEN: 'npm_from_outside' });
}

describe('what is a secret', () => {
  test.each([
    { what: 'the token', raw: { 'github-token': 'ghs_abcdef' }, secrets: ['ghs_abcdef'] },
    {
      what: 'a password of the app',
      raw: { 'app-env': 'DB_PASSWORD=hunter22\nMODE=production' },
      secrets: ['hunter22'],
    },
    {
      what: 'a header, with and without its scheme',
      raw: { 'request-headers': 'Authorization: Basic YTpiYzpk\nX-Api-Key: k-12345\nX-Forwarded-Proto: https' },
      secrets: ['Basic YTpiYzpk', 'YTpiYzpk', 'k-12345'],
    },
    { what: 'a build argument', raw: { 'build-args': 'NPM_TOKEN=abc=def\nVERSION=1.2.3' }, secrets: ['abc=def'] },
    {
      what: 'each line of one that has several',
      raw: { 'build-args': '"DEPLOY_TOKEN=first-line\nsecond-line-of-it"' },
      secrets: ['first-line\nsecond-line-of-it', 'second-line-of-it', 'first-line'],
    },
    { what: 'a build argument from outside', raw: { 'build-args': 'NPM_TOKEN' }, secrets: ['npm_from_outside'] },
    { what: 'one that is not there', raw: { 'build-args': 'GIT_TOKEN' }, secrets: [] },
    { what: 'one of the new version', raw: { 'rollout-build-args': 'NPM_TOKEN=abc=def' }, secrets: ['abc=def'] },
    {
      what: 'the password in a URL, and the URL',
      raw: { 'app-env': 'DATABASE_URL=postgres://shop:s3cr3t-word@db/shop' },
      secrets: ['postgres://shop:s3cr3t-word@db/shop', 's3cr3t-word'],
    },
    {
      what: 'the longer one first: the other is its beginning',
      raw: { 'app-env': 'DB_PASSWORD=hunter2\nADMIN_PASSWORD=hunter2hunter2-prod' },
      secrets: ['hunter2hunter2-prod', 'hunter2'],
    },
    {
      what: 'no switch, no number, and nothing that tells about a secret',
      raw: {
        'app-env':
          'AUTH_ENABLED=true\nAUTH_PORT=5000\nAUTH_LOG_LEVEL=error\nAUTHOR=proxy_pass\nTOKENS=50000\nPASSWORD_HASHER=argon2id',
      },
      secrets: [],
    },
    { what: 'a value that is too short to hide', raw: { 'app-env': 'API_KEY=no' }, secrets: [] },
    { what: 'nothing', raw: {}, secrets: [] },
  ])('$what', ({ raw, secrets }) => {
    expect(secretsOf(raw)).toEqual(secrets);
  });
});

test('no secret is left in any text, however deep', () => {
  const report = {
    message: 'cannot log in with hunter22',
    details: ['x', { line: 'hunter22hunter22' }],
    count: 2,
    none: null,
  };
  expect(withoutSecrets(report, ['hunter22'])).toEqual({
    message: 'cannot log in with ***',
    details: ['x', { line: '******' }],
    count: 2,
    none: null,
  });
});

test('words of the report’s own stay, whatever somebody’s password is', () => {
  const gate = { metric: 'failover.errors', outcome: 'fail', reason: 'a fail of fail' };
  const report = { verdict: 'fail', gates: [gate], config: { source: 'user', text: 'user fail;' }, message: 'fail' };
  expect(withoutSecrets(report, ['fail', 'user'])).toEqual({
    verdict: 'fail',
    gates: [{ ...gate, reason: 'a *** of ***' }],
    config: { source: 'user', text: '*** ***;' },
    message: '***',
  });
});

test('a report keeps its shape whatever is a secret', () => {
  const words = [
    'pass',
    'fail',
    'warn',
    'inconclusive',
    'count',
    'user',
    'kept',
    'fresh',
    'app1',
    'failover',
    'nginx',
    'crash',
  ];
  for (const report of [failing(), passing()]) {
    expect(reportSchema.safeParse(withoutSecrets(report, words)).success).toBe(true);
  }
});
