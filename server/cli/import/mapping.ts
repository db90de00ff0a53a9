import { FatalError } from '../../errors.ts';
import { fieldsOf, isSingle, tableColumns } from '../../ingest/table-columns.ts';
import type { CellForm, ColumnKind, SourceColumn, TableFile } from '../../table.ts';
import type { ImportOptions } from './options.ts';

/** A column of the file and what it is sent as. */
export interface SentColumn {
  /** Its place among the file's columns. */
  readonly at: number;
  readonly from: string;
  /** The name Leeway knows it by: a field, `feature.x`, `segment.x` or `protected.x`. */
  readonly to: string;
  readonly kind: ColumnKind;
  readonly form: CellForm;
}

export interface Mapping {
  readonly predictions: readonly SentColumn[] | null;
  readonly labels: readonly SentColumn[] | null;
  readonly leftOut: readonly { readonly from: string; readonly why: string }[];
}

type Column = TableFile['columns'][number];

const PREDICTION_FIELDS = fieldsOf('predictions');
const LABEL_FIELDS = fieldsOf('labels');
/** Fields of `--map` that are of labels only. */
const OF_LABELS = new Set(['label', 'labelTime', 'source']);

/** Decides what every column of a file is sent as. Throws FatalError with exit code 2 when a named one is not there. */
export function mappingOf(columns: readonly Column[], options: ImportOptions): Mapping {
  const names = columns.map(({ path }) => path.join('.'));
  checkNamed(names, columns, options);
  if (options.labels) return labelsOnly(columns, options);
  const leftOut: { from: string; why: string }[] = [];
  const renamed = columns.flatMap((column, at) => {
    const why = whyNot(column, options);
    if (why !== null) leftOut.push({ from: names[at] ?? '', why });
    return why === null ? [{ at, column: { ...column, path: pathOf(column, options) } }] : [];
  });
  const predictions = sorted(renamed, names);
  const label = options.map.get('label');
  return {
    predictions,
    labels: label === undefined ? null : labelColumns(columns, options, { ...LABEL_SOURCES, value: 'label' }),
    leftOut,
  };
}

const LABEL_SOURCES: Readonly<Record<string, string>> = {
  model: 'model',
  id: 'id',
  time: 'labelTime',
  source: 'source',
};

function labelsOnly(columns: readonly Column[], options: ImportOptions): Mapping {
  const sources = Object.fromEntries([...LABEL_FIELDS.keys(), 'time'].map((field) => [field, field]));
  const labels = labelColumns(
    columns,
    options,
    options.map.has('label') ? { ...sources, value: 'label' } : sources,
  );
  const sent = new Set(labels.map(({ at }) => at));
  const leftOut = columns.flatMap(({ path }, at) =>
    sent.has(at) ? [] : [{ from: path.join('.'), why: 'no field of a label' }],
  );
  return { predictions: null, labels, leftOut };
}

/** `sources`: the field of a label to the field of `--map` that names its column. */
function labelColumns(
  columns: readonly Column[],
  options: ImportOptions,
  sources: Readonly<Record<string, string>>,
): readonly SentColumn[] {
  const found = Object.entries(sources).flatMap(([field, source]): readonly SentColumn[] => {
    const name =
      options.map.get(source) ?? (source === 'labelTime' ? (options.map.get('time') ?? 'time') : source);
    const at = columns.findIndex(({ path }) => path.join('.') === name);
    const column = columns[at];
    if (column === undefined) return [];
    if (!isSingle(column.kind)) throw unfit(name, field);
    return [{ at, from: name, to: field, kind: column.kind, form: formOf(field) }];
  });
  for (const field of ['id', 'value'])
    if (!found.some(({ to }) => to === field))
      throw new FatalError(
        `labels need a column for ${field}; name it with --map ${field === 'value' ? 'label' : field}=COLUMN`,
        { exitCode: 2 },
      );
  return found;
}

function formOf(field: string): CellForm {
  if (field === 'time') return 'time';
  return (PREDICTION_FIELDS.get(field) ?? LABEL_FIELDS.get(field)) === 'text' ? 'text' : 'value';
}

/** A column that is a field by its name, unless another one was mapped to that field. */
function isFieldName(name: string): boolean {
  return name === 'time' || PREDICTION_FIELDS.has(name);
}

function whyNot({ path, kind }: Column, options: ImportOptions): string | null {
  const name = path.join('.');
  const mapped = [...options.map].filter(([, column]) => column === name).map(([field]) => field);
  if (options.ignore.includes(name)) return 'ignored';
  if (!isSingle(kind))
    return `a ${kind === 'other' ? 'type that is not known' : kind}, which holds no single values`;
  if (mapped.length > 0)
    return mapped.every((field) => OF_LABELS.has(field)) ? 'sent with the label, no feature' : null;
  if (options.segments.includes(name) || options.protected.includes(name)) return null;
  const isField = path.length === 1 && isFieldName(name) && !options.map.has(name);
  if (options.features === null || options.features.includes(name) || isField) return null;
  return 'not among --features';
}

function pathOf({ path }: Column, options: ImportOptions): readonly string[] {
  const name = path.join('.');
  const field = [...options.map].find(([known, column]) => column === name && !OF_LABELS.has(known));
  if (field !== undefined) return [field[0]];
  if (options.segments.includes(name)) return [`segment.${name}`];
  if (options.protected.includes(name)) return [`protected.${name}`];
  // A column that is called like a field another column was mapped to is a feature.
  return path.length === 1 && isFieldName(name) && options.map.has(name) ? [`feature.${name}`] : path;
}

interface Renamed {
  readonly at: number;
  readonly column: Column;
}

const PREFIXES = { features: 'feature', segments: 'segment', protected: 'protected' } as const;

/** By the rules of the server, so that both understand the same. */
function sorted(renamed: readonly Renamed[], names: readonly string[]): readonly SentColumn[] {
  const places = new Map<SourceColumn, number>();
  const columns = renamed.map(({ at, column }) => {
    const source: SourceColumn = { ...column, read: neverRead };
    places.set(source, at);
    return source;
  });
  const table = tableColumns(columns, 'predictions');
  const sent = (column: SourceColumn, to: string, form: CellForm): SentColumn => {
    const at = places.get(column) ?? 0;
    return { at, from: names[at] ?? '', to, kind: column.kind, form };
  };
  return [
    ...table.fields.map(({ name, column }) => sent(column, name, formOf(name))),
    ...(table.time === null ? [] : [sent(table.time, 'time', 'time')]),
    ...table.entries.map(({ kind, name, column }) =>
      sent(column, `${PREFIXES[kind]}.${name}`, kind === 'features' ? 'value' : 'text'),
    ),
  ];
}

function neverRead(): never {
  throw new Error('A column was read before it was opened.');
}

function checkNamed(names: readonly string[], columns: readonly Column[], options: ImportOptions): void {
  const tops = new Set(columns.map(({ path }) => path[0]));
  for (const [field, name] of options.map) {
    const kind = columns[names.indexOf(name)]?.kind;
    if (kind !== undefined && !isSingle(kind)) throw unfit(name, field);
  }
  const { map, features, segments, ignore } = options;
  for (const name of [...map.values(), ...(features ?? []), ...segments, ...options.protected, ...ignore])
    if (!names.includes(name) && !tops.has(name))
      throw new FatalError(`no column is called "${name}"; there are ${names.slice(0, 50).join(', ')}`, {
        exitCode: 2,
      });
}

function unfit(name: string, field: string): FatalError {
  return new FatalError(
    `column "${name}" holds lists, maps or bytes, which cannot be the ${field} of a row; write it as text or numbers`,
    { exitCode: 2 },
  );
}
