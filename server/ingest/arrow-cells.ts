import { DataType, DateUnit, Precision, Type } from 'apache-arrow';
import type { Data, Decimal, Field, TimeUnit, Utf8View, Vector } from 'apache-arrow';
import { ABSENT, BOOLEAN, NUMBER, TEXT } from '../batch.ts';
import { BadRequestError } from '../errors.ts';
import type { CellForm, Cells, ColumnKind, SourceColumn } from '../table.ts';
import {
  decimalNumbers,
  decimalTexts,
  halfNumbers,
  longNumbers,
  longTimes,
  plainNumbers,
  short,
} from './arrow-numbers.ts';
import type { Numbers } from './arrow-numbers.ts';
import { texts, uuidTexts, viewTexts } from './arrow-texts.ts';
import { spelled, spelledInteger } from './table-cells.ts';

/** Columns of Arrow, whatever their type. */

const KINDS: Readonly<Partial<Record<Type, ColumnKind>>> = {
  [Type.Null]: 'number',
  [Type.Int]: 'number',
  [Type.Float]: 'number',
  [Type.Decimal]: 'number',
  [Type.Time]: 'number',
  [Type.Duration]: 'number',
  [Type.Bool]: 'boolean',
  [Type.Utf8]: 'text',
  [Type.LargeUtf8]: 'text',
  [Type.Utf8View]: 'text',
  [Type.Date]: 'time',
  [Type.Timestamp]: 'time',
  [Type.List]: 'list',
  [Type.LargeList]: 'list',
  [Type.FixedSizeList]: 'list',
  [Type.Map]: 'list',
  [Type.Binary]: 'bytes',
  [Type.LargeBinary]: 'bytes',
  [Type.BinaryView]: 'bytes',
  [Type.FixedSizeBinary]: 'bytes',
};

const MAX_STRUCTS = 32;
/** What decoded values of dictionaries are kept under while a request is read. */
export type DictionaryCells = WeakMap<Vector, Partial<Record<CellForm, Cells>>>;

/** The columns of a field: one, or those within its struct. */
export function sourceColumns(
  field: Field,
  data: Data,
  options: {
    readonly dictionaries: DictionaryCells;
    readonly outer?: readonly string[];
    readonly within?: readonly Data[];
  },
): readonly SourceColumn[] {
  const path = [...(options.outer ?? []), field.name];
  const within = options.within ?? [];
  const type = field.type as DataType;
  if (DataType.isStruct(type)) {
    if (path.length > MAX_STRUCTS)
      throw new BadRequestError(`Structs are nested deeper than ${MAX_STRUCTS} levels; send flatter ones.`);
    return type.children.flatMap((child, at) => {
      const inner = data.children[at];
      if (inner === undefined || inner.length !== data.length) throw short();
      return sourceColumns(child, inner, { ...options, outer: path, within: [...within, data] });
    });
  }
  const uuid = isUuid(field);
  return [
    {
      path,
      kind: uuid ? 'text' : kindOf(type),
      read: (form) => masked(uuid ? uuidCells(data) : cellsOf(data, form, options.dictionaries), within),
    },
  ];
}

/** What the columns of a field are, before there are rows. */
export function fieldColumns(
  field: Field,
  outer: readonly string[] = [],
): readonly Pick<SourceColumn, 'path' | 'kind'>[] {
  const path = [...outer, field.name];
  const type = field.type as DataType;
  if (DataType.isStruct(type) && path.length <= MAX_STRUCTS)
    return type.children.flatMap((child) => fieldColumns(child, path));
  return [{ path, kind: isUuid(field) ? 'text' : kindOf(type) }];
}

function kindOf(type: DataType): ColumnKind {
  if (DataType.isDictionary(type)) return kindOf(type.dictionary as DataType);
  return KINDS[type.typeId] ?? 'other';
}

function isUuid({ type, metadata }: Field): boolean {
  return (
    DataType.isFixedSizeBinary(type as DataType) && metadata.get('ARROW:extension:name') === 'arrow.uuid'
  );
}

/** A null struct has null fields, whatever they say themselves. */
function masked(cells: Cells, within: readonly Data[]): Cells {
  for (const outer of within) {
    const tags = tagsOf(outer, NUMBER);
    for (let row = 0; row < cells.tags.length; row += 1) if (tags[row] === ABSENT) cells.tags[row] = ABSENT;
  }
  return cells;
}

function tagsOf(data: Data, tag: number): Uint8Array {
  const { length: rows, nullBitmap: bits } = data;
  if (data.typeId === Type.Null) return new Uint8Array(rows);
  const tags = new Uint8Array(rows).fill(tag);
  if (bits === null || bits === undefined || bits.byteLength === 0) return tags;
  if (bits.byteLength * 8 < rows) throw short();
  for (let row = 0; row < rows; row += 1)
    if ((((bits[row >> 3] as number) >> (row & 7)) & 1) === 0) tags[row] = ABSENT;
  return tags;
}

const NO_NUMBERS = new Float64Array(0);

function cellsOf(data: Data, form: CellForm, dictionaries: DictionaryCells): Cells {
  const type: DataType = data.type;
  if (DataType.isDictionary(type)) return dictionaryCells(data, form, dictionaries);
  const kind = kindOf(type);
  if (kind === 'text') return textCells(data);
  if (kind === 'boolean') return spelled(booleanCells(data), form, 'number');
  if (kind === 'time') return spelled(timeCells(data, form), form, DataType.isDate(type) ? 'date' : 'time');
  if (kind === 'number') return numberCells(data, form);
  return cells({ tags: tagsOf(data, NUMBER) });
}

function cells(
  some: Partial<Omit<Cells, 'texts'>> & { readonly tags: Uint8Array; readonly texts?: Cells['texts'] },
): Cells {
  return { numbers: NO_NUMBERS, texts: [], restNs: null, inexact: null, ...some };
}

function textCells(data: Data): Cells {
  const tags = tagsOf(data, TEXT);
  return cells({
    tags,
    texts: data.typeId === Type.Utf8View ? viewTexts(data as Data<Utf8View>, tags) : texts(data, tags),
  });
}

function uuidCells(data: Data): Cells {
  const tags = tagsOf(data, TEXT);
  return cells({ tags, texts: uuidTexts(data, tags) });
}

function booleanCells(data: Data): Cells {
  const { length: rows } = data;
  const bits = data.values as Uint8Array;
  if (bits.byteLength * 8 < rows) throw short();
  const numbers = new Float64Array(rows);
  for (let row = 0; row < rows; row += 1) numbers[row] = ((bits[row >> 3] as number) >> (row & 7)) & 1;
  return cells({ tags: tagsOf(data, BOOLEAN), numbers });
}

function numberCells(data: Data, form: CellForm): Cells {
  const type: DataType = data.type;
  const tags = tagsOf(data, NUMBER);
  if (data.typeId === Type.Null) return cells({ tags, numbers: new Float64Array(data.length) });
  if (form === 'text' && DataType.isInt(type)) return spelledIntegers(data, tags);
  if (DataType.isDecimal(type)) {
    const written = decimalTexts(data as Data<Decimal>, tags);
    if (form === 'text')
      return cells({ tags: tags.map((tag) => (tag === ABSENT ? ABSENT : TEXT)), texts: written });
    return cells({ tags, ...decimalNumbers(written) });
  }
  return spelled(cells({ tags, ...numbersOf(data, type) }), form, 'number');
}

function numbersOf(data: Data, type: DataType): Numbers {
  const rows = data.length;
  const values: unknown = data.values;
  if (DataType.isFloat(type) && type.precision === Precision.HALF)
    return halfNumbers(values as Uint16Array, rows);
  const scale = DataType.isTime(type) || DataType.isDuration(type) ? PER_MS[type.unit] : 1;
  if (values instanceof BigInt64Array) return longNumbers(values, rows, { signed: true, scale });
  if (values instanceof BigUint64Array) return longNumbers(values, rows, { signed: false });
  const plain = plainNumbers(values as Float64Array, rows);
  return scale === 1 ? plain : { ...plain, numbers: plain.numbers.map((number) => number / scale) };
}

function spelledIntegers(data: Data, tags: Uint8Array): Cells {
  const values = data.values as ArrayLike<number | bigint>;
  if (values.length < data.length) throw short();
  return spelledInteger(values, tags);
}

/** How many of a unit are a millisecond; `TimeUnit` counts seconds as 0 and nanoseconds as 3. */
const PER_MS: Readonly<Record<TimeUnit, number>> = [0.001, 1, 1000, 1_000_000];
const DAY_MS = 86_400_000;

function timeCells(data: Data, form: CellForm): Cells {
  const type: DataType = data.type;
  const tags = tagsOf(data, NUMBER);
  if (DataType.isDate(type) && type.unit === DateUnit.DAY) {
    const { numbers } = plainNumbers(data.values as Int32Array, data.length);
    return cells({ tags, numbers: numbers.map((day) => day * DAY_MS) });
  }
  const perMs = DataType.isTimestamp(type) ? PER_MS[type.unit] : 1;
  const { numbers, restNs } = longTimes(data.values as BigInt64Array, data.length, perMs);
  if (form !== 'value') return cells({ tags, numbers, restNs });
  return cells({ tags, numbers: numbers.map((ms, row) => ms + (restNs[row] as number) / 1_000_000) });
}

/** Every value of a dictionary is decoded once, then named by its index. */
function dictionaryCells(data: Data, form: CellForm, dictionaries: DictionaryCells): Cells {
  const { dictionary } = data as { readonly dictionary?: Vector };
  const indexes = data.values as ArrayLike<number | bigint>;
  if (dictionary === undefined || indexes.length < data.length) throw short();
  const known = dictionaries.get(dictionary) ?? {};
  dictionaries.set(dictionary, known);
  const values = (known[form] ??= joined(dictionary.data.map((part) => cellsOf(part, form, dictionaries))));
  return gathered(values, indexes, tagsOf(data, NUMBER));
}

function joined(parts: readonly Cells[]): Cells {
  const [first] = parts;
  if (parts.length === 1 && first !== undefined) return first;
  const rows = parts.reduce((sum, part) => sum + part.tags.length, 0);
  const tags = new Uint8Array(rows);
  const numbers = new Float64Array(rows);
  const restNs = new Int32Array(rows);
  const inexact = new Uint8Array(rows);
  let at = 0;
  for (const part of parts) {
    tags.set(part.tags, at);
    numbers.set(part.numbers, at);
    if (part.restNs !== null) restNs.set(part.restNs, at);
    if (part.inexact !== null) inexact.set(part.inexact, at);
    at += part.tags.length;
  }
  return { tags, numbers, texts: parts.flatMap((part) => part.texts), restNs, inexact };
}

function gathered(values: Cells, indexes: ArrayLike<number | bigint>, present: Uint8Array): Cells {
  const rows = present.length;
  const numbers = new Float64Array(rows);
  const found: (string | undefined)[] = values.texts.length > 0 ? Array.from({ length: rows }) : [];
  const restNs = values.restNs === null ? null : new Int32Array(rows);
  const inexact = values.inexact === null ? null : new Uint8Array(rows);
  for (let row = 0; row < rows; row += 1) {
    if (present[row] === ABSENT) continue;
    const index = Number(indexes[row]);
    const tag = values.tags[index];
    if (tag === undefined)
      throw new BadRequestError('A row of the Arrow stream names a value its dictionary does not have.');
    present[row] = tag;
    numbers[row] = values.numbers[index] ?? 0;
    if (tag === TEXT) found[row] = values.texts[index];
    if (restNs !== null) restNs[row] = values.restNs?.[index] ?? 0;
    if (inexact !== null) inexact[row] = values.inexact?.[index] ?? 0;
  }
  return { tags: present, numbers, texts: found, restNs, inexact };
}
