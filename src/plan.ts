import { randomInt } from 'node:crypto';
import type { Log } from './github/log';
import { createLog } from './github/log';
import { annotateInputs, markFailed, markPassed, readRawInputs, setOutputs } from './github/step';
import { readPlan } from './settings/plan/clusters';
import type { Part } from './settings/plan/parts';
import { planParts } from './settings/plan/parts';

const INPUTS = ['inputs', 'clusters', 'runners'] as const;

/** Seeds are 32-bit unsigned. */
const SEEDS = 2 ** 32;

/** The step of the plan action: reads what is to be checked, and emits the jobs that check it. Never throws. */
export function plan(log: Log = createLog()): void {
  markFailed();
  const order = readPlan(readRawInputs(INPUTS));
  if (!order.ok) {
    annotateInputs(order.problems, log);
    setOutputs({ problems: JSON.stringify(order.problems) });
    return;
  }
  const parts = planParts(order.clusters, order.runners, randomInt(SEEDS));
  for (const { id, scenarios } of parts) log.line(`${id}: ${scenarios.join(', ')}`);
  setOutputs({
    matrix: matrixOf(parts),
    parts: JSON.stringify(parts.map(({ id, cluster, scenarios }) => ({ id, cluster, scenarios }))),
  });
  markPassed();
}

function matrixOf(parts: readonly Part[]): string {
  return JSON.stringify({ include: parts.map(({ id, inputs }) => ({ id, inputs })) });
}
