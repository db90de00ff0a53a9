/** What judges scores, as `alert-rules/` says it. Types only. */

/** A rule of `alert-rules/*.yaml`. */
export interface Rule {
  readonly id: string;
  readonly title: string;
  readonly detector: string;
  /** Cause class: pipeline causes outrank drift in the explanation. */
  readonly kind: 'drift' | 'quality' | 'slo' | 'fairness' | 'absence';
  readonly subjects?: 'features' | 'prediction' | 'any';
  readonly page?: Threshold;
  readonly ticket?: Threshold;
  readonly persistence: Persistence;
  /** A breach must stand so long before it is an alert; absent: at once. */
  readonly forMs?: number;
  /** An alert whose breach is over goes on so long, in case it comes back; absent: it ends at once. */
  readonly keepFiringMs?: number;
  readonly summary: string;
  readonly action?: { readonly retrain?: boolean; readonly rollback?: boolean };
  /** Where it judges otherwise, the most specific first: the first that fits holds. */
  readonly overrides?: readonly RuleOverride[];
}

/** Other limits of a rule for some tenants, models or subjects: absent is all of them, `*` any run of characters. */
export interface RuleOverride {
  readonly tenant?: string;
  readonly model?: string;
  readonly subject?: string;
  /** `off`: not at this severity. What is not named here stays as the rule says. */
  readonly page?: Threshold | 'off';
  readonly ticket?: Threshold | 'off';
  readonly persistence?: Partial<Persistence>;
  /** The rule does not judge them at all. */
  readonly off?: boolean;
  /** `file:line:column`. */
  readonly place: string;
}

/** A value at or above `atLeast` breaches. `use: lower` judges the lower end of the interval instead of the value. */
export interface Threshold {
  readonly atLeast: number;
  readonly use?: 'value' | 'lower';
}

/** Opens after `open` breaches within the last `of` windows (page level: `pageOpen`), closes after `close` clean ones. */
export interface Persistence {
  readonly open: number;
  readonly of: number;
  readonly pageOpen: number;
  readonly close: number;
}
