import { PREDICTION } from '../../model.ts';
import type { SloSettings } from '../../settings.ts';
import { text } from './archived-sql.ts';
import type { Committer } from './committer.ts';
import type { Session } from './database.ts';
import { PRODUCTION } from './datasets.ts';
import { MINUTE_MS } from './deltas.ts';
import { double } from './recount-sql.ts';
import { millisecondsSql } from './reads-sql.ts';
import type { ModelState } from './registry.ts';
import { rowsSql } from './rows-sql.ts';
import { definitionOf, isCounted, isExcluded, MOST_COST, NANOS, type CountedSlo } from './slo-deltas.ts';
import { sloCode } from './slo-sql.ts';

/** Objectives that were added, or that mean something else than before, are counted from the rows that are still stored. */

/** Runs at start. Two ways to the same integers as `SloDeltas`: a test holds them equal. */
export async function recountSlos(session: Session, committer: Committer): Promise<void> {
  const known = await session.rows('SELECT model, slo, definition FROM slo_definitions');
  const definitions = new Map(
    known.map(([model, slo, definition]) => [`${Number(model)} ${Number(slo)}`, definition]),
  );
  for (const state of committer.loaded.registry.models) {
    const changed = (state.settings?.slos ?? []).filter(
      (slo) => definitions.get(`${state.model} ${sloCode(state, slo.id)}`) !== definitionOf(slo),
    );
    if (changed.length === 0) continue;
    await committer.transaction(async (batch) => {
      for (const slo of changed) await countAnew(session, committer, { state, slo, batch });
      committer.loaded.writers.write();
    });
  }
}

interface Counting {
  readonly state: ModelState;
  readonly slo: SloSettings;
  readonly batch: bigint;
}

async function countAnew(
  session: Session,
  committer: Committer,
  { state, slo, batch }: Counting,
): Promise<void> {
  const isKnown = sloCode(state, slo.id) >= 0;
  const code = committer.loaded.registry.slo(state, slo.id, definitionOf(slo));
  const mine = `model = ${state.model} AND slo = ${code}`;
  if (isKnown) {
    const defined = await session.rows(`SELECT 1 FROM slo_definitions WHERE ${mine}`);
    await session.run(`DELETE FROM slo_definitions WHERE ${mine}`);
    await session.run(
      `INSERT INTO slo_definitions VALUES (${state.model}, ${code}, ${text(definitionOf(slo))})`,
    );
    // Counted by a Leeway that wrote no definitions down: it was this one.
    if (defined.length === 0) return;
  }
  await session.run(`DELETE FROM slo_minutes WHERE ${mine}`);
  if (isCounted(slo))
    await session.run(
      `INSERT INTO slo_minutes SELECT ${batch}, ${state.model}, ${code}, ${countsSql(state, slo)}`,
    );
}

/** By minute, of every production row that is stored, hot and in Parquet. */
function countsSql(state: ModelState, slo: CountedSlo): string {
  const prediction = state.byRole.feature.get(PREDICTION);
  const rows = rowsSql([state], { entries: prediction === undefined ? [] : [prediction] });
  return `minute_ms, count(*) FILTER (verdict = 'good'), count(*) FILTER (verdict = 'bad'), count(*) FILTER (verdict = 'excluded'),
      coalesce(sum(CASE WHEN verdict = 'good' THEN nanos END), 0)
    FROM (SELECT ${millisecondsSql('r.event_time')} // ${MINUTE_MS} * ${MINUTE_MS} AS minute_ms, ${verdictSql(state, slo)} AS verdict,
        ${slo.kind === 'cost' ? nanosSql() : '0'} AS nanos
      FROM ${rows} r WHERE r.dataset = ${PRODUCTION}) GROUP BY minute_ms`;
}

const FAILED = 'r.error IS NOT NULL OR (r.prediction IS NULL AND r.prediction_code IS NULL)';

/** The same rule as that of `SloDeltas`. */
function verdictSql(state: ModelState, slo: CountedSlo): string {
  const codes = (of: string, isMine: (value: string) => boolean) =>
    (state.byRole.code.get(of)?.values ?? []).flatMap((value, code) => (isMine(value) ? [code] : []));
  if (slo.kind === 'cost') {
    const { currency } = slo;
    const others = codes('$currency', (value) => currency !== null && value !== currency);
    const isOther = others.length === 0 ? 'false' : `coalesce(r.currency IN (${others.join(', ')}), false)`;
    return `CASE ${is(`${isOther} OR r.cost IS NULL OR isnan(r.cost) OR r.cost < 0 OR r.cost > ${double(MOST_COST)}`, 'excluded')} ELSE 'good' END`;
  }
  if (slo.kind === 'availability') {
    const own = codes('$error', (error) => isExcluded(slo.exclude ?? [], error));
    const isOwn = own.length === 0 ? 'false' : `r.error IN (${own.join(', ')})`;
    return `CASE ${is(isOwn, 'excluded')} ${is(FAILED, 'bad')} ELSE 'good' END`;
  }
  const isUntimed = `${FAILED} OR r.duration_ms IS NULL OR isnan(r.duration_ms)`;
  return `CASE ${is(isUntimed, 'excluded')} ${is(`r.duration_ms > ${double(slo.thresholdMs ?? Infinity)}`, 'bad')} ELSE 'good' END`;
}

function is(condition: string, verdict: string): string {
  return `WHEN ${condition} THEN '${verdict}'`;
}

/** As JavaScript rounds: halves up, of a product that is a double. */
function nanosSql(): string {
  return `CASE WHEN r.cost BETWEEN 0 AND ${double(MOST_COST)} THEN floor(r.cost * ${double(NANOS)} + 0.5)::BIGINT ELSE 0 END`;
}
