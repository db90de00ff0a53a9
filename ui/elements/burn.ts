import { css, html, LitElement, nothing } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { span, times } from '../format.ts';
import { base } from '../styles.ts';
import type { SloRow } from '../types.ts';
import './ratio-bar.ts';

type Window = SloRow['burn'][number];

/** How fast the budget burns in each window, against that window's own threshold (the dashed line). */
@customElement('lw-burn')
export class Burn extends LitElement {
  static override styles = [
    base,
    css`
      table {
        width: 100%;
        border-collapse: collapse;
        font-size: 13px;
        line-height: 18px;
      }
      th,
      td {
        padding: 3px 12px 3px 0;
        text-align: left;
        font-weight: 400;
        white-space: nowrap;
      }
      thead th {
        color: var(--lw-quiet);
        font-size: 12px;
      }
      .value {
        text-align: right;
      }
      .over .value {
        color: var(--lw-crit);
        font-weight: 600;
      }
    `,
  ];
  @property({ attribute: false }) windows: readonly Window[] = [];
  /** What stands where a window has nothing to judge. */
  @property() nothing = 'no data';

  override render() {
    return html`<table>
      <caption class="hidden-text">
        Burn rate per window
      </caption>
      <thead>
        <tr>
          <th scope="col">Window</th>
          <th scope="col" class="value">Burn</th>
          <th scope="col" class="value">Limit</th>
          <td></td>
        </tr>
      </thead>
      <tbody>
        ${this.windows.map((window) => row(window, this.nothing))}
      </tbody>
    </table>`;
  }
}

function row(window: Window, nothingText: string) {
  const ratio = window.rate === null ? null : window.rate / (window.threshold ?? Infinity);
  const over = ratio !== null && ratio >= 1;
  return html`<tr class=${over ? 'over' : ''}>
    <th scope="row">${span(window.windowMs)}</th>
    <td class="value">
      ${window.rate === null ? nothingText : times(window.rate)}${
        over ? html`<span class="hidden-text"> over its limit</span>` : nothing
      }
    </td>
    <td class="value">${times(window.threshold)}</td>
    <td>
      ${window.threshold === null ? nothing : html`<lw-ratio-bar .ratio=${ratio} level="action"></lw-ratio-bar>`}
    </td>
  </tr>`;
}
