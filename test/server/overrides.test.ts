import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Rule } from '../../server/model.ts';
import { matchesPattern, mostSpecificFirst, ruleFor, tiesAmong } from '../../server/overrides.ts';

describe('a pattern', () => {
  it.each([
    [undefined, 'anything', true],
    ['amount', 'amount', true],
    ['amount', 'amounts', false],
    ['*', '', true],
    ['amount*', 'amount_eur', true],
    ['*_eur', 'amount_eur', true],
    ['a*b', 'ab', true],
    ['ab*ba', 'aba', false],
    ['a*b*c', 'a-b-b-c', true],
    ['a*b*c', 'a-c-b', false],
    ['a.c', 'abc', false],
    ['(a+)+$', 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!', false],
    ['[a-z]*', '[a-z]x', true],
  ])('%s and %s: %s', (pattern, name, expected) => {
    expect(matchesPattern(pattern, name)).toBe(expected);
  });

  it('fits what a regular expression fits whose only operator is the star', () => {
    const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '*'), maxLength: 6 });
    const name = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 8 });
    fc.assert(
      fc.property(pattern, name, (pattern, name) => {
        const expected = new RegExp(`^${pattern.replaceAll('*', '.*')}$`).test(name);
        expect(matchesPattern(pattern, name)).toBe(expected);
      }),
    );
  });
});

describe('of several selectors', () => {
  it('the most specific comes first: subject before model before tenant, a name before a pattern', () => {
    const selectors = [
      {},
      { tenant: 'acme' },
      { model: 'fraud' },
      { model: 'fr*' },
      { model: 'fraud', tenant: 'acme' },
      { subject: 'amount*' },
      { subject: 'amount' },
      { subject: 'a*' },
    ];
    expect(mostSpecificFirst(selectors)).toEqual([
      { subject: 'amount' },
      { subject: 'amount*' },
      { subject: 'a*' },
      { model: 'fraud', tenant: 'acme' },
      { model: 'fraud' },
      { model: 'fr*' },
      { tenant: 'acme' },
      {},
    ]);
  });

  it.each([
    ['the same names', { subject: 'a' }, { subject: 'a' }, true],
    ['different names', { subject: 'a' }, { subject: 'b' }, false],
    ['two for everything', {}, {}, true],
    ['a star and nothing', { subject: '*' }, {}, true],
    ['patterns of the same length that meet', { subject: 'a*' }, { subject: '*b' }, true],
    ['patterns of the same length that never meet', { subject: 'a*' }, { subject: 'b*' }, false],
    ['patterns of different length', { subject: 'ab*' }, { subject: 'a*' }, false],
    [
      'the same subject of different tenants',
      { subject: 'a', tenant: 'x' },
      { subject: 'a', tenant: 'y' },
      false,
    ],
  ])('%s tie: %j, %j', (_name, first, second, expected) => {
    expect(tiesAmong([first, second])).toEqual(expected ? [[0, 1]] : []);
  });

  it('two patterns tie only where a name fits both', () => {
    const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '*'), minLength: 1, maxLength: 5 });
    const names = ['', 'a', 'b'].flatMap((one) =>
      ['', 'a', 'b'].flatMap((two) => ['', 'a', 'b'].map((three) => one + two + three)),
    );
    fc.assert(
      fc.property(pattern, pattern, (first, second) => {
        const shared = names.some((name) => matchesPattern(first, name) && matchesPattern(second, name));
        const length = (text: string) => (text.includes('*') ? text.replaceAll('*', '').length : Infinity);
        fc.pre(shared && length(first) === length(second));
        expect(tiesAmong([{ model: first }, { model: second }])).toEqual([[0, 1]]);
      }),
    );
  });
});

describe('a rule with overrides', () => {
  const place = 'x.yaml:1:1';
  const rule: Rule = {
    id: 'feature-drift',
    title: 'A feature has drifted',
    detector: 'drift',
    kind: 'drift',
    page: { atLeast: 0.25 },
    ticket: { atLeast: 0.1 },
    persistence: { open: 2, of: 3, pageOpen: 1, close: 2 },
    summary: '',
    overrides: [
      { subject: 'id_*', off: true, place },
      { subject: 'amount', page: 'off', persistence: { close: 4 }, place },
      { model: 'churn', ticket: { atLeast: 0.2 }, place },
    ],
  };
  const at = (model: string, subject: string) => ruleFor(rule, { tenant: 'acme', model, subject });

  it('judges as it says where none of them fits', () => {
    expect(at('fraud', 'country')).toBe(rule);
  });

  it('judges by the first that fits, alone, and by itself in what that does not name', () => {
    expect(at('churn', 'amount')).toMatchObject({
      ticket: { atLeast: 0.1 },
      persistence: { open: 2, of: 3, pageOpen: 1, close: 4 },
    });
    expect(at('churn', 'amount')).not.toHaveProperty('page');
    expect(at('churn', 'country')).toMatchObject({ page: { atLeast: 0.25 }, ticket: { atLeast: 0.2 } });
  });

  it('does not judge where it is off', () => {
    expect(at('fraud', 'id_customer')).toBeNull();
  });
});
