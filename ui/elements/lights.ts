import { css, html, LitElement, svg } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { base, surfaces } from '../styles.ts';
import type { IngestStatus } from '../types.ts';

type Light = IngestStatus['lights'][number];

const TITLES: Readonly<Record<Light['id'], string>> = {
  connected: 'Connection seen',
  authenticated: 'Key accepted',
  parsed: 'Payload understood',
  stored: 'First row on disk',
};

/** How far data has come: four lights, lit in order, each with what was seen last in words. */
@customElement('lw-lights')
export class Lights extends LitElement {
  static override styles = [
    base,
    surfaces,
    css`
      ol {
        display: grid;
        grid-template-columns: repeat(auto-fit, minmax(min(100%, 200px), 1fr));
      }
      li {
        display: grid;
        grid-template-columns: 20px minmax(0, 1fr);
        align-content: start;
        gap: 2px 10px;
        padding: 14px 16px;
      }
      svg {
        width: 20px;
        height: 20px;
        color: var(--lw-none);
      }
      .tick {
        stroke: var(--lw-surface);
        stroke-width: 2;
        stroke-linecap: round;
      }
      .lit svg {
        color: var(--lw-ok);
      }
      p {
        grid-column: 2;
      }
    `,
  ];
  @property({ attribute: false }) lights: readonly Light[] = [];

  override render() {
    return html`<ol class="card" role="list" aria-live="polite">
      ${this.lights.map(one)}
    </ol>`;
  }
}

function one(light: Light) {
  const shape = light.lit
    ? svg`<circle cx="10" cy="10" r="9" fill="currentColor" /><path d="M6 10.3l2.8 2.8L14 7.4" fill="none" class="tick" />`
    : svg`<circle cx="10" cy="10" r="8" fill="none" stroke="currentColor" stroke-width="1.7" stroke-dasharray="3 2.4" />`;
  return html`<li class=${light.lit ? 'lit' : ''}>
    <svg viewBox="0 0 20 20" aria-hidden="true">${shape}</svg>
    <h3>${TITLES[light.id]}<span class="hidden-text">: ${light.lit ? 'yes' : 'not yet'}</span></h3>
    <p class="quiet small wrap">${light.text}</p>
  </li>`;
}
