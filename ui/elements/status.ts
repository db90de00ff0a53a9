import { css, html, LitElement, svg, type SVGTemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import type { Health } from '../types.ts';

/** Each health has its own shape and word, so that colour is never alone. */
export const SHAPES: Readonly<Record<Health, SVGTemplateResult>> = {
  healthy: svg`<circle cx="6" cy="6" r="4.2" fill="currentColor" />`,
  drifting: svg`<path d="M6 1 11.2 10.4H.8z" fill="currentColor" />`,
  action: svg`<path d="M6 .4 11.6 6 6 11.6.4 6z" fill="currentColor" />`,
  silent: svg`<circle cx="6" cy="6" r="4.3" fill="none" stroke="currentColor" stroke-width="1.7" stroke-dasharray="2.4 1.9" />`,
  learning: svg`<circle cx="6" cy="6" r="4.3" fill="none" stroke="currentColor" stroke-width="1.5" /><path d="M6 1.7a4.3 4.3 0 0 1 0 8.6z" fill="currentColor" />`,
};

export const WORDS: Readonly<Record<Health, string>> = {
  healthy: 'Healthy',
  drifting: 'Warning',
  action: 'Action',
  silent: 'Silent',
  learning: 'Learning',
};

/** Shape and word of a health, or of another word with the same meaning. */
@customElement('lw-status')
export class Status extends LitElement {
  static override styles = css`
    :host {
      display: inline-flex;
      align-items: center;
      gap: 6px;
      white-space: nowrap;
      font-weight: 500;
    }
    svg {
      width: 12px;
      height: 12px;
      flex: none;
    }
    .healthy {
      color: var(--lw-ok);
    }
    .drifting {
      color: var(--lw-warn);
    }
    .action {
      color: var(--lw-crit);
    }
    .silent,
    .learning {
      color: var(--lw-none);
    }
  `;
  @property() health: Health = 'silent';
  /** Another word than the health's own. */
  @property() word = '';

  override render() {
    return html`<svg class=${this.health} viewBox="0 0 12 12" aria-hidden="true">${SHAPES[this.health]}</svg>
      <span class=${this.health}>${this.word === '' ? WORDS[this.health] : this.word}</span>`;
  }
}
