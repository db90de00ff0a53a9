import { css, html, LitElement, nothing } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { count, dayText, versionText, windowText } from '../format.ts';
import { href } from '../router.ts';
import { base, controls, surfaces } from '../styles.ts';
import type { ModelDetail } from '../types.ts';
import './icon.ts';
import './status.ts';
import './strip.ts';
import './time.ts';

const DAY_MS = 86_400_000;

const headStyles = css`
  .crumb {
    display: inline-block;
    margin-bottom: 8px;
    font-size: 13px;
    line-height: 18px;
  }
  .title {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 4px 12px;
  }
  .verdict {
    margin: 6px 0 12px;
    max-width: 92ch;
    font-size: 20px;
    line-height: 28px;
    letter-spacing: -0.01em;
  }
  .windows {
    margin-top: 20px;
    padding: 14px 16px;
  }
  .picker {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 8px;
    margin-bottom: 14px;
  }
  .picker label {
    margin: 0;
  }
  .picker .pages {
    display: inline-flex;
    gap: 4px;
  }
  .picker .button,
  .picker button {
    padding: 5px 8px;
  }
  .flip {
    transform: scaleX(-1);
  }
`;

/** What the model is, its verdict in one sentence, and which window the page shows. */
@customElement('lw-model-head')
export class ModelHead extends LitElement {
  static override styles = [base, controls, surfaces, headStyles];
  @property({ attribute: false }) model: ModelDetail | null = null;
  /** The window asked for by the address; null follows the latest. */
  @property() pinned: string | null = null;

  override render() {
    const { model } = this;
    if (model === null) return nothing;
    return html`<a class="crumb" href=${href(['fleet'])}>Fleet</a>
      <div class="title">
        <h1>${model.title}</h1>
        <lw-status health=${model.health}></lw-status>
      </div>
      <p class="verdict">${model.verdict}</p>
      ${facts(model)} ${model.windows.length === 0 ? nothing : this.windows(model)}`;
  }

  private windows(model: ModelDetail) {
    const shown = model.window?.fromMs ?? null;
    const place = shown === null ? -1 : model.windows.indexOf(shown);
    return html`<div class="card windows">
      <div class="picker">
        <label for="window">Window</label>
        ${this.select(model)}
        <span class="pages">
          ${this.step('Earlier', model.windows[place - 1])} ${this.step('Later', model.windows[place + 1])}
        </span>
        ${
          this.pinned === null
            ? nothing
            : html`<button type="button" @click=${() => this.choose(null)}>Follow the latest</button>`
        }
      </div>
      <lw-strip
        pick
        height="36"
        .cells=${model.strip}
        .chosen=${shown}
        @pick=${(event: CustomEvent<number>) => this.choose(event.detail)}
      ></lw-strip>
    </div>`;
  }

  private select(model: ModelDetail) {
    const lengthMs = model.window === null ? DAY_MS : model.window.toMs - model.window.fromMs;
    const latest = model.windows.at(-1);
    return html`<select
      id="window"
      @change=${(event: Event) => {
        const { value } = event.target as HTMLSelectElement;
        this.choose(value === '' ? null : Number(value));
      }}
    >
      <option value="" ?selected=${this.pinned === null}>
        Latest${latest === undefined ? '' : `: ${windowText(latest, latest + lengthMs)}`}
      </option>
      ${model.windows
        .toReversed()
        .map(
          (fromMs) =>
            html`<option value=${fromMs} ?selected=${this.pinned === String(fromMs)}>
              ${windowText(fromMs, fromMs + lengthMs)}
            </option>`,
        )}
    </select>`;
  }

  private step(word: string, fromMs: number | undefined) {
    return html`<button
      type="button"
      aria-label="${word} window"
      ?disabled=${fromMs === undefined}
      @click=${() => this.choose(fromMs ?? null)}
    >
      <lw-icon name="back" class=${word === 'Later' ? 'flip' : ''}></lw-icon>
    </button>`;
  }

  private choose(fromMs: number | null): void {
    const { model } = this;
    if (model === null) return;
    location.hash = href(['models', model.tenant, model.model], {
      window: fromMs === null ? null : String(fromMs),
    });
  }
}

function facts(model: ModelDetail) {
  const { baseline } = model;
  return html`<dl class="facts">
    ${fact('Tenant', model.tenant)} ${fact('Task', model.task)}
    ${fact('Version', model.version === null ? 'none seen' : versionText(model.version))}
    ${fact(
      'Baseline',
      baseline === null
        ? 'none yet'
        : `${baseline.description}, ${dayText(baseline.fromMs)} to ${dayText(baseline.toMs)}`,
    )}
    ${fact('Predictions', count(model.predictions))} ${fact('Labels', count(model.labels))}
    ${fact(
      'Last prediction',
      model.lastEventMs === null
        ? 'none'
        : html`<lw-time .ms=${model.lastEventMs} .now=${model.asOfMs}></lw-time>`,
    )}
  </dl>`;
}

function fact(name: string, value: unknown) {
  return html`<div>
    <dt>${name}</dt>
    <dd>${value}</dd>
  </div>`;
}
