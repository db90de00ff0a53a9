import type { DeliveryRecord, ReceiverHealth, Replayed } from '../../ports.ts';
import { announce, valueOf } from '../answers.ts';
import { endpoint } from '../endpoint.ts';
import { asOfNow } from '../fleet-state.ts';
import type { ShowOptions } from '../options.ts';
import { idParams } from '../schemas/common.ts';
import { deliveryList, deliveryQuery, replayed, replaySpan } from '../schemas/deliveries.ts';

export const deliveryEndpoints = [
  endpoint({
    method: 'get',
    path: '/api/v1/deliveries',
    tag: 'Deliveries',
    summary: 'What was told to whom, the newest 500, and how receivers take it',
    description: 'With state=dead: what was given up, and may be sent again.',
    access: ['read'],
    query: deliveryQuery,
    response: deliveryList,
    handle: async ({ query, principal: { tenant }, options }) => {
      const { state, receiver } = query;
      const [deliveries, receivers] = await Promise.all([
        options.control.deliveries({
          tenant,
          ...(state === undefined ? {} : { state }),
          ...(receiver === undefined ? {} : { receiver }),
        }),
        options.control.receiverHealth(tenant),
      ]);
      return { ...asOfNow(options), deliveries: deliveries.map(shown), receivers: receivers.map(healthOf) };
    },
  }),
  endpoint({
    method: 'post',
    path: '/api/v1/deliveries/{id}/replay',
    tag: 'Deliveries',
    summary: 'Send a dead delivery again under its id',
    description: 'Refused when a newer notice of its group has arrived since.',
    access: ['operate'],
    params: idParams,
    response: replayed,
    handle: async ({ params, principal: { tenant, name: actor }, nowMs, options }) => {
      const pick = { id: params.id };
      const done = valueOf(await options.control.replayDeliveries({ tenant, pick, actor, nowMs }));
      tell(options, tenant, done);
      return done;
    },
  }),
  endpoint({
    method: 'post',
    path: '/api/v1/deliveries/replay',
    tag: 'Deliveries',
    summary: 'Send the dead deliveries of a span of time again',
    description: 'The first 1,000 that were queued in it; those that would tell an old story are named.',
    access: ['operate'],
    body: replaySpan,
    response: replayed,
    handle: async ({ body, principal: { tenant, name: actor }, nowMs, options }) => {
      const pick = { receiver: body.receiver ?? null, fromMs: body.from, toMs: body.to ?? nowMs + 1 };
      const done = valueOf(await options.control.replayDeliveries({ tenant, pick, actor, nowMs }));
      tell(options, tenant, done);
      return done;
    },
  }),
];

/** What a delivery carries, and where its thread lives, is between Leeway and the receiver. */
function shown(record: DeliveryRecord) {
  const { id, tenant, model, receiver, kind, state, attempt, detail, mayRepeat, supersededBy } = record;
  const { incidentId, createdAtMs, dueAtMs, expiresAtMs } = record;
  const title = 'title' in record.payload ? record.payload.title : `Retrain ${model}`;
  const severity = 'severity' in record.payload ? record.payload.severity : null;
  return {
    id,
    tenant,
    model,
    receiver,
    kind,
    state,
    title,
    severity,
    attempt,
    detail,
    mayRepeat,
    supersededBy,
    incidentId,
    createdAtMs,
    dueAtMs,
    expiresAtMs,
  };
}

function healthOf({ probeAtMs, ...health }: ReceiverHealth) {
  const state: 'open' | 'closed' = health.openSinceMs === null ? 'closed' : 'open';
  return { ...health, state, nextTryMs: probeAtMs };
}

function tell(options: ShowOptions, tenant: string | null, { replayed: ids }: Replayed): void {
  announce(
    options,
    ids.map((id) => ({ kind: 'delivery', tenant: tenant ?? '', model: null, id, text: 'to be sent again' })),
  );
}
