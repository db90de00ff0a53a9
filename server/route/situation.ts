import type { ActionRun, Alert, Incident, ModelKey, Severity } from '../model.ts';
import type { ModelSettings } from '../settings.ts';
import type { Note, Pending, RouteContext, Situation, Telling } from './types.ts';

/** The automatic actor in timelines and the audit. */
export const LEEWAY = 'leeway';

/** The key may come as any entity of the model; no more than the key is kept of it. */
export function emptySituation({ tenant, model }: ModelKey): Situation {
  return {
    key: { tenant, model },
    alerts: new Map(),
    pending: new Map(),
    incidents: new Map(),
    runs: new Map(),
    deployments: [],
    outgoing: [],
    tellings: [],
    notes: [],
  };
}

export function withAlert(situation: Situation, alert: Alert): Situation {
  return { ...situation, alerts: new Map(situation.alerts).set(alert.id, alert) };
}

export function withPending(situation: Situation, pending: Pending): Situation {
  return { ...situation, pending: new Map(situation.pending).set(pending.id, pending) };
}

export function withoutPending(situation: Situation, id: string): Situation {
  const pending = new Map(situation.pending);
  pending.delete(id);
  return { ...situation, pending };
}

export function withIncident(situation: Situation, incident: Incident): Situation {
  return { ...situation, incidents: new Map(situation.incidents).set(incident.id, incident) };
}

export function withRun(situation: Situation, run: ActionRun): Situation {
  return { ...situation, runs: new Map(situation.runs).set(run.id, run) };
}

type NoteInput = Pick<Note, 'subject' | 'kind' | 'text'> & Partial<Note>;

/** A note by Leeway itself that is about no incident, unless it says otherwise. */
export function note(given: NoteInput): Note {
  return { actor: LEEWAY, incidentId: null, audited: false, event: null, ...given };
}

export function noted(situation: Situation, given: NoteInput): Situation {
  return { ...situation, notes: [...situation.notes, note(given)] };
}

/** Has everybody who was told of these alerts hear of it. */
export function telling(situation: Situation, told: Telling): Situation {
  return { ...situation, tellings: [...situation.tellings, told] };
}

export function firingAlerts(situation: Situation): readonly Alert[] {
  return [...situation.alerts.values()].filter((alert) => alert.state === 'firing');
}

export function openIncident(situation: Situation): Incident | undefined {
  return [...situation.incidents.values()].find((incident) => incident.state !== 'resolved');
}

export function modelSettings(key: ModelKey, context: RouteContext): ModelSettings | undefined {
  return context.settings.models.find((model) => model.tenant === key.tenant && model.model === key.model);
}

export function modelTitle(key: ModelKey, context: RouteContext): string {
  return modelSettings(key, context)?.title ?? key.model;
}

export function highest(severities: readonly Severity[]): Severity {
  return severities.includes('page') ? 'page' : 'ticket';
}
