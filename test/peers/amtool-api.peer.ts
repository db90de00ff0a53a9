import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ApiWorld } from '../contract/api-world.ts';
import { serveWorld, type ServedWorld } from './served-world.ts';
import { alertmanager } from './tools.ts';

const tool = await alertmanager();
const home = mkdtempSync(join(tmpdir(), 'leeway-amtool-'));
let served: ServedWorld;
let world: ApiWorld;
beforeAll(async () => {
  served = await serveWorld();
  ({ world } = served);
});
afterAll(async () => {
  await served.close();
  rmSync(home, { recursive: true });
});

interface Said {
  readonly code: number;
  readonly out: string;
  readonly error: string;
}

async function run(words: readonly string[], connection: readonly string[]): Promise<Said> {
  if (!tool.found) throw new Error(tool.why);
  try {
    const { stdout, stderr } = await promisify(execFile)(
      join(dirname(tool.path), 'amtool'),
      [...connection, ...words],
      { env: { ...process.env, HOME: home } },
    );
    return { code: 0, out: stdout.trim(), error: stderr.trim() };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, out: stdout.trim(), error: stderr.trim() };
  }
}

/** With the key as the password in the address. */
const amtool = (...words: readonly string[]) => asKey('acme-operate', ...words);
const asKey = (key: string, ...words: readonly string[]) =>
  run(words, [`--alertmanager.url=${served.urlWith(key)}`]);
const subjects = async (...words: readonly string[]) => {
  const { out } = await amtool('alert', 'query', '-o', 'json', ...words);
  return (JSON.parse(out) as { labels: { subject: string } }[]).map(({ labels }) => labels.subject).sort();
};

describe.skipIf(!tool.found)('amtool', () => {
  it('lists the alerts that fire', async () => {
    const { code, out, error } = await amtool('alert');
    expect([code, error]).toEqual([0, '']);
    expect(out).toMatch(/^Alertname +Starts At +Summary +State/);
    expect(out).toMatch(/unit-change +\d{4}-.+ active/);
    expect((await amtool('alert', 'query', '-o', 'extended')).out).toContain('subject="country"');
  });

  it('asks for alerts by name, matchers and receiver', async () => {
    const all = await subjects();
    expect(all.length).toBeGreaterThan(1);
    expect(await subjects('unit-change')).toEqual(['country']);
    expect(await subjects('subject=~"coun.*"', 'model=fraud')).toEqual(['country']);
    expect(await subjects('model!=fraud')).toEqual([]);
    expect(await subjects('--receiver=tickets')).toEqual(['country']);
    expect(await subjects('--receiver=oncall|mail')).toEqual(all.filter((one) => one !== 'country'));
    expect(await subjects('--silenced')).toEqual([]);
  });

  it('silences, shows, lengthens and ends a silence', async () => {
    const { out: id, error } = await amtool(
      'silence',
      'add',
      '-c',
      'known',
      '-a',
      'anna',
      '-d',
      '2h',
      'unit-change',
    );
    expect(error).toBe('');
    expect(await subjects('--silenced')).toEqual(['country']);
    expect(await subjects()).not.toContain('country');
    const { out: list } = await amtool('silence', 'query');
    expect(list).toMatch(new RegExp(`${id} +\\w+="unit-change" +\\d{4}-.+ anna \\(.+\\) +known`, 'u'));
    expect((await amtool('silence', 'query', '-q', '--within', '3h')).out).toBe(id);
    expect((await amtool('silence', 'query', '-q', 'model=delay')).out).toBe('');

    const updated = await amtool('silence', 'update', '-q', '-d', '5h', id);
    expect([updated.code, updated.error]).toEqual([0, '']);
    const [next = ''] = (await amtool('silence', 'query', '-q')).out.split('\n');
    expect(next).not.toBe(id);
    expect((await amtool('silence', 'query', '-q', '--within', '3h')).out).toBe('');

    const ended = await amtool('silence', 'expire', next);
    expect([ended.code, ended.error, ended.out]).toEqual([0, '', '']);
    expect((await amtool('silence', 'query', '-q')).out).toBe('');
    const expired = (await amtool('silence', 'query', '-q', '--expired')).out.split('\n');
    expect(expired).toEqual(expect.arrayContaining([id, next]));
    expect(await subjects()).toContain('country');
  });

  it('silences by expressions and by what is not', async () => {
    const { out: id } = await amtool('silence', 'add', '-c', 'x', 'alertname=~"unit-.*"', 'subject!=amount');
    expect(await subjects('--silenced')).toEqual(['country']);
    expect((await amtool('silence', 'query')).out).toContain('alertname=~"unit-.*"');
    await amtool('silence', 'expire', id);
    const nearlyAll = await amtool('silence', 'add', '-c', 'x', 'alertname!=nothing');
    expect([nearlyAll.code, nearlyAll.error]).toEqual([1, expect.stringContaining('matcher')]);
  });

  it('imports silences from a file', async () => {
    await amtool('silence', 'add', '-c', 'kept', 'unit-change');
    const { out: kept } = await amtool('silence', 'query', '-o', 'json');
    await amtool('silence', 'expire', (await amtool('silence', 'query', '-q')).out);
    const file = join(home, 'silences.json');
    const known = JSON.parse(kept) as { id?: string }[];
    writeFileSync(file, JSON.stringify(known.map(({ id: _gone, ...silence }) => silence)));
    expect((await amtool('silence', 'import', file)).code).toBe(0);
    const { out: id } = await amtool('silence', 'query', '-q', 'comment=""');
    expect(id).toMatch(/^sil_/);
    await amtool('silence', 'expire', id);
  });

  it('tells in words what is refused', async () => {
    const long = await amtool('silence', 'add', '-c', 'x', '-d', '30d', 'unit-change');
    expect([long.code, long.error]).toEqual([1, expect.stringContaining('A silence lasts at most 7 days')]);
    const broken = await amtool('alert', 'query', 'unit-change', 'subject=~"("');
    expect([broken.code, broken.error]).toEqual([
      1,
      expect.stringContaining('expected an expression in RE2 syntax'),
    ]);
    const foreign = await amtool('alert', 'add', 'foreign', 'a=b');
    expect([foreign.code, foreign.error]).toEqual([
      1,
      expect.stringContaining('Leeway makes its alerts itself'),
    ]);
    const reader = await asKey('acme-read', 'silence', 'add', '-c', 'x', 'unit-change');
    expect([reader.code, reader.error]).toEqual([1, expect.stringContaining('403')]);
    expect((await amtool('silence', 'expire', 'sil_gone')).error).toContain('404');
  });

  it('shows and tests the routes', async () => {
    const { out, error } = await amtool('config', 'routes', 'show');
    expect(error).toBe('');
    expect(out).toContain('{severity="page"}  receiver: oncall,mail');
    expect((await amtool('config', 'routes', 'test', 'severity=page')).out).toBe('oncall,mail');
    expect((await amtool('config', 'routes', 'test', 'severity=page', 'rule=unit-change')).out).toBe(
      'tickets',
    );
    expect((await amtool('config', 'show')).out).toContain('receiver: oncall,mail');
    const file = join(home, 'alertmanager.yml');
    writeFileSync(file, (await amtool('config', 'show')).out);
    expect((await run(['check-config', file], [])).code).toBe(0);
    expect((await amtool('cluster', 'show')).out).toContain('disabled');
  });

  it('takes the key from a file as a bearer token', async () => {
    const file = join(home, 'http.yml');
    writeFileSync(file, `authorization: { credentials: "${world.key('acme-read')}" }\n`);
    const told = await run(
      ['alert', 'query'],
      [`--alertmanager.url=${served.url}`, `--http.config.file=${file}`],
    );
    expect([told.code, told.error, told.out.includes('unit-change')]).toEqual([0, '', true]);
  });

  it('sees nothing of another tenant', async () => {
    expect((await asKey('other-operate', 'alert', 'query', '-o', 'json')).out).toBe('[]');
    expect((await asKey('all-read', 'alert', 'query')).out).toContain('unit-change');
  });
});
