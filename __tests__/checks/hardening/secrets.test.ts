import { describe, expect, test } from '@jest/globals';
import { buildArgumentsIn, secretProbes, secretVariables } from '../../../src/checks/hardening/secrets';

function isSecret(name: string, value: string): boolean {
  return secretVariables({ [name]: value }).length === 1;
}

describe('variables that look like secrets', () => {
  test.each([
    ['PASSWORD', 'hunter2'],
    ['PGPASSWORD', 'hunter2'],
    ['db_passwd', 'hunter2'],
    ['DB_PASS', 'hunter2'],
    ['PASS', 'hunter2'],
    ['DB_PWD', 'hunter2'],
    ['KEY_PASSPHRASE', 'hunter two'],
    ['SECRET', 'x'],
    ['SECRET_KEY_BASE', 'x'],
    ['JWT_SECRET', 'x'],
    ['GITHUB_TOKEN', 'x'],
    ['API_KEY', 'x'],
    ['STRIPE_APIKEY', 'x'],
    ['AWS_SECRET_ACCESS_KEY', 'x'],
    ['PRIVATE_KEY', 'x'],
    ['APP_CREDENTIALS', 'x'],
    ['PASSWORD', '1234567'],
    ['SIGNING_KEY', '5e0c9d3a7b1f4826'],
    ['MYSQL_ROOT_PW', 'correct-horse'],
    ['SMTP_LOGIN', 'mailer:tr0ub4dor'],
    ['PASSWORD', 'off-limits'],
    // By their value alone:
    ['DATABASE_URL', 'postgres://shop:hunter2@db/shop'],
    ['CACHE', 'redis://:hunter2@cache:6379'],
    ['CERT', '-----BEGIN RSA PRIVATE KEY-----\nMII'],
    ['WHO', 'AKIAIOSFODNN7EXAMPLE'],
    ['GH', `ghp_${'a1'.repeat(18)}`],
    ['GH', `github_pat_${'a1'.repeat(20)}`],
    ['TOKEN_FILE', 'postgres://shop:hunter2@db/shop'],
  ])('%s=%s', (name, value) => {
    expect(isSecret(name, value)).toBe(true);
  });
});

describe('variables that do not', () => {
  test.each([
    ['PASSWORD', ''],
    ['PASSWORD_HASHER', 'argon2id'],
    ['ACCESS_TOKEN_LIFETIME', '15m'],
    ['CSRF_TOKEN_STRATEGY', 'double-submit'],
    ['SECRETS_BACKEND', 'vault'],
    ['SMTP_LOGIN', 'mailer'],
    ['PROXY_AUTH', 'proxy:8080'],
    ['PASSWORD_FILE', '/run/secrets/password'],
    ['PASSWORD', '/run/secrets/password'],
    ['PASSWORD', '$DB_PASSWORD'],
    ['PASSWORD', 'None'],
    ['ALLOW_EMPTY_PASSWORD', 'yes'],
    ['PASSWORD_LENGTH', 'twelve'],
    ['TOKEN_TTL', '5m'],
    ['TOKEN_URL', 'https://login.example/token'],
    ['SECRET_NAME', 'shop-prod'],
    ['MAX_TOKENS', '4096'],
    ['TOKENIZERS_PARALLELISM', 'auto'],
    ['SECRETARY', 'Ms Key'],
    ['COMPASS', 'north'],
    ['BYPASS_CACHE', 'maybe'],
    ['PWD', 'srv'],
    ['OLDPWD', 'srv'],
    // What official images carry:
    ['GPG_KEY', 'E3FF2839C048B25C084DEBE9B26995E310250568'],
    ['PATH', '/usr/local/bin:/usr/bin'],
    ['PYTHON_SHA256', 'a'.repeat(64)],
    // Addresses without a password:
    ['DATABASE_URL', 'postgres://shop@db/shop'],
    ['SITE', 'http://shop:8080/@me'],
    ['MAIL', 'mailto:me@shop.example'],
    ['DOC', 'see -----BEGIN PUBLIC KEY-----'],
    ['GH', 'ghp_short'],
  ])('%s=%s', (name, value) => {
    expect(isSecret(name, value)).toBe(false);
  });
});

describe('what is told', () => {
  test('the names, and never a value', () => {
    const probes = secretProbes({ TOKEN: 'hunter2', HOME: '/', DB_PASSWORD: 'hunter3' });
    expect(probes.map(({ subject, holds }) => [subject, holds])).toEqual([
      ['TOKEN', false],
      ['DB_PASSWORD', false],
    ]);
    expect(JSON.stringify(probes)).not.toMatch(/hunter/);
  });

  test('none, and how many were looked at', () => {
    expect(secretProbes({ HOME: '/', PATH: '/bin' })).toMatchObject([
      { holds: true, seen: '2 variables, none of them looks like one' },
    ]);
  });

  test('an image that is gone was not looked at', () => {
    expect(secretProbes(null)).toMatchObject([{ holds: null }]);
  });
});

describe('arguments of a build', () => {
  test.each([
    {
      builder: 'the classic one',
      steps: [
        '/bin/sh -c #(nop)  CMD ["python3"]',
        '|2 NPM_TOKEN=npm_x1 DEBUG= /bin/sh -c A=1 make',
        '/bin/sh -c #(nop)  ARG NPM_TOKEN',
        '/bin/sh -c #(nop)  ARG STAGE=test',
      ],
      told: [
        ['NPM_TOKEN', 'npm_x1'],
        ['DEBUG', ''],
        ['STAGE', 'test'],
      ],
    },
    {
      builder: 'BuildKit',
      steps: [
        'CMD ["python3"]',
        'RUN |1 NPM_TOKEN=npm_x1 /bin/sh -c TOKEN=2 make # buildkit',
        'ARG NPM_TOKEN=npm_x1',
        'ENV B=2',
      ],
      told: [
        ['NPM_TOKEN', 'npm_x1'],
        ['NPM_TOKEN', 'npm_x1'],
      ],
    },
  ])('are in the history that $builder writes', ({ steps, told }) => {
    expect(buildArgumentsIn(steps)).toEqual(told);
  });

  test('are a finding where they are secret, once, and without their value', () => {
    const steps = [
      'RUN |2 API_TOKEN=hunter2 VERSION=1 /bin/sh -c make',
      'ARG API_TOKEN=hunter2',
      'ARG DB_PASSWORD=hunter2',
    ];
    const probes = secretProbes({ PATH: '/bin', DB_PASSWORD: 'hunter2' }, steps);
    expect(probes.map(({ id, subject, holds }) => [id, subject, holds])).toEqual([
      ['no-secret-in-image', 'DB_PASSWORD', false],
      ['no-secret-in-history', 'API_TOKEN', false],
    ]);
    expect(JSON.stringify(probes)).not.toContain('hunter2');
  });

  test('without a secret are no finding', () => {
    expect(
      secretProbes({}, ['ARG VERSION=1', 'ARG TOKEN', 'RUN |1 TOKEN= /bin/sh -c make']).map(({ holds }) => holds),
    ).toEqual([true]);
  });
});
