import { LineCounter, parseDocument, type Document } from 'yaml';
import { z } from 'zod';
import type { Rule } from '../model.ts';
import { PLACEHOLDERS } from './judge.ts';

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

/** A mistake with its place: `alert-rules/drift.yaml:12:5 rules.0.close: expected number, received string`. */
export type RulesResult =
  | { readonly ok: true; readonly rules: readonly Rule[] }
  | { readonly ok: false; readonly errors: readonly string[] };

/** Parses one file of rules. Unknown keys are refused; every error carries `file:line:column`. */
export function parseRules(text: string, file: string): RulesResult {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  if (document.errors.length > 0)
    return { ok: false, errors: document.errors.map((error) => syntaxError(error, file)) };
  const parsed = ruleFile.safeParse(document.toJS());
  if (parsed.success) return { ok: true, rules: parsed.data.rules as readonly Rule[] };
  const where = (path: readonly PropertyKey[]) => `${file}:${positionOf(document, lines, path)}`;
  return { ok: false, errors: parsed.error.issues.flatMap((issue) => sentences(issue, where)) };
}

function syntaxError(error: Document['errors'][number], file: string): string {
  const start = error.linePos?.[0];
  const place = `${file}:${start?.line ?? 1}:${start?.col ?? 1}`;
  return `${place} expected YAML, got ${error.message.split('\n')[0]?.replace(/ at line.*$/, '') ?? ''}`;
}

/** `line:column` of a path, or of its nearest parent that is there. */
function positionOf(document: Document, lines: LineCounter, path: readonly PropertyKey[]): string {
  for (let length = path.length; length >= 0; length -= 1) {
    const node = document.getIn(path.slice(0, length), true) as
      { readonly range?: readonly number[] } | undefined;
    const offset = node?.range?.[0];
    if (offset === undefined) continue;
    const { line, col } = lines.linePos(offset);
    return `${line}:${col}`;
  }
  return '1:1';
}

function sentences(
  issue: z.core.$ZodIssue,
  where: (path: readonly PropertyKey[]) => string,
): readonly string[] {
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map(
      (key) =>
        `${where([...issue.path, key])} expected no key "${key}" in ${pathName(issue.path)}; remove it`,
    );
  const message = issue.message.replace(/^Invalid input: /, '').replace(', received ', ', got ');
  return [`${where(issue.path)} ${pathName(issue.path)}: ${message}`];
}

function pathName(path: readonly PropertyKey[]): string {
  return path.length === 0 ? 'the file' : path.map(String).join('.');
}
