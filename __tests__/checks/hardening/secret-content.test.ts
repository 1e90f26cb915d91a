import { describe, expect, test } from '@jest/globals';
import { mayHoldSecret, secretIn } from '../../../src/checks/hardening/secret-content';

/** No key: what it is called, in base64. */
const BODY = Buffer.from('this is not a key, it only looks like one to who does not look at it closely').toString(
  'base64',
);
const pem = (kind: string, body = BODY): string =>
  `-----BEGIN ${kind}PRIVATE KEY-----\n${body}\n-----END ${kind}PRIVATE KEY-----\n`;
const openSsh = (cipher: string): string => {
  const name = Buffer.concat([Buffer.from([0, 0, 0, cipher.length]), Buffer.from(cipher)]);
  return pem(
    'OPENSSH ',
    Buffer.concat([Buffer.from('openssh-key-v1\0'), name, Buffer.alloc(64, 7)]).toString('base64'),
  );
};
const account = (key: string): string =>
  JSON.stringify({ type: 'service_account', project_id: 'shop', private_key: key });

/** What is told of a file that an image has; null: nothing. */
function told(path: string, text: string): string | null {
  return mayHoldSecret(path, text.length) ? secretIn(path, text) : null;
}

describe('a file that holds a secret', () => {
  test.each([
    ['/app/.env', 'DEBUG=0\nDB_PASSWORD=hunter2\n', 'DB_PASSWORD'],
    [
      '/app/.env',
      '# of the shop\nexport API_TOKEN="hunter 2" # ours\r\nJWT_SECRET = \'x1y2\'\n',
      'API_TOKEN and JWT_SECRET',
    ],
    ['/app/.env', 'A_TOKEN=a1\nB_TOKEN=b1\nC_TOKEN=c1\nD_TOKEN=d1\nE_TOKEN=e1', 'A_TOKEN, B_TOKEN, C_TOKEN and 2 more'],
    ['/app/.env.production', 'DATABASE_URL=postgres://shop:hunter2@db/shop', 'DATABASE_URL'],
    ['/app/config/prod.env', 'S3=AKIAIOSFODNN7ABCDEFG', 'S3'],
    ['/app/.envrc', 'export SECRET_KEY=k3y', 'SECRET_KEY'],
    ['/root/.ssh/id_rsa', pem('RSA '), 'a private key'],
    ['/app/id_ed25519', openSsh('none'), 'a private key'],
    ['/app/certs/server.key', pem(''), 'a private key'],
    [
      '/app/server.pem',
      `-----BEGIN CERTIFICATE-----\n${BODY}\n-----END CERTIFICATE-----\n${pem('EC ')}`,
      'a private key',
    ],
    ['/app/shop.ppk', 'PuTTY-User-Key-File-3: ssh-ed25519\r\nEncryption: none\r\n', 'a private key'],
    [
      '/app/.git/config',
      '[remote "origin"]\n\turl = https://me:hunter2@git.shop.example/shop.git',
      'a password or token in a URL',
    ],
    [
      '/app/.git/config',
      `[remote "origin"]\n\turl = https://ghp_${'a1'.repeat(18)}@github.com/shop/shop`,
      'a password or token in a URL',
    ],
    ['/root/.git-credentials', 'https://me:hunter2@git.shop.example\n', 'a password or token in a URL'],
    [
      '/root/.config/pip/pip.conf',
      '[global]\nindex-url = https://me:hunter2@pypi.shop.example/simple',
      'a password or token in a URL',
    ],
    ['/app/.npmrc', '//npm.example.com/:_authToken=npm_Zk3vQ9sd8fJw2LxYb7\n', 'a token'],
    ['/app/.npmrc', 'registry=https://npm.shop.example\n_auth = "bWU6aHVudGVyMg=="', 'a token'],
    ['/app/.yarnrc.yml', 'npmAuthToken: "hunter2"\n', 'a token'],
    ['/root/.netrc', 'machine git.shop.example login me password hunter2', 'a password'],
    ['/root/.pypirc', '[pypi]\nusername = __token__\npassword = pypi-AgEIcHlwaS5vcmc', 'a password or token'],
    [
      '/root/.aws/credentials',
      '[default]\naws_access_key_id = A\naws_secret_access_key = wJalrXUtnFEMI',
      'a secret access key',
    ],
    ['/root/.docker/config.json', '{"auths":{"r.example":{"auth":"bWU6aHVudGVyMg=="}}}', 'a login of a registry'],
    ['/app/config/master.key', '0123456789abcdef0123456789abcdef\n', 'the key of the app’s credentials'],
    ['/root/.kube/config', 'users:\n- name: me\n  user:\n    token: hunter2', 'the access to a cluster'],
    ['/app/shop-1a2b.json', account(pem('')), 'the private key of a service account'],
  ])('%s', (path, text, what) => {
    expect(told(path, text)).toBe(what);
  });
});

describe('a file that holds none', () => {
  test.each([
    ['a sample', '/app/.env.example', 'DB_PASSWORD=hunter2'],
    ['a sample of another name', '/app/sample.env', 'DB_PASSWORD=hunter2'],
    ['for tests', '/app/.env.test', 'DB_PASSWORD=hunter2'],
    ['for one’s own machine', '/app/.env.development', 'DB_PASSWORD=hunter2'],
    ['a key of a module of Go', '/go/pkg/mod/example.com/tls@v1.0.0/server.key', pem('')],
    ['encrypted', '/app/.env.vault', 'DOTENV_SECRET="hunter2"'],
    [
      'settings alone',
      '/app/.env',
      'DEBUG=1\nPORT=5000\nTOKEN_TTL=5m\nPASSWORD_HASHER=argon2id\nSECRET_FILE=/run/secrets/s\n',
    ],
    ['empty', '/app/.env', 'DB_PASSWORD=\nAPI_TOKEN=""\nSECRET_KEY= # to be given'],
    ['commented out', '/app/.env', '# DB_PASSWORD=hunter2'],
    [
      'filled in later',
      '/app/.env',
      'DB_PASSWORD=${DB_PASSWORD}\nAPI_TOKEN=$TOKEN\nSECRET_KEY={{ secret }}\nA_SECRET=<secret>',
    ],
    [
      'to be replaced',
      '/app/.env',
      'DB_PASSWORD=changeme\nSECRET_KEY=change-me-in-production\nAPI_TOKEN=your-token-here\nAPI_KEY=xxxxxxxx',
    ],
    [
      'known to everybody',
      '/app/.env',
      'POSTGRES_PASSWORD=postgres\nDB_PASSWORD=password123\nDATABASE_URL=postgres://postgres:postgres@db/app',
    ],
    ['a reference', '/app/.env', 'DB_PASSWORD=op://shop/db/password\nAPI_KEY=encrypted:BE9Y7LKANx77X1pv'],
    ['meant for browsers', '/app/.env.production', 'NEXT_PUBLIC_API_KEY=a1b2c3\nVITE_MAPS_TOKEN=a1b2c3'],
    ['a certificate', '/app/server.pem', `-----BEGIN CERTIFICATE-----\n${BODY}\n-----END CERTIFICATE-----\n`],
    ['a public key', '/app/jwt.key', `-----BEGIN PUBLIC KEY-----\n${BODY}\n-----END PUBLIC KEY-----\n`],
    ['a presentation', '/app/talk.key', 'PK\u0003\u0004 -----BEGIN PRIVATE KEY-----'],
    ['no more than the frame of a key', '/app/a.pem', pem('', '...')],
    ['a key behind a passphrase', '/app/server.key', pem('ENCRYPTED ')],
    ['a key behind a passphrase, in the old form', '/app/server.key', pem('RSA ', `Proc-Type: 4,ENCRYPTED\n\n${BODY}`)],
    ['a key behind a passphrase, of OpenSSH', '/app/id_rsa', openSsh('aes256-ctr')],
    ['a key of a library’s own tests', '/usr/local/lib/python3.13/site-packages/tornado/server.key', pem('')],
    ['a key of a module', '/app/node_modules/https-proxy/server.pem', pem('')],
    ['a key for tests', '/app/tests/tls/server.key', pem('')],
    ['a key for one’s own machine', '/app/localhost-key.pem', pem('')],
    ['a key that a distribution makes', '/etc/ssl/private/ssl-cert-snakeoil.key', pem('')],
    [
      'what ends with the job',
      '/app/.git/config',
      '[http "https://github.com/"]\n\textraheader = AUTHORIZATION: basic eDpnaHNfYTFi\n',
    ],
    [
      'what ends with the job, in a URL',
      '/app/.git/config',
      'url = https://x-access-token:ghs_a1b2@github.com/shop/shop\nurl = https://gitlab-ci-token:a1b2@gitlab.com/s',
    ],
    ['an address', '/app/.git/config', 'url = git@github.com:shop/shop.git\nurl = https://me@git.shop.example/shop'],
    ['a variable', '/app/.npmrc', '//npm.example.com/:_authToken=${NPM_TOKEN}\nsave-exact=true'],
    ['a helper', '/root/.docker/config.json', '{"auths":{"r.example":{}},"credsStore":"pass"}'],
    ['no JSON', '/root/.docker/config.json', '{"auths":'],
    ['an account without its key', '/app/account.json', account('…')],
    ['another JSON', '/app/package.json', '{"name":"service_account"}'],
    ['source', '/app/app.py', 'PASSWORD = "hunter2"'],
    ['huge', '/app/.env', `DB_PASSWORD=hunter2\n${'#'.repeat(70_000)}`],
  ])('%s: %s', (_what, path, text) => {
    expect(told(path, text)).toBeNull();
  });
});

/** Of which a text is gone through again and again by an expression that tries everything. */
const WORDS = [
  '\n',
  ' ',
  '<',
  '{{',
  'url=',
  '//:',
  'a=<',
  '-----BEGIN PRIVATE KEY-----',
  'PuTTY-User-Key-File-3:\n',
  '"',
];

test.each(WORDS)('a file full of %j is read to its end', (word) => {
  const text = word.repeat(Math.floor(65_000 / word.length));
  const names = [
    '.env',
    'a.pem',
    '.git/config',
    '.npmrc',
    '.netrc',
    '.pypirc',
    'pip.conf',
    '.aws/credentials',
    'a.json',
  ];
  expect(names.filter((name) => secretIn(`/app/${name}`, text) !== null)).toEqual([]);
});
