import type { IngestReply } from '../../model.ts';

/** A body that comes again within this time is a repeat. */
const KEPT_MS = 600_000;
/** Eighty requests a second for ten minutes; beyond, the oldest are forgotten first. */
const KEPT_COUNT = 50_000;

/** Replies to the requests that are stored or about to be, by the digest of their bodies. */
export class Requests {
  readonly #open = new Map<string, Promise<IngestReply>>();
  readonly #done = new Map<string, { readonly reply: IngestReply; readonly receivedMs: number }>();

  /** The reply to a repeat, or null when the request is new or the first one is too long ago. */
  find(digest: string, nowMs: number): Promise<IngestReply> | null {
    const done = this.#done.get(digest);
    if (done !== undefined && Math.abs(nowMs - done.receivedMs) <= KEPT_MS)
      return Promise.resolve(repeat(done.reply));
    return this.#open.get(digest)?.then(repeat) ?? null;
  }

  /** Follows a new request until it is answered. */
  follow(digest: string, receivedMs: number, reply: Promise<IngestReply>): Promise<IngestReply> {
    const followed = reply.then((answer) => {
      this.#open.delete(digest);
      if (answer.status === 'ok') this.remember(digest, receivedMs, answer);
      return answer;
    });
    this.#open.set(digest, followed);
    return followed;
  }

  remember(digest: string, receivedMs: number, reply: IngestReply): void {
    this.#done.delete(digest);
    this.#done.set(digest, { reply, receivedMs });
    for (const [oldest, entry] of this.#done) {
      if (this.#done.size <= KEPT_COUNT && receivedMs - entry.receivedMs <= KEPT_MS) break;
      this.#done.delete(oldest);
    }
  }
}

/** What is no longer remembered may go from the table. */
export const PRUNE_REQUESTS_SQL = `
  DELETE FROM requests WHERE received_ms < (SELECT max(received_ms) - ${KEPT_MS} FROM requests)
    OR rowid <= (SELECT max(rowid) - ${KEPT_COUNT} FROM requests)`;

/** What was news the first time is none now. */
function repeat({ notices: _told, ...reply }: IngestReply): IngestReply {
  return { ...reply, repeated: reply.accepted.predictions + reply.accepted.labels };
}
