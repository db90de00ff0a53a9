import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { afterFailure, type Failure, type Setback } from '../../../server/act/setback.ts';
import { NOW_MS } from './samples.ts';

const HOUR_MS = 3_600_000;
const FAILURE: Failure = {
  id: 'upstream/acme',
  reason: 'server',
  afterMs: null,
  longestWaitMs: 60_000,
  nowMs: NOW_MS,
};

describe('a failure of what is tried at every beat', () => {
  it.each<[string, Partial<Setback> | null, boolean]>([
    ['the first time', null, true],
    ['again within the hour', {}, false],
    ['again after an hour', { toldAtMs: NOW_MS - HOUR_MS }, true],
    ['for another reason', { reason: 'auth' }, true],
  ])('is told: %s', (_name, change, isTold) => {
    const before = { failures: 3, reason: 'server', nextTryMs: NOW_MS, toldAtMs: NOW_MS - HOUR_MS + 1 };
    const next = afterFailure(change && { ...before, ...change }, FAILURE);
    expect(next.toldAtMs === NOW_MS).toBe(isTold);
  });

  it('is tried again after twice as long, less up to a fifth, and never after the longest wait', () => {
    const failures = fc.integer({ min: 0, max: 100 });
    const longest = fc.integer({ min: 1000, max: HOUR_MS });
    fc.assert(
      fc.property(fc.string(), failures, longest, (id, earlier, longestWaitMs) => {
        const before = { failures: earlier, reason: 'server', nextTryMs: 0, toldAtMs: 0 };
        const next = afterFailure(before, { ...FAILURE, id, longestWaitMs });
        const mostMs = Math.min(longestWaitMs, 1000 * 2 ** earlier);
        expect(next.nextTryMs - NOW_MS).toBeLessThanOrEqual(mostMs);
        expect(next.nextTryMs - NOW_MS).toBeGreaterThanOrEqual(Math.floor(mostMs * 0.8));
        expect(afterFailure(before, { ...FAILURE, id, longestWaitMs })).toEqual(next);
      }),
    );
  });

  it.each([
    ['as long as it was asked to wait', 30_000, 30_000],
    ['never longer than the longest wait', HOUR_MS, 60_000],
  ])('is tried again after %s', (_name, afterMs, waitMs) => {
    expect(afterFailure(null, { ...FAILURE, afterMs }).nextTryMs - NOW_MS).toBe(waitMs);
  });

  it('is tried at different moments for different tenants', () => {
    const tries = ['a', 'b', 'c', 'd'].map((id) => afterFailure(null, { ...FAILURE, id }).nextTryMs);
    expect(new Set(tries).size).toBe(4);
  });
});
