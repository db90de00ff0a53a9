/** How far the clocks of a time zone are from UTC, fast enough to be asked for every minute of a month. */

const formats = new Map<string, Intl.DateTimeFormat>();

export function isTimeZone(timeZone: string): boolean {
  try {
    formatOf(timeZone);
    return true;
  } catch {
    return false;
  }
}

function formatOf(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone);
  if (known !== undefined) return known;
  const made = new Intl.DateTimeFormat('en-US-u-ca-gregory-nu-latn', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  });
  formats.set(timeZone, made);
  return made;
}

/** Clocks have changed at quarters of an hour of UTC only since 1972. */
const QUARTER_MS = 15 * 60_000;
const DAY_MS = 96 * QUARTER_MS;
const MOST_KEPT = 100_000;
const kept = new Map<string, Map<number, number>>();

/** What the clock on the wall shows at `atMs`, less what it shows in UTC. */
export function offsetMs(timeZone: string, atMs: number): number {
  const dayMs = Math.floor(atMs / DAY_MS) * DAY_MS;
  const offset = askedOnce(timeZone, dayMs);
  if (offset === askedOnce(timeZone, dayMs + DAY_MS)) return offset;
  return askedOnce(timeZone, Math.floor(atMs / QUARTER_MS) * QUARTER_MS);
}

/** Asking Intl costs some microseconds, which a month of minutes cannot pay. */
function askedOnce(timeZone: string, atMs: number): number {
  let offsets = kept.get(timeZone);
  if (offsets === undefined || offsets.size > MOST_KEPT) kept.set(timeZone, (offsets = new Map()));
  const known = offsets.get(atMs);
  if (known !== undefined) return known;
  const offset = asked(timeZone, atMs);
  offsets.set(atMs, offset);
  return offset;
}

function asked(timeZone: string, atMs: number): number {
  const found = new Map(
    formatOf(timeZone)
      .formatToParts(atMs)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const part = (name: Intl.DateTimeFormatPartTypes) => found.get(name) ?? 0;
  const wallMs = Date.UTC(
    part('year'),
    part('month') - 1,
    part('day'),
    part('hour'),
    part('minute'),
    part('second'),
  );
  return wallMs - atMs;
}
