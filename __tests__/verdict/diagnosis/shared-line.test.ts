import { describe, expect, test } from '@jest/globals';
import type { Directive } from '../../../src/cluster/nginx/syntax';
import { parseConfig } from '../../../src/cluster/nginx/syntax';
import type { Change } from '../../../src/verdict/diagnosis/diff';
import { diffOf } from '../../../src/verdict/diagnosis/diff';
import { suited } from '../../../src/verdict/diagnosis/shared-line';
import { patched } from '../../support/patched';

function flat(directives: readonly Directive[]): readonly Directive[] {
  return directives.flatMap((one) => [one, ...flat(one.block ?? [])]);
}

/** The text with the changes made; null: they are not to be told. */
function changed(text: string, ...changes: readonly Change[]): string | null {
  const fit = suited(text, flat(parseConfig(text, 'f')), changes);
  return fit === null ? null : patched(text, diffOf(text, ...fit) ?? '');
}

const READ: Change = { kind: 'replace', line: 3, lines: ['proxy_read_timeout 5s;'] };

describe('a line that says one thing', () => {
  test.each([
    { what: 'a directive', line: 'proxy_read_timeout 60s;' },
    { what: 'one with a comment', line: 'proxy_read_timeout 60s; # long' },
  ])('$what is replaced', ({ line }) => {
    expect(changed(`location / {\n    proxy_pass http://f;\n    ${line}\n}\n`, READ)).toBe(
      'location / {\n    proxy_pass http://f;\n    proxy_read_timeout 5s;\n}\n',
    );
  });

  test('is followed by what is put behind it, in the block that it opens', () => {
    expect(
      changed('upstream f { # group\n    server a;\n}\n', { kind: 'insert-after', line: 1, lines: ['zone f 64k;'] }),
    ).toBe('upstream f { # group\n    zone f 64k;\n    server a;\n}\n');
  });
});

describe('a line that says more', () => {
  test.each<{ what: string; text: string; changes: readonly Change[]; becomes: string | null }>([
    {
      what: 'keeps the directives beside the one that is replaced',
      text: 'location / {\n    proxy_pass http://f;\n    proxy_connect_timeout 1s; proxy_read_timeout 60s; gzip on; # old\n}\n',
      changes: [READ],
      becomes:
        'location / {\n    proxy_pass http://f;\n    proxy_connect_timeout 1s; proxy_read_timeout 5s; gzip on; # old\n}\n',
    },
    {
      what: 'takes a directive beside its proxy_pass',
      text: 'server { listen 80; location / { proxy_pass http://f; } }\n',
      changes: [{ kind: 'insert-after', line: 1, lines: ['proxy_read_timeout 5s;'] }],
      becomes: 'server { listen 80; location / { proxy_pass http://f; proxy_read_timeout 5s; } }\n',
    },
    {
      what: 'takes several of them, of several changes',
      text: 'server {\n    location / { proxy_pass http://f; proxy_connect_timeout 9s; }\n}\n',
      changes: [
        { kind: 'insert-after', line: 2, lines: ['proxy_read_timeout 5s;', 'proxy_send_timeout 5s;'] },
        { kind: 'replace', line: 2, lines: ['proxy_connect_timeout 1s;'] },
      ],
      becomes:
        'server {\n    location / { proxy_pass http://f; proxy_read_timeout 5s; proxy_send_timeout 5s; proxy_connect_timeout 1s; }\n}\n',
    },
    {
      what: 'takes one more server behind the last',
      text: 'upstream f { server a; server b; }\n',
      changes: [{ kind: 'insert-after', line: 1, lines: ['server c;'] }],
      becomes: 'upstream f { server a; server b; server c; }\n',
    },
    {
      what: 'takes it into the last block that it opens',
      text: 'server { listen 80; location / {\n    proxy_pass http://f;\n} }\n',
      changes: [{ kind: 'insert-after', line: 1, lines: ['keepalive_min_timeout 5s;'] }],
      becomes: 'server { listen 80; location / { keepalive_min_timeout 5s;\n    proxy_pass http://f;\n} }\n',
    },
    {
      what: 'is replaced where it has been edited as a whole',
      text: 'location / {\n    proxy_pass http://f/x; }\n',
      changes: [{ kind: 'replace', line: 2, lines: ['proxy_pass http://f; }'] }],
      becomes: 'location / {\n    proxy_pass http://f; }\n',
    },
    {
      what: 'is edited once where two changes say the same',
      text: 'location / {\n    proxy_pass http://f/x; }\n',
      changes: [
        { kind: 'replace', line: 2, lines: ['proxy_pass http://f; }'] },
        { kind: 'replace', line: 2, lines: ['proxy_pass http://f; }'] },
      ],
      becomes: 'location / {\n    proxy_pass http://f; }\n',
    },
    {
      what: 'stays where two changes edit it as a whole, each in its own way',
      text: 'upstream f { server a:1; server b:1; }\n',
      changes: [
        { kind: 'replace', line: 1, lines: ['upstream f { server a:2; server b:1; }'] },
        { kind: 'replace', line: 1, lines: ['upstream f { server a:1; server b:2; }'] },
      ],
      becomes: null,
    },
    {
      what: 'stays where it says twice what is to be replaced',
      text: 'upstream f { server a; server b; }\n',
      changes: [{ kind: 'replace', line: 1, lines: ['server c;'] }],
      becomes: null,
    },
    {
      what: 'stays where it says where two sorts of requests go',
      text: 'server { location / { proxy_pass http://f; } location /x { proxy_pass http://g; } }\n',
      changes: [{ kind: 'insert-after', line: 1, lines: ['proxy_read_timeout 5s;'] }],
      becomes: null,
    },
    {
      what: 'stays where it has two blocks, one behind the other',
      text: 'upstream f { server a; } upstream g { server b; }\n',
      changes: [{ kind: 'insert-after', line: 1, lines: ['zone f 64k;'] }],
      becomes: null,
    },
    {
      what: 'loses the part that is not wanted',
      text: 'upstream f { server a; server b; }\n',
      changes: [{ kind: 'replace', line: 1, of: { start: 13, end: 22 }, lines: [] }],
      becomes: 'upstream f {  server b; }\n',
    },
    {
      what: 'goes where nothing is left of it',
      text: 'upstream f {\n    server a;\n    server b;\n}\n',
      changes: [{ kind: 'replace', line: 2, of: { start: 17, end: 26 }, lines: [] }],
      becomes: 'upstream f {\n    server b;\n}\n',
    },
    {
      what: 'stays where it would be removed',
      text: 'upstream f { server a; server b; }\n',
      changes: [{ kind: 'replace', line: 1, lines: [] }],
      becomes: null,
    },
    {
      what: 'takes nothing that has to stand beside something else',
      text: 'server {\n    gzip on; gzip_vary on;\n}\n',
      changes: [{ kind: 'insert-after', line: 2, lines: ['listen 80;'] }],
      becomes: null,
    },
    {
      what: 'takes something before its proxy_pass, behind the end of another block',
      text: 'server { location = /x { return 204;\n} location / { proxy_pass http://f; }\n}\n',
      changes: [{ kind: 'insert-before', line: 2, lines: ['proxy_set_header Host $host;'] }],
      becomes:
        'server { location = /x { return 204;\n} location / { proxy_set_header Host $host; proxy_pass http://f; }\n}\n',
    },
    {
      what: 'stands behind what is put before it',
      text: 'server { listen 80; location / { proxy_pass http://a; } }\n',
      changes: [{ kind: 'insert-before', line: 1, lines: ['upstream f {', '    server a;', '}'] }],
      becomes: 'upstream f {\n    server a;\n}\nserver { listen 80; location / { proxy_pass http://a; } }\n',
    },
  ])('$what', ({ text, changes, becomes }) => {
    expect(changed(text, ...changes)).toBe(becomes);
  });
});

describe('a directive of several lines', () => {
  const TEXT = 'location / {\n    proxy_pass http://f;\n    proxy_next_upstream error\n        http_500;\n}\n';

  test('is replaced whole', () => {
    const line = 'proxy_next_upstream error timeout;';
    expect(changed(TEXT, { kind: 'replace', line: 3, lines: [line] })).toBe(
      `location / {\n    proxy_pass http://f;\n    ${line}\n}\n`,
    );
  });
});
