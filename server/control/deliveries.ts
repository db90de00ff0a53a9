import type { Delivery, DeliveryOutcome, Notice } from '../model.ts';
import type { Change, Control } from '../ports.ts';
import { decideSettle, type SettleDecision } from '../route/outbox.ts';
import { failRetrain } from '../route/retrain.ts';
import { note, noted } from '../route/situation.ts';
import type { RouteContext, Situation } from '../route/types.ts';
import {
  deliveryById,
  expiredDeliveries,
  isStreamOpen,
  leaseDue,
  listDeliveries,
  putThread,
  settleRow,
  type OutboxRow,
} from '../store/sqlite/outbox.ts';
import { routerOf, runRouter } from './routing.ts';
import { contextOf, saveOutput, type Desk } from './desk.ts';
import { changeSituation } from './situation.ts';

type Deliveries = Pick<Control, 'leaseDeliveries' | 'settleDelivery' | 'deliveries'>;

/** The durable outbox: leases, outcomes, and what a dead delivery means for the group it came from. */
export function deliveryMethods(desk: Desk): Deliveries {
  const { database } = desk;
  return {
    leaseDeliveries: async (input) => desk.transaction(() => leaseDue(database, input).map(publicDelivery)),
    settleDelivery: async ({ id, outcome, nowMs }) =>
      desk.transaction(() => {
        const row = deliveryById(database, id);
        return row === null ? [] : settle(desk, { row, outcome }, nowMs);
      }),
    deliveries: async (filter) => listDeliveries(database, filter).map(publicDelivery),
  };
}

/** The delivery without what only the outbox needs. */
export function publicDelivery(row: OutboxRow): Delivery {
  const { id, receiver, kind, payload, attempt, state, dueAtMs, expiresAtMs, mayRepeat, thread } = row;
  return { id, receiver, kind, payload, attempt, state, dueAtMs, expiresAtMs, mayRepeat, thread };
}

/** Gives up what is past its time. */
export function expireDeliveries(desk: Desk, nowMs: number): readonly Change[] {
  const outcome = { kind: 'retry', afterMs: null, detail: 'its time was over before it arrived' } as const;
  return expiredDeliveries(desk.database, nowMs).flatMap((row) => settle(desk, { row, outcome }, nowMs));
}

interface Settling {
  readonly row: OutboxRow;
  readonly outcome: DeliveryOutcome;
}

function settle(desk: Desk, { row, outcome }: Settling, nowMs: number): readonly Change[] {
  const { database } = desk;
  const decision = decideSettle(row, outcome, nowMs);
  if (decision.state === 'unchanged') return [];
  settleRow(database, row.id, { ...decision, detail: outcome.detail });
  if (outcome.kind === 'sent' && outcome.thread !== undefined)
    putThread(database, row.threadKey, outcome.thread);
  if (decision.state === 'pending') return [];
  const end = endNote({ row, outcome }, decision);
  return row.kind === 'retrain'
    ? changeSituation(desk, { key: row, nowMs }, (situation, context) =>
        retrainEnded(noted(situation, end), { row, decision }, context),
      )
    : [
        ...saveOutput(desk, { key: row, notes: [note(end)], outgoing: [] }, nowMs),
        ...noticeEnded(desk, { row, decision }, nowMs),
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
}

function retrainEnded(situation: Situation, { row, decision }: Ended, context: RouteContext): Situation {
  const run = [...situation.runs.values()].find((each) => row.id === `rtr_${each.id}`);
  if (decision.state === 'sent' || run === undefined) return situation;
  return failRetrain(situation, { run, text: `The request never reached ${row.receiver}.` }, context);
}

/** What the end of a notice means for the group it came from. */
function noticeEnded(desk: Desk, { row, decision }: Ended, nowMs: number): readonly Change[] {
  const settled = {
    receiver: row.receiver,
    notice: row.payload as Notice,
    arrived: decision.state === 'sent',
    othersOpen: isStreamOpen(desk.database, row.stream),
  };
  const groupId = row.stream.slice(0, row.stream.indexOf('/'));
  routerOf(desk, row.tenant, nowMs).settle(groupId, settled, contextOf(desk, nowMs));
  return runRouter(desk, row.tenant, nowMs);
}
