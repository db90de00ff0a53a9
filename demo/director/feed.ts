import type { Flights } from '../flights.ts';
import { idOf, instanceOf } from '../serving/instance.ts';
import { signed } from '../signature.ts';

/** The world outside: asks the serving process about flights as they are due, and later tells what became of them. */
export interface Feed {
  /** Plays the flights and outcomes with a story time before `toMs` that were not played yet. */
  readonly playUntil: (toMs: number) => Promise<void>;
  readonly deploy: (model: string, version: string) => Promise<void>;
}

export interface FeedOptions {
  readonly servingUrl: string;
  readonly models: readonly string[];
  readonly flights: Flights;
  readonly shiftMs: number;
  /** The first flight played; those before are the training set. */
  readonly startMs: number;
  readonly webhookSecret: string;
}

/** Hours between a flight's real departure and the moment its arrival is on record. */
const OUTCOME_AFTER_MS = 6 * 3_600_000;

export function createFeed(options: FeedOptions): Feed {
  const { flights, shiftMs } = options;
  const first = flights.departureMs.findIndex((departureMs) => departureMs + shiftMs >= options.startMs);
  const departures = cursorOver(
    Uint32Array.from({ length: flights.count - first }, (_, index) => first + index),
    (row) => (flights.departureMs[row] ?? 0) + shiftMs,
  );
  const knownAt = (row: number) => knownAtMs(flights, row) + shiftMs;
  const outcomes = cursorOver(rowsByOutcome(flights, first), knownAt);
  return {
    playUntil: async (toMs) => {
      const due = departures.until(toMs);
      const instances = due.map((row) => instanceOf(flights, row, shiftMs));
      const known = outcomes.until(toMs).map((row) => ({
        id: idOf(flights, row),
        delayMinutes: flights.delayMinutes[row] ?? 0,
        knownAtMs: knownAt(row),
      }));
      await Promise.all([
        instances.length === 0 ? null : post(options, 'predict', { instances }),
        known.length === 0 ? null : post(options, 'outcomes', { outcomes: known }),
      ]);
    },
    deploy: (model, version) => deploy(options, model, version),
  };
}

function knownAtMs(flights: Flights, row: number): number {
  // Some rows claim to have left many hours early; nobody knew their outcome before the scheduled departure.
  const delayMs = Math.max(0, flights.delayMinutes[row] ?? 0) * 60_000;
  return (flights.departureMs[row] ?? 0) + delayMs + OUTCOME_AFTER_MS;
}

function rowsByOutcome(flights: Flights, first: number): Uint32Array {
  const times = Float64Array.from({ length: flights.count }, (_, row) => knownAtMs(flights, row));
  return Uint32Array.from({ length: flights.count - first }, (_, index) => first + index).sort(
    (a, b) => (times[a] ?? 0) - (times[b] ?? 0),
  );
}

/** Hands out rows in order, each once. */
function cursorOver(rows: Uint32Array, timeOf: (row: number) => number) {
  let next = 0;
  return {
    until: (toMs: number): readonly number[] => {
      const from = next;
      while (next < rows.length && timeOf(rows[next] ?? 0) < toMs) next += 1;
      return Array.from(rows.subarray(from, next));
    },
  };
}

/** The same body to every model. */
async function post(options: FeedOptions, verb: 'predict' | 'outcomes', body: object): Promise<void> {
  const text = JSON.stringify(body);
  await Promise.all(
    options.models.map((model) => send(`${options.servingUrl}/v1/models/${model}:${verb}`, { body: text })),
  );
}

async function deploy(options: FeedOptions, model: string, version: string): Promise<void> {
  const at = { id: `deploy-${model}-${version}`, atMs: Date.now(), secret: options.webhookSecret };
  const { headers, body } = signed({ model, version }, at);
  await send(`${options.servingUrl}/admin/deploy`, { headers, body });
}

async function send(
  url: string,
  request: { readonly headers?: Record<string, string>; readonly body: string },
) {
  const response = await fetch(url, { method: 'POST', ...request });
  const text = await response.text();
  if (!response.ok)
    throw new Error(`The serving process answered ${response.status} to ${url}: ${text.slice(0, 300)}`);
}
