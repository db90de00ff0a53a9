import type { IngestReply, IngestRequest, RejectReason, Rejection } from '../model.ts';
import type { QuarantineEntry, QuarantineTotal, ShapeField } from '../ports.ts';

/** Examples of one reason that are kept for a tenant; each reason has its own room, so that none pushes out another. */
const KEPT_EXAMPLES = 5;
/** After so long an example gives way to a newer one: the sender of that day is the one to be found. */
const EXAMPLE_LIVES_MS = 86_400_000;
const MAX_MESSAGE = 600;
/** Writing is gathered: a flood of refusals costs a transaction a second, however many they are. */
const SAVE_AFTER_MS = 1000;

/** What of the quarantine is on disk. */
export interface QuarantineState {
  readonly totals: readonly QuarantineTotal[];
  readonly examples: readonly QuarantineEntry[];
}

/** Keeps the quarantine over a restart. */
export interface QuarantineKeeper {
  readonly load: () => Promise<QuarantineState>;
  /** Puts the totals that are named in the place of what was kept of them, and all examples of each tenant and reason named. */
  readonly save: (changed: QuarantineState) => Promise<void>;
}

/** The shape of one refused record, by reason. */
export type Shapes = ReadonlyMap<RejectReason, readonly ShapeField[]>;

/** What is known of the request, or of several of one kind. */
interface Refused extends Pick<IngestRequest, 'tenant' | 'protocol' | 'receivedAtMs'> {
  readonly requests?: number;
}

/** Refused records in words: what was wrong, how often, and the shape of the first ones. Bounded in memory and on disk. */
export class Quarantine {
  readonly #keeper: QuarantineKeeper | null;
  readonly #totals = new Map<string, QuarantineTotal>();
  /** Oldest first, by tenant and reason. */
  readonly #examples = new Map<string, readonly QuarantineEntry[]>();
  readonly #changedTotals = new Set<string>();
  readonly #changedExamples = new Set<string>();
  #timer: NodeJS.Timeout | null = null;

  private constructor(keeper: QuarantineKeeper | null) {
    this.#keeper = keeper;
  }

  /** Without a keeper it lives as long as the process. */
  static async open(keeper: QuarantineKeeper | null): Promise<Quarantine> {
    const quarantine = new Quarantine(keeper);
    const { totals, examples } = (await keeper?.load()) ?? { totals: [], examples: [] };
    for (const total of totals) quarantine.#totals.set(totalKey(total), total);
    for (const example of examples.toSorted((a, b) => a.atMs - b.atMs)) {
      const key = exampleKey(example);
      quarantine.#examples.set(key, [...(quarantine.#examples.get(key) ?? []), example]);
    }
    return quarantine;
  }

  add(request: Refused, reply: Pick<IngestReply, 'rejected'>, shapes: Shapes = new Map()): void {
    if (reply.rejected.length === 0) return;
    for (const rejection of reply.rejected) {
      this.#count(request, rejection);
      this.#exemplify(request, rejection, shapes.get(rejection.reason) ?? []);
    }
    this.#plan();
  }

  #plan(): void {
    if (this.#keeper === null || this.#timer !== null) return;
    this.#timer = setTimeout(() => void this.save().catch(() => {}), SAVE_AFTER_MS);
    this.#timer.unref();
  }

  #count({ tenant, protocol, receivedAtMs, requests = 1 }: Refused, { reason, count }: Rejection): void {
    const key = totalKey({ tenant, reason, protocol });
    const before = this.#totals.get(key);
    const atMs = Math.trunc(receivedAtMs);
    this.#totals.set(key, {
      tenant,
      reason,
      protocol,
      records: (before?.records ?? 0) + count,
      requests: (before?.requests ?? 0) + requests,
      firstMs: Math.min(before?.firstMs ?? Infinity, atMs),
      lastMs: Math.max(before?.lastMs ?? -Infinity, atMs),
    });
    this.#changedTotals.add(key);
  }

  #exemplify(request: Refused, rejection: Rejection, shape: readonly ShapeField[]): void {
    const { tenant, protocol } = request;
    const { reason, count } = rejection;
    const atMs = Math.trunc(request.receivedAtMs);
    const key = exampleKey({ tenant, reason });
    const known = this.#examples.get(key) ?? [];
    const oldest = known[0];
    const isFull = known.length >= KEPT_EXAMPLES;
    if (isFull && oldest !== undefined && atMs - oldest.atMs < EXAMPLE_LIVES_MS) return;
    const message = rejection.message.slice(0, MAX_MESSAGE);
    const example = { atMs, tenant, protocol, reason, count, message, ...(shape.length > 0 && { shape }) };
    this.#examples.set(key, [...(isFull ? known.slice(1) : known), example]);
    this.#changedExamples.add(key);
  }

  /** Newest first; null asks for all tenants. */
  entries(tenant: string | null): readonly QuarantineEntry[] {
    const found = [...this.#examples.values()].flat();
    return found.filter((entry) => isOf(entry, tenant)).toSorted((a, b) => b.atMs - a.atMs);
  }

  /** The last seen first; null asks for all tenants. */
  totals(tenant: string | null): readonly QuarantineTotal[] {
    return [...this.#totals.values()]
      .filter((total) => isOf(total, tenant))
      .toSorted((a, b) => b.lastMs - a.lastMs || b.records - a.records);
  }

  /** Writes what changed since; what cannot be written is tried again with the next refusal. */
  async save(): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    const totals = [...this.#changedTotals];
    const examples = [...this.#changedExamples];
    if (this.#keeper === null || totals.length === 0) return;
    this.#changedTotals.clear();
    this.#changedExamples.clear();
    try {
      await this.#keeper.save({
        totals: totals.flatMap((key) => this.#totals.get(key) ?? []),
        examples: examples.flatMap((key) => this.#examples.get(key) ?? []),
      });
    } catch (error) {
      for (const key of totals) this.#changedTotals.add(key);
      for (const key of examples) this.#changedExamples.add(key);
      throw error;
    }
  }
}

function isOf({ tenant }: { readonly tenant: string }, asked: string | null): boolean {
  return asked === null || tenant === asked;
}

function totalKey({ tenant, reason, protocol }: Pick<QuarantineTotal, 'tenant' | 'reason' | 'protocol'>) {
  return JSON.stringify([tenant, reason, protocol]);
}

function exampleKey({ tenant, reason }: Pick<QuarantineEntry, 'tenant' | 'reason'>): string {
  return JSON.stringify([tenant, reason]);
}
