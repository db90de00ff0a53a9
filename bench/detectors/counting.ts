import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import { modelLayout, numberLayout, type ModelLayout } from '../../detectors/cells.ts';
import { CellFinder } from '../../server/store/duckdb/cell-finder.ts';
import { CountDelta } from '../../server/store/duckdb/deltas.ts';
import { double } from '../../server/store/duckdb/recount-sql.ts';
import { median, rounded } from '../kit/statistics.ts';
import { table } from '../kit/table.ts';
import type { BenchOptions } from '../kit/types.ts';
import { normals, sfc32 } from './random.ts';

const COLUMNS = 20;
const ROUNDS = 5;
const NAMES = [
  'cells and units, one thread',
  'DuckDB histogram, all threads',
  'DuckDB histogram, one thread',
];

/**
 * Values counted into frozen cells, sums of units included, as ingest does on its one thread; against DuckDB's own
 * `histogram` with the same edges over the same columns, on all its threads and on one. Both count the same.
 */
export async function counting({
  quick,
  seed,
  print,
}: Pick<BenchOptions, 'quick' | 'seed' | 'print'>): Promise<Readonly<Record<string, unknown>>> {
  const rows = quick ? 100_000 : 1_000_000;
  const normal = normals(sfc32(seed));
  const columns = Array.from({ length: COLUMNS }, () => Float64Array.from({ length: rows }, normal));
  const layout = layoutOf(columns);
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  await fill(connection, columns);
  const times: number[][] = [[], [], []];
  for (let round = 0; round < ROUNDS; round += 1) {
    times[0]?.push(await timed(async () => countCells(layout, columns)));
    for (const [at, threads] of [2, 1].entries()) {
      await connection.run(`SET threads = ${threads}`);
      times[at + 1]?.push(await timed(() => histograms(connection, layout)));
    }
  }
  await checkSame(connection, layout, columns);
  connection.closeSync();
  instance.closeSync();
  const speeds = times.map((of) => (rows * COLUMNS * 1000) / median(of));
  for (const line of table(
    ['way', 'values a second'],
    NAMES.map((name, at) => [name, speeds[at] ?? NaN]),
  ))
    print(line);
  const [cells = NaN, all = NaN, one = NaN] = speeds;
  return {
    countedPerSecond: Math.round(cells),
    countingRatio: rounded(cells / all),
    countingRatioOneThread: rounded(cells / one),
  };
}

function layoutOf(columns: readonly Float64Array[]): ModelLayout {
  return modelLayout(
    Object.fromEntries(
      columns.flatMap((column, index) => {
        const found = numberLayout(Array.from(column.slice(0, 50_000)).sort((one, two) => one - two));
        return found === null ? [] : [[`c${index}`, found] as const];
      }),
    ),
  );
}

/** So many rows are staged at a time; see `staging-values.ts`. */
const BLOCK = 4096;

function countCells(layout: ModelLayout, columns: readonly Float64Array[]): CountDelta {
  const delta = new CountDelta();
  const cells = new Int32Array(BLOCK);
  const units = new Float64Array(BLOCK);
  delta.addRows(columns[0]?.length ?? 0, layout);
  layout.features.forEach((placed, index) => {
    const finder = new CellFinder(placed);
    const column = columns[index] ?? new Float64Array();
    for (let from = 0; from < column.length; from += BLOCK) {
      const count = Math.min(BLOCK, column.length - from);
      for (let at = 0; at < count; at += 1) {
        const value = column[from + at] as number;
        cells[at] = finder.ofNumber(value);
        units[at] = finder.unitsOf(value);
      }
      delta.addCells(cells, 0, count);
      if (finder.moments !== null) delta.addUnits(finder.moments, units, { from: 0, to: count });
    }
  });
  return delta;
}

async function fill(connection: DuckDBConnection, columns: readonly Float64Array[]): Promise<void> {
  await connection.run(`CREATE TABLE t (${columns.map((_, index) => `c${index} DOUBLE`).join(', ')})`);
  const appender = await connection.createAppender('t');
  for (let row = 0; row < (columns[0]?.length ?? 0); row += 1) {
    for (const column of columns) appender.appendDouble(column[row] as number);
    appender.endRow();
  }
  appender.closeSync();
}

async function histograms(connection: DuckDBConnection, layout: ModelLayout): Promise<readonly unknown[]> {
  const columns = layout.features.map(({ name, layout: of }) => {
    const edges = of.kind === 'number' ? of.edges : [];
    return `map_values(histogram(${name}, [${edges.map(double).join(', ')}]))`;
  });
  const reader = await connection.runAndReadAll(`SELECT ${columns.join(', ')} FROM t`);
  return reader.getRowsJS()[0] ?? [];
}

/** The first cell holds what lies below the range too in DuckDB, the last what lies above. */
async function checkSame(
  connection: DuckDBConnection,
  layout: ModelLayout,
  columns: readonly Float64Array[],
): Promise<void> {
  const found = await histograms(connection, layout);
  const counted = new Map<number, number>();
  countCells(layout, columns).each((cell, count) => counted.set(cell, count));
  layout.features.forEach(({ offset }, index) => {
    const middle = (found[index] as readonly bigint[])[5];
    if (Number(middle) !== counted.get(offset + 5))
      throw new Error(`Cell 5 of column ${index} holds ${counted.get(offset + 5)}, the histogram ${middle}.`);
  });
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const beganMs = performance.now();
  await work();
  return performance.now() - beganMs;
}
