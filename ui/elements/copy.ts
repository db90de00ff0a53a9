import { css, html, LitElement } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { base, controls } from '../styles.ts';
import './icon.ts';

/** A button that copies `text`, and says so. */
@customElement('lw-copy')
export class Copy extends LitElement {
  static override styles = [
    base,
    controls,
    css`
      :host {
        display: inline-flex;
      }
    `,
  ];
  @property() text = '';
  /** What is copied, in words: "the key". */
  @property() what = 'this';
  @state() private result: 'copied' | 'failed' | null = null;

  override render() {
    const word =
      this.result === 'copied' ? 'Copied' : this.result === 'failed' ? 'Select and copy by hand' : 'Copy';
    return html`<button class="plain" type="button" @click=${() => this.copy()}>
        <lw-icon name=${this.result === 'copied' ? 'check' : 'copy'}></lw-icon>
        ${word}<span class="hidden-text"> ${this.what}</span>
      </button>
      <span class="hidden-text" role="status"
        >${this.result === 'copied' ? `Copied ${this.what}` : ''}</span
      >`;
  }

  private async copy(): Promise<void> {
    try {
      await navigator.clipboard.writeText(this.text);
      this.result = 'copied';
    } catch {
      this.result = 'failed';
    }
    setTimeout(() => (this.result = null), 2_000);
  }
}
