import { delayQuantile } from '../../detectors/outcome-cells.ts';
import type { LabelDelays, ModelKey, OutcomeRow } from '../model.ts';
import type { ModelSettings } from '../settings.ts';
import { wholeWindows } from './plan.ts';
import type { CountsSource, Window } from './types.ts';

/** When labels have come: how long they take, and which windows may be judged by them. */

const DAY_MS = 86_400_000;
/** Delays are learned from predictions of so long; from longer ago only where labels take their time. */
const SPANS_MS: readonly number[] = [90 * DAY_MS, 360 * DAY_MS, 1440 * DAY_MS];
/** Of a span shorter than so many times what labels take, mostly the quick ones have come (judgement). */
const LEAST_SPAN = 4;
/** A history that is longer than this is judged from here on. */
const MOST_WINDOWS = 1000;

export interface Maturity {
  readonly delays: LabelDelays;
  /** The predictions whose delays they are are of the last so many milliseconds. */
  readonly spanMs: number;
  /** The age at which most labels have come. */
  readonly matureMs: number;
  /** Of the labels that ever come. */
  readonly share: number;
}

/** null: no label is known. */
export async function maturityOf(
  source: Pick<CountsSource, 'labelDelays'>,
  key: ModelKey,
  { nowMs, share }: { readonly nowMs: number; readonly share: number },
): Promise<Maturity | null> {
  let found: Maturity | null = null;
  for (const spanMs of SPANS_MS) {
    const delays = await source.labelDelays({ ...key, fromMs: nowMs - spanMs, toMs: nowMs });
    const matureMs = delayQuantile(delays.counts, share);
    if (matureMs === null) continue;
    found = { delays, spanMs, matureMs, share };
    if (LEAST_SPAN * matureMs <= spanMs) return found;
  }
  return found;
}

export interface Matured {
  /** Oldest first. */
  readonly windows: readonly Window[];
  /** The end of the last window judged before them. */
  readonly markMs: number;
}

/**
 * Closed windows most of whose labels have come, after the last one judged. Where labels turn out to take longer than was
 * known when windows were judged, all are judged again as they mature: they have been judged by the quick labels alone.
 */
export function maturedWindows(given: {
  readonly model: Pick<ModelSettings, 'windowMs'>;
  readonly firstMs: number;
  readonly markMs: number | undefined;
  /** Now, less the age at which labels have come. */
  readonly matureToMs: number;
}): Matured {
  const { firstMs, matureToMs, model } = given;
  const judgedToMs = Math.max(firstMs, given.markMs ?? firstMs);
  const isTooEarly = judgedToMs - Math.max(firstMs, matureToMs) >= model.windowMs;
  const markMs = isTooEarly ? firstMs : judgedToMs;
  const windows = wholeWindows({ fromMs: markMs, toMs: matureToMs }, model.windowMs);
  return { windows: windows.slice(-MOST_WINDOWS), markMs };
}

type Labelled = readonly Pick<OutcomeRow, 'predictions' | 'labelled'>[];

/**
 * Whether a window is better judged later: fewer of its predictions have a label than usually do, and some may yet come. The
 * results of a term come all at once, and those who leave before are told first. After twice the usual time it is judged as is.
 */
export function isWaiting(
  {
    window,
    current,
    usual,
  }: { readonly window: Window; readonly current: Labelled; readonly usual: Labelled },
  { nowMs, matureMs, share }: { readonly nowMs: number; readonly matureMs: number; readonly share: number },
): boolean {
  if (nowMs >= window.toMs + 2 * matureMs) return false;
  const [now, before] = [labelledShare(current), labelledShare(usual)];
  return now !== null && before !== null && now < share * before;
}

function labelledShare(rows: Labelled): number | null {
  const predictions = rows.reduce((total, row) => total + row.predictions, 0);
  return predictions === 0 ? null : rows.reduce((total, row) => total + row.labelled, 0) / predictions;
}
