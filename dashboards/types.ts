/** The part of Grafana's classic dashboard model that Leeway writes. Classic imports from Grafana 10 to 13. */

export interface DataSource {
  readonly type: 'prometheus';
  readonly uid: '${datasource}';
}

export interface Target {
  readonly refId: string;
  readonly datasource: DataSource;
  readonly expr: string;
  readonly legendFormat: string;
  readonly instant: boolean;
  readonly range: boolean;
  readonly format: 'time_series' | 'table';
}

export interface GridPosition {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

export interface Panel {
  readonly id: number;
  readonly type: PanelKind;
  readonly title: string;
  readonly description: string;
  readonly datasource: DataSource;
  readonly gridPos: GridPosition;
  readonly targets: readonly Target[];
  readonly fieldConfig: Readonly<Record<string, unknown>>;
  readonly options: Readonly<Record<string, unknown>>;
  readonly transformations?: readonly Readonly<Record<string, unknown>>[];
}

export type PanelKind = 'stat' | 'timeseries' | 'table' | 'state-timeline' | 'bargauge';

export interface Dashboard {
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly tags: readonly string[];
  readonly schemaVersion: number;
  readonly editable: false;
  readonly graphTooltip: number;
  readonly refresh: string;
  readonly timezone: 'browser';
  readonly time: { readonly from: string; readonly to: string };
  readonly templating: { readonly list: readonly Readonly<Record<string, unknown>>[] };
  readonly annotations: { readonly list: readonly Readonly<Record<string, unknown>>[] };
  readonly links: readonly Readonly<Record<string, unknown>>[];
  readonly panels: readonly Panel[];
}
