import { ABSENT } from '../../batch.ts';
import type { Cells, SourceColumn, TableChunk, TableFile } from '../../table.ts';
import { arrowSchema, arrowStream } from './arrow-writer.ts';
import type { Piece } from './arrow-writer.ts';
import type { Mapping, SentColumn } from './mapping.ts';
import type { ImportOptions } from './options.ts';
import { ARROW_TYPE } from './outgoing.ts';
import type { Outgoing } from './outgoing.ts';
import { timeCells } from './times.ts';

const ROWS_A_REQUEST = 10_000;
/** A fourth of what a request may have by default, at eight bytes a cell. */
const CELLS_A_REQUEST = 2 ** 21;

/** The requests a table makes, one after another; only the rows of one are in memory. */
export async function* tableRequests(
  table: TableFile,
  mapping: Mapping,
  options: ImportOptions,
): AsyncGenerator<Outgoing> {
  const sinks = (['predictions', 'labels'] as const).flatMap((route) => {
    const columns = mapping[route];
    return columns === null ? [] : [new Sink(route, columns, options)];
  });
  for await (const chunk of table.chunks())
    for (const sink of sinks) for (const outgoing of sink.take(chunk)) yield outgoing;
  for (const sink of sinks) yield* sink.flush();
}

class Sink {
  readonly #route: 'predictions' | 'labels';
  readonly #columns: readonly SentColumn[];
  readonly #options: ImportOptions;
  readonly #maxRows: number;
  readonly #schema: ReturnType<typeof arrowSchema>;
  #pieces: Piece[] = [];
  #rows = 0;

  constructor(route: 'predictions' | 'labels', columns: readonly SentColumn[], options: ImportOptions) {
    this.#route = route;
    this.#columns = columns;
    this.#options = options;
    this.#maxRows = Math.max(100, Math.min(ROWS_A_REQUEST, Math.floor(CELLS_A_REQUEST / columns.length)));
    this.#schema = arrowSchema(columns, propertiesOf(options, route));
  }

  *take(chunk: TableChunk): Generator<Outgoing> {
    const cells = this.#columns.map((column) => cellsOf(chunk.columns[column.at], column, this.#options));
    const rows = this.#rowsOf(chunk.rows, cells);
    for (let from = 0; from < rows.length;) {
      const room = this.#maxRows - this.#rows;
      const part = rows.slice(from, from + room);
      this.#pieces.push({ rows: part, cells });
      this.#rows += part.length;
      from += part.length;
      if (this.#rows >= this.#maxRows) yield* this.flush();
    }
  }

  *flush(): Generator<Outgoing> {
    if (this.#rows === 0) return;
    const body = arrowStream(this.#schema, this.#pieces);
    yield { route: this.#route, type: ARROW_TYPE, body, rows: this.#rows };
    this.#pieces = [];
    this.#rows = 0;
  }

  /** A prediction whose label is not known yet has none to send. */
  #rowsOf(rows: number, cells: readonly Cells[]): readonly number[] {
    const all = Array.from({ length: rows }, (_, row) => row);
    const value = cells[this.#columns.findIndex(({ to }) => to === 'value')];
    if (this.#route === 'predictions' || value === undefined) return all;
    return all.filter((row) => value.tags[row] !== ABSENT);
  }
}

function cellsOf(column: SourceColumn | undefined, sent: SentColumn, options: ImportOptions): Cells {
  if (column === undefined) throw new Error(`Column ${sent.from} is gone.`);
  return sent.form === 'time' ? timeCells(column, options.timeUnit) : column.read(sent.form);
}

function propertiesOf(
  options: ImportOptions,
  route: 'predictions' | 'labels',
): Readonly<Record<string, string>> {
  const { model, version, dataset } = options;
  return {
    ...(model !== null && { 'leeway.model': model }),
    ...(version !== null && route === 'predictions' && { 'leeway.version': version }),
    ...(dataset !== null && route === 'predictions' && { 'leeway.dataset': dataset }),
  };
}
