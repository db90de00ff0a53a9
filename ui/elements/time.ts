import { css, html, LitElement } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { instantText, relative } from '../format.ts';

/** A time: absolute in UTC, or how long ago on the appliance's clock with the absolute time as its title. */
@customElement('lw-time')
export class Time extends LitElement {
  static override styles = css`
    :host {
      display: inline;
    }
  `;
  @property({ type: Number }) ms = 0;
  /** With it the time is told relative to this instant. */
  @property({ type: Number }) now: number | null = null;

  override render() {
    const absolute = instantText(this.ms);
    const text = this.now === null ? absolute : relative(this.ms, this.now);
    return html`<time datetime=${new Date(this.ms).toISOString()} title=${absolute}>${text}</time>`;
  }
}
