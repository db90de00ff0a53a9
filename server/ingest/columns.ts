import { ABSENT, TEXT } from '../batch.ts';
import type { LabelColumns, PredictionColumns, TextColumn, ValueColumn } from '../batch.ts';
import { Ids } from '../ids.ts';

/** Columns that grow while a request is read. A request may hold rows of a thousand models: they start small. */

/** So few that V8 keeps them beside the object; a block of its own costs more than a row. */
const FIRST_ROWS = 8;
const GROWTH = 8;

export class Values implements ValueColumn {
  readonly name: string;
  tags = new Uint8Array(FIRST_ROWS);
  numbers = new Float64Array(FIRST_ROWS);
  readonly texts: (string | undefined)[] = [];

  constructor(name: string) {
    this.name = name;
  }

  set(row: number, tag: number, value: number | string): void {
    if (tag === TEXT) this.setText(row, value as string);
    else this.setNumber(row, tag, value as number);
  }

  setNumber(row: number, tag: number, value: number): void {
    if (row >= this.tags.length) this.#grow(row);
    this.tags[row] = tag;
    this.numbers[row] = value;
  }

  setText(row: number, text: string): void {
    if (row >= this.tags.length) this.#grow(row);
    this.tags[row] = TEXT;
    const { texts } = this;
    while (texts.length < row) texts.push(undefined);
    texts[row] = text;
  }

  /** Forgets what was set of this row and behind. */
  cut(row: number): void {
    this.tags.fill(ABSENT, row);
    if (this.texts.length > row) this.texts.length = row;
  }

  #grow(row: number): void {
    const rows = Math.max(row + 1, this.tags.length * GROWTH);
    const { tags, numbers } = this;
    this.tags = new Uint8Array(rows);
    this.tags.set(tags);
    this.numbers = new Float64Array(rows);
    this.numbers.set(numbers);
  }
}

export class Texts implements TextColumn {
  readonly name: string;
  readonly texts: (string | undefined)[] = [];

  constructor(name: string) {
    this.name = name;
  }

  set(row: number, text: string): void {
    const { texts } = this;
    while (texts.length < row) texts.push(undefined);
    texts[row] = text;
  }

  cut(row: number): void {
    if (this.texts.length > row) this.texts.length = row;
  }
}

interface Named {
  readonly name: string;
  readonly cut: (row: number) => void;
}

/** Up to so many names are looked for one by one: that is faster than making a map for a row or two. */
const FEW = 32;

/** Columns by name. Rows name them in the same order, so the one behind the last one found is tried first. */
export class NamedColumns<T extends Named> {
  readonly list: T[] = [];
  #places: Map<string, number> | null = null;
  #next = 0;
  readonly #make: (name: string) => T;

  constructor(make: (name: string) => T) {
    this.#make = make;
  }

  /** The column of this name, made when it is new. */
  at(name: string): T {
    return this.find(name) ?? this.add(name);
  }

  find(name: string): T | undefined {
    const { list } = this;
    const guess = list[this.#next];
    if (guess !== undefined && guess.name === name) {
      this.#next = this.#next + 1 === list.length ? 0 : this.#next + 1;
      return guess;
    }
    const place = this.#placeOf(name);
    if (place < 0) return undefined;
    this.#next = place + 1 === list.length ? 0 : place + 1;
    return list[place];
  }

  add(name: string): T {
    const made = this.#make(name);
    this.#places?.set(name, this.list.length);
    this.list.push(made);
    return made;
  }

  /** Takes back a row, and the columns that came with it. */
  cut(row: number, columns: number): void {
    this.list.length = columns;
    for (const column of this.list) column.cut(row);
    this.#places = null;
    this.#next = 0;
  }

  #placeOf(name: string): number {
    const { list } = this;
    if (list.length > FEW) {
      this.#places ??= new Map(list.map((column, place) => [column.name, place]));
      return this.#places.get(name) ?? -1;
    }
    for (let place = 0; place < list.length; place += 1) if ((list[place] as T).name === name) return place;
    return -1;
  }
}

export class Predictions implements PredictionColumns {
  rows = 0;
  readonly timeMs: number[] = [];
  readonly restNs: number[] = [];
  readonly dataset: number[] = [];
  readonly durationMs: number[] = [];
  readonly inputTokens: number[] = [];
  readonly outputTokens: number[] = [];
  readonly cost: number[] = [];
  readonly version: string[] = [];
  readonly id = new Ids();
  readonly error: (string | undefined)[] = [];
  readonly currency: (string | undefined)[] = [];
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

  /** Columns that are features; names that start with $ are none. */
  get features(): number {
    return this.values.reduce((features, { name }) => features + Number(!name.startsWith('$')), 0);
  }

  /** Makes room for one more row and returns its number. */
  next(): number {
    this.rows += 1;
    return this.rows - 1;
  }

  /** Takes back the last row; `columns` is how many columns of values there were before it. */
  takeBack(columns: number): void {
    this.rows -= 1;
    const { rows } = this;
    for (const list of this.#lists()) if (list.length > rows) list.length = rows;
    this.id.cut(rows);
    this.valueColumns.cut(rows, columns);
    this.segmentColumns.cut(rows, this.segmentColumns.list.length);
    this.protectedColumns.cut(rows, this.protectedColumns.list.length);
  }

  #lists(): readonly unknown[][] {
    const { timeMs, restNs, dataset, durationMs, inputTokens, outputTokens, cost } = this;
    return [
      timeMs,
      restNs,
      dataset,
      durationMs,
      inputTokens,
      outputTokens,
      cost,
      this.version,
      this.error,
      this.currency,
    ];
  }
}

export class Labels implements LabelColumns {
  rows = 0;
  readonly timeMs: number[] = [];
  readonly restNs: number[] = [];
  readonly id = new Ids();
  readonly value = new Values('value');
  readonly source: (string | undefined)[] = [];

  next(): number {
    this.rows += 1;
    return this.rows - 1;
  }
}

/** Sets what a row tells in a list that is as long as the last row that told it. */
export function tell<T>(list: T[], row: number, told: { readonly value: T; readonly untold: T }): void {
  while (list.length < row) list.push(told.untold);
  list[row] = told.value;
}
