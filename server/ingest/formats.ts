import { BadRequestError } from '../errors.ts';
import type { IngestRequest, Protocol } from '../model.ts';
import type { LimitSettings } from '../settings.ts';
import type { ParquetReader } from '../table.ts';
import { readArrow } from './arrow.ts';
import type { BatchBuilder } from './builder.ts';
import { readCloudEvent } from './cloudevents.ts';
import { readCsv } from './csv.ts';
import { readJson } from './json.ts';
import { readNdjson } from './ndjson.ts';
import { readOtlpJson } from './otlp-json.ts';
import { readOtlpProtobuf } from './otlp-protobuf.ts';
import { readParquet } from './parquet.ts';
import { parseBody } from './parse-json.ts';
import type { PiiRules } from './pii.ts';
import type { TextTable } from './text-table.ts';

export type FormatRequest = Pick<IngestRequest, 'route' | 'receivedAtMs' | 'headers'>;

export interface FormatOptions {
  readonly builder: BatchBuilder;
  readonly limits: LimitSettings;
  readonly texts: TextTable;
  readonly request: FormatRequest;
  /** Reads Parquet; absent where there is no folder to put it. */
  readonly parquet?: ParquetReader | undefined;
  /** For what waits on disk before it is rows; rows are hidden when they are read. */
  readonly pii?: PiiRules | undefined;
}

/** Reads an unpacked body into columns. Throws BadRequestError when the body is not what its format says. */
export type Format = (body: Buffer, options: FormatOptions) => void | Promise<void>;

/** Every format by its name: one file and one line here each. */
export const FORMATS: Readonly<Record<Protocol, Format>> = {
  'otlp-protobuf': readOtlpProtobuf,
  'otlp-grpc': readOtlpProtobuf,
  'otlp-json': (body, options) => readOtlpJson(parseBody(body), options),
  json: (body, options) => readJson(parseBody(body), jsonRoute(options.request), options),
  ndjson: (body, options) => readNdjson(body, jsonRoute(options.request), options),
  arrow: readArrow,
  parquet: readParquet,
  csv: readCsv,
  cloudevents: readCloudEvent,
};

/** Records of these formats carry times: one that is missing is told. */
export const TIMED: ReadonlySet<Protocol> = new Set<Protocol>([
  'otlp-protobuf',
  'otlp-grpc',
  'otlp-json',
  'cloudevents',
]);

function jsonRoute({ route }: FormatRequest): 'predictions' | 'labels' {
  if (route === 'predictions' || route === 'labels') return route;
  throw new BadRequestError('Logs are taken as OTLP, in protobuf or JSON.');
}
