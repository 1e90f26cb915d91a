import { describe, expect, test } from '@jest/globals';
import { buildTree } from '../../../src/cluster/nginx/dump';
import { understandConfig } from '../../../src/cluster/nginx/model';
import { configOf, diagnosed, edits, lineOf } from '../../support/diagnosed';
import { CONFIG_PATH, REPLICAS, rotationEvidence, sample } from '../../support/evidence';

const BY_NGINX = rotationEvidence(Array.from({ length: 100 }, (_, index) => sample({ at: index * 10, attempts: [] })));
const SHOP = 'upstream shop { server app1:5000; server app2:5000; server app3:5000; }\n';
const WELCOME =
  'server {\n    listen 80;\n    server_name localhost;\n    location / {\n        root /var/www;\n    }\n}\n';
const behind = (lines: string): string =>
  `${SHOP}${WELCOME}server {\n${lines}    location / {\n        proxy_pass http://shop;\n    }\n}\n`;

describe('a server that stands before the one that asks the replicas', () => {
  test.each([
    { lines: '    listen 80;\n', edit: ['- listen 80;', '+ listen 80 default_server;'] },
    { lines: '    listen 80 reuseport;\n', edit: ['- listen 80 reuseport;', '+ listen 80 reuseport default_server;'] },
    { lines: '', edit: ['+ listen 80 default_server;'] },
    { lines: '    listen 80;\n    server_name _;\n', edit: ['- listen 80;', '+ listen 80 default_server;'] },
  ])('answers in its place: $edit', ({ lines, edit }) => {
    const text = behind(lines);
    const [diagnosis, ...others] = diagnosed(text, [BY_NGINX]);
    expect(others).toEqual([]);
    expect(diagnosis).toMatchObject({
      id: 'default-server',
      gates: expect.arrayContaining(['baseline.errors', 'rotation.coverage']),
      cause: expect.stringContaining('`location /`, which answers /, has no proxy_pass'),
    });
    expect(diagnosis === undefined ? [] : edits(diagnosis)).toEqual(edit);
  });

  test('and is read from another file: the include that reads it is told', () => {
    const other = '/etc/nginx/sites/a.conf';
    const main = `http {\n    include /etc/nginx/sites/*.conf;\n${configOf()}}\n`;
    const tree = buildTree({
      main: CONFIG_PATH,
      files: new Map([
        [CONFIG_PATH, main],
        [other, WELCOME],
      ]),
    });
    const nginx = understandConfig(tree, {
      ...{ probePath: '/', appPort: 5000 },
      replicas: REPLICAS.map(({ hostname }) => ({ hostname, address: hostname })),
    });
    const [diagnosis] = diagnosed(main, [BY_NGINX], { nginx });
    expect(diagnosis).toMatchObject({
      ...{ id: 'default-server', file: 'nginx/default.conf', line: lineOf(main, 'listen 80;') },
      cause: expect.stringContaining(`(${other}:4, read by the include at nginx/default.conf:2)`),
    });
  });

  test('is no riddle where it was made the default, or where the other one has a name', () => {
    const ids = (text: string): readonly string[] => diagnosed(text, [BY_NGINX]).map(({ id }) => id);
    expect(ids(behind('    listen 80;\n').replace('listen 80;', 'listen 80 default_server;'))).toEqual([
      'no-replica-answered',
    ]);
    expect(ids(behind('    listen 80;\n    server_name shop.example.com;\n'))).toEqual(['no-replica-answered']);
  });
});
