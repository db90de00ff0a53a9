import type { Answer, Control, Replayed, ReplayPick } from '../ports.ts';
import { appendAudit } from '../store/sqlite/audit.ts';
import { breakerOf, putBreaker } from '../store/sqlite/breakers.ts';
import {
  deadBetween,
  deliveryById,
  hasNewerArrived,
  reviveRow,
  type OutboxRow,
} from '../store/sqlite/outbox.ts';
import { isVisible, notFound } from './operating.ts';
import type { Desk } from './desk.ts';

/** As long as a new delivery is tried. */
const LIVES_MS = 6 * 3_600_000;

type Input = Parameters<Control['replayDeliveries']>[0];

/** Dead deliveries are sent again under their ids; the next try of their receivers is now. */
export function replayDeliveries(desk: Desk, input: Input): Answer<Replayed> {
  const { pick } = input;
  if (!('id' in pick)) return { ok: true, value: replayAll(desk, input, pickedBetween(desk, pick, input)) };
  const row = deliveryById(desk.database, pick.id);
  if (row === null || !isVisible(input.tenant, row)) return notFound('delivery', pick.id);
  const why = whyNot(desk, row);
  if (why !== null) return { ok: false, reason: 'conflict', message: `${pick.id}: ${why}.` };
  return { ok: true, value: replayAll(desk, input, [row]) };
}

function pickedBetween(
  { database }: Desk,
  pick: Exclude<ReplayPick, { readonly id: string }>,
  { tenant }: Input,
): readonly OutboxRow[] {
  return deadBetween(database, pick).filter((row) => isVisible(tenant, row));
}

/** An old notice after a newer one would make the receiver believe what is no longer so. */
function whyNot({ database }: Desk, row: OutboxRow): string | null {
  if (row.state !== 'dead') return `only dead deliveries are replayed, this one is ${row.state}`;
  if (row.kind === 'retrain') return 'its run has ended with it; the next drift asks for another';
  if (hasNewerArrived(database, row))
    return 'a newer notice of its group has arrived since, and this one would tell an old story';
  return null;
}

function replayAll(desk: Desk, { actor, nowMs }: Input, rows: readonly OutboxRow[]): Replayed {
  const judged = rows.map((row) => ({ row, why: whyNot(desk, row) }));
  const revived = judged.filter(({ why }) => why === null).map(({ row }) => row);
  for (const { id, tenant, receiver } of revived) {
    reviveRow(desk.database, id, { nowMs, expiresAtMs: nowMs + LIVES_MS });
    appendAudit(desk.database, {
      atMs: nowMs,
      actor,
      kind: 'delivery_replayed',
      tenant,
      subject: id,
      text: `To be sent to ${receiver} again`,
    });
  }
  for (const receiver of new Set(revived.map((row) => row.receiver))) tryNow(desk, receiver, nowMs);
  return {
    replayed: revived.map(({ id }) => id),
    skipped: judged.flatMap(({ row, why }) => (why === null ? [] : [{ id: row.id, why }])),
  };
}

function tryNow({ database }: Desk, receiver: string, nowMs: number): void {
  const breaker = breakerOf(database, receiver);
  if (breaker !== null && breaker.openSinceMs !== null)
    putBreaker(database, { ...breaker, probeAtMs: nowMs });
}
