import {
  PREDICTION,
  SCORE,
  type ModelKey,
  type Rule,
  type Score,
  type Severity,
  type Threshold,
} from '../../model.ts';
import { ruleFor } from '../../overrides.ts';
import type { Level } from '../types.ts';

export interface Thresholds {
  readonly show: number;
  readonly ticket: number;
  readonly page: number;
}

/** Effects count as visible from half the ticket limit: .05 of .10, the levels of the effect gate. */
const SHOW_PART = 0.5;

/** The limits the rules set for a detector's subject, or for the model's subjects at large; Infinity where no rule does. */
export function thresholdsOf(
  rules: readonly Rule[],
  detector: string,
  { tenant, model, subject = '' }: ModelKey & { readonly subject?: string },
): Thresholds {
  const fitting = fittingRules(rules, { tenant, model, detector, subject });
  const ticket = lowest(fitting.map((rule) => rule.ticket?.atLeast));
  const page = lowest(fitting.map((rule) => rule.page?.atLeast));
  const first = Math.min(ticket, page);
  return { show: first * SHOW_PART, ticket: first, page };
}

/** The rules that judge a detector's subject, as they judge it. */
function fittingRules(rules: readonly Rule[], score: Judged): readonly Rule[] {
  return rules
    .filter((rule) => rule.detector === score.detector && coversSubject(rule, score.subject))
    .flatMap((rule) => ruleFor(rule, score) ?? []);
}

type Judged = Pick<Score, 'tenant' | 'model' | 'detector' | 'subject'>;

/** How a score reads by the rules that judge it: what chance explains is calm, whatever its size. */
export function levelOf(
  rules: readonly Rule[],
  score: Judged & Pick<Score, 'value' | 'lower' | 'isSignificant'>,
): Level {
  if (score.value === null) return 'undecided';
  if (score.isSignificant === false) return 'chance';
  const fitting = fittingRules(rules, score);
  const breaches = (severity: Severity) => fitting.some((rule) => reaches(rule[severity], score));
  if (breaches('page')) return 'page';
  return breaches('ticket') ? 'ticket' : 'within';
}

function reaches(
  threshold: Threshold | undefined,
  { value, lower }: Pick<Score, 'value' | 'lower'>,
): boolean {
  const number = threshold?.use === 'lower' ? lower : value;
  return threshold !== undefined && number !== null && number >= threshold.atLeast;
}

/** The number that is judged over its lowest limit, by whichever rule is nearest; 0 where chance explains it, null without one. */
export function limitRatio(
  rules: readonly Rule[],
  score: Judged & Pick<Score, 'value' | 'lower' | 'isSignificant'>,
): number | null {
  const ratios = fittingRules(rules, score).flatMap((rule) =>
    [rule.ticket, rule.page].flatMap((threshold) => {
      if (threshold === undefined) return [];
      const value = threshold.use === 'lower' ? score.lower : score.value;
      const found = ratioTo(threshold.atLeast, { ...score, value });
      return found === null ? [] : [found];
    }),
  );
  return ratios.length === 0 ? null : Math.max(...ratios);
}

function coversSubject(rule: Rule, subject: string): boolean {
  if (rule.subjects === undefined || rule.subjects === 'any' || subject === '') return true;
  return (rule.subjects === 'prediction') === isOutput(subject);
}

function lowest(limits: readonly (number | undefined)[]): number {
  return Math.min(Infinity, ...limits.filter((limit) => limit !== undefined));
}

/** The prediction and the score are counted like features, but are what the model says. */
export function isOutput(subject: string): boolean {
  return subject === PREDICTION || subject === SCORE;
}

/** value / limit; null where either is missing, 0 where chance explains the value. */
export function ratioTo(
  limit: number,
  { value, isSignificant }: Pick<Score, 'value' | 'isSignificant'>,
): number | null {
  if (value === null || !Number.isFinite(limit) || limit <= 0) return null;
  return isSignificant === false ? 0 : value / limit;
}
