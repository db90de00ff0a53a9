import { z } from '@hono/zod-openapi';
import { asOf, count, list, maybe, name, number, reason, severity, text, time } from './common.ts';
import { evidence } from './evidence.ts';

export const alert = z
  .object({
    id: text,
    tenant: text,
    model: text,
    rule: text,
    subject: text,
    episode: count,
    state: z.enum(['firing', 'resolved']),
    severity,
    startedAtMs: time,
    resolvedAtMs: maybe(time),
    windowFromMs: time.optional(),
    windowToMs: time.optional(),
    resolvedBy: text.optional(),
    summary: text,
    value: maybe(number),
    peak: maybe(number),
    evidence,
    acknowledgedBy: maybe(text),
    silencedBy: maybe(text),
    incidentId: maybe(text),
    unit: maybe(text),
  })
  .openapi('Alert');

export const alertList = z.object({ ...asOf, alerts: list(alert) }).openapi('AlertList');

export const silence = z
  .object({
    id: text,
    tenant: text,
    matchers: z.record(text, text).readonly(),
    fromMs: time,
    toMs: time,
    author: text,
    reason: text,
  })
  .openapi('Silence');

export const silenceList = z.object({ ...asOf, silences: list(silence) }).openapi('SilenceList');

const DAY_MS = 86_400_000;
/** A silence that nobody ends must end by itself. */
const MAX_SILENCE_MS = 30 * DAY_MS;

export const newSilence = z
  .strictObject({
    tenant: name.optional(),
    matchers: z
      .strictObject({
        model: name.optional(),
        rule: name.optional(),
        subject: z.string().max(300).optional(),
        severity: severity.optional(),
      })
      .refine(
        (matchers) => Object.keys(matchers).length > 0,
        'expected at least one of model, rule, subject, severity',
      ),
    durationMs: z
      .number()
      .int()
      .min(60_000, 'expected at least one minute')
      .max(MAX_SILENCE_MS, 'expected at most 30 days'),
    reason,
  })
  .openapi('NewSilence');
