import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startAppliance } from './appliance.ts';
import type { Appliance } from './appliance.ts';
import { skipped } from './outage.ts';
import { end, freePorts, startServer } from './processes.ts';
import { copySnippet, expectFromSnippets, snippetFolder, snippetText } from './snippets.ts';
import { readStored } from './stored.ts';
import { bentoml, classPath, collector, goModules, pandas, python } from './tools.ts';

const STORED_WITHIN_MS = 60_000;
const run = promisify(execFile);

let appliance: Appliance;
let folder: ReturnType<typeof snippetFolder>;
beforeEach(async () => {
  appliance = await startAppliance();
  folder = snippetFolder();
});
afterEach(async () => {
  await appliance.kill();
  appliance.remove();
  folder.remove();
});

const copy = (name: string, changes: Partial<Appliance> = {}) =>
  copySnippet(name, { ...appliance, ...changes, to: folder.path });
const withKey = (key: string) => ({ cwd: folder.path, env: { ...process.env, LEEWAY_KEY: key } });

async function stored(rows: number): Promise<void> {
  const until = performance.now() + STORED_WITHIN_MS;
  const count = async () =>
    (await appliance.counter('leeway_predictions_total')) + (await appliance.counter('leeway_labels_total'));
  while ((await count()) < rows && performance.now() < until) await sleep(100);
  await appliance.stop();
}

describe('a snippet that needs packages', () => {
  it.for([
    { name: 'python-opentelemetry.py', id: 'python-opentelemetry-1', tool: python },
    { name: 'arrow.py', id: 'arrow-1', tool: pandas },
  ])('$name runs as it stands', async ({ name, id, tool }, { skip }) => {
    const found = await tool();
    if (!found.found) return skipped(skip, found.why);
    await run(found.path, [copy(name)], withKey(appliance.key));
    await appliance.stop();
    await expectFromSnippets(appliance.folder, [id]);
  });

  it('go/main.go runs as it stands', async ({ skip }) => {
    const found = await goModules();
    if (!found.found) return skipped(skip, found.why);
    for (const name of ['go/go.mod', 'go/go.sum', 'go/main.go']) copy(name);
    await run('go', ['run', '.'], withKey(appliance.key));
    await appliance.stop();
    await expectFromSnippets(appliance.folder, ['go-1']);
  });

  it('java/Main.java runs as it stands', async ({ skip }) => {
    const found = await classPath();
    if (!found.found) return skipped(skip, found.why);
    const words = ['-cp', readFileSync(found.path, 'utf8').trim(), copy('java/Main.java')];
    await run('java', words, withKey(appliance.key));
    await appliance.stop();
    await expectFromSnippets(appliance.folder, ['java-1']);
  });
});

it('collector.yaml keeps what it accepted while Leeway is down and the Collector is killed', async ({
  skip,
}) => {
  const found = await collector();
  if (!found.found) return skipped(skip, found.why);
  const [grpcPort = 0, httpPort = 0] = await freePorts(2);
  const config = copy('collector.yaml');
  const ports = readFileSync(config, 'utf8')
    .replace(':14317', `:${grpcPort}`)
    .replace(':14318', `:${httpPort}`);
  writeFileSync(config, ports);
  const start = () =>
    // Its own metrics would listen on a port that is the same for every Collector.
    startServer([found.path, '--config', config, '--set', 'service.telemetry.metrics.level=none'], {
      ...withKey(appliance.key),
      upWhen: 'Everything is ready',
    });
  await appliance.kill();
  const first = await start();
  const sender = copy('typescript.ts', { otlpUrl: `http://127.0.0.1:${httpPort}` });
  await run(process.execPath, [sender], withKey('known to the Collector alone'));
  await end(first, 'SIGKILL');
  const second = await start();
  await appliance.start();
  await stored(2);
  await end(second, 'SIGKILL');
  await expectFromSnippets(appliance.folder, ['typescript-1']);
});

it('bentoml_service.py is served as it stands, and its monitor tells every call', async ({ skip }) => {
  const found = await bentoml();
  if (!found.found) return skipped(skip, found.why);
  copy('bentoml_service.py');
  const [port = 0] = await freePorts(1);
  const { cwd, env } = withKey(appliance.key);
  // It says what it does on stdout.
  const aloud = ['sh', '-c', 'exec "$0" "$@" >&2'] as const;
  const words = ['-m', 'bentoml', 'serve', 'bentoml_service:Fraud', '--port', String(port)];
  const service = await startServer([...aloud, found.path, ...words], {
    cwd,
    env: { ...env, OTEL_EXPORTER_OTLP_HEADERS: `x-api-key=${appliance.key}` },
    upWhen: 'Service Fraud initialized',
  });
  try {
    const answer = await fetch(`http://127.0.0.1:${port}/predict`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ amount: 80.5, channel: 'app' }),
    });
    expect(await answer.text()).toBe('fraud');
    await stored(1);
  } finally {
    // Its workers, in groups of their own, end with it by this signal alone.
    await end(service, 'SIGINT');
  }
  const { model, predictions } = await readStored(appliance.folder);
  expect(model).toBe('fraud');
  const sent = predictions.map(({ value, features }) => ({ value, features }));
  expect(sent).toEqual([{ value: 'fraud', features: { amount: 80.5, channel: 'app' } }]);
  expect(snippetText('bentoml_service.py')).toContain('OTEL_EXPORTER_OTLP_HEADERS=x-api-key=$LEEWAY_KEY');
});
