import type { ViolationKind } from '../../model.ts';
import type { QualityCounts, QualityQuery } from '../../ports-counts.ts';
import type { Session } from './database.ts';
import type { ModelState } from './registry.ts';

interface Step {
  rows: number;
  repeatedIds: number;
  readonly violations: QualityCounts['violations'][number][];
}

/** Production rows, repeated ids and violations of a model by steps; steps without any are left out. */
export async function readQualityCounts(
  session: Session,
  state: ModelState,
  { fromMs, toMs, stepMs }: QualityQuery,
): Promise<readonly QualityCounts[]> {
  const step = `bucket_ms // ${Math.trunc(stepMs)} * ${Math.trunc(stepMs)}`;
  const where = `model = ${state.model} AND bucket_ms >= ${Math.trunc(fromMs)} AND bucket_ms < ${Math.trunc(toMs)}`;
  // In one statement, so that all is of one moment. Entry -1 is all rows, -2 repeated ids.
  const found = await session.rows(
    `SELECT ${step} AS from_ms, entry, kind, sum(n)::DOUBLE FROM (
        SELECT bucket_ms, -1 AS entry, '' AS kind, row_count AS n FROM counts
          WHERE ${where} AND dataset = 0 AND group_entry = -1
        UNION ALL SELECT bucket_ms, -2, '', n FROM repeated_ids WHERE ${where}
        UNION ALL SELECT bucket_ms, entry, kind, n FROM violations WHERE ${where})
      GROUP BY ALL ORDER BY ALL`,
  );
  const steps = new Map<number, Step>();
  for (const [fromMs, entry, kind, rows] of found) {
    const of = steps.get(Number(fromMs)) ?? { rows: 0, repeatedIds: 0, violations: [] };
    steps.set(Number(fromMs), of);
    if (entry === -1) of.rows = Number(rows);
    else if (entry === -2) of.repeatedIds = Number(rows);
    else
      of.violations.push({
        feature: state.entries[Number(entry)]?.name ?? '',
        kind: kind as ViolationKind,
        rows: Number(rows),
      });
  }
  return [...steps].map(([fromMs, of]) => ({ fromMs, ...of }));
}
