/**
 * Bytes a second that a tenant may send, in debts: a body is let in, whatever its size, while the tenant owes
 * nothing, and is owed for then. So no body is refused for ever. Milliseconds are of any clock that only goes forward.
 */
export class Quota {
  readonly #bytesPerSecond: number;
  /** When each tenant will owe nothing; in the past: for so long it has sent nothing. */
  readonly #paidAtMs = new Map<string, number>();

  constructor(bytesPerSecond: number) {
    this.#bytesPerSecond = bytesPerSecond;
  }

  admits(tenant: string, nowMs: number): boolean {
    return this.#paid(tenant) <= nowMs;
  }

  /** What was not sent for up to a second may be sent at once. */
  charge(tenant: string, bytes: number, nowMs: number): void {
    const fromMs = Math.max(this.#paid(tenant), nowMs - 1000);
    this.#paidAtMs.set(tenant, fromMs + (bytes / this.#bytesPerSecond) * 1000);
  }

  #paid(tenant: string): number {
    return this.#paidAtMs.get(tenant) ?? Number.NEGATIVE_INFINITY;
  }
}
