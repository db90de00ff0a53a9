import { z } from 'zod';
import { duration, name, UNITS_MS } from './config-common.ts';
import type { SloSettings } from './settings.ts';

/** Objectives of a model, as the configuration file says them and as the stages read them. */

/** At 100 % there is no budget that could burn. */
const target = z.number().min(0).lt(100);

export const sloSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    id: name,
    kind: z.literal('availability'),
    target,
    period: duration.default(28 * UNITS_MS.d),
  }),
  z.strictObject({
    id: name,
    kind: z.literal('latency'),
    target,
    period: duration.default(28 * UNITS_MS.d),
    threshold: duration,
  }),
]);

export function toSlo(slo: z.output<typeof sloSchema>): SloSettings {
  return {
    id: slo.id,
    kind: slo.kind,
    target: share(slo.target),
    periodMs: slo.period,
    thresholdMs: slo.kind === 'latency' ? slo.threshold : null,
  };
}

/** 99.9 % is 0.999, not 0.9990000000000001. */
export function share(percent: number): number {
  return Number((percent / 100).toPrecision(12));
}
