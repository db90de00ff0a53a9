import { missingCell } from '../../../detectors/cells.ts';
import type { Baseline, ModelKey, OutcomeDifference } from '../../model.ts';
import { text } from './archived-sql.ts';
import type { Session } from './database.ts';
import { changesSql, insertCells, readBounds, SUMS, writeChanges } from './outcome-changes.ts';
import { idKeySql } from './reads-sql.ts';
import { staysSql } from './datasets.ts';
import { coveredSql } from './recount-sql.ts';
import type { ModelState, Registry } from './registry.ts';
import {
  cellsSignature,
  DELAYS_SQL,
  joinedSql,
  labelsUpTo,
  outcomesSql,
  scoreLayout,
  signedSql,
} from './resolve-sql.ts';
import { labelsSql } from './rows-sql.ts';

/** Outcomes as a whole: counted anew, compared, summed up. */

/** A model's outcomes in the cells of another baseline, in files. */
export interface PreparedOutcomes {
  readonly outcomes: string;
  readonly delays: string;
}

/**
 * Counts a model's outcomes in the cells of another baseline, as far as labels were taken up, into files in `folder`.
 * null: it has none.
 */
export async function prepareOutcomes(
  session: Session,
  state: ModelState,
  { baseline, folder }: { readonly baseline: Baseline; readonly folder: string },
): Promise<PreparedOutcomes | null> {
  if (!(await hasOutcomes(session, state))) return null;
  await joinAll(session, state, () => scoreLayout({ baseline }));
  const files = { outcomes: `${folder}/outcomes.parquet`, delays: `${folder}/delays.parquet` };
  const { outcomes, delays } = changesSql([state]);
  await session.run(`COPY (${outcomes}) TO ${text(files.outcomes)} (FORMAT parquet)`);
  await session.run(`COPY (${delays}) TO ${text(files.delays)} (FORMAT parquet)`);
  return files;
}

/** Puts prepared outcomes in the place of what there was; runs inside an open transaction, with the new baseline attached. */
export async function replaceOutcomes(
  session: Session,
  state: ModelState,
  { batch, prepared }: { readonly batch: bigint; readonly prepared: PreparedOutcomes | null },
): Promise<void> {
  if (prepared === null) {
    await session.run(`DELETE FROM outcome_cells WHERE model = ${state.model}`);
    return;
  }
  await clearOutcomes(session, state);
  const insert = (table: string, file: string) =>
    `INSERT INTO ${table} SELECT ${batch}, * FROM read_parquet(${text(file)}) WHERE ${rebuiltSql(state)}`;
  await session.run(insert('outcome_counts', prepared.outcomes));
  await session.run(insert('label_delays', prepared.delays));
  await insertCells(session, state);
}

/**
 * Counts a model's outcomes anew, as far as labels were taken up. Runs inside an open transaction. Where rows are gone
 * by age their outcomes stay; they lose the cells of their scores when those have changed.
 */
export async function rebuildOutcomes(session: Session, state: ModelState, batch: bigint): Promise<void> {
  if (!(await hasOutcomes(session, state))) {
    await session.run(`DELETE FROM outcome_cells WHERE model = ${state.model}`);
    return;
  }
  await joinAll(session, state);
  await session.run(`DELETE FROM changes WHERE NOT (${rebuiltSql(state)})`);
  await clearOutcomes(session, state);
  await writeChanges(session, [state], batch);
  await insertCells(session, state);
}

/** Deletes the outcomes that can be counted again, and takes their score cells from the others. */
async function clearOutcomes(session: Session, state: ModelState): Promise<void> {
  const [known] = await session.rows(`SELECT cells FROM outcome_cells WHERE model = ${state.model}`);
  const covered = `model = ${state.model} AND ${rebuiltSql(state)}`;
  await session.run(`DELETE FROM outcome_cells WHERE model = ${state.model}`);
  await session.run(`DELETE FROM outcome_counts WHERE ${covered}`);
  await session.run(`DELETE FROM label_delays WHERE ${covered}`);
  if (!hasScoreCells(state, known?.[0]))
    await session.run(
      `UPDATE outcome_counts SET score_cell = ${missingCell(scoreLayout(state))} WHERE model = ${state.model}`,
    );
}

/** Reference rows stay as long as their counts do. */
function rebuiltSql(state: ModelState): string {
  return `(${staysSql('dataset')} OR bucket_ms >= ${state.archived.horizonMs})`;
}

/** Whether outcomes of the signature stand in the cells of scores that the model has now. */
function hasScoreCells(state: ModelState, signature: unknown): boolean {
  return typeof signature === 'string' && signature.startsWith(`[${JSON.stringify(scoreLayout(state))},`);
}

async function hasOutcomes(session: Session, state: ModelState): Promise<boolean> {
  const rows = await session.rows(`SELECT 1 FROM outcome_counts WHERE model = ${state.model} LIMIT 1`);
  return rows.length > 0;
}

/** Fills `changes` with all that labels make of the model's predictions now. */
async function joinAll(session: Session, state: ModelState, layoutOf = scoreLayout): Promise<void> {
  const bounds = await readBounds(session);
  await session.run(`CREATE OR REPLACE TEMP TABLE touched AS
    SELECT DISTINCT l.model, ${idKeySql('l')} AS id_key FROM ${labelsSql([state])} l WHERE ${labelsUpTo(bounds)}`);
  await session.run(`CREATE OR REPLACE TEMP TABLE joined AS ${joinedSql([state], null, bounds)}`);
  await session.run(`CREATE OR REPLACE TEMP TABLE changes AS ${signedSql([state], null, layoutOf)}`);
}

/** Models whose outcomes stand in cells that are no longer theirs: the configuration has changed meanwhile. */
export async function outdatedOutcomes(session: Session, registry: Registry): Promise<readonly ModelState[]> {
  const counted = await session.rows(
    'SELECT DISTINCT o.model, c.cells FROM outcome_counts o LEFT JOIN outcome_cells c USING (model)',
  );
  return counted.flatMap((row) => {
    const state = registry.models[Number(row[0])];
    return state === undefined || row[1] === cellsSignature(state) ? [] : [state];
  });
}

const KEYS = 'version, dataset, group_entry, group_code, bucket_ms, score_cell, predicted, label, error_cell';
/**
 * Every outcome count that differs from what the stored rows say, sums by more than 1e-9, as far back as all of them are
 * there; bounded.
 */
export async function outcomeDifferences(
  session: Session,
  state: ModelState,
): Promise<readonly OutcomeDifference[]> {
  await joinAll(session, state);
  const stored = `SELECT ${KEYS}, ${SUMS.map((name) => `sum(${name}) AS ${name}`).join(', ')} FROM outcome_counts
    WHERE model = ${state.model} GROUP BY ${KEYS} HAVING sum(row_count) <> 0`;
  const differs = SUMS.map(
    (name) =>
      `abs(coalesce(s.${name}, 0) - coalesce(r.${name}, 0)) > 1e-9 * greatest(1, abs(coalesce(r.${name}, 0)))`,
  );
  const rows = await session.rows(
    `SELECT bucket_ms, concat_ws(' ', 'group', group_entry, group_code, 'score', score_cell, 'predicted', predicted, 'label', label, 'error', error_cell),
        coalesce(s.row_count, 0)::DOUBLE, coalesce(r.row_count, 0)::DOUBLE
      FROM (${stored}) s FULL OUTER JOIN (${outcomesSql([state])}) r USING (${KEYS}) WHERE (${differs.join(' OR ')}) AND ${coveredSql(state)} LIMIT 1000`,
  );
  const delays = await session.rows(
    `SELECT bucket_ms, concat_ws(' ', 'delay', delay_cell), coalesce(s.n, 0)::DOUBLE, coalesce(r.row_count, 0)::DOUBLE
      FROM (SELECT version, dataset, bucket_ms, delay_cell, sum(row_count) AS n FROM label_delays
        WHERE model = ${state.model} GROUP BY ALL) s
      FULL OUTER JOIN (${DELAYS_SQL}) r USING (version, dataset, bucket_ms, delay_cell)
      WHERE coalesce(s.n, 0) <> coalesce(r.row_count, 0) AND ${coveredSql(state)} LIMIT 1000`,
  );
  return [...rows, ...delays].map((row) => difference(state, row));
}

function difference(key: Pick<ModelKey & ModelState, 'name'>, row: readonly unknown[]): OutcomeDifference {
  return {
    model: key.name,
    bucketMs: Number(row[0]),
    what: String(row[1]),
    counted: Number(row[2]),
    recounted: Number(row[3]),
  };
}

/** Sums the deltas of each cell to one, in the hours of what was compacted; runs inside an open transaction. */
export async function compactOutcomes(session: Session, state: ModelState, beforeMs: number): Promise<void> {
  if (!(await hasOutcomes(session, state))) return;
  const bucket = (alias: string) =>
    `CASE WHEN ${alias}.bucket_ms < ${beforeMs} THEN ${alias}.bucket_ms // 3600000 * 3600000 ELSE ${alias}.bucket_ms END`;
  for (const { table, keys, sums } of COMPACTED) {
    const same = keys.map((key) => `t.${key} = m.${key}`).join(' AND ');
    await session.run(`CREATE OR REPLACE TEMP TABLE merged AS
      SELECT max(batch) AS batch, model, ${keys.join(', ')}, ${bucket('t')} AS bucket, ${sums.map((name) => `sum(${name}) AS ${name}`).join(', ')}
      FROM ${table} t WHERE model = ${state.model} GROUP BY model, ${keys.join(', ')}, bucket
      HAVING count(*) > 1 OR min(bucket_ms) <> bucket`);
    await session.run(
      `DELETE FROM ${table} t USING merged m WHERE t.model = m.model AND ${same} AND ${bucket('t')} = m.bucket`,
    );
    await session.run(
      `INSERT INTO ${table} BY NAME SELECT * EXCLUDE (bucket), bucket AS bucket_ms FROM merged`,
    );
  }
}

const COMPACTED = [
  {
    table: 'outcome_counts',
    keys: [
      'version',
      'dataset',
      'group_entry',
      'group_code',
      'score_cell',
      'predicted',
      'label',
      'error_cell',
    ],
    sums: SUMS,
  },
  { table: 'label_delays', keys: ['version', 'dataset', 'delay_cell'], sums: ['row_count'] },
] as const;
