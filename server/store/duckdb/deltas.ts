import type { ModelLayout } from '../../../detectors/cells.ts';
import type { ModelState, VersionState } from './registry.ts';
import type { Tables } from './tables.ts';

export const BUCKET_MS = 300_000;
export const MINUTE_MS = 60_000;
export const HOUR_MS = 3_600_000;
/** Values of a group attribute that are counted by themselves; the rest is `other`. */
export const GROUP_VALUES = 20;
export const UNKNOWN_GROUP = -1;
export const OTHER_GROUP = -2;
const GROUP_SPAN = 32;
const BUCKET_SPAN = 65_536;
export const ALL_ROWS = 0;

/** What one commit adds to the counts of five minutes: rows, and the cells they fell into. */
export class CountDelta {
  rows = 0;
  /** One entry a hit while there are few; counted by cell once there are as many as cells. */
  #hits: number[] = [];
  /** Sums of units and of their squares while hits are few, by cell. */
  #sums = new Map<number, number>();
  /** Squares outgrow 32 bits. */
  #dense: Float64Array | null = null;

  /** Adds rows; the cell of each of the layout's features is to be added next. */
  addRows(rows: number, layout: ModelLayout | null): void {
    this.rows += rows;
    if (layout === null || this.#dense !== null) return;
    if (this.#hits.length + rows * layout.features.length > layout.cells) this.#fold(layout.cells);
  }

  /** Adds the cells in [from, to). */
  addCells(cells: Int32Array, from: number, to: number): void {
    const dense = this.#dense;
    if (dense === null) for (let at = from; at < to; at += 1) this.#hits.push(cells[at] as number);
    else for (let at = from; at < to; at += 1) (dense[cells[at] as number] as number) += 1;
  }

  addCell(cell: number, times: number): void {
    if (this.#dense !== null) (this.#dense[cell] as number) += times;
    else for (let time = 0; time < times; time += 1) this.#hits.push(cell);
  }

  /** Adds the units of the rows in [from, to): their sum at the cell, the sum of their squares behind it. */
  addUnits(
    cell: number,
    units: Float64Array,
    { from, to }: { readonly from: number; readonly to: number },
  ): void {
    let sum = 0;
    let squares = 0;
    for (let at = from; at < to; at += 1) {
      const unit = units[at] as number;
      sum += unit;
      squares += unit * unit;
    }
    this.addUnit(cell, sum, squares);
  }

  addUnit(cell: number, sum: number, squares: number): void {
    if (squares === 0) return;
    if (this.#dense !== null) {
      (this.#dense[cell] as number) += sum;
      (this.#dense[cell + 1] as number) += squares;
    } else {
      this.#sums.set(cell, (this.#sums.get(cell) ?? 0) + sum);
      this.#sums.set(cell + 1, (this.#sums.get(cell + 1) ?? 0) + squares);
    }
  }

  #fold(cells: number): void {
    this.#dense = new Float64Array(cells);
    for (const hit of this.#hits) (this.#dense[hit] as number) += 1;
    for (const [cell, sum] of this.#sums) this.#dense[cell] = sum;
    this.#hits = [];
    this.#sums.clear();
  }

  /** Visits every cell with what was added to it; one whose sum is nothing may be left out. */
  each(visit: (cell: number, count: number) => void): void {
    this.#dense?.forEach((count, cell) => {
      if (count !== 0) visit(cell, count);
    });
    for (const [cell, sum] of this.#sums) if (sum !== 0) visit(cell, sum);
    const sorted = Int32Array.from(this.#hits).sort();
    let from = 0;
    for (let at = 1; at <= sorted.length; at += 1)
      if (sorted[at] !== sorted[from]) {
        visit(sorted[from] as number, at - from);
        from = at;
      }
  }
}

/** The place of a group value beside ALL_ROWS: `attribute` is its index in the model's groups, `code` from -2. */
export function groupPlace(attribute: number, code: number): number {
  return 1 + attribute * GROUP_SPAN + code - OTHER_GROUP;
}

/** Counts of the open commit, by model and version, dataset, five minutes and group. */
export class CountDeltas {
  readonly #touched = new Map<VersionState, ModelState>();

  /** The delta a row belongs to. `place` is ALL_ROWS or a group's place. */
  at(
    of: { readonly state: ModelState; readonly version: VersionState; readonly dataset: number },
    bucket: number,
    place: number,
  ): CountDelta {
    const deltas = (of.version.deltas[of.dataset] ??= new Map<number, CountDelta>());
    if (deltas.size === 0) this.#touched.set(of.version, of.state);
    const key = bucket * BUCKET_SPAN + place;
    let delta = deltas.get(key);
    if (delta === undefined) {
      delta = new CountDelta();
      deltas.set(key, delta);
    }
    return delta;
  }

  /** Turns what was gathered into rows of the counts table. */
  emit(tables: Tables, batch: bigint): void {
    for (const [version, state] of this.#touched)
      version.deltas.forEach((deltas, dataset) => {
        for (const [key, delta] of deltas) emitDelta(tables, { state, version, dataset, key, delta, batch });
        deltas.clear();
      });
    this.#touched.clear();
  }

  clear(): void {
    for (const version of this.#touched.keys()) for (const deltas of version.deltas) deltas.clear();
    this.#touched.clear();
  }
}

function emitDelta(
  tables: Tables,
  row: {
    readonly state: ModelState;
    readonly version: VersionState;
    readonly dataset: number;
    readonly key: number;
    readonly delta: CountDelta;
    readonly batch: bigint;
  },
): void {
  const { counts } = tables;
  const { state, delta, key } = row;
  const place = key % BUCKET_SPAN;
  const attribute = Math.floor((place - 1) / GROUP_SPAN);
  const group = place === ALL_ROWS ? undefined : [...state.byRole.group.values()][attribute];
  counts.batch.push(row.batch);
  counts.model.push(state.model);
  counts.version.push(row.version.version);
  counts.dataset.push(row.dataset);
  counts.groupEntry.push(group?.entry ?? -1);
  counts.groupCode.push(group === undefined ? 0 : ((place - 1) % GROUP_SPAN) + OTHER_GROUP);
  counts.bucketMs.push(BigInt(Math.floor(key / BUCKET_SPAN) * BUCKET_MS));
  counts.rowCount.push(delta.rows);
  delta.each((cell, count) => {
    counts.cells.values.push(cell);
    counts.cellCounts.values.pushWhole(count);
  });
  counts.cells.endRow();
  counts.cellCounts.endRow();
}
