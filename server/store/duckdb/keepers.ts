import type { Committer } from './committer.ts';
import type { Database, Session } from './database.ts';
import { loadQuarantine, saveQuarantine } from './quarantine.ts';

/** What ingest remembers over a restart beside its rows. */

/** So often may it be written before the log that leaves is cleared: some hundred kilobytes. */
const CHECKPOINT_SAVES = 300;
/** As many as ingest remembers. */
const MAX_SENDERS = 1000;

interface KeptSender {
  readonly sender: string;
  readonly learnedMs: number;
  readonly schema: string;
}

interface Given {
  readonly database: Database;
  readonly committer: Committer;
  readonly exclusive: <T>(task: () => Promise<T>) => Promise<T>;
}

export interface Keeper<State, Changed = State> {
  readonly load: () => Promise<State>;
  readonly save: (changed: Changed) => Promise<void>;
}

export interface Keepers {
  readonly quarantine: Keeper<Awaited<ReturnType<typeof loadQuarantine>>>;
  readonly senders: Keeper<readonly KeptSender[]>;
}

/** Written between commits. Every so often what was replaced is cleared out of the log. */
export function createKeepers({ database, committer, exclusive }: Given): Keepers {
  const { reader, writer } = database;
  let saves = 0;
  const write = (task: () => Promise<void>) =>
    exclusive(async () => {
      await committer.transaction(task);
      saves += 1;
      if (saves % CHECKPOINT_SAVES === 0) await committer.checkpoint();
    });
  return {
    quarantine: {
      load: () => loadQuarantine(reader),
      save: (changed) => write(() => saveQuarantine(writer, changed)),
    },
    senders: {
      load: () => loadSenders(reader),
      save: (changed) => write(() => saveSenders(writer, changed)),
    },
  };
}

/** The longest known first. */
async function loadSenders(session: Session): Promise<readonly KeptSender[]> {
  const rows = await session.rows('SELECT sender, learned_ms, schema FROM senders ORDER BY learned_ms');
  return rows.map(([sender, learnedMs, schema]) => ({
    sender: String(sender),
    learnedMs: Number(learnedMs),
    schema: String(schema),
  }));
}

async function saveSenders(session: Session, changed: readonly KeptSender[]): Promise<void> {
  for (const { sender, learnedMs, schema } of changed) {
    await session.run('DELETE FROM senders WHERE sender = ?', [sender]);
    await session.run('INSERT INTO senders VALUES (?, ?, ?)', [
      sender,
      BigInt(Math.trunc(learnedMs)),
      schema,
    ]);
  }
  await session.run(
    `DELETE FROM senders WHERE sender IN (SELECT sender FROM senders ORDER BY learned_ms DESC, sender OFFSET ${MAX_SENDERS})`,
  );
}
