import type { Flight, TrainingRows } from './flight.ts';

/**
 * Turns a flight into a short vector of numbers. Categories become the mean target of their rows, drawn to the mean of
 * all rows as if `SMOOTHING_ROWS` more average rows had been seen, so that a rare airport says little.
 */
const SMOOTHING_ROWS = 50;

interface TargetMeans {
  readonly overall: number;
  readonly byValue: ReadonlyMap<string, number>;
}

export interface Encoding {
  readonly hour: TargetMeans;
  readonly origin: TargetMeans;
  readonly destination: TargetMeans;
  readonly logDistance: { readonly mean: number; readonly deviation: number };
  readonly targetDeviation: number;
}

/** 1, hour, origin, destination, hour x origin, distance, distance squared. */
export const VECTOR_LENGTH = 7;

const LOG_DISTANCE = Float64Array.from({ length: 8192 }, (_, distance) => Math.log(Math.max(1, distance)));

function logDistanceOf(distance: number): number {
  return LOG_DISTANCE[distance] ?? Math.log(Math.max(1, distance));
}

/** Learns the encoding from the training rows. */
export function fitEncoding(rows: TrainingRows): Encoding {
  const overall = mean(rows.target);
  return {
    hour: targetMeans(rows, (flight) => String(flight.hour)),
    origin: targetMeans(rows, (flight) => flight.origin),
    destination: targetMeans(rows, (flight) => flight.destination),
    logDistance: spread(
      Float64Array.from({ length: rows.count }, (_, row) => logDistanceOf(rows.flight(row).distance)),
    ),
    targetDeviation: Math.max(1e-9, spread(rows.target).deviation, Math.abs(overall) * 1e-9),
  };
}

/** Writes the vector of `flight` into `into` at `offset`. */
export function encode(
  encoding: Encoding,
  flight: Flight,
  into: { vector: Float64Array; offset: number },
): void {
  const { vector, offset } = into;
  const hour = standardMean(encoding, encoding.hour, String(flight.hour));
  const origin = standardMean(encoding, encoding.origin, flight.origin);
  const distance =
    (logDistanceOf(flight.distance) - encoding.logDistance.mean) / encoding.logDistance.deviation;
  vector[offset] = 1;
  vector[offset + 1] = hour;
  vector[offset + 2] = origin;
  vector[offset + 3] = standardMean(encoding, encoding.destination, flight.destination);
  vector[offset + 4] = hour * origin;
  vector[offset + 5] = distance;
  vector[offset + 6] = distance * distance;
}

/** All rows encoded, one after the other. */
export function encodeAll(encoding: Encoding, rows: TrainingRows): Float64Array {
  const vector = new Float64Array(rows.count * VECTOR_LENGTH);
  for (let row = 0; row < rows.count; row += 1) {
    encode(encoding, rows.flight(row), { vector, offset: row * VECTOR_LENGTH });
  }
  return vector;
}

/** Sum of `weights` times the vector at `offset`. */
export function dot(weights: Float64Array, vector: Float64Array, offset: number): number {
  let sum = 0;
  for (let i = 0; i < VECTOR_LENGTH; i += 1) sum += (weights[i] ?? 0) * (vector[offset + i] ?? 0);
  return sum;
}

/** Deviation of a category's mean target from the overall one; a tenth of the target's deviation is 1. */
function standardMean(encoding: Encoding, means: TargetMeans, value: string): number {
  const found = means.byValue.get(value) ?? means.overall;
  return ((found - means.overall) / encoding.targetDeviation) * 10;
}

function targetMeans(rows: TrainingRows, valueOf: (flight: Flight) => string): TargetMeans {
  const overall = mean(rows.target);
  const sums = new Map<string, { count: number; sum: number }>();
  for (let row = 0; row < rows.count; row += 1) {
    const value = valueOf(rows.flight(row));
    const entry = sums.get(value) ?? { count: 0, sum: 0 };
    entry.count += 1;
    entry.sum += rows.target[row] ?? 0;
    sums.set(value, entry);
  }
  const byValue = new Map<string, number>();
  for (const [value, { count, sum }] of sums) {
    byValue.set(value, (sum + SMOOTHING_ROWS * overall) / (count + SMOOTHING_ROWS));
  }
  return { overall, byValue };
}

function mean(values: Float64Array): number {
  let sum = 0;
  for (const value of values) sum += value;
  return values.length === 0 ? 0 : sum / values.length;
}

function spread(values: Float64Array): { readonly mean: number; readonly deviation: number } {
  const center = mean(values);
  let squares = 0;
  for (const value of values) squares += (value - center) ** 2;
  return { mean: center, deviation: Math.max(1e-9, Math.sqrt(squares / Math.max(1, values.length))) };
}
