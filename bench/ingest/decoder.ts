import { isDeepStrictEqual } from 'node:util';
import { decode } from '../../server/ingest/ingest.ts';
import { TextTable } from '../../server/ingest/text-table.ts';
import type { Batch } from '../../server/batch.ts';
import { plainRows } from '../kit/batch-rows.ts';
import type { PlainRow } from '../kit/batch-rows.ts';
import { TENANT } from '../kit/appliance.ts';
import { LIMITS } from '../kit/limits.ts';
import { encoded, rowsOf } from '../kit/payload.ts';
import { pbRows } from '../kit/pb-rows.ts';
import { protobufjsStatic } from '../kit/protobufjs.ts';
import { median, rounded, spread } from '../kit/statistics.ts';
import { table } from '../kit/table.ts';
import type { BenchOptions } from '../kit/types.ts';
import { variedBodies } from './varied.ts';

const RECORDS = 512;

/** The decoder alone against protobufjs static over the same bytes, after both were seen to read the same values. */
export async function decoder({
  quick,
  seed,
  print,
}: BenchOptions): Promise<Readonly<Record<string, unknown>>> {
  const protobufjs = protobufjsStatic();
  const texts = new TextTable();
  const ours = (body: Buffer) => decodeAlone(body, texts);
  const bodies = Array.from({ length: 8 }, (_, at) => {
    const payload = { shape: 'otlp-protobuf', records: RECORDS, seed: seed + at, models: 1 } as const;
    return encoded(payload, rowsOf(payload));
  });
  const compared = await compare([...bodies, ...variedBodies(seed)], ours, (body) =>
    pbRows(protobufjs.decode(body)),
  );
  const speeds = await interleaved(bodies, { quick, ours, theirs: protobufjs.decode });
  const ratios = ratiosOf(speeds, 'perSecond');
  const cpuRatios = ratiosOf(speeds, 'perCpuSecond');
  const rows = Object.entries(speeds).map(([name, all]: readonly [string, readonly Speed[]]) => {
    const perSecond = all.map((one) => one.perSecond);
    const cpuUs = 1e6 / median(all.map((one) => one.perCpuSecond));
    return [name, median(perSecond), cpuUs, spread(perSecond)];
  });
  for (const line of table(['decoder', 'records/s', 'CPU us/record', 'spread'], rows)) print(line);
  print(
    `ratio ${rounded(median(ratios))}, by CPU ${rounded(median(cpuRatios))}, over ${ratios.length} rounds; ${compared} values compared, none differ`,
  );
  return {
    decoderRatio: rounded(median(ratios)),
    decoderRatioSpread: rounded(spread(ratios)),
    decoderRatioByCpu: rounded(median(cpuRatios)),
    decoderRecordsPerSecond: Math.round(median(speeds.leeway.map(({ perSecond }) => perSecond))),
    protobufjsRecordsPerSecond: Math.round(median(speeds.protobufjs.map(({ perSecond }) => perSecond))),
    valuesCompared: compared,
  };
}

interface Speed {
  readonly perSecond: number;
  /** The same on a machine that does nothing else. */
  readonly perCpuSecond: number;
}

interface Speeds {
  readonly leeway: readonly Speed[];
  readonly protobufjs: readonly Speed[];
}

function ratiosOf({ leeway, protobufjs }: Speeds, by: keyof Speed): readonly number[] {
  return leeway.map((speed, round) => speed[by] / (protobufjs[round]?.[by] ?? NaN));
}

/** Both decoders in every round; the first two rounds warm up. */
async function interleaved(
  bodies: readonly Buffer[],
  given: {
    readonly quick: boolean;
    readonly ours: (body: Buffer) => unknown;
    readonly theirs: (body: Buffer) => unknown;
  },
): Promise<Speeds> {
  const rounds = given.quick ? 7 : 21;
  const passes = given.quick ? 4 : 8;
  const leeway: Speed[] = [];
  const protobufjs: Speed[] = [];
  for (let round = 0; round < rounds + 2; round += 1) {
    leeway.push(await speedOf(bodies, passes, given.ours));
    protobufjs.push(await speedOf(bodies, Math.ceil(passes / 4), given.theirs));
  }
  return { leeway: leeway.slice(2), protobufjs: protobufjs.slice(2) };
}

async function speedOf(
  bodies: readonly Buffer[],
  passes: number,
  decodeOne: (body: Buffer) => unknown,
): Promise<Speed> {
  const records = passes * bodies.length * RECORDS;
  const cpu = process.cpuUsage();
  const startedAt = performance.now();
  for (let pass = 0; pass < passes; pass += 1) for (const body of bodies) await decodeOne(body);
  const seconds = (performance.now() - startedAt) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  return { perSecond: records / seconds, perCpuSecond: (records * 1e6) / (user + system) };
}

function decodeAlone(body: Buffer, texts: TextTable): Batch | Promise<Batch> {
  const request = {
    tenant: TENANT,
    route: 'logs',
    protocol: 'otlp-protobuf',
    receivedAtMs: RECEIVED_MS,
  } as const;
  return decode(body, { request, digest: 'bench', limits: LIMITS, texts });
}

/** Within the times that are taken, whatever day it is. */
const RECEIVED_MS = 1_777_777_777_000;

async function compare(
  bodies: readonly Buffer[],
  ours: (body: Buffer) => Batch | Promise<Batch>,
  theirs: (body: Buffer) => readonly PlainRow[],
): Promise<number> {
  let values = 0;
  for (const body of bodies) {
    const batch = await ours(body);
    if (batch.rejected.length > 0) throw new Error(`The decoder refused rows: ${batch.rejected[0]?.message}`);
    const mine = inOrder(plainRows(batch));
    const other = inOrder(theirs(body));
    if (mine.length !== other.length) throw new Error(`${mine.length} rows here, ${other.length} there.`);
    mine.forEach((row, at) => {
      const difference = differenceOf(row, other[at] as PlainRow);
      if (difference !== null) throw new Error(`Decoders differ: ${difference}`);
      values += 9 + Object.keys(row.features).length + Object.keys(row.segments).length;
    });
  }
  return values;
}

/** Rows of several models stand by model in one and as sent in the other. */
function inOrder(rows: readonly PlainRow[]): readonly PlainRow[] {
  const keyed = rows.map((row) => [`${row.model}\0${row.id}`, row] as const);
  return keyed.sort(([first], [second]) => (first < second ? -1 : 1)).map(([, row]) => row);
}

/** null when they are the same; nanoseconds may differ by what a double cannot hold. */
function differenceOf(mine: PlainRow, other: PlainRow): string | null {
  const apart = (mine.timeMs - other.timeMs) * 1e6 + mine.restNs - other.restNs;
  if (Math.abs(apart) > 256) return `time of ${mine.id} by ${apart} ns`;
  const names = Object.keys(mine).filter(
    (name) => name !== 'timeMs' && name !== 'restNs',
  ) as (keyof PlainRow)[];
  const name = names.find((one) => !isDeepStrictEqual(mine[one], other[one]));
  if (name === undefined) return null;
  return `${name} of ${mine.id} is ${JSON.stringify(mine[name])} here, ${JSON.stringify(other[name])} there`;
}
