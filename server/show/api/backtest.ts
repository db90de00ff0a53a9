import { z } from '@hono/zod-openapi';
import { tenantFor } from '../access.ts';
import { endpoint } from '../endpoint.ts';
import { count, list, maybe, name, number, severity, text, time } from '../schemas/common.ts';

const UNITS_MS = { h: 3_600_000, d: 86_400_000 } as const;
/** As long as counts are kept. */
const LONGEST_MS = 400 * UNITS_MS.d;
const MOST_CHARACTERS = 200_000;

const since = z
  .string()
  .regex(/^\d{1,5}[hd]$/, 'expected a duration such as 12h or 28d')
  .transform((asked) => Number.parseInt(asked, 10) * UNITS_MS[asked.slice(-1) as keyof typeof UNITS_MS])
  .refine((ms) => ms > 0 && ms <= LONGEST_MS, 'expected at most 400d, and more than nothing');

const alert = z.object({
  subject: text,
  severity,
  fromMs: time,
  toMs: maybe(time),
  peak: maybe(number),
  text,
});
const incident = z.object({
  tenant: text,
  model: text,
  severity,
  fromMs: time,
  toMs: maybe(time),
  alerts: list(alert),
});
const rule = z.object({
  rule: text,
  title: text,
  judged: count,
  undecided: count,
  alerts: count,
  pages: count,
  perFourWeeks: number,
  incidents: list(incident),
});

export const backtestEndpoints = [
  endpoint({
    method: 'post',
    path: '/api/v1/backtest',
    tag: 'Models',
    summary: 'What rules would have opened in the time before now, replayed from stored counts',
    description:
      '`since` is a duration such as `28d`. `rules` is the text of a file of rules, which take the place of those that run, or of overrides alone, which change those. Nothing is stored, and nobody is told.',
    access: ['read'],
    body: z.strictObject({
      tenant: name.optional(),
      model: name.optional(),
      since,
      rules: z.string().min(1).max(MOST_CHARACTERS).optional(),
    }),
    response: z
      .object({ fromMs: time, toMs: time, scores: count, rules: list(rule), notes: list(text) })
      .openapi('Backtest'),
    handle: async ({ body, principal, nowMs, options }) =>
      options.backtest({
        tenant: tenantFor(principal, body.tenant),
        model: body.model,
        sinceMs: body.since,
        rules: body.rules,
        nowMs,
      }),
  }),
];
