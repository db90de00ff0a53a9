import { css, html, LitElement, nothing } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { featureText } from '../format.ts';
import { base, surfaces } from '../styles.ts';
import type { Distribution } from '../types.ts';
import './histogram.ts';

/** What the model answers and how sure it is, against the baseline. */
@customElement('lw-prediction-card')
export class PredictionCard extends LitElement {
  static override styles = [
    base,
    surfaces,
    css`
      .cards {
        display: grid;
        grid-template-columns: repeat(auto-fit, minmax(min(100%, 380px), 1fr));
        gap: 16px;
      }
      .card {
        padding: 16px;
      }
      h3 {
        margin-bottom: 10px;
      }
    `,
  ];
  @property({ attribute: false }) distributions: readonly Distribution[] = [];

  override render() {
    return html`<div class="cards">${this.distributions.map(one)}</div>`;
  }
}

function one(distribution: Distribution) {
  if (distribution.baseline.known.length === 0) return nothing;
  const name = featureText(distribution.feature);
  return html`<div class="card">
    <h3>${name}</h3>
    <lw-histogram label=${name} .distribution=${distribution}></lw-histogram>
    ${
      distribution.against === null
        ? nothing
        : html`<p class="quiet small">Against ${distribution.against}.</p>`
    }
  </div>`;
}
