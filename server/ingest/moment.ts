/** When something happened: milliseconds since 1970 and the nanoseconds within; all zero means not told. */
export interface Moment {
  timeMs: number;
  restNs: number;
}

export const UNTOLD: Readonly<Moment> = { timeMs: 0, restNs: 0 };

export function isUntold({ timeMs, restNs }: Moment): boolean {
  return timeMs === 0 && restNs === 0;
}

export function setMoment(moment: Moment, from: Readonly<Moment>): void {
  moment.timeMs = from.timeMs;
  moment.restNs = from.restNs;
}

/** RFC 3339 with up to nine digits of a second; anything else is no time. */
export function momentOf(time: string): Moment {
  const found = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$/i.exec(time);
  const seconds = found === null ? NaN : Date.parse(`${found[1]}${found[3]}`);
  if (Number.isNaN(seconds)) return { timeMs: 0, restNs: 0 };
  const ns = (found?.[2] ?? '').padEnd(9, '0');
  return { timeMs: seconds + Number(ns.slice(0, 3)), restNs: Number(ns.slice(3)) };
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
