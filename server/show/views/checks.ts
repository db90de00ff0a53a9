import type { Rule } from '../../model.ts';
import type { StoredScore } from '../../ports.ts';
import type { DetectorName } from '../options.ts';
import type { Check, TrendPoint } from '../types.ts';
import { comparisonOf } from './scores.ts';
import { levelOf, thresholdsOf } from './thresholds.ts';

export interface ChecksInput {
  /** Scores of the window that is shown. */
  readonly shown: readonly StoredScore[];
  readonly latest: readonly StoredScore[];
  /** Of checks of the whole model that look at one window each, oldest first. */
  readonly history: readonly StoredScore[];
  readonly rules: readonly Rule[];
  readonly detectors: ReadonlyMap<string, DetectorName>;
}

/** What labels tell; they come late, so the latest of these are shown whatever window is. */
const OF_LABELS: ReadonlySet<string> = new Set([
  'label-coverage',
  'error-change',
  'target-drift',
  'target-mean',
  'calibration-error',
]);
/** What ranks the features that drifted. */
const OF_DRIFT: ReadonlySet<string> = new Set(['impact', 'co-moving']);
/** Told in sections of their own. */
const ELSEWHERE: ReadonlySet<string> = new Set([
  'fairness-gap',
  'burn-rate-page',
  'burn-rate-ticket',
  'absence',
]);
const WORST_FIRST: readonly Check['level'][] = ['page', 'ticket', 'undecided', 'within', 'chance'];

/**
 * Everything else that detectors say of a model, worst first. A detector that is not known here is told like any other, so
 * that a new one needs no change of the pages. Pure.
 */
export function checksOf(input: ChecksInput): readonly Check[] {
  return [
    ...input.shown.filter((score) => isCheck(score) && !isLate(score)),
    ...input.latest.filter((score) => isCheck(score) && isLate(score)),
  ]
    .map((score) => checkOf(input, score))
    .sort(
      (first, second) =>
        WORST_FIRST.indexOf(first.level) - WORST_FIRST.indexOf(second.level) ||
        first.title.localeCompare(second.title, 'en') ||
        first.subject.localeCompare(second.subject, 'en'),
    );
}

function isCheck({ detector }: StoredScore): boolean {
  return comparisonOf(detector) === null && !ELSEWHERE.has(detector);
}

/** Whether a score is of no window that could be picked: what labels tell, and what looks at a span of its own. */
function isLate({ detector, windowFromMs, windowToMs }: StoredScore): boolean {
  return OF_LABELS.has(detector) || !isOneWindow({ windowFromMs, windowToMs });
}

/** Whether a span is one of the windows that follow each other since 1970. */
export function isOneWindow({
  windowFromMs,
  windowToMs,
}: Pick<StoredScore, 'windowFromMs' | 'windowToMs'>): boolean {
  return windowFromMs % (windowToMs - windowFromMs) === 0;
}

function checkOf({ history, rules, detectors }: ChecksInput, score: StoredScore): Check {
  const { detector, subject, evidence } = score;
  const { ticket } = thresholdsOf(rules, detector, score);
  const name = detectors.get(detector);
  return {
    scoreId: score.id,
    detector,
    title: name?.title ?? detector,
    unit: name?.unit ?? '',
    subject,
    about: aboutOf(score),
    level: levelOf(rules, score),
    value: score.value,
    lower: score.lower,
    upper: score.upper,
    limit: Number.isFinite(ticket) ? ticket : null,
    why: score.why,
    rows: score.rows,
    text: evidence.text,
    against: evidence.against ?? null,
    fromMs: score.windowFromMs,
    toMs: score.windowToMs,
    trend: subject === '' ? trendIn(history, detector) : [],
  };
}

function aboutOf({ detector, subject }: StoredScore): Check['about'] {
  if (OF_LABELS.has(detector)) return 'labels';
  if (OF_DRIFT.has(detector)) return 'drift';
  return subject === '' ? 'feed' : 'feature';
}

function trendIn(history: readonly StoredScore[], of: string): readonly TrendPoint[] {
  return history
    .filter(({ detector }) => detector === of)
    .map(({ windowFromMs: fromMs, value, isSignificant = null }) => ({ fromMs, value, isSignificant }));
}
