import type { Window } from './types.ts';

/**
 * Windows that are alike by the calendar: the same hour of the week, or of the day. Traffic differs by the hour, and a
 * Sunday night judged against a whole month is either an alarm every Sunday or so wide a band that nothing alarms.
 * Slots are in UTC.
 */
export type Season = 'slot_of_week' | 'slot_of_day' | 'whole';

const DAY_MS = 86_400_000;
const PERIOD_MS: Readonly<Record<Season, number | null>> = {
  slot_of_week: 7 * DAY_MS,
  slot_of_day: DAY_MS,
  whole: null,
};
/** A week of days is judgement; the weeks it takes are a parameter. */
const LEAST_DAYS = 7;
/** Smaller windows do not count: they would not be judged either. */
const LEAST_ROWS = 50;

/** After how long the slots of windows of this length repeat; null: they are all alike. */
export function periodOf(season: Season, windowMs: number): number | null {
  const periodMs = PERIOD_MS[season];
  return periodMs !== null && windowMs < periodMs && periodMs % windowMs === 0 ? periodMs : null;
}

/** The number of a window's slot. */
export function slotOf(startMs: number, season: Season, windowMs: number): number {
  const periodMs = periodOf(season, windowMs);
  return periodMs === null ? 0 : Math.floor((((startMs % periodMs) + periodMs) % periodMs) / windowMs);
}

/** When the windows of a baseline's own time begin, and how many rows each has. */
export interface History {
  readonly startsMs: ArrayLike<number>;
  readonly rows: ArrayLike<number>;
}

/** The finest season in which enough windows of the history share the window's slot; the window itself does not count. */
export function seasonOf(history: History, { fromMs, toMs }: Window, leastWeeks: number): Season {
  const windowMs = toMs - fromMs;
  const least = { slot_of_week: leastWeeks, slot_of_day: LEAST_DAYS };
  const enough = (season: 'slot_of_week' | 'slot_of_day') =>
    periodOf(season, windowMs) !== null && alike(history, fromMs, { season, windowMs }) >= least[season];
  return (['slot_of_week', 'slot_of_day'] as const).find(enough) ?? 'whole';
}

function alike(
  history: History,
  fromMs: number,
  { season, windowMs }: { readonly season: Season; readonly windowMs: number },
): number {
  const slot = slotOf(fromMs, season, windowMs);
  let windows = 0;
  for (let index = 0; index < history.startsMs.length; index += 1) {
    const startMs = history.startsMs[index] as number;
    if (startMs === fromMs || (history.rows[index] as number) < LEAST_ROWS) continue;
    if (slotOf(startMs, season, windowMs) === slot) windows += 1;
  }
  return windows;
}

const WORDS: Readonly<Record<Season, string>> = {
  slot_of_week: 'windows at the same time of the week',
  slot_of_day: 'windows at the same time of the day',
  whole: 'all its windows',
};

/** "3 windows at the same time of the week". */
export function seasonText(season: Season, windows: number): string {
  return season === 'whole' ? WORDS.whole : `${windows} ${WORDS[season]}`;
}
