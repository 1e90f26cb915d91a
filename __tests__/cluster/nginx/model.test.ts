import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { buildTree, type ConfigTree } from '../../../src/cluster/nginx/dump';
import { entryOfItself, understandConfig, type NginxModel, type NginxTarget } from '../../../src/cluster/nginx/model';
import { treeOf } from '../../support/config-tree';

const MAIN = '/etc/nginx/nginx.conf';
const DEFAULT = '/etc/nginx/conf.d/default.conf';
const REPLICAS = [1, 2, 3].map((index) => ({ hostname: `app${index}`, address: `198.18.0.${index}` }));
const TARGET = { replicas: REPLICAS, appPort: 5000, probePath: '/' };
const UPSTREAM = 'upstream u { server app1:5000; server app2:5000; }';
const PASS = 'location / { proxy_pass http://u; }';

/** A configuration as the official image has it, with this text at conf.d/default.conf. */
function inImage(text: string): ConfigTree {
  const main = 'worker_processes auto;\nhttp {\n  include /etc/nginx/conf.d/*.conf;\n}\n';
  return buildTree({
    main: MAIN,
    files: new Map([
      [MAIN, main],
      [DEFAULT, text],
    ]),
  });
}

function modelOf(text: string, target: Partial<NginxTarget> = {}): NginxModel {
  return understandConfig(inImage(text), { ...TARGET, ...target });
}

function fixture(name: string): string {
  return readFileSync(`fixtures/nginx/${name}.conf`, 'utf8');
}

describe('workers', () => {
  test.each([
    { text: '', workers: 1 },
    { text: 'worker_processes 4;', workers: 4 },
    { text: 'worker_processes auto;', workers: 'auto' },
  ])('$text', ({ text, workers }) => {
    expect(understandConfig(treeOf(text, MAIN), TARGET).workers).toBe(workers);
  });
});

describe('the port', () => {
  test.each([
    { name: 'none written', text: `${UPSTREAM} server { ${PASS} }`, port: 80 },
    { name: 'a port', text: `${UPSTREAM} server { listen 8080; ${PASS} }`, port: 8080 },
    { name: 'every address', text: `${UPSTREAM} server { listen *:8080; ${PASS} }`, port: 8080 },
    { name: 'an address without a port', text: `${UPSTREAM} server { listen 0.0.0.0; ${PASS} }`, port: 80 },
    { name: 'a range', text: `${UPSTREAM} server { listen 8080-8090; ${PASS} }`, port: 8080 },
    { name: 'both families', text: `${UPSTREAM} server { listen [::]:81; listen 82; ${PASS} }`, port: 82 },
    { name: 'both families in one', text: `${UPSTREAM} server { listen [::]:81 ipv6only=off; ${PASS} }`, port: 81 },
    { name: 'TLS beside plain', text: `${UPSTREAM} server { listen 443 ssl; listen 80; ${PASS} }`, port: 80 },
    {
      name: 'a server for files first',
      text: `${UPSTREAM} server { listen 81; } server { listen 82; ${PASS} }`,
      port: 82,
    },
    {
      name: 'a proxy to something else first',
      text: `${UPSTREAM} server { listen 81; location / { proxy_pass http://other; } } server { listen 82; ${PASS} }`,
      port: 82,
    },
    {
      name: 'another port for the same first',
      text: `${UPSTREAM} server { listen 8081; ${PASS} } server { listen 80; ${PASS} }`,
      port: 80,
    },
    {
      name: 'a redirect to TLS first',
      text: `${UPSTREAM} server { listen 80; return 301 https://x; } server { listen 81; ${PASS} }`,
      port: 81,
    },
  ])('$name: $port', ({ text, port }) => {
    expect(modelOf(text)).toMatchObject({ listenPort: port, listenProblem: null, routeProblem: null });
  });

  test.each([
    { name: 'no server', text: UPSTREAM, problem: 'there is no `server` block' },
    {
      name: 'no server in what there is of the includes',
      text: `${UPSTREAM}\ninclude sites-enabled/*;`,
      problem:
        'there is no `server` block, and the image of NGINX holds nothing that `sites-enabled/*` (line 2) includes; give the file that has the `server` ' +
        '(input nginx-config), or an image that holds it (input nginx-image)',
    },
    {
      name: 'TLS only',
      text: `${UPSTREAM} server { listen 443 ssl; listen 444 quic; ${PASS} }`,
      problem:
        'no `server` takes plain HTTP over IPv4: each expects TLS, or expects QUIC. Requests of this action are plain HTTP: let the server listen on a port ' +
        'without TLS as well (`listen 8080;`)',
    },
    {
      name: 'its own loopback only',
      text: `${UPSTREAM} server { listen 127.0.0.1:80; ${PASS} }`,
      problem: 'no `server` takes plain HTTP over IPv4: each listens on 127.0.0.1 only',
    },
    {
      name: 'IPv6, a socket, the PROXY protocol',
      text: `${UPSTREAM} server { listen [::]:80; listen unix:/x; listen 81 proxy_protocol; ${PASS} }`,
      problem:
        'no `server` takes plain HTTP over IPv4: each listens on IPv6 only, or listens on a Unix socket, or expects the PROXY protocol',
    },
  ])('there is none: $name', ({ text, problem }) => {
    expect(modelOf(text)).toMatchObject({
      listenPort: null,
      listenProblem: problem,
      route: null,
      routeProblem: problem,
    });
  });
});

describe('the server of a port', () => {
  const other = 'location / { proxy_pass http://v; }';
  test.each([
    { name: 'the first', servers: `server { ${PASS} } server { ${other} }` },
    { name: 'the default server', servers: `server { ${other} } server { listen 80 default_server; ${PASS} }` },
    {
      name: 'the one named like the client calls it',
      servers: `server { ${other} } server { server_name lb 127.0.0.1; ${PASS} }`,
    },
    { name: 'the one whose expression matches', servers: `server { ${other} } server { server_name ~^127; ${PASS} }` },
  ])('$name', ({ servers }) => {
    const model = modelOf(`${UPSTREAM} upstream v { server app3:5000; } ${servers}`);

    expect(model.route?.upstream.name).toBe('u');
  });
});

describe('the server of a host that clients ask for', () => {
  const other = 'location / { proxy_pass http://v; }';
  /** Each after the one that answers where nobody better does. */
  test.each([
    { host: 'shop.example.com', names: 'shop.example.com' },
    { host: 'Shop.Example.com:8443', names: 'www.example.com shop.example.com' },
    { host: 'shop.example.com', names: 'Shop.Example.COM' },
    { host: 'shop.example.com', names: '.example.com' },
    { host: 'example.com', names: '.example.com' },
    { host: 'a.b.example.com', names: '*.example.com' },
    { host: 'shop.example.com', names: 'shop.example.*' },
    { host: 'shop.example.com', names: '~^shop\\.' },
  ])('$host: $names', ({ host, names }) => {
    const servers = `server { ${other} } server { server_name ${names}; ${PASS} }`;
    const model = modelOf(`${UPSTREAM} upstream v { server app3:5000; } ${servers}`, { host });
    expect(model.route?.upstream.name).toBe('u');
  });

  test.each([
    { what: 'an exact name goes before wildcards', first: '*.example.com', then: 'shop.example.com' },
    { what: 'the longer wildcard before the shorter', first: '*.com', then: '*.example.com' },
    { what: 'one in front before one behind', first: 'shop.*', then: '*.com' },
    { what: 'wildcards before expressions', first: '~shop', then: 'shop.*' },
  ])('$what', ({ first, then }) => {
    const servers = `server { server_name ${first}; ${other} } server { server_name ${then}; ${PASS} }`;
    const model = modelOf(`${UPSTREAM} upstream v { server app3:5000; } ${servers}`, { host: 'shop.example.com' });
    expect(model.route?.upstream.name).toBe('u');
  });

  test.each([
    { host: 'other.com', names: '*.example.com' },
    { host: 'example.com', names: '*.example.com' },
    { host: 'example.org', names: 'shop.*' },
  ])('not $host: $names', ({ host, names }) => {
    const servers = `server { ${PASS} } server { server_name ${names}; ${other} }`;
    const model = modelOf(`${UPSTREAM} upstream v { server app3:5000; } ${servers}`, { host });
    expect(model.route?.upstream.name).toBe('u');
  });

  test('others are named where the one that answers hands nothing to replicas', () => {
    const servers =
      'server { listen 80 default_server; return 444; } ' +
      `server { server_name shop.example.com *.shop.example.com _; ${PASS} } server { server_name old.example.com; return 410; } ` +
      `server { listen 81; server_name admin.example.com; return 200; }`;
    expect(modelOf(`${UPSTREAM} ${servers}`).otherHosts).toEqual(['shop.example.com']);
    expect(modelOf(`${UPSTREAM} ${servers}`, { host: 'shop.example.com' }).otherHosts).toEqual([]);
  });
});

test('paths that would go to replicas are named where the probed one does not', () => {
  const locations =
    'location / { try_files $uri /index.html; } location = /up { proxy_pass http://u; } location ^~ /api/ { proxy_pass http://u/; } ' +
    'location /mail { proxy_pass http://mail; } location ~ ^/v\\d { proxy_pass http://u; } location @app { proxy_pass http://u; }';
  const text = `${UPSTREAM} server { ${locations} }`;
  expect(modelOf(text).otherPaths).toEqual(['/up', '/api/']);
  expect(modelOf(text, { probePath: '/api/' }).otherPaths).toEqual([]);
});

describe('a server that takes TLS alone, and would ask the replicas', () => {
  const TLS = `server {\nlisten [::]:443 ssl;\nlisten 443 ssl;\nlisten 443 quic;\n${PASS} }`;

  test('is named where the plain one only sends clients there', () => {
    const { behindTls } = modelOf(`${UPSTREAM} server { return 301 https://$host$request_uri; } ${TLS}`);
    expect(behindTls).toEqual({ file: DEFAULT, line: 2 });
  });

  test.each([
    { what: 'a plain one asks them as well', text: `server { listen 80; ${PASS} } ${TLS}` },
    { what: 'there is none', text: 'server { return 410; }' },
    { what: 'it asks nobody', text: 'server { return 410; } server { listen 443 ssl; return 410; }' },
  ])('is not where $what', ({ text }) => {
    expect(modelOf(`${UPSTREAM} ${text}`).behindTls).toBeNull();
  });
});

describe('requests that reach no upstream', () => {
  const lines = (rest: string): string => `${UPSTREAM}\nserver {\n${rest}\n}`;
  test.each([
    { rest: '', problem: 'no location matches /', line: 2 },
    { rest: 'location /a { proxy_pass http://u; }', problem: 'no location matches /', line: 2 },
    { rest: 'location / { root /x; }', problem: '`location /`, which answers /, has no proxy_pass', line: 3 },
    {
      rest: 'location / { uwsgi_pass u; }',
      problem: '`location /`, which answers /, uses uwsgi_pass, not proxy_pass',
      line: 3,
    },
    {
      rest: 'location / {\nreturn 200 ok; proxy_pass http://u; }',
      problem: '`location /` answers itself: `return 200 ok`',
      line: 4,
    },
    {
      rest: `return 301 https://x; ${PASS}`,
      problem: 'the server answers every request itself: `return 301 https://x`',
      line: 3,
    },
    {
      rest: 'location / { proxy_pass http://$http_backend; }',
      problem: '`proxy_pass http://$http_backend` takes its target from a variable that only a request decides',
      line: 3,
    },
    {
      rest: 'location / {\n set $b app1;\n proxy_pass http://$b:5000; }',
      problem:
        '`proxy_pass http://$b:5000` needs a `resolver` to find "app1" for each request, and none is configured: NGINX answers 502',
      line: 5,
    },
    {
      rest: 'location / { proxy_pass http://unix:/x.sock; }',
      problem: '`proxy_pass http://unix:/x.sock` goes to a Unix socket',
      line: 3,
    },
    {
      rest: 'location / { set $a $b; set $b $a; proxy_pass http://$a; }',
      problem: '`proxy_pass http://$a` takes its target from a variable that only a request decides',
      line: 3,
    },
  ])('$rest', ({ rest, problem, line }) => {
    expect(modelOf(lines(rest))).toMatchObject({
      ...{ route: null, routeProblem: problem, routeProblemSpot: { file: DEFAULT, line } },
      listenPort: 80,
    });
  });

  test('because NGINX redirects to the path with a slash', () => {
    const model = modelOf(lines('location /api/ { proxy_pass http://u; }'), { probePath: '/api?x' });

    expect(model.routeProblem).toBe('NGINX redirects /api to /api/ by itself');
  });
});

describe('the target of proxy_pass', () => {
  test.each([
    { name: 'a group', rest: 'location / { proxy_pass http://u; }', upstream: { name: 'u', implicit: false } },
    {
      name: 'a group, with a path',
      rest: 'location / { proxy_pass http://U/x/; }',
      upstream: { name: 'u', implicit: false },
    },
    {
      name: 'a group, with a variable path',
      rest: 'location / { proxy_pass http://u$request_uri; }',
      upstream: { name: 'u', implicit: false },
    },
    {
      name: 'a group behind a variable',
      rest: 'set $b u; location / { proxy_pass http://${b}; }',
      upstream: { name: 'u', implicit: false },
    },
    {
      name: 'a whole URL behind variables',
      rest: 'set $h u; location / { set $b http://$h; proxy_pass $b; }',
      upstream: { name: 'u' },
    },
    {
      name: 'a group through try_files',
      rest: 'location / { try_files $uri @app; } location @app { proxy_pass http://u; }',
      upstream: { name: 'u' },
    },
    {
      name: 'a group through the path at the end of try_files',
      rest: 'location / { try_files $uri /_app$uri?$args; } location /_app/ { internal; proxy_pass http://u/; }',
      upstream: { name: 'u' },
    },
    {
      name: 'a group through the page for what is no file',
      rest: 'location / { error_page 404 = @app; } location @app { proxy_pass http://u; }',
      upstream: { name: 'u' },
    },
    {
      name: 'a group through a page of the server, and the status at the end of try_files',
      rest: 'error_page 404 = @app; location / { try_files $uri =404; } location @app { proxy_pass http://u; }',
      upstream: { name: 'u' },
    },
    {
      name: 'a group through try_files of a server without a location for the path',
      rest: 'root /srv/public; try_files $uri/index.html $uri @app; location /assets/ { expires max; } location @app { proxy_pass http://u; }',
      upstream: { name: 'u' },
    },
    {
      name: 'a group through a page of a server without a location for the path',
      rest: 'error_page 404 = @app; location @app { proxy_pass http://u; }',
      upstream: { name: 'u' },
    },
    {
      name: 'a group by an `if` for what is no file',
      rest: 'location / { if (-f $request_filename/index.html) { return 403; } if (!-f $request_filename) { proxy_pass http://u; break; } }',
      upstream: { name: 'u' },
    },
    {
      name: 'a group by an `if` for what is no file, behind try_files',
      rest: 'try_files $uri @app; location @app { if ( !-e $request_filename ) { proxy_pass http://u; } }',
      upstream: { name: 'u' },
    },
    {
      name: 'a group through a status that only leads to a page',
      rest: 'location / { error_page 418 = @app; return 418; } location @app { proxy_pass http://u; }',
      upstream: { name: 'u' },
    },
    {
      name: 'a group through a rewrite of what is no file',
      rest: 'if (!-e $request_filename) { rewrite ^ /front last; } location /front { proxy_pass http://u; }',
      upstream: { name: 'u' },
    },
    {
      name: 'a group through a rewrite of the server',
      rest: 'rewrite ^/(.*)$ /v2/$1 last; return 404; location / { return 404; } location /v2/ { proxy_pass http://u/; }',
      upstream: { name: 'u' },
    },
    {
      name: 'a group through a rewrite of the location',
      rest: 'location / { rewrite ^/(.*)$ /v2/$1; } location /v2/ { proxy_pass http://u/; }',
      upstream: { name: 'u' },
    },
    {
      name: 'a group where a rewrite stays in the location',
      rest: 'location / { rewrite ^/(.*)$ /v2/$1 break; proxy_pass http://u; } location /v2/ { return 404; }',
      upstream: { name: 'u' },
    },
    {
      name: 'a group where the rewrite is for other paths',
      rest: 'location / { rewrite ^/old/(.*)$ /$1 permanent; proxy_pass http://u; }',
      upstream: { name: 'u' },
    },
    {
      name: 'a replica',
      rest: 'location / { proxy_pass http://app2:5000/; }',
      upstream: { name: 'app2:5000', implicit: true },
    },
    {
      name: 'a replica by resolver',
      rest: 'resolver 127.0.0.11; set $b app2:5000; location / { proxy_pass http://$b; }',
      upstream: { name: 'app2:5000', implicit: true, servers: [{ replica: 'app2', resolve: true }] },
    },
    {
      name: 'a host and port behind a variable, though a group has that name',
      rest: 'resolver 127.0.0.11; set $b u:5000; location / { proxy_pass http://$b; }',
      upstream: { name: 'u:5000', implicit: true },
    },
    {
      name: "the location's own variable before the server's",
      rest: 'set $b other; location / { set $b u; proxy_pass http://$b; }',
      upstream: { name: 'u' },
    },
    {
      name: 'an address behind a variable',
      rest: 'set $b 198.18.0.2:5000; location / { proxy_pass http://$b; }',
      upstream: { implicit: true, servers: [{ replica: 'app2', resolve: false }] },
    },
  ])('$name', ({ rest, upstream }) => {
    const model = modelOf(`${UPSTREAM} server { ${rest} }`);

    expect(model.routeProblem).toBeNull();
    expect(model.route?.upstream).toMatchObject(upstream);
  });
});

describe('the upstream', () => {
  const upstreamOf = (inside: string, nginxVersion?: string): unknown =>
    modelOf(`upstream u {\n${inside}\n}\nserver { ${PASS} }`, nginxVersion === undefined ? {} : { nginxVersion }).route
      ?.upstream;

  test.each([
    { inside: '', algorithm: 'round-robin', line: null },
    { inside: 'least_conn;', algorithm: 'least-conn', line: 2 },
    { inside: 'ip_hash;', algorithm: 'ip-hash', line: 2 },
    { inside: 'hash $request_uri;', algorithm: 'hash', line: 2 },
    { inside: 'random;', algorithm: 'random', line: 2 },
    { inside: 'random two least_conn;', algorithm: 'random-two', line: 2 },
    { inside: 'sticky cookie id;\nleast_conn;', algorithm: 'sticky', line: 2 },
    { inside: 'least_time header;', algorithm: 'other', line: 2 },
  ])('$inside is $algorithm', ({ inside, algorithm, line }) => {
    expect(upstreamOf(`${inside}\nserver app1:5000;`)).toMatchObject({
      algorithm,
      algorithmSpot: line === null ? null : { file: DEFAULT, line },
    });
  });

  test.each([
    { inside: '', version: undefined, zone: false, keepalive: null },
    { inside: 'zone u 64k; keepalive 8;', version: undefined, zone: true, keepalive: 8 },
    { inside: '', version: '1.29.6', zone: false, keepalive: null },
    { inside: '', version: '1.29.7', zone: false, keepalive: 32 },
    { inside: 'keepalive 0;', version: '1.30.0', zone: false, keepalive: null },
  ])('$inside in $version: zone $zone, keepalive $keepalive', ({ inside, version, zone, keepalive }) => {
    expect(upstreamOf(inside, version)).toMatchObject({ zone: { value: zone }, keepalive: { value: keepalive } });
  });

  test.each([
    {
      line: 'app1:5000',
      server: {
        ...{ address: 'app1:5000', host: 'app1', port: 5000, replica: 'app1', weight: 1, maxFails: 1 },
        ...{ failTimeoutMs: 10_000, maxConns: 0, backup: false, down: false, resolve: false },
        spot: { file: DEFAULT, line: 2 },
      },
    },
    {
      line: 'APP2:5000 weight=3 max_fails=0 fail_timeout=1m max_conns=9',
      server: { replica: 'app2', weight: 3, maxFails: 0, failTimeoutMs: 60_000, maxConns: 9 },
    },
    { line: '198.18.0.3:5000 backup resolve', server: { replica: 'app3', backup: true, resolve: true } },
    { line: 'app1:5000 down', server: { down: true } },
    { line: 'app1:5000 drain', server: { down: true } },
    { line: 'app1', server: { port: 80, replica: null } },
    { line: 'app1:8000', server: { port: 8000, replica: null } },
    { line: 'db:5000', server: { host: 'db', replica: null } },
    { line: '[::1]:5000', server: { host: '[::1]', port: 5000, replica: null } },
    { line: 'unix:/run/app.sock', server: { host: 'unix:/run/app.sock', port: null, replica: null } },
  ])('server $line', ({ line, server }) => {
    expect(upstreamOf(`server ${line};`)).toMatchObject({ servers: [server] });
  });
});

describe('what is in force', () => {
  const tree = (http: string, server: string, outer: string, inner: string): ConfigTree =>
    treeOf(
      `http {\n${http}\n${UPSTREAM}\nserver {\n${server}\nlocation /a {\n${outer}\nlocation /a/b {\n${inner} proxy_pass http://u;\n}\n}\n}\n}`,
      MAIN,
    );
  const at = (line: number): unknown => ({ file: MAIN, line });
  const route = (of: ConfigTree): NginxModel['route'] =>
    understandConfig(of, { ...TARGET, probePath: '/a/b', nginxVersion: '1.26.3' }).route;

  test("NGINX's defaults", () => {
    expect(route(tree('', '', '', ''))).toMatchObject({
      connectTimeoutMs: { value: 60_000, spot: null },
      readTimeoutMs: { value: 60_000, spot: null },
      nextUpstream: { value: ['error', 'timeout'], spot: null },
      nextUpstreamTries: { value: 0, spot: null },
      nextUpstreamTimeoutMs: { value: 0, spot: null },
      httpVersion: { value: '1.0', spot: null },
      proxyCache: { value: false, spot: null },
      proxySetHeaders: [],
    });
  });

  test('each level, the innermost first', () => {
    const of = tree(
      'proxy_connect_timeout 1s; proxy_read_timeout 1s; proxy_next_upstream_timeout 1s; proxy_next_upstream off;',
      'proxy_connect_timeout 2s; proxy_read_timeout 2s; proxy_next_upstream_timeout 2s;',
      'proxy_connect_timeout 3s; proxy_read_timeout 300ms;',
      'proxy_connect_timeout 4s;',
    );

    expect(route(of)).toMatchObject({
      location: at(8),
      proxyPass: at(9),
      connectTimeoutMs: { value: 4000, spot: at(9) },
      readTimeoutMs: { value: 300, spot: at(7) },
      nextUpstreamTimeoutMs: { value: 2000, spot: at(5) },
      nextUpstream: { value: ['off'], spot: at(2) },
    });
  });

  test('headers of one level only', () => {
    const of = tree('proxy_set_header A a;', 'proxy_set_header B b; proxy_set_header C "";', '', '');

    expect(route(of)).toMatchObject({
      proxySetHeaders: [
        { name: 'B', value: 'b' },
        { name: 'C', value: '' },
      ],
    });
  });

  test('the rest of the terms', () => {
    const of = tree(
      'proxy_http_version 1.1; proxy_cache z;',
      'proxy_next_upstream_tries 3;',
      'proxy_cache off; proxy_next_upstream_timeout 8s;',
      '',
    );

    expect(route(of)).toMatchObject({
      httpVersion: { value: '1.1' },
      proxyCache: { value: false, spot: at(7) },
      nextUpstreamTries: { value: 3 },
      nextUpstreamTimeoutMs: { value: 8000 },
    });
  });

  test.each([
    ['the same group', 'location = /auth { proxy_pass http://u/ok; }', 'auth_request /auth;', false],
    ['whatever a variable says', 'location = /auth { proxy_pass http://$who; }', 'auth_request /auth;', false],
    ['another server', 'location = /auth { proxy_pass http://127.0.0.1:9; }', 'auth_request /auth;', true],
    ['another server, inherited', 'auth_request /auth; location = /auth { proxy_pass http://127.0.0.1:9; }', '', true],
    ['nobody', 'auth_request /auth;', 'auth_request off;', null],
  ])('before each request is asked: %s', (_, server, inner, goesElsewhere) => {
    const asked = route(tree('', server, '', inner))?.authRequest ?? null;

    expect(asked?.goesElsewhere ?? null).toBe(goesElsewhere);
  });

  test.each([
    ['to the same group', 'location = /copy { proxy_pass http://u; }', 'mirror /copy;', [false]],
    [
      'to two places',
      'location = /one { proxy_pass http://u; } location = /two { proxy_pass http://127.0.0.1:9; }',
      'mirror /one; mirror /two;',
      [false, true],
    ],
    ['to another server, inherited', 'mirror /copy; location = /copy { proxy_pass http://127.0.0.1:9; }', '', [true]],
    ['nowhere', 'mirror /copy; location = /copy { proxy_pass http://u; }', 'mirror off;', []],
  ])('copies go %s', (_, server, inner, goesElsewhere) => {
    const mirrors = route(tree('', server, '', inner))?.mirrors ?? [];

    expect(mirrors.map((mirror) => mirror.goesElsewhere)).toEqual(goesElsewhere);
  });

  test('HTTP/1.1 towards the upstream by default since 1.29.7', () => {
    const { route } = modelOf(`${UPSTREAM} server { ${PASS} }`, { nginxVersion: '1.29.7' });

    expect(route?.httpVersion).toEqual({ value: '1.1', spot: null });
  });
});

describe('POSTs', () => {
  const POST_OFF = 'location @writes { proxy_next_upstream off; proxy_pass http://u; }';
  const server = (rest: string): string => `${UPSTREAM} server { listen 80; ${rest} }`;
  const turned = (condition: string): string =>
    server(
      `error_page 418 = @writes; location / { if (${condition}) { return 418; } proxy_pass http://u; } ${POST_OFF}`,
    );
  const off = { nextUpstream: { value: ['off'] } };

  test.each([
    { what: 'by name', text: turned('$request_method = POST') },
    { what: 'by an expression', text: turned('$request_method ~ ^(POST|PUT)$') },
    { what: 'as whatever is no GET', text: turned('$request_method != GET') },
    {
      what: 'by a rewrite in the server',
      text: server(
        `if ($request_method = POST) { rewrite ^/(.*)$ /writes/$1 last; } ${PASS} location /writes/ { proxy_next_upstream off; proxy_pass http://u/; }`,
      ),
    },
    {
      what: 'by a proxy_pass in the `if`',
      text: server('location / { proxy_pass http://u; if ($request_method = POST) { proxy_pass http://writers; } }')
        .replace('server {', 'upstream writers { server app1:5000; } server {')
        .replace('proxy_pass http://writers', 'proxy_next_upstream off; proxy_pass http://writers'),
    },
  ])('go to a location of their own $what', ({ text }) => {
    const { route } = modelOf(text);

    expect(route).toMatchObject({ nextUpstream: { value: ['error', 'timeout'] }, postRoute: off });
  });

  test('stay where GETs are sent elsewhere', () => {
    const { route } = modelOf(turned('$request_method = GET'));

    expect(route).toMatchObject({ ...off, postRoute: { nextUpstream: { value: ['error', 'timeout'] } } });
  });

  test.each([
    { what: 'no `if` tells them from GETs', text: turned('$request_method !~ ^(GET|POST)$') },
    { what: 'the `if` asks for something else', text: turned('$http_upgrade = POST') },
    {
      what: 'they are refused',
      text: server('location / { if ($request_method = POST) { return 405; } proxy_pass http://u; }'),
    },
    {
      what: 'only a variable is set',
      text: server('location / { if ($request_method = POST) { set $skip 1; } proxy_pass http://u; }'),
    },
    {
      what: 'they become GETs',
      text: server(
        `error_page 418 = /writes; location / { if ($request_method = POST) { return 418; } proxy_pass http://u; }`,
      ),
    },
  ])('go where GETs go where $what', ({ text }) => {
    expect(modelOf(text).route?.postRoute).toBeNull();
  });
});

test('a variable that grows without end is given up', () => {
  const model = modelOf(`${UPSTREAM} server { set $b ${'$b'.repeat(200)}; location / { proxy_pass http://$b; } }`);

  expect(model.routeProblem).toMatch(/only a request decides$/);
});

function itselfIn(text: string): ReturnType<typeof entryOfItself> {
  return entryOfItself(modelOf(text), inImage(text));
}

describe('NGINX that hands requests on to itself', () => {
  const inner = (listen: string): string => `server { listen ${listen}; ${PASS} }`;
  const outer = (pass: string): string => `server { listen 80; location / { proxy_pass ${pass}; } }`;
  test.each([
    {
      what: 'by address',
      text: `${outer('http://127.0.0.1:8080')} ${inner('127.0.0.1:8080')}`,
      address: '127.0.0.1:8080',
    },
    {
      what: 'by name',
      text: `${outer('http://localhost:8080')} ${inner('127.0.0.1:8080')}`,
      address: 'localhost:8080',
    },
    {
      what: 'by a socket',
      text: `${outer('http://unix:/run/in.sock:/app/')} ${inner('unix:/run/in.sock')}`,
      address: 'unix:/run/in.sock',
    },
    {
      what: 'by a socket in a group',
      text: `upstream itself { server unix:/run/in.sock; } ${outer('http://itself')} ${inner('unix:/run/in.sock')}`,
      address: 'unix:/run/in.sock',
    },
    {
      what: 'through a group',
      text: `upstream itself { server 127.0.0.1:8080; } ${outer('http://itself')} ${inner('127.0.0.1:8080')}`,
      address: '127.0.0.1:8080',
    },
  ])('$what', ({ text, address }) => {
    expect(itselfIn(UPSTREAM + text)?.address).toBe(address);
  });

  test.each([
    { what: 'a port where it does not listen', text: `${outer('http://127.0.0.1:9000')} ${inner('127.0.0.1:8080')}` },
    { what: 'the socket of another', text: `${outer('http://unix:/run/app.sock')} ${inner('unix:/run/in.sock')}` },
    { what: 'somebody else', text: `${outer('http://u')} ${inner('127.0.0.1:8080')}` },
    { what: 'itself where it is asked directly', text: `${outer('http://127.0.0.1:8080')} ${inner('8080')}` },
    {
      what: 'others as well',
      text: `upstream both { server 127.0.0.1:8080; server app1:5000; } ${outer('http://both')} ${inner('127.0.0.1:8080')}`,
    },
  ])('and not $what', ({ text }) => {
    expect(itselfIn(UPSTREAM + text)).toBeNull();
  });
});

describe('fixtures', () => {
  test.each([
    {
      name: 'textbook',
      servers: ['app1', 'app2', 'app3'],
      expected: { connectTimeoutMs: { value: 60_000, spot: null } },
    },
    { name: 'good-server', servers: ['app1', 'app2', 'app3'], expected: { readTimeoutMs: { value: 5000 } } },
    { name: 'access-log-off', servers: ['app1', 'app2', 'app3'], expected: {} },
    { name: 'one-replica', servers: ['app1'], expected: {} },
    { name: 'next-upstream-off', servers: ['app1', 'app2', 'app3'], expected: { nextUpstream: { value: ['off'] } } },
  ])('$name', ({ name, servers, expected }) => {
    const { route, routeProblem } = modelOf(fixture(name));

    expect(routeProblem).toBeNull();
    expect(route?.upstream.servers.map(({ replica }) => replica)).toEqual(servers);
    expect(route).toMatchObject(expected);
  });

  test('a replica that is named twice, and one kept as a backup', () => {
    const twice = modelOf(fixture('replica-twice')).route?.upstream.servers ?? [];
    const backups = modelOf(fixture('backup-by-mistake')).route?.upstream.servers.filter(({ backup }) => backup) ?? [];

    expect(new Set(twice.map(({ replica }) => replica)).size).toBeLessThan(twice.length);
    expect(backups).toHaveLength(1);
  });

  test('a whole configuration', () => {
    const model = understandConfig(treeOf(fixture('whole'), MAIN), TARGET);

    expect(model).toMatchObject({ workers: 'auto', listenPort: 80, routeProblem: null });
    expect(model.route?.upstream.zone.value).toBe(true);
  });
});
