import { describe, expect, it } from 'vitest';
import * as format from '../../ui/format.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Narrow no-break spaces as plain ones, for reading. */
function flat(text: string): string {
  return text.replaceAll('\u202f', ' ');
}

describe('numbers in words', () => {
  it.each([
    [0.12345, '0.123'],
    [1234.5, '1,230'],
    [0, '0'],
    [-0.5, '−0.5'],
    [null, '–'],
  ])('number %s', (value, text) => expect(format.number(value)).toBe(text));

  it.each([
    [0.1234, '12.3 %'],
    [0.0345, '3.45 %'],
    [1, '100 %'],
    [0.9996, '100 %'],
    [0, '0 %'],
    [-0.2, '−20 %'],
    [11.543, '1,154 %'],
    [null, '–'],
  ])('percent %s', (value, text) => expect(flat(format.percent(value))).toBe(text));

  it.each([
    [2586.4, '2586'],
    [0.46224, '0.4622'],
  ])('an edge %d is printed as explanations do', (edge, text) => expect(format.edgeText(edge)).toBe(text));

  it('a target keeps every digit', () => expect(flat(format.target(0.9995))).toBe('99.95 %'));

  it.each([
    [0.044, '+4.4 points'],
    [-0.1, '−10 points'],
    [0.0001, '±0 points'],
  ])('points %s', (value, text) => expect(flat(format.points(value))).toBe(text));

  it('a gap is told in points', () => expect(flat(format.gapText(0.1184))).toBe('11.8 points'));

  it('counts have their noun', () => {
    expect(format.counted(1, 'page')).toBe('1 page');
    expect(format.counted(12_400, 'row')).toBe('12,400 rows');
  });
});

describe('times in words', () => {
  const at = Date.UTC(2026, 10, 14, 6);

  it.each([
    [0, '0 ms'],
    [40, '40 ms'],
    [45_000, '45 s'],
    [90_000, '1 min 30 s'],
    [3 * HOUR + 20 * MINUTE, '3 h 20 min'],
    [4 * DAY + 2 * HOUR, '4 d 2 h'],
    [2 * DAY, '2 d'],
  ])('a duration of %d ms is %s', (spanMs, text) => expect(flat(format.duration(spanMs))).toBe(text));

  it.each([
    [5 * MINUTE, '5 min'],
    [6 * HOUR, '6 h'],
    [3 * DAY, '3 d'],
  ])('a window of %d ms is %s', (spanMs, text) => expect(flat(format.span(spanMs))).toBe(text));

  it('what lasted seconds is under a minute', () => {
    expect(format.lastedText(0)).toBe('under a minute');
    expect(flat(format.lastedText(2 * HOUR))).toBe('2 h');
  });

  it('an instant says its zone', () => expect(format.instantText(at)).toBe('14 Nov 2026, 06:00 UTC'));

  it.each([
    [at - 3 * HOUR, '3 h ago'],
    [at + 12 * MINUTE, 'in 12 min'],
    [at + 10, 'now'],
  ])('relative to the clock that is given', (ms, text) => expect(flat(format.relative(ms, at))).toBe(text));

  it('a whole day is named by its date, other windows by both ends', () => {
    const day = Date.UTC(2026, 10, 14);
    expect(format.windowText(day, day + DAY)).toBe('Sat, 14 Nov 2026 (UTC)');
    expect(format.windowText(at, at + HOUR)).toBe('Sat, 14 Nov 2026, 06:00 to 07:00 UTC');
    expect(format.windowText(at, at + 2 * DAY)).toBe('14 Nov 06:00 to 16 Nov 06:00 UTC');
  });
});

it.each([
  [Date.UTC(2026, 10, 14, 6), DAY, '06:00'],
  [Date.UTC(2026, 10, 14), DAY, '14 Nov'],
  [Date.UTC(2026, 10, 14, 6), 3 * DAY, '14 Nov'],
])('an axis tells %d over %d ms as %s, never two days alike', (ms, spanMs, text) => {
  expect(format.axisText(ms, spanMs)).toBe(text);
});

it('a name without room keeps its end, where versions differ', () => {
  expect(format.shortened('v3', 8)).toBe('v3');
  expect(format.shortened('2026.11.21-build.4711', 8)).toBe('…ld.4711');
  expect(format.shortened('ab🚢cd', 4)).toBe('…cd');
});

it('a version without a name is told so', () => {
  expect(format.versionText('')).toBe('no version');
  expect(format.versionText('v3')).toBe('v3');
});

it('names pseudo-features and states as people say them', () => {
  expect(format.featureText('$prediction')).toBe('Prediction');
  expect(format.featureText('amount')).toBe('amount');
  expect(format.plain('some_resolved')).toBe('some resolved');
});
