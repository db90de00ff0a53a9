import type { Flights } from '../flights.ts';
import type { Instance } from './service.ts';

/** A flight of the sample as a request names it; its row in the sample is its id. */
export function instanceOf(flights: Flights, row: number, shiftMs: number): Instance {
  const departureMs = flights.departureMs[row] ?? 0;
  return {
    id: idOf(flights, row),
    // Data time is the airport's own clock written as UTC, so the ISO text without the zone is what the clock showed.
    scheduledDeparture: new Date(departureMs).toISOString().slice(0, 19),
    distanceMiles: flights.distanceMiles[row] ?? 0,
    origin: flights.origin[row] ?? '',
    destination: flights.destination[row] ?? '',
    timeMs: departureMs + shiftMs,
  };
}

/** Day, route and row: unique, and the same in every run. */
export function idOf(flights: Flights, row: number): string {
  const day = new Date(flights.departureMs[row] ?? 0).toISOString().slice(0, 10);
  return `${day}-${flights.origin[row] ?? ''}-${flights.destination[row] ?? ''}-${row}`;
}
