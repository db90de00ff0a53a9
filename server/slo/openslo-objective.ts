import { UNITS_MS } from '../config-common.ts';
import { sloSchema } from '../config-slo.ts';
import { expectedOf, mistakesOf } from '../config-words.ts';
import { burnOf, type Burn } from './openslo-alerts.ts';
import { sliSpec, type ObjectiveFile, type SliSpec, type SloDocument } from './openslo-schema.ts';
import { keyOf, type Given, type Imported, type ImportedSlo, type Note } from './openslo-types.ts';
import { latencyThreshold } from './openslo-unit.ts';

/** One SLO of OpenSLO: an objective of Leeway for each of its own. */

interface Draft {
  readonly slo: ImportedSlo | null;
  readonly notes: readonly Note[];
}

export function importObjectives(given: Given): Imported {
  const { slo, where } = given;
  const { objectives } = slo.spec;
  const period = periodOf(slo.spec.timeWindow[0]);
  const burn = burnOf(given, objectives.map(targetOf), period.text);
  const drafts = objectives.map((objective, index) =>
    draftOf(given, { objective, index, period: period.text, burn }),
  );
  const several = `its ${objectives.length} objectives become as many SLOs; a composite or its weights are not carried over`;
  const notes = [
    ...period.warnings.map((text) => ({ path: ['spec', 'timeWindow', 0], text })),
    ...methodWarnings(slo).map((text) => ({ path: ['spec', 'budgetingMethod'], text })),
    ...(objectives.length > 1 ? [{ path: ['spec', 'objectives'], text: several }] : []),
  ];
  const told = [
    ...notes.map(({ path, text }) => ({ at: where(path), text })),
    ...burn.warnings,
    ...drafts.flatMap((draft) => draft.notes.map(({ path, text }) => ({ at: where(path), text }))),
  ];
  return {
    slos: drafts.flatMap((draft) => draft.slo ?? []),
    warnings: told.map(({ at, text }) => `${at} SLO "${slo.metadata.name}": ${text}`),
  };
}

interface At {
  readonly objective: ObjectiveFile;
  readonly index: number;
  readonly period: string | null;
  readonly burn: Burn;
}

function draftOf(given: Given, at: At): Draft {
  const { slo } = given;
  const { objective, index, period, burn } = at;
  const path = ['spec', 'objectives', index];
  const target = targetOf(objective);
  if (target === null)
    return nothing(path, 'an objective needs a target above 0 and below 1, or targetPercent');
  if (period === null)
    return nothing(['spec', 'timeWindow', 0], 'the length of its time window is none that Leeway can keep');
  const indicator = indicatorOf(given, objective);
  if (indicator === null) return nothing(path, 'it names an indicator that the file does not have');
  const found = sourceOf(given, indicator);
  const told: Guess = found === null ? guessed(indicator, objective) : { fields: found.fields, warnings: [] };
  const from = objective.indicator !== undefined ? [...path, 'indicator'] : ['spec', 'indicator'];
  const notes = [
    ...told.warnings.map((text) => ({ path: from, text })),
    ...(told.ofValue ?? []).map((text) => ({ path: [...path, 'value'], text })),
  ];
  if (told.fields === null) return { slo: null, notes };
  const id = slo.spec.objectives.length === 1 ? slo.metadata.name : `${slo.metadata.name}-${index + 1}`;
  const { kind, ...fields } = told.fields;
  const pairs = COUNTS_EVENTS.includes(String(kind)) ? burn.pairs : null;
  const own = kind === 'cost' ? {} : { target, period, ...(pairs !== null && { burn: pairs }) };
  const shape = { id, kind, ...own, ...fields };
  const mistakes = mistakesIn(shape);
  if (mistakes !== '') return nothing(from, mistakes);
  const lost = `burn is auto: windows of the kind ${String(kind)} have to be whole slices or hours, so its alert conditions are not carried over`;
  const ofBurn = pairs === burn.pairs ? [] : [{ path: ['spec', 'alertPolicies'], text: lost }];
  return { slo: { model: found?.model ?? slo.spec.service, slo: shape }, notes: [...notes, ...ofBurn] };
}

/** Kinds of which windows of any minutes can be watched. */
const COUNTS_EVENTS = ['availability', 'latency'];

function mistakesIn(shape: object): string {
  const parsed = sloSchema.safeParse(shape, { error: expectedOf });
  return parsed.success
    ? ''
    : parsed.error.issues
        .flatMap((issue) => mistakesOf(issue, shape))
        .map(({ message }) => message)
        .join('; ');
}

function nothing(path: Note['path'], text: string): Draft {
  return { slo: null, notes: [{ path, text: `${text}; left out` }] };
}

/** As a percentage. */
function targetOf({ target, targetPercent }: ObjectiveFile): number | null {
  const share = target === undefined ? targetPercent : Number((target * 100).toPrecision(12));
  return share === undefined || share <= 0 ? null : share;
}

function indicatorOf({ slo, known }: Given, objective: ObjectiveFile): SliSpec | null {
  const inline = objective.indicator ?? slo.spec.indicator;
  if (inline !== undefined) return inline.spec;
  const name = objective.indicatorRef ?? slo.spec.indicatorRef;
  const parsed = sliSpec.safeParse(known.get(keyOf('SLI', name ?? ''))?.document.spec);
  return parsed.success ? parsed.data : null;
}

interface Source {
  readonly model: string | null;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** What a source of the type `leeway` says; null: every source is a vendor's. */
function sourceOf({ known }: Given, { thresholdMetric, ratioMetric }: SliSpec): Source | null {
  const { good, bad, total, raw } = ratioMetric ?? {};
  for (const metric of [thresholdMetric, good, bad, total, raw]) {
    const source = metric?.metricSource;
    if (source === undefined) continue;
    const reference = known.get(keyOf('DataSource', source.metricSourceRef ?? ''))?.document.spec?.['type'];
    if ((source.type ?? reference) !== 'leeway') continue;
    const { model, ...fields } = source.spec ?? {};
    return { model: typeof model === 'string' ? model : null, fields };
  }
  return null;
}

interface Guess {
  readonly fields: Readonly<Record<string, unknown>> | null;
  readonly warnings: readonly string[];
  /** Of the value of the objective, which may stand far from its indicator. */
  readonly ofValue?: readonly string[];
}

/** Queries are a vendor's text; what the shape of the indicator suggests is taken, and said. */
function guessed(sli: SliSpec, objective: ObjectiveFile): Guess {
  const { op, value } = objective;
  const dropped = 'its queries are text for another system, which Leeway does not run';
  if (sli.ratioMetric !== undefined)
    return {
      fields: { kind: 'availability' },
      warnings: [`${dropped}: taken as availability, check that it is`],
    };
  if ((op === 'lt' || op === 'lte') && value !== undefined) {
    const threshold = latencyThreshold(value, objective, sli);
    return {
      fields: { kind: 'latency', threshold: threshold.text },
      warnings: [`${dropped}: taken as a latency`],
      ofValue: [`the value ${value} is taken as ${threshold.text}: ${threshold.why}`],
    };
  }
  return {
    fields: null,
    warnings: [
      `${dropped}, and a threshold with op "${op ?? 'none'}" suggests no kind of objective; left out`,
    ],
  };
}

interface Period {
  /** null: none that can be kept. */
  readonly text: string | null;
  readonly warnings: readonly string[];
}

const DAYS: Readonly<Record<string, number>> = { d: 1, w: 7, M: 30, Q: 90, Y: 365 };
const USUAL = [7, 28, 30, 90];

function periodOf(window: SloDocument['spec']['timeWindow'][number] | undefined): Period {
  const [, amount = '', unit = ''] = /^(\d+)([mhdwMQY])$/.exec(window?.duration ?? '') ?? [];
  const days =
    unit === 'h'
      ? Number(amount) / 24
      : unit === 'm'
        ? Number(amount) / 1440
        : Number(amount) * (DAYS[unit] ?? NaN);
  if (!(days >= 1) || days * UNITS_MS.d > 400 * UNITS_MS.d || !Number.isInteger(days))
    return { text: null, warnings: [] };
  const isCalendar = window?.calendar !== undefined || window?.isRolling === false;
  return {
    text: `${days}d`,
    warnings: [
      ...(isCalendar
        ? [
            `a calendar window of ${amount}${unit} becomes a rolling one of ${days}d: the budget never starts afresh`,
          ]
        : []),
      ...(!isCalendar && 'MQY'.includes(unit) ? [`${amount}${unit} is taken as ${days}d`] : []),
      ...(USUAL.includes(days)
        ? []
        : [`a period of ${days}d is none of ${USUAL.join('d, ')}d, the usual ones`]),
    ],
  };
}

function methodWarnings({ spec }: SloDocument): readonly string[] {
  if (spec.budgetingMethod === 'Timeslices')
    return [
      'Timeslices: kinds that count predictions keep counting them, exactly; freshness, drift and fairness have slices',
    ];
  if (spec.budgetingMethod === 'RatioTimeslices')
    return ['RatioTimeslices: a mean of slices weighs a quiet one like a busy one; Leeway weighs by events'];
  return [];
}
