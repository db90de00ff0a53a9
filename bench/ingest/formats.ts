import type { ServerUp } from '../kit/appliance.ts';
import type { Load } from '../kit/load.ts';
import type { PayloadOptions } from '../kit/payload.ts';

/** The ways a row can come, each measured end to end. */

export const RECORDS = 512;

interface Format {
  readonly transport: Load['transport'];
  readonly shape: PayloadOptions['shape'];
  readonly headers: Readonly<Record<string, string>>;
  readonly gzip: boolean;
  readonly path: string;
  /** Which of the appliance's addresses takes it, by name. */
  readonly url: RegExp;
}

const OTLP = { transport: 'http', path: '/v1/logs', url: /^otlpUrl$/, gzip: false } as const;
const API = { transport: 'http', path: '/api/v1/predictions', url: /^url$/, gzip: false } as const;
const PROTOBUF = { 'content-type': 'application/x-protobuf' };
const JSON_TYPE = { 'content-type': 'application/json' };

export const FORMATS = {
  protobuf: { ...OTLP, shape: 'otlp-protobuf', headers: PROTOBUF },
  gzip: { ...OTLP, shape: 'otlp-protobuf', headers: PROTOBUF, gzip: true },
  grpc: {
    transport: 'grpc',
    shape: 'otlp-protobuf',
    headers: {},
    gzip: false,
    path: '/opentelemetry.proto.collector.logs.v1.LogsService/Export',
    url: /grpc.*url$/i,
  },
  'otlp-json': { ...OTLP, shape: 'otlp-json', headers: JSON_TYPE },
  json: { ...API, shape: 'json', headers: JSON_TYPE },
  arrow: { ...API, shape: 'arrow', headers: { 'content-type': 'application/vnd.apache.arrow.stream' } },
} satisfies Readonly<Record<string, Format>>;

export type FormatName = keyof typeof FORMATS;

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
  const format: Format = FORMATS[name];
  const [, url] = Object.entries(up.urls).find(([listener]) => format.url.test(listener)) ?? [];
  if (url === undefined) return null;
  return {
    transport: format.transport,
    url,
    path: format.path,
    headers: { ...format.headers, 'x-api-key': up.key },
    gzip: format.gzip,
    payload: { shape: format.shape, records: RECORDS, seed: asked.seed, models: asked.models ?? 1 },
    connections: asked.connections ?? 64,
    requests: asked.requests,
    firstRequest: asked.firstRequest,
    perSecond: asked.perSecond ?? null,
  };
}
