import { z } from '@hono/zod-openapi';
import { alert } from './alerts.ts';
import { baselineCard, check, comparison, labelCharts, level, trend } from './checks.ts';
import { asOf, count, health, list, maybe, number, severity, task, text, time } from './common.ts';
import { burnWindow, featureCounts, featureLayout, groupRate, judgedPair, sloState } from './evidence.ts';
import { incident, run } from './incidents.ts';
import { schemaFields } from './schema.ts';

const rowFields = {
  tenant: text,
  model: text,
  title: text,
  task,
  health,
  verdict: text,
  version: maybe(text),
  predictions: count,
  lastEventMs: maybe(time),
  worstFeature: maybe(z.object({ feature: text, value: number, ratio: number })),
  judgedFeatures: count,
  trend: list(maybe(number)),
  worstBudget: maybe(z.object({ slo: text, remaining: number })),
  openAlerts: z.object({ page: count, ticket: count }),
  incidentId: maybe(text),
  strip: list(z.object({ fromMs: time, health })),
};

const fleetRow = z
  .object({
    ...rowFields,
    fairness: maybe(z.object({ attribute: text, gap: number, lower: number, upper: number })),
  })
  .openapi('FleetRow');

export const fleet = z
  .object({ ...asOf, rows: list(fleetRow), unmatchedOverrides: list(text) })
  .openapi('Fleet');

const driftRow = z
  .object({
    scoreId: number,
    feature: text,
    kind: z.enum(['number', 'category', 'prediction', 'score']),
    comparison,
    level,
    value: maybe(number),
    why: maybe(text),
    ratio: maybe(number),
    psi: maybe(number),
    missingShare: maybe(number),
    rows: count,
    explanation: text,
    against: maybe(text),
    numbers: z.record(text, maybe(number)).readonly(),
    gates: list(z.object({ name: text, state: z.enum(['passed', 'stopped', 'open']), text })),
    importance: maybe(number),
    impact: maybe(number),
    together: list(text),
    limits: z.object({ ticket: maybe(number), page: maybe(number) }),
    trend,
    alert: maybe(severity),
  })
  .openapi('DriftRow');

const sloRow = z
  .object({
    slo: text,
    kind: z.enum(['availability', 'latency', 'quality', 'freshness', 'drift', 'fairness', 'cost']),
    state: maybe(sloState),
    text,
    description: text,
    target: number,
    periodMs: number,
    good: count,
    bad: count,
    remaining: maybe(number),
    exhaustionMs: maybe(time),
    excluded: count,
    waiting: count,
    sinceMs: maybe(time),
    burn: list(burnWindow),
    pairs: list(judgedPair),
    spending: maybe(
      z.object({
        spent: number,
        budget: number,
        currency: maybe(text),
        projected: maybe(number),
        perPrediction: maybe(number),
        monthToMs: time,
      }),
    ),
    trend: list(z.object({ fromMs: time, remaining: maybe(number) })),
  })
  .openapi('SloRow');

const fairnessRow = z
  .object({
    attribute: text,
    measure: z.literal('selection_rate'),
    limit: number,
    gap: maybe(number),
    lower: maybe(number),
    upper: maybe(number),
    why: maybe(text),
    groups: list(groupRate),
  })
  .openapi('FairnessRow');

export const modelDetail = z
  .object({
    ...asOf,
    ...rowFields,
    baseline: maybe(z.object({ id: text, description: text, rows: count, fromMs: time, toMs: time })),
    window: maybe(z.object({ fromMs: time, toMs: time })),
    windows: list(time),
    thresholds: z.object({ show: number, ticket: number, page: number }),
    drift: list(driftRow),
    distributions: list(
      z.object({
        scoreId: number,
        feature: text,
        against: maybe(text),
        layout: featureLayout,
        baseline: featureCounts,
        current: featureCounts,
      }),
    ),
    baselineCard,
    checks: list(check),
    labelCharts,
    slos: list(sloRow),
    fairness: list(fairnessRow),
    versions: list(z.object({ version: text, firstEventMs: time, lastEventMs: time, predictions: count })),
    volume: list(z.object({ fromMs: time, version: text, rows: count })),
    labels: count,
    alerts: list(alert),
    incidents: list(incident),
    runs: list(run),
    unmatchedOverrides: list(text),
    schema: z.object(schemaFields),
  })
  .openapi('ModelDetail');
