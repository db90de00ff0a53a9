import type { Batch, Half, ModelBatch } from '../../batch.ts';
import type { Rejection } from '../../model.ts';
import type { Unpaired } from '../../ports-schema.ts';
import type { Session } from './database.ts';
import { joinHalves } from './join-halves.ts';
import type { PairState } from './join-halves.ts';
import type { Tables } from './tables.ts';

/** How long a half waits for the other, and a pair that is done is remembered. */
export const HALF_TTL_MS = 600_000;
/** Of a tenant: sixty pairs a second for ten minutes. */
export const MAX_PAIRS = 40_000;
export const MAX_WAITING_BYTES = 64_000_000;
const MAX_HALF_BYTES = 8_000_000;

/** One tenant's pairs, the oldest first, and the bytes of what waits. */
class Pairs {
  readonly #pairs = new Map<string, PairState>();
  #bytes = 0;

  get(pair: string): PairState | undefined {
    return this.#pairs.get(pair);
  }

  set(pair: string, state: PairState): void {
    this.delete(pair);
    this.#pairs.set(pair, state);
    this.#bytes += bytesOf(state);
  }

  delete(pair: string): void {
    const known = this.#pairs.get(pair);
    if (known === undefined) return;
    this.#pairs.delete(pair);
    this.#bytes -= bytesOf(known);
  }

  oldest(): readonly [string, PairState] | undefined {
    return this.#pairs.entries().next().value;
  }

  get crowded(): boolean {
    return this.#pairs.size > MAX_PAIRS || this.#bytes > MAX_WAITING_BYTES;
  }
}

function bytesOf(state: PairState): number {
  return state.state === 'joined' ? 0 : state.payload.length;
}

interface Told {
  readonly models: ModelBatch[];
  readonly rejected: Rejection[];
  readonly warnings: Rejection[];
}

/**
 * Requests and responses of serving stacks that wait for each other: on disk, and all of them in memory. Changes go into
 * the transaction of the rows they make.
 */
export class Halves {
  readonly #table: Tables['halves'];
  readonly #tenants = new Map<string, Pairs>();
  #sequence = 0n;

  constructor(table: Tables['halves']) {
    this.#table = table;
  }

  async load(session: Session): Promise<void> {
    const rows = await session.rows(
      'SELECT sequence, tenant, pair, state, received_ms, payload FROM halves ORDER BY sequence',
    );
    for (const [sequence, tenant, pair, state, receivedMs, payload] of rows) {
      this.#sequence = BigInt(String(sequence));
      const pairs = this.#of(String(tenant));
      const found = stateOf(String(state), Number(receivedMs), String(payload));
      if (found === null) pairs.delete(String(pair));
      else pairs.set(String(pair), found);
    }
  }

  /** The batch with its halves as rows, where the others had come; what waited in vain is told with it. */
  join(batch: Batch): Batch {
    const { halves, ...rest } = batch;
    if (halves === undefined) return batch;
    const told: Told = {
      models: [...batch.models],
      rejected: [...batch.rejected],
      warnings: [...batch.warnings],
    };
    const expired = this.#expire(batch.tenant, batch.receivedAtMs);
    if (expired > 0) told.rejected.push(unpaired(expired));
    for (const half of halves) this.#take(half, batch, told);
    const evicted = this.#makeRoom(batch.tenant, batch.receivedAtMs);
    if (evicted > 0) told.rejected.push(crowdedOut(evicted));
    return { ...rest, ...told };
  }

  /** Whether there is anything to expire. */
  hasExpired(nowMs: number): boolean {
    for (const pairs of this.#tenants.values()) {
      const oldest = pairs.oldest();
      if (oldest !== undefined && isOver(oldest[1], nowMs)) return true;
    }
    return false;
  }

  /** Forgets what is older than the time a half waits, of all tenants; what had waited in vain is returned to be told. */
  expire(nowMs: number): readonly Unpaired[] {
    return [...this.#tenants.keys()].flatMap((tenant) => {
      const expired = this.#expire(tenant, nowMs);
      return expired > 0 ? [{ tenant, rejection: unpaired(expired) }] : [];
    });
  }

  #of(tenant: string): Pairs {
    const known = this.#tenants.get(tenant);
    if (known !== undefined) return known;
    const made = new Pairs();
    this.#tenants.set(tenant, made);
    return made;
  }

  #take(half: Half, { tenant, receivedAtMs }: Batch, told: Told): void {
    if (half.payload.length > MAX_HALF_BYTES) {
      told.rejected.push(tooLarge(half));
      return;
    }
    const pairs = this.#of(tenant);
    const { next, other } = joinHalves(pairs.get(half.pair), half, receivedAtMs);
    if (next === null) return;
    pairs.set(half.pair, next);
    this.#write(tenant, half.pair, { ...next, payload: next.state === 'joined' ? '' : next.payload });
    if (other === null) return;
    const rows = half.complete(other);
    told.models.push(...rows.models);
    told.rejected.push(...rows.rejected);
    told.warnings.push(...rows.warnings);
  }

  /** Forgets what is older than the time a half waits; returns how many halves had waited in vain. */
  #expire(tenant: string, nowMs: number): number {
    const pairs = this.#of(tenant);
    let waited = 0;
    for (let oldest = pairs.oldest(); oldest !== undefined; oldest = pairs.oldest()) {
      if (!isOver(oldest[1], nowMs)) break;
      waited += this.#drop(tenant, oldest, nowMs);
    }
    return waited;
  }

  #makeRoom(tenant: string, nowMs: number): number {
    const pairs = this.#of(tenant);
    let waited = 0;
    for (let oldest = pairs.oldest(); oldest !== undefined && pairs.crowded; oldest = pairs.oldest())
      waited += this.#drop(tenant, oldest, nowMs);
    return waited;
  }

  /** 1 when it was a half that waited: its end is written, so that it is told once only. */
  #drop(tenant: string, [pair, { state }]: readonly [string, PairState], nowMs: number): number {
    this.#of(tenant).delete(pair);
    if (state === 'joined') return 0;
    this.#write(tenant, pair, { state: 'unpaired', receivedMs: nowMs, payload: '' });
    return 1;
  }

  #write(
    tenant: string,
    pair: string,
    row: { readonly state: string; readonly receivedMs: number; readonly payload: string },
  ): void {
    this.#sequence += 1n;
    this.#table.sequence.push(this.#sequence);
    this.#table.tenant.push(tenant);
    this.#table.pair.push(pair);
    this.#table.state.push(row.state);
    this.#table.receivedMs.push(BigInt(Math.trunc(row.receivedMs)));
    this.#table.payload.push(row.payload);
  }
}

function isOver({ receivedMs }: PairState, nowMs: number): boolean {
  return nowMs - receivedMs > HALF_TTL_MS;
}

function stateOf(state: string, receivedMs: number, payload: string): PairState | null {
  if (state === 'joined') return { state, receivedMs };
  return state === 'request' || state === 'response' ? { state, receivedMs, payload } : null;
}

/** Halves that are done go first, then what told their end, when no repeat of them is to be known any more. */
export const PRUNE_HALVES_SQL: readonly string[] = [
  `DELETE FROM halves WHERE state IN ('request', 'response') AND sequence < (
    SELECT max(newer.sequence) FROM halves newer WHERE newer.tenant = halves.tenant AND newer.pair = halves.pair)`,
  `DELETE FROM halves WHERE state IN ('joined', 'unpaired')
    AND received_ms < (SELECT max(received_ms) - ${HALF_TTL_MS} FROM halves)`,
];

const WHY = 'Log both sides (in KServe: logger mode all); only responses with status 200 are logged at all.';

function unpaired(count: number): Rejection {
  return {
    reason: 'unpaired',
    count,
    message: `Requests or responses of a serving stack got no other half within ${HALF_TTL_MS / 1000} seconds and were dropped. ${WHY}`,
  };
}

function crowdedOut(count: number): Rejection {
  return {
    reason: 'unpaired',
    count,
    message: `More than ${MAX_PAIRS} requests and responses, or ${MAX_WAITING_BYTES} bytes of them, wait for their other halves; the oldest were dropped. ${WHY}`,
  };
}

function tooLarge({ side, payload }: Half): Rejection {
  return {
    reason: 'too_large',
    count: 1,
    message: `The ${side} of an inference takes ${payload.length} bytes, at most ${MAX_HALF_BYTES} can wait; log smaller requests or upload batches as a file.`,
  };
}
