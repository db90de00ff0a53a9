import { css, html, nothing, svg } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { type Point, ticks } from '../charts/geometry.ts';
import { type TimeLine, timeLine } from '../charts/line.ts';
import { axisText, dayText, instantText, number, percent } from '../format.ts';
import { Chart, type ChartTable } from './chart.ts';

interface Value {
  readonly fromMs: number;
  readonly value: number | null;
  /** false: chance explains it; its dot is hollow. */
  readonly isSignificant?: boolean | null;
}

interface Moment {
  readonly atMs: number;
  readonly text: string;
}

export interface Limit {
  readonly value: number;
  readonly text: string;
}

const LEFT = 52;

/** One value over time with its limits as dashed lines. */
@customElement('lw-time-line')
export class TimeLineElement extends Chart {
  static override styles = [
    ...Chart.styles,
    css`
      .line {
        fill: none;
        stroke: var(--lw-accent);
        stroke-width: 2;
        stroke-linejoin: round;
      }
      .area {
        fill: var(--lw-accent);
        opacity: 0.1;
      }
      .bad .line {
        stroke: var(--lw-crit);
      }
      .bad .area {
        fill: var(--lw-crit);
      }
      .name {
        paint-order: stroke;
        stroke: var(--lw-surface);
        stroke-width: 3px;
      }
      .seen {
        fill: var(--lw-accent);
      }
      .chance {
        fill: var(--lw-surface);
        stroke: var(--lw-accent);
      }
      .moment {
        stroke: var(--lw-crit);
        stroke-width: 1.5;
      }
      .dot {
        fill: var(--lw-surface);
        stroke: var(--lw-text);
        stroke-width: 2;
      }
    `,
  ];
  @property({ attribute: false }) values: readonly Value[] = [];
  @property({ attribute: false }) limits: readonly Limit[] = [];
  /** Values that the vertical axis always holds. */
  @property({ attribute: false }) include: readonly number[] = [0];
  @property() unit: 'share' | 'number' = 'number';
  /** Moments with a name. */
  @property({ attribute: false }) moments: readonly Moment[] = [];
  /** What the line is, in words. */
  @property() caption = '';
  @property({ type: Boolean }) bad = false;
  protected readonly height = 140;

  private text(value: number | null): string {
    return this.unit === 'share' ? percent(value) : number(value);
  }

  private line(): TimeLine {
    return timeLine(this.values, {
      left: LEFT,
      right: this.width - 4,
      top: 10,
      bottom: this.height - 20,
      include: [...this.include, ...this.limits.map((limit) => limit.value)],
    });
  }

  protected override summary(): string {
    const known = this.values.filter((entry) => entry.value !== null);
    const [first] = known;
    const last = known.at(-1);
    if (first === undefined || last === undefined) return `${this.label}: no values yet.`;
    return `${this.label}: ${this.text(first.value)} on ${dayText(first.fromMs)}, ${this.text(last.value)} on ${dayText(last.fromMs)}.`;
  }

  protected override plot() {
    const chart = this.line();
    const at = this.cursor === null ? undefined : chart.points[this.cursor];
    return html`${svg`<g class=${this.bad ? 'bad' : ''}>
      ${ticks(chart.y.from, chart.y.to, 3).map((tick) => this.level(tick, chart.y.at(tick)))}
      <path class="area" d=${chart.area} /><path class="line" d=${chart.line} />
      ${this.limits.map((limit) => this.limit(limit, chart.y.at(limit.value)))}
      ${this.moments.map((moment) => this.moment(moment, chart.x.at(moment.atMs)))}
      ${chart.points.map((point, index) => this.point(point, index))}
      ${this.times(chart)}
      ${at === undefined || at.y === null ? nothing : svg`<circle class="dot" cx=${at.x} cy=${at.y} r="4" />`}
    </g>`}`;
  }

  /** Only where something was tested: a dot for what chance does not explain, a ring for what it does. */
  private point({ x, y }: Point, index: number) {
    const isSignificant = this.values[index]?.isSignificant ?? null;
    if (y === null || isSignificant === null) return nothing;
    return svg`<circle class=${isSignificant ? 'seen' : 'chance'} cx=${x} cy=${y} r="2.5" />`;
  }

  private moment({ text }: Moment, x: number) {
    return svg`<g>
      <line class="moment" x1=${x} x2=${x} y1="0" y2=${this.height - 20} />
      <text class="name" x=${x > this.width - 60 ? x - 4 : x + 4} y="10" text-anchor=${x > this.width - 60 ? 'end' : 'start'}>${text}</text>
    </g>`;
  }

  private times({ x, timeTicks }: TimeLine) {
    return timeTicks
      .filter((tick) => x.at(tick) < this.width - 16)
      .map(
        (tick) =>
          svg`<text x=${x.at(tick)} y=${this.height - 4} text-anchor="middle">${axisText(tick, x.to - x.from)}</text>`,
      );
  }

  private level(tick: number, y: number) {
    return svg`<g>
      <line class=${tick === 0 ? 'axis' : 'grid'} x1=${LEFT} x2=${this.width} y1=${y} y2=${y} />
      <text x=${LEFT - 8} y=${y + 4} text-anchor="end">${this.text(tick)}</text>
    </g>`;
  }

  private limit({ text }: Limit, y: number) {
    return svg`<g>
      <line class="limit" x1=${LEFT} x2=${this.width} y1=${y} y2=${y} />
      <text class="name" x=${LEFT + 4} y=${y - 4}>${text}</text>
    </g>`;
  }

  protected override marks(): readonly number[] {
    return this.line().points.map((point) => point.x);
  }

  protected override readout(index: number): string {
    const entry = this.values[index];
    if (entry === undefined) return '';
    const chance = entry.isSignificant === false ? ', chance explains it' : '';
    return `${instantText(entry.fromMs)}: ${entry.value === null ? 'no value' : this.text(entry.value)}${chance}`;
  }

  protected override legend() {
    return html`${this.caption}`;
  }

  protected override table(): ChartTable {
    return {
      columns: ['Time', this.caption],
      rows: this.values.map((entry) => [instantText(entry.fromMs), this.text(entry.value)]),
    };
  }
}
