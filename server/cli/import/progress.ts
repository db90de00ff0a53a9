/** How far an import is: a bar that stays on its line on a terminal, else a line now and then. */

export interface ProgressOutput {
  readonly write: (text: string) => void;
  readonly isTerminal: boolean;
}

const BAR = 24;
const TERMINAL_EVERY_MS = 100;
const LINE_EVERY_MS = 10_000;

export class Progress {
  readonly #output: ProgressOutput;
  readonly #totalRows: number | null;
  readonly #startedAtMs: number;
  #toldAtMs: number;

  /** `totalRows`: about how many there are, null when nobody knows. */
  constructor(output: ProgressOutput, totalRows: number | null, nowMs: number) {
    this.#output = output;
    this.#totalRows = totalRows;
    this.#startedAtMs = nowMs;
    this.#toldAtMs = nowMs;
  }

  tell(rows: number, nowMs: number): void {
    const { isTerminal, write } = this.#output;
    if (nowMs - this.#toldAtMs < (isTerminal ? TERMINAL_EVERY_MS : LINE_EVERY_MS)) return;
    this.#toldAtMs = nowMs;
    write(isTerminal ? `\r\u001B[K${this.line(rows, nowMs)}` : `${this.line(rows, nowMs)}\n`);
  }

  /** Leaves the line to whatever is told next. */
  end(): void {
    if (this.#output.isTerminal) this.#output.write('\r\u001B[K');
  }

  line(rows: number, nowMs: number): string {
    const seconds = Math.max(0.001, (nowMs - this.#startedAtMs) / 1000);
    const rate = rows / seconds;
    const told = `${rows.toLocaleString('en')} rows, ${Math.round(rate).toLocaleString('en')} rows/s`;
    if (this.#totalRows === null || this.#totalRows === 0 || rate === 0) return told;
    const share = Math.min(1, rows / this.#totalRows);
    const full = Math.round(share * BAR);
    const left = Math.max(0, (this.#totalRows - rows) / rate);
    return `[${'#'.repeat(full)}${'.'.repeat(BAR - full)}] ${Math.floor(share * 100)} % ${told}, ${duration(left)} left`;
  }
}

function duration(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`;
  return seconds < 5400 ? `${Math.ceil(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}
