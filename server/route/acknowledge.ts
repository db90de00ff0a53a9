import type { Alert } from '../model.ts';
import { tellNow } from './groups.ts';
import { noted, withAlert, withIncident } from './situation.ts';
import type { RouteContext, Situation } from './types.ts';

export type AcknowledgeDecision =
  { readonly ok: true; readonly situation: Situation } | { readonly ok: false; readonly message: string };

/**
 * Someone takes an alert on: repeats stop and messages say so. An alert of an incident stands for all of it, so that
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
    (before, each) => withAlert(before, { ...each, acknowledgedBy: each.acknowledgedBy ?? actor }),
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
  return { ok: true, situation: tellNow(said, { reason: 'acknowledged', alertIds }, context) };
}

function onIncident(situation: Situation, alert: Alert, { nowMs }: RouteContext): Situation {
  const incident = alert.incidentId === null ? undefined : situation.incidents.get(alert.incidentId);
  return incident?.state === 'open'
    ? withIncident(situation, { ...incident, state: 'acknowledged', acknowledgedAtMs: nowMs })
    : situation;
}
