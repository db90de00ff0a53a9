import type { ViolationKind } from '../../model.ts';
import type { QualityCounts, QualityQuery } from '../../ports-counts.ts';
import type { Session } from './database.ts';
import type { ModelState } from './registry.ts';

interface Step {
  rows: number;
  repeatedIds: number;
  readonly violations: QualityCounts['violations'][number][];
}

export interface QualityRead {
  readonly state: ModelState;
  readonly query: QualityQuery;
}

/** Production rows, repeated ids and violations by steps, of some models in the same range; steps without any are left out. */
export async function readQualityCounts(
  session: Session,
  reads: readonly QualityRead[],
): Promise<readonly (readonly QualityCounts[])[]> {
  const [first] = reads;
  if (first === undefined) return [];
  const { fromMs, toMs, stepMs } = first.query;
  const step = `bucket_ms // ${Math.trunc(stepMs)} * ${Math.trunc(stepMs)}`;
  const models = [...new Set(reads.map(({ state }) => state.model))].join(',');
  const where = `model IN (${models}) AND bucket_ms >= ${Math.trunc(fromMs)} AND bucket_ms < ${Math.trunc(toMs)}`;
  // In one statement, so that all is of one moment. Entry -1 is all rows, -2 repeated ids.
  const found = await session.rows(
    `SELECT ${step} AS from_ms, entry, kind, sum(n)::DOUBLE, model FROM (
        SELECT model, bucket_ms, -1 AS entry, '' AS kind, row_count AS n FROM counts
          WHERE ${where} AND dataset = 0 AND group_entry = -1
        UNION ALL SELECT model, bucket_ms, -2, '', n FROM repeated_ids WHERE ${where}
        UNION ALL SELECT model, bucket_ms, entry, kind, n FROM violations WHERE ${where})
      GROUP BY ALL ORDER BY ALL`,
  );
  const byModel = Map.groupBy(found, (row) => Number(row[4]));
  return reads.map(({ state }) => steps(state, byModel.get(state.model) ?? []));
}

function steps(state: ModelState, found: readonly (readonly unknown[])[]): readonly QualityCounts[] {
  const bySteps = new Map<number, Step>();
  for (const [fromMs, entry, kind, rows] of found) {
    const of = bySteps.get(Number(fromMs)) ?? { rows: 0, repeatedIds: 0, violations: [] };
    bySteps.set(Number(fromMs), of);
    if (entry === -1) of.rows = Number(rows);
    else if (entry === -2) of.repeatedIds = Number(rows);
    else
      of.violations.push({
        feature: state.entries[Number(entry)]?.name ?? '',
        kind: kind as ViolationKind,
        rows: Number(rows),
      });
  }
  return [...bySteps].map(([fromMs, of]) => ({ fromMs, ...of }));
}
