import { ABSENT } from '../../batch.ts';
import { tagAt } from '../../batch-edit.ts';
import type { ValueColumn } from '../../batch.ts';
import type { ModelState, VersionState } from './registry.ts';
import type { StagedModel } from './staging-values.ts';
import type { Tables } from './tables.ts';

const DAY_MS = 86_400_000;
/** Days of one model version that are remembered; what is said of an older one again does no harm. */
const REMEMBERED_DAYS = 8;

interface Group {
  readonly version: VersionState;
  readonly day: number;
  readonly seen: Set<number>;
  readonly fresh: number[];
}

/** Which features come with which model version, by days: a row is written when something new is seen. */
export class FeatureDays {
  readonly #known = new WeakMap<VersionState, Map<number, Set<number>>>();

  /** Looks at a request whose values were staged. */
  add(staged: StagedModel, tables: Tables, batch: bigint): void {
    const groups: Group[] = [];
    const groupOfRow = this.#groups(staged, groups);
    staged.columns.values.forEach((column, index) => {
      const entry = staged.features[index]?.entry;
      if (entry !== undefined && groups.some(({ seen }) => !seen.has(entry)))
        see(column, { entry, groups, groupOfRow, rows: staged.rows });
    });
    for (const group of groups) if (group.fresh.length > 0) emit(tables, staged.state, { ...group, batch });
  }

  #groups({ columns, rows, versions }: StagedModel, groups: Group[]): Uint32Array {
    const groupOfRow = new Uint32Array(rows.length);
    let last = 0;
    for (let at = 0; at < rows.length; at += 1) {
      const version = versions[at] as VersionState;
      const day = Math.floor((columns.timeMs[rows[at] as number] as number) / DAY_MS);
      if (groups[last]?.version !== version || groups[last]?.day !== day) {
        const known = groups.findIndex((group) => group.version === version && group.day === day);
        last =
          known >= 0 ? known : groups.push({ version, day, seen: this.#seen(version, day), fresh: [] }) - 1;
      }
      groupOfRow[at] = last;
    }
    return groupOfRow;
  }

  #seen(version: VersionState, day: number): Set<number> {
    const days = this.#known.get(version) ?? new Map<number, Set<number>>();
    this.#known.set(version, days);
    const seen = days.get(day) ?? new Set<number>();
    days.set(day, seen);
    for (const oldest of days.keys()) {
      if (days.size <= REMEMBERED_DAYS) break;
      days.delete(oldest);
    }
    return seen;
  }
}

interface Looked {
  readonly entry: number;
  readonly groups: readonly Group[];
  readonly groupOfRow: Uint32Array;
  readonly rows: Int32Array;
}

/** Ends at the first value of every group, which mostly is the first row. */
function see(column: ValueColumn, { entry, groups, groupOfRow, rows }: Looked): void {
  let missing = groups.filter(({ seen }) => !seen.has(entry)).length;
  for (let at = 0; at < rows.length && missing > 0; at += 1) {
    if (tagAt(column, rows[at] as number) === ABSENT) continue;
    const group = groups[groupOfRow[at] as number] as Group;
    if (group.seen.has(entry)) continue;
    group.seen.add(entry);
    group.fresh.push(entry);
    missing -= 1;
  }
}

function emit(tables: Tables, state: ModelState, group: Group & { readonly batch: bigint }): void {
  const { feature_days: rows } = tables;
  rows.batch.push(group.batch);
  rows.model.push(state.model);
  rows.version.push(group.version.version);
  rows.dayMs.push(BigInt(group.day * DAY_MS));
  for (const entry of group.fresh) rows.entries.values.push(entry);
  rows.entries.endRow();
}
