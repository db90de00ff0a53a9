import { expect, test } from 'vitest';
import { fitEncoding, encodeAll, VECTOR_LENGTH } from '../../../demo/models/encoding.ts';
import { fitLogistic } from '../../../demo/models/logistic.ts';
import { areaUnderRoc, meanAbsoluteError, upperQuantile } from '../../../demo/models/measure.ts';
import { fitRidge } from '../../../demo/models/ridge.ts';
import { DATA_TIME } from '../../../demo/flights.ts';
import {
  delayOf,
  flightAt,
  scoreOf,
  trainClassifier,
  trainRegression,
  type ClassifierOptions,
} from '../../../demo/models/train.ts';

/** Flights at hour 18 are half an hour late, the others on time. */
const COUNT = 2400;
const flights = {
  count: COUNT,
  departureMs: Float64Array.from({ length: COUNT }, (_, row) => DATA_TIME.startMs + (row % 24) * 3_600_000),
  delayMinutes: Int32Array.from({ length: COUNT }, (_, row) => (row % 24 === 18 ? 30 : 0)),
  distanceMiles: Int32Array.from({ length: COUNT }, (_, row) => 100 + (row % 7) * 100),
  origin: Array.from({ length: COUNT }, () => 'ATL'),
  destination: Array.from({ length: COUNT }, (_, row) => (row % 2 === 0 ? 'SAV' : 'JFK')),
};
const OPTIONS: ClassifierOptions = {
  steps: 200,
  penalty: 1e-4,
  regionOf: (airport) => (airport === 'ATL' ? 'South' : 'West'),
};
const busy = flightAt(flights, 18);
const calm = flightAt(flights, 3);

test('the classifier learns which hour is late', () => {
  const model = trainClassifier(flights, OPTIONS);
  expect(scoreOf(model, busy)).toBeGreaterThan(scoreOf(model, calm) + 0.2);
});

test('the classifier flags a fifth of the flights of every region', () => {
  const origin = flights.origin.map((_, row) => (row % 3 === 0 ? 'SEA' : 'ATL'));
  const mixed = {
    ...flights,
    origin,
    distanceMiles: flights.distanceMiles.map((_, row) => 100 + ((row * 7919) % 2000)),
  };
  const model = trainClassifier(mixed, OPTIONS);
  for (const airport of ['SEA', 'ATL']) {
    const rows = origin.flatMap((from, row) => (from === airport ? [row] : []));
    const threshold = model.thresholds[OPTIONS.regionOf(airport)];
    const flagged = rows.filter((row) => scoreOf(model, flightAt(mixed, row)) >= threshold);
    expect(flagged.length / rows.length).toBeCloseTo(0.2, 1);
  }
});

test('the regression learns how late', () => {
  const model = trainRegression(flights, 1e-4);
  expect(delayOf(model, busy)).toBeGreaterThan(delayOf(model, calm) + 10);
});

test('ridge without a penalty finds the weights that made the target', () => {
  const wanted = Float64Array.of(3, -2, 0.5, 1, 0, 4, -1);
  const vectors = Float64Array.from({ length: 500 * VECTOR_LENGTH }, (_, i) =>
    i % VECTOR_LENGTH === 0 ? 1 : ((Math.sin(i * 12.9898) * 43_758.5453) % 1) * 3,
  );
  const target = Float64Array.from({ length: 500 }, (_, row) =>
    wanted.reduce((sum, weight, i) => sum + weight * vectors[row * VECTOR_LENGTH + i]!, 0),
  );
  const found = fitRidge(vectors, target, 0);
  for (const [i, weight] of wanted.entries()) expect(found[i]).toBeCloseTo(weight, 6);
});

test('a constant target gives the constant as probability', () => {
  const vectors = Float64Array.from({ length: 100 * VECTOR_LENGTH }, (_, i) =>
    i % VECTOR_LENGTH === 0 ? 1 : 0,
  );
  const target = Float64Array.from({ length: 100 }, (_, row) => (row < 25 ? 1 : 0));
  const [constant] = fitLogistic(vectors, target, { steps: 500, penalty: 0 });
  expect(1 / (1 + Math.exp(-constant!))).toBeCloseTo(0.25, 4);
});

test('a place never seen counts as the average one', () => {
  const target = Float64Array.from(flights.delayMinutes);
  const rows = { count: COUNT, flight: (row: number) => flightAt(flights, row), target };
  const encoding = fitEncoding(rows);
  const strange = {
    count: 1,
    flight: () => ({ ...calm, origin: 'XXX', destination: 'YYY' }),
    target: new Float64Array(1),
  };
  const vector = encodeAll(encoding, strange);
  expect([vector[2], vector[3]]).toEqual([0, 0]);
});

test.each([
  ['perfect', [0.1, 0.2, 0.8, 0.9], [0, 0, 1, 1], 1],
  ['reversed', [0.9, 0.8, 0.2, 0.1], [0, 0, 1, 1], 0],
  ['all tied', [0.5, 0.5, 0.5, 0.5], [0, 1, 0, 1], 0.5],
  ['one of four pairs wrong', [0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1], 0.75],
  ['one class only', [0.1, 0.2], [1, 1], null],
])('AUC of %s scores', (_what, scores, labels, expected) => {
  expect(areaUnderRoc(Float64Array.from(scores), (row) => labels[row] === 1)).toBe(expected);
});

test('the error is the mean of the distances', () => {
  expect(meanAbsoluteError(Float64Array.of(1, 2, 3), Float64Array.of(2, 2, 0))).toBeCloseTo(4 / 3);
});

test('a fifth of the values lies at or above the upper quantile', () => {
  const values = Float64Array.from({ length: 100 }, (_, i) => i);
  const limit = upperQuantile(values, 0.2);
  expect(values.filter((value) => value >= limit)).toHaveLength(20);
});
