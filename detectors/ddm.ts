import { refuseShares, type Change, type ErrorShare, type WarnedChanges } from './stream.ts';

/**
 * DDM, the drift detection method: the error share should only fall as rows come in; a rise beyond its best is a change.
 *
 *   p errors of n rows since the last change, s = sqrt(p (1 - p) / n); the best is where p + s was least
 *   warning when p + s > p_best + 2 s_best, change when p + s > p_best + 3 s_best
 *
 * Counts of many rows may be taken at once: it is then looked at only behind each of them. Sees a rise only.
 * Reference: Gama, Medas, Castillo and Rodrigues 2004; numbers as in river 0.26.
 * Example: 1000 rows with half of them wrong, then 70 %: a warning at 1084, a change at 1334.
 */
export function ddm(shares: readonly ErrorShare[], options: Partial<DdmOptions> = {}): WarnedChanges {
  refuseShares(shares);
  const chosen = { ...DDM_DEFAULTS, ...options };
  const [changes, warnings]: [Change[], number[]] = [[], []];
  let [state, isWarned] = [START, false];
  for (const [at, share] of shares.entries()) {
    state = next(state, share, { at, leastRows: chosen.leastRows });
    const excess = (state.level - state.best.p) / state.best.s;
    if (excess > chosen.change) {
      changes.push({ at, since: state.best.at + 1, direction: 'rise' });
      [state, isWarned] = [START, false];
    } else if (excess > chosen.warning && !isWarned) {
      warnings.push(at);
      isWarned = true;
    }
  }
  return { changes, warnings };
}

export interface DdmOptions {
  readonly leastRows: number;
  readonly warning: number;
  readonly change: number;
}

/** river's defaults. */
const DDM_DEFAULTS: DdmOptions = { leastRows: 30, warning: 2, change: 3 };

interface State {
  readonly rows: number;
  readonly errors: number;
  readonly level: number;
  readonly best: { readonly p: number; readonly s: number; readonly at: number };
}

const START: State = { rows: 0, errors: 0, level: 0, best: { p: Infinity, s: Infinity, at: -1 } };

function next(
  before: State,
  share: ErrorShare,
  { at, leastRows }: { readonly at: number; readonly leastRows: number },
): State {
  const [rows, errors] = [before.rows + share.rows, before.errors + share.errors];
  if (rows <= leastRows) return { ...START, rows, errors };
  const p = errors / rows;
  const s = Math.sqrt((p * (1 - p)) / rows);
  const isBest = p + s <= before.best.p + before.best.s;
  return { rows, errors, level: p + s, best: isBest ? { p, s, at } : before.best };
}
