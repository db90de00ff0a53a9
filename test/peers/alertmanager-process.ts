import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { text as textOf } from 'node:stream/consumers';
import { setTimeout as after } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Labels } from '../../server/model.ts';
import { end, freePorts, startServer } from './processes.ts';
import { SCRIPT_TIMES, type Heard, type Script } from './router-script.ts';

interface Webhook {
  readonly alerts: readonly { readonly status: 'firing' | 'resolved'; readonly labels: Labels }[];
}

/** Plays a script to a fresh Alertmanager in real time, and returns what its webhook told. */
export async function playToAlertmanager(program: string, script: Script): Promise<readonly Heard[]> {
  const home = mkdtempSync(join(tmpdir(), 'leeway-alertmanager-'));
  const ear = await listenToWebhook();
  const [port = 0] = await freePorts(1);
  writeFileSync(join(home, 'alertmanager.yml'), configFor(ear.url));
  const child = await startServer(command(program, home, port), { upWhen: 'Listening on' });
  try {
    await play(`http://127.0.0.1:${port}/api/v2`, script);
    return ear.heard;
  } finally {
    await end(child, 'SIGKILL');
    ear.close();
    rmSync(home, { recursive: true });
  }
}

/** Debian's build reads its templates from a fixed path; they are put there for this process alone. */
const IN_PLACE = [
  'mount -t tmpfs none /usr/share',
  'mkdir -p /usr/share/prometheus',
  'cp -r "$1" /usr/share/prometheus/alertmanager',
  'shift',
  'exec "$@"',
].join(' && ');

const UNSHARED = ['--mount', '--map-root-user'] as const;

function inPlace(templates: string, words: readonly string[]): readonly [string, ...string[]] {
  return ['unshare', ...UNSHARED, 'sh', '-c', IN_PLACE, 'sh', templates, ...words];
}

/** Whether this user may put them there; root may. */
export async function mayMount(): Promise<boolean> {
  const [program, ...words] = inPlace(import.meta.dirname, ['true']);
  const may = await promisify(execFile)(program, words).then(
    () => true,
    () => false,
  );
  if (!may) process.stderr.write('Skipped: Alertmanager needs a mount of its own, which root may make\n');
  return may;
}

function command(program: string, home: string, port: number): readonly [string, ...string[]] {
  return inPlace(resolve(program, '../../share/prometheus/alertmanager'), [
    program,
    `--config.file=${join(home, 'alertmanager.yml')}`,
    `--storage.path=${join(home, 'data')}`,
    `--web.listen-address=127.0.0.1:${port}`,
    '--cluster.listen-address=',
  ]);
}

function configFor(url: string): string {
  const { groupWaitMs, groupIntervalMs, repeatIntervalMs } = SCRIPT_TIMES;
  const route = {
    receiver: 'ear',
    group_by: ['model'],
    group_wait: `${groupWaitMs}ms`,
    group_interval: `${groupIntervalMs}ms`,
    repeat_interval: `${repeatIntervalMs}ms`,
  };
  return JSON.stringify({ route, receivers: [{ name: 'ear', webhook_configs: [{ url }] }] });
}

async function listenToWebhook(): Promise<{
  readonly url: string;
  readonly heard: readonly Heard[];
  readonly close: () => void;
}> {
  const heard: Heard[] = [];
  const hear = async (request: IncomingMessage, response: ServerResponse) => {
    heard.push(heardIn(JSON.parse(await textOf(request)) as Webhook));
    response.end();
  };
  const server = createServer((request, response) => void hear(request, response)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/`, heard, close: () => server.close() };
}

function heardIn({ alerts }: Webhook): Heard {
  const named = (status: string) =>
    alerts
      .filter((alert) => alert.status === status)
      .map(({ labels }) => labels['alertname'] ?? '')
      .sort();
  return { firing: named('firing'), resolved: named('resolved') };
}

const HOUR_MS = 3_600_000;

async function play(api: string, { steps, untilMs }: Script): Promise<void> {
  const startMs = Date.now();
  let silence = '';
  for (const { atMs, does, labels } of steps) {
    await after(Math.max(0, startMs + atMs - Date.now()));
    const endsAt = new Date(does === 'resolve' ? Date.now() : Date.now() + HOUR_MS).toISOString();
    if (does === 'expire') await ask(`${api}/silence/${silence}`, 'DELETE');
    else if (does === 'silence') {
      const matchers = Object.entries(labels).map(([name, value]) => ({ name, value, isRegex: false }));
      const startsAt = new Date().toISOString();
      const made = { matchers, startsAt, endsAt, createdBy: 'script', comment: 'script' };
      silence = ((await (await ask(`${api}/silences`, 'POST', made)).json()) as { silenceID: string })
        .silenceID;
    } else await ask(`${api}/alerts`, 'POST', [{ labels, endsAt }]);
  }
  await after(Math.max(0, startMs + untilMs - Date.now()));
}

async function ask(url: string, method: string, body?: unknown): Promise<Response> {
  const response = await fetch(url, {
    method,
    ...(body !== undefined && {
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    }),
  });
  if (!response.ok) throw new Error(`${method} ${url}: ${response.status} ${await response.text()}`);
  return response;
}
