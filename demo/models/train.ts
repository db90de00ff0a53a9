import type { Flights } from '../flights.ts';
import { REGIONS, type Region } from '../regions.ts';
import { dot, encode, encodeAll, fitEncoding, VECTOR_LENGTH, type Encoding } from './encoding.ts';
import { hourOf, type Flight, type TrainingRows } from './flight.ts';
import { fitLogistic, logistic } from './logistic.ts';
import { areaUnderRoc, meanAbsoluteError, upperQuantile } from './measure.ts';
import { fitRidge } from './ridge.ts';

/** Arrives more than this many minutes late: the usual meaning of a delayed flight in US statistics. */
export const LATE_AFTER_MINUTES = 15;
/**
 * The share of January's flights the classifier flags, of every region of origin alike: about as many are really late in
 * each, while one threshold for all would flag twice as many in the West as in the South.
 */
const FLAGGED_SHARE = 0.2;
/** Delays beyond these bounds teach the regression as much as the bound, so that few extreme rows do not rule it. */
const DELAY_BOUNDS_MINUTES = { least: -30, most: 60 };
/** The last days of January judge a model fitted on the days before; what is served is fitted on all of January. */
const HELD_OUT_DAYS = 7;

export interface TrainedClassifier {
  readonly encoding: Encoding;
  readonly weights: Float64Array;
  /** A score at or above its region's is flagged as late. */
  readonly thresholds: Readonly<Record<Region, number>>;
}

export interface TrainedRegression {
  readonly encoding: Encoding;
  readonly weights: Float64Array;
}

/** Probability of being late, 0..1. */
export function scoreOf(model: TrainedClassifier, flight: Flight): number {
  return logistic(linear(model, flight));
}

/** Expected delay in minutes. */
export function delayOf(model: TrainedRegression, flight: Flight): number {
  return linear(model, flight);
}

const scratch = new Float64Array(VECTOR_LENGTH);

function linear(model: TrainedRegression, flight: Flight): number {
  encode(model.encoding, flight, { vector: scratch, offset: 0 });
  return dot(model.weights, scratch, 0);
}

export interface ClassifierOptions {
  readonly steps: number;
  readonly penalty: number;
  readonly regionOf: (airport: string) => Region;
}

export function trainClassifier(flights: Flights, options: ClassifierOptions): TrainedClassifier {
  const rows = rowsOf(flights, (row) => ((flights.delayMinutes[row] ?? 0) > LATE_AFTER_MINUTES ? 1 : 0));
  const encoding = fitEncoding(rows);
  const vectors = encodeAll(encoding, rows);
  const weights = fitLogistic(vectors, rows.target, options);
  const scores = Float64Array.from({ length: rows.count }, (_, row) =>
    logistic(dot(weights, vectors, row * VECTOR_LENGTH)),
  );
  return { encoding, weights, thresholds: thresholdsOf(flights, scores, options.regionOf) };
}

function thresholdsOf(flights: Flights, scores: Float64Array, regionOf: ClassifierOptions['regionOf']) {
  const regions = flights.origin.map(regionOf);
  const threshold = (region: Region) =>
    upperQuantile(
      scores.filter((_, row) => regions[row] === region),
      FLAGGED_SHARE,
    );
  return Object.fromEntries(
    REGIONS.map((region) => [region, threshold(region)]),
  ) as TrainedClassifier['thresholds'];
}

export function trainRegression(flights: Flights, penalty: number): TrainedRegression {
  const { least, most } = DELAY_BOUNDS_MINUTES;
  const rows = rowsOf(flights, (row) => Math.min(most, Math.max(least, flights.delayMinutes[row] ?? 0)));
  const encoding = fitEncoding(rows);
  return { encoding, weights: fitRidge(encodeAll(encoding, rows), rows.target, penalty) };
}

/** AUC on January's last days of a classifier fitted on the days before. */
export function heldOutAuc(flights: Flights, options: ClassifierOptions): number | null {
  const { fitted, judged } = splitOf(flights);
  const model = trainClassifier(fitted, options);
  const scores = Float64Array.from({ length: judged.count }, (_, row) =>
    scoreOf(model, flightAt(judged, row)),
  );
  return areaUnderRoc(scores, (row) => (judged.delayMinutes[row] ?? 0) > LATE_AFTER_MINUTES);
}

/** Mean absolute error in minutes on January's last days, of the regression and of always saying the mean. */
export function heldOutError(
  flights: Flights,
  penalty: number,
): { readonly model: number; readonly mean: number } {
  const { fitted, judged } = splitOf(flights);
  const model = trainRegression(fitted, penalty);
  const actual = Float64Array.from(judged.delayMinutes);
  const predicted = actual.map((_, row) => delayOf(model, flightAt(judged, row)));
  const mean = fitted.delayMinutes.reduce((sum, delay) => sum + delay, 0) / Math.max(1, fitted.count);
  return {
    model: meanAbsoluteError(predicted, actual),
    mean: meanAbsoluteError(
      actual.map(() => mean),
      actual,
    ),
  };
}

export function flightAt(flights: Flights, row: number): Flight {
  return {
    hour: hourOf(flights.departureMs[row] ?? 0),
    distance: flights.distanceMiles[row] ?? 0,
    origin: flights.origin[row] ?? '',
    destination: flights.destination[row] ?? '',
  };
}

function rowsOf(flights: Flights, targetOf: (row: number) => number): TrainingRows {
  return {
    count: flights.count,
    flight: (row) => flightAt(flights, row),
    target: Float64Array.from({ length: flights.count }, (_, row) => targetOf(row)),
  };
}

function splitOf(flights: Flights): { readonly fitted: Flights; readonly judged: Flights } {
  const lastMs = flights.departureMs.at(-1) ?? 0;
  const fromMs = lastMs - HELD_OUT_DAYS * 86_400_000;
  const at = flights.departureMs.findIndex((departureMs) => departureMs >= fromMs);
  return { fitted: sliceOf(flights, 0, at), judged: sliceOf(flights, at, flights.count) };
}

function sliceOf(flights: Flights, from: number, to: number): Flights {
  return {
    count: to - from,
    departureMs: flights.departureMs.subarray(from, to),
    delayMinutes: flights.delayMinutes.subarray(from, to),
    distanceMiles: flights.distanceMiles.subarray(from, to),
    origin: flights.origin.slice(from, to),
    destination: flights.destination.slice(from, to),
  };
}
