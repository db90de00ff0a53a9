import { css, html, LitElement } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { clockText, dayText, instantText, plain } from '../format.ts';
import { base } from '../styles.ts';
import type { TimelineEntry } from '../types.ts';

/** What happened, the latest first. */
@customElement('lw-timeline')
export class Timeline extends LitElement {
  static override styles = [
    base,
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
    `,
  ];
  @property({ attribute: false }) entries: readonly TimelineEntry[] = [];

  override render() {
    const entries = this.entries
      .map((entry, index) => ({ entry, index }))
      .sort((a, b) => b.entry.atMs - a.entry.atMs || b.index - a.index);
    return html`<ol>
      ${entries.map(({ entry }) => one(entry))}
    </ol>`;
  }
}

function one(entry: TimelineEntry) {
  return html`<li>
    <p class="wrap">${entry.text}</p>
    <p class="meta quiet small">
      <time datetime=${new Date(entry.atMs).toISOString()} title=${instantText(entry.atMs)}
        >${dayText(entry.atMs)}, ${clockText(entry.atMs)} UTC</time
      >
      <span>${entry.actor}</span><span>${plain(entry.kind)}</span>
    </p>
  </li>`;
}
