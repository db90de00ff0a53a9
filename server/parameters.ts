import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { FatalError } from './errors.ts';
import type { ModelKey } from './model.ts';
import { matchesPattern, mostSpecificFirst, tiesAmong } from './overrides.ts';
import { parseYaml, pattern, type YamlResult } from './route/yaml-text.ts';
import type { DetectionParameters } from './settings.ts';

export const PARAMETERS_FILE = 'detectors.yaml';

/** Below 1: a share that is not everything. */
const share = z.number().gt(0).lt(1);
const count = z.int().min(1).max(1_000_000);

const drift = z.strictObject({
  falseDiscoveryRate: share,
  dependence: z.enum(['independent', 'any']),
  rankShare: share,
  rankWindows: count,
  leastWindows: count,
  leastRows: count,
  rowsPerCell: z.number().positive().max(1_000_000),
});
const baseline = z.strictObject({
  leastRows: count,
  embargoWindows: z.int().min(0).max(1000),
  seasonWeeks: count,
});
const windows = z.strictObject({ mostSummed: z.int().min(1).max(100) });
const ranking = z.strictObject({ comovingCorrelation: share, comovingWindows: count });
const ofShare = z.strictObject({ leastRise: share, leastRows: count });
const positive = z.number().positive();
const quality = z.strictObject({
  volume: z.strictObject({ alpha: share, leeway: z.number().min(0).max(10), leastWindows: count }),
  duplicateIds: ofShare,
  typeMismatch: ofShare,
  schemaChange: z.strictObject({ alpha: share, leastShare: share, leastRows: count }),
  labelCoverage: ofShare,
});
const outcomes = z.strictObject({
  maturity: share,
  target: z.strictObject({ alpha: share }),
  calibration: z.strictObject({ alpha: share, leastRows: count, leastOfClass: count }),
  errorChange: z.strictObject({
    learnHours: count,
    learnRows: count,
    agree: z.number().gt(0).max(1),
    adwin: z.strictObject({ delta: share, clock: count }),
    pageHinkley: z.strictObject({ delta: positive, threshold: positive }),
    ewma: z.strictObject({ alpha: share, width: positive }),
    ddm: z.strictObject({ change: positive }),
    hddm: z.strictObject({ change: share }),
  }),
});

const models = z
  .array(
    z.strictObject({
      tenant: pattern.optional(),
      model: pattern.optional(),
      drift: drift.partial().optional(),
      baseline: baseline.partial().optional(),
      windows: windows.partial().optional(),
      quality: quality.partial().optional(),
      outcomes: outcomes.partial().optional(),
      ranking: ranking.partial().optional(),
    }),
  )
  .default([]);

const file = z.strictObject({ drift, baseline, windows, quality, outcomes, ranking, models });

type ParameterFile = z.output<typeof file>;

/** The parameters of every model. */
export interface ParameterSet {
  readonly all: DetectionParameters;
  /** Other parameters of some models, the most specific first. */
  readonly models: readonly ParameterFile['models'][number][];
}

/** Reads `detectors.yaml` of the rules folder; any mistake is a FatalError with exit code 2, file, line and column. */
export function loadParameters(folder: string): ParameterSet {
  const path = join(folder, PARAMETERS_FILE);
  if (!existsSync(path))
    throw new FatalError(`${path}: no such file; the rules folder needs the parameters of the detectors`, {
      exitCode: 2,
    });
  const parsed = parseParameters(readFileSync(path, 'utf8'), join(basename(folder), PARAMETERS_FILE));
  if (!parsed.ok) throw new FatalError(parsed.errors.join('\n'), { exitCode: 2 });
  return parsed.value;
}

/** The same for a text. */
export function parseParameters(text: string, name: string): YamlResult<ParameterSet> {
  const parsed = parseYaml(text, name, file);
  if (!parsed.ok) return parsed;
  const { models, ...all } = parsed.value;
  const ties = tiesAmong(models);
  if (ties.length > 0)
    return {
      ok: false,
      errors: ties.map(
        ([first, second]) =>
          `${parsed.where(['models', second])} models.${second}: expected one entry to be more specific than the other, but this one and models.${first} fit the same models equally; name the model in one of them`,
      ),
    };
  return { ok: true, value: { all, models: mostSpecificFirst(models) }, where: parsed.where };
}

/** What holds for one model: of the entries that fit it, the most specific. */
export function parametersFor({ all, models }: ParameterSet, key: ModelKey): DetectionParameters {
  const own = models.find(
    ({ tenant, model }) => matchesPattern(tenant, key.tenant) && matchesPattern(model, key.model),
  );
  if (own === undefined) return all;
  return {
    drift: { ...all.drift, ...defined(own.drift) },
    baseline: { ...all.baseline, ...defined(own.baseline) },
    windows: { ...all.windows, ...defined(own.windows) },
    quality: { ...all.quality, ...defined(own.quality) },
    outcomes: { ...all.outcomes, ...defined(own.outcomes) },
    ranking: { ...all.ranking, ...defined(own.ranking) },
  };
}

type Defined<T> = { readonly [K in keyof T]?: Exclude<T[K], undefined> };

function defined<T extends object>(part: T | undefined): Defined<T> {
  return part ?? {};
}
