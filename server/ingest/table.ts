import { ABSENT, BOOLEAN, NUMBER, TEXT } from '../batch.ts';
import { BadRequestError } from '../errors.ts';
import type { LimitSettings } from '../settings.ts';
import type { Cells, TableChunk, TableProperties } from '../table.ts';
import type { BatchBuilder } from './builder.ts';
import type { Predictions } from './columns.ts';
import { FIELD, LEVEL } from './fields.ts';
import type { Field } from './fields.ts';
import { inexact } from './record.ts';
import type { RecordScratch, Scalar } from './record.ts';
import { quoted } from './refusals.ts';
import { isSingle, tableColumns } from './table-columns.ts';
import type { EntryColumn, Expected, TableColumns, TableRoute } from './table-columns.ts';
import { RowNotes } from './table-notes.ts';

/** Rows of a table into columns: what tells a row apart goes row by row through the builder, features column by column. */

interface Head {
  readonly target: { readonly kind: 'field'; readonly field: Field; readonly alias: number };
  readonly from: { readonly key: string; readonly level: typeof LEVEL.record };
  readonly expected: Expected;
  /** null: `constant` holds for all rows. */
  readonly cells: Cells | null;
  readonly constant: string;
}

interface ReadEntry extends EntryColumn {
  readonly cells: Cells;
}

/** The rows of a chunk that went to one model, from its row `first` on. */
interface Placed {
  readonly first: number;
  readonly from: number[];
}

/** Bytes a cell is reckoned with: half a double, so that a body of doubles as large as is taken always fits. */
const CELL_BYTES = 4;
/** Every row has fields of its own in the store, told or not. */
const ROW_CELLS = 8;

/** Properties that hold for all rows, and the field each is. */
const CONSTANTS: readonly (readonly [string, Field])[] = [
  ['leeway.model', FIELD.model],
  ['leeway.version', FIELD.version],
  ['leeway.dataset', FIELD.dataset],
  ['leeway.tenant', FIELD.tenant],
];

export class TableReader {
  readonly #builder: BatchBuilder;
  readonly #limits: LimitSettings;
  readonly #route: TableRoute;
  readonly #properties: TableProperties;
  #bytes = 0;

  constructor(options: {
    readonly builder: BatchBuilder;
    readonly limits: LimitSettings;
    readonly route: TableRoute;
    readonly properties: TableProperties;
  }) {
    this.#builder = options.builder;
    this.#limits = options.limits;
    this.#route = options.route;
    this.#properties = options.properties;
  }

  /** Takes rows. Throws BadRequestError when their columns cannot be understood, or unpack to more than is taken. */
  take({ rows, columns }: TableChunk): void {
    const table = tableColumns(columns, this.#route);
    this.#spend(rows * (columns.length + ROW_CELLS) * CELL_BYTES);
    const notes = { faults: new RowNotes(rows), warnings: new RowNotes(rows) };
    const fault = this.#faultOf(table.entries);
    const entries = fault === null ? this.#entries(table.entries, notes) : [];
    const heads = this.#heads(table);
    const time = table.time === null ? null : table.time.read('time');
    for (const { cells } of [...heads, ...entries]) if (cells !== null) this.#spend(textBytes(cells));
    const { record } = this.#builder;
    const [first, ...rest] = entries.filter(({ kind }) => kind === 'features');
    const placed = new Map<Predictions, Placed>();
    for (let row = 0; row < rows; row += 1) {
      this.#builder.begin();
      notes.warnings.tell(row, record);
      if (fault !== null) record.refuse(fault.reason, fault.message);
      notes.faults.tell(row, record);
      if (time !== null) readTime(this.#builder, time, row);
      for (const head of heads) putHead(record, head, row);
      // One feature goes with the row: it makes a prediction of a row that has nothing else.
      if (first !== undefined) record.entry('features', first.name, scalarOf(first.cells, row));
      this.#end(row, placed);
    }
    for (const [predictions, rowsOf] of placed) placeEntries(predictions, rowsOf, { rest, entries });
  }

  #end(row: number, placed: Map<Predictions, Placed>): void {
    const predictions = this.#builder.end(this.#route === 'labels' ? 'label' : 'prediction');
    if (predictions === null) return;
    const known = placed.get(predictions);
    if (known === undefined) placed.set(predictions, { first: predictions.rows - 1, from: [row] });
    else known.from.push(row);
  }

  /** What all rows are refused for because of their columns' names and number, by the rules of a single record. */
  #faultOf(entries: readonly EntryColumn[]): RecordScratch['fault'] {
    const { record } = this.#builder;
    this.#builder.begin();
    for (const { kind, name } of entries) record.entry(kind, name, null);
    return record.fault;
  }

  #heads({ fields }: TableColumns): readonly Head[] {
    const told = new Set(fields.map(({ field }) => field));
    const heads = fields.map(({ name, field, expected, column }) =>
      headOf({
        name,
        field,
        expected,
        cells: column.read(expected === 'text' ? 'text' : 'value'),
      }),
    );
    const constants = CONSTANTS.flatMap(([name, field]) => {
      const constant = this.#properties.get(name);
      if (constant === undefined || told.has(field)) return [];
      return [headOf({ name, field, expected: 'text', cells: null, constant })];
    });
    return [...constants, ...heads];
  }

  #entries(
    entries: readonly EntryColumn[],
    notes: { readonly faults: RowNotes; readonly warnings: RowNotes },
  ): readonly ReadEntry[] {
    return entries.flatMap((entry) => {
      const { kind, name, column } = entry;
      const cells = column.read(kind === 'features' ? 'value' : 'text');
      if (!isSingle(column.kind)) {
        noteUnstored(cells, name, notes.warnings);
        return [];
      }
      if (cells.inexact !== null) noteInexact(cells.inexact, name, notes.warnings);
      if (cells.texts.length > 0) this.#noteLong(entry, cells, notes.faults);
      return [{ ...entry, cells }];
    });
  }

  #noteLong({ kind, name }: EntryColumn, { texts, tags }: Cells, faults: RowNotes): void {
    const { maxStringBytes } = this.#limits;
    for (let row = 0; row < texts.length; row += 1) {
      const text = tags[row] === TEXT ? texts[row] : undefined;
      if (text === undefined || text.length * 3 <= maxStringBytes) continue;
      if (Buffer.byteLength(text) <= maxStringBytes) continue;
      const code = faults.note((record) => record.entry(kind, name, text));
      for (let rest = row; rest < texts.length; rest += 1)
        if (tags[rest] === TEXT && Buffer.byteLength(texts[rest] ?? '') > maxStringBytes)
          faults.mark(rest, code);
      return;
    }
  }

  /** A small body may unpack to a table of any size: by a dictionary, by bits, by columns of nothing. */
  #spend(bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes > this.#limits.maxBodyBytes)
      throw new BadRequestError(
        `The table unpacks to more than ${this.#limits.maxBodyBytes} bytes; send fewer rows at a time, or raise limits.maxBodyBytes.`,
        { status: 413 },
      );
  }
}

function headOf(head: {
  readonly name: string;
  readonly field: Field;
  readonly expected: Expected;
  readonly cells: Cells | null;
  readonly constant?: string;
}): Head {
  return {
    target: { kind: 'field', field: head.field, alias: 0 },
    from: { key: head.name, level: LEVEL.record },
    expected: head.expected,
    cells: head.cells,
    constant: head.constant ?? '',
  };
}

function putHead(record: RecordScratch, head: Head, row: number): void {
  const { cells, expected, target, from } = head;
  if (cells === null) return record.put(target, head.constant, from);
  const value = scalarOf(cells, row);
  if (value === null) return;
  if ((expected === 'number' || expected === 'duration') && typeof value !== 'number')
    return record.refuse('malformed', `Column ${quoted(from.key)} must hold numbers; send it as such.`);
  if (cells.inexact !== null && cells.inexact[row] === 1) inexact(record, from.key);
  record.put(target, expected === 'duration' ? Number(value) / 1000 : value, from);
}

function scalarOf(cells: Cells, row: number): Scalar {
  const tag = cells.tags[row];
  if (tag === NUMBER) return cells.numbers[row] as number;
  if (tag === TEXT) return cells.texts[row] ?? '';
  return tag === BOOLEAN ? cells.numbers[row] === 1 : null;
}

/** By the rules of JSON: a number is milliseconds, a text ISO 8601 with a zone. */
function readTime(builder: BatchBuilder, cells: Cells, row: number): void {
  const tag = cells.tags[row];
  if (tag === ABSENT) return;
  const timeMs =
    tag === NUMBER ? (cells.numbers[row] as number) : tag === TEXT ? isoTime(cells.texts[row] ?? '') : NaN;
  if (!Number.isFinite(timeMs)) {
    builder.record.refuse(
      'malformed',
      'Column "time" must hold timestamps, times like 2026-01-31T12:00:00Z, or milliseconds since 1970.',
    );
    return;
  }
  const wholeMs = Math.floor(timeMs);
  builder.timeTold = true;
  builder.moment.timeMs = wholeMs;
  builder.moment.restNs =
    cells.restNs === null ? Math.floor((timeMs - wholeMs) * 1_000_000) : (cells.restNs[row] as number);
}

function isoTime(text: string): number {
  return /^\d{4}-\d\d-\d\dT.*(Z|[+-]\d\d:?\d\d)$/.test(text) ? Date.parse(text) : NaN;
}

function noteUnstored({ tags }: Cells, name: string, warnings: RowNotes): void {
  const message = `${quoted(name)} holds lists, maps or bytes, which are not stored yet; the rest of the row was kept. Send single values.`;
  const code = warnings.note((record) => record.warn('unsupported_type', message));
  for (let row = 0; row < tags.length; row += 1) if (tags[row] !== ABSENT) warnings.mark(row, code);
}

function noteInexact(rows: Uint8Array, name: string, warnings: RowNotes): void {
  const code = warnings.note((record) => inexact(record, name));
  for (let row = 0; row < rows.length; row += 1) if (rows[row] === 1) warnings.mark(row, code);
}

/** The texts of a column, where they are more than a cell is reckoned with. */
function textBytes({ texts }: Cells): number {
  let bytes = 0;
  for (let row = 0; row < texts.length; row += 1) bytes += texts[row]?.length ?? 0;
  return bytes;
}

function placeEntries(
  predictions: Predictions,
  placed: Placed,
  table: { readonly rest: readonly ReadEntry[]; readonly entries: readonly ReadEntry[] },
): void {
  const { first, from } = placed;
  table.rest.forEach(({ name, cells }) => {
    const column = predictions.valueColumns.at(name);
    const { tags, numbers, texts } = cells;
    for (let index = 0; index < from.length; index += 1) {
      const row = from[index] as number;
      const tag = tags[row] as number;
      column.set(first + index, tag, tag === TEXT ? (texts[row] ?? '') : (numbers[row] as number));
    }
  });
  table.entries.forEach(({ kind, name, cells }) => {
    if (kind === 'features') return;
    const columns = kind === 'segments' ? predictions.segmentColumns : predictions.protectedColumns;
    const column = columns.at(name);
    for (let index = 0; index < from.length; index += 1) {
      const row = from[index] as number;
      if (cells.tags[row] === TEXT) column.set(first + index, cells.texts[row] ?? '');
    }
  });
}
