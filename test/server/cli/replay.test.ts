import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { replay } from '../../../server/cli/replay.ts';
import { coalesce } from '../../../server/route/coalesce.ts';
import { openDatabase } from '../../../server/store/sqlite/database.ts';
import { leaseDue, queueDelivery, settleRow } from '../../../server/store/sqlite/outbox.ts';
import { noticeOf } from '../act/samples.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'leeway-replay-'));
  writeFileSync(join(folder, 'leeway.yaml'), 'data: ./data\n');
  const database = openDatabase(join(folder, 'data'));
  for (const id of ['ntc_sent', 'ntc_dead', 'ntc_waiting'])
    queueDelivery(
      database,
      {
        id,
        tenant: 'acme',
        model: 'fraud',
        receiver: 'oncall',
        kind: 'notice',
        payload: noticeOf({ id, receiver: 'oncall', severity: 'page' }),
        stream: id,
        threadKey: id,
        incidentId: null,
        expiresAtMs: Date.now() + 3_600_000,
      },
      Date.now() - 1000,
    );
  leaseDue(database, { nowMs: Date.now(), limit: 3, leaseMs: 1000, choose: coalesce });
  settleRow(database, 'ntc_sent', { state: 'sent', detail: '' });
  settleRow(database, 'ntc_dead', { state: 'dead', detail: '' });
  database.close();
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function run(...args: string[]): Promise<readonly string[]> {
  const lines: string[] = [];
  await replay.run({
    args: [...args, '--config', join(folder, 'leeway.yaml')],
    environment: {},
    print: (line) => void lines.push(line),
  });
  return lines;
}

describe('leeway replay', () => {
  it('counts as told what arrived, and says beside it what waits and what was given up', async () => {
    expect(await run('--since', '1d')).toContain(
      '  oncall: told 1 time (1 page among them), 1 waiting, 1 given up; would be told 0 times (0 pages among them)',
    );
  });

  it('has with --json what became of each', async () => {
    const { queued } = JSON.parse((await run('--since', '1d', '--json'))[0] ?? '') as {
      readonly queued: readonly { readonly state: string }[];
    };
    expect(queued.map(({ state }) => state)).toEqual(['told', 'given up', 'waiting']);
  });

  it.each([
    [['--since', '0d'], 'expected --since with a duration above 0, such as 28d; got "0d"'],
    [['--since', 'long'], 'got "long"'],
    [[], 'got none'],
  ])('%j is refused in words', async (words, message) => {
    await expect(run(...words)).rejects.toThrow(message);
  });
});
