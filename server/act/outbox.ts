import { silentLog, type Log } from '../log.ts';
import type { DeliveryObservation, TemplateFailureObservation } from '../metrics.ts';
import type { Delivery, DeliveryOutcome } from '../model.ts';
import type { Change, Control } from '../ports.ts';
import type { ReceiverSettings, Settings } from '../settings.ts';
import { guardedFetch, policyFor } from './egress.ts';
import { failed, reasonOf, unknown } from './outcome.ts';
import type { TemplateFailure } from './own-words.ts';
import { noticePicture } from './picture.ts';
import { receivers as allReceivers, secretsOf } from './receivers.ts';
import type { DeliveryContext, Receiver } from './types.ts';

/** How many attempts may run at once. */
const LIMIT = 16;
/** Longer than any attempt can take, so that nothing is leased twice while it is on its way. */
const LEASE_MS = 300_000;
/** Receivers have timeouts of their own; this one holds whatever a receiver forgets. */
const DEADLINE_MS = 60_000;

export interface OutboxOptions {
  readonly control: Pick<Control, 'leaseDeliveries' | 'settleDelivery'>;
  readonly settings: Pick<Settings, 'receivers' | 'egress'>;
  /** Instead of the guarded connector. */
  readonly fetch?: typeof fetch;
  /** The appliance's clock: leases, due times. */
  readonly now: () => number;
  /** Wall time: signatures, `Retry-After` dates. */
  readonly wallNow?: () => number;
  readonly receivers?: readonly Receiver[];
  readonly record?: (observation: DeliveryObservation) => void;
  readonly recordTemplateFailure?: (observation: TemplateFailureObservation) => void;
  readonly log?: Log;
  /** Instead of each receiver's own timeout. */
  readonly timeoutMs?: number;
  readonly deadlineMs?: number;
}

/**
 * Leases what is due, delivers all of it at once and settles each attempt as soon as it ends, so that a receiver that hangs
 * holds up nobody but itself. Resolves when every attempt has ended; leases keep a second call apart from a running one.
 */
export async function deliverDue(options: OutboxOptions): Promise<readonly Change[]> {
  const due = await options.control.leaseDeliveries({
    nowMs: options.now(),
    limit: LIMIT,
    leaseMs: LEASE_MS,
  });
  const changes = await Promise.all(due.map((delivery) => deliverAndSettle(delivery, options)));
  return changes.flat();
}

async function deliverAndSettle(delivery: Delivery, options: OutboxOptions): Promise<readonly Change[]> {
  const startMs = performance.now();
  const outcome = await withinDeadline(attempt(delivery, options), options.deadlineMs ?? DEADLINE_MS);
  const { receiver, kind } = delivery;
  options.record?.({
    receiver,
    kind,
    result: outcome.kind,
    reason: reasonOf(outcome),
    seconds: (performance.now() - startMs) / 1000,
  });
  if (outcome.kind !== 'sent')
    (options.log ?? silentLog).warn('A delivery did not arrive', {
      delivery: delivery.id,
      receiver,
      outcome: outcome.kind,
      attempt: delivery.attempt,
      detail: outcome.detail,
    });
  return options.control.settleDelivery({
    id: delivery.id,
    attempt: delivery.attempt,
    outcome,
    nowMs: options.now(),
  });
}

async function attempt(delivery: Delivery, options: OutboxOptions): Promise<DeliveryOutcome> {
  const settings = options.settings.receivers.find(({ id }) => id === delivery.receiver);
  if (settings === undefined)
    return failed(`The configuration has no receiver "${delivery.receiver}".`, 'config');
  const receiver = (options.receivers ?? allReceivers).find(({ type }) => type === settings.type);
  if (receiver === undefined) return failed(`There is no receiver of type ${settings.type}.`, 'config');
  return receiver.deliver(delivery, contextOf(settings, { delivery, options }));
}

function contextOf(
  settings: ReceiverSettings,
  { delivery, options }: { readonly delivery: Delivery; readonly options: OutboxOptions },
): DeliveryContext {
  const egress = policyFor(options.settings.egress, delivery.payload.tenant);
  return {
    settings,
    egress,
    secrets: secretsOf(options.settings),
    fetch: guardedFetch({ egress, fetch: options.fetch }),
    now: options.wallNow ?? Date.now,
    log: options.log ?? silentLog,
    picture: () => noticePicture(delivery, options.log ?? silentLog),
    onTemplateFailure: (failure) => tellFailure(delivery, failure, options),
    ...(options.timeoutMs === undefined ? {} : { timeoutMs: options.timeoutMs }),
  };
}

function tellFailure({ id, receiver }: Delivery, failure: TemplateFailure, options: OutboxOptions): void {
  const { template, problem, place } = failure;
  options.recordTemplateFailure?.({ receiver, template });
  (options.log ?? silentLog).warn("A template failed; the notice is told in Leeway's words", {
    delivery: id,
    receiver,
    template,
    problem,
    place,
  });
}

async function withinDeadline(
  running: Promise<DeliveryOutcome>,
  deadlineMs: number,
): Promise<DeliveryOutcome> {
  const late = Promise.withResolvers<DeliveryOutcome>();
  const timer = setTimeout(
    () => late.resolve(unknown(`no outcome within ${deadlineMs / 1000} s`)),
    deadlineMs,
  );
  try {
    return await Promise.race([running, late.promise]);
  } catch (error) {
    return unknown(`the receiver failed: ${error instanceof Error ? error.name : 'unknown error'}`);
  } finally {
    clearTimeout(timer);
  }
}
