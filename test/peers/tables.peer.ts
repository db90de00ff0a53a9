import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startAppliance } from './appliance.ts';
import type { Appliance } from './appliance.ts';
import { skipped } from './outage.ts';
import { readStored } from './stored.ts';
import { pandas } from './tools.ts';

const CLIENT = resolve(import.meta.dirname, 'clients/tables.py');
const RECORDS = 1000;
const UNSUPPORTED = 415;
const tool = await pandas();

let appliance: Appliance;
beforeEach(async () => {
  appliance = await startAppliance();
});
afterEach(async () => {
  await appliance.kill();
  appliance.remove();
});

/** What clients/tables.py writes of a number. */
const rowOf = (index: number, baseMs: number) => ({
  id: `peer-${index}`,
  timeNs: `${baseMs + index}000000`,
  version: '7',
  value: index % 3 === 0 ? 'late' : 'on time',
  score: (index % 1000) / 1000,
  features: {
    tiny: (index % 100) - 50,
    count: index,
    whole: index * 1_000_003,
    half: (index % 50) / 2,
    single: index / 2,
    double: index / 10,
    flag: String(index % 2 === 0),
    word: index % 7 === 0 ? 'drei ü' : `word ${index % 7}`,
    text: `text ${index % 5}`,
    ...(index % 4 === 0 ? {} : { maybe: index }),
    price: index / 4,
  },
  segments: { shop: `s${index % 3}` },
});

const PARQUET = 'application/vnd.apache.parquet';
const STREAM = 'application/vnd.apache.arrow.stream';

describe('a table of predictions', () => {
  it.for([
    ['pandas Parquet, snappy', PARQUET],
    ['pandas Parquet, gzip', PARQUET],
    ['pandas Parquet, no compression', PARQUET],
    ['pyarrow Parquet, zstd, many row groups', PARQUET],
    ['pyarrow stream', STREAM],
    ['pyarrow stream, lz4', STREAM],
    ['pyarrow stream, zstd', STREAM],
    ['pyarrow file', STREAM],
  ] as const)('written as %s is stored value by value', async ([format, type], { skip }) => {
    if (!tool.found) return skipped(skip, tool.why);
    const baseMs = Date.now() - 60_000;
    const asked = JSON.stringify({ format, records: RECORDS, baseMs });
    const options = { encoding: 'buffer', maxBuffer: 64_000_000 } as const;
    const { stdout } = await promisify(execFile)(tool.path, [CLIENT, asked], options);
    const answer = await fetch(`${appliance.url}/api/v1/predictions`, {
      method: 'POST',
      headers: { 'x-api-key': appliance.key, 'content-type': type },
      body: new Uint8Array(stdout),
    });
    if (answer.status === UNSUPPORTED) return skipped(skip, `${type} is not taken by this build.`);
    expect(await answer.json()).toEqual({ accepted: RECORDS, repeated: 0, rejected: [] });
    await appliance.stop();
    const { predictions } = await readStored(appliance.folder);
    const stored = predictions.map(({ durationMs: _none, ...row }) => row);
    expect(stored.length).toBe(RECORDS);
    for (const [index, row] of stored.entries()) expect(row).toEqual(rowOf(index, baseMs));
  });
});
