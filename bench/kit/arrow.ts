import {
  Field,
  Float64,
  Int64,
  Struct,
  Table,
  tableToIPC,
  TimestampMillisecond,
  Utf8,
  vectorFromArray,
} from 'apache-arrow';
import type { DataType } from 'apache-arrow';
import type { SentRow } from './payload.ts';

/** Rows as an Arrow IPC stream: a column for each field, features as one struct. */
export function arrowOf(rows: readonly SentRow[]): Buffer {
  const features = Object.entries(rows[0]?.features ?? {}).map(
    ([name, value]) => new Field(name, typeof value === 'number' ? new Float64() : new Utf8(), true),
  );
  const columns: Readonly<Record<string, readonly [DataType, (row: SentRow) => unknown]>> = {
    model: [new Utf8(), (row) => row.model],
    version: [new Utf8(), (row) => row.version],
    id: [new Utf8(), (row) => row.id],
    time: [new TimestampMillisecond('UTC'), (row) => row.timeMs],
    value: [new Int64(), (row) => BigInt(row.value)],
    durationMs: [new Float64(), (row) => row.durationSeconds * 1000],
    features: [new Struct(features), (row) => row.features],
  };
  const vectors = Object.entries(columns).map(([name, [type, valueOf]]) => [
    name,
    vectorFromArray(rows.map(valueOf), type),
  ]);
  return Buffer.from(tableToIPC(new Table(Object.fromEntries(vectors)), 'stream'));
}
