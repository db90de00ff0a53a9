import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FatalError } from '../../../server/errors.ts';
import { parseRules } from '../../../server/route/rules.ts';
import { loadRules } from '../../../server/rules-file.ts';

const GOOD = `rules:
  - id: a-rule
    title: A rule
    detector: drift
    kind: drift
    ticket: { atLeast: 0.1 }
    persistence: { open: 1, of: 1, pageOpen: 1, close: 1 }
    summary: '{subject} moved'
`;

describe('a file of rules', () => {
  it('is read', () => {
    expect(parseRules(GOOD, 'alert-rules/x.yaml')).toMatchObject({
      ok: true,
      rules: [{ id: 'a-rule', ticket: { atLeast: 0.1 } }],
    });
  });

  it.each([
    [
      'a word for a number',
      'atLeast: 0.1',
      'atLeast: high',
      '6:24 rules.0.ticket.atLeast: expected number, got string',
    ],
    [
      'an unknown key',
      'kind: drift',
      'kind: drift\n    kinds: x',
      '6:12 expected no key "kinds" in rules.0; remove it',
    ],
    ['an unknown kind', 'kind: drift', 'kind: drifts', '5:11 rules.0.kind: Invalid option: expected one of'],
    [
      'no threshold',
      '    ticket: { atLeast: 0.1 }\n',
      '',
      '2:5 rules.0: expected a page or a ticket threshold',
    ],
    [
      'more breaches than windows',
      'open: 1',
      'open: 2',
      '7:26 rules.0.persistence.open: expected open to be at most of',
    ],
    [
      'an unknown placeholder',
      '{subject}',
      '{feature}',
      '8:14 rules.0.summary: expected only the placeholders {subject}',
    ],
    [
      'a fairness page',
      'kind: drift',
      'kind: fairness\n    page: { atLeast: 1 }',
      '6:11 rules.0.page: expected a ticket',
    ],
    ['broken YAML', 'kind: drift', 'kind: [drift', '6:'],
    ['a missing key', '    title: A rule\n', '', '2:5 rules.0.title: expected string, got undefined'],
  ])('with %s is refused with its place', (_name, from, to, expected) => {
    const result = parseRules(GOOD.replace(from, to), 'alert-rules/x.yaml');
    expect(result.ok).toBe(false);
    expect(result.ok ? [] : result.errors[0]).toContain(`alert-rules/x.yaml:${expected}`);
  });

  it('may hold overrides alone, each with its place', () => {
    const text = "overrides:\n  - { rule: a-rule, subject: 'amount*', ticket: { atLeast: 0.2 } }\n";
    expect(parseRules(text, 'alert-rules/mine.yaml')).toEqual({
      ok: true,
      rules: [],
      overrides: [
        {
          rule: 'a-rule',
          subject: 'amount*',
          ticket: { atLeast: 0.2 },
          place: 'alert-rules/mine.yaml:2:13',
        },
      ],
    });
  });

  it('that is empty is refused', () => {
    expect(parseRules('', 'alert-rules/x.yaml')).toMatchObject({ ok: false });
  });
});

describe('a folder of rules', () => {
  const inFolder = (files: Readonly<Record<string, string>>, check: (folder: string) => void) => {
    const folder = mkdtempSync(join(tmpdir(), 'leeway-rules-'));
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    try {
      check(folder);
    } finally {
      rmSync(folder, { recursive: true });
    }
  };
  const failing = (folder: string) => {
    try {
      loadRules(folder);
      return null;
    } catch (error) {
      return error as FatalError;
    }
  };

  it('ends the start with exit code 2 and every mistake of every file', () => {
    inFolder(
      { 'a.yaml': GOOD.replace('0.1', 'x'), 'b.yaml': GOOD.replace('drift', '7'), 'burn-windows.yaml': '[' },
      (folder) => {
        const error = failing(folder);
        expect(error).toBeInstanceOf(FatalError);
        expect(error?.exitCode).toBe(2);
        expect(error?.message.split('\n')).toHaveLength(2);
      },
    );
  });

  it('refuses an id that is there twice, because it is part of the identity of alerts', () => {
    inFolder({ 'a.yaml': GOOD, 'b.yaml': GOOD }, (folder) => {
      expect(failing(folder)?.message).toContain('expected every rule id once, got "a-rule" twice');
    });
  });

  const overrides = (...lines: readonly string[]) =>
    `overrides:\n${lines.map((line) => `  - { rule: a-rule, ${line} }\n`).join('')}`;

  it('gives each rule its overrides, the most specific first', () => {
    const b = overrides('model: fraud, ticket: { atLeast: 0.3 }', 'subject: amount, off: true');
    inFolder({ 'a.yaml': GOOD, 'b.yaml': b }, (folder) => {
      const [rule] = loadRules(folder);
      expect(rule?.overrides).toMatchObject([
        { subject: 'amount', off: true },
        { model: 'fraud', ticket: { atLeast: 0.3 } },
      ]);
      expect(rule?.overrides?.[0]?.place).toMatch(/b\.yaml:3:13$/);
    });
  });

  it.each([
    [
      'of a rule that does not exist',
      'overrides:\n  - { rule: b-rule, off: true }\n',
      'b.yaml:2:13 override of b-rule: expected the id of a rule, got "b-rule"; the rules are a-rule',
    ],
    [
      'that leaves no threshold',
      overrides("ticket: 'off'"),
      'b.yaml:2:13 override of a-rule: expected a page or a ticket to be left; to switch the rule off here, say off: true',
    ],
    [
      'with a page below the ticket of the rule',
      overrides('page: { atLeast: 0.05 }'),
      'expected the page limit above the ticket limit, got page 0.05 and ticket 0.1; name both',
    ],
    [
      'with more breaches than windows',
      overrides('persistence: { open: 3 }'),
      'expected open to be at most of, got 3 of 1',
    ],
    [
      'that changes nothing',
      overrides('model: fraud'),
      'expected a page, a ticket, a persistence or off: true',
    ],
    [
      'with a word for a limit',
      overrides('page: never'),
      'expected a threshold such as { atLeast: 0.2 }, or off',
    ],
    [
      'equally specific with another',
      overrides("model: 'a*', off: true", "model: '*b', off: true"),
      'b.yaml:3:13 override of a-rule: expected one override to be more specific than the other, but this one and the one at',
    ],
  ])('refuses an override %s', (_name, text, expected) => {
    inFolder({ 'a.yaml': GOOD, 'b.yaml': text }, (folder) => {
      const error = failing(folder);
      expect(error?.exitCode).toBe(2);
      expect(error?.message).toContain(expected);
    });
  });

  it('refuses a folder that is not there', () => {
    expect(failing('/nowhere/alert-rules')?.exitCode).toBe(2);
  });
});
