import { describe, expect, it } from 'vitest';
import type { Rule, RuleOverride } from '../../../../server/model.ts';
import {
  overriddenFor,
  unmatchedModels,
  unmatchedSubjects,
} from '../../../../server/show/views/overrides.ts';
import { entryOf, KEY, modelSettings, RULES } from '../fixtures.ts';

const rulesWith = (id: string, override: Omit<RuleOverride, 'place'>): readonly Rule[] =>
  RULES.map((rule) =>
    rule.id === id ? { ...rule, overrides: [{ ...override, place: 'alert-rules/mine.yaml:3:11' }] } : rule,
  );
const known = { facts: { ...KEY, settings: modelSettings(), entry: entryOf() }, latest: [] };
const unsent = { facts: { ...KEY, settings: modelSettings(), entry: null }, latest: [] };

describe('an override that names a model and what the model does not have', () => {
  it.each([
    ['feature-drift', 'amonut', 'feature; it has $prediction, $score, amount'],
    ['missing', 'am?unt*', 'feature; it has $prediction, $score, amount'],
    ['gap', 'age', 'group; it has region'],
    ['budget', 'speed', 'budget; it has answers'],
    ['no-data', 'amount', 'subject; it has only itself'],
  ])('%s for "%s" is told in words', (id, subject, expected) => {
    const rules = rulesWith(id, { model: 'fraud', subject, off: true });
    expect(unmatchedSubjects(rules, known)).toEqual([
      `alert-rules/mine.yaml:3:11: the override of ${id} for "${subject}" judges nothing: fraud has no such ${expected}`,
    ]);
  });

  it.each([
    ['one that it has', { model: 'fraud', subject: 'amount' }, known],
    ['a pattern that fits one', { model: 'fraud', subject: 'a*t' }, known],
    ['all of them', { model: 'fraud' }, known],
    ['one of another model', { model: 'churn', subject: 'x' }, known],
    ['one before anything has come', { model: 'fraud', subject: 'x' }, unsent],
    [
      'one that is judged, though nothing else tells of it',
      { model: 'fraud', subject: 'old' },
      { ...known, latest: [{ detector: 'drift', subject: 'old' }] },
    ],
  ])('is not told of %s', (_name, override, model) => {
    const rules = rulesWith('feature-drift', { ...override, off: true });
    expect(unmatchedSubjects(rules, model)).toEqual([]);
  });
});

describe('an override that fits no model', () => {
  it('is told in words', () => {
    const rules = rulesWith('feature-drift', { model: 'frauds', off: true });
    expect(unmatchedModels(rules, [known])).toEqual([
      'alert-rules/mine.yaml:3:11: the override of feature-drift judges nothing: no model "frauds" of tenant "*" is known',
    ]);
  });

  it('or whose subject none of its models has, too', () => {
    const rules = rulesWith('feature-drift', { subject: 'amonut', off: true });
    expect(unmatchedModels(rules, [known])).toEqual([
      'alert-rules/mine.yaml:3:11: the override of feature-drift for "amonut" judges nothing: none of the models it fits has such a feature',
    ]);
    expect(unmatchedModels(rules, [known, unsent])).toEqual([]);
    expect(unmatchedModels(rulesWith('feature-drift', { subject: 'amount', off: true }), [known])).toEqual(
      [],
    );
  });

  it('is told to its own tenant, and to those who see all', () => {
    const rules = rulesWith('feature-drift', { tenant: 'acme', model: 'secret', off: true });
    const told = (tenant: string | null) => unmatchedModels(overriddenFor(rules, tenant), [known]).length;
    expect([told('acme'), told('other'), told(null)]).toEqual([1, 0, 1]);
  });
});
