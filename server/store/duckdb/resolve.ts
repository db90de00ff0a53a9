import type { ResolveStep } from '../../model.ts';
import { text } from './archived-sql.ts';
import type { Session } from './database.ts';
import { readBounds, rememberCells, writeChanges } from './outcome-changes.ts';
import { idKeySql } from './reads-sql.ts';
import type { ModelState, Registry } from './registry.ts';
import { joinedSql, LABEL_WAITS_MS, labelsUpTo, signedSql } from './resolve-sql.ts';
import type { Bounds } from './resolve-sql.ts';
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
