/** Numbers and times in words. Times are printed in UTC and say so; «now» is always the appliance's clock. */

const SPACE = '\u202f';
const NONE = '–';
const significant = new Intl.NumberFormat('en-US', { maximumSignificantDigits: 3 });
const shares = new Intl.NumberFormat('en-US', { maximumFractionDigits: 2 });
const grouped = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

/** Three significant digits. */
export function number(value: number | null): string {
  return value === null ? NONE : significant.format(value).replace('-', '−');
}

/** An edge between cells, as explanations print it: four significant digits, no grouping. */
export function edgeText(edge: number): string {
  return Number(edge.toPrecision(4)).toString();
}

/** A count in full: 12,400. */
export function count(value: number): string {
  return grouped.format(value);
}

/** A count with its noun: "1 row", "12 rows". */
export function counted(value: number, noun: string, many = `${noun}s`): string {
  return `${count(value)} ${value === 1 ? noun : many}`;
}

/** A share 0..1 as per cent. */
export function percent(share: number | null): string {
  if (share === null) return NONE;
  const value = share * 100;
  const digits = Math.abs(value) >= 99.95 || value === 0 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return `${shares.format(Number(value.toFixed(digits))).replace('-', '−')}${SPACE}%`;
}

/** A target such as 0.9995, all digits kept. */
export function target(share: number): string {
  return `${Number((share * 100).toPrecision(8))}${SPACE}%`;
}

/** A difference of shares in percentage points with its sign. */
export function points(difference: number): string {
  const value = Number((difference * 100).toFixed(1));
  return `${value > 0 ? '+' : value < 0 ? '−' : '±'}${Math.abs(value)}${SPACE}points`;
}

/** A gap between two shares in percentage points. */
export function gapText(gap: number): string {
  return `${Number((gap * 100).toFixed(1))}${SPACE}points`;
}

/** How many times a limit: 1.82×. */
export function times(ratio: number | null): string {
  return ratio === null ? NONE : `${number(ratio)}×`;
}

const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1_000],
] as const;

/** The two largest units: "3 d 4 h", "12 min", "40 ms". */
export function duration(spanMs: number): string {
  const whole = Math.max(0, Math.round(spanMs));
  const first = UNITS.findIndex(([, unitMs]) => whole >= unitMs);
  if (first === -1) return `${whole}${SPACE}ms`;
  const [name, unitMs] = UNITS[first] ?? UNITS[3];
  const next = UNITS[first + 1];
  const rest = whole % unitMs;
  const small = next === undefined || name === 's' ? 0 : Math.floor(rest / next[1]);
  const large = `${Math.floor(whole / unitMs)}${SPACE}${name}`;
  return small > 0 && next !== undefined ? `${large} ${small}${SPACE}${next[0]}` : large;
}

/** How long something lasted: nobody asks for seconds. */
export function lastedText(spanMs: number): string {
  return spanMs < 60_000 ? 'under a minute' : duration(spanMs);
}

/** "5 min", "6 h", "3 d": a window by its one fitting unit. */
export function span(spanMs: number): string {
  const unit = UNITS.find(([, unitMs]) => spanMs >= unitMs && spanMs % unitMs === 0);
  return unit === undefined ? duration(spanMs) : `${spanMs / unit[1]}${SPACE}${unit[0]}`;
}

const instant = new Intl.DateTimeFormat('en-GB', {
  day: 'numeric',
  month: 'short',
  year: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  hourCycle: 'h23',
  timeZone: 'UTC',
});
const dayOnly = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC' });
const dayYear = new Intl.DateTimeFormat('en-GB', {
  weekday: 'short',
  day: 'numeric',
  month: 'short',
  year: 'numeric',
  timeZone: 'UTC',
});
const clock = new Intl.DateTimeFormat('en-GB', {
  hour: '2-digit',
  minute: '2-digit',
  hourCycle: 'h23',
  timeZone: 'UTC',
});

/** "14 Nov 2026, 06:00 UTC". */
export function instantText(ms: number): string {
  return `${instant.format(ms)} UTC`;
}

/** "14 Nov". */
export function dayText(ms: number): string {
  return dayOnly.format(ms);
}

/** "06:00". */
export function clockText(ms: number): string {
  return clock.format(ms);
}

/** A window in words: a whole UTC day by its date, anything else by both ends. */
export function windowText(fromMs: number, toMs: number): string {
  const day = 86_400_000;
  if (toMs - fromMs === day && fromMs % day === 0) return `${dayYear.format(fromMs)} (UTC)`;
  if (Math.floor(fromMs / day) === Math.floor((toMs - 1) / day)) {
    return `${dayYear.format(fromMs)}, ${clock.format(fromMs)} to ${clock.format(toMs)} UTC`;
  }
  return `${dayOnly.format(fromMs)} ${clock.format(fromMs)} to ${dayOnly.format(toMs)} ${clock.format(toMs)} UTC`;
}

/** An axis label fitting the span that is shown; midnight is told by its day, so that no two labels are the same. */
export function axisText(ms: number, spanMs: number): string {
  const day = 86_400_000;
  return spanMs <= 2 * day && ms % day !== 0 ? clock.format(ms) : dayOnly.format(ms);
}

/** "3 h ago", "in 12 min", "now", seen from `nowMs`. */
export function relative(ms: number, nowMs: number): string {
  const away = ms - nowMs;
  if (Math.abs(away) < 1000) return 'now';
  return away < 0 ? `${duration(-away)} ago` : `in ${duration(away)}`;
}

/** Names of states as people say them: "waiting_for_persistence" becomes "waiting for persistence". */
export function plain(name: string): string {
  return name.replaceAll('_', ' ');
}

/** A version by its name; rows may come without one. */
export function versionText(version: string): string {
  return version === '' ? 'no version' : version;
}

/** At most `length` characters, never half of a surrogate pair; the end, where versions differ, is kept. */
export function shortened(text: string, length: number): string {
  return text.length <= length ? text : `…${text.slice(1 - length).replace(/^[\udc00-\udfff]/, '')}`;
}

/** A pseudo-feature by its name in words. */
export function featureText(feature: string): string {
  if (feature === '$prediction') return 'Prediction';
  return feature === '$score' ? 'Score' : feature;
}

/** First letter large. */
export function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
