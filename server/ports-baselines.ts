import type { Baseline, BaselineSource, ModelKey } from './model.ts';
import type { Answer } from './ports.ts';

/** Baselines as a user chooses and uploads them. Types only. */

/** A baseline without its cells. */
export interface BaselineEntry extends Omit<Baseline, 'layouts' | 'counts'> {
  readonly features: number;
  readonly cells: number;
  /** Whether it is the one the model is judged against. */
  readonly isCurrent: boolean;
}

/** Rows that were uploaded under a name. */
export interface ReferenceSet {
  readonly set: string;
  readonly rows: number;
  readonly fromMs: number;
  readonly toMs: number;
  readonly lastReceivedMs: number;
}

export interface BaselineSteps {
  /**
   * Freezes a baseline from the source now, in the place of the one there may be. It stands until the configuration
   * chooses another source than `instead`, or the choice is withdrawn. `conflict`: the source gives none yet.
   */
  chooseBaseline(input: {
    readonly key: ModelKey;
    readonly source: BaselineSource;
    readonly instead: BaselineSource | null;
    readonly actor: string;
    readonly nowMs: number;
  }): Promise<Answer<BaselineEntry>>;
  /** From here on the configuration's source counts again; the baseline stays until that gives one. */
  withdrawBaseline(input: { readonly key: ModelKey; readonly nowMs: number }): Promise<Answer<BaselineEntry>>;
  /** Every baseline the model ever had, the newest first. */
  baselines(key: ModelKey): Promise<readonly BaselineEntry[]>;
  /** One of them with its cells, however old. */
  baselineById(key: ModelKey, id: string): Promise<Baseline | null>;
  referenceSets(key: ModelKey): Promise<readonly ReferenceSet[]>;
  /** Deletes the rows of a set. `conflict`: the model's baseline is made of it. */
  deleteReferenceSet(input: {
    readonly key: ModelKey;
    readonly set: string;
  }): Promise<Answer<{ readonly rows: number }>>;
}
