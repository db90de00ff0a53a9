import { dashboard, select, selectInstance, type PanelPlan } from './builder.ts';

/** Colours that people with any kind of colour blindness can tell apart; the words say it too. */
const WARN = 'orange';
const ACTION = 'red';
const LIMIT = [{ at: 1, color: WARN }] as const;
const MODEL_PAGE = {
  title: 'Open in Leeway',
  url: '${leeway_url}/#/models/${__field.labels.tenant}/${__field.labels.model}',
} as const;
const HEALTH = [
  {
    type: 'value',
    options: {
      0: { text: 'Healthy', color: 'blue', index: 0 },
      1: { text: 'Drifting', color: WARN, index: 1 },
      2: { text: 'Action', color: ACTION, index: 2 },
      3: { text: 'Silent', color: 'text', index: 3 },
      4: { text: 'Learning', color: 'purple', index: 4 },
    },
  },
];

function modelsIn(status: number): string {
  return `count(${select('leeway_model_status')} == ${status}) or vector(0)`;
}

const counts: readonly PanelPlan[] = [
  count({
    title: 'How many models are watched?',
    description: 'Models that are configured or have sent a prediction.',
    expr: `count(${select('leeway_model_status')})`,
  }),
  count({
    title: 'How many need action?',
    description: 'Models with a page that fires. Open the incident in Leeway and follow its runbook.',
    expr: modelsIn(2),
    color: ACTION,
  }),
  count({
    title: 'How many drift?',
    description: 'Models with a ticket that fires: drift, data quality, fairness or error budget.',
    expr: modelsIn(1),
    color: WARN,
  }),
  count({
    title: 'How many are silent?',
    description: 'Models that stopped sending predictions. Check the serving process and its API key.',
    expr: modelsIn(3),
    color: WARN,
  }),
];

function count(plan: {
  readonly title: string;
  readonly description: string;
  readonly expr: string;
  readonly color?: string;
}): PanelPlan {
  return {
    kind: 'stat',
    title: plan.title,
    description: plan.description,
    unit: 'none',
    noValue: 'Leeway is not scraped',
    width: 6,
    height: 4,
    queries: [{ expr: plan.expr, legend: 'models' }],
    steps: plan.color === undefined ? [] : [{ at: 1, color: plan.color }],
  };
}

const overTime: readonly PanelPlan[] = [
  {
    kind: 'state-timeline',
    title: 'Which models were unwell, and since when?',
    description: 'Health of each model over time, as on the fleet page.',
    unit: 'none',
    noValue: 'No model yet',
    width: 24,
    height: 8,
    queries: [{ expr: select('leeway_model_status'), legend: '{{tenant}} / {{model}}' }],
    mappings: HEALTH,
    link: MODEL_PAGE,
  },
  {
    kind: 'timeseries',
    title: 'Which features drift the most?',
    description:
      'Drift over its ticket limit for the ten furthest features; 1 is the limit, 0 means that chance explains it. "fixed" is against the baseline, "moving" against the weeks before. Compare the distributions in Leeway.',
    unit: 'none',
    noValue: 'No window judged yet: the baseline is still forming',
    width: 12,
    height: 9,
    queries: [
      {
        expr: `topk(10, ${select('leeway_feature_drift_ratio')})`,
        legend: '{{model}}: {{feature}} ({{comparison}})',
      },
    ],
    steps: LIMIT,
    min: 0,
    link: MODEL_PAGE,
  },
  {
    kind: 'timeseries',
    title: 'Do the predictions themselves drift?',
    description:
      'Drift of prediction and score over their ticket limit; 1 is the limit, 0 means that chance explains it.',
    unit: 'none',
    noValue: 'No window judged yet: the baseline is still forming',
    width: 12,
    height: 9,
    queries: [
      { expr: select('leeway_prediction_drift_ratio'), legend: '{{model}}: {{output}} ({{comparison}})' },
    ],
    steps: LIMIT,
    min: 0,
    link: MODEL_PAGE,
  },
  {
    kind: 'timeseries',
    title: 'How much error budget is left?',
    description: 'Share of the budget of each SLO for its period. At 0 the promise is broken.',
    unit: 'percentunit',
    noValue: 'No SLO configured, or no traffic yet',
    width: 12,
    height: 9,
    queries: [{ expr: select('leeway_slo_error_budget_remaining_ratio'), legend: '{{model}}: {{slo}}' }],
    max: 1,
    link: MODEL_PAGE,
  },
  {
    kind: 'timeseries',
    title: 'How fast does the budget burn?',
    description: 'Burn rate over one hour; 1 uses up the budget exactly in its period, 14.4 pages.',
    unit: 'none',
    noValue: 'No SLO configured, or no traffic yet',
    width: 12,
    height: 9,
    queries: [{ expr: select('leeway_slo_burn_rate', ['window="1h"']), legend: '{{model}}: {{slo}}' }],
    steps: [
      { at: 1, color: WARN },
      { at: 14.4, color: ACTION },
    ],
    min: 0,
    link: MODEL_PAGE,
  },
  {
    kind: 'timeseries',
    title: 'Are groups treated alike?',
    description:
      'Largest difference of selection rates between groups, its 95 % interval, and the limit of the ticket.',
    unit: 'percentunit',
    noValue: 'No protected attribute configured, or too few rows in a group',
    width: 12,
    height: 9,
    queries: [
      { expr: select('leeway_fairness_gap_ratio'), legend: '{{model}}: {{attribute}}' },
      { expr: select('leeway_fairness_gap_lower_ratio'), legend: '{{model}}: {{attribute}} lower' },
      { expr: select('leeway_fairness_gap_upper_ratio'), legend: '{{model}}: {{attribute}} upper' },
      { expr: select('leeway_fairness_gap_limit_ratio'), legend: '{{model}}: {{attribute}} limit' },
    ],
    min: 0,
    link: MODEL_PAGE,
  },
  {
    kind: 'timeseries',
    title: 'Which features go missing?',
    description:
      'Share of rows without the feature, the ten worst. A jump means a broken feed: mend it before retraining.',
    unit: 'percentunit',
    noValue: 'No window judged yet: the baseline is still forming',
    width: 12,
    height: 9,
    queries: [
      { expr: `topk(10, ${select('leeway_feature_missing_ratio')})`, legend: '{{model}}: {{feature}}' },
    ],
    min: 0,
    link: MODEL_PAGE,
  },
];

const traffic: readonly PanelPlan[] = [
  {
    kind: 'table',
    title: 'Which version serves each model?',
    description: 'The versions seen last, at most three a model.',
    unit: 'none',
    noValue: 'No model yet',
    width: 12,
    height: 8,
    queries: [{ expr: select('leeway_model_info'), legend: '' }],
    columns: { tenant: 'Tenant', model: 'Model', model_version: 'Version', task: 'Task' },
  },
  {
    kind: 'timeseries',
    title: 'How many predictions arrive?',
    description: 'Predictions stored per second. A fall to 0 is a silent model.',
    unit: 'cps',
    noValue: 'No prediction yet: send the first one',
    width: 12,
    height: 8,
    queries: [
      {
        expr: `sum by (tenant, model) (rate(${select('leeway_predictions_total')}[$__rate_interval]))`,
        legend: '{{tenant}} / {{model}}',
      },
    ],
    min: 0,
    link: MODEL_PAGE,
  },
  {
    kind: 'timeseries',
    title: 'What does Leeway refuse, and why?',
    description:
      'Refused records per second by reason. Examples are under "Send your first prediction" in Leeway.',
    unit: 'cps',
    noValue: 'Nothing was refused',
    width: 12,
    height: 8,
    queries: [
      {
        expr: `sum by (tenant, reason) (rate(${selectInstance('leeway_ingest_rejected_records_total', ['tenant=~"$tenant"'])}[$__rate_interval]))`,
        legend: '{{tenant}}: {{reason}}',
      },
    ],
    min: 0,
  },
  {
    kind: 'timeseries',
    title: 'Are people told?',
    description:
      'Delivery attempts per second by receiver and result. "failed" means that somebody was not told.',
    unit: 'cps',
    noValue: 'Nothing to tell yet',
    width: 12,
    height: 8,
    queries: [
      {
        expr: `sum by (receiver, result) (rate(${selectInstance('leeway_deliveries_total')}[$__rate_interval]))`,
        legend: '{{receiver}}: {{result}}',
      },
    ],
    min: 0,
  },
  {
    kind: 'timeseries',
    title: 'How long does an acknowledgement take?',
    description: '99th percentile of ingest requests, on disk included.',
    unit: 's',
    noValue: 'No request yet',
    width: 12,
    height: 8,
    queries: [
      {
        expr: `histogram_quantile(0.99, sum by (le, protocol) (rate(${selectInstance('leeway_ingest_request_duration_seconds').replace('{', '_bucket{')}[$__rate_interval])))`,
        legend: '{{protocol}}',
      },
    ],
    min: 0,
  },
  {
    kind: 'timeseries',
    title: 'How much disk does Leeway use?',
    description: 'Database file and write-ahead log of the telemetry store.',
    unit: 'bytes',
    noValue: 'Leeway is not scraped',
    width: 12,
    height: 8,
    queries: [
      { expr: selectInstance('leeway_storage_database_bytes'), legend: '{{instance}} database' },
      { expr: selectInstance('leeway_storage_wal_bytes'), legend: '{{instance}} write-ahead log' },
    ],
    min: 0,
  },
];

/** Which models need somebody now, since when, and why. */
export const fleetDashboard = dashboard({
  uid: 'leeway-fleet',
  title: 'Leeway: fleet',
  description: 'Which models need somebody now, since when, and why.',
  panels: [...counts, ...overTime, ...traffic],
});
