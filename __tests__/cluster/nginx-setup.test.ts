import { expect, test } from '@jest/globals';
import { setUpNginx, type NginxSetup } from '../../src/cluster/nginx-setup';
import { SetupError } from '../../src/cluster/setup-error';
import { parseSettings } from '../../src/settings/parse';
import { MemoryEngine } from '../support/memory-engine';

const OWNERSHIP = { run: 'r1', owner: 'o', kept: false };

/** Of an engine with an NGINX that says this of configurations, and of its version what it usually says. */
function engineSaying(
  say: (known: readonly string[]) => { readonly text: string; readonly accepts: boolean },
): MemoryEngine {
  return new MemoryEngine({
    images: { nginx: {} },
    program: ({ request }) => {
      if (request.command?.includes('-v') === true) {
        return { output: [{ stream: 'stderr', text: 'nginx version: nginx/1.28.0\n' }], exitCode: 0 };
      }
      const { text, accepts } = say(Object.keys(request.extraHosts));
      return { output: [{ stream: accepts ? 'stdout' : 'stderr', text }], exitCode: accepts ? 0 : 1 };
    },
  });
}

async function setUp(engine: MemoryEngine, userConfig: string, inputs = {}): Promise<NginxSetup> {
  const parsed = parseSettings({ 'nginx-image': 'nginx', 'nginx-config': 'lb.conf', ...inputs });
  if (!parsed.ok) throw new Error('bad inputs');
  const image = await engine.findImage('nginx');
  if (image === null) throw new Error('no image');
  const { settings } = parsed;
  const order = { settings, image, hostnames: ['app1', 'app2'], userConfig, ownership: OWNERSHIP };
  return setUpNginx(order, engine, new AbortController().signal);
}

async function refusal(work: Promise<unknown>): Promise<SetupError> {
  try {
    await work;
  } catch (error) {
    if (error instanceof SetupError) return error;
    throw error;
  }
  throw new Error('it was taken');
}

/** What is said of a configuration of which NGINX says this. */
function refusalOf(words: string): Promise<SetupError> {
  return refusal(
    setUp(
      engineSaying(() => ({ text: words, accepts: false })),
      '\uFEFFuser x;\n',
    ),
  );
}

const EMERG = '2026/11/29 09:00:43 [emerg] 1#1: unknown directive';
const AT = 'in /etc/nginx/conf.d/default.conf:1';

test('what NGINX refuses is told in its words, with the place', async () => {
  const { message, details, place, remedy } = await refusalOf(`${EMERG} "usr" ${AT}\n`);
  expect(message).toMatch(
    /^Input `nginx-config`: NGINX does not accept lb\.conf\. That is misspelt, or .* NGINX says:$/,
  );
  expect(details).toEqual([`${EMERG} "usr" in lb.conf:1`]);
  expect([place, remedy?.cause]).toEqual([
    { file: 'lb.conf', line: 1 },
    'NGINX does not accept this line, or what ends on it.',
  ]);
  expect(remedy?.fix).toMatch(/^That is misspelt/);
});

test('a byte order mark, which its words do not show, is shown, and named with its fix', async () => {
  const { message, details, remedy } = await refusalOf(`${EMERG} "\uFEFFuser" ${AT}\n`);
  expect(message).toMatch(/a byte order mark \(U\+FEFF\), stands there.* Save the file as UTF-8 without it/);
  expect(details).toEqual([`${EMERG} "<U+FEFF>user" in lb.conf:1`]);
  expect(remedy?.fix).toMatch(/^Save the file as UTF-8 without it/);
});

/** A server of a group of two replicas, with further locations. */
function serverWith(locations: string): string {
  const group = 'upstream u { server app1:5000; server app2:5000; }';
  return `${group}\nserver {\n${locations}\n}\n`;
}

/** As NGINX is about hosts: it starts only where all that these servers name are known. */
function knowing(hosts: readonly string[], config: string): MemoryEngine {
  return engineSaying((known) => {
    const missing = hosts.find((host) => !known.includes(host));
    if (missing !== undefined) {
      return { text: `nginx: [emerg] host not found in upstream "${missing}:80" in lb.conf:9\n`, accepts: false };
    }
    const head = '# configuration file /etc/nginx/';
    const text = `${head}nginx.conf:\nhttp { include conf.d/*.conf; }\n\n${head}conf.d/default.conf:\n${config}\n`;
    return { text, accepts: true };
  });
}

test('services that are not started may be named where other paths go', async () => {
  const config = serverWith('location / { proxy_pass http://u; } location /db/ { proxy_pass http://admin:80; }');
  const { strangers, model } = await setUp(knowing(['admin', 'mail'], config), config);
  expect([strangers, model.route?.upstream.name]).toEqual([['admin', 'mail'], 'u']);
});

test.each([
  {
    what: 'where requests go there',
    config: serverWith('location / { proxy_pass http://shop:80; } location /api/ { proxy_pass http://u; }'),
  },
  {
    what: 'in their group, as a replica that is misspelt',
    config: serverWith('location / { proxy_pass http://u; }').replace('app2:5000;', 'app2:5000; server shop:80;'),
  },
  {
    what: 'where it is asked before each of them',
    config: serverWith(
      'location / { auth_request /ask; proxy_pass http://u; } location = /ask { proxy_pass http://shop:80; }',
    ),
  },
])('they may not $what', async ({ config }) => {
  const { message, details } = await refusal(setUp(knowing(['shop'], config), config));
  expect(message).toMatch(/hostnames are app1 and app2 .*shop is none of them.*\(input probe-path\)/);
  expect(details).toEqual(['nginx: [emerg] host not found in upstream "shop:80" in lb.conf:9']);
});

test('what NGINX refuses besides is told then', async () => {
  const engine = engineSaying((known) => ({
    text: known.includes('admin') ? `${EMERG} "usr" ${AT}\n` : 'nginx: [emerg] host not found in upstream "admin"\n',
    accepts: false,
  }));
  expect((await refusal(setUp(engine, 'x'))).details).toEqual([`${EMERG} "usr" in lb.conf:1`]);
});

/** An engine whose NGINX starts from this main file, and reads nothing of conf.d; with this ENTRYPOINT in its image. */
function engineWithMain(main: string, entrypoint: readonly string[] = []): MemoryEngine {
  return new MemoryEngine({
    images: { nginx: { start: { entrypoint, cmd: [], stopSignal: null } } },
    program: ({ request, files }) => {
      if (request.command?.includes('-v') === true) {
        return { output: [{ stream: 'stderr', text: 'nginx version: nginx/1.28.0\n' }], exitCode: 0 };
      }
      const read = [...new Map([['/etc/nginx/nginx.conf', main], ...files])].filter(
        ([path]) => !path.includes('conf.d'),
      );
      const text = read.map(([path, content]) => `# configuration file ${path}:\n${content}\n`).join('');
      return { output: [{ stream: 'stdout', text }], exitCode: 0 };
    },
  });
}

const ALPINE = 'events {}\nhttp {\n  include /etc/nginx/http.d/*.conf;\n}\n';
const BALANCING = serverWith('location / { proxy_pass http://u; }');

test('a server configuration goes where NGINX of the image reads such files', async () => {
  const { config, files, model } = await setUp(engineWithMain(ALPINE), BALANCING);
  expect(config.containerPath).toBe('/etc/nginx/http.d/default.conf');
  expect(files.map(({ path }) => path)).toContain(config.containerPath);
  expect(model.route?.upstream.name).toBe('u');
});

test('where it reads none, that is told, with what to do', async () => {
  const { message } = await refusal(setUp(engineWithMain('events {}\nhttp {}\n'), BALANCING));
  expect(message).toBe(
    'Input `nginx-config`: lb.conf is a server configuration, and NGINX of nginx reads none: its /etc/nginx/nginx.conf includes no folder of them ' +
      'in `http`. Give a whole nginx.conf, or let that one say `include /etc/nginx/conf.d/*.conf;`.',
  );
});

test.each([
  { what: 'NGINX itself', entrypoint: ['/usr/sbin/nginx', '-g', 'daemon off;'], alone: true },
  { what: 'NGINX behind an init', entrypoint: ['/sbin/tini', '--', 'nginx'], alone: true },
  { what: 'a line for a shell', entrypoint: ['/bin/sh', '-c', 'nginx -g "daemon off;"'], alone: true },
  { what: 'a script that prepares something', entrypoint: ['/docker-entrypoint.sh'], alone: false },
  { what: 'a script in a folder of that name', entrypoint: ['/opt/nginx/entrypoint.sh'], alone: false },
  { what: 'nothing', entrypoint: [], alone: false },
])('commands run $alone alone where the image’s ENTRYPOINT is $what', async ({ entrypoint, alone }) => {
  const engine = engineWithMain(ALPINE, entrypoint);
  const { withoutEntrypoint } = await setUp(engine, BALANCING);
  const requests = engine.calls.flatMap(({ verb, args }) => (verb === 'createContainer' ? args : []));
  expect(requests.length).toBeGreaterThan(1);
  expect([withoutEntrypoint, requests.every((one) => isAlone(one))]).toEqual([alone, alone]);
});

function isAlone(request: unknown): boolean {
  return (request as { readonly withoutEntrypoint?: boolean }).withoutEntrypoint === true;
}
