import { css, html, LitElement, nothing } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import { counted } from '../format.ts';
import { base } from '../styles.ts';
import type { Delivery, Health } from '../types.ts';
import './status.ts';
import './time.ts';

/** What becomes of deliveries, in words. */
export const DELIVERY_STATES: Readonly<
  Record<Delivery['state'], { readonly health: Health; readonly word: string }>
> = {
  pending: { health: 'learning', word: 'Waiting' },
  leased: { health: 'learning', word: 'Being sent' },
  sent: { health: 'healthy', word: 'Delivered' },
  superseded: { health: 'healthy', word: 'Told by a newer one' },
  dead: { health: 'action', word: 'Given up' },
};

/** Who was told, and did it arrive? One line a receiver, each delivery inside. */
@customElement('lw-deliveries')
export class Deliveries extends LitElement {
  static override styles = [
    base,
    css`
      details {
        border-bottom: 1px solid var(--lw-line);
        font-size: 13px;
        line-height: 18px;
      }
      details:last-child {
        border-bottom: 0;
      }
      summary {
        padding: 8px 0;
        cursor: pointer;
      }
      .line,
      li {
        display: inline-grid;
        grid-template-columns: minmax(0, 1fr) auto;
        gap: 0 12px;
        width: calc(100% - 20px);
        vertical-align: top;
      }
      li {
        width: 100%;
        padding: 4px 0 4px 16px;
      }
      ul {
        padding-bottom: 8px;
      }
    `,
  ];
  @property({ attribute: false }) deliveries: readonly Delivery[] = [];
  /** The id of the one that a link asks for: its receiver is unfolded. */
  @property() shown: string | null = null;

  override render() {
    const sorted = [...this.deliveries].sort((a, b) => b.dueAtMs - a.dueAtMs);
    const groups = Map.groupBy(sorted, (delivery) => delivery.receiver);
    return html`${repeat(
      [...groups],
      ([receiver]) => receiver,
      (group) => receiverView(group, this.shown),
    )}`;
  }
}

function receiverView([receiver, deliveries]: readonly [string, readonly Delivery[]], shown: string | null) {
  const worst =
    deliveries.find(({ state }) => state === 'dead') ?? deliveries.find(({ state }) => state !== 'sent');
  const { health, word } = DELIVERY_STATES[worst?.state ?? 'sent'];
  return html`<details ?open=${deliveries.some(({ id }) => id === shown)}>
    <summary>
      <span class="line"
        ><span
          ><span class="strong">${receiver}</span>
          <span class="quiet">${counted(deliveries.length, 'delivery', 'deliveries')}</span></span
        ><lw-status health=${health} word=${word}></lw-status
      ></span>
    </summary>
    <ul>
      ${deliveries.map((delivery) => one(delivery, delivery.id === shown))}
    </ul>
  </details>`;
}

function one(delivery: Delivery, isShown: boolean) {
  const { health, word } = DELIVERY_STATES[delivery.state];
  const retries = delivery.attempt > 1 ? `, ${counted(delivery.attempt, 'attempt')}` : '';
  return html`<li aria-current=${isShown ? 'true' : nothing}>
    <span class=${isShown ? 'strong' : 'quiet'}
      >${delivery.kind === 'retrain' ? 'retraining request' : 'notice'}${retries},
      <lw-time .ms=${delivery.dueAtMs}></lw-time></span
    ><lw-status health=${health} word=${word}></lw-status>
  </li>`;
}
