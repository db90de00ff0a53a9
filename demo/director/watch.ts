import type { ActionRun, Alert, Incident } from '../../server/model.ts';
import type { Appliance } from './appliance.ts';

/** Looks at the appliance after every step and says what changed since the last look. */
export interface Watch {
  readonly look: (nowMs: number) => Promise<readonly Happening[]>;
  readonly seen: () => Seen;
}

export interface Happening {
  readonly kind: 'alert' | 'incident' | 'run';
  readonly text: string;
}

/** Everything that was ever there, as last seen. `pagedAtMs`: the look that first saw it as a page. */
export interface Seen {
  readonly alerts: readonly (Alert & { readonly pagedAtMs: number | null })[];
  readonly incidents: readonly Incident[];
  readonly runs: readonly ActionRun[];
}

export function createWatch(control: Appliance['control']): Watch {
  const alerts = new Map<string, Seen['alerts'][number]>();
  const incidents = new Map<string, Incident>();
  const runs = new Map<string, ActionRun>();
  return {
    look: async (nowMs) => {
      const all = { tenant: null };
      const [alertsNow, incidentsNow, runsNow] = await Promise.all([
        control.alerts(all),
        control.incidents(all),
        control.runs(all),
      ]);
      return [
        ...alertsNow.flatMap((alert) => noticeAlert(alerts, alert, nowMs)),
        ...incidentsNow.flatMap((incident) => noticeIncident(incidents, incident)),
        ...runsNow.flatMap((run) => noticeRun(runs, run)),
      ];
    },
    seen: () => ({
      alerts: [...alerts.values()],
      incidents: [...incidents.values()],
      runs: [...runs.values()],
    }),
  };
}

function noticeAlert(
  known: Map<string, Seen['alerts'][number]>,
  alert: Alert,
  nowMs: number,
): readonly Happening[] {
  const id = `${alert.id} ${alert.episode}`;
  const before = known.get(id);
  const pagedAtMs = before?.pagedAtMs ?? (alert.severity === 'page' ? nowMs : null);
  known.set(id, { ...alert, pagedAtMs });
  if (before?.state === alert.state && before.severity === alert.severity) return [];
  const words = alert.state === 'resolved' ? `${alert.severity} resolved` : alert.severity;
  return [{ kind: 'alert', text: `${words.toUpperCase()}  ${alert.model}: ${alert.summary}` }];
}

function noticeIncident(known: Map<string, Incident>, incident: Incident): readonly Happening[] {
  const before = known.get(incident.id);
  known.set(incident.id, incident);
  const happenings: Happening[] = [];
  if (before?.state !== incident.state) {
    happenings.push({ kind: 'incident', text: `Incident ${incident.state}: ${incident.title}` });
  }
  if (incident.cause !== null && before?.cause !== incident.cause) {
    happenings.push({ kind: 'incident', text: `Likely cause: ${incident.cause}` });
  }
  return happenings;
}

function noticeRun(known: Map<string, ActionRun>, run: ActionRun): readonly Happening[] {
  const before = known.get(run.id);
  known.set(run.id, run);
  if (before?.state === run.state) return [];
  return [{ kind: 'run', text: runText(run) }];
}

function runText(run: ActionRun): string {
  if (run.kind === 'retrain') {
    return run.state === 'suppressed'
      ? `Retraining refused: ${run.reason}`
      : `Retraining ${run.state}: ${run.reason}`;
  }
  const way = run.plan === null ? '' : ` ${run.plan.fromVersion} to ${run.plan.toVersion}`;
  const said = run.steps.findLast(
    ({ state }) => state === 'done' || state === 'running' || state === 'failed',
  );
  return `Rollback of ${run.model}${way} ${run.state}${said === undefined ? '' : `: ${said.text}`}`;
}
