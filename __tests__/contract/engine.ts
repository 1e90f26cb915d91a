import { expect } from '@jest/globals';
import type { Bench, Contract } from './bench';
import { clearBench } from './bench';
import { containerCases } from './containers';
import { endpointCases } from './endpoints';
import { outputCases } from './output';
import { resourceCases } from './resources';

/** What every engine does, the one in memory and the real one. */
export const engineContract: Contract = {
  ...resourceCases,
  ...containerCases,
  ...endpointCases,
  ...outputCases,
};

/** Checks a statement; whatever it comes to, nothing of it is left. */
export async function expectHolds(statement: Contract[string], bench: Bench): Promise<void> {
  expect.hasAssertions();
  try {
    await statement(bench);
  } finally {
    expect(await clearBench(bench)).toBe(0);
  }
}
