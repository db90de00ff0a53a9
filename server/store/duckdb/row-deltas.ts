import type { PredictionColumns, TextColumn } from '../../batch.ts';
import { ALL_ROWS, BUCKET_MS, GROUP_VALUES, groupPlace, OTHER_GROUP, UNKNOWN_GROUP } from './deltas.ts';
import type { CountDelta, CountDeltas } from './deltas.ts';
import type { Entry, ModelState, Registry, VersionState } from './registry.ts';

/** Rows of one model that are counted together, with what tells where. */
export interface CountedRows {
  readonly state: ModelState;
  readonly columns: PredictionColumns;
  /** The rows of the batch that were kept. */
  readonly rows: Int32Array;
  readonly versions: readonly VersionState[];
}

interface Run {
  readonly delta: CountDelta;
  readonly from: number;
  to: number;
}

/**
 * Which counts every row of a batch adds to. Cells are added a feature at a time, so that the inner loop stays in one
 * column: rows of one request mostly fall into the same five minutes, and those are one run.
 */
export class RowDeltas {
  readonly #runs: readonly Run[];
  /** By group attribute: the delta of every row. */
  readonly #groups: readonly (readonly CountDelta[])[];

  constructor(counts: CountDeltas, registry: Registry, counted: CountedRows) {
    this.#runs = runsOf(counts, counted);
    this.#groups = groupColumns(counted.state, counted.columns).map((group, attribute) =>
      groupDeltas({ counts, registry, counted }, group, attribute),
    );
    const { layout } = counted.state;
    for (const { delta, from, to } of this.#runs) delta.addRows(to - from, layout);
    for (const deltas of this.#groups) for (const delta of deltas) delta.addRows(1, layout);
  }

  /** Adds the cell of one feature of every row. */
  addCells(cells: Int32Array): void {
    for (const { delta, from, to } of this.#runs) delta.addCells(cells, from, to);
    for (const deltas of this.#groups)
      for (let at = 0; at < deltas.length; at += 1)
        (deltas[at] as CountDelta).addCell(cells[at] as number, 1);
  }

  /** Adds the units of one feature of every row to the sums that stand at its cell and behind it. */
  addUnits(cell: number, units: Float64Array): void {
    for (const run of this.#runs) run.delta.addUnits(cell, units, run);
    for (const deltas of this.#groups)
      for (let at = 0; at < deltas.length; at += 1) {
        const unit = units[at] as number;
        (deltas[at] as CountDelta).addUnit(cell, unit, unit * unit);
      }
  }

  /** Adds the same cell for every row. */
  addCell(cell: number): void {
    for (const { delta, from, to } of this.#runs) delta.addCell(cell, to - from);
    for (const deltas of this.#groups) for (const delta of deltas) delta.addCell(cell, 1);
  }
}

function runsOf(counts: CountDeltas, { state, columns, rows, versions }: CountedRows): readonly Run[] {
  const runs: Run[] = [];
  let last = { bucket: NaN, version: null as VersionState | null, dataset: -1 };
  let run: Run | null = null;
  for (let at = 0; at < rows.length; at += 1) {
    const row = rows[at] as number;
    const bucket = Math.floor((columns.timeMs[row] as number) / BUCKET_MS);
    const version = versions[at] as VersionState;
    const dataset = columns.dataset[row] as number;
    if (run === null || bucket !== last.bucket || version !== last.version || dataset !== last.dataset) {
      last = { bucket, version, dataset };
      run = { delta: counts.at({ state, version, dataset }, bucket, ALL_ROWS), from: at, to: at };
      runs.push(run);
    }
    run.to = at + 1;
  }
  return runs;
}

interface GroupColumns {
  readonly entry: Entry;
  readonly protected: TextColumn | undefined;
  readonly segment: TextColumn | undefined;
}

/** A group's value stands among the protected attributes, or else among the segments. */
function groupColumns(state: ModelState, columns: PredictionColumns): readonly GroupColumns[] {
  if (state.byRole.group.size === 0) return [];
  return [...state.byRole.group.values()].map((entry) => ({
    entry,
    protected: columns.protected.find(({ name }) => name === entry.name),
    segment: columns.segments.find(({ name }) => name === entry.name),
  }));
}

function groupDeltas(
  of: { readonly counts: CountDeltas; readonly registry: Registry; readonly counted: CountedRows },
  group: GroupColumns,
  attribute: number,
): readonly CountDelta[] {
  const { state, columns, rows, versions } = of.counted;
  return Array.from(rows, (row, at) => {
    const text = group.protected?.texts[row] ?? group.segment?.texts[row];
    const code =
      text === undefined ? UNKNOWN_GROUP : groupCode(of.registry, state, { entry: group.entry, text });
    const bucket = Math.floor((columns.timeMs[row] as number) / BUCKET_MS);
    const key = { state, version: versions[at] as VersionState, dataset: columns.dataset[row] as number };
    return of.counts.at(key, bucket, groupPlace(attribute, code));
  });
}

function groupCode(
  registry: Registry,
  state: ModelState,
  { entry, text }: { readonly entry: Entry; readonly text: string },
): number {
  const known = entry.codes.get(text);
  if (known !== undefined) return known;
  return entry.values.length < GROUP_VALUES ? registry.code(state, entry, text) : OTHER_GROUP;
}
