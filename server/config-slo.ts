import { z } from 'zod';
import { duration, name, percent, UNITS_MS } from './config-common.ts';
import type { BurnPair, SloSettings } from './settings.ts';

/** Objectives of a model, as the configuration file says them and as the stages read them. */

/** At 100 % there is no budget that could burn; at 0 % nothing is promised. */
const TARGET = 'expected a percentage above 0 and below 100, such as 99.5';
const target = z
  .number(TARGET)
  .gt(0, TARGET)
  .lt(100, `${TARGET}, since at 100 no budget is left that could burn`);

const burnPair = z.strictObject({
  severity: z.enum(['page', 'ticket']),
  long: duration,
  short: duration,
  factor: z.number().positive(),
});

const common = {
  id: name,
  target,
  period: duration
    .refine((ms) => ms >= UNITS_MS.d && ms % UNITS_MS.h === 0, 'expected whole hours, at least 1d')
    .default(28 * UNITS_MS.d),
  burn: z
    .union([z.literal('auto'), z.array(burnPair).min(1)], {
      error: 'expected auto, or a list of { severity, long, short, factor }',
    })
    .default('auto'),
  minBad: z.int().min(1).optional(),
};

/** Slices begin at multiples of their length, so it has to divide the day. */
const slice = duration.refine(
  (ms) => ms >= UNITS_MS.m && UNITS_MS.d % ms === 0,
  'expected a length that divides a day into whole parts, at least 1m',
);

const timeZone = z.string().refine(isTimeZone, 'expected the name of a time zone, such as Europe/Prague');

function isTimeZone(zone: string): boolean {
  try {
    Intl.DateTimeFormat('en-US', { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}

export const sloSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    ...common,
    kind: z.literal('availability'),
    exclude: z.array(z.string().min(1)).max(100).optional(),
  }),
  z.strictObject({ ...common, kind: z.literal('latency'), threshold: duration }),
  z.strictObject({
    ...common,
    kind: z.literal('quality'),
    tolerance: z.number().min(0).optional(),
    minCoverage: percent.default(80),
  }),
  z.strictObject({
    ...common,
    kind: z.literal('freshness'),
    of: z.enum(['event', 'label', 'feature']).default('event'),
    feature: z.string().min(1).optional(),
    maxAge: duration.refine((ms) => ms >= UNITS_MS.m, 'expected at least 1m'),
    every: slice.default(5 * UNITS_MS.m),
  }),
  z.strictObject({
    ...common,
    kind: z.literal('drift'),
    threshold: z.number().positive(),
    minRows: z.int().min(1).default(200),
    features: z.array(z.string().min(1)).min(1).optional(),
    against: z.enum(['fixed', 'moving']).default('fixed'),
  }),
  z.strictObject({
    ...common,
    kind: z.literal('fairness'),
    attribute: z.string().min(1),
    threshold: z.number().positive().max(1),
    // The detector says nothing of smaller groups.
    minRows: z.int().min(100).default(100),
  }),
  z.strictObject({
    id: name,
    kind: z.literal('cost'),
    monthly: z.number().positive(),
    currency: z.string().min(1).optional(),
    timeZone: timeZone.default('UTC'),
  }),
]);

export type SloFile = z.output<typeof sloSchema>;

/** The longest month: windows of a cost are judged by the month they are in. */
const MONTH_MS = 31 * UNITS_MS.d;

/** `windowMs` is the model's: the slice of drift and fairness. `tolerances` are the errors that are told apart. */
export function toSlo(
  slo: SloFile,
  { windowMs, tolerances }: { readonly windowMs: number; readonly tolerances: readonly number[] },
): SloSettings {
  if (slo.kind === 'cost') {
    const { id, kind, monthly, currency = null, timeZone: zone } = slo;
    return { id, kind, target: 0, periodMs: MONTH_MS, thresholdMs: null, monthly, currency, timeZone: zone };
  }
  const base = {
    id: slo.id,
    target: share(slo.target),
    periodMs: slo.period,
    thresholdMs: slo.kind === 'latency' ? slo.threshold : null,
    ...(slo.burn !== 'auto' && { burn: slo.burn.map(toPair) }),
    ...(slo.minBad !== undefined && { minBad: slo.minBad }),
  };
  if (slo.kind === 'availability')
    return { ...base, kind: slo.kind, ...(slo.exclude !== undefined && { exclude: slo.exclude }) };
  if (slo.kind === 'latency') return { ...base, kind: slo.kind };
  if (slo.kind === 'quality') {
    const { kind, tolerance, minCoverage } = slo;
    const edge = tolerance === undefined ? null : edgeFrom(tolerance, tolerances);
    return { ...base, kind, tolerance: edge, minCoverage: share(minCoverage) };
  }
  return { ...base, ...slicesOf(slo, windowMs) };
}

type Sliced = Extract<SloSettings, { sliceMs: number }>;
type Own<Settings> = Settings extends Sliced
  ? Omit<Settings, 'id' | 'target' | 'periodMs' | 'thresholdMs'>
  : never;

function slicesOf(
  slo: Extract<SloFile, { kind: 'freshness' | 'drift' | 'fairness' }>,
  windowMs: number,
): Own<Sliced> {
  if (slo.kind === 'freshness') {
    const { kind, of, feature = null, maxAge, every } = slo;
    return { kind, of, feature, maxAgeMs: maxAge, sliceMs: every };
  }
  const { kind, threshold, minRows } = slo;
  if (kind === 'fairness') return { kind, attribute: slo.attribute, threshold, minRows, sliceMs: windowMs };
  return {
    kind,
    threshold,
    minRows,
    features: slo.features ?? null,
    against: slo.against,
    sliceMs: windowMs,
  };
}

function toPair({ severity, long, short, factor }: z.output<typeof burnPair>): BurnPair {
  return { severity, longMs: long, shortMs: short, factor };
}

/** Errors are counted in cells: the next edge at or above is exact, anything between would be a guess. */
function edgeFrom(tolerance: number, edges: readonly number[]): number {
  return edges.find((edge) => edge >= tolerance) ?? edges.at(-1) ?? tolerance;
}

/** 99.9 % is 0.999, not 0.9990000000000001. */
export function share(percentage: number): number {
  return Number((percentage / 100).toPrecision(12));
}
