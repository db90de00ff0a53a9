import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { openDatabase } from '../../server/store/duckdb/database.ts';
import { buildTelemetry } from '../../server/worker.ts';
import { ALL_TIME, KEY, LIMITS, MODEL, NOW, scratch } from '../server/store/duckdb/support.ts';

const LIVES = 10;
const ROWS = 200;
const WORKER = fileURLToPath(new URL('crash-worker.ts', import.meta.url));

/** Runs a process under load for `forMs` after its first acknowledgement, kills it with -9, and tells what it had acknowledged. */
async function live(options: {
  readonly folder: string;
  readonly life: number;
  readonly forMs: number;
}): Promise<readonly string[]> {
  const given = { ...options, limits: LIMITS, models: [MODEL], nowMs: NOW };
  const child = spawn(process.execPath, [WORKER, JSON.stringify(given)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = once(child, 'exit');
  const acknowledged: string[] = [];
  const errors: string[] = [];
  child.stderr.on('data', (text: Buffer) => errors.push(String(text)));
  const first = Promise.withResolvers<void>();
  createInterface(child.stdout).on('line', (line) => {
    if (line === 'up') return;
    acknowledged.push(line);
    first.resolve();
  });
  await Promise.race([first.promise, ended]);
  await sleep(options.forMs);
  child.kill('SIGKILL');
  const [code, signal] = (await ended) as [number | null, string | null];
  expect([code, signal, errors.join('')]).toEqual([null, 'SIGKILL', '']);
  return acknowledged;
}

it('a process killed ten times under load loses nothing it acknowledged, and stores nothing twice', async () => {
  const { folder, remove } = scratch();
  const acknowledged: string[] = [];
  for (let life = 0; life < LIVES; life += 1) {
    // Spread over commits, the freezing of the baseline and what happens at start.
    const forMs = (life * 137) % 500;
    acknowledged.push(...(await live({ folder, life, forMs })));
  }
  expect(acknowledged.length).toBeGreaterThan(LIVES);

  const telemetry = await buildTelemetry({ folder, limits: LIMITS, models: [MODEL] });
  expect(await telemetry.baseline(KEY)).not.toBeNull();
  expect(await telemetry.recount(KEY)).toEqual([]);
  const [counts] = await telemetry.counts({ ...KEY, ...ALL_TIME });
  await telemetry.close();

  const database = await openDatabase(folder);
  const stored = async (table: string) =>
    new Map(
      (
        await database.writer.rows(
          `SELECT id_text[:-(len(split_part(id_text, '-', 2)) + 2)], count(*)::INTEGER, count(DISTINCT id_key)::INTEGER FROM ${table} GROUP BY ALL`,
        )
      ).map(([request, rows, ids]) => [request, { rows, ids }]),
    );
  const tables = { predictions: await stored('predictions'), labels: await stored('labels') };
  const [total] = await database.writer.rows('SELECT count(*)::INTEGER FROM predictions');
  database.close();
  for (const line of acknowledged) {
    const [route = '', request = ''] = line.split(' ');
    expect([line, tables[route as keyof typeof tables].get(request)]).toEqual([
      line,
      { rows: ROWS, ids: ROWS },
    ]);
  }
  // What was not acknowledged is there whole or not at all.
  for (const table of Object.values(tables))
    for (const found of table.values()) expect(found).toEqual({ rows: ROWS, ids: ROWS });
  expect(counts?.rows).toBe(total?.[0]);
  remove();
}, 60_000);
