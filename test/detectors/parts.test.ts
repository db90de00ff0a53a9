import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inputOfParts, pieces } from '../../detectors/parts.ts';

const dayOf = (hour: number) => Math.floor(hour / 24);

describe('a list stored in pieces', () => {
  it('comes back as it was, beside parts that are whole', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(500)), (found) => {
        const hours = found.toSorted((a, b) => a - b);
        const parts = { level: 7, ...pieces('hours', hours, dayOf) };
        expect(inputOfParts(JSON.parse(JSON.stringify(parts)) as typeof parts)).toEqual({ level: 7, hours });
      }),
    );
  });

  it('keeps the pieces of whole days when it grows and its beginning is forgotten', () => {
    const before = Object.values(pieces('hours', [...Array(72).keys()], dayOf));
    const after = Object.values(pieces('hours', [...Array(80).keys()].slice(5), dayOf));
    expect(after.slice(1, 3)).toEqual(before.slice(1, 3));
  });

  it('is whole when it is empty', () => {
    expect(inputOfParts(pieces('hours', [], dayOf))).toEqual({ hours: [] });
  });
});
