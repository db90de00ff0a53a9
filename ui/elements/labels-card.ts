import { css, html, LitElement, nothing } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { instantText } from '../format.ts';
import { base, surfaces } from '../styles.ts';
import type { Check, LabelCharts } from '../types.ts';
import './checks.ts';
import './reliability.ts';
import './time-line.ts';

/** What labels tell: whether they come, whether the model is wrong more often, and whether scores mean what they meant. */
@customElement('lw-labels-card')
export class LabelsCard extends LitElement {
  static override styles = [
    base,
    surfaces,
    css`
      .charts {
        display: grid;
        grid-template-columns: repeat(auto-fit, minmax(min(100%, 380px), 1fr));
        gap: 16px;
        margin-bottom: 16px;
      }
      h3 {
        margin-bottom: 8px;
      }
    `,
  ];
  @property({ attribute: false }) checks: readonly Check[] = [];
  @property({ attribute: false }) charts: LabelCharts = { error: null, reliability: null };

  override render() {
    const { error, reliability } = this.charts;
    return html`${
        error === null && reliability === null
          ? nothing
          : html`<div class="charts">
              ${error === null ? nothing : errorChart(error)}
              ${
                reliability === null
                  ? nothing
                  : html`<div class="card padded">
                      <h3>Do scores mean what they say?</h3>
                      <lw-reliability label="Calibration" .bins=${reliability}></lw-reliability>
                    </div>`
              }
            </div>`
      } <lw-checks caption="What labels tell" dated .checks=${this.checks}></lw-checks>`;
  }
}

function errorChart({ unit, days, sinceMs }: NonNullable<LabelCharts['error']>) {
  const told = unit === 'share' ? 'Share of predictions that were wrong' : 'Mean size of the error';
  return html`<div class="card padded">
    <h3>Error over time</h3>
    <lw-time-line
      label="Error"
      unit=${unit}
      caption="${told}, by day of the prediction${sinceMs === null ? '' : `; rose about ${instantText(sinceMs)}`}"
      ?bad=${sinceMs !== null}
      .values=${days}
      .moments=${sinceMs === null ? [] : [{ atMs: sinceMs, text: 'rose' }]}
    ></lw-time-line>
  </div>`;
}
