import { ABSENT, BOOLEAN, NO_ID, NUMBER, TEXT } from '../../batch.ts';
import type { PredictionColumns, TextColumn, ValueColumn } from '../../batch.ts';
import { tagAt, textAt, wordsAt } from '../../batch-edit.ts';
import { PREDICTION, SCORE } from '../../model.ts';
import type { FeatureKind } from '../../model.ts';
import type { NumberColumn } from './chunk.ts';
import { keptIds } from './recent-ids.ts';
import type { Entry, ModelState, Registry } from './registry.ts';
import type { CountedRows, RowDeltas } from './row-deltas.ts';
import { idsOf, SET_IDS } from './set-ids.ts';
import type { Tables } from './tables.ts';

/** Which rows of a request become rows of the table. */
export interface StagedRows {
  readonly rows: Int32Array;
  /** Rows whose id was seen before. */
  readonly repeated: readonly number[];
  readonly overflowing: number;
  /** By column of the batch: its feature, or null where no value ever told its kind. */
  readonly features: readonly (Entry | null)[];
}

/** Leaves out rows whose id was seen before, and rows with features the model has no room for. */
export function keptRows(
  registry: Registry,
  state: ModelState,
  { columns, set }: { readonly columns: PredictionColumns; readonly set: string | undefined },
): StagedRows {
  const full: ValueColumn[] = [];
  const features = columns.values.map((column, place) => {
    const known = state.featureAt(place, column.name);
    if (known !== undefined) return known;
    const kind = kindOf(column, columns.rows);
    if (kind === null) return null;
    const entry = registry.feature(state, column.name, kind);
    if (entry === null) full.push(column);
    return entry;
  });
  const rows = new Int32Array(columns.rows);
  const { kinds, words } = columns.id;
  const seen = set === undefined ? state.recent : idsOf(state, set);
  const remembered = set === undefined ? keptIds(registry.models.length) : SET_IDS;
  let kept = 0;
  const repeated: number[] = [];
  let overflowing = 0;
  for (let row = 0; row < columns.rows; row += 1) {
    if (full.some((column) => tagAt(column, row) !== ABSENT)) overflowing += 1;
    else if (kinds[row] !== NO_ID && !seen.add(words, row * 4, remembered)) repeated.push(row);
    else {
      rows[kept] = row;
      kept += 1;
    }
  }
  return { rows: kept === columns.rows ? rows : rows.subarray(0, kept), repeated, overflowing, features };
}

function kindOf(column: ValueColumn, rows: number): FeatureKind | null {
  for (let row = 0; row < rows; row += 1) {
    const tag = tagAt(column, row);
    if (tag !== ABSENT) return tag === NUMBER ? 'number' : tag === BOOLEAN ? 'boolean' : 'category';
  }
  return null;
}

export interface StagedModel extends CountedRows {
  readonly features: readonly (Entry | null)[];
}

interface Target {
  readonly registry: Registry;
  readonly tables: Tables;
  readonly deltas: RowDeltas;
}

/** The cells of one feature, row by row: one for all, since features are counted one after another. */
let cellsOfRows = new Int32Array(1024);
/** And its units, where they are summed. */
let unitsOfRows = new Float64Array(1024);
/** Marks the features that a part of a batch holds. */
let stamp = 0;

/** Writes the values of every feature and counts the cells they fall into. */
export function stageValues(target: Target, staged: StagedModel): void {
  const { state, columns, rows } = staged;
  if (cellsOfRows.length < rows.length) {
    cellsOfRows = new Int32Array(rows.length * 2);
    unitsOfRows = new Float64Array(rows.length * 2);
  }
  const places = openRows(target.tables, state, rows.length);
  stamp += 1;
  columns.values.forEach((column, index) => {
    const entry = staged.features[index];
    if (entry === null || entry === undefined) return;
    entry.stamp = stamp;
    stageColumn(target, { staged, column, entry, place: placeOf(places, entry) });
  });
  for (const entry of state.counted)
    if (entry.stamp !== stamp) target.deltas.addCell(entry.finder?.missing ?? 0);
}

type Doubles = NumberColumn<Float64Array<ArrayBuffer>>;
type Integers = NumberColumn<Int32Array<ArrayBuffer>>;

/** Where the values of one feature go: the first place and the step to the next row, in each of two columns. */
interface Place {
  readonly numbers: Doubles;
  readonly codes: Integers;
  readonly first: number;
  readonly step: number;
}

interface OpenRows {
  readonly tables: Tables;
  readonly prediction: number;
  readonly predictionCode: number;
  readonly score: number;
  readonly num: number;
  readonly numStep: number;
  readonly cat: number;
  readonly catStep: number;
}

/** Makes room for `count` rows in every column of values. */
function openRows(tables: Tables, state: ModelState, count: number): OpenRows {
  const { prediction, predictionCode, score, num, cat } = tables.predictions;
  return {
    tables,
    prediction: prediction.extend(count),
    predictionCode: predictionCode.extend(count),
    score: score.extend(count),
    num: num.addRows(count, state.numSlots),
    numStep: state.numSlots,
    cat: cat.addRows(count, state.catSlots),
    catStep: state.catSlots,
  };
}

function placeOf(open: OpenRows, entry: Entry): Place {
  const { prediction, predictionCode, score, num, cat } = open.tables.predictions;
  const isNumber = entry.kind === 'number';
  if (entry.name === PREDICTION) {
    const first = isNumber ? open.prediction : open.predictionCode;
    return { numbers: prediction, codes: predictionCode, first, step: 1 };
  }
  if (entry.name === SCORE) return { numbers: score, codes: predictionCode, first: open.score, step: 1 };
  const first = isNumber ? open.num : open.cat;
  const step = isNumber ? open.numStep : open.catStep;
  return { numbers: num.values, codes: cat.values, first: first + entry.slot, step };
}

interface StagedColumn {
  readonly place: Place;
  readonly staged: StagedModel;
  readonly column: ValueColumn;
  readonly entry: Entry;
}

function stageColumn(target: Target, given: StagedColumn): void {
  const { staged, entry } = given;
  const count = staged.rows.length;
  const { finder } = entry;
  const moments = finder?.moments ?? null;
  if (finder !== null) cellsOfRows.fill(finder.missing, 0, count);
  if (moments !== null) unitsOfRows.fill(0, 0, count);
  const violations = entry.kind === 'number' ? stageNumbers(given) : stageCodes(target.registry, given);
  if (finder !== null) target.deltas.addCells(cellsOfRows);
  if (moments !== null) target.deltas.addUnits(moments, unitsOfRows);
  if (violations > 0 && count > 0) target.registry.violation(staged.state, entry, violations);
}

/** A text where a number belongs is missing, and counted. */
function stageNumbers({ staged, column, entry, place: { numbers, first, step } }: StagedColumn): number {
  const { rows } = staged;
  const { finder } = entry;
  const { data, valid } = numbers;
  const { tags, numbers: values, first: from, step: stride } = column;
  let violations = 0;
  for (let at = 0, place = first; at < rows.length; at += 1, place += step) {
    const cell = from + (rows[at] as number) * stride;
    const tag = tags[cell] as number;
    if (tag === ABSENT) continue;
    if (tag !== NUMBER) violations += 1;
    if (tag === TEXT) continue;
    const value = values[cell] as number;
    data[place] = value;
    valid[place] = 1;
    if (finder === null) continue;
    cellsOfRows[at] = finder.ofNumber(value);
    unitsOfRows[at] = finder.unitsOf(value);
  }
  return violations;
}

/** A number where a text belongs is read as text, and counted. */
function stageCodes(registry: Registry, given: StagedColumn): number {
  const { staged, column, entry } = given;
  const { codes, first, step } = given.place;
  const { rows, state } = staged;
  const { finder } = entry;
  const ownTag = entry.kind === 'boolean' ? BOOLEAN : TEXT;
  let violations = 0;
  let lastText = '';
  let code = -1;
  for (let at = 0, place = first; at < rows.length; at += 1, place += step) {
    const row = rows[at] as number;
    const tag = tagAt(column, row);
    if (tag === ABSENT) continue;
    if (tag !== ownTag) violations += 1;
    const text = tag === TEXT ? textAt(column, row) : (wordsAt(column, row) ?? '');
    if (code < 0 || text !== lastText) {
      code = registry.code(state, entry, text);
      lastText = text;
    }
    codes.set(place, code);
    if (finder !== null) cellsOfRows[at] = finder.ofCode(code, entry.values);
  }
  return violations;
}

/** Writes segments or protected attributes. */
export function stageTexts(
  target: Pick<Target, 'registry' | 'tables'>,
  staged: CountedRows,
  role: 'segment' | 'protected',
): void {
  const { state, columns, rows } = staged;
  const { registry, tables } = target;
  const given: readonly TextColumn[] = role === 'segment' ? columns.segments : columns.protected;
  const entries = given.map((column) => registry.entry(state, role, column.name));
  const width = role === 'segment' ? state.segmentSlots : state.protectedSlots;
  const list = role === 'segment' ? tables.predictions.segments : tables.protected_attributes.codes;
  const first = list.addRows(rows.length, width);
  given.forEach((column, index) => {
    const entry = entries[index] as Entry;
    rows.forEach((row, at) => {
      const text = column.texts[row];
      if (text !== undefined)
        list.values.set(first + at * width + entry.slot, registry.code(state, entry, text));
    });
  });
}
