import type { Alert } from '../model.ts';
import { updateIncidents } from './incidents.ts';
import { noted, withAlert } from './situation.ts';
import type { RouteContext, Situation } from './types.ts';

export type ResolveDecision =
  { readonly ok: true; readonly situation: Situation } | { readonly ok: false; readonly message: string };

/** A person ends one alert; whoever was told of it is told of its end. A breach after a clean window opens a new episode. */
export function resolveAlert(
  situation: Situation,
  { alert, actor }: { readonly alert: Alert; readonly actor: string },
  context: RouteContext,
): ResolveDecision {
  if (alert.state !== 'firing') return { ok: false, message: 'The alert is already resolved.' };
  const resolved = { ...alert, state: 'resolved' as const, resolvedAtMs: context.nowMs, resolvedBy: actor };
  const said = noted(withAlert(situation, resolved), {
    subject: alert.id,
    actor,
    kind: 'alert_resolved',
    text: `Resolved by ${actor}: ${alert.summary}`,
    incidentId: alert.incidentId,
    audited: true,
    event: 'alert',
  });
  return { ok: true, situation: updateIncidents(said, context) };
}
