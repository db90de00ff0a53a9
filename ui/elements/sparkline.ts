import { css, html, LitElement, nothing, svg } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { sparkline } from '../charts/sparkline.ts';
import { number } from '../format.ts';

/** A value over the last windows against its limit, word-sized. */
@customElement('lw-sparkline')
export class SparklineElement extends LitElement {
  static override styles = css`
    :host {
      display: inline-block;
      line-height: 0;
    }
    .line {
      fill: none;
      stroke: var(--lw-quiet);
      stroke-width: 1.5;
      stroke-linejoin: round;
    }
    .area {
      fill: var(--lw-quiet);
      opacity: 0.12;
    }
    .limit {
      stroke: var(--lw-quiet);
      stroke-dasharray: 2 2;
      opacity: 0.7;
    }
    .last {
      fill: var(--lw-accent);
    }
    .over .line {
      stroke: var(--lw-warn);
    }
    .over .last {
      fill: var(--lw-warn);
    }
  `;
  @property({ attribute: false }) values: readonly (number | null)[] = [];
  @property({ type: Number }) threshold: number | null = null;
  @property({ type: Number }) width = 96;
  @property({ type: Number }) height = 24;
  @property() label = 'Trend';
  /** Over its limit, but by chance. */
  @property({ type: Boolean }) calm = false;

  override render() {
    const { line, area, last, thresholdY } = sparkline(this.values, this);
    const latest = this.values.at(-1) ?? null;
    const over = !this.calm && this.threshold !== null && latest !== null && latest >= this.threshold;
    return html`<svg
      class=${over ? 'over' : ''}
      width=${this.width}
      height=${this.height}
      role="img"
      aria-label=${this.summary()}
    >
      <path class="area" d=${area} />
      ${
        thresholdY === null
          ? nothing
          : svg`<line class="limit" x1="0" x2=${this.width} y1=${thresholdY} y2=${thresholdY} />`
      }
      <path class="line" d=${line} />
      ${last === null ? nothing : svg`<circle class="last" cx=${last.x} cy=${last.y} r="2.5" />`}
    </svg>`;
  }

  private summary(): string {
    const known = this.values.filter((value) => value !== null);
    if (known.length === 0) return `${this.label}: no values yet`;
    const latest = this.values.at(-1) ?? null;
    return `${this.label}: ${known.length} windows, latest ${number(latest)}, highest ${number(Math.max(...known))}`;
  }
}
