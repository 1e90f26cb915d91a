import { cpus, freemem } from 'node:os';
import { waitUntil } from '../../clock';
import type { Traffic } from '../../traffic/traffic';
import type { ContainerDescription } from '../../cluster/engine';
import { EngineError } from '../../cluster/engine';
import { SIGKILLED } from '../container-stop';
import type { Probe } from '../evidence';
import type { ScenarioContext } from '../scenario';
import { replicaPlacesOf } from '../scenario';
import type { Neighbour } from './neighbour';
import { cpuBurner, endOf, forker, MEMORY_EATER, SLEEPER, startNeighbour } from './neighbour';
import type { Fare, Stretch } from './noise';
import { fareOf, looksBad } from './noise';

/** Requests in one stretch, which is this long at the least and at the most, in milliseconds. */
const STRETCH_REQUESTS = 150;
const STRETCH_LEAST_MS = 1_500;
const STRETCH_MOST_MS = 4_000;
/** Requests that are over before the first stretch begins. */
const WARM_REQUESTS = 50;
const POLL_MS = 25;
const EATEN_MS = 15_000;
/** What must stay free on the machine when a neighbour has eaten all that it may. */
const SPARE_BYTES = 2 ** 29;
const MOST_FORKS = 4_096;
const FORKED_MS = 15_000;

/** When a neighbour misbehaved, and (where the first time looked bad) when a well-behaved one was there in its place. */
export interface Rounds<T> {
  readonly rounds: readonly Stretch[];
  readonly calm: readonly Stretch[];
  /** What came of the first round; null: it could not begin. */
  readonly first: T | null;
  /** Why it could not begin; null: it did. */
  readonly why: string | null;
}

/**
 * Lets the first requests pass: the load generator's and the app's own first steps are slow, and would be a large part of what
 * one short stretch is judged by.
 */
export async function warmUp(traffic: Traffic, { clock, signal }: ScenarioContext): Promise<void> {
  await waitUntil({
    poll: () => (traffic.count() >= WARM_REQUESTS ? true : null),
    timeoutMs: STRETCH_MOST_MS,
    intervalMs: POLL_MS,
    clock,
    signal,
  });
}

/** Lets time pass until enough requests for a percentile were due. */
export async function stretch({ clock, signal, settings }: ScenarioContext): Promise<Stretch> {
  const from = clock.now();
  const wanted = (STRETCH_REQUESTS / settings.rate) * 1_000;
  await clock.sleep(Math.min(STRETCH_MOST_MS, Math.max(STRETCH_LEAST_MS, wanted)), signal);
  return { from, to: clock.now() };
}

/** Burns CPU beside the replicas. */
export function burnCpu(traffic: Traffic, baseline: Stretch, context: ScenarioContext): Promise<Rounds<null>> {
  const burner = cpuBurner(cpus().length, context.cluster.plan.limits.pids);
  return inRounds(burner, () => Promise.resolve(null), { traffic, baseline, context });
}

/** Eats memory beside the replicas until the kernel ends it. */
export async function eatMemory(
  traffic: Traffic,
  baseline: Stretch,
  context: ScenarioContext,
): Promise<Rounds<ContainerDescription | null>> {
  if (freemem() < context.cluster.plan.limits.memoryBytes + SPARE_BYTES) {
    const why = 'not tried: this machine has not enough free memory for one replica to use all that it may';
    return { rounds: [], calm: [], first: null, why };
  }
  return inRounds(MEMORY_EATER, (id) => endOf(id, EATEN_MS, context), { traffic, baseline, context });
}

/** Whether the memory eater met its limit. */
export function eatenProbe({ first, why }: Rounds<ContainerDescription | null>): Probe {
  const probe = {
    id: 'memory-eater-killed',
    subject: MEMORY_EATER.name,
    claim: 'a container with a replica’s limits is killed when it wants more memory',
  };
  if (why !== null) return { ...probe, seen: why, holds: null };
  if (first === null) return { ...probe, ...notInTime(EATEN_MS) };
  const seen = `exit code ${first.exitCode}${first.oomKilled ? ', out of memory by the engine’s word' : ''}`;
  // One that ended by itself never came to its limit.
  return { ...probe, seen, holds: first.oomKilled || first.exitCode === SIGKILLED ? true : null };
}

/** A neighbour that never came to its limit says nothing of it. */
function notInTime(ms: number): Pick<Probe, 'seen' | 'holds' | 'unfinished'> {
  const seen = `it did not get that far within ${ms / 1_000} s: it has little processor time (input cpus), or this machine is slow`;
  return { seen, holds: null, unfinished: true };
}

/**
 * One round beside the replicas; where that made them slow or fail, another one with a neighbour that sleeps, and then the first
 * again: starting a container costs something too, and a machine that is short of processors is always slow.
 */
async function inRounds<T>(
  neighbour: Neighbour,
  work: (id: string) => Promise<T>,
  { traffic, baseline, context }: { traffic: Traffic; baseline: Stretch; context: ScenarioContext },
): Promise<Rounds<T>> {
  const fare = (part: Stretch): Fare => fareOf(part, traffic.samples(), replicaPlacesOf(context.cluster));
  try {
    const first = await round(neighbour, work, context);
    const result = { rounds: [first.part], calm: [], first: first.value, why: null };
    if (!looksBad(fare(first.part), fare(baseline))) return result;
    const calm = await round(SLEEPER, () => Promise.resolve(null), context);
    const second = await round(neighbour, work, context);
    return { ...result, rounds: [first.part, second.part], calm: [calm.part] };
  } catch (error) {
    if (!(error instanceof EngineError) || error.kind === 'aborted') throw error;
    return { rounds: [], calm: [], first: null, why: error.message };
  }
}

async function round<T>(
  neighbour: Neighbour,
  work: (id: string) => Promise<T>,
  context: ScenarioContext,
): Promise<{ readonly part: Stretch; readonly value: T }> {
  const from = context.clock.now();
  const value = await withNeighbour(neighbour, context, async (id) => {
    const [done] = await Promise.all([work(id), stretch(context)]);
    return done;
  });
  return { part: { from, to: context.clock.now() }, value };
}

/** Starts processes until the kernel refuses. */
export async function forkTooMuch(context: ScenarioContext): Promise<Probe> {
  const { engine, cluster } = context;
  const { pids } = cluster.plan.limits;
  const probe = {
    id: 'forker-refused',
    subject: 'forker',
    claim: `a container with a replica’s limits cannot start more than ${pids} processes`,
  };
  if (pids > MOST_FORKS) return { ...probe, seen: `not tried: more than ${MOST_FORKS} are too many`, holds: null };
  try {
    return await withNeighbour(forker(pids), context, async (id) => {
      const end = await endOf(id, FORKED_MS, context);
      if (end === null) return { ...probe, ...notInTime(FORKED_MS) };
      const { stdout, stderr } = await engine.readOutput(id);
      const started = stdout.trim().split('\n').filter(Boolean).length;
      if (end.exitCode === 0) return { ...probe, seen: `it started ${started} beside itself`, holds: false };
      const refused = /fork|resource/i.test(stderr);
      const seen = `${started} beside itself, then ${refused ? 'the kernel refused' : `exit code ${end.exitCode}`}`;
      return { ...probe, seen, holds: refused ? true : null };
    });
  } catch (error) {
    if (!(error instanceof EngineError) || error.kind === 'aborted') throw error;
    return { ...probe, seen: error.message, holds: null };
  }
}

/** Starts it, waits until it runs, and takes it away again whatever happens. */
async function withNeighbour<T>(
  neighbour: Neighbour,
  context: ScenarioContext,
  work: (id: string) => Promise<T>,
): Promise<T> {
  context.log(`beside the replicas: ${neighbour.name}`);
  const id = await startNeighbour(neighbour, context);
  try {
    return await work(id);
  } finally {
    await context.engine.removeContainer(id);
  }
}
