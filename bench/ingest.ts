import { ack } from './ingest/ack.ts';
import { decoder } from './ingest/decoder.ts';
import { durable } from './ingest/durable.ts';
import { freezing } from './ingest/freezing.ts';
import { overload } from './ingest/overload.ts';
import { recovery } from './ingest/recovery.ts';
import { counting, models } from './ingest/shares.ts';
import { sustained } from './ingest/sustained.ts';
import type { Bench } from './kit/types.ts';

const protobuf: Bench = async (options) => ({ ...Object((await durable(['protobuf'], options)).protobuf) });

const formats: Bench = async (options) => ({
  formats: await durable(['gzip', 'grpc', 'otlp-json', 'json', 'arrow'], options),
});

/** The parts of the bench in their order; `--only decoder,protobuf` picks some. */
const PARTS: Readonly<Record<string, Bench>> = {
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
};

/** How fast rows come in, durably: see each part. */
export const ingest: Bench = async (options) => {
  const names = options.only ?? Object.keys(PARTS);
  const unknown = names.filter((name) => !Object.hasOwn(PARTS, name));
  if (unknown.length > 0)
    throw new Error(`No part ${unknown.join(', ')}; expected some of ${Object.keys(PARTS).join(', ')}.`);
  const found: Record<string, unknown> = {};
  for (const name of names) {
    options.print(`\n${name}`);
    Object.assign(found, await PARTS[name]?.(options));
  }
  options.print('');
  return found;
};
