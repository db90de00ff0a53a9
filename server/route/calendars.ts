import type { CalendarSettings, CalendarSpan, Range } from '../settings.ts';

/** Times of people's weeks, in their own time zone: when a route tells, or keeps quiet. */

export interface SpanText {
  readonly days?: readonly string[] | undefined;
  readonly hours?: readonly string[] | undefined;
  readonly dates?: readonly string[] | undefined;
  readonly daysOfMonth?: readonly string[] | undefined;
  readonly months?: readonly string[] | undefined;
  readonly years?: readonly string[] | undefined;
}

export interface CalendarText extends SpanText {
  readonly timeZone: string;
  readonly spans?: readonly SpanText[] | undefined;
}

const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const DAY_MINUTES = 1440;

/** What is wrong with a calendar, in words; null when nothing is. */
export function calendarMistake(text: CalendarText): string | null {
  try {
    parseCalendar(text);
    return null;
  } catch (error) {
    if (error instanceof RangeError) return error.message;
    throw error;
  }
}

/** Reads a calendar as people write it; a mistake is a RangeError in words. */
export function parseCalendar(text: CalendarText): Omit<CalendarSettings, 'id'> {
  const { timeZone, spans, ...own } = text;
  assertTimeZone(timeZone);
  const single = Object.values(own).some((value) => value !== undefined);
  if (single && spans !== undefined)
    throw new RangeError('expected either spans or days, hours and dates of one span, got both');
  if (!single && spans === undefined)
    throw new RangeError('expected days, hours, dates, daysOfMonth, months, years or spans; got none');
  return { timeZone, spans: (spans ?? [own]).map(parseSpan) };
}

function assertTimeZone(timeZone: string): void {
  try {
    Intl.DateTimeFormat('en-US', { timeZone });
  } catch {
    throw new RangeError(
      `expected a time zone of the IANA database such as Europe/Prague or UTC, got "${timeZone}"`,
    );
  }
}

function parseSpan(text: SpanText): CalendarSpan {
  return {
    weekdays: many(text.days, (word) => namedRange(word, { names: DAYS, base: 0, what: 'day' })),
    minutes: many(text.hours, hoursRange),
    dates: many(text.dates, datesRange),
    daysOfMonth: many(text.daysOfMonth, dayOfMonthRange),
    months: many(text.months, (word) => namedRange(word, { names: MONTHS, base: 1, what: 'month' })),
    years: many(text.years, (word) => numberRange(word, 'year')),
  };
}

function many<T>(words: readonly string[] | undefined, read: (word: string) => T): readonly T[] | null {
  return words === undefined ? null : words.map((word) => read(word.trim().toLowerCase()));
}

function parts(word: string): readonly [string, string] {
  const [from = '', to = from] = word.split(/\s*-\s*/);
  return [from, to];
}

/** `mon-fri`, `sat`; round the end of the week too: `fri-mon`. */
function namedRange(
  word: string,
  { names, base, what }: { readonly names: readonly string[]; readonly base: number; readonly what: string },
): Range {
  const [from, to] = parts(word).map((name) => names.indexOf(name.slice(0, 3)));
  if (from === undefined || to === undefined || from < 0 || to < 0)
    throw new RangeError(`expected a ${what} or a range such as ${names[1]}-${names[5]}, got "${word}"`);
  return { from: from + base, to: to + base };
}

/** `08:00-18:00`; over midnight too: `22:00-06:00`. The end is not part of it; `24:00` is the end of the day. */
function hoursRange(word: string): Range {
  const [from, to] = parts(word).map(minuteOfDay);
  if (from === undefined || to === undefined || Number.isNaN(from + to) || from === to)
    throw new RangeError(`expected hours such as 08:00-18:00, got "${word}"`);
  return { from, to };
}

function minuteOfDay(text: string): number {
  const match = /^(\d{1,2}):(\d{2})$/.exec(text);
  if (match === null) return Number.NaN;
  const minutes = Number(match[1]) * 60 + Number(match[2]);
  return Number(match[2]) < 60 && minutes <= DAY_MINUTES ? minutes : Number.NaN;
}

const DATE = /^\d{4}-\d{2}-\d{2}$/;

/** `2026-12-25` or `2026-12-24..2026-12-26`, both ends part of it. */
function datesRange(word: string): CalendarSpan['dates'] extends readonly (infer T)[] | null ? T : never {
  const [from = '', to = from] = word.split(/\s*\.\.\s*/);
  const real = [from, to].every((date) => DATE.test(date) && !Number.isNaN(Date.parse(date)));
  if (!real || to < from)
    throw new RangeError(`expected a date such as 2026-12-25 or 2026-12-24..2026-12-26, got "${word}"`);
  return { from, to };
}

function isDay(day: number | undefined): boolean {
  return day !== undefined && Number.isInteger(day) && Math.abs(day) >= 1 && Math.abs(day) <= 31;
}

/** `1..7`, `15`, `-1` (the last day of the month), `-3..-1`. */
function dayOfMonthRange(word: string): Range {
  const [from, to] = (word.includes('..') ? word.split('..') : [word, word]).map(Number);
  if (!isDay(from) || !isDay(to))
    throw new RangeError(`expected a day of the month such as 15, 1..7 or -1, got "${word}"`);
  return { from: from as number, to: to as number };
}

function numberRange(word: string, what: string): Range {
  const [from, to] = parts(word).map(Number);
  if (from === undefined || to === undefined || !Number.isInteger(from) || !Number.isInteger(to) || to < from)
    throw new RangeError(`expected a ${what} or a range such as 2026-2027, got "${word}"`);
  return { from, to };
}

/** Whether a moment lies in any span of the calendar, by the clock on the wall of its time zone. */
export function isInside(
  { timeZone, spans }: Pick<CalendarSettings, 'timeZone' | 'spans'>,
  atMs: number,
): boolean {
  const local = localTime(timeZone, atMs);
  return spans.some((span) => spanHolds(span, local));
}

interface LocalTime {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly weekday: number;
  readonly minute: number;
  readonly date: string;
}

const formats = new Map<string, Intl.DateTimeFormat>();

function localTime(timeZone: string, atMs: number): LocalTime {
  let format = formats.get(timeZone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-US-u-ca-gregory-nu-latn', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
    });
    formats.set(timeZone, format);
  }
  const found = new Map(format.formatToParts(atMs).map(({ type, value }) => [type, Number(value)]));
  const part = (name: Intl.DateTimeFormatPartTypes) => found.get(name) ?? 0;
  const [year, month, day] = [part('year'), part('month'), part('day')];
  const midnight = Date.UTC(year, month - 1, day);
  return {
    year,
    month,
    day,
    weekday: new Date(midnight).getUTCDay(),
    minute: part('hour') * 60 + part('minute'),
    date: new Date(midnight).toISOString().slice(0, 10),
  };
}

function spanHolds(span: CalendarSpan, local: LocalTime): boolean {
  return (
    among(span.weekdays, (range) => roundHolds(range, local.weekday)) &&
    among(span.minutes, (range) => minuteHolds(range, local.minute)) &&
    among(span.dates, ({ from, to }) => from <= local.date && local.date <= to) &&
    among(span.daysOfMonth, (range) => dayHolds(range, local)) &&
    among(span.months, (range) => roundHolds(range, local.month)) &&
    among(span.years, ({ from, to }) => from <= local.year && local.year <= to)
  );
}

function among<T>(ranges: readonly T[] | null, holds: (range: T) => boolean): boolean {
  return ranges === null || ranges.some(holds);
}

function roundHolds({ from, to }: Range, value: number): boolean {
  return from <= to ? from <= value && value <= to : value >= from || value <= to;
}

function minuteHolds({ from, to }: Range, minute: number): boolean {
  return from < to ? from <= minute && minute < to : minute >= from || minute < to;
}

/** Negative days count from the end of the month; what lies before its first or after its last day is cut. */
function dayHolds(range: Range, { year, month, day }: LocalTime): boolean {
  const last = new Date(Date.UTC(year, month, 0)).getUTCDate();
  const [from, to] = [range.from, range.to].map((end) => (end < 0 ? last + 1 + end : end));
  return from !== undefined && to !== undefined && from <= day && day <= to;
}

const QUARTER_MS = 15 * 60_000;
const MINUTE_MS = 60_000;
const FURTHEST_MS = 32 * 86_400_000;

/** The first whole minute after `atMs` from which on `holds` is true, within 32 days; null: none. */
export function nextTime(holds: (atMs: number) => boolean, atMs: number): number | null {
  const startMs = Math.floor(atMs / QUARTER_MS) * QUARTER_MS;
  for (let quarterMs = startMs; quarterMs < atMs + FURTHEST_MS; quarterMs += QUARTER_MS) {
    const endMs = quarterMs + QUARTER_MS;
    if (!holds(endMs) && !holds(endMs - MINUTE_MS)) continue;
    for (let minuteMs = quarterMs; minuteMs <= endMs; minuteMs += MINUTE_MS)
      if (minuteMs > atMs && holds(minuteMs)) return minuteMs;
  }
  return null;
}
