import type { ActionRun, Alert, Incident, ModelKey, Severity } from '../model.ts';
import type { ModelSettings } from '../settings.ts';
import type { Group, Note, RouteContext, Situation } from './types.ts';

/** The automatic actor in timelines and the audit. */
export const LEEWAY = 'leeway';

/** The key may come as any entity of the model; no more than the key is kept of it. */
export function emptySituation({ tenant, model }: ModelKey): Situation {
  return {
    key: { tenant, model },
    alerts: new Map(),
    incidents: new Map(),
    groups: new Map(),
    runs: new Map(),
    silences: [],
    deployments: [],
    outgoing: [],
    notes: [],
  };
}

export function withAlert(situation: Situation, alert: Alert): Situation {
  return { ...situation, alerts: new Map(situation.alerts).set(alert.id, alert) };
}

export function withIncident(situation: Situation, incident: Incident): Situation {
  return { ...situation, incidents: new Map(situation.incidents).set(incident.id, incident) };
}

export function withGroup(situation: Situation, group: Group): Situation {
  return { ...situation, groups: new Map(situation.groups).set(group.id, group) };
}

export function withRun(situation: Situation, run: ActionRun): Situation {
  return { ...situation, runs: new Map(situation.runs).set(run.id, run) };
}

type NoteInput = Pick<Note, 'subject' | 'kind' | 'text'> & Partial<Note>;

export function noted(situation: Situation, note: NoteInput): Situation {
  const full = { actor: LEEWAY, incidentId: null, audited: false, event: null, ...note };
  return { ...situation, notes: [...situation.notes, full] };
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
