import type { Alert, Rule } from '../../model.ts';
import type { DetectorName } from '../options.ts';
import type { AlertTold } from '../types.ts';

/** What the numbers of an alert are counted in, by the detector its rule judges. */
export function alertTold(
  { rules, detectors }: { readonly rules: readonly Rule[]; readonly detectors: Named },
  alert: Alert,
): AlertTold {
  const detector = rules.find((rule) => rule.id === alert.rule)?.detector;
  return { ...alert, unit: (detector === undefined ? undefined : detectors.get(detector))?.unit ?? null };
}

type Named = ReadonlyMap<string, DetectorName>;
