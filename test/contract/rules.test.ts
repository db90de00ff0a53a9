import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { differencesOf, parseCases } from '../../server/route/rule-cases.ts';
import { loadRules } from '../../server/rules-file.ts';

const FOLDER = join(import.meta.dirname, '../../alert-rules');
const rules = loadRules(FOLDER);

/** Detectors whose scores reach the rules. */
const DETECTORS = [
  'drift',
  'drift-moving',
  'missing-rate',
  'unseen-rate',
  'range-rate',
  'non-finite-rate',
  'lost-rate',
  'unit-change',
  'burn-rate-page',
  'burn-rate-ticket',
  'fairness-gap',
  'absence',
  'target-mean',
  'error-change',
  'target-drift',
  'calibration-error',
  'label-coverage',
  'volume',
  'duplicate-ids',
  'type-mismatch',
  'schema-change',
  'constant-value',
];

const CASES = readdirSync(join(FOLDER, 'tests')).flatMap((name) => {
  const file = join('alert-rules/tests', name);
  const parsed = parseCases(readFileSync(join(FOLDER, 'tests', name), 'utf8'), file, rules);
  if (!parsed.ok) throw new Error(parsed.errors.join('\n'));
  return parsed.cases;
});

describe('the written cases', () => {
  it.each(CASES.map((one) => [one.rule, one.name, one] as const))('%s: %s', (_rule, _name, one) => {
    expect(differencesOf(one, rules)).toEqual([]);
  });

  it.each(rules.map((rule) => rule.id))('show %s open', (id) => {
    const expected = CASES.filter((one) => one.rule === id).flatMap((one) =>
      one.windows.map(({ expect }) => expect),
    );
    expect(expected.some((each) => each.startsWith('opens'))).toBe(true);
  });
});

describe('every shipped rule', () => {
  it('is one of some', () => {
    expect(rules.length).toBeGreaterThan(5);
  });

  it('leaves no detector unjudged', () => {
    expect([...new Set(rules.map((rule) => rule.detector))].sort()).toEqual(DETECTORS.toSorted());
  });

  it.each(rules.map((rule) => [rule.id, rule] as const))('%s judges a known detector', (_id, rule) => {
    expect(DETECTORS).toContain(rule.detector);
    if (rule.page !== undefined && rule.ticket !== undefined)
      expect(rule.page.atLeast).toBeGreaterThan(rule.ticket.atLeast);
  });

  it('starts a retraining on drift only, and rolls back on drift, a lost feature and a fast burn', () => {
    const acting = (action: 'retrain' | 'rollback') =>
      rules.filter((rule) => rule.action?.[action] === true).map((rule) => rule.id);
    expect(acting('retrain')).toEqual(['feature-drift', 'prediction-drift', 'recent-drift']);
    expect(acting('rollback')).toEqual([
      'feature-drift',
      'prediction-drift',
      'recent-drift',
      'feature-lost',
      'burn-page',
    ]);
  });

  it.each(readdirSync(FOLDER).filter((name) => name.endsWith('.yaml')))(
    '%s says in its first comment where its numbers come from',
    (name) => {
      const text = readFileSync(join(FOLDER, name), 'utf8');
      expect(text.startsWith('#')).toBe(true);
      expect(text).toMatch(/reference detectors\.md|SRE workbook|silentAfter/);
    },
  );
});
