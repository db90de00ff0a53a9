import { css, html, LitElement, nothing } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { instantText, relative } from '../format.ts';
import type { Clock } from '../resource.ts';
import { base } from '../styles.ts';

/** As of when the page's data is, and when the next run is due, both on the appliance's clock. */
@customElement('lw-data-age')
export class DataAge extends LitElement {
  static override styles = [
    base,
    css`
      :host {
        color: var(--lw-quiet);
        font-size: 13px;
        line-height: 18px;
      }
    `,
  ];
  @property({ attribute: false }) clock: Clock | null = null;

  override render() {
    if (this.clock === null) return nothing;
    const { asOfMs, nextRunMs } = this.clock;
    return html`<p>
      Data as of <time datetime=${new Date(asOfMs).toISOString()}>${instantText(asOfMs)}</time>${
        nextRunMs === null
          ? nothing
          : html`, next run
              <time datetime=${new Date(nextRunMs).toISOString()} title=${instantText(nextRunMs)}
                >${relative(nextRunMs, asOfMs)}</time
              >`
      }
    </p>`;
  }
}
