import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { loadBurnWindows } from '../../../server/burn-windows.ts';
import { pairsOf } from '../../../server/detect/slo-pairs.ts';
import { isSlothName, ruleGroups, type Ruled } from '../../../server/slo/prometheus-rules.ts';

const TABLES = loadBurnWindows(fileURLToPath(new URL('../../../alert-rules', import.meta.url)));
const DAY_MS = 86_400_000;
const model = { tenant: 'acme', model: 'fraud' };

function groupsOf(slo: Ruled['slo']) {
  const [sli, meta, alerts] = ruleGroups({ model, slo, pairs: pairsOf(TABLES, slo) });
  return { sli, meta, alerts };
}

const up: Ruled['slo'] = {
  id: 'up',
  kind: 'availability',
  target: 0.999,
  periodMs: 30 * DAY_MS,
  thresholdMs: null,
};

describe('the Prometheus rules of an objective', () => {
  it('have the groups, records and labels of Sloth', () => {
    const { sli, meta, alerts } = groupsOf(up);
    expect([sli, meta, alerts].map((group) => group?.name)).toEqual([
      'sloth-slo-sli-recordings-acme-fraud-up',
      'sloth-slo-meta-recordings-acme-fraud-up',
      'sloth-slo-alerts-acme-fraud-up',
    ]);
    expect(sli?.rules.map(({ record }) => record)).toEqual(
      ['5m', '30m', '1h', '2h', '6h', '1d', '3d', '30d'].map((window) => `slo:sli_error:ratio_rate${window}`),
    );
    expect(meta?.rules.map(({ record }) => record)).toEqual([
      'slo:objective:ratio',
      'slo:error_budget:ratio',
      'slo:time_period:days',
      'slo:current_burn_rate:ratio',
      'slo:period_burn_rate:ratio',
      'slo:period_error_budget_remaining:ratio',
      'sloth_slo_info',
    ]);
    expect(sli?.rules[0]?.labels).toEqual({
      sloth_id: 'acme-fraud-up',
      sloth_service: 'acme-fraud',
      sloth_slo: 'up',
      sloth_window: '5m',
    });
  });

  it('have one alert a severity, with the factors the objective is judged by', () => {
    const { alerts } = groupsOf(up);
    expect(alerts?.rules.map(({ labels }) => labels['sloth_severity'])).toEqual(['page', 'ticket']);
    expect(alerts?.rules[0]?.expr).toContain('> (14.4 * 0.001)');
    expect(alerts?.rules[0]?.expr).toContain('> (6 * 0.001)');
  });

  it('weigh the whole period by events, not by the mean of five minutes', () => {
    const { sli } = groupsOf(up);
    expect(sli?.rules.at(-1)?.expr).toBe(
      'sum(rate(leeway_slo_events_total{tenant="acme",model="fraud",slo="up",result="bad"}[30d]))\n/\n(sum(rate(leeway_slo_events_total{tenant="acme",model="fraud",slo="up"}[30d])) > 0)',
    );
  });

  it('take what no counter tells as Leeway exports it', () => {
    const { sli } = groupsOf({
      id: 'fresh',
      kind: 'freshness',
      target: 0.99,
      periodMs: 28 * DAY_MS,
      thresholdMs: null,
      of: 'event',
      feature: null,
      maxAgeMs: 900_000,
      sliceMs: 300_000,
    });
    expect(sli?.rules[0]?.expr).toBe(
      'max(leeway_slo_error_ratio{tenant="acme",model="fraud",slo="fresh",window="5m"})',
    );
  });
});

it.each([
  ['fraud', true],
  ['fraud-v2.1_b', true],
  ['fraud-', false],
  ['.fraud', false],
])('%s is a name for Sloth: %s', (name, isOne) => expect(isSlothName(name)).toBe(isOne));
