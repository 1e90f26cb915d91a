import { describe, expect, test } from '@jest/globals';
import { engineError, readFailure } from '../../src/cluster/docker-error';
import { EngineError } from '../../src/cluster/engine';

/** As docker-modem rejects. */
function answer(statusCode: number, message: string): Error {
  const error = new Error(`(HTTP code ${statusCode}) server error - ${message} `);
  return Object.assign(error, { statusCode, json: { message } });
}

function connection(code: string): Error {
  return Object.assign(new Error(`connect ${code} /run/d.sock`), { code, syscall: 'connect' });
}

const WHERE = 'unix:///run/d.sock';

describe('what the engine says, as kinds', () => {
  test.each([
    [
      500,
      'driver failed programming external connectivity on endpoint x: Bind for 127.0.0.1:80 failed: port is already allocated',
      'port-taken',
    ],
    [500, 'Error starting userland proxy: listen tcp4 127.0.0.1:80: bind: address already in use', 'port-taken'],
    [500, 'failed to bind host port for 127.0.0.1:80:172.18.0.2:80/tcp: address already in use', 'port-taken'],
    [500, 'failed to bind host port 127.0.0.1:80/tcp: address already in use', 'port-taken'],
    [403, 'Address already in use', 'conflict'],
    [403, 'Pool overlaps with other one on this address space', 'address-overlap'],
    [400, 'invalid pool request: Pool overlaps with other one on this address space', 'address-overlap'],
    [
      403,
      'cannot create network a (br-a): conflicts with network b (br-b): networks have overlapping IPv4',
      'address-overlap',
    ],
    [500, 'write /var/lib/docker/tmp/x: no space left on device', 'no-space'],
    [404, 'No such container: app1', 'not-found'],
    [409, 'Conflict. The container name "/a" is already in use by container "b".', 'conflict'],
    [403, 'network a has active endpoints', 'conflict'],
    [400, 'Minimum memory limit allowed is 6MB', 'other'],
    [500, 'something else', 'other'],
  ] as const)('%i %s: %s', (status, words, kind) => {
    const error = engineError('start container app1', WHERE, answer(status, words));
    expect(error).toBeInstanceOf(EngineError);
    expect(error).toMatchObject({ kind, message: `Cannot start container app1: ${words}` });
  });
});

describe('a connection that fails', () => {
  test.each([
    ['ENOENT', 'no Docker Engine answers at unix:///run/d.sock (ENOENT). Start Docker'],
    ['ECONNREFUSED', 'no Docker Engine answers at unix:///run/d.sock (ECONNREFUSED). Start Docker'],
    [
      'EACCES',
      "this user may not open the Docker Engine's socket unix:///run/d.sock (EACCES). Add the user to the group docker.",
    ],
    ['ECONNRESET', 'the connection to the Docker Engine at unix:///run/d.sock broke (ECONNRESET)'],
  ])('%s says what to do', (code, words) => {
    const error = engineError('list', WHERE, connection(code));
    expect(error.kind).toBe('unreachable');
    expect(error.message).toContain(`Cannot list: ${words}`);
  });

  test('so does one that hangs up without a code', () => {
    expect(engineError('list', WHERE, new Error('socket hang up')).kind).toBe('unreachable');
  });
});

describe('other failures', () => {
  test('an abort is told from a trouble', () => {
    const abort = new DOMException('This operation was aborted', 'AbortError');
    expect(engineError('pull image a', WHERE, abort)).toMatchObject({
      kind: 'aborted',
      message: 'Cannot pull image a: cancelled',
    });
  });

  test('an error of the port itself passes through', () => {
    const error = new EngineError('not-found', 'Cannot x');
    expect(engineError('y', WHERE, error)).toBe(error);
  });

  test.each([
    {
      name: 'no JSON in the answer',
      error: Object.assign(new Error('(HTTP code 500) server error - <html> '), { statusCode: 500, json: null }),
      words: '<html>',
    },
    { name: 'several lines', error: answer(500, 'one\n two\r\n'), words: 'one two' },
    {
      name: 'megabytes',
      error: answer(400, `exec: "${'x'.repeat(5 * 2 ** 20)}": not found`),
      words: `exec: "${'x'.repeat(993)} … ${'x'.repeat(988)}": not found`,
    },
    { name: 'no error at all', error: 'words', words: 'words' },
  ])('$name: the words on one line', ({ error, words }) => {
    expect(readFailure(error).words).toBe(words);
  });
});
