/** First predictions in three languages, ready to run: the address and the key are filled in. */

export interface Place {
  readonly jsonUrl: string;
  readonly otlpUrl: string;
  readonly key: string | null;
}

export const PLACEHOLDER = 'YOUR_INGEST_KEY';

export const SNIPPETS: readonly {
  readonly id: string;
  readonly title: string;
  readonly code: (place: Place) => string;
}[] = [
  { id: 'curl', title: 'curl', code: curl },
  { id: 'python', title: 'Python', code: python },
  { id: 'opentelemetry', title: 'OpenTelemetry for JavaScript', code: openTelemetry },
];

function curl({ jsonUrl, key }: Place): string {
  return `curl -sS ${jsonUrl} \\
  -H 'Authorization: Bearer ${key ?? PLACEHOLDER}' \\
  -H 'Content-Type: application/json' \\
  -d '{"model":"fraud","version":"v1","id":"p-1","features":{"amount":12.5,"channel":"web"},"value":"ok","score":0.03}'`;
}

function python({ jsonUrl, key }: Place): string {
  return `import json, urllib.request

prediction = {"model": "fraud", "version": "v1", "id": "p-2",
              "features": {"amount": 80.0, "channel": "app"}, "value": "fraud", "score": 0.97}
request = urllib.request.Request(
    "${jsonUrl}", json.dumps(prediction).encode(),
    {"Authorization": "Bearer ${key ?? PLACEHOLDER}", "Content-Type": "application/json"})
print(urllib.request.urlopen(request).read().decode())`;
}

function openTelemetry({ otlpUrl, key }: Place): string {
  return `// npm install @opentelemetry/sdk-logs @opentelemetry/exporter-logs-otlp-proto
import { BatchLogRecordProcessor, LoggerProvider } from '@opentelemetry/sdk-logs';
import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-proto';

const exporter = new OTLPLogExporter({
  url: '${otlpUrl}',
  headers: { authorization: 'Bearer ${key ?? PLACEHOLDER}' },
});
const provider = new LoggerProvider({ processors: [new BatchLogRecordProcessor({ exporter })] });

provider.getLogger('serving').emit({
  eventName: 'leeway.prediction',
  attributes: {
    'leeway.model.name': 'fraud',
    'leeway.model.version': 'v1',
    'leeway.prediction.id': 'p-3',
    'leeway.prediction.features': { amount: 31.5, channel: 'web' },
    'leeway.prediction.value': 'ok',
    'leeway.prediction.score': 0.11,
  },
});
await provider.shutdown();`;
}
