import { edgeText, number, percent } from './format.ts';
import type { DriftRow } from './types.ts';

/** A statistic in words. */
export interface Statistic {
  readonly name: string;
  readonly value: string;
  /** What it is counted in, or what it is. */
  readonly unit: string;
}

type Numbers = DriftRow['numbers'];

/** Numbers that the gates tell. */
const OF_GATES: ReadonlySet<string> = new Set([
  'statistic',
  'freedom',
  'p',
  'rank_p',
  'phi',
  'windows',
  'calibrated',
  'blocks',
]);

interface Known {
  readonly keys: readonly string[];
  readonly name: string;
  readonly unit: string;
  readonly text: (numbers: Numbers) => string | null;
}

const plain =
  (key: string) =>
  (numbers: Numbers): string | null =>
    valueOf(numbers, key, number);

function valueOf(numbers: Numbers, key: string, text: (value: number) => string): string | null {
  const value = numbers[key] ?? null;
  return value === null ? null : text(value);
}

function withError(value: string | null, error: string | null): string | null {
  return value === null || error === null ? value : `${value} ± ${error}`;
}

const KNOWN: readonly Known[] = [
  {
    keys: ['mean_before', 'mean_now', 'mean_error'],
    name: 'Mean',
    unit: 'of the finite values, before and now, with its standard error',
    text: (numbers) => beforeAndNow(numbers, 'mean'),
  },
  {
    keys: ['deviation_before', 'deviation_now', 'deviation_error'],
    name: 'Standard deviation',
    unit: 'of the finite values, before and now, with its standard error',
    text: (numbers) => beforeAndNow(numbers, 'deviation'),
  },
  {
    keys: ['impact'],
    name: 'Impact',
    unit: 'what it does to the error; without labels, distance times importance',
    text: plain('impact'),
  },
  {
    keys: ['js'],
    name: 'Jensen-Shannon distance as counted',
    unit: '0 is alike, 1 has nothing in common (base 2); chance not taken out',
    text: plain('js'),
  },
  {
    keys: ['psi'],
    name: 'Population stability index',
    unit: 'an index without a unit; nothing is decided by it',
    text: plain('psi'),
  },
  {
    keys: ['ks_lower', 'ks_upper'],
    name: 'Kolmogorov-Smirnov distance',
    unit: 'share of rows; certain to lie between the two',
    text: (numbers) => {
      const [lower, upper] = [valueOf(numbers, 'ks_lower', percent), valueOf(numbers, 'ks_upper', percent)];
      if (lower === null || upper === null) return null;
      return lower === upper ? lower : `${lower} to ${upper}`;
    },
  },
  {
    keys: ['wasserstein'],
    name: 'Wasserstein distance',
    unit: 'standard deviations of what it is compared with',
    text: plain('wasserstein'),
  },
  {
    keys: ['l_infinity'],
    name: 'Largest change of one cell',
    unit: 'share of rows in known cells',
    text: (numbers) => valueOf(numbers, 'l_infinity', percent),
  },
];

function beforeAndNow(numbers: Numbers, of: 'mean' | 'deviation'): string | null {
  const before = valueOf(numbers, `${of}_before`, edgeText);
  const now = withError(
    valueOf(numbers, `${of}_now`, edgeText),
    valueOf(numbers, `${of}_error`, (error) => number(error)),
  );
  return before === null || now === null ? null : `${before} → ${now}`;
}

/** The mean before and now; null where there is none, as of categories. */
export function meanText(numbers: Numbers): string | null {
  const [before, now] = [valueOf(numbers, 'mean_before', edgeText), valueOf(numbers, 'mean_now', edgeText)];
  return before === null || now === null ? null : `${before} → ${now}`;
}

/** Every statistic of a score by name, value and unit; one that is not known here is told by its own name. */
export function statistics(numbers: Numbers): readonly Statistic[] {
  const told = new Set(KNOWN.flatMap(({ keys }) => keys));
  const known = KNOWN.flatMap(({ name, unit, text }) => {
    const value = text(numbers);
    return value === null ? [] : [{ name, value, unit }];
  });
  const others = Object.entries(numbers).flatMap(([key, value]) =>
    value === null || told.has(key) || OF_GATES.has(key)
      ? []
      : [{ name: key.replaceAll('_', ' '), value: number(value), unit: '' }],
  );
  return [...known, ...others];
}
