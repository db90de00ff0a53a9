import { css, html, LitElement, nothing } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { count } from '../format.ts';
import { base, surfaces } from '../styles.ts';
import { tables } from '../table-styles.ts';
import type { IngestStatus, Quarantine } from '../types.ts';
import './notice.ts';
import './time.ts';

type Total = IngestStatus['refused'][number];

/** What was refused: how many by reason and what to do, then the first examples with the shape they came in. */
@customElement('lw-quarantine')
export class QuarantineView extends LitElement {
  static override styles = [
    base,
    surfaces,
    tables,
    css`
      :host {
        display: grid;
        gap: 16px;
      }
    `,
  ];
  @property({ attribute: false }) totals: readonly Total[] = [];
  @property({ attribute: false }) examples: readonly Quarantine[] = [];

  override render() {
    if (this.totals.length === 0 && this.examples.length === 0)
      return html`<lw-notice
        inline
        heading="Nothing was refused"
        text="Refused records and why are listed here."
      ></lw-notice>`;
    return html`${this.totals.length === 0 ? nothing : totalTable(this.totals)}
    ${this.examples.length === 0 ? nothing : exampleTable(this.examples)}`;
  }
}

function totalTable(totals: readonly Total[]) {
  return html`<div class="card table-room">
    <table>
      <caption class="hidden-text">
        Refused records by reason
      </caption>
      <thead>
        <tr>
          <th scope="col">Reason</th>
          <th scope="col">What to do</th>
          <th scope="col" class="number">Records</th>
          <th scope="col">Protocol</th>
          <th scope="col">First</th>
          <th scope="col">Last</th>
        </tr>
      </thead>
      <tbody>
        ${totals.map(
          (total) =>
            html`<tr>
              <td class="wide"><span class="mono">${total.reason}</span></td>
              <td class="wide wrap">${total.whatToDo}</td>
              <td class="number"><span class="cell-label">Records</span>${count(total.records)}</td>
              <td><span class="cell-label">Protocol</span>${total.protocol}</td>
              <td><span class="cell-label">First</span><lw-time .ms=${total.firstMs}></lw-time></td>
              <td><span class="cell-label">Last</span><lw-time .ms=${total.lastMs}></lw-time></td>
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

function exampleTable(examples: readonly Quarantine[]) {
  return html`<div class="card table-room">
    <table>
      <caption class="hidden-text">
        Examples of refused records
      </caption>
      <thead>
        <tr>
          <th scope="col">Why</th>
          <th scope="col">What the record held, without values</th>
          <th scope="col">Reason</th>
          <th scope="col" class="number">Records</th>
          <th scope="col">When</th>
        </tr>
      </thead>
      <tbody>
        ${examples.map(
          (entry) =>
            html`<tr>
              <td class="wide wrap">${entry.message}</td>
              <td class="wide wrap">
                <span class="cell-label">What the record held</span
                ><span class="mono small">${shapeText(entry)}</span>
              </td>
              <td><span class="cell-label">Reason</span><span class="mono">${entry.reason}</span></td>
              <td class="number"><span class="cell-label">Records</span>${count(entry.count)}</td>
              <td><span class="cell-label">When</span><lw-time .ms=${entry.atMs}></lw-time></td>
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

function shapeText({ shape = [] }: Quarantine): string {
  if (shape.length === 0) return 'could not be read';
  return shape.map(({ name, kind }) => (kind === '' ? name : `${name}: ${kind}`)).join(', ');
}
