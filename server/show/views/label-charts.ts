import { inputOfParts } from '../../../detectors/parts.ts';
import { evenBins, gather, scoreBins, type Bin, type ScoreCount } from '../../../detectors/reliability.ts';
import type { NumberLayout } from '../../../detectors/types.ts';
import type { StoredScore } from '../../ports.ts';
import type { LabelCharts, ReliabilityBin } from '../types.ts';
import { partOf, type Documents } from './parts.ts';
import { latestBySubject } from './scores.ts';

const ERROR = 'error-change';
const CALIBRATION = 'calibration-error';
/** Detectors whose input is drawn. */
export const DRAWN: readonly string[] = [ERROR, CALIBRATION];
const DAY_MS = 86_400_000;
const BINS = 10;
/** A bin with fewer rows says nothing, as in the detector. */
const LEAST_IN_BIN = 10;

/** The error by day and the reliability of scores, from what the latest scores of labels were made of; pure. */
export function labelCharts(latest: readonly StoredScore[], documents: Documents): LabelCharts {
  const error = latestBySubject(latest, ERROR).get('');
  const calibration = latestBySubject(latest, CALIBRATION).get('');
  return {
    error: error === undefined ? null : errorByDay(error, documents),
    reliability: calibration === undefined ? null : reliabilityOf(calibration, documents),
  };
}

interface Hour {
  readonly fromMs: number;
  readonly rows: number;
  readonly errors?: number;
  readonly absoluteSum?: number;
}

function errorByDay(score: StoredScore, documents: Documents): LabelCharts['error'] {
  const hours = hoursOf(score, documents);
  const [first] = hours;
  if (first === undefined) return null;
  const days = [...Map.groupBy(hours, ({ fromMs }) => Math.floor(fromMs / DAY_MS) * DAY_MS)].map(
    ([fromMs, own]) => {
      const rows = total(own.map((hour) => hour.rows));
      const wrong = total(own.map(({ errors, absoluteSum }) => errors ?? absoluteSum ?? 0));
      return { fromMs, rows, value: rows === 0 ? null : wrong / rows };
    },
  );
  const since = score.isSignificant === true ? (score.evidence.numbers?.['sinceMs'] ?? null) : null;
  return { unit: first.errors === undefined ? 'number' : 'share', days, sinceMs: since };
}

function hoursOf(score: StoredScore, documents: Documents): readonly Hour[] {
  const parts = Object.keys(score.inputs ?? {}).filter((part) => part.startsWith('hours'));
  const known = parts.flatMap((part) => {
    const found = partOf<readonly Hour[]>(score, part, documents);
    return found === undefined ? [] : [[part, found] as const];
  });
  return (inputOfParts(Object.fromEntries(known))['hours'] as readonly Hour[] | undefined) ?? [];
}

function reliabilityOf(score: StoredScore, documents: Documents): LabelCharts['reliability'] {
  const layout = partOf<NumberLayout>(score, 'scoreLayout', documents);
  const positive = partOf<string>(score, 'positive', documents);
  const baseline = partOf<readonly ScoreCount[]>(score, 'baseline', documents);
  const current = partOf<readonly ScoreCount[]>(score, 'current', documents);
  if (layout === undefined || positive === undefined || baseline === undefined || current === undefined)
    return null;
  const cells = scoreBins(baseline, { layout, positive });
  const places = evenBins(cells, BINS);
  const now = told(gather(scoreBins(current, { layout, positive }), places));
  const before = told(gather(cells, places));
  return before.length === 0 || now.length === 0
    ? null
    : { against: score.evidence.against ?? 'the baseline', before, now };
}

function told(bins: readonly Bin[]): readonly ReliabilityBin[] {
  return bins
    .filter(({ rows }) => rows >= LEAST_IN_BIN)
    .map(({ rows, scoreSum, positives }) => ({ rows, score: scoreSum / rows, share: positives / rows }));
}

function total(numbers: readonly number[]): number {
  return numbers.reduce((sum, one) => sum + one, 0);
}
