import { describe, expect, it } from 'vitest';
import type { ModelFacts } from '../../../../server/show/views/facts.ts';
import { modelFacts } from '../../../../server/show/views/facts.ts';
import { fleetRow, worstFirst, type FleetRowInput } from '../../../../server/show/views/fleet-row.ts';
import { healthOf, leadingAlert } from '../../../../server/show/views/health.ts';
import {
  alertOf,
  DAY_MS,
  entryOf,
  HOUR_MS,
  incidentOf,
  KEY,
  modelSettings,
  NOW_MS,
  RULES,
  scoreOf,
  settingsOf,
} from '../fixtures.ts';

const facts: ModelFacts = { ...KEY, settings: modelSettings(), entry: entryOf() };

function row(changes: Partial<FleetRowInput> = {}) {
  return fleetRow({ facts, scores: [scoreOf()], alerts: [], incidents: [], rules: RULES, ...changes });
}

const page = alertOf({ id: 'page', severity: 'page' });
const ticket = alertOf({ id: 'ticket' });
const silent = alertOf({ id: 'silent', rule: 'no-data', subject: '', severity: 'page' });

describe('health', () => {
  it.each([
    ['a page fires', [page, ticket, silent], true, 'action'],
    ['no data comes', [silent, ticket], true, 'silent'],
    ['a ticket fires', [ticket], true, 'drifting'],
    ['a ticket for fairness fires', [alertOf({ rule: 'gap' })], true, 'drifting'],
    ['nothing can be compared yet', [], false, 'learning'],
    ['nothing fires', [], true, 'healthy'],
  ] as const)('when %s', (_when, firing, hasBaseline, health) => {
    expect(healthOf({ firing, rules: RULES, hasBaseline })).toBe(health);
  });

  it('is explained by the page before the ticket, and by a broken feed before drift', () => {
    const missing = alertOf({ id: 'missing', rule: 'missing' });
    expect(leadingAlert([ticket, missing], RULES)?.id).toBe('missing');
    expect(leadingAlert([missing, page], RULES)?.id).toBe('page');
    expect(leadingAlert([], RULES)).toBeNull();
  });
});

describe('the verdict', () => {
  it('names the evidence and the likely cause of a page', () => {
    const cause = 'amount looks multiplied by 1.609';
    const alert = alertOf({ severity: 'page', evidence: { text: 'amount above 100 rose to 12 %', cause } });
    expect(row({ alerts: [alert, ticket] }).verdict).toBe(
      'amount drifts on Fraud. amount above 100 rose to 12 %. Likely cause: amount looks multiplied by 1.609. 1 more alert fires.',
    );
  });

  it('does not say the same twice', () => {
    const text = 'amount looks multiplied by 1.609';
    const alert = alertOf({ evidence: { text, cause: text } });
    expect(row({ alerts: [alert] }).verdict).toBe(`amount drifts on Fraud. ${text}.`);
  });

  it('says how far from its limit a healthy model is, and what budget is left', () => {
    const budget = scoreOf({
      detector: 'burn-rate-ticket',
      subject: 'answers',
      baselineId: null,
      evidence: { text: '', numbers: { remaining: 0.83 } },
    });
    expect(row({ scores: [scoreOf(), budget] }).verdict).toBe(
      'No feature drifts; the furthest, amount, is at 50 % of its limit; 83 % of the answers budget is left.',
    );
  });

  it('says no limit where nothing drifts at all, and that a budget is overspent', () => {
    const budget = scoreOf({
      detector: 'burn-rate-ticket',
      subject: 'answers',
      baselineId: null,
      evidence: { text: '', numbers: { remaining: -11.5 } },
    });
    expect(row({ scores: [scoreOf({ value: 0 }), budget] }).verdict).toBe(
      'No feature drifts; the answers budget is overspent by 1,150 %.',
    );
  });

  it('says since when a silent model is silent', () => {
    expect(row({ alerts: [silent] }).verdict).toBe('Silent: no prediction since 2026-11-20 23:00 UTC.');
  });

  it.each([
    [null, { kind: 'first', rows: 5000 }, 'No prediction has arrived yet.'],
    [entryOf(), { kind: 'first', rows: 5000 }, 'No baseline yet: needs 5,000 predictions, has 1,000.'],
    [entryOf(), { kind: 'first', rows: 500 }, 'Nothing judged yet: the first window has not closed.'],
    [entryOf(), { kind: 'reference', minRows: 2000 }, 'No baseline yet: needs 2,000 reference rows, has 0.'],
    [
      entryOf(),
      { kind: 'period', fromMs: 0, toMs: NOW_MS },
      'No baseline yet: its period ends 2026-11-21 00:00 UTC.',
    ],
  ] as const)('says what a learning model waits for: %#', (entry, baseline, verdict) => {
    const learning = { ...KEY, settings: modelSettings({ baseline }), entry };
    expect(row({ facts: learning, scores: [] })).toMatchObject({ health: 'learning', verdict });
  });
});

describe('a row of the fleet', () => {
  const days = (age: number) => ({
    windowFromMs: NOW_MS - age * DAY_MS,
    windowToMs: NOW_MS - (age - 1) * DAY_MS,
  });

  it('shows the feature furthest from its limit, with its last windows', () => {
    const scores = [
      scoreOf({ ...days(3), value: 0.02 }),
      scoreOf({ ...days(2), value: null, why: 'too few rows' }),
      scoreOf({ ...days(1), value: 0.3 }),
      scoreOf({ ...days(1), subject: 'country', value: 0.1 }),
      scoreOf({ ...days(1), subject: '$prediction', value: 0.9 }),
    ];
    const { worstFeature, trend } = row({ scores });
    expect(worstFeature?.feature).toBe('amount');
    expect(worstFeature?.ratio).toBeCloseTo(3);
    expect(trend).toEqual([0.02, null, 0.3]);
  });

  it('forgets a feature that the last window did not judge', () => {
    const scores = [
      scoreOf({ ...days(5), subject: 'gone', value: 0.9 }),
      scoreOf({ ...days(1), value: 0.05 }),
    ];
    expect(row({ scores }).worstFeature?.feature).toBe('amount');
  });

  it('does not count what chance explains, whatever its size', () => {
    const noise = scoreOf({ ...days(1), value: 0.9, isSignificant: false });
    expect(row({ scores: [noise] })).toMatchObject({ worstFeature: null, judgedFeatures: 1 });
    expect(row({ scores: [noise], alerts: [] }).verdict).toContain('No feature drifts; chance explains');
    const real = scoreOf({
      ...days(1),
      subject: 'b',
      detector: 'drift-moving',
      value: 0.05,
      isSignificant: true,
    });
    const rules = [...RULES, { ...RULES[0]!, id: 'recent', detector: 'drift-moving' }];
    expect(row({ scores: [noise, real], rules }).worstFeature).toMatchObject({ feature: 'b' });
  });

  it('shows the last score of a window that late rows changed', () => {
    const scores = [scoreOf({ value: 0.05 }), scoreOf({ value: 0.12 })];
    expect(row({ scores })).toMatchObject({ worstFeature: { value: 0.12 }, trend: [0.12] });
  });

  it('shows the smallest budget and the widest gap', () => {
    const budget = (subject: string, remaining: number | null) =>
      scoreOf({ detector: 'burn-rate-ticket', subject, evidence: { text: '', numbers: { remaining } } });
    const gap = (subject: string, value: number | null) =>
      scoreOf({ detector: 'fairness-gap', subject, value, lower: 0.01, upper: 0.2 });
    const scores = [
      budget('a', 0.5),
      budget('b', -0.1),
      budget('c', null),
      gap('region', 0.1),
      gap('age', null),
    ];
    expect(row({ scores })).toMatchObject({
      worstBudget: { slo: 'b', remaining: -0.1 },
      fairness: { attribute: 'region', gap: 0.1, lower: 0.01, upper: 0.2 },
    });
  });

  it('marks each window with the worst that fired in it', () => {
    const scores = [1, 2, 3, 4].map((age) => scoreOf(days(age)));
    const alerts = [
      alertOf({
        state: 'resolved',
        severity: 'page',
        startedAtMs: NOW_MS - 3 * DAY_MS + HOUR_MS,
        resolvedAtMs: NOW_MS - 2 * DAY_MS,
      }),
      alertOf({ startedAtMs: NOW_MS - HOUR_MS }),
    ];
    expect(row({ scores, alerts }).strip.map((window) => window.health)).toEqual([
      'healthy',
      'action',
      'healthy',
      'drifting',
    ]);
  });

  it('marks the window whose breach opened an alert, though it opened after the window', () => {
    const scores = [1, 2].map((age) => scoreOf(days(age)));
    const alert = alertOf({
      startedAtMs: NOW_MS + HOUR_MS,
      windowFromMs: NOW_MS - 3 * DAY_MS,
      windowToMs: NOW_MS,
    });
    expect(row({ scores, alerts: [alert] }).strip.map((window) => window.health)).toEqual([
      'healthy',
      'drifting',
    ]);
  });

  it('counts firing alerts, names the version that served last and the newest open incident', () => {
    expect(
      row({
        alerts: [page, ticket, alertOf({ state: 'resolved', resolvedAtMs: NOW_MS })],
        incidents: [
          incidentOf({ id: 'old', openedAtMs: 1 }),
          incidentOf({ id: 'new' }),
          incidentOf({ id: 'done', state: 'resolved', openedAtMs: NOW_MS }),
        ],
      }),
    ).toMatchObject({
      openAlerts: { page: 1, ticket: 1 },
      version: '7',
      incidentId: 'new',
      predictions: 1000,
    });
  });

  it('comes before healthier ones', () => {
    const rows = [row(), row({ scores: [] }), row({ alerts: [ticket] }), row({ alerts: [page] })];
    expect(rows.sort(worstFirst).map((one) => one.health)).toEqual([
      'action',
      'drifting',
      'learning',
      'healthy',
    ]);
  });
});

describe('the models', () => {
  it('are those configured and those seen, of one tenant', () => {
    const catalog = [entryOf(), entryOf({ model: 'surprise' }), entryOf({ tenant: 'other', model: 'x' })];
    const found = modelFacts({
      settings: settingsOf(),
      defaultModel: (key) => modelSettings({ ...key, title: key.model }),
      catalog,
      tenant: 'acme',
    });
    expect(found.map((one) => [one.settings.title, one.entry?.predictions])).toEqual([
      ['Fraud', 1000],
      ['surprise', 1000],
    ]);
  });
});
