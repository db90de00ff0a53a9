import type { Half } from '../../batch.ts';

/** A pair that waits for its other half, or is done and remembered, so that a repeat of a half changes nothing. */
export type PairState =
  | { readonly state: Half['side']; readonly receivedMs: number; readonly payload: string }
  | { readonly state: 'joined'; readonly receivedMs: number };

export interface Joined {
  /** What is remembered from now on; null: as before. */
  readonly next: PairState | null;
  /** The payload of the half that waited, when the pair is complete now. */
  readonly other: string | null;
}

/** What a half does to what is known of its pair. The first of equal halves wins, whatever order they come in. */
export function joinHalves(
  known: PairState | undefined,
  half: Pick<Half, 'side' | 'payload'>,
  receivedMs: number,
): Joined {
  if (known === undefined)
    return { next: { state: half.side, receivedMs, payload: half.payload }, other: null };
  if (known.state === 'joined' || known.state === half.side) return { next: null, other: null };
  return { next: { state: 'joined', receivedMs }, other: known.payload };
}
