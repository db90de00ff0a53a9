import type { CountedHour } from '../../detectors/error-hours.ts';
import { normals } from './random.ts';

/** A model's hourly errors as life makes them: noise by row, hour and day, a day that swings, and a step. */
export interface World {
  readonly name: string;
  /** A mean hour; volume swings by half over the day. */
  readonly rows: number;
  readonly error: number;
  /** Share by which the error swings over the day. */
  readonly swing?: number;
  /** Deviations of the logarithm of the error: hour by hour, day by day, and of days that lean on the day before (0.7). */
  readonly hourly?: number;
  readonly daily?: number;
  readonly leaning?: number;
}

export interface Step {
  readonly atHour: number;
  readonly factor: number;
}

const HOUR_MS = 3_600_000;

export function errorHours(
  world: World,
  span: { readonly hours: number; readonly step: Step },
  random: () => number,
): readonly CountedHour[] {
  const normal = normals(random);
  const days = dayLevels(world, Math.ceil(span.hours / 24), normal);
  return Array.from({ length: span.hours }, (_, hour) => {
    const rows = Math.round(world.rows * (1 + 0.5 * Math.sin((2 * Math.PI * hour) / 24)));
    const ofDay = 1 + (world.swing ?? 0) * Math.sin((2 * Math.PI * (hour + 5)) / 24);
    const noise = Math.exp((world.hourly ?? 0) * normal() + (days[Math.floor(hour / 24)] ?? 0));
    const step = hour >= span.step.atHour ? span.step.factor : 1;
    const share = Math.min(0.99, world.error * ofDay * noise * step);
    return { fromMs: hour * HOUR_MS, rows, errors: binomial(rows, share, { random, normal }) };
  });
}

function dayLevels(world: World, days: number, normal: () => number): readonly number[] {
  let leaning = 0;
  return Array.from({ length: days }, () => {
    leaning = 0.7 * leaning + Math.sqrt(1 - 0.7 ** 2) * normal();
    return (world.daily ?? 0) * normal() + (world.leaning ?? 0) * leaning;
  });
}

/** Exact by inversion where the variance is small; rounded from the normal where it is not. */
function binomial(
  rows: number,
  share: number,
  { random, normal }: { readonly random: () => number; readonly normal: () => number },
): number {
  const variance = rows * share * (1 - share);
  if (variance > 25)
    return Math.min(rows, Math.max(0, Math.round(rows * share + Math.sqrt(variance) * normal())));
  let [left, chance, hits] = [random(), (1 - share) ** rows, 0];
  while (left > chance && hits < rows) {
    left -= chance;
    hits += 1;
    chance *= ((rows - hits + 1) / hits) * (share / (1 - share));
  }
  return hits;
}
