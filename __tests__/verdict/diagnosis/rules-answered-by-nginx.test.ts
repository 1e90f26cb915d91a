import { describe, expect, test } from '@jest/globals';
import { buildTree } from '../../../src/cluster/nginx/dump';
import { understandConfig } from '../../../src/cluster/nginx/model';
import { configOf, diagnosed, edits, lineOf } from '../../support/diagnosed';
import {
  attempt,
  calmCrash,
  CONFIG_PATH,
  CRASH,
  crashEvidence,
  REPLICAS,
  rotationEvidence,
  sample,
  unanswered,
} from '../../support/evidence';

const redirected = rotationEvidence(
  Array.from({ length: 100 }, (_, index) =>
    sample({ at: index * 10, attempts: [], outcome: { kind: 'answered', status: 301 } }),
  ),
);
const SHOP = 'upstream shop { server app1:5000; server app2:5000; server app3:5000; }\n';

describe('a server that takes TLS alone is the one that asks the replicas', () => {
  const behind = (port: number): string =>
    `${SHOP}server {\n    listen ${port};\n    return 301 https://$host$request_uri;\n}\n` +
    'server {\n    listen 443 ssl;\n    location / {\n        proxy_pass http://shop;\n    }\n}\n';

  test.each([
    { port: 80, line: 'listen 8080;' },
    { port: 8080, line: 'listen 8000;' },
  ])('it is to listen without, on a port that is free: $line', ({ port, line }) => {
    const text = behind(port);
    const [diagnosis, ...others] = diagnosed(text, [redirected]);
    expect(others).toEqual([]);
    expect(diagnosis).toMatchObject({
      ...{ id: 'no-replica-answered', file: 'nginx/default.conf', line: lineOf(text, 'listen 443 ssl;') },
      fix: expect.stringContaining(`without TLS as well, where it is asked then (\`${line}\`)`) as unknown,
    });
    expect(diagnosis === undefined ? [] : edits(diagnosis)).toEqual([`+ ${line}`]);
  });
});

test('an `if` on TLS is nothing that an input could answer', () => {
  const text = configOf({
    server: '    if ($scheme != "https") {\n        return 301 https://$host$request_uri;\n    }\n',
  });
  expect(diagnosed(text, [redirected])).toMatchObject([
    { id: 'no-replica-answered', fix: expect.stringContaining('`$http_x_forwarded_proto`') as unknown },
  ]);
});

test('what answers stands in a file of the image', () => {
  const other = '/etc/nginx/sites/welcome.conf';
  const main = `http {\n    include conf.d/*.conf;\n    ${SHOP}}\n`;
  const tree = buildTree({
    main: CONFIG_PATH,
    files: new Map([
      [CONFIG_PATH, main.replace('conf.d/*.conf', other)],
      [other, 'server {\n    location / {\n        root /usr/share/nginx/html;\n    }\n}\n'],
    ]),
  });
  const nginx = understandConfig(tree, {
    ...{ probePath: '/', appPort: 5000 },
    replicas: REPLICAS.map(({ hostname }) => ({ hostname, address: hostname })),
  });
  const found = diagnosed(main, [redirected], { nginx }).find(({ id }) => id === 'no-replica-answered');
  expect(found?.fix).toMatch(/^What answers stands in \/etc\/nginx\/sites\/welcome\.conf of the image: give the file/);
});

test('a file of the image is found before the replicas are asked', () => {
  const served = rotationEvidence(Array.from({ length: 100 }, (_, index) => sample({ at: index * 10, attempts: [] })));
  const text = `${SHOP}server {\n    location / {\n        try_files $uri $uri/ @shop;\n    }\n    location @shop {\n        proxy_pass http://shop;\n    }\n}\n`;
  expect(diagnosed(text, [served])).toMatchObject([
    {
      ...{ id: 'no-replica-answered', line: lineOf(text, 'try_files') },
      cause: expect.stringMatching(/as `try_files \$uri \$uri\/ @shop` at nginx\/default\.conf:4 says/) as unknown,
      fix: expect.stringContaining('ask for a path that is no file (input probe-path)') as unknown,
    },
  ]);
});

test.each([
  { bypass: 'proxy_cache_bypass $http_upgrade $cookie_id;', fix: /request-headers\)\.$/ },
  { bypass: 'proxy_cache_bypass $arg_fresh;', fix: /one that is not cached\.$/ },
])('an answer from a cache, which $bypass', ({ bypass, fix }) => {
  const served = rotationEvidence(Array.from({ length: 100 }, (_, index) => sample({ at: index * 10, attempts: [] })));
  const text = configOf({ location: `        proxy_cache small;\n        ${bypass}\n` });
  expect(diagnosed(text, [served])).toMatchObject([{ id: 'proxy-cache', fix: expect.stringMatching(fix) as unknown }]);
});

test.each([
  { header: 'Upgrade $http_upgrade', told: true },
  { header: 'Upgrade ""', told: false },
])('a time-out of a day where WebSockets may be meant: $header', ({ header, told }) => {
  const stuck = sample({
    at: CRASH.effective + 9,
    waited: 60_000,
    attempts: [unanswered('app2', 59_990), attempt('app3')],
  });
  const text = configOf({
    location: `        proxy_set_header ${header};\n        proxy_connect_timeout 1s;\n        proxy_read_timeout 1d;\n`,
  });
  const [diagnosis] = diagnosed(text, [crashEvidence([...calmCrash(), stuck])]);
  expect(diagnosis?.id).toBe('read-timeout');
  expect(diagnosis?.fix.includes('WebSockets')).toBe(told);
});
