import { describe, expect, test } from '@jest/globals';
import type { FaultEvidence, ScenarioEvidence } from '../../src/checks/evidence';
import { FAULTS } from '../../src/checks/faults/all';
import type { FaultName } from '../../src/settings/settings';
import type { Sample } from '../../src/traffic/sample';
import {
  beforeFault,
  EFFECTS,
  faultProblem,
  LEAST_SAMPLES,
  sampleProblem,
  sinceFault,
  trafficProblem,
} from '../../src/verdict/soundness';
import {
  attempt,
  calmCrash,
  CRASH,
  crashEvidence,
  FAULT,
  rotationEvidence,
  sample,
  steady,
  unanswered,
  unconnected,
} from '../support/evidence';

const OTHERS = ['app1', 'app3'];
const DURING = CRASH.effective + 500;
const before = steady(0, 200);

function under(name: FaultName, samples: readonly Sample[], changes: Partial<FaultEvidence> = {}): ScenarioEvidence {
  const victim = FAULTS[name].target === 'replica' ? 'app2' : null;
  return crashEvidence(samples, { name: `failover.${name}`, fault: { ...FAULT, name, victim, ...changes } });
}

/** Requests that the victim answered this late, or with this status, while the fault was up. */
function answers({ headerMs = 5, status = 200, delayMs = 0, at = DURING }): Sample[] {
  return Array.from({ length: 10 }, (_, index) =>
    sample({
      ...{ at: at + index * 100, waited: headerMs + 1, delayMs },
      attempts: [attempt('app2', { headerMs, responseMs: headerMs, status })],
    }),
  );
}

/** The calm traffic, served by these worker processes before and since. */
function servedByWorkers(old: readonly number[], since: readonly number[]): Sample[] {
  const of = (workers: readonly number[], from: number): Sample[] =>
    Array.from({ length: 40 }, (_, index) =>
      sample({ at: from + index * 20, worker: workers[index % workers.length] ?? 0, attempts: [attempt('app2')] }),
    );
  return [...of(old, 0), ...of(since, DURING)];
}

describe('what each fault does', () => {
  test('is told of every fault, and nothing takes a load balancer for a replica', () => {
    const ofReplica = new Set(['silent', 'refusing', 'late', 'unseen']);
    for (const [name, fault] of Object.entries(FAULTS)) {
      expect([name, ofReplica.has(EFFECTS[name as FaultName])]).toEqual([name, fault.target === 'replica']);
    }
  });
});

describe('a fault that surely took effect', () => {
  const quiet = [...before, ...steady(CRASH.injected, 700, OTHERS)];
  test.each<{ what: string; name: FaultName; samples: readonly Sample[] }>([
    ...(['crash', 'stop', 'freeze', 'partition', 'oom'] as const).map((name) => ({
      ...{ what: 'nobody hears of the victim', name, samples: quiet },
    })),
    {
      what: 'an answer to what was sent before',
      name: 'stop',
      samples: [...quiet, ...answers({ at: CRASH.effective }).slice(0, 1)],
    },
    {
      what: 'attempts on it that come to nothing',
      name: 'freeze',
      samples: [...quiet, sample({ at: DURING, attempts: [unanswered('app2', 5_000), attempt('app1')] })],
    },
    {
      what: 'it serves again after the heal',
      name: 'crash',
      samples: [...quiet, ...answers({ at: CRASH.healed + 10 })],
    },
    { what: 'it answers with errors', name: 'error', samples: [...quiet, ...answers({ status: 503 })] },
    {
      what: 'NGINX hides its errors',
      name: 'error',
      samples: [...quiet, sample({ at: DURING, attempts: [attempt('app2', { status: 503 }), attempt('app1')] })],
    },
    { what: 'late answers', name: 'slow', samples: [...quiet, ...answers({ headerMs: 900 })] },
    {
      what: 'two very late answers among many that met no pause',
      name: 'slow',
      samples: [...quiet, ...answers({}), ...answers({ headerMs: 700 }).slice(0, 2)],
    },
    { what: 'late answers', name: 'throttle', samples: [...quiet, ...answers({ headerMs: 60 })] },
    {
      what: 'no answers in time',
      name: 'throttle',
      samples: [...quiet, sample({ at: DURING, waited: 5_000, attempts: [unanswered('app2', 5_000)] })],
    },
    { what: 'new workers', name: 'lb-reload', samples: servedByWorkers([7, 8], [8, 9]) },
    { what: 'a worker less', name: 'lb-worker-crash', samples: servedByWorkers([7, 8], [8]) },
    { what: 'nothing to see', name: 'dns', samples: calmCrash() },
  ])('$name: $what', ({ name, samples }) => {
    expect(faultProblem(under(name, samples))).toBeNull();
  });
});

describe('a fault that proves nothing', () => {
  const slowly = Array.from({ length: 60 }, (_, index) =>
    sample({ at: index * 20, waited: 101, attempts: [attempt('app2', { headerMs: 100, responseMs: 100 })] }),
  );
  const quiet = [...before, ...steady(CRASH.injected, 700, OTHERS)];
  test.each<{ what: string; name: FaultName; samples: readonly Sample[]; why: RegExp }>([
    ...(['crash', 'stop', 'freeze', 'partition', 'oom'] as const).map((name) => ({
      ...{ what: 'the victim answers', name, samples: [...quiet, ...answers({})] },
      why: /^app2 went on serving during the fault \(10 requests\)$/,
    })),
    {
      what: 'the victim serves, in the end, what another failed',
      name: 'crash',
      samples: [...quiet, sample({ at: DURING, attempts: [unconnected('app1', 1), attempt('app2')] })],
      why: /went on serving during the fault \(1 request\)/,
    },
    {
      what: 'one very late answer among many that are not',
      name: 'slow',
      samples: [...quiet, ...answers({}), ...answers({ headerMs: 700 }).slice(0, 1)],
      why: /hardly later/,
    },
    { what: 'it answers well', name: 'error', samples: [...quiet, ...answers({})], why: /went on serving/ },
    {
      what: 'it answers well between its errors',
      name: 'error',
      samples: [...quiet, ...answers({ status: 503 }), ...answers({ at: DURING + 50 }).slice(0, 1)],
      why: /went on serving during the fault \(1 request\)/,
    },
    { what: 'nobody asked it', name: 'error', samples: quiet, why: /no request got an error from app2/ },
    {
      what: 'it was gone rather than refusing',
      name: 'error',
      samples: [...quiet, sample({ at: DURING, attempts: [unconnected('app2', 1, 502), attempt('app1')] })],
      why: /no request got an error from app2/,
    },
    { what: 'nobody asked it', name: 'slow', samples: quiet, why: /no request reached app2 while it was slow/ },
    {
      what: 'only requests that asked for delay met it',
      name: 'slow',
      samples: [...quiet, ...answers({ headerMs: 1_500, delayMs: 1_500 })],
      why: /no request reached app2/,
    },
    {
      what: 'answers as fast as ever',
      name: 'throttle',
      samples: [...quiet, ...answers({ headerMs: 6 })],
      why: /answered in 6 ms during the fault and in 5 ms before: hardly later/,
    },
    {
      what: 'answers later by many times, and by too few milliseconds',
      name: 'throttle',
      samples: [...quiet, ...answers({ headerMs: 54 })],
      why: /hardly later/,
    },
    {
      what: 'answers later by many milliseconds, and by too few times',
      name: 'throttle',
      samples: [...slowly, ...steady(CRASH.injected, 700, OTHERS), ...answers({ headerMs: 299 })],
      why: /answered in 299 ms during the fault and in 100 ms before: hardly later/,
    },
    {
      what: 'one late answer among quick ones',
      name: 'slow',
      samples: [...quiet, ...answers({}), ...answers({ headerMs: 900, at: DURING + 30 }).slice(0, 1)],
      why: /hardly later/,
    },
    {
      what: 'connections refused at once are not late',
      name: 'slow',
      samples: [
        ...quiet,
        ...[0, 1, 2].map((n) => sample({ at: DURING + n, attempts: [unconnected('app2', 1), attempt('app1')] })),
      ],
      why: /hardly later/,
    },
    {
      what: 'the old workers go on',
      name: 'lb-reload',
      samples: servedByWorkers([7, 8], [8, 7]),
      why: /the same worker processes/,
    },
    {
      what: 'the old workers go on, one of them alone',
      name: 'lb-reload',
      samples: servedByWorkers([7, 8], [8]),
      why: /the same worker processes/,
    },
    {
      what: 'every worker goes on',
      name: 'lb-worker-crash',
      samples: servedByWorkers([7, 8], [8, 7, 9]),
      why: /every worker process/,
    },
    {
      what: 'nothing was served since',
      name: 'lb-worker-crash',
      samples: before,
      why: /no worker process served/,
    },
  ])('$name: $what', ({ name, samples, why }) => {
    expect(faultProblem(under(name, samples))).toMatch(why);
  });

  test.each(Object.keys(FAULTS) as FaultName[])('%s: the engine does not vouch for it', (name) => {
    const changes = { proof: { took: false, seen: 'as before' } };
    expect(faultProblem(under(name, quiet, changes))).toMatch(
      /^the fault did not take effect: (app2|NGINX) is as before$/,
    );
  });

  test.each(Object.keys(FAULTS) as FaultName[])('%s: it could not be caused here', (name) => {
    expect(faultProblem(under(name, quiet, { notRun: 'no cgroups' }))).toBe('not run: no cgroups');
  });

  test('the victim served nothing before', () => {
    const samples = [...steady(0, 200, OTHERS), ...steady(CRASH.injected, 700, OTHERS)];
    expect(faultProblem(under('crash', samples))).toMatch(/^app2 served nothing before the fault/);
    // Its attempts failed: that is not serving.
    const failing = sample({ at: 50, attempts: [unanswered('app2', 1, 502), attempt('app1')] });
    expect(faultProblem(under('crash', [failing, ...samples]))).toMatch(/^app2 served nothing before the fault/);
  });

  test('no fault is no fault', () => {
    expect(faultProblem(rotationEvidence(steady(0, 300)))).toBe('nothing was broken');
  });
});

describe('traffic that nothing can rest on', () => {
  const evidence = (changes: Partial<ScenarioEvidence>): ScenarioEvidence => rotationEvidence(steady(0, 300), changes);
  const load = { sent: 300, notSent: 0, lagP99Ms: 1, lagMaxMs: 2, clientRetries: 0 };
  test.each([
    { what: 'sound', changes: {}, why: null },
    { what: 'as late as is allowed', changes: { load: { ...load, lagP99Ms: 50 } }, why: null },
    { what: 'late once', changes: { load: { ...load, lagMaxMs: 900 } }, why: null },
    { what: 'repeated by the client', changes: { load: { ...load, clientRetries: 9 } }, why: null },
    {
      what: 'late',
      changes: { load: { ...load, lagP99Ms: 50.4 } },
      why: 'the load generator itself was late: p99 50 ms, allowed 50 ms',
    },
    {
      what: 'without ports',
      changes: { load: { ...load, notSent: 1 } },
      why: 'this machine could not send 1 of the requests',
    },
    {
      what: 'a line missing',
      changes: { missingLines: 1 },
      why: "NGINX's access log has no line for 1 of 300 requests, so it is unknown which replica answered",
    },
  ])('$what', ({ changes, why }) => {
    expect(trafficProblem(evidence(changes), 50)).toEqual(why);
  });

  test.each([
    { what: 'the killed worker took its line along', name: 'lb-worker-crash', after: 40, sound: true },
    { what: 'it is missing from long after the kill', name: 'lb-worker-crash', after: 900, sound: false },
    { what: 'nothing of NGINX was killed', name: 'lb-reload', after: 40, sound: false },
  ] as const)('an answer without a line: $what', ({ name, after, sound }) => {
    const unlogged = sample({ at: CRASH.effective + after - 5, waited: 5, attempts: null });
    const fault = { ...FAULT, name, victim: null };
    const killed = crashEvidence([...calmCrash(), unlogged], { fault, missingLines: 1 });
    expect(trafficProblem(killed, 50) === null).toBe(sound);
  });

  test.each([
    { count: 0, why: 'only 0 requests for rotation; at least 30 are needed (raise the input rate)' },
    { count: LEAST_SAMPLES - 1, why: expect.stringMatching(/^only 29 requests/) },
    { count: LEAST_SAMPLES, why: null },
  ])('$count samples', ({ count, why }) => {
    expect(sampleProblem(steady(0, count), 'for rotation')).toEqual(why);
  });
});

describe('before and since', () => {
  const at = (from: number, to: number): Sample => sample({ at: from, waited: to - from, attempts: [attempt('app1')] });
  const done = at(0, CRASH.injected - 1);
  const caught = at(0, CRASH.injected);
  const later = at(CRASH.injected, CRASH.end);

  test('a request that was under way when it struck belongs to the fault', () => {
    const evidence = crashEvidence([done, caught, later]);
    expect(beforeFault(evidence)).toEqual([done]);
    expect(sinceFault(evidence)).toEqual([caught, later]);
  });

  test('without a fault all is before it', () => {
    const evidence = rotationEvidence([done, caught, later]);
    expect(beforeFault(evidence)).toEqual([done, caught, later]);
    expect(sinceFault(evidence)).toEqual([]);
  });
});
