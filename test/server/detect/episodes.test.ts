import { describe, expect, it } from 'vitest';
import { episodesOf } from '../../../server/detect/episodes.ts';
import type { Alert, Rule } from '../../../server/model.ts';

const HOUR_MS = 3_600_000;
const START_MS = Date.UTC(2026, 5, 10);

const rule = (id: string, kind: Rule['kind'], of: number): Rule =>
  ({
    id,
    kind,
    detector: `${id}-detector`,
    persistence: { open: Math.min(2, of), of, pageOpen: 1, close: 2 },
  }) as Rule;
const RULES = [rule('drifted', 'drift', 3), rule('broken', 'quality', 1), rule('burning', 'slo', 1)];
const alert = (of: string, changes: Partial<Alert> = {}): Alert =>
  ({
    rule: of,
    startedAtMs: START_MS + 70 * 60_000,
    resolvedAtMs: null,
    evidence: { text: '' },
    windowFromMs: START_MS,
    windowToMs: START_MS + HOUR_MS,
    ...changes,
  }) as Alert;

describe('when something was wrong with the data', () => {
  it('has no end while it is open, so that nothing that comes is normal', () => {
    const [episode] = episodesOf([alert('broken')], RULES);
    expect(episode).toMatchObject({ fromMs: START_MS, detector: 'broken-detector' });
    expect(episode?.toMs).toBeGreaterThan(Date.UTC(2200, 0));
  });

  it('stays left out after it has ended', () => {
    const resolvedAtMs = START_MS + 9 * HOUR_MS;
    expect(episodesOf([alert('broken', { resolvedAtMs })], RULES)).toMatchObject([
      { fromMs: START_MS, toMs: resolvedAtMs },
    ]);
  });

  it('begins with the windows that the rule counted before it opened', () => {
    expect(episodesOf([alert('drifted')], RULES)[0]?.fromMs).toBe(START_MS - 2 * HOUR_MS);
  });

  it('begins where a change is said to have begun, however far back its score looks', () => {
    const sinceMs = START_MS - 5 * HOUR_MS;
    const evidence = { text: '', numbers: { sinceMs } };
    const opened = alert('drifted', { evidence, windowFromMs: sinceMs });
    expect(episodesOf([opened], RULES)[0]?.fromMs).toBe(sinceMs);
  });

  it('is nothing about the data when a budget burns', () => {
    expect(episodesOf([alert('burning')], RULES)).toEqual([]);
  });

  it('stays left out when its rule is gone from the configuration', () => {
    const resolvedAtMs = START_MS + HOUR_MS;
    expect(episodesOf([alert('gone', { resolvedAtMs })], RULES)).toMatchObject([
      { fromMs: START_MS, toMs: resolvedAtMs },
    ]);
  });
});
