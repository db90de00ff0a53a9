import type { DuckDBValue } from '@duckdb/node-api';
import { PREDICTION, SCORE } from '../../model.ts';
import { isWhole } from './archive-files.ts';
import type { ArchiveKind } from './archive-path.ts';
import type { Entry, ModelState } from './registry.ts';

/** What is known of a model's rows that are no longer hot. */

/** One Parquet file. `file` is relative to the data folder. */
export interface ArchiveFile {
  readonly kind: ArchiveKind;
  readonly dayMs: number;
  readonly file: string;
  readonly firstBatch: bigint;
  readonly lastBatch: bigint;
  readonly rows: number;
  readonly bytes: number;
  /** The file has a column for every entry below. */
  readonly entryCount: number;
  /** When the last of its rows came. */
  readonly receivedMs: number;
}

export class Archived {
  /** The data folder, with a slash at its end. */
  folder = '';
  files: readonly ArchiveFile[] = [];
  /** Recorded, but gone or of another size: nothing is read from them. */
  damaged: readonly ArchiveFile[] = [];
  readonly columns = new Map<number, string>();
  /** Rows before this time are gone; their counts are not. */
  horizonMs = 0;
  readonly erasedHours = new Set<number>();
}

/** Columns every file of predictions has, and names that readers of folders give to tenant, model and day. */
const RESERVED = new Set(
  `batch ordinal event_time received_time prediction_id id_key model_version dataset prediction score duration_ms error
  input_tokens output_tokens cost currency tenant model day`.split(/\s+/),
);

/** Columns for entries that have none yet: the name, or, where one that differs only by case is taken, a numbered one. */
export function newColumns(state: ModelState): readonly { readonly entry: Entry; readonly name: string }[] {
  const { columns } = state.archived;
  const taken = new Set([...RESERVED, ...[...columns.values()].map((name) => name.toLowerCase())]);
  return state.entries
    .filter((entry) => hasColumn(entry) && !columns.has(entry.entry))
    .map((entry) => {
      const name = freeName(entry, taken);
      taken.add(name.toLowerCase());
      return { entry, name };
    });
}

/** Below this number every entry that has values has a column. */
export function namedEntries(state: ModelState): number {
  const open = state.entries.findIndex(
    (entry) => hasColumn(entry) && !state.archived.columns.has(entry.entry),
  );
  return open < 0 ? state.entries.length : open;
}

export function hasColumn({ role }: Entry): boolean {
  return role === 'feature' || role === 'segment' || role === 'protected';
}

function freeName(entry: Entry, taken: ReadonlySet<string>): string {
  if (entry.role === 'feature' && entry.name === PREDICTION) return 'prediction';
  if (entry.role === 'feature' && entry.name === SCORE) return 'score';
  const plain = entry.name
    .toWellFormed()
    .replaceAll(/\p{Cc}/gu, '_')
    .slice(0, 200);
  const name = plain === '' ? `${entry.role}_${entry.entry}` : plain;
  return taken.has(name.toLowerCase()) ? `${name} (${entry.role} ${entry.entry})` : name;
}

type Each = (sql: string, take: (state: ModelState, row: readonly DuckDBValue[]) => void) => Promise<void>;

/** Fills the models' archives from disk. `each` visits the rows of a query with their models, by the first column. */
export async function loadArchived(each: Each, folder: string, models: readonly ModelState[]): Promise<void> {
  for (const state of models) state.archived.folder = folder;
  await each(
    `SELECT model, kind, day_ms, file, first_batch, last_batch, row_count, bytes, entry_count, received_ms
      FROM archive_files
      ORDER BY model, kind, day_ms, first_batch, file`,
    (state, row) => {
      const { archived } = state;
      const file = fileOf(row);
      if (isWhole(folder, file)) archived.files = [...archived.files, file];
      else archived.damaged = [...archived.damaged, file];
    },
  );
  await each('SELECT model, entry, name FROM archive_columns', (state, row) => {
    state.archived.columns.set(Number(row[1]), String(row[2]));
  });
  await each('SELECT model, max(before_ms) FROM row_horizons GROUP BY ALL', (state, row) => {
    state.archived.horizonMs = Number(row[1]);
  });
  await each('SELECT DISTINCT model, hour_ms FROM erased_hours', (state, row) => {
    state.archived.erasedHours.add(Number(row[1]));
  });
}

function fileOf(row: readonly DuckDBValue[]): ArchiveFile {
  return {
    kind: String(row[1]) as ArchiveKind,
    dayMs: Number(row[2]),
    file: String(row[3]),
    firstBatch: row[4] as bigint,
    lastBatch: row[5] as bigint,
    rows: Number(row[6]),
    bytes: Number(row[7]),
    entryCount: Number(row[8]),
    receivedMs: Number(row[9]),
  };
}
