import { numberCell, sideCell } from '../../../../detectors/cells.ts';
import { delayCell, errorCell } from '../../../../detectors/outcome-cells.ts';
import type { NumberLayout } from '../../../../detectors/types.ts';
import type { Scalar } from '../../../../server/ingest/record.ts';
import { HOUR_MS } from './subject.ts';
import type { Told, ToldLabel } from './subject.ts';

/** A telemetry store of arrays and loops: slow, and plain enough to be believed. */

export interface HeldPrediction extends Told {
  readonly receivedMs: number;
}
export interface HeldLabel extends ToldLabel {
  readonly receivedMs: number;
}

export class NaiveStore {
  readonly predictions: HeldPrediction[] = [];
  readonly labels: HeldLabel[] = [];

  /** The first of an id counts; an immediate label is a label. */
  send(predictions: readonly Told[], labels: readonly ToldLabel[], receivedMs: number): void {
    for (const row of predictions) {
      if (!this.predictions.some(({ model, id }) => model === row.model && id === row.id))
        this.predictions.push({ ...row, receivedMs });
      if (row.label !== undefined && row.id !== undefined)
        this.labels.push({ ...pick(row), id: row.id, value: row.label, receivedMs });
    }
    for (const label of labels) this.labels.push({ ...label, receivedMs });
  }

  /** Every prediction with the label that stands, if any. */
  joined(model: string): readonly (HeldPrediction & { readonly standing: Standing | null })[] {
    return this.predictions
      .filter((row) => row.model === model)
      .map((row) => ({ ...row, standing: this.#standing(row) }));
  }

  waiting(model: string): number {
    const ids = new Set(this.labels.filter((label) => label.model === model).map(({ id }) => id));
    return [...ids].filter((id) => !this.predictions.some((row) => row.model === model && row.id === id))
      .length;
  }

  #standing(row: HeldPrediction): Standing | null {
    const told = this.labels.filter(({ model, id }) => model === row.model && id === row.id);
    let last = told[0];
    if (last === undefined) return null;
    for (const label of told) if (label.receivedMs >= last.receivedMs) last = label;
    if (row.receivedMs > last.receivedMs + 30 * 24 * HOUR_MS) return null;
    return { value: last.value, firstMs: Math.min(...told.map(({ timeMs }) => timeMs ?? 0)) };
  }
}

interface Standing {
  readonly value: Scalar;
  readonly firstMs: number;
}

function pick({ model, timeMs }: Told): { readonly model?: string; readonly timeMs?: number } {
  return { ...(model !== undefined && { model }), ...(timeMs !== undefined && { timeMs }) };
}

type Joined = ReturnType<NaiveStore['joined']>[number];

export interface Asked {
  readonly model: string;
  readonly scores: NumberLayout;
  readonly classes: boolean;
  readonly errors: boolean;
  readonly groupOf: (row: Told) => string | null;
  readonly stepMs: number | null;
  readonly fromMs: number;
}

/** `outcomeCounts` by hand, keyed by group and step; cells by name. */
export function outcomesOf(
  store: NaiveStore,
  asked: Asked,
): ReadonlyMap<string, Readonly<Record<string, number>>> {
  const found = new Map<string, Record<string, number>>();
  for (const row of store.joined(asked.model)) {
    if ((row.dataset ?? 'production') !== 'production') continue;
    const timeMs = row.timeMs ?? 0;
    const step = asked.stepMs === null ? asked.fromMs : Math.floor(timeMs / asked.stepMs) * asked.stepMs;
    const key = `${asked.groupOf(row)} ${step}`;
    const sums = found.get(key) ?? {};
    found.set(key, sums);
    add(sums, 'predictions', 1);
    if (row.standing !== null) addOutcome(sums, row, asked);
  }
  return found;
}

function addOutcome(sums: Record<string, number>, row: Joined, asked: Asked): void {
  const label = row.standing?.value ?? null;
  add(sums, 'labelled', 1);
  if (asked.classes) {
    const cell =
      row.score === undefined ? sideCell(asked.scores, 'missing') : numberCell(asked.scores, row.score);
    const name = `class ${cell} ${classOf(row.value ?? null)} ${classOf(label)}`;
    add(sums, name, 1);
    const score = Number.isFinite(row.score) ? (row.score ?? 0) : 0;
    add(sums, `${name} score`, score);
    add(sums, `${name} score squared`, score * score);
  }
  if (asked.errors && typeof row.value === 'number' && typeof label === 'number') {
    const error = row.value - label;
    const cell = errorCell(error);
    const counted = cell === 1000 ? { error: 0, label: 0 } : { error, label };
    add(sums, `error ${cell}`, 1);
    add(sums, `error ${cell} sum`, counted.error);
    add(sums, `error ${cell} absolute`, Math.abs(counted.error));
    add(sums, `error ${cell} squared`, counted.error ** 2);
    add(sums, `error ${cell} label`, counted.label);
    add(sums, `error ${cell} label squared`, counted.label ** 2);
  }
}

export function classOf(value: Scalar): string {
  if (value === null) return 'none';
  if (typeof value !== 'number') return String(value);
  return Number.isInteger(value) && value >= 0 && value < 100 ? String(Math.abs(value)) : 'other';
}

function add(sums: Record<string, number>, name: string, value: number): void {
  sums[name] = (sums[name] ?? 0) + value;
}

/** `labelDelays` by hand: labelled production predictions by delay cell. */
export function delaysOf(store: NaiveStore, model: string): ReadonlyMap<number, number> {
  const cells = new Map<number, number>();
  for (const { standing, dataset, timeMs } of store.joined(model)) {
    if (standing === null || (dataset ?? 'production') !== 'production') continue;
    const cell = delayCell(standing.firstMs - (timeMs ?? 0));
    cells.set(cell, (cells.get(cell) ?? 0) + 1);
  }
  return cells;
}

/** One numeric column by hand. */
export function summaryOf(values: readonly (number | null)[], edges: readonly number[]): object {
  const finite = values.filter((value) => value !== null && Number.isFinite(value)) as readonly number[];
  const bins = Array.from({ length: edges.length + 1 }, () => 0);
  for (const value of finite) {
    const bin = edges.filter((edge) => edge < value).length;
    bins[bin] = (bins[bin] ?? 0) + 1;
  }
  const nulls = values.filter((value) => value === null).length;
  return {
    bins,
    finite: finite.length,
    nulls,
    nonFinite: values.length - finite.length - nulls,
    sum: finite.reduce((sum, value) => sum + value, 0),
    squareSum: finite.reduce((sum, value) => sum + value * value, 0),
    min: finite.length === 0 ? null : Math.min(...finite),
    max: finite.length === 0 ? null : Math.max(...finite),
  };
}

/** One column of texts by hand. */
export function categoriesOf(values: readonly (string | null)[], topK: number): object {
  const counts = new Map<string, number>();
  for (const value of values) if (value !== null) counts.set(value, (counts.get(value) ?? 0) + 1);
  const ordered = [...counts].toSorted(
    (a, b) => b[1] - a[1] || Buffer.compare(Buffer.from(a[0]), Buffer.from(b[0])),
  );
  const shown = ordered.slice(0, topK);
  return {
    rows: values.length,
    values: shown.map(([value, rows]) => ({ value, rows })),
    other: ordered.slice(topK).reduce((sum, [, rows]) => sum + rows, 0),
    nulls: values.filter((value) => value === null).length,
    distinct: counts.size,
  };
}
