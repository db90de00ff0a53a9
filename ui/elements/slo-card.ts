import { css, html, LitElement, nothing } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { count, instantText, percent, relative, span, target, times } from '../format.ts';
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
      .windows {
        margin-top: 8px;
        font-size: 13px;
        line-height: 18px;
      }
      .windows summary {
        cursor: pointer;
        color: var(--lw-quiet);
      }
      .windows ul {
        margin: 6px 0 0;
        padding-left: 18px;
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
      <p class="small quiet">${counts(slo)}</p>
      <div class="charts">
        <lw-time-line
          label="Error budget of ${slo.slo}"
          caption="Error budget left"
          unit="share"
          .include=${[0, 1]}
          .values=${slo.trend.map(({ fromMs, remaining }) => ({ fromMs, value: remaining }))}
          ?bad=${spent}
        ></lw-time-line>
        <lw-burn .windows=${slo.burn} nothing=${NOTHING[slo.state ?? 'nodata']}></lw-burn>
      </div>
      ${slo.pairs.length === 0 ? nothing : pairs(slo)}
    </div>`;
  }

  private outlook(slo: SloRow): string {
    if (slo.state === 'pending') return `${slo.text}.`;
    if (slo.remaining === null) return NO_DATA[kindOf(slo)];
    if (slo.spending !== null) return spendingOutlook(slo.spending, slo.exhaustionMs, this.now);
    if (slo.remaining <= 0) return 'The budget of this period is spent.';
    if (slo.exhaustionMs === null) return 'At the present pace it lasts the whole period.';
    return `At the present pace it is spent ${relative(slo.exhaustionMs, this.now)}.`;
  }
}

const NOTHING: Readonly<Record<NonNullable<SloRow['state']>, string>> = {
  ok: 'no data',
  burning: 'no data',
  nodata: 'no data',
  pending: 'waits for labels',
};

type Counted = 'events' | 'slices' | 'labels';

const NO_DATA: Readonly<Record<Counted, string>> = {
  events: 'No traffic in the period, so nothing can be said.',
  slices: 'No slice of the period could be judged, so nothing can be said.',
  labels: 'No prediction of the period has a label, so nothing can be said.',
};

function kindOf({ kind }: SloRow): Counted {
  if (kind === 'quality') return 'labels';
  return kind === 'drift' || kind === 'fairness' || kind === 'freshness' ? 'slices' : 'events';
}

type Spending = NonNullable<SloRow['spending']>;

function spendingOutlook(spending: Spending, exhaustionMs: number | null, now: number): string {
  if (spending.spent >= spending.budget) return 'The budget of this month is spent.';
  if (spending.projected === null) return 'Nothing was paid of late.';
  const costs = `At the present pace the month costs ${money(spending, spending.projected)}`;
  return exhaustionMs === null ? `${costs}.` : `${costs}; the budget ends ${relative(exhaustionMs, now)}.`;
}

function money({ currency }: Spending, amount: number): string {
  const text = amount.toLocaleString('en-US', { maximumFractionDigits: amount < 1 ? 6 : 2 });
  return currency === null ? text : `${text} ${currency}`;
}

function counts(slo: SloRow): string {
  const { spending } = slo;
  const others = [
    ...(slo.excluded > 0 ? [`${count(slo.excluded)} not counted`] : []),
    ...(slo.waiting > 0 ? [`${count(slo.waiting)} wait for their label`] : []),
    ...(slo.sinceMs === null ? [] : [`counted since ${instantText(slo.sinceMs)}`]),
  ];
  const what = kindOf(slo) === 'slices' ? 'slices' : 'predictions';
  const main =
    spending === null
      ? `${count(slo.bad)} bad of ${count(slo.good + slo.bad)} ${what} in the period`
      : `${money(spending, spending.spent)} of ${money(spending, spending.budget)} this month${
          spending.perPrediction === null ? '' : `, ${money(spending, spending.perPrediction)} a prediction`
        }`;
  return [main, ...others].join(' · ');
}

/** What it is judged by, and why that is not what the table says. */
function pairs(slo: SloRow) {
  return html`<details class="windows">
    <summary>Judged by ${slo.pairs.length === 1 ? 'a pair' : `${slo.pairs.length} pairs`} of windows</summary>
    <ul>
      ${slo.pairs.map(
        ({ severity, longMs, shortMs, factor, tableFactor, why, ratio }) =>
          html`<li>
            ${severity}: over ${times(factor)} in ${span(longMs)} and in
            ${span(shortMs)}${ratio === null ? ' (cannot be told now)' : ratio >= 1 ? ' (fires)' : ''}${
              why === null
                ? nothing
                : html`<span class="quiet">; ${times(tableFactor)} in the table, ${why}</span>`
            }
          </li>`,
      )}
    </ul>
  </details>`;
}

function promise(slo: SloRow): string {
  return slo.description === ''
    ? `${slo.kind}: ${target(slo.target)} over ${span(slo.periodMs)}`
    : slo.description;
}

function headline(slo: SloRow): string {
  if (slo.remaining === null) return slo.state === 'pending' ? 'Waits for labels' : 'No data';
  return slo.remaining < 0 ? `Overspent by ${percent(-slo.remaining)}` : `${percent(slo.remaining)} left`;
}
