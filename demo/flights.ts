import { fileURLToPath } from 'node:url';
import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import { regionOfState, type Region } from './regions.ts';

/** US domestic flights of January to June 2001 from the npm package vega-datasets 3.2.1, read by DuckDB. */
const DATA_FOLDER = new URL('../node_modules/vega-datasets/data/', import.meta.url);
const FLIGHTS_FILE = fileURLToPath(new URL('flights-3m.parquet', DATA_FOLDER));
const AIRPORTS_FILE = fileURLToPath(new URL('airports.csv', DATA_FOLDER));

/** The sample: every fifth row of the file, counted from its first row. */
export const SAMPLE_EVERY = 5;

/** Moments of the data, in its own time. `endMs` is where the story ends; the last day is left for real speed. */
export const DATA_TIME = {
  startMs: Date.UTC(2001, 0, 1),
  trainingEndMs: Date.UTC(2001, 1, 1),
  endMs: Date.UTC(2001, 5, 30),
} as const;

/** Columns of equal length in order of scheduled departure (milliseconds of data time). */
export interface Flights {
  readonly count: number;
  readonly departureMs: Float64Array;
  readonly delayMinutes: Int32Array;
  readonly distanceMiles: Int32Array;
  readonly origin: readonly string[];
  readonly destination: readonly string[];
}

/**
 * The sampled flights with a departure in [fromMs, toMs) of data time, and how many flights the whole file has.
 * Absent bounds are open.
 */
export async function readFlights(
  bounds: { readonly fromMs?: number; readonly toMs?: number } = {},
): Promise<{ readonly flights: Flights; readonly flightsInData: number }> {
  return withDuckDb(async (connection) => {
    const total = await connection.runAndReadAll(`SELECT count(*)::INTEGER FROM read_parquet($file)`, {
      file: FLIGHTS_FILE,
    });
    const sample = await connection.runAndReadAll(
      `SELECT epoch_ms(date)::DOUBLE, delay::INTEGER, distance::INTEGER, origin, destination
       FROM read_parquet($file, file_row_number = true)
       WHERE file_row_number % ${SAMPLE_EVERY} = 0 AND epoch_ms(date) >= $from AND epoch_ms(date) < $to
       ORDER BY date, file_row_number`,
      { file: FLIGHTS_FILE, from: bounds.fromMs ?? 0, to: bounds.toMs ?? Number.MAX_SAFE_INTEGER },
    );
    return { flights: columnsOf(sample.getColumns()), flightsInData: Number(total.getRows()[0]?.[0]) };
  });
}

function columnsOf(columns: readonly unknown[][]): Flights {
  const [departure = [], delay = [], distance = [], origin = [], destination = []] = columns;
  return {
    count: departure.length,
    departureMs: Float64Array.from(departure as number[]),
    delayMinutes: Int32Array.from(delay as number[]),
    distanceMiles: Int32Array.from(distance as number[]),
    origin: shared(origin as string[]),
    destination: shared(destination as string[]),
  };
}

/** One string object per airport instead of one per flight: 600,000 flights name some 230 airports. */
function shared(values: readonly string[]): string[] {
  const known = new Map<string, string>();
  return values.map((value) => {
    const first = known.get(value);
    if (first !== undefined) return first;
    known.set(value, value);
    return value;
  });
}

/** The census region of every airport the data knows, by IATA code. */
export async function readAirportRegions(): Promise<ReadonlyMap<string, Region>> {
  return withDuckDb(async (connection) => {
    const rows = await connection.runAndReadAll(`SELECT iata, state FROM read_csv($file)`, {
      file: AIRPORTS_FILE,
    });
    return new Map(rows.getRows().map(([iata, state]) => [String(iata), regionOfState(String(state))]));
  });
}

async function withDuckDb<T>(work: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    return await work(connection);
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

/** What to add to data time so that the story's end falls on the present, rounded down to the hour. */
export function shiftToPresent(realNowMs: number): number {
  return Math.floor(realNowMs / 3_600_000) * 3_600_000 - DATA_TIME.endMs;
}
