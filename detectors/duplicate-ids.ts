import { shareFinding, type ShareInput } from './share-ratio.ts';
import type { Detector } from './types.ts';

/**
 * Predictions whose id had come before: a sender that repeats itself, or an id that is none.
 *
 * Value and interval as in `share-ratio.ts`; hits are repeated rows, rows are all that came, repeated ones included.
 * Reference: reference detectors.md 5.11. Example: 100 of 1000 repeated, none before: 8.3.
 */
export const duplicateIds: Detector<ShareInput> = {
  id: 'duplicate-ids',
  title: 'Prediction ids that repeat',
  unit: 'proven share over allowed share',
  score: (input) =>
    shareFinding(input, { subject: 'the prediction id', words: 'repeats one that came before' }),
};
