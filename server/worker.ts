import { join } from 'node:path';
import { isMainThread, workerData } from 'node:worker_threads';
import { BentomlSenders } from './ingest/bentoml-senders.ts';
import { createIngest } from './ingest/ingest.ts';
import { piiRules, storedIds } from './ingest/pii.ts';
import { Quarantine } from './ingest/quarantine.ts';
import type { BaselineSteps, CountReads, Telemetry, TelemetryOptions } from './ports.ts';
import { serveThread } from './rpc.ts';
import { createParquetReader } from './store/duckdb/parquet-reader.ts';
import { TelemetryStore } from './store/duckdb/store.ts';

/** The second root: the one thread that owns telemetry. */

/** Opens the store of a folder with decoding in front. Throws FatalError when it has an owner or is of a newer program. */
export async function buildTelemetry(options: TelemetryOptions): Promise<Telemetry> {
  const store = await TelemetryStore.open(options);
  const quarantine = await Quarantine.open(store.keepers.quarantine);
  const bentoml = await BentomlSenders.open(store.keepers.senders);
  const { limits, pii = [] } = options;
  const parquet = createParquetReader(join(options.folder, 'uploads'));
  const { ingest } = createIngest({ store, limits, quarantine, pii, parquet, bentoml });
  return {
    ingest,
    ...refusals(store, quarantine),
    schema: (key) => store.schema(key),
    declareSchema: (input) => store.declareSchema(input),
    catalog: () => store.catalog(),
    ...baselines(store),
    counts: (query) => store.counts(query),
    ...countReads(store),
    volume: (query) => store.volume(query),
    sloCounts: (query) => store.sloCounts(query),
    sloWindows: (query) => store.sloWindows(query),
    recount: (key) => store.recount(key),
    ...store.rows,
    resolveLabels: (nowMs, limit) => store.labels.resolveLabels(nowMs, limit),
    recountOutcomes: (key) => store.labels.recountOutcomes(key),
    erase: (key, ids) => {
      const settings = pii.find(({ tenant }) => tenant === key.tenant);
      return store.erase(key, storedIds(ids, settings && piiRules(settings)));
    },
    exportRange: (key, asked) => store.exportRange(key, asked),
    moveDays: (nowMs) => store.moveDays(nowMs),
    retain: (nowMs) => store.retain(nowMs),
    health: () => store.health(),
    close: async () => {
      await quarantine.save().catch(() => {});
      await bentoml.save().catch(() => {});
      await store.close();
    },
  };
}

function countReads(store: TelemetryStore): CountReads {
  return {
    newestBatch: () => store.newestBatch(),
    countWindows: (query) => store.countWindows(query),
    qualityCounts: (query) => store.qualityCounts(query),
    putSlices: (input) => store.slos.putSlices(input),
    sloTotals: () => store.slos.sloTotals(),
  };
}

function baselines(
  store: TelemetryStore,
): Pick<Telemetry, 'freezeBaseline' | 'replaceBaseline' | 'baseline'> & BaselineSteps {
  const { baselines: steps } = store;
  return {
    freezeBaseline: (key, source, nowMs) => store.freezeBaseline(key, source, nowMs),
    replaceBaseline: (key, source, nowMs) => store.replaceBaseline(key, source, nowMs),
    baseline: (key) => store.baseline(key),
    chooseBaseline: (input) => steps.chooseBaseline(input),
    withdrawBaseline: (input) => steps.withdrawBaseline(input),
    baselines: (key) => steps.baselines(key),
    baselineById: (key, id) => steps.baselineById(key, id),
    referenceSets: (key) => steps.referenceSets(key),
    deleteReferenceSet: (input) => steps.deleteReferenceSet(input),
  };
}

/** What is told of refused records, whoever refused them. */
function refusals(
  store: TelemetryStore,
  quarantine: Quarantine,
): Pick<Telemetry, 'noteRefusals' | 'tellUnpaired' | 'quarantine' | 'quarantineTotals'> {
  return {
    noteRefusals: async (noted) => {
      for (const { atMs: receivedAtMs, reason, message, requests, ...of } of noted)
        quarantine.add(
          { ...of, receivedAtMs, requests },
          { rejected: [{ reason, message, count: requests }] },
        );
    },
    tellUnpaired: async (nowMs) => {
      const unpaired = await store.tellUnpaired(nowMs);
      for (const { tenant, rejection } of unpaired)
        quarantine.add({ tenant, protocol: 'cloudevents', receivedAtMs: nowMs }, { rejected: [rejection] });
      return unpaired;
    },
    quarantine: async (tenant) => quarantine.entries(tenant),
    quarantineTotals: async (tenant) => quarantine.totals(tenant),
  };
}

/** Importing this file in a thread of another kind starts nothing. */
function isOptions(data: unknown): data is TelemetryOptions {
  return (
    typeof data === 'object' && data !== null && 'folder' in data && 'limits' in data && 'models' in data
  );
}

if (!isMainThread && isOptions(workerData)) {
  const options = workerData;
  await serveThread(() => buildTelemetry(options));
}
