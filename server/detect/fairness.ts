import { fairnessGap, type Group } from '../../detectors/fairness-gap.ts';
import { rowsOf } from '../../detectors/side-rates.ts';
import type { CategoryLayout } from '../../detectors/types.ts';
import { PREDICTION, type Baseline, type CountsRow, type ModelKey, type Score } from '../model.ts';
import type { Window } from './types.ts';

export interface FairnessWindow {
  readonly key: ModelKey;
  readonly baseline: Baseline;
  readonly window: Window;
  readonly attribute: string;
  readonly positive: string;
  readonly groups: readonly CountsRow[];
}

/** The gap of selection rates between the groups of one attribute, over one window; pure. */
export function fairnessScore(input: FairnessWindow): Score {
  const layout = input.baseline.layouts[PREDICTION];
  const cell = layout?.kind === 'category' ? layout.values.indexOf(input.positive) : -1;
  const groups = input.groups.flatMap((row) => groupOf(row, cell));
  const { gap, lower, upper, rates } = fairnessGap(groups);
  const why =
    cell < 0
      ? unknownPositive(input.positive, layout?.kind === 'category' ? layout : null)
      : (gap.why ?? null);
  return {
    ...input.key,
    detector: 'fairness-gap',
    subject: input.attribute,
    windowFromMs: input.window.fromMs,
    windowToMs: input.window.toMs,
    value: why === null ? gap.value : null,
    why,
    lower: why === null ? lower : null,
    upper: why === null ? upper : null,
    rows: groups.reduce((total, group) => total + group.rows, 0),
    baselineId: input.baseline.id,
    evidence: { text: why ?? gapText(input, rates), groups: rates },
  };
}

function groupOf(row: CountsRow, cell: number): readonly Group[] {
  const counts = row.features[PREDICTION];
  if (counts === undefined || cell < 0) return [];
  return [{ group: row.group ?? 'unknown', rows: rowsOf(counts), selected: counts.known[cell] ?? 0 }];
}

function unknownPositive(positive: string, layout: CategoryLayout | null): string {
  const known =
    layout === null ? 'predictions are numbers' : `the baseline knows ${layout.values.join(', ')}`;
  return `the positive prediction "${positive}" is not in the baseline; ${known}`;
}

function gapText(input: FairnessWindow, rates: ReturnType<typeof fairnessGap>['rates']): string {
  const judged = rates
    .filter((rate) => rate.rate !== null)
    .sort((first, second) => (second.rate ?? 0) - (first.rate ?? 0));
  const [most, least] = [judged[0], judged.at(-1)];
  return `"${input.positive}" for ${percent(most?.rate)} of ${most?.group} and ${percent(least?.rate)} of ${least?.group}`;
}

function percent(rate: number | null | undefined): string {
  return `${((rate ?? 0) * 100).toFixed(1)} %`;
}
