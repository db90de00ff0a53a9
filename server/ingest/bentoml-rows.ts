/**
 * Numbers the rows of one BentoML request, which share its id and may come in several bodies. A body that is sent again
 * gets the same numbers: a row is known by the time its record was made.
 */

const MAX_REQUESTS = 10_000;
const MAX_ROWS = 200_000;

interface Request {
  rows: number;
  readonly byTime: Map<string, number[]>;
}

export class BentomlRows {
  readonly #requests = new Map<string, Request>();
  #rows = 0;

  /** 0 for the first row of a request. `seen` counts the rows of this body by request and time. */
  number(row: {
    readonly request: string;
    readonly time: string;
    readonly seen: Map<string, number>;
  }): number {
    const request = this.#requests.get(row.request) ?? this.#open(row.request);
    const key = `${row.request}\n${row.time}`;
    const nth = row.seen.get(key) ?? 0;
    row.seen.set(key, nth + 1);
    const numbers = request.byTime.get(row.time) ?? [];
    const known = numbers[nth];
    if (known !== undefined) return known;
    request.byTime.set(row.time, [...numbers, request.rows]);
    request.rows += 1;
    this.#rows += 1;
    return request.rows - 1;
  }

  #open(name: string): Request {
    const made: Request = { rows: 0, byTime: new Map() };
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
