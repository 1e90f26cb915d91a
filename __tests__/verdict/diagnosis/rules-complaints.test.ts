import { describe, expect, test } from '@jest/globals';
import type { ScenarioEvidence } from '../../../src/checks/evidence';
import type { Complaint } from '../../../src/traffic/error-log';
import { configOf, diagnosed, edits, explained } from '../../support/diagnosed';
import {
  attempt,
  calmCrash,
  CRASH,
  crashEvidence,
  rotationEvidence,
  sample,
  steady,
  unanswered,
} from '../../support/evidence';

const TOO_BIG = 'upstream sent too big header while reading response header from upstream';
const BASE = 'baseline.errors';
const times = (message: string, count = 3): readonly Complaint[] => [{ message, times: count }];

/** Every tenth answer of app2 is none to NGINX. */
const broken = rotationEvidence(
  steady(0, 300).map((one, index) =>
    index % 30 === 1 ? sample({ at: index * 10, attempts: [attempt('app2', { status: 502, headerMs: null })] }) : one,
  ),
);
const at = (...lines: readonly string[]): string =>
  configOf({
    location: lines.map((line) => `        ${line}\n`).join(''),
    upstream: '    zone shop 64k;\n    keepalive 8;\n',
  });

interface Row {
  readonly what: string;
  readonly text: string;
  readonly claims: readonly string[];
  readonly edit?: readonly string[];
}

describe('a header that does not fit', () => {
  test.each<Row>([
    {
      what: 'into what is there by default',
      text: at('proxy_set_header Host $host;'),
      claims: [`header-too-big: ${BASE}`],
      edit: ['+ proxy_buffer_size 16k;', '+ proxy_buffers 8 16k;'],
    },
    {
      what: 'into what was written',
      text: at('proxy_buffer_size 1k;', 'proxy_buffers 4 1k;', 'proxy_busy_buffers_size 2k;'),
      claims: [`header-too-big: ${BASE}`],
      edit: [
        '- proxy_buffer_size 1k;',
        '+ proxy_buffer_size 16k;',
        '- proxy_buffers 4 1k;',
        '+ proxy_buffers 8 16k;',
        '- proxy_busy_buffers_size 2k;',
        '+ proxy_busy_buffers_size 32k;',
      ],
    },
    {
      what: 'on a line that says more',
      text: at('proxy_buffer_size 1k; proxy_buffers 4 1k; # small'),
      claims: [`header-too-big: ${BASE}`],
      edit: [
        '- proxy_buffer_size 1k; proxy_buffers 4 1k; # small',
        '+ proxy_buffer_size 16k; proxy_buffers 8 16k; # small',
      ],
    },
  ])('$what', ({ text, claims, edit }) => {
    const diagnoses = diagnosed(text, [{ ...broken, complaints: times(TOO_BIG) }]);
    expect(explained(diagnoses)).toEqual(claims);
    expect(diagnoses.flatMap(edits).toSorted()).toEqual((edit ?? []).toSorted());
    expect(diagnoses[0]?.evidence).toBe(`NGINX wrote: ${TOO_BIG} (3 times).`);
  });

  test('is not taken for one where NGINX does not say so', () => {
    expect(explained(diagnosed(at(), [broken]))).toEqual([`keepalive-race: ${BASE}`]);
  });
});

describe('connections that an app drops', () => {
  const dropped = (methods: readonly ('GET' | 'POST')[]): ScenarioEvidence =>
    rotationEvidence(
      Array.from({ length: 300 }, (_, index) => {
        const method = index % 2 === 0 ? 'GET' : 'POST';
        const fails = index % 10 < 6 && methods.includes(method);
        const last = fails ? attempt('app2', { status: 502, headerMs: null }) : attempt('app1');
        return sample({ at: index * 10, method, attempts: [last] });
      }),
    );
  const idOf = (evidence: ScenarioEvidence): string | undefined =>
    diagnosed(at(), [evidence]).find(({ gates }) => gates.includes(BASE))?.id;

  test('are told from those that are closed just when they are used: these ask for no method', () => {
    expect(idOf(dropped(['POST']))).toBe('app-drops-connections');
    expect(idOf(dropped(['GET', 'POST']))).toBe('keepalive-race');
  });

  test('of a few requests all may be of one method by chance', () => {
    const few = steady(0, 300).map((one, index) =>
      index % 2 === 0 && index < 12
        ? sample({ at: index * 10, attempts: [attempt('app2', { status: 502, headerMs: null })] })
        : index < 290
          ? sample({ at: index * 10, attempts: [attempt('shop', { status: 502, headerMs: null, bytesSent: 0 })] })
          : one,
    );
    expect(idOf(rotationEvidence(few))).toBe('keepalive-race');
  });
});

describe('what a worker may have', () => {
  const starved = (complaints?: readonly Complaint[]): ScenarioEvidence =>
    crashEvidence(
      [...calmCrash(), sample({ at: CRASH.effective + 900, attempts: [], outcome: { kind: 'answered', status: 500 } })],
      complaints === undefined ? {} : { complaints },
    );

  test('too few files', () => {
    const text = configOf({ http: 'worker_rlimit_nofile 24;\n' });
    const diagnoses = diagnosed(text, [
      starved(times('socket() failed (24: Too many open files) while connecting to upstream')),
    ]);
    expect(explained(diagnoses)).toEqual(['open-files: failover.errors']);
    expect(diagnoses.flatMap(edits)).toEqual(['- worker_rlimit_nofile 24;', '+ worker_rlimit_nofile 65535;']);
  });

  test('too few connections under a fault, where NGINX says so', () => {
    const text = configOf({ http: 'events {\n    worker_connections 64;\n}\n' });
    const says = times('64 worker_connections are not enough');
    expect(explained(diagnosed(text, [starved(says)]))).toEqual(['worker-connections: failover.errors']);
    expect(explained(diagnosed(text, [starved()]))).toEqual(['no-replica-answered: failover.errors']);
  });

  test('too few connections, however many they are', () => {
    const text = configOf({ http: 'events {\n    worker_connections 1024;\n}\n' });
    const diagnoses = diagnosed(text, [starved(times('1024 worker_connections are not enough'))]);
    expect(diagnoses.flatMap(edits)).toEqual(['- worker_connections 1024;', '+ worker_connections 4096;']);
  });

  test('an address to send from, from which nothing goes to the replicas', () => {
    const text = configOf({ location: '        proxy_bind 127.0.0.1;\n' });
    const refused = Array.from({ length: 3 }, (_, n) =>
      sample({ at: 3_000 + n, attempts: [unanswered('app1', 1, 502)] }),
    );
    const complaints = times('connect() to app1 failed (22: Invalid argument) while connecting to upstream');
    const evidence = rotationEvidence([...steady(0, 300), ...refused], { complaints });
    const diagnoses = diagnosed(text, [evidence]);
    expect(explained(diagnoses)).toEqual(['proxy-bind: baseline.errors']);
    expect(diagnoses[0]?.cause).toContain('`proxy_bind 127.0.0.1` at nginx/default.conf:');
    expect(diagnoses.flatMap(edits)).toEqual(['- proxy_bind 127.0.0.1;']);
  });

  test('what NGINX says is told where no rule knows it', () => {
    const evidence = starved(times('open() "/etc/nginx/none" failed', 1));
    expect(diagnosed(configOf(), [evidence])[0]?.evidence).toMatch(
      / NGINX wrote: open\(\) "\/etc\/nginx\/none" failed\.$/,
    );
  });
});
