import { constantValue } from '../../detectors/constant-value.ts';
import { lostFeature } from '../../detectors/lost-feature.ts';
import { sideRateDetectors } from '../../detectors/side-rate-findings.ts';
import { sideRates } from '../../detectors/side-rates.ts';
import type { Detector, FeatureInput, FeatureLayout } from '../../detectors/types.ts';
import { unitFinding } from '../../detectors/unit-finding.ts';
import { PREDICTION, SCORE } from '../model.ts';
import { featureInputs, judgedFeatures, placeOf, type FeatureWindow } from './feature-scores.ts';
import type { Reference } from './references.ts';
import { scored } from './scored.ts';
import { together, type Scored } from './types.ts';

/** Whether the rows of each feature can be compared with the baseline at all; pure. */
export function qualityScores(input: FeatureWindow, reference: Reference): Scored {
  return together(
    judgedFeatures(input).flatMap((subject) => {
      const inputs = featureInputs(input, reference, subject);
      const layout = inputs[0]?.layout;
      const detectors = layout === undefined ? [] : detectorsFor(subject, layout);
      return detectors.map((detector) => {
        const { own, finding } = firstJudged(detector, inputs);
        return scored({ ...own }, finding, placeOf(input, reference, { detector: detector.id, subject }));
      });
    }),
  );
}

/** Of the window alone and the sums of windows that end with it, the first with rows enough; else the window alone. */
function firstJudged(detector: Detector<FeatureInput>, [own, ...sums]: readonly FeatureInput[]) {
  if (own === undefined) throw new Error('A window has at least its own counts.');
  const alone = { own, finding: detector.score(own) };
  if (alone.finding.value !== null) return alone;
  for (const sum of sums) {
    const finding = detector.score(sum);
    if (finding.value !== null) return { own: sum, finding };
  }
  return alone;
}

/** Rows that failed have no prediction and no score, which is for the SLO to judge; and those have no unit. */
function detectorsFor(subject: string, layout: FeatureLayout): readonly Detector<FeatureInput>[] {
  const isPseudo = subject === PREDICTION || subject === SCORE;
  const rates = sideRateDetectors.filter(
    ({ id }) => RATE_KINDS.get(id)?.includes(layout.kind) === true && (!isPseudo || id === 'unseen-rate'),
  );
  const unit = layout.kind === 'number' && !isPseudo ? [unitFinding] : [];
  return [...rates, lostFeature, constantValue, ...unit];
}

const RATE_KINDS = new Map<string, readonly FeatureLayout['kind'][]>(
  sideRates.map(({ id, kinds }) => [id, kinds]),
);
