import type { IngestOptions } from '../../../server/ingest/front.ts';
import { BytesInFlight } from '../../../server/ingest/room.ts';
import type { Timer } from '../../../server/ingest/room.ts';
import type { IngestObservation } from '../../../server/metrics.ts';
import type { Principal } from '../../../server/model.ts';
import type { Telemetry } from '../../../server/ports.ts';
import type { LimitSettings } from '../../../server/settings.ts';
import { buildTelemetry } from '../../../server/worker.ts';
import { ALL_TIME, KEY, LIMITS, MODEL, NOW, scratch } from '../store/duckdb/support.ts';
import type { LogRecord } from './support.ts';

export const TRANSPORT_LIMITS: LimitSettings = {
  ...LIMITS,
  maxCompressedBytes: 100_000,
  maxBodyBytes: 1_000_000,
};

const KEYS: Readonly<Record<string, Principal>> = {
  writer: { name: 'writer', tenant: KEY.tenant, scopes: ['ingest'] },
  admin: { name: 'admin', tenant: KEY.tenant, scopes: ['admin'] },
  other: { name: 'other', tenant: 'other', scopes: ['ingest'] },
  reader: { name: 'reader', tenant: KEY.tenant, scopes: ['read'] },
  platform: { name: 'platform', tenant: null, scopes: ['admin'] },
};

export interface IngestWorld {
  readonly telemetry: Telemetry;
  readonly options: IngestOptions;
  /** What was told of requests, oldest first. */
  readonly seen: IngestObservation[];
  /** Predictions of the model that every test sends to. */
  readonly stored: () => Promise<number>;
  readonly close: () => Promise<void>;
}

/** The telemetry of one appliance in this process, with keys named like what they may do. */
export async function ingestWorld(limits = TRANSPORT_LIMITS): Promise<IngestWorld> {
  const home = scratch();
  const telemetry = await buildTelemetry({ folder: home.folder, limits, models: [MODEL] });
  const seen: IngestObservation[] = [];
  return {
    telemetry,
    seen,
    options: {
      ingest: (request) => telemetry.ingest(request),
      authenticate: async (headers) => {
        const key = headers.get('authorization')?.replace('Bearer ', '') ?? headers.get('x-api-key');
        return key === null ? 'missing' : (KEYS[key] ?? 'unknown');
      },
      now: () => NOW,
      limits,
      inFlight: new BytesInFlight(limits.maxBytesInFlight),
      onIngest: (observation) => seen.push(observation),
    },
    stored: async () => (await telemetry.counts({ ...KEY, ...ALL_TIME }))[0]?.rows ?? 0,
    close: async () => {
      await telemetry.close();
      home.remove();
    },
  };
}

/** Whoever waits has waited long enough at once. */
export const noPatience: Timer = (task) => {
  const timer = setImmediate(task);
  return () => clearImmediate(timer);
};

let nextId = 0;

/** A prediction with an id of its own. */
export function prediction(more: Partial<LogRecord> = {}): LogRecord {
  nextId += 1;
  const attributes = {
    'leeway.model.name': KEY.model,
    'leeway.prediction.id': `t${nextId}`,
    'leeway.prediction.value': 'late',
  };
  return { event: 'leeway.prediction', timeMs: NOW, attributes, ...more };
}
