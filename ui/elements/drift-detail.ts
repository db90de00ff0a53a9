import { css, html, LitElement, nothing } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { featureText, number } from '../format.ts';
import { LEVELS } from '../levels.ts';
import { href } from '../router.ts';
import { statistics } from '../statistics.ts';
import { base, surfaces } from '../styles.ts';
import type { Check, Distribution, DriftRow, Gate } from '../types.ts';
import './histogram.ts';
import './status.ts';
import './time-line.ts';

const detailStyles = css`
  .pair {
    display: grid;
    grid-template-columns: minmax(0, 3fr) minmax(0, 2fr);
    gap: 20px 32px;
  }
  h3 {
    margin-bottom: 8px;
  }
  .gates,
  ul {
    display: grid;
    gap: 6px;
  }
  .gate {
    display: grid;
    grid-template-columns: 18px minmax(0, 1fr);
  }
  .passed .mark,
  .passed b {
    color: var(--lw-text);
  }
  .stopped .mark,
  .open .mark {
    color: var(--lw-quiet);
  }
  dl.numbers {
    display: grid;
    grid-template-columns: repeat(auto-fill, minmax(min(100%, 210px), 1fr));
    gap: 12px 24px;
    font-size: 13px;
    line-height: 18px;
  }
  .later {
    margin-top: 14px;
  }
  .against {
    margin-bottom: 8px;
  }
  @container (max-width: 719px) {
    .pair {
      grid-template-columns: minmax(0, 1fr);
    }
  }
`;

/** One feature against one comparison: what was compared, how it came to its verdict, and how it has been. */
@customElement('lw-drift-detail')
export class DriftDetail extends LitElement {
  static override styles = [base, surfaces, detailStyles];
  @property({ attribute: false }) row: DriftRow | null = null;
  @property({ attribute: false }) distribution: Distribution | null = null;
  /** Of the same feature. */
  @property({ attribute: false }) checks: readonly Check[] = [];

  override render() {
    const { row } = this;
    if (row === null) return nothing;
    return html`<div class="pair">
        <div>
          <h3>What was compared</h3>
          <p class="against small">
            This window against ${row.against ?? 'nothing: there was nothing to judge against'}.
          </p>
          ${this.histogram(row)}
        </div>
        <div>
          <h3>How it came to its verdict</h3>
          <ol class="small gates">
            ${row.gates.map(gateLine)}
          </ol>
          <p class="small later"><a href=${href(['scores', String(row.scoreId)])}>Explain in full</a></p>
        </div>
        <div>
          <h3>Distance over time</h3>
          ${history(row)}
        </div>
        ${this.otherChecks()}
      </div>
      <h3 class="later">Other statistics</h3>
      ${numbers(row)}`;
  }

  private histogram(row: DriftRow) {
    if (this.distribution === null) return html`<p class="quiet">No counts are stored for this window.</p>`;
    return html`<lw-histogram
      label="Values of ${featureText(row.feature)}"
      compared=${row.comparison === 'moving' ? 'The weeks before' : 'Baseline'}
      .distribution=${this.distribution}
    ></lw-histogram>`;
  }

  private otherChecks() {
    if (this.checks.length === 0) return nothing;
    return html`<div>
      <h3>Do its rows come as they did?</h3>
      <ul class="small">
        ${this.checks.map(
          ({ level, title, text, why }) =>
            html`<li>
              <lw-status health=${LEVELS[level].health} word=${title}></lw-status>
              <div class="quiet">${why ?? text}</div>
            </li>`,
        )}
      </ul>
    </div>`;
  }
}

const MARKS: Readonly<Record<Gate['state'], { readonly mark: string; readonly word: string }>> = {
  passed: { mark: '→', word: 'passed' },
  stopped: { mark: '■', word: 'stopped here' },
  open: { mark: '?', word: 'not asked' },
};

function gateLine({ name, state, text }: Gate) {
  const { mark, word } = MARKS[state];
  return html`<li class="gate ${state}">
    <span class="mark" aria-hidden="true">${mark}</span>
    <span><b>${name}</b> <span class="quiet">${word}</span><br />${text}</span>
  </li>`;
}

function history(row: DriftRow) {
  const { ticket, page } = row.limits;
  const limits = [
    ...(ticket === null ? [] : [{ value: ticket, text: `ticket ${number(ticket)}` }]),
    ...(page === null || page === ticket ? [] : [{ value: page, text: `page ${number(page)}` }]),
  ];
  return html`<lw-time-line
    label="Distance of ${featureText(row.feature)}"
    caption="Jensen-Shannon distance, 0 to 1; hollow: chance explains it"
    .values=${row.trend}
    .limits=${limits}
  ></lw-time-line>`;
}

function numbers(row: DriftRow) {
  const told = statistics(row.numbers);
  if (told.length === 0) return html`<p class="quiet small">None: nothing was judged.</p>`;
  return html`<dl class="numbers">
    ${told.map(
      ({ name, value, unit }) =>
        html`<div>
          <dt>${name}</dt>
          <dd>
            <b>${value}</b>
            <div class="quiet">${unit}</div>
          </dd>
        </div>`,
    )}
  </dl>`;
}
