import type { RejectReason } from '../../model.ts';
import type { QuarantineEntry, QuarantineTotal, ShapeField } from '../../ports.ts';
import type { Session } from './database.ts';

interface Kept {
  readonly totals: readonly QuarantineTotal[];
  readonly examples: readonly QuarantineEntry[];
}

/** What is kept of refused records. */
export async function loadQuarantine(session: Session): Promise<Kept> {
  const totals = await session.rows(
    'SELECT tenant, reason, protocol, records, requests, first_ms, last_ms FROM quarantine_totals',
  );
  const examples = await session.rows(
    'SELECT tenant, reason, protocol, at_ms, records, message, shape FROM quarantine_examples ORDER BY at_ms',
  );
  return {
    totals: totals.map((row) => ({
      tenant: String(row[0]),
      reason: String(row[1]) as RejectReason,
      protocol: String(row[2]),
      records: Number(row[3]),
      requests: Number(row[4]),
      firstMs: Number(row[5]),
      lastMs: Number(row[6]),
    })),
    examples: examples.map((row) => ({
      tenant: String(row[0]),
      reason: String(row[1]) as RejectReason,
      protocol: String(row[2]),
      atMs: Number(row[3]),
      count: Number(row[4]),
      message: String(row[5]),
      shape: JSON.parse(String(row[6])) as readonly ShapeField[],
    })),
  };
}

/** Puts the totals, and the examples of each tenant and reason named, in the place of those kept. Inside a transaction. */
export async function saveQuarantine(session: Session, { totals, examples }: Kept): Promise<void> {
  for (const { tenant, reason, protocol, records, requests, firstMs, lastMs } of totals) {
    await session.run('DELETE FROM quarantine_totals WHERE tenant = ? AND reason = ? AND protocol = ?', [
      tenant,
      reason,
      protocol,
    ]);
    await session.run('INSERT INTO quarantine_totals VALUES (?, ?, ?, ?, ?, ?, ?)', [
      tenant,
      reason,
      protocol,
      ...[records, requests, firstMs, lastMs].map(BigInt),
    ]);
  }
  for (const [key, same] of Map.groupBy(examples, ({ tenant, reason }) => JSON.stringify([tenant, reason]))) {
    await session.run(
      'DELETE FROM quarantine_examples WHERE tenant = ? AND reason = ?',
      JSON.parse(key) as string[],
    );
    for (const { tenant, reason, protocol, atMs, count, message, shape } of same)
      await session.run('INSERT INTO quarantine_examples VALUES (?, ?, ?, ?, ?, ?, ?)', [
        tenant,
        reason,
        protocol,
        BigInt(atMs),
        BigInt(count),
        message,
        JSON.stringify(shape ?? []),
      ]);
  }
}
