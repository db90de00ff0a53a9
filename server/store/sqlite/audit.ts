import { createHash } from 'node:crypto';
import type { AuditEntry } from '../../ports.ts';
import type { Database, Row } from './database.ts';

export interface NewAuditEntry {
  readonly atMs: number;
  readonly actor: string;
  readonly kind: string;
  /** null: about the appliance, not about a tenant. */
  readonly tenant: string | null;
  readonly subject: string;
  readonly text: string;
}

const FIRST_HASH = '0'.repeat(64);

/** Appends an entry that carries the hash of the entry before, so that none can be changed or taken out unseen. */
export function appendAudit(database: Database, entry: NewAuditEntry): void {
  const last = database.get('SELECT sequence, hash FROM audit ORDER BY sequence DESC LIMIT 1');
  const sequence = Number(last?.['sequence'] ?? 0) + 1;
  const previous = String(last?.['hash'] ?? FIRST_HASH);
  database.run(
    `INSERT INTO audit (sequence, at_ms, actor, kind, tenant, subject, text, previous_hash, hash)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    sequence,
    entry.atMs,
    entry.actor,
    entry.kind,
    entry.tenant,
    entry.subject,
    entry.text,
    previous,
    hashOf(previous, sequence, entry),
  );
}

function hashOf(previous: string, sequence: number, entry: NewAuditEntry): string {
  const { atMs, actor, kind, tenant, subject, text } = entry;
  const parts = [previous, sequence, atMs, actor, kind, tenant, subject, text];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}

/** Newest first. A tenant sees its own entries only. */
export function listAudit(database: Database, tenant: string | null, limit: number): readonly AuditEntry[] {
  return database
    .all(
      'SELECT * FROM audit WHERE ? IS NULL OR tenant = ? ORDER BY sequence DESC LIMIT ?',
      tenant,
      tenant,
      limit,
    )
    .map((row) => ({
      ...entryOf(row),
      sequence: Number(row['sequence']),
      hash: String(row['hash']),
    }));
}

function entryOf(row: Row): NewAuditEntry {
  return {
    atMs: Number(row['at_ms']),
    actor: String(row['actor']),
    kind: String(row['kind']),
    tenant: row['tenant'] === null ? null : String(row['tenant']),
    subject: String(row['subject']),
    text: String(row['text']),
  };
}

/** Recomputes the whole chain; `brokenAt` is the sequence of the first entry that does not fit. */
export function verifyChain(database: Database): {
  readonly entries: number;
  readonly brokenAt: number | null;
} {
  const rows = database.all('SELECT * FROM audit ORDER BY sequence');
  let previous = FIRST_HASH;
  for (const [index, row] of rows.entries()) {
    const sequence = index + 1;
    const fits =
      Number(row['sequence']) === sequence &&
      row['previous_hash'] === previous &&
      row['hash'] === hashOf(previous, sequence, entryOf(row));
    if (!fits) return { entries: rows.length, brokenAt: sequence };
    previous = String(row['hash']);
  }
  return { entries: rows.length, brokenAt: null };
}
