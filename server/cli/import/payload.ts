/** What serving stacks put into the body of a request and its answer: rows of named or numbered values. */

type Scalar = string | number | boolean | null;
export type Row = Readonly<Record<string, Scalar>>;
type Json = Readonly<Record<string, unknown>>;

/** What a table's row of JSON becomes. */
export interface PayloadOptions {
  /** Names of values that come by position. */
  readonly names: readonly string[];
}

/** The rows of a request: dataframe_split, dataframe_records, inputs, instances, or a bare list or object. null: none of these. */
export function requestRows(body: unknown, options: PayloadOptions): readonly Row[] | null {
  if (Array.isArray(body)) return body.map((row) => rowOf(row, options));
  if (!isObject(body)) return null;
  const { dataframe_split: split, dataframe_records: records, instances, inputs } = body;
  if (isObject(split)) return splitRows(split);
  const list = [records, instances, inputs].find((candidate) => Array.isArray(candidate));
  if (Array.isArray(list)) return list.map((row) => rowOf(row, options));
  if (isObject(inputs)) return columnRows(inputs);
  return [rowOf(body, options)];
}

/** The rows of an answer: predictions, outputs, or a bare list, object or value. */
export function responseRows(body: unknown, options: PayloadOptions): readonly Row[] {
  const list = isObject(body) ? (body['predictions'] ?? body['outputs'] ?? body) : body;
  const rows: readonly unknown[] = Array.isArray(list) ? list : [list];
  return rows.map((row) => rowOf(row, options));
}

function splitRows({ columns, data }: Json): readonly Row[] | null {
  if (!Array.isArray(columns) || !Array.isArray(data)) return null;
  return data.map((row) => rowOf(row, { names: columns.map(String) }));
}

/** A list for every name. */
function columnRows(columns: Json): readonly Row[] {
  const entries = Object.entries(columns);
  const rows = Math.max(0, ...entries.map(([, values]) => (Array.isArray(values) ? values.length : 1)));
  return Array.from({ length: rows }, (_, row) =>
    Object.fromEntries(
      entries.map(([name, values]) => [name, scalarOf(Array.isArray(values) ? values[row] : values)]),
    ),
  );
}

/** A list has names by position, f0 and on where none are given; an object its own, joined by dots; a value is the one of `f0`. */
export function rowOf(value: unknown, { names }: PayloadOptions): Row {
  if (Array.isArray(value))
    return Object.fromEntries(value.map((cell, at) => [names[at] ?? `f${at}`, scalarOf(cell)]));
  if (isObject(value)) return flat(value, '');
  return { [names[0] ?? 'f0']: scalarOf(value) };
}

function flat(value: Json, prefix: string): Row {
  return Object.assign(
    {},
    ...Object.entries(value).map(([name, inner]) =>
      isObject(inner) ? flat(inner, `${prefix}${name}.`) : { [`${prefix}${name}`]: scalarOf(inner) },
    ),
  ) as Row;
}

/** Lists of one value are that value; longer ones have no place in a feature. */
function scalarOf(value: unknown): Scalar {
  if (Array.isArray(value)) return value.length === 1 ? scalarOf(value[0]) : null;
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : null;
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const VALUE_NAMES = ['value', 'prediction', 'predicted_label', 'label', 'f0'];
const SCORE_NAMES = ['score', 'probability', 'f1'];

/** The prediction and its score within a row of an answer; `map` names them where they are called otherwise. */
export function answerOf(
  row: Row,
  map: ReadonlyMap<string, string>,
): { readonly value: Scalar; readonly score: number | null } {
  const pick = (field: string, names: readonly string[]) => {
    const named = map.get(field);
    const name = named ?? names.find((candidate) => Object.hasOwn(row, candidate));
    return name === undefined ? null : (row[name] ?? null);
  };
  const score = pick('score', SCORE_NAMES);
  return { value: pick('value', VALUE_NAMES), score: typeof score === 'number' ? score : null };
}

/** A number where a text of CSV is one, nothing where it is empty. */
export function csvRows(text: string): readonly (readonly Scalar[])[] {
  return text
    .split(/\r?\n/)
    .filter((line) => line.trim() !== '')
    .map((line) => csvCells(line).map(csvScalar));
}

function csvScalar(cell: string): Scalar {
  if (cell === '') return null;
  const number = Number(cell);
  return cell.trim() === '' || Number.isNaN(number) ? cell : number;
}

function csvCells(line: string): readonly string[] {
  const cells = line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g);
  return [...cells].map(([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? '');
}
