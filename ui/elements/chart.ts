import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { property, state } from 'lit/decorators.js';
import { base, controls } from '../styles.ts';

export interface ChartTable {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** Narrower than its own axis labels there is nothing to draw. */
const LEAST_WIDTH = 100;

export const chartStyles = css`
  figure {
    display: block;
  }
  .plot {
    position: relative;
    border-radius: 4px;
    touch-action: pan-y;
  }
  svg {
    display: block;
    overflow: visible;
  }
  text {
    fill: var(--lw-quiet);
    font: 11px var(--lw-sans);
    font-variant-numeric: tabular-nums;
  }
  .grid {
    stroke: var(--lw-line);
    stroke-width: 1;
  }
  .axis {
    stroke: var(--lw-edge);
    stroke-width: 1;
  }
  .limit {
    stroke: var(--lw-quiet);
    stroke-width: 1;
    stroke-dasharray: 4 3;
  }
  .cursor {
    stroke: var(--lw-text);
    stroke-width: 1;
    opacity: 0.5;
  }
  .foot {
    display: flex;
    align-items: flex-start;
    justify-content: space-between;
    gap: 8px;
    margin-top: 6px;
    min-height: 26px;
  }
  .readout {
    font-size: 12px;
    line-height: 18px;
    padding-top: 3px;
    color: var(--lw-quiet);
    min-width: 0;
  }
  .readout.told {
    color: var(--lw-text);
  }
  .foot button {
    flex: none;
    margin-right: -6px;
    font-size: 12px;
  }
  .data {
    max-height: 300px;
    overflow: auto;
  }
  .data table {
    width: 100%;
    border-collapse: collapse;
    font-size: 13px;
    line-height: 18px;
  }
  .data th,
  .data td {
    padding: 4px 12px 4px 0;
    border-bottom: 1px solid var(--lw-line);
    text-align: left;
    font-weight: 400;
  }
  .data thead th {
    color: var(--lw-quiet);
    font-weight: 500;
  }
`;

/**
 * A chart as a figure: one sentence that says what it shows, marks that can be walked through by arrow keys or
 * pointer, and the same numbers as a table.
 */
export abstract class Chart extends LitElement {
  static override styles = [base, controls, chartStyles];
  @property() label = '';
  @state() protected cursor: number | null = null;
  @state() protected width = 0;
  @state() private asTable = false;
  private readonly observer = new ResizeObserver(([entry]) => {
    this.width = Math.floor(entry?.contentRect.width ?? 0);
  });

  protected abstract readonly height: number;
  /** Marks follow each other from top to bottom instead of left to right. */
  protected alongY = false;
  /** One sentence: what is to be seen. */
  protected abstract summary(): string;
  protected abstract plot(): TemplateResult;
  protected abstract table(): ChartTable;
  /** Where each mark is, in pixels along its axis. */
  protected abstract marks(): readonly number[];
  /** The mark at `index` in words. */
  protected abstract readout(index: number): string;
  protected abstract legend(): TemplateResult | typeof nothing;

  override connectedCallback(): void {
    super.connectedCallback();
    this.observer.observe(this);
  }

  override disconnectedCallback(): void {
    this.observer.disconnect();
    super.disconnectedCallback();
  }

  override render() {
    return html`<figure>
      ${this.asTable ? this.tableView() : this.plotView()}
      <div class="foot">
        ${this.readoutLine()}
        <button
          class="plain"
          type="button"
          aria-label="Show as table: ${this.label}"
          aria-pressed=${this.asTable ? 'true' : 'false'}
          @click=${() => (this.asTable = !this.asTable)}
        >
          Show as table
        </button>
      </div>
    </figure>`;
  }

  private readoutLine() {
    const told = this.cursor !== null && !this.asTable;
    const text = told && this.cursor !== null ? this.readout(this.cursor) : this.legend();
    return html`<div class="readout ${told ? 'told' : ''}" aria-live="polite">${text}</div>`;
  }

  private plotView() {
    return html`<div
      class="plot"
      tabindex="0"
      role="img"
      aria-label="${this.summary()} Arrow keys read the values."
      @keydown=${this.onKey}
      @pointermove=${this.onPointer}
      @pointerleave=${() => (this.cursor = null)}
      @blur=${() => (this.cursor = null)}
    >
      <svg width=${this.width} height=${this.height} aria-hidden="true">
        ${this.width > LEAST_WIDTH ? this.plot() : nothing}
      </svg>
    </div>`;
  }

  private tableView() {
    const { columns, rows } = this.table();
    return html`<div class="data" tabindex="0" role="region" aria-label="${this.label} as a table">
      <table>
        <thead>
          <tr>
            ${columns.map((column) => html`<th scope="col">${column}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${rows.map(
            ([first, ...rest]) =>
              html`<tr>
                <th scope="row">${first}</th>
                ${rest.map((cell) => html`<td>${cell}</td>`)}
              </tr>`,
          )}
        </tbody>
      </table>
    </div>`;
  }

  private readonly onKey = (event: KeyboardEvent): void => {
    const last = this.marks().length - 1;
    const here = this.cursor;
    const next: Readonly<Record<string, number | null>> = {
      [this.alongY ? 'ArrowDown' : 'ArrowRight']: here === null ? 0 : Math.min(last, here + 1),
      [this.alongY ? 'ArrowUp' : 'ArrowLeft']: here === null ? last : Math.max(0, here - 1),
      Home: 0,
      End: last,
      Escape: null,
    };
    if (!(event.key in next) || last < 0) return;
    event.preventDefault();
    this.cursor = next[event.key] ?? null;
  };

  private readonly onPointer = (event: PointerEvent): void => {
    const box = (event.currentTarget as HTMLElement).getBoundingClientRect();
    this.cursor = nearest(this.marks(), this.alongY ? event.clientY - box.top : event.clientX - box.left);
  };
}

function nearest(marks: readonly number[], place: number): number | null {
  if (marks.length === 0) return null;
  return marks.reduce((best, mark, index) => {
    return Math.abs(mark - place) < Math.abs((marks[best] ?? Infinity) - place) ? index : best;
  }, 0);
}
