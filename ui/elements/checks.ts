import { css, html, LitElement, nothing } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { count, counted, featureText, number, windowText } from '../format.ts';
import { LEVELS } from '../levels.ts';
import { href } from '../router.ts';
import { base, controls, surfaces } from '../styles.ts';
import { tables } from '../table-styles.ts';
import type { Check } from '../types.ts';
import { dataTable, type TableColumn } from './data-table.ts';
import './sparkline.ts';
import './status.ts';

/**
 * What detectors say beside drift, whatever detectors there are: verdict, value in its unit against its limit, and words.
 * Calm checks of single features are folded.
 */
@customElement('lw-checks')
export class Checks extends LitElement {
  static override styles = [
    base,
    controls,
    surfaces,
    tables,
    css`
      .what {
        min-width: 220px;
        overflow-wrap: anywhere;
      }
      .foot {
        padding: 8px 12px;
        border-top: 1px solid var(--lw-line);
      }
      @container (max-width: 719px) {
        .what {
          min-width: 0;
        }
      }
    `,
  ];
  @property({ attribute: false }) checks: readonly Check[] = [];
  @property() caption = 'Checks';
  /** Says of each which window it looked at. */
  @property({ type: Boolean }) dated = false;
  @state() private whole = false;

  override render() {
    const shown = this.checks.filter((check) => this.whole || !isFolded(check));
    return html`<div class="card table-room">
      ${shown.length === 0 ? nothing : dataTable(this.caption, this.columns, shown)} ${this.fold()}
    </div>`;
  }

  private get columns(): readonly TableColumn<Check>[] {
    return [
      { head: 'Check', label: null, look: 'wide', cell: named },
      { head: 'Verdict', cell: verdict },
      { head: 'Value', cell: valueCell },
      { head: 'What was seen', look: 'wide what', cell: (check) => this.seen(check) },
      { head: 'Trend', cell: trend },
      { head: 'Rows', look: 'number', cell: ({ rows }) => count(rows) },
      { head: 'Why', label: null, cell: story },
    ];
  }

  private seen({ why, text, against, fromMs, toMs }: Check) {
    return html`${why ?? text}
    ${against === null ? nothing : html`<div class="quiet">Against ${against}.</div>`}
    ${this.dated ? html`<div class="quiet">${windowText(fromMs, toMs)}</div>` : nothing}`;
  }

  private fold() {
    const calm = this.checks.filter(isFolded);
    if (calm.length === 0) return nothing;
    return html`<div class="foot row">
      <span class="small quiet">${foldedText(calm)}</span>
      <button
        type="button"
        class="plain"
        aria-expanded=${this.whole ? 'true' : 'false'}
        @click=${() => (this.whole = !this.whole)}
      >
        ${this.whole ? 'Show fewer' : 'Show them'}
      </button>
    </div>`;
  }
}

/** "48 checks of 8 features are calm; 3 of them have too little data." */
function foldedText(calm: readonly Check[]): string {
  const features = new Set(calm.map(({ subject }) => subject)).size;
  const undecided = calm.filter(({ level }) => level === 'undecided').length;
  const are = calm.length === 1 ? 'is' : 'are';
  const short =
    undecided === 0 ? '.' : `; ${undecided === calm.length ? 'all' : count(undecided)} for want of data.`;
  return `${counted(calm.length, 'check')} of ${counted(features, 'feature')} ${are} calm or not decided${short}`;
}

function isFolded({ about, level }: Check): boolean {
  return about === 'feature' && level !== 'page' && level !== 'ticket';
}

function named({ title, subject }: Check) {
  return html`<span class="strong">${title}</span>
    ${subject === '' ? nothing : html`<div class="quiet wrap">${featureText(subject)}</div>`}`;
}

function verdict({ level, limit }: Check) {
  const { health, word } = LEVELS[level];
  const unruled = limit === null && level === 'within';
  return html`<lw-status
    health=${unruled ? 'learning' : health}
    word=${unruled ? 'No rule judges it' : word}
  ></lw-status>`;
}

function valueCell({ value, unit, limit, lower, upper }: Check) {
  if (value === null) return html`<span class="quiet">none</span>`;
  const interval =
    lower === null || upper === null || lower === upper ? '' : `, ${number(lower)} to ${number(upper)}`;
  return html`${number(value)}${interval}
    <div class="quiet">${unit}${limit === null ? '' : `; limit ${number(limit)}`}</div>`;
}

function trend({ trend: points, limit, title, level }: Check) {
  if (points.length < 2) return html`<span class="quiet">–</span>`;
  return html`<lw-sparkline
    .values=${points.map(({ value }) => value)}
    .threshold=${limit}
    ?calm=${level === 'chance'}
    label=${title}
  ></lw-sparkline>`;
}

function story({ scoreId, title, subject }: Check) {
  return html`<a
    href=${href(['scores', String(scoreId)])}
    aria-label="Explain ${title}${subject === '' ? '' : ` of ${subject}`}"
    >Explain</a
  >`;
}
