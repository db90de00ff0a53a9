import { describe, expect, it } from 'vitest';
import { noticePicture, svgOf } from '../../../server/act/picture.ts';
import type { CellShift } from '../../../detectors/types.ts';
import { shiftBars } from '../../../ui/charts/shift-bars.ts';
import { fitted, textWidth, wrapped } from '../../../ui/charts/text-width.ts';
import { alertOf, deliveryOf, noticeOf, retrainOf } from './samples.ts';

const cell = (name: string, baselineShare: number, currentShare: number): CellShift => ({
  cell: name,
  baselineShare,
  currentShare,
  contribution: 0.1,
});
const CELLS = [cell('1200 to 1900', 0.03, 0.21), cell('<= 231', 0.3, 0.12), cell('> 1953', 0.01, 0.09)];
const drifted = (cells: readonly CellShift[], change = {}) =>
  alertOf({ ...change, evidence: { text: 'x', against: 'the frozen baseline', cells } });
const pictured = (cells: readonly CellShift[], change = {}) =>
  noticePicture(deliveryOf({ payload: noticeOf({ firing: [drifted(cells, change)] }) }));

const BOX = { left: 100, right: 400, top: 0, rowHeight: 50 };
const shift = (name: string, before: number, now: number) => ({ cell: name, before, now });

describe('the bars of a drift', () => {
  it('stand in the order of their values, what is left last', () => {
    const { rows } = shiftBars(
      [shift('> 1953', 0.1, 0.2), shift('500 to 1953', 0.2, 0.1), shift('<= 231', 0.3, 0.3)],
      BOX,
    );
    expect(rows.map((row) => row.cell)).toEqual(['<= 231', '500 to 1953', '> 1953', 'all others']);
    expect(rows.at(-1)).toMatchObject({ isRest: true, isWorst: false });
    expect(rows.at(-1)!.before).toBeCloseTo(0.4);
  });

  it.each([
    ['negative and small numbers', ['= 1e-7', '= -3', '= 2'], ['= -3', '= 1e-7', '= 2']],
    ['categories as they come', ['WN', 'AA'], ['WN', 'AA']],
    ['a category that looks like a number', ['2 to 3', 'other'], ['2 to 3', 'other']],
  ])('order %s', (_name, given, expected) => {
    const { rows } = shiftBars(
      given.map((name) => shift(name, 1 / given.length, 1 / given.length)),
      BOX,
    );
    expect(rows.map((row) => row.cell)).toEqual(expected);
  });

  it('have no rest beside cells that are shares of all rows', () => {
    const { rows } = shiftBars([shift('missing', 0, 0.5), shift('a', 0.4, 0.2)], BOX);
    expect(rows.map((row) => row.cell)).toEqual(['missing', 'a']);
  });

  it('mark those that moved most, two at most', () => {
    const { rows } = shiftBars(
      [shift('a', 0, 0.12), shift('b', 0.3, 0.2), shift('c', 0.2, 0.13), shift('d', 0.1, 0.09)],
      BOX,
    );
    expect(rows.filter(({ isWorst }) => isWorst).map((row) => row.cell)).toEqual(['a', 'b']);
  });

  it('mark none when nothing moved', () => {
    expect(shiftBars([shift('a', 0.5, 0.5)], BOX).rows.some(({ isWorst }) => isWorst)).toBe(false);
  });

  it('are as long as their share, and never longer than there is room', () => {
    const { rows, x } = shiftBars([shift('a', 0.2, 0.4), shift('b', 0.8, 0.6)], BOX);
    expect(rows[0]!.nowWidth).toBeCloseTo(2 * rows[0]!.beforeWidth, 1);
    expect(Math.max(...rows.flatMap((row) => [row.beforeWidth, row.nowWidth]))).toBeLessThanOrEqual(300);
    expect(x.to).toBeGreaterThanOrEqual(0.8);
  });
});

describe('text in a picture', () => {
  it('is cut to its width, never inside a letter', () => {
    const cut = fitted('𝒜𝒜𝒜𝒜𝒜𝒜𝒜𝒜', 10, 50);
    expect(cut.endsWith('…')).toBe(true);
    expect(cut.isWellFormed()).toBe(true);
    expect(textWidth(cut, 10)).toBeLessThanOrEqual(50);
  });

  it('is wrapped by words', () => {
    const lines = wrapped('one two three four five six seven', { size: 10, width: 60, most: 2 });
    expect(lines).toHaveLength(2);
    for (const line of lines) expect(textWidth(line, 10)).toBeLessThanOrEqual(60);
  });
});

describe('the picture of a notice', () => {
  it('is a PNG of 960 pixels, with all it shows in words', async () => {
    const picture = await pictured(CELLS);
    const bytes = Buffer.from(picture!.png);
    expect(bytes.subarray(1, 4).toString()).toBe('PNG');
    expect(bytes.readUInt32BE(16)).toBe(960);
    expect(bytes.length).toBeLessThan(300_000);
    expect(picture!.alt).toBe(
      'distance, share of rows by value, before and in this window: 1200 to 1900 3.0 % to 21.0 %; <= 231 30.0 % to 12.0 %; > 1953 1.0 % to 9.0 %',
    );
  });

  it('says the title, the feature, the window, both legends, the axis and the moves', () => {
    const alert = drifted(CELLS, {
      windowFromMs: Date.UTC(2026, 10, 20),
      windowToMs: Date.UTC(2026, 10, 21),
    });
    const svg = svgOf(noticeOf({ title: 'Card fraud: distance drifted', firing: [alert] }), alert);
    for (const said of [
      '>Card fraud: distance drifted<',
      '>distance<',
      '>acme/fraud, 2026-11-20 00:00 to 2026-11-21 00:00 UTC<',
      '>The frozen baseline<',
      '>This window<',
      '>Share of rows<',
      '>▲ 18.0 pts<',
      '>▼ 18.0 pts<',
      '>all others<',
    ])
      expect(svg).toContain(said);
  });

  it.each([
    ['markup', '<script>&amp;"\''],
    ['control characters', 'a\u0000\u0007\u001b[31m\uffff'],
    ['half of a pair', 'a\ud800'],
    ['endless words', 'x'.repeat(10_000)],
    ['nothing', ''],
  ])('is drawn with %s in the names', async (_name, words) => {
    const picture = await noticePicture(
      deliveryOf({
        payload: noticeOf({ title: words, firing: [drifted([cell(words, 0.1, 0.3)], { subject: words })] }),
      }),
    );
    expect(picture).not.toBeNull();
    expect(picture!.alt.length).toBeLessThanOrEqual(1000);
  });

  it('shows the first alert that can be drawn', async () => {
    const notice = noticeOf({ firing: [alertOf(), drifted(CELLS, { subject: 'amount' })] });
    expect((await noticePicture(deliveryOf({ payload: notice })))!.alt).toContain('amount');
  });

  it.each([
    ['no cells', deliveryOf()],
    ['nothing firing', deliveryOf({ payload: noticeOf({ firing: [], resolved: [drifted(CELLS)] }) })],
    ['a request to retrain', deliveryOf({ kind: 'retrain', payload: retrainOf() })],
  ])('is left out with %s', async (_name, delivery) => {
    expect(await noticePicture(delivery)).toBeNull();
  });

  it('is left out when too many wait already', async () => {
    const all = await Promise.all(Array.from({ length: 25 }, () => pictured(CELLS)));
    expect(all.filter((picture) => picture !== null)).toHaveLength(20);
    expect(await pictured(CELLS)).not.toBeNull();
  });

  it('leaves the event loop free while it is drawn', async () => {
    let beats = 0;
    const timer = setInterval(() => (beats += 1), 1);
    await Promise.all(Array.from({ length: 8 }, () => pictured(CELLS)));
    clearInterval(timer);
    expect(beats).toBeGreaterThan(8);
  });
});
