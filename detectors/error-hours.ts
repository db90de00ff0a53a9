import { sum } from './math.ts';

/** Hourly error sums made comparable: what each stretch of hours holds against what the first weeks led to expect. */

/** Rows of an hour whose labels are known, and how many were predicted wrong. */
export interface CountedHour {
  readonly fromMs: number;
  readonly rows: number;
  readonly errors: number;
}

/** The same for numbers: sums of |error| and of its square. */
export interface SummedHour {
  readonly fromMs: number;
  readonly rows: number;
  readonly absoluteSum: number;
  readonly squareSum: number;
}

export type ErrorHour = CountedHour | SummedHour;

/** Hours next to each other, as many as it takes to tell something. */
export interface Stretch {
  readonly fromMs: number;
  readonly rows: number;
  /** Errors, or the sum of |error|. */
  readonly sum: number;
  readonly expected: number;
  /** Variance of `sum` if every row were by itself. */
  readonly variance: number;
  /** How far `sum` lies from `expected`, in its deviations. */
  readonly z: number;
}

export interface Level {
  /** Errors are counted, not summed. */
  readonly isCounted: boolean;
  readonly mean: number;
  /** Of one row. */
  readonly variance: number;
  /** Factor on the mean by hour of the day, UTC. */
  readonly ofDay: readonly number[];
  /** How much wider than chance the first stretches, or whole days of them, vary; at least 1. */
  readonly phi: number;
  /** How many stretches all this was learned from. */
  readonly stretches: number;
}

/** An hour as sums, whatever its kind. */
export interface PlainHour {
  readonly fromMs: number;
  readonly rows: number;
  readonly sum: number;
  readonly squares: number;
}

const HOUR_MS = 3_600_000;

/** Hours with rows, in order of time. Throws on what cannot be. */
export function plainHours(hours: readonly ErrorHour[]): readonly PlainHour[] {
  return hours.map(plain).filter((hour) => hour.rows > 0);
}

function plain(hour: ErrorHour, index: number, hours: readonly ErrorHour[]): PlainHour {
  const [total, squares] = 'errors' in hour ? [hour.errors, hour.errors] : [hour.absoluteSum, hour.squareSum];
  const { fromMs, rows } = hour;
  const isPossible = rows >= 0 && total >= 0 && squares >= 0 && (!('errors' in hour) || total <= rows);
  if (!isPossible || !Number.isFinite(rows + total + squares))
    throw new Error(
      `Expected rows and sums of errors of at least 0, no more errors than rows, at hour ${index}.`,
    );
  if (index > 0 && fromMs <= (hours[index - 1]?.fromMs ?? 0))
    throw new Error(`Expected hours in rising order, at hour ${index}.`);
  return { fromMs, rows, sum: total, squares };
}

/** What is normal, learned from the given hours. */
export function learn(hours: readonly PlainHour[], isCounted: boolean): Level {
  const rows = sum(hours.map((hour) => hour.rows));
  const total = sum(hours.map((hour) => hour.sum));
  // Half an error more, so that a model without any still has a level.
  const mean = isCounted ? (total + 0.5) / (rows + 1) : total / rows;
  const squares = sum(hours.map((hour) => hour.squares)) / rows;
  const variance = isCounted ? mean * (1 - mean) : Math.max(0, squares - mean * mean);
  const even = { isCounted, mean, variance, ofDay: EVEN, phi: 1, stretches: 0 };
  const level = { ...even, ofDay: dayProfile(hours, even) };
  const stretches = stretchesOf(hours, level);
  const phi = Math.max(1, dispersion(stretches), dispersion(daysOf(stretches)));
  return { ...level, phi, stretches: stretches.length };
}

function dispersion(parts: readonly { readonly z: number }[]): number {
  return parts.length < LEAST_PARTS ? 1 : sum(parts.map(({ z }) => z * z)) / (parts.length - 1);
}

/** With fewer parts their spread is mostly chance. */
const LEAST_PARTS = 7;

/** Whole days: hours that go up and down together vary little one by one and much in sum. */
function daysOf(stretches: readonly Stretch[]): readonly { readonly z: number }[] {
  const days = Map.groupBy(stretches, ({ fromMs }) => Math.floor(fromMs / (24 * HOUR_MS)));
  return [...days.values()].map((parts) => {
    const beyond = sum(parts.map((part) => part.sum - part.expected));
    return { z: beyond / Math.sqrt(sum(parts.map((part) => part.variance))) };
  });
}

const EVEN: readonly number[] = Array.from({ length: 24 }, () => 1);
/** Of these days' hours alone: a profile of fewer is mostly chance. */
const PROFILE_DAYS = 7;

/**
 * The hours of the day against the mean, drawn towards it by as much as chance explains their differences
 * (James and Stein 1961): 1 everywhere when the day has no pattern.
 */
function dayProfile(hours: readonly PlainHour[], { mean, variance }: Level): readonly number[] {
  const slots = EVEN.map((_, slot) => slotSums(hours, slot));
  if (slots.some((slot) => slot.hours < PROFILE_DAYS) || variance === 0) return EVEN;
  const excess = slots.map(({ rows, total }) => (total - rows * mean) ** 2 / (rows * variance));
  const own = Math.max(0, 1 - (slots.length - 1) / sum(excess));
  return slots.map(({ rows, total }) => 1 + own * (total / rows / mean - 1));
}

function slotSums(
  hours: readonly PlainHour[],
  slot: number,
): { readonly hours: number; readonly rows: number; readonly total: number } {
  const found = hours.filter((hour) => slotOf(hour) === slot);
  return {
    hours: found.length,
    rows: sum(found.map((hour) => hour.rows)),
    total: sum(found.map((hour) => hour.sum)),
  };
}

function slotOf({ fromMs }: PlainHour): number {
  return Math.floor(fromMs / HOUR_MS) % 24;
}

/** What makes a sum near enough to normal: five expected errors; thirty rows where sizes are summed. */
const LEAST_EXPECTED = 5;
const LEAST_ROWS = 30;

/** Puts hours together until each stretch holds enough; what is left over at the end is not judged yet. */
export function stretchesOf(hours: readonly PlainHour[], level: Level): readonly Stretch[] {
  const stretches: Stretch[] = [];
  let open: Omit<Stretch, 'z'> | null = null;
  for (const hour of hours) {
    open = grown(open, hour, level);
    if (!isEnough(open, level.isCounted)) continue;
    stretches.push({ ...open, z: (open.sum - open.expected) / Math.sqrt(level.phi * open.variance) });
    open = null;
  }
  return stretches;
}

function isEnough({ rows, expected }: Omit<Stretch, 'z'>, isCounted: boolean): boolean {
  const rarer = isCounted ? Math.min(expected, rows - expected) : rows;
  return rows >= LEAST_ROWS && rarer >= LEAST_EXPECTED;
}

function grown(
  open: Omit<Stretch, 'z'> | null,
  hour: PlainHour,
  { mean, variance, ofDay }: Level,
): Omit<Stretch, 'z'> {
  const factor = ofDay[slotOf(hour)] ?? 1;
  return {
    fromMs: open?.fromMs ?? hour.fromMs,
    rows: (open?.rows ?? 0) + hour.rows,
    sum: (open?.sum ?? 0) + hour.sum,
    expected: (open?.expected ?? 0) + hour.rows * mean * factor,
    variance: (open?.variance ?? 0) + hour.rows * variance * factor,
  };
}
