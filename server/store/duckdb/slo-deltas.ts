import type { SloSettings } from '../../settings.ts';
import { MINUTE_MS } from './deltas.ts';
import type { ModelState, Registry } from './registry.ts';
import type { Tables } from './tables.ts';

export interface Outcome {
  readonly timeMs: number;
  /** undefined: none. */
  readonly error: string | undefined;
  /** There is no prediction. */
  readonly isEmpty: boolean;
  /** NaN where not told. */
  readonly durationMs: number;
  readonly cost: number;
  readonly currency: string | undefined;
}

/** An objective with the code its id is stored by. */
export interface Objective {
  readonly code: number;
  readonly slo: CountedSlo;
}

const MOST_SLOS = 256;
/** A billionth of the currency: sums of whole ones are exact, whatever the order. */
export const NANOS = 1e9;
/** Of one prediction; more is a mistake in its unit, and would end exactness. */
export const MOST_COST = 1e5;

export type CountedSlo = Extract<SloSettings, { kind: 'availability' | 'latency' | 'cost' }>;

/** Counted as rows come; of the others slices are put, or outcomes read. */
export function isCounted(slo: SloSettings): slo is CountedSlo {
  return slo.kind === 'availability' || slo.kind === 'latency' || slo.kind === 'cost';
}

/** The objectives of a model that count rows; beyond 256 ids over its life none is counted any more. */
export function objectivesOf(registry: Registry, state: ModelState): readonly Objective[] {
  const slos = (state.settings?.slos ?? []).filter(isCounted);
  return slos
    .map((slo) => ({ slo, code: registry.slo(state, slo.id, definitionOf(slo)) }))
    .filter(({ code }) => code < MOST_SLOS);
}

/** Everything the counts of an objective depend on. */
export function definitionOf(slo: SloSettings): string {
  const { id: _id, target: _target, periodMs: _periodMs, burn: _burn, minBad: _minBad, ...rest } = slo;
  if (rest.kind === 'availability') return JSON.stringify(['availability', [...(rest.exclude ?? [])].sort()]);
  if (rest.kind === 'cost') return JSON.stringify(['cost', rest.currency]);
  return JSON.stringify(Object.entries(rest).sort(([first], [second]) => first.localeCompare(second)));
}

type Verdict = 'good' | 'bad' | 'excluded';

/** Whether an error is the caller's own. */
export function isExcluded(patterns: readonly string[], error: string): boolean {
  return patterns.some((pattern) =>
    pattern.endsWith('*') ? error.startsWith(pattern.slice(0, -1)) : error === pattern,
  );
}

/** What one prediction is to an objective: latency judges those that were answered and timed. */
function verdictOf(slo: CountedSlo, outcome: Outcome): Verdict {
  const { error, isEmpty, durationMs } = outcome;
  const failed = error !== undefined || isEmpty;
  if (slo.kind === 'availability') {
    if (error !== undefined && isExcluded(slo.exclude ?? [], error)) return 'excluded';
    return failed ? 'bad' : 'good';
  }
  if (slo.kind === 'cost') return isPriced(slo, outcome) ? 'good' : 'excluded';
  if (failed || Number.isNaN(durationMs)) return 'excluded';
  return durationMs > (slo.thresholdMs ?? Infinity) ? 'bad' : 'good';
}

function isPriced(slo: Extract<CountedSlo, { kind: 'cost' }>, { cost, currency }: Outcome): boolean {
  const isMine = slo.currency === null || currency === undefined || currency === slo.currency;
  return isMine && cost >= 0 && cost <= MOST_COST;
}

interface Counter {
  good: number;
  bad: number;
  excluded: number;
  nanos: number;
}

/** Good and bad of the open commit by objective and minute. */
export class SloDeltas {
  readonly #byModel = new Map<ModelState, Map<number, Counter>>();

  add(state: ModelState, objectives: readonly Objective[], outcome: Outcome): void {
    const minute = Math.floor(outcome.timeMs / MINUTE_MS) * MOST_SLOS;
    for (const { code, slo } of objectives) {
      const verdict = verdictOf(slo, outcome);
      const counter = this.#counter(state, minute + code);
      counter[verdict] += 1;
      if (slo.kind === 'cost' && verdict === 'good') counter.nanos += Math.round(outcome.cost * NANOS);
    }
  }

  #counter(state: ModelState, key: number): Counter {
    let minutes = this.#byModel.get(state);
    if (minutes === undefined) this.#byModel.set(state, (minutes = new Map()));
    let counter = minutes.get(key);
    if (counter === undefined) minutes.set(key, (counter = { good: 0, bad: 0, excluded: 0, nanos: 0 }));
    return counter;
  }

  emit(tables: Tables, batch: bigint): void {
    const rows = tables.slo_minutes;
    for (const [state, minutes] of this.#byModel)
      for (const [key, { good, bad, excluded, nanos }] of minutes) {
        rows.batch.push(batch);
        rows.model.push(state.model);
        rows.slo.push(key % MOST_SLOS);
        rows.minuteMs.push(BigInt(Math.floor(key / MOST_SLOS) * MINUTE_MS));
        rows.good.push(good);
        rows.bad.push(bad);
        rows.excluded.push(excluded);
        rows.nanos.push(BigInt(nanos));
      }
    this.clear();
  }

  clear(): void {
    this.#byModel.clear();
  }
}
