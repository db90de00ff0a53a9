import type { RecordScratch } from './record.ts';

/** What is to be told of a row when its turn comes. */
export type Note = (record: RecordScratch) => void;

/** Notes found column by column, kept for the rows they are about; the first of a row stays. Empty costs nothing. */
export class RowNotes {
  readonly #notes: Note[] = [];
  readonly #rows: number;
  #codes: Uint16Array | null = null;

  constructor(rows: number) {
    this.#rows = rows;
  }

  /** Keeps a note and returns its code, for `mark`. */
  note(note: Note): number {
    return this.#notes.push(note);
  }

  mark(row: number, code: number): void {
    this.#codes ??= new Uint16Array(this.#rows);
    if (this.#codes[row] === 0) this.#codes[row] = code;
  }

  tell(row: number, record: RecordScratch): void {
    if (this.#codes === null) return;
    const code = this.#codes[row] as number;
    if (code > 0) this.#notes[code - 1]?.(record);
  }
}
