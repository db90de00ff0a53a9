import type { Alert, DeliveryOutcome, Notice } from '../model.ts';
import type { Change, Control, DeliveryRecord } from '../ports.ts';
import { afterAttempt, closedBreaker } from '../route/breaker.ts';
import { coalesce } from '../route/coalesce.ts';
import { decideSettle, type SettleDecision } from '../route/outbox.ts';
import { failRetrain } from '../route/retrain.ts';
import { note, noted } from '../route/situation.ts';
import type { RouteContext, Situation } from '../route/types.ts';
import { noteAttempt, receiverAttempts } from '../store/sqlite/attempts.ts';
import { breakerOf, putBreaker, receiverHealth } from '../store/sqlite/breakers.ts';
import { documentTable } from '../store/sqlite/documents.ts';
import {
  deliveryById,
  expiredDeliveries,
  isStreamOpen,
  leaseDue,
  listDeliveries,
  putThread,
  recoverLeases,
  settleRow,
  wakeReceiver,
  type OutboxRow,
} from '../store/sqlite/outbox.ts';
import { contextOf, saveOutput, type Desk } from './desk.ts';
import { replayDeliveries } from './replay.ts';
import { routerOf, runRouter } from './routing.ts';
import { changeSituation } from './situation.ts';

type Deliveries = Pick<
  Control,
  | 'leaseDeliveries'
  | 'settleDelivery'
  | 'deliveries'
  | 'recoverDeliveries'
  | 'replayDeliveries'
  | 'receiverHealth'
  | 'receiverAttempts'
  | 'noteAttempt'
>;

/** The durable outbox: leases, outcomes, and what a dead delivery means for the group it came from. */
export function deliveryMethods(desk: Desk): Deliveries {
  const { database } = desk;
  return {
    leaseDeliveries: async (input) =>
      desk.transaction(() => leaseDue(database, { ...input, choose: coalesce }).map(publicDelivery)),
    settleDelivery: async ({ id, outcome, nowMs, attempt }) =>
      desk.transaction(() => {
        const row = deliveryById(database, id);
        if (row === null) return [];
        noteOutcome(desk, row, { outcome, nowMs });
        return settle(
          desk,
          { row, outcome: attempt === undefined ? outcome : { ...outcome, attempt } },
          nowMs,
        );
      }),
    deliveries: async (filter) => listDeliveries(database, filter).map(publicDelivery),
    recoverDeliveries: async (nowMs) => desk.transaction(() => recoverLeases(database, nowMs)),
    replayDeliveries: async (input) => desk.transaction(() => replayDeliveries(desk, input)),
    receiverHealth: async (tenant) => receiverHealth(database, tenant),
    receiverAttempts: async (tenant) => receiverAttempts(database, tenant),
    noteAttempt: async (attempt) => noteAttempt(database, attempt),
  };
}

/** The delivery without what only the outbox needs. */
export function publicDelivery(row: OutboxRow): DeliveryRecord {
  const { id, tenant, model, receiver, kind, payload, attempt, state, dueAtMs, expiresAtMs } = row;
  const { stream, mayRepeat, thread, incidentId, createdAtMs, detail, supersededBy } = row;
  return {
    id,
    tenant,
    model,
    receiver,
    kind,
    payload,
    stream,
    attempt,
    state,
    dueAtMs,
    expiresAtMs,
    mayRepeat,
    thread,
    incidentId,
    createdAtMs,
    detail,
    supersededBy,
  };
}

/** What an attempt tells of its receiver; when that is well again, everything that waits for it is due. */
function noteOutcome(
  { database }: Desk,
  { tenant, receiver }: OutboxRow,
  { outcome, nowMs }: { readonly outcome: DeliveryOutcome; readonly nowMs: number },
): void {
  const isTried = outcome.kind !== 'retry' || outcome.reason !== 'delayed';
  const failure = outcome.kind === 'sent' ? null : outcome.detail;
  if (isTried) noteAttempt(database, { tenant, receiver, atMs: nowMs, failure });
  const before = breakerOf(database, receiver);
  if (before === null && outcome.kind === 'sent') return;
  const known = before ?? closedBreaker(receiver);
  const after = afterAttempt(known, outcome, nowMs);
  if (after.failures === known.failures && after.probeAtMs === known.probeAtMs) return;
  putBreaker(database, after);
  if (known.openSinceMs !== null && after.openSinceMs === null) wakeReceiver(database, receiver, nowMs);
}

/** Gives up what is past its time. */
export function expireDeliveries(desk: Desk, nowMs: number): readonly Change[] {
  const outcome = { kind: 'retry', afterMs: null, detail: 'its time was over before it arrived' } as const;
  return expiredDeliveries(desk.database, nowMs).flatMap((row) => settle(desk, { row, outcome }, nowMs));
}

interface Settling {
  readonly row: OutboxRow;
  readonly outcome: DeliveryOutcome & { readonly attempt?: number };
}

function settle(desk: Desk, { row, outcome }: Settling, nowMs: number): readonly Change[] {
  const { database } = desk;
  const decision = decideSettle(row, outcome, nowMs);
  if (outcome.kind === 'sent' && outcome.thread !== undefined)
    putThread(database, { key: row.threadKey, isNewest: decision.state === 'sent' }, outcome.thread);
  if (decision.state === 'unchanged') return [];
  settleRow(database, row.id, { ...decision, detail: outcome.detail });
  if (decision.state === 'pending') return [];
  const end = endNote({ row, outcome }, decision);
  return row.kind === 'retrain'
    ? changeSituation(desk, { key: row, nowMs }, (situation, context) =>
        retrainEnded(noted(situation, end), { row, decision }, context),
      )
    : [
        ...saveOutput(desk, { key: row, notes: [note(end)], outgoing: [] }, nowMs),
        ...noticeEnded(
          desk,
          { row, decision, mayHaveArrived: row.mayRepeat || outcome.kind === 'unknown' },
          nowMs,
        ),
      ];
}

function endNote({ row, outcome }: Settling, decision: SettleDecision) {
  const sent = decision.state === 'sent';
  const what = row.kind === 'retrain' ? 'retraining request' : `notice (${(row.payload as Notice).reason})`;
  const detail = outcome.detail === '' ? '' : `: ${outcome.detail}`;
  const times = row.attempt === 1 ? 'once' : `${row.attempt} times`;
  return {
    subject: row.id,
    kind: sent ? 'delivery_sent' : 'delivery_dead',
    text: sent
      ? `Told ${row.receiver}, ${what}${detail}`
      : `Could not tell ${row.receiver}, ${what} (${decision.reason}, tried ${times})${detail}`,
    incidentId: row.incidentId,
    event: 'delivery' as const,
  };
}

interface Ended {
  readonly row: OutboxRow;
  readonly decision: SettleDecision;
  readonly mayHaveArrived: boolean;
}

function retrainEnded(
  situation: Situation,
  { row, decision }: Pick<Ended, 'row' | 'decision'>,
  context: RouteContext,
): Situation {
  const run = [...situation.runs.values()].find((each) => row.id === `rtr_${each.id}`);
  if (decision.state === 'sent' || run === undefined) return situation;
  return failRetrain(situation, { run, text: `The request never reached ${row.receiver}.` }, context);
}

/** What the end of a notice means for the group it came from. */
function noticeEnded(desk: Desk, { row, decision, mayHaveArrived }: Ended, nowMs: number): readonly Change[] {
  const { database } = desk;
  const notice = row.payload as Notice;
  const settled = {
    receiver: row.receiver,
    notice,
    arrived: decision.state === 'sent',
    mayHaveArrived,
    othersOpen: isStreamOpen(database, row.stream),
  };
  const groupId = row.stream.slice(0, row.stream.indexOf('/'));
  const router = routerOf(desk, row.tenant, nowMs);
  const alerts = documentTable<Alert>(database, 'alerts');
  router.update(router.forgotten(notice).flatMap((id) => alerts.get(id) ?? []));
  router.settle(groupId, settled, contextOf(desk, nowMs));
  return runRouter(desk, row.tenant, nowMs);
}
