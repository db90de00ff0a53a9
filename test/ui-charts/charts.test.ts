import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { forest } from '../../ui/charts/forest.ts';
import {
  histogramCells,
  histogramPair,
  numberCellLabels,
  valueCellLabels,
} from '../../ui/charts/histogram.ts';
import { timeLine } from '../../ui/charts/line.ts';
import { ratioBar } from '../../ui/charts/ratio.ts';
import { sparkline } from '../../ui/charts/sparkline.ts';
import { markLabels, volume } from '../../ui/charts/volume.ts';
import { reliability } from '../../ui/charts/reliability.ts';

const box = { left: 40, right: 440, top: 10, bottom: 110 } as const;
const sides = { missing: 0, non_finite: 0, below_min: 0, above_max: 0, unseen: 0 };

describe('a histogram pair', () => {
  const cells = histogramCells({
    labels: ['a', 'b'],
    baseline: { known: [30, 70], sides },
    current: { known: [10, 20], sides: { ...sides, above_max: 70 } },
  });

  it('shows shares of all rows and only those sides that hold any', () => {
    expect(cells).toEqual([
      { label: 'a', baseline: 0.3, current: 0.1, side: false },
      { label: 'b', baseline: 0.7, current: 0.2, side: false },
      { label: 'above the range', baseline: 0, current: 0.7, side: true },
    ]);
  });

  it('draws both on the same bands and sets the sides apart', () => {
    const pair = histogramPair(cells, box);
    const [a, b, above] = pair.bars;
    expect(pair.bars).toHaveLength(3);
    expect(pair.sideX).toBeGreaterThan((b?.x ?? 0) + (b?.width ?? 0));
    expect(pair.sideX).toBeLessThan(above?.x ?? 0);
    expect((b?.x ?? 0) - (a?.x ?? 0)).toBeLessThan((above?.x ?? 0) - (b?.x ?? 0));
    expect(b?.baselineY).toBe(above?.currentY);
  });

  it('of no rows is flat, never NaN', () => {
    const empty = { known: [0, 0], sides };
    const flat = histogramPair(histogramCells({ labels: ['a', 'b'], baseline: empty, current: empty }), box);
    expect(flat.bars.map((bar) => [bar.baselineY, bar.currentY])).toEqual([
      [110, 110],
      [110, 110],
    ]);
  });

  it('shares of any counts sum to one', () => {
    const known = fc.array(fc.nat(10_000), { minLength: 4, maxLength: 4 });
    fc.assert(
      fc.property(known, fc.nat(500), (values, missing) => {
        fc.pre(values.some((value) => value > 0));
        const counts = { known: values, sides: { ...sides, missing } };
        const found = histogramCells({ labels: ['a', 'b', 'c', 'd'], baseline: counts, current: counts });
        expect(found.reduce((sum, cell) => sum + cell.current, 0)).toBeCloseTo(1, 9);
      }),
    );
  });

  it('names the cells of a number from its edges', () => {
    expect(numberCellLabels([1, 5], String)).toEqual(['<= 1', '1 to 5', '> 5']);
    expect(numberCellLabels([], String)).toEqual(['all values']);
  });
});

describe('a forest plot', () => {
  it('starts at zero, holds the limit, and draws nothing for an unknown row', () => {
    const rows = [
      { value: 0.3, lower: 0.2, upper: 0.4 },
      { value: null, lower: null, upper: null },
    ];
    const { scale, marks } = forest(rows, { left: 0, right: 100, limit: 0.5 });
    expect(scale.from).toBe(0);
    expect(scale.to).toBeGreaterThanOrEqual(0.5);
    expect(marks[1]).toBeNull();
    expect(marks[0]?.fromX).toBeLessThan(marks[0]?.x ?? 0);
    expect(marks[0]?.toX).toBeGreaterThan(marks[0]?.x ?? 0);
  });

  it('of no rows still has an axis', () => {
    expect(forest([], { left: 0, right: 100, limit: null }).scale.to).toBeGreaterThan(0);
  });
});

describe('a bar against its limit', () => {
  it.each([
    { ratio: 0.5, width: 32, over: false, cut: false },
    { ratio: 1, width: 64, over: true, cut: false },
    { ratio: 9, width: 96, over: true, cut: true },
    { ratio: null, width: 0, over: false, cut: false },
  ])('of $ratio is $width wide', ({ ratio, ...expected }) => {
    expect(ratioBar(ratio, 96)).toEqual({ ...expected, limitX: 64 });
  });
});

describe('a sparkline', () => {
  const size = { width: 100, height: 24, threshold: 0.15 };

  it('always holds its threshold, so that small noise stays small', () => {
    const { thresholdY, last } = sparkline([0.01, 0.02], size);
    expect(thresholdY).toBeGreaterThan(2);
    expect(last?.y).toBeGreaterThan(18);
  });

  it('ends in no point when the last value is unknown', () => {
    expect(sparkline([0.1, null], size).last).toBeNull();
    expect(sparkline([], size)).toMatchObject({ line: '', area: '', last: null });
  });
});

describe('a line over time', () => {
  it('holds what it must include and fills towards zero', () => {
    const values = [
      { fromMs: 0, value: 0.5 },
      { fromMs: 10, value: -0.5 },
    ];
    const { y, area } = timeLine(values, { ...box, include: [0, 1] });
    expect([y.from, y.to]).toEqual([-0.5, 1]);
    expect(area.startsWith(`M40 ${y.at(0)}`)).toBe(true);
  });

  it('of nothing is empty', () => {
    expect(timeLine([], { ...box, include: [0, 1] }).line).toBe('');
  });
});

describe('the texts beside marks', () => {
  const room = { left: 0, right: 1000 };

  it('stand on the side with more room', () => {
    const marks = [
      { x: 100, text: 'v2' },
      { x: 900, text: 'v3' },
    ];
    expect(markLabels(marks, room)).toEqual([
      { x: 900, text: 'v3', side: 'left' },
      { x: 100, text: 'v2', side: 'right' },
    ]);
  });

  it('never lie on each other: the last one stays', () => {
    const marks = [
      { x: 880, text: 'version 2' },
      { x: 900, text: 'version 3' },
    ];
    expect(markLabels(marks, room).map(({ text }) => text)).toEqual(['version 3']);
  });
});

describe('volume by version', () => {
  const cells = [
    { fromMs: 0, version: 'v1', rows: 10 },
    { fromMs: 100, version: 'v1', rows: 10 },
    { fromMs: 300, version: 'v2', rows: 5 },
    { fromMs: 300, version: 'v1', rows: 5 },
  ];

  it('gives a pause the width it had and marks where a version began', () => {
    const { columns, markers, versions } = volume(cells, box);
    expect(columns.map((column) => [column.fromMs, column.total])).toEqual([
      [0, 10],
      [100, 10],
      [200, 0],
      [300, 10],
    ]);
    expect(versions).toEqual(['v1', 'v2']);
    expect(markers).toEqual([{ version: 'v2', fromMs: 300, x: columns[3]?.x }]);
  });

  it('stacks versions without gap or overlap', () => {
    const { columns } = volume(cells, box);
    const [lower, upper] = columns[3]?.parts ?? [];
    expect(lower?.version).toBe('v1');
    expect((upper?.y ?? 0) + (upper?.height ?? 0)).toBeCloseTo(lower?.y ?? -1, 1);
    expect((lower?.y ?? 0) + (lower?.height ?? 0)).toBeCloseTo(110, 1);
  });

  it('of nothing has no column', () => {
    expect(volume([], box).columns).toEqual([]);
  });
});

describe('reliability', () => {
  it('has one scale for both axes, so that what is right lies on the diagonal', () => {
    const box = { left: 0, right: 100, top: 0, bottom: 100 };
    const right = [0.1, 0.4].map((score) => ({ rows: 10, score, share: score }));
    const chart = reliability({ before: right, now: [] }, box);
    for (const { x, y } of chart.before) expect(x + y).toBeCloseTo(100, 1);
    expect(chart.now).toEqual([]);
  });
});

it('cells of one value each are named by it', () => {
  expect(valueCellLabels({ edges: [1, 2], max: 5 }, String)).toEqual(['= 1', '= 2', '= 5']);
});
