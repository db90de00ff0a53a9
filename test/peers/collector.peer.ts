import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startAppliance } from './appliance.ts';
import type { Appliance } from './appliance.ts';
import { startCollector } from './collector.ts';
import type { Collector } from './collector.ts';
import type { Sending } from './clients/records.ts';
import { expectExactlyOnce, needsGrpc, skipped, underKills } from './outage.ts';
import { readStored } from './stored.ts';
import { collector, telemetrygen } from './tools.ts';

const CLIENT = resolve(import.meta.dirname, 'clients/sdk.ts');
const RECORDS = 6000;
const DRAINED_WITHIN_MS = 60_000;
const tool = await collector();
const generator = await telemetrygen();

let appliance: Appliance;
let between: Collector | null;
beforeEach(async () => {
  appliance = await startAppliance();
  between = null;
});
afterEach(async () => {
  await between?.kill();
  between?.remove();
  await appliance.kill();
  appliance.remove();
});

const stored = async () =>
  (await appliance.counter('leeway_predictions_total')) + (await appliance.counter('leeway_labels_total'));

/** Waits until as much as was accepted has come through. */
async function drained(records: number): Promise<void> {
  const until = performance.now() + DRAINED_WITHIN_MS;
  while ((await stored()) < records && performance.now() < until) await sleep(200);
  await appliance.stop();
}

describe('an OpenTelemetry Collector with its queue on disk', () => {
  it.for([
    { exporter: 'otlphttp', protocol: 'http/protobuf' },
    { exporter: 'otlp', protocol: 'grpc' },
  ] as const)(
    'brings over $protocol all it accepted, once, while it and the appliance are killed in turn',
    async ({ exporter, protocol }, { skip }) => {
      if (!tool.found) return skipped(skip, tool.why);
      needsGrpc(appliance, { protocol, skip });
      between = await startCollector(tool.path, { appliance, exporter });
      const baseMs = Date.now() - 60_000;
      const sending: Sending = {
        endpoint: between.httpUrl,
        protocol: 'http/protobuf',
        compression: 'gzip',
        key: 'known to the Collector alone',
        records: 10 * RECORDS,
        untilTold: true,
        baseMs,
        pauseMs: 50,
      };
      const told = await underKills({
        command: [process.execPath, CLIENT, JSON.stringify(sending)],
        victims: [appliance, between],
        kills: 4,
        every: 300,
      });
      expect(told.kills).toBe(4);
      await drained(told.accepted.size);
      await expectExactlyOnce(appliance.folder, told, baseMs);
    },
  );

  it('brings records without any id once too: what it repeats is known by its bytes', async ({ skip }) => {
    if (!tool.found) return skipped(skip, tool.why);
    if (!generator.found) return skipped(skip, generator.why);
    between = await startCollector(tool.path, { appliance, exporter: 'otlphttp' });
    await appliance.kill();
    const words = `logs --otlp-insecure --otlp-endpoint ${between.grpcAddress} --service fraud --rate 0`;
    const sent = ['--logs', String(RECORDS), '--telemetry-attributes', 'leeway.prediction.value="late"'];
    await promisify(execFile)(generator.path, [...words.split(' '), ...sent]);
    await between.kill();
    await between.start();
    await appliance.start();
    for (const share of [0.2, 0.5, 0.8]) {
      while ((await stored()) < share * RECORDS) await sleep(5);
      await appliance.kill();
      await appliance.start();
    }
    await drained(RECORDS);
    expect((await readStored(appliance.folder)).predictions.length).toBe(RECORDS);
  });
});
