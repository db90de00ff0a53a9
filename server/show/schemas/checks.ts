import { z } from '@hono/zod-openapi';
import { count, list, maybe, number, text, time } from './common.ts';

export const comparison = z.enum(['fixed', 'moving']);
export const level = z.enum(['undecided', 'chance', 'within', 'ticket', 'page']).openapi('Level');

export const trend = list(
  z.object({ fromMs: time, value: maybe(number), isSignificant: maybe(z.boolean()) }).openapi('TrendPoint'),
);

export const check = z
  .object({
    scoreId: number,
    detector: text,
    title: text,
    unit: text,
    subject: text,
    about: z.enum(['feed', 'feature', 'labels', 'drift']),
    level,
    value: maybe(number),
    lower: maybe(number),
    upper: maybe(number),
    limit: maybe(number),
    why: maybe(text),
    rows: count,
    text,
    against: maybe(text),
    fromMs: time,
    toMs: time,
    trend,
  })
  .openapi('Check');

const bins = list(z.object({ rows: count, score: number, share: number }));

export const labelCharts = z
  .object({
    error: maybe(
      z.object({
        unit: z.enum(['share', 'number']),
        days: list(z.object({ fromMs: time, value: maybe(number), rows: count })),
        sinceMs: maybe(time),
      }),
    ),
    reliability: maybe(z.object({ against: text, before: bins, now: bins })),
  })
  .openapi('LabelCharts');

const baselineTold = z.object({
  id: text,
  description: text,
  rows: count,
  features: count,
  fromMs: time,
  toMs: time,
  createdAtMs: time,
  chosenBy: maybe(text),
  chosenAtMs: maybe(time),
  withdrawnAtMs: maybe(time),
});

export const baselineCard = z
  .object({
    current: maybe(baselineTold),
    waiting: maybe(text),
    configured: text,
    before: list(baselineTold),
    comparisons: list(
      z.object({
        comparison,
        text: maybe(text),
        why: maybe(text),
        features: count,
        uncalibrated: count,
        windows: count,
        leastWindows: maybe(count),
      }),
    ),
    season: z.enum(['auto', 'none']),
    unmonitored: list(text),
    unknown: list(text),
  })
  .openapi('BaselineCard');

export const detectorList = z
  .object({ detectors: list(z.object({ id: text, title: text, unit: text })) })
  .openapi('DetectorList');
