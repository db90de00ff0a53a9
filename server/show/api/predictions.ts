import { open, rm } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { z } from '@hono/zod-openapi';
import { BadRequestError } from '../../errors.ts';
import type { ModelKey } from '../../model.ts';
import { maySee } from '../access.ts';
import { endpoint, rawEndpoint, validated } from '../endpoint.ts';
import { notFound } from '../problems.ts';
import { count, modelParams, timeQuery } from '../schemas/common.ts';

const MOST_IDS = 1000;
/** As long as any that is taken unless limits.maxStringBytes is raised far. */
const predictionId = z.string().min(1).max(65_536);
const PARQUET = 'application/vnd.apache.parquet';

const range = z.strictObject({ from: timeQuery, to: timeQuery });

export const predictionEndpoints = [
  endpoint({
    method: 'post',
    path: '/api/v1/models/{tenant}/{model}/erase',
    tag: 'Models',
    summary: 'Erase predictions by their ids, with their labels and protected attributes',
    description:
      'Everywhere: in the database and in the Parquet files of closed days. Counts stay, they hold no row. The audit log says how many were erased, and by whom.',
    access: ['operate'],
    params: modelParams,
    body: z.strictObject({ ids: z.array(predictionId).min(1).max(MOST_IDS).readonly() }),
    response: z.object({ predictions: count, labels: count, files: count }).openapi('Erased'),
    handle: async ({ params, body, principal, nowMs, options }) => {
      if (!maySee(principal, params.tenant)) throw missing(params);
      const erased = await options.telemetry.erase(params, body.ids);
      await options.control.recordErasure({ ...params, erased, actor: principal.name, nowMs });
      return erased;
    },
  }),
  rawEndpoint({
    method: 'get',
    path: '/api/v1/models/{tenant}/{model}/predictions.parquet',
    tag: 'Models',
    summary: 'Predictions of a range of time as one Parquet file, without protected attributes',
    description: 'From `from` up to, not including, `to`, by the time of the event; features are columns.',
    access: ['read'],
    params: modelParams,
    query: range,
    produces: PARQUET,
    handle: async (c, { telemetry }) => {
      const { tenant, model } = validated<ModelKey>(c, 'param');
      const { from, to } = validated<z.output<typeof range>>(c, 'query');
      const key = { tenant, model };
      if (!maySee(c.get('caller').principal, tenant)) throw missing(key);
      if (from >= to) throw new BadRequestError('The range ends before it begins; send `from` below `to`.');
      const exported = await telemetry.exportRange(key, { fromMs: from, toMs: to, kind: 'predictions' });
      if (exported === null) throw missing(key);
      return c.body(await lastRead(exported.file), 200, {
        'content-type': PARQUET,
        'content-length': String(exported.bytes),
        'content-disposition': 'attachment; filename="predictions.parquet"',
        'cache-control': 'no-store',
      });
    },
  }),
];

/** A stream of a file that has no name any more: it is gone when the reader has finished or gives up. */
async function lastRead(file: string): Promise<ReadableStream> {
  const handle = await open(file);
  await rm(file);
  return Readable.toWeb(handle.createReadStream()) as ReadableStream;
}

function missing({ tenant, model }: ModelKey): Error {
  return notFound(`model ${model} in tenant ${tenant}`);
}
