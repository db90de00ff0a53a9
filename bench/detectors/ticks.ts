import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { steppedClock } from '../../server/clock.ts';
import { defaultModel, parseConfig } from '../../server/config.ts';
import { buildControl } from '../../server/control.ts';
import { silentLog } from '../../server/log.ts';
import { loadParameters } from '../../server/parameters.ts';
import type { Telemetry } from '../../server/ports.ts';
import { loadRules } from '../../server/rules-file.ts';
import type { ModelSettings } from '../../server/settings.ts';
import { createBeats } from '../../server/tick.ts';
import { buildTelemetry } from '../../server/worker.ts';
import { rounded } from '../kit/statistics.ts';
import { table } from '../kit/table.ts';
import type { BenchOptions } from '../kit/types.ts';
import { sfc32 } from './random.ts';

const RULES = fileURLToPath(new URL('../../alert-rules', import.meta.url));
const FEATURES = 100;
const HOUR_MS = 3_600_000;
const START_MS = Date.UTC(2026, 5, 10);
const ROWS = 200;

/**
 * One tick in which a window of every model is due: 100 features a model, 200 rows a window. All of it counts: counts
 * read, features judged, scores, documents and verdicts stored. In one process, threads and all that is asked between them left out.
 */
export async function ticks({
  quick,
  seed,
  print,
}: Pick<BenchOptions, 'quick' | 'seed' | 'print'>): Promise<Readonly<Record<string, unknown>>> {
  const sizes = quick ? [1, 20] : [1, 20, 100, 1000];
  const seconds: Record<string, number> = {};
  const processorSeconds: Record<string, number> = {};
  const lines: (readonly (string | number)[])[] = [];
  for (const models of sizes) {
    const found = await tick(models, sfc32(seed));
    seconds[models] = rounded(found.seconds);
    processorSeconds[models] = rounded(found.cpuSeconds);
    lines.push([models, found.scores, found.seconds, found.cpuSeconds, (found.seconds * 1000) / models]);
  }
  for (const line of table(['models', 'scores', 'seconds', 'processor seconds', 'ms a model'], lines))
    print(line);
  return { tickSeconds: seconds, tickProcessorSeconds: processorSeconds };
}

interface Ticked {
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly scores: number;
}

async function tick(count: number, random: () => number): Promise<Ticked> {
  const folder = mkdtempSync(join(tmpdir(), 'leeway-ticks-'));
  const appliance = await open(folder, count);
  const { telemetry, control, beats, clock } = appliance;
  await send(telemetry, { count, fromMs: START_MS, random });
  clock.advanceTo(START_MS + HOUR_MS);
  await beats.detect();
  await send(telemetry, { count, fromMs: START_MS + HOUR_MS, random });
  clock.advanceTo(START_MS + 2 * HOUR_MS);
  const before = (await control.counters()).scores;
  const [cpu, beganMs] = [process.cpuUsage(), performance.now()];
  await beats.detect();
  const seconds = (performance.now() - beganMs) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  const scores = (await control.counters()).scores - before;
  await telemetry.close();
  await control.close();
  rmSync(folder, { recursive: true });
  return { seconds, cpuSeconds: (user + system) / 1e6, scores };
}

async function open(folder: string, count: number) {
  const models = Array.from({ length: count }, (_, index): ModelSettings => ({
    ...defaultModel({ tenant: 'bench', model: `m${index}` }),
    windowMs: HOUR_MS,
    settleMs: 0,
    baseline: { kind: 'first', rows: ROWS },
  }));
  const clock = steppedClock(START_MS);
  const plain = parseConfig(`data: ${folder}\n`, { file: join(folder, 'leeway.yaml'), environment: {} });
  const settings = { ...plain, limits: { ...plain.limits, maxModelsPerTenant: count }, models };
  const rules = loadRules(RULES);
  const telemetry = await buildTelemetry({ folder, limits: settings.limits, models });
  const control = await buildControl({ folder, settings, rules });
  const nothing = { publish: () => {}, onJob: () => {}, onUnpaired: () => {}, onBeat: () => {} };
  const acting = { deliver: async () => [], advanceRuns: async () => [] };
  const parameters = loadParameters(RULES);
  const given = { clock, log: silentLog, telemetry, control, models, rules, parameters, burnWindows: [] };
  return { clock, telemetry, control, beats: createBeats({ ...given, ...nothing, ...acting }) };
}

async function send(
  telemetry: Telemetry,
  {
    count,
    fromMs,
    random,
  }: { readonly count: number; readonly fromMs: number; readonly random: () => number },
): Promise<void> {
  for (let model = 0; model < count; model += 1) {
    const rows = Array.from({ length: ROWS }, (_, row) => ({
      model: `m${model}`,
      version: 'v1',
      id: `${model}-${fromMs}-${row}`,
      value: row % 2,
      time: fromMs + Math.floor((row * HOUR_MS) / ROWS),
      features: Object.fromEntries(
        Array.from({ length: FEATURES }, (_feature, at) => [`f${at}`, Math.round(random() * 1e4) / 10]),
      ),
    }));
    await telemetry.ingest({
      tenant: 'bench',
      route: 'predictions',
      protocol: 'json',
      encoding: 'identity',
      body: new Uint8Array(new TextEncoder().encode(JSON.stringify(rows))),
      receivedAtMs: fromMs,
    });
  }
}
