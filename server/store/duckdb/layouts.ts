import { DuckDBListValue } from '@duckdb/node-api';
import type { DuckDBValue } from '@duckdb/node-api';
import {
  categoryLayout,
  EDGE_QUANTILES,
  quantileLayout,
  VALUE_CELLS,
  valueLayout,
} from '../../../detectors/cells.ts';
import type { FeatureLayout } from '../../../detectors/types.ts';
import type { Session } from './database.ts';
import type { RowFilter } from './recount-sql.ts';
import type { Entry, ModelState } from './registry.ts';
import { valueColumn, valuesSql } from './rows-sql.ts';

/** Cells of every feature, made of the rows of a baseline: few reads of many features each, and no number as text. */

/** Above this many rows quantiles are estimated: their rank is then off by less than a thousandth. */
const EXACT_ROWS = 500_000;
/** A count of different values that is estimated this high or less is worth counting exactly: so few are hardly misjudged. */
const WORTH_COUNTING = 2 * VALUE_CELLS;
/** An exact quantile holds all values of its feature in memory. */
const QUANTILES_AT_ONCE = 8;
const FEATURES_AT_ONCE = 64;

interface Given extends RowFilter {
  readonly rows: number;
}

/** Features that have no value in those rows have no cells. */
export async function layoutsOf(
  session: Session,
  state: ModelState,
  given: Given,
): Promise<Record<string, FeatureLayout>> {
  const features = [...state.byRole.feature.values()];
  const numbers = features.filter(({ kind }) => kind === 'number');
  const texts = features.filter(({ kind }) => kind !== 'number');
  const found = new Map([
    ...(await numberLayouts({ session, state, given }, numbers)),
    ...(await categoryLayouts({ session, state, given }, texts)),
  ]);
  return Object.fromEntries(
    features.flatMap((entry) => {
      const layout = found.get(entry);
      return layout === undefined ? [] : [[entry.name, layout] as const];
    }),
  );
}

interface Rows {
  readonly session: Session;
  readonly state: ModelState;
  readonly given: Given;
}

type Layouts = readonly (readonly [Entry, FeatureLayout])[];

interface Extent {
  readonly entry: Entry;
  readonly min: number;
  readonly max: number;
  readonly distinct: number;
}

async function numberLayouts(rows: Rows, entries: readonly Entry[]): Promise<Layouts> {
  const extents = await extentsOf(rows, entries);
  const few = await valueLayouts(
    rows,
    extents.filter(({ distinct }) => distinct <= WORTH_COUNTING),
  );
  const counted = new Set(few.map(([entry]) => entry));
  const many = extents.filter(({ entry }) => !counted.has(entry));
  return [...few, ...(await quantileLayouts(rows, many))];
}

/** Of the numbers that have a finite value. */
async function extentsOf(rows: Rows, entries: readonly Entry[]): Promise<readonly Extent[]> {
  const found = await inParts(entries, FEATURES_AT_ONCE, async (part) => {
    const asked = part.flatMap((_, at) => [`min(x${at})`, `max(x${at})`, `approx_count_distinct(x${at})`]);
    const [row = []] = await rows.session.rows(`SELECT ${asked.join(', ')} FROM ${finiteSql(rows, part)}`);
    return part.map((entry, at) => {
      return {
        entry,
        min: row[at * 3] ?? null,
        max: row[at * 3 + 1] ?? null,
        distinct: Number(row[at * 3 + 2]),
      };
    });
  });
  return found.flatMap(({ entry, min, max, distinct }) =>
    min === null ? [] : [{ entry, min: Number(min), max: Number(max), distinct }],
  );
}

/** Of those with few different values. */
async function valueLayouts(rows: Rows, extents: readonly Extent[]): Promise<Layouts> {
  const found = await inParts(extents, FEATURES_AT_ONCE, async (part) => {
    const asked = part.map((_, at) => `list(DISTINCT x${at})`);
    const entries = part.map(({ entry }) => entry);
    const [row = []] = await rows.session.rows(`SELECT ${asked.join(', ')} FROM ${finiteSql(rows, entries)}`);
    return entries.map((entry, at) => ({ entry, values: sortedNumbers(row[at]) }));
  });
  return found
    .filter(({ values }) => values.length <= VALUE_CELLS)
    .map(({ entry, values }) => [entry, valueLayout(values)]);
}

async function quantileLayouts(rows: Rows, extents: readonly Extent[]): Promise<Layouts> {
  const isExact = rows.given.rows <= EXACT_ROWS;
  const quantile = isExact ? 'quantile_disc' : 'approx_quantile';
  return inParts(extents, isExact ? QUANTILES_AT_ONCE : FEATURES_AT_ONCE, async (part) => {
    const asked = part.map((_, at) => `${quantile}(x${at}, [${EDGE_QUANTILES.join(',')}])`);
    const entries = part.map(({ entry }) => entry);
    const [row = []] = await rows.session.rows(`SELECT ${asked.join(', ')} FROM ${finiteSql(rows, entries)}`);
    return part.map(({ entry, min, max }, at) => {
      return [entry, quantileLayout({ quantiles: sortedNumbers(row[at]), min, max })] as const;
    });
  });
}

/** A table expression of the entries' values as x0, x1 …; null where they are not finite. */
function finiteSql({ state, given }: Rows, entries: readonly Entry[]): string {
  const values = entries.map((entry, at) => {
    const x = `p.${valueColumn(entry)}`;
    return `CASE WHEN isfinite(${x}) THEN ${x} END AS x${at}`;
  });
  return `(SELECT ${values.join(', ')} FROM ${valuesSql(state, entries, given.range)} p WHERE ${given.where})`;
}

async function categoryLayouts({ session, state, given }: Rows, entries: readonly Entry[]): Promise<Layouts> {
  return inParts(entries, FEATURES_AT_ONCE, async (part) => {
    const columns = part.map((entry) => `p.${valueColumn(entry)}`);
    const found = await session.rows(
      `SELECT place, code, count(*) FROM (
          SELECT unnest(range(${part.length})) AS place, unnest([${columns.join(', ')}]) AS code
          FROM ${valuesSql(state, part, given.range)} p WHERE ${given.where})
        WHERE code IS NOT NULL GROUP BY ALL`,
    );
    const byPlace = Map.groupBy(found, ([place]) => Number(place));
    return part.flatMap((entry, at) => {
      const values = byPlace.get(at);
      return values === undefined
        ? []
        : [[entry, categoryLayout(values.map((row) => told(entry, row)))] as const];
    });
  });
}

function told(
  entry: Entry,
  [, code, rows]: readonly DuckDBValue[],
): { readonly value: string; readonly rows: number } {
  return { value: entry.values[Number(code)] ?? '', rows: Number(rows) };
}

function sortedNumbers(list: DuckDBValue | undefined): readonly number[] {
  const items = list instanceof DuckDBListValue ? list.items : [];
  return items.map(Number).sort((a, b) => a - b);
}

async function inParts<T, R>(
  all: readonly T[],
  size: number,
  ask: (part: readonly T[]) => Promise<readonly R[]>,
): Promise<readonly R[]> {
  const found: R[] = [];
  for (let from = 0; from < all.length; from += size)
    found.push(...(await ask(all.slice(from, from + size))));
  return found;
}
