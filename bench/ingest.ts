import { ack } from './ingest/ack.ts';
import { decoder } from './ingest/decoder.ts';
import { durable } from './ingest/durable.ts';
import { freezing } from './ingest/freezing.ts';
import { overload } from './ingest/overload.ts';
import { recovery } from './ingest/recovery.ts';
import { counting, models } from './ingest/shares.ts';
import { sustained } from './ingest/sustained.ts';
import { benchOf } from './kit/parts.ts';
import type { Bench } from './kit/types.ts';

const protobuf: Bench = async (options) => ({ ...Object((await durable(['protobuf'], options)).protobuf) });

const formats: Bench = async (options) => ({
  formats: await durable(['gzip', 'grpc', 'otlp-json', 'json', 'arrow'], options),
});

/** How fast rows come in, durably: see each part. */
export const ingest = benchOf({
  decoder,
  protobuf,
  formats,
  ack,
  overload,
  sustained,
  counting,
  models,
  recovery,
  freezing,
});
