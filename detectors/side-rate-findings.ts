import { percent, nameOf } from './share-ratio.ts';
import { looksLikeIdentifier, rowsOf, sideRates, sideShare, type SideRate } from './side-rates.ts';
import type { Detector, FeatureInput, Finding } from './types.ts';

/**
 * The side rates as detectors of one feature: missing, unseen, out of range, not finite.
 *
 * Value: Wilson lower bound over what is allowed (`side-rates.ts`), for kinds of features that have such a side. Fewer than
 * thirty rows are not judged: one odd value would be a ticket. Unseen values of an identifier are not judged either.
 * Reference: reference detectors.md 5.11. Example: 4 of 8 missing is not judged; 400 of 800 against 19.9 % is 1.17.
 */
export const sideRateDetectors: readonly Detector<FeatureInput>[] = sideRates.map((rate) => ({
  id: rate.id,
  title: `Share that ${rate.words}`,
  unit: 'proven share over allowed share',
  score: (input) => scoreRate(rate, input),
}));

const LEAST_ROWS = 30;
const IDENTIFIER =
  'nearly every value is a new one, as in an identifier or free text; list it under unmonitored';

function scoreRate(rate: SideRate, input: FeatureInput): Finding {
  const { feature, baseline, current } = input;
  const rows = rowsOf(current);
  const { share, ratio, allowed } = sideShare(rate, baseline, current);
  const why = whyNot(rate, input) ?? ratio.why ?? null;
  const numbers = { share: share.value, allowed };
  if (why !== null || ratio.value === null || share.value === null)
    return { value: null, why, rows, text: `${feature}: ${why}`, numbers };
  const text = `${nameOf(feature)} ${rate.words} in ${percent(share.value)} of rows`;
  return { value: ratio.value, why: null, rows, text, numbers, ...(ratio.value >= 1 && { cause: text }) };
}

function whyNot(rate: SideRate, { layout, baseline, current }: FeatureInput): string | null {
  if (!rate.kinds.includes(layout.kind)) return `a ${layout.kind} has no such values`;
  const rows = rowsOf(current);
  if (rows === 0) return 'no rows';
  if (rows < LEAST_ROWS) return `needs ${LEAST_ROWS} rows, has ${rows}`;
  return rate.id === 'unseen-rate' && looksLikeIdentifier(layout, baseline) ? IDENTIFIER : null;
}
