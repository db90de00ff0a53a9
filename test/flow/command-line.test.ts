import { execFile, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Metadata } from '@grpc/grpc-js';
import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-grpc';
import { LoggerProvider, SimpleLogRecordProcessor } from '@opentelemetry/sdk-logs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const LEEWAY = join(ROOT, 'leeway');
const run = promisify(execFile);

describe('the command line', () => {
  const folder = mkdtempSync(join(tmpdir(), 'leeway-cli-'));
  let server: ChildProcess;
  let url = '';
  let grpcUrl = '';

  beforeAll(async () => {
    writeFileSync(join(folder, 'leeway.yaml'), 'listen: { port: 0, otlpPort: 0, grpcPort: 0 }\n');
    writeFileSync(join(folder, 'unusable.yaml'), 'data: ./leeway.yaml\n');
    server = spawn(LEEWAY, ['serve'], { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
    url = await new Promise((resolve, reject) => {
      let log = '';
      server.once('exit', (code) => reject(new Error(`serve ended with ${code}: ${log}`)));
      server.stderr?.on('data', (chunk: Buffer) => {
        log += chunk.toString();
        grpcUrl = /"grpcUrl":"([^"]+)"/.exec(log)?.[1] ?? '';
        const found = /"url":"([^"]+)"/.exec(log)?.[1];
        if (found !== undefined) resolve(found);
      });
    });
  });

  afterAll(() => {
    server.kill('SIGKILL');
    rmSync(folder, { recursive: true });
  });

  const leeway = async (...args: string[]) => (await run(LEEWAY, args, { cwd: folder })).stdout.trim();

  it('makes and ends keys while it runs', async () => {
    const key = await leeway('keys', 'create', '--tenant', 'acme', '--scope', 'ingest');
    const send = () =>
      fetch(`${url}/api/v1/predictions`, {
        method: 'POST',
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
        body: '{"model":"fraud","id":"p-1","value":"ok"}',
      });
    expect(await (await send()).json()).toEqual({ accepted: 1, repeated: 0, rejected: [] });
    expect(await leeway('keys', 'list')).toMatch(/acme {2}ingest {2}active$/);
    const [id] = (await leeway('keys', 'list')).split(' ');
    await leeway('keys', 'revoke', id ?? '');
    expect((await send()).status).toBe(401);
  });

  it('takes log records over gRPC on a port of its own', async () => {
    const metadata = new Metadata();
    const key = await leeway('keys', 'create', '--tenant', 'acme', '--scope', 'ingest');
    metadata.set('authorization', `Bearer ${key}`);
    const exporter = new OTLPLogExporter({ url: grpcUrl, metadata });
    const provider = new LoggerProvider({ processors: [new SimpleLogRecordProcessor({ exporter })] });
    const attributes = { 'leeway.model.name': 'grpc', 'leeway.prediction.value': 'ok' };
    provider.getLogger('test').emit({ eventName: 'leeway.prediction', timestamp: Date.now(), attributes });
    await provider.shutdown();
    const reader = await leeway('keys', 'create', '--tenant', 'acme', '--scope', 'read');
    const metrics = await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${reader}` } });
    expect(await metrics.text()).toMatch(
      /leeway_ingest_records_total\{tenant="acme",protocol="otlp-grpc",kind="prediction"\} 1/,
    );
  });

  it('takes another configuration while it runs, says first what that does, and refuses one with a mistake', async () => {
    const key = await leeway('keys', 'create', '--tenant', '*', '--scope', 'admin');
    const LEEWAY_API_KEY = key;
    const reload = (...args: string[]) =>
      run(LEEWAY, ['reload', '--url', url, ...args], {
        cwd: folder,
        env: { ...process.env, LEEWAY_API_KEY },
      });
    const file = join(folder, 'leeway.yaml');
    const before = readFileSync(file, 'utf8');
    writeFileSync(file, `${before}longestSilence: 2d\nretention: { rows: 30d }\n`);
    expect((await reload('--dry-run')).stdout).toBe(
      'would change: longestSilenceMs\ntakes a restart: storage\nwould tell within an hour because of it: nobody\n',
    );
    expect((await reload()).stdout).toContain('changed: longestSilenceMs');
    writeFileSync(file, `${before}route: { id: root, receivers: [nobody] }\n`);
    await expect(reload()).rejects.toThrow(/leeway\.yaml:2:\d+ unknown receiver "nobody"/);
    const templates = "{ summary: '{{ tytle }}' }";
    const pager = `{ id: pager, type: pagerduty, routingKey: { env: HOME }, templates: ${templates} }`;
    writeFileSync(file, `${before}receivers: [${pager}]\n`);
    await expect(reload()).rejects.toThrow(
      /leeway\.yaml:2:\d+ receivers\.0\.templates\.summary: unknown value "tytle"; did you mean "title"\?/,
    );
    writeFileSync(file, before);
    expect(await leeway('replay', '--since', '28d')).toContain('0 alerts, 0 silences');
  });

  it('prints a link that signs in once', async () => {
    const link = (await leeway('sign-in')).replace(/^http:\/\/[^/]+/, url);
    const first = await fetch(link, { redirect: 'manual' });
    expect([first.status, first.headers.get('set-cookie')]).toEqual([
      303,
      expect.stringContaining('HttpOnly'),
    ]);
    expect((await fetch(link, { redirect: 'manual' })).status).toBe(401);
  });

  it('refuses a second process on the same data, in words', async () => {
    const second = spawnSync(LEEWAY, ['serve'], { cwd: folder, encoding: 'utf8' });
    expect(second.status).not.toBe(0);
    expect(second.stderr).toMatch(/in use/);
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
  });

  it('ends a wrong configuration with file, line, column and exit code 2, and touches nothing', () => {
    const other = mkdtempSync(join(tmpdir(), 'leeway-cli-'));
    writeFileSync(join(other, 'wrong.yaml'), 'data: ./there\nlisten:\n  port: many\n');
    const { status, stderr } = spawnSync(LEEWAY, ['serve', '--config', 'wrong.yaml'], {
      cwd: other,
      encoding: 'utf8',
    });
    expect([status, stderr]).toEqual([
      2,
      'wrong.yaml:3:9 listen.port: Invalid input: expected number, received string\n',
    ]);
    expect(existsSync(join(other, 'there'))).toBe(false);
    rmSync(other, { recursive: true });
  });

  it.each([
    [['import', '--help'], 'leeway import FILE'],
    [['keys', 'create', '-h'], 'leeway keys create --tenant T'],
    [['--help'], 'leeway sign-in'],
  ])('tells about a command asked for help: %j', (args, words) => {
    const { status, stdout } = spawnSync(LEEWAY, args, { cwd: folder, encoding: 'utf8' });
    expect([status, stdout.includes(words)]).toEqual([0, true]);
  });

  it.each([
    [['keys', 'create', '--tenant', 'bad tenant!', '--scope', 'ingest'], 'expected a name of letters'],
    [
      ['keys', 'create', '--tenant', 'acme', '--scope', 'everything'],
      'expected --scope with some of ingest, read, operate, admin',
    ],
    [['keys', 'lend'], 'expected keys create, keys list or keys revoke'],
    [['sail'], 'unknown command "sail"; expected one of serve, check, rules'],
    [['serve', '--confg', 'x'], "Unknown option '--confg'"],
    [['serve', '--config', 'unusable.yaml'], 'cannot be used as a folder'],
    [['check', '--config', 'nowhere.yaml'], 'nowhere.yaml: no such file'],
  ])('refuses %j in words', (args, words) => {
    const { status, stderr } = spawnSync(LEEWAY, args, { cwd: folder, encoding: 'utf8' });
    expect([status, stderr.includes(words)]).toEqual([2, true]);
  });

  it('checks a configuration, and tells of overrides that fit nothing in it', async () => {
    const rules = join(folder, 'rules');
    cpSync(join(ROOT, 'alert-rules'), rules, { recursive: true });
    writeFileSync(
      join(rules, 'mine.yaml'),
      'overrides:\n  - { rule: feature-drift, model: fraud, off: true }\n',
    );
    writeFileSync(join(folder, 'mine.yaml'), 'rules: ./rules\n');
    const told = await leeway('check', '--config', 'mine.yaml');
    expect(told).toContain('mine.yaml:2:13: the override of feature-drift judges nothing: no model "fraud"');
    expect(told).toMatch(/\nvalid: 0 models, 0 receivers, \d+ rules$/);
  });

  it('ends by SIGTERM with exit code 0', async () => {
    const ended = new Promise((resolve) => server.once('exit', (code) => resolve(code)));
    server.kill('SIGTERM');
    expect(await ended).toBe(0);
  });
});
