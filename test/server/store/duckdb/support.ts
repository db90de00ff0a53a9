import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { IngestReply, IngestRequest } from '../../../../server/model.ts';
import type { Telemetry } from '../../../../server/ports.ts';
import type { LimitSettings, ModelSettings } from '../../../../server/settings.ts';
import { defaultModel } from '../../../../server/config.ts';

export const DAY_MS = 86_400_000;
/** Noon of a day; everything in the tests is told relative to it. */
export const NOW = Date.UTC(2026, 5, 10, 12);

export const LIMITS: LimitSettings = {
  maxCompressedBytes: 20_000_000,
  maxBodyBytes: 64_000_000,
  maxBytesInFlight: 256_000_000,
  maxFeatures: 1000,
  maxModelsPerTenant: 100,
  maxStringBytes: 4096,
  maxDepth: 8,
  maxAgeMs: 400 * DAY_MS,
  maxAheadMs: 3_600_000,
};

export const KEY = { tenant: 'acme', model: 'late' };

export const MODEL: ModelSettings = {
  ...KEY,
  title: 'Late arrivals',
  task: 'binary',
  positive: 'late',
  labels: {},
  windowMs: DAY_MS,
  settleMs: 0,
  baseline: { kind: 'first', rows: 100 },
  drift: defaultModel(KEY).drift,
  unmonitored: [],
  groups: ['region'],
  silentAfterMs: DAY_MS,
  slos: [
    { id: 'answers', kind: 'availability', target: 0.99, periodMs: 28 * DAY_MS, thresholdMs: null },
    { id: 'fast', kind: 'latency', target: 0.99, periodMs: 28 * DAY_MS, thresholdMs: 100 },
  ],
  retrain: null,
  rollback: null,
};

/** A folder that is removed when the test is over. */
export function scratch(): { readonly folder: string; readonly remove: () => void } {
  const folder = mkdtempSync(join(tmpdir(), 'leeway-telemetry-'));
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

export function jsonRequest(body: unknown, given: Partial<Omit<IngestRequest, 'body'>> = {}): IngestRequest {
  return {
    tenant: KEY.tenant,
    route: 'predictions',
    protocol: 'json',
    encoding: 'identity',
    receivedAtMs: NOW,
    ...given,
    body: new Uint8Array(Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))),
  };
}

export function sendPredictions(
  telemetry: Pick<Telemetry, 'ingest'>,
  rows: readonly object[],
  receivedAtMs = NOW,
): Promise<IngestReply> {
  return telemetry.ingest(jsonRequest(rows, { receivedAtMs }));
}

export const ALL_TIME = { fromMs: NOW - 500 * DAY_MS, toMs: NOW + DAY_MS };
