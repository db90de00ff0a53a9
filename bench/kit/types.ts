import type { Machine } from './machine.ts';

/** What a bench is asked for on the command line. */
export interface BenchOptions {
  /** Fewer rows and rounds: minutes become seconds, and the figures rougher. */
  readonly quick: boolean;
  /** The parts asked for by name; null is all of them. */
  readonly only: readonly string[] | null;
  /** Names a run of random choices, so that it can be played again. */
  readonly seed: number;
  /** How long a bench that is bounded by time may take; null is its own choice. */
  readonly seconds: number | null;
  readonly machine: Machine;
  readonly print: (line: string) => void;
}

/** Prints for people as it goes; what it returns becomes the JSON of the last line. */
export type Bench = (options: BenchOptions) => Promise<Readonly<Record<string, unknown>>>;
