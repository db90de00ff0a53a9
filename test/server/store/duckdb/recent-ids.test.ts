import fc from 'fast-check';
import { expect, it } from 'vitest';
import { keptIds, RecentIds } from '../../../../server/store/duckdb/recent-ids.ts';

const words = fc.tuple(
  fc.integer(),
  fc.integer({ min: 0, max: 3 }),
  fc.constant(0),
  fc.integer({ min: 0, max: 1 }),
);

it('remembers every id of the newest generation, whatever its words, and finds none that was not added', () => {
  fc.assert(
    fc.property(fc.array(words, { maxLength: 500 }), (keys) => {
      const recent = new RecentIds();
      const seen = new Set<string>();
      for (const key of keys) {
        expect(recent.add(key, 0, 1000)).toBe(!seen.has(String(key)));
        seen.add(String(key));
      }
    }),
  );
});

it('forgets an id after two generations, and not before one', () => {
  const recent = new RecentIds();
  const add = (id: number) => recent.add([7, 0, 0, id], 0, 10);
  expect([0, 1, 2, 3, 4, 5, 6, 7, 8, 9].map(add)).not.toContain(false);
  expect(add(0)).toBe(false);
  for (let id = 10; id < 19; id += 1) expect(add(id)).toBe(true);
  expect(add(0)).toBe(false);
  expect(add(19)).toBe(true);
  expect(add(0)).toBe(true);
});

it.each([
  [1, 131_072],
  [64, 65_536],
  [1000, 4194],
  [100_000, 4096],
])('with %i models keeps %i ids of each', (models, kept) => {
  expect(keptIds(models)).toBe(kept);
});
