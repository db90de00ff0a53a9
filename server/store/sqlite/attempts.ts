import type { ReceiverAttempts } from '../../ports.ts';
import type { NotedAttempt } from '../../ports-deliveries.ts';
import type { Database, Row } from './database.ts';

/** What receivers made of what was sent to them, by tenant. */

export function noteAttempt(database: Database, { tenant, receiver, atMs, failure }: NotedAttempt): void {
  if (failure === null)
    database.run(
      `INSERT INTO attempts (tenant, receiver, sent_at_ms) VALUES (?, ?, ?)
       ON CONFLICT (tenant, receiver) DO UPDATE SET sent_at_ms = excluded.sent_at_ms`,
      tenant,
      receiver,
      atMs,
    );
  else
    database.run(
      `INSERT INTO attempts (tenant, receiver, failed_at_ms, failure) VALUES (?, ?, ?, ?)
       ON CONFLICT (tenant, receiver) DO UPDATE SET failed_at_ms = excluded.failed_at_ms, failure = excluded.failure`,
      tenant,
      receiver,
      atMs,
      failure,
    );
}

const NEVER = {
  lastSuccessMs: null,
  lastFailureMs: null,
  lastFailure: null,
  waiting: 0,
  oldestWaitingMs: null,
};

/** One entry a receiver that anything was ever sent to, or waits for; of one tenant, or of all together. */
export function receiverAttempts(database: Database, tenant: string | null): readonly ReceiverAttempts[] {
  const found = new Map<string, ReceiverAttempts>();
  for (const row of database.all('SELECT * FROM attempts WHERE ?1 IS NULL OR tenant = ?1', tenant)) {
    const receiver = String(row['receiver']);
    found.set(receiver, later(found.get(receiver) ?? { receiver, ...NEVER }, row));
  }
  const waiting = database.all(
    `SELECT receiver, count(*) AS waiting, min(created_at_ms) AS oldest FROM deliveries
     WHERE state IN ('pending', 'leased') AND (?1 IS NULL OR tenant = ?1) GROUP BY receiver`,
    tenant,
  );
  for (const row of waiting) {
    const receiver = String(row['receiver']);
    found.set(receiver, {
      ...(found.get(receiver) ?? { receiver, ...NEVER }),
      waiting: Number(row['waiting']),
      oldestWaitingMs: Number(row['oldest']),
    });
  }
  return [...found.values()].toSorted((first, second) => (first.receiver < second.receiver ? -1 : 1));
}

function later(known: ReceiverAttempts, row: Row): ReceiverAttempts {
  const [sentMs, failedMs] = [maybe(row['sent_at_ms']), maybe(row['failed_at_ms'])];
  const isFailureNewer = failedMs !== null && failedMs > (known.lastFailureMs ?? -Infinity);
  return {
    ...known,
    lastSuccessMs: sentMs === null ? known.lastSuccessMs : Math.max(sentMs, known.lastSuccessMs ?? sentMs),
    ...(isFailureNewer && { lastFailureMs: failedMs, lastFailure: String(row['failure']) }),
  };
}

function maybe(value: Row[string] | undefined): number | null {
  return value === null || value === undefined ? null : Number(value);
}
