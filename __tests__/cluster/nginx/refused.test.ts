import { expect, test } from '@jest/globals';
import { adviceOn, hostNotFound } from '../../../src/cluster/nginx/refused';

const KNOWN = { text: 'server { }\n', image: 'nginx:1.28', version: '1.28.0', hostnames: ['app1', 'app2', 'app3'] };

test.each([
  {
    what: 'one name for all replicas',
    words: 'nginx: [emerg] host not found in upstream "app:5000" in lb.conf:2',
    advice: /app1, app2 and app3.* one name for all of them.* list each with a `server` line/,
  },
  {
    what: 'a service that is not started',
    words: 'nginx: [emerg] host not found in upstream "pgadmin" in lb.conf:12',
    advice: /pgadmin is none of them, and no `upstream` block of this file\. Other services are not started here/,
  },
  {
    what: 'a directive of a module',
    words: 'nginx: [emerg] unknown directive "brotli" in lb.conf:7',
    advice: /misspelt, or belongs to a module.*nginx:1\.28 holds 1\.28\.0 \(input nginx-image\)/,
  },
  {
    what: 'a parameter of the commercial edition',
    words: 'nginx: [emerg] invalid parameter "slow_start=30s" in lb.conf:2',
    advice: /commercial edition/,
  },
  {
    what: 'a zone that is defined elsewhere',
    words: 'nginx: [emerg] zero size shared memory zone "one"',
    advice: /defined in no file that NGINX gets.* `limit_req_zone`/,
  },
  {
    what: 'a format of the log that is defined elsewhere',
    words: 'nginx: [emerg] unknown log format "json" in lb.conf:3',
    advice: /define it here/,
  },
  {
    what: 'a variable of a map that is elsewhere',
    words: 'nginx: [emerg] unknown "connection_upgrade" variable',
    advice: /define it here/,
  },
  {
    what: 'a zone of a cache that is defined elsewhere',
    words: 'nginx: [emerg] "proxy_cache" zone "micro" is unknown in /etc/nginx/nginx.conf:30',
    advice: /define it here/,
  },
  {
    what: 'the user of another distribution',
    words: 'nginx: [emerg] getpwnam("www-data") failed in lb.conf:1',
    advice: /nginx:1\.28 does not have the user www-data/,
  },
  {
    what: 'a module that is loaded',
    words:
      'nginx: [emerg] dlopen() "/m/x.so" failed (/m/x.so: cannot open shared object file: No such file or directory)',
    advice: /nginx:1\.28 does not have that module/,
  },
  {
    what: 'a certificate that is not there',
    words: 'nginx: [emerg] cannot load certificate "/c.pem": BIO_new_file() failed (No such file or directory)',
    advice: /plain HTTP, so any certificate in its place will do.*`listen 8080;`/,
  },
  {
    what: 'a snippet that is not there',
    words: 'nginx: [emerg] open() "/etc/nginx/snippets/a.conf" failed (2: No such file or directory) in lb.conf:6',
    advice: /NGINX gets this file alone/,
  },
])('$what', ({ words, advice }) => {
  expect(adviceOn({ ...KNOWN, words })).toMatch(advice);
});

test('what speaks for itself is told by nobody else', () => {
  expect(adviceOn({ ...KNOWN, words: 'nginx: [emerg] unexpected "}" in lb.conf:3' })).toBeNull();
});

test('a template is told as one, whatever NGINX says of it', () => {
  const text = 'upstream u { server ${APP_HOST}:${PORT}; server ${APP_HOST}2:${PORT}; }\n';
  const words = 'nginx: [emerg] invalid host in upstream "${APP_HOST}:5000" in lb.conf:1';
  expect(adviceOn({ ...KNOWN, text, words })).toMatch(
    /It is a template, in which \$\{APP_HOST\} has to be filled in.*envsubst '\$\{APP_HOST\} \$\{PORT\}' </,
  );
});

test("a variable of NGINX's own makes no template", () => {
  const text = 'proxy_set_header X-Id ${request_id}x;\n';
  expect(adviceOn({ ...KNOWN, text, words: 'nginx: [emerg] unexpected end of file' })).toBeNull();
});

test.each([
  { words: 'nginx: [emerg] host not found in upstream "my_web.internal:3000" in lb.conf:9', host: 'my_web.internal' },
  { words: 'nginx: [emerg] host not found in upstream "${APP}:3000" in lb.conf:9', host: null },
  { words: 'nginx: [emerg] host not found in resolver "dns" in lb.conf:9', host: null },
])('the name of a service that is not started: $host', ({ words, host }) => {
  expect(hostNotFound(words)).toBe(host);
});
