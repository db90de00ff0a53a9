import { describe, expect, it } from 'vitest';
import { firstCaseOf } from './fuzzing/cases.ts';
import { runFuzz } from './fuzzing/run.ts';

const CASES = 10_000;

describe('requests that went wrong in ten thousand ways', () => {
  it('are answered as stated, stored whole or not at all, counted right, and read as protobufjs reads them', async () => {
    const { cases, failures } = await runFuzz({ from: 1, cases: CASES });
    expect(failures.slice(0, 20)).toEqual([]);
    expect(cases).toBe(CASES);
  }, 300_000);

  it.each([
    [1831, 'a labelled prediction of a model too many'],
    [9608, 'a map without a name'],
    [120_903, 'a scope with a segment without a name'],
    [11_245, 'a value told twice'],
    [5_029_664, 'a map told twice'],
    [5_080_170, 'a list under the name of a number'],
    [102_889, 'an id whose number is a text by its wire type'],
  ])('such as that of seed %i: %s', async (from) => {
    expect((await runFuzz({ from, cases: 1, make: firstCaseOf })).failures).toEqual([]);
  });
});
