import type { Alert } from '../model.ts';
import { note, noted, telling, withAlert, withIncident } from './situation.ts';
import type { Note, RouteContext, Situation } from './types.ts';

export type AcknowledgeDecision =
  { readonly ok: true; readonly situation: Situation } | { readonly ok: false; readonly message: string };

/**
 * Someone takes an alert on: repeats and escalation stop for a while and messages say so. An alert of an incident stands for all of it, so that
 * one answer is enough however many features drifted.
 */
export function acknowledgeAlert(
  situation: Situation,
  { alert, actor }: { readonly alert: Alert; readonly actor: string },
  context: RouteContext,
): AcknowledgeDecision {
  if (alert.state !== 'firing')
    return { ok: false, message: 'The alert is resolved; there is nothing to acknowledge.' };
  if (alert.acknowledgedBy !== null)
    return { ok: false, message: `The alert is already acknowledged by ${alert.acknowledgedBy}.` };
  const taken = [...situation.alerts.values()].filter(
    (each) =>
      each.id === alert.id ||
      (alert.incidentId !== null && each.incidentId === alert.incidentId && each.state === 'firing'),
  );
  const marked = taken.reduce(
    (before, each) =>
      withAlert(before, {
        ...each,
        acknowledgedBy: each.acknowledgedBy ?? actor,
        acknowledgedUntilMs: context.nowMs + context.settings.acknowledgeForMs,
      }),
    situation,
  );
  const said = noted(onIncident(marked, alert, context), {
    subject: alert.id,
    actor,
    kind: 'acknowledged',
    text: `Acknowledged by ${actor}: ${alert.summary}`,
    incidentId: alert.incidentId,
    audited: true,
    event: 'alert',
  });
  const alertIds = taken.map((each) => each.id);
  return { ok: true, situation: telling(said, { reason: 'acknowledged', alertIds }) };
}

function onIncident(situation: Situation, alert: Alert, { nowMs }: RouteContext): Situation {
  const incident = alert.incidentId === null ? undefined : situation.incidents.get(alert.incidentId);
  return incident?.state === 'open'
    ? withIncident(situation, { ...incident, state: 'acknowledged', acknowledgedAtMs: nowMs })
    : situation;
}

export interface EndedAcknowledgement {
  readonly alert: Alert;
  readonly note: Note;
}

/** Firing alerts whose acknowledgement nobody renewed in time: they are repeated and escalated again. */
export function endedAcknowledgements(
  alerts: Iterable<Alert>,
  nowMs: number,
): readonly EndedAcknowledgement[] {
  return [...alerts].flatMap((alert) => {
    const { acknowledgedUntilMs, acknowledgedBy, state } = alert;
    if (state !== 'firing' || acknowledgedUntilMs === null || acknowledgedUntilMs > nowMs) return [];
    const text = `The acknowledgement by ${acknowledgedBy ?? 'somebody'} has ended and nobody renewed it: ${alert.summary}`;
    const said = note({
      subject: alert.id,
      kind: 'acknowledgement_ended',
      text,
      incidentId: alert.incidentId,
      audited: true,
      event: 'alert',
    });
    return [{ alert: { ...alert, acknowledgedBy: null, acknowledgedUntilMs: null }, note: said }];
  });
}
