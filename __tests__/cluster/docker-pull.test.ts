import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { findCredentials } from '../../src/cluster/docker-credentials';
import { createPullReader, pullError } from '../../src/cluster/docker-pull';

describe('progress of a pull', () => {
  test('is told in short lines, without the bars', () => {
    const told: string[] = [];
    const reader = createPullReader('app:1', (line) => told.push(line));
    const messages = [
      { status: 'Pulling from library/app', id: '1' },
      { status: 'Pulling fs layer', id: 'ab' },
      { status: 'Downloading', id: 'ab', progress: '[=> ]' },
      { status: 'Pull complete', id: 'ab' },
      { status: 'Status: Downloaded newer image for app:1' },
    ];
    for (const message of messages) reader.write(Buffer.from(`${JSON.stringify(message)}\r\n`));
    reader.write(Buffer.from('not JSON\n'));
    reader.end();
    expect(told).toEqual([
      '1: Pulling from library/app',
      'ab: Pull complete',
      'Status: Downloaded newer image for app:1',
    ]);
  });

  test('a refusal in the midst of it is an error', () => {
    const reader = createPullReader('app:1', () => undefined);
    const message = `${JSON.stringify({ errorDetail: {}, error: 'manifest for app:1 not found: manifest unknown' })}\n`;
    expect(() => reader.write(Buffer.from(message))).toThrow(expect.objectContaining({ kind: 'not-found' }));
  });
});

describe('refusals: whether trying again may help, and what to do', () => {
  test.each([
    [
      "pull access denied for a, repository does not exist or may require 'docker login': denied",
      'not-found',
      'docker/login-action',
    ],
    ['Head "https://r/v2/a/manifests/1": unauthorized', 'not-found', 'docker/login-action'],
    ['Head "https://r/v2/a/manifests/1": denied: denied', 'not-found', 'docker/login-action'],
    ['manifest for a:1 not found: manifest unknown: manifest unknown', 'not-found', 'no such image or tag'],
    ['no matching manifest for linux/arm64/v8 in the manifest list entries', 'not-found', 'processor'],
    ['toomanyrequests: You have reached your unauthenticated pull rate limit.', 'other', 'limits how often'],
    ['Get "https://r/v2/": dial tcp: lookup r on 10.0.0.1:53: no such host', 'other', 'cannot be reached'],
    ['Get "https://r/v2/": net/http: TLS handshake timeout', 'other', 'cannot be reached'],
    ['received unexpected HTTP status: 503 Service Unavailable', 'other', '503'],
  ])('%s', (words, kind, meaning) => {
    const error = pullError('a:1', words);
    expect(error.kind).toBe(kind);
    expect(error.message).toMatch(/^Cannot pull image a:1: /);
    expect(error.message).toContain(meaning);
    expect(error.message).toContain(words);
  });
});

describe('credentials that docker login left', () => {
  let folder = '';
  const auth = (text: string): { auth: string } => ({ auth: Buffer.from(text).toString('base64') });

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lbca-docker-config-'));
  });

  afterEach(async () => {
    await rm(folder, { recursive: true });
  });

  test.each([
    ['ghcr.io/owner/app:1', 'ghcr.io', 'me', 'a:b'],
    ['localhost:5000/app', 'localhost:5000', 'local', 'x'],
    ['nginx:1.28', 'https://index.docker.io/v1/', 'hub', 'y'],
    ['owner/app', 'https://index.docker.io/v1/', 'hub', 'y'],
    ['docker.io/owner/app', 'https://index.docker.io/v1/', 'hub', 'y'],
  ])('%s: those of %s', async (reference, serveraddress, username, password) => {
    const auths = {
      'https://ghcr.io/v2/': auth('me:a:b'),
      'localhost:5000': auth('local:x'),
      'https://index.docker.io/v1/': auth('hub:y'),
    };
    await writeFile(join(folder, 'config.json'), JSON.stringify({ auths }));
    await expect(findCredentials(reference, folder)).resolves.toEqual({ username, password, serveraddress });
  });

  test.each([
    { name: 'another registry', content: JSON.stringify({ auths: { 'quay.io': auth('a:b') } }) },
    { name: 'a credential helper', content: JSON.stringify({ auths: { 'ghcr.io': {} }, credsStore: 'desktop' }) },
    { name: 'no logins', content: '{}' },
    { name: 'a broken file', content: '{"auths":' },
  ])('$name: none', async ({ content }) => {
    await writeFile(join(folder, 'config.json'), content);
    await expect(findCredentials('ghcr.io/owner/app', folder)).resolves.toBeNull();
  });

  test('no file: none', async () => {
    await expect(findCredentials('ghcr.io/owner/app', folder)).resolves.toBeNull();
  });
});
