/** Memory for the values of a request, handed out in pieces: a piece of its own for each of a thousand models is too dear. */
export class ValueArena {
  /** Every text of the request; a cell that holds a text holds its place here. */
  readonly texts: string[] = [];
  tags: Uint8Array;
  numbers: Float64Array;
  #used = 0;

  /** `cells`: how many are expected. */
  constructor(cells = 0) {
    const first = Math.max(FIRST_CELLS, Math.min(MOST_CELLS, cells));
    this.tags = new Uint8Array(first);
    this.numbers = new Float64Array(first);
  }

  /** Takes so many cells, all empty, of the `tags` and `numbers` that are there afterwards; returns the first. */
  take(cells: number): number {
    if (this.#used + cells > this.tags.length) {
      const size = Math.max(cells, Math.min(MOST_CELLS, this.tags.length * 2));
      this.tags = new Uint8Array(size);
      this.numbers = new Float64Array(size);
      this.#used = 0;
    }
    const first = this.#used;
    this.#used += cells;
    return first;
  }

  /** Makes the piece that was taken last longer where it stands; false where there is no room. */
  extend(tags: Uint8Array, end: number, cells: number): boolean {
    if (tags !== this.tags || end !== this.#used || end + cells > this.tags.length) return false;
    this.#used += cells;
    return true;
  }
}

const FIRST_CELLS = 256;
const MOST_CELLS = 262_144;
const FIRST_WIDTH = 4;
const GROWTH = 4;

/** The values of the rows of one model, row after row, as in the table they go to. */
export class ValueBlock {
  readonly arena: ValueArena;
  tags: Uint8Array;
  numbers: Float64Array;
  base: number;
  width: number;
  #rows = 1;

  constructor(arena: ValueArena, width: number) {
    this.arena = arena;
    this.width = Math.max(FIRST_WIDTH, width);
    this.base = arena.take(this.width);
    this.tags = arena.tags;
    this.numbers = arena.numbers;
  }

  /** Where the values of a row begin; good until the block is widened or grows. */
  cellsOf(row: number): number {
    return this.base + row * this.width;
  }

  /** Makes room for the row. */
  reserve(row: number): void {
    if (row < this.#rows) return;
    const rows = Math.max(row + 1, this.#rows * GROWTH);
    const cells = this.#rows * this.width;
    if (!this.arena.extend(this.tags, this.base + cells, (rows - this.#rows) * this.width))
      this.#move(rows, this.width);
    this.#rows = rows;
  }

  /** Makes room for so many values a row. */
  widen(width: number): void {
    if (width > this.width) this.#move(this.#rows, Math.max(width, this.width * 2));
  }

  clear(row: number): void {
    const first = this.base + row * this.width;
    this.tags.fill(0, first, first + this.width);
  }

  #move(rows: number, width: number): void {
    const { tags, numbers, base, arena } = this;
    const to = arena.take(rows * width);
    for (let row = 0; row < this.#rows; row += 1) {
      const from = base + row * this.width;
      arena.tags.set(tags.subarray(from, from + this.width), to + row * width);
      arena.numbers.set(numbers.subarray(from, from + this.width), to + row * width);
    }
    this.base = to;
    this.width = width;
    this.tags = arena.tags;
    this.numbers = arena.numbers;
  }
}
