import { css, html, LitElement, nothing } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import { count, featureText, number, percent, times } from '../format.ts';
import { keepPlaces } from '../order.ts';
import { levelOf, mostDrifted } from '../ranks.ts';
import { base, controls, surfaces } from '../styles.ts';
import { tables } from '../table-styles.ts';
import type { Distribution, DriftRow, ModelDetail } from '../types.ts';
import './histogram.ts';
import './icon.ts';
import './ratio-bar.ts';
import './sparkline.ts';
import './status.ts';
import './time-line.ts';

const KINDS: Readonly<Record<DriftRow['kind'], string>> = {
  number: 'number',
  category: 'category',
  prediction: 'output',
  score: 'output',
};

const driftStyles = css`
  .name {
    min-width: 184px;
  }
  .name button {
    justify-content: flex-start;
    min-height: 24px;
    margin: -2px 0 0 -6px;
    padding: 2px 6px;
    color: var(--lw-text);
    font-weight: 600;
    text-align: left;
    overflow-wrap: anywhere;
  }
  .name lw-icon {
    color: var(--lw-quiet);
    transition: transform 80ms;
  }
  button[aria-expanded='true'] lw-icon {
    transform: rotate(90deg);
  }
  .kind {
    padding-left: 22px;
  }
  .open > td {
    border-bottom-color: transparent;
  }
  .why {
    min-width: 200px;
  }
  .drifting {
    color: var(--lw-warn);
    font-weight: 600;
  }
  .action {
    color: var(--lw-crit);
    font-weight: 600;
  }
  .detail > td {
    padding: 4px 12px 20px 34px;
  }
  .pair {
    display: grid;
    grid-template-columns: minmax(0, 3fr) minmax(0, 2fr);
    gap: 8px 32px;
  }
  .pair h3 {
    margin-bottom: 8px;
  }
  .again {
    padding: 8px 12px;
    border-bottom: 1px solid var(--lw-line);
  }
  @container (max-width: 719px) {
    .pair {
      grid-template-columns: minmax(0, 1fr);
    }
    .kind {
      padding-left: 0;
    }
    .why,
    .name {
      min-width: 0;
    }
    .detail > td {
      grid-column: 1 / -1;
      padding: 0;
    }
    .open {
      border-bottom: 0;
    }
  }
`;

/** Drift by feature, furthest over its limit first; a row opens to baseline against current. */
@customElement('lw-drift-table')
export class DriftTable extends LitElement {
  static override styles = [base, controls, surfaces, tables, driftStyles];
  @property({ attribute: false }) rows: readonly DriftRow[] = [];
  @property({ attribute: false }) distributions: readonly Distribution[] = [];
  @property({ attribute: false }) thresholds: ModelDetail['thresholds'] = { show: 0, ticket: 0, page: 0 };
  @state() private open: ReadonlySet<string> = new Set();
  private shown: readonly string[] = [];

  override render() {
    const { rows, outdated } = keepPlaces(this.shown, mostDrifted(this.rows), (row) => row.feature);
    this.shown = rows.map((row) => row.feature);
    return html`<div class="card table-room">
      ${
        outdated
          ? html`<div class="again">
              <button type="button" @click=${() => this.sortAgain()}>Sort most drifted first</button>
            </div>`
          : nothing
      }
      <table>
        <caption class="hidden-text">
          Drift by feature
        </caption>
        ${head}
        <tbody>
          ${repeat(
            rows.flatMap((row) => [
              { row, detail: false },
              ...(this.open.has(row.feature) ? [{ row, detail: true }] : []),
            ]),
            ({ row, detail }) => `${row.feature}/${String(detail)}`,
            ({ row, detail }) => (detail ? this.detail(row) : this.row(row)),
          )}
        </tbody>
      </table>
    </div>`;
  }

  private row(row: DriftRow) {
    const level = levelOf(row.value, this.thresholds) ?? '';
    return html`<tr class=${this.open.has(row.feature) ? 'open' : ''}>
      <td class="name wide">${this.opener(row)}</td>
      <td>
        ${label('Against its limit')}
        <span class=${level}>${row.value === null ? 'not enough data' : times(row.ratio)}</span>
        ${row.ratio === null ? nothing : bar(row.ratio, level)}
      </td>
      <td class="number">${label('Distance')}${number(row.value)}</td>
      <td class="number">${label('PSI')}${number(fourth(row.psi))}</td>
      <td class="number">${label('Missing')}${percent(row.missingShare)}</td>
      <td class="number">${label('Rows')}${count(row.rows)}</td>
      <td>
        ${label('Trend')}
        <lw-sparkline
          .values=${row.trend.map((entry) => entry.value)}
          .threshold=${this.thresholds.ticket}
          label="Drift of ${featureText(row.feature)}"
        ></lw-sparkline>
      </td>
      <td class="why wide">${label('What changed')}${row.why ?? row.explanation}${alerting(row)}</td>
    </tr>`;
  }

  private opener(row: DriftRow) {
    const open = this.open.has(row.feature);
    return html`<button
        class="plain"
        type="button"
        data-row
        aria-expanded=${open ? 'true' : 'false'}
        @click=${() => this.toggle(row.feature)}
      >
        <lw-icon name="chevron"></lw-icon>${featureText(row.feature)}
      </button>
      <div class="quiet kind">${KINDS[row.kind]}</div>`;
  }

  private detail(row: DriftRow) {
    const distribution = this.distributions.find((entry) => entry.feature === row.feature);
    return html`<tr class="detail">
      <td colspan="8">
        <div class="pair">
          <div>
            <h3>Baseline and this window</h3>
            ${
              distribution === undefined
                ? html`<p class="quiet">No counts are stored for this window.</p>`
                : html`<lw-histogram
                    label="Values of ${featureText(row.feature)}"
                    .distribution=${distribution}
                  ></lw-histogram>`
            }
          </div>
          <div>
            <h3>Distance over time</h3>
            ${this.history(row)}
          </div>
        </div>
      </td>
    </tr>`;
  }

  private history(row: DriftRow) {
    const { ticket, page } = this.thresholds;
    return html`<lw-time-line
      label="Distance of ${featureText(row.feature)}"
      caption="Jensen-Shannon distance, 0 to 1"
      .values=${row.trend}
      .limits=${[
        { value: ticket, text: `ticket ${number(ticket)}` },
        { value: page, text: `page ${number(page)}` },
      ]}
    ></lw-time-line>`;
  }

  private toggle(feature: string): void {
    const open = new Set(this.open);
    if (!open.delete(feature)) open.add(feature);
    this.open = open;
  }

  private sortAgain(): void {
    this.shown = [];
    this.requestUpdate();
  }
}

const head = html`<thead>
  <tr>
    <th scope="col">Feature</th>
    <th scope="col">Against its limit</th>
    <th scope="col" class="number">Distance</th>
    <th scope="col" class="number">PSI</th>
    <th scope="col" class="number">Missing</th>
    <th scope="col" class="number">Rows</th>
    <th scope="col">Trend</th>
    <th scope="col">What changed</th>
  </tr>
</thead>`;

function label(text: string) {
  return html`<span class="cell-label">${text}</span>`;
}

function bar(ratio: number, level: string) {
  return html`<lw-ratio-bar
    .ratio=${ratio}
    level=${level === 'action' ? 'action' : 'drifting'}
  ></lw-ratio-bar>`;
}

function alerting(row: DriftRow) {
  if (row.alert === null) return nothing;
  return html`<div>
    <lw-status
      health=${row.alert === 'page' ? 'action' : 'drifting'}
      word=${row.alert === 'page' ? 'Paging' : 'Ticket open'}
    ></lw-status>
  </div>`;
}

/** Four decimals: what is smaller is noise, and long digits push the names apart. */
function fourth(value: number | null): number | null {
  return value === null ? null : Number(value.toFixed(4));
}
