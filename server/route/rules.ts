import { z } from 'zod';
import { duration } from '../config-common.ts';
import type { Rule, RuleOverride } from '../model.ts';
import { PLACEHOLDERS } from './judge.ts';
import { parseYaml, pattern } from './yaml-text.ts';

/** The one schema of `alert-rules/*.yaml`. */

const id = z
  .string()
  .regex(/^[a-z][a-z0-9-]*$/, 'expected lower-case letters, digits and "-", starting with a letter');
const windows = z.int().min(1).max(100);

const threshold = z.strictObject({ atLeast: z.number(), use: z.enum(['value', 'lower']).optional() });

const windowCounts = z.strictObject({ open: windows, of: windows, pageOpen: windows, close: windows });
const persistence = windowCounts.refine((value) => value.open <= value.of, {
  error: 'expected open to be at most of',
  path: ['open'],
});

const summary = z
  .string()
  .min(1)
  .refine(knowsPlaceholders, {
    error: `expected only the placeholders ${PLACEHOLDERS.map((name) => `{${name}}`).join(', ')}`,
  });

function knowsPlaceholders(text: string): boolean {
  const names = [...text.matchAll(/\{(\w*)\}/g)].map((match) => match[1] ?? '');
  return names.every((name) => PLACEHOLDERS.some((placeholder) => placeholder === name));
}

const rule = z
  .strictObject({
    id,
    title: z.string().min(1),
    detector: id,
    kind: z.enum(['drift', 'quality', 'slo', 'fairness', 'absence']),
    subjects: z.enum(['features', 'prediction', 'any']).optional(),
    page: threshold.optional(),
    ticket: threshold.optional(),
    persistence,
    for: duration.optional(),
    keepFiring: duration.optional(),
    summary,
    action: z.strictObject({ retrain: z.boolean().optional(), rollback: z.boolean().optional() }).optional(),
  })
  .refine((value) => value.page !== undefined || value.ticket !== undefined, {
    error: 'expected a page or a ticket threshold, got neither',
  })
  .refine((value) => value.kind !== 'fairness' || value.page === undefined, {
    error: 'expected a ticket: a gap between groups is for people to look at, never a page',
    path: ['page'],
  });

const limit = z.union([threshold, z.literal('off')], {
  error: 'expected a threshold such as { atLeast: 0.2 }, or off',
});

const override = z
  .strictObject({
    rule: id,
    tenant: pattern.optional(),
    model: pattern.optional(),
    subject: pattern.optional(),
    page: limit.optional(),
    ticket: limit.optional(),
    persistence: windowCounts.partial().optional(),
    off: z.boolean().optional(),
  })
  .refine(changesSomething, { error: 'expected a page, a ticket, a persistence or off: true, got none' });

function changesSomething({ page, ticket, persistence, off }: Readonly<Record<string, unknown>>): boolean {
  return page !== undefined || ticket !== undefined || persistence !== undefined || off === true;
}

const ruleFile = z
  .strictObject({ rules: z.array(rule).min(1).optional(), overrides: z.array(override).min(1).optional() })
  .refine(({ rules, overrides }) => rules !== undefined || overrides !== undefined, {
    error: 'expected rules or overrides, got neither',
  });

function timed({ for: forMs, keepFiring: keepFiringMs, ...others }: z.output<typeof rule>): object {
  return {
    ...others,
    ...(forMs !== undefined && { forMs }),
    ...(keepFiringMs !== undefined && { keepFiringMs }),
  };
}

/** An override that has not found its rule yet. */
export type LooseOverride = RuleOverride & { readonly rule: string };

/** What one file says, or every mistake in it. */
export type RulesResult =
  | { readonly ok: true; readonly rules: readonly Rule[]; readonly overrides: readonly LooseOverride[] }
  | { readonly ok: false; readonly errors: readonly string[] };

/** Parses one file of rules. Unknown keys are refused; every error carries `file:line:column`. */
export function parseRules(text: string, file: string): RulesResult {
  const parsed = parseYaml(text, file, ruleFile);
  if (!parsed.ok) return parsed;
  const { rules = [], overrides = [] } = parsed.value;
  const placed = overrides.map((one, at) => ({ ...one, place: parsed.where(['overrides', at, 'rule']) }));
  return {
    ok: true,
    rules: rules.map(timed) as readonly Rule[],
    overrides: placed as readonly LooseOverride[],
  };
}
