import { PREDICTION, SCORE, type ModelKey, type Rule, type RuleOverride } from '../../model.ts';
import { matchesPattern } from '../../overrides.ts';
import type { StoredScore } from '../../ports.ts';
import type { ModelFacts } from './facts.ts';

export interface Known {
  readonly facts: ModelFacts;
  /** The model's newest scores, or none where nothing was judged. */
  readonly latest: readonly Pick<StoredScore, 'detector' | 'subject'>[];
}

/** Overrides that name this model, and a subject it does not have: a sentence each. Pure. */
export function unmatchedSubjects(rules: readonly Rule[], known: Known): readonly string[] {
  return overridesOf(rules).flatMap((overriding) => {
    if (overriding.override.model !== known.facts.model || !isAbout(overriding.override, known.facts))
      return [];
    const names = subjectsOf(overriding.rule, known);
    if (names === null || hasSubject(overriding, names)) return [];
    return [
      `${judgesNothing(overriding)}: ${known.facts.model} has no such ${nounOf(overriding)}; it has ${listed(names)}`,
    ];
  });
}

/** Overrides that fit no model, or models none of which has the subject: a sentence each. Pure. */
export function unmatchedModels(rules: readonly Rule[], models: readonly Known[]): readonly string[] {
  return overridesOf(rules).flatMap((overriding) => {
    const { tenant, model } = overriding.override;
    const fitting = models.filter(({ facts }) => isAbout(overriding.override, facts));
    const [first] = fitting;
    if (first === undefined)
      return [
        `${judgesNothing(overriding)}: no model "${model ?? '*'}" of tenant "${tenant ?? '*'}" is known`,
      ];
    const names = fitting.map((known) => subjectsOf(overriding.rule, known));
    const isNamed = model === first.facts.model;
    if (isNamed || names.some((each) => each === null || hasSubject(overriding, each))) return [];
    return [`${judgesNothing(overriding)}: none of the models it fits has such a ${nounOf(overriding)}`];
  });
}

/** The rules with those of their overrides that name the tenant itself: what others write concerns others. */
export function overriddenFor(rules: readonly Rule[], tenant: string | null): readonly Rule[] {
  if (tenant === null) return rules;
  return rules.map((rule) => ({
    ...rule,
    overrides: (rule.overrides ?? []).filter((override) => override.tenant === tenant),
  }));
}

interface Overriding {
  readonly rule: Rule;
  readonly override: RuleOverride;
}

function overridesOf(rules: readonly Rule[]): readonly Overriding[] {
  return rules.flatMap((rule) => (rule.overrides ?? []).map((override) => ({ rule, override })));
}

function isAbout(override: RuleOverride, { tenant, model }: ModelKey): boolean {
  return matchesPattern(override.tenant, tenant) && matchesPattern(override.model, model);
}

function hasSubject({ override }: Overriding, names: readonly string[]): boolean {
  return names.some((name) => matchesPattern(override.subject, name));
}

function judgesNothing({ rule, override }: Overriding): string {
  const about = override.subject === undefined ? '' : ` for "${override.subject}"`;
  return `${override.place}: the override of ${rule.id}${about} judges nothing`;
}

const NOUNS: Readonly<Record<Rule['kind'], string>> = {
  drift: 'feature',
  quality: 'feature',
  slo: 'budget',
  fairness: 'group',
  absence: 'subject',
};

function nounOf({ rule }: Overriding): string {
  return NOUNS[rule.kind];
}

/** null: nothing has come yet that could tell. */
function subjectsOf({ kind, detector }: Rule, { facts, latest }: Known): readonly string[] | null {
  const expected = expectedSubjects(kind, facts);
  if (expected === null) return null;
  const judged = latest.filter((score) => score.detector === detector).map((score) => score.subject);
  return [...new Set([...expected, ...judged])].toSorted();
}

function expectedSubjects(kind: Rule['kind'], { settings, entry }: ModelFacts): readonly string[] | null {
  if (kind === 'slo') return settings.slos.map((slo) => slo.id);
  if (kind === 'fairness') return settings.groups;
  if (kind === 'absence') return [''];
  const sent = (entry?.features ?? []).map((feature) => feature.name);
  const features = [...sent, ...Object.keys(settings.schema ?? {})];
  return features.length === 0 ? null : [...features, PREDICTION, SCORE];
}

const MOST_LISTED = 8;

function listed(names: readonly string[]): string {
  const shown = names.slice(0, MOST_LISTED).map((name) => name || 'only itself');
  const more = names.length - shown.length;
  return more > 0 ? `${shown.join(', ')} and ${more} more` : shown.join(', ') || 'none';
}
