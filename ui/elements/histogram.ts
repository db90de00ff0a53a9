import { css, html, nothing, svg } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import {
  type HistogramBar,
  type HistogramCell,
  histogramCells,
  type HistogramPair,
  histogramPair,
  numberCellLabels,
  valueCellLabels,
} from '../charts/histogram.ts';
import { ticks } from '../charts/geometry.ts';
import { edgeText, featureText, percent, points } from '../format.ts';
import type { Distribution } from '../types.ts';
import { Chart, type ChartTable } from './chart.ts';

const LEFT = 44;

/** Baseline (grey, filled) and current (accent, outlined) on the same cells, as shares of all rows. */
@customElement('lw-histogram')
export class Histogram extends Chart {
  static override styles = [
    ...Chart.styles,
    css`
      .baseline {
        fill: var(--lw-baseline);
      }
      .current {
        fill: var(--lw-accent);
        fill-opacity: 0.08;
        stroke: var(--lw-accent);
        stroke-width: 2;
      }
      .at {
        fill: var(--lw-text);
        opacity: 0.06;
      }
      .key {
        display: inline-flex;
        align-items: center;
        gap: 6px;
        margin-right: 14px;
      }
      .key svg {
        flex: none;
      }
    `,
  ];
  @property({ attribute: false }) distribution: Distribution | null = null;
  /** What the window is compared with. */
  @property() compared = 'Baseline';
  protected readonly height = 168;

  private cells(): readonly HistogramCell[] {
    const { distribution } = this;
    if (distribution === null) return [];
    return histogramCells({ ...distribution, labels: labelsOf(distribution) });
  }

  private pair(): HistogramPair {
    return histogramPair(this.cells(), { left: LEFT, right: this.width, top: 6, bottom: this.height - 22 });
  }

  protected override summary(): string {
    const cells = this.cells();
    const most = [...cells].sort((a, b) => change(b) - change(a))[0];
    const name = featureText(this.distribution?.feature ?? '');
    if (most === undefined || change(most) < 0.005)
      return `${name}: current and baseline agree in every cell.`;
    const verb = most.current > most.baseline ? 'rose' : 'fell';
    return `${name}: «${most.label}» ${verb} most, from ${percent(most.baseline)} to ${percent(most.current)}.`;
  }

  protected override plot() {
    const pair = this.pair();
    return html`${svg`<g>
      ${ticks(0, pair.y.to, 3).map((tick) => gridLine(tick, pair.y.at(tick), this.width))}
      ${pair.bars.map((bar, index) => this.bar(bar, index === this.cursor))}
      ${pair.sideX === null ? nothing : svg`<line class="limit" x1=${pair.sideX} x2=${pair.sideX} y1="0" y2=${pair.baseY} />`}
      <line class="axis" x1=${LEFT} x2=${this.width} y1=${pair.baseY} y2=${pair.baseY} />
      ${this.axisLabels(pair.bars)}
    </g>`}`;
  }

  private bar(bar: HistogramBar, at: boolean) {
    const base = this.height - 22;
    const inset = 1;
    return svg`<g>
      ${at ? svg`<rect class="at" x=${bar.x - 2} y="0" width=${bar.width + 4} height=${base} />` : nothing}
      <rect class="baseline" x=${bar.x} y=${bar.baselineY} width=${bar.width} height=${base - bar.baselineY} />
      ${
        bar.cell.current > 0
          ? svg`<rect class="current" x=${bar.x + inset} y=${bar.currentY} width=${Math.max(1, bar.width - 2 * inset)} height=${Math.max(0.5, base - bar.currentY)} />`
          : nothing
      }
    </g>`;
  }

  /** A number is labelled at the edges between its cells, a category under each cell. */
  private axisLabels(bars: readonly HistogramBar[]) {
    const layout = this.distribution?.layout;
    const edges = layout?.kind === 'number' && layout.isDiscrete !== true ? layout.edges : null;
    const labels = bars.map((bar, index) => {
      const edge = bar.cell.side ? undefined : edges?.[index];
      if (edges === null || bar.cell.side)
        return { x: this.within(bar.middle, short(bar)), text: short(bar), side: bar.cell.side };
      return { x: bar.x + bar.width * 1.1, text: edge === undefined ? '' : edgeText(edge), side: false };
    });
    const wide = edges === null ? 84 : 52;
    const every = Math.max(1, Math.ceil((bars.length * wide) / Math.max(1, this.width - LEFT)));
    const sideX = labels.find(({ side }) => side)?.x ?? Infinity;
    return labels
      .filter(({ side, x }, index) => side || (index % every === Math.floor(every / 2) && x < sideX - 64))
      .map(({ x, text }) => svg`<text x=${x} y=${this.height - 6} text-anchor="middle">${text}</text>`);
  }

  /** Keeps a label of about six pixels a letter inside the picture. */
  private within(x: number, text: string): number {
    return Math.min(x, this.width - text.length * 3);
  }

  protected override marks(): readonly number[] {
    return this.pair().bars.map((bar) => bar.middle);
  }

  protected override readout(index: number): string {
    const cell = this.cells()[index];
    if (cell === undefined) return '';
    const difference = points(cell.current - cell.baseline);
    return `${cell.label}: ${this.compared.toLowerCase()} ${percent(cell.baseline)}, this window ${percent(cell.current)} (${difference})`;
  }

  protected override legend() {
    return html`<span class="key"
        ><svg width="14" height="12"><rect class="baseline" width="14" height="12" /></svg
        >${this.compared}</span
      ><span class="key"
        ><svg width="14" height="12"><rect class="current" x="1" y="1" width="12" height="10" /></svg>This
        window</span
      >`;
  }

  protected override table(): ChartTable {
    return {
      columns: ['Cell', this.compared, 'This window', 'Change'],
      rows: this.cells().map((cell) => [
        cell.label,
        percent(cell.baseline),
        percent(cell.current),
        points(cell.current - cell.baseline),
      ]),
    };
  }
}

function change(cell: HistogramCell): number {
  return Math.abs(cell.current - cell.baseline);
}

function labelsOf({ layout }: Distribution): readonly string[] {
  if (layout.kind === 'number')
    return layout.isDiscrete === true
      ? valueCellLabels(layout, edgeText)
      : numberCellLabels(layout.edges, edgeText);
  return [...layout.values, ...(layout.rare.length > 0 ? ['rare values'] : [])];
}

function short(bar: HistogramBar): string {
  const { label } = bar.cell;
  return label.length > 13 ? `${label.slice(0, 12)}…` : label;
}

function gridLine(tick: number, y: number, width: number) {
  return svg`<g>
    <line class="grid" x1=${LEFT} x2=${width} y1=${y} y2=${y} />
    <text x=${LEFT - 8} y=${y + 4} text-anchor="end">${percent(tick)}</text>
  </g>`;
}
