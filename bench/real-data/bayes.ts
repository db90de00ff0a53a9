import type { Value } from './rows.ts';

/**
 * A model small enough to read, to have something that predicts: naive Bayes over categories and tenths of numbers.
 * Reference: Hastie, Tibshirani, Friedman 2009, 6.6.3.
 */
export interface Example {
  readonly features: Readonly<Record<string, Value>>;
  readonly isPositive: boolean;
}

type Cells = ReadonlyMap<string, number>;

/** Learns from examples; answers the probability of the positive class. */
export function naiveBayes(examples: readonly Example[]): (features: Example['features']) => number {
  const names = Object.keys(examples[0]?.features ?? {});
  const prior = Math.log(odds(examples));
  const columns = names.map((name) => columnOf(name, examples));
  return (features) => {
    const sum = columns.reduce(
      (total, { name, cellOf, weights }) => total + (weights.get(cellOf(features[name] ?? null)) ?? 0),
      prior,
    );
    return 1 / (1 + Math.exp(-sum));
  };
}

interface Column {
  readonly name: string;
  readonly cellOf: (value: Value) => string;
  readonly weights: Cells;
}

function columnOf(name: string, examples: readonly Example[]): Column {
  const values = examples.map(({ features }) => features[name] ?? null);
  const cellOf = cellsOf(values);
  const byCell = Map.groupBy(examples, ({ features }) => cellOf(features[name] ?? null));
  const whole = odds(examples);
  const weights = new Map([...byCell].map(([cell, own]) => [cell, Math.log(odds(own) / whole)]));
  return { name, cellOf, weights };
}

/** One more of each, so that no cell is certain. */
function odds(examples: readonly Example[]): number {
  const positive = examples.filter(({ isPositive }) => isPositive).length;
  return (positive + 1) / (examples.length - positive + 1);
}

function cellsOf(values: readonly Value[]): (value: Value) => string {
  const numbers = values.filter((value) => typeof value === 'number').sort((first, second) => first - second);
  const edges = Array.from({ length: 9 }, (_, at) => numbers[Math.floor((numbers.length * (at + 1)) / 10)]);
  return (value) =>
    typeof value === 'number'
      ? String(edges.filter((edge) => edge !== undefined && value >= edge).length)
      : String(value);
}
