import { BadRequestError } from '../../errors.ts';
import { MEASURES, PREDICTION, SCORE } from '../../model.ts';
import type { Dataset, RowScope, Split } from '../../model.ts';
import { DATASETS } from '../../batch.ts';
import { protectedSql, rowValueSql, rowsSql } from './rows-sql.ts';
import type { Entry, ModelState } from './registry.ts';

/** Scopes, splits and columns of stored rows in SQL. */

/** What predictions and labels are joined by, of a table alias. */
export function idKeySql(alias: string): string {
  return `${alias}.id_key`;
}

/** The value of an entry in `rowsSql`, of alias `p`. */
export function valueSql(entry: Entry): string {
  return rowValueSql(entry, 'p');
}

/** Milliseconds of a time column. */
export function millisecondsSql(column: string): string {
  return `epoch_ns(${column}) // 1000000`;
}

export function datasetCode(dataset: Dataset = 'production'): number {
  return DATASETS.indexOf(dataset);
}

/** A numeric column of alias `p`. Throws BadRequestError when the model has none of that name. */
export function numberColumnSql(state: ModelState, name: string): string {
  const measure = (MEASURES as Readonly<Record<string, string>>)[name];
  if (measure !== undefined) return `p.${measure}`;
  const entry = state.byRole.feature.get(name);
  if (entry === undefined && (name === PREDICTION || name === SCORE)) return 'NULL::DOUBLE';
  if (entry === undefined) throw unknownColumn(name);
  if (entry.kind !== 'number')
    throw new BadRequestError(`Column ${quoted(name)} holds texts; ask for its categories.`);
  return valueSql(entry);
}

/** A column of texts of alias `p`, by code. Throws BadRequestError when the model has none of that name. */
export function categoryColumn(state: ModelState, name: string): Entry {
  const entry = state.byRole.feature.get(name);
  if (entry === undefined) throw unknownColumn(name);
  if (entry.kind === 'number')
    throw new BadRequestError(`Column ${quoted(name)} holds numbers; ask for its summary.`);
  return entry;
}

export function unknownColumn(name: string): BadRequestError {
  return new BadRequestError(
    `The model has no column ${quoted(name)}; name a feature, ${PREDICTION}, ${SCORE} or one of ${Object.keys(MEASURES).join(', ')}.`,
  );
}

export function quoted(name: string): string {
  return JSON.stringify(name.slice(0, 80));
}

type Scoped = RowScope & {
  readonly by?: Split['by'];
  readonly protected?: boolean;
  /** Columns whose values are read, by name; absent: all. */
  readonly read?: readonly string[];
};

/**
 * FROM and WHERE of a scope: predictions as `p`, and their protected attributes as `pa` where the scope, the split or the
 * asker needs them: joining them costs as much as a read.
 */
export function scopeSql(state: ModelState, scope: Scoped): string {
  const conditions = [
    `p.dataset = ${datasetCode(scope.dataset)}`,
    `p.event_time >= make_timestamp_ns(${nanoseconds(scope.fromMs)}) AND p.event_time < make_timestamp_ns(${nanoseconds(scope.toMs)})`,
    ...(scope.versions === undefined ? [] : [versionsSql(state, scope.versions)]),
    ...Object.entries(scope.where ?? {}).map(([name, value]) => attributeIsSql(state, name, value)),
  ];
  const attributes = [
    ...Object.keys(scope.where ?? {}),
    ...(scope.by === undefined ? [] : [scope.by.attribute]),
  ];
  const isJoined = scope.protected === true || attributes.some((name) => state.byRole.protected.has(name));
  const asked = {
    range: scope,
    ...(scope.read !== undefined && { entries: entriesOf(state, scope.read, attributes) }),
  };
  const joined = `LEFT JOIN ${protectedSql([state], asked)} pa ON pa.batch = p.batch AND pa.ordinal = p.ordinal`;
  return `FROM ${rowsSql([state], asked)} p ${isJoined ? joined : ''} WHERE ${conditions.join(' AND ')}`;
}

function entriesOf(
  state: ModelState,
  columns: readonly string[],
  attributes: readonly string[],
): readonly Entry[] {
  return [
    ...columns.flatMap((name) => state.byRole.feature.get(name) ?? []),
    ...attributes.flatMap((name) => attributeSources(state, name).map(({ entry }) => entry)),
  ];
}

const LAST_NS = 9_223_372_036_854_775_806n;

/** Of a time in milliseconds, kept within what the column can hold. */
function nanoseconds(timeMs: number): bigint {
  const wanted = BigInt(Math.ceil(Math.max(-9e15, Math.min(9e15, timeMs)))) * 1_000_000n;
  if (wanted > LAST_NS) return LAST_NS;
  return wanted < -LAST_NS ? -LAST_NS : wanted;
}

function versionsSql(state: ModelState, names: readonly string[]): string {
  const codes = names.flatMap((name) => state.versions.get(name)?.version ?? []);
  return `p.version IN (${codes.length === 0 ? 'NULL' : codes.join(',')})`;
}

interface AttributeSource {
  readonly entry: Entry;
  readonly list: string;
}

/** Where an attribute's texts stand: among the protected ones, or else among the segments. */
function attributeSources(state: ModelState, name: string): readonly AttributeSource[] {
  return [
    { entry: state.byRole.protected.get(name), list: 'pa.codes' },
    { entry: state.byRole.segment.get(name), list: 'p.segments' },
  ].flatMap(({ entry, list }) => (entry === undefined ? [] : [{ entry, list }]));
}

function attributeIsSql(state: ModelState, name: string, value: string): string {
  const tests = attributeSources(state, name).map(
    ({ entry, list }) => `CASE WHEN ${list}[${entry.slot + 1}] IS NULL THEN NULL
      ELSE ${list}[${entry.slot + 1}] = ${entry.codes.get(value) ?? -1} END`,
  );
  return tests.length === 0 ? 'false' : `coalesce(${tests.join(', ')}, false)`;
}

/** Columns `group_name` and `step_ms` of a split. */
export function splitSql(state: ModelState, scope: RowScope, split: Split): string {
  const { stepMs, by } = split;
  if (stepMs !== undefined && !(stepMs >= 1))
    throw new BadRequestError(`A step of ${stepMs} ms was asked for; ask for 1 or more.`);
  const time = millisecondsSql('p.event_time');
  const step = stepMs === undefined ? Math.trunc(scope.fromMs) : `${time} // ${stepMs} * ${stepMs}`;
  const group = by === undefined ? 'NULL::VARCHAR' : attributeTextSql(state, by.attribute);
  return `${group} AS group_name, (${step})::BIGINT AS step_ms`;
}

function attributeTextSql(state: ModelState, name: string): string {
  const texts = attributeSources(state, name).map(
    ({ entry, list }) =>
      `(SELECT list(value ORDER BY code) FROM dictionary WHERE model = ${state.model} AND entry = ${entry.entry})[${list}[${entry.slot + 1}] + 1]`,
  );
  return `coalesce(${[...texts, "'unknown'"].join(', ')})`;
}

/** True when an empty answer still has one row: nothing was split. */
export function isWhole(split: Split): boolean {
  return split.by === undefined && split.stepMs === undefined;
}
