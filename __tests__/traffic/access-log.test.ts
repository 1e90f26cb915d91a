import { describe, expect, it, test } from '@jest/globals';
import fc from 'fast-check';
import { EVIDENCE_FIELDS, EVIDENCE_PREFIX, evidenceLogFormat } from '../../src/cluster/nginx/evidence-log';
import { parseEvidence } from '../../src/traffic/access-log';

const fields = {
  id: 'run-17',
  time: '1784000000.123',
  pid: '29',
  method: 'GET',
  status: '200',
  requestTime: '0.006',
  upstreamAddr: '10.0.0.11:5000',
  upstreamStatus: '200',
  connectTime: '0.001',
  headerTime: '0.005',
  responseTime: '0.006',
  bytesSent: '412',
  requestLength: '143',
  bodyBytes: '300',
  framing: '300',
  upstreamBytes: '300',
};

function line(changes: Partial<Record<keyof typeof fields, unknown>> = {}): string {
  return EVIDENCE_PREFIX + JSON.stringify({ ...fields, ...changes });
}

function attemptsOf(changes: Partial<typeof fields>): unknown {
  return parseEvidence(line(changes))?.attempts;
}

describe('evidence line', () => {
  it('is read as NGINX writes it', () => {
    const [, format = ''] = /'(.*)'/.exec(evidenceLogFormat()) ?? [];
    const values = new Map(Object.entries(fields));
    const written = Object.entries(EVIDENCE_FIELDS).reduce(
      (text, [key, variable]) => text.replace(`"${variable}"`, JSON.stringify(values.get(key))),
      format,
    );
    expect(parseEvidence(written)).toEqual({
      id: 'run-17',
      loggedAt: 1_784_000_000_123,
      workerPid: 29,
      method: 'GET',
      status: 200,
      requestMs: 6,
      bodyBytes: 300,
      attempts: [{ address: '10.0.0.11:5000', status: 200, connectMs: 1, headerMs: 5, responseMs: 6, bytesSent: 412 }],
    });
  });

  test.each([
    ['nothing', '', '1024', 1_024],
    ['nothing, after an attempt that failed', '', '0, 1024', 1_024],
    ['nothing, and nothing came', '', '0', 0],
    ['a length', '300', '300', undefined],
    ['chunks', 'chunked', '1024', undefined],
    ['nobody knows', '', '-', undefined],
  ])('of an answer whose end is told by: %s', (_what, framing, upstreamBytes, bytes) => {
    expect(parseEvidence(line({ framing, upstreamBytes }))?.openEndedBytes).toBe(bytes);
  });

  it('of an answer that never began has no end', () => {
    const changes = { framing: '', upstreamBytes: '0', headerTime: '-', upstreamStatus: '502', status: '502' };
    expect(parseEvidence(line(changes))?.openEndedBytes).toBeUndefined();
  });

  test.each([
    [
      'a refused connection that NGINX hid',
      {
        upstreamAddr: '10.0.0.12:5000, 10.0.0.11:5000',
        upstreamStatus: '502, 200',
        connectTime: '-, 0.000',
        headerTime: '-, 0.004',
        responseTime: '0.001, 0.004',
        bytesSent: '0, 412',
      },
      [
        { address: '10.0.0.12:5000', status: 502, connectMs: null, headerMs: null, responseMs: 1, bytesSent: 0 },
        { address: '10.0.0.11:5000', status: 200, connectMs: 0, headerMs: 4, responseMs: 4, bytesSent: 412 },
      ],
    ],
    [
      'no server left after one was tried',
      {
        upstreamAddr: '10.0.0.13:8000, be',
        upstreamStatus: '503, 502',
        connectTime: '0.000, -',
        headerTime: '0.001, -',
        responseTime: '0.001, 0.000',
        bytesSent: '412, 0',
      },
      [
        { address: '10.0.0.13:8000', status: 503, connectMs: 0, headerMs: 1, responseMs: 1, bytesSent: 412 },
        { address: 'be', status: 502, connectMs: null, headerMs: null, responseMs: 0, bytesSent: 0 },
      ],
    ],
    [
      'an internal redirect to another upstream',
      {
        upstreamAddr: 'unix:/run/app.sock : 10.0.0.11:5000',
        upstreamStatus: '404 : 200',
        connectTime: '0.000 : 0.000',
        headerTime: '0.001 : 0.002',
        responseTime: '0.001 : 60.002',
        bytesSent: '412 : 413',
      },
      [
        { address: 'unix:/run/app.sock', status: 404, connectMs: 0, headerMs: 1, responseMs: 1, bytesSent: 412 },
        {
          ...{ address: '10.0.0.11:5000', status: 200, connectMs: 0, headerMs: 2, responseMs: 60_002, bytesSent: 413 },
          ...{ anew: true, redirected: true },
        },
      ],
    ],
    [
      'an internal redirect after a failure, which asks the same again',
      {
        upstreamAddr: '10.0.0.12:5000 : 10.0.0.11:5000',
        upstreamStatus: '504 : 200',
        connectTime: '0.000 : 0.000',
        headerTime: '- : 0.002',
        responseTime: '1.000 : 0.002',
        bytesSent: '412 : 413',
      },
      [
        { address: '10.0.0.12:5000', status: 504, connectMs: 0, headerMs: null, responseMs: 1_000, bytesSent: 412 },
        {
          ...{ address: '10.0.0.11:5000', status: 200, connectMs: 0, headerMs: 2, responseMs: 2, bytesSent: 413 },
          redirected: true,
        },
      ],
    ],
    [
      'an internal redirect that reached no server',
      {
        upstreamAddr: '10.0.0.11:5000 : ',
        upstreamStatus: '404 : ',
        connectTime: '0.000 : ',
        headerTime: '0.001 : ',
        responseTime: '0.001 : ',
        bytesSent: '412 : ',
      },
      [{ address: '10.0.0.11:5000', status: 404, connectMs: 0, headerMs: 1, responseMs: 1, bytesSent: 412 }],
    ],
    [
      'a client that left before any answer',
      { upstreamStatus: '-', headerTime: '-' },
      [{ address: '10.0.0.11:5000', status: null, connectMs: 1, headerMs: null, responseMs: 6, bytesSent: 412 }],
    ],
    [
      'an answer of NGINX itself',
      { upstreamAddr: '', upstreamStatus: '', connectTime: '', headerTime: '', responseTime: '', bytesSent: '' },
      [],
    ],
    [
      'the same, as `-`',
      { upstreamAddr: '-', upstreamStatus: '-', connectTime: '-', headerTime: '-', responseTime: '-', bytesSent: '-' },
      [],
    ],
  ])('tells of %s', (_, changes, attempts) => {
    expect(attemptsOf(changes)).toEqual(attempts);
  });

  it('keeps the status of a request that NGINX cut short', () => {
    expect(parseEvidence(line({ status: '000' }))?.status).toBe(0);
  });

  test.each([
    ['something else', '10.0.0.1 - - "GET / HTTP/1.1" 200'],
    ['nothing', ''],
    ['the prefix alone', EVIDENCE_PREFIX],
    ['the prefix further on', ` ${line()}`],
    ['half a line', line().slice(0, -10)],
    ['two lines in one', line() + line()],
    ['no object', `${EVIDENCE_PREFIX}null`],
    ['a list', `${EVIDENCE_PREFIX}[]`],
    ['a field that is missing', line({ status: undefined })],
    ['an inherited field', `${EVIDENCE_PREFIX}{"__proto__":${JSON.stringify(fields)}}`],
    ['a field that is no string', line({ status: 200 })],
    ['an empty id', line({ id: '' })],
    ['an id with a line end', line({ id: 'run-1\nrun-2' })],
    ['an endless id', line({ id: 'x'.repeat(201) })],
    ['no time', line({ time: '' })],
    ['a time in words', line({ time: 'NaN' })],
    ['a negative time', line({ requestTime: '-0.001' })],
    ['a status that is none', line({ status: '20x' })],
    ['a process that is none', line({ pid: '1e3' })],
    ['a method that is none', line({ method: 'GET /' })],
    ['an attempt without a status', line({ upstreamAddr: 'a:1, b:1' })],
    ['an attempt whose time is none', line({ connectTime: 'soon' })],
    ['an attempt whose status is none', line({ upstreamStatus: '200x' })],
    ['an attempt that sent less than nothing', line({ bytesSent: '-1' })],
    ['an answer without a length', line({ bodyBytes: '-' })],
    ['a request without a length', line({ requestLength: '' })],
    ['a question that NGINX asks for a request (log_subrequest)', line({ requestLength: '0' })],
    ['an endless line', line({ upstreamAddr: 'a'.repeat(70_000) })],
  ])('is null for %s', (_, text) => {
    expect(parseEvidence(text)).toBeNull();
  });

  it('never throws', () => {
    const values = fc.oneof(fc.string(), fc.constantFrom('-', '', ', ', ' : ', '1.000, -', '200 : 200'));
    const hostile = fc.oneof(
      fc.string().map((text) => EVIDENCE_PREFIX + text),
      fc.json().map((text) => EVIDENCE_PREFIX + text),
      fc.record(Object.fromEntries(Object.keys(fields).map((key) => [key, values]))).map((changes) => line(changes)),
    );
    fc.assert(
      fc.property(hostile, (text) => {
        const record = parseEvidence(text);
        expect(record === null || record.attempts.every(({ address }) => address !== '')).toBe(true);
      }),
    );
  });
});
