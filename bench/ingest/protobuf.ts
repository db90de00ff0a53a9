import { protobufjsStatic } from '../kit/protobufjs.ts';
import { median, rounded, spread } from '../kit/statistics.ts';
import { table } from '../kit/table.ts';
import type { BenchOptions } from '../kit/types.ts';
import { appendAgain } from './append.ts';
import { measureRound } from './end-to-end.ts';
import { RECORDS } from './formats.ts';
import { plainWay } from './plain.ts';

/**
 * Durable end to end over OTLP/HTTP protobuf, against DuckDB's own append of the same rows in the same commits and
 * against the plain way; all three in every round. A round stays below the rows that call for a checkpoint.
 */
export async function protobuf({
  quick,
  seed,
  print,
}: BenchOptions): Promise<Readonly<Record<string, unknown>>> {
  const rounds = quick ? 3 : 7;
  const requests = quick ? 250 : 600;
  const decoder = protobufjsStatic();
  const found = [];
  for (let round = 0; round < rounds; round += 1) {
    const ours = await measureRound({ format: 'protobuf', requests, warmUp: 150, seed, counting: true });
    if (ours === null) throw new Error('The appliance has no address for OTLP.');
    const append = await appendAgain(ours.folder, ours.rowsBefore);
    ours.remove();
    if (append.rows !== ours.round.rows)
      throw new Error(`${append.rows} rows are stored of ${ours.round.rows} sent.`);
    const payload = { shape: 'otlp-protobuf', records: RECORDS, seed, models: 1 } as const;
    const plain = await plainWay(decoder, payload, quick ? 40 : 100);
    found.push({ ours: ours.round, append, plain });
  }
  const speeds = {
    leeway: found.map(({ ours }) => ours.rowsPerSecond),
    append: found.map(({ append }) => append.rows / append.seconds),
    plain: found.map(({ plain }) => plain.rows / plain.seconds),
  };
  const cpu = {
    leeway: found.map(({ ours }) => ours.cpuUsPerRow),
    append: found.map(({ append }) => (append.cpuSeconds * 1e6) / append.rows),
    plain: found.map(({ plain }) => (plain.cpuSeconds * 1e6) / plain.rows),
  };
  const rows = (['leeway', 'append', 'plain'] as const).map((name) => [
    name,
    median(speeds[name]),
    median(cpu[name]),
    spread(speeds[name]),
  ]);
  for (const line of table(['durable rows', 'rows/s', 'CPU us/row', 'spread'], rows)) print(line);
  const toAppend = speeds.leeway.map((speed, round) => speed / (speeds.append[round] ?? NaN));
  const toPlain = speeds.leeway.map((speed, round) => speed / (speeds.plain[round] ?? NaN));
  const commitRows = median(found.map(({ append }) => append.rows / append.commits));
  print(
    `to append ${rounded(median(toAppend))}, to plain ${rounded(median(toPlain))}; ${Math.round(commitRows)} rows a commit; ` +
      `acknowledged after ${rounded(median(found.map(({ ours }) => ours.ackP50Ms)))} ms, p99 ${rounded(median(found.map(({ ours }) => ours.ackP99Ms)))} ms, 64 connections waiting`,
  );
  return {
    rowsPerSecond: Math.round(median(speeds.leeway)),
    rowsPerSecondSpread: rounded(spread(speeds.leeway)),
    cpuUsPerRow: rounded(median(cpu.leeway)),
    ratioToAppend: rounded(median(toAppend)),
    ratioToPlain: rounded(median(toPlain)),
    ratioToAppendCpu: rounded(median(cpu.append.map((us, round) => us / (cpu.leeway[round] ?? NaN)))),
    appendRowsPerSecond: Math.round(median(speeds.append)),
    plainRowsPerSecond: Math.round(median(speeds.plain)),
    rowsPerCommit: Math.round(commitRows),
  };
}
