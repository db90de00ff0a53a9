import { protobufjsStatic } from '../kit/protobufjs.ts';
import { median, rounded, spread } from '../kit/statistics.ts';
import { table } from '../kit/table.ts';
import type { BenchOptions } from '../kit/types.ts';
import { appendAgain } from './append.ts';
import type { Appended } from './append.ts';
import { measureRound, Skipped } from './end-to-end.ts';
import type { Round } from './end-to-end.ts';
import { RECORDS } from './formats.ts';
import type { FormatName } from './formats.ts';
import { plainWay } from './plain.ts';
import type { Plain } from './plain.ts';

/** A round: the appliance, then what it is compared with, one after another. */
interface Compared {
  readonly ours: Round;
  readonly append: Appended;
  readonly plain: Plain;
}

export interface Durable {
  readonly rowsPerSecond: number;
  readonly rowsPerSecondSpread: number;
  readonly cpuUsPerRow: number;
  readonly ratioToAppend: number;
  /** By the CPU of both, which a busy machine does not change. */
  readonly ratioToAppendByCpu: number;
  readonly ratioToPlain: number;
  readonly ratioToPlainByCpu: number;
  readonly appendRowsPerSecond: number;
  readonly appendCpuUsPerRow: number;
  readonly plainRowsPerSecond: number;
  readonly rowsPerCommit: number;
}

/**
 * Durable end to end, against DuckDB's own append of the same rows in the same commits and against the plain way, all
 * three in every round. A round stays below the rows that call for a checkpoint.
 */
export async function durable(
  formats: readonly FormatName[],
  { quick, seed, print }: BenchOptions,
): Promise<Readonly<Partial<Record<FormatName, Durable | string>>>> {
  const rounds = quick ? 3 : 7;
  const requests = quick ? 250 : 600;
  const plain = plainRounds(seed, quick ? 40 : 100);
  const found = new Map<FormatName, Compared[]>(formats.map((format) => [format, []]));
  const skipped: Partial<Record<FormatName, string>> = {};
  for (let round = 0; round < rounds; round += 1)
    for (const format of formats) {
      if (skipped[format] !== undefined) continue;
      try {
        const { ours, append } = await compared({ format, requests, seed });
        found.get(format)?.push({ ours, append, plain: await plain() });
      } catch (error) {
        if (!(error instanceof Skipped)) throw error;
        skipped[format] = error.message;
        print(`${format} skipped: ${error.message}`);
      }
    }
  const kept = [...found].filter(([format]) => skipped[format] === undefined);
  const summaries = kept.map(([format, all]) => [format, summaryOf(all)] as const);
  for (const line of told(summaries)) print(line);
  return { ...skipped, ...Object.fromEntries(summaries) };
}

function plainRounds(seed: number, requests: number): () => Promise<Plain> {
  const decoder = protobufjsStatic();
  const payload = { shape: 'otlp-protobuf', records: RECORDS, seed, models: 1 } as const;
  return () => plainWay(decoder, payload, requests);
}

async function compared(options: {
  readonly format: FormatName;
  readonly requests: number;
  readonly seed: number;
}): Promise<Omit<Compared, 'plain'>> {
  const measured = await measureRound({ ...options, warmUp: 150, counting: true });
  try {
    const append = await appendAgain(measured.folder, measured.rowsBefore);
    if (append.rows !== measured.round.rows)
      throw new Error(`${append.rows} rows are stored of ${measured.round.rows} that were acknowledged.`);
    return { ours: measured.round, append };
  } finally {
    measured.remove();
  }
}

function summaryOf(all: readonly Compared[]): Durable {
  const speeds = all.map(({ ours }) => ours.rowsPerSecond);
  const append = all.map((round) => round.append.rows / round.append.seconds);
  const plain = all.map((round) => round.plain.rows / round.plain.seconds);
  const ratioTo = (others: readonly number[]) =>
    rounded(median(speeds.map((speed, at) => speed / (others[at] ?? NaN))));
  const byCpu = (other: (round: Compared) => Appended | Plain) =>
    rounded(median(all.map((round) => cpuUsPerRow(other(round)) / round.ours.cpuUsPerRow)));
  return {
    rowsPerSecond: Math.round(median(speeds)),
    rowsPerSecondSpread: rounded(spread(speeds)),
    cpuUsPerRow: rounded(median(all.map(({ ours }) => ours.cpuUsPerRow))),
    ratioToAppend: ratioTo(append),
    ratioToAppendByCpu: byCpu(({ append }) => append),
    ratioToPlain: ratioTo(plain),
    ratioToPlainByCpu: byCpu(({ plain }) => plain),
    appendRowsPerSecond: Math.round(median(append)),
    appendCpuUsPerRow: rounded(
      median(all.map((round) => (round.append.cpuSeconds * 1e6) / round.append.rows)),
    ),
    plainRowsPerSecond: Math.round(median(plain)),
    rowsPerCommit: Math.round(median(all.map((round) => round.append.rows / round.append.commits))),
  };
}

function cpuUsPerRow({ cpuSeconds, rows }: Appended | Plain): number {
  return (cpuSeconds * 1e6) / rows;
}

function told(summaries: readonly (readonly [string, Durable])[]): readonly string[] {
  const heads = [
    'durable rows',
    'rows/s',
    'spread',
    'CPU us/row',
    'rows/commit',
    'append rows/s',
    'to append',
    'by CPU',
    'to plain',
    'by CPU',
  ];
  return table(
    heads,
    summaries.map(([format, one]) => [
      format,
      one.rowsPerSecond,
      one.rowsPerSecondSpread,
      one.cpuUsPerRow,
      one.rowsPerCommit,
      one.appendRowsPerSecond,
      one.ratioToAppend,
      one.ratioToAppendByCpu,
      one.ratioToPlain,
      one.ratioToPlainByCpu,
    ]),
  );
}
