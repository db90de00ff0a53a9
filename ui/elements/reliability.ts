import { css, html, nothing, svg } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { linePath } from '../charts/geometry.ts';
import { type Mark, reliability, type Reliability } from '../charts/reliability.ts';
import { count, percent, points } from '../format.ts';
import type { LabelCharts } from '../types.ts';
import { Chart, type ChartTable } from './chart.ts';

type Bins = NonNullable<LabelCharts['reliability']>;
const LEFT = 52;

/** How often scores came true, before (grey squares) and now (accent dots); on the diagonal a score means what it says. */
@customElement('lw-reliability')
export class ReliabilityElement extends Chart {
  static override styles = [
    ...Chart.styles,
    css`
      .before {
        fill: var(--lw-baseline);
        stroke: var(--lw-baseline);
      }
      .now {
        fill: var(--lw-surface);
        stroke: var(--lw-accent);
        stroke-width: 2;
      }
      path {
        fill: none !important;
      }
      .at {
        fill: var(--lw-accent);
      }
      .key {
        display: inline-flex;
        align-items: center;
        gap: 6px;
        margin-right: 14px;
      }
    `,
  ];
  @property({ attribute: false }) bins: Bins | null = null;
  protected readonly height = 200;

  private chart(): Reliability {
    return reliability(this.bins ?? { before: [], now: [] }, {
      left: LEFT,
      right: this.width - 8,
      top: 8,
      bottom: this.height - 20,
    });
  }

  protected override summary(): string {
    const worst = [...(this.bins?.now ?? [])].sort(
      (a, b) => Math.abs(b.share - b.score) - Math.abs(a.share - a.score),
    )[0];
    return worst === undefined
      ? 'No scores with labels yet.'
      : `Scores of ${percent(worst.score)} came true in ${percent(worst.share)}: the widest gap.`;
  }

  protected override plot() {
    const chart = this.chart();
    const base = this.height - 20;
    return html`${svg`<g>
      ${chart.ticks.map(
        (tick) => svg`<g>
          <line class=${tick === 0 ? 'axis' : 'grid'} x1=${LEFT} x2=${this.width} y1=${chart.y.at(tick)} y2=${chart.y.at(tick)} />
          <text x=${LEFT - 8} y=${chart.y.at(tick) + 4} text-anchor="end">${percent(tick)}</text>
          <text x=${chart.x.at(tick)} y=${this.height - 4} text-anchor="middle">${percent(tick)}</text>
        </g>`,
      )}
      <line class="limit" x1=${LEFT} y1=${base} x2=${chart.x.at(chart.x.to)} y2=${chart.y.at(chart.y.to)} />
      <path class="before" d=${linePath(chart.before)} />
      <path class="now" d=${linePath(chart.now)} />
      ${chart.before.map(({ x, y }) => svg`<rect class="before" x=${x - 3} y=${y - 3} width="6" height="6" />`)}
      ${chart.now.map((mark, index) => this.dot(mark, index === this.cursor))}
    </g>`}`;
  }

  private dot({ x, y }: Mark, at: boolean) {
    return svg`<circle class="now ${at ? 'at' : ''}" cx=${x} cy=${y} r="4" />`;
  }

  protected override marks(): readonly number[] {
    return this.chart().now.map(({ x }) => x);
  }

  protected override readout(index: number): string {
    const bin = this.bins?.now[index];
    if (bin === undefined) return '';
    return `Scores of ${percent(bin.score)} on average: ${percent(bin.share)} came true (${points(bin.share - bin.score)}), ${count(bin.rows)} rows`;
  }

  protected override legend() {
    if (this.bins === null) return nothing;
    return html`<span class="key"
        ><svg width="12" height="12"><rect class="before" x="3" y="3" width="6" height="6" /></svg>${
          this.bins.against
        }</span
      ><span class="key"
        ><svg width="12" height="12"><circle class="now" cx="6" cy="6" r="4" /></svg>this window</span
      ><span class="key">dashed: a score means what it says</span>`;
  }

  protected override table(): ChartTable {
    return {
      columns: ['When', 'Mean score', 'Came true', 'Rows'],
      rows: [...rowsOf('Before', this.bins?.before), ...rowsOf('Now', this.bins?.now)],
    };
  }
}

function rowsOf(when: string, bins: Bins['now'] = []): readonly (readonly string[])[] {
  return bins.map((bin) => [when, percent(bin.score), percent(bin.share), count(bin.rows)]);
}
