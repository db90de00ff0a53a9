import { DIRTY_CAUSES } from '../../model.ts';
import type { DirtyBucket, DirtyCause, Freshness } from '../../model.ts';
import type { Session } from './database.ts';
import { FIRST_SET, PRODUCTION } from './datasets.ts';
import { BUCKET_MS, HOUR_MS } from './deltas.ts';
import type { ModelState, Registry } from './registry.ts';
import { labelsUpTo } from './resolve-sql.ts';
import { labelsSql } from './rows-sql.ts';

/** How new a model's data is, and what of its counts has changed since. */

export async function readFreshness(
  session: Session,
  states: readonly ModelState[],
): Promise<readonly Freshness[]> {
  const labels = await byModel(
    session,
    `SELECT model, max(received_ms) FROM (SELECT model, received_ms FROM labels
      UNION ALL SELECT model, received_ms FROM departed_rows WHERE version < 0) GROUP BY model`,
  );
  const [bounds] = await session.rows('SELECT label_batch, label_ordinal, prediction_batch FROM resolved');
  const [labelBatch = 0, labelOrdinal = 0] = (bounds ?? []).map(Number);
  const done = labelsUpTo({ labelBatch: BigInt(labelBatch), labelOrdinal, predictionBatch: 0n });
  const unresolved = await byModel(
    session,
    `SELECT model, count(*) FROM ${labelsSql(states, { range: { firstBatch: BigInt(labelBatch) } })} l WHERE l.batch >= ${labelBatch} AND NOT ${done} GROUP BY model`,
  );
  const waiting = await byModel(session, 'SELECT model, count(*) FROM waiting_labels GROUP BY model');
  return states.map((state) => ({
    tenant: state.tenant,
    model: state.name,
    lastEventMs: state.lastEventMs,
    lastReceivedMs: state.lastReceivedMs,
    lastLabelReceivedMs: labels.get(state.model) ?? null,
    labelsUnresolved: unresolved.get(state.model) ?? 0,
    labelsWaiting: waiting.get(state.model) ?? 0,
  }));
}

async function byModel(session: Session, sql: string): Promise<ReadonlyMap<number, number>> {
  const rows = await session.rows(sql);
  return new Map(rows.map((row) => [Number(row[0]), Number(row[1])]));
}

/** Which five minutes of which models were counted, labelled or relabelled after a commit; hours where compacted. */
export async function readDirtyBuckets(
  session: Session,
  registry: Registry,
  sinceBatch: number,
): Promise<readonly DirtyBucket[]> {
  const since = `batch > ${Math.trunc(sinceBatch)}`;
  const counted = `CASE WHEN dataset = ${PRODUCTION} THEN ${bitOf('rows')} ELSE 0 END`;
  const labelled = bitOf('labels');
  const rows = await session.rows(
    `SELECT model, bucket_ms, max(batch)::DOUBLE, bit_or(CASE WHEN batch IN (SELECT batch FROM baselines) THEN ${bitOf('recount')} ELSE cause END)
      FROM (
        SELECT model, bucket_ms, batch, ${counted} AS cause FROM counts WHERE ${since} AND dataset < ${FIRST_SET}
        UNION ALL SELECT model, bucket_ms, batch, ${labelled} FROM outcome_counts WHERE ${since}
        UNION ALL SELECT model, bucket_ms, batch, ${labelled} FROM label_delays WHERE ${since})
      GROUP BY model, bucket_ms ORDER BY model, bucket_ms`,
  );
  return rows.flatMap((row) => {
    const state = registry.models[Number(row[0])];
    if (state === undefined) return [];
    const fromMs = Number(row[1]);
    const spanMs = fromMs < state.compactedBeforeMs ? HOUR_MS : BUCKET_MS;
    const causes = DIRTY_CAUSES.filter((cause) => (Number(row[3]) & bitOf(cause)) !== 0);
    const bucket = { fromMs, toMs: fromMs + spanMs, batch: Number(row[2]), causes };
    return [{ tenant: state.tenant, model: state.name, ...bucket }];
  });
}

function bitOf(cause: DirtyCause): number {
  return 1 << DIRTY_CAUSES.indexOf(cause);
}
