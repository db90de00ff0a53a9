import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Quota } from '../../../server/ingest/quota.ts';

describe('a quota of 1,000 bytes a second', () => {
  it('lets a body in, whatever its size, and the next one when it is paid for', () => {
    const quota = new Quota(1000);
    expect(quota.admits('a', 0)).toBe(true);
    quota.charge('a', 5000, 0);
    expect([quota.admits('a', 3999), quota.admits('a', 4000)]).toEqual([false, true]);
  });

  it('is of each tenant', () => {
    const quota = new Quota(1000);
    quota.charge('a', 5000, 0);
    expect([quota.admits('a', 1), quota.admits('b', 1)]).toEqual([false, true]);
  });

  it('never lets in more than it says, but for a second saved up and the last body', () => {
    const sent = fc.record({ afterMs: fc.nat(500), bytes: fc.nat(2000) });
    fc.assert(
      fc.property(fc.array(sent, { minLength: 1 }), (bodies) => {
        const quota = new Quota(1000);
        const seen = { nowMs: 0, bytes: 0, last: 0 };
        for (const { afterMs, bytes } of bodies) {
          seen.nowMs += afterMs;
          if (!quota.admits('a', seen.nowMs)) continue;
          quota.charge('a', bytes, seen.nowMs);
          seen.bytes += bytes;
          seen.last = bytes;
        }
        expect(seen.bytes - seen.last).toBeLessThanOrEqual(1000 + seen.nowMs + 1e-6);
      }),
    );
  });
});
