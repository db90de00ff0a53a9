/** What a model is asked about: a flight as the request names it. */
export interface Flight {
  /** Hour of the scheduled departure on the airport's own clock, 0..23. */
  readonly hour: number;
  /** In the unit the model's own training used: miles. */
  readonly distance: number;
  readonly origin: string;
  readonly destination: string;
}

/** Training rows in columns; `target` is what is learned, one number a row. */
export interface TrainingRows {
  readonly count: number;
  readonly flight: (row: number) => Flight;
  readonly target: Float64Array;
}

/** Hour 0..23 of a moment of data time, which is local time written as UTC. */
export function hourOf(departureMs: number): number {
  return Math.floor(departureMs / 3_600_000) % 24;
}
