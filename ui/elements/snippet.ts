import { css, html, LitElement } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { base, surfaces } from '../styles.ts';
import './copy.ts';

/** A block of code with a copy button. */
@customElement('lw-snippet')
export class Snippet extends LitElement {
  static override styles = [
    base,
    surfaces,
    css`
      .card {
        background: var(--lw-raised);
      }
      .head {
        display: flex;
        align-items: center;
        justify-content: space-between;
        padding: 6px 8px 0 16px;
      }
      pre {
        margin: 0;
        padding: 8px 16px 14px;
        overflow-x: auto;
        tab-size: 2;
        font: 12.5px/19px var(--lw-mono);
        border-radius: var(--lw-radius);
      }
      pre:focus-visible {
        outline-offset: -2px;
      }
    `,
  ];
  @property() code = '';
  @property() label = 'Code';

  override render() {
    return html`<div class="card">
      <div class="head">
        <span class="small quiet">${this.label}</span>
        <lw-copy .text=${this.code} what=${this.label}></lw-copy>
      </div>
      <pre tabindex="0" role="region" aria-label=${this.label}><code>${this.code}</code></pre>
    </div>`;
  }
}
