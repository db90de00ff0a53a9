import { css, html, LitElement, nothing } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { count } from '../format.ts';
import { base, surfaces } from '../styles.ts';
import { tables } from '../table-styles.ts';
import type { IngestStatus, Quarantine } from '../types.ts';
import { card, codeCell, dataTable, timeCell } from './data-table.ts';
import type { TableColumn } from './data-table.ts';
import './notice.ts';

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
    return html`${this.totals.length === 0 ? nothing : card(dataTable('Refused records by reason', TOTALS, this.totals))}
    ${this.examples.length === 0 ? nothing : card(dataTable('Examples of refused records', EXAMPLES, this.examples))}`;
  }
}

const TOTALS: readonly TableColumn<Total>[] = [
  { head: 'Reason', label: null, look: 'wide', cell: ({ reason }) => codeCell(reason) },
  { head: 'What to do', label: null, look: 'wide wrap', cell: ({ whatToDo }) => whatToDo },
  { head: 'Records', look: 'number', cell: ({ records }) => count(records) },
  { head: 'Protocol', cell: ({ protocol }) => protocol },
  { head: 'First', cell: ({ firstMs }) => timeCell(firstMs) },
  { head: 'Last', cell: ({ lastMs }) => timeCell(lastMs) },
];

const EXAMPLES: readonly TableColumn<Quarantine>[] = [
  { head: 'Why', label: null, look: 'wide wrap', cell: ({ message }) => message },
  {
    head: 'What the record held, without values',
    label: 'What the record held',
    look: 'wide wrap',
    cell: (entry) => html`<span class="mono small">${shapeText(entry)}</span>`,
  },
  { head: 'Reason', cell: ({ reason }) => codeCell(reason) },
  { head: 'Records', look: 'number', cell: (entry) => count(entry.count) },
  { head: 'When', cell: ({ atMs }) => timeCell(atMs) },
];

function shapeText({ shape = [] }: Quarantine): string {
  if (shape.length === 0) return 'could not be read';
  return shape.map(({ name, kind }) => (kind === '' ? name : `${name}: ${kind}`)).join(', ');
}
