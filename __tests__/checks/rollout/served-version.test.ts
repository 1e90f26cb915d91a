import type { ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import { servedVersion } from '../../../src/checks/rollout/served-version';
import { PLAIN } from '../../../src/cluster/client-headers';

async function versionFrom(answer: (response: ServerResponse) => void): Promise<string | null> {
  const app = createServer((_, response) => answer(response));
  await new Promise<void>((resolve) => app.listen(0, '127.0.0.1', resolve));
  const { port } = app.address() as AddressInfo;
  const replica = { hostname: 'app1', address: '127.0.0.1', port, containerId: 'c' };
  try {
    return await servedVersion(replica, { probePath: '/', ...PLAIN }, new AbortController().signal);
  } finally {
    app.closeAllConnections();
    app.close();
  }
}

function say(body: string, headers: Readonly<Record<string, string>> = {}): (response: ServerResponse) => void {
  return (response) => response.writeHead(200, headers).end(body);
}

describe('the version that a replica tells', () => {
  test.each<[name: string, answer: (response: ServerResponse) => void, version: string | null]>([
    ['in the header', say('hello', { 'X-Version': '1.2.3' }), '1.2.3'],
    ['in the header, whatever the body says', say('{"version": "2"}', { 'X-Version': '1' }), '1'],
    ['in the body', say('{"version": "2.0.0-rc.1+g1a2b", "replica": "app1"}'), '2.0.0-rc.1+g1a2b'],
    ['not at all', say('hello'), null],
    ['as something else than text', say('{"version": 2}'), null],
    ['in something else than an object', say('["version"]'), null],
    ['of nothing', say('null'), null],
    ['too long to be one', say('', { 'X-Version': 'v'.repeat(101) }), null],
    ['with white space in it', say('{"version": "1\\n::error::"}'), null],
    ['in a broken answer', (response) => response.destroy(), null],
    ['far down in a long body', say(`${' '.repeat(200_000)}{"version": "1"}`), null],
  ])('%s', async (_name, answer, version) => {
    await expect(versionFrom(answer)).resolves.toBe(version);
  });

  test.each([
    [null, '127.0.0.1'],
    ['shop.example.com', 'shop.example.com'],
  ])('is asked for the host that clients ask for (input host: %s)', async (host, expected) => {
    const app = createServer(({ headers, url }, response) =>
      response.end(JSON.stringify({ version: `${headers.host}${url}` })),
    );
    await new Promise<void>((resolve) => app.listen(0, '127.0.0.1', resolve));
    const { port } = app.address() as AddressInfo;
    const replica = { hostname: 'app1', address: '127.0.0.1', port, containerId: 'c' };
    const version = await servedVersion(replica, { ...PLAIN, probePath: '/v', host }, new AbortController().signal);
    app.close();
    expect(version).toBe(`${expected}/v`);
  });

  test('an abort ends the question', async () => {
    const aborted = AbortSignal.abort(new Error('cancelled'));
    const replica = { hostname: 'app1', address: '127.0.0.1', port: 9, containerId: 'c' };
    await expect(servedVersion(replica, { probePath: '/', ...PLAIN }, aborted)).rejects.toThrow('cancelled');
  });
});
