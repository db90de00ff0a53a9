import { css, html, nothing } from 'lit';
import { customElement, state } from 'lit/decorators.js';
import { api } from '../api.ts';
import { keyOf } from '../elements/fleet-table.ts';
import { failureOf } from '../elements/loaded.ts';
import '../elements/notice.ts';
import '../elements/skeleton.ts';
import { keepPlaces } from '../order.ts';
import { Page } from '../page.ts';
import { fleetSummary, worstFirst } from '../ranks.ts';
import { Resource } from '../resource.ts';
import { href } from '../router.ts';
import { base, controls, surfaces } from '../styles.ts';
import type { Fleet, FleetRow } from '../types.ts';

/** Which models need me now, and since when? */
@customElement('page-fleet')
export class FleetPage extends Page {
  static override styles = [
    base,
    controls,
    surfaces,
    css`
      .head {
        display: flex;
        flex-wrap: wrap;
        align-items: flex-end;
        justify-content: space-between;
        gap: 12px;
        margin-bottom: 16px;
      }
      .summary {
        margin-top: 2px;
        color: var(--lw-quiet);
      }
      lw-failure {
        margin-bottom: 16px;
      }
    `,
  ];
  @state() private filter = '';
  private shown: readonly string[] = [];
  private readonly fleet = new Resource<Fleet>(this, { fetch: (signal) => api.fleet(signal) });

  override connectedCallback(): void {
    super.connectedCallback();
    this.fleet.start();
  }

  override render() {
    const { value, failure } = this.fleet;
    if (value === null) {
      return html`<h1>Fleet</h1>
        ${failure === null ? html`<lw-skeleton></lw-skeleton>` : failureOf(this.fleet)}`;
    }
    const all = value.rows.filter((row) => this.tenant === null || row.tenant === this.tenant);
    const { rows, outdated } = keepPlaces(this.shown, worstFirst(all), keyOf);
    this.shown = rows.map(keyOf);
    return html`${this.head(all, outdated)} ${failureOf(this.fleet)} ${this.content(rows, value.asOfMs)}`;
  }

  private head(all: readonly FleetRow[], outdated: boolean) {
    return html`<div class="head">
      <div>
        <h1>Fleet</h1>
        <p class="summary">${fleetSummary(all)}</p>
      </div>
      <div class="row">
        ${
          outdated
            ? html`<button type="button" @click=${() => this.sortAgain()}>Sort worst first</button>`
            : nothing
        }
        ${
          all.length < 6 && this.filter === ''
            ? nothing
            : html`<input
                type="search"
                aria-label="Filter models"
                placeholder="Filter models"
                .value=${this.filter}
                @input=${(event: Event) => (this.filter = (event.target as HTMLInputElement).value)}
              />`
        }
      </div>
    </div>`;
  }

  private content(rows: readonly FleetRow[], asOfMs: number) {
    if (rows.length === 0) return never;
    const found = rows.filter((row) => fits(row, this.filter));
    if (found.length === 0) {
      return html`<lw-notice
        heading="No model fits «${this.filter}»"
        text="The filter looks at titles, ids, tenants and verdicts."
      >
        <button type="button" @click=${() => (this.filter = '')}>Clear the filter</button>
      </lw-notice>`;
    }
    return html`<div class="card">
      <lw-fleet-table .rows=${found} .now=${asOfMs}></lw-fleet-table>
    </div>`;
  }

  private sortAgain(): void {
    this.shown = [];
    this.requestUpdate();
  }
}

const never = html`<lw-notice
  kind="never"
  heading="No model has sent anything yet"
  text="A model appears here with its first prediction; nothing has to be configured."
>
  <a class="button" href=${href(['start'])}>Send your first prediction</a>
</lw-notice>`;

function fits(row: FleetRow, filter: string): boolean {
  const text = `${row.title} ${row.model} ${row.tenant} ${row.verdict}`.toLowerCase();
  return text.includes(filter.trim().toLowerCase());
}
