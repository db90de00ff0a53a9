import { pairsOf } from '../detect/slo-pairs.ts';
import type { BurnTable } from '../detect/types.ts';
import type { ModelSettings, SloSettings } from '../settings.ts';
import { windowName } from '../show/slo-samples.ts';
import { describeSlo } from '../show/views/slo-words.ts';

/** Every objective with what it promises and the pairs of windows it is judged by, as `leeway check` prints them. */
export function objectiveLines(
  models: readonly ModelSettings[],
  tables: readonly BurnTable[],
): readonly string[] {
  return models.flatMap(({ tenant, model, slos }) =>
    slos.flatMap((slo) => [
      `${tenant}/${model} ${slo.id}: ${describeSlo(slo)}`,
      ...pairsOf(tables, slo).map(
        ({ severity, longMs, shortMs, factor, why }) =>
          `  ${severity} ${windowName(longMs)} and ${windowName(shortMs)}: ${factor} times the even pace${why === null ? '' : ` (${why})`}`,
      ),
      ...unusual(slo),
    ]),
  );
}

const DAY_MS = 86_400_000;
const USUAL_DAYS = [7, 28, 30, 90];

function unusual({ kind, periodMs }: SloSettings): readonly string[] {
  return kind === 'cost' || USUAL_DAYS.includes(periodMs / DAY_MS)
    ? []
    : [`  a period of ${windowName(periodMs)} is none of 7d, 28d, 30d, 90d, by which others compare budgets`];
}
