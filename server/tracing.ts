import { metrics, SpanStatusCode, trace, type Span } from '@opentelemetry/api';

/** Leeway's own traces and metrics, shipped only when the standard OTEL_EXPORTER_OTLP_ENDPOINT names a receiver. */

export interface OwnTelemetry {
  readonly stop: () => Promise<void>;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Starts the OpenTelemetry SDK when an endpoint is configured; else spans cost nothing and go nowhere. */
export async function startOwnTelemetry(environment: Environment): Promise<OwnTelemetry> {
  if (environment['OTEL_EXPORTER_OTLP_ENDPOINT'] === undefined) return { stop: async () => {} };
  const { NodeSDK } = await import('@opentelemetry/sdk-node');
  const sdk = new NodeSDK({
    serviceName: environment['OTEL_SERVICE_NAME'] ?? 'leeway',
    instrumentations: [],
    logRecordProcessors: [],
  });
  sdk.start();
  return { stop: () => sdk.shutdown() };
}

/** Runs `work` inside a span of Leeway's own tracer and records how long it took; an error marks the span and goes on. */
export async function traced<T>(
  name: string,
  attributes: Readonly<Record<string, string | number>>,
  work: () => Promise<T>,
): Promise<T> {
  return trace.getTracer('leeway').startActiveSpan(name, { attributes }, async (span) => {
    const startedMs = performance.now();
    try {
      return await work();
    } catch (error) {
      fail(span, error);
      throw error;
    } finally {
      span.end();
      metrics
        .getMeter('leeway')
        .createHistogram(`leeway.${name}.duration`, { unit: 's' })
        .record((performance.now() - startedMs) / 1000);
    }
  });
}

function fail(span: Span, error: unknown): void {
  span.recordException(error instanceof Error ? error : new Error(String(error)));
  span.setStatus({ code: SpanStatusCode.ERROR });
}
