import { ABSENT } from '../../batch.ts';
import type { PredictionColumns, TextColumn } from '../../batch.ts';
import { PREDICTION } from '../../model.ts';
import { ALL_ROWS, BUCKET_MS, GROUP_VALUES, groupPlace, OTHER_GROUP, UNKNOWN_GROUP } from './deltas.ts';
import type { CountDeltas } from './deltas.ts';
import type { Entry, ModelState, Registry, VersionState } from './registry.ts';
import { objectivesOf } from './slo-deltas.ts';
import type { SloDeltas } from './slo-deltas.ts';
import type { StagedModel } from './staging.ts';

interface Counters {
  readonly registry: Registry;
  readonly counts: CountDeltas;
  readonly slos: SloDeltas;
}

const PRODUCTION = 0;
const REFERENCE = 1;

/** Counts the rows that were kept: into cells and groups, into objectives, and into what the catalogue tells. */
export function stageCounts(counters: Counters, staged: StagedModel, cells: Int32Array): void {
  const { state, columns, kept } = staged;
  const groups = groupColumns(state, columns);
  const objectives = objectivesOf(counters.registry, state);
  const width = state.layout?.features.length ?? 0;
  const value = columns.values.find((column) => column.name === PREDICTION);
  for (let at = 0; at < kept.rows.length; at += 1) {
    const row = kept.rows[at] as number;
    const version = staged.versions[at] as VersionState;
    const dataset = columns.dataset[row] as number;
    const timeMs = columns.timeMs[row] as number;
    const of = { state, version, dataset };
    const bucket = Math.floor(timeMs / BUCKET_MS);
    counters.counts.at(of, bucket, ALL_ROWS).add(cells, at * width, state.layout);
    for (let group = 0; group < groups.length; group += 1) {
      const code = groupCode(counters.registry, state, { ...(groups[group] as GroupColumns), row });
      counters.counts.at(of, bucket, groupPlace(group, code)).add(cells, at * width, state.layout);
    }
    if (dataset === PRODUCTION) {
      const failed =
        columns.error[row] !== null || value === undefined || (value.tags[row] ?? ABSENT) === ABSENT;
      counters.slos.add(state, objectives, { timeMs, failed, durationMs: columns.durationMs[row] as number });
    }
    remember(state, version, { dataset, timeMs });
  }
}

interface GroupColumns {
  readonly entry: Entry;
  readonly protected: TextColumn | undefined;
  readonly segment: TextColumn | undefined;
}

/** A group's value stands among the protected attributes, or else among the segments. */
function groupColumns(state: ModelState, columns: PredictionColumns): readonly GroupColumns[] {
  return [...state.byRole.group.values()].map((entry) => ({
    entry,
    protected: columns.protected.find(({ name }) => name === entry.name),
    segment: columns.segments.find(({ name }) => name === entry.name),
  }));
}

function groupCode(
  registry: Registry,
  state: ModelState,
  group: GroupColumns & { readonly row: number },
): number {
  const text = group.protected?.texts[group.row] ?? group.segment?.texts[group.row];
  if (text === undefined) return UNKNOWN_GROUP;
  const known = group.entry.codes.get(text);
  if (known !== undefined) return known;
  return group.entry.values.length < GROUP_VALUES ? registry.code(state, group.entry, text) : OTHER_GROUP;
}

function remember(
  state: ModelState,
  version: VersionState,
  row: { readonly dataset: number; readonly timeMs: number },
): void {
  if (row.dataset === REFERENCE) state.referenceRows += 1;
  if (row.dataset !== PRODUCTION) return;
  state.predictions += 1;
  version.predictions += 1;
  version.firstEventMs = Math.min(version.firstEventMs, row.timeMs);
  version.lastEventMs = Math.max(version.lastEventMs, row.timeMs);
  state.lastEventMs = Math.max(state.lastEventMs ?? 0, row.timeMs);
}
