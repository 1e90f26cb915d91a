import { describe, expect, test } from '@jest/globals';
import { parseSettings } from '../../src/settings/parse';
import { secretValues, withoutSecrets } from '../../src/settings/secrets';

function secretsOf(raw: Readonly<Record<string, string>>): readonly string[] {
  const outcome = parseSettings(raw);
  if (!outcome.ok) throw new Error(outcome.problems.map(({ message }) => message).join('\n'));
  return secretValues(outcome.settings);
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
    { what: 'a build argument without a value', raw: { 'build-args': 'NPM_TOKEN' }, secrets: [] },
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
