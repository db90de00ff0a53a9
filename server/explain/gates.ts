import { minimumRows } from '../../detectors/effect.ts';
import type { FeatureInput, Finding } from '../../detectors/types.ts';
import { plural } from '../show/views/words.ts';

interface Gated {
  readonly input: Readonly<Record<string, unknown>>;
  readonly finding: Finding;
  /** Tests of the family; 0: it was none of a family. */
  readonly tests: number;
}

/** The gates of drift with their numbers, from rows to size; nothing for detectors that test nothing. */
export function gates({ input, finding, tests }: Gated): readonly string[] {
  const { baseline, current, calibration, parameters } = input as unknown as FeatureInput;
  const { numbers = {} } = finding;
  // Others may have a p of their own; the gates are those of drift.
  if (numbers['statistic'] === undefined) return numberLines(finding);
  const needed = minimumRows(baseline, parameters);
  const rows = current.known.reduce((total, count) => total + count, 0);
  const enough = `rows: ${plural(rows, 'row')} in known cells, needs ${needed}: ${rows >= needed ? 'enough' : 'too few'}`;
  if (numbers['p'] === null) return [enough];
  const spread = calibration.isCalibrated
    ? `the baseline's own ${plural(calibration.windows, 'window')} vary ${short(numbers['phi'] ?? calibration.phi)} times as much as chance`
    : `not calibrated: ${plural(calibration.windows, 'window')} of the baseline, needs ${parameters.leastWindows}`;
  return [
    enough,
    `chance: T ${short(numbers['statistic'])} with ${short(numbers['freedom'])} degrees of freedom, ${spread}; p ${short(numbers['p'])}`,
    familyLine(parameters, { tests, isSignificant: finding.isSignificant }),
    ...rankLine(parameters, numbers),
    `size: distance ${short(numbers['js'])}, ${short(finding.value)} without the part chance explains`,
  ];
}

function familyLine(
  { falseDiscoveryRate, dependence }: FeatureInput['parameters'],
  { tests, isSignificant }: { readonly tests: number; readonly isSignificant: boolean | undefined },
): string {
  const method = dependence === 'any' ? 'under any dependence' : 'taken as independent';
  return `family: one of ${plural(tests, 'test')} of this window, ${method}, at most ${falseDiscoveryRate} of the findings by chance: ${isSignificant === true ? 'significant' : 'not significant'}`;
}

function rankLine(
  { rankShare, rankWindows }: FeatureInput['parameters'],
  numbers: NonNullable<Finding['numbers']>,
): readonly string[] {
  const windows = numbers['windows'] ?? 0;
  if (windows < rankWindows) return [];
  const rank = numbers['rank_p'] ?? null;
  const place = rank === null ? 'not among their largest' : `as large as ${short(rank)} of them`;
  const needed = Math.max(rankShare, 1 / (windows + 1));
  return [
    `rank: against ${plural(windows, 'window')} of the baseline ${place}, needs ${short(needed)} at most`,
  ];
}

function numberLines({ numbers = {} }: Finding): readonly string[] {
  return Object.entries(numbers).map(([name, value]) => `${name.replaceAll('_', ' ')}: ${short(value)}`);
}

function short(value: number | null | undefined): string {
  return value === null || value === undefined ? 'undefined' : String(Number(value.toPrecision(4)));
}
