import type { Alert, Silence } from '../model.ts';
import type { ReplayedNotice, RoutingHistory } from '../ports.ts';
import { Router } from './router.ts';
import { simulate, type Simulated } from './simulate.ts';
import type { Judging } from './reload.ts';

/**
 * Who would have been told what by another configuration: the alerts that fired are lived through again, with the silences
 * and acknowledgements there were; that somebody acknowledged is not told again. What happened at one moment is told at one.
 * Severities and incidents are those that each alert had in the end.
 */
export function replayRouting(
  history: RoutingHistory,
  judging: Judging,
  { toMs }: { readonly toMs: number },
): readonly ReplayedNotice[] {
  const tenants = new Set(history.alerts.map(({ tenant }) => tenant));
  return [...tenants]
    .flatMap((tenant) => replayTenant(tenant, history, { judging, toMs }))
    .sort((first, second) => first.atMs - second.atMs);
}

interface Event {
  readonly atMs: number;
  readonly alert: Alert;
}

function replayTenant(
  tenant: string,
  history: RoutingHistory,
  { judging, toMs }: { readonly judging: Judging; readonly toMs: number },
): readonly ReplayedNotice[] {
  const alerts = history.alerts.filter((alert) => alert.tenant === tenant);
  const silences: readonly Silence[] = history.silences.filter((silence) => silence.tenant === tenant);
  const events = alerts
    .flatMap((alert) => lifeOf(alert, acknowledgementsOf(alert, history), judging))
    .filter(({ atMs }) => atMs <= toMs)
    .sort((first, second) => first.atMs - second.atMs);
  const { incidents } = history;
  const router = new Router(tenant, { alerts: [], groups: [], incidents, silences }, judging.settings);
  const told: Simulated[] = [];
  const moments = [...Map.groupBy(events, ({ atMs }) => atMs)];
  moments.forEach(([atMs, together], index) => {
    router.update(together.map(({ alert }) => alert));
    const untilMs = Math.max(atMs, (moments[index + 1]?.[0] ?? toMs + 1) - 1);
    told.push(...simulate(router, { ...judging, nowMs: atMs }, untilMs));
  });
  return told.map(({ atMs, notice }) => replayed(atMs, notice));
}

export function replayed(
  atMs: number,
  { tenant, receiver, reason, severity, title }: Simulated['notice'],
): ReplayedNotice {
  return { tenant, receiver, reason, severity, title, atMs };
}

/** One answer to an alert of an incident is one to all that fired in it. */
function acknowledgementsOf(
  alert: Alert,
  { alerts, acknowledgements }: RoutingHistory,
): RoutingHistory['acknowledgements'] {
  const fellowIds = new Set(
    alerts.filter((each) => each.incidentId === alert.incidentId).map(({ id }) => id),
  );
  const endMs = alert.resolvedAtMs ?? Infinity;
  return acknowledgements.filter(({ alertId, atMs }) => {
    if (alertId === alert.id) return true;
    return alert.incidentId !== null && fellowIds.has(alertId) && alert.startedAtMs <= atMs && atMs < endMs;
  });
}

/** What became of an alert, one state after the other. */
function lifeOf(
  alert: Alert,
  acknowledgements: RoutingHistory['acknowledgements'],
  { settings }: Judging,
): readonly Event[] {
  const fired: Alert = {
    ...alert,
    state: 'firing',
    resolvedAtMs: null,
    acknowledgedBy: null,
    acknowledgedUntilMs: null,
    silencedBy: null,
    inhibitedBy: null,
    recoversAtMs: null,
  };
  const taken = acknowledgements.map(({ atMs, actor }): Event => {
    const acknowledgedUntilMs = atMs + settings.acknowledgeForMs;
    return { atMs, alert: { ...fired, acknowledgedBy: actor, acknowledgedUntilMs } };
  });
  const ended =
    alert.resolvedAtMs === null
      ? []
      : [
          {
            atMs: alert.resolvedAtMs,
            alert: { ...fired, state: 'resolved' as const, resolvedAtMs: alert.resolvedAtMs },
          },
        ];
  return [{ atMs: alert.startedAtMs, alert: fired }, ...taken, ...ended];
}
