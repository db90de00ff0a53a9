import { css, html, LitElement, nothing } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { api } from '../api.ts';
import { counted } from '../format.ts';
import { base, surfaces } from '../styles.ts';
import type { Alert, Matcher, SilencePreviewTold } from '../types.ts';
import { alertLink } from './alert-link.ts';

const AFTER_TYPING_MS = 300;
const MOST_LISTED = 8;

/** What a silence would hold back now, and would have held back in the last seven days; asked while it is typed. */
@customElement('lw-silence-preview')
export class SilencePreview extends LitElement {
  static override styles = [
    base,
    surfaces,
    css`
      :host {
        display: block;
        padding: 12px;
        border: 1px dashed var(--lw-line);
        border-radius: 6px;
        font-size: 13px;
        line-height: 18px;
      }
      ul {
        margin-top: 4px;
        padding-left: 16px;
        list-style: disc;
      }
      li {
        overflow-wrap: anywhere;
      }
      p + p {
        margin-top: 6px;
      }
      summary {
        padding: 3px 0;
        cursor: pointer;
      }
      .warning {
        color: var(--lw-warn);
        font-weight: 500;
      }
    `,
  ];
  @property() tenant = '';
  @property({ attribute: false, hasChanged: isOther }) matchers: readonly Matcher[] = [];
  @state() private value: SilencePreviewTold | null = null;
  @state() private problem = '';
  private timer: ReturnType<typeof setTimeout> | null = null;
  private running: AbortController | null = null;

  override disconnectedCallback(): void {
    this.stop();
    super.disconnectedCallback();
  }

  override willUpdate(changed: Map<PropertyKey, unknown>): void {
    if (!changed.has('tenant') && !changed.has('matchers')) return;
    this.stop();
    if (this.matchers.length === 0) this.value = null;
    else this.timer = setTimeout(() => void this.load(), AFTER_TYPING_MS);
  }

  override render() {
    return html`<div role="status">
        ${this.matchers.length === 0 ? html`<p class="quiet">Fill in a condition to see what it matches.</p>` : nothing}
        ${this.value === null ? nothing : content(this.value)}
      </div>
      ${this.problem === '' ? nothing : html`<p class="warning" role="alert">${this.problem}</p>`}`;
  }

  private stop(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.running?.abort();
  }

  private async load(): Promise<void> {
    const running = new AbortController();
    this.running = running;
    this.problem = '';
    try {
      const { tenant, matchers } = this;
      this.value = await api.previewSilence({ tenant, matchers }, running.signal);
    } catch (error) {
      if (running.signal.aborted) return;
      this.value = null;
      this.problem = error instanceof Error ? error.message : String(error);
    }
  }
}

function isOther(value: readonly Matcher[], before: readonly Matcher[] | undefined): boolean {
  return JSON.stringify(value) !== JSON.stringify(before);
}

function content({ firing, lately, warnings }: SilencePreviewTold) {
  return html`${warnings.map((text) => html`<p class="warning">${text}</p>`)}
    <p>
      Holds back now: <span class="strong">${counted(firing.length, 'alert')}</span>; in the last 7 days it
      would have held back <span class="strong">${counted(lately.length, 'more', 'more')}</span>, ended by
      now.
    </p>
    ${list(firing)}
    ${
      lately.length === 0
        ? nothing
        : html`<details>
            <summary>Of the last 7 days</summary>
            ${list(lately)}
          </details>`
    }`;
}

function list(alerts: readonly Alert[]) {
  if (alerts.length === 0) return nothing;
  const more = alerts.length - MOST_LISTED;
  return html`<ul>
    ${alerts.slice(0, MOST_LISTED).map((alert) => html`<li>${alertLink(alert)}</li>`)}
    ${more > 0 ? html`<li class="quiet">and ${more} more</li>` : nothing}
  </ul>`;
}
