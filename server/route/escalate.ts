import type { Alert } from '../model.ts';
import type { EscalationStep } from '../settings.ts';
import { isAudible } from './dedup.ts';
import { isMuted, nextAcknowledgementEnd, type Look } from './look.ts';
import { note } from './situation.ts';
import type { Group, Note } from './types.ts';

/** Who is told as well when nobody answers, or nobody can be reached. */

const MINUTE_MS = 60_000;
/** A page that has reached none of its receivers for so long goes to the fallback too (reference alerting.md 6.2). */
const FALLBACK_AFTER_MS = 5 * MINUTE_MS;

export interface Brought {
  readonly group: Group;
  readonly notes: readonly Note[];
}

function audibleMembers(look: Look): readonly Alert[] {
  if (isMuted(look)) return [];
  return [...look.view.members]
    .flatMap((id) => look.view.alert(id) ?? [])
    .filter((alert) => alert.state === 'firing' && isAudible(alert));
}

function nextStep(group: Group, { route }: Look): EscalationStep | undefined {
  return group.activeSinceMs === null ? undefined : route?.escalate[group.escalated];
}

/** When the next step of the escalation is due; what is acknowledged puts it off until that ends. */
export function nextEscalationMs(group: Group, look: Look): number | null {
  const step = nextStep(group, look);
  if (step === undefined || group.activeSinceMs === null) return null;
  const firing = audibleMembers(look);
  if (firing.length === 0) return null;
  const dueMs = group.activeSinceMs + step.afterMs;
  const waiting = step.unless === 'resolved' || firing.some((alert) => alert.acknowledgedBy === null);
  if (waiting) return dueMs;
  const endMs = nextAcknowledgementEnd(firing);
  return endMs === null ? null : Math.max(dueMs, endMs);
}

export function fallbackMs(group: Group, { route }: Look): number | null {
  const isNew = (route?.fallback ?? []).some((receiver) => !group.added.includes(receiver));
  return group.unreachedSinceMs === null || !isNew ? null : group.unreachedSinceMs + FALLBACK_AFTER_MS;
}

export function withUnreached(group: Group, look: Look): Group {
  const pages = audibleMembers(look).filter((alert) => alert.severity === 'page');
  const isUnreached = group.activeSinceMs !== null && pages.some((alert) => !look.view.isReached(alert.id));
  const sinceMs = isUnreached ? (group.unreachedSinceMs ?? look.context.nowMs) : null;
  return sinceMs === group.unreachedSinceMs ? group : { ...group, unreachedSinceMs: sinceMs };
}

/** Receivers whose time has come: the steps of the escalation that are due, and the fallback of a page that reached nobody. */
export function broughtIn(group: Group, look: Look): Brought {
  const { nowMs } = look.context;
  const fallback = fallbackMs(group, look);
  const first: Brought = { group, notes: [] };
  const fallen =
    fallback !== null && fallback <= nowMs
      ? bring(first, { receivers: look.route?.fallback ?? [], why: FELL_BACK }, look)
      : first;
  const step = nextStep(fallen.group, look);
  const dueMs = nextEscalationMs(fallen.group, look);
  if (step === undefined || dueMs === null || dueMs > nowMs) return fallen;
  const why = `Escalated: not ${step.unless} for ${Math.round(step.afterMs / MINUTE_MS)} min`;
  const brought = bring(fallen, { receivers: step.receivers, why }, look);
  return { ...brought, group: { ...brought.group, escalated: fallen.group.escalated + 1 } };
}

const FELL_BACK = 'No receiver could be reached for five minutes: told the fallback';

function bring(
  { group, notes }: Brought,
  { receivers, why }: { readonly receivers: readonly string[]; readonly why: string },
  look: Look,
): Brought {
  const incidentId = audibleMembers(look).find((alert) => alert.incidentId !== null)?.incidentId ?? null;
  const text = `${why} (${receivers.join(', ')})`;
  return {
    group: { ...group, added: [...new Set([...group.added, ...receivers])] },
    notes: [...notes, note({ subject: group.id, kind: 'escalated', text, incidentId, audited: true })],
  };
}
