import { adwin } from '../../detectors/adwin.ts';
import { ddm } from '../../detectors/ddm.ts';
import { ewma } from '../../detectors/ewma.ts';
import { hddmA } from '../../detectors/hddm-a.ts';
import { pageHinkley } from '../../detectors/page-hinkley.ts';
import type { Change } from '../../detectors/stream.ts';
import { median, rounded } from '../kit/statistics.ts';
import { table } from '../kit/table.ts';
import type { BenchOptions } from '../kit/types.ts';
import { sfc32 } from './random.ts';

/** What the libraries' defaults say when they are fed row by row: rows from alarm to alarm, and rows until a doubled error is seen. */

type Fold = (bits: readonly number[]) => readonly Change[];
const shares = (bits: readonly number[]) => bits.map((errors) => ({ rows: 1, errors }));
const FOLDS: Readonly<Record<string, Fold>> = {
  adwin: (bits) => adwin(bits),
  'page-hinkley': (bits) => pageHinkley(bits),
  ewma: (bits) => ewma(bits),
  ddm: (bits) => ddm(shares(bits)).changes,
  'hddm-a': (bits) => hddmA(shares(bits)).changes,
};
const ERRORS = [0.05, 0.2, 0.4];
const QUIET_ROWS = 20_000;
const BEFORE_ROWS = 2000;

export function streamDefaults({ quick, seed, print }: Pick<BenchOptions, 'quick' | 'seed' | 'print'>): {
  readonly rowsBetweenAlarms: Readonly<Record<string, number | null>>;
} {
  const random = sfc32(seed);
  const streams = quick ? 10 : 50;
  const bits = (rows: number, error: number) => Array.from({ length: rows }, () => Number(random() < error));
  const rows = ERRORS.map((error) => {
    const quiet = Array.from({ length: streams }, () => bits(QUIET_ROWS, error));
    const changed = Array.from({ length: streams }, () => [
      ...bits(BEFORE_ROWS, error),
      ...bits(BEFORE_ROWS, 2 * error),
    ]);
    const folded = Object.values(FOLDS).map((fold) => ({
      between: (streams * QUIET_ROWS) / quiet.reduce((count, one) => count + fold(one).length, 0),
      delay: median(changed.map((one) => delayOf(fold(one)))),
    }));
    return { error, folded };
  });
  print(`rows from alarm to alarm with no change, row by row with the libraries' defaults; - is never`);
  const heads = ['error', ...Object.keys(FOLDS)];
  table(
    heads,
    rows.map(({ error, folded }) => [`${error * 100} %`, ...folded.map((one) => one.between)]),
  ).forEach(print);
  print('median rows until twice the error is seen; - is not within 2000');
  table(
    heads,
    rows.map(({ error, folded }) => [`${error * 100} %`, ...folded.map((one) => one.delay)]),
  ).forEach(print);
  const named = rows.flatMap(({ error, folded }) =>
    Object.keys(FOLDS).map((id, index) => {
      const between = folded[index]?.between ?? Infinity;
      return [`${id} ${error}`, Number.isFinite(between) ? rounded(between) : null] as const;
    }),
  );
  return { rowsBetweenAlarms: Object.fromEntries(named) };
}

function delayOf(changes: readonly Change[]): number {
  const seen = changes.find((change) => change.at >= BEFORE_ROWS && change.direction === 'rise');
  return seen === undefined ? Infinity : seen.at - BEFORE_ROWS + 1;
}
