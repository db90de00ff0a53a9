import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { deliveries } from '../../../server/cli/deliveries.ts';
import { openDatabase } from '../../../server/store/sqlite/database.ts';
import { leaseDue, queueDelivery, settleRow } from '../../../server/store/sqlite/outbox.ts';
import { coalesce } from '../../../server/route/coalesce.ts';
import { noticeOf } from '../act/samples.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'leeway-cli-'));
  writeFileSync(join(folder, 'leeway.yaml'), 'data: ./data\n');
  const database = openDatabase(join(folder, 'data'));
  for (const [index, id] of ['ntc_a', 'ntc_b'].entries())
    queueDelivery(
      database,
      {
        id,
        tenant: 'acme',
        model: 'fraud',
        receiver: 'oncall',
        kind: 'notice',
        payload: noticeOf({ id }),
        stream: id,
        threadKey: id,
        incidentId: null,
        expiresAtMs: Date.now() + 3_600_000,
      },
      Date.now() - 1000 + index,
    );
  leaseDue(database, { nowMs: Date.now(), limit: 1, leaseMs: 1000, choose: coalesce });
  settleRow(database, 'ntc_a', { state: 'dead', detail: 'Slack refused: invalid_auth' });
  database.close();
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function run(...args: string[]): Promise<string> {
  const lines: string[] = [];
  await deliveries.run({
    args: [...args, '--config', join(folder, 'leeway.yaml')],
    environment: {},
    print: (line) => void lines.push(line),
  });
  return lines.join('\n');
}

describe('leeway deliveries', () => {
  it('lists all, or those that were given up, with why', async () => {
    const all = await run();
    expect(all).toContain('pending  oncall  acme/fraud  notice  ntc_b');
    const dead = await run('--dead');
    expect(dead).toContain('dead  oncall  acme/fraud  notice  ntc_a  tried 1  Slack refused: invalid_auth');
    expect(dead).not.toContain('ntc_b');
    expect(await run('--dead', '--receiver', 'other')).toBe('nothing was given up');
  });

  it('sends one again, or all since a time', async () => {
    expect(await run('--replay', 'ntc_a')).toBe('ntc_a  to be sent again');
    expect(await run('--dead')).toBe('nothing was given up');
    expect(await run('--replay-since', '2020-01-01T00:00:00Z')).toBe('');
    await expect(run('--replay', 'ntc_a')).rejects.toThrow('only dead deliveries are replayed');
  });

  it.each([
    [['--replay', 'ntc_x'], 'There is no delivery ntc_x'],
    [['--replay-since', 'yesterday'], 'expected a time such as'],
    [['--undead'], 'undead'],
  ])('refuses %j in words', async (args, message) => {
    await expect(run(...args)).rejects.toThrow(message);
  });
});
