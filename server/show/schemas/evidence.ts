import { z } from '@hono/zod-openapi';
import { count, list, maybe, number, text } from './common.ts';

export const featureCounts = z
  .object({
    known: list(count),
    sides: z.object({ missing: count, non_finite: count, below_min: count, above_max: count, unseen: count }),
    moments: z.object({ sum: number, squares: number }).optional(),
  })
  .openapi('FeatureCounts');

export const featureLayout = z
  .discriminatedUnion('kind', [
    z.object({
      kind: z.literal('number'),
      edges: list(number),
      min: number,
      max: number,
      isDiscrete: z.boolean().optional(),
      moments: z.object({ center: number, unit: number }).optional(),
    }),
    z.object({ kind: z.literal('category'), values: list(text), rare: list(text) }),
  ])
  .openapi('FeatureLayout');

export const groupRate = z
  .object({
    group: text,
    rows: count,
    rate: maybe(number),
    lower: maybe(number),
    upper: maybe(number),
    why: maybe(text),
  })
  .openapi('GroupRate');

export const burnWindow = z
  .object({
    windowMs: number,
    rate: maybe(number),
    threshold: maybe(number),
    bad: count.optional(),
    total: count.optional(),
  })
  .openapi('BurnWindow');

export const judgedPair = z
  .object({
    severity: z.enum(['page', 'ticket']),
    longMs: number,
    shortMs: number,
    factor: number,
    tableFactor: number,
    why: maybe(text),
    ratio: maybe(number),
  })
  .openapi('JudgedPair');

export const sloState = z.enum(['ok', 'burning', 'nodata', 'pending']);

export const evidence = z
  .object({
    text,
    against: text.optional(),
    together: list(text).optional(),
    cells: list(
      z.object({ cell: text, baselineShare: number, currentShare: number, contribution: number }),
    ).optional(),
    numbers: z.record(text, maybe(number)).readonly().optional(),
    current: featureCounts.optional(),
    versions: z.record(text, count).readonly().optional(),
    cause: text.optional(),
    groups: list(groupRate).optional(),
    burn: list(burnWindow).optional(),
    pairs: list(judgedPair).optional(),
    sloState: sloState.optional(),
  })
  .openapi('Evidence');

export const score = z
  .object({
    id: number,
    atMs: number,
    tenant: text,
    model: text,
    detector: text,
    subject: text,
    windowFromMs: number,
    windowToMs: number,
    value: maybe(number),
    why: maybe(text),
    lower: maybe(number),
    upper: maybe(number),
    rows: count,
    baselineId: maybe(text),
    isSignificant: z.boolean().optional(),
    inputs: z.record(text, text).readonly().optional(),
    evidence,
    verdicts: list(z.object({ rule: text, reason: text, severity: maybe(text) })),
  })
  .openapi('Score');

export const scoreExplanation = z
  .object({
    score,
    result: z.enum(['same', 'different', 'impossible']),
    why: maybe(text),
    differences: list(text),
    sections: list(z.object({ title: text, lines: list(text) })),
  })
  .openapi('ScoreExplanation');
