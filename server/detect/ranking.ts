import { coMoving, coMovingGroups, type CoMovingInput } from '../../detectors/co-moving.ts';
import { impact, rankByImpact, type ImpactInput, type MovedFeature } from '../../detectors/impact.ts';
import type { ModelKey, Score } from '../model.ts';
import { RANKING_DETECTORS, type DetectionParameters, type DriftSettings } from '../settings.ts';
import { placeOf, type FeatureWindow } from './feature-scores.ts';
import type { Reference } from './references.ts';
import { scored } from './scored.ts';
import { together, type CountsSource, type Scored } from './types.ts';

/** Which of the features that drifted matter most, and which move together: told with each, and as scores of their own. */

export interface Ranking {
  readonly source: Pick<CountsSource, 'errorCells'>;
  readonly input: FeatureWindow;
  readonly reference: Reference;
  readonly settings: DriftSettings;
  readonly parameters: DetectionParameters['ranking'];
  /** Stored scores of a detector, for how features moved before. */
  readonly history: (query: ModelKey & HistoryQuery) => Promise<readonly Score[]>;
}

interface HistoryQuery {
  readonly detector: string;
  readonly fromMs: number;
  readonly toMs: number;
}

/** Labels of so long before tell how wrong predictions are in each cell. */
const LABELS_MS = 28 * 86_400_000;
/** Windows that correlations are taken over, in units of the fewest. */
const SPAN = 2;

/** The drift scores with what ranks them beside; nothing is read while no feature has drifted. */
export async function withRanking(drift: Scored, ranking: Ranking): Promise<Scored> {
  const moved = drift.scores.filter(
    ({ subject, isSignificant, value }) =>
      isSignificant === true && (value ?? 0) > 0 && !subject.startsWith('$'),
  );
  if (moved.length === 0) return drift;
  const features = { features: await movedFeatures(moved, ranking) } satisfies ImpactInput;
  const movements = await movementsOf(moved, ranking);
  const place = (detector: string) => placeOf(ranking.input, ranking.reference, { detector, subject: '' });
  const ids = RANKING_DETECTORS[ranking.reference.comparison];
  return together([
    { scores: drift.scores.map(told(features, movements)), documents: drift.documents },
    scored(features, impact.score(features), place(ids.impact)),
    ...(moved.length < 2 ? [] : [scored({ ...movements }, coMoving.score(movements), place(ids.coMoving))]),
  ]);
}

async function movedFeatures(moved: readonly Score[], ranking: Ranking): Promise<readonly MovedFeature[]> {
  const { source, input, reference, settings } = ranking;
  const { layouts } = input.baseline;
  const columns = moved.flatMap(({ subject: name }) => {
    const layout = layouts[name];
    return layout === undefined ? [] : { name, layout };
  });
  const { fromMs } = input.window;
  const errors = await source.errorCells({ ...input.key, fromMs: fromMs - LABELS_MS, toMs: fromMs, columns });
  return moved.map(({ subject: feature, value, evidence }) => {
    const cells = errors[feature] ?? [];
    const isLabelled = cells.some(({ rows }) => rows > 0);
    return {
      feature,
      effect: value,
      importance: settings.importance[feature] ?? null,
      cells: isLabelled
        ? {
            baseline: reference.counts[feature]?.known ?? [],
            current: evidence.current?.known ?? [],
            errors: cells,
          }
        : null,
    };
  });
}

/** How the features moved over the last windows, this one too. */
async function movementsOf(
  moved: readonly Score[],
  { input, parameters, history }: Ranking,
): Promise<CoMovingInput> {
  const { window, key } = input;
  const windows = SPAN * parameters.comovingWindows;
  const fromMs = window.toMs - windows * (window.toMs - window.fromMs);
  const [first] = moved;
  const detector = first?.detector ?? '';
  const before = moved.length < 2 ? [] : await history({ ...key, detector, fromMs, toMs: window.fromMs });
  const all = [...before, ...moved];
  const ends = [...new Set(all.map(({ windowToMs }) => windowToMs))].sort((one, two) => one - two);
  const known = new Map(
    all.map((score) => [
      `${score.subject} ${score.windowToMs}`,
      score.evidence.numbers?.['statistic'] ?? null,
    ]),
  );
  const { comovingCorrelation: leastCorrelation, comovingWindows: leastWindows } = parameters;
  return {
    features: moved.map(({ subject }) => subject),
    statistics: moved.map(({ subject }) => ends.map((end) => known.get(`${subject} ${end}`) ?? null)),
    parameters: { leastCorrelation, leastWindows },
  };
}

/** A score with its impact, and the features it moves with. */
function told(features: ImpactInput, movements: CoMovingInput): (score: Score) => Score {
  const impacts = new Map(rankByImpact(features).map((one) => [one.feature, one.impact]));
  const hasWindows = (movements.statistics[0]?.length ?? 0) >= movements.parameters.leastWindows;
  const groups = hasWindows ? coMovingGroups(movements) : [];
  return (score) => {
    const own = impacts.get(score.subject);
    if (own === undefined) return score;
    const group = groups.find((one) => one.includes(score.subject)) ?? [];
    const others = group.filter((one) => one !== score.subject);
    const { evidence } = score;
    return {
      ...score,
      evidence: {
        ...evidence,
        numbers: { ...evidence.numbers, impact: own },
        ...(others.length > 0 && { together: others }),
      },
    };
  };
}
