import type { DriftParameters, Finding } from './types.ts';

/**
 * Which of many tests stand, so that at most a share `rate` of those that do are chance.
 *
 *   the k smallest p stand, for the largest k with p_(k) <= k rate / (N c),  c = 1, or 1 + 1/2 + … + 1/N for any dependence
 *
 * Reference: Benjamini and Hochberg 1995; Benjamini and Yekutieli 2001.
 * Example: p 0.001, 0.012, 0.04 at rate 0.03: the first two.
 */
export function falseDiscoveries(
  tests: readonly number[],
  { rate, dependence }: { readonly rate: number; readonly dependence: DriftParameters['dependence'] },
): readonly boolean[] {
  const share = rate / tests.length / (dependence === 'any' ? harmonic(tests.length) : 1);
  const sorted = tests.toSorted((first, second) => first - second);
  const last = sorted.findLastIndex((p, index) => p <= (index + 1) * share);
  const limit = sorted[last];
  return tests.map((p) => limit !== undefined && p <= limit);
}

function harmonic(count: number): number {
  return Array.from({ length: count }, (_, index) => 1 / (index + 1)).reduce((all, one) => all + one, 0);
}

type FamilyParameters = Pick<
  DriftParameters,
  'falseDiscoveryRate' | 'dependence' | 'rankShare' | 'rankWindows'
>;

/**
 * Tells each finding of a family (all features of a model, one window, one comparison) whether it is significant: it stands
 * under false-discovery control, and is among the largest its own baseline knows where there are windows enough to tell.
 * Findings without a p, which were not judged, come back as they are and do not count for the family.
 */
export function judgeFamily<Found extends Pick<Finding, 'numbers'>>(
  family: readonly Found[],
  parameters: FamilyParameters,
): readonly (Found & Pick<Finding, 'isSignificant'>)[] {
  const judged = family.filter((finding) => pOf(finding) !== null);
  const stand = falseDiscoveries(
    judged.map((finding) => pOf(finding) ?? 1),
    { rate: parameters.falseDiscoveryRate, dependence: parameters.dependence },
  );
  const significant = new Set(
    judged.filter((finding, index) => stand[index] === true && isAmongLargest(finding, parameters)),
  );
  return family.map((finding) =>
    pOf(finding) === null ? finding : { ...finding, isSignificant: significant.has(finding) },
  );
}

function pOf({ numbers }: Pick<Finding, 'numbers'>): number | null {
  return numbers?.['p'] ?? null;
}

/** One rank is always enough: with W windows no rank can be below 1 / (W + 1). */
function isAmongLargest({ numbers }: Pick<Finding, 'numbers'>, parameters: FamilyParameters): boolean {
  const windows = numbers?.['windows'] ?? 0;
  if (windows < parameters.rankWindows) return true;
  const rank = numbers?.['rank_p'] ?? null;
  return rank !== null && rank <= Math.max(parameters.rankShare, 1 / (windows + 1));
}
