import { isDeepStrictEqual } from 'node:util';
import { plainRows } from '../../../../bench/kit/batch-rows.ts';
import type { PlainRow } from '../../../../bench/kit/batch-rows.ts';
import { pbRows } from '../../../../bench/kit/pb-rows.ts';
import { protobufjsStatic } from '../../../../bench/kit/protobufjs.ts';
import type { PbRecord, PbRequest } from '../../../../bench/kit/protobufjs.ts';
import type { Batch } from '../../../../server/batch.ts';

/** A second opinion on what a request in protobuf holds: protobufjs, which knows nothing of columns. */

const protobufjs = protobufjsStatic();

/** null when protobufjs cannot read it either. */
export function secondOpinion(body: Buffer): PbRequest | null {
  try {
    return protobufjs.decode(body);
  } catch {
    return null;
  }
}

/**
 * How the rows of a batch differ from what protobufjs reads; null when they do not, or when the request uses what the
 * second reading does not cover: names that stand in for others, maps as bodies, refusals, times not told, ids made of spans.
 */
export function differenceOf(batch: Batch, request: PbRequest): string | null {
  const records = request.resourceLogs.flatMap(({ scopeLogs }) =>
    scopeLogs.flatMap(({ logRecords }) => logRecords),
  );
  if (batch.rejected.length > 0 || !records.every(isCovered)) return null;
  const mine = plainRows(batch);
  const theirs = byModel(pbRows(request));
  if (mine.length !== theirs.length) return `${mine.length} rows, and ${theirs.length} by protobufjs`;
  for (const [at, row] of mine.entries()) {
    const difference = rowDifference(row, theirs[at] as PlainRow);
    if (difference !== null) return difference;
  }
  return null;
}

function isCovered({ eventName, timeUnixNano, spanId, body }: PbRecord): boolean {
  return eventName === 'leeway.prediction' && timeUnixNano > 0 && spanId.length === 0 && !body;
}

/** Columns hold the rows of one model after those of another. */
function byModel(rows: readonly PlainRow[]): readonly PlainRow[] {
  const models = [...new Set(rows.map(({ model }) => model))];
  return models.flatMap((model) => rows.filter((row) => row.model === model));
}

function rowDifference(mine: PlainRow, theirs: PlainRow): string | null {
  const apartNs = (mine.timeMs - theirs.timeMs) * 1e6 + mine.restNs - theirs.restNs;
  if (Math.abs(apartNs) > 256) return `a time by ${apartNs} ns`;
  const names = (Object.keys(mine) as (keyof PlainRow)[]).filter(
    (name) => name !== 'timeMs' && name !== 'restNs',
  );
  const name = names.find((one) => !isDeepStrictEqual(mine[one], theirs[one]));
  if (name === undefined) return null;
  return `${name}: ${JSON.stringify(mine[name])}, and ${JSON.stringify(theirs[name])} by protobufjs`;
}
