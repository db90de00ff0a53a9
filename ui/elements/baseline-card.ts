import { css, html, LitElement, nothing } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { count, counted, dayText, sentence } from '../format.ts';
import { base, surfaces } from '../styles.ts';
import type { BaselineCard } from '../types.ts';
import './notice.ts';
import './status.ts';
import './time.ts';

type Told = NonNullable<BaselineCard['current']>;
type Compared = BaselineCard['comparisons'][number];

const NAMES: Readonly<Record<Compared['comparison'], string>> = {
  fixed: 'The baseline',
  moving: 'The weeks before',
};

/** What a model is judged against: by what, since when, by whose choice, and what is not judged at all. */
@customElement('lw-baseline-card')
export class BaselineCardElement extends LitElement {
  static override styles = [
    base,
    surfaces,
    css`
      .card {
        display: grid;
        grid-template-columns: repeat(auto-fit, minmax(min(100%, 380px), 1fr));
        gap: 20px 40px;
        padding: 16px;
      }
      h3 {
        margin-bottom: 6px;
      }
      .facts {
        margin-top: 6px;
      }
      .compared + .compared {
        margin-top: 12px;
      }
      .badge {
        display: inline-block;
        margin-right: 6px;
        padding: 0 6px;
        border: 1px solid var(--lw-edge);
        border-radius: 4px;
        font-weight: 600;
      }
      details {
        margin-top: 12px;
        font-size: 13px;
        line-height: 18px;
      }
      summary {
        min-height: 24px;
        cursor: pointer;
      }
      li {
        margin-top: 8px;
        overflow-wrap: anywhere;
      }
      .not {
        grid-column: 1 / -1;
      }
      p {
        overflow-wrap: anywhere;
      }
    `,
  ];
  @property({ attribute: false }) card: BaselineCard | null = null;

  override render() {
    const { card } = this;
    if (card === null) return nothing;
    return html`<div class="card">
      <div>
        <h3>In force</h3>
        ${card.current === null ? none(card) : inForce(card.current, card)} ${before(card)}
      </div>
      <div>
        <h3>Windows are compared with</h3>
        ${card.comparisons.map((one) => compared(one, card))}
      </div>
      ${notJudged(card)}
    </div>`;
  }
}

function none({ waiting, configured }: BaselineCard) {
  return html`<lw-status health="learning" word="There is none yet"></lw-status>
    <p class="small">${waiting}</p>
    <p class="quiet small">It is to be ${configured}.</p>`;
}

function inForce(current: Told, { configured }: BaselineCard) {
  return html`<p>${sentence(current.description)}</p>
    <dl class="facts">
      <div>
        <dt>Period</dt>
        <dd>${dayText(current.fromMs)} to ${dayText(current.toMs)}</dd>
      </div>
      <div>
        <dt>Rows</dt>
        <dd>${count(current.rows)}</dd>
      </div>
      <div>
        <dt>Features</dt>
        <dd>${count(current.features)}</dd>
      </div>
      <div>
        <dt>Since</dt>
        <dd><lw-time .ms=${current.createdAtMs}></lw-time></dd>
      </div>
    </dl>
    <p class="quiet small">${chosen(current, configured)}</p>`;
}

function chosen({ chosenBy, withdrawnAtMs }: Told, configured: string): string {
  if (chosenBy === null) return `Chosen by the configuration: ${configured}.`;
  return withdrawnAtMs === null
    ? `Chosen by ${chosenBy} through the API, instead of what is configured: ${configured}.`
    : `Was chosen by ${chosenBy}, who has withdrawn it; it stays until what is configured gives one: ${configured}.`;
}

function before({ before: earlier }: BaselineCard) {
  if (earlier.length === 0) return nothing;
  return html`<details>
    <summary>${counted(earlier.length, 'baseline')} before</summary>
    <ul>
      ${earlier.map(
        (one) =>
          html`<li>
            ${sentence(one.description)}
            <span class="quiet"
              >· ${dayText(one.fromMs)} to ${dayText(one.toMs)} · frozen
              <lw-time .ms=${one.createdAtMs}></lw-time
              >${one.chosenBy === null ? '' : ` · by ${one.chosenBy}`}</span
            >
          </li>`,
      )}
    </ul>
  </details>`;
}

function compared(one: Compared, { season }: BaselineCard) {
  return html`<div class="compared small">
    <p><b>${NAMES[one.comparison]}</b></p>
    <p>${one.text === null ? notYet(one) : sentence(one.text)}</p>
    <p class="quiet">${seasonText(season)}</p>
    ${calibration(one)}
  </div>`;
}

function notYet({ why }: Compared): string {
  return why === null ? 'No window has been compared with it yet.' : `${sentence(why)}.`;
}

function seasonText(season: BaselineCard['season']): string {
  return season === 'auto'
    ? 'The same hour of the week is used where there are weeks enough, else the same hour of the day, else all.'
    : 'Hours are not told apart: season is set to none.';
}

function calibration({ features, uncalibrated, windows, leastWindows }: Compared) {
  if (features === 0) return nothing;
  if (uncalibrated === 0)
    return html`<p class="quiet">
      Calibrated: up to ${counted(windows, 'window')} of its own tell how much each feature varies by itself.
    </p>`;
  const needed = leastWindows === null ? '' : `; it takes ${leastWindows}`;
  return html`<p>
    <span class="badge">Not calibrated</span>${
      uncalibrated === features ? '' : `${count(uncalibrated)} of ${counted(features, 'feature')}. `
    }
    It has ${counted(windows, 'window')} of its own${needed}. Until then chance alone is taken for what is
    normal, so a feature that rises and falls by itself may be told as drift.
  </p>`;
}

function notJudged({ unmonitored, unknown }: BaselineCard) {
  if (unmonitored.length + unknown.length === 0) return nothing;
  return html`<div class="not small">
    <h3>Stored, but not judged for drift</h3>
    ${
      unmonitored.length === 0
        ? nothing
        : html`<p>Listed as unmonitored in the configuration: ${unmonitored.join(', ')}.</p>`
    }
    ${
      unknown.length === 0
        ? nothing
        : html`<p>
            Not in the baseline, so there is nothing to compare with: ${unknown.join(', ')}. A new baseline
            takes them in.
          </p>`
    }
  </div>`;
}
