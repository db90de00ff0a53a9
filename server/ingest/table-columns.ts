import { BadRequestError } from '../errors.ts';
import type { IngestRoute } from '../model.ts';
import type { ColumnKind, SourceColumn } from '../table.ts';
import { SCORES } from './attributes.ts';
import { FIELD } from './fields.ts';
import type { Field } from './fields.ts';
import type { MapKind } from './record.ts';
import { quoted } from './refusals.ts';

/** Schemas are not declared by tables. */
type AttributeKind = Exclude<MapKind, 'schema'>;

/**
 * What the columns of a table mean. The same for Arrow and Parquet:
 *
 * | column                                   | is                                                             |
 * |------------------------------------------|----------------------------------------------------------------|
 * | model, version, id, value, score, …      | the field of that name in JSON                                 |
 * | time                                     | a timestamp or date; milliseconds since 1970; ISO 8601 in text |
 * | features, segments, protected (a struct) | a map, its fields are the entries; structs within join by dots |
 * | scores (a struct)                        | features, `score.` before each name                            |
 * | feature.x, segment.x, protected.x        | one entry of such a map                                        |
 * | __index_level_0__ and its like           | the index of pandas: left out                                  |
 * | anything else, of predictions            | the feature of that name                                       |
 * | anything else, of labels                 | a refusal of the request                                       |
 */

export type Expected = 'text' | 'number' | 'duration' | 'value';

export interface FieldColumn {
  readonly name: string;
  readonly field: Field;
  readonly expected: Expected;
  readonly column: SourceColumn;
}

export interface EntryColumn {
  readonly kind: AttributeKind;
  readonly name: string;
  readonly column: SourceColumn;
}

export interface TableColumns {
  readonly fields: readonly FieldColumn[];
  readonly time: SourceColumn | null;
  readonly entries: readonly EntryColumn[];
}

export type TableRoute = Extract<IngestRoute, 'predictions' | 'labels'>;

export function tableRoute(route: IngestRoute): TableRoute {
  if (route === 'predictions' || route === 'labels') return route;
  throw new BadRequestError('Logs are taken as OTLP, in protobuf or JSON.');
}

type Known = readonly [Expected, Field];

const PREDICTION_FIELDS: ReadonlyMap<string, Known> = new Map<string, Known>([
  ['model', ['text', FIELD.model]],
  ['version', ['text', FIELD.version]],
  ['id', ['text', FIELD.id]],
  ['value', ['value', FIELD.value]],
  ['score', ['number', FIELD.score]],
  ['durationMs', ['duration', FIELD.durationSeconds]],
  ['error', ['text', FIELD.error]],
  ['dataset', ['text', FIELD.dataset]],
  ['label', ['value', FIELD.label]],
  ['inputTokens', ['number', FIELD.inputTokens]],
  ['outputTokens', ['number', FIELD.outputTokens]],
  ['cost', ['number', FIELD.cost]],
  ['currency', ['text', FIELD.currency]],
]);

const LABEL_FIELDS: ReadonlyMap<string, Known> = new Map<string, Known>([
  ['model', ['text', FIELD.model]],
  ['id', ['text', FIELD.id]],
  ['value', ['value', FIELD.label]],
  ['source', ['text', FIELD.source]],
]);

const FIELDS = { predictions: PREDICTION_FIELDS, labels: LABEL_FIELDS } as const;
const STRUCTS: ReadonlySet<string> = new Set<AttributeKind>(['features', 'segments', 'protected']);
const FLAT: readonly (readonly [string, AttributeKind])[] = [
  ['feature.', 'features'],
  ['segment.', 'segments'],
  ['protected.', 'protected'],
];
/** Columns that are fields of a row by their name alone, with what they hold; `time` is another. */
export function fieldsOf(route: TableRoute): ReadonlyMap<string, Expected> {
  return new Map([...FIELDS[route]].map(([name, [expected]]) => [name, expected]));
}

/** How pandas names an index that has no name. */
const PANDAS_INDEX = /^__index_level_\d+__$/;

/** Sorts columns by their meaning. Throws BadRequestError when two mean the same or one means nothing. */
export function tableColumns(columns: readonly SourceColumn[], route: TableRoute): TableColumns {
  const fields: FieldColumn[] = [];
  const entries: EntryColumn[] = [];
  let time: SourceColumn | null = null;
  const taken = new Set<string>();
  for (const column of columns) {
    const name = column.path.join('.');
    const known = column.path.length === 1 ? FIELDS[route].get(name) : undefined;
    if (PANDAS_INDEX.test(name)) continue;
    if ((known !== undefined || name === 'time') && !isSingle(column.kind)) throw unfit(name);
    if (known !== undefined) fields.push({ name, expected: known[0], field: known[1], column });
    else if (name === 'time') time = column;
    else if (route === 'predictions') entries.push(entryOf(column, name));
    else throw unknown(name);
    claim(
      taken,
      known === undefined && name !== 'time' ? keyOf(entries.at(-1), name) : `field ${name}`,
      name,
    );
  }
  return { fields, time, entries };
}

/** Whether cells of a kind are one value each. */
export function isSingle(kind: ColumnKind): boolean {
  return kind !== 'list' && kind !== 'bytes' && kind !== 'other';
}

function unfit(name: string): BadRequestError {
  return new BadRequestError(`Column ${quoted(name)} holds lists, maps or bytes; send numbers or texts.`);
}

function entryOf(column: SourceColumn, name: string): EntryColumn {
  const [first = '', ...rest] = column.path;
  if (first === 'scores' && rest.length > 0)
    return { kind: 'features', name: nameOf([SCORES.prefix, ...rest]), column };
  if (STRUCTS.has(first)) {
    if (rest.length > 0) return { kind: first as AttributeKind, name: nameOf(rest), column };
    throw new BadRequestError(`Column ${quoted(first)} must be a struct of names to values.`);
  }
  const flat = FLAT.find(([prefix]) => name.startsWith(prefix));
  if (flat === undefined) return { kind: 'features', name: nameOf(column.path), column };
  return { kind: flat[1], name: name.slice(flat[0].length), column };
}

/** What stands under an empty name has none. */
function nameOf(path: readonly string[]): string {
  return path[0] === '' ? '' : path.join('.');
}

function keyOf(entry: EntryColumn | undefined, name: string): string {
  return entry === undefined ? name : `${entry.kind} ${entry.name}`;
}

function claim(taken: Set<string>, key: string, name: string): void {
  if (taken.has(key))
    throw new BadRequestError(`Two columns are both ${quoted(name)}; rename one or leave it out.`);
  taken.add(key);
}

function unknown(name: string): BadRequestError {
  const names = [...LABEL_FIELDS.keys(), 'time'].join(', ');
  return new BadRequestError(`Column ${quoted(name)} is not known in labels; known are ${names}.`);
}
