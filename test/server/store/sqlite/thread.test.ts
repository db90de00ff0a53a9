import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, it } from 'vitest';
import type { Control } from '../../../../server/ports.ts';
import { startThread } from '../../../../server/rpc.ts';
import { DAY, RULES, score, settings, T0 } from '../../route/fixture.ts';

const FILE = new URL('../../../../server/control.ts', import.meta.url);

async function inThread(check: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'leeway-thread-'));
  try {
    await check(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

it('the control thread serves its methods to the thread that started it', async () => {
  await inThread(async (folder) => {
    const options = { folder, settings: settings(), rules: RULES };
    const thread = await startThread<Control>(FILE, options, () => {});
    await thread.methods.judge([score(1, 0.4)], T0 + DAY);
    expect(await thread.methods.alerts({ tenant: 'acme' })).toHaveLength(1);
    await thread.methods.close();
    await thread.end();
  });
});

it('a file of a newer Leeway ends the start with the reason', async () => {
  await inThread(async (folder) => {
    const file = new DatabaseSync(join(folder, 'control.sqlite'));
    file.exec('PRAGMA user_version = 99');
    file.close();
    const options = { folder, settings: settings(), rules: RULES };
    await expect(startThread<Control>(FILE, options, () => {})).rejects.toThrow('newer Leeway');
  });
});
