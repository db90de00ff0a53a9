import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { check } from '../../../server/cli/check.ts';
import { receivers } from '../../../server/cli/receivers.ts';
import type { Command } from '../../../server/cli/types.ts';
import { FatalError } from '../../../server/errors.ts';
import { noteAttempt } from '../../../server/store/sqlite/attempts.ts';
import { openDatabase } from '../../../server/store/sqlite/database.ts';
import { SECRET } from '../act/samples.ts';
import { httpServer } from '../act/servers.ts';

let folder = '';
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'leeway-receivers-'))));
afterEach(() => rmSync(folder, { recursive: true }));

const KEY = `whsk_${Buffer.alloc(32, 5).toString('base64')}`;

function configure(url: string, egress: string): void {
  writeFileSync(
    join(folder, 'leeway.yaml'),
    `receivers:
  - { id: hook, type: webhook, url: "${url}/token-in-path", secret: { env: SECRET } }
  - { id: signed, type: webhook, url: "https://ci.example/x", secret: { env: KEY } }
egress: ${egress}
`,
  );
}

async function run(command: Command, ...words: readonly string[]) {
  const lines: string[] = [];
  const args = [...words, '--config', join(folder, 'leeway.yaml')];
  const environment = { SECRET, KEY };
  const code = await command.run({ args, environment, print: (line) => lines.push(line) });
  return { code, lines };
}

const OPEN = '{ allow: ["http://127.0.0.1:*", ci.example], open: [127.0.0.0/8] }';

describe('leeway receivers', () => {
  it('lists who can be told, without secrets, with the key that verifies what it signs', async () => {
    configure('http://127.0.0.1:9', OPEN);
    const { code, lines } = await run(receivers);
    expect(code).toBe(0);
    expect(lines).toEqual([
      'hook  webhook  127.0.0.1:9',
      expect.stringMatching(/^signed {2}webhook {2}ci\.example {2}whpk_/),
    ]);
    expect(lines.join()).not.toContain('token-in-path');
  });

  it('says of each what became of what was sent to it, where there is a store, and makes none where there is none', async () => {
    configure('http://127.0.0.1:9', OPEN);
    await run(receivers);
    expect(existsSync(join(folder, 'data'))).toBe(false);
    const database = openDatabase(join(folder, 'data'));
    const attempt = { tenant: 'acme', receiver: 'hook' };
    noteAttempt(database, { ...attempt, atMs: Date.UTC(2026, 10, 21, 14), failure: null });
    noteAttempt(database, {
      ...attempt,
      atMs: Date.UTC(2026, 10, 21, 15),
      failure: '127.0.0.1:9 answered 500',
    });
    database.close();
    const { lines } = await run(receivers);
    expect(lines.slice(0, 3)).toEqual([
      'hook  webhook  127.0.0.1:9',
      '  last told 2026-11-21 14:00 UTC',
      '  last failed 2026-11-21 15:00 UTC: 127.0.0.1:9 answered 500',
    ]);
    expect(lines).toHaveLength(4);
  });

  it('test NAME sends one notice and says in a line what became of it', async () => {
    await using server = await httpServer(() => ({ status: 200 }));
    configure(server.url, OPEN);
    const { code, lines } = await run(receivers, 'test', 'hook');
    expect([code, lines]).toEqual([0, [`hook: sent: 127.0.0.1:${server.port} answered 200`]]);
    expect(server.seen[0]?.body).toContain('Asked for by the command line.');
  });

  it('test NAME ends with 1 when it did not arrive', async () => {
    configure('http://127.0.0.1:1', OPEN);
    const { code, lines } = await run(receivers, 'test', 'hook');
    expect([code, lines]).toEqual([1, ['hook: retry: 127.0.0.1:1: no connection (ECONNREFUSED)']]);
  });

  it('test NAME keeps to the egress list', async () => {
    configure('http://127.0.0.1:1', '{ allow: ["http://127.0.0.1:*"] }');
    const { code, lines } = await run(receivers, 'test', 'hook');
    expect(code).toBe(1);
    expect(lines[0]).toContain('add its network to egress.open');
  });

  it.each([
    [['test', 'gone'], 'unknown receiver "gone"; expected one of hook, signed'],
    [['test'], 'expected receivers list or receivers test NAME, got "test"'],
    [['test', 'hook', 'signed'], 'got "test hook signed"'],
    [['delete', 'hook'], 'got "delete hook"'],
  ])('%j is a mistake told in words', async (words, message) => {
    configure('http://127.0.0.1:1', OPEN);
    const running = run(receivers, ...words);
    await expect(running).rejects.toBeInstanceOf(FatalError);
    await expect(running).rejects.toThrow(message);
  });
});

describe('leeway check', () => {
  it('tells receivers that egress would refuse', async () => {
    configure('http://127.0.0.1:1', '{ allow: ["127.0.0.1:*"] }');
    const { code, lines } = await run(check);
    expect(code).toBe(0);
    expect(lines).toContainEqual(
      expect.stringContaining('receiver hook: 127.0.0.1:1 may only be called with https'),
    );
    expect(lines).toContainEqual(
      expect.stringContaining('receiver signed: ci.example:443 is not in the list'),
    );
  });
});
