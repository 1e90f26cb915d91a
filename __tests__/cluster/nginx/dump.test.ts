import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { buildTree, splitDump } from '../../../src/cluster/nginx/dump';
import { matchesInclude } from '../../../src/cluster/nginx/include';
import { NginxSyntaxError, type Directive } from '../../../src/cluster/nginx/syntax';
import { treeOf } from '../../support/config-tree';

const MAIN = '/etc/nginx/nginx.conf';

function dumped(files: Readonly<Record<string, string>>): string {
  return Object.entries(files)
    .map(([path, text]) => `# configuration file ${path}:\n${text}\n`)
    .join('');
}

function outline(directives: readonly Directive[]): readonly string[] {
  return directives.flatMap(({ name, file, line, block }) => [
    `${name} ${file.replace('/etc/nginx/', '')}:${line}`,
    ...outline(block ?? []),
  ]);
}

describe('splitDump', () => {
  test('gives every file its own text', () => {
    const files = {
      [MAIN]: 'include conf.d/*.conf;\n',
      '/etc/nginx/conf.d/a.conf': 'a;',
      '/etc/nginx/conf.d/b.conf': '',
    };

    expect(splitDump(dumped(files))).toEqual({ main: MAIN, files: new Map(Object.entries(files)) });
  });

  test('drops what stands before the first section', () => {
    const noise = '/docker-entrypoint.sh: Configuration complete; ready for start up\n# configuration file\n';

    expect(splitDump(noise + dumped({ [MAIN]: 'a;\n' }))?.files).toEqual(new Map([[MAIN, 'a;\n']]));
  });

  test.each([
    { name: 'of a file that nobody includes', comment: '# configuration file /etc/nginx/other.conf:' },
    { name: 'of a file that was there before', comment: `# configuration file ${MAIN}:` },
    { name: 'of a relative path', comment: '# configuration file a.conf:' },
  ])('leaves a comment alone that looks like the head $name', ({ comment }) => {
    const text = `include a.conf;\n${comment}\nb;\n`;
    const files = { [MAIN]: text, '/etc/nginx/a.conf': 'a;\n' };

    expect(splitDump(dumped(files))?.files).toEqual(new Map(Object.entries(files)));
  });

  test.each([`include "a b.conf";`, `include 'a b.conf';`])('knows a quoted %s', (include) => {
    expect([...(splitDump(dumped({ [MAIN]: include, '/etc/nginx/a b.conf': '' }))?.files.keys() ?? [])]).toEqual([
      MAIN,
      '/etc/nginx/a b.conf',
    ]);
  });

  test('of something else is null', () => {
    expect(splitDump('nginx: [emerg] unexpected "}" in /etc/nginx/nginx.conf:3\n')).toBeNull();
  });

  test('any texts come back, line ends and all', () => {
    const line = fc.constantFrom('a;', '', '# configuration file /x:', '# b', '  c {', '\r');
    const text = fc.array(line).map((lines) => lines.join('\n'));
    fc.assert(
      fc.property(text, text, (first, second) => {
        const files = { [MAIN]: `include a.conf;${first}`, '/etc/nginx/a.conf': second };
        expect(splitDump(dumped(files))?.files).toEqual(new Map(Object.entries(files)));
      }),
    );
  });
});

describe('buildTree', () => {
  test('puts included directives in place, in order of file names, each with its own place', () => {
    const tree = buildTree({
      main: MAIN,
      files: new Map([
        [MAIN, 'user x;\nhttp {\n  include /etc/nginx/conf.d/*.conf;\n  gzip on;\n}\n'],
        ['/etc/nginx/conf.d/b.conf', 'server {\n  include snippets/log.inc;\n}\n'],
        ['/etc/nginx/snippets/log.inc', '\naccess_log off;'],
        ['/etc/nginx/conf.d/a.conf', '\nupstream u { }'],
        ['/etc/nginx/conf.d/B.conf', 'map a b { }'],
      ]),
    });

    expect(outline(tree.directives)).toEqual([
      'user nginx.conf:1',
      'http nginx.conf:2',
      'map conf.d/B.conf:1',
      'upstream conf.d/a.conf:2',
      'server conf.d/b.conf:1',
      'access_log snippets/log.inc:2',
      'gzip nginx.conf:4',
    ]);
  });

  test('keeps an include of what is not there', () => {
    expect(outline(treeOf('include none/*.conf;\ninclude none.conf;', MAIN).directives)).toEqual([
      ...['include nginx.conf:1', 'include nginx.conf:2'],
    ]);
  });

  test('reads a file twice that is included twice', () => {
    const files = new Map([
      [MAIN, 'a { include x; }\nb { include x; }'],
      ['/etc/nginx/x', 'c;'],
    ]);

    expect(outline(buildTree({ main: MAIN, files }).directives)).toEqual([
      'a nginx.conf:1',
      'c x:1',
      'b nginx.conf:2',
      'c x:1',
    ]);
  });

  test('refuses files that include each other', () => {
    const files = new Map([
      [MAIN, 'include a;'],
      ['/etc/nginx/a', '\ninclude nginx.*;'],
    ]);

    expect(() => buildTree({ main: MAIN, files })).toThrow(
      new NginxSyntaxError(`"${MAIN}" includes itself`, '/etc/nginx/a', 2),
    );
  });

  test('names the file that does not parse', () => {
    const files = new Map([
      [MAIN, 'include a;'],
      ['/etc/nginx/a', '\n}'],
    ]);

    expect(() => buildTree({ main: MAIN, files })).toThrow('unexpected "}" in /etc/nginx/a:2');
  });
});

describe('matchesInclude', () => {
  test.each([
    { pattern: 'a.conf', path: '/etc/nginx/a.conf', matches: true },
    { pattern: '/a.conf', path: '/etc/nginx/a.conf', matches: false },
    { pattern: 'conf.d/*.conf', path: '/etc/nginx/conf.d/a.conf', matches: true },
    { pattern: 'conf.d/*.conf', path: '/etc/nginx/conf.d/x/a.conf', matches: false },
    { pattern: 'conf.d/*.conf', path: '/etc/nginx/conf.d/a.conf.bak', matches: false },
    { pattern: 'conf.d/*', path: '/etc/nginx/conf.d/.hidden', matches: false },
    { pattern: 'conf.d/.*', path: '/etc/nginx/conf.d/.hidden', matches: true },
    { pattern: '*/a?.conf', path: '/etc/nginx/sites/ab.conf', matches: true },
    { pattern: '*/a?.conf', path: '/etc/nginx/sites/a.conf', matches: false },
    { pattern: '[a-c]x', path: '/etc/nginx/bx', matches: true },
    { pattern: '[!a-c]x', path: '/etc/nginx/bx', matches: false },
    { pattern: '[]x]', path: '/etc/nginx/]', matches: true },
    { pattern: '[a-]', path: '/etc/nginx/-', matches: true },
    { pattern: '*a*b*c', path: '/etc/nginx/xxaxxbxxbc', matches: true },
    { pattern: '*a*b*c', path: '/etc/nginx/xxaxxbxxb', matches: false },
    { pattern: '*a.conf', path: '/etc/nginx/aXconf', matches: false },
    { pattern: `${'*a'.repeat(40)}b`, path: `/etc/nginx/${'a'.repeat(4000)}`, matches: false },
  ])('$pattern and $path: $matches', ({ pattern, path, matches }) => {
    expect(matchesInclude(path, pattern, MAIN)).toBe(matches);
  });
});
