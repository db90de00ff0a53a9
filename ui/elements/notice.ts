import { css, html, LitElement, nothing } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import type { ApiFailure } from '../api.ts';
import { href } from '../router.ts';
import { base, controls, surfaces } from '../styles.ts';

/** Instead of content: why there is none, and what to do about it. Actions go into the slot. */
@customElement('lw-notice')
export class Notice extends LitElement {
  static override styles = [
    base,
    surfaces,
    css`
      .card {
        padding: 28px 24px;
        text-align: center;
      }
      :host([kind='pending']) .card,
      :host([kind='never']) .card {
        border-style: dashed;
      }
      :host([kind='error']) .card {
        border-color: var(--lw-crit);
        background: var(--lw-crit-soft);
      }
      :host([inline]) .card {
        padding: 14px 16px;
        text-align: left;
      }
      p {
        max-width: 60ch;
        margin: 4px auto 0;
      }
      :host([inline]) p {
        margin-inline: 0;
      }
      ::slotted(*) {
        margin-top: 12px !important;
      }
    `,
  ];
  /** never: no data yet; pending: not computed yet; empty: nothing to show, all good; error; forbidden. */
  @property({ reflect: true }) kind: 'never' | 'pending' | 'empty' | 'error' | 'forbidden' = 'empty';
  @property() heading = '';
  @property() text = '';

  override render() {
    return html`<div class="card" role=${this.kind === 'error' ? 'alert' : nothing}>
      <h2>${this.heading}</h2>
      <p class="quiet">${this.text}</p>
      <slot></slot>
    </div>`;
  }
}

/** A failed load: over the whole page without old data, else a line above it. */
@customElement('lw-failure')
export class Failure extends LitElement {
  static override styles = [base, controls];
  @property({ attribute: false }) failure: ApiFailure | null = null;
  @property({ type: Boolean }) stale = false;

  override render() {
    const { failure } = this;
    if (failure === null) return nothing;
    const id = failure.requestId === null ? '' : ` Request ${failure.requestId}.`;
    return html`<lw-notice
      kind=${failure.status === 403 ? 'forbidden' : 'error'}
      ?inline=${this.stale}
      heading=${headingOf(failure, this.stale)}
      text=${failure.message + id}
    >
      <button type="button" @click=${() => this.dispatchEvent(new Event('retry'))}>Try again</button>
      ${failure.status === 404 ? html`<a class="button" href=${href(['fleet'])}>Back to the fleet</a>` : nothing}
    </lw-notice>`;
  }
}

function headingOf(failure: ApiFailure, stale: boolean): string {
  if (failure.status === 403) return 'Your key does not allow this';
  if (failure.status === 404) return 'Not here';
  return stale ? 'Could not refresh; what you see is the last answer' : 'This could not be loaded';
}
