import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { distributions, driftRows } from '../../../../server/show/views/drift.ts';
import { fairnessRows } from '../../../../server/show/views/fairness.ts';
import { modelDetail, type ModelDetailInput } from '../../../../server/show/views/model-detail.ts';
import { sloRows } from '../../../../server/show/views/slo.ts';
import { thresholdsOf } from '../../../../server/show/views/thresholds.ts';
import {
  alertOf,
  BASELINE,
  countsOf,
  DAY_MS,
  entryOf,
  incidentOf,
  KEY,
  modelSettings,
  NOW_MS,
  RULES,
  runOf,
  scoreOf,
} from '../fixtures.ts';

describe('limits', () => {
  it('come from the rules, by what the subject is', () => {
    expect(thresholdsOf(RULES, 'drift', { ...KEY, subject: 'amount' })).toEqual({
      show: 0.05,
      ticket: 0.1,
      page: 0.25,
    });
    expect(thresholdsOf(RULES, 'drift', { ...KEY, subject: '$prediction' })).toEqual({
      show: 0.1,
      ticket: 0.2,
      page: Infinity,
    });
    expect(thresholdsOf([], 'drift', KEY).ticket).toBe(Infinity);
  });
});

describe('drift by feature', () => {
  const base = {
    baseline: BASELINE,
    history: [],
    windows: [NOW_MS - DAY_MS],
    firing: [],
    rules: RULES,
  };

  it('puts the furthest from its limit first and what could not be judged last, saying why', () => {
    const shown = [
      scoreOf({ subject: 'a', value: null, why: 'needs 500 rows, has 12' }),
      scoreOf({ subject: 'b', value: 0.05 }),
      scoreOf({ subject: '$prediction', value: 0.15 }),
      scoreOf({ subject: 'c', value: 0.3 }),
    ];
    const rows = driftRows({ ...base, shown });
    expect(rows.map((row) => row.feature)).toEqual(['c', '$prediction', 'b', 'a']);
    expect(rows[1]).toMatchObject({ kind: 'prediction', alert: null });
    expect(rows[1]?.ratio).toBeCloseTo(0.75);
    expect(rows[3]).toMatchObject({ value: null, ratio: null, why: 'needs 500 rows, has 12' });
  });

  it('joins PSI, the missing share, the explanation, the trend and the alert', () => {
    const missing = scoreOf({ detector: 'missing-rate', evidence: { text: '', numbers: { share: 0.02 } } });
    const shown = [scoreOf({ value: 0.3 }), missing];
    const [row] = driftRows({ ...base, shown, history: shown, firing: [alertOf({ severity: 'page' })] });
    expect(row).toMatchObject({
      kind: 'number',
      psi: 0.01,
      missingShare: 0.02,
      explanation: 'amount as before',
      trend: [{ fromMs: NOW_MS - DAY_MS, value: 0.3 }],
      alert: 'page',
    });
  });

  it('compares distributions only where both were counted in the same cells', () => {
    const shown = [
      scoreOf(),
      scoreOf({ subject: 'unknown' }),
      scoreOf({ subject: 'bare', evidence: { text: '' } }),
    ];
    expect(distributions(BASELINE, shown)).toEqual([
      {
        feature: 'amount',
        layout: BASELINE.layouts['amount'],
        baseline: countsOf([2500, 2500]),
        current: countsOf([1, 9]),
      },
    ]);
    expect(distributions(BASELINE, [scoreOf({ baselineId: 'older' })])).toEqual([]);
    expect(distributions(null, shown)).toEqual([]);
  });
});

describe('budgets', () => {
  const [slo] = modelSettings().slos;
  const burn = [{ windowMs: 3_600_000, rate: 2, threshold: 14.4 }];
  const score = scoreOf({
    detector: 'burn-rate-ticket',
    subject: 'answers',
    evidence: {
      text: '',
      burn,
      numbers: { good: 990, bad: 10, remaining: 0.25, exhaustionMs: NOW_MS + DAY_MS },
    },
  });

  it('tell the numbers of the last score', () => {
    expect(sloRows({ slos: [slo!], scores: [score], counts: [], nowMs: NOW_MS })).toEqual([
      {
        slo: 'answers',
        kind: 'availability',
        description: '99 % of predictions answered without an error, over 28 days',
        target: 0.99,
        periodMs: 28 * DAY_MS,
        good: 990,
        bad: 10,
        remaining: 0.25,
        exhaustionMs: NOW_MS + DAY_MS,
        burn,
        trend: [],
      },
    ]);
  });

  it('keep every digit of a target', () => {
    const [row] = sloRows({ slos: [{ ...slo!, target: 0.9995 }], scores: [], counts: [], nowMs: NOW_MS });
    expect(row?.description).toBe('99.95 % of predictions answered without an error, over 28 days');
  });

  it('say nothing where nothing is known', () => {
    const [row] = sloRows({ slos: [slo!], scores: [], counts: [], nowMs: NOW_MS });
    expect(row).toMatchObject({ remaining: null, exhaustionMs: null, burn: [] });
  });

  it('over time are those of the period before each point, recomputed from scratch', () => {
    const period = { ...slo!, periodMs: 5 * DAY_MS };
    const step = fc.record({ good: fc.nat(500), bad: fc.nat(20) });
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 10 }), (steps) => {
        const counts = steps.map((one, index) => ({
          slo: 'answers',
          fromMs: NOW_MS - (steps.length - index) * DAY_MS,
          ...one,
        }));
        const [row] = sloRows({ slos: [period], scores: [], counts, nowMs: NOW_MS });
        const expected = counts.slice(-5).map(({ fromMs }) => {
          const within = counts.filter(
            (one) => one.fromMs <= fromMs && one.fromMs > fromMs - period.periodMs,
          );
          const bad = within.reduce((sum, one) => sum + one.bad, 0);
          const all = within.reduce((sum, one) => sum + one.bad + one.good, 0);
          return all === 0 ? null : 1 - bad / all / (1 - period.target);
        });
        expect(row?.trend.map((point) => point.remaining)).toEqual(expected);
      }),
    );
  });
});

describe('fairness', () => {
  it('shows the gap, its interval, the limit of the ticket and every group, also those too small to judge', () => {
    const groups = [
      { group: 'north', rows: 900, rate: 0.2, lower: 0.17, upper: 0.23, why: null },
      { group: 'south', rows: 9, rate: null, lower: null, upper: null, why: 'needs 30 rows' },
    ];
    const score = scoreOf({
      detector: 'fairness-gap',
      subject: 'region',
      value: 0.1,
      lower: 0.02,
      upper: 0.18,
      evidence: { text: '', groups },
    });
    expect(fairnessRows([score], RULES)).toEqual([
      {
        attribute: 'region',
        measure: 'selection_rate',
        limit: 0.08,
        gap: 0.1,
        lower: 0.02,
        upper: 0.18,
        why: null,
        groups,
      },
    ]);
  });
});

describe('one model', () => {
  const input: ModelDetailInput = {
    facts: { ...KEY, settings: modelSettings(), entry: entryOf() },
    baseline: BASELINE,
    latest: [scoreOf({ value: 0.12 })],
    history: [],
    shown: [scoreOf({ value: 0.12 })],
    window: { fromMs: NOW_MS - DAY_MS, toMs: NOW_MS },
    windows: [NOW_MS - DAY_MS],
    volume: [],
    sloCounts: [],
    alerts: [alertOf(), alertOf({ id: 'old', state: 'resolved', resolvedAtMs: NOW_MS })],
    incidents: [incidentOf({ id: 'old', openedAtMs: 1 }), incidentOf()],
    runs: [runOf({ id: 'old', createdAtMs: 1 }), runOf()],
    schema: null,
    rules: RULES,
    asOf: { asOfMs: NOW_MS, nextRunMs: null },
  };

  it('lists what fires, newest incidents and runs first, versions by age', () => {
    const detail = modelDetail(input);
    expect(detail.alerts.map((alert) => alert.id)).toEqual(['alert-1']);
    expect(detail.incidents.map((incident) => incident.id)).toEqual(['inc-1', 'old']);
    expect(detail.runs.map((run) => run.id)).toEqual(['run-1', 'old']);
    expect(detail.versions.map((version) => version.version)).toEqual(['6', '7']);
  });

  it('says what it is compared with', () => {
    const detail = modelDetail(input);
    expect(detail.baseline?.description).toBe('the first 5,000 predictions');
    expect(detail.thresholds).toEqual({ show: 0.05, ticket: 0.1, page: 0.25 });
    expect(detail).toMatchObject({ health: 'drifting', worstFeature: { feature: 'amount', value: 0.12 } });
  });

  it('stands before anything arrived', () => {
    const empty = { latest: [], history: [], shown: [], windows: [], alerts: [], incidents: [], runs: [] };
    const detail = modelDetail({
      ...input,
      ...empty,
      facts: { ...input.facts, entry: null },
      baseline: null,
      window: null,
    });
    expect(detail).toMatchObject({
      health: 'learning',
      baseline: null,
      drift: [],
      distributions: [],
      version: null,
    });
  });
});
