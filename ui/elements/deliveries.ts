import { css, html, LitElement } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { counted } from '../format.ts';
import { base } from '../styles.ts';
import type { Delivery, Health } from '../types.ts';
import './status.ts';
import './time.ts';

const STATES: Readonly<Record<Delivery['state'], { readonly health: Health; readonly word: string }>> = {
  pending: { health: 'learning', word: 'Waiting' },
  leased: { health: 'learning', word: 'Being sent' },
  sent: { health: 'healthy', word: 'Delivered' },
  dead: { health: 'action', word: 'Given up' },
};

/** Who was told, and did it arrive? */
@customElement('lw-deliveries')
export class Deliveries extends LitElement {
  static override styles = [
    base,
    css`
      li {
        display: grid;
        grid-template-columns: minmax(0, 1fr) auto;
        align-items: start;
        gap: 0 12px;
        padding: 8px 0;
        border-bottom: 1px solid var(--lw-line);
        font-size: 13px;
        line-height: 18px;
      }
      li:last-child {
        border-bottom: 0;
      }
    `,
  ];
  @property({ attribute: false }) deliveries: readonly Delivery[] = [];

  override render() {
    return html`<ul>
      ${[...this.deliveries].sort((a, b) => b.dueAtMs - a.dueAtMs).map(one)}
    </ul>`;
  }
}

function one(delivery: Delivery) {
  const { health, word } = STATES[delivery.state];
  const retries = delivery.attempt > 1 ? `, ${counted(delivery.attempt, 'attempt')}` : '';
  return html`<li>
    <div>
      <span class="strong">${delivery.receiver}</span>
      <div class="quiet">
        ${delivery.kind === 'retrain' ? 'retraining request' : 'notice'}${retries},
        <lw-time .ms=${delivery.dueAtMs}></lw-time>
      </div>
    </div>
    <lw-status health=${health} word=${word}></lw-status>
  </li>`;
}
