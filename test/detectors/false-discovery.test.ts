import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { falseDiscoveries, judgeFamily } from '../../detectors/false-discovery.ts';
import { PARAMETERS } from './kit.ts';

const p = fc.double({ min: 0, max: 1, noNaN: true });
const rate = fc.double({ min: 0.001, max: 0.5, noNaN: true });
const family = fc.array(p, { maxLength: 40 });
const BH = 'independent';
const BY = 'any';

describe('false discoveries', () => {
  // The fifteen p values of Benjamini and Hochberg 1995, section 3.1: at 0.05 the four smallest stand; Bonferroni keeps three.
  const published = [
    0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.324, 0.4262, 0.5719, 0.6528,
    0.759, 1,
  ];

  it.each([
    ['independent', 4],
    ['any', 3],
  ] as const)('of the published example, %s dependence: %d stand', (dependence, expected) => {
    const stand = falseDiscoveries(published, { rate: 0.05, dependence });
    expect(stand).toEqual(published.map((_, index) => index < expected));
  });

  it('of no test are none', () => {
    expect(falseDiscoveries([], { rate: 0.01, dependence: BH })).toEqual([]);
  });

  it('of one test are a plain comparison', () => {
    fc.assert(
      fc.property(p, rate, (one, share) => {
        expect(falseDiscoveries([one], { rate: share, dependence: BH })).toEqual([one <= share]);
      }),
    );
  });

  it('stand with every test that is at least as small, and whatever the order', () => {
    fc.assert(
      fc.property(family, rate, (tests, share) => {
        const stand = falseDiscoveries(tests, { rate: share, dependence: BH });
        const largest = Math.max(-1, ...tests.filter((_, index) => stand[index]));
        expect(stand).toEqual(tests.map((one) => one <= largest));
        const turned = falseDiscoveries(tests.toReversed(), { rate: share, dependence: BH });
        expect(turned.toReversed()).toEqual(stand);
      }),
    );
  });

  it('are fewer with any dependence, more with a higher rate, and never fewer than Bonferroni keeps', () => {
    const among = (few: readonly boolean[], many: readonly boolean[]) =>
      few.every((stands, index) => !stands || many[index] === true);
    fc.assert(
      fc.property(family, rate, (tests, share) => {
        const stand = falseDiscoveries(tests, { rate: share, dependence: BH });
        expect(among(falseDiscoveries(tests, { rate: share, dependence: BY }), stand)).toBe(true);
        expect(among(stand, falseDiscoveries(tests, { rate: share * 1.5, dependence: BH }))).toBe(true);
        expect(
          among(
            tests.map((one) => one < (share / tests.length) * 0.999),
            stand,
          ),
        ).toBe(true);
      }),
    );
  });
});

describe('a family', () => {
  const finding = (one: number | null, windows = 0, rank: number | null = null) => ({
    value: 0.2,
    numbers: { p: one, windows, rank_p: rank },
  });
  const verdicts = (found: readonly { readonly isSignificant?: boolean }[]) =>
    found.map((one) => one.isSignificant);

  it('tells who is significant, and keeps the order and everything else', () => {
    const judged = judgeFamily([finding(1e-9), finding(0.2), finding(0.004)], PARAMETERS);
    expect(verdicts(judged)).toEqual([true, false, true]);
    expect(judged[1]).toMatchObject({ value: 0.2, numbers: { p: 0.2 } });
  });

  it('does not judge what was not tested, nor count it', () => {
    const untested = { numbers: {} };
    expect(verdicts(judgeFamily([finding(null), finding(0.009), untested], PARAMETERS))).toEqual([
      undefined,
      true,
      undefined,
    ]);
  });

  it.each([
    ['too few windows for a rank', 99, null, true],
    ['the largest of all', 100, 1 / 101, true],
    ['the second of a hundred', 100, 2 / 101, false],
    ['the third of 672', 672, 3 / 673, true],
    ['the fourth of 672', 672, 4 / 673, false],
    ['not among the largest that are kept', 672, null, false],
  ])('asks for a rank as well: %s', (_name, windows, rank, expected) => {
    expect(verdicts(judgeFamily([finding(1e-9, windows, rank)], PARAMETERS))).toEqual([expected]);
  });

  it('of nobody is nobody', () => {
    expect(judgeFamily([], PARAMETERS)).toEqual([]);
  });
});
