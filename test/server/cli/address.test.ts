import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addressOf } from '../../../server/cli/address.ts';
import { backtest } from '../../../server/cli/backtest.ts';
import { importOptions } from '../../../server/cli/import/options.ts';
import { reload } from '../../../server/cli/reload.ts';
import { httpServer } from '../act/servers.ts';

let folder = '';
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'leeway-address-'))));
afterAll(() => rmSync(folder, { recursive: true }));

function configured(text: string): string {
  const file = join(folder, 'leeway.yaml');
  writeFileSync(file, text);
  return file;
}

describe('where a command finds the running appliance', () => {
  it.each([
    ['listen: { port: 9080 }', 'http://127.0.0.1:9080'],
    ['listen: { host: 10.0.0.5, port: 9080 }', 'http://10.0.0.5:9080'],
    ['listen: { host: 0.0.0.0 }', 'http://127.0.0.1:8080'],
    ['listen: { host: "::" }', 'http://[::1]:8080'],
    ['listen: { host: "fd00::1", port: 1 }', 'http://[fd00::1]:1'],
    ['data: ./elsewhere', 'http://127.0.0.1:8080'],
  ])('is where %s lets it listen: %s', (text, url) => {
    expect(addressOf({ config: configured(text) })).toBe(url);
  });

  it('is what --url says before that', () => {
    const config = configured('listen: { port: 9080 }');
    expect(addressOf({ config, url: 'https://leeway.example/' })).toBe('https://leeway.example');
  });

  it('needs neither the secrets of the file nor the rest of it to be right: the appliance says what is wrong', () => {
    const config = configured('listen: { port: 9080 }\nroute: { id: root, receivers: [nobody] }\n');
    expect(addressOf({ config })).toBe('http://127.0.0.1:9080');
  });

  it.each([
    ['listen: { port: 0 }', /leeway\.yaml: listen\.port is 0, any that is free; name .* with --url/],
    ['listen: { port: many }', /leeway\.yaml:1:17 listen\.port: expected/],
  ])('is refused in words for %s', (text, message) => {
    expect(() => addressOf({ config: configured(text) })).toThrow(message);
  });

  it('is refused in words for a file that is not there', () => {
    expect(() => addressOf({ config: join(folder, 'none.yaml') })).toThrow(/none\.yaml: no such file/);
  });

  it.each([
    [reload, ['--dry-run'], '/api/v1/reload'],
    [backtest, ['--since', '28d', '--json'], '/api/v1/backtest'],
  ])('is asked by every command', async (command, words, path) => {
    const answer = { applied: false, changed: [], needsRestart: [], tells: [] };
    await using server = await httpServer(() => ({ status: 200, body: JSON.stringify(answer) }));
    const config = configured(`listen: { port: ${server.port} }`);
    const environment = { LEEWAY_API_KEY: 'k' };
    const code = await command.run({ args: [...words, '--config', config], environment, print: () => {} });
    expect(code).toBe(0);
    expect(server.seen[0]?.path).toBe(path);
  });

  it('is where files are imported to, and a dry run needs none', () => {
    const context = (text: string, ...words: readonly string[]) => ({
      args: ['a.csv', ...words, '--config', configured(text)],
      environment: {},
      print: () => {},
    });
    expect(importOptions(context('listen: { port: 9080 }')).url).toBe('http://127.0.0.1:9080');
    expect(importOptions(context('listen: { port: 0 }', '--dry-run')).dryRun).toBe(true);
  });
});
