import { sum } from './math.ts';
import { percent, shareFinding, type ShareParameters } from './share-ratio.ts';
import type { Detector, Finding } from './types.ts';

/**
 * Whether labels fail to come: the share of predictions without one, against what is usual at their age.
 *
 *   usual = sum over ages of predictions x (1 - share labelled at that age in the maturity curve)
 *   value and interval as in `share-ratio.ts`, hits being predictions without a label
 *
 * Ages that the curve does not know are left out. Labels that have come and wait to be joined may be of these predictions:
 * where it depends on them whether the share is allowed, nothing is said, and else they count as if they were.
 * Reference: reference detectors.md 5.9 and 5.11. Example: 1000 a week old, 300 labelled where 95 % are usual: 6.7.
 */
export const labelCoverage: Detector<LabelCoverageInput> = {
  id: 'label-coverage',
  title: 'Labels that do not come',
  unit: 'proven share over allowed share',
  score: (input) => {
    const { ages, curve, waiting = 0 } = input;
    refuse([...ages, ...curve]);
    const known = knownOf(input);
    const why = whyNot(known, curve.length);
    if (why !== null) return { value: null, why, rows: known.rows, text: `labels: ${why}` };
    const joined = Math.min(known.rows, known.labelled + waiting);
    const found = finding({ ...known, labelled: joined }, input.parameters);
    if (waiting === 0 || isAllowed(found) === isAllowed(finding(known, input.parameters))) return found;
    const undecided = `${waiting} labels have come and are not joined to their predictions yet`;
    return { value: null, why: undecided, rows: known.rows, text: `labels: ${undecided}` };
  },
};

interface Known {
  readonly rows: number;
  readonly labelled: number;
  /** So many would be labelled as usual. */
  readonly usual: number;
}

/** Of the ages that the curve knows. */
function knownOf({ ages, curve }: LabelCoverageInput): Known {
  const known = ages.flatMap((age) => {
    const same = curve.find((one) => one.fromAgeMs === age.fromAgeMs && one.toAgeMs === age.toAgeMs);
    if (same === undefined || same.predictions === 0) return [];
    return [{ ...age, usual: same.labelled / same.predictions }];
  });
  return {
    rows: sum(known.map((age) => age.predictions)),
    labelled: sum(known.map((age) => age.labelled)),
    usual: sum(known.map((age) => age.predictions * age.usual)),
  };
}

function finding({ rows, labelled, usual }: Known, parameters: ShareParameters): Finding {
  const found = shareFinding(
    { hits: rows - labelled, rows, baseline: { hits: rows - usual, rows }, parameters },
    { subject: 'a label', words: 'is missing' },
  );
  if (found.value === null) return found;
  const text = `${percent(labelled / rows)} are labelled where ${percent(usual / rows)} are usual at their age`;
  return { ...found, text, ...(found.cause !== undefined && { cause: text }) };
}

/** At 1 even the low end of the interval is beyond what is allowed. */
function isAllowed({ value }: Finding): boolean {
  return value === null || value < 1;
}

export interface LabelCoverageInput {
  readonly ages: readonly AgeShare[];
  /** The same ages of earlier predictions: how many had a label then. */
  readonly curve: readonly AgeShare[];
  readonly parameters: ShareParameters;
  /** Labels that have come and are not joined to predictions yet, of whatever age. */
  readonly waiting?: number;
}

export interface AgeShare {
  readonly fromAgeMs: number;
  readonly toAgeMs: number;
  readonly predictions: number;
  readonly labelled: number;
}

function refuse(ages: readonly AgeShare[]): void {
  if (ages.some(({ predictions, labelled }) => !(labelled >= 0 && labelled <= predictions)))
    throw new Error('Expected at least 0 and at most as many labels as predictions at every age.');
}

function whyNot({ rows, usual }: Known, curve: number): string | null {
  if (curve === 0) return 'no maturity curve is known yet';
  if (rows === 0) return 'no predictions of an age the maturity curve knows';
  return usual === 0 ? 'no labels are usual at this age' : null;
}
