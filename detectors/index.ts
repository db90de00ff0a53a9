import { jensenShannon } from './jensen-shannon.ts';
import { lInfinity } from './l-infinity.ts';
import { psi } from './psi.ts';
import type { DriftDetector } from './types.ts';

/** Statistics over a feature's counts, computed for every feature and window. One line adds one. */
export const driftDetectors: readonly DriftDetector[] = [jensenShannon, psi, lInfinity];
