import { z } from 'zod';
import type { Rule } from '../model.ts';
import { PLACEHOLDERS } from './judge.ts';
import { parseYaml } from './yaml-text.ts';

/** The one schema of `alert-rules/*.yaml`. */

const id = z
  .string()
  .regex(/^[a-z][a-z0-9-]*$/, 'expected lower-case letters, digits and "-", starting with a letter');
const windows = z.int().min(1).max(100);

const threshold = z.strictObject({ atLeast: z.number(), use: z.enum(['value', 'lower']).optional() });

const persistence = z
  .strictObject({ open: windows, of: windows, pageOpen: windows, close: windows })
  .refine((value) => value.open <= value.of, { error: 'expected open to be at most of', path: ['open'] });

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

const ruleFile = z.strictObject({ rules: z.array(rule).min(1) });

export type RulesResult =
  | { readonly ok: true; readonly rules: readonly Rule[] }
  | { readonly ok: false; readonly errors: readonly string[] };

/** Parses one file of rules. Unknown keys are refused; every error carries `file:line:column`. */
export function parseRules(text: string, file: string): RulesResult {
  const parsed = parseYaml(text, file, ruleFile);
  return parsed.ok ? { ok: true, rules: parsed.value.rules as readonly Rule[] } : parsed;
}
