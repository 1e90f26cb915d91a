import { freemem } from 'node:os';
import pLimit from 'p-limit';
import type { ScenarioEvidence } from '../checks/evidence';
import { isHarm } from '../checks/limits/noise';
import { waitUntil } from '../clock';
import type { Cluster } from '../cluster/cluster-types';
import { lagBoundMsOf } from '../verdict/measure';
import { loadProblem } from '../verdict/soundness';
import type { Admission } from './admission';
import { createAdmission } from './admission';
import type { Stage } from './plan';
import { createBusyMeter } from './processors';
import type { Company, ScenarioResult, ScenarioTools, StandingStage } from './stage';
import { isFirst, runScenario, stageDown, stageUp } from './stage';

/** What the scenarios came to. */
export interface ScenarioResults {
  /** In the order of the scenarios' indices. */
  readonly evidence: readonly ScenarioEvidence[];
  /** The cluster of the first scenario: the one that the outputs tell about. */
  readonly first: Cluster | null;
  /** Milliseconds: `<cluster>.up`, `<cluster>.down`, `<scenario>.run`. */
  readonly timings: Readonly<Record<string, number>>;
}

/** Containers that stand at the same time, at the most. */
const MOST_CONTAINERS = 48;
/** The part of the free memory that replicas may fill, if each of them takes all that it may. */
const PART_OF_MEMORY = 0.95;
/** How often a stage that wants to be alone looks whether it is, in milliseconds. */
const POLL_MS = 50;
const ALONE: Company = { shared: false, onLateness: () => undefined };

/**
 * Runs all scenarios side by side, as many as the machine carries and as have room. Where the load process may go before everything
 * else, each begins as soon as its own cluster is up, the longest first, and its cluster goes when it is over. Elsewhere
 * clusters that come or go would make requests late: all come up together while nobody sends anything, and go together when all
 * are over. What makes a noise comes last, and what came out late beside others is run once more by itself. The first failure
 * ends the others, and is thrown when they have ended.
 */
export async function runScenarios(stages: readonly Stage[], tools: ScenarioTools): Promise<ScenarioResults> {
  const failed = new AbortController();
  const signal = AbortSignal.any([tools.signal, failed.signal]);
  const { clock, processors, loadGoesFirst, log, settings } = tools;
  const admission = createAdmission({
    ...{ clock, processors, loadGoesFirst, rate: settings.rate, busy: createBusyMeter() },
    log: (line) => log.line(line),
  });
  const timings = new Map<string, number>();
  const clusters: Cluster[] = [];
  const house: House = {
    ...{ tools: { ...tools, signal }, admission },
    all: createGroup(failed, signal),
    room: roomFor(settings),
    up: async (stage, name) => {
      const standing = await stageUp(stage, { ...tools, signal }, name);
      if (isFirst(stage)) clusters.push(standing.cluster);
      timings.set(`${standing.cluster.name}.up`, standing.cluster.timings.totalMs);
      return standing;
    },
    down: async (standing) => {
      timings.set(`${standing.cluster.name}.down`, await stageDown(standing, tools));
    },
  };
  const beside = loadGoesFirst ? await runWoven(stages, house) : await runApart(stages, house);
  const results: ScenarioResult[] = [];
  for (const result of beside) results.push(await again(result, stages, house));
  results.sort((a, b) => a.scenario.index - b.scenario.index);
  for (const { scenario, runMs } of results) timings.set(`${scenario.name}.run`, runMs);
  return {
    evidence: results.map(({ evidence }) => evidence),
    first: clusters[0] ?? null,
    timings: Object.fromEntries(timings),
  };
}

/** Where stages run. */
interface House {
  readonly tools: ScenarioTools;
  readonly admission: Admission;
  readonly all: Group;
  /** Clusters that may stand at the same time. */
  readonly room: number;
  readonly up: (stage: Stage, name?: string) => Promise<StandingStage>;
  readonly down: (standing: StandingStage) => Promise<void>;
}

/** A result, and whether others ran at the same time. */
interface Outcome extends ScenarioResult {
  readonly shared: boolean;
}

/** Each stage begins as soon as its cluster is up, and its cluster goes when it is over. */
async function runWoven(stages: readonly Stage[], house: House): Promise<readonly Outcome[]> {
  const { all, tools, up, down } = house;
  const { processors, clock, signal } = tools;
  const room = pLimit(house.room);
  const ups = pLimit(Math.max(1, processors));
  let left = stages.length;
  const life = async (stage: Stage): Promise<readonly Outcome[]> => {
    const standing = await ups(() => up(stage));
    if (stage.alone) {
      // It wants a processor for itself, and nobody who starts or removes containers beside it.
      const poll = (): true | null => (left <= Math.max(1, Math.floor(processors / 2)) ? true : null);
      await waitUntil({ poll, timeoutMs: Infinity, intervalMs: POLL_MS, clock, signal });
    }
    const outcomes = await runAdmitted(standing, house, left > 1);
    await down(standing);
    left -= 1;
    return outcomes;
  };
  return (await all(stages.map((stage) => () => room(() => life(stage))))).flat();
}

/** No cluster comes or goes while a scenario runs; where not all have room at the same time, they take turns. */
async function runApart(stages: readonly Stage[], house: House): Promise<readonly Outcome[]> {
  const { all, room, up, down } = house;
  const outcomes: Outcome[] = [];
  for (let from = 0; from < stages.length; from += room) {
    const standing = await all(stages.slice(from, from + room).map((stage) => () => up(stage)));
    const together = standing.filter(({ stage }) => !stage.alone);
    const beside = await all(together.map((one) => () => runAdmitted(one, house, together.length > 1)));
    outcomes.push(...beside.flat());
    for (const one of standing.filter(({ stage }) => stage.alone)) {
      outcomes.push(...(await runAdmitted(one, house, false)));
    }
    await all(standing.map((one) => () => down(one)));
  }
  return outcomes;
}

/** Runs a stage's scenarios, one after the other, as soon as the machine carries one more. */
async function runAdmitted(
  standing: StandingStage,
  { admission, tools }: House,
  shared: boolean,
): Promise<readonly Outcome[]> {
  const leave = await admission.enter(tools.signal);
  const outcomes: Outcome[] = [];
  try {
    for (const scenario of standing.stage.scenarios) {
      tools.signal.throwIfAborted();
      const company = { shared, onLateness: admission.tell };
      outcomes.push({ ...(await runScenario(scenario, standing, tools, company)), shared });
    }
  } finally {
    leave();
  }
  return outcomes;
}

/** The result, or, where the others may be to blame for it, that of the same scenario by itself, on a new cluster. */
async function again(outcome: Outcome, stages: readonly Stage[], { tools, up, down }: House): Promise<ScenarioResult> {
  const { scenario, evidence, shared } = outcome;
  const stage = stages.find(({ scenarios }) => scenarios.includes(scenario));
  const why = shared ? disturbance(evidence, lagBoundMsOf(tools.settings.gates)) : null;
  if (why === null || stage === undefined) return outcome;
  tools.signal.throwIfAborted();
  tools.log.line(`${scenario.name}: ${why}, beside other scenarios; it is run again by itself`);
  const alone = await up({ ...stage, scenarios: [scenario] }, `${stage.cluster}-again`);
  const second = await runScenario(scenario, alone, tools, ALONE);
  await down(alone);
  return second;
}

/** What other scenarios may have done to this one, or null. */
function disturbance(evidence: ScenarioEvidence, lagBoundMs: number): string | null {
  // That a neighbour harmed nobody is worth the same beside others. Harm may have been their doing.
  const harm = evidence.check === 'limits' ? evidence.probes.find(isHarm) : undefined;
  return loadProblem(evidence.load, lagBoundMs) ?? (harm === undefined ? null : `${harm.subject}: ${harm.seen}`);
}

/** Starts all of some tasks; the first failure ends the others, and is thrown once they have ended. */
type Group = <T>(tasks: readonly (() => Promise<T>)[]) => Promise<readonly T[]>;

function createGroup(failed: AbortController, signal: AbortSignal): Group {
  return async (tasks) => {
    const settled = await Promise.allSettled(
      tasks.map(async (task) => {
        try {
          signal.throwIfAborted();
          return await task();
        } catch (error) {
          failed.abort(error);
          throw error;
        }
      }),
    );
    // Its reason is the first failure; those that it ended may have failed in ways of their own.
    signal.throwIfAborted();
    return settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  };
}

/** Clusters that have room on this machine at the same time. */
function roomFor({ replicas, limits }: ScenarioTools['settings']): number {
  const byMemory = (PART_OF_MEMORY * freemem()) / (replicas * limits.memoryBytes);
  return Math.max(1, Math.floor(Math.min(byMemory, MOST_CONTAINERS / (replicas + 1))));
}
