import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  calendarMistake,
  isInside,
  nextTime,
  parseCalendar,
  type CalendarText,
} from '../../../server/route/calendars.ts';

const MINUTE_MS = 60_000;
const at = (text: string) => Date.parse(text);

type Words = Omit<CalendarText, 'timeZone' | 'spans'>;
const inside = (words: Words, time: string, timeZone = 'UTC') =>
  isInside(parseCalendar({ timeZone, ...words }), at(time));

describe('a moment is inside', () => {
  it.each([
    // 2026-11-20 is a Friday.
    [{ days: ['mon-fri'] }, '2026-11-20T00:00:00Z', true],
    [{ days: ['mon-fri'] }, '2026-11-20T23:59:59.999Z', true],
    [{ days: ['mon-fri'] }, '2026-11-21T00:00:00Z', false],
    [{ days: ['Monday-Friday'] }, '2026-11-20T12:00:00Z', true],
    [{ days: ['sat', 'sun'] }, '2026-11-22T12:00:00Z', true],
    [{ days: ['sat, sun'] }, '2026-11-22T12:00:00Z', true],
    [{ days: ['sat, sun'] }, '2026-11-23T12:00:00Z', false],
    [{ days: ['fri-mon'] }, '2026-11-22T12:00:00Z', true],
    [{ days: ['fri-mon'] }, '2026-11-23T23:59:00Z', true],
    [{ days: ['fri-mon'] }, '2026-11-24T00:00:00Z', false],
    [{ days: ['fri-mon'] }, '2026-11-19T23:59:00Z', false],
    [{ days: ['sun-sat'] }, '2026-11-18T12:00:00Z', true],
    [{ hours: ['08:00-18:00'] }, '2026-11-20T08:00:00Z', true],
    [{ hours: ['08:00-18:00'] }, '2026-11-20T07:59:59Z', false],
    [{ hours: ['08:00-18:00'] }, '2026-11-20T17:59:59Z', true],
    [{ hours: ['08:00-18:00'] }, '2026-11-20T18:00:00Z', false],
    [{ hours: ['08:00-12:00, 13:00-17:00'] }, '2026-11-20T12:30:00Z', false],
    [{ hours: ['08:00-12:00, 13:00-17:00'] }, '2026-11-20T13:00:00Z', true],
    [{ hours: ['22:00-24:00'] }, '2026-11-20T23:59:59Z', true],
    [{ hours: ['22:00-24:00'] }, '2026-11-21T00:00:00Z', false],
    [{ hours: ['22:00-00:00'] }, '2026-11-20T23:59:59Z', true],
    [{ hours: ['22:00-00:00'] }, '2026-11-21T00:00:00Z', false],
    [{ hours: ['00:00-24:00'] }, '2026-11-21T00:00:00Z', true],
    [{ hours: ['9:00-10:00'] }, '2026-11-20T09:30:00Z', true],
    [{ dates: ['2026-12-25'] }, '2026-12-25T23:59:00Z', true],
    [{ dates: ['2026-12-25'] }, '2026-12-26T00:00:00Z', false],
    [{ dates: ['2026-12-24..2026-12-26'] }, '2026-12-26T23:59:00Z', true],
    [{ dates: ['2026-12-24 .. 2027-01-02'] }, '2027-01-01T00:00:00Z', true],
    [{ daysOfMonth: ['1..7'] }, '2026-11-07T12:00:00Z', true],
    [{ daysOfMonth: ['1..7'] }, '2026-11-08T00:00:00Z', false],
    [{ daysOfMonth: ['-1'] }, '2026-11-30T12:00:00Z', true],
    [{ daysOfMonth: ['-1'] }, '2026-12-30T12:00:00Z', false],
    [{ daysOfMonth: ['-1'] }, '2026-02-28T12:00:00Z', true],
    [{ daysOfMonth: ['-1'] }, '2028-02-28T12:00:00Z', false],
    [{ daysOfMonth: ['-1'] }, '2028-02-29T12:00:00Z', true],
    [{ daysOfMonth: ['-3..-1'] }, '2026-11-28T12:00:00Z', true],
    [{ daysOfMonth: ['-3..-1'] }, '2026-11-27T12:00:00Z', false],
    [{ daysOfMonth: ['25..-1'] }, '2026-02-25T12:00:00Z', true],
    [{ daysOfMonth: ['31'] }, '2026-11-30T12:00:00Z', false],
    [{ months: ['nov-feb'] }, '2026-01-15T12:00:00Z', true],
    [{ months: ['nov-feb'] }, '2026-03-01T00:00:00Z', false],
    [{ months: ['December'] }, '2026-12-31T23:59:00Z', true],
    [{ years: ['2026-2027'] }, '2027-12-31T23:59:00Z', true],
    [{ years: ['2026'] }, '2027-01-01T00:00:00Z', false],
    [{ days: ['fri'], daysOfMonth: ['13'] }, '2026-11-13T12:00:00Z', true],
    [{ days: ['fri'], daysOfMonth: ['13'] }, '2026-11-20T12:00:00Z', false],
  ] as const)('%j holds %s: %s', (words, time, expected) => {
    expect(inside(words, time)).toBe(expected);
  });

  it('of any of the spans', () => {
    const calendar = parseCalendar({
      timeZone: 'UTC',
      spans: [
        { days: ['mon-fri'], hours: ['08:00-18:00'] },
        { days: ['sat'], hours: ['10:00-12:00'] },
      ],
    });
    expect(isInside(calendar, at('2026-11-20T17:00:00Z'))).toBe(true);
    expect(isInside(calendar, at('2026-11-21T11:00:00Z'))).toBe(true);
    expect(isInside(calendar, at('2026-11-21T17:00:00Z'))).toBe(false);
  });
});

describe('hours over midnight belong to the day they start in', () => {
  const night = { days: ['fri'], hours: ['22:00-06:00'] };
  it.each([
    ['Friday before dawn is still Thursday night', '2026-11-20T05:59:00Z', false],
    ['Friday evening', '2026-11-20T21:59:00Z', false],
    ['Friday night', '2026-11-20T22:00:00Z', true],
    ['Saturday before dawn', '2026-11-21T05:59:00Z', true],
    ['Saturday morning', '2026-11-21T06:00:00Z', false],
    ['Saturday night', '2026-11-21T22:00:00Z', false],
  ])('%s', (_what, time, expected) => {
    expect(inside(night, time)).toBe(expected);
  });

  it.each([
    [{ dates: ['2026-12-31'], hours: ['20:00-04:00'] }, '2027-01-01T03:59:00Z', true],
    [{ dates: ['2026-12-31'], hours: ['20:00-04:00'] }, '2026-12-31T03:59:00Z', false],
    [{ years: ['2026'], hours: ['20:00-04:00'] }, '2027-01-01T03:59:00Z', true],
    [{ months: ['dec'], hours: ['20:00-04:00'] }, '2026-12-01T03:59:00Z', false],
    [{ daysOfMonth: ['-1'], hours: ['20:00-04:00'] }, '2026-12-01T03:59:00Z', true],
    [{ days: ['sat'], hours: ['20:00-04:00'] }, '2026-11-22T03:59:00Z', true],
  ])('%j at %s: %s', (words, time, expected) => {
    expect(inside(words, time)).toBe(expected);
  });
});

describe('the clock on the wall of the time zone counts', () => {
  it.each([
    ['Europe/Prague', '2026-11-20T06:59:00Z', false],
    ['Europe/Prague', '2026-11-20T07:00:00Z', true],
    ['Europe/Prague', '2026-07-20T06:00:00Z', true],
    ['Asia/Kathmandu', '2026-11-20T02:15:00Z', true],
    ['Asia/Kathmandu', '2026-11-20T02:14:00Z', false],
    ['America/St_Johns', '2026-11-20T11:30:00Z', true],
    ['Pacific/Kiritimati', '2026-11-19T18:00:00Z', true],
    ['Pacific/Niue', '2026-11-20T19:00:00Z', true],
  ])('in %s, %s: %s', (timeZone, time, expected) => {
    expect(inside({ hours: ['08:00-18:00'] }, time, timeZone)).toBe(expected);
  });

  it('so that Saturday begins in Auckland while it is Friday in London', () => {
    expect(inside({ days: ['sat'] }, '2026-11-20T12:00:00Z', 'Pacific/Auckland')).toBe(true);
    expect(inside({ days: ['sat'] }, '2026-11-20T12:00:00Z', 'Europe/London')).toBe(false);
  });

  // Prague: 2026-03-29 02:00 becomes 03:00 at 01:00 UTC; 2026-10-25 03:00 becomes 02:00 at 01:00 UTC.
  it.each([
    ['the hour that is left out in spring', ['02:00-03:00'], '2026-03-29T00:59:00Z', false],
    ['right after it', ['02:00-03:00'], '2026-03-29T01:00:00Z', false],
    ['what reaches into the hour left out ends with it', ['01:00-02:30'], '2026-03-29T01:00:00Z', false],
    ['what begins in the hour left out begins after it', ['02:30-04:00'], '2026-03-29T01:00:00Z', true],
    ['the hour that comes twice in autumn, once', ['02:00-03:00'], '2026-10-25T00:30:00Z', true],
    ['the hour that comes twice in autumn, twice', ['02:00-03:00'], '2026-10-25T01:30:00Z', true],
    ['the hour after it', ['02:00-03:00'], '2026-10-25T02:00:00Z', false],
    ['the night of autumn, over midnight', ['22:00-06:00'], '2026-10-25T04:59:00Z', true],
    ['the end of that night', ['22:00-06:00'], '2026-10-25T05:00:00Z', false],
  ])('on the days the clock changes: %s', (_what, hours, time, expected) => {
    expect(inside({ hours }, time, 'Europe/Prague')).toBe(expected);
  });

  it('where the clock changes by half an hour, and at midnight, too', () => {
    expect(inside({ hours: ['02:30-03:00'] }, '2026-10-03T15:30:00Z', 'Australia/Lord_Howe')).toBe(true);
    expect(inside({ hours: ['02:00-02:30'] }, '2026-10-03T15:30:00Z', 'Australia/Lord_Howe')).toBe(false);
    // Cairo goes from Thursday 24:00 to Friday 01:00.
    expect(inside({ days: ['fri'], hours: ['01:00-02:00'] }, '2026-04-23T22:00:00Z', 'Africa/Cairo')).toBe(
      true,
    );
    expect(inside({ days: ['thu'] }, '2026-04-23T21:59:00Z', 'Africa/Cairo')).toBe(true);
  });

  it('as the date and time that Intl writes, at any moment in any of these zones', () => {
    const zones = [
      'Europe/Prague',
      'America/New_York',
      'Australia/Lord_Howe',
      'Asia/Kathmandu',
      'Africa/Casablanca',
    ];
    fc.assert(
      fc.property(
        fc.constantFrom(...zones),
        fc.integer({ min: at('2024-01-01'), max: at('2029-01-01') }),
        (timeZone, atMs) => {
          const [date, time] = new Intl.DateTimeFormat('sv-SE', {
            timeZone,
            dateStyle: 'short',
            timeStyle: 'short',
          })
            .format(atMs)
            .split(' ');
          const minute = Number(time?.slice(0, 2)) * 60 + Number(time?.slice(3));
          const spans = [{ dates: [date ?? ''], hours: [`${clock(minute)}-${clock(minute + 1)}`] }];
          expect(isInside(parseCalendar({ timeZone, spans }), atMs)).toBe(true);
          const wrong = [{ dates: [date ?? ''], hours: [`${clock(minute + 1)}-${clock(minute)}`] }];
          if (minute < 1439) expect(isInside(parseCalendar({ timeZone, spans: wrong }), atMs)).toBe(false);
        },
      ),
      { numRuns: 1000 },
    );
  });
});

function clock(minute: number): string {
  return `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;
}

describe('a mistake in a calendar is told in words', () => {
  it.each([
    [
      { timeZone: 'Europe/Atlantis', days: ['mon'] },
      'time zone of the IANA database such as Europe/Prague or UTC, got "Europe/Atlantis"',
    ],
    [{ timeZone: '', days: ['mon'] }, 'time zone of the IANA database'],
    [{ timeZone: 'UTC' }, 'expected days, hours, dates, daysOfMonth, months, years or spans; got none'],
    [{ timeZone: 'UTC', days: ['mon'], spans: [{ days: ['tue'] }] }, 'expected either spans or days'],
    [{ timeZone: 'UTC', days: ['workdays'] }, 'expected a day or a range such as mon-fri, got "workdays"'],
    [{ timeZone: 'UTC', days: ['monkey'] }, 'got "monkey"'],
    [{ timeZone: 'UTC', days: ['mon-tue-wed'] }, 'got "mon-tue-wed"'],
    [{ timeZone: 'UTC', days: [''] }, 'expected a day or a range such as mon-fri, got ""'],
    [{ timeZone: 'UTC', hours: ['8-18'] }, 'expected hours such as 08:00-18:00, got "8-18"'],
    [{ timeZone: 'UTC', hours: ['08:00'] }, 'expected hours such as 08:00-18:00'],
    [{ timeZone: 'UTC', hours: ['08:00-08:00'] }, 'expected hours such as 08:00-18:00'],
    [{ timeZone: 'UTC', hours: ['08:00-25:00'] }, 'expected hours such as 08:00-18:00'],
    [{ timeZone: 'UTC', hours: ['08:60-18:00'] }, 'expected hours such as 08:00-18:00'],
    [{ timeZone: 'UTC', hours: ['24:00-06:00'] }, 'expected hours such as 08:00-18:00'],
    [{ timeZone: 'UTC', hours: ['08:00-24:01'] }, 'expected hours such as 08:00-18:00'],
    [
      { timeZone: 'UTC', dates: ['25.12.2026'] },
      'expected a date such as 2026-12-25 or 2026-12-24..2026-12-26',
    ],
    [{ timeZone: 'UTC', dates: ['2026-02-30'] }, 'got "2026-02-30"'],
    [{ timeZone: 'UTC', dates: ['2026-12-26..2026-12-24'] }, 'expected a date'],
    [
      { timeZone: 'UTC', daysOfMonth: ['0'] },
      'expected a day of the month such as 15, 1..7, -1 or -3..-1, got "0"',
    ],
    [{ timeZone: 'UTC', daysOfMonth: ['32'] }, 'expected a day of the month'],
    [{ timeZone: 'UTC', daysOfMonth: ['7..1'] }, 'expected a day of the month'],
    [{ timeZone: 'UTC', daysOfMonth: ['-1..-3'] }, 'expected a day of the month'],
    [{ timeZone: 'UTC', daysOfMonth: ['-1..1'] }, 'expected a day of the month'],
    [{ timeZone: 'UTC', daysOfMonth: ['1-7'] }, 'expected a day of the month'],
    [{ timeZone: 'UTC', months: ['13'] }, 'expected a month or a range such as feb-jun, got "13"'],
    [{ timeZone: 'UTC', years: ['26'] }, 'expected a year or a range such as 2026-2027, got "26"'],
    [{ timeZone: 'UTC', years: ['2027-2026'] }, 'expected a year'],
  ])('%j', (text, message) => {
    expect(calendarMistake(text)?.message).toContain(message);
  });
});

describe('the next time', () => {
  const office = parseCalendar({ timeZone: 'Europe/Prague', days: ['mon-fri'], hours: ['08:00-18:00'] });

  it.each([
    ['on Friday evening it is Monday morning', '2026-11-20T18:00:30Z', '2026-11-23T07:00:00Z'],
    ['within the hours it is the next minute', '2026-11-20T10:00:30Z', '2026-11-20T10:01:00Z'],
    ['never the moment itself', '2026-11-20T10:00:00Z', '2026-11-20T10:01:00Z'],
    ['over the change of the clock', '2026-10-23T17:00:00Z', '2026-10-26T07:00:00Z'],
  ])('%s', (_what, from, to) => {
    expect(nextTime((atMs) => isInside(office, atMs), at(from))).toBe(at(to));
  });

  it('is found however short the span is', () => {
    const short = parseCalendar({ timeZone: 'UTC', hours: ['10:01-10:02'] });
    expect(nextTime((atMs) => isInside(short, atMs), at('2026-11-20T10:02:00Z'))).toBe(
      at('2026-11-21T10:01:00Z'),
    );
  });

  it('is none when it is further than 32 days', () => {
    const far = parseCalendar({ timeZone: 'UTC', dates: ['2026-12-25'] });
    expect(nextTime((atMs) => isInside(far, atMs), at('2026-11-22T00:00:00Z'))).toBeNull();
    expect(nextTime((atMs) => isInside(far, atMs), at('2026-11-23T00:00:00Z'))).toBe(at('2026-12-25'));
  });

  it('is what going through every minute finds, for any calendar in any zone', () => {
    const minute = fc.integer({ min: 0, max: 1438 });
    const hours = fc
      .tuple(minute, minute)
      .map(([from, to]) => `${clock(from)}-${clock(from === to ? to + 1 : to)}`);
    const days = fc.subarray(['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'], { minLength: 1 });
    const zone = fc.constantFrom('UTC', 'Europe/Prague', 'America/New_York', 'Australia/Lord_Howe');
    const moment = fc.integer({ min: at('2026-01-01'), max: at('2027-01-01') });
    fc.assert(
      fc.property(
        zone,
        days,
        fc.array(hours, { minLength: 1, maxLength: 2 }),
        moment,
        (timeZone, weekdays, spans, atMs) => {
          const calendar = parseCalendar({ timeZone, days: weekdays, hours: spans });
          const found = nextTime((ms) => isInside(calendar, ms), atMs) ?? Infinity;
          for (let ms = Math.ceil((atMs + 1) / MINUTE_MS) * MINUTE_MS; ms < found; ms += MINUTE_MS)
            expect(isInside(fresh(calendar), ms)).toBe(false);
          expect(isInside(fresh(calendar), found)).toBe(true);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('that is further than a month away is not found', () => {
    const far = parseCalendar({ timeZone: 'Europe/Prague', dates: ['2027-06-01'], hours: ['08:00-18:00'] });
    expect(nextTime((ms) => isInside(far, ms), at('2026-11-20T10:00:00Z'))).toBeNull();
  });
});

/** The same by a zone's other name, so that nothing is remembered between the two ways. */
function fresh<T extends { readonly timeZone: string }>(calendar: T): T {
  const other: Readonly<Record<string, string>> = {
    UTC: 'Etc/UTC',
    'Europe/Prague': 'Europe/Bratislava',
    'America/New_York': 'US/Eastern',
    'Australia/Lord_Howe': 'Australia/LHI',
  };
  return { ...calendar, timeZone: other[calendar.timeZone] ?? calendar.timeZone };
}
