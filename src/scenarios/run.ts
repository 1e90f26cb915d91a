import { freemem } from 'node:os';
import type { ScenarioEvidence } from '../checks/evidence';
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

/**
 * Runs all scenarios: clusters come up together while nobody sends anything, then the scenarios run side by side, as many as the
 * machine carries, and the clusters go when all are over, so that no cluster that comes or goes disturbs another one's traffic. What
 * must be alone, and what came out late beside others, runs by itself afterwards. Where not all clusters have room at the
 * same time, they take turns. The first failure ends the others, and is thrown when they have ended.
 */
export async function runScenarios(stages: readonly Stage[], tools: ScenarioTools): Promise<ScenarioResults> {
  const failed = new AbortController();
  const signal = AbortSignal.any([tools.signal, failed.signal]);
  const all = createGroup(failed, signal);
  const { clock, processors, log, settings } = tools;
  const admission = createAdmission({
    ...{ clock, processors, rate: settings.rate, busy: createBusyMeter() },
    log: (line) => log.line(line),
  });
  const done: BatchResult[] = [];
  for (const batch of batchesOf(stages, tools)) {
    done.push(await runBatch(batch, { ...tools, signal }, admission, all));
  }
  const results = done.flatMap(({ results: some }) => some).toSorted((a, b) => a.scenario.index - b.scenario.index);
  return {
    evidence: results.map(({ evidence }) => evidence),
    first: done.map(({ first }) => first).find((cluster) => cluster !== null) ?? null,
    timings: Object.fromEntries([
      ...done.flatMap(({ timings }) => timings),
      ...results.map(({ scenario, runMs }) => [`${scenario.name}.run`, runMs] as const),
    ]),
  };
}

interface BatchResult {
  readonly results: readonly ScenarioResult[];
  readonly first: Cluster | null;
  readonly timings: readonly (readonly [string, number])[];
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

async function runBatch(
  stages: readonly Stage[],
  tools: ScenarioTools,
  admission: Admission,
  all: Group,
): Promise<BatchResult> {
  const standing = await all(stages.map((stage) => () => stageUp(stage, tools)));
  const together = standing.filter(({ stage }) => !stage.alone);
  const shared = together.length > 1;
  const beside = await all(
    together.map((one) => async () => {
      const leave = await admission.enter(tools.signal);
      try {
        return await runStage(one, tools, { shared, onLateness: admission.tell });
      } finally {
        leave();
      }
    }),
  );
  const results: ScenarioResult[] = [];
  for (const result of beside.flat()) results.push(shared ? await again(result, stages, tools) : result);
  for (const one of standing.filter(({ stage }) => stage.alone)) results.push(...(await runStage(one, tools, ALONE)));
  const downs = await all(standing.map((one) => () => stageDown(one, tools)));
  const first = standing.find(({ stage }) => isFirst(stage))?.cluster ?? null;
  const timings = standing.flatMap(({ cluster }, index) => [
    [`${cluster.name}.up`, cluster.timings.totalMs] as const,
    [`${cluster.name}.down`, downs[index] ?? 0] as const,
  ]);
  return { results, first, timings };
}

const ALONE: Company = { shared: false, onLateness: () => undefined };

async function runStage(
  standing: StandingStage,
  tools: ScenarioTools,
  company: Company,
): Promise<readonly ScenarioResult[]> {
  const results: ScenarioResult[] = [];
  for (const scenario of standing.stage.scenarios) {
    tools.signal.throwIfAborted();
    results.push(await runScenario(scenario, standing, tools, company));
  }
  return results;
}

/** The result, or, where the load generator was late for it, that of the same scenario by itself, on a new cluster. */
async function again(result: ScenarioResult, stages: readonly Stage[], tools: ScenarioTools): Promise<ScenarioResult> {
  const { scenario, evidence } = result;
  const why = loadProblem(evidence.load, lagBoundMsOf(tools.settings.gates));
  const stage = stages.find(({ scenarios }) => scenarios.includes(scenario));
  if (why === null || stage === undefined) return result;
  tools.log.line(`${scenario.name}: ${why}, beside other scenarios; it is run again by itself`);
  const alone = await stageUp({ ...stage, scenarios: [scenario] }, tools, `${stage.cluster}-again`);
  const second = await runScenario(scenario, alone, tools, ALONE);
  await stageDown(alone, tools);
  return second;
}

/** As many clusters in one batch as have room on this machine. */
function batchesOf(stages: readonly Stage[], { settings }: ScenarioTools): readonly (readonly Stage[])[] {
  const { replicas, limits } = settings;
  const byMemory = (PART_OF_MEMORY * freemem()) / (replicas * limits.memoryBytes);
  const size = Math.max(1, Math.floor(Math.min(byMemory, MOST_CONTAINERS / (replicas + 1))));
  return Array.from({ length: Math.ceil(stages.length / size) }, (_, turn) =>
    stages.slice(turn * size, (turn + 1) * size),
  );
}
