import { describe, expect, it } from 'vitest';
import { lengthText, steppedClock } from '../../server/clock.ts';

it.each([
  [30 * 60_000, '30 min'],
  [90 * 60_000, '90 min'],
  [480 * 60_000, '8 h'],
])('%d ms are %s in words', (lengthMs, text) => expect(lengthText(lengthMs)).toBe(text));

describe('the stepped clock', () => {
  it('stands still until it is stepped, and never goes back', () => {
    const clock = steppedClock(1000);
    expect(clock.now()).toBe(1000);
    clock.advanceTo(5000);
    clock.advanceTo(3000);
    expect(clock.now()).toBe(5000);
  });

  it('runs at real speed from where it stands once it is let go', () => {
    let realMs = 70;
    const clock = steppedClock(1000, () => realMs);
    realMs = 100;
    clock.release();
    realMs = 160;
    clock.release();
    expect(clock.now()).toBe(1060);
  });
});
