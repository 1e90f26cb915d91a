import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { markDown, type Marking } from '../../../src/cluster/nginx/drain';
import { instrumentConfig } from '../../../src/cluster/nginx/instrument';
import { renderConfig } from '../../../src/cluster/nginx/render';
import { treeOf } from '../../support/config-tree';

const PATH = '/etc/nginx/conf.d/default.conf';
const APP2 = { hostname: 'app2', address: '198.18.0.12', port: 5000 };

function mark(content: string, group: string | null = 'app'): Marking {
  return markDown([{ path: PATH, content }], group, APP2);
}

function textOf(marking: Marking): string {
  if (marking.kind === 'impossible') throw new Error(marking.why);
  return marking.files.map(({ content }) => content).join('\n');
}

describe('a replica is marked down', () => {
  test.each<[name: string, before: string, after: string]>([
    ['alone among its parameters', 'server app2:5000;', 'server app2:5000 down;'],
    [
      'its weight and the rest stay',
      'server app2:5000 weight=3 max_fails=2;',
      'server app2:5000 weight=3 max_fails=2 down;',
    ],
    ['as a backup', 'server app2:5000 backup;', 'server app2:5000 backup down;'],
    ['in capitals', 'server APP2:5000;', 'server APP2:5000 down;'],
    ['by address', 'server 198.18.0.12:5000;', 'server 198.18.0.12:5000 down;'],
    ['quoted', 'server "app2:5000" weight=2 ;', 'server "app2:5000" weight=2  down;'],
    [
      'over several lines',
      'server app2:5000 # two\n  weight=2 # heavy\n;',
      'server app2:5000 # two\n  weight=2 # heavy\n down;',
    ],
    [
      'each of its lines',
      'server app2:5000; server app2:5000 weight=2;',
      'server app2:5000 down; server app2:5000 weight=2 down;',
    ],
    ['not in a comment', '# server app2:5000;\nserver app2:5000;', '# server app2:5000;\nserver app2:5000 down;'],
  ])('%s', (_name, before, after) => {
    const around = (line: string): string => `upstream app { server app1:5000; ${line} }`;
    expect(textOf(mark(around(before)))).toBe(around(after));
  });

  test('the servers of the group that are left are counted, those that are down are not', () => {
    const config =
      'upstream app { server app1:5000; server app2:5000; server app3:5000 down; server app4:5000 backup; }';
    expect(mark(config)).toMatchObject({ kind: 'marked', serversLeft: 2 });
  });

  test('one that is marked already needs no change', () => {
    const config = 'upstream app { server app1:5000; server app2:5000 down; }';
    expect(mark(config)).toEqual({ kind: 'marked', files: [], serversLeft: 1 });
  });

  test('in every group that has another server, and in no other', () => {
    const config =
      'upstream other { server app2:5000; server app3:5000; } upstream own { server app2:5000; } upstream app { server app1:5000; server app2:5000; }';
    const marked = textOf(mark(config));
    expect(marked).toContain('upstream other { server app2:5000 down; server app3:5000; }');
    expect(marked).toContain('upstream own { server app2:5000; }');
    expect(marked).toContain('upstream app { server app1:5000; server app2:5000 down; }');
  });

  test('in every group that has it, where the request decides which one it goes to', () => {
    const config =
      'upstream readers { server app1:5000; server app2:5000; server app3:5000; } upstream writers { server app1:5000; server app2:5000; } upstream alone { server app2:5000; }';
    const marking = mark(config, null);
    expect(marking).toMatchObject({ kind: 'marked', serversLeft: 1 });
    expect(textOf(marking)).toBe(
      'upstream readers { server app1:5000; server app2:5000 down; server app3:5000; } upstream writers { server app1:5000; server app2:5000 down; } upstream alone { server app2:5000; }',
    );
  });

  test('in whichever file its group stands; the others are not touched', () => {
    const files = [
      { path: '/etc/nginx/nginx.conf', content: 'http { include conf.d/*.conf; }' },
      { path: PATH, content: 'upstream app { server app1:5000; server app2:5000; }' },
    ];
    const marking = markDown(files, 'app', APP2);
    expect(marking.kind === 'marked' ? marking.files.map(({ path }) => path) : []).toEqual([PATH]);
  });

  test.each(['good-server.conf', 'whole.conf'])('%s, with the evidence log in it, keeps its lines', (name) => {
    const path = name === 'whole.conf' ? '/etc/nginx/nginx.conf' : PATH;
    const user = readFileSync(join(import.meta.dirname, '../../../fixtures/nginx', name), 'utf8');
    const text = name === 'whole.conf' ? user : `http {${user}}`;
    const files = instrumentConfig(treeOf(text, path));
    const marked = markDown(files, 'flask_cluster', APP2);
    const before = files.find((file) => file.path === path)?.content ?? '';
    const after = textOf(marked);
    const changed = after.split('\n').filter((line, index) => line !== before.split('\n')[index]);
    expect(changed.map((line) => line.trim())).toEqual(['server app2:5000 max_fails=2 fail_timeout=3s down;']);
    expect(after.replace(' down;', ';')).toBe(before);
  });

  test('the generated configuration', () => {
    const content = renderConfig({
      replicas: ['app1', 'app2', 'app3'].map((hostname) => ({ hostname })),
      ...{ appPort: 5000, algorithm: 'ip-hash', weights: [1, 2, 3], nginxVersion: '1.30.4', workers: 2 },
    });
    expect(textOf(mark(content))).toContain('server app2:5000 weight=2 max_fails=2 fail_timeout=3s down;');
  });
});

describe('a replica cannot be marked down', () => {
  test.each<[name: string, config: string, why: string]>([
    [
      'without an upstream block',
      'server { location / { proxy_pass http://app2:5000; } }',
      'there is no upstream block app',
    ],
    [
      'in a group of the stream module',
      'stream { upstream app { server app1:5000; server app2:5000; } }',
      'there is no upstream block app',
    ],
    [
      'without a line',
      'upstream app { server app1:5000; server app3:5000; }',
      'upstream app has no server line for app2',
    ],
    [
      'on another port',
      'upstream app { server app1:5000; server app2:5001; }',
      'upstream app has no server line for app2',
    ],
    [
      'without a port, which is port 80',
      'upstream app { server app1:5000; server app2; }',
      'upstream app has no server line for app2',
    ],
    [
      'as the only server',
      'upstream app { server app2:5000; }',
      'upstream app has no other server that could serve meanwhile',
    ],
    [
      'when all others are down',
      'upstream app { server app1:5000 down; server app2:5000; }',
      'upstream app has no other server that could serve meanwhile',
    ],
  ])('%s', (_name, config, why) => {
    expect(mark(config)).toEqual({ kind: 'impossible', why });
  });

  test.each<[name: string, config: string, why: string]>([
    ['where there is no group', 'server { listen 80; }', 'there is no upstream block'],
    ['where no group has it', 'upstream a { server app1:5000; }', 'no upstream block has a server line for app2'],
    [
      'where each that has it has no other',
      'upstream a { server app1:5000; } upstream b { server app2:5000; }',
      'no upstream block with app2 has another server that could serve meanwhile',
    ],
  ])('that a request may be sent to by any group: %s', (_name, config, why) => {
    expect(mark(config, null)).toEqual({ kind: 'impossible', why });
  });
});
