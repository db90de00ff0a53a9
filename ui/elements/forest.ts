import { css, html, nothing, svg } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { type Forest, forest, type ForestMark } from '../charts/forest.ts';
import { count, percent } from '../format.ts';
import type { FairnessRow } from '../types.ts';
import { Chart, type ChartTable } from './chart.ts';

type Group = FairnessRow['groups'][number];

const ROW = 28;
const HEAD = 20;
const FOOT = 22;

/** The selection rate of each group as a point with its interval; a group without enough rows says so. */
@customElement('lw-forest')
export class ForestElement extends Chart {
  static override styles = [
    ...Chart.styles,
    css`
      .whisker {
        stroke: var(--lw-text);
        stroke-width: 1.5;
      }
      .point {
        fill: var(--lw-accent);
      }
      .name {
        fill: var(--lw-text);
        font-size: 12px;
      }
      .at {
        fill: var(--lw-text);
        opacity: 0.05;
      }
    `,
  ];
  @property({ attribute: false }) groups: readonly Group[] = [];

  protected get height(): number {
    return HEAD + this.groups.length * ROW + FOOT;
  }

  private nameWidth(): number {
    return Math.min(150, this.width * 0.3);
  }

  private chart(): Forest {
    const rows = this.groups.map(({ rate, lower, upper }) => ({ value: rate, lower, upper }));
    return forest(rows, { left: this.nameWidth() + 64, right: this.width - 12, limit: null });
  }

  protected override summary(): string {
    const known = this.groups.filter((group) => group.rate !== null);
    const sorted = [...known].sort((a, b) => (b.rate ?? 0) - (a.rate ?? 0));
    const [most] = sorted;
    const least = sorted.at(-1);
    if (most === undefined || least === undefined) return `${this.label}: no group has enough rows yet.`;
    return `${this.label}: highest in ${most.group} with ${percent(most.rate)}, lowest in ${least.group} with ${percent(least.rate)}.`;
  }

  protected override plot() {
    const chart = this.chart();
    const bottom = this.height - FOOT;
    return html`${svg`<g>
      <text x=${this.nameWidth() + 52} y="12" text-anchor="end">rows</text>
      ${chart.ticks.map(
        (tick) => svg`<g>
          <line class="grid" x1=${chart.scale.at(tick)} x2=${chart.scale.at(tick)} y1=${HEAD} y2=${bottom} />
          <text x=${chart.scale.at(tick)} y=${this.height - 6} text-anchor="middle">${percent(tick)}</text>
        </g>`,
      )}
      ${this.groups.map((group, index) => this.row(group, chart.marks[index] ?? null, index))}
    </g>`}`;
  }

  private row(group: Group, mark: ForestMark | null, index: number) {
    const y = HEAD + index * ROW + ROW / 2;
    return svg`<g>
      ${index === this.cursor ? svg`<rect class="at" x="0" y=${y - ROW / 2} width=${this.width} height=${ROW} />` : nothing}
      <text class="name" x="0" y=${y + 4}>${clipped(group.group, this.nameWidth())}</text>
      <text x=${this.nameWidth() + 52} y=${y + 4} text-anchor="end">${count(group.rows)}</text>
      ${
        mark === null
          ? svg`<text x=${this.nameWidth() + 64} y=${y + 4}>not enough data</text>`
          : svg`<line class="whisker" x1=${mark.fromX} x2=${mark.toX} y1=${y} y2=${y} />
              <line class="whisker" x1=${mark.fromX} x2=${mark.fromX} y1=${y - 4} y2=${y + 4} />
              <line class="whisker" x1=${mark.toX} x2=${mark.toX} y1=${y - 4} y2=${y + 4} />
              <circle class="point" cx=${mark.x} cy=${y} r="4.5" />`
      }
    </g>`;
  }

  protected override marks(): readonly number[] {
    return this.groups.map((_, index) => HEAD + index * ROW + ROW / 2);
  }

  protected override alongY = true;

  protected override readout(index: number): string {
    const group = this.groups[index];
    if (group === undefined) return '';
    if (group.rate === null) return `${group.group}: ${group.why ?? 'not enough data'}`;
    return `${group.group}: ${percent(group.rate)}, 95 % interval ${percent(group.lower)} to ${percent(group.upper)}, ${count(group.rows)} rows`;
  }

  protected override legend() {
    return html`Point: rate in this window. Whisker: 95 % interval.`;
  }

  protected override table(): ChartTable {
    return {
      columns: ['Group', 'Rows', 'Rate', 'Interval'],
      rows: this.groups.map((group) => [
        group.group,
        count(group.rows),
        group.rate === null ? 'not enough data' : percent(group.rate),
        group.rate === null ? (group.why ?? '–') : `${percent(group.lower)} to ${percent(group.upper)}`,
      ]),
    };
  }
}

function clipped(name: string, width: number): string {
  const most = Math.max(4, Math.floor(width / 7));
  return name.length > most ? `${name.slice(0, most - 1)}…` : name;
}
