import { randomUUID } from 'node:crypto';
import { countsInRow, modelLayout } from '../../../detectors/cells.ts';
import type { ModelLayout } from '../../../detectors/cells.ts';
import type { FeatureCounts, FeatureLayout } from '../../../detectors/types.ts';
import type { Baseline } from '../../model.ts';
import type { Asked, BaselineRows } from './baseline-rows.ts';
import { baselineRows, piecesOf } from './baseline-rows.ts';
import type { Session } from './database.ts';
import { layoutsOf } from './layouts.ts';
import { recountSql } from './recount-sql.ts';
import type { ModelState } from './registry.ts';

/**
 * Makes a baseline of what is stored: its cells, and its own rows in them. Changes nothing; rows must not move between
 * the tables and Parquet meanwhile. null while the source has too few rows or is still arriving.
 */
export async function makeBaseline(
  session: Session,
  state: ModelState,
  asked: Asked & Pick<Baseline, 'choice'>,
): Promise<Baseline | null> {
  const found = await baselineRows(session, state, asked);
  if (found === null) return null;
  const layouts = await layoutsOf(session, state, found);
  const { source, nowMs, choice } = asked;
  return {
    id: randomUUID(),
    tenant: state.tenant,
    model: state.name,
    source,
    fromMs: found.fromMs,
    toMs: found.toMs,
    rows: found.rows,
    createdAtMs: nowMs,
    layouts,
    counts: await countsOf(session, state, { found, layouts }),
    ...(choice !== undefined && { choice }),
  };
}

/** The baseline's own rows, counted a piece at a time. */
async function countsOf(
  session: Session,
  state: ModelState,
  given: { readonly found: BaselineRows; readonly layouts: Readonly<Record<string, FeatureLayout>> },
): Promise<Record<string, FeatureCounts>> {
  const layout: ModelLayout = modelLayout(given.layouts);
  const sums = new Float64Array(layout.cells);
  for (const piece of await piecesOf(session, state, given.found)) {
    const recount = recountSql(state, { ...piece, layout, withoutGroups: true });
    const cells = await session.rows(
      `SELECT cell, sum(n)::DOUBLE FROM (${recount}) WHERE cell >= 0 GROUP BY cell`,
    );
    for (const [cell, count] of cells) sums[Number(cell)] = (sums[Number(cell)] ?? 0) + Number(count);
  }
  return Object.fromEntries(
    layout.features.map((feature) => [feature.name, countsInRow(feature, sums, 0)] as const),
  );
}

export async function insertBaseline(
  session: Session,
  state: ModelState,
  { baseline, batch }: { readonly baseline: Baseline; readonly batch: bigint },
): Promise<void> {
  await session.run('INSERT INTO baselines VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)', [
    state.model,
    baseline.id,
    JSON.stringify(baseline.source),
    BigInt(Math.trunc(baseline.fromMs)),
    BigInt(Math.trunc(baseline.toMs)),
    BigInt(baseline.rows),
    BigInt(Math.trunc(baseline.createdAtMs)),
    JSON.stringify(baseline.layouts),
    JSON.stringify(baseline.counts),
    batch,
    baseline.choice === undefined ? null : JSON.stringify(baseline.choice),
  ]);
}
