import { css, html, nothing, svg } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { ticks } from '../charts/geometry.ts';
import { markLabels, type Volume, volume, type VolumeCell, type VolumeColumn } from '../charts/volume.ts';
import { axisText, count, counted, dayText, instantText, shortened, versionText } from '../format.ts';
import { Chart, type ChartTable } from './chart.ts';

const LEFT = 44;
const TOP = 22;
/** A name beside its mark has half the width of a phone. */
const MOST_OF_NAME = 18;
/** Fills differ by pattern, not by colour alone; versions beyond the fourth start over. */
const FILLS = 4;

/** Predictions over time as columns split by version, with a mark where each version first answered. */
@customElement('lw-volume')
export class VolumeElement extends Chart {
  static override styles = [
    ...Chart.styles,
    css`
      .fill-0 {
        fill: var(--lw-baseline);
      }
      .fill-1 {
        fill: var(--lw-accent);
      }
      .fill-2 {
        fill: url(#stripes);
        stroke: var(--lw-accent);
        stroke-width: 0.75;
      }
      .fill-3 {
        fill: none;
        stroke: var(--lw-text);
        stroke-width: 1;
      }
      .stripe {
        stroke: var(--lw-accent);
        stroke-width: 2;
      }
      .at {
        fill: var(--lw-text);
        opacity: 0.08;
      }
      .marker {
        fill: var(--lw-text);
        font-weight: 600;
      }
      .key {
        display: inline-flex;
        align-items: center;
        gap: 6px;
        margin-right: 14px;
        overflow-wrap: anywhere;
      }
      .key svg {
        flex: none;
      }
    `,
  ];
  @property({ attribute: false }) cells: readonly VolumeCell[] = [];
  protected readonly height = 172;

  private chart(): Volume {
    return volume(this.cells, { left: LEFT, right: this.width, top: TOP, bottom: this.height - 20 });
  }

  protected override summary(): string {
    const { columns, markers } = this.chart();
    const all = columns.reduce((sum, column) => sum + column.total, 0);
    const first = columns[0];
    if (first === undefined) return 'No predictions yet.';
    const changes = markers.map(
      (marker) => `version ${versionText(marker.version)} first answered on ${dayText(marker.fromMs)}`,
    );
    return `${counted(all, 'prediction')} since ${dayText(first.fromMs)}${changes.length > 0 ? `; ${changes.join(', ')}` : ''}.`;
  }

  protected override plot() {
    const chart = this.chart();
    return html`${svg`<g>
      ${stripes}
      ${ticks(0, chart.y.to, 4).map((tick) => gridLine(tick, chart.y.at(tick), this.width))}
      ${chart.columns.map((column, index) => this.column(chart, column, index === this.cursor))}
      <line class="axis" x1=${LEFT} x2=${this.width} y1=${this.height - 20} y2=${this.height - 20} />
      ${this.timeLabels(chart.columns)} ${this.markers(chart)}
    </g>`}`;
  }

  private column({ versions }: Volume, column: VolumeColumn, at: boolean) {
    return svg`<g>
      ${at ? svg`<rect class="at" x=${column.x} y=${TOP} width=${column.width} height=${this.height - 20 - TOP} />` : nothing}
      ${column.parts.map(
        (part) =>
          svg`<rect class=${fillOf(versions, part.version)} x=${column.x} y=${part.y} width=${column.width} height=${part.height} />`,
      )}
    </g>`;
  }

  private timeLabels(columns: readonly VolumeColumn[]) {
    const span = (columns.at(-1)?.fromMs ?? 0) - (columns[0]?.fromMs ?? 0);
    const every = Math.max(1, Math.ceil((columns.length * 64) / Math.max(1, this.width - LEFT)));
    return columns
      .filter((_, index) => index % every === Math.floor(every / 2))
      .map(
        (column) =>
          svg`<text x=${column.middle} y=${this.height - 5} text-anchor="middle">${axisText(column.fromMs, span)}</text>`,
      );
  }

  private markers({ markers }: Volume) {
    const named = [...Map.groupBy(markers, ({ x }) => x)].map(([x, here]) => ({
      x,
      text: shortened(here.map(({ version }) => versionText(version)).join(', '), MOST_OF_NAME),
    }));
    const labels = markLabels(named, { left: LEFT, right: this.width });
    return svg`<g>
      ${named.map(({ x }) => svg`<line class="limit" x1=${x} x2=${x} y1="4" y2=${this.height - 20} />`)}
      ${labels.map(
        ({ x, text, side }) =>
          svg`<text class="marker" x=${side === 'left' ? x - 4 : x + 4} y="13" text-anchor=${side === 'left' ? 'end' : 'start'}>${text}</text>`,
      )}
    </g>`;
  }

  protected override marks(): readonly number[] {
    return this.chart().columns.map((column) => column.middle);
  }

  protected override readout(index: number): string {
    const column = this.chart().columns[index];
    if (column === undefined) return '';
    const parts = column.parts.map((part) => `${versionText(part.version)} ${count(part.rows)}`).join(', ');
    return `${instantText(column.fromMs)}: ${parts === '' ? 'no predictions' : parts}`;
  }

  protected override legend() {
    const { versions } = this.chart();
    return html`${versions.map(
      (version) =>
        html`<span class="key"
          ><svg width="14" height="12">
            ${stripes}
            <rect class=${fillOf(versions, version)} x="0.5" y="0.5" width="13" height="11" /></svg
          >${versionText(version)}</span
        >`,
    )}`;
  }

  protected override table(): ChartTable {
    const { versions, columns } = this.chart();
    return {
      columns: ['Window', ...versions.map(versionText)],
      rows: columns.map((column) => [
        instantText(column.fromMs),
        ...versions.map((version) => count(column.parts.find((part) => part.version === version)?.rows ?? 0)),
      ]),
    };
  }
}

const stripes = svg`<defs>
  <pattern id="stripes" width="4" height="4" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
    <line class="stripe" x1="0" x2="0" y1="0" y2="4" />
  </pattern>
</defs>`;

function fillOf(versions: readonly string[], version: string): string {
  return `fill-${Math.max(0, versions.indexOf(version)) % FILLS}`;
}

function gridLine(tick: number, y: number, width: number) {
  return svg`<g>
    <line class="grid" x1=${LEFT} x2=${width} y1=${y} y2=${y} />
    <text x=${LEFT - 8} y=${y + 4} text-anchor="end">${count(tick)}</text>
  </g>`;
}
