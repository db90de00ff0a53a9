import type { ActionRun, Incident, ModelKey, TimelineEntry } from '../model.ts';
import type {
  AlertExplanation,
  IncidentMetrics,
  IncidentTimes,
  PendingAlert,
  SilencePreview,
} from '../ports.ts';
import type { AlertTold, AsOf } from './types.ts';

/** What the REST API answers about incidents and about who is told. */

export interface IncidentMetricsTold extends AsOf, IncidentMetrics {}

export interface AlertExplanationTold extends AsOf, Omit<AlertExplanation, 'alert'> {
  readonly alert: AlertTold;
}

export interface PendingAlertList extends AsOf {
  readonly alerts: readonly PendingAlert[];
}

export interface SilencePreviewTold extends AsOf, Omit<SilencePreview, 'firing' | 'lately'> {
  readonly firing: readonly AlertTold[];
  readonly lately: readonly AlertTold[];
  readonly longestSilenceMs: number;
}

/** How much of the error budget of one objective went in the time of an incident. */
export interface BudgetSpent {
  readonly slo: string;
  readonly good: number;
  readonly bad: number;
  /** Of the budget of its period; null with `why`. */
  readonly share: number | null;
  readonly why: string | null;
}

/** What an incident did to people, as far as it was counted. */
export interface Impact {
  readonly fromMs: number;
  readonly toMs: number;
  /** null with `why`. */
  readonly predictions: number | null;
  readonly versions: readonly { readonly version: string; readonly predictions: number }[];
  readonly budgets: readonly BudgetSpent[];
  readonly why: string | null;
}

/** A draft that holds facts alone, each with the page that shows it. */
export interface PostMortem extends ModelKey {
  readonly status: 'draft';
  readonly incident: string;
  readonly title: string;
  readonly severity: string;
  readonly state: Incident['state'];
  readonly url: string;
  readonly madeAtMs: number;
  readonly summary: readonly string[];
  readonly impact: Impact;
  readonly times: IncidentTimes;
  readonly detection: Contribution | null;
  readonly timeline: readonly Linked<Omit<TimelineEntry, 'evidence'>>[];
  readonly actions: readonly Linked<
    Pick<
      ActionRun,
      'id' | 'kind' | 'state' | 'reason' | 'approvedBy' | 'planHash' | 'createdAtMs' | 'updatedAtMs' | 'steps'
    >
  >[];
  readonly contributing: readonly Contribution[];
  readonly told: readonly {
    readonly receiver: string;
    readonly arrived: number;
    readonly givenUp: number;
    readonly onTheWay: number;
  }[];
  readonly actionable: boolean | null;
  /** To be filled in by people. */
  readonly followUps: readonly string[];
}

type Linked<T> = T & { readonly url: string | null };

/** One alert of an incident, and the score that shows it. */
export interface Contribution {
  readonly rule: string;
  readonly subject: string;
  readonly severity: string;
  readonly summary: string;
  readonly text: string;
  readonly startedAtMs: number;
  readonly resolvedAtMs: number | null;
  readonly value: number | null;
  readonly peak: number | null;
  readonly unit: string | null;
  readonly url: string;
}
