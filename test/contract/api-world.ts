import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createBacktest } from '../../server/backtest.ts';
import { loadBurnWindows } from '../../server/burn-windows.ts';
import { defaultModel } from '../../server/config.ts';
import { buildControl } from '../../server/control.ts';
import { runJob } from '../../server/detect/run.ts';
import { detectContext } from '../server/detect/context.ts';
import { explainScore } from '../../server/explain/explain.ts';
import type { Score } from '../../server/model.ts';
import type { Control, Telemetry } from '../../server/ports.ts';
import { loadParameters } from '../../server/parameters.ts';
import { loadRules } from '../../server/rules-file.ts';
import type { Settings } from '../../server/settings.ts';
import { showApp } from '../../server/show/app.ts';
import { buildTelemetry } from '../../server/worker.ts';
import {
  DAY_MS,
  HOUR_MS,
  KEY,
  modelSettings,
  NOW_MS,
  optionsOf,
  settingsOf,
} from '../server/show/fixtures.ts';

const RULES_FOLDER = fileURLToPath(new URL('../../alert-rules', import.meta.url));
const DAYS = 6;
const ROWS_A_DAY = 700;
const MEBIBYTE = 1024 * 1024;

/** The application over real stores: a model of acme that a new version has broken, so that everything it shows exists. */
export interface ApiWorld {
  readonly app: ReturnType<typeof showApp>;
  readonly control: Control;
  readonly telemetry: Telemetry;
  readonly key: (name: string) => string;
  readonly folder: string;
  readonly close: () => Promise<void>;
}

/** `nowMs` is what the application takes the time for. */
export async function apiWorld(nowMs: number = NOW_MS): Promise<ApiWorld> {
  const folder = mkdtempSync(join(tmpdir(), 'leeway-api-'));
  const settings = settingsFor(folder);
  const rules = loadRules(RULES_FOLDER);
  const control = await buildControl({ folder, settings, rules });
  const telemetry = await buildTelemetry({ folder, limits: settings.limits, models: settings.models });
  await ship(telemetry);
  await judge({ control, telemetry, settings });
  const backtest = createBacktest({
    telemetry,
    control,
    rules,
    parameters: loadParameters(RULES_FOLDER),
    burnWindows: loadBurnWindows(RULES_FOLDER),
    modelsOf: () => settings.models,
  });
  const keys = await makeKeys(control);
  const app = showApp(
    optionsOf({
      control,
      telemetry,
      settings,
      rules,
      defaultModel,
      heartbeatMs: 20,
      clock: { now: () => nowMs },
      explain: (score) => explainScore(control, rules, score),
      backtest,
    }),
  );
  return {
    app,
    control,
    telemetry,
    folder,
    key: (name) => keys.get(name) ?? '',
    close: async () => {
      await Promise.all([control.close(), telemetry.close()]);
      rmSync(folder, { recursive: true });
    },
  };
}

function settingsFor(folder: string): Settings {
  const rollback = {
    url: 'http://127.0.0.1:1/rollback',
    secret: `whsec_${'a'.repeat(44)}`,
    verifyShare: 0.99,
    verifyWithinMs: HOUR_MS,
    verifyMinRows: 10,
  };
  const model = modelSettings({ baseline: { kind: 'first', rows: 2000 }, rollback });
  const limits = {
    maxCompressedBytes: 16 * MEBIBYTE,
    maxBodyBytes: 64 * MEBIBYTE,
    maxBytesInFlight: 256 * MEBIBYTE,
    maxFeatures: 100,
    maxModelsPerTenant: 10,
    maxStringBytes: 8192,
    maxDepth: 8,
    maxAgeMs: 400 * DAY_MS,
    maxAheadMs: HOUR_MS,
  };
  return { ...settingsOf({ limits }), dataFolder: folder, rulesFolder: RULES_FOLDER, models: [model] };
}

/** Six days of predictions; on the last one a new version sends the amount in another unit. */
async function ship(telemetry: Telemetry): Promise<void> {
  const predictions = Array.from({ length: DAYS * ROWS_A_DAY }, (_, index) => {
    const day = Math.floor(index / ROWS_A_DAY);
    const broken = day === DAYS - 1;
    const amount = ((index * 37) % 1000) / (broken ? 4 : 1);
    return {
      model: KEY.model,
      version: broken ? '7' : '6',
      id: `p${index}`,
      time: new Date(NOW_MS - (DAYS - index / ROWS_A_DAY) * DAY_MS).toISOString(),
      features: { amount, country: ['de', 'fr', 'us'][index % 3] },
      protected: { region: index % 2 === 0 ? 'north' : 'south' },
      value: index % 5 === 0,
      score: (index % 100) / 100,
      durationMs: 12,
    };
  });
  const sent = (rows: readonly object[]) => ({
    tenant: KEY.tenant,
    route: 'predictions' as const,
    protocol: 'json' as const,
    encoding: 'identity' as const,
    body: new TextEncoder().encode(JSON.stringify({ predictions: rows })),
    receivedAtMs: NOW_MS,
  });
  const reply = await telemetry.ingest(sent(predictions));
  for (const set of ['training', 'outdated'])
    await telemetry.ingest({ ...sent(predictions.slice(0, 500)), referenceSet: { model: 'spare', set } });
  if (reply.accepted.predictions !== predictions.length)
    throw new Error(`The world could not be stored: ${JSON.stringify(reply)}`);
}

async function judge(world: {
  readonly control: Control;
  readonly telemetry: Telemetry;
  readonly settings: Settings;
}): Promise<void> {
  const { control, telemetry, settings } = world;
  const nowMs = NOW_MS + HOUR_MS;
  for (const [version, age] of [
    ['6', DAYS],
    ['7', 1],
  ] as const)
    await control.recordDeployment({
      ...KEY,
      version,
      atMs: NOW_MS - age * DAY_MS,
      source: 'first prediction',
    });
  for (const kind of ['windows', 'slo', 'absence']) {
    const job = { id: `${kind}/${KEY.tenant}/${KEY.model}`, dueAtMs: NOW_MS, lastRunMs: null };
    const burnWindows = loadBurnWindows(RULES_FOLDER);
    const result = await runJob(job, {
      ...detectContext(telemetry, nowMs, await telemetry.catalog()),
      models: settings.models,
      burnWindows,
    });
    if (result === null) throw new Error(`No job ${job.id}`);
    await control.judge(result.scores, nowMs, result.documents);
    await control.scheduleJobs([result.next]);
  }
  await control.judge([unitOfCountry], nowMs);
  await control.runTimers(nowMs);
}

/** A ticket beside the drift page, which a test may end without ending the story. */
const unitOfCountry: Score = {
  ...KEY,
  detector: 'unit-change',
  subject: 'country',
  windowFromMs: NOW_MS - DAY_MS,
  windowToMs: NOW_MS,
  value: 1,
  why: null,
  lower: null,
  upper: null,
  rows: ROWS_A_DAY,
  baselineId: null,
  evidence: { text: 'country comes in another unit' },
};

/** A page of another model, whose incident a test may end without ending the story. */
export const driftAside: Score = { ...unitOfCountry, model: 'aside', detector: 'drift', value: 0.9 };

async function makeKeys(control: Control): Promise<ReadonlyMap<string, string>> {
  const keys = new Map<string, string>();
  for (const tenant of ['acme', 'other', null] as const)
    for (const scope of ['ingest', 'read', 'operate', 'admin'] as const) {
      const made = await control.createKey({ tenant, scopes: [scope], actor: 'test', nowMs: NOW_MS });
      keys.set(`${tenant ?? 'all'}-${scope}`, made.key);
    }
  return keys;
}
