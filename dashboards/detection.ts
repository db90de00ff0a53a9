import { dashboard, select, type PanelPlan } from './builder.ts';

const WARN = 'orange';
const LIMIT = [{ at: 1, color: WARN }] as const;
const MODEL_PAGE = {
  title: 'Open in Leeway',
  url: '${leeway_url}/#/models/${__field.labels.tenant}/${__field.labels.model}',
} as const;
const NOT_YET = 'No window judged yet: the baseline is still forming';

function line(
  plan: Pick<PanelPlan, 'title' | 'description'> & {
    readonly expr: string;
    readonly legend: string;
    readonly noValue?: string;
    readonly unit?: PanelPlan['unit'];
    readonly limit?: boolean;
  },
): PanelPlan {
  return {
    kind: 'timeseries',
    title: plan.title,
    description: plan.description,
    unit: plan.unit ?? 'none',
    noValue: plan.noValue ?? NOT_YET,
    width: 12,
    height: 9,
    queries: [{ expr: plan.expr, legend: plan.legend }],
    ...(plan.limit === true && { steps: LIMIT }),
    min: 0,
    link: MODEL_PAGE,
  };
}

/** The furthest of one detector over its limit, as its rules judge it. */
function furthest(detector: string): string {
  return `topk(10, ${select('leeway_score_limit_ratio', [`detector=~"${detector}"`])})`;
}

const drift: readonly PanelPlan[] = [
  line({
    title: 'Which features drift, and against what?',
    description:
      'Drift over its ticket limit; 1 is the limit, 0 means that chance explains it. "fixed" is against the baseline, "moving" against the weeks before.',
    expr: `topk(10, ${select('leeway_feature_drift_ratio')})`,
    legend: '{{model}}: {{feature}} ({{comparison}})',
    limit: true,
  }),
  line({
    title: 'How far are features from what they are compared with?',
    description:
      'Jensen-Shannon distance, base 2, without the part chance explains on average; whether chance explains all of it is another question.',
    expr: `topk(10, ${select('leeway_feature_drift_js_distance')})`,
    legend: '{{model}}: {{feature}} ({{comparison}})',
  }),
  line({
    title: 'What is the population stability index?',
    description: 'PSI beside the distance, for people who think in it. Nothing is decided by it.',
    expr: `topk(10, ${select('leeway_feature_drift_psi')})`,
    legend: '{{model}}: {{feature}} ({{comparison}})',
  }),
  line({
    title: 'How many changes are more than chance?',
    description: 'Scores that were tested and that chance does not explain, of any size, by detector.',
    expr: `sum by (tenant, model, detector) (${select('leeway_score_significant')})`,
    legend: '{{model}}: {{detector}}',
  }),
];

const feed: readonly PanelPlan[] = [
  line({
    title: 'Do rows come as they did?',
    description:
      'Rows of a window, repeated ids, columns, kinds, missing values and the like, over their limits; 1 or more is a ticket. Mend the feed before anything is trained on it.',
    expr: furthest(
      'volume|duplicate-ids|schema-change|type-mismatch|constant-value|missing-rate|unseen-rate|range-rate|non-finite-rate|lost-rate|unit-change',
    ),
    legend: '{{model}}: {{detector}} {{subject}}',
    limit: true,
  }),
  line({
    title: 'What could not be judged for want of data?',
    description: 'Features, groups or models a detector had too few rows for. This is not the same as calm.',
    expr: `${select('leeway_scores_undecided')} > 0`,
    legend: '{{model}}: {{detector}}',
    noValue: 'Everything could be judged',
  }),
];

const labels: readonly PanelPlan[] = [
  line({
    title: 'Is the model wrong more often?',
    description:
      'The rise of the error over its limit, from labels that have come; 1 or more is a ticket, 0 means that chance explains it.',
    expr: furthest('error-change'),
    legend: '{{model}}',
    noValue: 'No labels yet, or the error is still being learned',
    limit: true,
  }),
  line({
    title: 'Do labels come, and are they as they were?',
    description:
      'Missing labels, drift of the labels and of what scores mean, over their limits; 1 or more is a ticket.',
    expr: furthest('label-coverage|target-drift|target-mean|calibration-error'),
    legend: '{{model}}: {{detector}}',
    noValue: 'No labels yet',
    limit: true,
  }),
  {
    kind: 'table',
    title: 'Which baseline is each model judged against?',
    description: 'The baseline of the latest judged window, by comparison.',
    unit: 'none',
    noValue: NOT_YET,
    width: 24,
    height: 8,
    queries: [{ expr: select('leeway_baseline_info'), legend: '' }],
    columns: { tenant: 'Tenant', model: 'Model', baseline: 'Baseline', comparison: 'Comparison' },
  },
];

/** What moved, whether chance explains it, and whether rows and labels come as they did. */
export const detectionDashboard = dashboard({
  uid: 'leeway-detection',
  title: 'Leeway: drift and data quality',
  description: 'What moved, whether chance explains it, and whether rows and labels come as they did.',
  panels: [...drift, ...feed, ...labels],
});
