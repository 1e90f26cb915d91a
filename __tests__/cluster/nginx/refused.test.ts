import { expect, test } from '@jest/globals';
import { adviceOn, hostNotFound } from '../../../src/cluster/nginx/refused';

const KNOWN = { text: 'server { }\n', image: 'nginx:1.28', version: '1.28.0', hostnames: ['app1', 'app2', 'app3'] };

interface Row {
  readonly what: string;
  readonly words: string;
  readonly advice: RegExp;
  readonly text?: string;
}

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
    what: 'one replica more than there are',
    words: 'nginx: [emerg] host not found in upstream "app4:5000" in lb.conf:6',
    advice: /app1, app2 and app3 .*, and app4 is one more: raise the input `replicas`, or take it out\./,
  },
  {
    what: 'hostnames of another pattern',
    text: 'upstream u {\n  server web1:5000;\n  server web2:5000;\n}\n',
    words: 'nginx: [emerg] host not found in upstream "web1:5000" in lb.conf:2',
    advice: /this file calls them otherwise: give `hostname-pattern: web\{n\}`, or use their names/,
  },
  {
    what: 'a group that is misspelt',
    text: 'upstream flask_cluster { server app1:5000; }\n',
    words: 'nginx: [emerg] host not found in upstream "flask-cluster" in lb.conf:12',
    advice: /^flask-cluster is no `upstream` block of this file, nor a replica; did you mean `flask_cluster`\?$/,
  },
  {
    what: 'a block that is not closed',
    text: '# {\nserver {\n    location / {\n        return 200 "}";\n    }\n',
    words: 'nginx: [emerg] unexpected end of file, expecting "}" in lb.conf:6',
    advice: /a `\}` is missing for the one that begins in line 2 \(`server \{`\), or for one inside it\.$/,
  },
  {
    what: 'a semicolon that is missing',
    words: 'nginx: [emerg] invalid number of arguments in "proxy_pass" directive in lb.conf:15',
    advice: /^Most often a `;` is missing at the end of the line before/,
  },
  {
    what: 'a brace too many',
    words: 'nginx: [emerg] unexpected "}" in lb.conf:3',
    advice: /^There is a `\}` too many, or a `;` is missing before it\.$/,
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
    advice: /No file that NGINX gets defines what is named there.* `limit_req_zone`/,
  },
  {
    what: 'a format of the log that is defined elsewhere',
    words: 'nginx: [emerg] unknown log format "json" in lb.conf:3',
    advice: /Define it here/,
  },
  {
    what: 'a variable of a map that is elsewhere',
    words: 'nginx: [emerg] unknown "connection_upgrade" variable',
    advice: /Define it here/,
  },
  {
    what: 'a zone of a cache that is defined elsewhere',
    words: 'nginx: [emerg] "proxy_cache" zone "micro" is unknown in /etc/nginx/nginx.conf:30',
    advice: /Define it here/,
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
] as readonly Row[])('$what', ({ words, advice, text = KNOWN.text }) => {
  expect(adviceOn({ ...KNOWN, words, text })).toMatch(advice);
});

test('what speaks for itself is told by nobody else', () => {
  expect(
    adviceOn({ ...KNOWN, words: 'nginx: [emerg] invalid port in "80x" of the "listen" directive in lb.conf:3' }),
  ).toBeNull();
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
