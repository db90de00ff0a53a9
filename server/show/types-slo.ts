import type { BurnWindow, JudgedPair, SloState } from '../model.ts';
import type { SloKind } from '../settings.ts';

/** What is told of one objective. */
export interface SloRow {
  readonly slo: string;
  readonly kind: SloKind;
  /** nodata: nothing to judge; pending: labels have not come; null: not judged yet. */
  readonly state: SloState | null;
  /** The last judgement in words. */
  readonly text: string;
  readonly description: string;
  readonly target: number;
  readonly periodMs: number;
  readonly good: number;
  readonly bad: number;
  /** Share of the error budget left; may be negative; null without traffic. */
  readonly remaining: number | null;
  /** The moment the budget ends if errors go on as now; null when it does not shrink. */
  readonly exhaustionMs: number | null;
  /** Neither good nor bad, and predictions that wait for their label. */
  readonly excluded: number;
  readonly waiting: number;
  /** The first minute counted of the period; null: none. */
  readonly sinceMs: number | null;
  readonly burn: readonly BurnWindow[];
  /** What it is judged by: the table as far as this target can reach it, or its own. */
  readonly pairs: readonly JudgedPair[];
  /** Of a cost alone. */
  readonly spending: {
    readonly spent: number;
    readonly budget: number;
    readonly currency: string | null;
    /** By the end of the month at the pace of the last hours; null: unknown. */
    readonly projected: number | null;
    readonly perPrediction: number | null;
    readonly monthToMs: number;
  } | null;
  /** Budget left over time, for the chart. */
  readonly trend: readonly { readonly fromMs: number; readonly remaining: number | null }[];
}
