import type { Delivery, ModelKey } from '../../model.ts';
import type { DeliveryFilter, DeliveryRecord } from '../../ports.ts';
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
export interface OutboxRow extends DeliveryRecord {
  readonly threadKey: string;
}

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

const OPEN = `state IN ('pending', 'leased')`;

/** The oldest open delivery of each stream that is due; pages come first, whichever of the stream's is one. */
const HEADS = `SELECT d.sequence, d.stream, d.receiver, row_number() OVER (PARTITION BY d.receiver ORDER BY
    (SELECT min(u.urgency) FROM deliveries u WHERE u.stream = d.stream AND u.${OPEN}), d.sequence) AS place,
    (SELECT min(u.urgency) FROM deliveries u WHERE u.stream = d.stream AND u.${OPEN}) AS first
  FROM deliveries d WHERE d.${OPEN} AND d.due_at_ms <= ?1 AND d.expires_at_ms > ?1
    AND NOT EXISTS (SELECT 1 FROM deliveries o WHERE o.stream = d.stream AND o.${OPEN} AND o.sequence < d.sequence)`;

/** So many attempts at one receiver at once (judgement): one that hangs must not take every place there is. */
const MOST_OF_RECEIVER = 8;

export interface Leasing {
  readonly nowMs: number;
  readonly limit: number;
  readonly leaseMs: number;
  /** What is sent when the oldest of these, all of one stream and open, is due. */
  readonly choose: (open: readonly OutboxRow[]) => Chosen;
}

interface Chosen {
  readonly id: string;
  readonly payload: Delivery['payload'];
  readonly attempt: number;
  readonly mayRepeat: boolean;
  readonly superseded: readonly string[];
}

/**
 * Leases what is due, pages first; an older open delivery of the same stream goes before, or is superseded. A lease that ran
 * out is due again. Of a receiver whose breaker is open only one delivery is leased when its next try is due.
 */
export function leaseDue(database: Database, leasing: Leasing): readonly OutboxRow[] {
  const probes = dueProbes(database, leasing);
  const others = database
    .all(
      `SELECT sequence, stream FROM (${HEADS}) h
       WHERE NOT EXISTS (SELECT 1 FROM breakers b WHERE b.receiver = h.receiver AND b.open_since_ms IS NOT NULL)
         AND place <= ?2 - (SELECT count(*) FROM deliveries l
           WHERE l.receiver = h.receiver AND l.state = 'leased' AND l.due_at_ms > ?1)
       ORDER BY first, sequence LIMIT ?3`,
      leasing.nowMs,
      MOST_OF_RECEIVER,
      leasing.limit,
    )
    .map((row) => String(row['stream']));
  return [...probes, ...others].slice(0, leasing.limit).map((stream) => leaseOne(database, stream, leasing));
}

/** One stream a receiver whose next try is due; the next try after it waits as long as this lease. */
function dueProbes(database: Database, { nowMs, leaseMs, limit }: Leasing): readonly string[] {
  const receivers = database.all(
    'SELECT receiver FROM breakers WHERE open_since_ms IS NOT NULL AND probe_at_ms <= ? LIMIT ?',
    nowMs,
    limit,
  );
  return receivers.flatMap(({ receiver = null }) => {
    const head = database.get(
      `SELECT stream FROM (${HEADS}) h WHERE h.receiver = ?2 AND h.place = 1`,
      nowMs,
      receiver,
    );
    if (head === undefined) return [];
    database.run('UPDATE breakers SET probe_at_ms = ? WHERE receiver = ?', nowMs + leaseMs, receiver);
    return [String(head['stream'])];
  });
}

function leaseOne(database: Database, stream: string, { nowMs, leaseMs, choose }: Leasing): OutboxRow {
  const open = database
    .all(`${SELECT} WHERE d.stream = ? AND d.${OPEN} ORDER BY d.sequence`, stream)
    .map(fromRow);
  const chosen = choose(open);
  for (const id of chosen.superseded)
    database.run(`UPDATE deliveries SET state = 'superseded', superseded_by = ? WHERE id = ?`, chosen.id, id);
  database.run(
    `UPDATE deliveries SET state = 'leased', attempt = ?, due_at_ms = ?, may_repeat = ?, payload = ? WHERE id = ?`,
    chosen.attempt + 1,
    nowMs + leaseMs,
    Number(chosen.mayRepeat),
    JSON.stringify(chosen.payload),
    chosen.id,
  );
  return deliveryById(database, chosen.id) as OutboxRow;
}

/** What was being sent when a process ended is due now, and may have arrived. */
export function recoverLeases(database: Database, nowMs: number): number {
  return database.run(
    `UPDATE deliveries SET state = 'pending', may_repeat = 1, due_at_ms = ? WHERE state = 'leased'`,
    nowMs,
  );
}

/** A receiver is well again: what waits for it is due now. */
export function wakeReceiver(database: Database, receiver: string, nowMs: number): void {
  database.run(
    `UPDATE deliveries SET due_at_ms = ?1 WHERE receiver = ?2 AND state = 'pending' AND due_at_ms > ?1`,
    nowMs,
    receiver,
  );
}

export function deliveryById(database: Database, id: string): OutboxRow | null {
  const row = database.get(`${SELECT} WHERE d.id = ?`, id);
  return row === undefined ? null : fromRow(row);
}

export function settleRow(
  database: Database,
  id: string,
  change: {
    readonly state: 'pending' | 'sent' | 'dead';
    readonly dueAtMs?: number;
    readonly mayRepeat?: boolean;
    /** false: nothing was tried. */
    readonly isCounted?: boolean;
    readonly detail: string;
  },
): void {
  database.run(
    `UPDATE deliveries SET state = ?, due_at_ms = coalesce(?, due_at_ms), may_repeat = max(may_repeat, ?),
       attempt = attempt - ?, detail = ? WHERE id = ?`,
    change.state,
    change.dueAtMs ?? null,
    Number(change.mayRepeat ?? false),
    Number(change.isCounted === false),
    change.detail,
    id,
  );
}

/** Makes a dead delivery due now under its id. */
export function reviveRow(
  database: Database,
  id: string,
  { nowMs, expiresAtMs }: { readonly nowMs: number; readonly expiresAtMs: number },
): void {
  database.run(
    `UPDATE deliveries SET state = 'pending', attempt = 0, due_at_ms = ?, expires_at_ms = ? WHERE id = ? AND state = 'dead'`,
    nowMs,
    expiresAtMs,
    id,
  );
}

/** Whether a later delivery of the same stream has arrived. */
export function hasNewerArrived(database: Database, { id, stream }: OutboxRow): boolean {
  const row = database.get(
    `SELECT 1 AS found FROM deliveries WHERE stream = ?1 AND state = 'sent'
       AND sequence > (SELECT sequence FROM deliveries WHERE id = ?2) LIMIT 1`,
    stream,
    id,
  );
  return row !== undefined;
}

/** Keeps the message a receiver named first, unless `isNewest`. */
export function putThread(
  database: Database,
  { key, isNewest }: { readonly key: string; readonly isNewest: boolean },
  thread: Readonly<Record<string, string>>,
): void {
  database.run(
    `INSERT INTO threads (key, doc) VALUES (?, ?)
     ON CONFLICT (key) DO UPDATE SET doc = iif(?, excluded.doc, doc)`,
    key,
    JSON.stringify(thread),
    Number(isNewest),
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
export function listDeliveries(database: Database, filter: DeliveryFilter): readonly OutboxRow[] {
  const { tenant, incidentId = null, state = null, receiver = null } = filter;
  return database
    .all(
      `${SELECT} WHERE ${incidentId === null ? '?1 IS NULL' : 'd.incident_id = ?1'}
         AND ${state === null ? '?2 IS NULL' : 'd.state = ?2'}
         AND (?3 IS NULL OR d.receiver = ?3) AND (?4 IS NULL OR d.tenant = ?4)
       ORDER BY d.sequence DESC LIMIT 500`,
      incidentId,
      state,
      receiver,
      tenant,
    )
    .map(fromRow);
}

/** Dead deliveries that were queued in a span of time, oldest first. */
export function deadBetween(
  database: Database,
  span: { readonly receiver: string | null; readonly fromMs: number; readonly toMs: number },
): readonly OutboxRow[] {
  return database
    .all(
      `${SELECT} WHERE d.state = 'dead' AND d.created_at_ms >= ?1 AND d.created_at_ms < ?2
         AND (?3 IS NULL OR d.receiver = ?3) ORDER BY d.sequence LIMIT 1000`,
      span.fromMs,
      span.toMs,
      span.receiver,
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
    mayRepeat: row['may_repeat'] === 1,
    thread: typeof thread === 'string' ? (JSON.parse(thread) as Readonly<Record<string, string>>) : null,
    stream: String(row['stream']),
    threadKey: String(row['thread_key']),
    incidentId: textOf(row['incident_id']),
    createdAtMs: Number(row['created_at_ms']),
    detail: textOf(row['detail']),
    supersededBy: textOf(row['superseded_by']),
  };
}

function textOf(value: Row[string] | undefined): string | null {
  return value === null || value === undefined ? null : String(value);
}
