import type { Breaker } from '../../model.ts';
import type { ReceiverHealth } from '../../ports.ts';
import type { Database, Row } from './database.ts';

export function breakerOf(database: Database, receiver: string): Breaker | null {
  const row = database.get('SELECT * FROM breakers WHERE receiver = ?', receiver);
  return row === undefined ? null : fromRow(row);
}

export function putBreaker(database: Database, breaker: Breaker): void {
  database.run(
    `INSERT INTO breakers (receiver, failures, open_since_ms, probe_at_ms, last_error, last_error_at_ms)
     VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (receiver) DO UPDATE SET failures = excluded.failures,
       open_since_ms = excluded.open_since_ms, probe_at_ms = excluded.probe_at_ms,
       last_error = excluded.last_error, last_error_at_ms = excluded.last_error_at_ms`,
    breaker.receiver,
    breaker.failures,
    breaker.openSinceMs,
    breaker.probeAtMs,
    breaker.lastError,
    breaker.lastErrorAtMs,
  );
}

/** Every receiver that has failed, that something waits for, or that something never reached. */
export function receiverHealth(database: Database, tenant: string | null): readonly ReceiverHealth[] {
  return database
    .all(
      `SELECT r.receiver, coalesce(b.failures, 0) AS failures, b.open_since_ms, b.probe_at_ms, b.last_error,
         b.last_error_at_ms, r.waiting, r.dead, r.oldest
       FROM (SELECT receiver, sum(state IN ('pending', 'leased')) AS waiting, sum(state = 'dead') AS dead,
           min(iif(state IN ('pending', 'leased'), created_at_ms, NULL)) AS oldest
         FROM deliveries WHERE state IN ('pending', 'leased', 'dead') AND (?1 IS NULL OR tenant = ?1) GROUP BY receiver
         UNION ALL SELECT receiver, 0, 0, NULL FROM breakers o WHERE NOT EXISTS (SELECT 1 FROM deliveries d
           WHERE d.receiver = o.receiver AND d.state IN ('pending', 'leased', 'dead') AND (?1 IS NULL OR d.tenant = ?1))) r
         LEFT JOIN breakers b ON b.receiver = r.receiver ORDER BY r.receiver`,
      tenant,
    )
    .map((row) => ({
      ...fromRow(row),
      waiting: Number(row['waiting']),
      dead: Number(row['dead']),
      oldestWaitingMs: maybe(row['oldest']),
    }));
}

function fromRow(row: Row): Breaker {
  return {
    receiver: String(row['receiver']),
    failures: Number(row['failures']),
    openSinceMs: maybe(row['open_since_ms']),
    probeAtMs: maybe(row['probe_at_ms']),
    lastError: row['last_error'] === null ? null : String(row['last_error']),
    lastErrorAtMs: maybe(row['last_error_at_ms']),
  };
}

function maybe(value: Row[string] | undefined): number | null {
  return value === null || value === undefined ? null : Number(value);
}
