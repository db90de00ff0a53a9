import { valueAt } from '../../../server/batch-edit.ts';
import { Table, tableToIPC, vectorFromArray } from 'apache-arrow';
import type { CompressionType, DataType, Vector } from 'apache-arrow';
import type { Batch, PredictionColumns, ValueColumn } from '../../../server/batch.ts';
import { decode } from '../../../server/ingest/ingest.ts';
import { TextTable } from '../../../server/ingest/text-table.ts';
import type { IngestRoute, Protocol } from '../../../server/model.ts';
import type { LimitSettings } from '../../../server/settings.ts';
import type { ParquetReader } from '../../../server/table.ts';

export const NOW = Date.UTC(2026, 4, 1);

export const LIMITS: LimitSettings = {
  maxCompressedBytes: 2 ** 24,
  maxBodyBytes: 2 ** 22,
  maxBytesInFlight: 2 ** 26,
  maxFeatures: 100,
  maxModelsPerTenant: 3,
  maxStringBytes: 64,
  maxDepth: 4,
  maxAgeMs: 400 * 86_400_000,
  maxAheadMs: 3_600_000,
};

const TEXTS = new TextTable();

export interface Reading {
  readonly route?: IngestRoute;
  readonly protocol?: Protocol;
  readonly limits?: Partial<LimitSettings>;
  readonly parquet?: ParquetReader;
}

/** Decodes a body as the tenant acme. */
export async function read(body: Uint8Array, reading: Reading = {}): Promise<Batch> {
  const { route = 'predictions', protocol = 'arrow', limits, parquet } = reading;
  return await decode(Buffer.from(body), {
    request: { tenant: 'acme', route, protocol, receivedAtMs: NOW },
    digest: 'digest',
    limits: { ...LIMITS, ...limits },
    texts: TEXTS,
    parquet,
  });
}

export const column = (values: readonly unknown[], type?: DataType): Vector =>
  type === undefined ? vectorFromArray([...values]) : vectorFromArray([...values], type);

/** An Arrow stream of columns, with properties of the whole table. */
export function stream(
  columns: Readonly<Record<string, Vector | readonly unknown[]>>,
  options: {
    readonly properties?: Readonly<Record<string, string>>;
    readonly compression?: CompressionType;
    readonly type?: 'file' | 'stream';
  } = {},
): Uint8Array {
  const vectors = Object.entries(columns).map(([name, values]): [string, Vector] => [
    name,
    Array.isArray(values) ? column(values as readonly unknown[]) : (values as Vector),
  ]);
  const table = new Table(Object.fromEntries(vectors));
  for (const [name, value] of Object.entries(options.properties ?? {}))
    table.schema.metadata.set(name, value);
  return tableToIPC(table, options.type ?? 'stream', options.compression);
}

/** A column's values as a person would write them. */
export function valuesOf(found: ValueColumn | undefined, rows: number): readonly unknown[] {
  return Array.from({ length: rows }, (_, row) => (found === undefined ? null : valueAt(found, row)));
}

export function featureOf(batch: Batch, name: string): readonly unknown[] {
  const predictions = predictionsOf(batch);
  return valuesOf(
    predictions.values.find((value) => value.name === name),
    predictions.rows,
  );
}

export function predictionsOf(batch: Batch): PredictionColumns {
  return batch.models[0]!.predictions;
}
