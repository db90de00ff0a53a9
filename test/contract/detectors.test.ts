import { describe, expect, it } from 'vitest';
import { detectors } from '../../detectors/registry.ts';
import type { Detector } from '../../detectors/types.ts';
import { counts, featureInput, PARAMETERS, UNCALIBRATED } from '../detectors/kit.ts';

const HOUR_MS = 3_600_000;
const share = { leastRise: 0.01, leastRows: 30 };
const category = featureInput([500, 300, 200], [300, 150, 50], {
  current: counts([300, 150, 50], { missing: 40, unseen: 20 }),
});
const number = featureInput([500, 300, 200], [300, 150, 50], {
  feature: 'amount',
  layout: { kind: 'number', edges: [1, 2], min: 0, max: 3, moments: { center: 0, unit: 0.01 } },
  baseline: { ...counts([500, 300, 200]), moments: { sum: 120_000, squares: 2e7 } },
  current: {
    ...counts([300, 150, 50], { missing: 40, non_finite: 3, above_max: 9 }),
    moments: { sum: 60_000, squares: 1e7 },
  },
});
const emptyCategory = featureInput([500, 300, 200], [0, 0, 0]);
const emptyNumber = { ...number, current: counts([0, 0, 0]) };
const scores = (label: string, rows: number) =>
  Array.from({ length: 10 }, (_, scoreCell) => ({
    scoreCell,
    label,
    rows,
    scoreSum: rows * (scoreCell / 20 + 0.1),
    scoreSquareSum: rows * (scoreCell / 20 + 0.1) ** 2,
  }));
const calibration = {
  spread: { windows: 0, phi: 1 },
  scoreLayout: {
    kind: 'number',
    edges: Array.from({ length: 19 }, (_, at) => (at + 1) / 20),
    min: 0,
    max: 1,
  },
  positive: '1',
  baseline: [...scores('1', 30), ...scores('0', 70)],
  current: [...scores('1', 60), ...scores('0', 40)],
  parameters: { alpha: 0.001, leastRows: 200, leastOfClass: 10 },
};
const hours = Array.from({ length: 500 }, (_, hour) => ({
  fromMs: hour * HOUR_MS,
  rows: 100,
  errors: 5 + ((hour * 7) % 3) + (hour > 400 ? 5 : 0),
}));
const errorParameters = {
  learnHours: 336,
  learnRows: 500,
  agree: 0.6,
  adwin: { delta: 0.002, clock: 1 },
  pageHinkley: { delta: 0.5, threshold: 10 },
  ewma: { alpha: 0.1, width: 4 },
  ddm: { change: 3 },
  hddm: { change: 0.001 },
};
const target = { calibration: UNCALIBRATED, parameters: { ...PARAMETERS, alpha: 0.001 } };
const age = { fromAgeMs: 0, toAgeMs: HOUR_MS };
const weeks = Array.from({ length: 40 }, (_, window) => ({ slot: window % 7, rows: 200 + (window % 5) }));
const volumeParameters = { alpha: 0.0001, leeway: 0.25, leastWindows: 5 };
const schema = { rows: 900, columns: [{ feature: 'amount', kind: 'number', rows: 900 }] };
const schemaParameters = { alpha: 0.0001, leastShare: 0.01, leastRows: 30 };
const moving = { leastCorrelation: 0.8, leastWindows: 3 };

/** By the id of the detector: input it can judge, and input with nothing in it. */
const INPUTS: Readonly<Record<string, { readonly full: unknown; readonly empty: unknown }>> = {
  drift: { full: number, empty: emptyNumber },
  'target-drift': {
    full: { classes: { baseline: { a: 200, b: 300 }, current: { a: 200, b: 100 } }, ...target },
    empty: { classes: { baseline: { a: 200 }, current: {} }, ...target },
  },
  'calibration-error': { full: calibration, empty: { ...calibration, current: [] } },
  'error-change': {
    full: { hours, parameters: errorParameters },
    empty: { hours: [], parameters: errorParameters },
  },
  'missing-rate': { full: number, empty: emptyNumber },
  'unseen-rate': { full: category, empty: emptyCategory },
  'range-rate': { full: number, empty: emptyNumber },
  'non-finite-rate': { full: number, empty: emptyNumber },
  'lost-rate': { full: category, empty: emptyCategory },
  'unit-change': { full: number, empty: emptyNumber },
  'type-mismatch': {
    full: {
      feature: 'amount',
      kind: 'number',
      hits: 9,
      rows: 90,
      baseline: { hits: 0, rows: 900 },
      parameters: share,
    },
    empty: {
      feature: 'amount',
      kind: 'number',
      hits: 0,
      rows: 0,
      baseline: { hits: 0, rows: 900 },
      parameters: share,
    },
  },
  'constant-value': { full: category, empty: emptyCategory },
  'duplicate-ids': {
    full: { hits: 9, rows: 90, baseline: { hits: 0, rows: 900 }, parameters: share },
    empty: { hits: 0, rows: 0, baseline: { hits: 0, rows: 900 }, parameters: share },
  },
  volume: {
    full: { rows: 20, slot: 1, baseline: weeks, parameters: volumeParameters },
    empty: { rows: 0, slot: 1, baseline: [], parameters: volumeParameters },
  },
  freshness: {
    full: { delays: [90, 0, 9], baseline: [900], parameters: { ...share, leastDelayMs: 300_000 } },
    empty: { delays: [], baseline: [], parameters: { ...share, leastDelayMs: 300_000 } },
  },
  'schema-change': {
    full: { baseline: schema, current: { rows: 90, columns: [] }, parameters: schemaParameters },
    empty: { baseline: schema, current: { rows: 0, columns: [] }, parameters: schemaParameters },
  },
  'label-coverage': {
    full: {
      ages: [{ ...age, predictions: 90, labelled: 9 }],
      curve: [{ ...age, predictions: 900, labelled: 800 }],
      parameters: share,
    },
    empty: { ages: [], curve: [], parameters: share },
  },
  impact: {
    full: { features: [{ feature: 'a', effect: 0.2, importance: null, cells: null }] },
    empty: { features: [] },
  },
  'co-moving': {
    full: {
      features: ['a', 'b'],
      statistics: [
        [1, 2, 3, null],
        [2, 4, 6, 1],
      ],
      parameters: moving,
    },
    empty: { features: [], statistics: [], parameters: moving },
  },
};

const entries = detectors.map((detector) => [detector.id, detector as Detector<unknown>] as const);

/** Whoever changes what it was given is found out. */
function frozen<Value>(value: Value): Value {
  if (typeof value === 'object' && value !== null) {
    Object.values(value).forEach(frozen);
    Object.freeze(value);
  }
  return value;
}

describe('every detector', () => {
  it('has an id of its own and inputs to be tried with', () => {
    const ids = entries.map(([id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(Object.keys(INPUTS).toSorted()).toEqual(ids.toSorted());
  });

  it.each(entries)('%s has a title and a unit', (_id, { title, unit }) => {
    expect(title).toMatch(/^[A-Z].{3,}$/);
    expect(unit.length).toBeGreaterThan(2);
  });

  it.each(entries)('%s judges its example, with a finite value and a sentence', (id, detector) => {
    const found = detector.score(frozen(INPUTS[id]?.full));
    expect(found.why).toBeNull();
    expect(Number.isFinite(found.value)).toBe(true);
    expect(found.text.length).toBeGreaterThan(5);
    expect(found.text).not.toMatch(/NaN|undefined|Infinity/);
  });

  it.each(entries)('%s says the same of the same input, bit for bit', (id, detector) => {
    const input = INPUTS[id]?.full;
    expect(JSON.stringify(detector.score(input))).toBe(JSON.stringify(detector.score(input)));
  });

  it.each(entries)('%s says the same of input that went through JSON', (id, detector) => {
    const input = INPUTS[id]?.full;
    const stored: unknown = JSON.parse(JSON.stringify(input));
    expect(stored).toEqual(input);
    expect(detector.score(stored)).toEqual(detector.score(input));
  });

  it.each(entries)('%s answers nothing with null and words', (id, detector) => {
    const found = detector.score(frozen(INPUTS[id]?.empty));
    expect(found.value).toBeNull();
    expect(found.why?.length).toBeGreaterThan(3);
    expect(found.text).toContain(found.why);
  });

  it.each(entries)('%s has findings that survive JSON', (id, detector) => {
    const found = detector.score(INPUTS[id]?.full);
    expect(JSON.parse(JSON.stringify(found))).toEqual(found);
  });
});
