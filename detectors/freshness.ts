import { DELAY_EDGES, delayQuantile } from './outcome-cells.ts';
import { sum } from './math.ts';
import { shareFinding, type ShareParameters } from './share-ratio.ts';
import type { Detector, Finding } from './types.ts';

/**
 * Whether rows arrive later than they used to: from the time between event and receipt, or from the time since the last event.
 *
 *   late = twice the baseline's 99th percentile, at least `leastDelayMs`; value and interval as in `share-ratio.ts`
 *   without delays: value = time since the last event / time allowed
 *
 * Delays are counted in the cells of `delayCell`, so "late" begins at the next edge of those.
 * Reference: reference detectors.md 5.11. Example: half of 1000 rows an hour late, none before: 9.4 (least rise 5 points).
 */
export const freshness: Detector<FreshnessInput> = {
  id: 'freshness',
  title: 'Rows that arrive late',
  unit: 'proven share over allowed share',
  score: (input) => ('delays' in input ? lateShare(input) : sinceLast(input)),
};

export type FreshnessInput = DelayInput | LastInput;

export interface DelayInput {
  /** Rows by cell of the delay from event to receipt; missing cells are 0. */
  readonly delays: readonly number[];
  readonly baseline: readonly number[];
  readonly parameters: ShareParameters & { readonly leastDelayMs: number };
}

export interface LastInput {
  readonly nowMs: number;
  /** null: none has come yet. */
  readonly lastEventMs: number | null;
  readonly allowedMs: number;
}

function lateShare({ delays, baseline, parameters }: DelayInput): Finding {
  if ([...delays, ...baseline].some((count) => !(count >= 0)))
    throw new Error('Expected counts of delays of at least 0.');
  const usualMs = delayQuantile(baseline, 0.99) ?? 0;
  const from = DELAY_EDGES.findIndex((edge) => edge >= Math.max(parameters.leastDelayMs, 2 * usualMs));
  const late = (counts: readonly number[]) => ({ hits: sum(counts.slice(from + 1)), rows: sum(counts) });
  const words = `arrives more than ${minutes(DELAY_EDGES[from] ?? 0)} late`;
  const input = { ...late(delays), baseline: late(baseline), parameters };
  return shareFinding(input, { subject: 'a prediction', words });
}

function sinceLast({ nowMs, lastEventMs, allowedMs }: LastInput): Finding {
  if (!(allowedMs > 0)) throw new Error('Expected a time allowed above 0.');
  if (lastEventMs === null) {
    const why = 'no prediction has arrived yet';
    return { value: null, why, rows: 0, text: why };
  }
  const sinceMs = Math.max(0, nowMs - lastEventMs);
  const value = sinceMs / allowedMs;
  const text = `the last prediction was ${minutes(sinceMs)} ago, allowed are ${minutes(allowedMs)}`;
  return { value, why: null, rows: 0, text, ...(value >= 1 && { cause: text }) };
}

function minutes(ms: number): string {
  return ms < 7_200_000 ? `${(ms / 60_000).toFixed(1)} min` : `${(ms / 3_600_000).toFixed(1)} h`;
}
