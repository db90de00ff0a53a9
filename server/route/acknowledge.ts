import type { Alert } from '../model.ts';
import { note, noted, telling, withAlert, withIncident } from './situation.ts';
import type { Note, RouteContext, Situation } from './types.ts';

export type AcknowledgeDecision =
  { readonly ok: true; readonly situation: Situation } | { readonly ok: false; readonly message: string };

interface Acknowledging {
  readonly alert: Alert;
  readonly actor: string;
  /** What the person said of it. */
  readonly reason?: string | undefined;
}

/**
 * Someone takes an alert on: repeats and escalation stop for a while and messages say so. An alert of an incident stands for all of it, so that
 * one answer is enough however many features drifted. Said again it lasts from now on; only another person, or an alert that nobody
 * had, is told, since a renewal changes nothing for anybody else.
 */
export function acknowledgeAlert(
  situation: Situation,
  { alert, actor, reason }: Acknowledging,
  context: RouteContext,
): AcknowledgeDecision {
  if (alert.state !== 'firing')
    return { ok: false, message: 'The alert is resolved; there is nothing to acknowledge.' };
  const taken = [...situation.alerts.values()].filter(
    (each) =>
      each.id === alert.id ||
      (alert.incidentId !== null && each.incidentId === alert.incidentId && each.state === 'firing'),
  );
  const acknowledgedUntilMs = context.nowMs + context.settings.acknowledgeForMs;
  const marked = taken.reduce(
    (before, each) => withAlert(before, { ...each, acknowledgedBy: actor, acknowledgedUntilMs }),
    situation,
  );
  const said = noted(onIncident(marked, alert, context), {
    subject: alert.id,
    actor,
    kind: 'acknowledged',
    text: acknowledgedText({ alert, actor, reason }),
    incidentId: alert.incidentId,
    audited: true,
    event: 'alert',
  });
  const alertIds = taken.map((each) => each.id);
  const isNews = taken.some((each) => each.acknowledgedBy !== actor);
  return { ok: true, situation: isNews ? telling(said, { reason: 'acknowledged', alertIds }) : said };
}

function acknowledgedText({ alert, actor, reason }: Acknowledging): string {
  const { acknowledgedBy, summary } = alert;
  const what = acknowledgedBy === null ? 'Acknowledged' : 'Acknowledgement renewed';
  const before = acknowledgedBy === null || acknowledgedBy === actor ? '' : `, before ${acknowledgedBy}`;
  return `${what} by ${actor}${before}: ${summary}${reason === undefined ? '' : `. Reason: ${reason}`}`;
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
