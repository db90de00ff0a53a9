import { css, html, LitElement } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { base, surfaces } from '../styles.ts';

/** Grey bars in the place of content; seen only when loading takes longer than 150 ms. */
@customElement('lw-skeleton')
export class Skeleton extends LitElement {
  static override styles = [
    base,
    surfaces,
    css`
      .card {
        display: grid;
        gap: 18px;
        padding: 20px 16px;
        opacity: 0;
        animation: appear 1ms 150ms forwards;
      }
      .bar {
        height: 12px;
        border-radius: 4px;
        background: var(--lw-line);
      }
      .bar:nth-child(3n + 1) {
        width: 62%;
      }
      .bar:nth-child(3n + 2) {
        width: 88%;
      }
      @keyframes appear {
        to {
          opacity: 1;
        }
      }
      @media (prefers-reduced-motion: reduce) {
        .card {
          opacity: 1;
        }
      }
    `,
  ];
  @property({ type: Number }) rows = 6;

  override render() {
    return html`<div class="card" role="status">
      <span class="hidden-text">Loading</span>
      ${Array.from({ length: this.rows }, () => html`<div class="bar"></div>`)}
    </div>`;
  }
}
