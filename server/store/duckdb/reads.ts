import type { RowReads } from '../../ports-rows.ts';
import type { Session } from './database.ts';
import { readCategories } from './categories.ts';
import { readCrosstab } from './crosstab.ts';
import { readErrorCells } from './error-cells.ts';
import { readPrediction, readPredictions } from './drilldown.ts';
import { readDirtyBuckets, readFreshness } from './freshness.ts';
import {
  emptyOutcomes,
  noDelays,
  readCoverage,
  readDelays,
  sharedDelays,
  type DelayRead,
} from './outcomes.ts';
import type { ModelKey } from '../../model.ts';
import type { ModelState, Registry } from './registry.ts';
import type { Turns } from './turns.ts';
import { readEdges, readSample } from './sample.ts';
import { OutcomeSteps } from './outcome-steps.ts';
import { SharedReads } from './shared-reads.ts';
import { readSummary } from './summarize.ts';

interface Given {
  readonly database: { readonly reader: Session };
  readonly reads: Turns;
}

/** Everything that is read of stored rows and labels, on one session, one read at a time. */
export function rowReads({ database, reads }: Given, registry: () => Registry): RowReads {
  const { reader } = database;
  const find = (key: Parameters<Registry['find']>[0]) => registry().find(key);
  type Read<Q, T> = (session: Session, state: ModelState | undefined, query: Q) => T | Promise<T>;
  const turn =
    <Q extends ModelKey, T>(read: Read<Q, T>) =>
    (query: Q): Promise<T> =>
      reads.take(async () => read(reader, find(query), query));
  const outcomes = new OutcomeSteps(reader);
  const delays = new SharedReads({
    alike: sharedDelays,
    read: (of: readonly DelayRead[]) => readDelays(reader, of),
  });
  return {
    summarize: turn(readSummary),
    categories: turn(readCategories),
    crosstab: turn(readCrosstab),
    errorCells: turn(readErrorCells),
    sample: turn(readSample),
    proposeEdges: turn(readEdges),
    getPrediction: turn(readPrediction),
    listPredictions: turn(readPredictions),
    freshness: (keys) =>
      reads.take(async () => {
        const states = keys.map(find).filter((state) => state !== undefined);
        return readFreshness(reader, states);
      }),
    dirtyBuckets: async (sinceBatch) => readDirtyBuckets(reader, registry(), sinceBatch),
    outcomeCounts: async (query) => {
      const state = find(query);
      return state === undefined ? emptyOutcomes(query) : outcomes.read(state, query);
    },
    labelDelays: async (query) => {
      const state = find(query);
      return state === undefined ? noDelays() : delays.take({ state, query });
    },
    coverageByAge: async (query) => readCoverage(reader, find(query), query),
  };
}
