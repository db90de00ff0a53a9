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
    labels: z.record(text, text).readonly(),
    acknowledgedBy: maybe(text),
    acknowledgedUntilMs: maybe(time),
    silencedBy: maybe(text),
    inhibitedBy: maybe(text),
    recoversAtMs: maybe(time),
    opened: count,
    incidentId: maybe(text),
    unit: maybe(text),
  })
  .openapi('Alert');

export const alertList = z.object({ ...asOf, alerts: list(alert) }).openapi('AlertList');

export const acknowledgement = z.strictObject({ reason: reason.optional() }).openapi('Acknowledgement');

/** As in Alertmanager; expressions of =~ and !~ are RE2 and must fit the whole value. */
const matcher = z
  .strictObject({
    name: z.string().min(1).max(200),
    op: z.enum(['=', '!=', '=~', '!~']).default('='),
    value: z.string().max(1000),
  })
  .openapi('Matcher');

export const silence = z
  .object({
    id: text,
    tenant: text,
    matchers: list(matcher),
    fromMs: time,
    toMs: time,
    author: text,
    reason: text,
    endToldAtMs: maybe(time),
  })
  .openapi('Silence');

export const silenceList = z
  .object({ ...asOf, longestSilenceMs: count, silences: list(silence) })
  .openapi('SilenceList');

const matchers = z
  .array(matcher)
  .min(1, 'expected at least one matcher, such as {"name":"model","value":"fraud"}')
  .max(50);

export const previewedSilence = z
  .strictObject({ tenant: name.optional(), matchers })
  .openapi('PreviewedSilence');

export const silencePreview = z
  .object({
    ...asOf,
    firing: list(alert),
    lately: list(alert),
    warnings: list(text),
    longestSilenceMs: count,
  })
  .openapi('SilencePreview');

export const newSilence = z
  .strictObject({
    tenant: name.optional(),
    matchers,
    durationMs: z.number().int().min(60_000, 'expected at least one minute'),
    reason,
  })
  .openapi('NewSilence');
