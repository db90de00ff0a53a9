import { css, html, LitElement, nothing } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { api } from '../api.ts';
import { counted, lastedText, number, percent } from '../format.ts';
import { Resource } from '../resource.ts';
import { base, controls, surfaces } from '../styles.ts';
import { tables } from '../table-styles.ts';
import type { IncidentMetricsTold } from '../types.ts';
import { dataTable, type TableColumn } from './data-table.ts';
import { failureOf } from './loaded.ts';
import './notice.ts';

type Typical = IncidentMetricsTold['notices'];
type Portion = IncidentMetricsTold['acknowledged'];

const RANGES = [
  { since: '30d', text: '30 days' },
  { since: '90d', text: '90 days' },
  { since: '365d', text: '1 year' },
] as const;

const MOMENTS: readonly {
  readonly name: keyof IncidentMetricsTold['times'];
  readonly text: string;
  readonly about: string;
}[] = [
  { name: 'detectMs', text: 'To detect', about: 'from the begin of the first bad window to the page' },
  { name: 'judgeMs', text: 'Of that, after the window', about: 'from the end of that window to the page' },
  {
    name: 'notifyMs',
    text: 'To notify',
    about: 'from the page to the first notice that arrived at a person',
  },
  { name: 'acknowledgeMs', text: 'To acknowledge', about: 'from the page' },
  { name: 'mitigateMs', text: 'To mitigate', about: 'from the page' },
  { name: 'resolveMs', text: 'To resolve', about: 'from the page' },
];

/** How long things took of late: medians and ninetieth percentiles, and what is missing where there are none. */
@customElement('lw-incident-figures')
export class IncidentFigures extends LitElement {
  static override styles = [
    base,
    controls,
    surfaces,
    tables,
    css`
      dl.facts {
        padding: 12px;
        border-top: 1px solid var(--lw-line);
      }
      label {
        margin: 0;
      }
      select {
        width: auto;
      }
    `,
  ];
  /** null: every tenant. */
  @property() tenant: string | null = null;
  @state() private since = '90d';
  @state() private model = '';
  private readonly figures = new Resource<IncidentMetricsTold>(this, {
    fetch: (signal) =>
      api.incidentFigures(
        { since: this.since, tenant: this.tenant, model: this.model === '' ? null : this.model },
        signal,
      ),
    concerns: (event) => event.kind === 'incident',
  });
  private models: readonly string[] = [];

  override willUpdate(changed: Map<PropertyKey, unknown>): void {
    if (changed.has('tenant') || changed.has('since') || changed.has('model'))
      this.figures.start({ keep: true });
  }

  override render() {
    const { value } = this.figures;
    if (value !== null && this.model === '')
      this.models = [...new Set(value.models.map(({ model }) => model))].sort();
    return html`<div class="section-head">
        <h2>How long things take</h2>
        <div class="row">${this.rangeField()} ${this.modelField()}</div>
      </div>
      ${failureOf(this.figures)} ${value === null ? nothing : content(value)}`;
  }

  private rangeField() {
    return html`<label for="since" class="hidden-text">Of the last</label>
      <select id="since" @change=${(event: Event) => (this.since = valueOf(event))}>
        ${RANGES.map(
          ({ since, text }) =>
            html`<option value=${since} ?selected=${since === this.since}>Last ${text}</option>`,
        )}
      </select>`;
  }

  private modelField() {
    return html`<label for="model" class="hidden-text">Model</label>
      <select id="model" @change=${(event: Event) => (this.model = valueOf(event))}>
        <option value="">All models</option>
        ${this.models.map((model) => html`<option value=${model} ?selected=${model === this.model}>${model}</option>`)}
      </select>`;
  }
}

function valueOf(event: Event): string {
  return (event.target as HTMLSelectElement).value;
}

function content(value: IncidentMetricsTold) {
  if (value.incidents === 0 && value.changes.changes === 0)
    return html`<lw-notice
      inline
      heading="No data"
      text="No incident was opened and no version changed in that time, so there is nothing to measure."
    ></lw-notice>`;
  const { notices, acknowledged, actionable, changes } = value;
  return html`<div class="card table-room">
    ${dataTable('Times of incidents', columnsOf(value), MOMENTS)}
    <dl class="facts">
      ${fact('Incidents', `${counted(value.incidents, 'incident')}, ${value.open} open, ${value.reopened} opened again`)}
      ${fact('Notices an incident', typicalText(notices))} ${fact('Acknowledged', portionText(acknowledged))}
      ${fact('Something to do', portionText(actionable))}
      ${fact('Version changes', `${changes.changes}, ${number(changes.perWeek)} a week`)}
      ${fact('Failed changes', portionText(changes.failed))}
      ${fact('To recover from one', lengthOrWhy(changes.recoverMs))}
    </dl>
  </div>`;
}

function columnsOf({ times }: IncidentMetricsTold): readonly TableColumn<(typeof MOMENTS)[number]>[] {
  return [
    {
      head: 'What',
      label: null,
      look: 'wide',
      cell: ({ text, about }) =>
        html`<span class="strong">${text}</span> <span class="quiet">${about}</span>`,
    },
    {
      head: 'Median',
      look: 'nowrap',
      cell: ({ name }) => lengthText(times[name].median),
    },
    {
      head: 'p90',
      look: 'nowrap',
      cell: ({ name }) => lengthText(times[name].p90),
    },
    {
      head: 'Of',
      look: 'wide',
      cell: ({ name }) =>
        html`<span class="quiet">${times[name].why ?? counted(times[name].count, 'incident')}</span>`,
    },
  ];
}

function lengthText(lengthMs: number | null): string {
  return lengthMs === null ? 'no data' : lastedText(lengthMs);
}

function lengthOrWhy({ median, why }: Typical): string {
  return median === null ? (why ?? 'no data') : `median ${lastedText(median)}`;
}

function typicalText({ median, p90, why }: Typical): string {
  if (median === null) return why ?? 'no data';
  return p90 === null ? `median ${number(median)}` : `median ${number(median)}, p90 ${number(p90)}`;
}

function portionText({ count, of, share, why }: Portion): string {
  return share === null ? (why ?? 'no data') : `${percent(share)} (${count} of ${of})`;
}

function fact(name: string, value: unknown) {
  return html`<div>
    <dt>${name}</dt>
    <dd>${value}</dd>
  </div>`;
}
