import { css, html, LitElement } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { count, percent, relative, span, target } from '../format.ts';
import { base, surfaces } from '../styles.ts';
import type { SloRow } from '../types.ts';
import './burn.ts';
import './time-line.ts';

/** One objective: its promise, what is left of the budget, how fast it burns, and when it would be spent. */
@customElement('lw-slo-card')
export class SloCard extends LitElement {
  static override styles = [
    base,
    surfaces,
    css`
      :host {
        container-type: inline-size;
      }
      .card {
        padding: 16px;
      }
      .big {
        margin: 8px 0 2px;
        font-size: 28px;
        line-height: 34px;
        font-weight: 600;
        letter-spacing: -0.02em;
      }
      .spent {
        color: var(--lw-crit);
      }
      .charts {
        display: grid;
        grid-template-columns: minmax(0, 1fr);
        gap: 12px;
        margin-top: 12px;
      }
    `,
  ];
  @property({ attribute: false }) slo: SloRow | null = null;
  @property({ type: Number }) now = 0;

  override render() {
    const { slo } = this;
    if (slo === null) return html``;
    const spent = slo.remaining !== null && slo.remaining <= 0;
    return html`<div class="card">
      <h3>${slo.slo}</h3>
      <p class="quiet small">${promise(slo)}</p>
      <p class="big ${spent ? 'spent' : ''}">${headline(slo)}</p>
      <p class="small">${this.outlook(slo)}</p>
      <p class="small quiet">
        ${count(slo.bad)} bad of ${count(slo.good + slo.bad)} predictions in the period
      </p>
      <div class="charts">
        <lw-time-line
          label="Error budget of ${slo.slo}"
          caption="Error budget left"
          unit="share"
          .include=${[0, 1]}
          .values=${slo.trend.map(({ fromMs, remaining }) => ({ fromMs, value: remaining }))}
          ?bad=${spent}
        ></lw-time-line>
        <lw-burn .windows=${slo.burn}></lw-burn>
      </div>
    </div>`;
  }

  private outlook(slo: SloRow): string {
    if (slo.remaining === null) return 'No traffic in the period, so nothing can be said.';
    if (slo.remaining <= 0) return 'The budget of this period is spent.';
    if (slo.exhaustionMs === null) return 'At the present pace it lasts the whole period.';
    return `At the present pace it is spent ${relative(slo.exhaustionMs, this.now)}.`;
  }
}

function promise(slo: SloRow): string {
  return slo.description === ''
    ? `${slo.kind}: ${target(slo.target)} over ${span(slo.periodMs)}`
    : slo.description;
}

function headline(slo: SloRow): string {
  if (slo.remaining === null) return 'Unknown';
  return slo.remaining < 0 ? `Overspent by ${percent(-slo.remaining)}` : `${percent(slo.remaining)} left`;
}
