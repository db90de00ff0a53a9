import { setTimeout as sleep } from 'node:timers/promises';
import { Metadata } from '@grpc/grpc-js';
import { SeverityNumber } from '@opentelemetry/api';
import type { AnyValue } from '@opentelemetry/api';
import { OTLPLogExporter as GrpcExporter } from '@opentelemetry/exporter-logs-otlp-grpc';
import { OTLPLogExporter as JsonExporter } from '@opentelemetry/exporter-logs-otlp-http';
import { OTLPLogExporter as ProtobufExporter } from '@opentelemetry/exporter-logs-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchLogRecordProcessor, LoggerProvider } from '@opentelemetry/sdk-logs';
import type { LogRecordExporter, ReadableLogRecord } from '@opentelemetry/sdk-logs';
import { idOf, isLabel, labelOf, MODEL, rowOf, VERSION } from './records.ts';
import type { Sending } from './records.ts';

/** A serving process with the OpenTelemetry SDK: prints what its exporter was told of every record. */

const sending = JSON.parse(process.argv[2] ?? '{}') as Sending;
const OPEN = 512;
const BATCH = 64;
const state = { open: 0, failed: false, enough: false };

process.env['OTEL_EXPORTER_OTLP_COMPRESSION'] = sending.compression;

function exporter(): LogRecordExporter {
  const headers = { authorization: `Bearer ${sending.key}` };
  if (sending.protocol === 'grpc') {
    const metadata = new Metadata();
    metadata.set('authorization', headers.authorization);
    return new GrpcExporter({ url: `http://${sending.endpoint}`, metadata });
  }
  const options = { url: `${sending.endpoint}/v1/logs`, headers };
  return sending.protocol === 'http/json' ? new JsonExporter(options) : new ProtobufExporter(options);
}

/** The SDK's exporter, overheard. */
function overheard(inner: LogRecordExporter): LogRecordExporter {
  const numbers = (records: readonly ReadableLogRecord[]) =>
    records.map(({ attributes }) => Number(attributes['number']));
  return {
    export: (records, done) =>
      inner.export(records, (result) => {
        const accepted = (result.code as number) === 0;
        process.stdout.write(`${JSON.stringify({ accepted, numbers: numbers(records) })}\n`);
        state.open -= records.length;
        state.failed ||= !accepted;
        done(result);
      }),
    forceFlush: () => inner.forceFlush(),
    shutdown: () => inner.shutdown(),
  };
}

function attributesOf(index: number): Record<string, AnyValue> {
  const named = { number: index, 'leeway.model.name': MODEL };
  if (isLabel(index))
    return { ...named, 'leeway.prediction.id': idOf(index - 1), 'leeway.label.value': labelOf(index) };
  const { value, score, durationMs, features, segments } = rowOf(index, sending.baseMs);
  const { 'nested.deep': deep, ...flat } = features;
  return {
    ...named,
    'leeway.prediction.id': idOf(index),
    'leeway.prediction.features': { ...flat, flag: flat['flag'] === 'true', nested: { deep } },
    'leeway.prediction.value': value,
    'leeway.prediction.score': score,
    'leeway.prediction.duration': durationMs / 1000,
    'leeway.segments': segments,
  };
}

const provider = new LoggerProvider({
  resource: resourceFromAttributes({ 'service.name': 'serving', 'service.version': VERSION }),
  processors: [
    new BatchLogRecordProcessor({
      exporter: overheard(exporter()),
      maxQueueSize: 4 * OPEN,
      maxExportBatchSize: BATCH,
      scheduledDelayMillis: 5,
    }),
  ],
});
const logger = provider.getLogger('test');
if (sending.untilTold === true)
  process.stdin.resume().once('end', () => {
    state.enough = true;
  });
for (let index = 0; index < sending.records && !state.enough; index += 1) {
  while (state.open >= OPEN) await sleep(2);
  if (index % BATCH === 0) await sleep(sending.pauseMs ?? 0);
  // Some clients give a batch up at once; the rest is not to be given up with it.
  if (state.failed) await sleep(250);
  state.failed = false;
  state.open += 1;
  const timeMs = sending.baseMs + index;
  logger.emit({
    eventName: isLabel(index) ? 'leeway.label' : 'leeway.prediction',
    timestamp: [Math.floor(timeMs / 1000), (timeMs % 1000) * 1_000_000 + 42],
    severityNumber: SeverityNumber.INFO,
    attributes: attributesOf(index),
  });
}
await provider.forceFlush();
await provider.shutdown();
process.stdin.destroy();
