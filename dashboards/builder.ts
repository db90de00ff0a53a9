import type { MetricName } from '../server/metrics.ts';
import type { Dashboard, DataSource, GridPosition, Panel, PanelKind, Target } from './types.ts';

const DATA_SOURCE: DataSource = { type: 'prometheus', uid: '${datasource}' };
/** Grafana is 24 columns wide. */
const COLUMNS = 24;
/** What Grafana 10 writes; newer ones migrate upward by themselves. */
const SCHEMA_VERSION = 39;

interface Query {
  readonly expr: string;
  readonly legend: string;
}

export interface PanelPlan {
  readonly kind: PanelKind;
  /** A question that the panel answers. */
  readonly title: string;
  /** What the number means, and what to do about it. */
  readonly description: string;
  readonly unit: string;
  /** Shown instead of nothing: why there may be no value. */
  readonly noValue: string;
  readonly width: number;
  readonly height: number;
  readonly queries: readonly Query[];
  /** Value at which the colour changes, worst last. */
  readonly steps?: readonly { readonly at: number; readonly color: string }[];
  readonly mappings?: readonly Readonly<Record<string, unknown>>[];
  readonly min?: number;
  readonly max?: number;
  /** A link to Leeway's own page, in front of the labels of the series. */
  readonly link?: { readonly title: string; readonly url: string };
  readonly columns?: Readonly<Record<string, string>>;
}

/** `family{job=~"$job",…}`: every selector follows the variables of the dashboard. */
export function select(family: MetricName, matchers: readonly string[] = []): string {
  return `${family}{${[...SCOPE, ...matchers].join(',')}}`;
}

/** The same for a family without tenant and model. */
export function selectInstance(family: MetricName, matchers: readonly string[] = []): string {
  return `${family}{${[...INSTANCE, ...matchers].join(',')}}`;
}

const INSTANCE = ['job=~"$job"', 'instance=~"$instance"'] as const;
const SCOPE = [...INSTANCE, 'tenant=~"$tenant"', 'model=~"$model"'] as const;

/** Lays panels out row by row, left to right, and gives them ids; no two overlap. */
function layOut(plans: readonly PanelPlan[]): readonly Panel[] {
  let [x, y, rowHeight] = [0, 0, 0];
  return plans.map((plan, index) => {
    if (x + plan.width > COLUMNS) [x, y, rowHeight] = [0, y + rowHeight, 0];
    const position = { x, y, w: plan.width, h: plan.height };
    x += plan.width;
    rowHeight = Math.max(rowHeight, plan.height);
    return panel(plan, index + 1, position);
  });
}

function panel(plan: PanelPlan, id: number, gridPos: GridPosition): Panel {
  return {
    id,
    type: plan.kind,
    title: plan.title,
    description: plan.description,
    datasource: DATA_SOURCE,
    gridPos,
    targets: plan.queries.map((query, index) => target(query, index, plan.kind)),
    fieldConfig: { defaults: fieldDefaults(plan), overrides: [] },
    options: OPTIONS[plan.kind],
    ...(plan.kind === 'table' ? { transformations: tableColumns(plan) } : {}),
  };
}

function target({ expr, legend }: Query, index: number, kind: PanelKind): Target {
  const instant = kind === 'table' || kind === 'stat' || kind === 'bargauge';
  return {
    refId: String.fromCodePoint(65 + index),
    datasource: DATA_SOURCE,
    expr,
    legendFormat: legend,
    instant,
    range: !instant,
    format: kind === 'table' ? 'table' : 'time_series',
  };
}

function fieldDefaults(plan: PanelPlan): Readonly<Record<string, unknown>> {
  const steps = plan.steps ?? [];
  return {
    unit: plan.unit,
    noValue: plan.noValue,
    color: { mode: steps.length > 0 ? 'thresholds' : 'palette-classic' },
    thresholds: {
      mode: 'absolute',
      steps: [{ color: 'blue', value: null }, ...steps.map(({ at, color }) => ({ color, value: at }))],
    },
    mappings: plan.mappings ?? [],
    links: plan.link === undefined ? [] : [{ ...plan.link, targetBlank: false }],
    ...(plan.min === undefined ? {} : { min: plan.min }),
    ...(plan.max === undefined ? {} : { max: plan.max }),
    ...(plan.kind === 'timeseries' ? { custom: lineStyle(steps.length > 0) } : {}),
  };
}

function lineStyle(hasLimit: boolean): Readonly<Record<string, unknown>> {
  return {
    lineWidth: 2,
    fillOpacity: 0,
    showPoints: 'auto',
    spanNulls: false,
    thresholdsStyle: { mode: hasLimit ? 'dashed' : 'off' },
  };
}

const LEGEND = { showLegend: true, displayMode: 'list', placement: 'bottom', calcs: [] };
const REDUCE = { calcs: ['lastNotNull'], fields: '', values: false };
const OPTIONS: Readonly<Record<PanelKind, Readonly<Record<string, unknown>>>> = {
  stat: {
    reduceOptions: REDUCE,
    colorMode: 'value',
    graphMode: 'none',
    textMode: 'auto',
    justifyMode: 'auto',
    orientation: 'auto',
  },
  timeseries: { legend: LEGEND, tooltip: { mode: 'multi', sort: 'desc' } },
  table: { showHeader: true, cellHeight: 'sm' },
  'state-timeline': {
    legend: LEGEND,
    tooltip: { mode: 'single', sort: 'none' },
    showValue: 'never',
    mergeValues: true,
    rowHeight: 0.8,
  },
  bargauge: { reduceOptions: REDUCE, orientation: 'horizontal', displayMode: 'basic', showUnfilled: true },
};

/** Keeps and names the columns that `columns` lists; hides what Prometheus adds. */
function tableColumns({ columns = {} }: PanelPlan): readonly Readonly<Record<string, unknown>>[] {
  const names = Object.keys(columns);
  return [
    { id: 'merge', options: {} },
    { id: 'filterFieldsByName', options: { include: { names } } },
    {
      id: 'organize',
      options: {
        renameByName: columns,
        indexByName: Object.fromEntries(names.map((name, index) => [name, index])),
        excludeByName: {},
      },
    },
  ];
}

export interface DashboardPlan {
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly panels: readonly PanelPlan[];
}

/** A whole dashboard: `${datasource}` and the variables job, instance, tenant and model come with it. */
export function dashboard({ uid, title, description, panels }: DashboardPlan): Dashboard {
  return {
    uid,
    title,
    description,
    tags: ['leeway'],
    schemaVersion: SCHEMA_VERSION,
    editable: false,
    graphTooltip: 1,
    refresh: '1m',
    timezone: 'browser',
    time: { from: 'now-7d', to: 'now' },
    templating: { list: VARIABLES },
    annotations: { list: ANNOTATIONS },
    links: [OTHER_DASHBOARDS],
    panels: layOut(panels),
  };
}

const ANNOTATIONS = [
  {
    name: 'Incidents',
    enable: true,
    iconColor: 'red',
    datasource: DATA_SOURCE,
    expr: select('leeway_incident_active'),
    titleFormat: 'Incident: {{tenant}} / {{model}}',
    textFormat: '{{severity}}',
    step: '60s',
  },
];

const OTHER_DASHBOARDS = {
  type: 'dashboards',
  title: 'Leeway',
  tags: ['leeway'],
  asDropdown: true,
  keepTime: true,
  includeVars: true,
  targetBlank: false,
};

const VARIABLES = [
  { type: 'datasource', name: 'datasource', label: 'Data source', query: 'prometheus', current: {}, hide: 0 },
  variable('job', 'Job', `label_values(leeway_build_info, job)`),
  variable('instance', 'Instance', `label_values(leeway_build_info{job=~"$job"}, instance)`),
  variable('tenant', 'Tenant', `label_values(${selectInstance('leeway_model_status')}, tenant)`),
  variable(
    'model',
    'Model',
    `label_values(${selectInstance('leeway_model_status', ['tenant=~"$tenant"'])}, model)`,
  ),
  {
    ...variable('leeway_url', 'Leeway', `label_values(${selectInstance('leeway_build_info')}, external_url)`),
    hide: 2,
    multi: false,
    includeAll: false,
  },
];

function variable(name: string, label: string, query: string) {
  return {
    type: 'query',
    name,
    label,
    datasource: DATA_SOURCE,
    definition: query,
    query: { query, refId: `variable-${name}` },
    refresh: 2,
    sort: 1,
    hide: 0,
    multi: true,
    includeAll: true,
    allValue: '.+',
    current: {},
  };
}
