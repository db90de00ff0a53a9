import { describe, expect, it } from 'vitest';
import { reloadLines } from '../../../server/cli/reload-lines.ts';
import type { ToldByReload } from '../../../server/ports.ts';

const AT_MS = Date.UTC(2026, 10, 22, 1, 0);
const MINUTE_MS = 60_000;
const told = (change: Partial<ToldByReload>): ToldByReload => ({
  tenant: 'acme',
  receiver: 'oncall',
  reason: 'repeat',
  atMs: AT_MS,
  title: 'Fraud: distance drifted',
  alerts: 1,
  ...change,
});
const answer = { applied: false, changed: ['route'], needsRestart: [], tells: [] };

describe('what a reload says', () => {
  it('is that nobody is told', () => {
    expect(reloadLines(answer)).toEqual([
      'would change: route',
      'would tell within an hour because of it: nobody',
    ]);
  });

  it('begins with what begins, changes or ends, and counts repeats in a line for each receiver', () => {
    const minutes = Array.from({ length: 60 }, (_, index) => AT_MS + index * MINUTE_MS);
    const tells = [
      ...minutes.map((atMs) => told({ atMs })),
      ...minutes.map((atMs) => told({ atMs, title: 'Delay: hour drifted' })),
      told({ receiver: 'lead', atMs: AT_MS + 5 * MINUTE_MS }),
      told({ reason: 'first', receiver: 'boss', atMs: AT_MS + 30 * MINUTE_MS, alerts: 2 }),
      told({ reason: 'all_resolved', atMs: AT_MS + 59 * MINUTE_MS, alerts: 0 }),
    ];
    expect(reloadLines({ ...answer, needsRestart: ['storage'], tells })).toEqual([
      'would change: route',
      'takes a restart: storage',
      'would tell within an hour because of it: 2 notices and 121 repeats',
      '  2026-11-22T01:30 boss first (2 firing): Fraud: distance drifted',
      '  2026-11-22T01:59 oncall all_resolved (0 firing): Fraud: distance drifted',
      '  oncall: 120 repeats, the first at 2026-11-22T01:00: 2 titles, such as Fraud: distance drifted',
      '  lead: 1 repeat, the first at 2026-11-22T01:05: Fraud: distance drifted',
    ]);
  });

  it('is in the present once it is done', () => {
    expect(reloadLines({ ...answer, applied: true, tells: [told({})] })).toContain(
      'tells within an hour because of it: 1 repeat',
    );
  });
});
