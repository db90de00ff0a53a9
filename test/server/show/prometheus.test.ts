import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { METRICS, type MetricFamily } from '../../../server/metrics.ts';
import { createMetrics } from '../../../server/show/prometheus.ts';
import { windowName } from '../../../server/show/slo-samples.ts';
import { capSeries, onlyTenant, type Sample } from '../../../server/show/series.ts';
import {
  appOf,
  bearer,
  entryOf,
  fakeControl,
  fakeTelemetry,
  NOW_MS,
  scoreOf,
  settingsOf,
} from './fixtures.ts';

const ingested = {
  tenant: 'acme',
  protocol: 'json',
  status: 200,
  seconds: 0.01,
  bytes: 100,
  accepted: { predictions: 3, labels: 0 },
  repeated: 0,
  rejected: [{ reason: 'missing_model', count: 2 }],
};

describe('the table of metrics', () => {
  it.each(Object.entries(METRICS) as [string, MetricFamily][])(
    '%s follows the naming rules',
    (name, family) => {
      // Beside Leeway's own those that Karma and dashboards for Sloth ask for.
      expect(name).toMatch(
        /^(leeway_[a-z_]+|alertmanager_build_info|slo:[a-z_]+:[a-z_]+(\d+[mhd])?|sloth_slo_info)$/,
      );
      expect(name.endsWith('_total')).toBe(family.type === 'counter');
      if (family.type === 'histogram') expect(name).toMatch(/_seconds$/);
      expect(family.help.length).toBeGreaterThan(10);
      for (const label of family.labels) expect(label).toMatch(/^[a-z_]+$/);
    },
  );
});

describe('a scrape', () => {
  it('tells how many values were not as declared, by model and kind', async () => {
    const catalog = async () => [entryOf({ violations: { below_min: 3, wrong_kind: 1 } })];
    const response = await appOf({ telemetry: fakeTelemetry({ catalog }) }).request('/metrics', {
      headers: bearer('acme-read'),
    });
    const page = await response.text();
    expect(page).toMatch(/leeway_schema_violations_total\{[^}]*kind="below_min"[^}]*\} 3/);
    expect(page).toMatch(/leeway_schema_violations_total\{[^}]*kind="wrong_kind"[^}]*\} 1/);
  });

  it.each([
    [
      'since when a page has reached nobody',
      NOW_MS,
      `leeway_page_unreached_timestamp_seconds ${NOW_MS / 1000}`,
    ],
    ['nothing of it while each has reached somebody', null, null],
  ])('tells %s', async (_name, oldestUnreachedPageMs, line) => {
    const known = await fakeControl().counters();
    const control = fakeControl({ counters: async () => ({ ...known, oldestUnreachedPageMs }) });
    const response = await appOf({ control }).request('/metrics', { headers: bearer('all-read') });
    const lines = (await response.text()).split('\n');
    expect(lines.find((one) => one.startsWith('leeway_page_unreached')) ?? null).toBe(line);
  });

  it('is OpenMetrics, also the second time, with counters named as in the table', async () => {
    const metrics = createMetrics();
    metrics.ingest(ingested);
    await metrics.render([]);
    const page = await metrics.render([]);
    expect(metrics.contentType).toContain('application/openmetrics-text');
    expect(page).toContain(
      'leeway_ingest_rejected_records_total{tenant="acme",protocol="json",reason="missing_model"} 2',
    );
    expect(page).toContain('process_resident_memory_bytes');
    expect(page.trimEnd().endsWith('# EOF')).toBe(true);
  });

  it('drops a series that is gone, and shows no value where there is none', async () => {
    const metrics = createMetrics();
    const sample: Sample = {
      family: 'leeway_feature_drift_ratio',
      labels: { tenant: 'acme', model: 'fraud', feature: 'amount' },
      value: 0.5,
    };
    expect(await metrics.render([sample])).toContain('feature="amount"} 0.5');
    const next = await metrics.render([]);
    expect(next).not.toContain('feature="amount"');
    expect(next).not.toMatch(/^leeway_storage_database_bytes/m);
    expect(next).toMatch(/^leeway_metrics_exported_series 0$/m);
  });

  it('renders every family of the table without complaint', async () => {
    const metrics = createMetrics();
    const samples = (Object.entries(METRICS) as [Sample['family'], MetricFamily][])
      .filter(([, family]) => family.source === 'state')
      .filter(([name]) => !name.startsWith('leeway_metrics_'))
      .map(([family, { labels }]) => ({
        family,
        labels: Object.fromEntries(labels.map((label) => [label, 'x'])),
        value: 1,
      }));
    metrics.ingest(ingested);
    metrics.delivery({ receiver: 'slack', kind: 'notice', result: 'retry', reason: 'rate', seconds: 1 });
    metrics.templateFailure({ receiver: 'slack', template: 'text' });
    metrics.detectorRun({ job: 'windows', result: 'ok', seconds: 1 });
    const page = await metrics.render(samples);
    for (const name of Object.keys(METRICS)) {
      if (name === 'leeway_metrics_suppressed_series') continue;
      expect(page).toMatch(new RegExp(`^${name}(_bucket)?[{ ]`, 'm'));
    }
  });

  it('counts what the limit on series leaves out', () => {
    const sample = (feature: string): Sample => ({
      family: 'leeway_feature_drift_ratio',
      labels: { feature },
      value: 1,
    });
    const { kept, suppressed } = capSeries(['a', 'b', 'c'].map(sample), 2);
    expect(kept).toHaveLength(2);
    expect([...suppressed]).toEqual([['leeway_feature_drift_ratio', 1]]);
  });

  it('of one tenant never holds a series of another, whatever tenants and features are called', async () => {
    const name = fc.string({
      minLength: 1,
      maxLength: 8,
      unit: fc.constantFrom('a', '"', '\\', '\n', ',', '{', '='),
    });
    await fc.assert(
      fc.asyncProperty(name, name, name, async (own, other, feature) => {
        fc.pre(own !== other);
        const metrics = createMetrics();
        const samples = [own, other].map((tenant) => ({
          family: 'leeway_feature_drift_ratio' as const,
          labels: { tenant, model: `,tenant="${own}"`, feature },
          value: tenant === own ? 1 : 2,
        }));
        const lines = onlyTenant(await metrics.render(samples), own)
          .split('\n')
          .filter((line) => line.startsWith('leeway_'));
        expect(lines).toHaveLength(1);
        expect(lines[0]?.endsWith(' 1')).toBe(true);
      }),
      { numRuns: 60 },
    );
  });
});

describe('GET /metrics', () => {
  const scrape = (app: ReturnType<typeof appOf>, key?: string) =>
    app.request('/metrics', key === undefined ? {} : { headers: bearer(key) });

  it('needs a key that may read, unless it is opened', async () => {
    const listen = { ...settingsOf().listen, openMetrics: true };
    expect((await scrape(appOf())).status).toBe(401);
    expect((await scrape(appOf(), 'all-ingest')).status).toBe(403);
    expect((await scrape(appOf(), 'all-read')).status).toBe(200);
    expect((await scrape(appOf({ settings: settingsOf({ listen }) }))).status).toBe(200);
  });

  it('tells the same numbers as the pages', async () => {
    const burn = [
      { windowMs: 3_600_000, rate: 2, threshold: 14.4, bad: 2, total: 100 },
      { windowMs: 28 * 86_400_000, rate: 0.75, threshold: null, bad: 3, total: 400 },
    ];
    const control = fakeControl({
      fleetScores: async () => [
        scoreOf({ value: 0.2 }),
        scoreOf({ subject: '$prediction', value: 0.1 }),
        scoreOf({
          detector: 'burn-rate-ticket',
          subject: 'answers',
          evidence: {
            text: '',
            burn,
            sloState: 'ok',
            numbers: { remaining: 0.25, good: 9, bad: 1, exhaustionMs: null },
          },
        }),
      ],
    });
    const telemetry = fakeTelemetry({
      sloTotals: async () => [{ tenant: 'acme', model: 'fraud', slo: 'answers', good: 98, bad: 2 }],
    });
    const page = await (await scrape(appOf({ control, telemetry }), 'all-read')).text();
    const sloth =
      'tenant="acme",model="fraud",sloth_id="acme-fraud-answers",sloth_service="acme-fraud",sloth_slo="answers"';
    for (const line of [
      'leeway_slo_events_total{tenant="acme",model="fraud",slo="answers",result="bad"} 2',
      'leeway_slo_error_ratio{tenant="acme",model="fraud",slo="answers",window="1h"} 0.02',
      'leeway_slo_state{tenant="acme",model="fraud",slo="answers",state="ok"} 1',
      `slo:sli_error:ratio_rate1h{${sloth},sloth_window="1h"} 0.02`,
      `slo:sli_error:ratio_rate28d{${sloth},sloth_window="28d"} 0.0075`,
      `slo:objective:ratio{${sloth}} 0.99`,
      `slo:error_budget:ratio{${sloth}} 0.01`,
      `slo:time_period:days{${sloth}} 28`,
      `slo:current_burn_rate:ratio{${sloth}} 2`,
      `slo:period_burn_rate:ratio{${sloth}} 0.75`,
      `slo:period_error_budget_remaining:ratio{${sloth}} 0.25`,
      `sloth_slo_info{${sloth},sloth_mode="leeway",sloth_objective="99"} 1`,
      'leeway_build_info{version="0.1.0",external_url="http://127.0.0.1:8080"} 1',
      'leeway_model_status{tenant="acme",model="fraud"} 1',
      'leeway_model_status{tenant="other",model="churn"} 4',
      'leeway_model_info{tenant="acme",model="fraud",model_version="7",task="binary"} 1',
      'leeway_feature_drift_ratio{tenant="acme",model="fraud",feature="amount",comparison="fixed"} 2',
      'leeway_features_drifted{tenant="acme",model="fraud"} 1',
      'leeway_prediction_drift_ratio{tenant="acme",model="fraud",output="prediction",comparison="fixed"} 0.5',
      'leeway_slo_burn_rate{tenant="acme",model="fraud",slo="answers",window="1h"} 2',
      'leeway_slo_error_budget_remaining_ratio{tenant="acme",model="fraud",slo="answers"} 0.25',
      'leeway_predictions_total{tenant="acme",model="fraud"} 1000',
      `leeway_ingest_last_record_timestamp_seconds{tenant="acme",model="fraud"} ${(NOW_MS - 3_600_000) / 1000}`,
      'leeway_alerts{tenant="acme",severity="ticket",state="firing"} 1',
      'leeway_incident_active{tenant="acme",model="fraud",severity="page"} 1',
      'leeway_store_readable 1',
    ])
      expect(page.split('\n')).toContain(line);
    expect(page).not.toMatch(/^leeway_slo_exhaustion_timestamp_seconds/m);
  });

  it('exports every score, whatever its detector, with what chance explains as 0 of its limit', async () => {
    const control = fakeControl({
      fleetScores: async () => [
        scoreOf({ value: 0.9, isSignificant: false }),
        scoreOf({ value: 0.2, isSignificant: true, detector: 'drift-moving' }),
        scoreOf({ detector: 'shape-of-things', subject: '', value: 4, rows: 12 }),
        scoreOf({ detector: 'volume', subject: '', value: null, why: 'needs 5 windows', rows: 7 }),
      ],
    });
    const page = await (await scrape(appOf({ control }), 'all-read')).text();
    const of = (detector: string, subject: string, comparison: string) =>
      `{tenant="acme",model="fraud",detector="${detector}",subject="${subject}",comparison="${comparison}"}`;
    for (const line of [
      `leeway_score${of('drift', 'amount', 'fixed')} 0.9`,
      `leeway_score_limit_ratio${of('drift', 'amount', 'fixed')} 0`,
      `leeway_score_significant${of('drift', 'amount', 'fixed')} 0`,
      `leeway_score_significant${of('drift-moving', 'amount', 'moving')} 1`,
      `leeway_score${of('shape-of-things', '', '')} 4`,
      `leeway_score_rows${of('shape-of-things', '', '')} 12`,
      `leeway_score_rows${of('volume', '', '')} 7`,
      'leeway_scores_undecided{tenant="acme",model="fraud",detector="volume"} 1',
      'leeway_features_drifted{tenant="acme",model="fraud"} 0',
      'leeway_feature_drift_js_distance{tenant="acme",model="fraud",feature="amount",comparison="fixed"} 0.9',
      'leeway_baseline_info{tenant="acme",model="fraud",baseline="base-1",comparison="moving"} 1',
    ])
      expect(page.split('\n')).toContain(line);
    expect(page).not.toContain(`leeway_score${of('volume', '', '')}`);
    expect(page).not.toContain(`leeway_score_significant${of('shape-of-things', '', '')}`);
  });

  it('bounds the series of a detector of a thousand features', async () => {
    const control = fakeControl({
      fleetScores: async () =>
        Array.from({ length: 1000 }, (_, index) =>
          scoreOf({ subject: `f${index}`, value: index < 60 ? 0.5 : 0.01, isSignificant: true }),
        ),
    });
    const page = await (await scrape(appOf({ control }), 'all-read')).text();
    expect(page.split('\n').filter((line) => line.startsWith('leeway_score{'))).toHaveLength(60);
    expect(page).toContain('leeway_features_monitored{tenant="acme",model="fraud"} 1000');
  });

  it('shows a key of one tenant nothing of another, nor of the process but the API that Karma asks for', async () => {
    const page = await (await scrape(appOf(), 'other-read')).text();
    const series = page.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    expect(series).toContain('leeway_model_status{tenant="other",model="churn"} 4');
    expect(series.filter((line) => !line.includes('tenant="other"'))).toEqual([
      'alertmanager_build_info{version="0.25.0"} 1',
    ]);
    expect(page).not.toContain('acme');
  });

  it('asks the stores once a second, however many scrape', async () => {
    let reads = 0;
    let nowMs = NOW_MS;
    const telemetry = fakeTelemetry({
      catalog: async () => {
        reads += 1;
        return [entryOf()];
      },
    });
    const app = appOf({ telemetry, realClock: { now: () => nowMs } });
    await Promise.all([scrape(app, 'all-read'), scrape(app, 'all-read'), scrape(app, 'all-read')]);
    expect(reads).toBe(1);
    nowMs += 1000;
    await scrape(app, 'all-read');
    expect(reads).toBe(2);
  });

  it('still tells of the process when a store fails', async () => {
    const telemetry = fakeTelemetry({
      catalog: async () => {
        throw new Error('gone');
      },
    });
    const page = await (await scrape(appOf({ telemetry }), 'all-read')).text();
    expect(page).toContain('leeway_store_readable 0');
    expect(page).toContain('process_start_time_seconds');
    expect(page).not.toMatch(/^leeway_model_status/m);
  });
});

it.each([
  [300_000, '5m'],
  [3_600_000, '1h'],
  [259_200_000, '3d'],
  [5_400_000, '90m'],
])('writes %i ms as %s', (windowMs, name) => {
  expect(windowName(windowMs)).toBe(name);
});
