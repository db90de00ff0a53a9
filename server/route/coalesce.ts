import type { Alert, Delivery, Notice } from '../model.ts';

/** An open delivery of a stream, as far as it matters for what is sent instead of it. */
export interface OpenDelivery extends Delivery {
  readonly threadKey: string;
}

export interface Coalesced {
  /** The one to be sent. */
  readonly id: string;
  readonly payload: Delivery['payload'];
  /** As often as any of them was tried, so that a lively group does not begin its waits again. */
  readonly attempt: number;
  readonly mayRepeat: boolean;
  readonly superseded: readonly string[];
}

/**
 * What is sent when the oldest open delivery of a stream is due: of notices about one message the newest, with what the
 * older ones resolved in it. A request to retrain, and the notice of another message, are never skipped over. `open` is in
 * order and not empty; a lease among them has run out, so that it may have arrived.
 */
export function coalesce(open: readonly OpenDelivery[]): Coalesced {
  const run = sameMessage(open);
  const newest = run.at(-1) as OpenDelivery;
  const older = run.slice(0, -1);
  return {
    id: newest.id,
    payload: older.length === 0 ? newest.payload : merged(run.map(({ payload }) => payload as Notice)),
    attempt: Math.max(...run.map(({ attempt }) => attempt)),
    mayRepeat: run.some(({ mayRepeat, state }) => mayRepeat || state === 'leased'),
    superseded: older.map(({ id }) => id),
  };
}

function sameMessage(open: readonly OpenDelivery[]): readonly OpenDelivery[] {
  const [first] = open;
  const end = open.findIndex(({ kind, threadKey }) => kind !== 'notice' || threadKey !== first?.threadKey);
  return open.slice(0, end === -1 ? open.length : Math.max(1, end));
}

/** What fires is what the newest says; loud when any of them had to call somebody. */
function merged(notices: readonly Notice[]): Notice {
  const newest = notices.at(-1) as Notice;
  const updates = notices.flatMap(({ update }) => update ?? []);
  return {
    ...newest,
    resolved: allResolved(notices),
    reason: reasonOf(notices),
    isQuiet: notices.every(({ isQuiet }) => isQuiet),
    supersedes: notices.flatMap(({ id, supersedes = [] }) => [...supersedes, id]).slice(0, -1),
    ...(updates.length > 0 && { update: updates.join(' ') }),
  };
}

/** Who was never told of an alert is told of it first, whatever has happened to it since. */
function reasonOf(notices: readonly Notice[]): Notice['reason'] {
  const reasons = notices.map(({ reason }) => reason);
  const newest = reasons.at(-1) ?? 'first';
  if (newest === 'all_resolved') return newest;
  return (['first', 'new_alerts'] as const).find((reason) => reasons.includes(reason)) ?? newest;
}

function allResolved(notices: readonly Notice[]): readonly Alert[] {
  const firing = new Set(Object.keys(notices.at(-1)?.believed ?? {}));
  const all = new Map(notices.flatMap(({ resolved }) => resolved).map((alert) => [alert.id, alert]));
  return [...all.values()].filter(({ id }) => !firing.has(id));
}
