import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { buildTree, type ConfigTree } from '../../../src/cluster/nginx/dump';
import { EVIDENCE_ACCESS_LOG as OURS, EVIDENCE_FILE, evidenceLogFormat } from '../../../src/cluster/nginx/evidence-log';
import { instrumentConfig } from '../../../src/cluster/nginx/instrument';
import { parseConfig, type Directive } from '../../../src/cluster/nginx/syntax';
import { treeOf } from '../../support/config-tree';

const MAIN = '/etc/nginx/nginx.conf';
const DEFAULT = '/etc/nginx/conf.d/default.conf';
const INCLUDE = `include ${EVIDENCE_FILE};`;
const IMAGE_MAIN = 'http {\n  access_log /var/log/nginx/access.log main;\n  include /etc/nginx/conf.d/*.conf;\n}\n';

function instrumented(tree: ConfigTree): Readonly<Record<string, string>> {
  return Object.fromEntries(instrumentConfig(tree).map(({ path, content }) => [path, content]));
}

function withServer(text: string): ConfigTree {
  return buildTree({
    main: MAIN,
    files: new Map([
      [MAIN, IMAGE_MAIN],
      [DEFAULT, text],
    ]),
  });
}

describe('a server config', () => {
  test('without logs of its own stays as it is', () => {
    const files = instrumented(withServer('server { listen 80; }\n'));

    expect(Object.keys(files)).toEqual([EVIDENCE_FILE, MAIN]);
    expect(files[MAIN]).toBe(IMAGE_MAIN.replace('http {', `http { ${INCLUDE}`));
    expect(parseConfig(files[EVIDENCE_FILE] ?? '', 'f').map(({ name }) => name)).toEqual(['log_format', 'access_log']);
  });

  test.each([
    {
      name: 'a log of the server',
      text: 'server {\n  access_log /a;\n}',
      expected: `server { ${OURS}\n  access_log /a;\n}`,
    },
    {
      name: 'two logs on one level',
      text: 'server {\n  access_log /a;\n  access_log /b;\n}',
      expected: `server { ${OURS}\n  access_log /a;\n  access_log /b;\n}`,
    },
    {
      name: 'off',
      text: 'server {\n  location / {\n    access_log off; # quiet\n  }\n}',
      expected: `server {\n  location / { ${OURS}\n     # quiet\n  }\n}`,
    },
    {
      name: 'off beside another, over two lines',
      text: 'server {\n  access_log /a;\n  access_log\n    off;\n}',
      expected: `server { ${OURS}\n  \n  \n\n}`,
    },
    {
      name: 'a brace on a line of its own, and a comment behind it',
      text: 'server\n{ # here\n  access_log /a;\n}',
      expected: `server\n{ ${OURS} # here\n  access_log /a;\n}`,
    },
    {
      name: 'nested locations, if, limit_except',
      text: 'server { location / { location /a { access_log /a; if ($b) { access_log off; } } limit_except GET { access_log /b; } } }',
      expected: `server { location / { location /a { ${OURS} access_log /a; if ($b) { ${OURS}  } } limit_except GET { ${OURS} access_log /b; } } }`,
    },
  ])('$name', ({ text, expected }) => {
    expect(instrumented(withServer(text))[DEFAULT]).toBe(expected);
  });
});

describe('a whole config', () => {
  test('without a log keeps the one that NGINX writes by default', () => {
    const files = instrumented(treeOf('events {}\nhttp { server { } }', MAIN));

    expect(files[MAIN]).toBe(`events {}\nhttp { ${INCLUDE} server { } }`);
    expect(files[EVIDENCE_FILE]).toContain('\naccess_log /var/log/nginx/access.log combined;\n');
  });

  test('that logs nothing goes on logging nothing of its own', () => {
    const files = instrumented(treeOf('http {\n  access_log off;\n  access_log /a;\n}', MAIN));

    expect(files[MAIN]).toBe(`http { ${INCLUDE}\n  \n  \n}`);
    expect(files[EVIDENCE_FILE]).not.toContain('combined');
  });

  test('leaves the logs of a stream alone', () => {
    const text = 'stream { access_log off; server { access_log /a b; } }\nhttp { }';

    expect(instrumented(treeOf(text, MAIN))[MAIN]).toBe(text.replace('http {', `http { ${INCLUDE}`));
  });

  test('without http gets nothing', () => {
    expect(instrumentConfig(treeOf('events {}', MAIN))).toEqual([]);
  });
});

test('a map whose key is called access_log is left alone', () => {
  const text = 'http { map $a $b { access_log off; } }';

  expect(instrumented(treeOf(text, MAIN))[MAIN]).toBe(text.replace('http {', `http { ${INCLUDE}`));
});

test('a snippet that several blocks include is changed once, and so is a block that is included twice', () => {
  const tree = buildTree({
    main: MAIN,
    files: new Map([
      [MAIN, 'http { server { include quiet; include loc; } server { include quiet; include loc; } }'],
      ['/etc/nginx/quiet', 'access_log off;'],
      ['/etc/nginx/loc', 'location / { access_log /a; }'],
    ]),
  });

  expect(instrumented(tree)).toMatchObject({
    [MAIN]: `http { ${INCLUDE} server { ${OURS} include quiet; include loc; } server { ${OURS} include quiet; include loc; } }`,
    '/etc/nginx/quiet': '',
    '/etc/nginx/loc': `location / { ${OURS} access_log /a; }`,
  });
});

test('every value of the format is a quoted string', () => {
  const [format] = parseConfig(evidenceLogFormat(), 'f');
  const [name, escape, line = ''] = format?.args ?? [];

  expect([name, escape]).toEqual(['lb_cluster_evidence', 'escape=json']);
  expect(line).toMatch(/^lbca1 \{"id":"\$http_x_lb_cluster_id",/);
  expect(Object.values(JSON.parse(line.slice('lbca1 '.length)) as Record<string, string>)).toEqual(
    expect.arrayContaining(['$msec', '$upstream_addr', '$upstream_status', '$upstream_connect_time']),
  );
});

const statement = fc.constantFrom(
  'access_log off;',
  'access_log /a;',
  'access_log\n/b\nmain;',
  'gzip on;',
  '# c\n',
  '\n',
);
const { block } = fc.letrec<{ block: string }>((tie) => ({
  block: fc
    .array(
      fc.oneof(
        { depthSize: 'small' },
        statement,
        fc
          .tuple(fc.constantFrom('location /', 'if ($a)', 'types'), tie('block'))
          .map(([head, inner]) => `${head} {${inner}}`),
      ),
    )
    .map((parts) => parts.join(' ')),
}));

function levels(directives: readonly Directive[]): readonly (readonly Directive[])[] {
  return directives.flatMap(({ name, block }) => (block === null || name === 'types' ? [] : [block, ...levels(block)]));
}

function logsOf(level: readonly Directive[]): readonly string[] {
  return level.filter(({ name }) => name === 'access_log').map(({ args }) => args.join(' '));
}

describe('any configuration', () => {
  const OUR_ARGS = OURS.slice('access_log '.length, -1);

  test('logs evidence once on each level that has logs, and otherwise what it logged before', () => {
    fc.assert(
      fc.property(block, (text) => {
        const tree = treeOf(`http {\nserver {${text}} }`, MAIN);
        const before = levels(tree.directives).slice(1);
        const after = levels(parseConfig(instrumented(tree)[MAIN] ?? '', MAIN)).slice(1);

        expect(after.map(logsOf)).toEqual(
          before.map(logsOf).map((logs) => {
            if (logs.length === 0) return [];
            return logs.includes('off') ? [OUR_ARGS] : [OUR_ARGS, ...logs];
          }),
        );
      }),
    );
  });

  test('keeps every other directive on its line', () => {
    const places = (directives: readonly Directive[]): readonly string[] =>
      directives.flatMap(({ name, line, block }) => [
        ...(name === 'access_log' || name === 'include' ? [] : [`${name} ${line}`]),
        ...places(block ?? []),
      ]);
    fc.assert(
      fc.property(block, (text) => {
        const tree = treeOf(`http {\nserver {${text}} }`, MAIN);
        const after = parseConfig(instrumented(tree)[MAIN] ?? '', MAIN);

        expect(places(after)).toEqual(places(tree.directives));
      }),
    );
  });
});
