import { detectors } from '../../detectors/registry.ts';
import { drift } from '../../detectors/drift.ts';
import { targetDrift } from '../../detectors/target-drift.ts';
import type { Detector } from '../../detectors/types.ts';
import { DRIFT_DETECTORS } from '../detect/feature-scores.ts';
import { TARGET_MEAN } from '../detect/outcomes.ts';

/** What scores again a score of each detector id; drift against another baseline and of labels that are numbers are the same functions. */
export const SCORERS: ReadonlyMap<string, Detector<never>> = new Map<string, Detector<never>>([
  ...detectors.map((detector) => [detector.id, detector] as const),
  ...Object.values(DRIFT_DETECTORS).map((id) => [id, drift] as const),
  [TARGET_MEAN, targetDrift],
]);
