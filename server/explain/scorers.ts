import { coMoving } from '../../detectors/co-moving.ts';
import { impact } from '../../detectors/impact.ts';
import { detectors } from '../../detectors/registry.ts';
import { drift } from '../../detectors/drift.ts';
import { targetDrift } from '../../detectors/target-drift.ts';
import type { Detector } from '../../detectors/types.ts';
import { DRIFT_DETECTORS, RANKING_DETECTORS } from '../settings.ts';
import { TARGET_MEAN } from '../detect/outcomes.ts';

/** What scores again a score of each detector id; drift against another baseline and of labels that are numbers are the same functions. */
export const SCORERS: ReadonlyMap<string, Detector<never>> = new Map<string, Detector<never>>([
  ...detectors.map((detector) => [detector.id, detector] as const),
  ...Object.values(DRIFT_DETECTORS).map((id) => [id, drift] as const),
  ...Object.values(RANKING_DETECTORS).flatMap((ids) => [
    [ids.impact, impact] as const,
    [ids.coMoving, coMoving] as const,
  ]),
  [TARGET_MEAN, targetDrift],
]);

export interface DetectorName {
  readonly title: string;
  /** What its values are counted in. */
  readonly unit: string;
}

/** Of those that are no pure function of stored counts, and of those that say another thing under another id. */
const OTHER_NAMES: Readonly<Record<string, DetectorName>> = {
  [DRIFT_DETECTORS.moving]: { title: 'Change from the weeks before', unit: 'distance, base 2' },
  [targetDrift.id]: { title: targetDrift.title, unit: 'distance, base 2' },
  [TARGET_MEAN]: { title: 'Move of the mean label', unit: 'deviations of the baseline' },
  'fairness-gap': { title: 'Gap between groups', unit: 'difference of shares' },
  'burn-rate-page': { title: 'Fast burn of an error budget', unit: 'burn over the paging rate' },
  'burn-rate-ticket': { title: 'Steady burn of an error budget', unit: 'burn over the ticket rate' },
  absence: { title: 'Silence', unit: 'time silent over time allowed' },
};

/** What each detector is called, and the unit of its values, by the id that scores are stored under. */
export const DETECTOR_NAMES: ReadonlyMap<string, DetectorName> = new Map([
  ...[...SCORERS].map(([id, { title, unit }]) => [id, { title, unit }] as const),
  ...Object.entries(OTHER_NAMES),
]);
