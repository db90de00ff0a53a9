import type { Rule, Severity } from '../model.ts';
import { changedBy, mostSpecificFirst, tiesAmong } from '../overrides.ts';
import type { LooseOverride } from './rules.ts';

export type OverriddenRules =
  | { readonly ok: true; readonly rules: readonly Rule[] }
  | { readonly ok: false; readonly errors: readonly string[] };

/** Gives each rule its overrides, the most specific first. Every mistake is told with its place. */
export function withOverrides(rules: readonly Rule[], overrides: readonly LooseOverride[]): OverriddenRules {
  const errors = [
    ...overrides.flatMap((override) => mistakeOf(override, rules)),
    ...rules.flatMap((rule) => tiesOf(overrides.filter((override) => override.rule === rule.id))),
  ];
  if (errors.length > 0) return { ok: false, errors };
  const byRule = Map.groupBy(overrides, (override) => override.rule);
  return { ok: true, rules: rules.map((rule) => overridden(rule, byRule.get(rule.id) ?? [])) };
}

function overridden(rule: Rule, overrides: readonly LooseOverride[]): Rule {
  if (overrides.length === 0) return rule;
  return { ...rule, overrides: mostSpecificFirst(overrides.map(({ rule: _rule, ...override }) => override)) };
}

/** What would be wrong with the rule where the override holds. */
function mistakeOf(override: LooseOverride, rules: readonly Rule[]): readonly string[] {
  const rule = rules.find((each) => each.id === override.rule);
  const known = rules.map((each) => each.id).join(', ');
  const wrong =
    rule === undefined
      ? `expected the id of a rule, got "${override.rule}"; the rules are ${known}`
      : override.off === true
        ? null
        : mistakeIn(changedBy(rule, override));
  return wrong === null ? [] : [`${override.place} override of ${override.rule}: ${wrong}`];
}

function mistakeIn({ kind, page, ticket, persistence }: Rule): string | null {
  if (page === undefined && ticket === undefined)
    return 'expected a page or a ticket to be left; to switch the rule off here, say off: true';
  if (kind === 'fairness' && page !== undefined)
    return 'expected a ticket: a gap between groups is for people to look at, never a page';
  if (persistence.open > persistence.of)
    return `expected open to be at most of, got ${persistence.open} of ${persistence.of}`;
  if (isBelow(page, ticket))
    return `expected the page limit above the ticket limit, got page ${page?.atLeast} and ticket ${ticket?.atLeast}; name both`;
  return null;
}

function isBelow(page: Rule[Severity], ticket: Rule[Severity]): boolean {
  return (
    page !== undefined && ticket !== undefined && page.use === ticket.use && page.atLeast < ticket.atLeast
  );
}

function tiesOf(overrides: readonly LooseOverride[]): readonly string[] {
  return tiesAmong(overrides).map(([first, second]) => {
    const [one, other] = [overrides[first], overrides[second]];
    return `${other?.place} override of ${other?.rule}: expected one override to be more specific than the other, but this one and the one at ${one?.place} fit the same subjects equally; name a subject, a model or a tenant in one of them`;
  });
}
