import { fitSeries } from './html/series-fit';
import type { Series, SeriesLimits } from './html/series';
import { scenarioOf } from './merge-cluster';
import type { PlannedPart } from './parts';

/**
 * What one page draws of several parts, with one part more, within the bounds of one run. Of that part only the scenarios that were
 * planned for it: anything else would be drawn as another part's.
 * @param several true: the scenarios have their cluster's name in theirs.
 */
export function withPart(
  drawn: readonly Series[],
  part: PlannedPart,
  series: readonly Series[],
  several: boolean,
  limits?: SeriesLimits,
): readonly Series[] {
  const own = part.scenarios.flatMap((scenario) => {
    const found = series.find((one) => one.scenario === scenario);
    if (found === undefined) return [];
    return [{ ...found, scenario: several ? scenarioOf(scenario, part.cluster) : scenario }];
  });
  return fitSeries([...drawn, ...own], limits);
}
