import type { SloCountsRow } from '../../model.ts';
import type { SloTotal, SloWindowRow } from '../../ports.ts';
import type { Session } from './database.ts';
import type { ModelState } from './registry.ts';
import { sloCode, sloRowsSql } from './slo-sql.ts';

/** What is asked of the counters of objectives. */

interface Steps {
  readonly slo: string;
  readonly fromMs: number;
  readonly toMs: number;
  readonly stepMs: number;
}

export async function readSloCounts(
  session: Session,
  state: ModelState,
  asked: Steps,
): Promise<readonly SloCountsRow[]> {
  const slo = state.settings?.slos.find(({ id }) => id === asked.slo);
  if (slo === undefined) return [];
  const rows = await session.rows(
    `SELECT minute_ms // ${asked.stepMs} * ${asked.stepMs} AS from_ms, ${SUMS} FROM ${sloRowsSql(state, [slo])}
      WHERE minute_ms >= ${Math.trunc(asked.fromMs)} AND minute_ms < ${Math.trunc(asked.toMs)}
      GROUP BY from_ms ORDER BY from_ms`,
  );
  return rows.map((row) => ({ slo: asked.slo, fromMs: Number(row[0]), ...sums(row, 1) }));
}

const COLUMNS = ['good', 'bad', 'excluded', 'waiting', 'nanos'] as const;
const SUMS = COLUMNS.map((name) => `sum(${name})::DOUBLE`).join(', ');

function sums(row: readonly unknown[], at: number): Readonly<Record<(typeof COLUMNS)[number], number>> {
  const [good = 0, bad = 0, excluded = 0, waiting = 0, nanos = 0] = row
    .slice(at, at + COLUMNS.length)
    .map(Number);
  return { good, bad, excluded, waiting, nanos };
}

/** One row an objective and window, also where nothing was counted. */
export async function readSloWindows(
  session: Session,
  state: ModelState,
  asked: {
    readonly slos?: readonly string[];
    readonly toMs: number;
    readonly windowsMs: readonly number[];
  },
): Promise<readonly SloWindowRow[]> {
  const slos = (state.settings?.slos ?? []).filter(({ id }) => asked.slos?.includes(id) ?? true);
  if (asked.windowsMs.length === 0 || slos.length === 0) return [];
  const rows = await session.rows(windowsSql(sloRowsSql(state, slos), asked));
  const found = new Map(rows.map((row) => [`${Number(row[0])} ${Number(row[1])}`, row]));
  return slos.flatMap(({ id }, place) =>
    asked.windowsMs.map((windowMs) => {
      const row = found.get(`${place} ${Math.trunc(windowMs)}`);
      const sinceMs = row === undefined ? null : Number(row[2 + COLUMNS.length]);
      return { slo: id, windowMs, ...sums(row ?? [], 2), sinceMs };
    }),
  );
}

/**
 * Every window ends at the same time, so that a minute is in the least one that reaches back to it and in all longer ones:
 * minutes are summed by the least one, and these few sums by window.
 */
function windowsSql(
  counted: string,
  { toMs, windowsMs }: { readonly toMs: number; readonly windowsMs: readonly number[] },
): string {
  const endMs = Math.trunc(toMs);
  const rising = [...new Set(windowsMs.map(Math.trunc))].sort((first, second) => first - second);
  const least = rising.map((windowMs) => `WHEN minute_ms >= ${endMs - windowMs} THEN ${windowMs}`);
  return `SELECT slo, w.window_ms::DOUBLE, ${SUMS}, min(minute_ms)::DOUBLE
    FROM (SELECT slo, CASE ${least.join(' ')} END AS least_ms, min(minute_ms) AS minute_ms,
        ${COLUMNS.map((name) => `sum(${name}) AS ${name}`).join(', ')}
      FROM ${counted} WHERE minute_ms < ${endMs} AND minute_ms >= ${endMs - (rising.at(-1) ?? 0)} GROUP BY slo, least_ms) m
    JOIN (SELECT unnest([${rising.join(',')}]) AS window_ms) w ON w.window_ms >= m.least_ms
    GROUP BY slo, w.window_ms`;
}

/** Everything ever counted of the objectives that count predictions. */
export async function readSloTotals(
  session: Session,
  states: readonly ModelState[],
): Promise<readonly SloTotal[]> {
  const rows = await session.rows(
    'SELECT model, slo, sum(good)::DOUBLE, sum(bad)::DOUBLE FROM slo_minutes GROUP BY model, slo',
  );
  const found = new Map(rows.map((row) => [`${Number(row[0])} ${Number(row[1])}`, row]));
  return states.flatMap((state) =>
    (state.settings?.slos ?? [])
      .filter(({ kind }) => kind === 'availability' || kind === 'latency')
      .map(({ id }) => {
        const row = found.get(`${state.model} ${sloCode(state, id)}`);
        return {
          tenant: state.tenant,
          model: state.name,
          slo: id,
          good: Number(row?.[2] ?? 0),
          bad: Number(row?.[3] ?? 0),
        };
      }),
  );
}
