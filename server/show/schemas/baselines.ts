import { z } from '@hono/zod-openapi';
import { count, list, maybe, name, text, time } from './common.ts';

/** A name may be 200 characters long where rows are uploaded. */
const setName = z.string().min(1).max(200);
const moment = z.number().int().min(0).max(8.64e15);
const span = z
  .strictObject({ fromMs: moment, toMs: moment })
  .refine(({ fromMs, toMs }) => fromMs < toMs, 'expected fromMs below toMs')
  .readonly();

/** What a baseline is made of, as it is sent and told. */
export const baselineSource = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('uploaded'), set: setName }),
    z.strictObject({ kind: z.literal('reference'), minRows: z.number().int().min(1) }),
    z.strictObject({ kind: z.literal('first'), rows: z.number().int().min(1) }),
    z.strictObject({
      kind: z.literal('period'),
      fromMs: moment,
      toMs: moment,
      exclude: z.array(span).max(1000).readonly().exactOptional(),
    }),
  ])
  .refine(
    (source) => source.kind !== 'period' || source.fromMs < source.toMs,
    'expected a period that ends after it begins',
  )
  .openapi('BaselineSource');

export const newBaseline = z.strictObject({ source: baselineSource }).openapi('NewBaseline');

const choice = z.object({
  by: text,
  atMs: time,
  instead: maybe(baselineSource),
  withdrawnAtMs: maybe(time),
});

export const baselineEntry = z
  .object({
    id: text,
    tenant: text,
    model: text,
    source: baselineSource,
    fromMs: time,
    toMs: time,
    rows: count,
    features: count,
    cells: count,
    createdAtMs: time,
    isCurrent: z.boolean(),
    choice: choice.exactOptional(),
  })
  .openapi('Baseline');

export const baselineList = z
  .object({
    tenant: text,
    model: text,
    configured: baselineSource,
    baselines: list(baselineEntry),
    sets: list(z.object({ set: text, rows: count, fromMs: time, toMs: time, lastReceivedMs: time })),
  })
  .openapi('BaselineList');

export const baselineQuery = z.strictObject({ tenant: name.optional(), model: name });
export const setQuery = z.strictObject({ tenant: name.optional(), model: name, set: setName });
