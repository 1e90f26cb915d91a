import { describe, expect, test } from '@jest/globals';
import { adviceFor } from '../../src/cluster/start-complaints';

describe('what a replica wrote before it ended', () => {
  test.each([
    {
      line: 'OSError: [Errno 30] Read-only file system: log',
      hardened: true,
      says: /^it wants to write to the root file system, and .* read-only here .* below \/tmp .* `hardening: report` runs/,
    },
    {
      line: 'PermissionError: [Errno 1] Operation not permitted',
      hardened: true,
      says: /all capabilities are dropped/,
    },
    {
      line: 'BlockingIOError: [Errno 11] Resource temporarily unavailable',
      hardened: true,
      says: /no more processes or threads.*input pids-limit/,
    },
    { line: 'exec /srv/app: exec format error', hardened: false, says: /another kind of processor .* or a script/ },
    ...[
      'exec /srv/start.sh: no such file or directory',
      'standard_init_linux.go:228: exec user process caused: no such file or directory',
      '/usr/bin/env: ‘bash\\r’: No such file or directory',
      "env: can't execute 'bash\r': No such file or directory",
    ].map((line) => ({ line, hardened: false, says: /first line .* does not have .* Windows \(CRLF\)/ })),
    ...[
      'django.db.utils.OperationalError: unable to open database file',
      'sqlite3.OperationalError: attempt to write a readonly database',
      'Error: SQLITE_CANTOPEN: unable to open database file',
    ].map((line) => ({
      line,
      hardened: true,
      says: /^it cannot write to its SQLite database, .* below \/tmp \(input app-env\)/,
    })),
    // Caddy, as its official image has it.
    {
      line: 'exec /usr/bin/caddy: operation not permitted',
      hardened: true,
      says: /^the file has capabilities of its own .*`RUN setcap -r \/usr\/bin\/caddy`; .* port 80\), or `hardening: report`/,
    },
    {
      line: 'standard_init_linux.go:228: exec user process caused: operation not permitted',
      hardened: true,
      says: /^the file has capabilities of its own/,
    },
  ])('is explained: $line', ({ line, hardened, says }) => {
    expect(adviceFor(['starting', line], hardened)).toMatch(says);
  });

  test.each([
    { line: 'PermissionError: [Errno 1] Operation not permitted', hardened: false },
    { line: 'KeyError: DATABASE_URL', hardened: true },
    { line: 'sqlite3.OperationalError: unable to open database file', hardened: false },
    { line: 'exec /usr/bin/caddy: operation not permitted', hardened: false },
    { line: "Error: ENOENT: no such file or directory, open '/.env'", hardened: true },
    { line: "Error: ENOENT: no such file or directory, open '/app/.next/BUILD_ID'", hardened: true },
    { line: 'cannot exec /srv/helper: no such file or directory', hardened: true },
  ])('is not put down to the hardening (hardened: $hardened): $line', ({ line, hardened }) => {
    expect(adviceFor([line], hardened)).toBeNull();
  });
});

describe('the path that could not be written', () => {
  test.each([
    // Python, Node, Go, Java, Ruby (Puma), Apache, Perl (hypnotoad), NGINX, dash and coreutils say it each in their own way.
    ["OSError: [Errno 30] Read-only file system: '/app/db.sqlite3'", '/app/db.sqlite3'],
    ["Error: EROFS: read-only file system, mkdir '/app/.next/cache'", '/app/.next/cache'],
    ['panic: open /data/app.log: read-only file system', '/data/app.log'],
    [
      'java.io.FileNotFoundException: /opt/tomcat/logs/catalina.out (Read-only file system)',
      '/opt/tomcat/logs/catalina.out',
    ],
    ['Read-only file system @ rb_sysopen - /app/tmp/pids/server.pid (Errno::EROFS)', '/app/tmp/pids/server.pid'],
    [
      '[core:error] [pid 9:tid 9] (30)Read-only file system: AH00099: could not create /var/run/apache2/apache2.pid.vMFUxf',
      '/var/run/apache2/apache2.pid.vMFUxf',
    ],
    [
      'Can\'t open file "/app/hypnotoad.pid": Read-only file system at /usr/share/perl5/Mojo/Server/Prefork.pm line 42.',
      '/app/hypnotoad.pid',
    ],
    ['nginx: [emerg] mkdir() "/var/cache/nginx" failed (30: Read-only file system)', '/var/cache/nginx'],
    ['sh: 1: cannot create /app/started: Read-only file system', '/app/started'],
    ["mkdir: cannot create directory '/srv/uploads': Read-only file system", '/srv/uploads'],
    ['rm: cannot remove ‘/srv/lock’: Read-only file system', '/srv/lock'],
  ])('is named: %s', (line, path) => {
    expect(adviceFor([line], true)).toMatch(`it wants to write ${path}, and the root file system is read-only here`);
  });
});

test('a cause is found above all that was being called, and one near the end goes first', () => {
  const calls = Array.from({ length: 60 }, (_, n) => `\tat org.apache.catalina.startup.Step${n}.run(Step.java:${n})`);
  const lines = ['java.io.FileNotFoundException: /srv/base/logs/catalina.log (Read-only file system)', ...calls];
  expect(adviceFor(lines, true)).toMatch('/srv/base/logs/catalina.log');
  expect(adviceFor([...lines, 'cannot create /app/started: Read-only file system'], true)).toMatch('/app/started');
});

describe('a user without a home', () => {
  test.each([
    ["PM2 error: Error: ENOENT: no such file or directory, open '/.pm2/module_conf.json'", '/.pm2/module_conf.json'],
    ["Error: ENOENT: no such file or directory, mkdir '/.pm2'", '/.pm2'],
    ["npm error Error: EACCES: permission denied, mkdir '/.npm'", '/.npm'],
    ["OSError: [Errno 30] Read-only file system: '/.cache'", '/.cache'],
    ['mkdir /.config: read-only file system', '/.config'],
  ])('is told so: %s', (line, path) => {
    const advice = adviceFor(['starting', line], false);
    expect(advice).toMatch(`it wants to keep files below its home directory (${path}), and its user has none`);
    expect(advice).toMatch('`ENV HOME=/tmp`');
  });
});
