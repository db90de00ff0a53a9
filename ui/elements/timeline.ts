import { css, html, LitElement, nothing } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { clockText, counted, dayText, instantText, plain } from '../format.ts';
import { base, controls } from '../styles.ts';
import type { TimelineEntry } from '../types.ts';

/** What happened, the latest first. Deliveries are many and have a list of their own; they are shown on request. */
@customElement('lw-timeline')
export class Timeline extends LitElement {
  static override styles = [
    base,
    controls,
    css`
      li {
        position: relative;
        padding: 0 0 16px 20px;
      }
      li::before {
        content: '';
        position: absolute;
        top: 6px;
        left: 1px;
        width: 8px;
        height: 8px;
        border: 1.5px solid var(--lw-edge);
        border-radius: 50%;
        background: var(--lw-surface);
      }
      li:not(:last-child)::after {
        content: '';
        position: absolute;
        top: 18px;
        bottom: -4px;
        left: 5px;
        width: 1px;
        background: var(--lw-line);
      }
      li:last-child {
        padding-bottom: 0;
      }
      .meta {
        display: flex;
        flex-wrap: wrap;
        gap: 0 10px;
      }
      button {
        margin: 0 0 12px -6px;
      }
    `,
  ];
  @property({ attribute: false }) entries: readonly TimelineEntry[] = [];
  @state() private whole = false;

  override render() {
    const sorted = this.entries
      .map((entry, index) => ({ entry, index }))
      .sort((a, b) => b.entry.atMs - a.entry.atMs || b.index - a.index)
      .map(({ entry }) => entry);
    const deliveries = sorted.filter(isDelivery).length;
    return html`${deliveries === 0 ? nothing : this.toggle(deliveries)}
      <ol>
        ${sorted.filter((entry) => this.whole || !isDelivery(entry)).map(one)}
      </ol>`;
  }

  private toggle(deliveries: number) {
    return html`<button
      class="plain"
      type="button"
      aria-pressed=${this.whole ? 'true' : 'false'}
      @click=${() => (this.whole = !this.whole)}
    >
      ${this.whole ? 'Hide' : 'Show'} ${counted(deliveries, 'delivery', 'deliveries')}
    </button>`;
  }
}

const EVIDENCE = {
  score: 'How it was computed',
  alert: 'Model',
  delivery: 'Delivery',
  run: 'Run',
  version: 'Model',
} as const;

function isDelivery(entry: TimelineEntry): boolean {
  return entry.kind.startsWith('delivery');
}

function one(entry: TimelineEntry) {
  return html`<li>
    <p class="wrap">
      ${entry.text}
      ${
        entry.evidence === null
          ? nothing
          : html`<a class="small" href=${entry.evidence.path}
              >${EVIDENCE[entry.evidence.kind]}<span class="hidden-text"> of: ${entry.text}</span></a
            >`
      }
    </p>
    <p class="meta quiet small">
      <time datetime=${new Date(entry.atMs).toISOString()} title=${instantText(entry.atMs)}
        >${dayText(entry.atMs)}, ${clockText(entry.atMs)} UTC</time
      >
      <span>${entry.actor}${entry.actorKind === 'external' ? ' (from outside)' : nothing}</span
      ><span>${plain(entry.kind)}</span>
    </p>
  </li>`;
}
