import { expect, test } from '@jest/globals';
import { configKind } from '../../../src/cluster/nginx/kind';

test.each([
  { name: 'http and events', text: 'events {}\nhttp { server {} }', kind: 'whole' },
  { name: 'only events', text: 'events {}', kind: 'whole' },
  { name: 'upstream and server', text: 'upstream u { server a; }\nserver { listen 80; }', kind: 'server-config' },
  { name: 'http in a comment and a string', text: '# http {\nserver { return 200 "http {"; }', kind: 'server-config' },
  { name: 'nothing', text: '', kind: 'server-config' },
])('$name: $kind', ({ text, kind }) => {
  expect(configKind(text)).toBe(kind);
});

test('a text that does not parse is named in the error', () => {
  expect(() => configKind('server {', 'lb/default.conf')).toThrow(
    'unexpected end of file, expecting "}" in lb/default.conf:1',
  );
});
