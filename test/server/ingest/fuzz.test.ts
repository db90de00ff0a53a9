import { describe, expect, it } from 'vitest';
import { runFuzz } from './fuzzing/run.ts';

const CASES = 10_000;

describe('requests that went wrong in ten thousand ways', () => {
  it('are answered as stated, stored whole or not at all, counted right, and read as protobufjs reads them', async () => {
    const { cases, failures } = await runFuzz({ from: 1, cases: CASES });
    expect(failures.slice(0, 20)).toEqual([]);
    expect(cases).toBe(CASES);
  }, 300_000);
});
