import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { callDecision, callIsDue, CALL_WITHIN_MS } from '../../../server/act/call-step.ts';
import { verifyDecision, verifySinceMs, type SloSpan } from '../../../server/act/verify-step.ts';
import { NOW_MS, rollbackOf } from './samples.ts';

const plan = rollbackOf().plan!;
const CALLED_MS = NOW_MS + 61_000;
const calm: SloSpan = { slo: 'availability', target: 0.99, good: 412, bad: 2 };

describe('the five minutes from which a rollback is verified', () => {
  it.each([
    [NOW_MS, NOW_MS],
    [NOW_MS + 1, NOW_MS + 300_000],
    [NOW_MS + 299_999, NOW_MS + 300_000],
    [NOW_MS + 300_000, NOW_MS + 300_000],
  ])('a call at %i counts from %i', (calledAtMs, expected) => {
    expect(verifySinceMs(calledAtMs)).toBe(expected);
  });
});

describe('verifying a rollback', () => {
  const base = {
    plan,
    calledAtMs: CALLED_MS,
    nowMs: CALLED_MS + 600_000,
    versions: { v1: 412 },
    slos: [calm],
  };
  const late = CALLED_MS + plan.verifyWithinMs;

  it.each([
    ['all rows', {}, 'done', 'verified', '412 of 412 predictions since 2026-11-21 14:05 UTC are v1'],
    ['exactly the share', { versions: { v1: 99, v2: 1 } }, 'done', 'verified', '99 of 100'],
    ['too little of it', { versions: { v1: 98, v2: 2 } }, 'running', 'other_versions', '99 % are needed'],
    ['too few rows', { versions: { v1: 99 } }, 'running', 'too_few_rows', 'at least 100 are needed'],
    ['no rows', { versions: {} }, 'running', 'too_few_rows', '0 of 0 predictions'],
    ['the old version only', { versions: { v2: 500 } }, 'running', 'other_versions', '0 of 500'],
    ['a version named like a property', { versions: { toString: 500 } }, 'running', 'other_versions', '0 of'],
    [
      'a burning budget',
      { slos: [calm, { slo: 'latency', target: 0.99, good: 380, bad: 20 }] },
      'running',
      'budget_burning',
      'the error budget of latency burns 5.0 times too fast (20 bad of 400)',
    ],
    [
      'a budget used up exactly',
      { slos: [{ slo: 'availability', target: 0.5, good: 50, bad: 50 }] },
      'running',
      'budget_burning',
      'burns 1.0 times',
    ],
    ['an SLO without events', { slos: [{ ...calm, good: 0, bad: 0 }] }, 'done', 'verified', '412 of 412'],
    ['a target of 100 %', { slos: [{ ...calm, target: 1, bad: 0 }] }, 'done', 'verified', '412 of 412'],
    [
      'a bad event at 100 %',
      { slos: [{ ...calm, target: 1, bad: 1 }] },
      'running',
      'budget_burning',
      'burns',
    ],
    ['a proof at the last moment', { nowMs: late }, 'done', 'verified', 'Verified'],
    [
      'no proof in time',
      { nowMs: late, versions: { v1: 9, v2: 400 } },
      'failed',
      'other_versions',
      'Not verified within 2 h: 9 of 409',
    ],
    ['no rows in time', { nowMs: late, versions: {} }, 'failed', 'too_few_rows', 'Not verified within'],
    ['not yet out of time', { nowMs: late - 1, versions: {} }, 'running', 'too_few_rows', 'Not verified yet'],
  ])('%s', (_name, change, outcome, reason, text) => {
    const decision = verifyDecision({ ...base, ...change });
    expect(decision).toMatchObject({ outcome, reason });
    expect(decision.text).toContain(text);
  });

  it('is never proven by fewer rows or a smaller share than the plan asks for', () => {
    const rows = fc.nat({ max: 1000 });
    fc.assert(
      fc.property(rows, rows, (target, others) => {
        const { outcome } = verifyDecision({ ...base, slos: [], versions: { v1: target, v2: others } });
        expect(outcome === 'done').toBe(
          target + others >= plan.verifyMinRows && target / (target + others) >= plan.verifyShare,
        );
      }),
    );
  });
});

describe('calling the serving process', () => {
  it.each([
    ['sent', 0, 'done', 'accepted'],
    ['sent', CALL_WITHIN_MS * 2, 'done', 'accepted'],
    ['failed', 0, 'failed', 'refused'],
    ['retry', 0, 'running', 'try_again'],
    ['retry', CALL_WITHIN_MS - 1, 'running', 'try_again'],
    ['retry', CALL_WITHIN_MS, 'failed', 'gave_up'],
  ] as const)('%s after %i ms is %s (%s)', (outcome, afterMs, expected, reason) => {
    const decision = callDecision({ outcome, approvedAtMs: NOW_MS, nowMs: NOW_MS + afterMs });
    expect(decision).toEqual({ outcome: expected, reason });
  });

  it('waits longer from attempt to attempt', () => {
    const attempts = [0];
    for (let second = 0; second <= 600; second += 1) {
      const times = { approvedAtMs: 0, lastAttemptMs: attempts.at(-1)! * 1000, nowMs: second * 1000 };
      if (callIsDue(times)) attempts.push(second);
    }
    expect(attempts).toEqual([0, 5, 10, 20, 40, 80, 160, 320]);
  });

  it('is due at once after the approval', () => {
    expect(callIsDue({ approvedAtMs: NOW_MS, lastAttemptMs: null, nowMs: NOW_MS })).toBe(true);
  });
});
