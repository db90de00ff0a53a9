import { Metadata } from '@grpc/grpc-js';
import { SeverityNumber } from '@opentelemetry/api';
import type { AnyValue } from '@opentelemetry/api';
import { OTLPLogExporter as GrpcExporter } from '@opentelemetry/exporter-logs-otlp-grpc';
import { OTLPLogExporter as JsonExporter } from '@opentelemetry/exporter-logs-otlp-http';
import { OTLPLogExporter as ProtobufExporter } from '@opentelemetry/exporter-logs-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchLogRecordProcessor, LoggerProvider } from '@opentelemetry/sdk-logs';
import type { LogRecordExporter } from '@opentelemetry/sdk-logs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { otlpGrpc } from '../../../server/ingest/grpc.ts';
import { BytesInFlight, otlpApp } from '../../../server/ingest/http.ts';
import type { IngestOptions } from '../../../server/ingest/http.ts';
import { listen, listenGrpc } from '../../../server/listen.ts';
import type { Listener } from '../../../server/listen.ts';
import type { Telemetry } from '../../../server/ports.ts';
import { openDatabase } from '../../../server/store/duckdb/database.ts';
import { buildTelemetry } from '../../../server/worker.ts';
import { KEY, LIMITS, MODEL, NOW, scratch } from '../store/duckdb/support.ts';

const ANY_PORT = { host: '127.0.0.1', port: 0 };

let home: ReturnType<typeof scratch>;
let telemetry: Telemetry;
let http: Listener;
let grpc: Listener;
let encodings: Set<string>;

beforeEach(async () => {
  home = scratch();
  encodings = new Set();
  telemetry = await buildTelemetry({ folder: home.folder, limits: LIMITS, models: [MODEL] });
  const options: IngestOptions = {
    ingest: (request) => {
      encodings.add(request.encoding);
      return telemetry.ingest(request);
    },
    authenticate: async (headers) =>
      headers.get('authorization') === 'Bearer key'
        ? { name: 'k', tenant: KEY.tenant, scopes: ['ingest'] }
        : 'unknown',
    now: () => NOW,
    limits: LIMITS,
    inFlight: new BytesInFlight(LIMITS.maxBytesInFlight),
    onIngest: () => {},
  };
  http = await listen(otlpApp(options), ANY_PORT);
  grpc = await listenGrpc(otlpGrpc(options), ANY_PORT);
});
afterEach(() => {
  vi.unstubAllEnvs();
  home.remove();
});

interface Sent {
  readonly event: string;
  readonly timeMs: number;
  readonly attributes: Record<string, AnyValue>;
}

const headers = { authorization: 'Bearer key' };

function exporterOf(kind: string): LogRecordExporter {
  if (kind === 'protobuf at /') return new ProtobufExporter({ url: `${http.url}/`, headers });
  if (kind === 'protobuf') return new ProtobufExporter({ url: `${http.url}/v1/logs`, headers });
  if (kind === 'JSON') return new JsonExporter({ url: `${http.url}/v1/logs`, headers });
  const metadata = new Metadata();
  metadata.set('authorization', 'Bearer key');
  return new GrpcExporter({ url: grpc.url, metadata });
}

/** Sends through the SDK as a serving process would. */
async function ship(records: readonly Sent[], exporter: LogRecordExporter): Promise<void> {
  const provider = new LoggerProvider({
    resource: resourceFromAttributes({ 'service.name': 'serving', 'service.version': '7' }),
    processors: [new BatchLogRecordProcessor({ exporter, maxQueueSize: 10_000 })],
  });
  const logger = provider.getLogger('test');
  for (const { event, timeMs, attributes } of records)
    logger.emit({
      eventName: event,
      timestamp: [Math.floor(timeMs / 1000), (timeMs % 1000) * 1_000_000 + 42],
      severityNumber: SeverityNumber.INFO,
      attributes,
    });
  await provider.forceFlush();
  await provider.shutdown();
}

const prediction = (index: number): Sent => ({
  event: 'leeway.prediction',
  timeMs: NOW - index,
  attributes: {
    'leeway.model.name': KEY.model,
    'leeway.prediction.id': `sdk-${index}`,
    'leeway.prediction.features': {
      whole: index,
      mixed: index % 2 === 0 ? index : index + 0.5,
      word: index % 3 === 0 ? 'drei ü' : 'other',
      flag: index % 2 === 0,
      ...(index % 4 === 0 ? {} : { sometimes: -index }),
      nested: { deep: index / 10 },
    },
    'leeway.prediction.value': index % 5 === 0 ? 'late' : 'on time',
    'leeway.prediction.score': index / 1000,
    'leeway.prediction.duration': 0.0125,
    'leeway.protected': { region: index % 2 === 0 ? 'west' : 'south' },
    'leeway.segments': { shop: `s${index % 3}` },
  },
});
const label = (index: number): Sent => ({
  event: 'leeway.label',
  timeMs: NOW + index,
  attributes: {
    'leeway.model.name': KEY.model,
    'leeway.prediction.id': `sdk-${index}`,
    'leeway.label.value': index % 2 === 0 ? 'late' : 'on time',
    'leeway.label.source': 'tower',
  },
});

const NAMES = `(SELECT value FROM dictionary d JOIN entries e USING (model, entry) WHERE e.role = $1 AND e.name = $2 AND d.code = $3)`;
const named = (role: string, name: string, code: string) =>
  NAMES.replace('$1', `'${role}'`).replace('$2', `'${name}'`).replace('$3', code);
const feature = (name: string, list: 'num' | 'cat') =>
  `p.${list}[(SELECT slot FROM entries WHERE role = 'feature' AND name = '${name}') + 1]`;

const STORED = `SELECT coalesce(p.id_text, p.id_key::VARCHAR), epoch_ns(p.event_time)::VARCHAR, v.name, ${feature('whole', 'num')}, ${feature('mixed', 'num')},
    ${named('feature', 'word', feature('word', 'cat'))}, ${named('feature', 'flag', feature('flag', 'cat'))},
    ${feature('sometimes', 'num')}, ${feature('nested.deep', 'num')},
    ${named('feature', '$prediction', 'p.prediction_code')}, p.score, p.duration_ms,
    ${named('protected', 'region', 'a.codes[1]')}, ${named('segment', 'shop', 'p.segments[1]')}
  FROM predictions p JOIN versions v USING (model, version) JOIN protected_attributes a USING (batch, ordinal)
  ORDER BY p.event_time DESC`;

describe('the OpenTelemetry SDK for JavaScript', () => {
  it.each([
    ['protobuf', 'none'],
    ['protobuf at /', 'gzip'],
    ['JSON', 'none'],
    ['JSON', 'gzip'],
    ['gRPC', 'none'],
    ['gRPC', 'gzip'],
  ])('over %s with compression %s has every value it shipped stored', async (kind, compression) => {
    const indexes = Array.from({ length: 1500 }, (_, index) => index);
    vi.stubEnv('OTEL_EXPORTER_OTLP_COMPRESSION', compression);
    await ship([...indexes.map(prediction), ...indexes.map(label)], exporterOf(kind));
    expect([...encodings]).toEqual([compression === 'gzip' ? 'gzip' : 'identity']);
    expect(await telemetry.catalog()).toMatchObject([{ ...KEY, predictions: 1500, labels: 1500 }]);
    await Promise.all([http.close(1000), grpc.close(1000)]);
    await telemetry.close();

    const database = await openDatabase(home.folder);
    const rows = await database.writer.rows(STORED);
    expect(rows).toEqual(
      indexes.map((index) => [
        `sdk-${index}`,
        `${NOW - index}000042`,
        '7',
        index,
        index % 2 === 0 ? index : index + 0.5,
        index % 3 === 0 ? 'drei ü' : 'other',
        String(index % 2 === 0),
        index % 4 === 0 ? null : -index,
        index / 10,
        index % 5 === 0 ? 'late' : 'on time',
        index / 1000,
        12.5,
        index % 2 === 0 ? 'west' : 'south',
        `s${index % 3}`,
      ]),
    );
    const labels = await database.writer.rows(
      `SELECT l.id_text, ${named('code', '$label', 'l.value_code')}, ${named('code', '$source', 'l.source')} FROM labels l ORDER BY event_time`,
    );
    expect(labels).toEqual(
      indexes.map((index) => [`sdk-${index}`, index % 2 === 0 ? 'late' : 'on time', 'tower']),
    );
    database.close();
  });
});
