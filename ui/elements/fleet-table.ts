import { css, html, LitElement, nothing } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import {
  count,
  counted,
  featureText,
  gapText,
  number,
  percent,
  relative,
  times,
  versionText,
} from '../format.ts';
import { href } from '../router.ts';
import { base } from '../styles.ts';
import { tables } from '../table-styles.ts';
import type { FleetRow } from '../types.ts';
import './gap.ts';
import './sparkline.ts';
import './status.ts';
import './strip.ts';

const fleetStyles = css`
  tbody tr:hover {
    background: var(--lw-hover);
  }
  .model {
    min-width: 220px;
    overflow-wrap: anywhere;
  }
  .model a {
    color: var(--lw-text);
    font-weight: 600;
    font-size: 14px;
    line-height: 20px;
    text-decoration: none;
  }
  .model a:hover {
    text-decoration: underline;
  }
  .verdict {
    margin-top: 2px;
    max-width: 46ch;
  }
  .tags {
    color: var(--lw-quiet);
  }
  .history {
    width: 168px;
  }
  .gap {
    width: 120px;
  }
  lw-strip {
    margin-top: 4px;
  }
  .over {
    color: var(--lw-warn);
    font-weight: 600;
  }
  .spent {
    color: var(--lw-crit);
    font-weight: 600;
  }
  @container (max-width: 719px) {
    .model,
    .history,
    .gap {
      min-width: 0;
      width: auto;
    }
    tr {
      padding: 16px;
    }
  }
`;

/** One row per model: its verdict, its last windows, and the worst of each kind of evidence. */
@customElement('lw-fleet-table')
export class FleetTable extends LitElement {
  static override styles = [base, tables, fleetStyles];
  @property({ attribute: false }) rows: readonly FleetRow[] = [];
  @property({ type: Number }) now = 0;

  override render() {
    return html`<div class="table-room">
      <table>
        <caption class="hidden-text">
          Models, worst first
        </caption>
        <thead>
          <tr>
            <th scope="col">Model</th>
            <th scope="col">Health over time</th>
            <th scope="col">Most drifted feature</th>
            <th scope="col">Lowest budget</th>
            <th scope="col">Fairness gap</th>
            <th scope="col">Traffic</th>
            <th scope="col">Open alerts</th>
          </tr>
        </thead>
        <tbody>
          ${repeat(this.rows, keyOf, (row) => this.row(row))}
        </tbody>
      </table>
    </div>`;
  }

  private row(row: FleetRow) {
    return html`<tr>
      <td class="model wide">
        <a data-row href=${href(['models', row.tenant, row.model])}>${row.title}</a>
        <p class="tags">
          ${row.tenant} · ${row.task}${row.version === null ? nothing : ` · ${versionText(row.version)}`}
        </p>
        <p class="verdict">${row.verdict}</p>
      </td>
      <td class="history wide">
        <lw-status health=${row.health}></lw-status>
        ${row.strip.length === 0 ? nothing : html`<lw-strip .cells=${row.strip}></lw-strip>`}
      </td>
      <td>${label('Most drifted feature')}${feature(row)}</td>
      <td>${label('Lowest budget')}${budget(row)}</td>
      <td class="gap">${label('Fairness gap')}${fairness(row)}</td>
      <td>${label('Traffic')}${this.traffic(row)}</td>
      <td>${label('Open alerts')}${alerts(row)}</td>
    </tr>`;
  }

  private traffic(row: FleetRow) {
    const last = row.lastEventMs === null ? 'nothing yet' : `last ${relative(row.lastEventMs, this.now)}`;
    return html`${count(row.predictions)}
      <div class="quiet nowrap">${last}</div>`;
  }
}

export function keyOf(row: FleetRow): string {
  return `${row.tenant}/${row.model}`;
}

function label(text: string) {
  return html`<span class="cell-label">${text}</span>`;
}

function feature({ worstFeature, judgedFeatures, trend }: FleetRow) {
  if (worstFeature === null)
    return html`<span class="quiet"
      >${judgedFeatures > 0 ? 'none: chance explains what moved' : 'not judged yet'}</span
    >`;
  const { feature, ratio, value } = worstFeature;
  return html`<span class="wrap">${featureText(feature)}</span>
    <div class=${ratio >= 1 ? 'over' : 'quiet'} title="Jensen-Shannon distance ${number(value)}">
      ${times(ratio)} its limit
    </div>
    <lw-sparkline
      .values=${trend}
      .threshold=${ratio > 0 ? value / ratio : null}
      label="Drift of ${featureText(feature)}"
    ></lw-sparkline>`;
}

function budget({ worstBudget }: FleetRow) {
  if (worstBudget === null) return html`<span class="quiet">none set</span>`;
  const { remaining, slo } = worstBudget;
  return html`<span class=${remaining <= 0 ? 'spent' : remaining < 0.25 ? 'over' : ''}
      >${remaining < 0 ? `overspent by ${percent(-remaining)}` : `${percent(remaining)} left`}</span
    >
    <div class="quiet wrap">${slo}</div>`;
}

function fairness({ fairness }: FleetRow) {
  if (fairness === null) return html`<span class="quiet">not measured</span>`;
  const { gap, lower, upper, attribute } = fairness;
  return html`${gapText(gap)} <span class="quiet wrap">by ${attribute}</span>
    <lw-gap gap=${gap} lower=${lower} upper=${upper}></lw-gap>`;
}

function alerts({ openAlerts, incidentId }: FleetRow) {
  const { page, ticket } = openAlerts;
  if (page + ticket === 0) return html`<span class="quiet">none</span>`;
  const incident =
    incidentId === null ? nothing : html`<div><a href=${href(['incidents', incidentId])}>Incident</a></div>`;
  return html`${page > 0 ? html`<div class="spent">${counted(page, 'page')}</div>` : nothing}
  ${ticket > 0 ? html`<div class="over">${counted(ticket, 'ticket')}</div>` : nothing} ${incident}`;
}
