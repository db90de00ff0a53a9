import { PREDICTION, SCORE, type ModelKey, type Rule } from '../../model.ts';
import { ruleFor } from '../../overrides.ts';

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
  const fitting = rules
    .filter((rule) => rule.detector === detector && coversSubject(rule, subject))
    .flatMap((rule) => ruleFor(rule, { tenant, model, subject }) ?? []);
  const ticket = lowest(fitting.map((rule) => rule.ticket?.atLeast));
  const page = lowest(fitting.map((rule) => rule.page?.atLeast));
  const first = Math.min(ticket, page);
  return { show: first * SHOW_PART, ticket: first, page };
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

/** value / limit; null where either is missing. */
export function ratioTo(limit: number, value: number | null): number | null {
  return value === null || !Number.isFinite(limit) || limit <= 0 ? null : value / limit;
}
