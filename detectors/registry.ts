import { calibrationError } from './calibration-error.ts';
import { coMoving } from './co-moving.ts';
import { constantValue } from './constant-value.ts';
import { drift } from './drift.ts';
import { duplicateIds } from './duplicate-ids.ts';
import { errorChange } from './error-change.ts';
import { freshness } from './freshness.ts';
import { impact } from './impact.ts';
import { labelCoverage } from './label-coverage.ts';
import { lostFeature } from './lost-feature.ts';
import { schemaChange } from './schema-change.ts';
import { sideRateDetectors } from './side-rate-findings.ts';
import { targetDrift } from './target-drift.ts';
import { typeMismatch } from './type-mismatch.ts';
import type { Detector } from './types.ts';
import { unitFinding } from './unit-finding.ts';
import { volume } from './volume.ts';

/** Every detector, each for input of its own kind: whoever scores by id has stored the input under it. One line adds one. */
export const detectors: readonly Detector<never>[] = [
  drift,
  targetDrift,
  calibrationError,
  errorChange,
  ...sideRateDetectors,
  lostFeature,
  unitFinding,
  typeMismatch,
  constantValue,
  duplicateIds,
  volume,
  freshness,
  schemaChange,
  labelCoverage,
  impact,
  coMoving,
];
