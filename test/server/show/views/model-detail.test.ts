import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DETECTOR_NAMES } from '../../../../server/explain/scorers.ts';
import type { Document } from '../../../../server/model.ts';
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
    settings: modelSettings(),
    documents: new Map<string, Document>(),
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
      trend: [{ fromMs: NOW_MS - DAY_MS, value: 0.3, isSignificant: null }],
      alert: 'page',
    });
  });

  it('reads what chance explains as calm, whatever its size, and puts it behind what is real', () => {
    const shown = [
      scoreOf({ subject: 'noise', value: 0.9, isSignificant: false }),
      scoreOf({ subject: 'real', value: 0.12, isSignificant: true }),
      scoreOf({ subject: 'short', value: null, why: 'needs 120 rows in known cells, has 31' }),
    ];
    const rows = driftRows({ ...base, shown });
    expect(rows.map(({ feature, level }) => [feature, level])).toEqual([
      ['real', 'ticket'],
      ['noise', 'chance'],
      ['short', 'undecided'],
    ]);
    expect(rows[1]?.ratio).toBe(0);
    expect(rows[2]?.gates).toMatchObject([{ name: 'Rows', state: 'stopped' }]);
    expect(rows[2]?.gates[0]?.text).toContain('needs 120 rows in known cells, has 31');
  });

  it('keeps the comparisons apart and ranks equals by importance', () => {
    const moving = { detector: 'drift-moving', isSignificant: true };
    const rules = [...RULES, { ...RULES[0]!, id: 'recent', detector: 'drift-moving' }];
    const shown = [
      scoreOf({ subject: 'a', value: 0.12, isSignificant: true }),
      scoreOf({ subject: 'b', value: 0.11, isSignificant: true }),
      scoreOf({ subject: 'b', value: 0.4, ...moving }),
    ];
    const settings = { drift: { ...modelSettings().drift, importance: { b: 2 } } };
    const rows = driftRows({ ...base, rules, settings, shown });
    expect(rows.map(({ feature, comparison, level }) => [feature, comparison, level])).toEqual([
      ['b', 'moving', 'page'],
      ['b', 'fixed', 'ticket'],
      ['a', 'fixed', 'ticket'],
    ]);
  });

  it('puts what matters more to the error first, and names what moves with it', () => {
    const moved = (subject: string, value: number, impact: number) =>
      scoreOf({
        subject,
        value,
        isSignificant: true,
        evidence: { text: '', numbers: { impact }, together: ['fee'] },
      });
    const rows = driftRows({ ...base, shown: [moved('a', 0.2, 0.001), moved('b', 0.12, -0.03)] });
    expect(rows.map(({ feature, impact }) => [feature, impact])).toEqual([
      ['b', -0.03],
      ['a', 0.001],
    ]);
    expect(rows[0]?.together).toEqual(['fee']);
  });

  it('tells every gate in plain words', () => {
    const numbers = { p: 0.0004, windows: 3, calibrated: 0, phi: 1, blocks: 4 };
    const score = scoreOf({
      value: 0.12,
      isSignificant: true,
      evidence: { text: '', numbers },
      verdicts: [{ rule: 'feature-drift', reason: 'waiting_for_persistence', severity: null }],
    });
    const [row] = driftRows({ ...base, shown: [score] });
    expect(row?.gates.map(({ name, state }) => [name, state])).toEqual([
      ['Rows', 'passed'],
      ['Chance', 'passed'],
      ['Size', 'passed'],
      ['Lasting', 'stopped'],
    ]);
    const text = row?.gates.map((gate) => gate.text).join(' ');
    expect(text).toContain('4 windows taken together');
    expect(text).toContain('Not calibrated: 3 windows are too few');
    expect(text).toContain('a ticket from 0.1, a page from 0.25');
  });

  it('shows what a score was really judged against, not the frozen baseline', () => {
    const parts = {
      layout: BASELINE.layouts['amount'],
      baseline: countsOf([7, 3]),
      current: countsOf([1, 9]),
    };
    const documents = new Map(
      Object.entries(parts).map(([id, part]) => [id, { id, body: JSON.stringify(part) }]),
    );
    const inputs = { layout: 'layout', baseline: 'baseline', current: 'current' };
    const score = scoreOf({
      inputs,
      baselineId: 'older',
      evidence: { text: '', against: 'the weeks before' },
    });
    expect(distributions({ baseline: BASELINE, shown: [score], documents })).toEqual([
      { scoreId: score.id, feature: 'amount', against: 'the weeks before', ...parts },
    ]);
  });

  it('compares distributions only where both were counted in the same cells', () => {
    const shown = [
      scoreOf(),
      scoreOf({ subject: 'unknown' }),
      scoreOf({ subject: 'bare', evidence: { text: '' } }),
    ];
    const documents = new Map<string, Document>();
    expect(distributions({ baseline: BASELINE, shown, documents })).toEqual([
      {
        scoreId: shown[0]?.id,
        against: null,
        feature: 'amount',
        layout: BASELINE.layouts['amount'],
        baseline: countsOf([2500, 2500]),
        current: countsOf([1, 9]),
      },
    ]);
    const older = [scoreOf({ baselineId: 'older' })];
    expect(distributions({ baseline: BASELINE, shown: older, documents })).toEqual([]);
    expect(distributions({ baseline: null, shown, documents })).toEqual([]);
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
    expect(sloRows({ slos: [slo!], scores: [score], counts: [], nowMs: NOW_MS })).toMatchObject([
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
    baselines: [],
    checkHistory: [],
    documents: new Map<string, Document>(),
    detectors: DETECTOR_NAMES,
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
