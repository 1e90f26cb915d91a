import { freemem } from 'node:os';
import type { ScenarioEvidence } from '../checks/evidence';
import { CROWDED } from '../checks/scenario';
import type { Cluster } from '../cluster/cluster-types';
import { createConfirmations } from '../verdict/suspicion';
import { createAdmission } from './admission';
import type { House } from './house';
import { createGroup, runApart, runWoven } from './house';
import type { Stage } from './plan';
import { createBusyMeter } from './processors';
import type { Company, ScenarioResult, ScenarioTools, StandingStage } from './stage';
import { isFirst, runScenario, stageDown, stageUp } from './stage';
import { inTurn } from './turns';

/** What the scenarios came to. */
export interface ScenarioResults {
  /** In the order of the scenarios' indices. */
  readonly evidence: readonly ScenarioEvidence[];
  /** The cluster of the first scenario: the one that the outputs tell about. */
  readonly first: Cluster | null;
  /** Milliseconds: `<cluster>.up`, `<scenario>.run`. */
  readonly timings: Readonly<Record<string, number>>;
  /** Settles when the last clusters have gone, or will not go: no verdict depends on that. */
  readonly gone: Promise<unknown>;
}

/** Containers that stand at the same time, at the most. */
const MOST_CONTAINERS = 48;
/** The part of the free memory that replicas may fill, if each of them takes all that it may. */
const PART_OF_MEMORY = 0.95;
const ALONE: Company = { shared: false, onLateness: () => undefined, onQuiet: () => undefined };

/** A result, and whether others ran at the same time. */
interface Outcome extends ScenarioResult {
  readonly shared: boolean;
}

/**
 * Runs all scenarios side by side, as many as the machine carries and as have room. Where requests leave on time whatever happens,
 * each begins as soon as its own cluster is up, the longest first, and its cluster goes when it is over. Elsewhere clusters that come
 * or go would make requests late: all come up together while nobody sends anything, and go together when all are over. What
 * came out late beside others, or in a way that nothing explains, is run once more by itself. The first failure ends the others, and is thrown when they have ended.
 */
export async function runScenarios(stages: readonly Stage[], given: ScenarioTools): Promise<ScenarioResults> {
  const failed = new AbortController();
  const signal = AbortSignal.any([given.signal, failed.signal]);
  const tools = { ...given, signal };
  const { clock, processors, loadGoesFirst, log, settings } = tools;
  const admission = createAdmission({
    ...{ clock, processors, loadGoesFirst, rate: settings.rate, busy: createBusyMeter() },
    log: (line) => log.line(line),
  });
  const timings = new Map<string, number>();
  const clusters: Cluster[] = [];
  const up = async (stage: Stage, name?: string): Promise<StandingStage> => {
    const standing = await admission.disturb(() => stageUp(stage, tools, name));
    if (isFirst(stage)) clusters.push(standing.cluster);
    timings.set(`${standing.cluster.name}.up`, standing.cluster.timings.totalMs);
    return standing;
  };
  const down = async (standing: StandingStage): Promise<void> => {
    await admission.disturb(() => stageDown(standing, tools));
  };
  /** A stage's scenarios, as soon as the machine carries one more. */
  const run = async (standing: StandingStage, shared: boolean): Promise<readonly Outcome[]> => {
    const leave = await admission.enter(signal);
    const turns = standing.stage.scenarios.map((scenario) => ({
      beginsWhenQuiet: scenario.beginsWhenQuiet,
      run: async (onQuiet: () => void): Promise<Outcome> => {
        signal.throwIfAborted();
        const company = { shared, onQuiet, onLateness: admission.tell };
        return { ...(await runScenario(scenario, standing, tools, company)), shared };
      },
    }));
    return inTurn(turns).finally(leave);
  };
  const confirmed = createConfirmations();
  /** The result, or, where the others may be to blame for it, that of the same scenario by itself, on a new cluster. */
  const again = async (outcome: Outcome): Promise<ScenarioResult> => {
    const { scenario, evidence, shared, busy } = outcome;
    const stage = stages.find(({ scenarios }) => scenarios.includes(scenario));
    if (!shared || stage === undefined) return outcome;
    const suspicion = tools.suspect(evidence, busy > CROWDED);
    if (suspicion === null || !confirmed.areWorthIt(suspicion.kind)) return outcome;
    await gone;
    signal.throwIfAborted();
    log.line(`${scenario.name}: ${suspicion.why}, beside other scenarios; it is run again by itself`);
    const alone = await up({ ...stage, scenarios: [scenario] }, `${stage.cluster}-again`);
    const second = await runScenario(scenario, alone, tools, ALONE);
    await down(alone);
    const still = tools.suspect(second.evidence, true);
    if (still !== null) confirmed.add(still.kind);
    return second;
  };

  const house: House<StandingStage, Outcome> = {
    ...{ room: roomFor(settings), processors, up, run, down, all: createGroup(failed, signal) },
    known: () => admission.known(signal),
    idle: admission.idle,
  };
  const { outcomes: beside, gone } = loadGoesFirst ? await runWoven(stages, house) : await runApart(stages, house);
  const results: ScenarioResult[] = [];
  for (const outcome of beside) results.push(await again(outcome));
  results.sort((a, b) => a.scenario.index - b.scenario.index);
  for (const { scenario, runMs } of results) timings.set(`${scenario.name}.run`, runMs);
  return {
    evidence: results.map(({ evidence }) => evidence),
    first: clusters[0] ?? null,
    timings: Object.fromEntries(timings),
    gone,
  };
}

/** Clusters that have room on this machine at the same time. */
function roomFor({ replicas, limits }: ScenarioTools['settings']): number {
  const byMemory = (PART_OF_MEMORY * freemem()) / (replicas * limits.memoryBytes);
  return Math.max(1, Math.floor(Math.min(byMemory, MOST_CONTAINERS / (replicas + 1))));
}
