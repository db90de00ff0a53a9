import { css, html, LitElement, nothing } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import { count, counted, featureText, number, percent, times } from '../format.ts';
import { isLoud, LEVELS } from '../levels.ts';
import { keepPlaces } from '../order.ts';
import { meanText } from '../statistics.ts';
import { base, controls, surfaces } from '../styles.ts';
import { tables } from '../table-styles.ts';
import type { Check, Distribution, DriftRow } from '../types.ts';
import './drift-detail.ts';
import './icon.ts';
import './ratio-bar.ts';
import './sparkline.ts';
import './status.ts';

const KINDS: Readonly<Record<DriftRow['kind'], string>> = {
  number: 'number',
  category: 'category',
  prediction: 'what the model answers',
  score: 'how sure the model is',
};

const AGAINST: Readonly<Record<DriftRow['comparison'], string>> = {
  fixed: 'against the baseline',
  moving: 'against the weeks before',
};

/** So many calm rows are shown at once; what is loud always is. */
const CALM_ROWS = 12;

const driftStyles = css`
  .name {
    min-width: 168px;
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
    min-width: 190px;
    overflow-wrap: anywhere;
  }
  .page {
    color: var(--lw-crit);
    font-weight: 600;
  }
  .ticket {
    color: var(--lw-warn);
    font-weight: 600;
  }
  .detail > td {
    padding: 4px 12px 20px 34px;
  }
  .bar {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 8px;
    padding: 8px 12px;
    border-bottom: 1px solid var(--lw-line);
  }
  .bar.foot {
    border: 0;
    border-top: 1px solid var(--lw-line);
  }
  .bar button[aria-pressed='true'] {
    border-color: var(--lw-accent);
    background: var(--lw-accent-soft);
  }
  @container (max-width: 719px) {
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

/** Drift by feature and comparison, worst first; a row opens to what was compared, and why it reads as it does. */
@customElement('lw-drift-table')
export class DriftTable extends LitElement {
  static override styles = [base, controls, surfaces, tables, driftStyles];
  /** In the order they are to be read. */
  @property({ attribute: false }) rows: readonly DriftRow[] = [];
  @property({ attribute: false }) distributions: readonly Distribution[] = [];
  @property({ attribute: false }) checks: readonly Check[] = [];
  @state() private open: ReadonlySet<string> = new Set();
  @state() private only: DriftRow['comparison'] | null = null;
  @state() private whole = false;
  private shown: readonly string[] = [];

  override render() {
    const { rows, outdated } = keepPlaces(this.shown, this.rows, keyOf);
    this.shown = rows.map(keyOf);
    const chosen = rows.filter(({ comparison }) => this.only === null || comparison === this.only);
    const wanted = chosen.filter((row) => !isIdle(row));
    const listed = this.whole ? wanted : folded(wanted);
    return html`<div class="card table-room">
      ${this.choices()} ${outdated ? this.sorter() : nothing}
      <table>
        <caption class="hidden-text">
          Drift by feature
        </caption>
        ${head}
        <tbody>
          ${repeat(
            listed.flatMap((row) => [
              { row, detail: false },
              ...(this.open.has(keyOf(row)) ? [{ row, detail: true }] : []),
            ]),
            ({ row, detail }) => `${keyOf(row)}/${String(detail)}`,
            ({ row, detail }) => (detail ? this.detail(row) : this.row(row)),
          )}
        </tbody>
      </table>
      ${idle(chosen.filter(isIdle))} ${this.more(wanted.length, listed.length)}
    </div>`;
  }

  private get comparisons(): readonly DriftRow['comparison'][] {
    return [...new Set(this.rows.map(({ comparison }) => comparison))].toSorted();
  }

  private choices() {
    if (this.comparisons.length < 2) return nothing;
    return html`<div class="bar" role="group" aria-label="Which comparison">
      ${[null, ...this.comparisons].map(
        (comparison) =>
          html`<button
            type="button"
            aria-pressed=${this.only === comparison ? 'true' : 'false'}
            @click=${() => (this.only = comparison)}
          >
            ${comparison === null ? 'Every comparison' : AGAINST[comparison].replace('a', 'A')}
          </button>`,
      )}
    </div>`;
  }

  private sorter() {
    return html`<div class="bar">
      <button type="button" @click=${() => this.sortAgain()}>Sort worst first</button>
    </div>`;
  }

  private more(all: number, listed: number) {
    if (!this.whole && all === listed) return nothing;
    return html`<div class="bar foot">
      <button
        type="button"
        class="plain"
        aria-expanded=${this.whole ? 'true' : 'false'}
        @click=${() => (this.whole = !this.whole)}
      >
        ${this.whole ? 'Show fewer' : `Show ${counted(all - listed, 'more row')}, all calm`}
      </button>
    </div>`;
  }

  private row(row: DriftRow) {
    const mean = meanText(row.numbers);
    return html`<tr class=${this.open.has(keyOf(row)) ? 'open' : ''}>
      <td class="name wide">${this.opener(row)}</td>
      <td>${label('Verdict')}${verdict(row)}</td>
      <td class="number">${label('Distance')}${distance(row)}</td>
      <td class="nowrap">${label('Mean, before and now')}${mean ?? '–'}</td>
      <td class="number">${label('Missing')}${percent(row.missingShare)}</td>
      <td class="number">${label('Rows')}${count(row.rows)}</td>
      <td>
        ${label('Trend')}
        <lw-sparkline
          .values=${row.trend.map((entry) => entry.value)}
          .threshold=${row.limits.ticket}
          ?calm=${!isLoud(row.level)}
          label="Drift of ${featureText(row.feature)}, ${AGAINST[row.comparison]}"
        ></lw-sparkline>
      </td>
      <td class="why wide">${label('What changed')}${row.why ?? row.explanation}${together(row)}</td>
    </tr>`;
  }

  private opener(row: DriftRow) {
    const open = this.open.has(keyOf(row));
    const several = this.comparisons.length > 1;
    return html`<button
        class="plain"
        type="button"
        data-row
        aria-expanded=${open ? 'true' : 'false'}
        aria-label=${several ? `${featureText(row.feature)}, ${AGAINST[row.comparison]}` : nothing}
        @click=${() => this.toggle(keyOf(row))}
      >
        <lw-icon name="chevron"></lw-icon>${featureText(row.feature)}
      </button>
      <div class="quiet kind">${KINDS[row.kind]}</div>
      ${several ? html`<div class="quiet kind">${AGAINST[row.comparison]}</div>` : nothing}`;
  }

  private detail(row: DriftRow) {
    return html`<tr class="detail">
      <td colspan="8">
        <lw-drift-detail
          .row=${row}
          .distribution=${this.distributions.find(({ scoreId }) => scoreId === row.scoreId) ?? null}
          .checks=${this.checks.filter(({ subject }) => subject === row.feature)}
        ></lw-drift-detail>
      </td>
    </tr>`;
  }

  private toggle(key: string): void {
    const open = new Set(this.open);
    if (!open.delete(key)) open.add(key);
    this.open = open;
  }

  private sortAgain(): void {
    this.shown = [];
    this.requestUpdate();
  }
}

/** Nothing to compare with at all, which is one sentence for all features. */
function isIdle({ against, value, alert }: DriftRow): boolean {
  return against === null && value === null && alert === null;
}

function idle(rows: readonly DriftRow[]) {
  return [...Map.groupBy(rows, ({ comparison, why }) => `${AGAINST[comparison]}: ${why}`)].map(
    ([text, same]) =>
      html`<p class="bar foot small">
        <lw-status health="learning" word="Not decided"></lw-status>
        <span>${counted(same.length, 'feature')} ${text}</span>
      </p>`,
  );
}

/** A row of the next window is the same row. */
function keyOf({ comparison, feature }: DriftRow): string {
  return `${comparison}/${feature}`;
}

function folded(rows: readonly DriftRow[]): readonly DriftRow[] {
  const loud = rows.filter(({ level, alert }) => isLoud(level) || alert !== null);
  const calm = rows.filter((row) => !loud.includes(row)).slice(0, CALM_ROWS);
  return rows.filter((row) => loud.includes(row) || calm.includes(row));
}

const head = html`<thead>
  <tr>
    <th scope="col">Feature</th>
    <th scope="col">Verdict</th>
    <th scope="col" class="number">Distance</th>
    <th scope="col">Mean</th>
    <th scope="col" class="number">Missing</th>
    <th scope="col" class="number">Rows</th>
    <th scope="col">Trend</th>
    <th scope="col">What changed</th>
  </tr>
</thead>`;

function label(text: string) {
  return html`<span class="cell-label">${text}</span>`;
}

function verdict(row: DriftRow) {
  const { health, word } = LEVELS[row.level];
  return html`<lw-status health=${health} word=${word}></lw-status>
    ${row.alert === null ? nothing : html`<div class=${row.alert}>${alertWord(row)}</div>`}`;
}

function alertWord({ alert, level }: DriftRow): string {
  const word = alert === 'page' ? 'paging' : 'ticket open';
  return level === 'within' || level === 'chance' ? `${word}, ending` : word;
}

function distance({ value, ratio, level, psi }: DriftRow) {
  if (value === null) return html`–`;
  const shown = html`<span class=${level}>${number(value)}</span>`;
  const index = psi === null ? nothing : html`<div class="quiet">PSI ${number(fourth(psi))}</div>`;
  if (ratio === null || level === 'chance') return html`${shown}${index}`;
  return html`${shown} <span class="quiet">${times(ratio)} limit</span>
    <lw-ratio-bar .ratio=${ratio} level=${level === 'page' ? 'action' : 'drifting'}></lw-ratio-bar>${index}`;
}

function together({ together: others }: DriftRow) {
  return others.length === 0
    ? nothing
    : html`<div class="quiet">moves together with ${others.join(', ')}</div>`;
}

/** Four decimals: what is smaller is noise, and long digits push the names apart. */
function fourth(value: number): number {
  return Number(value.toFixed(4));
}
