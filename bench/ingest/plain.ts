import { DuckDBInstance, DuckDBTimestampNanosecondsValue } from '@duckdb/node-api';
import type { DuckDBAppender } from '@duckdb/node-api';
import { join } from 'node:path';
import { scratchFolder } from '../kit/appliance.ts';
import { CATEGORIES, NUMBERS, stamp, templateOf } from '../kit/payload.ts';
import type { PayloadOptions, Template } from '../kit/payload.ts';
import type { PbDecoder, PbKeyValue, PbRecord } from '../kit/protobufjs.ts';

export interface Plain {
  readonly rows: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
}

/** The settings of Leeway's own database, so that only the way of writing differs. */
const CONFIG = { checkpoint_threshold: '1GB', auto_checkpoint_skip_wal_threshold: '1000000000000' };

const COLUMNS = [
  'event_time TIMESTAMP_NS',
  'id VARCHAR',
  'version VARCHAR',
  ...Array.from({ length: NUMBERS }, (_, at) => `number_${at} DOUBLE`),
  ...CATEGORIES.map((_, at) => `category_${at} VARCHAR`),
  'value DOUBLE',
  'duration DOUBLE',
];

/**
 * What one writes first: protobufjs makes objects of a request, the row appender takes their values into a table with a
 * column for each of them, and every request is a commit. No HTTP and no counting.
 */
export async function plainWay(
  decoder: PbDecoder,
  payload: PayloadOptions,
  requests: number,
): Promise<Plain> {
  const { folder, remove } = scratchFolder();
  const instance = await DuckDBInstance.create(join(folder, 'plain.duckdb'), CONFIG);
  const connection = await instance.connect();
  await connection.run(`CREATE TABLE plain (${COLUMNS.join(', ')})`);
  const appender = await connection.createAppender('plain');
  const template = templateOf(payload);
  const warmUp = Math.ceil(requests / 10);
  takeAll(appender, { decoder, template, from: 0, to: warmUp });
  const cpu = process.cpuUsage();
  const startedAt = performance.now();
  takeAll(appender, { decoder, template, from: warmUp, to: warmUp + requests });
  const seconds = (performance.now() - startedAt) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  appender.closeSync();
  connection.closeSync();
  instance.closeSync();
  remove();
  return { rows: requests * payload.records, seconds, cpuSeconds: (user + system) / 1e6 };
}

interface Requests {
  readonly decoder: PbDecoder;
  readonly template: Template;
  readonly from: number;
  readonly to: number;
}

/** Flushing is a commit: nothing opens a transaction around it. */
function takeAll(appender: DuckDBAppender, { decoder, template, from, to }: Requests): void {
  const body = Buffer.from(template.body);
  for (let request = from; request < to; request += 1) {
    stamp(template, body, { request, nowMs: Date.now() });
    for (const { scopeLogs } of decoder.decode(body).resourceLogs)
      for (const { logRecords } of scopeLogs) for (const record of logRecords) takeRecord(appender, record);
    appender.flushSync();
  }
}

function takeRecord(appender: DuckDBAppender, record: PbRecord): void {
  const values = new Map(record.attributes.map(({ key, value }) => [key, value]));
  const text = (key: string) => values.get(key)?.stringValue ?? '';
  appender.appendTimestampNanoseconds(new DuckDBTimestampNanosecondsValue(BigInt(record.timeUnixNano)));
  appender.appendVarchar(text('leeway.prediction.id'));
  appender.appendVarchar(text('leeway.model.version'));
  for (const feature of values.get('leeway.prediction.features')?.kvlistValue?.values ?? [])
    takeFeature(appender, feature);
  appender.appendDouble(numberOf(values.get('leeway.prediction.value')));
  appender.appendDouble(numberOf(values.get('leeway.prediction.duration')));
  appender.endRow();
}

function takeFeature(appender: DuckDBAppender, { value }: PbKeyValue): void {
  if (value?.value === 'stringValue') appender.appendVarchar(value.stringValue ?? '');
  else appender.appendDouble(numberOf(value));
}

function numberOf(value: PbKeyValue['value']): number {
  return value?.doubleValue || value?.intValue || 0;
}
