// npm install @opentelemetry/sdk-logs @opentelemetry/exporter-logs-otlp-proto
// Over HTTP: the exporter for gRPC never tries again, so a restart of the receiver loses a batch.
import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-proto';
import { BatchLogRecordProcessor, LoggerProvider } from '@opentelemetry/sdk-logs';

const exporter = new OTLPLogExporter({
  url: 'http://127.0.0.1:4318/v1/logs',
  headers: { authorization: `Bearer ${process.env.LEEWAY_KEY}` },
});
const provider = new LoggerProvider({ processors: [new BatchLogRecordProcessor({ exporter })] });
const logger = provider.getLogger('serving');

const about = { 'leeway.model.name': 'fraud', 'leeway.prediction.id': 'typescript-1' };

logger.emit({
  eventName: 'leeway.prediction',
  attributes: {
    ...about,
    'leeway.model.version': 'v1',
    'leeway.prediction.features': { amount: 80.5, channel: 'app' },
    'leeway.prediction.value': 'fraud',
    'leeway.prediction.score': 0.97,
  },
});
// The truth, once it is known; it joins its prediction by the id.
logger.emit({ eventName: 'leeway.label', attributes: { ...about, 'leeway.label.value': 'fraud' } });
await provider.shutdown(); // sends what is still waiting
