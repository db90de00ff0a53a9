import { ABSENT, BOOLEAN, NUMBER, TEXT } from '../../batch.ts';
import type { PredictionColumns, TextColumn, ValueColumn } from '../../batch.ts';
import { PREDICTION, SCORE } from '../../model.ts';
import type { FeatureKind } from '../../model.ts';
import type { Entry, ModelState, Registry } from './registry.ts';
import type { StagedModel } from './staging.ts';
import type { Tables } from './tables.ts';

/** Which rows of a request become rows of the table. */
export interface StagedRows {
  readonly rows: Int32Array;
  readonly repeated: number;
  readonly overflowing: number;
  /** By column of the batch: its feature, or null where no value ever told its kind. */
  readonly features: readonly (Entry | null)[];
}

/** Leaves out rows whose id was seen before, and rows with features the model has no room for. */
export function keptRows(registry: Registry, state: ModelState, columns: PredictionColumns): StagedRows {
  const full: ValueColumn[] = [];
  const features = columns.values.map((column) => {
    const kind = kindOf(column, columns.rows);
    if (kind === null) return state.byRole.feature.get(column.name) ?? null;
    const entry = registry.feature(state, column.name, kind);
    if (entry === null) full.push(column);
    return entry;
  });
  const rows = new Int32Array(columns.rows);
  let kept = 0;
  let repeated = 0;
  let overflowing = 0;
  for (let row = 0; row < columns.rows; row += 1) {
    const id = columns.id[row];
    if (full.some((column) => tagAt(column, row) !== ABSENT)) overflowing += 1;
    else if (typeof id === 'string' && !state.recent.add(id)) repeated += 1;
    else {
      rows[kept] = row;
      kept += 1;
    }
  }
  return { rows: rows.subarray(0, kept), repeated, overflowing, features };
}

function kindOf(column: ValueColumn, rows: number): FeatureKind | null {
  const to = Math.min(rows, column.tags.length);
  for (let row = 0; row < to; row += 1) {
    const tag = column.tags[row];
    if (tag !== ABSENT) return tag === NUMBER ? 'number' : tag === BOOLEAN ? 'boolean' : 'category';
  }
  return null;
}

function tagAt(column: ValueColumn, row: number): number {
  return row < column.tags.length ? (column.tags[row] as number) : ABSENT;
}

interface Target {
  readonly registry: Registry;
  readonly tables: Tables;
}

/** Where the values of one feature go: a number or a code a row. */
interface Place {
  readonly number: (at: number, value: number) => void;
  readonly code: (at: number, code: number) => void;
}

/**
 * Writes values, segments and protected attributes, and finds the cell of every value: the answer holds one row of
 * cells a row, one cell a feature of the layout.
 */
export function stageValues(
  target: Target,
  staged: StagedModel,
  first: { readonly batch: bigint; readonly ordinal: number },
): Int32Array {
  const { state, columns, kept } = staged;
  const count = kept.rows.length;
  const cells = missingCells(state, count);
  const places = placesOf(target.tables, state, count);
  columns.values.forEach((column, index) => {
    const entry = kept.features[index];
    if (entry !== null && entry !== undefined)
      stageColumn(target.registry, { staged, column, entry, place: places(entry), cells });
  });
  stageTexts(target, staged, 'segment');
  if (columns.protected.length > 0) {
    const rows = target.tables.protected_attributes;
    for (let at = 0; at < count; at += 1) {
      rows.batch.push(first.batch);
      rows.ordinal.push(first.ordinal + at);
      rows.model.push(state.model);
    }
    stageTexts(target, staged, 'protected');
  }
  return cells;
}

function missingCells(state: ModelState, count: number): Int32Array {
  const features = state.layout?.features ?? [];
  const cells = new Int32Array(count * features.length);
  features.forEach(({ name }, index) => {
    const missing = state.byRole.feature.get(name)?.finder?.missing ?? 0;
    for (let at = index; at < cells.length; at += features.length) cells[at] = missing;
  });
  return cells;
}

/** Makes room for `count` rows in every column of values and says where an entry's values go. */
function placesOf(tables: Tables, state: ModelState, count: number): (entry: Entry) => Place {
  const rows = tables.predictions;
  const prediction = rows.prediction.extend(count);
  const predictionCode = rows.predictionCode.extend(count);
  const score = rows.score.extend(count);
  const { numSlots, catSlots } = state;
  const num = rows.num.addRows(count, numSlots);
  const cat = rows.cat.addRows(count, catSlots);
  return (entry) => {
    if (entry.name === PREDICTION)
      return {
        number: (at, value) => rows.prediction.set(prediction + at, value),
        code: (at, code) => rows.predictionCode.set(predictionCode + at, code),
      };
    if (entry.name === SCORE)
      return { number: (at, value) => rows.score.set(score + at, value), code: () => {} };
    return {
      number: (at, value) => rows.num.values.set(num + at * numSlots + entry.slot, value),
      code: (at, code) => rows.cat.values.set(cat + at * catSlots + entry.slot, code),
    };
  };
}

interface StagedColumn {
  readonly staged: StagedModel;
  readonly column: ValueColumn;
  readonly entry: Entry;
  readonly place: Place;
  readonly cells: Int32Array;
}

function stageColumn(registry: Registry, given: StagedColumn): void {
  const { staged, entry } = given;
  const { state, kept } = staged;
  const features = state.layout?.features ?? [];
  const cellAt = entry.finder === null ? -1 : features.findIndex((feature) => feature.name === entry.name);
  const stage = entry.kind === 'number' ? stageNumbers : stageCodes;
  const violations = stage(registry, { ...given, cellAt, width: features.length });
  if (violations > 0 && kept.rows.length > 0) registry.violation(state, entry, violations);
}

interface PlacedColumn extends StagedColumn {
  /** The feature's place in a row of cells of `width`; -1 when it has no layout. */
  readonly cellAt: number;
  readonly width: number;
}

/** A text where a number belongs is missing, and counted. */
function stageNumbers(_registry: Registry, given: PlacedColumn): number {
  const { column, entry, place, cells, cellAt, width } = given;
  const { rows } = given.staged.kept;
  let violations = 0;
  for (let at = 0; at < rows.length; at += 1) {
    const row = rows[at] as number;
    const tag = tagAt(column, row);
    if (tag === ABSENT) continue;
    if (tag !== NUMBER) violations += 1;
    if (tag === TEXT) continue;
    const value = column.numbers[row] as number;
    place.number(at, value);
    if (cellAt >= 0) cells[at * width + cellAt] = entry.finder?.ofNumber(value) ?? 0;
  }
  return violations;
}

/** A number where a text belongs is read as text, and counted. */
function stageCodes(registry: Registry, given: PlacedColumn): number {
  const { column, entry, place, cells, cellAt, width, staged } = given;
  const { rows } = staged.kept;
  const ownTag = entry.kind === 'boolean' ? BOOLEAN : TEXT;
  let violations = 0;
  let lastText = '';
  let code = -1;
  for (let at = 0; at < rows.length; at += 1) {
    const row = rows[at] as number;
    const tag = tagAt(column, row);
    if (tag === ABSENT) continue;
    if (tag !== ownTag) violations += 1;
    const text = textAt(column, row, tag);
    if (code < 0 || text !== lastText) {
      code = registry.code(staged.state, entry, text);
      lastText = text;
    }
    place.code(at, code);
    if (cellAt >= 0) cells[at * width + cellAt] = entry.finder?.ofCode(code, entry.values) ?? 0;
  }
  return violations;
}

function textAt(column: ValueColumn, row: number, tag: number): string {
  if (tag === TEXT) return column.texts[row] ?? '';
  const value = column.numbers[row] as number;
  return tag === NUMBER ? String(value) : value === 1 ? 'true' : 'false';
}

function stageTexts(target: Target, staged: StagedModel, role: 'segment' | 'protected'): void {
  const { state, columns, kept } = staged;
  const { registry, tables } = target;
  const given: readonly TextColumn[] = role === 'segment' ? columns.segments : columns.protected;
  const entries = given.map((column) => registry.entry(state, role, column.name));
  const width = role === 'segment' ? state.segmentSlots : state.protectedSlots;
  const list = role === 'segment' ? tables.predictions.segments : tables.protected_attributes.codes;
  const first = list.addRows(kept.rows.length, width);
  given.forEach((column, index) => {
    const entry = entries[index] as Entry;
    kept.rows.forEach((row, at) => {
      const text = column.texts[row];
      if (text !== undefined)
        list.values.set(first + at * width + entry.slot, registry.code(state, entry, text));
    });
  });
}
