import type { NotedRefusal } from '../ports-schema.ts';

/** A flood of refusals costs a message a second. */
const TELL_AFTER_MS = 1000;

export type RefusedRequest = Omit<NotedRefusal, 'requests'>;

/** Gathers what is refused before it is decoded, for the quarantine: bounded by tenants, protocols and reasons. */
export class RefusedUnread {
  readonly #tell: (refusals: readonly NotedRefusal[]) => Promise<void>;
  #gathered = new Map<string, NotedRefusal>();
  #timer: NodeJS.Timeout | null = null;

  constructor(tell: (refusals: readonly NotedRefusal[]) => Promise<void>) {
    this.#tell = tell;
  }

  add(refused: RefusedRequest): void {
    const key = JSON.stringify([refused.tenant, refused.protocol, refused.reason]);
    const known = this.#gathered.get(key);
    this.#gathered.set(
      key,
      known === undefined ? { ...refused, requests: 1 } : { ...known, requests: known.requests + 1 },
    );
    this.#timer ??= setTimeout(() => void this.flush(), TELL_AFTER_MS).unref();
  }

  /** Tells what was gathered. What cannot be told is gone from the quarantine only; it was counted and answered. */
  async flush(): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    const refusals = [...this.#gathered.values()];
    this.#gathered = new Map();
    if (refusals.length > 0) await this.#tell(refusals).catch(() => {});
  }
}
