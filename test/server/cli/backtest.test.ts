import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createBacktest } from '../../../server/backtest.ts';
import { backtest } from '../../../server/cli/backtest.ts';
import { FatalError } from '../../../server/errors.ts';
import { listen, type Listener } from '../../../server/listen.ts';
import { loadParameters } from '../../../server/parameters.ts';
import type { Backtest } from '../../../server/ports.ts';
import { loadRules } from '../../../server/rules-file.ts';
import type { ModelSettings } from '../../../server/settings.ts';
import { apiWorld, type ApiWorld } from '../../contract/api-world.ts';
import { DAY_MS, HOUR_MS, modelSettings, NOW_MS } from '../show/fixtures.ts';

let world: ApiWorld;
let listener: Listener;
const RULES = join(import.meta.dirname, '../../../alert-rules');
const folder = mkdtempSync(join(tmpdir(), 'leeway-backtest-'));
beforeAll(async () => {
  world = await apiWorld(NOW_MS + HOUR_MS);
  listener = await listen(world.app, { host: '127.0.0.1', port: 0 });
});
afterAll(async () => {
  await listener.close(0);
  await world.close();
  rmSync(folder, { recursive: true });
});

async function run(key: string, ...words: readonly string[]) {
  const lines: string[] = [];
  const code = await backtest.run({
    args: [...words, '--url', listener.url],
    environment: { LEEWAY_API_KEY: world.key(key) },
    print: (line) => lines.push(line),
  });
  return { code, lines };
}
const failing = async (...args: Parameters<typeof run>) => {
  const error = await run(...args).catch((cause: unknown) => cause);
  expect(error).toBeInstanceOf(FatalError);
  return error as FatalError;
};
const mine = (text: string) => {
  const file = join(folder, 'mine.yaml');
  writeFileSync(file, text);
  return file;
};

describe('leeway backtest', () => {
  it('prints a table of rules and a line an incident, with the reason', async () => {
    const { code, lines } = await run('acme-read', '--since', '28d', '--model', 'fraud');
    expect(code).toBe(0);
    expect(lines[0]).toMatch(/^28 days to 2026-11-21 01:00 UTC: \d+ scores judged by \d+ rules$/);
    expect(lines[2]).toMatch(
      /^rule +incidents +per 28 days +alerts +pages +longest +judged +too little data$/,
    );
    expect(lines.find((line) => line.startsWith('feature-drift '))).toMatch(/^feature-drift +1 +1\.0 +1 +1 /);
    expect(lines.find((line) => line.startsWith('feature-drift, '))).toMatch(
      /^feature-drift, acme\/fraud: page from 2026-11-21 00:00 UTC goes on, peak 0\.\d+: amount has drifted .* amount .* rose from/,
    );
    expect(lines.find((line) => line.startsWith('acme/fraud: '))).toMatch(
      /^acme\/fraud: replayed from 2026-11-18 00:00 UTC on, where its baseline ends\.$/,
    );
  });

  it('says the same of a window as was said when it was judged', async () => {
    const { lines } = await run('acme-read', '--since', '28d', '--json');
    const found = JSON.parse(lines.join('')) as Backtest;
    const told = found.rules
      .filter(({ rule }) => rule.endsWith('-drift') || rule === 'feature-lost')
      .flatMap(({ rule, incidents }) =>
        incidents.flatMap(({ alerts }) =>
          alerts.map(({ subject, severity, peak }) => [rule, subject, severity, peak]),
        ),
      );
    const alerts = await world.control.alerts({ tenant: 'acme', state: 'firing', model: 'fraud' });
    const stored = alerts
      .filter(({ rule }) => rule.endsWith('-drift') || rule === 'feature-lost')
      .map(({ rule, subject, severity, peak }) => [rule, subject, severity, peak]);
    expect(told.map(String).toSorted()).toEqual(stored.map(String).toSorted());
    expect(stored.length).toBeGreaterThan(0);
  });

  it('judges by the rules of a file instead', async () => {
    const file = mine(`rules:
  - id: mine
    title: Mine
    detector: drift
    kind: drift
    ticket: { atLeast: 0.9 }
    persistence: { open: 1, of: 1, pageOpen: 1, close: 1 }
    summary: '{subject}'
`);
    const { lines } = await run('acme-read', '--since', '28d', '--rules', file);
    expect(lines.find((line) => line.startsWith('mine '))).toMatch(/^mine +0 +0\.0 /);
    expect(lines).toContain('No incident would have opened.');
    expect(lines.some((line) => line.startsWith('feature-drift'))).toBe(false);
  });

  it('judges by overrides of the rules that run', async () => {
    const file = mine(
      'overrides:\n  - { rule: feature-drift, subject: amount, page: { atLeast: 0.95 }, ticket: { atLeast: 0.9 } }\n',
    );
    const { lines } = await run('acme-read', '--since', '28d', '--rules', file);
    expect(lines.find((line) => line.startsWith('feature-drift '))).toMatch(/^feature-drift +0 /);
  });

  it.each([
    ['no --since', 'acme-read', [], 2, 'expected --since'],
    [
      'a duration that is none',
      'acme-read',
      ['--since', 'long'],
      2,
      'expected a duration such as 12h or 28d',
    ],
    [
      'a model that is not there',
      'acme-read',
      ['--since', '1d', '--model', 'x'],
      2,
      'No model x in tenant acme',
    ],
    ['another tenant', 'other-read', ['--since', '1d', '--tenant', 'acme'], 2, 'No tenant acme'],
    ['a key that may not read', 'acme-ingest', ['--since', '1d'], 2, 'needs the scope read'],
    [
      'a file that is not there',
      'acme-read',
      ['--since', '1d', '--rules', '/nowhere.yaml'],
      2,
      'no such file',
    ],
    [
      'an appliance that is not there',
      'acme-read',
      ['--since', '1d', '--url', 'http://127.0.0.1:1'],
      3,
      'cannot be reached',
    ],
  ] as const)('refuses %s in words', async (_name, key, words, exitCode, expected) => {
    const lines: string[] = [];
    const error = await backtest
      .run({
        args: ['--url', listener.url, ...words],
        environment: { LEEWAY_API_KEY: world.key(key) },
        print: (line) => lines.push(line),
      })
      .catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(FatalError);
    expect((error as FatalError).exitCode).toBe(exitCode);
    expect((error as FatalError).message).toContain(expected);
  });

  it('tells every mistake of the rules with its line', async () => {
    const error = await failing('acme-read', '--since', '1d', '--rules', mine('rules:\n  - id: Mine\n'));
    expect(error.exitCode).toBe(2);
    expect(error.message.split('\n')[0]).toMatch(/^rules:2:9 rules\.0\.id: expected lower-case letters/);
    const unknown = mine('overrides:\n  - { rule: nothing, off: true }\n');
    expect((await failing('acme-read', '--since', '1d', '--rules', unknown)).message).toContain(
      'rules:2:13 override of nothing: expected the id of a rule',
    );
  });

  const direct = (model: ModelSettings) =>
    createBacktest({
      telemetry: world.telemetry,
      control: world.control,
      rules: loadRules(RULES),
      parameters: loadParameters(RULES),
      burnWindows: [],
      modelsOf: () => [model],
    })({ tenant: model.tenant, sinceMs: 28 * DAY_MS, nowMs: NOW_MS });

  it('refuses more windows than anybody waits for', async () => {
    await expect(direct(modelSettings({ windowMs: 300_000 }))).rejects.toThrow(
      'This would replay 8064 windows, and at most 2000 are; name one model or a shorter past.',
    );
  });

  it('says so of a model without a baseline, and judges nothing', async () => {
    const { scores, notes } = await direct(modelSettings({ model: 'unheard' }));
    expect(scores).toBe(0);
    expect(notes).toEqual(['acme/unheard: no baseline yet, so nothing was replayed from counts.']);
  });

  it('does one at a time', async () => {
    const both = await Promise.allSettled([1, 2].map(() => run('acme-read', '--since', '28d')));
    const refused = both.filter((one) => one.status === 'rejected').map((one) => String(one.reason));
    expect(refused).toEqual([expect.stringContaining('Another backtest runs')]);
  });
});
