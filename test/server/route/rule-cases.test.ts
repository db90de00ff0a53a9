import { describe, expect, it } from 'vitest';
import type { Rule } from '../../../server/model.ts';
import { differencesOf, parseCases } from '../../../server/route/rule-cases.ts';
import { RULES } from './fixture.ts';

const parse = (text: string) => parseCases(text, 'tests/mine.yaml', RULES);
const windows = (...lines: readonly string[]) =>
  `cases:\n  - name: mine\n    rule: feature-drift\n    windows:\n${lines.map((line) => `      - { ${line} }\n`).join('')}`;
const differences = (text: string, rules: readonly Rule[] = RULES) => {
  const parsed = parse(text);
  if (!parsed.ok) throw new Error(parsed.errors.join('\n'));
  return parsed.cases.flatMap((one) => differencesOf(one, rules));
};

describe('a written case', () => {
  it('that is as the rule does tells nothing', () => {
    expect(
      differences(windows('value: 0.3, expect: opens page', 'value: 0', 'value: 0, expect: closes')),
    ).toEqual([]);
  });

  it.each([
    [
      'another transition',
      windows('value: 0.3, expect: opens ticket'),
      'tests/mine.yaml:5:9 mine, window 1: expected opens ticket, got opens page (breach)',
    ],
    [
      'a transition nobody expected',
      windows('value: 0', 'value: 0.3'),
      'tests/mine.yaml:6:9 mine, window 2: expected nothing, got opens page (breach)',
    ],
    [
      'no transition',
      windows('value: 0.12, expect: opens ticket'),
      'tests/mine.yaml:5:9 mine, window 1: expected opens ticket, got nothing (waiting_for_persistence)',
    ],
    [
      'another reason',
      windows('value: 0.12, reason: quiet'),
      'tests/mine.yaml:5:9 mine, window 1: expected the reason quiet, got waiting_for_persistence',
    ],
  ])('that differs in %s is told with its line', (_name, text, expected) => {
    expect(differences(text)).toEqual([expected]);
  });

  it('is judged by the override of its subject', () => {
    const rules = RULES.map((rule) =>
      rule.id === 'feature-drift'
        ? { ...rule, overrides: [{ subject: 'amount', off: true, place: 'x:1:1' }] }
        : rule,
    );
    const text = windows('value: 0.3, expect: opens page');
    expect(differences(text, rules)).toEqual([]);
    expect(differences(text.replace('rule:', 'subject: amount\n    rule:'), rules)).toEqual([
      'tests/mine.yaml:6:9 mine, window 1: expected opens page, got nothing (off)',
    ]);
  });

  it.each([
    [
      'of a rule that does not exist',
      windows('value: 1').replace('feature-drift', 'drift'),
      'tests/mine.yaml:3:11 cases.0.rule: expected the id of a rule, got "drift"',
    ],
    [
      'with a value and none',
      windows('value: 1, none: x'),
      '5:9 cases.0.windows.0: expected a value, or none',
    ],
    ['with neither', windows('expect: closes'), '5:9 cases.0.windows.0: expected a value, or none'],
    [
      'with an unknown word',
      windows('value: 1, expect: shouts'),
      '5:29 cases.0.windows.0.expect: Invalid option',
    ],
    [
      'without windows',
      'cases:\n  - { name: mine, rule: feature-drift, windows: [] }\n',
      'cases.0.windows: Too small',
    ],
  ])('%s is refused with its place', (_name, text, expected) => {
    const parsed = parse(text);
    expect(parsed.ok ? '' : parsed.errors.join('\n')).toContain(expected);
  });
});
