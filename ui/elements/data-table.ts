import { html, nothing } from 'lit';
import type { TemplateResult } from 'lit';
import './time.ts';

/** One column of a table; below 720 px, where heads are hidden, each cell of it says its own. */
export interface TableColumn<Row> {
  readonly head: string;
  /** What a cell says of itself; null where its content speaks for itself. By default the head. */
  readonly label?: string | null;
  /** Classes of table-styles; `number` is for the head, too. */
  readonly look?: string;
  readonly cell: (row: Row) => unknown;
}

/** A table with a caption for those who hear it; its element has the styles of table-styles. */
export function dataTable<Row>(caption: string, columns: readonly TableColumn<Row>[], rows: readonly Row[]) {
  return html`<table>
    <caption class="hidden-text">
      ${caption}
    </caption>
    <thead>
      <tr>
        ${columns.map(
          ({ head, look }) => html`<th scope="col" class=${look === 'number' ? look : nothing}>${head}</th>`,
        )}
      </tr>
    </thead>
    <tbody>
      ${rows.map(
        (row) =>
          html`<tr>
            ${columns.map((column) => cellOf(column, row))}
          </tr>`,
      )}
    </tbody>
  </table>`;
}

function cellOf<Row>({ head, label = head, look, cell }: TableColumn<Row>, row: Row) {
  return html`<td class=${look ?? nothing}>
    ${label === null ? nothing : html`<span class="cell-label">${label}</span>`}${cell(row)}
  </td>`;
}

/** A table with room of its own. */
export function card(table: TemplateResult) {
  return html`<div class="card table-room">${table}</div>`;
}

/** A moment in a cell. */
export function timeCell(ms: number) {
  return html`<lw-time .ms=${ms}></lw-time>`;
}

/** A short text of the machine in a cell. */
export function codeCell(text: string) {
  return html`<span class="mono">${text}</span>`;
}
