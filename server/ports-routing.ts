import type { Alert, Incident, Notice, Rule, Severity, Silence } from './model.ts';
import type { Settings } from './settings.ts';

/** What the control store offers about routing itself: another configuration, and what was told. */

/** A notice that only the new configuration would send. */
export interface ToldByReload {
  readonly tenant: string;
  readonly receiver: string;
  readonly reason: Notice['reason'];
  readonly atMs: number;
  readonly title: string;
  readonly alerts: number;
}

export interface ReplayedNotice {
  readonly tenant: string;
  readonly receiver: string;
  readonly reason: Notice['reason'];
  readonly severity: Severity;
  readonly title: string;
  readonly atMs: number;
}

/** A notice that was queued. `joined`: a later one of its group told it as well. */
export interface QueuedNotice extends ReplayedNotice {
  readonly state: 'told' | 'waiting' | 'given up' | 'joined';
}

/** What fired in a range, what held it back, and what was told. */
export interface RoutingHistory {
  readonly alerts: readonly Alert[];
  readonly incidents: readonly Incident[];
  readonly silences: readonly Silence[];
  readonly acknowledgements: readonly {
    readonly alertId: string;
    readonly atMs: number;
    readonly actor: string;
  }[];
  /** By the time they were queued. */
  readonly queued: readonly QueuedNotice[];
}

export interface RoutingControl {
  /**
   * Takes routes, receivers, calendars, inhibitions and rules of another configuration; everything that fires finds its
   * route again. With `dryRun` nothing changes. Answers what is told within an hour because of it.
   */
  reconfigure(input: {
    readonly settings: Settings;
    readonly rules: readonly Rule[];
    readonly actor: string;
    readonly nowMs: number;
    readonly dryRun: boolean;
  }): Promise<readonly ToldByReload[]>;
  /** Alerts that a receiver was told firing and not yet told resolved, of every tenant. */
  announcedAlerts(receiver: string): Promise<readonly Alert[]>;
  routingHistory(query: {
    readonly tenant: string | null;
    readonly fromMs: number;
    readonly toMs: number;
  }): Promise<RoutingHistory>;
}
