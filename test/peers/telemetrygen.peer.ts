import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startAppliance } from './appliance.ts';
import type { Appliance } from './appliance.ts';
import { needsGrpc, skipped } from './outage.ts';
import { readStored } from './stored.ts';
import { telemetrygen } from './tools.ts';

const RECORDS = 1000;
const BATCH = 100;
const LIMIT_MS = 120_000;
const tool = await telemetrygen();

let appliance: Appliance;
beforeEach(async () => {
  appliance = await startAppliance();
});
afterEach(async () => {
  await appliance.kill();
  appliance.remove();
});

interface Generated {
  readonly code: number | null;
  readonly accepted: number;
  readonly partial: readonly string[];
}

/** Runs it to its end; it logs a line for every batch it was told was accepted, and one for every other answer. */
async function generate(
  program: string,
  {
    grpc,
    args,
    onAccepted,
  }: {
    readonly grpc: boolean;
    readonly args: readonly string[];
    readonly onAccepted?: (batches: number) => void;
  },
): Promise<Generated> {
  const endpoint = grpc ? String(appliance.grpcAddress) : new URL(appliance.otlpUrl).host;
  const transport = grpc ? [] : ['--otlp-http'];
  const child = spawn(
    program,
    // Header names of gRPC are lower case; its values are quoted.
    [
      'logs',
      '--otlp-insecure',
      '--otlp-endpoint',
      endpoint,
      '--otlp-header',
      `x-api-key="${appliance.key}"`,
      ...transport,
      ...args,
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const timer = setTimeout(() => child.kill('SIGKILL'), LIMIT_MS);
  const ended = once(child, 'close') as Promise<[number | null]>;
  let accepted = 0;
  const partial: string[] = [];
  createInterface(child.stderr).on('line', (line) => {
    if (line.includes('exported batched logs')) {
      accepted += 1;
      onAccepted?.(accepted);
    }
    const said = /OTLP partial success: ([^"]+)"/.exec(line)?.[1];
    if (said !== undefined) partial.push(said);
  });
  const [code] = await ended;
  clearTimeout(timer);
  return { code, accepted: accepted * BATCH, partial };
}

const PREDICTION = [
  'leeway.prediction.value="late"',
  'leeway.prediction.score=1',
  'leeway.feature.channel="web"',
  'leeway.feature.amount=31',
].flatMap((attribute) => ['--telemetry-attributes', attribute]);
const ROW = {
  value: 'late',
  score: 1,
  features: { channel: 'web', amount: 31 },
};

describe.each([
  ['HTTP', false],
  ['gRPC', true],
])('telemetrygen over %s', (_name, grpc) => {
  const protocol = grpc ? 'grpc' : 'http';

  it('is told in words that plain logs are no predictions; each is counted and none is stored', async ({
    skip,
  }) => {
    if (!tool.found) return skipped(skip, tool.why);
    needsGrpc(appliance, { protocol, skip });
    const { code, partial } = await generate(tool.path, {
      grpc,
      args: ['--rate', '0', '--logs', String(RECORDS)],
    });
    expect([code, partial.length]).toEqual([0, RECORDS / BATCH]);
    expect(partial[0]).toMatch(/^100 records \(unknown_event\): .*send event name leeway\.prediction\./);
    const refused = await appliance.counter('leeway_ingest_rejected_records_total', 'reason="unknown_event"');
    const failed = await appliance.counter('leeway_ingest_requests_total', 'code="5xx"');
    const stored = await appliance.counter('leeway_predictions_total');
    expect({ refused, failed, stored }).toEqual({ refused: RECORDS, failed: 0, stored: 0 });
  });

  it('lands flat leeway. attributes without an event name, the appliance killed under it', async ({
    skip,
  }) => {
    if (!tool.found) return skipped(skip, tool.why);
    needsGrpc(appliance, { protocol, skip });
    let restarting: Promise<void> = Promise.resolve();
    const argsOf = (batches: number) =>
      `--rate 1000 --logs ${batches * BATCH} --allow-export-failures --service fraud`.split(' ');
    const under = await generate(tool.path, {
      grpc,
      args: [...argsOf(30), ...PREDICTION],
      onAccepted: (batches) => {
        if (batches % 8 === 0) restarting = appliance.kill().then(() => appliance.start());
      },
    });
    await restarting;
    // Over HTTP it gives a batch up at once when nobody listens: the first may end before the appliance is back.
    const after = await generate(tool.path, { grpc, args: [...argsOf(10), ...PREDICTION] });
    await appliance.stop();
    expect(under.accepted).toBeGreaterThanOrEqual(8 * BATCH);
    expect(after.accepted).toBe(10 * BATCH);
    const { model, predictions } = await readStored(appliance.folder);
    const values = new Set(
      predictions.map(({ value, score, features }) => JSON.stringify({ value, score, features })),
    );
    expect([model, [...values].map((row) => JSON.parse(row) as unknown)]).toEqual(['fraud', [ROW]]);
    expect(predictions.length).toBeGreaterThanOrEqual(under.accepted + after.accepted);
    expect(predictions.length).toBeLessThanOrEqual(40 * BATCH);
  });
});
