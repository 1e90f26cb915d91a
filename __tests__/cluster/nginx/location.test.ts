import { describe, expect, test } from '@jest/globals';
import { locate, namedLocation, normalizedPath } from '../../../src/cluster/nginx/location';
import { parseConfig } from '../../../src/cluster/nginx/syntax';

const SERVER = parseConfig(
  String.raw`
    location = /exact { id exact; }
    location /exact { id exact-prefix; }
    location / { id root; }
    location ^~ /static { id static; location ~ \.css$ { id static-css; } location /static/deep { id deep; } }
    location /outer { id outer; location /outer/inner { id inner; } location = /outer/x { id outer-x; } }
    location ~ \.css$ { id css; }
    location ~* \.PNG$ { id png; }
    location ~ ^/both { id both; location ~ in$ { id both-in; } }
    location ~ ^/both2 { id both2; }
    location =/tight { id tight; }
    location ~(?<name>glued) { id glued; }
    location /slash/ { id slash; proxy_pass http://u; }
    location /noslash/ { id noslash; }
    location ~ (?(1)a|b) { id pcre-only; }
    location @named { id named; }
  `,
  'f',
);

function idsFor(path: string): readonly string[] {
  return locate(SERVER, normalizedPath(path)).trail.map(({ block }) => block?.[0]?.args[0] ?? '');
}

describe('locate', () => {
  test.each([
    ['/', ['root']],
    ['/exact', ['exact']],
    ['/exact/', ['exact-prefix']],
    ['/static/a.css', ['static-css', 'static']],
    ['/static/a.js', ['static']],
    ['/static/a.png', ['static']],
    ['/static/deep/a', ['deep', 'static']],
    ['/static/deep/a.css', ['static-css', 'static']],
    ['/outer', ['outer']],
    ['/outer/x', ['outer-x', 'outer']],
    ['/outer/inner/y', ['inner', 'outer']],
    ['/outer/inner/a.css', ['css']],
    ['/a.CSS', ['root']],
    ['/a.png', ['png']],
    ['/both2', ['both']],
    ['/both/in', ['both-in', 'both']],
    ['/tight', ['tight']],
    ['/xgluedx', ['glued']],
    ['/@named', ['root']],
    ['/exact?a=/b', ['exact']],
    ['//exact', ['exact']],
    ['/%65xact', ['exact']],
    ['/%', ['root']],
    ['/noslash', ['root']],
  ])('%s: %j', (path, ids) => {
    expect(idsFor(path)).toEqual(ids);
  });

  test('a proxied location that ends in a slash redirects the path without', () => {
    expect(locate(SERVER, '/slash').redirect).toBe(true);
    expect(locate(SERVER, '/slash/').redirect).toBe(false);
  });

  test('a regular expression that JavaScript does not know matches nothing', () => {
    expect(idsFor('/a')).toEqual(['root']);
  });

  test('nothing matches in an empty server', () => {
    expect(locate([], '/')).toEqual({ trail: [], redirect: false });
  });
});

test('named locations are found by name only', () => {
  expect(namedLocation(SERVER, '@named')?.block?.[0]?.args).toEqual(['named']);
  expect(namedLocation(SERVER, '/outer')).toBeNull();
});
