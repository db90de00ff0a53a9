import { css, html, LitElement, nothing } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { gapText, plain, sentence } from '../format.ts';
import { base, surfaces } from '../styles.ts';
import type { FairnessRow } from '../types.ts';
import './forest.ts';
import './gap.ts';

/** How differently groups are treated: the gap against its limit, and each group's rate with its interval. */
@customElement('lw-fairness-card')
export class FairnessCard extends LitElement {
  static override styles = [
    base,
    surfaces,
    css`
      .card {
        display: grid;
        grid-template-columns: minmax(0, 1fr) minmax(0, 2fr);
        gap: 16px 40px;
        padding: 16px;
      }
      .big {
        margin: 8px 0 2px;
        font-size: 28px;
        line-height: 34px;
        font-weight: 600;
        letter-spacing: -0.02em;
      }
      .over {
        color: var(--lw-warn);
      }
      lw-gap {
        margin-top: 16px;
        max-width: 320px;
      }
      @media (max-width: 800px) {
        .card {
          grid-template-columns: minmax(0, 1fr);
        }
      }
    `,
  ];
  @property({ attribute: false }) row: FairnessRow | null = null;

  override render() {
    const { row } = this;
    if (row === null) return nothing;
    return html`<div class="card">
      <div>
        <h3>By ${row.attribute}</h3>
        <p class="quiet small">${sentence(plain(row.measure))}: the share that each group is selected</p>
        ${gapView(row)}
      </div>
      <lw-forest
        label="${sentence(plain(row.measure))} by ${row.attribute}"
        .groups=${row.groups}
      ></lw-forest>
    </div>`;
  }
}

function gapView(row: FairnessRow) {
  if (row.gap === null || row.lower === null || row.upper === null) {
    return html`<p class="big">Not known</p>
      <p class="small">${row.why ?? 'Too few groups have enough rows in this window.'}</p>`;
  }
  const over = row.lower >= row.limit;
  return html`<p class="big ${over ? 'over' : ''}">${gapText(row.gap)}</p>
    <p class="small">
      ${verdict(row.lower, row.upper, row.limit)} 95 % interval ${gapText(row.lower)} to
      ${gapText(row.upper)}.
    </p>
    <lw-gap gap=${row.gap} lower=${row.lower} upper=${row.upper} .limit=${row.limit}></lw-gap>`;
}

function verdict(lower: number, upper: number, limit: number): string {
  if (lower >= limit) return 'The gap is certainly over its limit.';
  return upper >= limit
    ? 'The gap may be over its limit; the data does not say.'
    : 'The gap is within its limit.';
}
