import { html, nothing } from 'lit';
import { customElement } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import { api } from '../api.ts';
import '../elements/incident-figures.ts';
import { failureOf, loaded } from '../elements/loaded.ts';
import '../elements/notice.ts';
import '../elements/pending-alerts.ts';
import '../elements/status.ts';
import '../elements/time.ts';
import { lastedText, sentence } from '../format.ts';
import { Page } from '../page.ts';
import { healthOf } from '../ranks.ts';
import { Resource } from '../resource.ts';
import { href } from '../router.ts';
import { base, controls, surfaces } from '../styles.ts';
import { tables } from '../table-styles.ts';
import type { Incident, IncidentList } from '../types.ts';

/** What is open, what was, and how long did it take? */
@customElement('page-incidents')
export class IncidentsPage extends Page {
  static override styles = [base, controls, surfaces, tables];
  private readonly list = new Resource<IncidentList>(this, {
    fetch: (signal) => api.incidents(signal),
    concerns: (event) => event.kind === 'incident' || event.kind === 'alert',
  });

  override connectedCallback(): void {
    super.connectedCallback();
    this.list.start();
  }

  override render() {
    return html`<div class="section-head"><h1>Incidents</h1></div>
      ${failureOf(this.list)} ${loaded(this.list, (value) => this.content(value))}
      <lw-pending-alerts .tenant=${this.tenant}></lw-pending-alerts>
      <section class="section">
        <lw-incident-figures .tenant=${this.tenant}></lw-incident-figures>
      </section>`;
  }

  private content({ incidents, asOfMs }: IncidentList) {
    const rows = incidents
      .filter((incident) => this.tenant === null || incident.tenant === this.tenant)
      .toSorted((a, b) => Number(isOpen(b)) - Number(isOpen(a)) || b.openedAtMs - a.openedAtMs);
    if (rows.length === 0) {
      return html`<lw-notice
        heading="No incidents"
        text="An incident opens with the first page of a model and gathers its alerts, deliveries and actions."
      ></lw-notice>`;
    }
    return html`<div class="card table-room">
      <table>
        <thead>
          <tr>
            <th scope="col">Incident</th>
            <th scope="col">State</th>
            <th scope="col">Model</th>
            <th scope="col">Opened</th>
            <th scope="col">Lasted</th>
          </tr>
        </thead>
        <tbody>
          ${repeat(
            rows,
            (row) => row.id,
            (row) => rowView(row, asOfMs),
          )}
        </tbody>
      </table>
    </div>`;
  }
}

function rowView(row: Incident, asOfMs: number) {
  return html`<tr>
    <td class="wide">
      <a class="strong" data-row href=${href(['incidents', row.id])}>${row.title}</a>
      ${row.cause === null ? nothing : html`<p class="quiet">${row.cause}</p>`}
    </td>
    <td>
      <span class="cell-label">State</span>
      <lw-status health=${healthOf(row)} word=${sentence(row.state)}></lw-status>
    </td>
    <td>
      <span class="cell-label">Model</span><a href=${href(['models', row.tenant, row.model])}>${row.model}</a>
      <div class="quiet">${row.tenant}</div>
    </td>
    <td><span class="cell-label">Opened</span><lw-time .ms=${row.openedAtMs}></lw-time></td>
    <td>
      <span class="cell-label">Lasted</span>${lastedText((row.resolvedAtMs ?? asOfMs) - row.openedAtMs)}${
        isOpen(row) ? ' so far' : ''
      }
    </td>
  </tr>`;
}

function isOpen(incident: Incident): boolean {
  return incident.state !== 'resolved';
}
