import type { ServerUp } from '../kit/appliance.ts';
import type { Load } from '../kit/load.ts';
import type { PayloadOptions } from '../kit/payload.ts';

/** The ways a row can come, each measured end to end. */

export const RECORDS = 512;

export type FormatName = 'protobuf' | 'gzip' | 'otlp-json' | 'json';

interface Format {
  readonly shape: PayloadOptions['shape'];
  readonly type: string;
  readonly gzip: boolean;
  readonly path: string;
  /** Which address of the appliance takes it. */
  readonly url: string;
}

const OTLP = { path: '/v1/logs', url: 'otlpUrl', gzip: false } as const;

export const FORMATS: Readonly<Record<FormatName, Format>> = {
  protobuf: { ...OTLP, shape: 'otlp-protobuf', type: 'application/x-protobuf' },
  gzip: { ...OTLP, shape: 'otlp-protobuf', type: 'application/x-protobuf', gzip: true },
  'otlp-json': { ...OTLP, shape: 'otlp-json', type: 'application/json' },
  json: { shape: 'json', type: 'application/json', gzip: false, path: '/api/v1/predictions', url: 'url' },
};

export interface Asked {
  readonly requests: number;
  readonly firstRequest: number;
  readonly connections?: number;
  readonly perSecond?: number;
  readonly models?: number;
  readonly seed: number;
}

/** null where the appliance has no listener for the format. */
export function loadOf(name: FormatName, up: ServerUp, asked: Asked): Load | null {
  const format = FORMATS[name];
  const url = up.urls[format.url];
  if (url === undefined) return null;
  return {
    url,
    path: format.path,
    headers: { 'content-type': format.type, 'x-api-key': up.key },
    gzip: format.gzip,
    payload: { shape: format.shape, records: RECORDS, seed: asked.seed, models: asked.models ?? 1 },
    connections: asked.connections ?? 64,
    requests: asked.requests,
    firstRequest: asked.firstRequest,
    perSecond: asked.perSecond ?? null,
  };
}
