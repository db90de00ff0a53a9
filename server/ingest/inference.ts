import { BadRequestError } from '../errors.ts';
import type { LimitSettings } from '../settings.ts';
import type { Scalar } from './record.ts';
import { quoted } from './refusals.ts';

/** One side of an inference, its inputs or its outputs, as columns: what the bodies of serving stacks are read into. */

export type Json = Readonly<Record<string, unknown>>;

/** More is a job for a file, not for a log of requests. */
const MAX_ROWS = 100_000;
const MAX_CELLS = 4_000_000;

/** Outputs that are the prediction wherever they stand among others. */
const PREDICTION_NAMES: ReadonlySet<string> = new Set(['predict', 'prediction', 'predictions', 'label']);

export class Columns {
  readonly rows: number;
  readonly values = new Map<string, Scalar[]>();
  /** Names of what is no single value and was left out. */
  readonly left = new Set<string>();
  /** Names of what has integers beyond 2^53. */
  readonly inexact = new Set<string>();
  version: string | null = null;
  readonly #limits: LimitSettings;

  constructor(rows: number, limits: LimitSettings) {
    if (rows > MAX_ROWS)
      throw new BadRequestError(
        `The event holds ${rows} rows, at most ${MAX_ROWS} are taken; upload batches as a file.`,
      );
    this.rows = rows;
    this.#limits = limits;
  }

  /** Whatever JSON holds: objects become names with dots, lists are left out. */
  set(name: string, row: number, value: unknown): void {
    this.#set({ name, row, depth: 1 }, value);
  }

  #set({ name, row, depth }: { name: string; row: number; depth: number }, value: unknown): void {
    if (value === null || value === undefined) return;
    if (isScalar(value)) this.#put(name, row, value);
    else if (!isObject(value) || 'b64' in value || depth >= this.#limits.maxDepth) this.left.add(name);
    else if (name === '') this.#put(name, row, 0);
    else
      for (const [key, inner] of Object.entries(value))
        this.#set({ name: `${name}.${key}`, row, depth: depth + 1 }, inner);
  }

  /** The values of a row without names of their own: `name`, or `name[0]`, `name[1]` and so on. */
  setList(name: string, row: number, list: readonly unknown[]): void {
    const wide = list.length > this.#limits.maxFeatures || list.some(Array.isArray);
    if (wide) this.left.add(name);
    else list.forEach((value, at) => this.set(list.length === 1 ? name : `${name}[${at}]`, row, value));
  }

  #put(name: string, row: number, value: Exclude<Scalar, null>): void {
    let column = this.values.get(name);
    if (column === undefined) {
      column = this.#open(name);
      this.values.set(name, column);
    }
    if (typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value))
      this.inexact.add(name);
    while (column.length < row) column.push(null);
    column[row] = value;
  }

  #open(name: string): Scalar[] {
    const columns = this.values.size + 1;
    if (columns > this.#limits.maxFeatures)
      throw new BadRequestError(
        `The event has more than ${this.#limits.maxFeatures} different features, last ${quoted(name)}; log fewer or raise limits.maxFeatures.`,
      );
    if (columns * this.rows > MAX_CELLS)
      throw new BadRequestError(
        `The event holds more than ${MAX_CELLS} values; log smaller requests or upload batches as a file.`,
      );
    return [];
  }

  /** Takes the column out that is the prediction: by its name, else the one output that is a single value. */
  takeValue(): readonly Scalar[] | null {
    const single = [...this.values.keys()].filter((name) => !name.endsWith(']'));
    const name =
      single.find((one) => PREDICTION_NAMES.has(one)) ?? (single.length === 1 ? single[0] : undefined);
    const column = name === undefined ? undefined : this.values.get(name);
    if (name === undefined || column === undefined) return null;
    this.values.delete(name);
    return column;
  }
}

export function isScalar(value: unknown): value is string | number | boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A text or a whole number as text; null for anything else and for nothing. */
export function textOf(value: unknown): string | null {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && value !== '' ? value : null;
}
