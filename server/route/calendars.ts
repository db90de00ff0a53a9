import type { CalendarSettings, CalendarSpan, Range } from '../settings.ts';
import { isTimeZone, offsetMs } from './time-zones.ts';

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

const DAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];
const MONTHS = [
  'january',
  'february',
  'march',
  'april',
  'may',
  'june',
  'july',
  'august',
  'september',
  'october',
  'november',
  'december',
];
const DAY_MINUTES = 1440;
const MINUTE_MS = 60_000;
const DAY_MS = DAY_MINUTES * MINUTE_MS;

export interface CalendarMistake {
  readonly message: string;
  /** Where in the text, by its keys. */
  readonly path: (string | number)[];
}

/** What is wrong with a calendar, in words; null when nothing is. */
export function calendarMistake(text: CalendarText): CalendarMistake | null {
  try {
    parseCalendar(text);
    return null;
  } catch (error) {
    if (error instanceof Misread) return { message: error.message, path: [...error.path] };
    throw error;
  }
}

class Misread extends RangeError {
  readonly path: readonly (string | number)[];
  constructor(message: string, ...path: readonly (string | number)[]) {
    super(message);
    this.path = path;
  }
}

/** Reads a calendar as people write it; a mistake is a RangeError in words. */
export function parseCalendar(text: CalendarText): Omit<CalendarSettings, 'id'> {
  const { timeZone, spans, ...own } = text;
  assertTimeZone(timeZone);
  if (isSaid(own) && spans !== undefined)
    throw new Misread('expected either spans or days, hours and dates of one span, got both', 'spans');
  if (spans === undefined && !isSaid(own)) throw new Misread(`expected ${CONDITIONS} or spans; got none`);
  const empty = spans?.findIndex((span) => !isSaid(span)) ?? -1;
  if (empty >= 0) throw new Misread(`expected ${CONDITIONS}; got none`, 'spans', empty);
  if (spans === undefined) return { timeZone, spans: [parseSpan(own, [])] };
  return { timeZone, spans: spans.map((span, index) => parseSpan(span, ['spans', index])) };
}

function isSaid(span: SpanText): boolean {
  return Object.values(span).some((value) => value !== undefined);
}

const CONDITIONS = 'days, hours, dates, daysOfMonth, months, years';

function assertTimeZone(timeZone: string): void {
  if (!isTimeZone(timeZone))
    throw new Misread(
      `expected a time zone of the IANA database such as Europe/Prague or UTC, got "${timeZone}"`,
      'timeZone',
    );
}

function parseSpan(text: SpanText, path: readonly (string | number)[]): CalendarSpan {
  const many = <T>(key: keyof SpanText, read: (word: string) => T) => {
    const words = text[key]?.flatMap((word) => word.split(',')) ?? null;
    return words?.map((word) => located(() => read(word.trim().toLowerCase()), [...path, key])) ?? null;
  };
  return {
    weekdays: many('days', (word) => namedRange(word, { names: DAYS, base: 0, what: 'day' })),
    minutes: many('hours', hoursRange),
    dates: many('dates', datesRange),
    daysOfMonth: many('daysOfMonth', dayOfMonthRange),
    months: many('months', (word) => namedRange(word, { names: MONTHS, base: 1, what: 'month' })),
    years: many('years', (word) => numberRange(word, 'year')),
  };
}

function located<T>(read: () => T, path: readonly (string | number)[]): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof RangeError ? new Misread(error.message, ...path) : error;
  }
}

/** Both ends of a range, the same one twice where only one is said; none where it is no range. */
function ends(word: string, between: string): readonly string[] {
  const [from = '', to = from, ...more] = word.split(between).map((end) => end.trim());
  return more.length > 0 ? [] : [from, to];
}

/** `mon-fri`, `sat`; round the end of the week too: `fri-mon`. */
function namedRange(
  word: string,
  { names, base, what }: { readonly names: readonly string[]; readonly base: number; readonly what: string },
): Range {
  const [from, to] = ends(word, '-').map((end) =>
    names.findIndex((name) => end === name || end === name.slice(0, 3)),
  );
  if (from === undefined || to === undefined || from < 0 || to < 0)
    throw new RangeError(
      `expected a ${what} or a range such as ${names[1]?.slice(0, 3)}-${names[5]?.slice(0, 3)}, got "${word}"`,
    );
  return { from: from + base, to: to + base };
}

/** `08:00-18:00`; over midnight too: `22:00-06:00`. The end is not part of it; `24:00` is the end of the day. */
function hoursRange(word: string): Range {
  const [from, to] = ends(word, '-').map(minuteOfDay);
  if (
    from === undefined ||
    to === undefined ||
    Number.isNaN(from + to) ||
    from === to ||
    from === DAY_MINUTES
  )
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

/** 30 February is none, though Date takes it for 2 March. */
function isDate(text: string): boolean {
  const ms = DATE.test(text) ? Date.parse(text) : Number.NaN;
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(text);
}

/** `2026-12-25` or `2026-12-24..2026-12-26`, both ends part of it. */
function datesRange(word: string): CalendarSpan['dates'] extends readonly (infer T)[] | null ? T : never {
  const [from, to] = ends(word, '..');
  if (from === undefined || to === undefined || !isDate(from) || !isDate(to) || to < from)
    throw new RangeError(`expected a date such as 2026-12-25 or 2026-12-24..2026-12-26, got "${word}"`);
  return { from, to };
}

/** The day in a month of 31; not a number where it is none. */
function dayOfLongMonth(day: number): number {
  const isDay = Number.isInteger(day) && Math.abs(day) >= 1 && Math.abs(day) <= 31;
  if (!isDay) return Number.NaN;
  return day < 0 ? 32 + day : day;
}

/** `1..7`, `15`, `-1` (the last day of the month), `-3..-1`. */
function dayOfMonthRange(word: string): Range {
  const [from = Number.NaN, to = Number.NaN] = ends(word, '..').map(Number);
  if (!(dayOfLongMonth(from) <= dayOfLongMonth(to)))
    throw new RangeError(`expected a day of the month such as 15, 1..7, -1 or -3..-1, got "${word}"`);
  return { from, to };
}

function numberRange(word: string, what: string): Range {
  const [from = Number.NaN, to = Number.NaN] = ends(word, '-').map(Number);
  if (!Number.isInteger(from) || !Number.isInteger(to) || from < 1970 || to < from)
    throw new RangeError(`expected a ${what} or a range such as 2026-2027, got "${word}"`);
  return { from, to };
}

/** Whether a moment lies in any span of the calendar, by the clock on the wall of its time zone. */
export function isInside(
  { timeZone, spans }: Pick<CalendarSettings, 'timeZone' | 'spans'>,
  atMs: number,
): boolean {
  const localMs = atMs + offsetMs(timeZone, atMs);
  return spans.some((span) => spanHolds(span, localMs));
}

/**
 * Hours that go over midnight belong to the day they start in, as people mean it: `fri` and `22:00-06:00` is Friday night,
 * until six on Saturday.
 */
function spanHolds(span: CalendarSpan, localMs: number): boolean {
  const day = Math.floor(localMs / DAY_MS);
  if (span.minutes === null) return dayHolds(span, day);
  const minute = Math.floor((localMs - day * DAY_MS) / MINUTE_MS);
  const begins = span.minutes.some(({ from, to }) => from <= minute && (minute < to || to < from));
  if (begins && dayHolds(span, day)) return true;
  return span.minutes.some(({ from, to }) => to < from && minute < to) && dayHolds(span, day - 1);
}

/** `day` counts from 1970-01-01. */
function dayHolds(span: CalendarSpan, day: number): boolean {
  const date = new Date(day * DAY_MS);
  return (
    among(span.weekdays, (range) => roundHolds(range, date.getUTCDay())) &&
    among(span.dates, ({ from, to }) => {
      const text = date.toISOString().slice(0, 10);
      return from <= text && text <= to;
    }) &&
    among(span.daysOfMonth, (range) => dayOfMonthHolds(range, date)) &&
    among(span.months, (range) => roundHolds(range, date.getUTCMonth() + 1)) &&
    among(span.years, ({ from, to }) => from <= date.getUTCFullYear() && date.getUTCFullYear() <= to)
  );
}

function among<T>(ranges: readonly T[] | null, holds: (range: T) => boolean): boolean {
  return ranges === null || ranges.some(holds);
}

function roundHolds({ from, to }: Range, value: number): boolean {
  return from <= to ? from <= value && value <= to : value >= from || value <= to;
}

/** Negative days count from the end of the month; what lies before its first or after its last day is cut. */
function dayOfMonthHolds(range: Range, date: Date): boolean {
  const last = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
  const [from, to] = [range.from, range.to].map((end) => (end < 0 ? last + 1 + end : end));
  const day = date.getUTCDate();
  return from !== undefined && to !== undefined && from <= day && day <= to;
}

const FURTHEST_MS = 32 * DAY_MS;

/** The first whole minute after `atMs` from which on `holds` is true, within 32 days; null: none. */
export function nextTime(holds: (atMs: number) => boolean, atMs: number): number | null {
  const firstMs = (Math.floor(atMs / MINUTE_MS) + 1) * MINUTE_MS;
  for (let minuteMs = firstMs; minuteMs <= atMs + FURTHEST_MS; minuteMs += MINUTE_MS)
    if (holds(minuteMs)) return minuteMs;
  return null;
}
