import { ABSENT, TEXT } from '../batch.ts';
import type { LabelColumns, PredictionColumns, TextColumn, ValueColumn } from '../batch.ts';

/** Columns that grow by doubling while a request is read. */

const FIRST_ROWS = 512;

function grown<T extends Uint8Array | Float64Array | Int32Array>(array: T, row: number): T {
  if (row < array.length) return array;
  const next = new (array.constructor as new (length: number) => T)(Math.max(row + 1, array.length * 2));
  next.set(array);
  return next;
}

export class Values implements ValueColumn {
  readonly name: string;
  tags = new Uint8Array(FIRST_ROWS);
  numbers = new Float64Array(FIRST_ROWS);
  texts: (string | undefined)[] = [];

  constructor(name: string) {
    this.name = name;
  }

  set(row: number, tag: number, value: number | string): void {
    if (row >= this.tags.length) {
      this.tags = grown(this.tags, row);
      this.numbers = grown(this.numbers, row);
    }
    this.tags[row] = tag;
    if (tag === TEXT) this.texts[row] = value as string;
    else if (tag !== ABSENT) this.numbers[row] = value as number;
  }
}

export class Texts implements TextColumn {
  readonly name: string;
  texts: (string | undefined)[] = [];

  constructor(name: string) {
    this.name = name;
  }
}

/** Columns by name; the one at the same place of the row before is tried first. */
export class NamedColumns<T extends { readonly name: string }> {
  readonly list: T[] = [];
  readonly #byName = new Map<string, T>();
  readonly #make: (name: string) => T;

  constructor(make: (name: string) => T) {
    this.#make = make;
  }

  at(name: string, place: number): T {
    const guess = this.list[place];
    if (guess !== undefined && guess.name === name) return guess;
    const known = this.#byName.get(name);
    if (known !== undefined) return known;
    const made = this.#make(name);
    this.list.push(made);
    this.#byName.set(name, made);
    return made;
  }

  has(name: string): boolean {
    return this.#byName.has(name);
  }
}

export class Predictions implements PredictionColumns {
  rows = 0;
  timeMs = new Float64Array(FIRST_ROWS);
  restNs = new Int32Array(FIRST_ROWS);
  dataset = new Uint8Array(FIRST_ROWS);
  durationMs = new Float64Array(FIRST_ROWS);
  inputTokens = new Float64Array(FIRST_ROWS);
  outputTokens = new Float64Array(FIRST_ROWS);
  cost = new Float64Array(FIRST_ROWS);
  readonly version: string[] = [];
  readonly id: (string | null)[] = [];
  readonly error: (string | null)[] = [];
  readonly currency: (string | null)[] = [];
  readonly valueColumns = new NamedColumns((name) => new Values(name));
  readonly segmentColumns = new NamedColumns((name) => new Texts(name));
  readonly protectedColumns = new NamedColumns((name) => new Texts(name));

  get values(): readonly Values[] {
    return this.valueColumns.list;
  }
  get segments(): readonly Texts[] {
    return this.segmentColumns.list;
  }
  get protected(): readonly Texts[] {
    return this.protectedColumns.list;
  }

  /** Makes room for one more row and returns its number. */
  next(): number {
    const row = this.rows;
    if (row >= this.timeMs.length) {
      this.timeMs = grown(this.timeMs, row);
      this.restNs = grown(this.restNs, row);
      this.dataset = grown(this.dataset, row);
      this.durationMs = grown(this.durationMs, row);
      this.inputTokens = grown(this.inputTokens, row);
      this.outputTokens = grown(this.outputTokens, row);
      this.cost = grown(this.cost, row);
    }
    this.rows += 1;
    return row;
  }
}

export class Labels implements LabelColumns {
  rows = 0;
  timeMs = new Float64Array(FIRST_ROWS);
  restNs = new Int32Array(FIRST_ROWS);
  readonly id: string[] = [];
  readonly value = new Values('value');
  readonly source: (string | null)[] = [];

  next(): number {
    const row = this.rows;
    this.timeMs = grown(this.timeMs, row);
    this.restNs = grown(this.restNs, row);
    this.rows += 1;
    return row;
  }
}
