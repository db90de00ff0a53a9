import { silentLog, type Log, type LogFields } from '../log.ts';
import type { Clock } from '../clock.ts';
import type { Alert, DeliveryOutcome } from '../model.ts';
import type { NotedAttempt } from '../ports-deliveries.ts';
import type { Settings } from '../settings.ts';
import { postableAlert, postAlerts } from './alertmanager.ts';
import { guardedFetch, policyFor } from './egress.ts';
import { presentable, reasonOf, retry } from './outcome.ts';
import { secretsOf } from './receivers.ts';
import { afterFailure, type Setback } from './setback.ts';
import type { SettingsOf } from './types.ts';

/**
 * Alertmanager forgets what nobody repeats: alerts that fire are sent again every so often, and for a while after they ended.
 */

/** Alertmanager's clients keep repeating an end for so long (prometheus/alertmanager, docs/alerts_api.md). */
const ENDED_FOR_MS = 5 * 60_000;

/** What was handed on, when last, by alert. */
export type Posted = ReadonlyMap<string, PostedAlert>;

interface PostedAlert {
  readonly alert: Alert;
  readonly postedAtMs: number;
  /** null: it fires. */
  readonly endedAtMs: number | null;
}

/**
 * Which alerts to hand on now, and what will have been handed on then; pure. `announced` are those the receiver was told
 * firing and not yet told resolved. One that is gone from there has ended; nothing need be known of it after a restart, since
 * its last repetition ends by itself.
 */
export function alertsDue(input: {
  readonly announced: readonly Alert[];
  readonly posted: Posted;
  readonly resendMs: number;
  readonly nowMs: number;
}): { readonly due: readonly Alert[]; readonly posted: Posted } {
  const { announced, posted, resendMs, nowMs } = input;
  const firing = new Map(
    announced.filter(({ state }) => state === 'firing').map((alert) => [alert.id, alert]),
  );
  const ended = [...posted.values()].flatMap((last) => endedOf(last, firing, nowMs));
  const wanted = [...[...firing.values()].map((alert) => ({ alert, endedAtMs: null })), ...ended];
  const due = wanted.filter((one) => isDue(one, posted.get(one.alert.id), { resendMs, nowMs }));
  const isSent = new Set(due.map(({ alert }) => alert.id));
  const next = wanted.map((one) => {
    const lastMs = posted.get(one.alert.id)?.postedAtMs ?? nowMs;
    return [one.alert.id, { ...one, postedAtMs: isSent.has(one.alert.id) ? nowMs : lastMs }] as const;
  });
  const old = due.flatMap((one) => beforeOf(one, posted.get(one.alert.id), nowMs));
  return { due: [...old, ...due.map(({ alert }) => alert)], posted: new Map(next) };
}

type Wanted = Omit<PostedAlert, 'postedAtMs'>;

function endedOf(last: PostedAlert, firing: ReadonlyMap<string, Alert>, nowMs: number): readonly Wanted[] {
  if (firing.has(last.alert.id)) return [];
  const endedAtMs = last.endedAtMs ?? nowMs;
  if (nowMs - endedAtMs > ENDED_FOR_MS) return [];
  return [{ endedAtMs, alert: { ...last.alert, state: 'resolved', resolvedAtMs: endedAtMs } }];
}

function isDue(
  { alert, endedAtMs }: Wanted,
  last: PostedAlert | undefined,
  { resendMs, nowMs }: { readonly resendMs: number; readonly nowMs: number },
): boolean {
  if (last === undefined || nowMs - last.postedAtMs >= resendMs) return true;
  return (last.endedAtMs === null) !== (endedAtMs === null) || last.alert.severity !== alert.severity;
}

/** An alert that became a page is another one there, by its labels: the one before ends. */
function beforeOf({ alert }: Wanted, last: PostedAlert | undefined, nowMs: number): readonly Alert[] {
  if (last === undefined || last.endedAtMs !== null || last.alert.severity === alert.severity) return [];
  return [{ ...last.alert, state: 'resolved', resolvedAtMs: nowMs }];
}

export interface ForwardOptions {
  readonly control: {
    /** Alerts this receiver was told firing and not yet told resolved, of every tenant. */
    announcedAlerts(receiver: string): Promise<readonly Alert[]>;
    noteAttempt(attempt: NotedAttempt): Promise<void>;
  };
  /** Of the store: when what failed is said to have failed. */
  readonly clock: Pick<Clock, 'now'>;
  readonly settings: Pick<Settings, 'receivers' | 'egress' | 'publicUrl'>;
  /** Wall time, ms: Alertmanager holds it against its own clock. */
  readonly now?: () => number;
  readonly log?: Log;
  readonly timeoutMs?: number;
}

export interface Forwarder {
  /** Hands on what is due to every Alertmanager. Never rejects; not to be called again before it has resolved. */
  readonly forwardDue: () => Promise<void>;
}

/**
 * What was handed on is kept in memory only: after a restart everything that fires is handed on again. Each tenant is handed on
 * by itself, so that what one may not reach ends nothing of another. What failed stays as it was, and is tried again after a
 * wait that grows up to the time between two repetitions.
 */
export function createForwarder(options: ForwardOptions): Forwarder {
  const lanes = new Map<string, Map<string, Lane>>();
  return {
    forwardDue: async () => {
      const all = options.settings.receivers.filter((one) => one.type === 'alertmanager');
      await Promise.all(
        all.map(async (receiver) => {
          const own = lanes.get(receiver.id) ?? new Map<string, Lane>();
          lanes.set(receiver.id, own);
          await forward({ receiver, tenant: STORE, lanes: own, options });
        }),
      );
    },
  };
}

/** What of one tenant was handed on to one receiver. */
interface Lane {
  readonly posted: Posted;
  /** null: nothing has failed since it was taken last. */
  readonly setback: Setback | null;
}

const NEW_LANE: Lane = { posted: new Map(), setback: null };
/** Of the store, which is asked for all tenants at once. */
const STORE = '';

interface Way {
  readonly receiver: SettingsOf<'alertmanager'>;
  readonly tenant: string;
  readonly lanes: Map<string, Lane>;
  readonly options: ForwardOptions;
}

async function forward(way: Way): Promise<void> {
  const { receiver, lanes, options } = way;
  if (isResting(way)) return;
  const announced = await options.control.announcedAlerts(receiver.id).catch((error: unknown) => {
    setBack(way, retry(String(error)));
    return null;
  });
  if (announced === null) return;
  recover(way);
  const own = Map.groupBy(announced, ({ tenant }) => tenant);
  for (const tenant of new Set([...own.keys(), ...lanes.keys()]))
    if (tenant !== STORE) await handOn({ ...way, tenant }, own.get(tenant) ?? []);
}

async function handOn(way: Way, announced: readonly Alert[]): Promise<void> {
  if (isResting(way)) return;
  const { receiver, tenant, lanes, options } = way;
  const { posted } = laneOf(way);
  const nowMs = nowOf(way);
  const next = alertsDue({ announced, posted, resendMs: receiver.resendMs, nowMs });
  if (next.due.length > 0) {
    const outcome = await post({ tenant, alerts: next.due }, receiver, options).catch((error: unknown) =>
      retry(String(error)),
    );
    await keep(way, outcome);
    if (outcome.kind !== 'sent') return setBack(way, outcome);
    recover(way);
  }
  lanes.set(tenant, { ...laneOf(way), posted: next.posted });
}

function laneOf({ lanes, tenant }: Way): Lane {
  return lanes.get(tenant) ?? NEW_LANE;
}

function nowOf({ options: { now = Date.now } }: Way): number {
  return now();
}

function isResting(way: Way): boolean {
  const { setback } = laneOf(way);
  return setback !== null && nowOf(way) < setback.nextTryMs;
}

/** For whoever looks at the receivers: failures, and the success that ends them. A store that fails is told of by itself. */
async function keep(way: Way, outcome: DeliveryOutcome): Promise<void> {
  const { receiver, tenant, options } = way;
  const failure = outcome.kind === 'sent' ? null : outcome.detail;
  if (failure === null && laneOf(way).setback === null) return;
  const attempt = { receiver: receiver.id, tenant, failure, atMs: options.clock.now() };
  await options.control.noteAttempt(attempt).catch(() => {});
}

/** The first failure is told, another reason at once, the same one again after an hour. */
function setBack(way: Way, outcome: DeliveryOutcome): void {
  const { receiver, tenant, lanes, options } = way;
  const before = laneOf(way);
  const nowMs = nowOf(way);
  const setback = afterFailure(before.setback, {
    id: `${receiver.id}/${tenant}`,
    reason: reasonOf(outcome) ?? '',
    afterMs: outcome.kind === 'retry' ? outcome.afterMs : null,
    longestWaitMs: receiver.resendMs,
    nowMs,
  });
  lanes.set(tenant, { ...before, setback });
  if (setback.toldAtMs === before.setback?.toldAtMs) return;
  const { log = silentLog } = options;
  log.warn('Alerts could not be handed on; they are tried again, ever later up to the resend interval', {
    ...fieldsOf(way),
    failures: setback.failures,
    detail: outcome.detail,
  });
}

function recover(way: Way): void {
  const lane = laneOf(way);
  if (lane.setback === null) return;
  const { lanes, tenant, options } = way;
  lanes.set(tenant, { ...lane, setback: null });
  const { log = silentLog } = options;
  log.info('Alerts are handed on again', { ...fieldsOf(way), failures: lane.setback.failures });
}

function fieldsOf({ receiver, tenant }: Way): LogFields {
  return { receiver: receiver.id, ...(tenant === STORE ? {} : { tenant }) };
}

async function post(
  { tenant, alerts }: { readonly tenant: string; readonly alerts: readonly Alert[] },
  settings: SettingsOf<'alertmanager'>,
  options: ForwardOptions,
): Promise<DeliveryOutcome> {
  const { now = Date.now, timeoutMs } = options;
  const egress = policyFor(options.settings.egress, tenant);
  const postable = alerts.map((alert) =>
    postableAlert(alert, { nowMs: now(), resendMs: settings.resendMs, url: urlOf(alert, options) }),
  );
  const context = { settings, fetch: guardedFetch({ egress }), now };
  const outcome = await postAlerts(postable, {
    ...context,
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
  });
  return presentable(outcome, secretsOf(options.settings));
}

function urlOf({ tenant, model, incidentId }: Alert, { settings }: ForwardOptions): string {
  const base = settings.publicUrl.replace(/\/$/, '');
  return incidentId === null
    ? `${base}/#/models/${encodeURIComponent(tenant)}/${encodeURIComponent(model)}`
    : `${base}/#/incidents/${incidentId}`;
}
