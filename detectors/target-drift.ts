import { effect } from './effect.ts';
import { explainingCells, explanation } from './explain.ts';
import { normalQuantile, sum } from './math.ts';
import { significance } from './significance.ts';
import type { Calibration, Detector, DriftParameters, FeatureInput, Finding } from './types.ts';

/**
 * Whether the labels themselves have changed: the world, not the model.
 *
 *   classes: the Jensen-Shannon distance without the part of chance (`effect.ts`), significant when p <= alpha
 *   numbers: |mean now - mean before| in deviations of the baseline's labels, with its interval at 1 - alpha
 *
 * phi of the calibration widens both. Labels that never came before are a class of their own.
 * Reference: as drift; Welch 1947 for the difference of means. Example: positives 30 %, then 45 %, of 1000 each: 0.13.
 */
export const targetDrift: Detector<TargetInput> = {
  id: 'target-drift',
  title: 'Drift of the labels',
  unit: 'distance, base 2; for numbers deviations of the baseline',
  score: (input) => ('classes' in input ? classDrift(input) : meanDrift(input)),
};

export type TargetInput = ClassTarget | NumberTarget;

interface Judged {
  readonly calibration: Calibration;
  readonly parameters: DriftParameters & { readonly alpha: number };
}

/** Labelled predictions by label. */
export interface ClassTarget extends Judged {
  readonly classes: {
    readonly baseline: Readonly<Record<string, number>>;
    readonly current: Readonly<Record<string, number>>;
  };
}

export interface NumberTarget extends Judged {
  readonly numbers: { readonly baseline: LabelSums; readonly current: LabelSums };
}

export interface LabelSums {
  readonly rows: number;
  readonly sum: number;
  readonly squareSum: number;
}

/**
 * How much wider than chance the mean label varies over the baseline's own windows: the mean of the squared difference
 * between a window's mean and that of the others over its variance; at least 1.
 */
export function meanCalibration(
  windows: readonly LabelSums[],
  { leastWindows, leastRows }: Pick<DriftParameters, 'leastWindows' | 'leastRows'>,
): Calibration {
  const used = windows.filter(({ rows }) => rows >= leastRows);
  const all = {
    rows: sum(used.map(({ rows }) => rows)),
    sum: sum(used.map((window) => window.sum)),
    squareSum: sum(used.map(({ squareSum }) => squareSum)),
  };
  const { variance } = spreadOf(all);
  const ratios = used.map((window) => {
    const others = all.rows - window.rows;
    const apart = window.sum / window.rows - (all.sum - window.sum) / others;
    return apart ** 2 / (variance / window.rows + variance / others);
  });
  const isCalibrated = used.length >= leastWindows && variance > 0;
  const phi = isCalibrated ? Math.max(1, sum(ratios) / ratios.length) : 1;
  return { windows: used.length, phi, isCalibrated, largest: [], isSteady: false };
}

function classDrift({ classes, calibration, parameters }: ClassTarget): Finding {
  const { baseline, current } = classes;
  if ([...Object.values(baseline), ...Object.values(current)].some((rows) => !(rows >= 0)))
    throw new Error('Expected counts of labels of at least 0.');
  const labels = [...new Set([...Object.keys(baseline), ...Object.keys(current)])].toSorted();
  const counted = (from: Readonly<Record<string, number>>) => ({
    known: [...labels.map((label) => from[label] ?? 0), 0],
    sides: NO_SIDES,
  });
  const input: FeatureInput = {
    feature: 'label',
    layout: { kind: 'category', values: labels, rare: [] },
    baseline: counted(baseline),
    current: counted(current),
    calibration,
    parameters,
  };
  const rows = sum(input.current.known);
  if (rows === 0 || sum(input.baseline.known) === 0) return nothing(rows);
  const measured = effect(input);
  if (measured.value === null)
    return { value: null, why: measured.why, rows, text: `label: ${measured.why}` };
  const p = significance(input)?.p ?? 1;
  const cells = explainingCells(input);
  const isSignificant = p <= parameters.alpha;
  const text = isSignificant ? explanation('label', cells) : 'the labels are those of the baseline';
  return { value: measured.value, why: null, rows, text, isSignificant, cells, numbers: { p } };
}

const NO_SIDES = { missing: 0, non_finite: 0, below_min: 0, above_max: 0, unseen: 0 };

function nothing(rows: number): Finding {
  const why = rows === 0 ? 'no labels in this window' : 'no labels in the baseline';
  return { value: null, why, rows, text: `label: ${why}` };
}

function meanDrift({ numbers, calibration, parameters }: NumberTarget): Finding {
  const [before, now] = [spreadOf(numbers.baseline), spreadOf(numbers.current)];
  const { rows } = numbers.current;
  if (rows === 0 || numbers.baseline.rows === 0) return nothing(rows);
  const why = whyNot(numbers, before.variance, parameters.leastRows);
  if (why !== null) return { value: null, why, rows, text: `label: ${why}` };
  const deviation = Math.sqrt(before.variance);
  const moved = (now.mean - before.mean) / deviation;
  const chance = before.variance / numbers.baseline.rows + now.variance / rows;
  const doubt = (normalQuantile(1 - parameters.alpha / 2) * Math.sqrt(calibration.phi * chance)) / deviation;
  const size = Math.abs(moved);
  const verb = moved > 0 ? 'rose' : 'fell';
  const text = `the mean label ${verb} from ${shown(before.mean)} to ${shown(now.mean)}`;
  const isSignificant = size > doubt;
  return {
    value: size,
    why: null,
    rows,
    lower: Math.max(0, size - doubt),
    upper: size + doubt,
    text: isSignificant ? text : 'the labels are those of the baseline',
    isSignificant,
    numbers: { before: before.mean, after: now.mean, deviation },
  };
}

function spreadOf({ rows, sum: total, squareSum }: LabelSums): {
  readonly mean: number;
  readonly variance: number;
} {
  if (!(rows >= 0 && squareSum >= 0) || !Number.isFinite(total + squareSum))
    throw new Error('Expected finite sums of labels over at least 0 rows.');
  const mean = total / rows;
  return { mean, variance: rows < 2 ? 0 : Math.max(0, squareSum - total * mean) / (rows - 1) };
}

function whyNot(
  { baseline, current }: NumberTarget['numbers'],
  variance: number,
  leastRows: number,
): string | null {
  if (baseline.rows < leastRows) return `the baseline needs ${leastRows} labels, has ${baseline.rows}`;
  if (current.rows < leastRows) return `needs ${leastRows} labels, has ${current.rows}`;
  return variance === 0 ? 'the labels of the baseline are all the same' : null;
}

function shown(value: number): string {
  return Number(value.toPrecision(4)).toString();
}
