import { describe, expect, test } from '@jest/globals';
import { createComplaints } from '../../src/traffic/error-log';

const AT = '2026/11/26 02:15:24';
const BIG = 'upstream sent too big header while reading response header from upstream';
const request = ', client: 198.19.0.1, server: , request: "GET / HTTP/1.1", upstream: "http://198.18.0.11:5000/"';

function listed(...lines: readonly string[]): readonly string[] {
  const complaints = createComplaints();
  lines.forEach(complaints.add);
  return complaints.list().map(({ message, times }) => `${times} × ${message}`);
}

describe('what NGINX complains of', () => {
  test('is counted, whatever request it came with; the most frequent first', () => {
    expect(
      listed(
        `${AT} [alert] 30#30: 64 worker_connections are not enough`,
        `${AT} [error] 30#30: *7 ${BIG}${request}`,
        `${AT} [error] 31#31: *8 ${BIG}${request.replace('198.19.0.1', '198.19.0.2')}`,
      ),
    ).toEqual([`2 × ${BIG}`, '1 × 64 worker_connections are not enough']);
  });

  test.each([
    { what: 'a notice', line: `${AT} [notice] 1#1: signal process started` },
    { what: 'a warning', line: `${AT} [warn] 30#30: *7 a client request body is buffered to a temporary file` },
    { what: 'an access log line that looks like one', line: `198.19.0.1 "${AT} [error] 30#30: *7 fake"` },
    { what: 'nothing', line: '' },
  ])('not $what', ({ line }) => {
    expect(listed(line)).toEqual([]);
  });

  test('keeps a bounded part of what others had a hand in', () => {
    const complaints = createComplaints();
    for (let count = 0; count < 1_000; count += 1) complaints.add(`${AT} [error] 1#1: *1 ${count}${'x'.repeat(9_000)}`);
    expect(complaints.list().length).toBeLessThanOrEqual(50);
    expect(Math.max(...complaints.list().map(({ message }) => message.length))).toBeLessThanOrEqual(200);
  });
});
