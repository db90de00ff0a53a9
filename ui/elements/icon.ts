import { css, html, LitElement } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { ICONS, type IconName } from '../icons.ts';

/** A decorative icon; the text beside it carries the meaning. */
@customElement('lw-icon')
export class Icon extends LitElement {
  static override styles = css`
    :host {
      display: inline-flex;
      flex: none;
    }
    svg {
      width: 16px;
      height: 16px;
    }
  `;
  @property() name: IconName = 'chevron';

  override render() {
    return html`<svg viewBox="0 0 16 16" aria-hidden="true">${ICONS[this.name]}</svg>`;
  }
}
