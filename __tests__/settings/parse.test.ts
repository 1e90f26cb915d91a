import { describe, expect, test } from '@jest/globals';
import { INPUT_NAMES } from '../../src/settings/inputs';
import { parseSettings } from '../../src/settings/parse';
import type { Settings } from '../../src/settings/settings';

type Raw = Readonly<Record<string, string>>;

function settingsFrom(raw: Raw): Settings {
  const outcome = parseSettings(raw);
  if (!outcome.ok) throw new Error(outcome.problems.map((problem) => problem.message).join('\n'));
  return outcome.settings;
}

function messagesFrom(raw: Raw): readonly string[] {
  const outcome = parseSettings(raw);
  return outcome.ok ? [] : outcome.problems.map((problem) => problem.message);
}

describe('nothing given', () => {
  const defaults: Omit<Settings, 'gates'> = {
    image: {
      kind: 'build',
      context: '.',
      dockerfile: null,
      target: null,
      buildArgs: [],
      cacheFrom: [],
      cacheTo: [],
    },
    replicas: 3,
    hostnamePattern: 'app{n}',
    appPort: 5000,
    appEnv: [],
    healthPath: '/',
    probePath: '/',
    host: null,
    requestHeaders: [],
    startupTimeoutMs: 60_000,
    limits: { cpus: 0.5, memoryBytes: 268_435_456, pids: 128 },
    hardening: 'enforce',
    nginxImage: 'nginx:1.30.4-alpine',
    nginxConfig: null,
    algorithm: 'round-robin',
    weights: null,
    port: 'auto',
    checks: ['rotation', 'failover', 'rollout', 'isolation', 'hardening', 'limits'],
    faults: ['crash', 'stop', 'freeze', 'partition'],
    rollout: { baselineImage: null, image: null, buildArgs: [] },
    rate: 100,
    profile: 'standard',
    onInconclusive: 'fail',
    githubToken: '',
    comment: 'always',
    commentKey: '',
    compareWith: null,
    reportDir: '',
    keepCluster: false,
    seed: null,
  };

  test.each<[name: string, raw: Raw]>([
    ['no input at all', {}],
    ['every input empty', Object.fromEntries(INPUT_NAMES.map((name) => [name, '']))],
    ['every input blank', Object.fromEntries(INPUT_NAMES.map((name) => [name, ' \n\t\r\n ']))],
  ])('%s: the defaults', (_name, raw) => {
    const { gates, ...others } = settingsFrom(raw);
    expect(others).toEqual(defaults);
    expect(gates.map((gate) => gate.metric)).toContain('failover.stall');
  });
});

describe('what is accepted', () => {
  test.each<[input: string, text: string, expected: Partial<Settings>]>([
    ['image', 'app', { image: { kind: 'image', reference: 'app' } }],
    [
      'image',
      'localhost:5000/me/my_app-x:v1',
      { image: { kind: 'image', reference: 'localhost:5000/me/my_app-x:v1' } },
    ],
    [
      'image',
      `GHCR.io/me/app:v1@sha256:${'a'.repeat(64)}`,
      { image: { kind: 'image', reference: `GHCR.io/me/app:v1@sha256:${'a'.repeat(64)}` } },
    ],
    ['image', '[::1]:5000/app', { image: { kind: 'image', reference: '[::1]:5000/app' } }],
    ['nginx-image', 'nginx:mainline', { nginxImage: 'nginx:mainline' }],
    ['replicas', '2', { replicas: 2 }],
    ['replicas', ' 16\n', { replicas: 16 }],
    ['hostname-pattern', '  web-{n}-eu ', { hostnamePattern: 'web-{n}-eu' }],
    ['hostname-pattern', 'a{n}', { hostnamePattern: 'a{n}' }],
    ['app-port', '65535', { appPort: 65_535 }],
    [
      'app-env',
      'A=1\nspring.profiles.active=test\n\n  B_2=x=y # z  \r\nEMPTY=',
      {
        appEnv: [
          ['A', '1'],
          ['spring.profiles.active', 'test'],
          ['B_2', 'x=y # z'],
          ['EMPTY', ''],
        ],
      },
    ],
    ['health-path', '/healthz?deep=1&x=%20', { healthPath: '/healthz?deep=1&x=%20' }],
    ['probe-path', "/a/b;c,d@e:f!$'()*+~", { probePath: "/a/b;c,d@e:f!$'()*+~" }],
    ['host', 'shop.example.com', { host: 'shop.example.com' }],
    ['host', ' Shop_1.local:8443\n', { host: 'Shop_1.local:8443' }],
    ['host', '10.0.0.1', { host: '10.0.0.1' }],
    [
      'request-headers',
      'X-Forwarded-Proto: https\n\n  authorization:Basic YTpi  \nX-Empty:',
      {
        requestHeaders: [
          ['X-Forwarded-Proto', 'https'],
          ['authorization', 'Basic YTpi'],
          ['X-Empty', ''],
        ],
      },
    ],
    ['startup-timeout', '500ms', { startupTimeoutMs: 500 }],
    ['startup-timeout', '1.5s', { startupTimeoutMs: 1500 }],
    ['startup-timeout', '2m', { startupTimeoutMs: 120_000 }],
    ['cpus', '.25', { limits: { cpus: 0.25, memoryBytes: 268_435_456, pids: 128 } }],
    ['cpus', '2', { limits: { cpus: 2, memoryBytes: 268_435_456, pids: 128 } }],
    ['cpus', '0.01', { limits: { cpus: 0.01, memoryBytes: 268_435_456, pids: 128 } }],
    ['memory', '1g', { limits: { cpus: 0.5, memoryBytes: 1_073_741_824, pids: 128 } }],
    ['memory', '64MiB', { limits: { cpus: 0.5, memoryBytes: 67_108_864, pids: 128 } }],
    ['memory', '65536 KB', { limits: { cpus: 0.5, memoryBytes: 67_108_864, pids: 128 } }],
    ['memory', '6291456', { limits: { cpus: 0.5, memoryBytes: 6_291_456, pids: 128 } }],
    ['memory', '6291456b', { limits: { cpus: 0.5, memoryBytes: 6_291_456, pids: 128 } }],
    ['memory', '1.5g', { limits: { cpus: 0.5, memoryBytes: 1_610_612_736, pids: 128 } }],
    ['pids-limit', '1', { limits: { cpus: 0.5, memoryBytes: 268_435_456, pids: 1 } }],
    ['hardening', 'report', { hardening: 'report' }],
    ['nginx-config', './nginx/../nginx/my conf.conf', { nginxConfig: './nginx/../nginx/my conf.conf' }],
    ['algorithm', 'least-conn', { algorithm: 'least-conn' }],
    ['weights', '3, 1,\n1', { weights: [3, 1, 1] }],
    ['port', '80', { port: 80 }],
    ['checks', 'failover', { checks: ['failover'] }],
    ['checks', 'failover,\nrotation,', { checks: ['failover', 'rotation'] }],
    ['faults', '\n crash \n', { faults: ['crash'] }],
    ['rate', '5000', { rate: 5000 }],
    ['profile', 'observe', { profile: 'observe' }],
    ['on-inconclusive', 'pass', { onInconclusive: 'pass' }],
    ['github-token', 'ghs_abc', { githubToken: 'ghs_abc' }],
    ['comment', 'failures', { comment: 'failures' }],
    ['comment-key', 'ci/build/{\n  "os": "-->"\n}', { commentKey: 'ci/build/{\n  "os": "-->"\n}' }],
    ['compare-with', ' main/report.json\n', { compareWith: 'main/report.json' }],
    ['compare-with', '/tmp/report.json', { compareWith: '/tmp/report.json' }],
    ['report-dir', '/tmp/out put', { reportDir: '/tmp/out put' }],
    ['keep-cluster', 'True', { keepCluster: true }],
    ['keep-cluster', 'FALSE', { keepCluster: false }],
    ['seed', '0', { seed: 0 }],
    ['seed', '4294967295', { seed: 4_294_967_295 }],
  ])('%s: %j', (input, text, expected) => {
    expect(settingsFrom({ [input]: text })).toMatchObject(expected);
  });

  test('a build as docker/build-push-action takes it', () => {
    const image = settingsFrom({
      context: './services/api',
      dockerfile: '../docker/Dockerfile',
      target: 'prod',
      'build-args': 'A=1,2\nHTTP_PROXY',
      'cache-from': 'type=gha,scope=x\nuser/app:cache',
      'cache-to': 'type=gha,scope=x,mode=max\n',
    }).image;
    expect(image).toEqual({
      kind: 'build',
      context: './services/api',
      dockerfile: '../docker/Dockerfile',
      target: 'prod',
      buildArgs: ['A=1,2', 'HTTP_PROXY'],
      cacheFrom: ['type=gha,scope=x', 'user/app:cache'],
      cacheTo: ['type=gha,scope=x,mode=max'],
    });
  });

  test.each<[name: string, text: string, args: readonly string[]]>([
    ['a value of several lines', '"KEY=a\nb\r\n\nc"\nB=2', ['KEY=a\nb\n\nc', 'B=2']],
    ['a line in quotes', '"A=x, y"', ['A=x, y']],
    ['quotes inside of quotes', '"A=say ""hi"""', ['A=say "hi"']],
    ['quotes that the value has', 'A="x"\nB={"a": 1, "b": 2}', ['A="x"', 'B={"a": 1, "b": 2}']],
    ['commas and blank lines', 'A=1,2,\n\n  B=,\n', ['A=1,2,', 'B=,']],
  ])('build arguments, read as docker/build-push-action reads them: %s', (_name, text, args) => {
    expect(settingsFrom({ 'build-args': text }).image).toMatchObject({ buildArgs: args });
    expect(settingsFrom({ 'rollout-build-args': text }).rollout.buildArgs).toEqual(args);
  });

  test('a cache entry in quotes', () => {
    const image = settingsFrom({ 'cache-from': '"type=registry,ref=a/b:c"\ntype=gha' }).image;
    expect(image).toMatchObject({ cacheFrom: ['type=registry,ref=a/b:c', 'type=gha'] });
  });

  test('faults while failover is not checked', () => {
    expect(settingsFrom({ checks: 'rotation', faults: 'crash' }).checks).toEqual(['rotation']);
  });

  test('every weight goes with every algorithm of NGINX', () => {
    expect(settingsFrom({ algorithm: 'random', weights: '1,2,3' })).toMatchObject({ weights: [1, 2, 3] });
  });
});

const FORMS = {
  image: 'an image reference, such as `nginx:1.30.4-alpine` or `ghcr.io/me/app@sha256:…`',
  context: 'a folder inside the workspace, relative to it, such as `app`: what is tested is what was checked out',
  hostname:
    'a name that holds `{n}` once, such as `app{n}`: lower-case letters, digits and hyphens, a letter first, ' +
    'no hyphen last, 63 characters at most once the number is in',
  path: 'a path that begins with a single `/`, such as `/healthz`, without spaces or `#`; other special characters percent-encoded',
  host: 'a host name, such as `shop.example.com`, with a port where users give one (`shop.example.com:8443`)',
  duration: 'a duration from 100ms to 60m, such as `500ms`, `60s` or `2m`',
  size: 'a size from 6m to 1024g, such as `256m`, `1g`, `64MiB` or `268435456` (bytes)',
  cpus: 'a decimal number from 0.01 to 1024, such as `0.5`',
  pids: 'a whole number from 1 to 4194304',
  config: 'a file inside the workspace, relative to it, such as `nginx/default.conf`: the report quotes it',
  port: 'a whole number from 1 to 65535',
  checks: 'a list, by commas or lines, of `rotation`, `failover`, `rollout`, `isolation`, `hardening` or `limits`',
  pair: 'the line (not shown) is not accepted; give `KEY=VALUE`, the key of letters, digits and `_`, no digit first, no control characters.',
  variable:
    'the line (not shown) is not accepted; give `KEY=VALUE`, the key of letters, digits, `_`, `.` and `-`, a letter or `_` first, no control characters.',
  header:
    'the line (not shown) is not accepted; give `Name: value`, such as `X-Forwarded-Proto: https`, of printable ASCII characters.',
  cache: 'the entry (not shown) is not accepted; give an entry such as `type=gha,scope=app`, or an image reference.',
  token: 'the value (not shown) is not accepted; give a token: one word of printable ASCII characters.',
};

describe('what is refused, value and accepted forms named', () => {
  test.each<[input: string, text: string, forms: string]>([
    ['image', 'My App', FORMS.image],
    ['image', 'UPPER', FORMS.image],
    ['image', '-v', FORMS.image],
    ['image', 'app:', FORMS.image],
    ['image', 'app@sha256:abc', FORMS.image],
    ['nginx-image', 'nginx; rm -rf /', FORMS.image],
    ['context', '/etc', FORMS.context],
    ['context', '../other', FORMS.context],
    ['context', 'a/../../b', FORMS.context],
    ['context', '-f', FORMS.context],
    ['context', 'https://github.com/me/app.git#main', FORMS.context],
    ['context', 'git@github.com:me/app', FORMS.context],
    ['context', 'github.com/me/app', FORMS.context],
    ['dockerfile', '/Dockerfile', 'a path relative to `context`, such as `docker/app.Dockerfile`'],
    ['dockerfile', '-', 'a path relative to `context`, such as `docker/app.Dockerfile`'],
    ['target', '--push', 'the name of a stage of the Dockerfile, such as `production`'],
    ['replicas', '1', 'a whole number from 2 to 16'],
    ['replicas', '17', 'a whole number from 2 to 16'],
    ['replicas', '3.0', 'a whole number from 2 to 16'],
    ['replicas', '+3', 'a whole number from 2 to 16'],
    ['replicas', '0x3', 'a whole number from 2 to 16'],
    ['replicas', '3 replicas', 'a whole number from 2 to 16'],
    ['replicas', '٣', 'a whole number from 2 to 16'],
    ['hostname-pattern', 'app', FORMS.hostname],
    ['hostname-pattern', '{n}{n}', FORMS.hostname],
    ['hostname-pattern', '{n}', FORMS.hostname],
    ['hostname-pattern', 'App{n}', FORMS.hostname],
    ['hostname-pattern', 'app.{n}', FORMS.hostname],
    ['hostname-pattern', 'app{n}-', FORMS.hostname],
    ['hostname-pattern', 'app_{n}', FORMS.hostname],
    ['hostname-pattern', 'app{n};', FORMS.hostname],
    ['app-port', '0', FORMS.port],
    ['app-port', '65536', FORMS.port],
    ['app-port', 'auto', FORMS.port],
    ['health-path', 'healthz', FORMS.path],
    ['health-path', '//evil.example/', FORMS.path],
    ['health-path', '/a b', FORMS.path],
    ['health-path', '/a#b', FORMS.path],
    ['health-path', '/%zz', FORMS.path],
    ['probe-path', '/ü', FORMS.path],
    ['host', 'https://shop.example.com', FORMS.host],
    ['host', 'shop.example.com/', FORMS.host],
    ['host', 'shop..com', FORMS.host],
    ['host', '-shop.com', FORMS.host],
    ['host', 'a b', FORMS.host],
    ['host', 'shop.com:0', FORMS.host],
    ['startup-timeout', '60', FORMS.duration],
    ['startup-timeout', '0s', FORMS.duration],
    ['startup-timeout', '61m', FORMS.duration],
    ['startup-timeout', '1h', FORMS.duration],
    ['startup-timeout', '-5s', FORMS.duration],
    ['startup-timeout', '5 s', FORMS.duration],
    ['cpus', '0', FORMS.cpus],
    ['cpus', '0.009', FORMS.cpus],
    ['cpus', '1e3', FORMS.cpus],
    ['cpus', '1,5', FORMS.cpus],
    ['cpus', 'Infinity', FORMS.cpus],
    ['cpus', '.', FORMS.cpus],
    ['memory', '5m', FORMS.size],
    ['memory', '256mb5', FORMS.size],
    ['memory', '-1', FORMS.size],
    ['memory', '2t', FORMS.size],
    ['memory', 'lots', FORMS.size],
    ['pids-limit', '0', FORMS.pids],
    ['pids-limit', '-1', FORMS.pids],
    ['hardening', 'on', '`enforce`, `report` or `off`'],
    ['hardening', 'Enforce', '`enforce`, `report` or `off`'],
    ['nginx-config', '/etc/nginx/nginx.conf', FORMS.config],
    ['nginx-config', 'a/../../../etc/shadow', FORMS.config],
    ['algorithm', 'roundrobin', '`round-robin`, `least-conn`, `ip-hash`, `hash` or `random`'],
    ['weights', '1,0,1', 'one whole number from 1 to 100 for each replica, such as `3,1,1`'],
    ['weights', '1,1,101', 'one whole number from 1 to 100 for each replica, such as `3,1,1`'],
    ['weights', ',,', 'one whole number from 1 to 100 for each replica, such as `3,1,1`'],
    ['port', 'any', '`auto` or a whole number from 1 to 65535'],
    ['port', '0', '`auto` or a whole number from 1 to 65535'],
    ['checks', 'everything', FORMS.checks],
    ['checks', ',', FORMS.checks],
    [
      'faults',
      'meteor',
      'a list, by commas or lines, of `crash`, `stop`, `freeze`, `partition`, `oom`, `throttle`, `error`, `slow`, `lb-reload`, `lb-worker-crash` or `dns`',
    ],
    ['rate', '0', 'a whole number from 1 to 5000'],
    ['rate', '5001', 'a whole number from 1 to 5000'],
    ['profile', 'lenient', '`strict`, `standard` or `observe`'],
    ['on-inconclusive', 'ignore', '`fail` or `pass`'],
    ['comment', 'true', '`always`, `changes`, `failures` or `never`'],
    ['compare-with', '--rf', 'a path on one line that does not begin with `-`'],
    ['report-dir', '-rf', 'a path on one line that does not begin with `-`'],
    ['keep-cluster', 'yes', '`true` or `false`'],
    ['keep-cluster', 'tRUE', '`true` or `false`'],
    ['seed', '4294967296', 'a whole number from 0 to 4294967295'],
    ['seed', '-1', 'a whole number from 0 to 4294967295'],
  ])('%s: %j', (input, text, forms) => {
    expect(messagesFrom({ [input]: text })).toEqual([`Input \`${input}\`: "${text}" is not accepted; give ${forms}.`]);
  });

  test.each<[input: string, text: string, messages: readonly string[]]>([
    ['checks', 'rotation,rotation', ['Input `checks`: "rotation" is given more than once; give it once.']],
    [
      'checks',
      'rotate,failover,faults',
      [
        `Input \`checks\`: "rotate" is not accepted; give ${FORMS.checks}.`,
        `Input \`checks\`: "faults" is not accepted; give ${FORMS.checks}.`,
      ],
    ],
    [
      'app-env',
      'A=1\nhunter2\n2FA=hunter2',
      [`Input \`app-env\`, line 2: ${FORMS.variable}`, `Input \`app-env\`, line 3: ${FORMS.variable}`],
    ],
    ['app-env', '\n\nA=hunter2\nB=1\nA=hunter3', ['Input `app-env`, line 5: `A` is already set on line 3.']],
    ['app-env', 'A=hunter2\0', [`Input \`app-env\`, line 1: ${FORMS.variable}`]],
    [
      'request-headers',
      'X-A: 1\nhunter2\nX B: hunter2\nX-C: hunter2\x07',
      [2, 3, 4].map((line) => `Input \`request-headers\`, line ${line}: ${FORMS.header}`),
    ],
    [
      'request-headers',
      'host: a\nTE: x\nX-LB-Cluster-Id: 1\nX-A: hunter2\nx-a: 2',
      [
        'Input `request-headers`, line 1: `Host` is the input `host`; give it there.',
        'Input `request-headers`, line 2: `TE` belongs to each request itself; give another header.',
        'Input `request-headers`, line 3: `X-LB-Cluster-Id` belongs to each request itself; give another header.',
        'Input `request-headers`, line 5: `x-a` is already given on line 4.',
      ],
    ],
    ['build-args', 'A=1\n--push', [`Input \`build-args\`, line 2: ${FORMS.pair}`]],
    ['build-args', 'A\nA=hunter2', ['Input `build-args`, line 2: `A` is already set on line 1.']],
    ['build-args', '"A=hunter2\nhunter2"\n--push', [`Input \`build-args\`, line 3: ${FORMS.pair}`]],
    ['build-args', 'B=1\n"A=hunter2', [`Input \`build-args\`, line 2: ${FORMS.pair}`]],
    ['cache-from', '"type=gha\nx"', [`Input \`cache-from\`, line 1: ${FORMS.cache}`]],
    ['cache-from', 'type=gha\n--push', [`Input \`cache-from\`, line 2: ${FORMS.cache}`]],
    ['cache-to', 'type=s3,secret_access_key=hunter2\x07', [`Input \`cache-to\`, line 1: ${FORMS.cache}`]],
    ['github-token', 'hunter2\nX-Evil: 1', [`Input \`github-token\`: ${FORMS.token}`]],
  ])('%s: %j', (input, text, messages) => {
    expect(messagesFrom({ [input]: text })).toEqual(messages);
  });
});

describe('many bad inputs', () => {
  test('all are reported at once, in the order of action.yml', () => {
    const bad = Object.fromEntries(INPUT_NAMES.map((name) => [name, '\x01=hunter2']));
    const outcome = parseSettings(bad);
    const problems = outcome.ok ? [] : outcome.problems;
    // Any text will do as a comment's key.
    const refusable = INPUT_NAMES.filter((name) => name !== 'comment-key');
    expect(problems.filter(({ inputs }) => inputs.length === 1).map(({ inputs }) => inputs[0])).toEqual(refusable);
  });

  test('no secret is in any message', () => {
    const secrets = ['github-token', 'app-env', 'request-headers', 'build-args', 'cache-from', 'cache-to'];
    const messages = messagesFrom(Object.fromEntries(secrets.map((name) => [name, '\x01=hunter2\n-hunter2'])));
    expect(messages).toHaveLength(11);
    expect(messages.join('\n')).not.toContain('hunter2');
  });
});

describe('hostile values', () => {
  test.each<[name: string, text: string, shown: string]>([
    ['a workflow command on a line of its own', 'x\n::error::pwned', '"x\\n::error::pwned"'],
    ['a carriage return', 'x\ry', '"x\\ry"'],
    ['a terminal sequence', '\x1b[31mred\x9b', '"\\u{1b}[31mred\\u{9b}"'],
    ['text turned round', 'a\u202eb\u2066c', '"a\\u{202e}b\\u{2066}c"'],
    ['invisible characters', 'a\u200b\ufeffb\u2028c', '"a\\u{200b}\\u{feff}b\\u{2028}c"'],
    ['a lone surrogate', 'a\ud800b', '"a\\u{d800}b"'],
    ['quotes and backslashes', 'a"b\\n', '"a\\"b\\\\n"'],
    ['a long value', 'x'.repeat(1_000_000), `"${'x'.repeat(60)}…"`],
    ['a long value of long characters', '🦊'.repeat(1000), `"${'🦊'.repeat(60)}…"`],
    ['the longest value shown whole', 'x'.repeat(60), `"${'x'.repeat(60)}"`],
  ])('%s', (_name, text, shown) => {
    const message = `Input \`profile\`: ${shown} is not accepted; give \`strict\`, \`standard\` or \`observe\`.`;
    expect(messagesFrom({ profile: text })).toEqual([message]);
  });

  test.each<[input: string, text: string]>([
    ['image', 'a'.repeat(600)],
    ['image', `${'a'.repeat(100_000)}!`],
    ['image', `${'a.'.repeat(250)}!`],
    ['image', 'a-'.repeat(260)],
    ['health-path', `/${'a'.repeat(100_000)}`],
    ['cpus', '9'.repeat(100_000)],
    ['gates', `${'a'.repeat(100_000)} < 1`],
    ['gates', `failover.stall${' '.repeat(100_000)}`],
    ['checks', 'x'.repeat(100_000)],
    ['nginx-config', 'a/'.repeat(100_000)],
  ])('%s: a long one is refused, in a short message', (input, text) => {
    const messages = messagesFrom({ [input]: text });
    expect(messages).toHaveLength(1);
    expect(messages.join('').length).toBeLessThan(900);
  });
});
