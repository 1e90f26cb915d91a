import { expect, test } from '@jest/globals';
import { setUpNginx } from '../../src/cluster/nginx-setup';
import { SetupError } from '../../src/cluster/setup-error';
import { parseSettings } from '../../src/settings/parse';
import { MemoryEngine } from '../support/memory-engine';

const OWNERSHIP = { run: 'r1', owner: 'o', kept: false };

/** What is said of a configuration of which NGINX says this. */
async function refusalOf(words: string): Promise<SetupError> {
  const engine = new MemoryEngine({
    images: { nginx: {} },
    program: ({ request }) => {
      const isVersion = request.command?.includes('-v') === true;
      const text = isVersion ? 'nginx version: nginx/1.28.0\n' : words;
      return { output: [{ stream: 'stderr', text }], exitCode: isVersion ? 0 : 1 };
    },
  });
  const parsed = parseSettings({ 'nginx-image': 'nginx', 'nginx-config': 'lb.conf' });
  if (!parsed.ok) throw new Error('bad inputs');
  const image = await engine.findImage('nginx');
  if (image === null) throw new Error('no image');
  const order = {
    settings: parsed.settings,
    image,
    hostnames: ['app1', 'app2'],
    userConfig: '\uFEFFuser x;\n',
    ownership: OWNERSHIP,
  };
  try {
    await setUpNginx(order, engine, new AbortController().signal);
  } catch (error) {
    if (error instanceof SetupError) return error;
    throw error;
  }
  throw new Error('it was taken');
}

const EMERG = '2026/11/29 09:00:43 [emerg] 1#1: unknown directive';
const AT = 'in /etc/nginx/conf.d/default.conf:1';

test('what NGINX refuses is told in its words, with the place', async () => {
  const { message, details, place, remedy } = await refusalOf(`${EMERG} "usr" ${AT}\n`);
  expect(message).toBe('Input `nginx-config`: NGINX does not accept lb.conf. NGINX says:');
  expect(details).toEqual([`${EMERG} "usr" in lb.conf:1`]);
  expect([place, remedy]).toEqual([{ file: 'lb.conf', line: 1 }, null]);
});

test('a byte order mark, which its words do not show, is shown, and named with its fix', async () => {
  const { message, details, remedy } = await refusalOf(`${EMERG} "\uFEFFuser" ${AT}\n`);
  expect(message).toMatch(/a byte order mark \(U\+FEFF\), stands there.* Save the file as UTF-8 without it/);
  expect(details).toEqual([`${EMERG} "<U+FEFF>user" in lb.conf:1`]);
  expect(remedy?.fix).toMatch(/^Save the file as UTF-8 without it/);
});
