import { describe, expect, it } from 'vitest';
import { levelOf, rulesFor, summaryOf } from '../../../server/route/judge.ts';
import { RULES, score } from './fixture.ts';

const ruleOf = (id: string) => RULES.find((rule) => rule.id === id)!;

describe('which rules judge a score', () => {
  it.each([
    ['drift', 'Distance', ['feature-drift']],
    ['drift', '$prediction', ['prediction-drift']],
    ['drift', '$score', ['prediction-drift']],
    ['missing-rate', 'Distance', ['missing-values']],
    ['unit-change', 'Distance', ['unit-change']],
    ['burn-rate-page', 'availability', ['burn-page']],
    ['burn-rate-ticket', 'availability', ['burn-ticket']],
    ['fairness-gap', 'region', ['fairness-gap']],
    ['absence', '', ['no-data']],
    ['psi', 'Distance', []],
  ])('%s of "%s": %j', (detector, subject, expected) => {
    expect(
      rulesFor(RULES, { tenant: 'acme', model: 'delay', detector, subject }).map((rule) => rule.id),
    ).toEqual(expected);
  });
});

describe('the level of a score', () => {
  it.each([
    ['feature-drift', { value: 0.099, lower: null }, 'clean'],
    ['feature-drift', { value: 0.1, lower: null }, 'ticket'],
    ['feature-drift', { value: 0.25, lower: null }, 'page'],
    ['feature-drift', { value: null, lower: null }, null],
    ['feature-drift', { value: Number.NaN, lower: null }, null],
    ['fairness-gap', { value: 0.3, lower: 0.09 }, 'near'],
    ['fairness-gap', { value: 0.09, lower: 0.01 }, 'clean'],
    ['fairness-gap', { value: 0.3, lower: 0.1 }, 'ticket'],
    ['fairness-gap', { value: 0.3, lower: null }, null],
    ['burn-page', { value: 1, lower: null }, 'page'],
    ['burn-ticket', { value: 1, lower: null }, 'ticket'],
    ['no-data', { value: 0.99, lower: null }, 'clean'],
    ['feature-drift', { value: 0.9, lower: null, isSignificant: false }, 'clean'],
    ['feature-drift', { value: 0.9, lower: null, isSignificant: true }, 'page'],
    ['feature-drift', { value: null, lower: null, isSignificant: false }, null],
    ['fairness-gap', { value: 0.3, lower: null, isSignificant: false }, 'clean'],
  ])('%s of %j is %s', (id, numbers, expected) => {
    expect(levelOf(ruleOf(id), numbers)).toBe(expected);
  });
});

describe('a summary', () => {
  it('names the subject in words and rounds the value', () => {
    expect(summaryOf(ruleOf('prediction-drift'), score(1, 0.123_456, { subject: '$prediction' }))).toBe(
      'the prediction has drifted from its baseline (Jensen-Shannon distance 0.123)',
    );
  });

  it('fills in model, evidence and cause', () => {
    const rule = { ...ruleOf('feature-drift'), summary: '{model}/{text}/{cause}' };
    const judged = score(1, 0.2, { evidence: { text: 'moved', cause: 'kilometres' } });
    expect(summaryOf(rule, judged)).toBe('delay/moved/kilometres');
  });
});
