import type { ObjectiveFile, SliSpec } from './openslo-schema.ts';

/** The unit of a threshold: OpenSLO has no field for it, so it is read where a file happens to tell it. */

export interface Threshold {
  readonly text: string;
  /** Where the unit was read, or that it is not known. */
  readonly why: string;
}

type Unit = 's' | 'ms';

const IN_MS: Readonly<Record<Unit, number>> = { s: 1000, ms: 1 };
const IN_WORDS: Readonly<Record<Unit, string>> = { s: 'seconds', ms: 'milliseconds' };

/** As Leeway writes it; without any hint it is taken as milliseconds, and said. */
export function latencyThreshold(value: number, objective: ObjectiveFile, sli: SliSpec): Threshold {
  const told = toldUnit(objective, sli);
  if (told !== null) return thresholdOf(value, told, `the unit as it says, ${IN_WORDS[told]}`);
  const names = textsIn(sli.thresholdMetric).flatMap(unitNames);
  const units = new Set(names.map(({ unit }) => unit));
  const [first] = names;
  if (first !== undefined && units.size === 1)
    return thresholdOf(value, first.unit, `${IN_WORDS[first.unit]}, as the name ${first.name} says`);
  return thresholdOf(
    value,
    'ms',
    'THE UNIT IS NOT KNOWN, milliseconds are a guess: correct it if it is not so',
  );
}

function thresholdOf(value: number, unit: Unit, why: string): Threshold {
  return { text: `${Number((value * IN_MS[unit]).toPrecision(12))}ms`, why };
}

const SPELLED = new Map<string, Unit>([
  ...['s', 'sec', 'second', 'seconds'].map((word) => [word, 's'] as const),
  ...['ms', 'millisecond', 'milliseconds'].map((word) => [word, 'ms'] as const),
]);

/** No field of the standard, but one that people write: at the objective, the metric, its source or what that holds. */
function toldUnit(objective: ObjectiveFile, { thresholdMetric }: SliSpec): Unit | null {
  const source = thresholdMetric?.metricSource;
  const units = [objective, thresholdMetric, source, source?.spec].map((holder) => holder?.['unit']);
  const unit = units.find((one) => typeof one === 'string');
  return SPELLED.get(String(unit).toLowerCase()) ?? null;
}

interface UnitName {
  readonly name: string;
  readonly unit: Unit;
}

/** As Prometheus names metrics and their parts: `http_request_duration_seconds_bucket`. */
const UNIT_NAME =
  /[A-Za-z][\w.:]*[_.](seconds|milliseconds|ms)(?:[_.](?:bucket|sum|count|total))?(?![\w.:])/g;

function unitNames(text: string): readonly UnitName[] {
  return [...text.matchAll(UNIT_NAME)].map(([name, unit]) => ({
    name,
    unit: unit === 'seconds' ? 's' : 'ms',
  }));
}

function textsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : [];
}
