import type { Delivery, ModelKey } from '../../model.ts';
import type { Database, Row } from './database.ts';

/** What is needed to queue a delivery. */
export interface NewDelivery extends ModelKey {
  readonly id: string;
  readonly receiver: string;
  readonly kind: Delivery['kind'];
  readonly payload: Delivery['payload'];
  readonly stream: string;
  readonly threadKey: string;
  readonly incidentId: string | null;
  readonly expiresAtMs: number;
}

/** A delivery with what the route stage needs to settle it. */
export type OutboxRow = Delivery &
  Pick<NewDelivery, 'tenant' | 'model' | 'stream' | 'threadKey' | 'incidentId'>;

/** Queues a delivery, due now. The same id twice stays one delivery. */
export function queueDelivery(database: Database, delivery: NewDelivery, nowMs: number): void {
  const urgent = 'severity' in delivery.payload && delivery.payload.severity === 'page';
  database.run(
    `INSERT INTO deliveries (id, tenant, model, receiver, kind, urgency, incident_id, stream, thread_key, payload,
       state, attempt, created_at_ms, due_at_ms, expires_at_ms)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'pending', 0, ?, ?, ?) ON CONFLICT (id) DO NOTHING`,
    delivery.id,
    delivery.tenant,
    delivery.model,
    delivery.receiver,
    delivery.kind,
    urgent ? 0 : 1,
    delivery.incidentId,
    delivery.stream,
    delivery.threadKey,
    JSON.stringify(delivery.payload),
    nowMs,
    nowMs,
    delivery.expiresAtMs,
  );
}

const SELECT = `SELECT d.*, t.doc AS thread FROM deliveries d LEFT JOIN threads t ON t.key = d.thread_key`;

/** Leases what is due, pages first; an older open delivery of the same stream goes before. A lease that ran out is due again. */
export function leaseDue(
  database: Database,
  input: { readonly nowMs: number; readonly limit: number; readonly leaseMs: number },
): readonly OutboxRow[] {
  const { nowMs, limit, leaseMs } = input;
  const ids = database.all(
    `SELECT sequence FROM deliveries d
     WHERE state IN ('pending', 'leased') AND due_at_ms <= ? AND expires_at_ms > ?
       AND NOT EXISTS (SELECT 1 FROM deliveries o
         WHERE o.stream = d.stream AND o.state IN ('pending', 'leased') AND o.sequence < d.sequence)
     ORDER BY urgency, sequence LIMIT ?`,
    nowMs,
    nowMs,
    limit,
  );
  return ids.flatMap(({ sequence }) => {
    database.run(
      `UPDATE deliveries SET state = 'leased', attempt = attempt + 1, due_at_ms = ? WHERE sequence = ?`,
      nowMs + leaseMs,
      Number(sequence),
    );
    const row = database.get(`${SELECT} WHERE d.sequence = ?`, Number(sequence));
    return row === undefined ? [] : [fromRow(row)];
  });
}

export function deliveryById(database: Database, id: string): OutboxRow | null {
  const row = database.get(`${SELECT} WHERE d.id = ?`, id);
  return row === undefined ? null : fromRow(row);
}

export function settleRow(
  database: Database,
  id: string,
  change: { readonly state: 'pending' | 'sent' | 'dead'; readonly dueAtMs?: number; readonly detail: string },
): void {
  database.run(
    'UPDATE deliveries SET state = ?, due_at_ms = coalesce(?, due_at_ms), detail = ? WHERE id = ?',
    change.state,
    change.dueAtMs ?? null,
    change.detail,
    id,
  );
}

export function putThread(database: Database, key: string, thread: Readonly<Record<string, string>>): void {
  database.run(
    'INSERT INTO threads (key, doc) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET doc = excluded.doc',
    key,
    JSON.stringify(thread),
  );
}

export function isStreamOpen(database: Database, stream: string): boolean {
  const row = database.get(
    `SELECT 1 AS open FROM deliveries WHERE stream = ? AND state IN ('pending', 'leased') LIMIT 1`,
    stream,
  );
  return row !== undefined;
}

/** Deliveries whose time is over and that nobody is sending right now. */
export function expiredDeliveries(database: Database, nowMs: number): readonly OutboxRow[] {
  return database
    .all(
      `${SELECT} WHERE d.expires_at_ms <= ? AND (d.state = 'pending' OR (d.state = 'leased' AND d.due_at_ms <= ?))
       ORDER BY d.sequence`,
      nowMs,
      nowMs,
    )
    .map(fromRow);
}

/** Newest first, at most 500. */
export function listDeliveries(
  database: Database,
  filter: { readonly tenant: string | null; readonly incidentId?: string | undefined },
): readonly OutboxRow[] {
  const byIncident = filter.incidentId !== undefined;
  return database
    .all(
      `${SELECT} WHERE ${byIncident ? 'd.incident_id = ?' : '? IS NULL'} AND (? IS NULL OR d.tenant = ?)
       ORDER BY d.sequence DESC LIMIT 500`,
      filter.incidentId ?? null,
      filter.tenant,
      filter.tenant,
    )
    .map(fromRow);
}

function fromRow(row: Row): OutboxRow {
  const thread = row['thread'];
  return {
    id: String(row['id']),
    tenant: String(row['tenant']),
    model: String(row['model']),
    receiver: String(row['receiver']),
    kind: row['kind'] as Delivery['kind'],
    payload: JSON.parse(String(row['payload'])) as Delivery['payload'],
    attempt: Number(row['attempt']),
    state: row['state'] as Delivery['state'],
    dueAtMs: Number(row['due_at_ms']),
    expiresAtMs: Number(row['expires_at_ms']),
    mayRepeat: false,
    thread: typeof thread === 'string' ? (JSON.parse(thread) as Readonly<Record<string, string>>) : null,
    stream: String(row['stream']),
    threadKey: String(row['thread_key']),
    incidentId: row['incident_id'] === null ? null : String(row['incident_id']),
  };
}
