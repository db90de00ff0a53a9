import type { Batch, RowStore } from '../../../../server/batch.ts';
import { FIELD, LEVEL } from '../../../../server/ingest/fields.ts';
import type { Field } from '../../../../server/ingest/fields.ts';
import { BatchBuilder } from '../../../../server/ingest/builder.ts';
import type { Scalar } from '../../../../server/ingest/record.ts';
import type { Telemetry } from '../../../../server/ports.ts';
import type { LabelSteps, RowReads } from '../../../../server/ports-rows.ts';
import type { LimitSettings, ModelSettings, StorageSettings } from '../../../../server/settings.ts';
import { defaultModel } from '../../../../server/config.ts';

/** What a telemetry store is to the conformance suite: the interface, and nothing of what is behind it. */

export const MINUTE_MS = 60_000;
export const HOUR_MS = 3_600_000;
export const DAY_MS = 86_400_000;
/** Noon of a day; everything is told relative to it. */
export const NOW = Date.UTC(2026, 5, 10, 12);
export const EVER = { fromMs: NOW - 500 * DAY_MS, toMs: NOW + DAY_MS };

export type Store = RowStore &
  RowReads &
  LabelSteps &
  Pick<Telemetry, 'freezeBaseline' | 'replaceBaseline' | 'close'> & {
    /** Upkeep: may do anything but change an answer. */
    readonly compact: (nowMs: number) => Promise<void>;
    readonly moveDays: (nowMs: number) => Promise<unknown>;
    /** Rows go by age, as the settings of the store say; their counts stay. */
    readonly retain: (nowMs: number) => Promise<void>;
  };

/** A store with a home of its own; opened again it finds there what it had acknowledged. */
export interface Home {
  readonly open: (models: readonly ModelSettings[], storage?: StorageSettings) => Promise<Store>;
  readonly remove: () => void;
}

export interface StoreUnderTest {
  readonly name: string;
  readonly home: () => Home;
}

const MODEL: Omit<ModelSettings, 'model' | 'title' | 'task' | 'positive'> = {
  tenant: 'acme',
  labels: {},
  windowMs: DAY_MS,
  settleMs: 0,
  baseline: { kind: 'first', rows: 10 },
  drift: defaultModel({ tenant: 'acme', model: 'any' }).drift,
  unmonitored: [],
  groups: ['region'],
  silentAfterMs: DAY_MS,
  slos: [],
  retrain: null,
  rollback: null,
};

/** One of classes, one of amounts; `free` is configured nowhere. All may be told a region. */
export const MODELS: readonly ModelSettings[] = [
  { ...MODEL, model: 'late', title: 'Late arrivals', task: 'binary', positive: 'late' },
  { ...MODEL, model: 'price', title: 'Prices', task: 'regression', positive: null },
];
export const LATE = { tenant: 'acme', model: 'late' };
export const PRICE = { tenant: 'acme', model: 'price' };
export const FREE = { tenant: 'acme', model: 'free' };

const LIMITS: LimitSettings = {
  maxCompressedBytes: 1_000_000,
  maxBodyBytes: 1_000_000,
  maxBytesInFlight: 1_000_000,
  maxFeatures: 100,
  maxModelsPerTenant: 100,
  maxStringBytes: 4096,
  maxDepth: 8,
  maxAgeMs: 1000 * DAY_MS,
  maxAheadMs: 1000 * DAY_MS,
};
export const STORE_LIMITS = LIMITS;

export interface Told {
  readonly model?: string;
  readonly id?: string;
  readonly timeMs?: number;
  readonly version?: string;
  readonly dataset?: string;
  readonly value?: Scalar;
  readonly score?: number;
  readonly durationMs?: number;
  readonly error?: string;
  readonly cost?: number;
  readonly features?: Readonly<Record<string, Scalar>>;
  readonly segments?: Readonly<Record<string, string>>;
  readonly protected?: Readonly<Record<string, string>>;
  readonly label?: Scalar;
}

export interface ToldLabel {
  readonly model?: string;
  readonly id: string;
  readonly value: Scalar;
  readonly timeMs?: number;
  readonly source?: string;
}

/** A request as decoding hands it to a store: values of every kind, also those that JSON cannot tell. */
export function batchOf(
  given: { readonly predictions?: readonly Told[]; readonly labels?: readonly ToldLabel[] },
  receivedAtMs = NOW,
): Batch {
  const builder = new BatchBuilder({ tenant: 'acme', receivedAtMs, limits: LIMITS, timed: false });
  for (const row of given.predictions ?? []) {
    open(builder, row);
    put(builder, FIELD.value, row.value);
    put(builder, FIELD.score, row.score);
    put(builder, FIELD.durationSeconds, row.durationMs === undefined ? undefined : row.durationMs / 1000);
    put(builder, FIELD.error, row.error);
    put(builder, FIELD.cost, row.cost);
    put(builder, FIELD.dataset, row.dataset);
    put(builder, FIELD.version, row.version ?? 'v1');
    put(builder, FIELD.label, row.label);
    for (const kind of ['features', 'segments', 'protected'] as const)
      for (const [name, value] of Object.entries(row[kind] ?? {})) builder.record.entry(kind, name, value);
    builder.end('prediction');
  }
  for (const label of given.labels ?? []) {
    open(builder, label);
    put(builder, FIELD.label, label.value);
    put(builder, FIELD.source, label.source);
    builder.end('label');
  }
  return builder.finish(null);
}

function open(builder: BatchBuilder, row: Pick<Told, 'model' | 'id' | 'timeMs'>): void {
  builder.begin();
  builder.moment.timeMs = row.timeMs ?? NOW - MINUTE_MS;
  builder.timeTold = true;
  put(builder, FIELD.model, row.model ?? LATE.model);
  put(builder, FIELD.id, row.id);
}

function put(builder: BatchBuilder, field: Field, value: Scalar | undefined): void {
  if (value !== undefined)
    builder.record.put({ kind: 'field', field, alias: 0 }, value, { key: 'a field', level: LEVEL.record });
}

/** Resolves until nothing is left. */
export async function resolveAll(store: Store, nowMs = NOW, limit = 1000): Promise<void> {
  while ((await store.resolveLabels(nowMs, limit)).remaining);
}
