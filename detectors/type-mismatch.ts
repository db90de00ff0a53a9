import { nameOf, shareFinding, type ShareInput } from './share-ratio.ts';
import type { Detector } from './types.ts';

/**
 * Rows whose value had another kind than was declared or learned, against the baseline's share of them.
 *
 * Value and interval as in `share-ratio.ts`. Such rows are kept and count as missing or as text, so drift cannot tell them.
 * Reference: reference detectors.md 5.11; TFDV and SageMaker constraints judge types at a tenth of the rows.
 * Example: 60 of 1000 amounts came as text, none before: 4.7.
 */
export const typeMismatch: Detector<TypeMismatchInput> = {
  id: 'type-mismatch',
  title: 'Values of another kind',
  unit: 'proven share over allowed share',
  score: (input) =>
    shareFinding(input, { subject: nameOf(input.feature), words: `is no ${input.kind} as expected` }),
};

export interface TypeMismatchInput extends ShareInput {
  readonly feature: string;
  /** The kind that was declared or learned. */
  readonly kind: string;
}
