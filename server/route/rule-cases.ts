import { z } from 'zod';
import type { Rule, VerdictReason } from '../model.ts';
import { ruleFor } from '../overrides.ts';
import type { Verdict } from './persistence.ts';
import { judgeNext, NEW_TRACK } from './track.ts';
import { parseYaml } from './yaml-text.ts';

/** Written cases of rules: what a rule does in a row of windows. `alert-rules/tests/*.yaml`. */

const EXPECTED = ['nothing', 'opens ticket', 'opens page', 'rises to page', 'closes'] as const;
type Expected = (typeof EXPECTED)[number];

const REASONS = [
  'quiet',
  'breach',
  'waiting_for_persistence',
  'clearing',
  'holding',
  'insufficient_data',
] as const satisfies readonly VerdictReason[];

const window = z
  .strictObject({
    value: z.number().optional(),
    lower: z.number().optional(),
    isSignificant: z.boolean().optional(),
    /** Why there is no value. */
    none: z.string().min(1).optional(),
    expect: z.enum(EXPECTED).default('nothing'),
    reason: z.enum(REASONS).optional(),
  })
  .refine(({ value, none }) => (value === undefined) !== (none === undefined), {
    error: 'expected a value, or none with the reason why there is no value',
  });

const name = z.string().min(1).max(300);
const caseFile = z.strictObject({
  cases: z
    .array(
      z.strictObject({
        name,
        rule: name,
        tenant: name.default('tenant'),
        model: name.default('model'),
        subject: z.string().max(300).default('feature'),
        windows: z.array(window).min(1).max(1000),
      }),
    )
    .min(1),
});

type CaseWindow = z.output<typeof window>;

export interface RuleCase extends Omit<z.output<typeof caseFile>['cases'][number], 'windows'> {
  /** Each with its place, `file:line:column`. */
  readonly windows: readonly (CaseWindow & { readonly place: string })[];
}

export type CasesResult =
  | { readonly ok: true; readonly cases: readonly RuleCase[] }
  | { readonly ok: false; readonly errors: readonly string[] };

/** Parses one file of cases. Every mistake carries `file:line:column`; a rule that does not exist is one. */
export function parseCases(text: string, file: string, rules: readonly Rule[]): CasesResult {
  const parsed = parseYaml(text, file, caseFile);
  if (!parsed.ok) return parsed;
  const { where, value } = parsed;
  const known = rules.map((rule) => rule.id);
  const errors = value.cases.flatMap((one, at) =>
    known.includes(one.rule)
      ? []
      : [
          `${where(['cases', at, 'rule'])} cases.${at}.rule: expected the id of a rule, got "${one.rule}"; the rules are ${known.join(', ')}`,
        ],
  );
  if (errors.length > 0) return { ok: false, errors };
  const placed = value.cases.map((one, at) => ({
    ...one,
    windows: one.windows.map((each, index) => ({
      ...each,
      place: where(['cases', at, 'windows', index]),
    })),
  }));
  return { ok: true, cases: placed };
}

/** What a case differs in from what its rule does: a sentence a window, none when all is as expected. Pure. */
export function differencesOf(one: RuleCase, rules: readonly Rule[]): readonly string[] {
  const found = rules.find((each) => each.id === one.rule);
  const rule = found === undefined ? null : ruleFor(found, one);
  let track = NEW_TRACK;
  return one.windows.flatMap((each, index) => {
    const step = rule === null ? null : judgeNext(rule, track, scoreOf(each));
    track = step?.track ?? track;
    const wrong = wrongWith(each, step?.verdict ?? null);
    return wrong === null ? [] : [`${each.place} ${one.name}, window ${index + 1}: ${wrong}`];
  });
}

function scoreOf({ value, lower, isSignificant }: CaseWindow): Parameters<typeof judgeNext>[2] {
  return {
    value: value ?? null,
    lower: lower ?? null,
    ...(isSignificant !== undefined && { isSignificant }),
  };
}

function wrongWith({ expect, reason }: CaseWindow, verdict: Verdict | null): string | null {
  const [did, why] = verdict === null ? ['nothing', 'off'] : [doneBy(verdict), verdict.reason];
  if (did !== expect) return `expected ${expect}, got ${did} (${why})`;
  return reason === undefined || reason === why ? null : `expected the reason ${reason}, got ${why}`;
}

function doneBy({ transition, severity }: Verdict): Expected {
  switch (transition) {
    case 'open':
      return severity === 'page' ? 'opens page' : 'opens ticket';
    case 'rise':
      return 'rises to page';
    case 'close':
      return 'closes';
    case 'none':
    case 'keep':
      return 'nothing';
  }
}
