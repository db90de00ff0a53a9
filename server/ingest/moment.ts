/** When something happened: milliseconds since 1970 and the nanoseconds within; all zero means not told. */
export interface Moment {
  timeMs: number;
  restNs: number;
}

export function isUntold({ timeMs, restNs }: Moment): boolean {
  return timeMs === 0 && restNs === 0;
}

export function setMoment(moment: Moment, from: Readonly<Moment>): void {
  moment.timeMs = from.timeMs;
  moment.restNs = from.restNs;
}

const DAY_MS = 86_400_000;

/** Why a time is not taken; `ageMs` below 0 is ahead. */
export function timeMessage(
  timeMs: number,
  range: { readonly ageMs: number; readonly maxAgeMs: number; readonly maxAheadMs: number },
): string {
  const when = Math.abs(timeMs) <= 8.64e15 ? new Date(timeMs).toISOString() : 'out of any calendar';
  return range.ageMs > 0
    ? `The time of a record is ${when}, older than ${range.maxAgeMs / DAY_MS} days; send the time of the prediction, in nanoseconds (OTLP) or milliseconds (JSON).`
    : `The time of a record is ${when}, more than ${range.maxAheadMs / 60_000} minutes ahead; check the sender's clock and unit.`;
}
