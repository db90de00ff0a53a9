import type { RowReads } from '../../ports-rows.ts';
import type { Session } from './database.ts';
import { readCategories } from './categories.ts';
import { readCrosstab } from './crosstab.ts';
import { readPrediction, readPredictions } from './drilldown.ts';
import { readDirtyBuckets, readFreshness } from './freshness.ts';
import { emptyOutcomes, noDelays, readCoverage, readDelays, readOutcomes } from './outcomes.ts';
import type { Registry } from './registry.ts';
import { readEdges, readSample } from './sample.ts';
import { readSummary } from './summarize.ts';

/** Everything that is read of stored rows and labels, on one session. */
export function rowReads(session: Session, registry: () => Registry): RowReads {
  const find = (key: Parameters<Registry['find']>[0]) => registry().find(key);
  return {
    summarize: async (query) => readSummary(session, find(query), query),
    categories: async (query) => readCategories(session, find(query), query),
    crosstab: async (query) => readCrosstab(session, find(query), query),
    sample: async (query) => readSample(session, find(query), query),
    proposeEdges: async (query) => readEdges(session, find(query), query),
    getPrediction: async (query) => readPrediction(session, find(query), query),
    listPredictions: async (query) => readPredictions(session, find(query), query),
    freshness: async (keys) =>
      readFreshness(
        session,
        keys.map(find).filter((state) => state !== undefined),
      ),
    dirtyBuckets: async (sinceBatch) => readDirtyBuckets(session, registry(), sinceBatch),
    outcomeCounts: async (query) => {
      const state = find(query);
      return state === undefined ? emptyOutcomes(query) : readOutcomes(session, state, query);
    },
    labelDelays: async (query) => {
      const state = find(query);
      return state === undefined ? noDelays() : readDelays(session, state, query);
    },
    coverageByAge: async (query) => readCoverage(session, find(query), query),
  };
}
