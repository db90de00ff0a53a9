import { css, html, LitElement, nothing, svg } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { forest } from '../charts/forest.ts';
import { gapText } from '../format.ts';

/** A gap between groups with its interval, on an axis from zero, against its limit where one is given. */
@customElement('lw-gap')
export class Gap extends LitElement {
  static override styles = css`
    :host {
      display: block;
      line-height: 0;
    }
    svg {
      overflow: visible;
    }
    .axis {
      stroke: var(--lw-line);
    }
    .whisker {
      stroke: var(--lw-text);
      stroke-width: 1.5;
    }
    .point {
      fill: var(--lw-accent);
    }
    .over .point {
      fill: var(--lw-warn);
    }
    .limit {
      stroke: var(--lw-quiet);
      stroke-dasharray: 4 3;
    }
    text {
      fill: var(--lw-quiet);
      font: 11px var(--lw-sans);
    }
  `;
  @property({ type: Number }) gap = 0;
  @property({ type: Number }) lower = 0;
  @property({ type: Number }) upper = 0;
  @property({ type: Number }) limit: number | null = null;
  @state() private width = 0;
  private readonly observer = new ResizeObserver(([entry]) => {
    this.width = Math.floor(entry?.contentRect.width ?? 0);
  });

  override connectedCallback(): void {
    super.connectedCallback();
    this.observer.observe(this);
  }

  override disconnectedCallback(): void {
    this.observer.disconnect();
    super.disconnectedCallback();
  }

  override render() {
    const over = this.limit !== null && this.lower >= this.limit;
    const limited = this.limit === null ? '' : `, limit ${gapText(this.limit)}`;
    return html`<svg
      class=${over ? 'over' : ''}
      width=${this.width}
      height=${this.limit === null ? 16 : 34}
      role="img"
      aria-label="Gap ${gapText(this.gap)}, 95 % interval ${gapText(this.lower)} to ${gapText(this.upper)}${limited}"
    >
      ${this.width > 0 ? this.marks() : nothing}
    </svg>`;
  }

  private marks() {
    const rows = [{ value: this.gap, lower: this.lower, upper: this.upper }];
    const right = this.limit === null ? Math.min(this.width, 96) : this.width;
    const chart = forest(rows, { left: 4, right: right - 4, limit: this.limit ?? 0.2 });
    const [mark] = chart.marks;
    const limitX = this.limit === null ? null : chart.scale.at(this.limit);
    const y = 8;
    return svg`<line class="axis" x1="4" x2=${right - 4} y1=${y} y2=${y} />
      <line class="axis" x1="4" x2="4" y1="2" y2="14" />
      ${limitX === null ? nothing : limitMark(limitX, this.limit ?? 0)}
      ${mark === null || mark === undefined ? nothing : svg`<line class="whisker" x1=${mark.fromX} x2=${mark.toX} y1=${y} y2=${y} /><circle class="point" cx=${mark.x} cy=${y} r="4.5" />`}`;
  }
}

function limitMark(x: number, limit: number) {
  return svg`<line class="limit" x1=${x} x2=${x} y1="0" y2="18" />
    <text x=${x} y="30" text-anchor="middle">limit ${gapText(limit)}</text>`;
}
