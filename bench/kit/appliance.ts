import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ModelKey } from '../../server/model.ts';
import type { TelemetryHealth } from '../../server/ports.ts';
import { callsTo } from './calls.ts';
import { MODEL } from './payload.ts';

export const TENANT = 'acme';
export const KEY: ModelKey = { tenant: TENANT, model: MODEL };

export interface ServerUp {
  readonly key: string;
  readonly urls: Readonly<Record<string, string>>;
  readonly startMs: number;
}

export interface Usage {
  readonly cpu: NodeJS.CpuUsage;
  readonly rss: number;
}

export type Question =
  | { readonly ask: 'usage' }
  | { readonly ask: 'health' }
  | { readonly ask: 'close' }
  | { readonly ask: 'recount'; readonly key: ModelKey }
  | { readonly ask: 'moveDays' }
  | { readonly ask: 'freeze' | 'replace'; readonly key: ModelKey; readonly rows: number };

/** The appliance in a process of its own. */
export interface Appliance {
  readonly folder: string;
  readonly up: ServerUp;
  /** From the birth of the process until it answered. */
  readonly bornMs: number;
  readonly usage: () => Promise<Usage>;
  readonly health: () => Promise<TelemetryHealth>;
  readonly recount: (key: ModelKey) => Promise<readonly unknown[]>;
  readonly freeze: (key: ModelKey, rows: number) => Promise<boolean>;
  /** A baseline of the first `rows` in the place of the one there may be; every row is counted again. */
  readonly replaceBaseline: (key: ModelKey, rows: number) => Promise<boolean>;
  /** Moves closed days out of the database; false where the appliance does not do that. */
  readonly moveDays: () => Promise<boolean>;
  /** Commits, checkpoints and ends the process. */
  readonly close: () => Promise<void>;
  /** Ends the process with signal 9. */
  readonly kill: () => Promise<void>;
}

const SERVER = fileURLToPath(new URL('server.ts', import.meta.url));

export interface ApplianceOptions {
  readonly folder: string;
  /** Whether the model is told in the configuration, with two objectives that are counted by. */
  readonly objectives: boolean;
}

/** Takes free ports; keeps a thousand models, so that they can be measured. */
function configOf({ folder, objectives }: ApplianceOptions): string {
  const model = {
    tenant: TENANT,
    name: MODEL,
    slos: objectives
      ? [
          { id: 'answers', kind: 'availability', target: 99 },
          { id: 'fast', kind: 'latency', target: 99, threshold: '100ms' },
        ]
      : [],
  };
  return JSON.stringify({
    data: folder,
    listen: { host: '127.0.0.1', port: 0, otlpPort: 0, grpcPort: 0 },
    tenants: [{ id: TENANT }],
    models: [model],
    limits: { maxModelsPerTenant: 2000 },
  });
}

export function scratchFolder(): { readonly folder: string; readonly remove: () => void } {
  const folder = mkdtempSync(join(tmpdir(), 'leeway-bench-'));
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

export async function startAppliance(options: ApplianceOptions): Promise<Appliance> {
  const bornAt = performance.now();
  const child = spawnAppliance(options);
  const { ask, first } = callsTo(child);
  const up = (await first) as ServerUp;
  const bornMs = performance.now() - bornAt;
  const ended = once(child, 'exit');
  const question = <T>(asked: Question) => ask(asked) as Promise<T>;
  return {
    folder: options.folder,
    up,
    bornMs,
    usage: () => question({ ask: 'usage' }),
    health: () => question({ ask: 'health' }),
    recount: (key) => question({ ask: 'recount', key }),
    freeze: (key, rows) => question({ ask: 'freeze', key, rows }),
    replaceBaseline: (key, rows) => question({ ask: 'replace', key, rows }),
    moveDays: () => question({ ask: 'moveDays' }),
    close: async () => {
      await question({ ask: 'close' });
      child.kill('SIGKILL');
      await ended;
    },
    kill: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

function spawnAppliance(options: ApplianceOptions): ChildProcess {
  return fork(SERVER, [configOf(options)], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
}

/** Starts the appliance and ends it with signal 9 so long after its birth, whether it is up by then or not. */
export async function killWhileStarting(options: ApplianceOptions, afterMs: number): Promise<void> {
  const child = spawnAppliance(options);
  const ended = once(child, 'exit');
  await sleep(afterMs);
  child.kill('SIGKILL');
  await ended;
}
