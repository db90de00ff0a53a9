import type { Rejection, RejectReason } from '../model.ts';

/** Gathers what was refused: a count for every reason, and the words of its first record. */
export class Refusals {
  readonly #byReason = new Map<RejectReason, { count: number; readonly message: string }>();

  add(reason: RejectReason, message: string, count = 1): void {
    const known = this.#byReason.get(reason);
    if (known === undefined) this.#byReason.set(reason, { count, message });
    else known.count += count;
  }

  list(): readonly Rejection[] {
    return [...this.#byReason].map(([reason, { count, message }]) => ({ reason, count, message }));
  }
}

/** A name as it may stand in a message: short, in quotes, without control characters. */
export function quoted(name: string): string {
  const short = name.length > 80 ? `${name.slice(0, 80)}…` : name;
  return JSON.stringify(short);
}
