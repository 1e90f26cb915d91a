import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { buildTree, splitDump, type ConfigTree } from '../../src/cluster/nginx/dump';
import { EVIDENCE_PREFIX, REQUEST_ID_HEADER, type EvidenceField } from '../../src/cluster/nginx/evidence-log';
import { instrumentConfig } from '../../src/cluster/nginx/instrument';
import { configKind } from '../../src/cluster/nginx/kind';
import { locate, normalizedPath } from '../../src/cluster/nginx/location';
import { understandConfig } from '../../src/cluster/nginx/model';
import { renderConfig } from '../../src/cluster/nginx/render';
import { parseConfig } from '../../src/cluster/nginx/syntax';
import { ALGORITHM_NAMES } from '../../src/settings/settings';

/**
 * What the pure code believes about NGINX, asked of NGINX itself. Opt-in: LBCA_NGINX_IMAGE names an image that is on
 * the machine and laid out like the official one. Nothing listens at the replicas' addresses, so each proxied request
 * is answered 502: what is looked at is the log.
 */
const image = process.env['LBCA_NGINX_IMAGE'] ?? '';
const run = promisify(execFile);
const REPLICAS = [1, 2, 3].map((index) => ({ hostname: `app${index}`, address: `127.0.0.${index}` }));
const HOSTS = REPLICAS.flatMap(({ hostname, address }) => ['--add-host', `${hostname}:${address}`]);
const LABEL = ['--label', 'lb-cluster-action.test=nginx-config'];

if (image === '') process.stdout.write('nginx-config: skipped, LBCA_NGINX_IMAGE names no image\n');
const onRealNginx = image === '' ? describe.skip : describe;

let folder = '';
let serial = 0;
let nginxVersion = '';

interface File {
  readonly path: string;
  readonly content: string;
}

async function mounts(files: readonly File[]): Promise<readonly string[]> {
  serial += 1;
  const root = join(folder, String(serial));
  const options: string[] = [];
  for (const { path, content } of files) {
    const host = join(root, path);
    await mkdir(dirname(host), { recursive: true });
    await writeFile(host, content);
    await chmod(host, 0o644);
    options.push('--mount', `type=bind,source=${host},target=${path},readonly`);
  }
  return options;
}

async function nginx(files: readonly File[], argv: readonly string[]): Promise<string> {
  const options = ['run', '--rm', ...LABEL, '--network', 'none', ...HOSTS, ...(await mounts(files))];
  const { stdout, stderr } = await run('docker', [...options, image, 'nginx', ...argv]);
  return argv.includes('-T') ? stdout : stdout + stderr;
}

async function treeInContainer(files: readonly File[]): Promise<ConfigTree> {
  const dump = splitDump(await nginx(files, ['-T']));
  if (dump === null) throw new Error('nginx -T printed no configuration');
  return buildTree(dump);
}

function placed(text: string): File {
  const path = configKind(text) === 'whole' ? '/etc/nginx/nginx.conf' : '/etc/nginx/conf.d/default.conf';
  return { path, content: text };
}

/** What NGINX wrote to stdout: while it ran, as soon as it was enough, and in all. */
interface Output {
  readonly live: string;
  readonly whole: string;
}

/** Runs NGINX, sends it requests (null: one without our header), waits for their evidence, and stops it. */
async function outputAfter(files: readonly File[], port: number, ids: readonly (string | null)[]): Promise<Output> {
  let live = '';
  const whole = await withNginx(files, port, async (url, name) => {
    for (const id of ids) await request(url, id === null ? {} : { [REQUEST_ID_HEADER]: id });
    const expected = ids.filter((id) => id !== null).length;
    for (let attempt = 0; attempt < 30 && evidenceIn(live).length < expected; attempt += 1) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      live = (await run('docker', ['logs', name])).stdout;
    }
  });
  return { live, whole };
}

/** Runs NGINX while `use` runs; gives all that it wrote to stdout. */
async function withNginx(
  files: readonly File[],
  port: number,
  use: (url: string, name: string) => Promise<void>,
): Promise<string> {
  const binds = await mounts(files);
  const name = `lbca-nginx-config-${process.pid}-${serial}`;
  const options = ['run', '--rm', '--name', name, ...LABEL, '--publish', `127.0.0.1::${port}`, ...HOSTS, ...binds];
  const ended = run('docker', [...options, image], { maxBuffer: 1 << 24 });
  const early = ended.then(() => Promise.reject(new Error(`${name} ended by itself`)));
  try {
    await Promise.race([early, published(name, port).then((url) => use(url, name))]);
  } finally {
    await run('docker', ['stop', '--time', '10', name]).catch(() => undefined);
    await early.catch(() => undefined);
  }
  return (await ended).stdout;
}

async function published(name: string, port: number): Promise<string> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const url = await run('docker', ['port', name, String(port)]).then(
      ({ stdout }) => `http://${stdout.trim().split('\n')[0] ?? ''}`,
      () => null,
    );
    // Carries no id, and is told apart from the requests that the tests count by its path.
    if (url !== null && (await request(`${url}/ready-check`, {}).catch(() => null)) !== null) return url;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`${name} did not answer on port ${port}`);
}

interface Answer {
  readonly status: number;
  readonly body: string;
}

function request(url: string, headers: Readonly<Record<string, string>>): Promise<Answer> {
  return new Promise((resolve, reject) => {
    get(url, { headers, agent: false }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (text: string) => (body += text));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
    }).on('error', reject);
  });
}

type Evidence = Readonly<Record<EvidenceField, string>>;

function evidenceIn(output: string): readonly Evidence[] {
  return output
    .split('\n')
    .filter((line) => line.startsWith(EVIDENCE_PREFIX))
    .map((line) => JSON.parse(line.slice(EVIDENCE_PREFIX.length)) as Evidence);
}

function userLinesIn(output: string): number {
  return output.split('\n').filter((line) => line.includes('"GET / ')).length;
}

const UPSTREAM = 'upstream flask_cluster {\n  server app1:5000;\n  server app2:5000;\n  server app3:5000;\n}\n';
const PASS = 'proxy_pass http://flask_cluster;';

onRealNginx('on the real NGINX', () => {
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lbca-nginx-config-'));
    nginxVersion = /nginx\/(\S+)/.exec(await nginx([], ['-v']))?.[1] ?? '';
  }, 60_000);

  afterAll(() => rm(folder, { recursive: true, force: true }));

  const generated = ALGORITHM_NAMES.flatMap((algorithm) =>
    [null, [3, 2, 1]].map((weights) => ({ algorithm, weights })),
  );

  test.each(generated)(
    'it accepts the generated config, $algorithm with weights $weights, without a warning',
    async ({ algorithm, weights }) => {
      const content = renderConfig({ replicas: REPLICAS, appPort: 5000, algorithm, weights, nginxVersion, workers: 2 });
      const plain = [{ path: '/etc/nginx/nginx.conf', content }];
      const instrumented = instrumentConfig(await treeInContainer(plain));

      const said = [await nginx(plain, ['-t']), await nginx(instrumented, ['-t'])];

      expect(said).toEqual([
        expect.stringContaining('test is successful'),
        expect.stringContaining('test is successful'),
      ]);
      expect(said.join('\n')).not.toMatch(/\[(?:warn|emerg)\]/);
    },
    60_000,
  );

  const SENT = ['a1', 'a2', 'a3', 'a4'];
  const IDS = ['a1', null, 'a2', 'a3', null, 'a4'];
  const http = (rest: string): string =>
    `events {}\nhttp {\n${rest}\n${UPSTREAM}server { listen 80; location / { ${PASS} } }\n}\n`;
  const server = (rest: string): string => `${UPSTREAM}server {\n  listen 80;\n${rest}\n}\n`;
  const logged = [
    { name: 'no access_log (the image has one)', text: server(`  location / { ${PASS} }`), userLines: 6 },
    {
      name: 'an access_log of the server',
      text: server(`  access_log /dev/stdout;\n  location / { ${PASS} }`),
      userLines: 6,
    },
    {
      name: 'two access_logs of the server',
      text: server(`  access_log /dev/stdout;\n  access_log /var/log/nginx/access.log;\n  location / { ${PASS} }`),
      userLines: 12,
    },
    {
      name: 'access_log off in the location',
      text: server(`  access_log /dev/stdout;\n  location / {\n    access_log off;\n    ${PASS}\n  }`),
      userLines: 0,
    },
    {
      name: 'access_log off beside another on its level',
      text: server(`  access_log /dev/stdout;\n  access_log off;\n  location / { ${PASS} }`),
      userLines: 0,
    },
    {
      name: 'logs of nested locations',
      text: server(
        `  access_log off;\n  location / {\n    access_log /dev/stdout;\n    location = / { access_log /dev/stdout; ${PASS} }\n  }`,
      ),
      userLines: 6,
    },
    {
      name: 'a log inside an if',
      text: server(`  location / {\n    if ($request_method = GET) { access_log off; }\n    ${PASS}\n  }`),
      userLines: 0,
    },
    {
      name: 'a buffered log on the same stream',
      text: server(`  access_log /dev/stdout combined buffer=32k flush=1h;\n  location / { ${PASS} }`),
      userLines: 6,
    },
    { name: 'a whole config without an access_log', text: http(''), userLines: 6 },
    { name: 'a whole config with a log', text: http('access_log /dev/stdout combined;'), userLines: 6 },
    { name: 'a whole config with access_log off', text: http('access_log off;'), userLines: 0 },
  ];

  test.each(logged)(
    'it logs evidence once for each request with our header, and what the user logs: $name',
    async ({ text, userLines }) => {
      const tree = await treeInContainer([placed(text)]);
      const model = understandConfig(tree, { replicas: REPLICAS, appPort: 5000, probePath: '/', nginxVersion });

      const output = await outputAfter(instrumentConfig(tree), model.listenPort ?? 0, IDS);

      const ids = [output.live, output.whole].map((text) => evidenceIn(text).map(({ id }) => id));
      expect(ids.map((list) => list.toSorted())).toEqual([SENT, SENT]);
      expect(userLinesIn(output.whole)).toBe(userLines);
    },
    60_000,
  );

  test('evidence tells each attempt', async () => {
    const content = renderConfig({
      ...{ replicas: REPLICAS, appPort: 5000, algorithm: 'round-robin', weights: null, nginxVersion, workers: 1 },
    });
    const tree = await treeInContainer([{ path: '/etc/nginx/nginx.conf', content }]);

    const { whole } = await outputAfter(instrumentConfig(tree), 80, ['x"\\1']);
    const [evidence] = evidenceIn(whole);

    expect(evidence).toEqual({
      id: 'x"\\1',
      time: expect.stringMatching(/^\d+\.\d{3}$/),
      pid: expect.stringMatching(/^\d+$/),
      method: 'GET',
      status: '502',
      requestTime: expect.stringMatching(/^\d+\.\d{3}$/),
      upstreamAddr: expect.stringMatching(/^127\.0\.0\.\d:5000, 127\.0\.0\.\d:5000$/),
      upstreamStatus: '502, 502',
      connectTime: '-, -',
      headerTime: '-, -',
      bytesSent: '0, 0',
      requestLength: expect.stringMatching(/^[1-9]\d*$/),
      bodyBytes: expect.stringMatching(/^[1-9]\d*$/),
      framing: '',
      upstreamBytes: '0, 0',
      responseTime: expect.stringMatching(/^\d\.\d{3}, \d\.\d{3}$/),
    });
  }, 60_000);

  test('it reads words as the parser does', async () => {
    const words = [
      ...['plain', '"double quoted"', "'single quoted'", '"a\\"b"', "'a\\'b'", '"a\'b"', `'a"b'`, 'in"side', "in'side"],
      ...['a\\ b', 'a\\;b', 'a\\{b', 'a\\}b', 'a}b', 'a#b', '"#not a comment"', '"a\\tb\\nc\\rd"', 'a\\tb', '"a\\\\b"'],
      ...[
        '"a\\db"',
        'a\\\\b',
        '"two\nlines"',
        '"a;{b}c"',
        '""',
        'zażółć',
        '"x" # comment; }',
        '"x"\n',
        '\\"x\\"',
        '\\#x',
      ],
    ];
    const locations = words.map((word, index) => `location = /${index} { return 200 ${word}\n; }`).join('\n');
    const text = `server { listen 80;\n${locations}\n}`;
    const parsed = parseConfig(text, 'default.conf')[0]?.block?.filter(({ name }) => name === 'location') ?? [];
    const bodies: string[] = [];

    await withNginx([placed(text)], 80, async (url) => {
      for (const index of words.keys()) bodies.push((await request(`${url}/${index}`, {})).body);
    });

    expect(bodies).toEqual(parsed.map(({ block }) => block?.[0]?.args[1]));
    expect(bodies).toHaveLength(words.length);
  }, 60_000);

  test('it chooses locations as the model does', async () => {
    const locations = `
      location = /exact { return 200 1; }
      location /exact { return 200 2; }
      location / { return 200 3; }
      location /app { return 200 4; }
      location ^~ /app/static { return 200 5; location ~ \\.css$ { return 200 6; } location /app/static/deep { return 200 7; } }
      location /outer { return 200 8; location /outer/inner { return 200 9; location ~ z$ { return 200 10; } } location = /outer/x { return 200 11; } }
      location ~ \\.css$ { return 200 12; }
      location ~* \\.PNG$ { return 200 13; }
      location ~ ^/both { return 200 14; location ~ in$ { return 200 15; } location ~ 2$ { return 200 16; } }
      location ~ ^/both2 { return 200 17; }
      location ~^/glued { return 200 18; }
      location =/tight { return 200 19; }
      location ^~/caret { return 200 20; }
      location ~ "^/braces/\\d{2}$" { return 200 21; }
      location /slash/ { proxy_pass http://app1:5000; }
      location /noslash/ { return 200 23; }
      location @named { return 200 24; }
      location "/with space" { return 200 25; }
      location ~ (?i)insensitive { return 200 26; }`;
    const paths = [
      ...['/', '/exact', '/exact/', '/exactly', '/x', '/app', '/app/x.css', '/app/static', '/app/static/x.css'],
      ...['/app/static/x.js', '/app/static/deep/x.css', '/app/static/deep', '/outer', '/outer/x', '/outer/inner'],
      ...['/outer/inner/z', '/outer/z', '/outer/inner/a.css', '/outer/x.png', '/x.PNG', '/x.CSS', '/both', '/both/in'],
      ...['/both/in2', '/both2', '/glued', '/tight', '/tight/', '/caret/x.css', '/braces/12', '/braces/123', '/slash'],
      ...['/noslash', '/noslash/', '/@named', '/with%20space', '//app//static/y.css', '/INSENSITIVE', '/outer/x?y=/z'],
    ];
    const text = `server { listen 80; default_type text/plain; ${locations} }`;
    const server = parseConfig(text, 'default.conf')[0]?.block ?? [];
    const expected = paths.map((path) => {
      const { trail, redirect } = locate(server, normalizedPath(path));
      return redirect ? '301' : trail[0]?.block?.find(({ name }) => name === 'return')?.args[1];
    });
    const seen: string[] = [];

    await withNginx([placed(text)], 80, async (url) => {
      for (const path of paths) {
        const { status, body } = await request(url + path, {});
        seen.push(status === 200 ? body : String(status));
      }
    });

    expect(Object.fromEntries(paths.map((path, index) => [path, expected[index]]))).toEqual(
      Object.fromEntries(paths.map((path, index) => [path, seen[index]])),
    );
  }, 60_000);

  test('the model finds the port and the route in the dump of a fixture', async () => {
    const text = await readFile('fixtures/nginx/textbook.conf', 'utf8');
    const tree = await treeInContainer([placed(text)]);

    const model = understandConfig(tree, { replicas: REPLICAS, appPort: 5000, probePath: '/', nginxVersion });

    expect(model).toMatchObject({ workers: 'auto', listenPort: 80, routeProblem: null });
    expect(model.route?.upstream.servers.map(({ replica }) => replica)).toEqual(['app1', 'app2', 'app3']);
  }, 60_000);
});
