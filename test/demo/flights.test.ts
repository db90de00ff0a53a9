import { expect, test } from 'vitest';
import { DATA_TIME, readAirportRegions, readFlights, shiftToPresent } from '../../demo/flights.ts';
import { regionOfState } from '../../demo/regions.ts';

test('January holds the stated sample, in order of departure', async () => {
  const { flights, flightsInData } = await readFlights({ toMs: DATA_TIME.trainingEndMs });
  expect(flightsInData).toBe(3_000_000);
  expect(flights.count).toBe(101_648);
  expect(
    flights.departureMs.every(
      (departureMs, row) => row === 0 || departureMs >= (flights.departureMs[row - 1] ?? 0),
    ),
  ).toBe(true);
  expect(flights.departureMs[0]).toBeGreaterThanOrEqual(DATA_TIME.startMs);
  expect(flights.origin[0]).toMatch(/^[A-Z]{3}$/);
});

test('every airport of the sample has a region', async () => {
  const regions = await readAirportRegions();
  const { flights } = await readFlights({ fromMs: DATA_TIME.endMs });
  expect([...flights.origin, ...flights.destination].filter((airport) => !regions.has(airport))).toEqual([]);
});

test.each([
  ['NY', 'Northeast'],
  ['IL', 'Midwest'],
  ['TX', 'South'],
  ['HI', 'West'],
  ['PR', 'other'],
  ['', 'other'],
])('state %s is in %s', (state, region) => {
  expect(regionOfState(state)).toBe(region);
});

test('the story ends at the present hour', () => {
  const nowMs = Date.UTC(2026, 10, 21, 14, 37, 12);
  expect(DATA_TIME.endMs + shiftToPresent(nowMs)).toBe(Date.UTC(2026, 10, 21, 14));
});
