import type { Alert, FleetRow, Health, Incident } from './types.ts';

const RANK: Readonly<Record<Health, number>> = { action: 0, drifting: 1, silent: 2, learning: 3, healthy: 4 };

/** Worst first: open incident, health, pages, then the highest drift. */
export function worstFirst(rows: readonly FleetRow[]): readonly FleetRow[] {
  return [...rows].sort(
    (a, b) =>
      Number(b.incidentId !== null) - Number(a.incidentId !== null) ||
      RANK[a.health] - RANK[b.health] ||
      b.openAlerts.page - a.openAlerts.page ||
      (b.worstFeature?.ratio ?? 0) - (a.worstFeature?.ratio ?? 0) ||
      a.title.localeCompare(b.title, 'en'),
  );
}

/** How many models are how, worst first. */
export function fleetSummary(rows: readonly Pick<FleetRow, 'health'>[]): string {
  const many = (health: Health): number => rows.filter((row) => row.health === health).length;
  if (rows.length === 0) return 'Nothing to watch yet.';
  const parts = [
    [many('action'), many('action') === 1 ? 'needs action' : 'need action'],
    [many('drifting'), many('drifting') === 1 ? 'with a warning' : 'with warnings'],
    [many('silent'), 'silent'],
    [many('learning'), 'learning'],
    [many('healthy'), 'healthy'],
  ] as const;
  const told = parts.filter(([count]) => count > 0);
  const [first] = told;
  if (rows.length === 1) return `One model: ${first?.[1]}.`;
  if (told.length === 1 && many('healthy') > 0) return `All ${rows.length} models are healthy.`;
  return `Of ${rows.length} models: ${told.map(([count, word]) => `${count} ${word}`).join(', ')}.`;
}

/** What fires before what ended, pages before tickets, then the newest. */
export function urgentFirst<T extends Pick<Alert, 'state' | 'severity' | 'startedAtMs'>>(
  alerts: readonly T[],
): readonly T[] {
  return alerts.toSorted(
    (a, b) =>
      Number(b.state === 'firing') - Number(a.state === 'firing') ||
      Number(b.severity === 'page') - Number(a.severity === 'page') ||
      b.startedAtMs - a.startedAtMs,
  );
}

/** How loud an incident is: what serves well again is only a warning until everything has cleared. */
export function healthOf({ state, severity }: Pick<Incident, 'state' | 'severity'>): Health {
  if (state === 'resolved') return 'healthy';
  return state === 'mitigated' || severity === 'ticket' ? 'drifting' : 'action';
}
