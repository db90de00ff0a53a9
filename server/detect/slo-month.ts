import type { Window } from './types.ts';

/** Calendar months of a time zone. */

const HOUR_MS = 3_600_000;

/** The month that a moment is in; both ends are midnights of the zone. */
export function monthAt(atMs: number, timeZone: string): Window {
  const { year, month } = partsOf(atMs, timeZone);
  return {
    fromMs: midnight(Date.UTC(year, month - 1, 1), timeZone),
    toMs: midnight(Date.UTC(year, month, 1), timeZone),
  };
}

interface Parts {
  readonly year: number;
  readonly month: number;
  /** The wall clock as if it were UTC. */
  readonly wallMs: number;
}

function partsOf(atMs: number, timeZone: string): Parts {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  const parts = new Map(format.formatToParts(atMs).map(({ type, value }) => [type, Number(value)]));
  const part = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? 0;
  const [year, month] = [part('year'), part('month')];
  const wallMs = Date.UTC(year, month - 1, part('day'), part('hour'), part('minute'), part('second'));
  return { year, month, wallMs };
}

/** The moment at which clocks of the zone show `wallMs`; a second look finds it across a change of the clocks. */
function midnight(wallMs: number, timeZone: string): number {
  const offsetAt = (atMs: number) => partsOf(atMs, timeZone).wallMs - Math.floor(atMs / 1000) * 1000;
  const guess = wallMs - offsetAt(wallMs);
  const found = wallMs - offsetAt(guess);
  // Where midnight is skipped, the day begins when the clocks are put forward.
  return partsOf(found, timeZone).wallMs < wallMs ? found + HOUR_MS : found;
}
