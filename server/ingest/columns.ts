import { TEXT } from '../batch.ts';
import type { LabelColumns, PredictionColumns, TextColumn, ValueColumn } from '../batch.ts';
import { Ids } from '../ids.ts';
import { ValueArena, ValueBlock } from './value-block.ts';

/** Columns that grow while a request is read. */

export class Values implements ValueColumn {
  readonly name: string;
  readonly #block: ValueBlock;
  readonly place: number;

  constructor(name: string, block: ValueBlock, place: number) {
    this.name = name;
    this.#block = block;
    this.place = place;
    block.widen(place + 1);
  }

  get first(): number {
    return this.#block.base + this.place;
  }
  get step(): number {
    return this.#block.width;
  }
  get tags(): Uint8Array {
    return this.#block.tags;
  }
  get numbers(): Float64Array {
    return this.#block.numbers;
  }
  get texts(): readonly string[] {
    return this.#block.arena.texts;
  }

  set(row: number, tag: number, value: number | string): void {
    if (tag === TEXT) this.setText(row, value as string);
    else this.setNumber(row, tag, value as number);
  }

  setNumber(row: number, tag: number, value: number): void {
    const block = this.#block;
    const at = block.cellsOf(row) + this.place;
    block.tags[at] = tag;
    block.numbers[at] = value;
  }

  setText(row: number, text: string): void {
    const { texts } = this.#block.arena;
    this.setNumber(row, TEXT, texts.length);
    texts.push(text);
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

/** Up to so many names are looked for one by one: that is faster than making a map for a row or two. */
const FEW = 32;

/** Columns by name. Rows name them in the same order, so the one behind the last one found is tried first. */
export class NamedColumns<T extends { readonly name: string }> {
  readonly list: T[] = [];
  #places: Map<string, number> | null = null;
  #next = 0;
  readonly #make: (name: string, place: number) => T;
  /** Columns of another model whose names these follow, as long as they do. */
  #like: readonly { readonly name: string }[];

  constructor(make: (name: string, place: number) => T, like: readonly { readonly name: string }[] = []) {
    this.#make = make;
    this.#like = like;
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
    // Two columns of one model never have one name, so the next name of the model that is followed is new here.
    if (this.#like[list.length]?.name === name) return undefined;
    const place = this.#placeOf(name);
    if (place < 0) return undefined;
    this.#next = place + 1 === list.length ? 0 : place + 1;
    return list[place];
  }

  add(name: string): T {
    const made = this.#make(name, this.list.length);
    if (this.#like[this.list.length]?.name !== name) this.#like = [];
    this.#places?.set(name, this.list.length);
    this.list.push(made);
    return made;
  }

  /** Takes back columns that came last. */
  cut(columns: number): void {
    this.list.length = columns;
    this.#like = [];
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

function textsOf(name: string): Texts {
  return new Texts(name);
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
  readonly valueColumns: NamedColumns<Values>;
  readonly segmentColumns = new NamedColumns(textsOf);
  readonly protectedColumns = new NamedColumns(textsOf);
  readonly block: ValueBlock;

  /** `like`: columns of another model, whose rows these may resemble. */
  constructor(arena = new ValueArena(), like: readonly Values[] = []) {
    const block = new ValueBlock(arena, like.length);
    this.block = block;
    this.valueColumns = new NamedColumns((name, place) => new Values(name, block, place), like);
  }

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
    const row = this.rows;
    this.block.reserve(row);
    this.rows += 1;
    return row;
  }

  /** Takes back the last row; `columns` is how many columns of values there were before it. */
  takeBack(columns: number): void {
    this.rows -= 1;
    const { rows } = this;
    for (const list of this.#lists()) if (list.length > rows) list.length = rows;
    this.id.cut(rows);
    this.block.clear(rows);
    this.valueColumns.cut(columns);
    for (const column of [...this.segments, ...this.protected]) column.cut(rows);
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
  readonly value: Values;
  readonly source: (string | undefined)[] = [];
  readonly #block: ValueBlock;

  constructor(arena = new ValueArena()) {
    this.#block = new ValueBlock(arena, 1);
    this.value = new Values('value', this.#block, 0);
  }

  next(): number {
    this.#block.reserve(this.rows);
    this.rows += 1;
    return this.rows - 1;
  }
}

/** Of models that a request tells no label of. Never written to. */
export const NO_LABELS = new Labels();

/** Sets what a row tells in a list that is as long as the last row that told it. */
export function tell<T>(list: T[], row: number, told: { readonly value: T; readonly untold: T }): void {
  while (list.length < row) list.push(told.untold);
  list[row] = told.value;
}
