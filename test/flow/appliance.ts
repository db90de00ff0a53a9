import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Hono } from 'hono';
import { deliverDue } from '../../server/act/outbox.ts';
import { advanceRuns } from '../../server/act/runbook.ts';
import { loadBurnWindows } from '../../server/burn-windows.ts';
import { steppedClock } from '../../server/clock.ts';
import { parseConfig } from '../../server/config.ts';
import { buildControl } from '../../server/control.ts';
import { silentLog, type Log } from '../../server/log.ts';
import { loadParameters } from '../../server/parameters.ts';
import type { Control, Telemetry } from '../../server/ports.ts';
import { loadRules } from '../../server/rules-file.ts';
import type { ModelSettings } from '../../server/settings.ts';
import { createBeats } from '../../server/tick.ts';
import { buildTelemetry } from '../../server/worker.ts';

export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;
const RULES = fileURLToPath(new URL('../../alert-rules', import.meta.url));
const SECRET = `whsec_${Buffer.from('a secret of at least twenty-four bytes').toString('base64')}`;

/** What arrived at the receiver, when by the injected clock. */
export interface Told {
  readonly atMs: number;
  readonly type: string;
  readonly data: { readonly reason?: string; readonly title?: string; readonly cause?: string | null };
}

/** The whole appliance in this process, on an injected clock, with one webhook receiver and a serving process that obeys. */
export interface Flow {
  readonly telemetry: Telemetry;
  readonly control: Control;
  readonly told: readonly Told[];
  readonly deployed: readonly string[];
  /** What the beats logged as errors. */
  readonly errors: readonly string[];
  readonly nowMs: () => number;
  /** Lets time pass until `toMs`, a beat every `everyMs`. */
  readonly until: (toMs: number, everyMs?: number) => Promise<void>;
  readonly send: (rows: readonly object[]) => Promise<void>;
  readonly label: (rows: readonly object[]) => Promise<void>;
  readonly close: () => Promise<void>;
}

export async function startFlow(startMs: number, model: Partial<ModelSettings> = {}): Promise<Flow> {
  const folder = mkdtempSync(join(tmpdir(), 'leeway-flow-'));
  const clock = steppedClock(startMs);
  const settings = settingsOf(folder, model);
  const rules = loadRules(RULES);
  const telemetry = await buildTelemetry({ folder, limits: settings.limits, models: settings.models });
  const control = await buildControl({ folder, settings, rules });
  const told: Told[] = [];
  const deployed: string[] = [];
  const errors: string[] = [];
  const log: Log = {
    ...silentLog,
    error: (text, details) => void errors.push(`${text} ${JSON.stringify(details)}`),
  };
  const world = new Hono()
    .post('/hook', async (c) => {
      told.push({ atMs: clock.now(), ...(await c.req.json<Omit<Told, 'atMs'>>()) });
      return c.text('ok');
    })
    .post('/deploy', async (c) => {
      deployed.push((await c.req.json<{ version: string }>()).version);
      return c.text('ok');
    });
  const fetchWorld: typeof fetch = async (input, init) => world.request(input, init);
  const act = { control, telemetry, settings, fetch: fetchWorld, now: clock.now };
  const beats = createBeats({
    clock,
    log,
    telemetry,
    control,
    models: settings.models,
    rules,
    parameters: loadParameters(RULES),
    burnWindows: loadBurnWindows(RULES),
    publish: () => {},
    deliver: () => deliverDue(act),
    advanceRuns: () => advanceRuns(act),
    onJob: () => {},
    onUnpaired: () => {},
    onBeat: () => {},
  });
  const ship = async (route: 'predictions' | 'labels', rows: readonly object[]) => {
    const reply = await telemetry.ingest({
      tenant: 'acme',
      route,
      protocol: 'json',
      encoding: 'identity',
      body: new Uint8Array(new TextEncoder().encode(JSON.stringify(rows))),
      receivedAtMs: clock.now(),
    });
    if (reply.accepted[route] !== rows.length) throw new Error(JSON.stringify(reply));
  };
  return {
    telemetry,
    control,
    told,
    deployed,
    errors,
    nowMs: clock.now,
    until: async (toMs, everyMs = HOUR_MS) => {
      while (clock.now() < toMs) {
        clock.advanceTo(Math.min(toMs, clock.now() + everyMs));
        await beats.detect();
        await beats.act();
      }
    },
    send: (rows) => ship('predictions', rows),
    label: async (rows) => {
      await ship('labels', rows);
      while ((await telemetry.resolveLabels(clock.now(), 10_000)).remaining);
    },
    close: async () => {
      await telemetry.close();
      await control.close();
      rmSync(folder, { recursive: true });
    },
  };
}

function settingsOf(folder: string, model: Partial<ModelSettings>) {
  const text = `
data: ${folder}
models:
  - tenant: acme
    name: fraud
    positive: fraud
    baseline: { reference: { minRows: 2000 } }
    retrain: { receiver: hook }
    rollback: { url: "http://serving.test/deploy", secret: { env: SECRET }, verifyMinRows: 50 }
    slos: [{ id: availability, kind: availability, target: 99 }]
receivers: [{ id: hook, type: webhook, url: "http://world.test/hook", secret: { env: SECRET } }]
route: { id: root, receivers: [hook], groupWait: 0s }
egress: { allow: ["http://world.test", "http://serving.test"] }
`;
  const settings = parseConfig(text, { file: join(folder, 'leeway.yaml'), environment: { SECRET } });
  return { ...settings, models: settings.models.map((each) => ({ ...each, ...model })) };
}

/** Rows of one hour: amounts spread over 200..800 times `factor`, a fifth predicted fraud. */
export function hourOf(
  fromMs: number,
  options: {
    readonly version?: string;
    readonly factor?: number;
    readonly rows?: number;
    readonly dataset?: string;
    readonly errors?: number;
  } = {},
): readonly object[] {
  const { version = 'v1', factor = 1, rows = 60, dataset = 'production', errors = 0 } = options;
  const random = mulberry32(fromMs / HOUR_MS);
  return Array.from({ length: rows }, (_, index) => {
    const [amount, channel, score] = [200 + 600 * random(), random(), random()];
    const answer = index < errors ? { error: 'timeout' } : { value: score > 0.8 ? 'fraud' : 'ok', score };
    return {
      model: 'fraud',
      version,
      id: `${dataset}-${fromMs}-${index}`,
      time: fromMs + Math.floor((index * HOUR_MS) / rows),
      features: { amount: amount * factor, channel: ['web', 'app', 'branch'][Math.floor(channel * 3)] },
      dataset,
      ...answer,
    };
  });
}

/** A seeded generator. Source: Ettinger 2017, mulberry32 (public domain). */
function mulberry32(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
