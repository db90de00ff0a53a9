import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  expressionMistake,
  matchersText,
  matchesAll,
  parseMatchers,
} from '../../../server/route/matchers.ts';
import type { Matcher } from '../../../server/settings.ts';

const read = (text: string) => {
  const parsed = parseMatchers(text);
  return parsed.ok ? parsed.matchers.map(({ name, op, value }) => [name, op, value]) : parsed;
};
const fits = (text: string, labels: Record<string, string>) => {
  const parsed = parseMatchers(text);
  if (!parsed.ok) throw new Error(parsed.message);
  return matchesAll(parsed.matchers, labels);
};

describe('a text of matchers is read', () => {
  it.each([
    ['', []],
    ['   ', []],
    ['{}', []],
    ['{ }', []],
    ['a=b', [['a', '=', 'b']]],
    ['a="b"', [['a', '=', 'b']]],
    ['a=""', [['a', '=', '']]],
    ['a!="b"', [['a', '!=', 'b']]],
    ['a=~"b|c"', [['a', '=~', 'b|c']]],
    ['a!~b.*', [['a', '!~', 'b.*']]],
    ['  a  =  b  ', [['a', '=', 'b']]],
    ['a=b,', [['a', '=', 'b']]],
    ['{a=b}', [['a', '=', 'b']]],
    [' { a = "b" , } ', [['a', '=', 'b']]],
    [
      'a=b,c!=d , e=~"f"',
      [
        ['a', '=', 'b'],
        ['c', '!=', 'd'],
        ['e', '=~', 'f'],
      ],
    ],
    ['a="b,c"', [['a', '=', 'b,c']]],
    ['a="{b}"', [['a', '=', '{b}']]],
    ['{a="}"}', [['a', '=', '}']]],
    ['a="b\nc"', [['a', '=', 'b\nc']]],
    ['job:rate5m=b', [['job:rate5m', '=', 'b']]],
    ['_a1=b', [['_a1', '=', 'b']]],
    ['stadt=Köln', [['stadt', '=', 'Köln']]],
    ['a="🚢 ahoy"', [['a', '=', '🚢 ahoy']]],
    ['a=[b]', [['a', '=', '[b]']]],
  ])('%j', (text, expected) => {
    expect(read(text)).toEqual(expected);
  });

  it('with names in quotes, which may hold anything, as since Alertmanager 0.27', () => {
    expect(read('"service.name"="shop"')).toEqual([['service.name', '=', 'shop']]);
    expect(read('{"größe in m²"=~"1.*"}')).toEqual([['größe in m²', '=~', '1.*']]);
  });
});

describe('of escapes in quotes, as in the old parser, which wins in Alertmanager where both differ', () => {
  it.each([
    [String.raw`a="\""`, '"'],
    [String.raw`a="\\"`, '\\'],
    [String.raw`a="\n"`, '\n'],
    [String.raw`a=~"\d+\.\w"`, String.raw`\d+\.\w`],
    [String.raw`a="C:\temp"`, String.raw`C:\temp`],
    [String.raw`a="\\n"`, String.raw`\n`],
  ])('%s', (text, value) => {
    expect(read(text)).toEqual([['a', text.includes('~') ? '=~' : '=', value]]);
  });
});

describe('a mistake is told with what was expected and its column', () => {
  it.each([
    ['a', 2, 'expected one of = != =~ !~ after a, got the end of the text'],
    ['=b', 1, 'expected a matcher such as severity="page", got "=b"'],
    [',a=b', 1, 'expected a matcher such as severity="page", got ",a=b"'],
    ['a=b,,c=d', 5, 'expected a matcher such as severity="page", got ",c=d"'],
    ['a=b, c', 7, 'expected one of = != =~ !~ after c, got the end of the text'],
    ['a=', 3, 'expected a value after a=, in quotes where it is empty'],
    ['a=,b=c', 3, 'expected a value after a=, in quotes where it is empty'],
    ['a==b', 3, 'expected a value after a=, in quotes where it is empty'],
    ["a='b'", 3, 'expected a value after a=, in quotes where it is empty'],
    ['a=b c=d', 5, 'expected a comma before the next matcher, got "c=d"'],
    ['a="b"c', 6, 'expected a comma before the next matcher, got "c"'],
    ['a=b"', 4, 'expected a comma before the next matcher, got "\\""'],
    ['a="b', 3, 'expected a closing quote'],
    ['a="b\\"', 3, 'expected a closing quote'],
    ['"a=b', 1, 'expected a closing quote'],
    ['""=b', 3, 'expected a matcher such as severity="page", got "=b"'],
    ['{a=b', 5, 'expected a closing brace, got the end of the text'],
    ['{', 2, 'expected a closing brace, got the end of the text'],
    ['a=b}', 4, 'expected a comma before the next matcher, got "}"'],
    ['{a=b}}', 6, 'expected nothing after the brace, got "}"'],
    ['{a=b},c=d', 6, 'expected nothing after the brace, got ",c=d"'],
    ['{{a=b}}', 2, 'expected a matcher such as severity="page", got "{a=b}}"'],
    ['{,}', 2, 'expected a matcher such as severity="page", got ",}"'],
    ['1a=b', 1, 'expected a matcher such as severity="page", got "1a=b"'],
    ['service.name=b', 8, 'expected one of = != =~ !~ after service, got ".name=b"'],
    ['größe=b', 3, 'expected one of = != =~ !~ after gr, got "öße=b"'],
    ['severity="page", kind=~"["', 24, 'expected an expression in RE2 syntax for kind'],
    [`a ${'x'.repeat(60)}`, 3, `got "${'x'.repeat(39)}…"`],
  ])('%j', (text, column, message) => {
    expect(parseMatchers(text)).toMatchObject({
      ok: false,
      column,
      message: expect.stringContaining(message) as string,
    });
  });
});

describe('an expression', () => {
  it.each([
    ['kind=~"drift|fairness"', 'drift', true],
    ['kind=~"drift|fairness"', 'drifting', false],
    ['kind=~"drift|fairness"', 'no fairness', false],
    ['kind=~"drift.*"', 'drifting', true],
    ['kind=~".*"', '', true],
    ['kind=~".+"', '', false],
    ['kind!~".+"', '', true],
    ['kind=~"(?i)DRIFT"', 'drift', true],
    ['kind=~"d.ift"', 'd\nift', false],
    ['kind=~"^drift$"', 'drift', true],
    [String.raw`kind=~"\\d{3}"`, '404', true],
    [String.raw`kind=~"\d{3}"`, '404', true],
    [String.raw`kind=~"\pL+"`, 'größe', true],
  ])('%s is anchored: %j fits %s', (text, kind, expected) => {
    expect(fits(text, { kind })).toBe(expected);
  });

  it('that doubles its work with every character of a JavaScript RegExp, and would never end, ends', () => {
    expect(fits('a=~"^(?:(a+)+)$"', { a: `${'a'.repeat(500)}!` })).toBe(false);
  });

  it.each([
    ['look-ahead', '(?=x)y', 'no look-ahead, no back-references'],
    ['look-behind', '(?<=x)y', 'no look-ahead, no back-references'],
    ['a back-reference', String.raw`(a)\1`, 'no look-ahead, no back-references'],
    ['more than a thousand repetitions', 'a{1001}', 'invalid repeat count: `{1001}`'],
    ['repetitions of repetitions', '((a{100}){100}){100}', 'invalid repeat count'],
    [
      'repetitions side by side',
      '[a-z]{1,999}'.repeat(5),
      'its repetitions make it 9987 steps long, and at most 1500 are taken; repeat less',
    ],
    ['a class that is not closed', '[a', 'missing closing ]'],
    ['a parenthesis that is not closed', '(a', 'missing closing )'],
    ['nothing to repeat', '*a', 'missing argument to repetition operator'],
    ['a book', 'a'.repeat(1001), 'at most 1000 characters for a, got 1001'],
  ])('with %s is refused in words', (_what, value, why) => {
    expect(expressionMistake({ name: 'a', op: '=~', value })).toContain(why);
    expect(expressionMistake({ name: 'a', op: '=', value })).toBeNull();
  });

  it('of a thousand characters is taken', () => {
    const value = Array.from({ length: 90 }, (_, index) => `model-${1000 + index}`).join('|');
    expect(expressionMistake({ name: 'a', op: '=~', value })).toBeNull();
    expect(fits(`a=~"${value}"`, { a: 'model-1042' })).toBe(true);
  });
});

describe('a label that is missing is an empty one', () => {
  it.each([
    ['a=""', true],
    ['a!=""', false],
    ['a=~""', true],
    ['a!~"b"', true],
    ['constructor=""', true],
    ['__proto__=""', true],
  ])('%s', (text, expected) => {
    expect(fits(text, {})).toBe(expected);
    expect(fits(text, { a: '' })).toBe(expected);
  });

  it('and no matcher at all fits everything', () => {
    expect(matchesAll([], { a: 'b' })).toBe(true);
  });
});

describe('for any matchers', () => {
  const matcher: fc.Arbitrary<Matcher> = fc.record({
    name: fc.oneof(fc.constantFrom('a', 'job:rate', '_x1'), fc.string({ minLength: 1, unit: 'binary' })),
    op: fc.constantFrom('=', '!='),
    value: fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: fc.constantFrom('\\', '"', 'n', '\n', ',', '{', '}', 'd') }),
    ),
  });

  it('their text is read as themselves', () => {
    fc.assert(
      fc.property(fc.array(matcher), (matchers) => {
        expect(parseMatchers(matchersText(matchers))).toEqual({ ok: true, matchers });
        expect(parseMatchers(`{${matchersText(matchers)}}`)).toEqual({ ok: true, matchers });
      }),
    );
  });

  it('an operator and its opposite never agree', () => {
    const value = fc.constantFrom('', 'a', 'a|b', 'ab*', '.*');
    fc.assert(
      fc.property(value, fc.constantFrom('', 'a', 'b', 'abb', 'c'), (pattern, label) => {
        const [fit, unfit] = (['=~', '!~'] as const).map((op) =>
          matchesAll([{ name: 'x', op, value: pattern }], { x: label }),
        );
        expect(fit).toBe(!unfit);
        expect(fit).toBe(new RegExp(`^(?:${pattern})$`, 'u').test(label));
      }),
    );
  });

  it('any text is read or refused with a column inside it, and in no time', () => {
    const text = fc.string({ unit: fc.constantFrom(...'ab=!~{}",\\ \n()[*|'.split('')), maxLength: 200 });
    fc.assert(
      fc.property(text, (any) => {
        const parsed = parseMatchers(any);
        if (!parsed.ok) expect(parsed.column).toBeGreaterThanOrEqual(1);
        if (!parsed.ok) expect(parsed.column).toBeLessThanOrEqual(any.length + 1);
      }),
      { numRuns: 2000 },
    );
  });
});
