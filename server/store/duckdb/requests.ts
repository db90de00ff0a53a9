import type { IngestReply } from '../../model.ts';

/** Requests are remembered this long, and the newest few however fast the clock runs. */
const KEPT_MS = 600_000;
const KEPT_COUNT = 20_000;

/** Replies to the requests that are stored or about to be, by the digest of their bodies. */
export class Requests {
  readonly #open = new Map<string, Promise<IngestReply>>();
  readonly #done = new Map<string, { readonly reply: IngestReply; readonly receivedMs: number }>();

  /** The reply to a repeat, or null when the request is new. */
  find(digest: string): Promise<IngestReply> | null {
    const done = this.#done.get(digest);
    if (done !== undefined) return Promise.resolve(repeat(done.reply));
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
    this.#done.set(digest, { reply, receivedMs });
    for (const [oldest, entry] of this.#done) {
      if (this.#done.size <= KEPT_COUNT || entry.receivedMs >= receivedMs - KEPT_MS) break;
      this.#done.delete(oldest);
    }
  }
}

/** What is no longer remembered may go from the table. */
export const PRUNE_REQUESTS_SQL = `
  DELETE FROM requests WHERE received_ms < (SELECT max(received_ms) - ${KEPT_MS} FROM requests)
    AND rowid < (SELECT max(rowid) - ${KEPT_COUNT} FROM requests)`;

function repeat(reply: IngestReply): IngestReply {
  return { ...reply, repeated: reply.accepted.predictions + reply.accepted.labels };
}
