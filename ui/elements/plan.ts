import { css, html, LitElement, nothing } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { count, duration, percent } from '../format.ts';
import { base, surfaces } from '../styles.ts';
import type { RollbackPlan } from '../types.ts';
import './copy.ts';

/** The exact effect of a rollback before it happens: what is sent where, and what will prove it. */
@customElement('lw-plan')
export class Plan extends LitElement {
  static override styles = [
    base,
    surfaces,
    css`
      .versions {
        display: flex;
        align-items: center;
        gap: 10px;
        margin-bottom: 10px;
        font-size: 20px;
        line-height: 28px;
      }
      .from {
        color: var(--lw-quiet);
        text-decoration: line-through;
      }
      pre {
        margin: 0;
        padding: 10px 14px;
        overflow-x: auto;
        border-radius: 6px;
        background: var(--lw-raised);
        font: 12.5px/19px var(--lw-mono);
        white-space: pre-wrap;
        overflow-wrap: anywhere;
      }
      .facts {
        margin-top: 10px;
      }
    `,
  ];
  @property({ attribute: false }) plan: RollbackPlan | null = null;
  @property() hash = '';

  override render() {
    const { plan } = this;
    if (plan === null) return nothing;
    return html`<div class="versions">
        <span class="hidden-text">From version</span><span class="from">${plan.fromVersion}</span>
        <span aria-hidden="true">→</span><span class="hidden-text">to version</span>
        <span class="strong">${plan.toVersion}</span>
      </div>
      <pre aria-label="The request that will be sent"><code>${plan.method} ${plan.url}
${JSON.stringify(plan.body, null, 2)}</code></pre>
      <dl class="facts">
        <div>
          <dt>Proved when</dt>
          <dd>
            ${percent(plan.verifyShare)} of predictions come from ${plan.toVersion}, at least
            ${count(plan.verifyMinRows)} rows, within ${duration(plan.verifyWithinMs)}
          </dd>
        </div>
        <div>
          <dt>Plan</dt>
          <dd class="mono" title=${this.hash}>${this.hash.slice(0, 12)}</dd>
        </div>
      </dl>`;
  }
}
