import { describe, expect, it } from 'vitest';
import { defaultModel } from '../../../server/config.ts';
import { replayScores } from '../../../server/detect/replay.ts';
import type { Baseline } from '../../../server/model.ts';
import { detectContext } from './context.ts';
import { countsSource } from './stored-counts.ts';

const HOUR_MS = 3_600_000;
const START_MS = Date.UTC(2026, 5, 8);
const key = { tenant: 'acme', model: 'fraud' };
const baseline = {
  ...key,
  id: 'b1',
  source: { kind: 'reference', minRows: 500 },
  fromMs: START_MS - HOUR_MS,
  toMs: START_MS,
  rows: 1000,
  createdAtMs: 0,
  layouts: { channel: { kind: 'category', values: ['web', 'app'], rare: [] } },
  counts: {
    channel: {
      known: [500, 500, 0],
      sides: { missing: 0, non_finite: 0, below_min: 0, above_max: 0, unseen: 0 },
    },
  },
} as unknown as Baseline;

describe('a replay', () => {
  it('tells of each closed window of a range, oldest first, and of none that is only partly in it', async () => {
    const production = [0, 1, 2, 3].map((hour) => ({
      fromMs: START_MS + hour * HOUR_MS,
      known: hour === 2 ? [900, 100, 0] : [500, 500, 0],
    }));
    const { source } = countsSource(baseline, { windowMs: HOUR_MS, production, baseline: [] });
    const model = { ...defaultModel(key), windowMs: HOUR_MS };
    const range = { fromMs: START_MS + 1, toMs: START_MS + 3.5 * HOUR_MS };
    const told: (readonly [number, boolean | undefined])[] = [];
    const context = detectContext(source, START_MS + 4 * HOUR_MS);
    for await (const { window, scores } of replayScores({ context, model, baseline, range }))
      told.push([
        (window.fromMs - START_MS) / HOUR_MS,
        scores.find(({ detector }) => detector === 'drift')?.isSignificant,
      ]);
    expect(told).toEqual([
      [1, false],
      [2, true],
    ]);
  });
});
