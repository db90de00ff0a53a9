import { refuseShares, type Change, type ErrorShare, type WarnedChanges } from './stream.ts';

/**
 * HDDM-A: the error share of all rows against that of the rows up to the best cut, by Hoeffding's bound, which holds for
 * any values between 0 and 1 and so needs no guess of their spread.
 *
 *   bound(n) = sqrt(ln(1 / d) / (2 n)); the cut is where mean + bound was least (for a fall: mean - bound was most)
 *   change when mean - mean_cut >= sqrt(m / 2 ln(2 / d)),  m = (n - n_cut) / n_cut / n
 *
 * Counts of many rows may be taken at once: it is then looked at only behind each of them.
 * Reference: Frias-Blanco and others 2014, test A; numbers as in river 0.26.
 * Example: 1000 rows with 20 % wrong, then 80 %: seen at 1047.
 */
export function hddmA(shares: readonly ErrorShare[], options: Partial<HddmOptions> = {}): WarnedChanges {
  refuseShares(shares);
  const chosen = { ...HDDM_DEFAULTS, ...options };
  const [changes, warnings]: [Change[], number[]] = [[], []];
  let [state, isWarned] = [START, false];
  for (const [at, share] of shares.entries()) {
    if (share.rows === 0) continue;
    state = next(state, share, { at, doubt: chosen.change });
    const direction = changed(state, chosen);
    if (direction !== null) {
      const cut = direction === 'rise' ? state.low : state.high;
      changes.push({ at, since: cut.at + 1, direction });
      [state, isWarned] = [START, false];
    } else if (!isWarned && changed(state, { ...chosen, change: chosen.warning }) !== null) {
      warnings.push(at);
      isWarned = true;
    }
  }
  return { changes, warnings };
}

export interface HddmOptions {
  readonly change: number;
  readonly warning: number;
  readonly isTwoSided: boolean;
}

/** river's defaults. */
const HDDM_DEFAULTS: HddmOptions = { change: 0.001, warning: 0.005, isTwoSided: false };

interface Part {
  readonly rows: number;
  readonly errors: number;
  readonly at: number;
}

interface State {
  readonly all: Part;
  readonly low: Part;
  readonly high: Part;
}

const NONE: Part = { rows: 0, errors: 0, at: -1 };
const START: State = { all: NONE, low: NONE, high: NONE };

function next(
  before: State,
  share: ErrorShare,
  { at, doubt }: { readonly at: number; readonly doubt: number },
): State {
  const all = { rows: before.all.rows + share.rows, errors: before.all.errors + share.errors, at };
  const bound = (part: Part) => Math.sqrt(Math.log(1 / doubt) / (2 * part.rows));
  const above = (part: Part) => part.errors / part.rows + bound(part);
  const below = (part: Part) => part.errors / part.rows - bound(part);
  const isFirst = before.low.rows === 0;
  return {
    all,
    low: isFirst || above(before.low) >= above(all) ? all : before.low,
    high: isFirst || below(before.high) <= below(all) ? all : before.high,
  };
}

function changed({ all, low, high }: State, { change, isTwoSided }: HddmOptions): Change['direction'] | null {
  if (isApart(low, all, change)) return 'rise';
  return isTwoSided && isApart(all, high, change) ? 'fall' : null;
}

/** Whether the second part lies above the first beyond doubt; one of the two is all rows, the other those up to the cut. */
function isApart(lower: Part, upper: Part, doubt: number): boolean {
  const [cut, all] = lower.rows < upper.rows ? [lower, upper] : [upper, lower];
  if (cut.rows === all.rows) return false;
  const m = (all.rows - cut.rows) / cut.rows / all.rows;
  return upper.errors / upper.rows - lower.errors / lower.rows >= Math.sqrt((m / 2) * Math.log(2 / doubt));
}
