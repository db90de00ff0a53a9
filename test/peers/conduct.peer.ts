import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { startCollector } from './collector.ts';
import { skipped } from './outage.ts';
import { freePorts } from './processes.ts';
import { scriptedGrpc, scriptedHttp } from './scripted.ts';
import type { Scripted } from './scripted.ts';
import { bentoml, collector, python, telemetrygen } from './tools.ts';
import type { Tool } from './tools.ts';

/**
 * What the real clients do when they are refused as Leeway refuses, and while nobody listens. Leeway's answers are made
 * for this conduct: a client that changes it changes what a restart or an overload costs its user.
 */

const NODE: Tool = { found: true, path: process.execPath };
const KEY = 'lw_0';
const ABSENT_MS = 3000;
const CLIENT_MS = 60_000;
const [sdk, monitor, generator, queue] = [
  await python(),
  await bentoml(),
  await telemetrygen(),
  await collector(),
];

interface Peer {
  readonly name: string;
  readonly tool: Tool;
  readonly grpc: boolean;
  readonly args: (port: number) => readonly string[];
  /** How often it sends what is refused twice: 3 is as often as it takes. */
  readonly attempts: readonly number[];
  /** Whether its records arrive when nobody listens for so long. */
  readonly outlasts: boolean;
  readonly absentMs: number;
}

/** A client of clients/ with one batch to send. */
const one = (file: string, protocol: string) => (port: number) => [
  resolve(import.meta.dirname, 'clients', file),
  JSON.stringify({
    endpoint: protocol === 'grpc' ? `127.0.0.1:${port}` : `http://127.0.0.1:${port}`,
    protocol,
    compression: 'gzip',
    key: KEY,
    records: 64,
    baseMs: Date.now(),
    rowsPerCall: 1,
    metaSampleRate: 1,
  }),
];
const generate =
  (...more: readonly string[]) =>
  (port: number) => [
    ...`logs --otlp-insecure --otlp-endpoint 127.0.0.1:${port} --rate 0 --logs 100`.split(' '),
    ...more,
  ];

const STAYS = { attempts: [3], outlasts: true, absentMs: ABSENT_MS };
const PEERS: readonly Peer[] = [
  { name: 'JavaScript, protobuf', tool: NODE, grpc: false, args: one('sdk.ts', 'http/protobuf'), ...STAYS },
  { name: 'JavaScript, JSON', tool: NODE, grpc: false, args: one('sdk.ts', 'http/json'), ...STAYS },
  // It gives a batch up at the first refusal, and when nobody listens.
  {
    name: 'JavaScript, gRPC',
    tool: NODE,
    grpc: true,
    args: one('sdk.ts', 'grpc'),
    attempts: [1],
    outlasts: false,
    absentMs: ABSENT_MS,
  },
  { name: 'Python, HTTP', tool: sdk, grpc: false, args: one('sdk.py', 'http/protobuf'), ...STAYS },
  { name: 'Python, gRPC', tool: sdk, grpc: true, args: one('sdk.py', 'grpc'), ...STAYS },
  { name: 'BentoML, HTTP', tool: monitor, grpc: false, args: one('monitor.py', 'http/protobuf'), ...STAYS },
  { name: 'BentoML, gRPC', tool: monitor, grpc: true, args: one('monitor.py', 'grpc'), ...STAYS },
  // Its first wait is 2.5 to 7.5 s on top of what it is told. Over HTTP it takes a refused connection for final.
  {
    name: 'Go (telemetrygen), HTTP',
    tool: generator,
    grpc: false,
    args: generate('--otlp-http'),
    attempts: [2, 3],
    outlasts: false,
    absentMs: ABSENT_MS,
  },
  // It gives up after ten seconds, waits included, and a try during the pauses of its connection fails at once. The
  // shortest of these is 0.8 s: what is absent for less it outlasts always, what is absent for three seconds by chance.
  {
    name: 'Go (telemetrygen), gRPC',
    tool: generator,
    grpc: true,
    args: generate(),
    attempts: [2, 3],
    outlasts: true,
    absentMs: 700,
  },
];

async function run(program: string, args: readonly string[]): Promise<void> {
  const child = spawn(program, [...args], { stdio: 'ignore' });
  const timer = setTimeout(() => child.kill('SIGKILL'), CLIENT_MS);
  await once(child, 'exit');
  clearTimeout(timer);
}

const receiverOf = (grpc: boolean, port: number, refusals: number) =>
  grpc ? scriptedGrpc(port, refusals) : scriptedHttp(port, refusals);

/** Later copies are the first one to the byte: by that Leeway knows that it has stored them. */
function expectSame({ attempts }: Scripted): void {
  expect(new Set(attempts.map(({ digest }) => digest)).size).toBe(1);
}

function shortestWaitMs({ attempts }: Scripted): number {
  const waits = attempts.slice(1).map(({ atMs }, index) => atMs - (attempts[index]?.atMs ?? 0));
  return Math.min(...waits, Infinity);
}

describe.each(PEERS)('$name', ({ tool, grpc, args, attempts, outlasts, absentMs }) => {
  it('comes back with the same bytes, and not at once, if at all, when it is refused twice', async ({
    skip,
  }) => {
    if (!tool.found) return skipped(skip, tool.why);
    const [port = 0] = await freePorts(1);
    const receiver = receiverOf(grpc, port, 2);
    await receiver.listen();
    await run(tool.path, args(port));
    await receiver.close();
    expect(attempts).toContain(receiver.attempts.length);
    expectSame(receiver);
    // BentoML's SDK waits its own second with a fifth of jitter, whatever it is told.
    expect(shortestWaitMs(receiver)).toBeGreaterThan(790);
  });

  it(`${outlasts ? 'outlasts' : 'does not outlast'} ${absentMs} ms in which nobody listens`, async ({
    skip,
  }) => {
    if (!tool.found) return skipped(skip, tool.why);
    const [port = 0] = await freePorts(1);
    const receiver = receiverOf(grpc, port, 0);
    const listening = sleep(absentMs).then(() => receiver.listen());
    await run(tool.path, args(port));
    await listening;
    await receiver.close();
    expect(receiver.attempts.length).toBe(outlasts ? 1 : 0);
  });
});

describe.each([
  { exporter: 'otlphttp', grpc: false },
  { exporter: 'otlp', grpc: true },
] as const)('the Collector with exporter $exporter', ({ exporter, grpc }) => {
  it.for([
    { refusals: 2, absentMs: 0, attempts: 3 },
    { refusals: 0, absentMs: ABSENT_MS, attempts: 1 },
  ])(
    'refused $refusals times and alone for $absentMs ms sends the same bytes until they are taken',
    async ({ refusals, absentMs, attempts }, { skip }) => {
      if (!queue.found) return skipped(skip, queue.why);
      if (!generator.found) return skipped(skip, generator.why);
      const [port = 0] = await freePorts(1);
      const receiver = receiverOf(grpc, port, refusals);
      const otlpUrl = `http://127.0.0.1:${port}`;
      const appliance = { otlpUrl, grpcAddress: `127.0.0.1:${port}`, key: KEY };
      const between = await startCollector(queue.path, { appliance, exporter });
      const listening = sleep(absentMs).then(() => receiver.listen());
      if (absentMs === 0) await listening;
      await run(generator.path, generate('--otlp-http')(Number(new URL(between.httpUrl).port)));
      await listening;
      for (let tries = 0; receiver.attempts.length < attempts && tries < 100; tries += 1) await sleep(100);
      await between.kill();
      between.remove();
      await receiver.close();
      expect(receiver.attempts.length).toBe(attempts);
      expectSame(receiver);
      expect(shortestWaitMs(receiver)).toBeGreaterThan(990);
    },
  );
});
