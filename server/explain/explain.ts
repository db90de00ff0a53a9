import type { Rule } from '../model.ts';
import type { ScoreReads, StoredScore } from '../ports.ts';
import type { ScoreExplanation } from '../show/types.ts';
import { scoreAgain } from './again.ts';
import { DETECTOR_NAMES, SCORERS } from './scorers.ts';
import { sectionsOf } from './words.ts';

type Reads = Pick<ScoreReads, 'scores' | 'documents'>;

/** How a score came about, in words, and whether it comes out the same when it is computed again. */
export async function explainScore(
  control: Reads,
  rules: readonly Rule[],
  score: StoredScore,
): Promise<ScoreExplanation> {
  const family = await familyOf(control, score);
  const ids = new Set(family.flatMap(({ inputs }) => Object.values(inputs ?? {})));
  const documents = await control.documents([...ids]);
  const again = scoreAgain({ score, family, documents }, SCORERS);
  return {
    score,
    result: 'why' in again ? 'impossible' : again.differences.length === 0 ? 'same' : 'different',
    why: 'why' in again ? again.why : null,
    differences: 'why' in again ? [] : again.differences,
    sections: sectionsOf({
      score,
      again,
      rules,
      title: DETECTOR_NAMES.get(score.detector)?.title ?? score.detector,
    }),
  };
}

/** What was judged together: a feature that the window had when it was judged before, with another baseline, is none of it. */
async function familyOf(control: Reads, score: StoredScore): Promise<readonly StoredScore[]> {
  if (score.evidence.numbers?.['p'] === undefined) return [score];
  const { tenant, model, detector, windowToMs } = score;
  const range = { fromMs: windowToMs - 1, toMs: windowToMs };
  const found = await control.scores({ tenant, model, detector, ...range });
  return found.filter(({ windowFromMs, atMs }) => windowFromMs === score.windowFromMs && atMs === score.atMs);
}
