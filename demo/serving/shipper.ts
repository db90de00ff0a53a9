import { setTimeout as sleep } from 'node:timers/promises';
import { SeverityNumber, type AnyValue, type HrTime } from '@opentelemetry/api';
import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  BatchLogRecordProcessor,
  LoggerProvider,
  type LogRecordExporter,
  type ReadableLogRecord,
} from '@opentelemetry/sdk-logs';

/** Ships events through the OpenTelemetry SDK and knows how many of them the other side acknowledged. */

export interface ShippedEvent {
  readonly name: 'leeway.prediction' | 'leeway.label';
  readonly atMs: number;
  readonly failed?: boolean;
  readonly attributes: Record<string, AnyValue>;
}

/** `sent`: acknowledged by the receiver. `failed`: given up after all tries. `attempts` counts requests. */
export interface ShippingCounts {
  readonly emitted: number;
  readonly sent: number;
  readonly failed: number;
  readonly attempts: number;
  readonly lastError: string | null;
}

export interface Shipper {
  /** Waits until `events` more fit into the queue: the SDK drops silently what does not. */
  readonly room: (events: number) => Promise<void>;
  readonly emit: (event: ShippedEvent) => void;
  /** Resolves when everything emitted before the call is acknowledged or given up. */
  readonly flush: () => Promise<void>;
  readonly counts: () => ShippingCounts;
  readonly close: () => Promise<void>;
}

export interface ShipperOptions {
  /** Base address of OTLP/HTTP, without `/v1/logs`. */
  readonly otlpUrl: string;
  readonly apiKey: string;
  readonly serviceName: string;
}

interface Exported {
  readonly code: number;
  readonly error?: Error;
}
/** ExportResultCode.SUCCESS of @opentelemetry/core, which the SDK does not hand on. */
const EXPORTED = 0;

const QUEUE_EVENTS = 60_000;
const EVENTS_PER_REQUEST = 4096;
/** The SDK's own timer only serves real-speed traffic; the story flushes at every step. */
const DELAY_MS = 1000;
const REQUEST_TIMEOUT_MS = 30_000;
const TRIES = 20;
const LONGEST_PAUSE_MS = 5000;

interface Tally {
  emitted: number;
  sent: number;
  failed: number;
  attempts: number;
  lastError: string | null;
}

export function createShipper(options: ShipperOptions): Shipper {
  const tally: Tally = { emitted: 0, sent: 0, failed: 0, attempts: 0, lastError: null };
  const processor = new BatchLogRecordProcessor({
    exporter: persistent(exporterTo(options), tally),
    maxQueueSize: QUEUE_EVENTS,
    maxExportBatchSize: EVENTS_PER_REQUEST,
    scheduledDelayMillis: DELAY_MS,
    exportTimeoutMillis: TRIES * (REQUEST_TIMEOUT_MS + LONGEST_PAUSE_MS),
  });
  const provider = new LoggerProvider({
    resource: resourceFromAttributes({ 'service.name': options.serviceName }),
    processors: [processor],
  });
  const logger = provider.getLogger('leeway-demo');
  const pending = () => tally.emitted - tally.sent - tally.failed;
  const flush = flushing(() => processor.forceFlush(), pending);
  return {
    flush,
    room: async (events) => {
      if (pending() + events > QUEUE_EVENTS) await flush();
    },
    emit: (event) => {
      if (pending() >= QUEUE_EVENTS)
        throw new Error(`More than ${QUEUE_EVENTS} events wait; call room() first.`);
      tally.emitted += 1;
      logger.emit(recordOf(event));
    },
    counts: () => ({ ...tally }),
    close: () => provider.shutdown(),
  };
}

/** One flush after the other: the SDK answers a second one at once while the first still runs. */
function flushing(forceFlush: () => Promise<void>, pending: () => number): () => Promise<void> {
  let last = Promise.resolve();
  const untilEmpty = async () => {
    while (pending() > 0) await forceFlush();
  };
  return () => {
    last = last.then(untilEmpty);
    return last;
  };
}

function recordOf(event: ShippedEvent) {
  // The SDK takes a plain number from long ago for a time since the process's start; a pair of seconds and nanoseconds is exact.
  const timestamp: HrTime = [Math.floor(event.atMs / 1000), Math.round((event.atMs % 1000) * 1e6)];
  return {
    eventName: event.name,
    timestamp,
    observedTimestamp: timestamp,
    severityNumber: event.failed === true ? SeverityNumber.ERROR : SeverityNumber.INFO,
    attributes: event.attributes,
  };
}

function exporterTo(options: ShipperOptions): LogRecordExporter {
  return new OTLPLogExporter({
    url: `${options.otlpUrl}/v1/logs`,
    headers: { Authorization: `Bearer ${options.apiKey}` },
    timeoutMillis: REQUEST_TIMEOUT_MS,
  });
}

/** Sends a batch again until it is acknowledged or can never be; counts what became of it. */
function persistent(exporter: LogRecordExporter, tally: Tally): LogRecordExporter {
  const running = new Set<Promise<void>>();
  const deliver = async (records: ReadableLogRecord[], done: (result: Exported) => void) => {
    const error = await tryUntilStored(exporter, records, tally);
    if (error === null) tally.sent += records.length;
    else tally.failed += records.length;
    // Reported as done either way: after a failed export, SDK 3.1 never flushes again. The tally tells the truth.
    done({ code: EXPORTED });
  };
  return {
    export: (records, done) => {
      const delivery = deliver(records, done).finally(() => running.delete(delivery));
      running.add(delivery);
    },
    forceFlush: async () => {
      await Promise.all(running);
    },
    shutdown: () => exporter.shutdown(),
  };
}

async function tryUntilStored(
  exporter: LogRecordExporter,
  records: ReadableLogRecord[],
  tally: Tally,
): Promise<Error | null> {
  for (let attempt = 1; ; attempt += 1) {
    tally.attempts += 1;
    const result = await new Promise<Exported>((resolve) => exporter.export(records, resolve));
    if (result.code === EXPORTED) return null;
    const error = result.error ?? new Error('The export failed without a reason.');
    tally.lastError = error.message;
    if (attempt >= TRIES || isFinal(error)) return error;
    await sleep(Math.min(LONGEST_PAUSE_MS, 250 * 2 ** attempt));
  }
}

/** A status of the 4xx kind, save 408 and 429, says that the same bytes will never be taken. */
function isFinal(error: Error): boolean {
  const status = (error as { readonly code?: unknown }).code;
  return typeof status === 'number' && status >= 400 && status < 500 && status !== 408 && status !== 429;
}
