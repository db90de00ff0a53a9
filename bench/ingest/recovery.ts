import { fork } from 'node:child_process';
import { once } from 'node:events';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FILE_NAME } from '../../server/store/duckdb/database.ts';
import { scratchFolder, startAppliance } from '../kit/appliance.ts';
import { median, rounded } from '../kit/statistics.ts';
import type { BenchOptions } from '../kit/types.ts';
import { allStored, freezeAll, withAppliance } from './end-to-end.ts';
import { loadOf, RECORDS } from './formats.ts';

const FILLER = fileURLToPath(new URL('log-filler.ts', import.meta.url));
const SENT_REQUESTS = 100;
export const ROWS = 1_000_000;

/**
 * From the birth of the process to an appliance that answers, after kill -9 with a million rows in the log. More than
 * its own schedule of checkpoints would let be there.
 */
export async function recovery({
  quick,
  seed,
  print,
}: BenchOptions): Promise<Readonly<Record<string, unknown>>> {
  const seconds: number[] = [];
  let logMib = 0;
  for (let round = 0; round < (quick ? 1 : 3); round += 1) {
    const { folder, remove } = scratchFolder();
    await withAppliance({ folder, objectives: true }, async (appliance, sender) => {
      const load = loadOf('protobuf', appliance.up, { requests: SENT_REQUESTS, firstRequest: 0, seed });
      if (load === null) throw new Error('The appliance has no address for OTLP.');
      allStored(await sender.send(load));
      await freezeAll(appliance, { models: 1, rows: SENT_REQUESTS * RECORDS });
      await appliance.close();
    });
    await fillLog(folder);
    logMib = statSync(join(folder, `${FILE_NAME}.wal`)).size / 2 ** 20;
    const restarted = await startAppliance({ folder, objectives: true });
    seconds.push(restarted.bornMs / 1000);
    await restarted.kill();
    remove();
  }
  const found = rounded(median(seconds));
  print(
    `${found} s to start after kill -9 with ${ROWS.toLocaleString('en-US')} rows, ${Math.round(logMib)} MiB, in the log`,
  );
  return { recoverySeconds: found, recoveryLogMib: Math.round(logMib) };
}

async function fillLog(folder: string): Promise<void> {
  const child = fork(FILLER, [folder, String(ROWS)], { stdio: 'inherit' });
  const [, signal] = (await once(child, 'exit')) as [number | null, string | null];
  if (signal !== 'SIGKILL') throw new Error('The log was not filled.');
}
