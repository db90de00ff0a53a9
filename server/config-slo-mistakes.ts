import { LEAST_SLICES } from '../detectors/burn-rate.ts';
import { UNITS_MS } from './config-common.ts';
import { share, type SloFile } from './config-slo.ts';

/** What is wrong with objectives beside their form. */

type Burnable = Exclude<SloFile, { kind: 'cost' }>;
type PairFile = Exclude<Burnable['burn'], 'auto'>[number];

interface Mistake {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

interface SloModel {
  readonly window: number;
  readonly task: string;
  readonly positive?: string | undefined;
  readonly groups: readonly string[];
  readonly drift: { readonly against: readonly string[] };
  readonly slos: readonly SloFile[];
}

/** What is wrong with objectives beside their form: what can never fire, and what the model does not have. */
export function sloMistakes(models: readonly SloModel[]): readonly Mistake[] {
  return models.flatMap((model, index) =>
    model.slos.flatMap((slo, at) =>
      [...twice(model, at), ...lacking(model, slo), ...neverFiring(model, slo)].map(({ path, message }) => ({
        path: ['models', index, 'slos', at, ...path],
        message,
      })),
    ),
  );
}

function twice({ slos }: SloModel, at: number): readonly Mistake[] {
  const { id } = slos[at] as SloFile;
  return slos.findIndex((slo) => slo.id === id) < at
    ? [{ path: ['id'], message: `"${id}" is the id of two objectives of the model; counts are kept by it` }]
    : [];
}

function lacking(model: SloModel, slo: SloFile): readonly Mistake[] {
  if (slo.kind === 'fairness' && !model.groups.includes(slo.attribute))
    return wrong(
      'attribute',
      `expected one of the model's groups, got "${slo.attribute}"; name it in groups, too`,
    );
  if (slo.kind === 'fairness' && model.positive === undefined)
    return wrong(
      'kind',
      'expected a model that says which prediction is positive; fairness compares its rates',
    );
  if (slo.kind === 'quality' && model.task === 'regression' && slo.tolerance === undefined)
    return wrong('kind', 'expected a tolerance: of a regression no prediction is ever exactly right');
  if (slo.kind === 'quality' && model.task !== 'regression' && slo.tolerance !== undefined)
    return wrong('tolerance', `expected none: the classes of a ${model.task} model agree or they do not`);
  if (slo.kind === 'freshness' && (slo.of === 'feature') !== (slo.feature !== undefined))
    return wrong('of', 'expected `of: feature` together with `feature: NAME`');
  if (slo.kind === 'drift' && !model.drift.against.includes(slo.against))
    return wrong('against', `expected one of the model's drift.against, got "${slo.against}"`);
  return [];
}

function wrong(path: string, message: string): readonly Mistake[] {
  return [{ path: [path], message }];
}

function neverFiring(model: SloModel, slo: SloFile): readonly Mistake[] {
  if (slo.kind === 'cost') return [];
  const sliceMs = sliceOf(model, slo);
  if (sliceMs !== null && LEAST_SLICES * sliceMs > slo.period)
    return wrong(
      'period',
      `can never fire: a window takes at least ${LEAST_SLICES} slices of ${hours(sliceMs)}, more than the period has`,
    );
  if (slo.burn === 'auto') return [];
  return slo.burn.flatMap((pair, at) => {
    const message = pairMistake(pair, { slo, sliceMs });
    return message === null ? [] : [{ path: ['burn', at, ...message.at], message: message.text }];
  });
}

function sliceOf({ window }: SloModel, slo: SloFile): number | null {
  if (slo.kind === 'freshness') return slo.every;
  return slo.kind === 'drift' || slo.kind === 'fairness' ? window : null;
}

function pairMistake(
  { long, short, factor }: PairFile,
  { slo, sliceMs }: { readonly slo: Burnable; readonly sliceMs: number | null },
): { readonly at: readonly string[]; readonly text: string } | null {
  const budget = 1 - share(slo.target);
  if (factor * budget >= 1)
    return {
      at: ['factor'],
      text: `can never fire: with a target of ${slo.target} % even a window of nothing but bad burns ${times(1 / budget)}; expected less than that, got ${factor}`,
    };
  if (short >= long) return { at: ['short'], text: 'expected less than the long window' };
  if (long > slo.period) return { at: ['long'], text: 'expected at most the period of the objective' };
  if (short < UNITS_MS.m) return { at: ['short'], text: 'expected at least 1m, the grain of the counters' };
  if (slo.kind === 'quality' && short < UNITS_MS.h)
    return { at: ['short'], text: 'expected at least 1h: labels that come late are counted by the hour' };
  if (sliceMs === null) return null;
  if (long < LEAST_SLICES * sliceMs)
    return { at: ['long'], text: `expected at least ${LEAST_SLICES} slices of ${hours(sliceMs)}` };
  return short < sliceMs ? { at: ['short'], text: `expected at least one slice of ${hours(sliceMs)}` } : null;
}

function times(value: number): string {
  return `${Number(value.toPrecision(3))} times`;
}

function hours(ms: number): string {
  return ms >= UNITS_MS.h ? `${ms / UNITS_MS.h} h` : `${ms / UNITS_MS.m} min`;
}
