import { expect, test } from '@jest/globals';
import { EngineError } from '../../src/cluster/engine';
import { watchEngine } from '../../src/cluster/engine-watch';
import { MemoryEngine } from '../support/memory-engine';
import { createManualClock } from '../traffic/manual-clock';

test('an engine is asked twice a minute whether it is there, until the run is over', async () => {
  const [engine, clock, over] = [new MemoryEngine(), createManualClock(), new AbortController()];
  const watching = watchEngine(engine, clock, over.signal);
  await clock.advance(29_999);
  expect(engine.calls).toEqual([]);
  await clock.advance(90_001);
  over.abort();
  await watching;
  await clock.advance(600_000);
  expect(engine.calls.map(({ verb }) => verb)).toEqual(['ping', 'ping', 'ping', 'ping']);
});

test('an engine that does not answer is not asked again', async () => {
  const [engine, clock] = [new MemoryEngine(), createManualClock()];
  engine.failNext('ping', new EngineError('unanswered', 'no answer'));
  const watching = watchEngine(engine, clock, new AbortController().signal);
  await clock.advance(600_000);
  await expect(watching).resolves.toBeUndefined();
  expect(engine.calls).toHaveLength(1);
});
