/**
 * Tells the rows of one BentoML request apart, which share its id and may come in several bodies. A body that is sent
 * again gets the same names: a row is known by the time its record was made.
 */

const MAX_REQUESTS = 10_000;
const MAX_ROWS = 200_000;

interface Request {
  rows: number;
  /** It may have begun before this memory did: which of its rows was the first is not known. */
  readonly torn: boolean;
  readonly byTime: Map<string, number[]>;
}

interface Row {
  readonly request: string;
  /** When its record was made, to the nanosecond. */
  readonly time: string;
  readonly timeMs: number;
  readonly receivedAtMs: number;
  /** The rows of this body by request and time. */
  readonly seen: Map<string, number>;
}

export class BentomlRows {
  readonly #requests = new Map<string, Request>();
  #rows = 0;

  #sinceMs = Infinity;

  /** What goes behind the id of a row; nothing for the first one of its request. */
  suffix(row: Row): string {
    this.#sinceMs = Math.min(this.#sinceMs, row.receivedAtMs);
    const request = this.#requests.get(row.request) ?? this.#open(row);
    const key = `${row.request}\n${row.time}`;
    const nth = row.seen.get(key) ?? 0;
    row.seen.set(key, nth + 1);
    if (request.torn) return nth === 0 ? `-${row.time}` : `-${row.time}-${nth}`;
    const number = this.#number(request, row.time, nth);
    return number === 0 ? '' : `-${number}`;
  }

  #number(request: Request, time: string, nth: number): number {
    const numbers = request.byTime.get(time) ?? [];
    const known = numbers[nth];
    if (known !== undefined) return known;
    request.byTime.set(time, [...numbers, request.rows]);
    request.rows += 1;
    this.#rows += 1;
    return request.rows - 1;
  }

  /** Only what stands first in a body can go on from the body before it. */
  #open({ request: name, timeMs, seen }: Row): Request {
    const torn = seen.size === 0 && timeMs < this.#sinceMs;
    const made: Request = { rows: 0, torn, byTime: new Map() };
    this.#requests.set(name, made);
    for (const [oldest, { rows }] of this.#requests) {
      if (this.#requests.size <= MAX_REQUESTS && this.#rows <= MAX_ROWS) break;
      if (oldest === name) break;
      this.#requests.delete(oldest);
      this.#rows -= rows;
    }
    return made;
  }
}
