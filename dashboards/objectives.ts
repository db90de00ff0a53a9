import { dashboard, select, selectInstance, type PanelPlan } from './builder.ts';

const WARN = 'orange';
const ACTION = 'red';
const MODEL_PAGE = {
  title: 'Open in Leeway',
  url: '${leeway_url}/#/models/${__field.labels.tenant}/${__field.labels.model}',
} as const;
const SERIES = '{{tenant}} / {{model}}: {{slo}}';
const NO_OBJECTIVE = 'No SLO configured, or no traffic yet';

function objectivesThatAre(state: string): string {
  return `sum(${select('leeway_slo_state', [`state="${state}"`])}) or vector(0)`;
}

const counts: readonly PanelPlan[] = [
  {
    kind: 'stat',
    title: 'How many objectives burn?',
    description:
      'Objectives whose errors would use up the budget too soon, by the burn windows of their rules.',
    unit: 'none',
    noValue: 'Leeway is not scraped',
    width: 6,
    height: 4,
    queries: [{ expr: objectivesThatAre('burning'), legend: 'objectives' }],
    steps: [{ at: 1, color: ACTION }],
  },
  {
    kind: 'stat',
    title: 'How many have nothing to judge?',
    description: 'Objectives without traffic. That is no success: look whether the model is served at all.',
    unit: 'none',
    noValue: 'Leeway is not scraped',
    width: 6,
    height: 4,
    queries: [{ expr: objectivesThatAre('nodata'), legend: 'objectives' }],
    steps: [{ at: 1, color: WARN }],
  },
  {
    kind: 'stat',
    title: 'How many receivers cannot be reached?',
    description:
      'Receivers that kept failing and are tried by one delivery at a time. Pages go to the fallback meanwhile.',
    unit: 'none',
    noValue: 'No receiver configured',
    width: 6,
    height: 4,
    queries: [{ expr: `sum(${selectInstance('leeway_receiver_breaker_open')})`, legend: 'receivers' }],
    steps: [{ at: 1, color: ACTION }],
  },
  {
    kind: 'stat',
    title: 'How many messages wait?',
    description:
      'Deliveries that are queued and have not arrived. A number that stays is a receiver that is down.',
    unit: 'none',
    noValue: 'No receiver configured',
    width: 6,
    height: 4,
    queries: [{ expr: `sum(${selectInstance('leeway_deliveries_waiting')})`, legend: 'deliveries' }],
    steps: [{ at: 10, color: WARN }],
  },
];

const budgets: readonly PanelPlan[] = [
  {
    kind: 'bargauge',
    title: 'How much error budget is left now?',
    description: 'Share of the budget of each objective for its period. At 0 the promise is broken.',
    unit: 'percentunit',
    noValue: NO_OBJECTIVE,
    width: 12,
    height: 9,
    queries: [{ expr: select('leeway_slo_error_budget_remaining_ratio'), legend: SERIES }],
    min: 0,
    max: 1,
    link: MODEL_PAGE,
  },
  {
    kind: 'table',
    title: 'What is each objective now?',
    description: 'ok, burning, nodata (nothing to judge) or pending (the labels have not come yet).',
    unit: 'none',
    noValue: NO_OBJECTIVE,
    width: 12,
    height: 9,
    queries: [{ expr: `${select('leeway_slo_state')} == 1`, legend: '' }],
    columns: { tenant: 'Tenant', model: 'Model', slo: 'Objective', state: 'State' },
  },
  {
    kind: 'timeseries',
    title: 'How fast do the budgets burn, window by window?',
    description:
      'Error rate over the rate that uses up the budget exactly in its period. A page needs a short and a long window above its limit.',
    unit: 'none',
    noValue: NO_OBJECTIVE,
    width: 24,
    height: 10,
    queries: [{ expr: select('leeway_slo_burn_rate'), legend: `${SERIES} ({{window}})` }],
    steps: [{ at: 1, color: WARN }],
    min: 0,
    link: MODEL_PAGE,
  },
  {
    kind: 'timeseries',
    title: 'How long does each budget last at this rate?',
    description: 'Time until the budget is used up if errors go on as now; no line where it lasts.',
    unit: 's',
    noValue: 'Every budget lasts',
    width: 12,
    height: 9,
    queries: [{ expr: `${select('leeway_slo_exhaustion_timestamp_seconds')} - time()`, legend: SERIES }],
    min: 0,
    link: MODEL_PAGE,
  },
  {
    kind: 'timeseries',
    title: 'How many events are bad?',
    description: 'Bad events per second, as they come, of objectives that count predictions.',
    unit: 'cps',
    noValue: NO_OBJECTIVE,
    width: 12,
    height: 9,
    queries: [
      {
        expr: `sum by (tenant, model, slo) (rate(${select('leeway_slo_events_total', ['result="bad"'])}[$__rate_interval]))`,
        legend: SERIES,
      },
    ],
    min: 0,
    link: MODEL_PAGE,
  },
  {
    kind: 'timeseries',
    title: 'What do predictions cost this month?',
    description: 'Money spent in the calendar month, and the limit of it, in the currency of the objective.',
    unit: 'none',
    noValue: 'No objective of cost configured',
    width: 12,
    height: 9,
    queries: [
      { expr: select('leeway_slo_spent'), legend: SERIES },
      { expr: select('leeway_slo_spending_limit'), legend: `${SERIES} limit` },
    ],
    min: 0,
    link: MODEL_PAGE,
  },
  {
    kind: 'timeseries',
    title: 'How many alerts fire, and who has them?',
    description: 'Firing alerts by severity and by what was done about them.',
    unit: 'none',
    noValue: 'Nothing fires',
    width: 12,
    height: 9,
    queries: [
      {
        expr: `sum by (severity, state) (${selectInstance('leeway_alerts', ['tenant=~"$tenant"'])})`,
        legend: '{{severity}}, {{state}}',
      },
    ],
    min: 0,
  },
];

const telling: readonly PanelPlan[] = [
  {
    kind: 'timeseries',
    title: 'Why do deliveries fail?',
    description:
      'Attempts per second that told nobody, by why. They are tried again; what is given up stands among the dead.',
    unit: 'cps',
    noValue: 'Nothing has failed',
    width: 12,
    height: 9,
    queries: [
      {
        expr: `sum by (receiver, reason) (rate(${selectInstance('leeway_delivery_failures_total')}[$__rate_interval]))`,
        legend: '{{receiver}}: {{reason}}',
      },
    ],
    min: 0,
  },
  {
    kind: 'timeseries',
    title: 'How long has the oldest message waited?',
    description:
      'Age of the oldest delivery that has not arrived, by receiver. A page older than minutes means that somebody was not told.',
    unit: 's',
    noValue: 'Nothing waits',
    width: 12,
    height: 9,
    queries: [
      {
        expr: `time() - ${selectInstance('leeway_deliveries_oldest_timestamp_seconds')}`,
        legend: '{{receiver}}',
      },
    ],
    steps: [{ at: 300, color: ACTION }],
    min: 0,
  },
  {
    kind: 'timeseries',
    title: 'How long does telling take?',
    description: '99th percentile of one delivery attempt, by kind of receiver.',
    unit: 's',
    noValue: 'Nothing told yet',
    width: 12,
    height: 9,
    queries: [
      {
        expr: `histogram_quantile(0.99, sum by (le, kind) (rate(${selectInstance('leeway_delivery_duration_seconds').replace('{', '_bucket{')}[$__rate_interval])))`,
        legend: '{{kind}}',
      },
    ],
    min: 0,
  },
  {
    kind: 'timeseries',
    title: 'What was given up for good?',
    description:
      'Deliveries that died. See `leeway deliveries --dead`, mend the receiver, then send them again.',
    unit: 'none',
    noValue: 'Nothing was given up',
    width: 12,
    height: 9,
    queries: [
      {
        expr: `increase(${selectInstance('leeway_deliveries_dead_total')}[$__rate_interval])`,
        legend: '{{instance}}',
      },
    ],
    min: 0,
  },
];

/** Which promises are kept, and whether people hear of it when they are not. */
export const objectivesDashboard = dashboard({
  uid: 'leeway-objectives',
  title: 'Leeway: error budgets and paging',
  description: 'Which promises are kept, and whether people hear of it when they are not.',
  panels: [...counts, ...budgets, ...telling],
});
