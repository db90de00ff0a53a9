import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { adwin } from '../../detectors/adwin.ts';
import { ddm } from '../../detectors/ddm.ts';
import { ewma } from '../../detectors/ewma.ts';
import { hddmA } from '../../detectors/hddm-a.ts';
import { pageHinkley } from '../../detectors/page-hinkley.ts';
import type { Change, ErrorShare } from '../../detectors/stream.ts';
import { abrupt, binomial, bits, eighths, frouros, gauss, levels, threeChanges } from './stream-fixtures.ts';

const at = (changes: readonly Change[]) => changes.map((change) => change.at);
const single = (stream: readonly number[]): readonly ErrorShare[] =>
  stream.map((errors) => ({ rows: 1, errors }));
const rises = ['rise'] as const;

describe('ADWIN', () => {
  // Docstring and tests of river; the others from river 0.26.1 itself.
  it.each([
    ['levels', levels, {}, [1023]],
    ['eighths, where versions before the fix of issue 1614 said 1055', eighths, {}, [1023]],
    ['three changes', threeChanges, {}, [1023, 2015, 3007]],
    ['bits', bits, {}, [1279]],
    ['binomial', binomial, {}, [1055]],
    ['abrupt', abrupt, {}, [543, 1023, 1567]],
    ['normal values', gauss, {}, [1023]],
    ['short', frouros, {}, [127, 223]],
    ['bits, looking at every value', bits, { clock: 1, delta: 0.05 }, [1121]],
    ['three changes, looking at every value', threeChanges, { clock: 1, delta: 0.05 }, [1003, 2003, 3002]],
    ['normal values, looking at every value', gauss, { clock: 1, delta: 0.05 }, [245, 1007]],
  ])('%s', (_name, stream, options, expected) => {
    expect(at(adwin(stream, options))).toEqual(expected);
  });

  it('tells where the new level began and which way it went', () => {
    const [rise, fall] = adwin(threeChanges);
    expect([rise?.direction, fall?.direction]).toEqual(['rise', 'fall']);
    expect(Math.abs((rise?.since ?? 0) - 1000)).toBeLessThan(20);
  });
});

describe('Page-Hinkley', () => {
  // Docstring of river: 1006. Its tests up to 0.21: 1020 and 1991. Tests of frouros: 113 and 227. Others: river 0.26.1.
  it.each([
    ['levels', levels, {}, [1006]],
    ['eighths, held at zero', eighths, { directions: rises, floor: 'zero' }, [1020, 1991]],
    ['eighths', eighths, { directions: rises }, [1020, 1990]],
    ['eighths, both directions', eighths, {}, [1020, 1397, 1548, 1988]],
    ['three changes, both directions', threeChanges, {}, [1007, 1568, 2005, 3007]],
    ['short, without a floor', frouros, { directions: rises, floor: 'none', leastRows: 1 }, [113, 227]],
    ['bits, sharper', bits, { threshold: 8, delta: 0.1 }, [1100]],
    ['binomial', binomial, {}, [1081]],
  ] as const)('%s', (_name, stream, options, expected) => {
    expect(at(pageHinkley(stream, options))).toEqual(expected);
  });

  it('sees a fall as such, and says when it began', () => {
    const fall = pageHinkley(threeChanges).find((change) => change.direction === 'fall');
    expect(fall).toMatchObject({ at: 2005, direction: 'fall' });
    expect(Math.abs((pageHinkley(levels, { delta: 0.5 })[0]?.since ?? 0) - 1000)).toBeLessThan(10);
  });
});

describe('DDM', () => {
  // Docstring and tests of river.
  it.each([
    ['bits', bits, [1334], [1084, 1492]],
    ['binomial', binomial, [1049], [1007, 1725]],
    ['abrupt', abrupt, [542, 1619], [508, 1554]],
  ])('%s', (_name, stream, changes, warnings) => {
    const found = ddm(single(stream));
    expect(at(found.changes)).toEqual(changes);
    expect(found.warnings).toEqual(warnings);
  });
});

describe('HDDM-A', () => {
  // Docstring and tests of river.
  it.each([
    ['bits', bits, {}, [1206], [451]],
    ['binomial', binomial, {}, [1047], [1038]],
    ['abrupt', abrupt, {}, [531, 1554], [525, 1543]],
    ['abrupt, both directions', abrupt, { isTwoSided: true }, [531, 1015, 1545], [525, 1004, 1118]],
  ])('%s', (_name, stream, options, changes, warnings) => {
    const found = hddmA(single(stream), options);
    expect(at(found.changes)).toEqual(changes);
    expect(found.warnings).toEqual(warnings);
  });

  it('takes rows in lots: the same change, seen behind the lot', () => {
    const lots = Array.from({ length: 200 }, (_, lot) => ({
      rows: 10,
      errors: binomial.slice(lot * 10, lot * 10 + 10).reduce((total, bit) => total + bit, 0),
    }));
    expect(at(hddmA(lots).changes)).toEqual([103]);
    expect(Math.abs((hddmA(lots).changes[0]?.since ?? 0) - 100)).toBeLessThan(10);
  });
});

describe('EWMA', () => {
  // Docstring of river: 1010. Others from the same formula in Python, with river's own fading variance.
  it.each([
    ['normal values', gauss, { leastRows: 50 }, [1010]],
    ['levels', levels, {}, [1005, 1445]],
    ['bits', bits, {}, [451, 1109, 1306]],
    ['abrupt', abrupt, {}, [506, 580, 735, 929, 1041, 1508, 1592, 1660, 1860]],
    ['short', frouros, {}, [108, 207]],
  ])('%s', (_name, stream, options, expected) => {
    expect(at(ewma(stream, options))).toEqual(expected);
  });

  it('is as wide as the deviation it is given', () => {
    expect(ewma(gauss, { sigma: 1, width: 100 })).toEqual([]);
    expect(ewma(gauss, { sigma: 1 })[0]).toMatchObject({ direction: 'rise' });
  });
});

describe('every change detector', () => {
  const folds = [
    ['adwin', (stream: readonly number[]) => adwin(stream)],
    ['page-hinkley', (stream: readonly number[]) => pageHinkley(stream)],
    ['ewma', (stream: readonly number[]) => ewma(stream)],
    ['ddm', (stream: readonly number[]) => ddm(single(stream)).changes],
    ['hddm-a', (stream: readonly number[]) => hddmA(single(stream)).changes],
  ] as const;

  it.each(folds)('%s says of a part of a stream what it says of the whole', (_id, fold) => {
    const bit = fc.array(fc.constantFrom(0, 1), { minLength: 40, maxLength: 200 });
    fc.assert(
      fc.property(bit, fc.nat(200), (tail, length) => {
        const stream = [...abrupt.slice(0, 600), ...tail];
        const part = stream.slice(0, 600 + length);
        const known = fold(stream).filter((change) => change.at < part.length);
        expect(fold(part)).toEqual(known);
        expect(known.every((change) => change.since <= change.at && change.since >= 0)).toBe(true);
      }),
      { numRuns: 30 },
    );
  });

  it.each(folds)('%s sees nothing in no values and in values that never change', (_id, fold) => {
    expect(fold([])).toEqual([]);
    expect(fold(Array.from({ length: 3000 }, () => 0))).toEqual([]);
  });

  it('refuses what cannot be, in words', () => {
    expect(() => adwin([1, NaN])).toThrow('Expected finite numbers, at position 1');
    expect(() => ddm([{ rows: 5, errors: 6 }])).toThrow(
      'Expected errors between 0 and the rows, at position 0',
    );
    expect(() => hddmA([{ rows: 5, errors: -1 }])).toThrow('at position 0');
  });
});
