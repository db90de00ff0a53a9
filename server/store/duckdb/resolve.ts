import { missingCell } from '../../../detectors/cells.ts';
import type { ModelKey, OutcomeDifference, ResolveStep } from '../../model.ts';
import type { Session } from './database.ts';
import type { ModelState, Registry } from './registry.ts';
import {
  cellsSignature,
  DELAYS_SQL,
  LABEL_WAITS_MS,
  joinedSql,
  labelsUpTo,
  outcomesSql,
  scoreLayout,
  signedSql,
} from './resolve-sql.ts';
import type { Bounds } from './resolve-sql.ts';
import { text } from './archived-sql.ts';
import { idKeySql } from './reads-sql.ts';
import { coveredSql, REFERENCE } from './recount-sql.ts';
import { labelsSql, rowsSql } from './rows-sql.ts';

/** Joins labels to predictions, a bounded step at a time, and keeps what they make of each other as counts. */

/** Predictions looked through for waiting labels in one step, about. */
const STEP_PREDICTIONS = 200_000;
/** A prediction that was received in time may still be on its way to disk. */
const SLACK_MS = 600_000;
const LAST_ORDINAL = 2_147_483_647;

export interface Plan {
  readonly from: Bounds;
  readonly to: Bounds;
  readonly remaining: boolean;
}

/** What the next step would cover; null when there is nothing to do. Only batches up to `lastBatch` are looked at. */
export async function planStep(
  session: Session,
  given: {
    readonly models: readonly ModelState[];
    readonly limit: number;
    readonly lastBatch: bigint;
    readonly nowMs: number;
  },
): Promise<Plan | null> {
  const from = await readBounds(session);
  const labels = await nextLabels(session, from, given);
  const predictions = await nextPredictions(session, from, given);
  if (labels === null && predictions === null && !(await someExpire(session, given.nowMs))) return null;
  const to: Bounds = {
    labelBatch: labels?.batch ?? from.labelBatch,
    labelOrdinal: labels?.ordinal ?? from.labelOrdinal,
    predictionBatch: predictions?.batch ?? given.lastBatch,
  };
  return { from, to, remaining: labels?.remaining === true || predictions?.remaining === true };
}

async function someExpire(session: Session, nowMs: number): Promise<boolean> {
  const rows = await session.rows(`SELECT 1 FROM waiting_labels WHERE ${overSql(nowMs)} LIMIT 1`);
  return rows.length > 0;
}

/** Labels that no prediction can find any more. */
function overSql(nowMs: number): string {
  return `received_ms < ${Math.trunc(nowMs) - LABEL_WAITS_MS - SLACK_MS}`;
}

async function readBounds(session: Session): Promise<Bounds> {
  const [row] = await session.rows('SELECT label_batch, label_ordinal, prediction_batch FROM resolved');
  return {
    labelBatch: BigInt(Number(row?.[0] ?? 0)),
    labelOrdinal: Number(row?.[1] ?? -1),
    predictionBatch: BigInt(Number(row?.[2] ?? 0)),
  };
}

interface Reach {
  readonly batch: bigint;
  readonly remaining: boolean;
}

async function nextLabels(
  session: Session,
  from: Bounds,
  given: { readonly models: readonly ModelState[]; readonly limit: number; readonly lastBatch: bigint },
): Promise<(Reach & { readonly ordinal: number }) | null> {
  const rows = await session.rows(
    `SELECT batch, ordinal FROM ${labelsSql(given.models, { range: { firstBatch: from.labelBatch } })} l WHERE l.batch >= ${from.labelBatch} AND l.batch <= ${given.lastBatch} AND NOT ${labelsUpTo(from)}
      ORDER BY batch, ordinal LIMIT ${Math.max(1, Math.trunc(given.limit)) + 1}`,
  );
  if (rows.length === 0) return null;
  if (rows.length <= given.limit) return { batch: given.lastBatch, ordinal: LAST_ORDINAL, remaining: false };
  const last = rows.at(-2);
  return { batch: BigInt(Number(last?.[0])), ordinal: Number(last?.[1]), remaining: true };
}

/** null: nothing waits, or nothing came. Whole batches, at least one. */
async function nextPredictions(
  session: Session,
  from: Bounds,
  { models, lastBatch }: { readonly models: readonly ModelState[]; readonly lastBatch: bigint },
): Promise<Reach | null> {
  const [waiting] = await session.rows('SELECT 1 FROM waiting_labels LIMIT 1');
  if (waiting === undefined) return null;
  const rows = await session.rows(
    `SELECT batch, sum(count(*)) OVER (ORDER BY batch) FROM ${newPredictions(models, from)}
      WHERE batch > ${from.predictionBatch} AND batch <= ${lastBatch} GROUP BY batch ORDER BY batch`,
  );
  if (rows.length === 0) return null;
  const fitting = rows.filter(([, rowsSoFar], index) => index === 0 || Number(rowsSoFar) <= STEP_PREDICTIONS);
  if (fitting.length === rows.length) return { batch: lastBatch, remaining: false };
  return { batch: BigInt(Number(fitting.at(-1)?.[0])), remaining: true };
}

/** Nearly always hot: days move long after. */
function newPredictions(models: readonly ModelState[], from: Bounds): string {
  return rowsSql(models, { entries: [], range: { firstBatch: from.predictionBatch + 1n } });
}

/**
 * Writes what a planned step joins into the Parquet file `path`, so that the search through days in Parquet holds no
 * commit up. Returns how many new labels there are; the file is there unless nothing is touched.
 */
export async function prepareStep(
  session: Session,
  models: readonly ModelState[],
  given: { readonly plan: Plan; readonly path: string },
): Promise<Prepared> {
  const { from, to } = given.plan;
  const labels = labelsSql(models, { range: { firstBatch: from.labelBatch } });
  const fresh = `l.batch >= ${from.labelBatch} AND ${labelsUpTo(to)} AND NOT ${labelsUpTo(from)}`;
  const [row] = await session.rows(`SELECT count(*) FROM ${labels} l WHERE ${fresh}`);
  await session.run(`CREATE OR REPLACE TEMP TABLE touched AS
    SELECT l.model, ${idKeySql('l')} AS id_key FROM ${labels} l WHERE ${fresh}
    UNION
    SELECT w.model, w.id_key FROM waiting_labels w SEMI JOIN ${newPredictions(models, from)} p ON p.model = w.model
      AND ${idKeySql('p')} = w.id_key AND p.batch > ${from.predictionBatch} AND p.batch <= ${to.predictionBatch}`);
  const touched = await session.rows('SELECT DISTINCT model FROM touched ORDER BY model');
  const states = touched.flatMap(([model]) => models[Number(model)] ?? []);
  if (states.length > 0)
    await session.run(`COPY (${joinedSql(states, from, to)}) TO ${text(given.path)} (FORMAT parquet)`);
  return {
    plan: given.plan,
    labels: Number(row?.[0]),
    path: given.path,
    models: states.map(({ model }) => model),
  };
}

export interface Prepared {
  readonly plan: Plan;
  readonly labels: number;
  readonly path: string;
  readonly models: readonly number[];
}

/** Carries out a prepared step. Runs inside an open transaction. */
export async function runStep(
  session: Session,
  registry: Registry,
  given: { readonly prepared: Prepared; readonly batch: bigint; readonly nowMs: number },
): Promise<ResolveStep> {
  const { plan, labels } = given.prepared;
  const { to, remaining } = plan;
  const matched = await applyChanges(session, registry, given);
  const { waiting, expired } = await expire(session, given.nowMs);
  await session.run('DELETE FROM resolved');
  await session.run(
    `INSERT INTO resolved VALUES (${given.batch}, ${to.labelBatch}, ${to.labelOrdinal}, ${to.predictionBatch})`,
  );
  return { labels, matched, waiting, expired, remaining };
}

/** Returns how many labels now stand that did not before. */
async function applyChanges(
  session: Session,
  registry: Registry,
  given: { readonly prepared: Prepared; readonly batch: bigint },
): Promise<number> {
  const { plan, path, models } = given.prepared;
  const states = models.flatMap((model) => registry.models[model] ?? []);
  if (states.length === 0) return 0;
  await session.run(`CREATE OR REPLACE TEMP TABLE joined AS FROM read_parquet(${text(path)})`);
  await session.run(`CREATE OR REPLACE TEMP TABLE changes AS ${signedSql(states, plan.from)}`);
  await writeChanges(session, states, given.batch);
  await rememberCells(session, states);
  await session.run(
    'DELETE FROM waiting_labels w USING joined t WHERE t.model = w.model AND t.id_key = w.id_key',
  );
  await session.run(
    'INSERT INTO waiting_labels SELECT model, id_key, new.received_ms FROM joined WHERE batch IS NULL',
  );
  const [matched] = await session.rows('SELECT count(*) FROM changes WHERE sign = 1');
  return Number(matched?.[0]);
}

/** A label that corrects another one may leave a cell's count as it was, and change its sums. */
async function writeChanges(session: Session, states: readonly ModelState[], batch: bigint): Promise<void> {
  const changed = SUMS.map((name) => `${name} <> 0`).join(' OR ');
  await session.run(
    `INSERT INTO outcome_counts SELECT ${batch}, * FROM (${outcomesSql(states)}) WHERE ${changed}`,
  );
  await session.run(`INSERT INTO label_delays SELECT ${batch}, * FROM (${DELAYS_SQL}) WHERE row_count <> 0`);
}

async function expire(
  session: Session,
  nowMs: number,
): Promise<{ readonly waiting: number; readonly expired: number }> {
  const over = overSql(nowMs);
  const [row] = await session.rows(
    `SELECT count(*) FILTER (NOT ${over}), count(*) FILTER (${over}) FROM waiting_labels`,
  );
  const expired = Number(row?.[1]);
  if (expired > 0) await session.run(`DELETE FROM waiting_labels WHERE ${over}`);
  return { waiting: Number(row?.[0]), expired };
}

/** Of models whose outcomes are counted for the first time. */
async function rememberCells(session: Session, states: readonly ModelState[]): Promise<void> {
  const known = await session.rows('SELECT model FROM outcome_cells');
  const models = new Set(known.map(([model]) => Number(model)));
  for (const state of states) if (!models.has(state.model)) await insertCells(session, state);
}

async function insertCells(session: Session, state: ModelState): Promise<void> {
  await session.run('INSERT INTO outcome_cells VALUES (?, ?)', [state.model, cellsSignature(state)]);
}

/**
 * Counts a model's outcomes anew, as far as labels were taken up. Runs inside an open transaction. Where rows are gone
 * by age their outcomes stay; they lose the cells of their scores when those have changed.
 */
export async function rebuildOutcomes(session: Session, state: ModelState, batch: bigint): Promise<void> {
  const [known] = await session.rows(`SELECT cells FROM outcome_cells WHERE model = ${state.model}`);
  await session.run(`DELETE FROM outcome_cells WHERE model = ${state.model}`);
  if (!(await hasOutcomes(session, state))) return;
  await joinAll(session, state);
  const covered = `model = ${state.model} AND ${rebuiltSql(state)}`;
  await session.run(`DELETE FROM changes WHERE NOT (${rebuiltSql(state)})`);
  await session.run(`DELETE FROM outcome_counts WHERE ${covered}`);
  await session.run(`DELETE FROM label_delays WHERE ${covered}`);
  if (!hasScoreCells(state, known?.[0]))
    await session.run(
      `UPDATE outcome_counts SET score_cell = ${missingCell(scoreLayout(state))} WHERE model = ${state.model}`,
    );
  await writeChanges(session, [state], batch);
  await insertCells(session, state);
}

/** Reference rows stay as long as their counts do. */
function rebuiltSql(state: ModelState): string {
  return `(dataset = ${REFERENCE} OR bucket_ms >= ${state.archived.horizonMs})`;
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
async function joinAll(session: Session, state: ModelState): Promise<void> {
  const bounds = await readBounds(session);
  await session.run(`CREATE OR REPLACE TEMP TABLE touched AS
    SELECT DISTINCT l.model, ${idKeySql('l')} AS id_key FROM ${labelsSql([state])} l WHERE ${labelsUpTo(bounds)}`);
  await session.run(`CREATE OR REPLACE TEMP TABLE joined AS ${joinedSql([state], null, bounds)}`);
  await session.run(`CREATE OR REPLACE TEMP TABLE changes AS ${signedSql([state], null)}`);
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
const SUMS = [
  'row_count',
  'score_sum',
  'score_square_sum',
  'error_sum',
  'error_absolute_sum',
  'error_square_sum',
  'label_sum',
  'label_square_sum',
] as const;

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
