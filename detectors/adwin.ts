import { refuseValues, type Change } from './stream.ts';

/**
 * ADWIN: keeps a window that grows while its level stands still, and drops its older part when two parts differ.
 *
 *   cut where |mean0 - mean1| > sqrt(2 m v d) + 2/3 m d,  d = ln(2 ln(width) / delta),
 *   m = 1 / (n0 - least + 1) + 1 / (n1 - least + 1),  v the variance of the whole window
 *
 * The window is held in buckets of 1, 2, 4, ... values, at most `mostBuckets` of a size. Every cut between two buckets is
 * looked at; versions of a well-known implementation passed one over (river issue 1614). After a change all is forgotten.
 * Reference: Bifet and Gavalda 2007, with the numbers of river 0.26.
 * Example: 1000 values of 0 or 1, then of 4 to 7: seen at 1023, the first look after the change.
 */
export function adwin(
  values: readonly number[],
  options: Partial<AdwinOptions> = {},
): readonly (Change & { readonly width: number })[] {
  refuseValues(values);
  const chosen = { ...ADWIN_DEFAULTS, ...options };
  const changes: (Change & { readonly width: number })[] = [];
  let [buckets, seen] = [[] as Bucket[], 0];
  for (const [at, value] of values.entries()) {
    insert(buckets, value, chosen.mostBuckets);
    seen += 1;
    const before = seen % chosen.clock === 0 ? meanOf(buckets) : null;
    if (before === null || !shrink(buckets, chosen)) continue;
    const { rows: width, sum } = totalOf(buckets);
    const direction = sum / width > before ? 'rise' : 'fall';
    changes.push({ at, since: at - width + 1, direction, width });
    [buckets, seen] = [[], 0];
  }
  return changes;
}

export interface AdwinOptions {
  /** Share of quiet windows in which a cut may be seen. */
  readonly delta: number;
  /** Looks once in so many values. */
  readonly clock: number;
  readonly mostBuckets: number;
  /** Values a part has at least. */
  readonly least: number;
  /** Values it takes before the first look. */
  readonly grace: number;
  /** Where it is known from elsewhere that values next to each other vary less than those far apart. */
  readonly leastVariance: number;
}

/** river's defaults. */
const ADWIN_DEFAULTS: AdwinOptions = {
  delta: 0.002,
  clock: 32,
  mostBuckets: 5,
  least: 5,
  grace: 10,
  leastVariance: 0,
};

/** Values next to each other: how many, their sum, and the sum of squared deviations from their mean. */
interface Bucket {
  readonly rows: number;
  readonly sum: number;
  readonly spread: number;
}

function together(one: Bucket, two: Bucket): Bucket {
  if (one.rows === 0) return two;
  const rows = one.rows + two.rows;
  const apart = one.sum / one.rows - two.sum / two.rows;
  const spread = one.spread + two.spread + (one.rows * two.rows * apart * apart) / rows;
  return { rows, sum: one.sum + two.sum, spread };
}

const NOTHING: Bucket = { rows: 0, sum: 0, spread: 0 };

function totalOf(buckets: readonly Bucket[]): Bucket {
  return buckets.reduce(together, NOTHING);
}

function meanOf(buckets: readonly Bucket[]): number {
  const { rows, sum } = totalOf(buckets);
  return sum / rows;
}

/** Oldest first, so sizes never grow along the list. Changed in place: copying seventy buckets a value is most of the time. */
function insert(buckets: Bucket[], value: number, most: number): void {
  buckets.push({ rows: 1, sum: value, spread: 0 });
  for (let rows = 1; ; rows *= 2) {
    const first = buckets.findIndex((bucket) => bucket.rows === rows);
    const last = buckets.findLastIndex((bucket) => bucket.rows === rows);
    const [one, two] = [buckets[first], buckets[first + 1]];
    if (last - first < most || one === undefined || two === undefined) return;
    buckets.splice(first, 2, together(one, two));
  }
}

/** Drops the oldest bucket as long as a cut is seen; says whether one was. */
function shrink(buckets: Bucket[], options: AdwinOptions): boolean {
  const full = buckets.length;
  while (totalOf(buckets).rows > options.grace && hasCut(buckets, options)) buckets.shift();
  return buckets.length < full;
}

function hasCut(buckets: readonly Bucket[], { delta, least, leastVariance }: AdwinOptions): boolean {
  const whole = totalOf(buckets);
  const variance = Math.max(leastVariance, whole.spread / whole.rows);
  const doubt = Math.log((2 * Math.log(whole.rows)) / delta);
  let [n0, sum0] = [0, 0];
  for (const bucket of buckets.slice(0, -1)) {
    n0 += bucket.rows;
    sum0 += bucket.sum;
    const n1 = whole.rows - n0;
    if (n0 < least || n1 < least) continue;
    const m = 1 / (n0 - least + 1) + 1 / (n1 - least + 1);
    const most = Math.sqrt(2 * m * variance * doubt) + (2 / 3) * doubt * m;
    if (Math.abs(sum0 / n0 - (whole.sum - sum0) / n1) > most) return true;
  }
  return false;
}
