import { css, html, LitElement, svg } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { ratioBar } from '../charts/ratio.ts';

const WIDTH = 96;

/** A multiple of a limit as a bar, the limit as a dashed line. The number beside it says the same. */
@customElement('lw-ratio-bar')
export class RatioBarElement extends LitElement {
  static override styles = css`
    :host {
      display: block;
      width: 96px;
      max-width: 100%;
      line-height: 0;
    }
    .track {
      fill: var(--lw-raised);
    }
    .bar {
      fill: var(--lw-accent);
    }
    .drifting {
      fill: var(--lw-warn);
    }
    .action {
      fill: var(--lw-crit);
    }
    .limit {
      stroke: var(--lw-text);
      stroke-dasharray: 3 2;
    }
    .cut {
      fill: none;
      stroke: var(--lw-surface);
      stroke-width: 2;
    }
  `;
  @property({ type: Number }) ratio: number | null = null;
  @property() level: 'drifting' | 'action' = 'drifting';

  override render() {
    const { width, limitX, over, cut } = ratioBar(this.ratio, WIDTH);
    return html`<svg width=${WIDTH} height="14" viewBox="0 0 ${WIDTH} 14" aria-hidden="true">
      ${svg`<rect class="track" y="4" width=${WIDTH} height="6" rx="1.5" />
        <rect class=${over ? this.level : 'bar'} y="4" width=${width} height="6" rx="1.5" />
        <line class="limit" x1=${limitX} x2=${limitX} y1="0" y2="14" />
        ${cut ? svg`<path class="cut" d="M${WIDTH - 14} 13l4-12M${WIDTH - 9} 13l4-12" />` : ''}`}
    </svg>`;
  }
}
