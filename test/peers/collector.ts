import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Appliance } from './appliance.ts';
import { end, freePorts, startServer } from './processes.ts';

type Receiver = Pick<Appliance, 'otlpUrl' | 'grpcAddress' | 'key'>;

/** An OpenTelemetry Collector between senders and the appliance; what it accepts waits on disk. */
export interface Collector {
  readonly httpUrl: string;
  readonly grpcAddress: string;
  readonly kill: () => Promise<void>;
  readonly start: () => Promise<void>;
  readonly remove: () => void;
}

export async function startCollector(
  program: string,
  { appliance, exporter }: { readonly appliance: Receiver; readonly exporter: 'otlphttp' | 'otlp' },
): Promise<Collector> {
  const home = mkdtempSync(join(tmpdir(), 'leeway-collector-'));
  const [httpPort = 0, grpcPort = 0] = await freePorts(2);
  const config = join(home, 'collector.yaml');
  writeFileSync(config, JSON.stringify(configOf(appliance, { exporter, httpPort, grpcPort, home })));
  const run = () => startServer([program, '--config', config], { upWhen: 'Everything is ready' });
  let child = await run();
  return {
    httpUrl: `http://127.0.0.1:${httpPort}`,
    grpcAddress: `127.0.0.1:${grpcPort}`,
    kill: () => end(child, 'SIGKILL'),
    start: async () => {
      child = await run();
    },
    remove: () => rmSync(home, { recursive: true, force: true }),
  };
}

function configOf(
  appliance: Receiver,
  given: {
    readonly exporter: 'otlphttp' | 'otlp';
    readonly httpPort: number;
    readonly grpcPort: number;
    readonly home: string;
  },
) {
  const { exporter, httpPort, grpcPort, home } = given;
  const http = exporter === 'otlphttp';
  const sending = {
    endpoint: http ? appliance.otlpUrl : appliance.grpcAddress,
    tls: { insecure: true },
    headers: { 'x-api-key': appliance.key },
    retry_on_failure: { initial_interval: '500ms', max_interval: '1s', max_elapsed_time: '0s' },
    sending_queue: { storage: 'file_storage', queue_size: 10_000 },
  };
  const protocols = {
    http: { endpoint: `127.0.0.1:${httpPort}` },
    grpc: { endpoint: `127.0.0.1:${grpcPort}` },
  };
  return {
    extensions: { file_storage: { directory: join(home, 'queue'), create_directory: true, fsync: true } },
    receivers: { otlp: { protocols } },
    exporters: { [exporter]: sending },
    service: {
      extensions: ['file_storage'],
      telemetry: { metrics: { level: 'none' } },
      pipelines: { logs: { receivers: ['otlp'], exporters: [exporter] } },
    },
  };
}
