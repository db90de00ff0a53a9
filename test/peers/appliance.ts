import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { parseConfig } from '../../server/config.ts';
import { end, freePorts, startServer } from './processes.ts';

const LEEWAY = resolve(import.meta.dirname, '../../leeway');

/** The real appliance as a process of its own, on ports and a folder that outlive it. */
export interface Appliance {
  readonly folder: string;
  readonly url: string;
  readonly otlpUrl: string;
  /** host:port of OTLP over gRPC, or null where this build does not serve it. */
  readonly grpcAddress: string | null;
  readonly key: string;
  /** Ends it as a power cut would. */
  readonly kill: () => Promise<void>;
  readonly start: () => Promise<void>;
  /** The sum of a counter over the label sets that contain all of `labels`. */
  readonly counter: (name: string, ...labels: readonly string[]) => Promise<number>;
  /** Lets it drain and commit; its data may be opened then. */
  readonly stop: () => Promise<void>;
  readonly remove: () => void;
}

export async function startAppliance(): Promise<Appliance> {
  const home = mkdtempSync(join(tmpdir(), 'leeway-peers-'));
  const [port = 0, otlpPort = 0, grpcPort = 0] = await freePorts(3);
  const grpc = takesGrpcPort();
  const listen = { host: '127.0.0.1', port, otlpPort, openMetrics: true, ...(grpc && { grpcPort }) };
  writeFileSync(join(home, 'leeway.yaml'), JSON.stringify({ data: './data', listen }));
  const url = `http://127.0.0.1:${port}`;
  let child = await serve(home);
  return {
    folder: join(home, 'data'),
    url,
    otlpUrl: `http://127.0.0.1:${otlpPort}`,
    grpcAddress: grpc ? `127.0.0.1:${grpcPort}` : null,
    key: await ingestKey(home),
    kill: () => end(child, 'SIGKILL'),
    start: async () => {
      child = await serve(home);
    },
    counter: async (name, ...labels) => sum(await (await fetch(`${url}/metrics`)).text(), name, labels),
    stop: () => end(child, 'SIGTERM'),
    remove: () => rmSync(home, { recursive: true, force: true }),
  };
}

/** Whether this build can be told a port for OTLP over gRPC. */
function takesGrpcPort(): boolean {
  try {
    parseConfig('listen: { grpcPort: 4317 }', { file: 'leeway.yaml', environment: {} });
    return true;
  } catch {
    return false;
  }
}

async function ingestKey(home: string): Promise<string> {
  const words = ['keys', 'create', '--tenant', 'acme', '--scope', 'ingest,read'];
  return (await promisify(execFile)(LEEWAY, words, { cwd: home })).stdout.trim();
}

const serve = (home: string) => startServer([LEEWAY, 'serve'], { cwd: home, upWhen: 'leeway is up' });

function sum(text: string, name: string, labels: readonly string[]): number {
  return text
    .split('\n')
    .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
    .filter((line) => labels.every((label) => line.includes(label)))
    .reduce((total, line) => total + Number(line.split(' ').at(-1)), 0);
}
