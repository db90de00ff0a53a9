import { html, LitElement, nothing } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { api } from '../api.ts';
import { featureText } from '../format.ts';
import { Resource } from '../resource.ts';
import { href } from '../router.ts';
import { base, surfaces } from '../styles.ts';
import { tables } from '../table-styles.ts';
import type { PendingAlertList } from '../types.ts';
import { card, dataTable, type TableColumn } from './data-table.ts';
import './status.ts';
import './why-told.ts';

type Row = PendingAlertList['alerts'][number];

/** Breaches that do not stand long enough yet to be alerts; nothing is shown when there are none. */
@customElement('lw-pending-alerts')
export class PendingAlerts extends LitElement {
  static override styles = [base, surfaces, tables];
  /** null: every tenant. */
  @property() tenant: string | null = null;
  private readonly list = new Resource<PendingAlertList>(this, {
    fetch: (signal) => api.pending(signal),
    concerns: (event) => event.kind === 'alert' || event.kind === 'score',
  });

  override connectedCallback(): void {
    super.connectedCallback();
    this.list.start({ keep: true });
  }

  override render() {
    const { value } = this.list;
    const rows = (value?.alerts ?? []).filter(({ tenant }) => this.tenant === null || tenant === this.tenant);
    if (value === null || rows.length === 0) return nothing;
    return html`<section class="section">
      <div class="section-head"><h2>About to be alerts</h2></div>
      ${card(dataTable('Breaches that do not stand long enough yet', columns(value.asOfMs), rows))}
    </section>`;
  }
}

function columns(nowMs: number): readonly TableColumn<Row>[] {
  return [
    {
      head: 'What',
      label: null,
      look: 'wide',
      cell: ({ summary, subject, id }) =>
        html`${summary}
          <div class="quiet">${featureText(subject)}</div>
          <lw-why-told alertId=${id}></lw-why-told>`,
    },
    {
      head: 'As',
      cell: ({ severity }) =>
        html`<lw-status health=${severity === 'page' ? 'action' : 'drifting'} word=${severity}></lw-status>`,
    },
    {
      head: 'Model',
      cell: ({ tenant, model }) => html`<a href=${href(['models', tenant, model])}>${model}</a>`,
    },
    { head: 'Since', cell: ({ sinceMs }) => html`<lw-time .ms=${sinceMs} .now=${nowMs}></lw-time>` },
    { head: 'Opens', cell: ({ dueAtMs }) => html`<lw-time .ms=${dueAtMs} .now=${nowMs}></lw-time>` },
  ];
}
