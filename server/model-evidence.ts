import type { CellShift, FeatureCounts } from '../detectors/types.ts';

/** What scores are made of and told with, and the jobs that make them. Types only. */

/** A part of a detector's input as JSON, named by its content: parts that are the same are stored once. */
export interface Document {
  /** The first 32 hexadecimal digits of the SHA-256 of `body`. */
  readonly id: string;
  readonly body: string;
}

export interface Evidence {
  readonly text: string;
  /** The baseline it was judged against, in words. */
  readonly against?: string;
  readonly cells?: readonly CellShift[];
  readonly numbers?: Readonly<Record<string, number | null>>;
  readonly current?: FeatureCounts;
  readonly versions?: Readonly<Record<string, number>>;
  /** Features that have moved together with this one. */
  readonly together?: readonly string[];
  /** A likely cause in words, when the detector knows one. */
  readonly cause?: string;
  readonly groups?: readonly GroupRate[];
  readonly burn?: readonly BurnWindow[];
  readonly pairs?: readonly JudgedPair[];
  readonly sloState?: SloState;
}

export interface GroupRate {
  readonly group: string;
  readonly rows: number;
  readonly rate: number | null;
  readonly lower: number | null;
  readonly upper: number | null;
  readonly why: string | null;
}

/** `threshold` is the burn rate this window is judged against; null where it is only shown. */
export interface BurnWindow {
  readonly windowMs: number;
  readonly rate: number | null;
  readonly threshold: number | null;
  /** What it was made of: bad of `total` events or slices. Absent for a cost. */
  readonly bad?: number;
  readonly total?: number;
}

/** A pair of windows as an objective is judged by it. */
export interface JudgedPair {
  readonly severity: 'page' | 'ticket';
  readonly longMs: number;
  readonly shortMs: number;
  readonly factor: number;
  /** What the table says; the factor differs where this target cannot reach it, or where it would fire too early. */
  readonly tableFactor: number;
  readonly why: string | null;
  /** 1 or more fires; null: cannot be told. */
  readonly ratio: number | null;
}

/** nodata: nothing to judge; pending: labels have not come; burning: fires; ok: none of these. */
export type SloState = 'ok' | 'burning' | 'nodata' | 'pending';

export type ScheduledJob = {
  readonly id: string;
  readonly dueAtMs: number;
  readonly lastRunMs: number | null;
  /** How far it has come, in its own terms: the end of the last window, or the newest commit it has looked at. */
  readonly mark?: number;
};
