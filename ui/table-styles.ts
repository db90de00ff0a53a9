import { css } from 'lit';

/** Tables; below 720 px of room each row becomes a card and each cell carries its own label. */
export const tables = css`
  .table-room {
    container-type: inline-size;
  }
  table {
    width: 100%;
    border-collapse: collapse;
    font-size: 13px;
    line-height: 18px;
  }
  th {
    padding: 8px 12px;
    border-bottom: 1px solid var(--lw-line);
    color: var(--lw-quiet);
    font-weight: 500;
    text-align: left;
    white-space: nowrap;
  }
  td {
    padding: 8px 12px;
    border-bottom: 1px solid var(--lw-line);
    vertical-align: top;
  }
  tbody tr:last-child > td {
    border-bottom: 0;
  }
  .number {
    text-align: right;
    white-space: nowrap;
  }
  .cell-label {
    display: none;
    color: var(--lw-quiet);
  }
  @container (max-width: 719px) {
    table,
    tbody {
      display: block;
    }
    thead {
      position: absolute;
      width: 1px;
      height: 1px;
      overflow: hidden;
      clip-path: inset(50%);
    }
    tr {
      display: grid;
      grid-template-columns: minmax(0, 1fr) minmax(0, 1fr);
      gap: 8px 12px;
      padding: 12px;
      border-bottom: 1px solid var(--lw-line);
    }
    tbody tr:last-child {
      border-bottom: 0;
    }
    td {
      padding: 0;
      border: 0;
      min-width: 0;
    }
    td.wide {
      grid-column: 1 / -1;
    }
    .number {
      text-align: left;
      white-space: normal;
    }
    .cell-label {
      display: block;
      font-size: 12px;
      line-height: 16px;
    }
  }
`;
